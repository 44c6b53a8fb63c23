"""Family `transverses`: referentials, files, bank details, recipients, and the reports of flows."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape  # nosec B406  # it writes, and reads nothing

from tools.simulator import wire
from tools.simulator.clock import instant
from tools.simulator.files import MAX_FILE, StoredFile, decoded
from tools.simulator.operations import Caller, Operation, Payload
from tools.simulator.operations.factures import download
from tools.simulator.refusals import refusal
from tools.simulator.requests import (
    AjouterFichier,
    ConsulterCompteRendu,
    ConsulterCompteRenduDetaille,
    EspaceFo,
    IdStructure,
    Langue,
    Nothing,
    RechercherDestinataire,
    RechercherPiecesJointes,
    RechercherServiceExecutant,
    StatutCourant,
    TelechargerPieceJointe,
    TypeDemande,
    TypesPieceJointe,
)
from tools.simulator.searches import listing, page_of
from tools.simulator.tables import table

if TYPE_CHECKING:
    from tools.simulator.directory import Service, Structure
    from tools.simulator.flows import Flow
    from tools.simulator.suppliers import Supplier

_RECIPIENT_COLUMNS: dict[str, Callable[[Structure], Any]] = {
    "Siret": lambda structure: structure.siret,
    "NomDestinataire": lambda structure: structure.name,
    "AdresseCodePostal": lambda structure: structure.seed.postcode,
    "AdresseVille": lambda structure: structure.seed.city,
    "IdStructureCPP": lambda structure: structure.id,
}
_FILE_COLUMNS: dict[str, Callable[[StoredFile], Any]] = {
    "PieceJointeId": lambda stored: stored.id,
    "PieceJointeDesignation": lambda stored: stored.name,
    "PieceJointeExtension": lambda stored: stored.extension,
}
_SERVICE_COLUMNS: dict[str, Callable[[Service], Any]] = {"CodeServiceExecutant": lambda service: service.code}


def ajouter_fichier(caller: Caller, request: AjouterFichier) -> Payload:
    """Keep a file; its id links it to an invoice later."""
    if len(request.pieceJointeNom) > 50:
        raise refusal(caller.operation, "too_long", "pieceJointeNom (50)", status=400)
    if request.pieceJointeExtension.lstrip(".").upper() not in table("referentials")["attachment_extensions"]:
        raise refusal(caller.operation, "bad_extension")
    content = decoded(caller.operation, request.pieceJointeFichier)
    if len(content) > MAX_FILE:
        raise refusal(caller.operation, "too_large")
    return {"pieceJointeId": caller.portal.files.add(caller.account.login, request.pieceJointeNom, content).id}


def _rows(referential: str) -> list[Payload]:
    rows: list[Payload] = table("referentials")[referential]
    return rows


def taux_tva(_caller: Caller, _request: Langue) -> Payload:
    return {
        "listeTauxTva": [
            {"codeTauxTva": row["code"], "libelleTauxTva": row["label"], "valeurTauxTva": row["value"]}
            for row in _rows("vat_rates")
        ]
    }


def motifs_exoneration(_caller: Caller, _request: Langue) -> Payload:
    return {
        "listeMotifsExonerationTva": [
            {"codeMotifExonerationTva": row["code"], "libelleMotifExonerationTva": row["label"]}
            for row in _rows("exemptions")
        ]
    }


def devises(_caller: Caller, _request: Langue) -> Payload:
    return {"listeDevises": [{"codeDevise": row["code"], "libelleDevise": row["label"]} for row in _rows("currencies")]}


def pays(_caller: Caller, _request: Langue) -> Payload:
    return {"listePays": [{"codePays": row["code"], "libellePays": row["label"]} for row in _rows("countries")]}


def _plain(list_name: str, field: str, referential: str) -> Callable[[Caller, Any], Payload]:
    """An operation that serves one column of codes."""
    return lambda _caller, _request: {list_name: [{field: code} for code in table("referentials")[referential]]}


def etats_par_type(_caller: Caller, _request: TypeDemande) -> Payload:
    return {"listeEtatDemandePaiement": [{"etatDemandePaiement": status} for status in table("statuses")["ALL"]]}


def etats_traitement(caller: Caller, request: StatutCourant) -> Payload:
    """What a recipient may do next: the live table of transitions."""
    if request.statutCourant not in table("statuses")["ALL"]:
        raise refusal(caller.operation, "unknown_status")
    following = table("statuses")["RECIPIENT"].get(request.statutCourant, [])
    return {"listeStatutsPossiblesPourTraitement": [{"statutPossiblePourTraitement": one} for one in following]}


def types_piece_jointe(_caller: Caller, request: TypesPieceJointe) -> Payload:
    served = _rows("attachment_types") if request.typeObjet in (None, "FACTURE") else []
    return {
        "listeTypePieceJointe": [
            {
                "idTypePieceJointe": row["id"],
                "codeTypePieceJointe": row["code"],
                "libelleTypePieceJointe": row["label"],
                "typeObjet": "FACTURE",
            }
            for row in served
        ]
    }


def coordonnees_bancaires(caller: Caller, request: IdStructure) -> Payload:
    """The bank details of one's own structure: id and name, never an IBAN."""
    supplier = _own(caller, request.idStructure)
    return {
        "listeCoordonneeBancaire": [
            {"idCoordonneeBancaire": bank.id, "nomCoordonneeBancaire": bank.name}
            for bank in supplier.bank_accounts.values()
        ]
    }


