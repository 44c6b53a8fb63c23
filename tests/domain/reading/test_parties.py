"""Whose SIRET and whose name: headings, address blocks, and what their lines say."""

import pytest

from tests.domain.reading.paper import read, value

SUPPLIER, BODY = "73282932000074", "21350238800019"
LETTERHEAD = ((50, 50, "Charpentes du Vexin"), (50, 64, "12 rue des Tilleuls"), (50, 78, "21000 DIJON"),
              (50, 92, "SIRET 732 829 320 00074 - APE 4391A"))  # fmt: skip
WINDOW = ((330, 130, "Commune de Plouzané"), (330, 144, "Place Anjela-Duval"), (330, 158, "29280 PLOUZANE"))


def test_the_window_holds_the_recipient_and_the_letterhead_the_supplier() -> None:
    reading = read(*LETTERHEAD, *WINDOW, (330, 172, "SIRET : 213 502 388 00019"))
    assert value(reading, "supplier_siret") == SUPPLIER
    assert value(reading, "recipient_siret") == BODY
    assert value(reading, "supplier_name") == "Charpentes du Vexin"
    assert value(reading, "recipient_name") == "Commune de Plouzané"


def test_a_service_or_a_person_in_the_address_is_not_the_body() -> None:
    lines = ((330, 116, "Monsieur le Maire"), *WINDOW, (330, 172, "FRANCE"))
    assert value(read(*LETTERHEAD, *lines), "recipient_name") == "Commune de Plouzané"


def test_a_name_may_continue_in_the_next_line() -> None:
    lines = ((330, 130, "Établissement français"), (330, 144, "du sang"), (330, 158, "20 avenue du Stade"),
             (330, 172, "35000 RENNES"))  # fmt: skip
    assert value(read(*LETTERHEAD, *lines), "recipient_name") == "Établissement français du sang"


def test_a_heading_is_not_a_name() -> None:
    lines = ((330, 116, "Nom et adresse du client"), *WINDOW)
    assert value(read(*LETTERHEAD, *lines), "recipient_name") == "Commune de Plouzané"


def test_the_suppliers_siret_may_be_in_the_footer_only() -> None:
    foot = (50, 810, "Charpentes du Vexin - SARL au capital de 8 000 € - SIRET 732 829 320 00074 - RCS Dijon")
    reading = read(*WINDOW, foot)
    assert value(reading, "supplier_siret") == SUPPLIER
    assert value(reading, "supplier_name") == "Charpentes du Vexin"


def test_the_known_siret_is_the_suppliers() -> None:
    lines = ((50, 100, "SIRET : 732 829 320 00074"), (330, 100, "SIRET : 552 081 317 66522"))
    assert value(read(*lines, known="55208131766522"), "supplier_siret") == "55208131766522"


def test_a_factors_siret_is_neither_partys() -> None:
    line = (50, 600, "Règlement libératoire à l'ordre de FACTO-CRÉDIT SA (SIRET 552 081 317 66522)")
    assert value(read(*LETTERHEAD, *WINDOW, line), "recipient_siret") is None


def test_the_only_siret_of_a_place_of_delivery_is_not_the_recipients() -> None:
    delivery = ((50, 200, "Adresse de livraison"), (50, 212, "Médiathèque George-Sand"), (50, 224, "31400 TOULOUSE"),
                (50, 236, "SIRET : 213 502 388 00019"))  # fmt: skip
    assert value(read(*LETTERHEAD, *WINDOW, *delivery), "recipient_siret") is None


def test_a_name_beside_another_siret_is_another_s() -> None:
    main_contractor = ((330, 200, "Titulaire du marché"), (330, 212, "Eiffarel Construction"),
                       (330, 224, "77600 BUSSY"), (330, 236, "SIRET 552 081 317 66522"))  # fmt: skip
    reading = read(*LETTERHEAD, *WINDOW, *main_contractor, known=SUPPLIER)
    assert value(reading, "supplier_name") == "Charpentes du Vexin"


def test_the_legal_form_and_the_capital_end_a_name() -> None:
    foot = (50, 810, "Charpentes du Vexin SASU Cap. 5 000 EUR - SIRET 732 829 320 00074 - RCS Dijon 732 829 320")
    assert value(read(*WINDOW, foot), "supplier_name") == "Charpentes du Vexin"


def test_a_public_body_with_its_kind_at_the_end_is_the_recipient() -> None:
    window = ((330, 130, "Bourg-Métropole"), (330, 144, "1 parvis de l'Hôtel"), (330, 158, "59800 LILLE"))
    assert value(read(*LETTERHEAD, *window), "recipient_name") == "Bourg-Métropole"


