"""The shapes of the portal's answers: field names, list or object quirks, the three forms of dates, in one place.

Names are the official description's (factures) or public clients' (other families). Amounts leave as JSON numbers.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape  # nosec B406  # it writes, and reads nothing

from tools.simulator.clock import day, instant, minute
from tools.simulator.tables import table

if TYPE_CHECKING:
    from tools.simulator.directory import Service, Structure
    from tools.simulator.files import StoredFile
    from tools.simulator.invoices import Attachment, Draft, Invoice
    from tools.simulator.requests import ConsulterHistorique, LignePoste, LigneTva

Row = dict[str, Any]
SUCCESS = {"factures": "GCU_MSG_01_000"}
"""libelle of a success by family; clients should ignore it."""
NOTHING_RECOGNISED: Row = {
    "numeroFacture": None,
    "dateFacture": None,
    "codeDestinataire": None,
    "codeServiceExecutant": None,
    "codeFournisseur": None,
    "codeDeviseFacture": None,
    "typeFacture": "FACTURE",
    "typeTva": None,
    "numeroBonCommande": None,
    "montantTtcAvantRemiseGlobalTTC": None,
    "montantAPayer": None,
    "montantHtTotal": None,
    "montantTVA": None,
}
"""What deposer/pdf answers when recognition found nothing: the only answer captured from the real portal."""


def json_bytes(payload: object) -> bytes:
    """UTF-8 JSON; Decimals as numbers."""
    return json.dumps(payload, ensure_ascii=False, default=_number, separators=(",", ":")).encode()


def success(operation: str, payload: Row) -> Row:
    """The envelope of an accepted call around its payload."""
    family = operation.partition("/")[0]
    return {"codeRetour": 0, "libelle": SUCCESS.get(family, "TRA_MSG_00.000"), **payload}


def b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def search_values(invoice: Invoice) -> Row:
    """The fields of an invoice in every list."""
    references, totals, routed = invoice.data.references, invoice.data.montantTotal, invoice.routed
    service = routed.service
    return {
        "identifiantFactureCPP": invoice.id,
        "typeDemandePaiement": "FACTURE",
        "codeFournisseur": invoice.supplier.siret,
        "typeIdentifiantFournisseur": invoice.supplier.identifier_type,
        "designationFournisseur": invoice.supplier.name,
        "codeServiceFournisseur": invoice.supplier.services.get(invoice.data.fournisseur.idServiceFournisseur or 0),
        "nomServiceFournisseur": None,
        "idDestinataire": routed.recipient.id,
        "codeDestinataire": routed.recipient.siret,
        "designationDestinataire": routed.recipient.name,
        "idServiceExecutant": service.id if service else None,
        "codeServiceExecutant": service.code if service else None,
        "nomServiceExecutant": service.seed.name if service else None,
        "typeFacture": invoice.kind,
        "numeroFacture": invoice.number,
        "dateFacture": invoice_day(invoice),
        "dateDepot": day(invoice.deposited),
        "montantHT": totals.montantHtTotal,
        "montantTTC": totals.montantTtcTotal,
        "montantAPayer": totals.montantAPayer,
        "devise": references.deviseFacture,
        "statut": invoice.status,
        "numeroMarche": references.numeroMarche,
        "numeroBonCommande": routed.engagement_number,
        "numeroFactureOrigine": references.numeroFactureOrigine if invoice.kind == "AVOIR" else None,
    }


def search_row(invoice: Invoice, *, with_size: bool) -> Row:
    """A row of rechercher/fournisseur."""
    bank = invoice.supplier.bank_accounts.get(invoice.data.fournisseur.codeCoordonneesBancairesFournisseur or 0)
    return {
        **search_values(invoice),
        **_validator_columns(invoice),
        "numeroFluxDepot": invoice.flow_number,
        "modeDepot": invoice.mode,
        "coordBancairesFournisseurNomCb": bank.name if bank else None,
        "nomPrenomUtilisateurCreateur": "Compte technique",
        "taille": invoice.size if with_size else None,
        "dateHeureEtatCourant": instant(invoice.changed),
        "commentaireEtatCourant": invoice.history[-1].comment,
        "rejetTraite": invoice.rejection_handled,
    }


def to_process_row(invoice: Invoice, *, with_size: bool) -> Row:
    """A row of rechercher/atraiter/fournisseur: fewer fields, no date of the status."""
    row = search_values(invoice)
    del row["numeroFactureOrigine"]
    return {**row, "taille": invoice.size if with_size else None}


def _validator_columns(invoice: Invoice) -> Row:
    code = invoice.data.cadreDeFacturation.codeStructureValideur
    validated = next((change.at for change in invoice.history if change.status == "VALIDEE_1"), None)
    return {
        "typeIdentifiantValideur1": "SIRET" if code else None,
        "codeValideur1": code,
        "dateValidation1": instant(validated) if validated else None,
    }


def draft_rows(drafts: list[Draft]) -> list[Row]:
    """Drafts in a search: nearly everything is null, the number too."""
    return [
        {
            "identifiantFactureCPP": draft.id,
            "typeDemandePaiement": "FACTURE",
            "numeroFacture": None,
            "statut": "INTERPRETEE_OCR",
            "modeDepot": "DEPOT_PDF_API",
            "dateHeureEtatCourant": instant(draft.created),
        }
        for draft in drafts
    ]


def _column(name: str) -> Callable[[Invoice], Any]:
    return lambda invoice: search_row(invoice, with_size=False).get(name)


_SORTABLE = (
    "typeDemandePaiement", "codeFournisseur", "typeIdentifiantFournisseur", "designationFournisseur",
    "codeServiceFournisseur", "nomServiceFournisseur", "codeDestinataire", "designationDestinataire",
    "codeServiceExecutant", "nomServiceExecutant", "typeFacture", "dateFacture", "montantHT", "montantTTC",
    "montantAPayer", "devise", "numeroMarche", "numeroBonCommande", "numeroFluxDepot", "typeIdentifiantValideur1",
    "codeValideur1", "raisonSocialeValideur1", "nomValideur1", "prenomValideur1", "dateValidation1",
    "typeIdentifiantValideur2", "codeValideur2", "raisonSocialeValideur2", "nomValideur2", "prenomValideur2",
    "dateValidation2", "numeroFactureOrigine", "modeDepot", "coordBancairesFournisseurCleIban",
    "coordBancairesFournisseurCleRib", "coordBancairesFournisseurCodeBanque", "coordBancairesFournisseurCodePays",
    "coordBancairesFournisseurCompteBancaire", "coordBancairesFournisseurNomCb", "affactureurCode",
    "affactureurTypeIdentifiant", "affactureurRaisonSociale", "nomPrenomUtilisateurCreateur",
)  # fmt: skip
INVOICE_COLUMNS: dict[str, Callable[[Invoice], Any]] = {
    "DateDepot": lambda invoice: invoice.deposited,
    "NumeroFacture": lambda invoice: invoice.number,
    "Statut": lambda invoice: invoice.status,
    **{name[0].upper() + name[1:]: _column(name) for name in _SORTABLE},
}
"""The permitted values of `triColonne`; there is none for the date of the status."""
_NOT_TO_PROCESS = {"NumeroFluxDepot", "NumeroFactureOrigine", "ModeDepot", "NomPrenomUtilisateurCreateur"}
TO_PROCESS_COLUMNS: dict[str, Callable[[Invoice], Any]] = {
    name: column
    for name, column in INVOICE_COLUMNS.items()
    if name not in _NOT_TO_PROCESS and not re.search("Valid|Bancaires|affactureur", name, re.IGNORECASE)
}
"""Those of `rechercher/atraiter/fournisseur`, whose rows have fewer fields."""


def invoice_day(invoice: Invoice) -> str:
    """The invoice's date, or the deposit's when the portal numbered it itself."""
    return (invoice.data.dateFacture or day(invoice.deposited))[:10]


def full_invoice(invoice: Invoice) -> Row:
    """The `facture` of consulter/fournisseur."""
    return {
        "identifiantFactureCPP": invoice.id,
        "numeroFacture": invoice.number,
        "statutFacture": invoice.status,
        "modeDepot": invoice.mode,
        "rejetTraite": invoice.rejection_handled,
        "commentaire": invoice.data.commentaire,
        "destinataire": _recipient(invoice),
        "fournisseur": _supplier(invoice),
        "cadreDeFacturation": _framework(invoice),
        "references": _references(invoice),
        "montantTotal": _totals(invoice),
        "recapitulatifDeTva": _numbered(
            "ligneTva", [_vat_line(line) for line in invoice.data.ligneTva or []], "LignesRecapitulativesTVA"
        ),
        "lignesDePoste": _numbered(
            "lignePoste", [_line(line) for line in invoice.data.lignePoste or []], "LignesPoste"
        ),
        "pieceJointePrincipale": {
            "idPieceJointePrincipale": invoice.main_file.id,
            "idLiaisonPieceJointePrincipale": invoice.id,
        }
        if invoice.main_file
        else None,
        "listeDesPiecesJointes": _numbered(
            "pieceJointe", [_attachment(one) for one in invoice.attachments], "ListePiecesJointe"
        ),
        "piecePrecedente": None,
        "pieceSuivante": None,
    }


def _recipient(invoice: Invoice) -> Row:
    structure, service = invoice.routed.recipient, invoice.routed.service
    return {
        "idDestinataire": structure.id,
        "codeDestinataire": structure.siret,
        "libelleDestinataire": structure.name,
        "designationDestinataire": structure.name,
        "idServiceExecutant": service.id if service else None,
        "codeServiceExecutant": service.code if service else None,
        "libelleServiceExecutant": service.seed.name if service else None,
        "miseEnPaiementDestinataire": structure.seed.reports_payment,
        "adresseDestinataireCodePostal": structure.seed.postcode,
        "adresseDestinataireVille": structure.seed.city,
        "adresseDestinataireCodePays": "FR",
    }


def _supplier(invoice: Invoice) -> Row:
    bank = invoice.supplier.bank_accounts.get(invoice.data.fournisseur.codeCoordonneesBancairesFournisseur or 0)
    return {
        "idFournisseur": invoice.supplier.id,
        "typeIdentifiantFournisseur": invoice.supplier.identifier_type,
        "codeFournisseur": invoice.supplier.siret,
        "raisonSocialeFournisseur": invoice.supplier.name,
        "designationFournisseur": invoice.supplier.name,
        "idServiceFournisseur": invoice.data.fournisseur.idServiceFournisseur,
        "coordBancairesFournisseurId": bank.id if bank else None,
        "coordBancairesFournisseurType": "IBAN" if bank else None,
        "coordBancairesFournisseurLibelle": bank.name if bank else None,
        "affactureur": None,
    }


def _framework(invoice: Invoice) -> Row:
    return {
        "codeCadreFacturation": invoice.data.cadreDeFacturation.codeCadreFacturation,
        **_validator_columns(invoice),
    }


def _references(invoice: Invoice) -> Row:
    given = invoice.data.references
    return {
        "dateFacture": invoice_day(invoice),
        "dateDepot": day(invoice.deposited),
        "dateCreationFacture": instant(invoice.history[0].at),
        "dateEcheancePaiement": None,
        "codeDeviseFacture": given.deviseFacture,
        "libelleDeviseFacture": _label("currencies", given.deviseFacture),
        "typeFacture": invoice.kind,
        "typeTva": given.typeTva,
        "motifExonerationTva": given.motifExonerationTva,
        "libelleMotifExonerationTva": _label("exemptions", given.motifExonerationTva),
        "numeroMarche": given.numeroMarche,
        "numeroBonCommande": invoice.routed.engagement_number,
        "numeroFactureOrigine": given.numeroFactureOrigine if invoice.kind == "AVOIR" else None,
        "modePaiement": given.modePaiement,
        "tailleTotalePiecesJointes": invoice.size,
        "numeroDpMandat": None,
    }


def _totals(invoice: Invoice) -> Row:
    totals = invoice.data.montantTotal
    return {
        "montantHtTotal": totals.montantHtTotal,
        "montantTVA": totals.montantTVA,
        "montantTtcAvantRemiseGlobalTTC": totals.montantTtcTotal,
        "montantRemiseGlobaleTTC": totals.montantRemiseGlobaleTTC,
        "motifRemiseGlobaleTTC": totals.motifRemiseGlobaleTTC,
        "montantTtcTotal": totals.montantTtcTotal,
        "montantAPayer": totals.montantAPayer,
    }


def _vat_line(line: LigneTva) -> Row:
    rate = _rate(line.ligneTvaTaux)
    return {
        "ligneTvaTauxRefId": None,
        "ligneTvaTauxRefCode": line.ligneTvaTaux,
        "ligneTvaTauxRefLibelle": rate["label"] if rate else None,
        "ligneTvaTauxRefValeur": rate["value"] if rate else None,
        "ligneTvaTauxManuel": line.ligneTvaTauxManuel,
        "ligneTvaMontantBaseHtParTaux": line.ligneTvaMontantBaseHtParTaux,
        "ligneTvaMontantTvaParTaux": line.ligneTvaMontantTvaParTaux,
    }


def _line(line: LignePoste) -> Row:
    rate = _rate(line.lignePosteTauxTva)
    percent = line.lignePosteTauxTvaManuel if rate is None else Decimal(str(rate["value"]))
    gross = (line.lignePosteQuantite or Decimal(0)) * (line.lignePosteMontantUnitaireHT or Decimal(0))
    net = gross - (line.lignePosteMontantRemiseHT or Decimal(0))
    tax = (net * (percent or Decimal(0)) / 100).quantize(Decimal("0.01"))
    return {
        "lignePosteNumero": line.lignePosteNumero,
        "lignePosteReference": line.lignePosteReference,
        "lignePosteDenomination": line.lignePosteDenomination,
        "lignePosteQuantite": line.lignePosteQuantite,
        "lignePosteUniteCode": None,
        "lignePosteUniteLibelle": line.lignePosteUnite,
        "lignePosteMontantUnitaireHT": line.lignePosteMontantUnitaireHT,
        "lignePosteMontantRemiseHT": line.lignePosteMontantRemiseHT,
        "lignePosteTauxTva": line.lignePosteTauxTva,
        "lignePosteTauxTvaManuel": line.lignePosteTauxTvaManuel,
        "lignePosteMontantHtApresRemise": net,
        "lignePosteMontantTva": tax,
        "lignePosteMontantTtcApresRemise": net + tax,
    }


def _attachment(attachment: Attachment) -> Row:
    return {
        "pieceJointeId": attachment.file.id,
        "pieceJointeIdLiaison": attachment.link_id,
        "pieceJointeDesignation": attachment.designation,
        "pieceJointeExtension": attachment.file.extension,
        "pieceJointeTypeCode": attachment.type_code,
        "pieceJointeTypeLibelle": _label("attachment_types", attachment.type_code),
        "pieceJointeNumeroLigneFacture": attachment.line_number,
    }


def _numbered(name: str, rows: list[Row], suffix: str) -> Row:
    """A list inside an answer, with its own paging fields."""
    return {
        name: rows,
        f"pageCourante{suffix}": 1,
        f"pages{suffix}": 1 if rows else 0,
        f"nbResultatsParPage{suffix}": max(10, len(rows)),
        f"total{suffix}": len(rows),
    }


def history(invoice: Invoice, request: ConsulterHistorique) -> Row:
    """consulter/historique: most recent first, dates to the minute without zone."""
    cap = request.nbResultatsMaximum or 200
    paging = request.paramRechercheHistoStatuts
    size = (paging.nbResultatsParPageListeHistoStatut if paging else None) or cap
    number = (paging.pageResultatDemandeeListeHistoStatut if paging else None) or 1
    changes = list(reversed(invoice.history))[:cap]
    statuses = [
        {
            "histoStatutId": change.id,
            "histoStatutCode": change.status,
            "histoStatutDatePassage": minute(change.at),
            "histoStatutCommentaire": change.comment,
            "histoStatutUtilisateurPrenom": None,
            "histoStatutUtilisateurNom": None,
            "histoStatutUtilisateurEmail": None,
            "histoStatutUtilisateurTelephone": None,
        }
        for change in changes[(number - 1) * size : number * size]
    ]
    actions = [
        {"histoActionId": action.id, "histoActionCode": action.code, "histoActionDateHeure": minute(action.at)}
        for action in reversed(invoice.actions)
    ]
    last = invoice.actions[-1] if invoice.actions else None
    return {
        "idFacture": invoice.id,
        "numeroFacture": invoice.number,
        "modeDepot": invoice.mode,
        "statutCourantCode": invoice.status,
        "derniereAction": {"derniereActionId": last.id, "derniereActionCode": last.code} if last else None,
        "historiquesDesStatuts": {
            "histoStatut": statuses,
            "pageCouranteHistoStatut": number,
            "pagesHistoStatut": -(-len(changes) // size),
            "nbResultatsParPageHistoStatut": size,
            "totalHistoStatut": len(changes),
        },
        "historiquesDesActionsUtilisateurs": _numbered("histoAction", actions, "HistoAction"),
        "historiquesDesEvenementsComplementaires": _numbered("evenement", [], "Evenement"),
    }


def service_columns(service: Service, created: datetime) -> Row:
    """The common fields of all lists of services."""
    return {
        "idService": service.id,
        "codeService": service.code,
        "libelleService": service.seed.name or service.code,
        "estActif": service.active,
        "statutService": "ACTIF" if service.active else "INACTIF",
        "dateDbtService": minute(created),
        "dateFinService": None if service.active else minute(created),
    }


def address(structure: Structure) -> Row:
    return {
        "adresse": "1 place de l'Hôtel-de-Ville",
        "complementAdresse1": None,
        "complementAdresse2": None,
        "codePostal": structure.seed.postcode,
        "ville": structure.seed.city,
        "pays": "FR",
        "telephone": None,
        "indicatifTelephone": None,
        "fax": None,
        "indicatifFax": None,
    }


def attachment_row(stored: StoredFile) -> Row:
    """A file in rechercher/pj/*."""
    return {
        "pieceJointeId": stored.id,
        "pieceJointeDesignation": stored.name,
        "pieceJointeExtension": stored.extension,
        "pieceJointeTypeCode": None,
        "pieceJointeTypeLibelle": None,
    }


def pivot(invoices: list[Invoice]) -> bytes:
    """One XML for all, files embedded; its vocabulary is invented, the real pivot's schema is not simulated."""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>', '<FacturesPivotSimulees xmlns="urn:simulateur:pivot">']
    for invoice in invoices:
        fields = {name: value for name, value in search_values(invoice).items() if value is not None}
        parts.append("<Facture>")
        parts += [f"<{name}>{escape(str(value))}</{name}>" for name, value in fields.items()]
        files = [one.file for one in invoice.attachments] + ([invoice.main_file] if invoice.main_file else [])
        parts += [f'<PieceJointe id="{stored.id}">{b64(stored.content)}</PieceJointe>' for stored in files]
        parts.append("</Facture>")
    return "\n".join([*parts, "</FacturesPivotSimulees>"]).encode()


def plain_pdf(text: str) -> bytes:
    """A one-page PDF with one line of text, in the place of PDFs that the portal draws."""
    line = text.encode("latin-1", "replace").replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)")
    stream = b"BT /F1 12 Tf 72 770 Td (" + line + b") Tj ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, content)
    rows = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    table_start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table_start)


def _rate(code: str | None) -> Row | None:
    rates: list[Row] = table("referentials")["vat_rates"]
    return next((rate for rate in rates if rate["code"] == code), None)


def _label(referential: str, code: str | None) -> str | None:
    rows: list[Row] = table("referentials")[referential]
    return next((str(row["label"]) for row in rows if row["code"] == code), None)


def _number(value: object) -> float | int:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError(f"not JSON: {type(value).__name__}")
