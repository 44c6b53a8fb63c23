"""Dates without a label of their own: the dateline, what a participle continues, and what is left over."""

import pytest

from tests.domain.reading.paper import read, value


@pytest.mark.parametrize(
    "line",
    [
        "Strasbourg, mercredi 14 janvier 2026",
        "Fait à Strasbourg le 14 janv. 2026",
        "À Le Havre, le 14/01/2026",
        "Strasbourg le 14/01/2026",
    ],
)
def test_a_town_and_a_date_alone_on_a_line_date_the_invoice(line: str) -> None:
    reading = read((50, 80, "3 impasse du Moulin"), (50, 92, "67100 STRASBOURG"), (300, 120, line),
                   (50, 400, "Livraison du 02/01/2026"))  # fmt: skip
    assert value(reading, "invoice_date") == "2026-01-14"


def test_issued_on_says_the_date_of_what_was_named_before_it() -> None:
    reading = read(
        (50, 100, "Votre réclamation du 26/03/2026 concernant notre facture 7693/26 émise le 21/03/2026."),
        (50, 300, "Note de crédit no PX1247 du 17/04/2026"),
    )
    assert value(reading, "invoice_date") == "2026-04-17"
    assert value(reading, "invoice_number") == "PX1247"


def test_the_day_an_account_was_closed_is_the_date_only_if_no_other_is_there() -> None:
    closed = (50, 100, "Arrêté au 22/01/2026")
    assert value(read((50, 80, "FACTURE N° F-114"), closed), "invoice_date") == "2026-01-22"
    dated = read((50, 80, "FACTURE N° F-114"), closed, (50, 120, "Date de facture : 31/01/2026"))
    assert value(dated, "invoice_date") == "2026-01-31"


def test_the_date_beside_the_corrected_invoice_is_not_this_one_s() -> None:
    reading = read(
        *((50, 100, "DOCUMENT"), (150, 100, "NUMERO"), (250, 100, "DATE")),
        *((50, 112, "AVOIR"), (150, 112, "509255"), (250, 112, "22/09/2026")),
        *((150, 140, "FACTURE CREDITEE"), (250, 140, "EN DATE DU")),
        *((150, 152, "N03534"), (250, 152, "13/08/2026")),
    )
    assert value(reading, "invoice_date") == "2026-09-22"


@pytest.mark.parametrize(
    "line",
    [
        "Date d'entrée 02/02/2026",
        "Garantie jusqu'au 02/02/2026",
        "Date de péremption : 02/02/2026",
        "À consommer avant le 02/02/2026",
    ],
)
def test_the_day_of_something_else_is_neither_the_date_nor_the_term(line: str) -> None:
    reading = read((330, 60, "Facture n° F26-0114"), (50, 200, line))
    assert value(reading, "invoice_date") is None
    assert value(reading, "due_date") is None


def test_a_sentence_that_ends_with_the_last_day_speaks_of_the_payment() -> None:
    reading = read((50, 500, "IBAN compte bénéficiaire FR76 3000 3854, au plus tard le 31/05/2026."))
    assert value(reading, "due_date") == "2026-05-31"


@pytest.mark.parametrize("label", ["Facture No 379/25/003258", "FACTURE N° F26-118", "Avoir n° A26-4"])
@pytest.mark.parametrize("left", ["Agence 0201 – 14 boulevard Carnot", "Commande 4500018", "Livraison Tours"])
def test_the_day_under_the_number_is_the_invoices_whatever_is_beside_it(label: str, left: str) -> None:
    reading = read((400, 100, label), (400, 112, "du 14/09/2025"), (50, 112, left), (50, 150, "Échéance 14/10/2025"))
    assert value(reading, "invoice_date") == "2025-09-14"
    assert value(reading, "due_date") == "2025-10-14"


def test_the_day_under_another_invoices_number_is_not_this_ones() -> None:
    reading = read(
        (50, 60, "Facture n° F26-118"), (400, 100, "Avoir sur facture n° F25-4"), (400, 112, "du 14/09/2025")
    )
    assert value(reading, "invoice_date") is None
