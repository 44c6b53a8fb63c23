"""Sixty reform-made Factur-X from upload to portal: each is submitted once as the rules say, or waits for a person."""

from datetime import UTC, datetime

import pytest

from chorus_connector.domain.paris import day_in_paris
from tests.e2e.conftest import Running
from tests.e2e.facturx_ends import Ended, a_supplier, ends
from tools.demo import Sample
from tools.invoice_generator.reform import TYPE_ALONE, Case, reform_cases, reform_samples

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

MAY_BE_ASKED_TOO = {"bank_account": {"comment"}}
"""A factored invoice also needs the sentence of subrogation."""


@pytest.fixture(scope="module")
def sixty(stack: Running) -> dict[str, Ended]:
    supplier = a_supplier("Forges de l'Erdre")
    samples = reform_samples(day_in_paris(datetime.now(UTC)), supplier)
    found = ends(stack, supplier, [Sample(each.file, each.pdf()) for each in samples])
    assert {each.invoice.number for each in samples} == {each.invoice["invoice_number"] for each in found.values()}
    return {each.case.name: found[each.file] for each in samples}


@pytest.mark.row("B10", "B05")
@pytest.mark.parametrize("case", reform_cases(), ids=lambda each: each.name)
def test_each_of_the_sixty_is_submitted_as_the_rules_say_or_asks_a_person_for_the_right_reason(
    sixty: dict[str, Ended], case: Case
) -> None:
    end = sixty[case.name]
    if case.asked or (case.type_code in TYPE_ALONE and end.invoice["state"] != "SUBMITTED"):
        asked(case, end)
    else:
        submitted(case, end)
    if case.type_code in TYPE_ALONE:
        assert case.type_code in str(end.form), "the form says which kind of invoice it is"


def asked(case: Case, end: Ended) -> None:
    """A person is asked about what the row names, and about nothing that is not so; nothing was sent."""
    field = case.asked or "invoice_type"
    also = MAY_BE_ASKED_TOO.get(field, set()) | ({"validator_siret"} if case.process == "S5" else set())
    assert end.invoice["state"] == "TO_COMPLETE", str(end)
    assert {field} <= end.blocking() <= {field} | also, str(end)
    assert end.received == []


def submitted(case: Case, end: Ended) -> None:
    """The portal has it once, under the right recipient, service, engagement, framework and type."""
    assert end.invoice["state"] == "SUBMITTED", str(end)
    assert end.sent() == (case.recipient, case.service, case.engagement, case.framework)
    (received,) = end.received
    body = received["received"]
    assert body["references"]["typeFacture"] == ("AVOIR" if case.type_code == "381" else "FACTURE")
    assert (body["montantTotal"]["montantAPayer"] == 0) is (case.framework == "A2")
