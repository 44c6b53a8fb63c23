"""Kinds of codes that designs of other people print: each rule on several designs of its kind."""

from dataclasses import replace

import pytest

from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.weights import SURE
from tests.domain.reading.paper import onto, page, read, value

TITLE = (50.0, 60.0, "FACTURE")
HEAD = ((50, 300, "Désignation"), (250, 300, "Nombre"), (330, 300, "Taux"), (420, 300, "Montant HT"))
GOODS = ((250, 328, "35,00"), (330, 328, "24,860"), (420, 328, "870,10"))


@pytest.mark.parametrize("title", ["RELEVÉ-FACTURE N°", "Facture n°", "N° de facture :"])
@pytest.mark.parametrize("number", ["FR0122087415", "FA0612345678"])
def test_ten_digits_after_letters_are_no_telephone_number(title: str, number: str) -> None:
    assert value(read((50, 100, f"{title} {number}")), "invoice_number") == number
    assert value(read((50, 100, "Facture n° F26-114"), (50, 120, "Tél 0612345678")), "invoice_number") == "F26-114"


@pytest.mark.parametrize(
    ("label", "field", "code"),
    [
        ("BON DE COMMANDE / ENGAGEMENT", "engagement_number", "2025-703"),
        ("Engagement / n° de commande", "engagement_number", "BC 637/2022"),
        ("N° d'engagement ou bon de commande", "engagement_number", "CULT240066"),
        ("Marché / convention", "contract_number", "UGAP 618114"),
        ("convention / marché", "contract_number", "CONV 2025-FOURR"),
        ("Contrat ou marché", "contract_number", "1512004471"),
        ("Marché / lot", "contract_number", "2024F12 / 03"),
    ],
)
def test_two_words_for_one_number_are_one_label(label: str, field: str, code: str) -> None:
    beside = read(TITLE, (50, 100, f"{label} :"), (300, 100, code))
    over = read((50, 100, "26-118"), (200, 100, "03/04/2026"), (320, 100, code),
                (50, 112, "FACTURE N°"), (200, 112, "DATE"), (320, 112, label))  # fmt: skip
    assert (value(beside, field), value(over, field)) == (code, code)


@pytest.mark.parametrize("code", ["2021-TS-34/LOT 7", "2024-12 lot 3", "MS4 ELEC 2024", "2024 AS 011"])
def test_the_words_of_a_contract_number_are_part_of_it(code: str) -> None:
    assert value(read(TITLE, (50, 100, "Référence marché"), (200, 100, code)), "contract_number") == code
    assert value(read(TITLE, (50, 100, f"Marché n° {code}")), "contract_number") == code


@pytest.mark.parametrize("label", ["Marché public de services n°", "Accord-cadre de service n°"])
def test_a_contract_of_services_is_no_service(label: str) -> None:
    reading = read(TITLE, (330, 80, "Service SG-MP"), (50, 100, f"{label} 2024-CULT-09"))
    assert (value(reading, "service_code"), value(reading, "contract_number")) == ("SG-MP", "2024-CULT-09")


@pytest.mark.parametrize("line", ["MARTIN Paul - serveur - contrat 599926", "Accueil du public, contrat n° 599926"])
def test_the_contract_of_a_line_of_goods_is_not_the_invoices(line: str) -> None:
    lines = (*HEAD, (50, 314, line), (50, 328, "Heures normales"), *GOODS)
    assert value(read(TITLE, *lines), "contract_number") is None
    assert value(read(TITLE, (50, 100, "MARCHÉ"), (50, 112, "23M0455"), *lines), "contract_number") == "23M0455"


@pytest.mark.parametrize("aside", ["Acompte 30 % (facture GH 23/019)", "Chat restitué (facture 240602)"])
def test_an_invoice_in_brackets_is_another_one(aside: str) -> None:
    assert value(read(TITLE, (50, 400, aside)), "invoice_number") is None
    assert value(read((50, 100, "avoir n° A240019"), (50, 400, aside)), "invoice_number") == "A240019"


