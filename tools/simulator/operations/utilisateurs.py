"""Family `utilisateurs`: what the technical account is attached to."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tools.simulator.operations import Caller, Operation, Payload
from tools.simulator.requests import Rattachements
from tools.simulator.searches import listing, page_of

if TYPE_CHECKING:
    from tools.simulator.suppliers import Supplier

_COLUMNS: dict[str, Callable[[Supplier], Any]] = {
    "IdentifiantStructure": lambda supplier: supplier.siret,
    "DesignationStructure": lambda supplier: supplier.name,
    "IdStructure": lambda supplier: supplier.id,
}


def rattachements(caller: Caller, request: Rattachements) -> Payload:
    """The structures of this account, active or not."""
    own = caller.portal.suppliers.of(caller.account)
    rows, parameters = page_of(caller.operation, own, request.parametresRecherche, _COLUMNS, "IdStructure")
    listed = [
        {
            "idStructure": supplier.id,
            "identifiantStructure": supplier.siret,
            "typeIdentifiantStructure": supplier.identifier_type,
            "designationStructure": supplier.name,
            "roleUtilisateur": "UTILISATEUR",
            "statutUtilisateur": "ACTIF",
            "idRattachementStructure": 500_000 + supplier.id % 100_000,
            "statutRattachementStructure": "ACTIF",
            "listeServicesRattache": [
                {
                    "idService": service_id,
                    "codeService": code,
                    "libelleService": code,
                    "estActif": True,
                    "statutService": "ACTIF",
                    "idRattachementService": service_id,
                    "statutRattachementService": "ACTIF",
                    "dateDbtService": None,
                    "dateFinService": None,
                }
                for service_id, code in supplier.services.items()
            ],
        }
        for supplier in rows
    ]
    return listing(caller.operation, "listeStructureRattachement", listed, parameters, "list")


OPERATIONS: dict[str, Operation] = {
    "utilisateurs/monCompte/recuperer/rattachements": Operation(Rattachements, rattachements),
}
