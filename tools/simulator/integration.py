"""Processes a flow: first « introuvable », then integrated, integrated in part, or rejected.

`structured.py` reads its invoices, and the field rules of a submission check them. The report lists the violations,
several messages joined by `|` and cut at 255 characters.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tools.simulator.clock import later
from tools.simulator.flow_rules import flow_problems
from tools.simulator.flows import Flow, InvoiceError
from tools.simulator.invoices import Invoice
from tools.simulator.refusals import UnreadableFlow
from tools.simulator.rules import Submission, broken_rules
from tools.simulator.structured import StructuredInvoice, read_flow, to_request

if TYPE_CHECKING:
    from tools.simulator.portal import Portal
    from tools.simulator.requests import DeposerFlux
    from tools.simulator.suppliers import Account


def deposit(portal: Portal, account: Account, request: DeposerFlux, content: bytes, now: datetime) -> Flow:
    """Accept the file and schedule its processing."""
    flow = portal.flows.add(account.login, request, now)
    integration = _Integration(portal, account, flow, content)
    visible, done = portal.settings.flow_visible_after, portal.settings.flow_done_after
    first = later(now, timedelta(seconds=visible))
    last = max(first, later(now, timedelta(seconds=done)))
    portal.agenda.at(first, integration.appear)
    portal.agenda.at(first + (last - first) / 2, integration.begin)
    portal.agenda.at(last, integration.finish)
    return flow


@dataclass(frozen=True)
class _Integration:
    """The three steps of one flow."""

    portal: Portal
    account: Account
    flow: Flow
    content: bytes

    def appear(self, at: datetime) -> None:
        self.flow.visible = True
        self._change("IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP", at)

    def begin(self, at: datetime) -> None:
        self._change("IN_EN_COURS_TRAITEMENT_CPP", at)

    def finish(self, at: datetime) -> None:
        dialect = self.portal.dialect
        if dialect.flow_end_state or dialect.flow_loses_invoices:
            self._change(dialect.flow_end_state or "IN_INTEGRE", at)
            return
        try:
            found = read_flow(self.content, self.flow.syntax)
        except UnreadableFlow as problem:
            self.flow.technical_errors.append((problem.code, str(problem)))
            self._change("IN_REJETE", at)
            return
        accepted = [self._integrate(one, at) for one in found]
        if all(accepted):
            self._change("IN_INTEGRE", at)
        else:
            self._change("IN_INTEGRE_PARTIEL" if any(accepted) else "IN_REJETE", at)

    def _change(self, state: str, at: datetime) -> None:
        self.flow.state, self.flow.changed = state, at

    def _integrate(self, found: StructuredInvoice, at: datetime) -> bool:
        """Accept one invoice of the flow, or write the reason against it into the report."""
        submission, problems = checked(self.portal, self.account, found, at)
        if submission is None or problems:
            self._refuse(found, problems)
            return False
        invoice = self._invoice(submission, found, at)
        self.portal.invoices.add(invoice)
        self.portal.lives.deposit(invoice, at)
        return True

    def _refuse(self, found: StructuredInvoice, problems: list[str]) -> None:
        text = "|".join(problems)[:255]
        error = InvoiceError(found.supplier_siret, found.recipient_siret, found.number, text)
        self.flow.invoice_errors.append(error)

    def _invoice(self, it: Submission, found: StructuredInvoice, at: datetime) -> Invoice:
        stored = self.portal.files.add(self.account.login, found.file_name or self.flow.file_name, found.content)
        invoice = Invoice(
            id=self.portal.invoices.next_id(),
            number=found.number or "",
            supplier=it.checked_supplier(),
            creator=self.account.login,
            data=it.request,
            received=it.request.model_dump(exclude_none=True),
            mode="UPLOAD_API",
            routed=it.routed(),
            deposited=self.flow.deposited,
            main_file=stored,
            flow_number=self.flow.number,
        )
        self.portal.invoices.set_status(invoice, "DEPOSEE", at)
        return invoice


def checked(
    portal: Portal, account: Account, found: StructuredInvoice, at: datetime
) -> tuple[Submission | None, list[str]]:
    """The invoice of a flow as a submission (None if data is missing), and the texts of all rules that it breaks."""
    problems = flow_problems(found, portal.dialect)
    supplier = portal.suppliers.find(found.supplier_siret or "")
    try:
        request = to_request(found, supplier.id if supplier else 0)
    except ValueError as problem:
        return None, [*problems, str(problem)]
    submission = Submission(portal, account, request, at)
    return submission, problems + [one.label for one in broken_rules(submission)]


def reread(portal: Portal, account: Account, invoice: Invoice, at: datetime) -> None:
    """Take a submitted PDF for the flow that is inside it: its XML decides, at once or by a later rejection.

    The number was checked at submission and is the invoice's own, so the XML's number counts for nothing.
    """
    content = invoice.main_file.content if invoice.main_file else b""
    try:
        found = read_flow(content, "IN_DP_E2_CII_FACTURX")[0]
    except UnreadableFlow as problem:
        _reject_later(portal, invoice, [str(problem)], at)
        return
    submission, problems = checked(portal, account, replace(found, number="XML"), at)
    if submission is None or problems:
        _reject_later(portal, invoice, problems, at)
    else:
        invoice.routed = submission.routed()
        invoice.data.montantTotal = submission.request.montantTotal


def _reject_later(portal: Portal, invoice: Invoice, problems: list[str], at: datetime) -> None:
    text = "|".join(problems)[:255]
    due = later(at, timedelta(seconds=portal.settings.flow_done_after))
    portal.agenda.at(due, lambda when: portal.lives.by_hand(invoice, "REJETEE", when, text))


def recognised(content: bytes) -> dict[str, Any]:
    """The fields that deposer/pdf reads when OCR is set to `xml`: those of the XML inside the PDF, if there is one."""
    try:
        found = read_flow(content, "IN_DP_E2_CII_FACTURX")[0]
    except UnreadableFlow:
        return {}
    return {
        "numeroFacture": (found.number or "")[:20] or None,
        "dateFacture": found.date,
        "codeDestinataire": found.recipient_siret,
        "codeFournisseur": found.supplier_siret,
        "codeServiceExecutant": found.service_code,
        "numeroBonCommande": found.engagement_number,
        "codeDeviseFacture": found.currency,
        "typeFacture": found.kind,
        "montantTtcAvantRemiseGlobalTTC": found.total_ttc,
        "montantAPayer": found.amount_due,
        "montantHtTotal": found.total_ht,
        "montantTVA": found.total_tva,
    }
