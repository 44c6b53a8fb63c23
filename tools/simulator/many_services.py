"""The services of a structure that has thousands, as the State does: generated, never stored.

The same count always gives the same services. Labels join a ministry, a directorate and a unit, so they are long, alike
and with apostrophes and accents. A few are the same for several services, as a label « Service facturier » is. Every
ninth service is closed; every third wants an engagement number.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from itertools import islice, product

from tools.simulator.seeds import ServiceSeed

_MINISTRIES = {
    "AGR": "Agriculture simulée",
    "ARC": "Archives et mémoire",
    "BUD": "Budget d'essai",
    "CUL": "Culture inventée",
    "DEF": "Défense fictive",
    "ECO": "Écologie d'exemple",
    "EDU": "Éducation imaginaire",
    "EUR": "Europe et échanges",
    "INT": "Intérieur supposé",
    "JUS": "Justice d'exercice",
    "LOG": "Logement et villes",
    "MER": "Mer et littoral",
    "OUT": "Outre-mer simulé",
    "SAN": "Santé factice",
    "SPO": "Sports et loisirs",
    "TRA": "Travail d'école",
}
_DIRECTORATES = {
    "ACH": "Direction des achats",
    "AFF": "Direction des affaires générales",
    "AUD": "Mission d'audit interne",
    "COM": "Délégation à la communication",
    "DOM": "Direction du domaine",
    "EST": "Direction interrégionale de l'Est",
    "FIN": "Direction des finances",
    "IMM": "Service de l'immobilier",
    "JUR": "Direction juridique",
    "LAB": "Laboratoire central",
    "NOR": "Direction interrégionale du Nord",
    "NUM": "Direction du numérique",
    "OUE": "Direction interrégionale de l'Ouest",
    "RHU": "Direction des ressources humaines",
    "STA": "Observatoire des statistiques",
    "SUD": "Direction interrégionale du Sud",
}
_UNITS = (
    "Service facturier",
    "Bureau du courrier",
    "Bureau des marchés",
    "Bureau de l'énergie",
    "Pôle impressions",
    "Pôle véhicules",
    "Pôle téléphonie",
    "Atelier d'entretien",
    "Centre de formation",
    "Centre d'exploitation",
    "Cellule des déplacements",
    "Cellule d'archivage",
    "Section mobilier",
    "Section restauration",
    "Unité de maintenance",
    "Unité des fluides",
    "Antenne A",
    "Antenne B",
    "Antenne C",
    "Antenne D",
)


@cache
def many_services(count: int) -> tuple[ServiceSeed, ...]:
    """``count`` services, by code; beyond 5,120 the names repeat with a number."""
    return tuple(islice(_services(), count))


def _services() -> Iterator[ServiceSeed]:
    number = 0
    while True:
        turn = f" {number // 5_120 + 1}" if number >= 5_120 else ""
        for (ministry, name), (directorate, title), (place, unit) in product(
            _MINISTRIES.items(), _DIRECTORATES.items(), enumerate(_UNITS)
        ):
            shared = place == 0 and directorate == "FIN"
            yield ServiceSeed.model_construct(
                code=f"{ministry}-{directorate}{place:02d}{turn.replace(' ', '-')}",
                name="Service facturier de l'État" if shared else f"{title} - {unit} ({name}){turn}",
                active=number % 9 != 4,
                engagement_required=number % 3 == 2,
            )
            number += 1
