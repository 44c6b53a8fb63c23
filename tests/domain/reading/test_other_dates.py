"""Dates that are broken, turned round or of another business, drawn as suppliers print them."""

import pytest

from chorus_connector.domain.reading.typed.dates import find_dates
from tests.domain.reading.paper import read, value

_TITLE = (40.0, 180.0, "FACTURE N° K-208")
_DATED = (40.0, 195.0, "Date : 07/10/2026")


def test_a_date_over_two_lines_is_read_under_its_label() -> None:
    for day, month in (("14", "OCTOBRE 2026"), ("14 octobre", "2026"), ("1er", "oct. 2026")):
        reading = read(_TITLE, (330, 180, "Date de facture"), (330, 192, day), (330, 204, month))
        assert value(reading, "invoice_date") == ("2026-10-01" if day == "1er" else "2026-10-14")


def test_a_period_over_two_lines_is_no_date() -> None:
    assert (
        value(read(_TITLE, (330, 180, "Période"), (330, 192, "14"), (330, 204, "OCTOBRE 2026")), "invoice_date") is None
    )


@pytest.mark.parametrize(
    "words",
    ["Somme à régler pour le 06/11/2026", "Net à payer avant le 06/11/2026", "Montant prélevé le 6/11/2026"],
)
def test_the_day_after_the_sum_to_pay_is_the_due_date(words: str) -> None:
    reading = read(_TITLE, _DATED, (330, 640, words), (520, 640, "85,00 €"))
    assert value(reading, "due_date") == "2026-11-06"
    assert value(reading, "invoice_date") == "2026-10-07"


@pytest.mark.parametrize(
    "words",
    [
        "Sommes en attente de paiement au 30/09/2026", "Dernier règlement le 30/11/2026",
        "Retard de paiement au 30/11/2026", "Votre espace client n° 3 est ouvert jusqu'au 30/11/2026",
        "Bon à utiliser avant le 30/11/2026",
    ],
)  # fmt: skip
def test_the_day_of_an_account_or_an_offer_is_no_due_date(words: str) -> None:
    reading = read(_TITLE, _DATED, (40, 640, words))
    assert value(reading, "due_date") is None
    assert value(reading, "invoice_date") == "2026-10-07"


def test_the_date_column_of_a_table_of_goods_dates_no_invoice() -> None:
    reading = read((40, 100, "FACTURE n° 9"), (40, 300, "Date"), (140, 300, "Nature"), (400, 300, "Montant"),
                   (40, 315, "02/10/2026"), (140, 315, "Élagage"), (400, 315, "480,00"))  # fmt: skip
    assert value(reading, "invoice_date") is None


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("October 7, 2026", "2026-10-07"), ("7th October 2026", "2026-10-07"), ("1° octobre 2026", "2026-10-01"),
        ("K208/07.10.2026", "2026-10-07"), ("2ème trimestre 2026", None), ("K208/07.10.20261", None),
    ],
)  # fmt: skip
def test_ways_of_writing_a_day(text: str, day: str | None) -> None:
    assert [found.value.isoformat() for found in find_dates(text)] == ([day] if day else [])