@pytest.mark.parametrize("day", ["ÉMISE LE", "Date de facture"])
@pytest.mark.parametrize("number", ["GH 23/027", "GH 24/A02", "2026-118"])
def test_a_reference_over_the_invoices_date_is_its_number(day: str, number: str) -> None:
    column = ("Référence", number, None, day, "31-08-2023", None, "PAYABLE JUSQU'AU", "30-09-2023", None)
    lines = tuple((50.0, 100.0 + 12 * at, text) for at, text in enumerate(column) if text)
    assert value(read((250, 60, "Facture"), *lines), "invoice_number") == number


def test_a_text_that_checks_as_an_iban_by_chance_is_none() -> None:
    reading = read((50, 300, "BL 80482902 du 06.06.2025"), (50, 400, "IBAN FR76 3000 4008 1900 0102 1774 517"))
    assert value(reading, "iban") == "FR7630004008190001021774517"


def test_a_letter_after_a_number_alone_in_its_cell_is_part_of_it_for_a_person_to_check() -> None:
    found = read((250, 60, "AVOIR"), (50, 100, "Numéro :"), (150, 100, "2024-020 A"), (50, 112, "Date :"),
                 (150, 112, "10/06/2024")).fields["invoice_number"]  # fmt: skip
    assert found.value == "2024-020 A"
    assert found.confidence < SURE


@pytest.mark.parametrize("joint", ["-", "/"])
def test_a_code_that_a_full_line_breaks_at_a_joint_is_whole(joint: str) -> None:
    start = "Vos références : Engagement juridique 1306440198 – service exécutant FAC9730073 – marché 2022-ASILE-73"
    reading = read(TITLE, (40, 100, f"{start}{joint}"), (40, 110, "L3"), (40, 200, "Objet de la mission"))
    assert value(reading, "contract_number") == f"2022-ASILE-73{joint}L3"


@pytest.mark.parametrize("code", ["C-44H12", "C00753", "CLI-0042"])
def test_a_customers_account_is_no_order(code: str) -> None:
    reading = read(
        TITLE, (50, 100, "Référence client"), (200, 100, code), (50, 112, "N° de marché"), (200, 112, "AC-22")
    )
    assert value(reading, "engagement_number") is None


def test_a_list_of_places_and_days_does_not_date_the_invoice() -> None:
    days = ("Nant, 4 mai 2025", "Najac, 10 mai 2025", "Conques, 17 mai 2025")
    lines = tuple((150.0, 320.0 + 12 * at, text) for at, text in enumerate(days))
    reading = read(TITLE, (50, 100, "ÉMISE LE"), (50, 112, "16-06-2025"), *lines)
    assert value(reading, "invoice_date") == "2025-06-16"
    assert value(read(TITLE, *lines), "invoice_date") is None
    assert value(read(TITLE, (330, 130, "12850 Nant"), *lines[:1]), "invoice_date") == "2025-05-04"


@pytest.mark.parametrize("street", ["12 AVENUE DES LILAS", "3 PLACE DE LA MAIRIE", "27 bis rue Boissière"])
@pytest.mark.parametrize("service", ["SERVICE COMPTABLE", "Service :", "SERVICE"])
def test_the_number_of_a_house_is_no_service(service: str, street: str) -> None:
    body = (
        (330, 120, "CENTRE HOSPITALIER DU VAL"),
        (330, 132, service),
        (330, 144, street),
        (330, 156, "61200 ARGENTAN"),
    )
    assert value(read(TITLE, *body), "service_code") is None


@pytest.mark.parametrize("code", ["BDC 48-9451", "EJ 2024-118", "CDE26118"])
def test_a_code_that_calls_itself_an_order_is_one_under_your_references(code: str) -> None:
    reading = read(TITLE, (50, 160, "Vos références"), (50, 172, code), (50, 184, "Service : BATIMENTS"))
    assert (value(reading, "engagement_number"), value(reading, "service_code")) == (code, "BATIMENTS")