def structures_actives(caller: Caller, _request: Nothing | EspaceFo) -> Payload:
    """The supplier structures of this account that may send invoices."""
    own = [supplier for supplier in caller.portal.suppliers.of(caller.account) if supplier.active]
    return {
        "listeStructures": [
            {"idStructureCPP": one.id, "identifiant": one.siret, "designationStructure": one.name} for one in own
        ]
    }


def services_structure(caller: Caller, request: IdStructure) -> Payload:
    """The services of a public structure or of one's own."""
    supplier = caller.portal.suppliers.get(request.idStructure)
    if supplier is not None:
        own = _own(caller, request.idStructure).services
        return {
            "listeServices": [
                {"idService": key, "codeService": code, "libelleService": code} for key, code in own.items()
            ]
        }
    structure = caller.portal.directory.get(request.idStructure)
    if structure is None:
        raise refusal(caller.operation, "unknown_structure")
    created = caller.portal.directory.created
    return {"listeServices": [wire.service_columns(service, created) for service in structure.services.values()]}


def rechercher_destinataire(caller: Caller, request: RechercherDestinataire) -> Payload:
    """Active public structures by SIRET (or its beginning), name, town or postcode."""
    if request.identifiant:
        caller.portal.directory.find(request.identifiant)
    accents = caller.portal.dialect.directory_accents == "count"
    found = [one for one in caller.portal.directory.all() if one.seed.active and _is_wanted(one, request, accents)]
    rows, parameters = page_of(
        caller.operation, found, request.parametresRecherche, _RECIPIENT_COLUMNS, "IdStructureCPP"
    )
    listed = [
        {
            "idStructureCPP": one.id,
            "siret": one.siret,
            "nomDestinataire": one.name,
            "adresseCodePostal": one.seed.postcode,
            "adresseVille": one.seed.city,
        }
        for one in rows
    ]
    return listing(caller.operation, "listeDestinataires", listed, parameters, caller.portal.settings.empty_search)


def _is_wanted(structure: Structure, request: RechercherDestinataire, accents_count: bool) -> bool:
    if request.identifiant and not structure.siret.startswith(request.identifiant):
        return False
    if not request.nomVilleCodePostal:
        return True
    seed = structure.seed
    text, wanted = f"{structure.name} {seed.city} {seed.postcode}".casefold(), request.nomVilleCodePostal.casefold()
    return wanted in text if accents_count else _without_accents(wanted) in _without_accents(text)


def _without_accents(text: str) -> str:
    return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))


def rechercher_service_executant(caller: Caller, request: RechercherServiceExecutant) -> Payload:
    """Services of one structure by code or name; an open directory creates a requested code."""
    structure = caller.portal.directory.get(request.idStructureCPP or 0)
    if structure is None:
        raise refusal(caller.operation, "unknown_structure")
    if request.codeServiceExecutant:
        caller.portal.directory.service(structure, request.codeServiceExecutant)
    found = [one for one in structure.services.values() if one.active and _is_asked(one, request)]
    rows, parameters = page_of(
        caller.operation, found, request.parametresRecherche, _SERVICE_COLUMNS, "CodeServiceExecutant"
    )
    listed = [
        {
            "idServicesCPP": one.id,
            "codeServiceExecutant": one.code,
            "nomServiceExecutant": one.seed.name or one.code,
        }
        for one in rows
    ]
    return listing(caller.operation, "listeServicesExecutants", listed, parameters, caller.portal.settings.empty_search)


