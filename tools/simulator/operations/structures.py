"""Family `structures`: who can receive, with which obligations and services."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tools.simulator import wire
from tools.simulator.clock import instant
from tools.simulator.directory import Service, Structure
from tools.simulator.operations import Caller, Operation, Payload
from tools.simulator.refusals import refusal
from tools.simulator.requests import (
    ConsulterService,
    ConsulterStructure,
    CritereStructure,
    IdentifierType,
    RechercherServices,
    RechercherStructures,
)
from tools.simulator.searches import listing, page_of
from tools.simulator.suppliers import Supplier

Found = Structure | Supplier


def is_active(structure: Found) -> bool:
    """Whether a structure, public or private, is active."""
    return structure.active if isinstance(structure, Supplier) else structure.seed.active


def identifier_type(structure: Found) -> IdentifierType:
    """What kind of identifier a structure has, public or private."""
    return structure.identifier_type if isinstance(structure, Supplier) else structure.seed.identifier_type


_COLUMNS: dict[str, Callable[[Found], Any]] = {
    "IdentifiantStructure": lambda structure: structure.siret,
    "DesignationStructure": lambda structure: structure.name,
    "IdStructureCPP": lambda structure: structure.id,
    "TypeIdentifiantStructure": identifier_type,
    "Statut": lambda structure: "ACTIVE" if is_active(structure) else "INACTIVE",
}
_SERVICE_COLUMNS: dict[str, Callable[[Service], Any]] = {
    "CodeService": lambda service: service.code,
    "LibelleService": lambda service: service.seed.name,
    "IdService": lambda service: service.id,
    "EstActif": lambda service: service.active,
}


def rechercher(caller: Caller, request: RechercherStructures) -> Payload:
    """Public structures, and private ones: only the caller's own unless `restreindreStructuresPrivees` is false."""
    wanted = request.structure or CritereStructure()
    found = [structure for structure in _candidates(caller, request, wanted) if _fits(structure, wanted)]
    rows, parameters = page_of(caller.operation, found, request.parametres, _COLUMNS, "IdStructureCPP")
    listed = [
        {
            "idStructureCPP": structure.id,
            "identifiantStructure": structure.siret,
            "typeIdentifiantStructure": identifier_type(structure),
            "designationStructure": structure.name,
            "statut": _state(structure),
        }
        for structure in rows
    ]
    return listing(caller.operation, "listeStructures", listed, parameters, "list")


def _candidates(caller: Caller, request: RechercherStructures, wanted: CritereStructure) -> list[Found]:
    portal = caller.portal
    everybody = request.restreindreStructuresPrivees is False
    private = portal.suppliers.all() if everybody else portal.suppliers.of(caller.account)
    if wanted.identifiantStructure is None:
        return [*(each for one in portal.directory.all() for each in (one, *one.twins)), *private]
    own = [supplier for supplier in private if supplier.siret == wanted.identifiantStructure]
    public = portal.directory.find(wanted.identifiantStructure) if not own else None
    return [*own, *([public, *public.twins] if public else [])]


def _fits(structure: Found, wanted: CritereStructure) -> bool:
    if wanted.typeIdentifiantStructure not in (None, identifier_type(structure)):
        return False
    if wanted.statutStructure and wanted.statutStructure != _state(structure):
        return False
    names = (wanted.libelleStructure, wanted.raisonSocialeStructure, wanted.nomStructure)
    if any(name.casefold() not in structure.name.casefold() for name in names if name):
        return False
    return _fits_place(structure, wanted)


def _fits_place(structure: Found, wanted: CritereStructure) -> bool:
    if isinstance(structure, Supplier):
        return not (wanted.adresseCodePostal or wanted.adresseVille or wanted.estMOA or wanted.estMOAUniquement)
    seed = structure.seed
    if wanted.adresseCodePostal and wanted.adresseCodePostal != seed.postcode:
        return False
    if wanted.adresseVille and wanted.adresseVille.casefold() != seed.city.casefold():
        return False
    return wanted.estMOAUniquement in (None, seed.works_owner_only)


def _state(structure: Found) -> str:
    return "ACTIVE" if is_active(structure) else "INACTIVE"


