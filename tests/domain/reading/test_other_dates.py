"""Dates that are broken, turned round or of another business, drawn as suppliers print them."""

import pytest

from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.typed.dates import find_dates
from tests.domain.reading.paper import page, read, value

_TITLE = (40.0, 180.0, "FACTURE N° K-208")
_DATED = (40.0, 195.0, "Date : 07/10/2026")


def test_a_date_over_two_lines_is_read_under_its_label() -> None:
    for day, month in (("14", "OCTOBRE 2026"), ("14 octobre", "2026"), ("1er", "oct. 2026")):
        reading = read(_TITLE, (330, 180, "Date de facture"), (330, 192, day), (330, 204, month))
        assert value(reading, "invoice_date") == ("2026-10-01" if day == "1er" else "2026-10-14")


@pytest.mark.parametrize(("top", "bottom"), [("07/10/", "2026"), ("2026-10-", "07"), ("2026-", "10-07")])
def test_a_date_that_a_narrow_column_cuts_is_read(top: str, bottom: str) -> None:
    reading = read(_TITLE, (330, 180, "Date"), (400, 180, "Échéance"), (330, 192, top), (400, 192, "06/11/2026"),
                   (330, 204, bottom))  # fmt: skip
    assert value(reading, "invoice_date") == "2026-10-07"
    assert value(reading, "due_date") == "2026-11-06"


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


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("Rives, le dix mai deux mille vingt-six", "2026-05-10"), ("le premier mai deux mille six", "2006-05-01"),
        ("établie le vingt et un juin deux mille vingt-sept.", "2027-06-21"), ("deux mille vingt-six euros", None),
    ],
)  # fmt: skip
def test_a_date_in_words_is_a_date(text: str, day: str | None) -> None:
    assert [found.value.isoformat() for found in find_dates(text)] == ([day] if day else [])


def test_a_scan_s_first_of_the_month_is_one() -> None:
    assert [found.value.isoformat() for found in find_dates("Établi le ler mars 2026", noisy=True)] == ["2026-03-01"]
    assert not list(find_dates("Établi le ler mars 2026"))


@pytest.mark.parametrize(
    "words",
    ["Concert : 22 octobre 2026, salle des fêtes", "En exécution de la convention conclue 22 octobre 2026 avec vous"],
)
def test_the_only_date_of_a_page_is_not_the_invoice_s_if_its_words_date_another_thing(words: str) -> None:
    assert value(read(_TITLE, (40, 220, words)), "invoice_date") is None


def test_a_date_beside_a_siret_is_the_title_s() -> None:
    reading = read((330, 150, "Facture FI-631"), (40, 165, "Siret 804 127 959 00018"), (330, 165, "du 3 novembre 2026"),
                   (40, 200, "Concert : 22 octobre 2026"))  # fmt: skip
    assert value(reading, "invoice_date") == "2026-11-03"


def test_the_small_words_of_an_address_date_nothing() -> None:
    reading = read(_TITLE, (40, 60, "4 rue du Moulin"), (330, 60, "07/10/2026"), (40, 220, "Livraison : 05/10/2026"))
    assert value(reading, "invoice_date") == "2026-10-07"


def test_a_date_after_a_number_belongs_to_the_label_on_the_left_of_the_number() -> None:
    reading = read((40, 200, "Votre commande"), (160, 200, "C12 du 02/09/2026"), (40, 212, "N° de facture"),
                   (160, 212, "K-208 du 07/10/2026"))  # fmt: skip
    assert value(reading, "invoice_date") == "2026-10-07"


def test_a_deadline_in_brackets_after_its_terms_is_the_due_date() -> None:
    for words in ("Règlement à 30 jours date de facture (06/11/2026)", "30 jours nets (06/11/2026)"):
        reading = read(_TITLE, _DATED, (40, 640, words))
        assert value(reading, "due_date") == "2026-11-06"
        assert value(reading, "invoice_date") == "2026-10-07"


