"""Kinds of names that designs of other people print: wide lines, trades under names, side bars, places, roles."""

import pytest

from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.words.name_shapes import looks_like_a_name
from tests.domain.reading.paper import onto, page, read, value

WINDOW = ((330, 130, "Commune de Plouzané"), (330, 144, "Place Anjela-Duval"), (330, 158, "29280 PLOUZANE"),
          (330, 172, "SIRET 212 902 121 00012"))  # fmt: skip
FOOT = (50, 780, "SIRET 732 829 320 00074 - APE 0149Z")


def _column(x: float, y: float, apart: float, *texts: str) -> tuple[tuple[float, float, str], ...]:
    return tuple((x, y + apart * at, text) for at, text in enumerate(texts))


@pytest.mark.parametrize("apart", [12.0, 17.5, 20.0])
@pytest.mark.parametrize("name", ["Rodez Agglomération", "Collège Joseph Fabre", "SDIS de la Corrèze"])
def test_the_lines_of_an_address_may_be_far_apart(apart: float, name: str) -> None:
    body = _column(330, 130, apart, name, "Service EAU", "1 place Adrien Rozier", "12035 RODEZ", "SIRET 21120202900018")
    own = _column(50, 40, apart, "Bois du Causse SARL", "3 chemin du Puech", "12100 MILLAU", "SIRET 732 829 320 00074")
    reading = read(*own, *body)
    assert (value(reading, "supplier_name"), value(reading, "recipient_name")) == ("Bois du Causse SARL", name)


@pytest.mark.parametrize(
    "role", ["Gestionnaire", "L'adjoint gestionnaire", "Restaurant scolaire", "Cantine", "Le régisseur"]
)
def test_a_role_or_a_canteen_is_not_the_body(role: str) -> None:
    body = _column(
        330, 130, 13.6, "COLLEGE PIERRE LARTIGUE", role, "Rue de la Digue", "71250 CLUNY", "Siret : 19710093600016"
    )
    assert value(read(*body, FOOT), "recipient_name") == "COLLEGE PIERRE LARTIGUE"


def test_the_first_of_two_bodies_is_the_recipient() -> None:
    body = _column(330, 130, 13.6, "CCAS DE MACON", "EHPAD Les Tournesols", "24 quai des Marans", "71000 MACON",
                   "Siret : 26710047700038")  # fmt: skip
    assert value(read(*body, FOOT), "recipient_name") == "CCAS DE MACON"


@pytest.mark.parametrize("form", ["GAEC", "SELAS", "CUMA", "EARL"])
@pytest.mark.parametrize("trade", ["Légumes et œufs biologiques", "Médecine du travail", "Tout pour le jardin"])
def test_what_a_company_does_is_not_its_name(form: str, trade: str) -> None:
    name = page((50, 40, f"{form} LES JARDINS DE LA VERNE"), size=12)
    rest = page(
        *_column(50, 57, 13.6, trade, "Lieu-dit La Verne", "71250 SALORNAY", "SIRET : 732 829 320 00074"), *WINDOW
    )
    reading = read_document([onto(name, rest)])
    assert value(reading, "supplier_name") == f"{form} LES JARDINS DE LA VERNE"


def test_a_text_under_another_name_that_no_other_print_confirms_is_no_name() -> None:
    lines = _column(50, 40, 12, "Les Jardins de la Verne", "Légumes et Œufs Biologiques", "3 rue du Puits",
                    "71250 SALORNAY", "SIRET : 732 829 320 00074")  # fmt: skip
    assert value(read(*lines, *WINDOW), "supplier_name") in ("Les Jardins de la Verne", None)


@pytest.mark.parametrize(
    "place",
    [
        "Foyer rural, place de la Fontaine - 12850 ONET",
        "Salle des fêtes, 3 rue Haute, 12850 ONET",
        "Mairie annexe, place du Champ, 12850 ONET",
    ],
)
def test_the_place_in_an_address_is_not_the_supplier(place: str) -> None:
    lines = _column(50, 40, 12, "Association Les Tréteaux du Causse", place, "05 65 78 90 12",
                    "N° SIRET 732 829 320 00074 - code APE 9001Z")  # fmt: skip
    assert value(read(*lines, *WINDOW), "supplier_name") == "Association Les Tréteaux du Causse"


def test_a_place_without_a_name_over_it_may_be_a_name() -> None:
    lines = _column(
        50, 40, 12, "Ferme de la Vère", "3 rue Haute", "12850 ONET", "N° SIRET 732 829 320 00074 - code APE 9001Z"
    )
    assert value(read(*lines, *WINDOW), "supplier_name") == "Ferme de la Vère"


