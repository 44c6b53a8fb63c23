from decimal import Decimal

import pytest

from chorus_connector.domain.reading.fields.vat_table import agrees, single_rate
from chorus_connector.domain.reading.result import Reading, VatLine
from tests.domain.reading.paper import read, value


def test_three_sums_that_agree_are_the_totals() -> None:
    reading = read((300, 600, "Total HT"), (480, 600, "1 000,00 €"), (300, 615, "TVA 20 %"), (480, 615, "200,00 €"),
                   (300, 630, "Total TTC"), (480, 630, "1 200,00 €"))  # fmt: skip
    assert [value(reading, field) for field in ("total_ht", "total_tva", "total_ttc", "amount_due")] == [
        "1000.00", "200.00", "1200.00", "1200.00"
    ]  # fmt: skip
    assert value(reading, "vat_lines") == (VatLine(rate="20.00", base="1000.00", amount="200.00"),)


def test_what_was_paid_before_makes_the_amount_due() -> None:
    reading = read((300, 600, "Total HT"), (480, 600, "1 000,00"), (300, 615, "TVA"), (480, 615, "200,00"),
                   (300, 630, "Total TTC"), (480, 630, "1 200,00"), (300, 645, "Acompte versé"), (480, 645, "-200,00"),
                   (300, 660, "Reste à payer"), (480, 660, "1 000,00"))  # fmt: skip
    assert value(reading, "total_ttc") == "1200.00"
    assert value(reading, "amount_due") == "1000.00"


def test_a_unit_after_the_sum_says_what_it_is() -> None:
    reading = read((50, 600, "Total général : 1 000,00 € HT, TVA 20 % : 200,00 €, soit 1 200,00 € TTC"))
    assert value(reading, "total_ht") == "1000.00"
    assert value(reading, "total_ttc") == "1200.00"


def test_a_credit_note_has_positive_amounts_whatever_its_signs() -> None:
    reading = read((50, 80, "AVOIR n° A12"), (300, 600, "Total HT"), (480, 600, "-100,00"), (300, 615, "TVA 20 %"),
                   (480, 615, "-20,00"), (300, 630, "Total TTC"), (480, 630, "-120,00"))  # fmt: skip
    assert value(reading, "total_ttc") == "120.00"


def test_totals_that_do_not_agree_are_not_proven() -> None:
    reading = read((300, 600, "Total HT"), (480, 600, "1 000,00"), (300, 615, "Total TVA"), (480, 615, "150,00"),
                   (300, 630, "Total TTC"), (480, 630, "1 200,00"))  # fmt: skip
    given = [reading.fields[field] for field in ("total_ht", "total_tva", "total_ttc") if field in reading.fields]
    assert all(field.confidence < 0.9 for field in given)


def test_an_exempt_invoice_has_no_vat() -> None:
    reading = read(
        (300, 600, "Net à payer"), (480, 600, "640,00 €"), (50, 640, "TVA non applicable, art. 293 B du CGI")
    )
    assert value(reading, "total_ht") == "640.00"
    assert value(reading, "total_tva") == "0.00"


def test_a_line_of_goods_is_not_taken_for_a_total_that_was_misread() -> None:
    reading = read(
        *((50, 400, "Fauteuil"), (300, 400, "100,00"), (400, 400, "20,00"), (480, 400, "120,00")),
        *((300, 600, "Total HT"), (480, 600, "1 0O0,00"), (300, 630, "Total TTC"), (480, 630, "1 200,00")),
    )
    assert value(reading, "total_ttc") != "120.00"


def test_lines_that_add_up_make_the_total_of_an_exempt_invoice_without_a_usual_label() -> None:
    reading = read(
        *((50, 400, "Atelier"), (482, 400, "100,00"), (50, 415, "Trajet"), (487, 415, "20,00")),
        *((50, 440, "Notre intervention"), (482, 440, "120,00"), (50, 470, "Exonération de TVA, article 261-4-4° a")),
    )
    assert value(reading, "total_ttc") == "120.00"
    assert value(reading, "total_tva") == "0.00"


