"""The parties of the generated invoices: invented suppliers, public bodies, goods and identifiers.

Names and numbers are synthetic. SIRETs are Luhn valid unless asked otherwise (test SIRETs in the field often
are not, and a reader must accept them); IBANs always carry right check digits. Everything comes from a ``Random``.
"""

from dataclasses import dataclass
from random import Random

from tools.invoice_generator.model import BankAccount, Party

STREETS = (
    "12 rue des Tilleuls",
    "4 bis rue Victor-Hugo",
    "ZA des Quatre-Vents",
    "27 avenue du Général-Leclerc",
    "118 boulevard de la Liberté",
    "3 impasse du Moulin",
    "56 quai de la Fosse",
    "9 chemin des Vignes",
    "ZI Nord - 15 rue Gutenberg",
    "1 allée des Érables",
    "240 route de Narbonne",
    "33 cours Gambetta",
    "7 place du Marché-aux-Fleurs",
    "Parc Technologique - Bât. C",
    "81 rue du Faubourg-Saint-Denis",
    "19 rue Jean-Jaurès",
    "2 rue de l'Église",
    "64 avenue de la République",
)
TOWNS = (
    ("21000", "DIJON"),
    ("44100", "NANTES"),
    ("31400", "TOULOUSE"),
    ("69007", "LYON"),
    ("35200", "RENNES"),
    ("67100", "STRASBOURG"),
    ("59800", "LILLE"),
    ("13008", "MARSEILLE"),
    ("37000", "TOURS"),
    ("29200", "BREST"),
    ("64000", "PAU"),
    ("87000", "LIMOGES"),
    ("25000", "BESANÇON"),
    ("76600", "LE HAVRE"),
    ("06300", "NICE"),
    ("80000", "AMIENS"),
    ("17000", "LA ROCHELLE"),
    ("74000", "ANNECY"),
    ("45100", "ORLÉANS"),
    ("75011", "PARIS"),
    ("33300", "BORDEAUX"),
    ("38100", "GRENOBLE"),
    ("63000", "CLERMONT-FERRAND"),
    ("54000", "NANCY"),
)
RCS_TOWNS = ("Dijon", "Nantes", "Toulouse", "Lyon", "Rennes", "Strasbourg", "Lille Métropole", "Tours", "Paris")

