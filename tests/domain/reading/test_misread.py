"""What an OCR engine leaves of a page: misread labels, lost spaces, look-alikes."""

import pytest

from chorus_connector.domain.reading.typed.ocr_repair import repaired_code
from chorus_connector.domain.reading.words.labels import label_words
from tests.domain.reading.paper import read, value


@pytest.mark.parametrize(
    ("misread", "meant"),
    [
        ("date d'etablissemerit", "date d'etablissemen.t"),
        ("s1ret", "siret"),
        ("echeancc", "echeance"),
        ("designatlon", "designation"),
        ("tota1 ttc", "total ttc"),
    ],
)
def test_a_misread_word_of_a_label_is_known_again(misread: str, meant: str) -> None:
    assert label_words().repaired(misread) == meant


@pytest.mark.parametrize("text", ["fournitures scolaires", "vos factures", "ville de tours", "fa-2026-118"])
def test_words_of_their_own_are_left_alone(text: str) -> None:
    assert label_words().repaired(text) == text


def test_a_misread_label_still_announces_its_date_and_only_on_a_recognised_page() -> None:
    lines = ((60, 100, "Date d'établissemerit : 14 mars 2026"), (60, 130, "Facture n° FA-17"))
    assert value(read(*lines, source="ocr"), "invoice_date") == "2026-03-14"
    assert value(read(*lines), "invoice_number") == value(read(*lines, source="ocr"), "invoice_number") == "FA-17"


@pytest.mark.parametrize(
    ("seen", "printed"),
    [
        ("AO0-2025-028", "AOO-2025-028"),
        ("A00-2025-082", "AOO-2025-082"),
        ("A00-12", "A00-12"),
        ("F-2O26-1l8", "F-2026-118"),
        ("FC0012", "FC0012"),
        ("FACT-2026-0118", "FACT-2026-0118"),
        ("A0", "A0"),
        ("26ST00118", "26ST00118"),
        ("SCOLo3", "SCOL03"),
        ("BATl2", "BAT12"),
        ("Lotl", "Lotl"),
    ],
)
def test_figures_and_letters_of_a_code_are_distinguished_by_their_neighbours(seen: str, printed: str) -> None:
    assert repaired_code(seen) == printed


def test_a_number_and_its_date_are_separated_at_a_slash_without_spaces() -> None:
    reading = read((60, 100, "N° de la pièce / Date"), (60, 114, "2026/11/3558/25/02/2026"), source="ocr")
    assert value(reading, "invoice_number") == "2026/11/3558"
    assert value(reading, "invoice_date") == "2026-02-25"


def test_the_day_of_a_joined_pair_may_be_written_year_first() -> None:
    reading = read((60, 100, "N° de la pièce / Date"), (60, 114, "FA002785 /2026-11-20"), source="ocr")
    assert value(reading, "invoice_number") == "FA002785"
    assert value(reading, "invoice_date") == "2026-11-20"


def test_a_date_glued_to_the_number_by_a_dash_is_not_part_of_it() -> None:
    reading = read((60, 100, "Facture n° 1495-29/08/2026"), source="ocr")
    assert value(reading, "invoice_number") == "1495"


def test_the_ordinal_after_n_is_no_letter() -> None:
    reading = read((60, 100, "Facture nº"), (130, 100, "202606453"))
    assert value(reading, "invoice_number") == "202606453"


def test_a_siret_after_its_name_may_have_lost_or_won_spaces() -> None:
    reading = read((60, 100, "Mairie de Brécey"), (60, 114, "SIRET du client : 1 16 745 464 - 00028"), source="ocr")
    assert value(reading, "recipient_siret") == "11674546400028"
    speck = read((60, 100, "Mairie de Brécey"), (60, 114, "SIRET du client : 116 745 ·464 00028"), source="ocr")
    assert value(speck, "recipient_siret") == "11674546400028"