@pytest.mark.parametrize("text", ["MS4 TRVX", "2024-12 VOIRIE RESEAUX"])
def test_a_contract_that_words_in_capitals_follow_is_for_a_person_to_check(text: str) -> None:
    found = read(TITLE, (50, 100, "Marché n°"), (200, 100, text)).fields["contract_number"]
    assert found.confidence < SURE


@pytest.mark.parametrize(("clear", "sure"), [(0.97, True), (0.82, False)])
def test_a_code_of_a_scan_is_as_sure_as_its_characters(clear: float, sure: bool) -> None:
    scan = page(TITLE, (50, 100, "Facture n° F26-114"), (50, 120, "N° de marché 2410067-02"), source="ocr")
    words = tuple(replace(word, confidence=clear) if word.text == "2410067-02" else word for word in scan.words)
    found = read_document([replace(scan, words=words)]).fields
    assert found["contract_number"].value == "2410067-02"
    assert (found["contract_number"].confidence >= SURE) == sure
    assert found["invoice_number"].confidence >= SURE


@pytest.mark.parametrize("number", ["23-03-57", "24-03-11", "26/05/56"])
def test_a_number_like_a_day_before_the_invoices_day_is_its_number(number: str) -> None:
    reading = read((50, 100, f"Facture n° {number} du 14/06/2026"))
    assert (value(reading, "invoice_number"), value(reading, "invoice_date")) == (number, "2026-06-14")
    assert value(read((50, 100, "Facture n° 14/06/26")), "invoice_number") is None


def test_a_lot_before_the_next_reference_is_part_of_the_contract() -> None:
    line = "Bon de commande 2024-ST-12 du 12/03/2024 – Marché 24.79 lot 2 – Service CTM"
    reading = read(TITLE, (50, 100, line))
    assert (value(reading, "contract_number"), value(reading, "service_code")) == ("24.79 lot 2", "CTM")


def test_a_customers_reference_that_calls_itself_an_order_is_one() -> None:
    assert value(read(TITLE, (50, 100, "Réf. client : CMD 580-23")), "engagement_number") == "CMD 580-23"
    assert value(read(TITLE, (50, 100, "Réf. client : CU2401-00012")), "invoice_number") is None


@pytest.mark.parametrize(
    "said", ["Régularisation de la pièce", "Correction de la facture", "Extourne de notre facture",
             "Remboursement sur la facture", "Erreur sur facture"],
)  # fmt: skip
def test_a_document_that_is_put_right_is_another_one(said: str) -> None:
    reading = read((330, 40, "Note de crédit"), (50, 141, "Pièce"), (155, 141, "5986975931"),
                   (50, 152, "Date de pièce"), (155, 152, "10.04.2025"),
                   (50, 240, f"{said} 7330918245 du 28.02.2025 - bacs non présentés"))  # fmt: skip
    assert value(reading, "invoice_number") == "5986975931"
    assert value(reading, "invoice_date") == "2025-04-10"


@pytest.mark.parametrize(
    "title", ["Régularisation annuelle – Facture n° F26-114", "Facture de régularisation n° F26-114"]
)
def test_an_invoice_may_be_called_a_correction_itself(title: str) -> None:
    assert value(read((50, 60, title)), "invoice_number") == "F26-114"


@pytest.mark.parametrize("order", ["ACH 24 118 902", "26-000231", "DA 2026 00418"])
def test_a_buyers_reference_like_an_order_is_one(order: str) -> None:
    reading = read((50, 60, "Facture n° VT-26-118"), (50, 100, "Réf. acheteur"), (155, 100, order))
    assert value(reading, "engagement_number") == order
    assert value(reading, "service_code") is None


@pytest.mark.parametrize("order", ["26-000231", "A118/2026", "0114587"])
def test_a_buyers_reference_is_the_order_where_the_service_has_its_own_label(order: str) -> None:
    reading = read((50, 60, "Facture n° VT-26-118"), (50, 100, "Réf. acheteur"), (155, 100, order),
                   (50, 112, "Service dest."), (155, 112, "CTM"))  # fmt: skip
    assert (value(reading, "engagement_number"), value(reading, "service_code")) == (order, "CTM")