def test_a_name_in_a_side_bar_beside_the_goods_is_whole() -> None:
    head = ((200, 300, "Intitulé"), (330, 300, "Qté"), (380, 300, "P.U."), (440, 300, "TVA"), (500, 300, "Net HT"))
    goods = ((200, 320, "Cession, deux séances"), (330, 320, "2"), (380, 320, "780,00"), (440, 320, "5,5 %"),
             (500, 320, "1 560,00"))  # fmt: skip
    bar = _column(30, 320, 12, "Association Compagnie du", "Grand Hêtre", "Moulin de Lagarrigue", "46100 BEDUER")
    reading = read((200, 60, "Facture"), *head, *goods, *bar, (30, 392, "SIRET 732 829 320 00074"), *WINDOW)
    assert value(reading, "supplier_name") == "Association Compagnie du Grand Hêtre"


@pytest.mark.parametrize("code", ["COM", "DRH_01", "ACHATS"])
def test_the_code_of_the_receiving_service_is_not_the_recipients_name(code: str) -> None:
    body = ((50, 130, "Régie des eaux du Val"), (50, 144, "27 quai du Bassin"), (50, 158, "76600 LE HAVRE"))
    details = (
        (330, 130, "N° de facture"),
        (460, 130, "FC 02576"),
        (330, 144, "Service destinataire"),
        (460, 144, code),
    )
    reading = read((50, 40, "Bois du Causse SARL"), *body, *details, FOOT)
    assert (value(reading, "recipient_name"), value(reading, "service_code")) == ("Régie des eaux du Val", code)


@pytest.mark.parametrize("trade", ["ergonomie du travail", "conseil en marchés publics"])
def test_what_a_company_does_after_a_dash_is_no_part_of_its_name(trade: str) -> None:
    lines = _column(50, 40, 12, f"Ergotem – {trade}", "1 bis rue Thiers, 38000 Grenoble", "SIRET 732 829 320 00074")
    assert value(read(*lines, *WINDOW), "supplier_name") == "Ergotem"


@pytest.mark.parametrize("shift", [0, 6])
def test_a_trade_under_a_persons_name_on_a_scan_is_no_name(shift: float) -> None:
    lines = ((60 + shift, 50, "Ilinca Moreau"), *_column(60, 64, 13, "Interprète – traductrice assermentée",
             "217 chemin des Marais, 73800 MONTMELIAN", "Siret 732 829 320 00074"))  # fmt: skip
    goods = (60, 400, "Consultation – interprétariat roumain")
    assert value(read(*lines, *WINDOW, goods, source="ocr"), "supplier_name") in ("Ilinca Moreau", None)


def _headed(*, logo: tuple[str, ...], name: str, size: float = 9.0) -> list[str | None]:
    """The supplier's name of a letterhead with a logo over or beside it and a line of its details at the foot."""
    own = page(*_column(50, 78, 12, name, "SAS AU CAPITAL DE 152449 EUR", "8 RUE H. GAUTIER", "44600 SAINT NAZAIRE",
                        "SIRET 732 829 320 00074 APE 7733Z"), *WINDOW, size=size)  # fmt: skip
    first = page(*_column(50, 30, 14, *logo), size=14)
    reading = read_document([onto(first, own)])
    return [value(reading, "supplier_name"), value(reading, "recipient_name")]  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("logo", "name"),
    [(("BLA Atlantique",), "BUREAUTIQUE LOCATION ATLANTIQUE"), (("C.P.A.",), "COMPTOIR PHARMACEUTIQUE DES ALPES"),
     (("EVS",), "Énergies du Val de Seille"), (("M2R", "Réseaux"), "MENUISERIES RÉSEAUX ROCHE")],
)  # fmt: skip
def test_a_logo_with_initials_of_the_name_under_it_is_no_other_name(logo: tuple[str, ...], name: str) -> None:
    found, body = _headed(logo=logo, name=name)
    assert found in ((name,) if logo != ("M2R", "Réseaux") else (name, None))
    assert body == "Commune de Plouzané"


