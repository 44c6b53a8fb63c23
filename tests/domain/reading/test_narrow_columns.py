"""Tables and columns that are too narrow for their texts: captions, values and names on two lines."""

import pytest

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.paper.lines import lay_out
from chorus_connector.domain.reading.read import read_document
from tests.domain.reading.paper import onto, page, read, value

TITLE = (50, 40, "Facture")
WINDOW = ((330, 110, "Commune de Plouzané"), (330, 120, "Place Anjela-Duval"), (330, 130, "29280 PLOUZANE"))


def rows(*lines: tuple[float, float, str]) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in Document([page(*lines)]).sheets[0].rows]


def test_the_head_of_a_table_in_two_lines_is_one_row_of_captions() -> None:
    reading = read(
        TITLE,
        (60, 200, "N° de"), (160, 200, "Date"), (280, 200, "Numéro"), (400, 200, "Date limite"),
        (60, 210, "facture"), (160, 210, "d'émission"), (280, 210, "d'engagement"), (400, 210, "de paiement"),
        (60, 226, "VT-26-118"), (160, 226, "04/03/2026"), (280, 226, "26C00417"), (400, 226, "03/04/2026"),
    )  # fmt: skip
    assert value(reading, "invoice_number") == "VT-26-118"
    assert value(reading, "invoice_date") == "2026-03-04"
    assert value(reading, "engagement_number") == "26C00417"
    assert value(reading, "due_date") == "2026-04-03"


def test_a_head_in_three_lines_is_one_row_as_well() -> None:
    found = rows(
        (60, 200, "Numéro"), (200, 200, "N°"),
        (60, 210, "d'engagement"), (200, 210, "SIRET du"),
        (60, 220, "juridique"), (200, 220, "client"),
        (60, 240, "26C00417"), (200, 240, "21350238800019"),
    )  # fmt: skip
    assert found[0] == ["Numéro d'engagement juridique", "N° SIRET du client"]


def test_two_rows_of_captions_and_words_stay_two_rows() -> None:
    found = rows((60, 200, "Service"), (200, 200, "Paiement"), (60, 210, "FINANCES"), (200, 210, "Virement"))
    assert found == [["Service", "Paiement"], ["FINANCES", "Virement"]]


def test_a_caption_in_two_lines_has_its_value_beside_it() -> None:
    reading = read(
        TITLE,
        (60, 200, "Votre bon de"), (200, 205, "26C00417"), (60, 210, "commande :"),
        (60, 226, "Commande"), (200, 231, "CI-2231"), (60, 236, "interne :"),
    )  # fmt: skip
    assert value(reading, "engagement_number") == "26C00417"


def test_lines_of_two_addresses_are_not_joined() -> None:
    found = rows(
        (60, 200, "Dubreuil SARL"), (60, 210, "3 rue Basse"), (60, 220, "29200 BREST"),
        (300, 205, "Mairie de Lannilis"), (300, 215, "19 rue de la Mairie"), (300, 225, "29870 LANNILIS"),
    )  # fmt: skip
    assert len(found) == 6


@pytest.mark.parametrize("upper", ["BC2026-", "15782801"])
def test_the_two_lines_of_a_code_are_no_caption(upper: str) -> None:
    found = rows((60, 205, "N° de commande"), (200, 200, upper), (200, 210, "6"))
    assert [upper] in found or [upper, "6"] not in found


def test_a_sum_broken_after_its_thousands_is_whole() -> None:
    reading = read(
        TITLE,
        (300, 200, "Total HT"), (455, 200, "3"), (430, 209, "000,00"),
        (300, 226, "TVA 20 %"), (430, 226, "600,00"),
        (300, 245, "Total TTC"), (455, 245, "3"), (430, 254, "600,00"),
    )  # fmt: skip
    assert value(reading, "total_ttc") == "3600.00"
    assert value(reading, "total_ht") == "3000.00"


def test_texts_that_fill_their_columns_are_apart() -> None:
    lines = (
        (60, 200, "Facturation"), (207, 200, "Livraison"),
        (60, 210, "Communauté de communes du Ru"), (207, 210, "Crèche Les Lutins"),
        (60, 220, "3 rue Haute"), (207, 220, "8 rue Basse"),
        (60, 230, "29200 BREST"), (207, 230, "29200 BREST"),
    )  # fmt: skip
    texts = [[cell.text for cell in row.cells] for row in lay_out(page(*lines)).rows]
    assert ["Communauté de communes du Ru", "Crèche Les Lutins"] in texts


def test_a_line_of_text_with_even_spaces_stays_whole_beside_columns() -> None:
    lines = (
        (60, 200, "Facturation"), (205, 200, "Livraison"),
        (60, 210, "Une phrase de plusieurs mots sans aucune colonne"),
        (60, 220, "3 rue Haute"), (205, 220, "8 rue Basse"),
    )  # fmt: skip
    texts = [[cell.text for cell in row.cells] for row in lay_out(page(*lines)).rows]
    assert ["Une phrase de plusieurs mots sans aucune colonne"] in texts


