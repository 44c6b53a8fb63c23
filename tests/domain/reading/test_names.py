"""A name needs a ground: a label, an address, a SIRET's text block, a legal line, words of a body or a company."""

import pytest

from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.words.name_shapes import looks_like_a_name, name_of
from tests.domain.reading.paper import onto, page, read, value

SUPPLIER, BODY = "73282932000074", "21350238800019"
HEAD = ((50, 50, "Miellerie des Causses"), (50, 64, "3 chemin du Puech"), (50, 78, "12100 MILLAU"),
        (50, 92, "SIRET 732 829 320 00074 - APE 0149Z"))  # fmt: skip
WINDOW = ((330, 130, "Commune de Plouzané"), (330, 144, "Place Anjela-Duval"), (330, 158, "29280 PLOUZANE"))


@pytest.mark.parametrize(
    "leftover",
    ["COURRIER ARRIVÉ", "DUPLICATA", "Nos prochaines étapes", "Votre satisfaction nous engage", "vu le 12 mai", "FR76",
     "Les pièces justificatives sont jointes à ce courrier."],
)  # fmt: skip
def test_a_line_that_nothing_announces_is_no_name(leftover: str) -> None:
    reading = read((50, 40, leftover), *WINDOW, (50, 800, "SIRET 732 829 320 00074 - APE 0149Z"))
    assert value(reading, "supplier_name") is None
    assert value(reading, "recipient_name") == "Commune de Plouzané"


def test_a_logos_word_alone_is_no_name() -> None:
    reading = read((50, 40, "miella"), *WINDOW, (50, 800, "SIRET 732 829 320 00074 - APE 0149Z"))
    assert value(reading, "supplier_name") is None


@pytest.mark.parametrize(
    "whole",
    [(50, 800, "Miella Apiculture du Sud SAS, capital 40 000 €, 3 chemin du Puech - SIRET 732 829 320 00074 :"),
     (50, 800, "Miella Apiculture du Sud - SAS au capital de 40 000 € - RCS Rodez 732 829 320")],
)  # fmt: skip
def test_the_name_in_the_legal_line_is_preferred_to_the_logos_word(whole: tuple[float, float, str]) -> None:
    assert str(value(read((50, 40, "MIELLA"), *WINDOW, whole), "supplier_name")).startswith("Miella Apiculture du Sud")


def test_a_fuller_line_under_the_logos_word_is_the_name() -> None:
    lines = ((50, 50, "Miella"), (50, 62, "Miella Apiculture du Sud"), *((x, y + 12, t) for x, y, t in HEAD[1:]))
    assert value(read(*lines, *WINDOW), "supplier_name") == "Miella Apiculture du Sud"


def test_an_ornament_before_a_name_is_not_part_of_it() -> None:
    assert value(read((50, 50, "■ Miellerie des Causses"), *HEAD[1:]), "supplier_name") == "Miellerie des Causses"


@pytest.mark.parametrize("gap", [12, 24])
def test_a_name_over_a_gap_belongs_to_the_address_under_it(gap: float) -> None:
    window = ((330, 130, "Tramways du Vexin"), (330, 130 + gap, "3 place Carnot"), (330, 144 + gap, "95300 PONTOISE"))
    assert value(read(*HEAD, *window), "recipient_name") == "Tramways du Vexin"


def test_an_address_without_the_suppliers_identifiers_is_the_addressees() -> None:
    foot = (50, 800, "Miellerie des Causses - SARL au capital de 9 000 € - SIRET 732 829 320 00074")
    window = ((60, 130, "Habitat Rouergat"), (60, 144, "8 rue Béteille"), (60, 158, "12000 RODEZ"))
    reading = read(*window, foot)
    assert value(reading, "recipient_name") == "Habitat Rouergat"
    assert value(reading, "supplier_name") == "Miellerie des Causses"


def test_a_ministry_with_one_of_its_bodies_under_it_names_neither() -> None:
    window = ((330, 130, "Ministère de la Culture"), (330, 144, "DRAC Occitanie"), *WINDOW[1:])
    assert value(read(*HEAD, *window), "recipient_name") is None


def test_the_kind_of_a_body_continues_in_the_next_line() -> None:
    window = (
        (330, 130, "Tribunal judiciaire"),
        (330, 144, "Nanterre-Sud"),
        *((x, y + 14, t) for x, y, t in WINDOW[1:]),
    )
    assert value(read(*HEAD, *window), "recipient_name") == "Tribunal judiciaire Nanterre-Sud"


def test_who_represents_a_body_is_not_part_of_its_name() -> None:
    window = (
        WINDOW[0],
        (330, 144, "représentée par son maire"),
        (330, 158, "3 place Carnot"),
        (330, 172, "29280 PLOUZANE"),
    )
    assert value(read(*HEAD, *window), "recipient_name") == "Commune de Plouzané"


