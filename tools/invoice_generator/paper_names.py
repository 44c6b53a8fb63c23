"""Suppliers, public bodies and service codes of ``layouts_dev_papers`` and ``layouts_dev_prints``: a cast for each."""

from tools.invoice_generator.world import TRADES, Names

_FEES = (
    ("Consultation et avis écrit", "h", "145.00"),
    ("Étude préliminaire", "forf.", "2400.00"),
    ("Relevé topographique et plan de bornage", "jour", "690.00"),
    ("Rédaction d'un acte", "u", "820.00"),
    ("Assistance aux opérations d'expertise", "h", "132.00"),
    ("Note de synthèse", "u", "560.00"),
    ("Vacation et déplacement", "u", "95.00"),
)


def _trades(
    suppliers: dict[str, tuple[str, ...]],
) -> dict[str, tuple[tuple[str, ...], tuple[tuple[str, str, str], ...]]]:
    return {trade: (names, _FEES if trade == "counsel" else TRADES[trade][1]) for trade, names in suppliers.items()}


PAPER_NAMES = Names(
    trades=_trades(
        {
            "works": (
                "Établissements Caradec",
                "Façades du Béarn SARL",
                "ROUTES ET RÉSEAUX DU JURA",
                "Couverture Zingarelli",
            ),
            "supplies": ("Disprobur", "Établissements Nogaret et Cie", "L'Équipement Municipal", "SIGNA'VILLE"),
            "services": ("Belle-Île Propreté", "Ingénierie Sismique Conseil", "ARBOREA", "Transports Gicquel"),
            "food": ("Ferme de la Pommeraye", "Grossiste Marée Iroise", "LES MOULINS D'ESTAING", "Cafés Baratier"),
            "health": (
                "Oxygène Santé Rhône",
                "INSTRUMENTS DUVIVIER",
                "Laboratoire Calendre",
                "Mobilité & Autonomie 86",
            ),
            "utilities": (
                "Régie des Eaux du Val-Cenis",
                "Chauffage Urbain de Rosny-Est",
                "SYANE GAZ",
                "Électrons Verts SCIC",
            ),
            "culture": (
                "Orchestre de Chambre du Layon",
                "Presses de la Tour Noire",
                "CINÉ-VILLAGES",
                "Reprographie Sabatier",
            ),
            "counsel": (
                "Cabinet Thévenot-Alary",
                "Maître Ségolène Vauquelin",
                "Agence Trame Urbaine",
                "Géomètres Pons",
            ),
        }
    ),
    bodies=(
        ("Mairie de Vézins-le-Coquet", "21", "2 place des Tilleuls"),
        ("Commune de Roquebrune-d'Agenais", "21", "Avenue de la Mairie"),
        ("Ville de Châtelneuf-sur-Loue", "21", "1 rue de l'Hôtel-de-Ville - BP 117"),
        ("Commune nouvelle des Trois-Clochers", "21", "14 rue Principale"),
        ("Département de la Haute-Sambre", "22", "51 rue Gustave-Delory"),
        ("Conseil régional Rhin-et-Vosges", "23", "1 place Adrien-Zeller"),
        ("Grand Lac Agglomération du Bugey", "20", "1500 boulevard Lepic"),
        ("Communauté de communes du Haut-Poher", "20", "Place de la Tour-d'Auvergne"),
        ("Syndicat mixte des transports Sillon Mosan", "25", "11 rue des Frères-Lumière"),
        ("Centre hospitalier du Pays d'Ouche", "26", "Rue du Docteur-Roux"),
        ("Hospices réunis de Saint-Aventin", "26", "3 quai des Célestins"),
        ("CIAS Val de Creuse", "26", "8 rue Ledru-Rollin"),
        ("Lycée polyvalent Germaine-Tillion", "19", "80 avenue du 11-Novembre"),
        ("Collège Les Hautes-Ourmes", "20", "Chemin du Halage"),
        ("Université Littoral-Picardie", "19", "1 place de l'Yser"),
        ("Institut national d'études hydrauliques", "18", "6 quai Watier"),
        ("Direction interrégionale des douanes d'Aquitaine", "17", "1 quai de la Douane"),
        ("Ministère de l'Enseignement supérieur", "11", "1 rue Descartes"),
        ("Tribunal judiciaire de Mirecastel", "17", "Palais de justice"),
        ("Oise Logis, office public de l'habitat", "27", "6 place de la Gare"),
        ("SDIS du Val-d'Allier", "28", "5 rue de l'Arsenal"),
        ("Chambre d'agriculture des Deux-Rives", "18", "Maison de l'agriculture"),
    ),
    service_codes=(
        "BUDGET-CP",
        "DST02",
        "7701",
        "MARCHES",
        "D5901PM001",
        "SCOLAIRE",
        "VOIRIE",
        "CRECHES",
        "UF4410",
        "ADM GALE",
        "FACTURES_PUB",
        "SI-INFRA",
        "LABO",
        "EVENEMENT",
        "DIRPAT",
        "0031",
        "GARAGE",
        "MEDIATHEQUE",
        "PFRA-BFC",
        "S_COMPTA",
    ),
)