def test_a_sum_that_is_the_whole_invoice_is_never_its_vat() -> None:
    reading = read((300, 600, "Total taxe"), (480, 600, "640,00 €"))
    assert value(reading, "total_tva") is None


def test_an_iban_printed_over_its_label_is_still_read() -> None:
    reading = read((50, 700, "Virement FR76 1450 IBAN 5398 4599 9104 3368 670"))
    assert value(reading, "iban") == "FR7614505398459991043368670"


def test_what_a_sum_leaves_of_the_total_is_due_though_neither_has_a_usual_label() -> None:
    reading = read((300, 600, "Total HT"), (480, 600, "1 000,00"), (300, 615, "TVA 20 %"), (480, 615, "200,00"),
                   (300, 630, "Total TTC"), (480, 630, "1 200,00"), (300, 645, "Chèque du 3 mai"), (480, 645, "350,00"),
                   (300, 660, "Virement attendu"), (480, 660, "850,00"))  # fmt: skip
    assert value(reading, "amount_due") == "850.00"


def test_the_total_with_tax_of_one_rate_is_not_what_is_due() -> None:
    columns = (200, 300, 400, 480)
    table = [
        ("Taux", "HT", "TVA", "TTC"),
        ("20 %", "1 000,00", "200,00", "1 200,00"),
        ("10 %", "118,18", "11,82", "130,00"),
    ]
    cells = [
        (x, 570.0 + 15 * row, text) for row, line in enumerate(table) for x, text in zip(columns, line, strict=True)
    ]
    reading = read((300, 555, "Total TTC"), (480, 555, "1 330,00"), *cells)
    assert value(reading, "amount_due") == "1330.00"


def test_an_invoice_for_a_deposit_is_not_the_devis_it_quotes() -> None:
    reading = read((36, 245, "Devis accepté DE9250 du 21/07/2026 : 5 000,00 € HT, 6 000,00 € TTC"),
                   (300, 340, "Acompte HT"), (500, 340, "1 000,00 €"), (300, 356, "TVA 20 % sur 1 000,00"),
                   (500, 356, "200,00 €"), (300, 372, "Acompte TTC à verser"), (500, 372, "1 200,00 €"),
                   (36, 400, "Restera à facturer à l'achèvement : 4 800,00 €"))  # fmt: skip
    assert value(reading, "total_ttc") == "1200.00"
    assert value(reading, "amount_due") == "1200.00"


def test_a_provision_for_charges_is_a_line_of_a_rent_and_was_not_paid() -> None:
    reading = read((50, 500, "Loyer du mois"), (480, 500, "800,00"), (50, 515, "Provision pour charges"),
                   (480, 515, "100,00"), (300, 560, "Total"), (480, 560, "900,00"),
                   (50, 600, "TVA non applicable, art. 293 B du CGI"))  # fmt: skip
    assert value(reading, "amount_due") == "900.00"


def test_a_total_that_lost_its_thousands_says_nothing_and_neither_does_the_other() -> None:
    lost_in_ttc = read(
        *((300, 600, "Total HT"), (480, 600, "1 687,22"), (300, 615, "TVA"), (480, 615, "?")),
        *((300, 630, "Total TTC"), (480, 630, "24,67"), (300, 645, "Net à payer"), (480, 645, "24,67")),
    )
    lost_in_ht = read(
        *((300, 600, "Total HT"), (480, 600, "878,08"), (300, 615, "TVA"), (480, 615, "?")),
        *((300, 630, "Total TTC"), (480, 630, "6 706,77")),
    )
    for reading in (lost_in_ttc, lost_in_ht):
        assert not {"total_ht", "total_ttc", "amount_due"} & reading.fields.keys()


def totals(*sums: tuple[str, str]) -> Reading:
    """What is read from labels with their sums, one under the other."""
    rows = [((300, 600 + 15 * row, label), (480, 600 + 15 * row, amount)) for row, (label, amount) in enumerate(sums)]
    return read(*(cell for row in rows for cell in row))


def values(reading: Reading) -> list[object]:
    return [value(reading, field) for field in ("total_ht", "total_tva", "total_ttc")]