def _is_asked(service: Service, request: RechercherServiceExecutant) -> bool:
    code, name = request.codeServiceExecutant, request.nomServiceExecutant
    return (not code or service.code == code) and (not name or name.casefold() in service.seed.name.casefold())


def annuaire(caller: Caller, _request: Nothing) -> Payload:
    """All public structures with their flags and services: a ZIP with one XML, whose vocabulary is invented."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', "<annuaireDestinataires>"]
    for structure in caller.portal.directory.all():
        parts += _directory_entry(structure)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("annuaire_destinataires.xml", "\n".join([*parts, "</annuaireDestinataires>"]))
    return {"fichierResultat": wire.b64(packed.getvalue())}


def _directory_entry(structure: Structure) -> list[str]:
    seed = structure.seed
    fields = {
        "identifiant": structure.siret,
        "designation": structure.name,
        "statut": "ACTIVE" if seed.active else "INACTIVE",
        "codeServiceDoitEtreRenseigne": seed.service_required,
        "numeroEJDoitEtreRenseigne": seed.engagement_required,
        "gestionNumeroEJOuCodeService": seed.service_or_engagement,
        "statutMiseEnPaiementNestPasRemonte": not seed.reports_payment,
        "estMoaUniquement": seed.works_owner_only,
    }
    lines = [f"<{name}>{escape(_xml_text(value))}</{name}>" for name, value in fields.items()]
    services = [
        f"<service><codeService>{escape(one.code)}</codeService><estActif>{_xml_text(one.active)}</estActif>"
        f"<numeroEngagement>{_xml_text(one.seed.engagement_required)}</numeroEngagement></service>"
        for one in structure.services.values()
    ]
    return ["<structure>", *lines, "<services>", *services, "</services>", "</structure>"]


def _xml_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def consulter_cr_detaille(caller: Caller, request: ConsulterCompteRenduDetaille) -> Payload:
    """The state of a flow and what was wrong in it."""
    flow = _flow(caller, request.numeroFluxDepot)
    return {
        "codeInterfaceDepotFlux": flow.interface,
        "nomFichier": flow.file_name,
        "dateDepotFlux": instant(flow.deposited),
        "dateHeureEtatCourantFlux": instant(flow.changed),
        "etatCourantDepotFlux": flow.state,
        "listeErreurTechnique": [
            {"codeErreur": code, "libelleErreur": label, "natureErreur": "TECHNIQUE"}
            for code, label in flow.technical_errors
        ],
        "listeErreurDP": [
            {
                "identifiantFournisseur": error.supplier,
                "identifiantDestinataire": error.recipient,
                "numeroDP": error.number,
                "libelleErreurDP": error.text,
            }
            for error in flow.invoice_errors
        ],
    }


def consulter_cr(caller: Caller, request: ConsulterCompteRendu) -> Payload:
    """The flow's report as a PDF. The detailed report is the one to use."""
    flow = _flow(caller, request.numeroFluxDepot)
    return {
        "numeroFluxDepot": flow.number,
        "etatCourantFlux": flow.state,
        "fichierCR": wire.b64(wire.plain_pdf(f"Compte rendu {flow.number} : {flow.state}")),
        "nomFichierFlux": flow.file_name,
        "codeInterfaceFlux": flow.interface,
        "codeAppliPartenaire": None,
        "designationPartenaire": None,
        "dateDepotFlux": instant(flow.deposited),
        "dateHeureEtatCourantFlux": instant(flow.changed),
    }


def _flow(caller: Caller, number: str) -> Flow:
    flow = caller.portal.flows.get(number)
    if flow is None or flow.owner != caller.account.login or not flow.visible:
        raise refusal(caller.operation, "unknown_flow")
    return flow


def telecharger_piece_jointe(caller: Caller, request: TelechargerPieceJointe) -> Payload:
    """The files of invoices; other objects are not simulated."""
    if request.objetPieceJointe != "DEMANDE_PAIEMENT":
        raise refusal(caller.operation, "not_simulated", request.objetPieceJointe)
    wanted = request.demandePaiement
    if wanted is None:
        raise refusal(caller.operation, "missing_field", "demandePaiement")
    invoices = []
    for entry in wanted.listeFacture:
        invoice = caller.portal.invoices.get(entry.idFacture)
        if invoice is None:
            raise refusal(caller.operation, "unknown_invoice")
        if invoice.supplier.id not in caller.account.supplier_ids:
            raise refusal(caller.operation, "not_attached")
        invoices.append(invoice)
    return {"pieceJointe": wire.b64(download(invoices, wanted.format, wanted.avecPiecesJointesComplementaires))}