TRADES: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]] = {
    # trade: (company names, (description, unit, unit price))
    "works": (
        (
            "Maçonnerie Térrier & Fils",
            "SARL Charpentes du Vexin",
            "BTP Loire Atlantique",
            "Peintures Morvan",
            "ETANCHÉITÉ 2000",
            "Électricité Générale Kerdoncuff",
            "Travaux Publics Vasseur SAS",
        ),
        (
            ("Dépose et évacuation des cloisons existantes", "m²", "28.50"),
            ("Enduit de façade deux couches", "m²", "41.20"),
            ("Fourniture et pose de bordures T2", "ml", "36.00"),
            ("Reprise d'étanchéité de toiture-terrasse", "m²", "64.75"),
            ("Installation de chantier", "ens", "1850.00"),
            ("Tableau électrique divisionnaire", "u", "742.00"),
            ("Peinture glycéro sur boiseries", "m²", "18.90"),
            ("Location de nacelle 16 m", "jour", "215.00"),
            ("Terrassement en tranchée", "m3", "22.40"),
            ("Menuiserie aluminium double vitrage", "u", "688.00"),
        ),
    ),
    "supplies": (
        (
            "Bureau Plus Distribution",
            "PAPETERIE DU CENTRE",
            "Fournitures Scolaires Lemoine",
            "OUTILLAGE DE L'ARMOR",
            "Hygiène & Propreté Delcourt",
            "Quincaillerie Faure",
            "Mobilier Urbain Alsace SAS",
        ),
        (
            ("Ramette papier A4 80 g blanc", "u", "4.35"),
            ("Stylo bille bleu, boîte de 50", "bte", "11.90"),
            ("Armoire haute 2 portes", "u", "312.00"),
            ("Désinfectant multi-surfaces 5 L", "bid", "17.64"),
            ("Gants nitrile taille M, boîte de 100", "bte", "8.75"),
            ("Banc public bois exotique", "u", "489.00"),
            ("Tableau blanc émaillé 120 x 200", "u", "174.30"),
            ("Sacs poubelle 110 L, rouleau de 25", "rlx", "6.12"),
            ("Cartouche toner noir XL", "u", "96.40"),
            ("Perceuse-visseuse 18 V", "u", "158.25"),
        ),
    ),
    "services": (
        (
            "Nettoyage Industriel Breton",
            "SÉCURITÉ PRÉVENTION SUD",
            "Ascenseurs Delage",
            "Cap Conseil Territoires",
            "Paysages & Jardins du Perche",
            "Atelier d'Architecture Nolwenn Le Goff",
            "INFOGÉRANCE ALPES SAS",
        ),
        (
            ("Entretien des espaces verts - passage mensuel", "forf.", "640.00"),
            ("Nettoyage des vitres", "h", "27.80"),
            ("Astreinte week-end", "u", "185.00"),
            ("Maintenance préventive ascenseur", "trim.", "412.50"),
            ("Mission d'assistance à maîtrise d'ouvrage", "jour", "780.00"),
            ("Agent de sécurité SSIAP 1", "h", "24.36"),
            ("Supervision des serveurs", "mois", "1290.00"),
            ("Rédaction du rapport de phase 2", "forf.", "2150.00"),
            ("Taille de haies", "ml", "5.40"),
            ("Ronde de nuit", "u", "32.15"),
        ),
    ),
    "food": (
        (
            "Primeurs du Marais",
            "Boucherie Collective Auvergnate",
            "LAITERIE DES TROIS VALLÉES",
            "Traiteur Gourmandise",
            "Boulangerie Rousseau-Petit",
            "Épicerie des Collectivités",
        ),
        (
            ("Pommes Gala cal. 150/170, colis 13 kg", "col", "21.45"),
            ("Yaourt nature bio 125 g x 24", "col", "9.84"),
            ("Sauté de porc label rouge", "kg", "8.92"),
            ("Baguette tradition", "u", "0.86"),
            ("Buffet froid 40 personnes", "forf.", "596.00"),
            ("Carottes râpées 2,5 kg", "pch", "6.30"),
            ("Beurre doux 82 % plaquette 250 g", "u", "2.18"),
            ("Huile de tournesol 10 L", "bid", "18.75"),
            ("Emmental râpé 1 kg", "sac", "7.59"),
            ("Eau de source 1,5 L pack de 6", "pck", "1.94"),
        ),
    ),
    "health": (
        ("Médical Équipement Atlantique", "LABORATOIRES VERNEUIL", "Pharma Distribution Est", "Orthopédie Masson"),
        (
            ("Compresses stériles 10 x 10, boîte de 50", "bte", "3.48"),
            ("Cathéter court 20G", "u", "0.92"),
            ("Lit médicalisé électrique", "u", "1120.00"),
            ("Solution hydroalcoolique 500 ml", "fl", "3.15"),
            ("Seringue 10 ml, boîte de 100", "bte", "12.60"),
            ("Maintenance moniteur multiparamétrique", "forf.", "345.00"),
            ("Champ opératoire 75 x 90", "u", "1.37"),
            ("Poche de nutrition entérale 1 L", "u", "5.08"),
        ),
    ),
    "utilities": (
        ("Énergies du Grand Ouest", "ÉLECTRICITÉ DES ALPES", "Lumen Collectivités", "Régie Gaz & Eaux Services"),
        (
            ("Abonnement", "mois", "38.42"),
            ("Consommation heures pleines", "MWh", "142.35"),
            ("Consommation heures creuses", "MWh", "98.17"),
            ("Acheminement - part fixe", "mois", "61.08"),
            ("Consommation gaz naturel", "MWh", "76.90"),
            ("Service d'urgence et d'entretien", "mois", "12.50"),
        ),
    ),
    "culture": (
        (
            "Librairie L'Encre et la Plume",
            "Compagnie du Théâtre d'Ombres",
            "Imprimerie Graphi-Ouest",
            "Studio Son & Scène",
            "Éditions du Chêne Creux",
        ),
        (
            ("Ouvrages jeunesse, sélection médiathèque", "lot", "318.00"),
            ("Impression bulletin municipal 24 p.", "ex", "0.64"),
            ("Sonorisation fête de la musique", "forf.", "1450.00"),
            ("Affiches 40 x 60 quadri", "u", "1.12"),
            ("Atelier d'écriture, séance de 2 h", "u", "140.00"),
            ("Location structure scénique 6 x 4", "jour", "390.00"),
            ("Reliure de registres d'état civil", "u", "86.00"),
        ),
    ),
}