def test_the_sender_s_line_above_a_window_is_not_part_of_its_address() -> None:
    sender = (50, 200, "Charpentes du Vexin - 12 rue des Tilleuls - 21000 DIJON")
    window = ((50, 212, "Université Clément-Ader"), (50, 224, "Campus des Sciences"), (50, 236, "35200 RENNES"))
    assert value(read(*LETTERHEAD, sender, *window), "recipient_name") == "Université Clément-Ader"


def test_one_siret_alone_belongs_to_the_party_of_its_block() -> None:
    foot = (50, 800, "Charpentes du Vexin - SARL au capital de 8 000 € - RCS Dijon 732 829 320")
    window = ((330, 130, "Eaux du Vexin"), (330, 144, "3 place Carnot"), (330, 158, "95300 PONTOISE"),
              (330, 172, "SIRET 552 081 317 66522"))  # fmt: skip
    reading = read(*window, foot)
    assert value(reading, "supplier_siret") is None
    assert value(reading, "recipient_siret") == "55208131766522"


def test_a_word_glued_to_a_siret_does_not_hide_it() -> None:
    foot = (50, 800, "Charpentes du Vexin – SARL au capital de 8 000 € – Siret732 829 320 00074")
    assert value(read(*WINDOW, foot), "supplier_siret") == SUPPLIER


def test_the_nic_may_be_printed_beside_the_siren() -> None:
    foot = ((50, 800, "RCS Dijon - SIREN 732 829 320"), (330, 800, "NIC 00074"))
    assert value(read(*WINDOW, *foot), "supplier_siret") == SUPPLIER


def test_of_two_establishments_the_one_that_pays_is_the_recipient() -> None:
    lines = ((50, 230, "SIRET établissement bénéficiaire"), (330, 230, "213 502 388 00027"),
             (50, 244, "SIRET établissement payeur"), (330, 244, "213 502 388 00019"))  # fmt: skip
    assert value(read(*LETTERHEAD, *WINDOW, *lines), "recipient_siret") == BODY


def test_fourteen_digits_under_another_label_are_no_siret() -> None:
    window = (*WINDOW, (330, 172, "N° de compteur : 213 502 388 00019"))
    assert value(read(*LETTERHEAD, *window), "recipient_siret") is None


def test_of_two_sirets_in_the_head_the_upper_one_is_the_sellers() -> None:
    window = ((330, 150, "Tramways du Vexin"), (330, 164, "3 place Carnot"), (330, 178, "95300 PONTOISE"),
              (330, 192, "SIRET 552 081 317 66522"))  # fmt: skip
    reading = read(*LETTERHEAD[:3], (50, 92, "SIRET 732 829 320 00074"), *window)
    assert value(reading, "supplier_siret") == SUPPLIER
    assert value(reading, "recipient_siret") == "55208131766522"


def test_the_payers_account_is_not_the_suppliers() -> None:
    lines = ((50, 700, "Prélèvement SEPA, votre compte : FR14 2004 1010 0505 0001 3M02 606"),)
    assert value(read(*LETTERHEAD, *WINDOW, *lines), "iban") is None


def test_a_pattern_to_fill_in_is_no_iban() -> None:
    assert value(read(*LETTERHEAD, (50, 700, "IBAN : FR76XXXXXXXXXXXXXXXXXXXXXXX")), "iban") is None


def test_a_digit_that_a_scan_lost_is_taken_from_the_vat_number() -> None:
    foot = (40, 800, "Charpentes du Vexin - Siret 32 829 320 00074 - TVA FR44732829320")
    assert value(read(*WINDOW, foot, source="ocr"), "supplier_siret") == SUPPLIER
    assert value(read(*WINDOW, foot), "supplier_siret") is None


def test_a_siret_that_its_line_breaks_is_read_whole() -> None:
    lines = (
        (50, 150, "Organisateur : Eaux du Vexin, 3 place Carnot, 95300 PONTOISE, SIRET 213"),
        (50, 161, "502 388 00019"),
    )
    assert value(read(*LETTERHEAD, *lines), "recipient_siret") == BODY


def test_a_public_body_may_print_its_vat_number() -> None:
    window = (*WINDOW, (330, 172, "SIRET : 269 162 962 00014"), (330, 186, "N° TVA : FR79269162962"))
    foot = (50, 800, "Charpentes du Vexin - SIRET 732 829 320 00074")
    assert value(read(*window, foot), "recipient_siret") == "26916296200014"


def test_a_named_bank_is_no_heading_of_the_lines_under_it() -> None:
    lines = ((50, 440, "Banque : Crédit Rural du Vexin"), (50, 452, "BIC : CEPAFRPP751"),
             (50, 476, "N° SIRET : 732 829 320 00074"))  # fmt: skip
    assert value(read(*WINDOW, *lines), "supplier_siret") == SUPPLIER