@pytest.mark.parametrize(
    "sentence",
    ["Conditions générales de vente en date du 01/01/2020 disponibles sur demande.",
     "Nos tarifs et barèmes, en date du 01/07/2019, restent applicables.",
     "Prestations régies par le cahier des charges établi le 03/02/2018."],
)  # fmt: skip
def test_a_day_in_a_sentence_about_something_else_is_not_the_invoices(sentence: str) -> None:
    reading = read((60, 40, "Facture"), (60, 100, "Le 04/03/2026"), (60, 700, sentence))
    assert value(reading, "invoice_date") == "2026-03-04"


def test_the_lines_of_an_account_date_other_invoices() -> None:
    reading = read(
        (60, 40, "Facture n° VT-26-118"), (60, 60, "Date : 04/03/2026"),
        (60, 600, "Situation de votre compte"),
        (60, 620, "Pièce"), (160, 620, "Date"), (260, 620, "Échéance"), (360, 620, "Montant"),
        (60, 634, "VT-25-031"), (160, 634, "02/02/2025"), (260, 634, "04/03/2025"), (360, 634, "757,50"),
    )  # fmt: skip
    assert value(reading, "invoice_date") == "2026-03-04"
    assert value(reading, "due_date") is None


def test_a_payment_slip_dates_the_invoice_itself() -> None:
    reading = read(
        (60, 40, "Facture n° VT-26-118"), (60, 60, "Date : 04/03/2026"),
        (60, 620, "Facture"), (260, 620, "Échéance"), (360, 620, "Montant"),
        (60, 634, "VT-26-118"), (260, 634, "04/04/2026"), (360, 634, "757,50"),
    )  # fmt: skip
    assert value(reading, "due_date") == "2026-04-04"


def test_a_term_of_payment_in_a_table_announces_no_date_beside_it() -> None:
    reading = read(
        (60, 40, "Facture n° VT-26-118"), (60, 60, "Date : 04/03/2026"),
        (60, 100, "Conditions"), (220, 100, "Date de livraison"),
        (60, 114, "30 jours fin de mois"), (220, 114, "18/02/2026"),
    )  # fmt: skip
    assert value(reading, "due_date") is None


@pytest.mark.parametrize("number", ["14 345 858 299", "F26-0031", "7341"])
@pytest.mark.parametrize("after", [" du 9 février 2024", ", 9 févr. 2024", " - 09/02/2024"])
def test_the_date_after_the_number_counts_where_a_later_page_has_the_numbers_label(number: str, after: str) -> None:
    first = page((50, 60, "Votre gaz naturel"), (200, 90, f"n° {number}{after}"), (50, 120, "Montant"))
    second = page((50, 60, f"Facture n° {number} – page 2/2"), number=2)
    reading = read_document([first, second])
    assert (value(reading, "invoice_number"), value(reading, "invoice_date")) == (number, "2024-02-09")


def test_another_document_s_date_after_the_same_digits_does_not_count() -> None:
    first = page(
        (50, 60, "Facture n° 7341"), (50, 80, "Date : 04/03/2026"), (50, 300, "Bon de livraison 7341 du 02/03/2026")
    )
    assert value(read_document([first]), "invoice_date") == "2026-03-04"


def _grid(*rows: tuple[tuple[str, str], ...], under: bool, gap: float = 10.0) -> list[tuple[float, float, str]]:
    """Rows of captions, each ``under`` or over a row of values; captions of later rows may be fewer."""
    lines = []
    for index, row in enumerate(rows):
        for column, (caption, printed) in enumerate(row):
            top = 200.0 + 34 * index
            lines += [(40.0 + 110 * column, top + (gap if under else 0), caption)]
            lines += [(40.0 + 110 * column, top + (0 if under else gap), printed)]
    return lines


