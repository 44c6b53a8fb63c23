"""Numbers, codes and dates: which label announces which value, wherever the value stands."""

import pytest

from chorus_connector.domain.reading.paper.page import Source
from tests.domain.reading.paper import read, value


@pytest.mark.parametrize(
    "lines",
    [
        [(50, 100, "Facture n° : F2026-114")],
        [(50, 100, "Facture n°"), (250, 100, "F2026-114")],
        [(50, 100, "Facture n°"), (200, 100, "Date"), (50, 114, "F2026-114"), (200, 114, "03/04/2026")],
        [(50, 100, "FACTURE N° F2026-114 du 3 avril 2026")],
        [(50, 100, "FACTURE"), (50, 114, "N° : F2026-114")],
        [(50, 100, "Numéro / Date"), (50, 114, "F2026-114 / 03.04.2026")],
    ],
)
def test_the_number_is_found_after_beside_and_under_its_label(lines: list[tuple[float, float, str]]) -> None:
    assert value(read(*lines), "invoice_number") == "F2026-114"


def test_labels_joined_by_a_stroke_share_their_value() -> None:
    reading = read((50, 100, "Numéro / Date"), (50, 114, "F12 / 03.04.2026"), (50, 140, "Commande n° / Date"),
                   (50, 154, "4500123456 / 01.02.2026"))  # fmt: skip
    assert value(reading, "invoice_date") == "2026-04-03"
    assert value(reading, "engagement_number") == "4500123456"


def test_a_bare_number_means_what_its_section_says() -> None:
    reading = read(
        *((50, 100, "FACTURE"), (50, 114, "N° : F2026-114"), (50, 128, "Date : 03/04/2026")),
        *((300, 100, "BON DE COMMANDE"), (300, 114, "N° : 26D00012"), (300, 128, "Date : 01/02/2026")),
    )
    assert value(reading, "invoice_number") == "F2026-114"
    assert value(reading, "engagement_number") == "26D00012"
    assert value(reading, "invoice_date") == "2026-04-03"


def test_an_order_date_a_period_and_a_delivery_are_not_the_invoice_date() -> None:
    reading = read(
        (50, 100, "Date de commande : 01/02/2026"),
        (50, 114, "Période du 01/03/2026 au 31/03/2026"),
        (50, 128, "Date de facture : 03/04/2026"),
        (50, 142, "Échéance : 03/05/2026"),
    )
    assert value(reading, "invoice_date") == "2026-04-03"
    assert value(reading, "due_date") == "2026-05-03"


def test_the_number_a_credit_note_corrects_is_not_its_own() -> None:
    reading = read((50, 100, "AVOIR n° AV-7 du 03/04/2026"), (50, 120, "Annule la facture n° F2025-99 du 01/12/2025"))
    assert value(reading, "invoice_number") == "AV-7"
    assert value(reading, "invoice_type") == "credit_note"


def test_an_empty_label_takes_no_value_from_its_neighbour() -> None:
    reading = read((50, 100, "Code service :"), (50, 114, "N° d'engagement : 1512345678"))
    assert value(reading, "service_code") is None
    assert value(reading, "engagement_number") == "1512345678"


def test_a_siret_and_a_street_number_are_no_codes() -> None:
    reading = read((50, 100, "Facture de location"), (300, 100, "12 rue des Tilleuls"),
                   (50, 140, "Réf. Chorus : 21350238800019"))  # fmt: skip
    assert value(reading, "invoice_number") is None
    assert value(reading, "engagement_number") is None


def test_two_numbers_with_equal_claims_are_left_to_a_person() -> None:
    reading = read((50, 100, "Facture n° A-100"), (50, 104.5, ""), (300, 100, "Facture n° B-200"))
    assert value(reading, "invoice_number") is None


def test_a_value_has_its_position_and_its_labels() -> None:
    field = read((50, 100, "Facture n°"), (250, 100, "F2026-114")).fields["invoice_number"]
    assert field.page == 1
    assert field.box is not None
    assert field.label_box is not None
    assert field.box.left == pytest.approx(250 / 595)
    assert field.label_box.left == pytest.approx(50 / 595)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("2026 0031 Lyon", "2026 0031"),  # after the year one group is the serial, whatever follows
        ("2026 - 0031", "2026 - 0031"),
        ("FA2026 / 15.", "FA2026 / 15"),
        ("2026 15 mars 2026", "2026"),
        ("2026 03 2026", "2026 03 2026"),
        ("FC 158 0031 du 03/04/2026", "FC 158 0031"),
        ("FC 158 0031 Lyon", None),
        ("2019 0031 émise à Lyon", "2019 0031"),
        ("2019 0031 Lyon", None),
    ],
)
def test_a_number_in_groups_ends_where_something_else_begins(written: str, number: str | None) -> None:
    assert value(read((50, 100, f"Facture n° {written}")), "invoice_number") == number