def rechercher_pieces(caller: Caller, request: RechercherPiecesJointes) -> Payload:
    """The files this account has added."""
    if request.idStructureCPP is not None:
        _own(caller, request.idStructureCPP)
    name = (request.pieceJointeDesignation or "").casefold()
    found = [stored for stored in caller.portal.files.of(caller.account.login) if name in stored.name.casefold()]
    rows, parameters = page_of(caller.operation, found, request.parametresRecherche, _FILE_COLUMNS, "PieceJointeId")
    listed = [wire.attachment_row(stored) for stored in rows]
    return listing(caller.operation, "listePiecesJointes", listed, parameters, caller.portal.settings.empty_search)


def _own(caller: Caller, structure_id: int) -> Supplier:
    supplier = caller.portal.suppliers.get(structure_id)
    if supplier is None:
        raise refusal(caller.operation, "unknown_structure")
    if supplier.id not in caller.account.supplier_ids:
        raise refusal(caller.operation, "not_attached")
    return supplier


OPERATIONS: dict[str, Operation] = {
    "transverses/ajouter/fichier": Operation(AjouterFichier, ajouter_fichier),
    "transverses/recuperer/tauxtva": Operation(Langue, taux_tva),
    "transverses/recuperer/motifs/exonerationtva": Operation(Langue, motifs_exoneration),
    "transverses/recuperer/devises": Operation(Langue, devises),
    "transverses/recuperer/pays": Operation(Langue, pays),
    "transverses/recuperer/modereglements": Operation(
        Nothing, _plain("listeModePaiement", "modePaiement", "payment_modes")
    ),
    "transverses/recuperer/modedepot": Operation(Nothing, _plain("listeModeDepot", "modeDepot", "deposit_modes")),
    "transverses/recuperer/cadrefacturation": Operation(
        TypeDemande, _plain("listeCadreFacturation", "codeCadreFacturation", "frameworks")
    ),
    "transverses/recuperer/typedp": Operation(
        Nothing, _plain("listeTypeDemandePaiement", "typeDemandePaiement", "request_types")
    ),
    "transverses/recuperer/etat/typedp": Operation(TypeDemande, etats_par_type),
    "transverses/recuperer/etats/traitement": Operation(StatutCourant, etats_traitement),
    "transverses/recuperer/typespj": Operation(TypesPieceJointe, types_piece_jointe),
    "transverses/recuperer/typeidentifiant/structure": Operation(
        Nothing, _plain("listeTypeIdentifiant", "typeIdentifiantStructure", "identifier_types")
    ),
    "transverses/recuperer/syntaxeflux": Operation(Nothing, _plain("listeFormatFlux", "formatFlux", "flow_syntaxes")),
    "transverses/recuperer/formatflux": Operation(Nothing, _plain("listeFormatFlux", "formatFlux", "flow_syntaxes")),
    "transverses/recuperer/coordbanc/valides": Operation(IdStructure, coordonnees_bancaires),
    "transverses/recuperer/structures/actives/fournisseur": Operation(Nothing, structures_actives),
    "transverses/recuperer/structuresPourUtilisateur": Operation(EspaceFo, structures_actives),
    "transverses/recuperer/services/structure": Operation(IdStructure, services_structure),
    "transverses/rechercher/destinataire": Operation(RechercherDestinataire, rechercher_destinataire),
    "transverses/rechercher/serviceexecutant": Operation(RechercherServiceExecutant, rechercher_service_executant),
    "transverses/telecharger/annuaire/destinataire": Operation(Nothing, annuaire),
    "transverses/telecharger/pieceJointe": Operation(TelechargerPieceJointe, telecharger_piece_jointe),
    "transverses/rechercher/pj/moncompte": Operation(RechercherPiecesJointes, rechercher_pieces),
    "transverses/rechercher/pj/structure": Operation(RechercherPiecesJointes, rechercher_pieces),
    "transverses/consulterCRDetaille": Operation(ConsulterCompteRenduDetaille, consulter_cr_detaille),
    "transverses/consulterCR": Operation(ConsulterCompteRendu, consulter_cr),
}