@pytest.mark.parametrize("service", ["DPI-SECU", "PATRIM", "D2140"])
@pytest.mark.parametrize("other", ["ANNULE PARTIELLEMENT", "REMPLACE", "CREDITE LA PRECEDENTE"])
def test_the_next_columns_caption_is_no_service_code(service: str, other: str) -> None:
    reading = read((50, 60, "Avoir AV2026/01425"),
                   (50, 250, "N° D'ENGAGEMENT"), (220, 250, "SERVICE EXÉCUTANT"), (390, 250, other),
                   (50, 260, "4500031877"), (220, 260, service), (390, 260, "FC2026/00377 du 28.02.2026"))  # fmt: skip
    assert value(reading, "service_code") == service


@pytest.mark.parametrize("contract", ["22-11 LOT 2", "2024MA09 LOT 12", "MP2024-3 lot n° 4"])
@pytest.mark.parametrize("after", [" CODE SERVICE INFORM", "", " VOTRE COMMANDE 26B0012"])
def test_a_lot_before_the_next_label_is_part_of_the_contract(contract: str, after: str) -> None:
    reading = read((50, 60, "FACTURE N° F26-114"), (50, 235, f"MARCHE {contract}{after}"))
    assert value(reading, "contract_number") == contract


def test_a_contract_is_doubtful_where_words_follow_its_lot() -> None:
    found = read((50, 60, "Facture n° F26-114"), (50, 235, "Marché 22-11 lot 2 travaux de peinture")).fields
    assert "contract_number" not in found or found["contract_number"].confidence < SURE


@pytest.mark.parametrize("contract", ["UGAP GN-2023-07", "UNIHA M-2847", "RESAH 2023-R012"])
@pytest.mark.parametrize("under", [True, False])
def test_a_central_purchasers_initials_are_part_of_the_number(contract: str, under: bool) -> None:
    place = (50.0, 111.0) if under else (130.0, 100.0)
    reading = read((50, 60, "Facture n° F26-114"), (50, 100, "Marché"), (*place, contract))
    assert value(reading, "contract_number") == contract


@pytest.mark.parametrize(("upper", "lower"), [("Marché à bons de", "commande"), ("Référence du", "marché public")])
def test_a_caption_broken_in_a_phrase_is_one(upper: str, lower: str) -> None:
    reading = read((50, 60, "Facture n° F26-114"),
                   (50, 200, "Compte"), (150, 200, "Votre n° de commande"), (270, 200, upper),
                   (400, 200, "Code service"),
                   (270, 209, lower),
                   (50, 225, "UC2040"), (150, 225, "PM240388"), (270, 225, "23R117"), (400, 225, "PMUN"))  # fmt: skip
    assert (value(reading, "engagement_number"), value(reading, "contract_number"), value(reading, "service_code")) == (
        "PM240388", "23R117", "PMUN"
    )  # fmt: skip


@pytest.mark.parametrize(
    "title", ["Retour marchandise - avoir", "Reprise de matériel – AVOIR", "Note de crédit / avoir"]
)
def test_a_title_may_end_with_what_the_document_is(title: str) -> None:
    words = page(
        (40, 60, "RA-25-1526, 09 déc. 2025"), (40, 300, "Total TTC -138,97 €"), (40, 320, "Merci"), (40, 340, "-")
    )
    reading = read_document([onto(page((40, 36, title), size=16), words)])
    assert value(reading, "invoice_type") == "credit_note"
    assert value(reading, "invoice_number") == "RA-25-1526"
    assert value(reading, "invoice_date") == "2025-12-09"


@pytest.mark.parametrize("stamp", ["ANNULE", "ANNULÉE", "DUPLICATA", "COPIE CERTIFIEE", "ANNULE PARTIELLEMENT"])
def test_a_stamp_beside_the_label_is_no_service_code(stamp: str) -> None:
    beside = ((50, 60, "Facture n° F26-114"), (50, 250, "Code service"), (220, 250, stamp))
    assert value(read(*beside), "service_code") is None
    assert value(read(*beside, (50, 262, "DST")), "service_code") == "DST"
