"""Labels that are not listed: longer wordings, reversed French order, other languages, numbered cells, odd places."""

from dataclasses import replace

import pytest

from chorus_connector.domain.reading.read import read_document
from tests.domain.reading.paper import page, read, value

Lines = list[tuple[float, float, str]]


@pytest.mark.parametrize(
    ("line", "field", "expected"),
    [
        ("Référence complète de votre commande publique : 4500123456", "engagement_number", "4500123456"),
        ("Numéro attribué à la facture par nos soins : F26-114", "invoice_number", "F26-114"),
        ("Identifiant du service payeur chez vous : DSI-04", "service_code", "DSI-04"),
        ("Marché de maîtrise d'œuvre n° 2024-69-L03", "contract_number", "2024-69-L03"),
        ("Facture regroupée n° F26-114", "invoice_number", "F26-114"),
        ("Service destinataire (code) ADM0000123", "service_code", "ADM0000123"),
        ("Références : engagement n° 1400152935", "engagement_number", "1400152935"),
        ("Facture n° (à rappeler dans toute correspondance) : F26-114", "invoice_number", "F26-114"),
        ("Suite à votre commande n° 4500123456", "engagement_number", "4500123456"),
        ("N° pièce comptable F26-0114", "invoice_number", "F26-0114"),
        ("Rechnungsnummer : F26-114", "invoice_number", "F26-114"),
        ("service : SERVICE TECHNIQUE", "service_code", "SERVICE TECHNIQUE"),
    ],
)
def test_a_label_with_more_words_than_were_listed_still_announces_its_value(
    line: str, field: str, expected: str
) -> None:
    assert value(read((50, 100, line)), field) == expected


@pytest.mark.parametrize(
    "line",
    [
        "Réf. comptable : C92662",
        "Organisme de formation déclaré sous le n° 47822576377",
        "Facture rectifiée : FA0017",
        "N° de la facture à annuler : FA0017",
        "N° d'appel principal 02 60 13 76 51",
    ],
)
def test_a_number_of_something_else_is_not_the_invoice_number(line: str) -> None:
    assert value(read((50, 100, line)), "invoice_number") is None


@pytest.mark.parametrize("line", ["POIDS LOURDS SERVICE 86", "Service des achats", "Service client : 3970"])
def test_the_word_service_in_a_name_announces_no_code(line: str) -> None:
    assert value(read((50, 100, line)), "service_code") is None


def test_a_stroke_between_two_labels_keeps_them_apart() -> None:
    reading = read((50, 100, "N° facture / Date"), (250, 100, "PX1884 / 13 septembre 2026"))
    assert value(reading, "invoice_number") == "PX1884"
    assert value(reading, "invoice_date") == "2026-09-13"


def test_a_row_of_labels_repeated_in_english_still_belongs_to_the_values_below() -> None:
    reading = read(
        *((50, 100, "Date de facture"), (200, 100, "Contrat"), (350, 100, "Échéance")),
        *((50, 110, "Invoice date"), (200, 110, "Agreement"), (350, 110, "Due date")),
        *((50, 122, "13/05/2026"), (200, 122, "2024-15-L03"), (350, 122, "12/06/2026")),
    )
    assert value(reading, "contract_number") == "2024-15-L03"
    assert value(reading, "invoice_date") == "2026-05-13"
    assert value(reading, "due_date") == "2026-06-12"


def test_an_empty_cell_in_a_row_takes_no_value_from_the_next_row() -> None:
    reading = read(
        *((50, 100, "Bon de commande"), (200, 100, "Code service"), (350, 100, "Marché")),
        *((50, 112, "VI061168"), (350, 112, "2025M017")),
        *((50, 124, "Livré le"), (200, 124, "Colis"), (350, 124, "Page")),
    )
    assert value(reading, "service_code") is None
    assert value(reading, "contract_number") == "2025M017"


def test_a_line_that_runs_into_the_next_column_does_not_hide_the_value_there() -> None:
    reading = read(
        *((50, 100, "Biomed Ouest"), (320, 100, "FACTURE"), (450, 100, "DATE")),
        *((50, 112, "81 rue des Tilleuls 76600 LE HAVRE Siret 318151081 00"), (322, 112, "FA-13")),
        (450, 112, "17/02/2026"),
    )
    assert value(reading, "invoice_number") == "FA-13"


def test_the_cells_of_a_numbered_form_are_labels() -> None:
    reading = read((50, 100, "2 Numéro de la facture"), (250, 100, "10 Service exécutant"),
                   (50, 112, "PX7823"), (250, 112, "DSI-04"))  # fmt: skip
    assert value(reading, "invoice_number") == "PX7823"
    assert value(reading, "service_code") == "DSI-04"


def test_values_before_their_labels_in_one_line_are_not_taken_for_the_next_ones() -> None:
    reading = read((50, 100, "19/07/26 DATE DE FACTURATION"), (50, 113, "18/08/26 PAIEMENT ATTENDU LE"))
    assert value(reading, "invoice_date") == "2026-07-19"
    assert value(reading, "due_date") == "2026-08-18"


def test_a_title_far_above_gives_a_bare_number_its_meaning() -> None:
    title = page((400, 45, "Facture"), size=14.0)
    rest = page((400, 81, "Numéro"), (400, 91, "VE2602720"), (400, 109, "Émission"), (400, 119, "24-10-2026"))
    reading = read_document([replace(rest, words=title.words + rest.words)])
    assert value(reading, "invoice_number") == "VE2602720"


def test_columns_of_the_goods_are_not_the_references_of_the_invoice() -> None:
    reading = read(
        *((50, 300, "Contrat"), (150, 300, "Date"), (250, 300, "Nombre"), (320, 300, "Taux"), (450, 300, "Montant HT")),
        *((50, 312, "M88644"), (150, 312, "03/05/2026"), (250, 312, "36"), (320, 312, "9,80"), (450, 312, "352,80")),
    )
    assert value(reading, "contract_number") is None
    assert value(reading, "invoice_date") is None


def test_a_label_in_the_margin_does_not_read_on_into_the_goods() -> None:
    goods: Lines = [(200, 100, "A28226"), (280, 100, "Dictionnaire illustré"), (420, 100, "4"), (480, 100, "150,40")]
    reading = read((46, 100, "Marché n°"), *goods, (46, 112, "25S0055"))
    assert value(reading, "contract_number") == "25S0055"


def test_boxes_drawn_with_characters_are_no_text() -> None:
    reading = read((50, 88, "+------+------+"), (50, 100, "! N° FACTURE ! F26-114 !"), (50, 112, "+------+------+"))
    assert value(reading, "invoice_number") == "F26-114"


def test_a_label_in_the_foot_has_no_value_in_the_last_line_of_goods() -> None:
    goods: Lines = [(50, 300, "Vacation de nuit"), (250, 300, "36"), (330, 300, "12,50"), (450, 300, "450,00")]
    reading = read(*goods, (250, 312, "Code service"))
    assert value(reading, "service_code") is None


def test_a_column_that_starts_with_a_value_and_ends_with_a_label_has_its_labels_below() -> None:
    reading = read(
        *((50, 100, "VI076149"), (50, 112, "BC n°"), (50, 124, "2025M052"), (50, 136, "N° de marché")),
        *((50, 148, "FC-05384"), (50, 160, "Numéro de facture")),
    )
    assert value(reading, "engagement_number") == "VI076149"
    assert value(reading, "contract_number") == "2025M052"
    assert value(reading, "invoice_number") == "FC-05384"
