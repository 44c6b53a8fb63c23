"""Suppliers, public bodies and service codes that only the layouts of ``layouts_dev_offices`` use."""

from tools.invoice_generator.world import TRADES, Names

_SUPPLIERS = {
    "works": ("Toitures Lefèvre-Anglade", "SNC Génie Civil du Rouergue", "Plâtrerie Ouattara", "VRD SERVICES 53"),
    "supplies": (
        "Comptoir du Bâtiment Gascon",
        "LIBRAIRIE-PAPETERIE HERMÈS",
        "Textiles Hospitaliers Brunet",
        "Sodimat",
    ),
    "services": (
        "Géotopo Conseil",
        "PROPRETÉ 2 SAVOIES",
        "Cabinet Roux-Marchetti",
        "Vigie Télésurveillance",
        "Agora Études",
    ),
    "food": ("Les Vergers de Maryse", "SALAISONS PUYDÔME", "Coopérative Laitière du Ponant", "Minoterie Estève"),
    "health": ("Biomed Services Ouest", "PHARMALYS", "Prothèses & Audition Vidal", "Laboratoire Hémera"),
    "utilities": ("Hydro-Vallées SEM", "GAZ DE L'ADOUR", "Telcité Réseaux", "Chaleur Urbaine de Brenne"),
    "culture": ("Les Tréteaux Nomades", "ÉCRAN LIBRE PRODUCTIONS", "Fanfare Kermarron", "Papiers & Reliures Aubin"),
}

NAMES = Names(
    trades={trade: (_SUPPLIERS[trade], goods) for trade, (_, goods) in TRADES.items()},
    bodies=(
        ("Mairie d'Aigremont-en-Brie", "21", "6 Grande-Rue"),
        ("Commune de La Chapelle-Vauvert", "21", "Le Bourg"),
        ("Ville de Portes-lès-Bains", "21", "Hôtel de ville - CS 20018"),
        ("Département des Monts-et-Vaux", "22", "1 esplanade du Département"),
        ("Collectivité territoriale d'Outre-Rance", "22", "Cité administrative Bretonneau"),
        ("Région Pyrénées-Garonne", "23", "22 boulevard du Maréchal-Juin"),
        ("Communauté urbaine du Bassin Minier Est", "24", "Rond-point des Mineurs"),
        ("Communauté de communes Causses et Rivières", "20", "Place du Foirail"),
        ("Pôle métropolitain Loire-Bretagne", "20", "3 rue Célestin-Freinet"),
        ("CHU de Saint-Cyprien", "26", "Rue du Professeur-Calmette"),
        ("Hôpital intercommunal Vexin-Thelle", "26", "15 avenue du Général-Leclerc"),
        ("EHPAD public Les Marronniers", "26", "4 chemin du Parc"),
        ("Lycée professionnel Ambroise-Croizat", "19", "Avenue de la Libération"),
        ("Collège Aimé-Césaire", "19", "2 rue du Stade"),
        ("École nationale supérieure des Arts de Bourges-Nord", "18", "7 rue Carolus"),
        ("Université de Haute-Armagnac", "19", "Domaine universitaire"),
        ("Ministère de l'Agriculture et de l'Alimentation", "11", "78 rue de Varenne"),
        ("Secrétariat général commun de la Creuse-Amont", "13", "Place Louis-Lacrocq"),
        ("Rectorat de l'académie de Montferrand", "17", "3 avenue Vercingétorix"),
        ("Syndicat départemental des déchets du Lauragais", "25", "ZA de la Colombe"),
        ("Agence de l'eau Rhin-Moselle-Sarre", "18", "Le Longeau"),
        ("Habitat 77 Sud, office public", "27", "10 avenue Charles-Péguy"),
        ("Service d'incendie et de secours du Haut-Doubs", "28", "10 chemin de la Clairière"),
    ),
    service_codes=(
        "DGST", "MAGASIN_02", "SCOL", "H2310", "FIN-01", "00412", "DSIN", "PHARMA", "CULT-SPORT", "D0753PM075",
        "SERVICE TECHNIQUE", "CUISINE", "BIOMED", "SPORTS_JEUNESSE", "EAU-ASST", "SG-BUDGET", "3021", "CPCM_EST",
        "ATELIERS", "INTENDANCE",
    ),
)  # fmt: skip