PUBLIC_BODIES: tuple[tuple[str, str, str], ...] = (
    # name, SIREN prefix of its kind, first address line
    ("Mairie de Pont-l'Abbaye", "21", "Place de l'Hôtel-de-Ville"),
    ("Commune de Saint-Ouen-les-Bois", "21", "1 place de la Mairie"),
    ("Ville de Grandvilliers-sur-Aube", "21", "Hôtel de Ville - BP 40012"),
    ("Département du Haut-Vercors", "22", "Hôtel du Département"),
    ("Conseil départemental de la Vallée-Noire", "22", "20 rue de la Préfecture"),
    ("Région Armor-Maine", "23", "283 avenue du Général-Patton"),
    ("Communauté d'agglomération Rives de Saône", "20", "5 quai de la Gare"),
    ("Communauté de communes Terres d'Argence", "20", "Maison de l'Intercommunalité"),
    ("Métropole Estuaire Atlantique", "24", "2 cours du Champ-de-Mars"),
    ("Centre hospitalier universitaire de Clairmont", "26", "1 place de l'Hôpital"),
    ("Centre hospitalier Louis-Pasteur de Brécey", "26", "46 rue du Val"),
    ("CCAS de Fontaine-le-Port", "26", "18 rue du 8-Mai-1945"),
    ("Lycée Marguerite-Yourcenar", "19", "12 avenue des Lilas"),
    ("Collège Simone-Veil de Lannilis", "20", "Rue des Écoles"),
    ("Université Sorgues-Méditerranée", "19", "74 rue Louis-Pasteur"),
    ("Ministère de la Transition énergétique", "11", "Tour Séquoia"),
    ("Ministère des Armées - PFC Sud-Est", "11", "Quartier Carnot"),
    ("Préfecture des Hauts-Plateaux", "17", "Rue de la Citadelle"),
    ("DDT de la Vallée-Noire", "13", "Cité administrative"),
    ("Syndicat intercommunal d'énergie du Bocage", "25", "3 rue du Transformateur"),
    ("SIVOM du Pays de Retz", "25", "Zone de la Grande-Lande"),
    ("Office public de l'habitat Bas-Rhône Habitat", "27", "9 boulevard Carnot"),
    ("SDIS de l'Orne-Amont", "28", "Rue du Capitaine-Renaud"),
    ("Caisse des écoles du Vieux-Port", "26", "Hôtel de Ville"),
    ("Établissement public du Parc naturel des Monts d'Ardèze", "18", "Domaine de Rochebelle"),
)

SERVICE_CODES = (
    "STECH",
    "DRH",
    "W9",
    "FAC0000075",
    "D2200DSI59",
    "SERV-FINANCES",
    "CULTURE",
    "ST01",
    "10044",
    "DGA_EDU",
    "PATRIMOINE BATI",
    "CPFI-44",
    "SG2",
    "BATIMENTS",
    "ESPVERTS",
    "RESTAURATION",
    "DSI",
    "EJ-SCOL-02",
    "FINANCES",
    "0250",
    "ACHATS",
    "ECOLES",
    "PFC2EST01",
    "LOG-MAG1",
    "DIR GENERALE",
)
LEGAL_FORMS = (("SAS", "150 000"), ("SARL", "8 000"), ("SA", "1 200 000"), ("SASU", "5 000"), ("EURL", "7 500"))
BANKS = ("Crédit Agricole", "Banque Populaire", "CIC Ouest", "Société Générale", "La Banque Postale", "BNP Paribas")


@dataclass(frozen=True)
class Names:
    """The names from which a family of layouts draws its parties."""

    trades: dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]]
    bodies: tuple[tuple[str, str, str], ...]
    service_codes: tuple[str, ...]


DEV_NAMES = Names(TRADES, PUBLIC_BODIES, SERVICE_CODES)


@dataclass(frozen=True)
class Cast:
    """The two parties of one invoice with the goods between them."""

    supplier: Party
    recipient: Party
    goods: tuple[tuple[str, str, str], ...]


def luhn_ok(digits: str) -> bool:
    """Whether a run of digits passes the Luhn check."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _with_luhn(stem: str) -> str:
    return next(stem + last for last in "0123456789" if luhn_ok(stem + last))


def siren(rng: Random, prefix: str = "") -> str:
    """A Luhn-valid SIREN; public bodies' begin with the two digits of their kind."""
    stem = prefix or str(rng.choice((3, 4, 5, 7, 8, 9)))
    while len(stem) < 8:
        stem += str(rng.randint(0, 9))
    return _with_luhn(stem)


def siret(rng: Random, prefix: str = "", *, valid: bool = True) -> str:
    """A SIRET on a valid SIREN; ``valid=False`` spoils its last digit."""
    stem = siren(rng, prefix) + f"{rng.choice((1, 1, 1, 2, 3, 12, 25, 104)):04d}"
    good = _with_luhn(stem)
    return good if valid else stem + str((int(good[-1]) + rng.randint(1, 9)) % 10)


def vat_number(siren_digits: str) -> str:
    """The French VAT number of a SIREN."""
    return f"FR{(12 + 3 * (int(siren_digits) % 97)) % 97:02d}{siren_digits}"


