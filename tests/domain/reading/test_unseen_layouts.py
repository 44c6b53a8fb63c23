"""Ways of writing an invoice's number, date and parties that no layout of ours was drawn from."""

import pytest

from tests.domain.reading.paper import read, value

LETTERHEAD = ((50, 50, "Charpentes du Vexin"), (50, 64, "12 rue des Tilleuls"), (50, 78, "21000 DIJON"))


@pytest.mark.parametrize("word", ["Document", "Pièce"])
def test_a_document_or_a_piece_with_a_number_is_the_invoice(word: str) -> None:
    reading = read((50, 70, "Facture"), (50, 110, f"{word} F2026-0412"), (250, 110, "Date de facture 15/04/26"))
    assert value(reading, "invoice_number") == "F2026-0412"


def test_a_sum_beside_the_title_is_no_number() -> None:
    reading = read((50, 70, "Facture"), (430, 70, "1216,48"), (50, 110, "Pièce 2245/26"))
    assert value(reading, "invoice_number") == "2245/26"


def test_the_number_the_creditor_gave_is_the_invoices() -> None:
    reading = read((50, 100, "6 Numéro attribué par le créancier"), (250, 100, "7 Date de la facture"),
                   (50, 114, "N06835"), (250, 114, "04/04/2026"))  # fmt: skip
    assert value(reading, "invoice_number") == "N06835"


def test_issued_on_under_a_corrected_invoice_dates_that_invoice() -> None:
    reading = read((52, 100, "Avoir n° 26086403"), (312, 100, "Facture rectifiée"),
                   (52, 114, "Date : 13/11/2026"), (312, 112, "VE2606344"),
                   (312, 123, "émise le 20/10/2026"))  # fmt: skip
    assert value(reading, "invoice_date") == "2026-11-13"


def test_issued_on_under_the_invoice_itself_dates_it() -> None:
    reading = read((50, 100, "Facture"), (50, 112, "VE2606344"), (50, 124, "émise le 20/10/2026"))
    assert value(reading, "invoice_date") == "2026-10-20"


def test_the_account_of_a_contract_is_no_contract() -> None:
    reading = read(
        (320, 100, "Compte de contrat :"), (440, 100, "82348"), (320, 114, "Marché :"), (440, 114, "MP012/25")
    )
    assert value(reading, "contract_number") == "MP012/25"


def test_a_label_does_not_continue_after_the_end_of_a_sentence() -> None:
    line = "Références : votre bon n° 26ST1204, service NUMERIQUE. Lieu d'exécution : Gymnase Besson"
    assert value(read((50, 100, line)), "service_code") == "NUMERIQUE"


@pytest.mark.parametrize(
    "name",
    [
        "Résidence autonomie Les Genêts",
        "Secrétariat général pour l'administration de la police Est",
        "Palais des congrès de Royan",
    ],
)
def test_bodies_whose_names_begin_like_addresses_or_services(name: str) -> None:
    window = ((330, 130, "Doit :"), (330, 144, name), (330, 158, "5 rue des Ajoncs"), (330, 172, "29280 PLOUZANE"))
    assert value(read(*LETTERHEAD, *window), "recipient_name") == name


def test_a_residence_without_a_body_is_an_address() -> None:
    window = ((330, 130, "Commune de Plouzané"), (330, 144, "Résidence Les Genêts"), (330, 158, "29280 PLOUZANE"))
    assert value(read(*LETTERHEAD, *window), "recipient_name") == "Commune de Plouzané"


@pytest.mark.parametrize("title", ["DEMANDE DE PAIEMENT - FACTURE", "Mémoire et facture n° FA005288"])
def test_the_title_of_the_document_is_no_partys_name(title: str) -> None:
    boxes = ((44, 67, "1 Créancier"), (302, 67, "2 Débiteur"), (48, 80, "Droguerie Vautrin"),
             (306, 80, "Lycée Rosa-Parks"))  # fmt: skip
    assert value(read((172, 41, title), *boxes), "supplier_name") == "Droguerie Vautrin"


def test_a_street_that_ran_into_the_name_ends_it() -> None:
    window = (
        (230, 120, "DIRECTION DEPARTEMENTALE DE LA PROTECTION DU TERNOIS RUE DE WETZ"),
        (230, 134, "31400 TOULOUSE"),
    )
    assert value(read(*LETTERHEAD, *window), "recipient_name") == "DIRECTION DEPARTEMENTALE DE LA PROTECTION DU TERNOIS"


