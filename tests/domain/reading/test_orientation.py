"""Values before or above their labels, frames drawn with characters, and values of another invoice."""

import pytest

from tests.domain.reading.paper import read, value

_FOUND = {
    "invoice_number": "F26-0031",
    "invoice_date": "2026-04-03",
    "due_date": "2026-05-03",
    "service_code": "VOIRIE",
}
_VALUES = ("F26-0031", "03/04/2026", "03/05/2026", "VOIRIE")
_LABELS = ("N° de facture", "Date", "Échéance", "Code service")


@pytest.mark.parametrize(("apart", "step"), [(10, 28), (16, 32)])
def test_captions_are_under_their_values_when_the_whole_column_agrees(apart: int, step: int) -> None:
    column = [
        line
        for index, (text, label) in enumerate(zip(_VALUES, _LABELS, strict=True))
        for line in ((50, 130 + index * step, text), (50, 130 + index * step + apart, label))
    ]
    reading = read(*column)
    assert {field: value(reading, field) for field in _FOUND} == _FOUND


@pytest.mark.parametrize(("apart", "step"), [(10, 28), (16, 32)])
def test_captions_over_their_values_are_read_as_ever(apart: int, step: int) -> None:
    column = [
        line
        for index, (text, label) in enumerate(zip(_VALUES, _LABELS, strict=True))
        for line in ((50, 130 + index * step, label), (50, 130 + index * step + apart, text))
    ]
    reading = read(*column)
    assert {field: value(reading, field) for field in _FOUND} == _FOUND


def test_where_distances_and_kinds_disagree_no_caption_of_the_column_is_believed() -> None:
    reading = read(
        *((50, 100, "Date de facture"), (50, 118, "03/04/2026")),
        *((50, 128, "Échéance"), (50, 146, "03/05/2026"), (50, 156, "N° de facture"), (50, 174, "F26-0031")),
    )
    assert [value(reading, field) for field in _FOUND] == [None, None, None, None]


def test_a_label_in_brackets_closes_the_line_of_its_value_and_a_dash_is_none() -> None:
    reading = read(
        (50, 100, "Note d'honoraires n° FC 03684"),
        (50, 114, "C03543 (dossier)"),
        (50, 128, "BC013290 (n° d'engagement)"),
        (50, 142, "MARCHES (code service)"),
        (50, 156, "- (marché)"),
        (50, 170, "6 120,00"),
    )
    assert value(reading, "engagement_number") == "BC013290"
    assert value(reading, "service_code") == "MARCHES"
    assert value(reading, "contract_number") is None
    assert value(reading, "invoice_number") == "FC 03684"


def test_a_dash_before_a_label_in_brackets_lets_it_take_no_quantity_from_the_goods() -> None:
    reading = read((50, 100, "- (marché)"), (50, 114, "- (service destinataire)"), (50, 128, "6 120,00"),
                   (150, 128, "Étude préliminaire (3 forf. x 2 040,00)"))  # fmt: skip
    assert value(reading, "service_code") is None
    assert value(reading, "contract_number") is None


def test_a_box_drawn_with_characters_is_no_text() -> None:
    reading = read(
        (50, 88, "+---------------------------+------------------------------+"),
        *((50, 100, "! EXPEDITEUR"), (250, 100, "! FACTURE A")),
        *((50, 112, "! Durand Travaux SARL"), (250, 112, "! Mairie de Bron"), (500, 112, "!")),
        *((50, 124, "! 3 rue des Lilas"), (250, 124, "! 1 place de la Mairie"), (500, 124, "!")),
        *((50, 136, "! 69000 LYON"), (250, 136, "! 69500 BRON"), (500, 136, "!")),
    )
    assert value(reading, "supplier_name") == "Durand Travaux SARL"
    assert value(reading, "recipient_name") == "Mairie de Bron"


@pytest.mark.parametrize(
    "line",
    [
        "Avoir établi sur la facture VE2605530 du 10.08.2025",
        "sur la facture FV-5405-C du 10/08/2025",
        "remplace et annule la note n° VE2608103 du 10.08.2025",
    ],
)
def test_the_date_of_the_invoice_that_a_credit_note_corrects_is_not_its_own(line: str) -> None:
    reading = read((50, 60, "AVOIR n° AV-7"), (300, 60, "établi le 25.10.2026"), (50, 90, line))
    assert value(reading, "invoice_date") == "2026-10-25"
    assert value(reading, "invoice_number") == "AV-7"


