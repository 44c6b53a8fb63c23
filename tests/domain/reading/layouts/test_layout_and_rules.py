"""What a layout and the rules say together: a sum that follows, a whole code, misread forms, disputed values."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.spots import DocumentSpots
from chorus_connector.domain.reading.layouts.teaching import Sample
from chorus_connector.domain.reading.layouts.transcript import Transcript
from chorus_connector.domain.reading.paper.page import Page, Source
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.unattended import unattended
from tests.domain.reading.layouts.designs import (
    Bill,
    bills,
    corrected,
    layout_of,
    ledger,
    lessons,
    lessons_listed,
    listed,
    sample,
    with_foot,
)
from tests.domain.reading.paper import page, value

MADE = bills(6)
THREE = layout_of(lessons(MADE[:3]))


def test_the_vat_of_several_rates_is_sure_where_the_layout_knows_one_line_and_the_totals_prove_the_sum() -> None:
    bill = replace(MADE[4], ttc="1138.00", low=200.0)
    assert (bill.ht, bill.tva) == ("948.00", "189.60")
    lines = ((60, 600, "TVA 5,5 %"), (180, 600, "0,40 €"), (60, 700, "Total TVA"), (180, 700, "190,00 €"))
    reading = read_document([replace(ledger(bill), words=(*ledger(bill).words, *page(*lines).words))], layouts=[THREE])
    assert value(reading, "total_tva") == "190.00"
    assert unattended(reading.fields, reading.problems, reading.layout)


def _confirmed_with_foot(dues: Sequence[str | None]) -> Layout:
    """A layout of documents with a sum to pay under TTC, and what a person confirmed as due."""
    feet = [("Net à payer", each.ttc.replace(".", ",")) for each in MADE]
    samples = [
        sample(each, [with_foot(each, foot)], day) for day, (each, foot) in enumerate(zip(MADE, feet, strict=True))
    ]
    return layout_of(
        [corrected(each, amount_due=due) if due else each for each, due in zip(samples, dues, strict=False)]
    )


@pytest.mark.parametrize(("paid", "rest", "sure"), [("- 137,60", "1 000,00", True), ("- 137,60", "990,00", False)])
def test_rules_that_misread_one_sum_of_three_are_heard_where_the_rest_is_proven(
    paid: str, rest: str, sure: bool
) -> None:
    layout = _confirmed_with_foot([None, "1.00", None])
    assert (layout.fields["amount_due"].read, layout.fields["amount_due"].misread) == (2, 1)
    foot = (("Acompte reçu", paid), ("Reste à régler", rest))
    due = read_document([with_foot(MADE[4], *foot)], layouts=[layout]).fields.get("amount_due")
    assert (due is not None and due.confidence >= 0.9) == sure
    assert not sure or (due is not None and due.value == "1000.00")


def _lessons_with(field: str, said: Sequence[tuple[str, str | None]]) -> list[Sample]:
    """The first design with a line of its own on each document, and what a person confirmed of it."""
    return [
        corrected(sample(bill, [_with_line(bill, line)], day), **{field: confirmed}, engagement_number=None)
        if field != "engagement_number" else
        corrected(sample(bill, [_with_line(bill, line)], day), engagement_number=confirmed)
        for day, (bill, (line, confirmed)) in enumerate(zip(MADE, said, strict=False))
    ]  # fmt: skip


def _with_line(bill: Bill, line: str, *more: tuple[float, float, str]) -> Page:
    written = ledger(replace(bill, order=None))
    lines = [(320, 220, line)] if line else []
    return replace(written, words=(*written.words, *page(*lines, *more).words))


@pytest.mark.parametrize(
    ("printed", "given_value"),
    [
        ("2026 M 0441", "2026 M 0441"),
        ("26/118 lot 2", "26/118 lot 2"),
        ("AC26 000731", "AC26 000731"),
        ("2026-0441", "2026-0441"),
        ("2026-0441 du 12/03/2026", "2026-0441"),
        ("2026-0441 - Cde n° : CF-26-969", "2026-0441"),
    ],
)
def test_a_code_with_digits_after_it_in_its_cell_is_whole_and_sure_only_if_the_rules_say_the_same(
    printed: str, given_value: str
) -> None:
    said = [(f"Marché n° 2026-11{at}", f"2026-11{at}") for at in range(3)]
    layout = layout_of(_lessons_with("contract_number", said))
    page_ = _with_line(MADE[4], f"Marché n° {printed}")
    found = read_document([page_], layouts=[layout]).fields["contract_number"]
    assert found.value == given_value
    assert (found.confidence >= 0.9) == (value(read_document([page_]), "contract_number") == given_value)


def test_a_party_s_siret_in_the_place_of_a_code_is_no_code() -> None:
    layout = layout_of(lessons_listed(["DGS04", "ACHATS", "SRV-1"]))
    reading = read_document([listed(MADE[4], MADE[4].buyer, "DGS04")], layouts=[layout])
    assert value(reading, "engagement_number") is None
    assert value(reading, "recipient_siret") == MADE[4].buyer


def test_rules_that_misread_codes_of_another_form_are_still_heard() -> None:
    account = layout_of(_lessons_with("contract_number", [(f"Marché n° C-5187{at}-E", None) for at in range(3)]))
    assert account.fields["contract_number"].misread == 3
    for code, given_value in (("24S0076", "24S0076"), ("2026-114", "2026-114"), ("C-93115-E", None)):
        page_ = _with_line(MADE[4], "", (320, 300, f"Marché n° {code}"))
        assert value(read_document([page_]), "contract_number") == code
        assert value(read_document([page_], layouts=[account]), "contract_number") == given_value


@pytest.mark.parametrize(("source", "sure"), [("text", True), ("ocr", False)])
def test_a_code_that_only_one_taught_document_printed_is_left_to_rules_that_never_misread_it(
    source: Source, sure: bool
) -> None:
    said = [("Suite à votre bon : 4500123987", "4500123987"), ("", None), ("", None)]
    layout = layout_of(_lessons_with("engagement_number", said))
    assert (layout.fields["engagement_number"].read, layout.fields["engagement_number"].misread) == (0, 0)
    page_ = replace(_with_line(MADE[4], "", (60, 300, "N° d'engagement : 4500777123")), source=source)
    found = read_document([page_], layouts=[layout]).fields["engagement_number"]
    assert found.value == "4500777123"
    assert (found.confidence >= 0.9) == sure


def test_a_name_that_fills_several_lines_of_a_column_is_known() -> None:
    name = "Norbel Fluides et Réseaux de Basse Normandie"

    def over_lines(bill: Bill, *lines: str) -> Page:
        written = ledger(bill)
        kept = [word for word in written.words if word.text not in ("Norbel", "Fluides", "SAS")]
        column = [(500, 700 + 11 * row, text) for row, text in enumerate(lines)]
        return replace(written, words=(*kept, *page(*column).words))

    samples = [corrected(sample(bill, [over_lines(bill, "Norbel Fluides et", "Réseaux de", "Basse Normandie")], day),
                         supplier_name=name) for day, bill in enumerate(MADE[:3])]  # fmt: skip
    layout = layout_of(samples)
    for lines, given_value in (
        (("Norbel Fluides et Réseaux", "de Basse Normandie"), name),
        (("Norbel Fluides et", "Gaz de", "Basse Normandie"), None),
    ):
        reading = read_document([over_lines(MADE[4], *lines)], layouts=[layout])
        assert (value(reading, "supplier_name") == name) == (given_value is not None)


@pytest.mark.parametrize(
    ("line", "days"),
    [
        ("Période du 01/08/2026 au 31/08/2026", []),
        ("Loyers du 1er août 2026 au 31 août 2026", []),
        ("Abonnement 01/08/2026 jusqu'au 31/08/2026", []),
        ("Facture du 01/08/2026, payable le 31/08/2026", ["2026-08-01", "2026-08-31"]),
        ("Facture du 01/08/2026 - échéance 31/08/2026", ["2026-08-01", "2026-08-31"]),
        ("Le 01/08/2026", ["2026-08-01"]),
    ],
)
def test_the_ends_of_a_period_are_no_days_that_a_layout_learns(line: str, days: list[str]) -> None:
    spots = DocumentSpots(Transcript(Document([page((60, 60, line))])))
    assert [spot.value for spot in spots.of("invoice_date").all] == days


def test_two_days_that_were_one_on_every_taught_document_are_asked_where_they_differ() -> None:
    def visited(bill: Bill, visit: str, at: float) -> Page:
        day = "/".join(reversed(bill.day.split("-")))
        written = ledger(bill)
        kept = [word for word in written.words if word.text not in ("Le", day)]
        lines = ((120 + at, 300, "Jour vu"), (120 + at, 311, day), (320, 134, f"Venue au chantier {visit}"))
        return replace(written, words=(*kept, *page(*lines).words))

    layout = layout_of([sample(bill, [visited(bill, "/".join(reversed(bill.day.split("-"))), 40.0 * day)], day)
                        for day, bill in enumerate(MADE[:3])])  # fmt: skip
    for day, sure in (("2026-08-01", True), ("2026-08-03", False)):
        reading = read_document([visited(replace(MADE[4], day=day), "01/08/2026", 90)], layouts=[layout])
        found = reading.fields.get("invoice_date")
        assert (found is not None and found.confidence >= 0.9) == sure


@pytest.mark.parametrize(
    ("line", "given_value"),
    [("Agence - Service FACTURIER", None), ("Agence - Service DAF", "DAF"), ("Agence - Service S-12", "S-12")],
)
def test_a_word_of_another_form_in_an_address_is_no_code_of_one_taught_document(
    line: str, given_value: str | None
) -> None:
    layout = layout_of(_lessons_with("service_code", [("Service DGS", "DGS"), ("", None), ("", None)]))
    reading = read_document([_with_line(MADE[4], "", (400, 270, line))], layouts=[layout])
    assert value(reading, "service_code") == given_value


@pytest.mark.parametrize(
    ("line", "code"), [("SERVICE DEPARTEMENTAL D'INCENDIE", "DEPARTEMENTAL"), ("CONSEIL REGIONAL", "REGIONAL")]
)
def test_a_word_of_a_public_bodys_kind_is_no_code(line: str, code: str) -> None:
    spots = DocumentSpots(Transcript(Document([page((60, 60, line), (60, 80, "SERVICE DBAT"))])))
    found = {spot.value for spot in spots.of("service_code").all}
    assert code not in found
    assert "DBAT" in found


def test_a_contract_in_the_order_s_place_is_no_order() -> None:
    def with_columns(bill: Bill, caption: str, code: str) -> Page:
        lines = ((320, 300, caption), (320, 312, code), (420, 300, "Agence"), (420, 312, "CAEN"))
        return _with_line(bill, "", *lines)

    orders = [f"26ST9694{at}" for at in range(3)]
    layout = layout_of([
        corrected(sample(bill, [with_columns(bill, "Votre pièce", order)], day), engagement_number=order)
        for day, (bill, order) in enumerate(zip(MADE, orders, strict=False))
    ])  # fmt: skip
    other = read_document([with_columns(MADE[4], "Votre pièce", "26ST97777")], layouts=[layout])
    assert value(other, "engagement_number") == "26ST97777"
    reading = read_document([with_columns(MADE[4], "Marché public n°", "25S0062")], layouts=[layout])
    assert (value(reading, "contract_number"), value(reading, "engagement_number")) == ("25S0062", None)


def test_another_day_in_the_place_of_the_due_date_is_none_where_the_rules_read_the_taught_ones() -> None:
    def with_a_day(bill: Bill, caption: str, day: str) -> Page:
        return _with_line(bill, "", (320, 300, caption), (320, 312, day), (420, 300, "Agence"), (420, 312, "CAEN"))

    layout = layout_of([
        corrected(sample(bill, [with_a_day(bill, "Date d'échéance", f"1{at}/11/2026")], at), due_date=f"2026-11-1{at}")
        for at, bill in enumerate(MADE[:3])
    ])  # fmt: skip
    assert layout.fields["due_date"].read == 3
    for caption, due in (("Date d'échéance", "2026-11-20"), ("Commande du", None)):
        reading = read_document([with_a_day(MADE[4], caption, "20/11/2026")], layouts=[layout])
        assert value(reading, "due_date") == due