def test_a_number_of_a_noun_in_a_sentence_is_not_the_invoices() -> None:
    factor = "payable à Cofinance, SIRET 345 364 459 00585, dans le cadre d'un contrat d'affacturage n° 476451"
    assert value(read((60, 40, "Facture"), (60, 700, factor)), "invoice_number") is None


def test_several_orders_under_one_label_are_no_engagement() -> None:
    lines = ((60, 200, "Commande n° BC26-0417 du 02/02/2026"), (60, 240, "Commande n° BC26-0502 du 09/02/2026"))
    assert value(read((60, 40, "Facture n° VT-26-118"), *lines), "engagement_number") is None


def test_the_engagement_among_several_orders_is_the_one_that_is_called_so() -> None:
    lines = ((60, 200, "Commande n° BC26-0417 du 02/02/2026"), (60, 240, "Commande n° BC26-0502 du 09/02/2026"))
    reading = read((60, 40, "Facture n° VT-26-118"), (60, 100, "Engagement n° 79125"), *lines)
    assert value(reading, "engagement_number") == "79125"


def test_a_purchase_order_is_preferred_to_the_shops_own_number() -> None:
    lines = ((60, 100, "Numéro de commande : 20292"), (60, 114, "N° de bon de commande : 2026/03962"))
    assert value(read((60, 40, "Facture n° VT-26-118"), *lines), "engagement_number") == "2026/03962"


def test_a_caption_of_a_number_is_no_service_code() -> None:
    reading = read(
        (60, 40, "Facture n° VT-26-118"),
        (60, 100, "N° service"), (200, 100, "N° BL"), (60, 114, "DST-VOIRIE"), (200, 114, "847862"),
    )  # fmt: skip
    assert value(reading, "service_code") == "DST-VOIRIE"


def test_a_bodys_name_under_its_service_is_no_service_code() -> None:
    window = ((330, 110, "Service facturier"), (330, 120, "DEPARTEMENT DE L'AVEN"), (330, 130, "29000 QUIMPER"))
    assert value(read((60, 40, "Facture n° VT-26-118"), *window), "service_code") is None


@pytest.mark.parametrize(
    ("again", "number", "sure"),
    [("Référence du virement : 20318440716", "20318440716", True), ("Merci", "20 318 440 716", False)],
)
def test_a_number_in_thousands_is_joined_and_sure_only_where_its_digits_are_printed_together(
    again: str, number: str, sure: bool
) -> None:
    reading = read((50, 100, "Facture n° 20 318 440 716"), (50, 400, again))
    assert value(reading, "invoice_number") == number
    assert (reading.fields["invoice_number"].confidence >= 0.9) == sure


def test_a_number_that_is_too_long_with_its_spaces_is_joined_and_doubtful() -> None:
    reading = read((50, 100, "Facture n° 120 318 440 716 222 333"))
    assert value(reading, "invoice_number") in ("120318440716222333", None)
    assert all(found.confidence < 0.9 for name, found in reading.fields.items() if name == "invoice_number")


def test_other_groups_are_joined_only_where_the_page_prints_them_together() -> None:
    assert value(read((50, 100, "Facture n° 2026 0031")), "invoice_number") == "2026 0031"
    joined = read((50, 100, "Facture n° 2026 0031"), (50, 400, "Rappeler 20260031 au paiement"))
    assert value(joined, "invoice_number") == "20260031"


@pytest.mark.parametrize(
    "label", ["Convention n°", "N° de convention", "N° de contrat client", "Contrat d'abonnement n°"]
)
def test_a_convention_or_a_customers_contract_is_no_public_contract(label: str) -> None:
    assert value(read((50, 100, f"{label} : KV3318"), (50, 60, "Facture n° F26-118")), "contract_number") is None


@pytest.mark.parametrize(
    ("said", "public"),
    [("Marché n° KV3318", True), ("Accord-cadre n° KV3318", True), ("Contrat public n° KV3318", True),
     ("Contrat n° KV3318", False), ("Contrat n° GC 85601", False), ("Votre contrat LLD 5454/22", False),
     ("Contrat C-51871-E", False), ("Contrat n° MP2026-12", True), ("Convention n° MP2026-12", True),
     ("Contrat n° 24S0076", True), ("Contrat n° 2023TX001100", True), ("Contrat : 2024-09-L03", True)],
)  # fmt: skip
def test_a_contract_is_given_where_its_label_or_its_form_is_a_public_ones(said: str, public: bool) -> None:
    fields = read((50, 100, said), (50, 60, "Facture n° F26-118")).fields
    assert ("contract_number" in fields) == public
    assert not public or fields["contract_number"].confidence >= 0.9