def test_half_a_name_is_none() -> None:
    window = ((330, 130, "Communauté de communes de la"), (330, 144, "12 rue du Lac"), (330, 158, "74000 ANNECY"))
    assert value(read(*HEAD, *window), "recipient_name") is None


def test_a_service_in_an_address_names_no_party() -> None:
    window = ((330, 130, "Service exécutant FIN-04"), (330, 144, "3 place Carnot"), (330, 158, "29280 PLOUZANE"))
    assert value(read(*HEAD, *window), "recipient_name") is None


def test_a_street_may_be_part_of_a_bodys_name() -> None:
    window = ((330, 130, "Musée du quai Voltaire"), *WINDOW[1:])
    assert value(read(*HEAD, *window), "recipient_name") == "Musée du quai Voltaire"


def test_the_columns_of_a_table_of_goods_are_no_address() -> None:
    goods = ((50, 300, "Référence"), (150, 300, "Client"), (250, 300, "Désignation"), (350, 300, "Qté"),
             (420, 300, "Prix"), (490, 300, "Montant"), (150, 312, "existante"), (150, 324, "90123"))  # fmt: skip
    assert value(read(*HEAD, *goods), "recipient_name") is None


def test_a_name_ends_before_the_next_caption() -> None:
    line = (50, 150, "Client : Syndicat des eaux du Vidourle Adresse : 3 place Carnot")
    assert value(read(*HEAD, line), "recipient_name") == "Syndicat des eaux du Vidourle"


@pytest.mark.parametrize(
    "line", ["SELARL d'avocats, capital 9 000 €", "Société à responsabilité limitée, capital 9 000 €",
             "Licence PLATESV-R-2026-01", "Déclaration d'activité n° 76120098712"],
)  # fmt: skip
def test_a_legal_form_or_a_licence_is_no_name(line: str) -> None:
    reading = read(
        *HEAD[:3],
        *WINDOW,
        (50, 700, "Titulaire du compte : Miellerie des Causses"),
        (50, 800, f"{line} - SIRET 732 829 320 00074"),
    )
    assert value(reading, "supplier_name") == "Miellerie des Causses"


def test_what_a_trade_does_is_not_part_of_its_name() -> None:
    lines = (HEAD[0], (50, 64, "apiculture et transhumance"), *((x, y + 14, t) for x, y, t in HEAD[1:]))
    assert value(read(*lines, *WINDOW), "supplier_name") == "Miellerie des Causses"


def test_the_accountant_who_pays_is_not_the_recipient() -> None:
    lines = ((50, 118, "DESTINATAIRE"), (50, 130, "Commune de Plouzané"), (50, 142, "3 place Carnot"),
             (50, 154, "29280 PLOUZANE"), (50, 166, "SIRET 213 502 388 00019"), (330, 118, "PAYEUR"),
             (330, 130, "Trésorerie de Brest"), (330, 142, "1 rue du Port"), (330, 154, "29200 BREST"),
             (330, 166, "SIRET 130 028 475 00016"))  # fmt: skip
    reading = read(*((x, y - 40, t) for x, y, t in HEAD), *lines)
    assert value(reading, "recipient_name") == "Commune de Plouzané"
    assert value(reading, "recipient_siret") == BODY


def test_the_next_partys_heading_ends_a_block() -> None:
    lines = (
        *HEAD,
        (50, 104, "Client Habitat du Rouergat, 8 rue Béteille, 12000 RODEZ"),
        (50, 116, "SIRET 213 502 388 00019"),
    )
    reading = read(*lines)
    assert value(reading, "supplier_name") == "Miellerie des Causses"
    assert value(reading, "recipient_name") == "Habitat du Rouergat"


def test_a_body_named_at_the_head_of_each_line_of_goods_has_one_vote() -> None:
    sites = tuple((50.0, 300.0 + 20 * at, "Mairie annexe est") for at in range(4))
    assert value(read(*HEAD, *WINDOW, *sites), "recipient_name") == "Commune de Plouzané"


def test_a_name_broken_at_a_hyphen_is_whole() -> None:
    window = ((330, 130, "Université de Saint-Julien-aux-"), (330, 144, "Bois"), (330, 158, "3 place Carnot"),
              (330, 172, "19220 SAINT-JULIEN"))  # fmt: skip
    assert value(read(*HEAD, *window), "recipient_name") == "Université de Saint-Julien-aux-Bois"


def test_the_sender_on_one_line_with_the_address_is_the_supplier() -> None:
    sender = (50, 50, "Miellerie des Causses • 3 chemin du Puech • 12100 MILLAU")
    foot = (50, 500, "SIRET : 732 829 320 00074 contact@miellerie-des-causses.example")
    assert value(read(sender, *WINDOW, foot), "supplier_name") == "Miellerie des Causses"