@pytest.mark.parametrize("foot", ["COMPTOIR PHARMACEUTIQUE DES ALPES", "Comptoir pharmaceutique des Alpes"])
@pytest.mark.parametrize("initials", ["C.P.A.", "CPA", "CPDA"])
def test_initials_in_the_letterhead_leave_the_name_of_the_legal_line(foot: str, initials: str) -> None:
    head = _column(54, 33, 12, initials, foot, "REPARTITEUR", "ZAC DES LANDIERS 73000 CHAMBERY", "TEL 0479620044")
    legal = (
        28,
        790,
        f"{foot} - S.A. COOPERATIVE A CAPITAL VARIABLE - R.C.S. CHAMBERY 732 829 320 - SIRET 732 829 320 00074",
    )
    assert value(read(*head, *WINDOW, legal), "supplier_name") == foot


@pytest.mark.parametrize(
    "form", ["SARL au capital de 8 000 €", "SAS au capital de 8 000 €", "S.A.R.L. au capital de 8 000 €"]
)
@pytest.mark.parametrize("dash", ["-", "–", None])
def test_the_name_of_a_justified_legal_line_is_the_whole_one(form: str, dash: str | None) -> None:
    head = page((210, 50, "RHIN LANGUES"), size=20)
    foot = [
        (60.0, 780.0, "Rhin Langues Traduction"),
        (250.0, 780.0, form),
        (440.0, 780.0, "RCS Strasbourg 732 829 320"),
    ]
    foot += [(200.0, 780.0, dash), (420.0, 780.0, dash)] if dash else []
    rest = page((90, 71, "Traduction assermentée - 17 quai des Bateliers, 67000 Strasbourg"), *WINDOW, *foot)
    assert value(read_document([onto(head, rest)]), "supplier_name") == "Rhin Langues Traduction"


@pytest.mark.parametrize(
    "caption", ["SIRET du titulaire", "SIRET du souscripteur", "SIRET du site payeur", "N° SIRET du lieu"]
)
@pytest.mark.parametrize("under", ["1 point de livraison", "Moyen de paiement"])
def test_a_siret_under_its_caption_is_the_customers_whatever_is_under_it(caption: str, under: str) -> None:
    side = _column(20, 150, 12, "Vos références", "Référence client", "4400 1020 30", caption, "21540400500013", under)
    foot = (
        198,
        785,
        "Énergies du Val, société anonyme – RCS Nancy 732 829 320 – SIRET 73282932000074 – TVA FR44732829320",
    )
    window = ((330, 100, "Commune de Nomeny"), (330, 112, "2 place du Maréchal Fayolle"), (330, 124, "54610 NOMENY"))
    reading = read(*window, *side, foot)
    assert value(reading, "recipient_siret") == "21540400500013"
    assert value(reading, "supplier_siret") == "73282932000074"


@pytest.mark.parametrize(
    ("lines", "name"),
    [(("COMPAGNIE FLUVIALE ET AUTOCARS DES ÎLES DU", "LEVANT. S.A. au capital de 1 250 000 euros. Port",
       "de pêche, 12100 MILLAU. Siret 73282932000074."), "COMPAGNIE FLUVIALE ET AUTOCARS DES ÎLES DU LEVANT"),
     (("Laboratoire de biologie médicale Roche et", "associés – SELAS au capital de 90 000 €, 3 chemin",
       "du Puech, 12100 MILLAU, RCS Rodez 732829320"), "Laboratoire de biologie médicale Roche et associés"),
     (("Imprimerie du Causse et des Grands", "Plateaux SARL au capital de 9 000 €", "RCS Rodez 732829320"),
      "Imprimerie du Causse et des Grands Plateaux"),
     (("Merci de votre confiance et à", "bientôt. SARL au capital de 9 000 €", "RCS Rodez 732829320"), None),
     (("Livraisons le matin", "SARL au capital de 9 000 €", "RCS Rodez 732829320"), None),
     (("Garantie décennale Mutuelle du Bâtiment", "Paris, SARL au capital de 9 000 €", "RCS Rodez 732829320"), None)],
)  # fmt: skip
def test_a_name_before_its_legal_form_may_be_broken_by_a_narrow_column(
    lines: tuple[str, ...], name: str | None
) -> None:
    foot = (20, 790, "SIRET 732 829 320 00074")
    logo = page((20, 40, "Lestrel"), size=16)
    reading = read_document([onto(logo, page(*_column(20, 600, 9.5, *lines), *WINDOW, foot))])
    assert value(reading, "supplier_name") == name


@pytest.mark.parametrize("first", ["COMPAGNIE FLUVIALE DES ÎLES DU", "Syndicat des eaux de la", "Les Ateliers de"])
def test_the_rest_of_a_broken_name_is_no_name(first: str) -> None:
    lines = _column(
        50, 40, 12, first, "Levant Tél. 05 65 78 90 12", "3 chemin du Puech", "12100 MILLAU", "SIRET 732 829 320 00074"
    )
    assert value(read(*lines, (50, 700, "www.levant.example"), *WINDOW), "supplier_name") is None