def consulter(caller: Caller, request: ConsulterStructure) -> Payload:
    """The obligations of a public structure; of one's own structure also the date the password expires."""
    supplier = caller.portal.suppliers.get(request.idStructureCPP)
    if supplier is not None and supplier.id in caller.account.supplier_ids:
        return _own_structure(caller, supplier)
    structure = caller.portal.directory.get(request.idStructureCPP)
    if structure is None:
        raise refusal(caller.operation, "unknown_structure")
    seed = structure.seed
    return {
        "informationGenerales": _general(structure, "PRIVEE" if structure.private else "PUBLIQUE", None),
        "adressePostaleDuSiege": wire.address(structure),
        "parametres": {
            "codeServiceDoitEtreRenseigne": seed.service_required,
            "numeroEJDoitEtreRenseigne": seed.engagement_required,
            "gestionNumeroEJOuCodeService": seed.service_or_engagement,
            "statutMiseEnPaiementNestPasRemonte": not seed.reports_payment,
            "estMoaUniquement": seed.works_owner_only,
            "getaMoa": seed.works_owner_only,
            "connexionEDI": False,
            "recevoirDonneesViaEDI": False,
            "nonDiffusibleInsee": False,
            "estValideurDelegue": False,
        },
    }


def _own_structure(caller: Caller, supplier: Supplier) -> Payload:
    expires = caller.account.password_expires(caller.portal.settings.password_lifetime_days)
    return {
        "informationGenerales": _general(supplier, "PRIVEE", instant(expires)),
        "adressePostaleDuSiege": None,
        "parametres": {"connexionEDI": False, "recevoirDonneesViaEDI": False, "nonDiffusibleInsee": False},
    }


def _general(structure: Found, kind: str, password_expires: str | None) -> Payload:
    return {
        "idStructureCPP": structure.id,
        "identifiantStructure": structure.siret,
        "typeIdentifiantStructure": identifier_type(structure),
        "raisonSocialeStructure": structure.name,
        "libelleStructure": structure.name,
        "nomStructure": None,
        "prenomStructure": None,
        "emailStructure": None,
        "numeroRcsStructure": None,
        "numeroTVA": None,
        "structurePriveePublique": kind,
        "dateExpirationMotPasseCompteTech": password_expires,
        "estValideurDeleguee": False,
        "idStructureOrigine": None,
        "listeStructureDupliquees": [],
    }


def rechercher_services(caller: Caller, request: RechercherServices) -> Payload:
    structure = _public(caller, request.idStructure)
    services = structure.listed_services()
    rows, parameters = page_of(
        caller.operation, services, request.parametresRechercherServicesStructure, _SERVICE_COLUMNS, "CodeService"
    )
    created = caller.portal.directory.created
    listed = [wire.service_columns(service, created) for service in rows]
    return listing(caller.operation, "listeServices", listed, parameters, "list")


def consulter_service(caller: Caller, request: ConsulterService) -> Payload:
    """One service of a structure; it may require an engagement number even where its structure does not."""
    structure = _public(caller, request.idStructure)
    service = next((one for one in structure.services.values() if one.id == request.idService), None)
    if service is None:
        raise refusal(caller.operation, "unknown_service")
    created = instant(caller.portal.directory.created)
    return {
        "informationsGenerales": {
            "codeService": service.code,
            "nomService": service.seed.name or service.code,
            "descriptionService": None,
        },
        "parametres": {
            "dateCreation": created,
            "dateDebutValidite": created,
            "dateFinValidite": None if service.active else created,
            "dateModification": created,
            "numeroEngagement": service.seed.engagement_required,
            "miseEnPaiement": structure.seed.reports_payment,
        },
        "adressePostale": wire.address(structure),
    }


def _public(caller: Caller, structure_id: int) -> Structure:
    structure = caller.portal.directory.get(structure_id)
    if structure is None:
        raise refusal(caller.operation, "unknown_structure")
    return structure


OPERATIONS: dict[str, Operation] = {
    "structures/rechercher": Operation(RechercherStructures, rechercher),
    "structures/consulter": Operation(ConsulterStructure, consulter),
    "structures/rechercher/services": Operation(RechercherServices, rechercher_services),
    "structures/consulter/service": Operation(ConsulterService, consulter_service),
}