def test_of_the_totals_of_two_invoices_neither_is_taken() -> None:
    """Two sets of totals that both agree, and neither is a part of the other: a missing value is a field to fill."""
    one = (("Total HT", "200,00"), ("TVA 5,5 %", "11,00"), ("Total TTC", "211,00"))
    other = (("Total HT", "190,00"), ("TVA 20 %", "38,00"), ("Total TTC", "228,00"))
    assert values(totals(*one)) == ["200.00", "11.00", "211.00"]
    assert values(totals(*other)) == ["190.00", "38.00", "228.00"]
    assert values(totals(*one, *other)) == [None, None, None]
    assert values(totals(*other, *one)) == [None, None, None]


@pytest.mark.parametrize(("label", "field"), [("Total TTC", "total_ttc"), ("Total HT", "total_ht")])
def test_of_two_sums_under_the_same_label_neither_is_taken(label: str, field: str) -> None:
    assert value(totals((label, "120,00")), field) == "120.00"
    assert value(totals((label, "120,00"), (label, "120,00")), field) == "120.00", "the same sum twice is one"
    assert value(totals((label, "120,00"), (label, "240,00")), field) is None


def test_of_two_sums_to_pay_neither_is_taken() -> None:
    known = (("Total HT", "100,00"), ("TVA 20 %", "20,00"), ("Total TTC", "120,00"))
    assert value(totals(*known, ("Net à payer", "100,00")), "amount_due") == "100.00"
    assert value(totals(*known, ("Net à payer", "100,00"), ("Net à payer", "50,00")), "amount_due") not in (
        "100.00",
        "50.00",
    )


@pytest.mark.parametrize(
    ("tva", "ttc", "believed"),
    [("20,00", "120,00", True), ("21,20", "121,20", True), ("22,00", "122,00", False), ("50,00", "150,00", False)],
)
def test_vat_above_every_rate_there_ever_was_is_not_believed(tva: str, ttc: str, believed: bool) -> None:
    """The highest rate was 20.6 %; a sum that would be more is something else, or a digit is wrong."""
    found = values(totals(("Total HT", "100,00"), ("Total TVA", tva), ("Total TTC", ttc)))
    agreed = ["100.00", tva.replace(",", "."), ttc.replace(",", ".")]
    assert found == (agreed if believed else [None, None, None])


@pytest.mark.parametrize(("tva", "believed"), [("21,20", True), ("21,21", False), ("50,00", False)])
def test_a_sum_too_large_to_be_the_vat_of_the_other_total_is_not_its_vat(tva: str, believed: bool) -> None:
    reading = totals(("Total HT", "100,00"), ("Total TVA", tva))
    assert value(reading, "total_ht") == "100.00"
    assert value(reading, "total_tva") == (tva.replace(",", ".") if believed else None)


@pytest.mark.parametrize(
    ("tax", "agree"), [("19.98", True), ("20.00", True), ("20.02", True), ("19.97", False), ("20.03", False)]
)
def test_vat_is_a_rate_of_its_base_within_two_cents(tax: str, agree: bool) -> None:
    assert agrees(Decimal("20"), Decimal("100.00"), Decimal(tax)) is agree


def test_vat_is_rounded_half_up_before_it_is_compared() -> None:
    assert agrees(Decimal("5.5"), Decimal("2.27"), Decimal("0.14"))
    assert agrees(Decimal("20"), Decimal("0.625"), Decimal("0.15")), "0.125 is 0.13, two cents from 0.15"


def test_of_two_rates_that_lead_to_the_same_vat_neither_is_taken() -> None:
    both = {Decimal("10"), Decimal("8.5")}
    assert single_rate(Decimal("1.00"), Decimal("0.10"), {Decimal("10")}) == Decimal("10")
    assert single_rate(Decimal("1.00"), Decimal("0.10"), both) is None


def test_a_rate_that_is_not_printed_is_deduced_from_ten_euros_on() -> None:
    assert single_rate(Decimal("10.00"), Decimal("2.00")) == Decimal("20")
    assert single_rate(Decimal("9.99"), Decimal("2.00")) is None
    assert single_rate(Decimal("9.99"), Decimal("2.00"), {Decimal("20")}) == Decimal("20")