def _body(*lines: str) -> object:
    window = _column(300, 130, 13.6, *lines, "3 place Carnot", "29280 PLOUZANE", "SIRET 212 902 121 00012")
    return value(read((50, 40, "Bois du Causse SARL"), *window, FOOT), "recipient_name")


@pytest.mark.parametrize(
    ("first", "rest"),
    [("CENTRE HOSPITALIER INTERCOMMUNAL DES DEUX", "RIVIÈRES"),
     ("École nationale supérieure des métiers", "Bois du Jura"),
     ("Université de la Haute-Garonne Jeanne", "Barret"), ("Communauté de communes du Bassin", "Lédonien")],
)  # fmt: skip
def test_a_bodys_name_continues_where_its_next_word_had_no_room(first: str, rest: str) -> None:
    assert _body(first, rest) == f"{first} {rest}"


@pytest.mark.parametrize(
    ("name", "below"),
    [("Communauté de communes du Pays lédonien", "Maison des services"), ("Métropole Alpes-Rhône", "Le Forum"),
     ("Région de gendarmerie de Franche-Comté", "Caserne Bregille"), ("Ville de Saint-Aubin", "Ardennes"),
     ("Centre hospitalier de la Côte Blanche", "La Brèche du Bois"),
     ("Préfecture de la Haute-Serre et du Jura", "CPCM Est"),
     ("Parc naturel régional des Landes du Nord", "Délégation Bretagne"), ("MÉTROPOLE ALPES-RHÔNE", "LE FORUM")],
)  # fmt: skip
def test_a_building_or_a_unit_under_a_bodys_name_is_no_part_of_it(name: str, below: str) -> None:
    assert _body(name, below) == name


def test_a_code_under_the_kind_of_a_body_is_no_part_of_its_name() -> None:
    assert _body("Mairie", "24S0099") == "Mairie"


@pytest.mark.parametrize(
    "line",
    ["Pharmaciens titulaires : Mme H. ROCHE", "Gérants associés : Anne et Paul Roche", "Direction Roche : 05 65 78 90",
     "Horaires bureau : 8 h - 17 h"],
)  # fmt: skip
def test_words_before_a_colon_are_a_caption_also_where_no_label_is_known(line: str) -> None:
    own = _column(50, 64, 12, line, "41 rue du Maréchal Foch - 71600 PARAY", "SIRET 732 829 320 00074 - APE 4773Z")
    assert value(read(*own, *WINDOW), "supplier_name") is None


@pytest.mark.parametrize("line", ["Client : Roche Habitat", "Destinataire : Roche (Lot)", "Nom : Roche Habitat"])
def test_a_name_may_follow_a_label_and_a_colon(line: str) -> None:
    own = _column(50, 264, 12, line, "41 rue du Maréchal Foch", "71600 PARAY", "SIRET 212 902 121 00012")
    assert str(value(read(*own, FOOT), "recipient_name")).startswith("Roche")


def _side_bar(*lines: str, host: str = "etude@roche-morel.fr") -> object:
    head = page(*_column(60, 40, 13.6, *lines), size=11)
    rest = _column(60, 120, 10.5, "Jean-Luc Roche", "Pascale Morel", "17 place du Palais", "86000 POITIERS", host)
    return value(
        read_document([onto(head, page(*rest, (60, 200, "SIRET : 73282932000074"), *WINDOW))]), "supplier_name"
    )


@pytest.mark.parametrize(
    ("lines", "name"),
    [(("S.C.P.", "ROCHE -", "MOREL-BRETON", "Commissaires de Justice associés"), "S.C.P. ROCHE - MOREL-BRETON"),
     (("SARL", "Roche et Filles", "Maçonnerie"), "SARL Roche et Filles"),
     (("SELARL", "Roche – Morel –", "Vasseur", "Avocats"), "SELARL Roche – Morel – Vasseur")],
)  # fmt: skip
def test_a_legal_form_alone_opens_the_name_under_it(lines: tuple[str, ...], name: str) -> None:
    assert _side_bar(*lines) == name