def test_a_cell_that_says_the_day_of_something_else_is_one_label() -> None:
    reading = read((50, 100, "Date cde"), (150, 100, "Facturée le"), (50, 114, "01/02/2026"), (150, 114, "03/04/2026"))
    assert value(reading, "invoice_date") == "2026-04-03"


@pytest.mark.parametrize("words", ["Mandatement avant le", "Note à honorer avant le", "À mandater avant le"])
def test_a_term_of_the_treasury_s_payment_is_the_due_date(words: str) -> None:
    assert value(read((50, 100, f"{words} 03/05/2026")), "due_date") == "2026-05-03"


@pytest.mark.parametrize("words", ["Garantie jusqu'au", "Réclamation possible avant le", "À consommer avant le"])
def test_a_term_of_something_else_is_not_the_due_date(words: str) -> None:
    assert value(read((50, 100, f"{words} 03/05/2026")), "due_date") is None


def test_our_invoice_is_this_one_unless_it_is_a_credit_note_that_says_so() -> None:
    assert value(read((50, 200, "Objet : notre facture FACT-2026-891")), "invoice_number") == "FACT-2026-891"
    credit_note = read((50, 150, "AVOIR"), (50, 200, "Notre facture FACT-2026-891"))
    assert value(credit_note, "invoice_number") is None
    deducted = read((50, 200, "Suite à notre facture FACT-2026-891 du 03/04/2026"))
    assert value(deducted, "invoice_number") is None


@pytest.mark.parametrize(
    ("lines", "number"),
    [
        ([(50, 100, "Facture du 3 avril 2026 n° F26-0031")], "F26-0031"),
        ([(50, 100, "FACTURE"), (50, 114, "N° : F26-0031"), (50, 128, "Du : 03/04/2026")], "F26-0031"),
        ([(50, 100, "FACTURE"), (50, 114, "Réf. : F26-0031"), (50, 128, "Date : 03/04/2026")], "F26-0031"),
        ([(50, 100, "Pièce comptable n°"), (200, 100, "NT78_2026"), (50, 114, "Dressé le 03/04/2026")], "NT78_2026"),
        ([(50, 100, "FACTURE"), (50, 114, "F26-0031 du 03/04/2026")], "F26-0031"),
        ([(50, 100, "FACTURE"), (50, 114, "F26-0031 - 03/04/2026")], "F26-0031"),
        ([(50, 100, "N° FA"), (150, 100, "DATE FA"), (50, 114, "F26-0031"), (150, 114, "03/04/2026")], "F26-0031"),
        ([(50, 100, "Facture n° 2026 0031 du 3 avril 2026")], "2026 0031"),
        ([(50, 100, "F26-0031 RÉF. AVOIR"), (50, 114, "03/04/2026 DATE DE FACTURATION")], "F26-0031"),
        ([(50, 100, "Note de crédit n° : 6170/26"), (50, 114, "Date fact. : 2026-04-03")], "6170/26"),
        ([(50, 100, "Facture n° FA 2026 0031"), (50, 114, "Date 03.04.26")], "FA 2026 0031"),
    ],
)
def test_number_and_date_in_the_ways_that_invoices_have(lines: list[tuple[float, float, str]], number: str) -> None:
    reading = read(*lines)
    assert value(reading, "invoice_number") == number
    assert value(reading, "invoice_date") == "2026-04-03"


@pytest.mark.parametrize("line", ["FACTURE 2026", "Facture 2026 15 avril 2026"])
def test_a_year_after_the_title_is_no_number(line: str) -> None:
    assert value(read((50, 100, line)), "invoice_number") is None


def test_the_siret_of_a_delivery_s_address_is_not_the_recipient_s() -> None:
    reading = read(
        *((50, 100, "Client"), (50, 112, "Tribunal judiciaire de Mirecastel"), (50, 124, "N° SIRET")),
        (50, 180, "Adresse de livraison : Gymnase Colette-Besson, 54000 NANCY, SIRET 216 959 254 00014"),
    )
    assert value(reading, "recipient_siret") is None


def test_text_before_a_name_is_no_part_of_the_name() -> None:
    reading = read((300, 100, "Vendu à"), (300, 112, "Préfecture des Hauts-Plateaux"), (300, 124, "38000 GRENOBLE"))
    assert value(reading, "recipient_name") == "Préfecture des Hauts-Plateaux"
