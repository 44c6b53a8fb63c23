"""A page contradicts the XML inside its PDF only where the XML's value is printed nowhere."""

from typing import cast

import pytest

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.cii import CiiInvoice
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import FieldReading
from tests.domain.reading.paper import page

PAGE = page(
    *((50, 50, "Miellerie des Causses"), (50, 64, "3 chemin du Puech"), (50, 78, "12100 MILLAU")),
    *((50, 92, "SIRET 732 829 320 00074 - APE 0149Z"), (330, 130, "CHU de Plouzané"), (330, 144, "3 place Carnot")),
    *((330, 158, "29280 PLOUZANE"), (330, 172, "SIRET client : 213 502 388 00019")),
    *((50, 220, "Facture n° : MC 2026/0417"), (50, 234, "Date : 12 mai 2026"), (50, 248, "Échéance : 11/06/2026")),
    *((300, 400, "Total HT"), (480, 400, "1 250,00 €"), (300, 414, "TVA 20 %"), (480, 414, "250,00 €")),
    *((300, 428, "Total TTC"), (480, 428, "1 500,00 €"), (50, 460, "Devis D-18 du 2 avril 2026 de 1 480,00 €")),
)
SAID: dict[FieldName, str] = {
    "invoice_number": "MC-2026-0417", "invoice_date": "2026-05-12", "due_date": "2026-06-11",
    "supplier_siret": "73282932000074", "recipient_siret": "21350238800019", "total_ht": "1250.00",
    "total_tva": "250.00", "total_ttc": "1500.00", "supplier_name": "MIELLERIE CAUSSES SARL",
    "recipient_name": "Centre hospitalier universitaire de Plouzané",
}  # fmt: skip


def differing(**changes: str) -> list[str | None]:
    """The fields that the page contradicts when the XML says what is printed, but for these changes."""
    said = {**{str(name): value for name, value in SAID.items()}, **changes}
    fields: dict[FieldName, FieldReading] = {
        cast(FieldName, name): FieldReading(value=value, confidence=1, source="xml") for name, value in said.items()
    }
    reading = read_document([PAGE], CiiInvoice(fields=fields))
    return [problem.field for problem in reading.problems if problem.code == "xml_page_difference"]


def test_another_spelling_is_no_difference() -> None:
    assert differing() == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("invoice_number", "MC-2026-0418"),
        ("invoice_number", "MC-2026-041"),
        ("invoice_number", "X-MC-2026-0417"),
        ("invoice_date", "2026-05-13"),
        ("invoice_date", "2025-05-12"),
        ("due_date", "2026-06-12"),
        ("supplier_siret", "73282932000082"),
        ("recipient_siret", "21350238800027"),
        ("total_ht", "1250.01"),
        ("total_tva", "240.00"),
        ("total_ttc", "1501.00"),
        ("total_ttc", "15000.00"),
    ],
)
def test_a_value_that_the_page_does_not_print_is_a_difference(field: str, value: str) -> None:
    assert differing(**{field: value}) == [field]


@pytest.mark.parametrize(
    ("field", "other"),
    [
        ("supplier_siret", "recipient_siret"),
        ("recipient_siret", "supplier_siret"),
        ("invoice_date", "due_date"),
        ("total_ttc", "total_ht"),
    ],
)
def test_a_value_that_the_page_prints_as_another_fields_is_a_difference(field: FieldName, other: FieldName) -> None:
    assert differing(**{field: SAID[other]}) == [field]


@pytest.mark.parametrize(
    ("field", "value"), [("invoice_date", "2026-04-02"), ("total_ttc", "1480.00"), ("total_tva", "0.00")]
)
def test_a_value_that_is_printed_elsewhere_on_the_page_is_no_difference(field: str, value: str) -> None:
    """The page may have been misread: the XML's own value is there."""
    assert differing(**{field: value}) == []


def test_another_partys_name_is_a_difference() -> None:
    assert differing(supplier_name="Apiculteurs réunis") == ["supplier_name"]


def test_a_printed_total_that_does_not_add_up_contradicts_the_xml_by_its_label() -> None:
    wrong = page(
        *((50, 220, "Facture n° : MC 2026/0417"), (50, 234, "Date : 12 mai 2026")),
        *((300, 400, "Total HT"), (480, 400, "1 250,00 €"), (300, 414, "TVA 20 %"), (480, 414, "250,00 €")),
        *((300, 428, "Total TTC"), (480, 428, "1 510,00 €")),
    )
    fields = {name: FieldReading(value=value, confidence=1, source="xml") for name, value in SAID.items()}
    problems = read_document([wrong], CiiInvoice(fields=fields)).problems
    assert [each.field for each in problems if each.code == "xml_page_difference"] == ["total_ttc"]