@pytest.mark.parametrize(
    ("code", "source", "sure"),
    [("0DT-26-0417", "ocr", False), ("O26-0417", "ocr", False), ("ODT-26-0417", "ocr", True),
     ("0DT-26-0417", "text", True)],
)  # fmt: skip
def test_a_zero_before_capitals_is_doubtful_on_a_scan(code: str, source: Source, sure: bool) -> None:
    found = read((50, 100, f"N° d'engagement : {code}"), source=source).fields["engagement_number"]
    assert (found.confidence >= 0.9) == sure


_LONG_LINE = "Meung-sur-Loire, le 31 mai 2025 — Code client 3254 — Chantier : dépôt de la rue des Ateliers — {} :"


@pytest.mark.parametrize("label", ["Bon de commande", "N° d'engagement"])
@pytest.mark.parametrize("after", ["", " — Service : ARSFIN", ", suite page 2", " - Lot 2"])
def test_a_label_at_the_end_of_a_full_line_announces_the_first_word_of_the_next(label: str, after: str) -> None:
    lines = ((50, 100, _LONG_LINE.format(label)), (50, 112, f"EJ89117895{after}"))
    assert value(read((50, 60, "Facture n° F26-118"), *lines), "engagement_number") == "EJ89117895"


@pytest.mark.parametrize("after", [" rue des Ateliers", " 45130 MEUNG", ". Elle est payable à 30 jours"])
def test_a_word_that_begins_a_sentence_is_no_value_of_the_line_above(after: str) -> None:
    lines = ((50, 100, _LONG_LINE.format("Bon de commande")), (50, 112, f"EJ89117895{after}"))
    assert value(read((50, 60, "Facture n° F26-118"), *lines), "engagement_number") is None


def test_a_reference_beside_the_suppliers_own_order_is_the_customers() -> None:
    title = (50, 60, "Facture FAC/2026/00441")
    captions = ((50, 100, "Date de la facture"), (350, 100, "Origine"), (450, 100, "Référence"))
    values = ((50, 114, "04/12/2026"), (350, 114, "S01377"), (450, 114, "SD21-26-0904"))
    assert value(read(title, *captions, *values), "engagement_number") == "SD21-26-0904"
    alone = (captions[0], captions[2], values[0], values[2])
    assert value(read(title, *alone), "engagement_number") is None


def test_a_customers_reference_beside_the_customers_account_is_the_order() -> None:
    number, reference = (50, 60, "Facture n° F26-118"), (50, 100, "Réf. client : AC26 731")
    for account in ("Code client : CU2003-00111", "Compte client : 3254", "N° client : 3254"):
        assert value(read(number, reference, (50, 114, account)), "engagement_number") == "AC26 731"
    assert value(read(number, reference), "engagement_number") is None
    assert value(read(number, (50, 100, "Réf. client : CU2003-00111")), "engagement_number") is None


@pytest.mark.parametrize(
    ("written", "contract"),
    [("2023 M 0441", "2023 M 0441"), ("2024 AS 011", "2024 AS 011"), ("2023 M", None), ("2023 M 0441 B", None)],
)
def test_a_contract_with_a_letter_between_its_groups_is_one_code(written: str, contract: str | None) -> None:
    found = read((50, 60, "Facture n° F26-118"), (50, 100, f"Marché n° {written}")).fields.get("contract_number")
    assert found is None or found.confidence < 0.9 or found.value == contract


def test_a_column_of_values_over_their_captions_beside_the_goods_keeps_its_values() -> None:
    column = ("FCT-601", "Numéro de facture", "31.01.2026", "Date d'émission", "200471", "Compte client",
              "4500318203", "Votre référence de commande", "21290441100015", "SIRET destinataire")  # fmt: skip
    placed = [(20.0, 90.0 + 15 * (each // 2 * 2) + 12 * (each % 2), text) for each, text in enumerate(column)]
    lefts = (190.0, 250.0, 320.0, 430.0, 470.0, 530.0)
    goods = [("Date", "Bon", "Nature", "Qté", "P.U.", "HT")]
    goods += [(f"1{row}.01", f"BL0{row}", "Traversée", "6", "21,40", "128,40") for row in range(5)]
    table = [
        (left, 150.0 + 15 * row, text) for row, line in enumerate(goods) for left, text in zip(lefts, line, strict=True)
    ]
    reading = read((190, 40, "FACTURE"), *placed, *table)
    assert value(reading, "engagement_number") == "4500318203"
    assert value(reading, "invoice_number") == "FCT-601"


def test_a_sentence_about_another_invoice_takes_no_value_from_the_line_under_it() -> None:
    title, sentence = (50, 60, "Avoir"), (50, 80, "Annule partiellement la facture de loyers du mois précédent")
    reading = read(title, sentence, (50, 100, "LLDC2602467"), (50, 112, "N° de pièce"))
    assert value(reading, "invoice_number") == "LLDC2602467"
