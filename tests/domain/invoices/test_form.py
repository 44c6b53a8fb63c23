"""The form's precedence: who beats whom, and that nothing that lost is forgotten."""

import pytest

from chorus_connector.domain.invoices.form import PRECEDENCE, fill_form
from chorus_connector.domain.reading.result import FieldReading, Reading
from tests.builders import a_reading

NOTHING: dict[str, str] = {}


def fill(reading: Reading | None = None, **sources: dict[str, str]) -> tuple[object, ...]:
    given = {
        "metadata": NOTHING,
        "associations": NOTHING,
        "corrections": NOTHING,
        "supplier_values": NOTHING,
        **sources,
    }
    return fill_form(reading or Reading(), **given)  # type: ignore[arg-type]


@pytest.mark.row("S31")
def test_ocr_reads_1500_the_metadata_says_1800_and_the_form_offers_1800() -> None:
    read = Reading(fields={"total_ttc": FieldReading(value="1500.00", confidence=0.97, source="ocr", page=1)})
    form, problems = fill(read, metadata={"Montant": "1 800,00 €"}, associations={"total_ttc": "Montant"})
    field = form.fields["total_ttc"]  # type: ignore[attr-defined]
    assert (field.value, field.source) == ("1800.00", "metadata")
    assert [(each.value, each.source) for each in field.beaten] == [("1500.00", "ocr")]
    assert problems == ()


def test_a_person_beats_the_metadata() -> None:
    form, _ = fill(
        a_reading(),
        metadata={"Montant": "1800"},
        associations={"total_ttc": "Montant"},
        corrections={"total_ttc": "1900.00"},
    )
    field = form.fields["total_ttc"]  # type: ignore[attr-defined]
    assert field.value == "1900.00"
    assert [each.source for each in field.beaten] == ["metadata", "text"]


def test_a_field_a_person_emptied_stays_empty() -> None:
    form, _ = fill(a_reading(service_code="STECH"), corrections={"service_code": ""})
    assert form.value("service_code") is None  # type: ignore[attr-defined]


def test_an_empty_metadata_beats_nothing() -> None:
    form, _ = fill(a_reading(), metadata={"Montant": "  "}, associations={"total_ttc": "Montant"})
    assert form.fields["total_ttc"].source == "text"  # type: ignore[attr-defined]


def test_a_metadata_that_does_not_convert_is_a_problem_and_not_a_value() -> None:
    form, problems = fill(a_reading(), metadata={"Montant": "beaucoup"}, associations={"total_ttc": "Montant"})
    assert form.value("total_ttc") == "600.00"  # type: ignore[attr-defined]
    assert [(each.field, each.code) for each in problems] == [("total_ttc", "metadata_not_convertible")]  # type: ignore[attr-defined]


def test_a_metadata_without_an_association_feeds_no_field() -> None:
    form, _ = fill(metadata={"total_ttc": "12"})
    assert form.value("total_ttc") is None  # type: ignore[attr-defined]


def test_what_the_document_says_beats_the_suppliers_own_setting() -> None:
    form, _ = fill(a_reading(currency="EUR"), supplier_values={"currency": "USD", "payment_method": "cheque"})
    assert form.value("currency") == "EUR"  # type: ignore[attr-defined]
    assert form.value("payment_method") == "cheque"  # type: ignore[attr-defined]


@pytest.mark.parametrize("weaker", ["text", "ocr"])
def test_the_order_of_sources_is_the_missions(weaker: str) -> None:
    assert PRECEDENCE.index("xml") < PRECEDENCE.index(weaker)  # type: ignore[arg-type]
    assert PRECEDENCE[:3] == ("person", "metadata", "table")