def test_the_siret_of_a_company_that_shares_the_work_is_not_the_recipients() -> None:
    head = ((50, 50, "Énergia Plus"), (50, 60, "SIRET 732 829 320 00074"))
    partner = ((210, 50, "Cotraitant :"), (210, 60, "SAS Rivoire TP"), (210, 70, "SIRET 552 081 317 66522"))
    window = ((390, 50, "OPH de Rouette"), (390, 60, "16 impasse des Écoles"), (390, 70, "50450 ROUETTE"))
    reading = read((50, 20, "Facture"), *head, *partner, *window)
    assert value(reading, "recipient_siret") is None
    assert value(reading, "recipient_name") == "OPH de Rouette"


def test_a_point_of_delivery_called_yours_is_another_party() -> None:
    window = ((330, 110, "COMMUNE DE LANNILIS"), (330, 120, "19 RUE DE LA MAIRIE"), (330, 130, "29870 LANNILIS"))
    served = ((50, 200, "Votre point de livraison"), (50, 210, "EHPAD Saint-Roch"), (50, 220, "29870 LANNILIS"))
    assert value(read((50, 20, "Facture"), *window, *served), "recipient_name") == "COMMUNE DE LANNILIS"


@pytest.mark.parametrize("caption", ["Créditer à", "Rembourser à", "Avoir établi pour", "Crédit accordé à"])
def test_the_caption_of_a_credit_notes_recipient_is_no_name(caption: str) -> None:
    window = (
        (330, 100, caption),
        (330, 110, "SDIS de la Vère"),
        (330, 120, "4 rue du Port"),
        (330, 130, "29870 LANNILIS"),
    )
    other = ((50, 100, "Lieu de livraison"), (50, 110, "Salle des fêtes"), (50, 120, "29870 LANNILIS"))
    assert value(read((50, 40, "Avoir"), *window, *other), "recipient_name") == "SDIS de la Vère"


def test_a_siret_among_the_references_under_a_place_is_not_that_places() -> None:
    place = ((50, 110, "VOS RÉFÉRENCES"), (50, 123, "Lieu de consommation :"), (50, 136, "Groupe scolaire Jules-Ferry"))
    references = ((50, 150, "Marché n° : 2024-GAZ-03"), (50, 163, "Code service : ENERGIE"))
    foot = (50, 790, "Gazéo SA au capital de 9 000 000 € - RCS Lyon 732 829 320 - SIRET 732 829 320 00074")
    listed = read(*place, *references, (50, 176, "SIRET : 21350238800019"), foot)
    assert value(listed, "recipient_siret") == "21350238800019"
    assert value(read(*place, (50, 149, "SIRET : 21350238800019"), foot), "recipient_siret") is None


@pytest.mark.parametrize(
    ("first", "rest"),
    [
        ("SIRET 732 829", "320 00074"),
        ("SIRET : 732 829 320", "00074"),
        ("N° Siret 732 829", "320 00074 – code APE 9312Z"),
    ],
)
def test_a_siret_that_a_wide_space_parts_is_read_whole(first: str, rest: str) -> None:
    foot = ((150, 640, first), (150 + 5 * len(first) + 25, 640, rest))
    assert value(read(*WINDOW, *foot), "supplier_siret") == SUPPLIER


@pytest.mark.parametrize("rest", ["320 000", "320 00074 12", "1 320,00", "2026"])
def test_other_digits_beside_half_a_siret_complete_none(rest: str) -> None:
    foot = ((150, 640, "SIRET 732 829"), (250, 640, rest))
    assert value(read(*WINDOW, *foot), "supplier_siret") is None


@pytest.mark.parametrize("office", ["Centre de gestion clientèle", "Direction commerciale", "Délégation commerciale"])
def test_an_office_of_the_supplier_is_no_public_body(office: str) -> None:
    letterhead = ((50, 40, "LOCARIS"), (50, 60, office), (50, 72, "BP 70219"), (50, 84, "59666 VILLENEUVE CEDEX"))
    reading = read(*letterhead, (50, 150, "Facture n° F26-118"))
    assert value(reading, "recipient_name") is None


def test_a_whole_siret_takes_no_digits_of_the_cell_beside_it() -> None:
    """A postal code on the same line as a SIRET is five digits, as the end of a SIRET is."""
    reading = read((50, 60, "FACTURE n° F26-118"), (50, 100, "SIRET : 80412795900018"), (350, 100, "05260 Ancelle"))
    assert value(reading, "supplier_siret") == "80412795900018"