PRINT_NAMES = Names(
    trades=_trades(
        {
            "works": (
                "Menuiserie Agencement Puech",
                "SOGETRA OCÉAN",
                "Serrurerie Delanoë Frères",
                "Élagage & Terrassement Bizien",
            ),
            "supplies": (
                "Centrale d'Achat du Trégor",
                "PROMAT COLLECTIVITÉS",
                "Jouets et Pédagogie Marcilly",
                "Droguerie Vautrin",
            ),
            "services": (
                "Contrôle Technique Ardennais",
                "SERENIA GARDIENNAGE",
                "Maître Hélène Castaing",
                "Dératisation du Midi",
                "Kaolin Informatique",
            ),
            "food": ("Maraîchers de l'Authie", "Viandes Salers-Cantal", "GLACES ALPINA", "Pains et Traditions Guéret"),
            "health": (
                "Stérimed Centre",
                "OPTIQUE MÉDICALE WEIL",
                "Pharmacie Centrale Daumesnil",
                "Ambulances de la Baie",
            ),
            "utilities": (
                "Compagnie Fermière des Eaux",
                "Ardèche Énergie Services",
                "NÉOWATT",
                "Fibre & Territoires SPL",
            ),
            "culture": (
                "Ensemble Vocal Polyphonia",
                "Musée Itinérant Production",
                "LIVRES EN TÊTE",
                "Photogravure Lachaud",
            ),
        }
    ),
    bodies=(
        ("Mairie de Lussac-les-Étangs", "21", "Place Jean-Moulin"),
        ("Ville de Bourgneuf-en-Saintonge", "21", "Esplanade de la Liberté"),
        ("Commune de Trébédan-Plage", "21", "22 rue du Port"),
        ("Commune d'Escoussens-le-Vieux", "21", "Rue du Fort"),
        ("Département de l'Ardenne-Sud", "22", "Hôtel du Département - CS 20001"),
        ("Métropole Vallée du Gier", "24", "2 avenue Grüner"),
        ("Communauté d'agglomération Porte de Sologne", "20", "34 rue de la Villette"),
        ("Communauté de communes Entre Bièvre et Rhône", "20", "Rue du 19-Mars-1962"),
        ("Syndicat des eaux de la Vallée de l'Arques", "25", "17 route de Dieppe"),
        ("Groupe hospitalier Brocéliande-Atlantique", "26", "20 boulevard Guillaudot"),
        ("Centre hospitalier spécialisé du Vinatier-Nord", "26", "95 boulevard Pinel"),
        ("Résidence autonomie Les Genêts", "26", "5 rue des Ajoncs"),
        ("Lycée agricole du Bas-Poitou", "19", "Allée des Druides"),
        ("Lycée des métiers Rosa-Parks", "19", "Avenue de l'Europe"),
        ("École nationale des travaux ruraux", "18", "1 quai Koch"),
        ("Université Nice-Provence", "19", "28 avenue Valrose"),
        ("Direction départementale de la protection des populations du Ternois", "13", "Rue de Wetz"),
        ("Ministère de la Culture - DRAC Ponant", "11", "6 rue du Chapitre"),
        ("Secrétariat général pour l'administration de la police Est", "17", "Espace Riberpray"),
        ("Office public Mayenne Logement", "27", "10 rue Auguste-Beuneux"),
        ("Service départemental d'incendie de la Sarthe-Aval", "28", "13 boulevard Saint-Michel"),
    ),
    service_codes=(
        "COMPTABILITE",
        "SVC-TECH",
        "2204",
        "DEEJ",
        "D9401CT003",
        "PETITE_ENFANCE",
        "AEP",
        "RESTO-SCOL",
        "UF0117",
        "DIRECTION GEN",
        "CHORUS01",
        "NUMERIQUE",
        "STERIL",
        "FETES",
        "IMMO",
        "0088",
        "PARC-AUTO",
        "ARCHIVES",
        "PFI-GRAND-EST",
        "MANDATEMENT",
    ),
)