@pytest.mark.parametrize("number", ["F26-0031", "FC 15868", "F 2026 031", "2026 0031", "26/0031", "FA-118/A"])
@pytest.mark.parametrize(
    "lines",
    [
        ["FACTURE", "{} du 3 avril 2026"],
        ["FACTURE", "N° : {}", "Du : 3 avril 2026"],
        ["Facture du 3 avril 2026 n° {}"],
        ["Facture n° {} émise à Lyon le 3 avril 2026"],
        ["FACTURE {}", "Émise à Lyon le 3 avril 2026"],
        ["FACTURE", "Chrono : {}", "Édition du 3 avril 2026"],
    ],
)
def test_number_and_date_under_and_after_the_title(lines: list[str], number: str) -> None:
    placed = [(50.0, 150.0 + 14 * index, line.format(number)) for index, line in enumerate(lines)]
    reading = read((50, 64, "69003 LYON"), *placed, (50, 300, "Devis n° D2025-118 du 12/01/2026"))
    assert value(reading, "invoice_number") == number
    assert value(reading, "invoice_date") == "2026-04-03"


def test_groups_of_digits_that_something_else_follows_are_no_part_of_the_number() -> None:
    assert value(read((50, 150, "Facture n° FC 15868 12 lignes")), "invoice_number") == "FC 15868"


def test_what_was_drawn_up_in_a_town_on_a_day_may_be_something_else() -> None:
    reading = read((50, 150, "Facture n° F26-0031"), (50, 300, "Selon devis établi à Lyon le 12/01/2026"))
    assert value(reading, "invoice_date") is None


@pytest.mark.parametrize("name", ["Domaine de la Garenne", "Hôtel du Lion d'Or", "Facturexpert", "2R Conseil"])
def test_a_supplier_may_be_called_like_an_address_a_document_or_a_body(name: str) -> None:
    reading = read(
        *(
            (50, 50, name),
            (50, 62, "12 rue des Tilleuls"),
            (50, 74, "21000 DIJON"),
            (50, 86, "SIRET 732 829 320 00074"),
        ),
        *((330, 130, "Commune de Plouzané"), (330, 142, "Place Anjela-Duval"), (330, 154, "29280 PLOUZANE")),
    )
    assert value(reading, "supplier_name") == name
    assert value(reading, "supplier_siret") == "73282932000074"


def test_who_gets_the_goods_is_not_who_sells_them() -> None:
    reading = read(
        *((50, 130, "Facturé à"), (50, 142, "Commune de Plouzané"), (50, 154, "29280 PLOUZANE")),
        *((330, 130, "Livré à"), (330, 142, "Gymnase municipal"), (330, 154, "29280 PLOUZANE")),
    )
    assert value(reading, "supplier_name") != "Gymnase municipal"


def test_the_paying_authority_is_the_recipient() -> None:
    reading = read((50, 60, "Titulaire :"), (140, 60, "Domaine de la Garenne"), (50, 74, "SIRET :"),
                   (140, 74, "732 829 320 00074"), (50, 100, "Ordonnateur :"), (140, 100, "Parc zoologique de Lille"),
                   (50, 114, "SIRET :"), (140, 114, "213 502 388 00019"))  # fmt: skip
    assert value(reading, "recipient_name") == "Parc zoologique de Lille"
    assert value(reading, "recipient_siret") == "21350238800019"
    assert value(reading, "supplier_name") == "Domaine de la Garenne"


def test_a_sum_left_of_an_empty_cell_is_no_code() -> None:
    lines = ((50, 90, "Montant à payer"), (60, 102, "2404.10"), (320, 102, "Service Chorus Pro :"))
    assert value(read((50, 60, "Facture n° F26-0031"), *lines), "service_code") is None


def test_a_sentence_ends_after_a_code_with_a_hyphen() -> None:
    line = "Références : commande n° 007865, service RESTO-SCOL. Lieu d'exécution : EHPAD Les Glycines"
    assert value(read((50, 100, line)), "service_code") == "RESTO-SCOL"


def test_a_name_with_only_its_kind_on_the_first_line_continues_on_the_next() -> None:
    window = ((330, 130, "Groupe hospitalier"), (330, 142, "Brocéliande-Atlantique"), (330, 154, "20 rue du Stade"),
              (330, 166, "56000 VANNES"))  # fmt: skip
    assert value(read(*LETTERHEAD, *window), "recipient_name") == "Groupe hospitalier Brocéliande-Atlantique"
