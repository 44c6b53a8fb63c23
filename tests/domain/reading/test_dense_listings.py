"""The foot of a dense listing: a VAT table, and beside it the sum to pay and its day, in rows of their own or not."""

import pytest

from chorus_connector.domain.reading.result import Reading
from tests.domain.reading.paper import read, value

TITLE = (50, 40, "FACTURE FAC25031289")
LINES = (("4", "20.00", "1000.00", "200.00", "1200.00"), ("3", "10.00", "300.00", "30.00", "330.00"),
         ("2", "5.50", "400.00", "22.00", "422.00"), ("1", "2.10", "500.00", "10.50", "510.50"))  # fmt: skip
COLUMNS = (40, 75, 135, 205, 275)
TOTALS = ("2200.00", "262.50", "2462.50")


def _table(head: tuple[str, ...], last: str, *, apart: float = 10.0) -> list[tuple[float, float, str]]:
    found = [(x, 640.0, text) for x, text in zip(COLUMNS, head, strict=True)]
    for at, line in enumerate(LINES, 1):
        found += [(x, 640 + apart * at, text) for x, text in zip(COLUMNS, line, strict=True)]
    bottom = 640 + apart * (len(LINES) + 1.5)
    return [*found, (40.0, bottom, last), *((x, bottom, text) for x, text in zip(COLUMNS[2:], TOTALS, strict=True))]


def _totals(reading: Reading) -> tuple[object, ...]:
    return tuple(value(reading, field) for field in ("total_ht", "total_tva", "total_ttc"))


def _goods(count: int) -> list[tuple[float, float, str]]:
    rows = [(60 + at, f"{at + 3}.{at % 90 + 10}", f"{(at + 3) * 2}.{at % 90 + 10}") for at in range(count)]
    return [(60.0, 100 + 9.0 * at, f"Article {name}") for at, (name, _, _) in enumerate(rows)] + [
        (x, 100 + 9.0 * at, text)
        for at, (_, price, total) in enumerate(rows)
        for x, text in ((380, price), (520, total))
    ]


@pytest.mark.parametrize("row", [1, 2, 3, 4])
@pytest.mark.parametrize(
    ("head", "last"),
    [(("T", "TAUX", "HORS TAXES", "TAXE", "T.T.C."), "TOTAUX"), (("C", "Taux", "Base HT", "TVA", "TTC"), "TOTAL"),
     (("Code", "%", "Montant HT", "Montant TVA", "Montant TTC"), "Totaux")],
)  # fmt: skip
def test_the_sum_to_pay_beside_a_vat_table_does_not_end_it(head: tuple[str, ...], last: str, row: int) -> None:
    due = ((360, 640 + 10.0 * row, "A REGLER EUR"), (520, 640 + 10.0 * row, "2462.50"))
    reading = read(TITLE, *_goods(40), *_table(head, last), *due)
    assert _totals(reading) == TOTALS
    assert len(value(reading, "vat_lines")) == len(LINES)  # type: ignore[arg-type]
    assert value(reading, "amount_due") == "2462.50"


@pytest.mark.parametrize("row", [1, 2])
def test_totals_beside_a_vat_table_do_not_end_it(row: int) -> None:
    beside = [(360.0, 640 + 10.0 * (row + at), text) for at, text in enumerate(("Total HT", "Total TVA", "Total TTC"))]
    sums = [(520.0, 640 + 10.0 * (row + at), text) for at, text in enumerate(TOTALS)]
    reading = read(TITLE, *_table(("T", "TAUX", "HORS TAXES", "TAXE", "T.T.C."), "TOTAUX"), *beside, *sums)
    assert _totals(reading) == TOTALS
    assert len(value(reading, "vat_lines")) == len(LINES)  # type: ignore[arg-type]


@pytest.mark.parametrize("sum_due", ["A REGLER EUR", "NET A PAYER", "Montant à payer"])
@pytest.mark.parametrize("day", ["POUR LE 20-05-2025", "à régler pour le 20/05/2025", "avant le 20/05/2025"])
def test_the_day_under_the_sum_to_pay_is_the_due_date(sum_due: str, day: str) -> None:
    reading = read(TITLE, (50, 54, "DU 31-03-2025"), (360, 640, sum_due), (520, 640, "2462.50"), (360, 655, day))
    assert (value(reading, "invoice_date"), value(reading, "due_date")) == ("2025-03-31", "2025-05-20")


@pytest.mark.parametrize("line", ["Livraison prévue", "Prochain relevé", "Merci de réserver"])
def test_a_day_under_another_line_is_not_the_due_date(line: str) -> None:
    reading = read(TITLE, (50, 54, "DU 31-03-2025"), (360, 640, line), (360, 655, "pour le 20/05/2025"))
    assert value(reading, "due_date") is None