@pytest.mark.parametrize(
    "profession",
    ["Commissaires de Justice associés", "Notaires associés", "Pharmaciens titulaires", "Experts-comptables", "S.C.P.",
     "Docteurs vétérinaires", "Géomètres-experts associés"],
)  # fmt: skip
def test_a_profession_is_no_name(profession: str) -> None:
    assert not looks_like_a_name(profession)
    assert _side_bar(profession) is None


@pytest.mark.parametrize("name", ["Cour d'appel de Rouen", "Pharmacie Roche", "Roche Notaires", "Roche & Associés"])
def test_a_name_may_contain_a_profession(name: str) -> None:
    assert looks_like_a_name(name)


def test_a_dash_at_the_end_of_a_line_is_no_part_of_a_whole_name() -> None:
    lines = _column(50, 40, 12, "Roche Terrassement -", "3 chemin du Puech", "12100 MILLAU", "SIRET 732 829 320 00074")
    assert value(read(*lines, *WINDOW), "supplier_name") == "Roche Terrassement"


def _branded(
    *lines: str, foot: str = "SIRET 732 829 320 00074 - APE 0149Z", window: str = "Commune de Plouzané"
) -> object:
    """The supplier's name of a page with a brand in large letters over its address."""
    brand = page((50, 40, "Maison Roche"), size=16)
    own = _column(50, 62, 11, *lines, "3 quai Vauban", "25290 ORNANS", "Tél. 03 81 57 00 28")
    rest = page(*own, (330, 130, window), *WINDOW[1:3], (50, 800, foot))
    return value(read_document([onto(brand, rest)]), "supplier_name")


@pytest.mark.parametrize(
    ("lines", "foot", "name"),
    [(("Sarl Vasseur-Delaunay & Fils",), FOOT[2], "Sarl Vasseur-Delaunay & Fils"),
     (("SELAS VETPONT – Drs A. Corbier, M. Hoarau",), FOOT[2], "SELAS VETPONT"),
     ((), f"VASSEUR ET DELAUNAY – SAS au capital de 80.000 euros – {FOOT[2]}", "VASSEUR ET DELAUNAY")],
)  # fmt: skip
def test_the_legal_name_is_the_suppliers_where_a_brand_is_over_it(lines: tuple[str, ...], foot: str, name: str) -> None:
    assert _branded(*lines, foot=foot) == name


@pytest.mark.parametrize(
    ("lines", "foot", "window"),
    [((), f"Maison Roche – {FOOT[2]}", "SEM Tours Habitat"),
     (("Membre du groupe Vasseur SA",), f"Maison Roche – {FOOT[2]}", WINDOW[0][2]),
     ((), f"Maison Roche – SAS – {FOOT[2]}", "SPL Eaux du Causse")],
)  # fmt: skip
def test_another_companys_legal_name_is_not_the_suppliers(lines: tuple[str, ...], foot: str, window: str) -> None:
    assert _branded(*lines, foot=foot, window=window) in ("Maison Roche", None)


def _over_a_form(first: str, form: str) -> object:
    large = page((120, 40, first), size=14)
    lines = _column(120, 58, 12, form, "Maison des sports, 19 rue Basse, 21000 Dijon")
    return value(read_document([onto(large, page(*lines, *WINDOW, FOOT))]), "supplier_name")


@pytest.mark.parametrize(
    ("name", "form"),
    [("Ligue Escalade & Canyon du Centre", "Association loi 1901 déclarée en préfecture sous le n° W212003118"),
     ("Comité des fêtes de Vern", "Association régie par la loi de 1901"), ("Roche Études", "SAS au capital de 9000 €"),
     ("Les amis du Causse", "Association reconnue d'utilité publique")],
)  # fmt: skip
def test_a_letterhead_over_its_legal_form_is_a_name(name: str, form: str) -> None:
    assert _over_a_form(name, form) == name


@pytest.mark.parametrize(
    ("first", "below"),
    [("Le goût du vrai", "SAS au capital de 9 000 €"), ("Ensemble vers les sommets", "19 rue Haute"),
     ("Nos adhérents d'abord", "Association loi 1901")],
)  # fmt: skip
def test_a_slogan_over_a_legal_form_is_no_name(first: str, below: str) -> None:
    assert _over_a_form(first, below) is None


@pytest.mark.parametrize("caption", ["Diffuseur", "Annonceur", "Abonné", "MANDANT", "Locataire", "Lieu de vente"])
def test_a_caption_that_no_label_knows_is_not_the_name_over_which_it_is(caption: str) -> None:
    assert _body(caption, "Habitat Vexin") == "Habitat Vexin"


