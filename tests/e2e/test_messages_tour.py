"""`docs/messages_tour.md`, run word by word against the local stack."""

import pytest

from tests.e2e.conftest import Running
from tests.e2e.walked_page import Outcomes, Visitor, sections_of
from tools.invoice_generator.tour import MESSAGES_TOUR, tour_invoices

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SECTIONS = list(sections_of(MESSAGES_TOUR.read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def outcomes(stack: Running) -> Outcomes:
    known = {"administrator": stack.stack.admin_token()}
    for name in ("mayor", "clerk", "sales"):
        known[name] = stack.stack.user_token(f"messages-tour-{name}")
        known[f"{name}_id"] = stack.stack.subject(known[name])
    visitor = Visitor(stack, tour_invoices(MESSAGES_TOUR), known)
    return {section: visitor.walk(steps) for section, steps in SECTIONS}


@pytest.mark.parametrize("section", [section for section, _ in SECTIONS])
def test_each_section_of_the_messages_tour_is_as_the_page_says(section: str, outcomes: Outcomes) -> None:
    failure = outcomes[section]
    if failure is not None:
        pytest.fail(f"docs/messages_tour.md, {section}: {failure}", pytrace=False)
