"""`docs/tour.md`, run word by word against the local stack: what it shows to an integrator cannot go stale.

The page's requests are sent in their order, once; each row's test reads what became of its section. The page's own
invoices are drawn from its table. Only the API, and the simulator's where the page says so, is spoken to.
"""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from chorus_connector.domain.paris import day_in_paris
from tests.e2e.conftest import Running
from tests.e2e.walked_page import Outcomes, Visitor, sections_of
from tools.invoice_generator.tour import TOUR, tour_invoices

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

PAGE = TOUR.read_text(encoding="utf-8")


# --- one test per row ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcomes(stack: Running) -> Outcomes:
    north = stack.stack.user_token("tour-north")
    known = {"administrator": stack.stack.admin_token(), "north": north, "north_id": stack.stack.subject(north)}
    known["today"] = day_in_paris(datetime.now(UTC)).isoformat()
    visitor = Visitor(stack, tour_invoices(), known)
    return {row: visitor.walk(steps) for row, steps in sections_of(PAGE)}


@pytest.fixture
def assert_section(request: pytest.FixtureRequest, outcomes: Outcomes) -> Callable[[], None]:
    """Fails with the step, what the page says and the answer. The section is the one of the test's row."""
    row = request.node.get_closest_marker("row")
    section = row.args[0] if row else "Start"

    def check() -> None:
        failure = outcomes[section]
        if failure is not None:
            pytest.fail(f"docs/tour.md, {section}: {failure}", pytrace=False)

    return check


def test_the_two_suppliers_of_the_tour_are_provisioned(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S26")
def test_a_criterion_on_a_classification_rule_takes_an_invoice(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S27")
def test_a_criterion_on_a_folder_takes_an_invoice(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S28")
def test_any_criterion_that_matches_is_enough(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S29")
def test_what_matches_none_is_kept_and_left_alone(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S30")
def test_what_is_no_pdf_is_refused_clearly(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S31")
def test_a_metadata_beats_what_was_read_and_both_are_shown(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S32")
def test_associations_belong_to_a_classification_rule(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S33")
def test_any_submission_field_may_come_from_a_metadata(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S34")
def test_the_form_is_completed_validated_submitted_and_the_next_one_offered(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S35")
def test_a_label_identifies_a_recipient_of_the_directory(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S36")
def test_a_label_in_the_table_is_replaced_and_the_invoice_leaves_by_itself(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S37")
def test_a_label_identifies_a_service_of_its_recipient(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S38")
def test_what_the_directory_does_not_know_is_no_value(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S39")
def test_a_user_label_identifies_a_principal(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S40")
def test_a_person_in_the_users_table_sees_only_their_invoices(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S41")
def test_they_see_the_same_in_both_loading_modes(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S42")
def test_a_metadata_identifies_registered_bank_details(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S43")
def test_without_one_the_default_bank_details_go(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S44")
def test_files_that_share_a_metadata_go_along(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S45")
def test_an_invoice_can_say_that_nothing_goes_along(assert_section: Callable[[], None]) -> None:
    assert_section()