@pytest.mark.parametrize("caption", ["Diffuseur", "ANNONCEUR", "Bailleur"])
def test_what_a_party_is_in_a_contract_is_no_name(caption: str) -> None:
    assert _body(caption) is None
    own = _column(50, 40, 12, caption, "8 chemin du Mas", "30120 LE VIGAN", "SIRET 732 829 320 00074")
    assert value(read(*own, *WINDOW), "supplier_name") is None


@pytest.mark.parametrize("first", ["INRAE", "Tramways du Vexin", "Keolis"])
def test_a_name_over_a_place_is_no_caption(first: str) -> None:
    assert _body(first, "Le Forum") == first


@pytest.mark.parametrize("below", ["Centre de prestations comptables mutualisé", "Service facturier"])
def test_a_suppliers_name_with_what_it_does_is_not_the_recipients(below: str) -> None:
    own = (50, 800, "RÉGIE DU LEVANT – SARL au capital de 9 000 € – SIRET 732 829 320 00074")
    head = _column(50, 40, 12, "RÉGIE DU LEVANT", "régie publicitaire de Radio Morel", "8 rue Haute", "30120 LE VIGAN")
    body = _column(330, 130, 12, "Annonceur / facturé à", "Ministère de la Culture - DRAC Centre", below, "6 rue Haute",
                   "45043 ORLEANS CEDEX 1", "Siret 11004601800435")  # fmt: skip
    assert value(read(*head, *body, own), "recipient_name") == "Ministère de la Culture - DRAC Centre"


@pytest.mark.parametrize(
    "form",
    ["Société publique locale", "société anonyme", "Société d'économie mixte", "société à responsabilité limitée"],
)
def test_a_legal_form_in_words_after_a_dash_is_no_part_of_a_name(form: str) -> None:
    legal = f"SPL EAUX DU VAL DE SEREIN – {form} au capital de 225 000 € – RCS Auxerre 804 512 762"
    reading = read((50, 60, "FACTURE n° F26-118"), (50, 100, "SIRET : 80451276200027"), (50, 700, legal))
    assert value(reading, "supplier_name") == "SPL EAUX DU VAL DE SEREIN"


_NUMBER = (50.0, 60.0, "FACTURE n° F26-118")


def test_a_bodys_name_of_three_lines_is_whole_and_its_second_name_is_not_added() -> None:
    lines = ("Syndicat Intercommunal d'Adduction d'Eau", "Potable et d'Assainissement de la Vallée de la", "Bresle")
    town = ((300.0, 136.0, "Mairie"), (300.0, 148.0, "76340 BLANGY-SUR-BRESLE"))
    placed = [(300.0, 100.0 + 12 * at, line) for at, line in enumerate(lines)]
    assert value(read(_NUMBER, *placed, *town), "recipient_name") == " ".join(lines)
    second = ((300, 112, "Centre communal d'action sociale"), (300, 124, "06230 VILLEFRANCHE"))
    found = value(read(_NUMBER, (300, 100, "CCAS de Villefranche-Corniche"), *second), "recipient_name")
    assert found == "CCAS de Villefranche-Corniche"


def test_a_bank_over_its_account_is_no_recipient() -> None:
    bank = (
        (50, 600, "Paiement"),
        (50, 612, "Établissement Qonto"),
        (50, 624, "IBAN FR76 1450 5398 4599 9104 3368 670"),
    )
    assert value(read(_NUMBER, *bank), "recipient_name") is None


def test_partners_after_a_comma_are_part_of_a_firms_name() -> None:
    legal = "SELARL DELMAS, OUKACI & BRÉHIER au capital de 30 000 € – RCS Montpellier 804 512 762"
    reading = read(_NUMBER, (50, 100, "SIRET : 80451276200027"), (50, 700, legal))
    assert str(value(reading, "supplier_name")).endswith("DELMAS, OUKACI & BRÉHIER")
    trade = "SARL DELMAS, plomberie et chauffage au capital de 30 000 € – RCS Montpellier 804 512 762"
    assert "BRÉHIER" not in str(value(read(_NUMBER, (50, 700, trade)), "supplier_name"))


def test_the_end_of_a_name_after_a_label_is_no_name_alone() -> None:
    lines = ((300, 100, "DOIT : Établissement Français des Jardins et du"), (300, 112, "Patrimoine"))
    found = value(
        read(_NUMBER, *lines, (300, 124, "6 cour du Château"), (300, 136, "77300 FONTAINEBLEAU")), "recipient_name"
    )
    assert found in (None, "Établissement Français des Jardins et du Patrimoine")