def test_a_monospaced_page_has_one_space_between_words() -> None:
    text = onto(*(page((60, y, "LABORATOIRE ANALYSES CONTROLES HYGIENE"), size=5.0) for y in (50, 70, 90, 110)))
    assert {len(row.cells) for row in lay_out(text).rows} == {1}


@pytest.mark.parametrize(
    ("first", "second", "name"),
    [("Centre communal d'action", "sociale de Lannilis", "Centre communal d'action sociale de Lannilis"),
     ("LYCEE PROFESSIONNEL", "JEANNE LANVIN", "LYCEE PROFESSIONNEL JEANNE LANVIN"),
     ("SYNDICAT DES EAUX DE SAINT-", "RENAN", "SYNDICAT DES EAUX DE SAINT-RENAN")],
)  # fmt: skip
def test_a_bodys_name_in_a_narrow_column_is_whole(first: str, second: str, name: str) -> None:
    lines = ((330, 110, first), (330, 120, second), (330, 130, "4 rue du Port"), (330, 140, "29870 LANNILIS"))
    assert value(read(TITLE, *lines), "recipient_name") == name


@pytest.mark.parametrize("service", ["Pharmacie à usage intérieur", "Centre de services partagés", "Agence comptable"])
def test_a_service_under_the_name_is_not_part_of_it(service: str) -> None:
    lines = ((330, 110, "CHU de Brest"), (330, 120, service), (330, 130, "4 rue du Port"), (330, 140, "29870 LANNILIS"))
    assert value(read(TITLE, *lines), "recipient_name") == "CHU de Brest"


@pytest.mark.parametrize(
    ("trade", "rest"), [("Menuiserie", "des Abers"), ("GARAGE", "LE GOFF"), ("Cabinet", "Kervern")]
)
def test_a_trade_and_the_name_under_it_are_one_name(trade: str, rest: str) -> None:
    head = onto(
        page((50, 40, trade), size=11.0),
        page((50, 54, rest), size=16.0),
        page((50, 74, "3 rue du Port"), (50, 84, "29870 LANNILIS"), (50, 94, "SIRET 732 829 320 00074"), *WINDOW),
    )
    assert value(read_document([head]), "supplier_name") == f"{trade} {rest}"


@pytest.mark.parametrize(
    "legal",
    ["Société coopérative d’intérêt collectif SAS à capital variable", "SCOP SA à capital variable",
     "Association loi 1901 reconnue d’utilité publique", "Société anonyme d’économie mixte au capital de 9 000 €"],
)  # fmt: skip
def test_what_a_company_is_by_law_is_no_name(legal: str) -> None:
    foot = (50, 800, f"{legal} – RCS Brest 732 829 320 – SIRET 732 829 320 00074")
    assert value(read(TITLE, *WINDOW, foot), "supplier_name") is None


def test_a_value_beside_a_caption_is_no_name() -> None:
    lines = ((50, 200, "Site :"), (160, 200, "Collège Jean Moulin"), (50, 210, "N° de BL :"), (160, 210, "29200"))
    assert value(read(TITLE, *WINDOW, *lines), "recipient_name") == "Commune de Plouzané"


def test_a_person_named_for_the_body_is_not_the_recipient() -> None:
    lines = ((330, 110, "EHPAD Ker Anna"), (330, 120, "À l'attention de M. Yann Le Bris"), (330, 130, "4 rue du Port"),
             (330, 140, "29870 LANNILIS"))  # fmt: skip
    assert value(read(TITLE, *lines), "recipient_name") == "EHPAD Ker Anna"


def test_the_address_of_a_payment_slip_is_not_the_recipients() -> None:
    goods = ((50, 300, "Désignation"), (300, 300, "Qté"), (360, 300, "P.U. HT"), (450, 300, "Montant HT"))
    slip = ((50, 480, "TIP SEPA"), (50, 490, "Centre de traitement"), (50, 500, "59885 LILLE CEDEX 9"))
    assert value(read(TITLE, *WINDOW, *goods, *slip), "recipient_name") == "Commune de Plouzané"


def test_a_caption_in_a_column_of_captions_is_no_name() -> None:
    lines = (
        (50, 200, "Représentant"), (160, 200, "Cécile Taillefert"),
        (50, 210, "Marché n°"), (160, 210, "2026FCS021"),
        (50, 220, "Date intervention"), (160, 220, "25/02/2026"),
        (50, 230, "Géovia Topographie"), (50, 240, "93 avenue de la Fontaine"), (50, 250, "29870 LANNILIS"),
        (50, 260, "SIRET 732 829 320 00074"),
    )  # fmt: skip
    assert value(read(TITLE, *WINDOW, *lines), "supplier_name") != "Représentant"


def test_a_caption_over_a_line_of_all_values_announces_what_is_under_it() -> None:
    reading = read(
        (60, 200, "Numéro"), (200, 200, "Conditions"), (330, 200, "Marché n°"),
        (60, 214, "F2026-0448 12345 30 jours fin de mois net sans escompte 2023009661 du 01/02/2026"),
    )  # fmt: skip
    assert value(reading, "contract_number") != "F2026-0448"