def test_text_beside_a_heading_whose_own_value_is_no_name_is_none() -> None:
    assert value(read((200, 40, "FOURNISSEUR F"), (480, 40, "fxb"), *WINDOW), "supplier_name") is None


IDENTIFIED = (50, 800, "SIRET 732 829 320 00074 - APE 0149Z")


@pytest.mark.parametrize(
    "again",
    ["Titulaire : Rucher du Serre", "www.rucherduserre.example", "compta@rucher-du-serre.example",
     "Rucher du Serre - SARL au capital de 4 000 €", "Chèque à l'ordre de Rucher du Serre"],
)  # fmt: skip
def test_a_letterhead_is_the_suppliers_name_where_the_page_prints_it_again(again: str) -> None:
    head = ((50, 50, "Rucher du Serre"), (50, 64, "8 chemin du Mas"), (50, 78, "30120 LE VIGAN"))
    assert value(read(*head, *WINDOW, IDENTIFIED), "supplier_name") is None
    assert value(read(*head, *WINDOW, (50, 700, again), IDENTIFIED), "supplier_name") == "Rucher du Serre"


def test_a_name_with_its_legal_form_or_over_its_siret_needs_no_other_print() -> None:
    formed = ((50, 50, "Rucher du Serre SARL"), (50, 64, "8 chemin du Mas"), (50, 78, "30120 LE VIGAN"))
    assert value(read(*formed, *WINDOW, IDENTIFIED), "supplier_name") == "Rucher du Serre SARL"
    assert value(read(*HEAD, *WINDOW), "supplier_name") == "Miellerie des Causses"


@pytest.mark.parametrize(
    "described",
    ["SELARL d'architectes inscrite à l'ordre de Bretagne", "Association loi 1901 agréée jeunesse et sports",
     "SCOP à capital variable", "Société d'avocats", "Entreprise individuelle", "SCP de notaires associés",
     "Association régie par la loi de 1901", "Société de travaux publics agréée"],
)  # fmt: skip
def test_a_legal_form_and_its_description_are_no_name(described: str) -> None:
    assert not looks_like_a_name(described)


@pytest.mark.parametrize(
    "name", ["Société d'exploitation des eaux de Tours", "Association Les Halles agréée sport", "EARL du Bois Joli"]
)
def test_a_legal_form_may_open_a_name(name: str) -> None:
    assert looks_like_a_name(name)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Rivelle Eaux – Service Abonnés publics", "Rivelle Eaux"),
        ("Rivelle Eaux / Direction des ventes", "Rivelle Eaux"),
        ("Rivelle Eaux - Agence Nord", "Rivelle Eaux"),
        ("Rivelle Eaux – Énergies", "Rivelle Eaux – Énergies"),
    ],
)
def test_a_department_is_no_part_of_a_name(text: str, name: str) -> None:
    assert name_of(text) == name


FOOT = "SIRET 732 829 320 00074 - APE 0149Z"


def test_a_logos_initial_is_no_part_of_a_name_that_another_line_prints_whole() -> None:
    reading = read(
        (40, 48, "M MIELLERIE NORD CAUSSES"),
        *WINDOW,
        (50, 800, f"MIELLERIE NORD CAUSSES SAS AU CAPITAL DE 9 000 EUR - {FOOT}"),
    )
    assert value(reading, "supplier_name") == "MIELLERIE NORD CAUSSES"


def test_a_cooperative_s_form_is_no_part_of_its_name() -> None:
    assert name_of("COOPHAR OUEST SA coopérative à capital variable - SIRET 857 200 141 00110") == "COOPHAR OUEST"


def test_a_name_is_that_of_the_address_whose_next_paragraph_has_the_siret() -> None:
    reading = read(*WINDOW, (50, 700, "Atelier Grège, SAS"), (50, 711, "9 quai des Martyrs"), (50, 722, "76200 Dieppe"),
                   (50, 748, "Siret 732829320 00074"), (50, 759, "Rcs Dieppe — Naf 7410Z"))  # fmt: skip
    assert value(reading, "supplier_name") == "Atelier Grège"


def test_a_person_s_letterhead_is_a_name_where_the_e_mail_address_has_it() -> None:
    large = page((160, 60, "Hélène Vasseur-Whitcombe"), size=16)
    street = ((50, 150, "7 impasse du Puits"), (50, 164, "76130 Mont-Saint-Aignan"))
    rest = page(*street, (50, 178, "h.vasseur@vw-textes.eu"), *WINDOW, (50, 780, f"Entreprise individuelle — {FOOT}"))
    assert value(read_document([onto(large, rest)]), "supplier_name") == "Hélène Vasseur-Whitcombe"
    unnamed = page(*street, *WINDOW, (50, 780, FOOT))
    assert value(read_document([onto(large, unnamed)]), "supplier_name") is None


