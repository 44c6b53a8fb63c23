"""Family `factures`: deposits, submission, searches, consultation and what a supplier does after a send-back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

from tools.simulator import integration, wire
from tools.simulator.clock import day
from tools.simulator.embedded import has_structured_invoice
from tools.simulator.files import MAX_FILE, MAX_INVOICE, decoded, require_file_name
from tools.simulator.invoices import Invoice
from tools.simulator.operations import Caller, Operation, Payload
from tools.simulator.refusals import HttpError, refusal
from tools.simulator.requests import (
    Completer,
    ConsulterFournisseur,
    ConsulterHistorique,
    CorrigerValideur,
    CritereDestinataire,
    DeposerFlux,
    DeposerPdf,
    RechercherATraiter,
    RechercherFournisseur,
    Recycler,
    Soumettre,
    TelechargerGroupe,
    TraiterRejet,
)
from tools.simulator.rules import (
    Submission,
    check,
    check_engagement,
    check_recipient,
    check_service,
    known_structure,
    linked_attachments,
)
from tools.simulator.searches import between, listing, page_of, within, within_moments
from tools.simulator.tables import table
from tools.simulator.validation import to_date


def deposer_pdf(caller: Caller, request: DeposerPdf) -> Payload:
    """Store the PDF as a draft and answer its recognised fields; this is not a deposit yet."""
    require_file_name(caller.operation, request.nomFichier)
    content = decoded(caller.operation, request.fichierFacture)
    if len(content) > MAX_FILE:
        raise HttpError("too_large")
    stored = caller.portal.files.add(caller.account.login, request.nomFichier, content)
    if not stored.is_pdf:
        raise refusal(caller.operation, "not_a_pdf")
    if b"/Encrypt" in content:
        raise refusal(caller.operation, "protected_pdf")
    caller.portal.invoices.add_draft(stored, caller.now)
    read = integration.recognised(content) if caller.portal.settings.ocr == "xml" else {}
    return {**wire.NOTHING_RECOGNISED, **read, "pieceJointeId": stored.id}


def soumettre(caller: Caller, request: Soumettre) -> Payload:
    """Accept the invoice, or raise the first rule it breaks."""
    submission = Submission(caller.portal, caller.account, request, caller.now)
    check(submission)
    invoice = _accepted(caller, submission)
    caller.portal.invoices.add(invoice)
    caller.portal.lives.deposit(invoice, caller.now)
    as_flow = caller.portal.dialect.embedded_xml == "as_flow"
    if as_flow and invoice.main_file and has_structured_invoice(invoice.main_file.content):
        integration.reread(caller.portal, caller.account, invoice, caller.now)
    return {
        "identifiantFactureCPP": invoice.id,
        "numeroFacture": invoice.number,
        "statutFacture": invoice.status,
        "dateDepot": day(invoice.deposited),
        "identifiantStructure": invoice.supplier.siret,
        "empreinteCertificatDepot": invoice.fingerprint,
    }


def _accepted(caller: Caller, it: Submission) -> Invoice:
    invoices = caller.portal.invoices
    draft = invoices.draft_of(it.main_file.id) if it.main_file else None
    if draft:
        draft.submitted = True
    invoice = Invoice(
        id=draft.id if draft else invoices.next_id(),
        number=invoices.assigned_number(caller.now) if it.typed else it.request.numeroFactureSaisi or "",
        supplier=it.checked_supplier(),
        creator=caller.account.login,
        data=it.request,
        received=caller.received,
        mode=it.request.modeDepot,
        routed=it.routed(),
        deposited=caller.now,
        main_file=it.main_file,
        attachments=it.attachments,
    )
    if draft:
        invoices.set_status(invoice, "INTERPRETEE_OCR", draft.created)
    invoices.set_status(invoice, "DEPOSEE", caller.now)
    return invoice


def deposer_flux(caller: Caller, request: DeposerFlux) -> Payload:
    """Accept a structured file; the report of the flow has its outcome."""
    require_file_name(caller.operation, request.nomFichier)
    content = decoded(caller.operation, request.fichierFlux)
    if len(content) > MAX_FILE:
        raise refusal(caller.operation, "too_large")
    flow = integration.deposit(caller.portal, caller.account, request, content, caller.now)
    return {"numeroFluxDepot": flow.number, "dateDepot": day(caller.now), "syntaxeFlux": request.syntaxeFlux}


def rechercher_fournisseur(caller: Caller, request: RechercherFournisseur) -> Payload:
    found = [invoice for invoice in _mine(caller, request.idFournisseur) if _matches(invoice, request)]
    rows, parameters = page_of(
        caller.operation, found, request.rechercheFactureParFournisseur, wire.INVOICE_COLUMNS, "DateDepot"
    )
    listed = [wire.search_row(invoice, with_size=bool(request.recupererTaille)) for invoice in rows]
    if _asks_for_drafts(request) and not found:
        drafts = [draft for draft in caller.portal.invoices.drafts() if draft.file.owner == caller.account.login]
        listed, parameters = wire.draft_rows(drafts), {**parameters, "pages": 1, "total": len(drafts)}
    return listing(caller.operation, "listeFactures", listed, parameters, caller.portal.settings.empty_search)


def _asks_for_drafts(request: RechercherFournisseur) -> bool:
    # A draft has neither number nor flow.
    if request.numeroFacture is not None or request.numeroFluxDepot is not None:
        return False
    return bool(set(request.statutCourant or ()) & set(table("statuses")["DRAFTS"]))


def rechercher_a_traiter(caller: Caller, request: RechercherATraiter) -> Payload:
    """The invoices on which the supplier may or must act."""
    statuses = set(table("statuses")["SUPPLIER_MUST_ACT"]) - ({"REJETEE"} if request.masquerRejetee else set())
    found = [
        invoice
        for invoice in _mine(caller, request.idStructure)
        if invoice.status in statuses and not invoice.rejection_handled
    ]
    rows, parameters = page_of(
        caller.operation, found, request.rechercheFactureATraiterParFournisseur, wire.TO_PROCESS_COLUMNS, "DateDepot"
    )
    listed = [wire.to_process_row(invoice, with_size=bool(request.recupererTaille)) for invoice in rows]
    return listing(caller.operation, "listeFactures", listed, parameters, caller.portal.settings.empty_search)


def consulter_fournisseur(caller: Caller, request: ConsulterFournisseur) -> Payload:
    return {"facture": wire.full_invoice(_invoice(caller, request.identifiantFactureCPP))}


def consulter_historique(caller: Caller, request: ConsulterHistorique) -> Payload:
    return wire.history(_invoice(caller, request.idFacture), request)


def completer(caller: Caller, request: Completer) -> Payload:
    """Add files or a comment to a suspended invoice; it becomes COMPLETEE."""
    invoice = _invoice(caller, request.identifiantFactureCPP)
    _require_status(caller, invoice, "SUSPENDUE")
    if len(request.commentaire or "") > 2000:
        raise refusal(caller.operation, "too_long", "commentaire (2000)")
    given = request.pieceJointeComplementaire or []
    if not given and not request.commentaire:
        raise refusal(caller.operation, "nothing_given")
    invoice.attachments += linked_attachments(caller.portal, caller.account, caller.operation, given)
    caller.portal.invoices.set_status(invoice, "COMPLETEE", caller.now, request.commentaire)
    caller.portal.lives.answered(invoice, caller.now)
    return {
        "identifiantFactureCPP": invoice.id,
        "numeroFacture": invoice.number,
        "dateTraitement": day(caller.now),
    }


def recycler(caller: Caller, request: Recycler) -> Payload:
    """Send the same invoice another way: recipient, service and engagement only."""
    invoice = _invoice(caller, request.identifiantFactureCPP)
    _require_status(caller, invoice, "A_RECYCLER")
    _require_routing_only(caller, invoice, request)
    rerouted = _rerouted(caller, invoice, request)
    invoice.data = rerouted.request
    invoice.routed = rerouted.routed()
    caller.portal.invoices.set_status(invoice, "DEPOSEE", caller.now, request.commentaire)
    caller.portal.lives.answered(invoice, caller.now)
    return {
        "identifiantFactureCPP": invoice.id,
        "numeroFacture": invoice.number,
        "statutFacture": invoice.status,
        "dateDepot": day(invoice.deposited),
    }


def _require_routing_only(caller: Caller, invoice: Invoice, request: Recycler) -> None:
    given = request.reference.model_dump(exclude_none=True) if request.reference else {}
    present = invoice.data.references.model_dump()
    for name, value in given.items():
        if name not in ("numeroBonCommande", "numeroMarche") and value != present[name]:
            raise refusal(caller.operation, "only_routing", name)


def _rerouted(caller: Caller, invoice: Invoice, request: Recycler) -> Submission:
    data = invoice.data.model_copy(deep=True)
    if request.destinataire:
        data.destinataire = request.destinataire
    if request.reference and request.reference.numeroBonCommande is not None:
        data.references.numeroBonCommande = request.reference.numeroBonCommande
    submission = Submission(caller.portal, caller.account, data, caller.now, caller.operation)
    for rule in (check_recipient, check_service, check_engagement):
        rule(submission)
    return submission


def traiter_rejet(caller: Caller, request: TraiterRejet) -> Payload:
    """Mark rejections as processed; all of the list or none."""
    invoices = [_invoice(caller, entry.idDemandePaiement) for entry in request.listeDemandePaiement]
    for invoice in invoices:
        _require_status(caller, invoice, "REJETEE")
    for invoice in invoices:
        invoice.rejection_handled = True
        caller.portal.invoices.note(invoice, "TRAITEMENT_REJET", caller.now)
    return {}


def corriger_valideur(caller: Caller, request: CorrigerValideur) -> Payload:
    """Name another validator after ERREUR_FOURNISSEUR_SUR_VALIDEUR."""
    invoice = _invoice(caller, request.idFacture)
    _require_status(caller, invoice, "ERREUR_FOURNISSEUR_SUR_VALIDEUR")
    identifier = request.identifiantStructure or _siret_of(caller, request.idStructure)
    if not identifier or not known_structure(caller.portal, identifier):
        raise refusal(caller.operation, "unknown_validator")
    invoice.data.cadreDeFacturation.codeStructureValideur = identifier
    caller.portal.invoices.set_status(invoice, "A_VALIDER_1", caller.now)
    caller.portal.lives.answered(invoice, caller.now)
    return {"idFacture": invoice.id}


def _siret_of(caller: Caller, structure_id: int | None) -> str | None:
    if structure_id is None:
        return None
    structure = caller.portal.suppliers.get(structure_id) or caller.portal.directory.get(structure_id)
    return structure.siret if structure else None


def telecharger_groupe(caller: Caller, request: TelechargerGroupe) -> Payload:
    """One XML for all (PIVOT), one PDF when there is a single file, else a ZIP with a folder per invoice."""
    invoices = [_invoice(caller, entry.idFacture) for entry in request.listeFacture]
    result = download(invoices, request.format, request.avecPiecesJointesComplementaires)
    for invoice in invoices:
        caller.portal.invoices.note(invoice, "TELECHARGEMENT_FACTURE", caller.now)
    return {"fichierResultat": wire.b64(result)}


def download(invoices: list[Invoice], kind: str, attachments: str | None) -> bytes:
    """The file a download answers with; over 120 MB it is a 413."""
    if kind in ("PIVOT", "XML"):
        return wire.pivot(invoices)
    with_attachments = (attachments or "NON").upper() == "OUI"
    files = [(invoice, name, data) for invoice in invoices for name, data in _files(invoice, with_attachments)]
    if sum(len(data) for _, _, data in files) > MAX_INVOICE:
        raise HttpError("too_large")
    if len(files) == 1 and kind == "PDF":
        return files[0][2]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for invoice, name, data in files:
            archive.writestr(f"{invoice.id}/{name}" if len(invoices) > 1 else name, data)
    return packed.getvalue()


def _files(invoice: Invoice, with_attachments: bool) -> Iterable[tuple[str, bytes]]:
    if invoice.main_file:
        yield invoice.main_file.name, invoice.main_file.content
    else:
        # SAISIE_API: the portal makes the PDF.
        yield f"{invoice.number}.pdf", wire.plain_pdf(f"Facture {invoice.number}")
    if with_attachments:
        for attachment in invoice.attachments:
            yield attachment.file.name, attachment.file.content


def _invoice(caller: Caller, invoice_id: int) -> Invoice:
    """The invoice, when it exists and is of a structure of this account."""
    invoice = caller.portal.invoices.get(invoice_id)
    if invoice is None:
        raise refusal(caller.operation, "unknown_invoice")
    if invoice.supplier.id not in caller.account.supplier_ids:
        no_right = caller.operation == "factures/completer"
        raise refusal(caller.operation, "no_right" if no_right else "not_attached")
    return invoice


def _mine(caller: Caller, supplier_id: int | None) -> Iterable[Invoice]:
    """Invoices of the named structure, or of every structure of the account."""
    if supplier_id is None:
        return caller.portal.invoices.of(sorted(caller.account.supplier_ids))
    if caller.portal.suppliers.get(supplier_id) is None:
        raise refusal(caller.operation, "unknown_structure")
    if supplier_id not in caller.account.supplier_ids:
        raise refusal(caller.operation, "not_attached")
    return caller.portal.invoices.of([supplier_id])


def _require_status(caller: Caller, invoice: Invoice, status: str) -> None:
    if invoice.status != status:
        raise refusal(caller.operation, "wrong_state")


def _equal(name: str) -> Callable[[Invoice, Any], bool]:
    return lambda invoice, wanted: wire.search_values(invoice)[name] == wanted


_EXACT: dict[str, Callable[[Invoice, Any], bool]] = {
    "numeroFacture": lambda invoice, wanted: invoice.number == wanted,
    "numeroFluxDepot": lambda invoice, wanted: invoice.flow_number == wanted,
    "statutCourant": lambda invoice, wanted: not wanted or invoice.status in wanted,
    "modeDepot": lambda invoice, wanted: invoice.mode == wanted,
    "typeFacture": lambda invoice, wanted: invoice.kind == wanted,
    "rejetTraite": lambda invoice, wanted: invoice.rejection_handled == wanted,
    "cadreFacturation": lambda invoice, wanted: invoice.data.cadreDeFacturation.codeCadreFacturation == wanted,
    "numeroFactureOrigine": _equal("numeroFactureOrigine"),
    "numeroMarche": _equal("numeroMarche"),
    "numeroBonCommande": _equal("numeroBonCommande"),
    "idServiceFournisseur": lambda invoice, wanted: invoice.data.fournisseur.idServiceFournisseur == wanted,
    "coordonneeBancaire": lambda invoice, wanted: (
        invoice.data.fournisseur.codeCoordonneesBancairesFournisseur == wanted
    ),
    "listeDestinataire": lambda invoice, wanted: not wanted or any(_is_recipient(invoice, one) for one in wanted),
}


def _matches(invoice: Invoice, request: RechercherFournisseur) -> bool:
    for name, test in _EXACT.items():
        wanted = getattr(request, name)
        if wanted is not None and not test(invoice, wanted):
            return False
    return _in_periods(invoice, request) and _in_amounts(invoice, request)


def _in_periods(invoice: Invoice, request: RechercherFournisseur) -> bool:
    invoice_day = to_date(invoice.data.dateFacture) if invoice.data.dateFacture else invoice.deposited.date()
    return (
        within(invoice.deposited.date(), request.periodeDateDepotDu, request.periodeDateDepotAu)
        and within(invoice_day, request.periodeDateFactureDu, request.periodeDateFactureAu)
        and within_moments(
            invoice.changed, request.periodeDateHeureEtatCourantDu, request.periodeDateHeureEtatCourantAu
        )
    )


def _in_amounts(invoice: Invoice, request: RechercherFournisseur) -> bool:
    totals = invoice.data.montantTotal
    limits: tuple[tuple[Decimal, Decimal | None, Decimal | None], ...] = (
        (totals.montantHtTotal, request.montantHTMin, request.montantHTMax),
        (totals.montantTtcTotal, request.montantTTCMin, request.montantTTCMax),
        (totals.montantAPayer, request.montantApayerMin, request.montantApayerMax),
    )
    return all(between(value, lowest, highest) for value, lowest, highest in limits)


def _is_recipient(invoice: Invoice, wanted: CritereDestinataire) -> bool:
    routed = invoice.routed
    if wanted.idDestinataire is not None and wanted.idDestinataire != routed.recipient.id:
        return False
    services = wanted.listeIdServiceExecutant
    return not services or (routed.service is not None and routed.service.id in services)


OPERATIONS: dict[str, Operation] = {
    "factures/deposer/pdf": Operation(DeposerPdf, deposer_pdf),
    "factures/soumettre": Operation(Soumettre, soumettre),
    "factures/deposer/flux": Operation(DeposerFlux, deposer_flux),
    "factures/rechercher/fournisseur": Operation(RechercherFournisseur, rechercher_fournisseur),
    "factures/rechercher/atraiter/fournisseur": Operation(RechercherATraiter, rechercher_a_traiter),
    "factures/consulter/fournisseur": Operation(ConsulterFournisseur, consulter_fournisseur),
    "factures/consulter/historique": Operation(ConsulterHistorique, consulter_historique),
    "factures/completer": Operation(Completer, completer),
    "factures/recycler": Operation(Recycler, recycler),
    "factures/traiterRejet": Operation(TraiterRejet, traiter_rejet),
    "factures/corriger/valideur/facture": Operation(CorrigerValideur, corriger_valideur),
    "factures/telecharger/groupe": Operation(TelechargerGroupe, telecharger_groupe),
}