@pytest.mark.parametrize("under", [True, False])
@pytest.mark.parametrize(
    ("captions", "second"),
    [
        (("Facture", "Date", "Date d'échéance", "Tiers"), ("Engagement", "1193270804")),
        (("N° facture", "Émise le", "À payer avant le", "Compte"), ("N° de commande", "BC26-0114")),
        (("Numéro", "Date de facturation", "Échéance", "Page"), ("Code service", "EAU")),
    ],
)
def test_captions_of_one_row_are_all_over_or_all_under_their_values(
    captions: tuple[str, ...], second: tuple[str, str], under: bool
) -> None:
    """A second row with one caption only shows the side of the first one too."""
    printed = ("K-208", "07/10/2026", "06/11/2026", "41187")
    reading = read((40, 100, "FACTURE"), *_grid(tuple(zip(captions, printed, strict=True)), (second,), under=under))
    assert value(reading, "invoice_date") == "2026-10-07"
    assert value(reading, "due_date") == "2026-11-06"
    assert value(reading, "invoice_number") == "K-208"


@pytest.mark.parametrize("words", ["Date d'échéance", "À payer avant le"])
def test_a_box_beside_captions_under_their_values_keeps_its_captions_over_them(words: str) -> None:
    box = [(400.0, 210.0, words), (400.0, 222.0, "06/11/2026"), (400.0, 186.0, "Relevé du 03/09/2026")]
    rows = ((("Facture", "K-208"), ("Date", "07/10/2026")), (("Engagement", "1193270804"),))
    reading = read((40, 100, "FACTURE"), *_grid(*rows, under=True), *box)
    assert value(reading, "due_date") in ("2026-11-06", None)
    assert value(reading, "invoice_date") == "2026-10-07"


@pytest.mark.parametrize(
    "clause",
    [
        "La marchandise reste notre propriété jusqu'au paiement intégral (loi 80.335 du 12/05/80).",
        "Règlement à réception, délai : décret n° 2013-269 du 29 mars 2013.",
        "Pénalités exigibles le lendemain de l'échéance (ordonnance n° 2019-359 du 24/04/2019).",
    ],
)
def test_the_day_of_a_law_is_no_date_of_the_invoice(clause: str) -> None:
    assert value(read(_TITLE, _DATED, (40, 700, clause)), "due_date") is None
    assert value(read(_TITLE, (40, 700, clause)), "invoice_date") is None
    due = read(_TITLE, _DATED, (40, 600, "Échéance : 06/11/2026"), (40, 700, clause))
    assert value(due, "due_date") == "2026-11-06"


@pytest.mark.parametrize(("text", "day"), [("12/05/80", None), ("12/05/69", "2069-05-12"), ("3 mars 98", None)])
def test_a_year_of_two_digits_from_70_on_is_of_the_last_century(text: str, day: str | None) -> None:
    assert [found.value.isoformat() for found in find_dates(text)] == ([day] if day else [])


@pytest.mark.parametrize(("day", "due"), [("06/11/2026", "2026-11-06"), ("07/10/2027", "2027-10-07"),
                                          ("31/12/2029", None)])  # fmt: skip
def test_a_day_years_after_the_invoice_is_no_due_date(day: str, due: str | None) -> None:
    assert value(read(_TITLE, _DATED, (40, 600, f"À payer avant le {day}")), "due_date") == due


@pytest.mark.parametrize("words", ["TVA exigible le 06/11/2026", "Pénalités exigibles le 06/11/2026"])
def test_the_day_of_a_tax_or_a_penalty_is_no_due_date(words: str) -> None:
    assert value(read(_TITLE, _DATED, (40, 640, words)), "due_date") is None
    assert value(read(_TITLE, _DATED, (40, 640, "Somme exigible le 06/11/2026")), "due_date") == "2026-11-06"


def test_a_caption_whose_value_is_a_little_aside_keeps_it_beside_a_column_of_captions() -> None:
    """On a scan edges differ by some points: that its value is not aligned says nothing against the caption."""
    captions = ((50, 171, "Numéro de facture"), (180, 171, "Date de facture"), (310, 171, "Échéance le"))
    values = ((45, 188, "FA2026-1047"), (180, 188, "18/11/2026"), (310, 188, "18/12/2026"))
    heads = ((180, 206, "N° client"), (310, 206, "Engagement"), (180, 223, "C4471"), (310, 223, "BC26-0114"))
    reading = read((250, 60, "FACTURE"), *captions, *values, *heads, source="ocr")
    assert value(reading, "invoice_number") == "FA2026-1047"