@pytest.mark.parametrize(
    ("first", "name"),
    [("Lavande Santé Services", "Lavande Santé Services"), ("TRANSPORTS MÉVEL-GUILLOU", "TRANSPORTS MÉVEL-GUILLOU"),
     ("Votre linge toujours propre", None)],
)  # fmt: skip
def test_the_largest_and_first_text_over_an_address_is_the_suppliers_name_if_each_word_has_a_capital(
    first: str, name: str | None
) -> None:
    lines = ((60, 82, "Location et entretien de linge"), (60, 94, "3 chemin du Puech, 12100 MILLAU"))
    foot = (60, 800, "SAS au capital de 310 000 euros - RCS Rodez - SIRET 732 829 320 00074 - APE 9601A")
    written = page(*lines, *WINDOW, (60, 300, "FACTURE"), foot)
    assert value(read_document([onto(page((60, 60, first), size=16.0), written)]), "supplier_name") == name


@pytest.mark.parametrize(
    "name",
    ["TotalEnergies Proxi", "Maillard Terrassement", "Delaitre & Fils", "Devisme Couverture", "Courriélys Gestion",
     "Clientys", "Transmissions Roche", "Copieurs du Sud", "Soitel", "Pagès Frères"],
)  # fmt: skip
def test_a_name_may_begin_with_the_letters_of_another_word(name: str) -> None:
    assert name_of(name) == name
    legal = (50, 800, f"{name} – SAS au capital de 9 000 € – RCS Rodez 732 829 320 – SIRET 732 829 320 00074")
    assert value(read(*WINDOW, legal), "supplier_name") == name


@pytest.mark.parametrize(
    "text",
    ["Total", "Totaux", "Mail compta", "Délais de règlement", "Devis n° 12", "Courriel", "Clients", "Page 1 / 2",
     "Pages :", "Soit un total", "Conditions de paiement", "COURRIER ARRIVÉ", "Transmis le"],
)  # fmt: skip
def test_a_line_of_another_matter_is_no_name(text: str) -> None:
    assert not looks_like_a_name(text)


@pytest.mark.parametrize("rest", ["Sanitaire Morin", "Semences et plants", "Eiffel Études"])
def test_a_word_after_a_dash_that_begins_like_a_legal_form_is_part_of_the_name(rest: str) -> None:
    assert name_of(f"Thermique – {rest}") == (f"Thermique – {rest}")
    assert name_of("Thermique – SA") == "Thermique"


CLAUSES = (
    "3. Le délai de règlement applicable aux personnes publiques est de 30 jours (50 pour les établissements de santé)",
    "Le paiement est exigible sous 30 jours, pénalités comprises pour les entreprises",
    "b) Toute livraison aux entreprises est facturée au tarif du jour",
    "LES PRIX SONT CEUX QUE LES ENTREPRISES DU GROUPE APPLIQUENT AU JOUR DE LA COMMANDE",
    "Nos véhicules et ceux des entreprises partenaires roulent au colza",
)


@pytest.mark.parametrize("clause", CLAUSES)
def test_a_clause_that_speaks_of_companies_is_no_name(clause: str) -> None:
    foot = ((50, 780, "3 chemin du Puech 12100 MILLAU"), (50, 792, "SIRET 732 829 320 00074 - APE 0149Z"))
    reading = read(*WINDOW, (50, 760, clause), *foot)
    assert value(reading, "supplier_name") is None


@pytest.mark.parametrize(
    "name", ["3D Impression SARL", "A2B Paysages SAS", "J. Morin EURL", "Entreprise Grand Est", "Morin et Fils Travaux"]
)
def test_a_number_an_initial_or_a_direction_makes_no_clause(name: str) -> None:
    reading = read(*WINDOW, (50, 760, f"{name} – RCS Rodez 732 829 320 – SIRET 732 829 320 00074"))
    assert value(reading, "supplier_name") == name


@pytest.mark.parametrize("form", ["S.A.S.", "S.A.R.L.", "SAS", "S.N.C."])
def test_a_legal_form_may_be_written_with_dots(form: str) -> None:
    head = ((50, 60, f"Chimel France {form}"), (50, 72, "3 chemin du Puech"), (50, 84, "12100 MILLAU"))
    foot = (50, 800, f"{form} au capital de 9 000 € - RCS Rodez 732829320 - SIRET 73282932000074")
    logo = page((50, 40, "CHIMEL"), size=15.0)
    found = value(read_document([onto(logo, page(*head, *WINDOW, foot))]), "supplier_name")
    assert str(found).rstrip(".") == f"Chimel France {form}".rstrip(".")