def bank_account(rng: Random) -> BankAccount:
    """A French account with right RIB key and IBAN check digits."""
    bank = rng.choice(("30002", "30003", "30004", "10278", "14505", "17569", "20041", "11315", "16606"))
    branch = f"{rng.randint(0, 99999):05d}"
    number = f"{rng.randint(0, 10**11 - 1):011d}"
    key = 97 - (89 * int(bank) + 15 * int(branch) + 3 * int(number)) % 97
    bban = f"{bank}{branch}{number}{key:02d}"
    check = 98 - int(f"{bban}152700") % 97
    bic = rng.choice(("AGRIFRPP", "CCBPFRPP", "CMCIFRPP", "SOGEFRPP", "PSSTFRPP", "BNPAFRPP")) + rng.choice(
        ("", "836", "NAN")
    )
    return BankAccount(f"FR{check:02d}{bban}", bank, branch, number, f"{key:02d}", bic, rng.choice(BANKS))


def supplier(rng: Random, name: str) -> Party:
    """A private company of that name with every identifier an invoice carries."""
    form, capital = rng.choice(LEGAL_FORMS)
    number = siret(rng, valid=rng.random() > 0.12)
    postcode, town = rng.choice(TOWNS)
    mail = "".join(c for c in name.lower() if c.isascii() and c.isalpha())[:14]
    return Party(
        name=name,
        siret=number,
        vat=vat_number(number[:9]),
        street=rng.choice(STREETS),
        postcode=postcode,
        town=town,
        phone=" ".join([f"0{rng.randint(1, 5)}", *(f"{rng.randint(0, 99):02d}" for _ in range(4))]),
        mail=f"contact@{mail}.example",
        legal_form=form,
        capital=capital,
        rcs=rng.choice(RCS_TOWNS),
        ape=f"{rng.randint(10, 96)}{rng.randint(10, 99)}{rng.choice('ABCZ')}",
    )


def public_body(rng: Random, names: Names) -> Party:
    """A public body that receives invoices on Chorus Pro."""
    name, prefix, street = rng.choice(names.bodies)
    number = siret(rng, prefix, valid=rng.random() > 0.12)
    postcode, town = rng.choice(TOWNS)
    if rng.random() < 0.3:
        town += " CEDEX" + rng.choice(("", " 1", " 9"))
    return Party(name=name, siret=number, street=street, postcode=postcode, town=town)


def cast(rng: Random, trades: tuple[str, ...], names: Names) -> Cast:
    """A supplier of one of the trades, a public body, and what the one sells the other."""
    companies, goods = names.trades[rng.choice(trades or tuple(names.trades))]
    return Cast(supplier(rng, rng.choice(companies)), public_body(rng, names), goods)


def invoice_number(rng: Random, year: int) -> str:
    """An invoice number in one of the many shapes suppliers use."""
    n = rng.randint(37, 9999)
    return rng.choice(
        (
            f"F{year}-{n:04d}",
            f"FA{n:06d}",
            f"{year}{n:05d}",
            f"FC {n:05d}",
            f"{n:04d}/{year % 100}",
            f"FACT-{year}-{n:03d}",
            f"{rng.randint(100000, 999999)}",
            f"VE{year % 100}{n:05d}",
            f"{year}/{rng.randint(1, 12):02d}/{n:03d}",
            f"FV-{n:04d}-{rng.choice('ABCD')}",
            f"26{rng.randint(1, 12):02d}{n:04d}",
            f"{n}",
            f"N{n:05d}",
            f"{rng.choice(('LY', 'NT', 'PX'))}{n:04d}_{year}",
        )
    )


def engagement_number(rng: Random) -> str:
    """An engagement or order number: the State's ten digits, or free text of local bodies."""
    n = rng.randint(1, 99999)
    return rng.choice(
        (
            f"14{rng.randint(0, 10**8 - 1):08d}",
            f"15{rng.randint(0, 10**8 - 1):08d}",
            f"BC{n:06d}",
            f"2026-{n:05d}",
            f"{n:06d}",
            f"26ST{n:05d}",
            f"ENG{n:05d}/26",
            f"VI{n:06d}",
            f"26D{n:06d}",
            f"CF-2026-{n:04d}",
            f"{rng.randint(4 * 10**9, 5 * 10**9 - 1)}",
        )
    )


def contract_number(rng: Random) -> str:
    """A public contract's number."""
    n = rng.randint(1, 99)
    return rng.choice(
        (
            f"2025M{n:03d}",
            f"2024-{n:02d}-L03",
            f"25S{n:04d}",
            f"AOO-2025-{n:03d}",
            f"MP{n:03d}/2025",
            f"2023TX{n:04d}00",
        )
    )
