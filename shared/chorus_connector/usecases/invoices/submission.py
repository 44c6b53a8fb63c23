"""Deposits an invoice at Chorus Pro exactly once, even if a worker dies on the way; used by the function submission.

The order of the effects ensures it. The files are uploaded first: a file that no deposit names is nothing at the
portal, so a worker may die there, and two workers may upload at once. Then one transaction claims the number and stores
the attempt, and only then the deposit is sent. So the record alone shows what may have happened. READY: the deposit was
not sent. SUBMITTING: it may have been, and only the portal knows. An invoice is never sent again before the portal was
asked and did not know the number.

A PDF is deposited as it is, without its XML, or as a flow (``domain.invoices.sending`` decides). The portal accepts a
flow at once and processes it later: until then the attempt's phase is FOLLOWING, and every ten-minute run asks for the
outcome. A flow that the portal rejected for its format goes again once, as a PDF: the rejection is final, and the
portal was asked and does not know the number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import FileTooComplex, NumberTaken
from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.invoices.invoice import Attempt, Deposit, Invoice, SentFile
from chorus_connector.domain.invoices.lessons import may_teach
from chorus_connector.domain.invoices.retention import RETENTION
from chorus_connector.domain.invoices.sending import xml_not_removed
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.submission import Submission, to_submission
from chorus_connector.domain.portal.answers import AnswerLost, FlowReport, FoundInvoice, PortalFailure, PortalRefused
from chorus_connector.domain.portal.tracking import deposit_from, next_poll
from chorus_connector.domain.problem import Problem
from chorus_connector.ports.values import LessonWork, StoredAttachment
from chorus_connector.usecases.invoices.resolution import Resolution, codes
from chorus_connector.usecases.invoices.waiting import (
    RETRY_PORTAL,
    RETRY_SUSPENDED,
    hold_problem,
    retry_after,
    suspended_problem,
)

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.attachments import LinkedAttachment
    from chorus_connector.ports.invoices import AttachmentFiles, DocumentStore, InvoiceStore, LessonQueue, PdfReader
    from chorus_connector.ports.portal import Portal

SUBMISSION = "submission"
_KEPT_UNSEEN = FileFacts(xml=True, fault="xml_unusable")
"""A file that a person sends as it is, whatever is inside."""
_ASK_AGAIN = timedelta(hours=1)
"""The longest pause between two polls of something that takes hours at the portal."""
_WATCH_EVERY, _WATCHED_FOR = timedelta(days=1), timedelta(days=30)
"""How often, and for how long, the portal is asked about an attempt that a person took over."""


@dataclass(frozen=True)
class SubmitInvoice:
    """``settle_after`` is how long a deposit whose answer was lost may still arrive at the portal: longer than any
    worker lives and any call lasts. Only after it does an unsuccessful search prove that the portal has no invoice.
    ``settle_flow_after`` is the same for a flow whose number was lost, and for a number that the portal says it has.
    After it a person also takes over what the portal neither finishes nor shows: nothing is followed for ever.

    ``outage`` returns the reason why no deposit can be made now, if any; ``postpone`` sends the message of a document
    again, for which ``probed_elsewhere`` says that another worker was just asking the portal; ``learn`` is called with
    every invoice that the portal has accepted; ``lessons`` take those from which its layout may be learnt.
    """

    invoices: InvoiceStore
    documents: DocumentStore
    portal: Portal
    resolution: Resolution
    settle_after: timedelta = timedelta(minutes=15)
    settle_flow_after: timedelta = timedelta(hours=24)
    outage: Callable[[], PortalFailure | None] = lambda: None
    postpone: Callable[[str], None] = lambda _: None
    probed_elsewhere: Callable[[], bool] = lambda: False
    pdfs: PdfReader | None = None
    attachment_files: AttachmentFiles | None = None
    learn: Callable[[Invoice], None] = lambda _: None
    lessons: LessonQueue | None = None

    def work_on(self, document_id: str, *, attempt_id: str, now: datetime, tries: int = 1) -> Invoice:
        """Do the next step of the invoice, whatever its state when the message arrives.

        The files of a submitted invoice are locked, and its layout learnt, last: if the worker dies before, the message
        is delivered again. ``tries``: how many times it was delivered, with this one. Raises FileTooComplex when the
        file should be tried once more.
        """
        try:
            invoice = self._step(document_id, attempt_id, now)
        except FileTooComplex as died:
            if tries == 1 and not died.final:
                raise
            invoice = self._not_rewritten(self.invoices.get(document_id), now)
        if self.probed_elsewhere() and invoice.state is not State.SUBMITTED and invoice.due_at is not None:
            self.postpone(document_id)  # it goes in the same run if that worker finds the portal up
        if invoice.state is State.SUBMITTED and invoice.origin == "upload":
            self._lock(invoice, until=now + RETENTION)
            if self.lessons is not None and may_teach(invoice):
                self.lessons.send(LessonWork(invoice.supplier_id, document_id, "teach"))
        return invoice

    def _lock(self, invoice: Invoice, *, until: datetime) -> None:
        self.documents.lock_original(invoice.document_id, invoice.object_version, until=until)
        if (sent := invoice.sent_file) is not None and sent.rewritten:
            self.documents.lock_sent(invoice.document_id, sent, until=until)

    def _step(self, document_id: str, attempt_id: str, now: datetime) -> Invoice:
        invoice = self.invoices.get(document_id)
        if invoice.state in (State.READY, State.HELD) and invoice.due_at is not None:
            return self._try(invoice, attempt_id, now)
        if invoice.due_at is None or invoice.due_at > now:
            return invoice
        overdue = {
            State.SUBMITTING: self._take_over,
            State.IN_DOUBT: self._reconcile,
            State.READING: self._reading_overdue,
            State.REFUSED: self._watch,
        }
        step = overdue.get(invoice.state)
        return step(invoice, now) if step else invoice

    def _reading_overdue(self, invoice: Invoice, now: datetime) -> Invoice:
        """Resolve the invoice if it was read; otherwise a person fills in the form."""
        if invoice.was_read:
            return self.resolution.resolve(invoice.document_id, now=now)
        return self._save(invoice.to_complete(now, problems=(_reading_overdue_problem(),)), "reading_overdue")

    # --- sending -----------------------------------------------------------------------------------------

    def _try(self, invoice: Invoice, attempt_id: str, now: datetime) -> Invoice:
        """Send the invoice, or hold it if no deposit can be made now."""
        if not self.resolution.supplier.active:
            return self._save(invoice.held(now, suspended_problem(), retry_in=RETRY_SUSPENDED), "held")
        if (failure := self.outage()) is not None:
            return invoice if failure.probing else self._wait(invoice, failure, now)
        if invoice.state is State.HELD:
            invoice = self.resolution.resolve(invoice.document_id, now=now)
        if invoice.state is State.READY and invoice.due_at is not None:
            return self._arrived_after_all(invoice, now) or self._submit(invoice, attempt_id, now)
        return invoice

    def _arrived_after_all(self, invoice: Invoice, now: datetime) -> Invoice | None:
        """The invoice SUBMITTED if an earlier attempt that was not settled has arrived meanwhile; None: send it."""
        attempt = invoice.attempt
        if attempt is None or not (attempt.unsettled or attempt.phase == "FOLLOWING"):
            return None
        try:
            ours = self._ours(attempt)
        except PortalFailure as error:
            if error.answered and attempt.unsettled:
                return None  # a person has looked at the portal, which itself refuses a number twice
            if error.answered and self._held_too_long(invoice, now):
                return self._hand_over(invoice, _unsettled_search_problem(), now)
            return self._wait(invoice, error, now)
        return self._submitted(invoice, deposit_from(_latest(ours)), now) if ours else None

    def _held_too_long(self, invoice: Invoice, now: datetime) -> bool:
        return invoice.held_since is not None and now - invoice.held_since >= self.settle_flow_after

    def _ours(self, attempt: Attempt) -> list[FoundInvoice]:
        return [each for each in self.portal.find(attempt.invoice_number) if _is_ours(each, attempt)]

    def _wait(self, invoice: Invoice, failure: PortalFailure, now: datetime) -> Invoice:
        """Hold the invoice without a call. If it is already held for that reason, only its due time changes."""
        problem, retry_in = hold_problem(failure), retry_after(failure)
        if invoice.state is not State.HELD or problem not in invoice.problems:
            return self._save(invoice.held(now, problem, retry_in=retry_in), "held")
        waiting = invoice.model_copy(update={"due_at": invoice.next_due(now + retry_in)})
        self.invoices.reschedule(waiting)
        return waiting

    def _submit(self, invoice: Invoice, attempt_id: str, now: datetime) -> Invoice:
        judgement = self.resolution.judge(invoice, now=now)
        data = b""
        if judgement.green:
            data = self.documents.original(invoice.document_id, invoice.object_version)
            if _was_replaced(invoice, data):
                return self._refused(invoice.model_copy(update=judgement.facts), _replaced_problem(), now)
            if judgement.sending is None:  # an older release read it, or a person filled in all of its form
                file = _KEPT_UNSEEN if invoice.keep_xml else self._opens.file_facts(data)
                judgement = self.resolution.judge(invoice, now=now, file=file)
        if not judgement.green:
            return self._save(self.resolution.settle(invoice, judgement, now=now), "green_light_lost")
        judged = invoice.model_copy(update=judgement.facts)
        to_send = self._file_to_send(judged, data)
        if to_send is None:
            return self._not_rewritten(judged, now)
        send = self._send_flow if judged.sending and judged.sending.way == "flow" else self._send_pdf
        try:
            return send(judged, *to_send, attempt_id, now)
        except NumberTaken:
            judgement = self.resolution.judge(invoice, now=now)
            return self._save(self.resolution.settle(invoice, judgement, now=now), "number_taken")

    def _file_to_send(self, judged: Invoice, data: bytes) -> tuple[bytes, SentFile] | None:
        """The file's content and its record; None when its XML should be removed and cannot be.

        A file that differs from the original is stored before the attempt names it. Raises FileTooComplex.
        """
        version, rewritten = judged.object_version, False
        if judged.sending is not None and judged.sending.way == "plain_pdf_without_xml":
            without = self._opens.without_xml(data)
            if without is None:
                return None
            data, rewritten = without, True
            version = self.documents.put_sent(judged.document_id, data)
        digest = hashlib.sha256(data).hexdigest()
        return data, SentFile(object_version=version, sha256=digest, size=len(data), rewritten=rewritten)

    @property
    def _opens(self) -> PdfReader:
        assert self.pdfs is not None  # every reading of the tests without it says what the file carries
        return self.pdfs

    def _not_rewritten(self, invoice: Invoice, now: datetime) -> Invoice:
        asked = invoice.to_complete(now, problems=(*invoice.problems, xml_not_removed()))
        return self._save(asked, "xml_not_removed")

    def _send_pdf(self, judged: Invoice, data: bytes, sent: SentFile, attempt_id: str, now: datetime) -> Invoice:
        """Upload the files, then make the deposit; only a readable answer counts as an outcome."""
        submission = to_submission(judged.form)
        file_name = portal_file_name(submission.invoice_number)
        try:
            file_id = self.portal.upload(file_name, data)
            attached = self._upload(judged.attachments)
        except PortalFailure as error:
            return self._not_sent(judged, error, now)
        sending = self._begin(judged, submission, now, attempt_id=attempt_id, file_id=file_id, sent=sent)
        try:
            deposit = self.portal.submit(submission, file_id=file_id, file_name=file_name, attachments=attached)
        except PortalFailure as error:
            return self._not_accepted(sending, error, now)
        return self._submitted(sending, deposit, now)

    def _upload(self, attachments: tuple[LinkedAttachment, ...]) -> tuple[StoredAttachment, ...]:
        """Upload the attachments one after the other (each may have 10 MB)."""
        stored = []
        for each in attachments:
            assert self.attachment_files is not None  # nothing is linked without them
            data = self.attachment_files.read(each.attachment_id, each.object_version)
            stored.append(StoredAttachment(each, self.portal.upload(portal_attachment_name(each.file_name), data)))
        return tuple(stored)

    def _begin(self, judged: Invoice, submission: Submission, now: datetime, **facts: Any) -> Invoice:
        """Claim the number and store the attempt: from now on only the portal knows whether the deposit was made.

        Raises NumberTaken, and StaleWrite when another worker or a person was first.
        """
        attempt = Attempt(
            phase="SENDING",
            started_at=now,
            invoice_number=submission.invoice_number,
            recipient_siret=submission.recipient_siret,
            total_ttc=f"{submission.total_ttc:.2f}",
            **facts,
        )
        due_at = now + self.settle_after
        sending = judged.move(State.SUBMITTING, now, action="submit", attempt=attempt, due_at=due_at)
        number = submission.invoice_number
        how = judged.sending.code if judged.sending else ""
        self.invoices.save_claiming_number(sending, number, by=_actor(judged), action="sending", detail=how)
        previous = judged.attempt
        if previous is not None and previous.invoice_number != number:
            self.invoices.release_number(previous.invoice_number, judged.document_id)
        return sending

    def _not_accepted(self, sending: Invoice, error: PortalFailure, now: datetime) -> Invoice:
        if isinstance(error, AnswerLost):
            return self._in_doubt(sending, now)
        if isinstance(error, PortalRefused) and error.duplicate_number:
            # the portal has this number: from an earlier attempt whose answer was lost, or entered by other means
            assert sending.attempt is not None
            attempt = sending.attempt.model_copy(update={"called_duplicate": True})
            return self._in_doubt(sending, now, due_in=timedelta(0), attempt=attempt)
        return self._not_sent(sending, error, now)

    def _not_sent(self, invoice: Invoice, error: PortalFailure, now: datetime) -> Invoice:
        """The deposit was certainly not made: the invoice is refused or held, as the failure says."""
        if isinstance(error, PortalRefused):
            return self._refused(invoice, _refusal_problem(error), now)
        return self._save(invoice.held(now, hold_problem(error), retry_in=retry_after(error)), "held")

    # --- a Factur-X as a flow ----------------------------------------------------------------------------

    def _send_flow(self, judged: Invoice, data: bytes, sent: SentFile, attempt_id: str, now: datetime) -> Invoice:
        submission = to_submission(judged.form)
        sending = self._begin(judged, submission, now, attempt_id=attempt_id, channel="flow", sent=sent)
        try:
            flow_number = self.portal.deposit_flow(portal_file_name(submission.invoice_number), data)
        except PortalFailure as error:
            return self._not_accepted(sending, error, now)
        assert sending.attempt is not None
        attempt = sending.attempt.model_copy(update={"phase": "FOLLOWING", "flow_number": flow_number})
        accepted = sending.move(State.SUBMITTING, now, action="submit", attempt=attempt, due_at=now)
        return self._save(accepted, "flow_deposited")

    def _poll_flow(self, invoice: Invoice, flow_number: str, now: datetime) -> Invoice:
        """Ask for the outcome of the flow: the invoice is submitted only when the portal has it."""
        assert invoice.attempt is not None
        attempt = invoice.attempt
        overdue = now - attempt.started_at >= self.settle_flow_after
        try:
            report = self._report(flow_number)
            # also after a rejection: it may be a duplicate of an earlier flow of ours that we took for lost
            in_progress = report.outcome == "pending" and not overdue
            found = [] if in_progress else self.portal.find(attempt.invoice_number)
        except PortalFailure as error:
            if error.probing:
                return invoice
            if error.answered and overdue:
                return self._hand_over(invoice, _unsettled_search_problem(), now)
            return self._later(invoice, "flow_report_failed", now + retry_after(error), now)
        ours = [each for each in found if _is_ours(each, attempt)]
        if ours:
            return self._submitted(invoice, deposit_from(_latest(ours)), now)
        if report.outcome == "rejected" or (report.ended and report.reasons):
            return self._rejected(invoice, report, now, number_known=bool(found))
        return self._not_integrated(invoice, report, now)

    def _not_integrated(self, invoice: Invoice, report: FlowReport, now: datetime) -> Invoice:
        """Send the flow again after an incident, ask again later, or hand over what takes too long."""
        assert invoice.attempt is not None
        attempt, incident = invoice.attempt, report.outcome == "incident"
        if incident and not self._held_too_long(invoice, now):  # then the portal asks for the whole flow again
            return self._save(invoice.held(now, _incident_problem(), retry_in=RETRY_PORTAL), "flow_incident")
        lasts = now - attempt.started_at
        if incident or lasts >= self.settle_flow_after:
            return self._hand_over(invoice, _unsettled_flow_problem(attempt.flow_number or "", report), now)
        pause = min(max(RETRY_PORTAL, lasts / 4), _ASK_AGAIN)
        return self._later(invoice, "flow_pending", now + pause, now)

    def _rejected(self, invoice: Invoice, report: FlowReport, now: datetime, *, number_known: bool) -> Invoice:
        """REFUSED; or READY to go as a PDF by the next run, once, if only the format was wrong.

        Then the portal has neither the flow nor an invoice of that number.
        """
        for_format = report.outcome == "rejected" and report.about_format
        if number_known or invoice.flow_rejected or not for_format:
            return self._refused(invoice, _flow_problem(report), now)
        ready = invoice.ready(now, automatic=True, flow_rejected=True, problems=(_again_as_pdf_problem(report),))
        return self._save(ready, "flow_rejected_for_format")

    def _report(self, flow_number: str) -> FlowReport:
        """The state of the flow. A refusal to report is a state of its own: then the search decides."""
        try:
            return self.portal.flow_report(flow_number)
        except PortalRefused as refusal:
            return FlowReport("halted", refusal.code)

    def _hand_over(self, invoice: Invoice, problem: Problem, now: datetime) -> Invoice:
        """A person decides what to do about an attempt that the portal does not settle. The portal is still asked."""
        assert invoice.attempt is not None
        attempt = invoice.attempt.model_copy(update={"unsettled": True})
        handed = invoice.move(
            State.REFUSED,
            now,
            action="hand_over",
            problems=(problem,),
            submit_requested_by=None,
            attempt=attempt,
            due_at=now + _WATCH_EVERY,
        )
        return self._save(handed, "handed_over")

    def _watch(self, invoice: Invoice, now: datetime) -> Invoice:
        """Ask about an attempt that a person took over: it may have arrived, or been rejected, after all."""
        attempt = invoice.attempt
        if attempt is None or not attempt.unsettled:
            return invoice
        again = now + _WATCH_EVERY if now - attempt.started_at < _WATCHED_FOR else None
        try:
            report = self._report(attempt.flow_number) if attempt.flow_number else None
            ours = self._ours(attempt)
        except PortalFailure:
            return self._watch_again(invoice, now + _WATCH_EVERY)
        if ours:
            return self._submitted(invoice, deposit_from(_latest(ours)), now)
        if report is not None and report.outcome == "rejected":
            return self._refused(invoice, _flow_problem(report), now)
        return self._watch_again(invoice, again)

    def _watch_again(self, invoice: Invoice, due_at: datetime | None) -> Invoice:
        watched = invoice.model_copy(update={"due_at": due_at})
        self.invoices.reschedule(watched)
        return watched

    def _later(self, invoice: Invoice, action: str, due_at: datetime, now: datetime) -> Invoice:
        return self._save(invoice.move(invoice.state, now, action="wait", due_at=due_at), action)

    # --- outcomes ----------------------------------------------------------------------------------------

    def _in_doubt(
        self, invoice: Invoice, now: datetime, *, due_in: timedelta | None = None, **facts: object
    ) -> Invoice:
        due_at = now + (self.settle_after if due_in is None else due_in)
        doubtful = invoice.move(
            State.IN_DOUBT, now, action="doubt", due_at=due_at, problems=(_doubt_problem(),), **facts
        )
        self._save(doubtful, "answer_lost")
        return self._reconcile(doubtful, now) if due_at <= now else doubtful

    def _refused(self, invoice: Invoice, problem: Problem, now: datetime) -> Invoice:
        refused = invoice.move(
            State.REFUSED,
            now,
            action="refuse",
            submit_requested_by=None,
            problems=(problem,),
            attempt=None,
        )
        saved = self._save(refused, "refused")
        if invoice.attempt is not None:  # refused before it was deposited: the number is free again
            self.invoices.release_number(invoice.attempt.invoice_number, invoice.document_id)
        return saved

    def _submitted(self, invoice: Invoice, deposit: Deposit, now: datetime) -> Invoice:
        # a Local supplier's invoices are retrieved every night
        poll = next_poll(deposit, now) if self.resolution.supplier.loading_mode == "remote" else None
        done = invoice.move(State.SUBMITTED, now, action="submit", deposit=deposit, problems=(), due_at=poll)
        submitted = self._save(done, "submitted")
        self.learn(submitted)
        return submitted

    # --- unknown outcomes --------------------------------------------------------------------------------

    def _take_over(self, invoice: Invoice, now: datetime) -> Invoice:
        """Continue an attempt whose worker died: the portal is asked for its flow, or for its number."""
        assert invoice.attempt is not None
        if invoice.attempt.flow_number is not None:
            return self._poll_flow(invoice, invoice.attempt.flow_number, now)
        doubtful = invoice.move(State.IN_DOUBT, now, action="doubt", due_at=now, problems=(_doubt_problem(),))
        return self._reconcile(self._save(doubtful, "worker_lost"), now)

    def _reconcile(self, invoice: Invoice, now: datetime) -> Invoice:
        """Ask the portal for the number: SUBMITTED if it has the invoice, READY again if it provably has not."""
        assert invoice.attempt is not None
        attempt = invoice.attempt
        try:
            found = self.portal.find(attempt.invoice_number)
        except PortalFailure as error:
            return self._not_found_out(invoice, attempt, error, now)
        ours = [each for each in found if _is_ours(each, attempt)]
        if ours:
            return self._submitted(invoice, deposit_from(_latest(ours)), now)
        if found:
            return self._taken_at_portal(invoice, _taken_problem(), now)
        settled_at = attempt.started_at + self._settles_after(attempt)
        if now < settled_at:
            return self._later(invoice, "not_found_yet", min(settled_at, now + _ASK_AGAIN), now)
        if attempt.called_duplicate:  # a retry would be refused again, so a person must decide
            return self._taken_at_portal(invoice, _taken_unseen_problem(), now)
        return self._save(invoice.ready(now, automatic=True, problems=()), "proven_absent")

    def _not_found_out(self, invoice: Invoice, attempt: Attempt, error: PortalFailure, now: datetime) -> Invoice:
        """Ask again; after a day of answers that are none to the question, a person decides."""
        if error.probing:
            return invoice
        if error.answered and now - attempt.started_at >= self.settle_flow_after:
            return self._hand_over(invoice, _unsettled_search_problem(), now)
        return self._later(invoice, "reconciliation_failed", now + RETRY_PORTAL, now)

    def _settles_after(self, attempt: Attempt) -> timedelta:
        slow = attempt.channel == "flow" or attempt.called_duplicate
        return self.settle_flow_after if slow else self.settle_after

    def _taken_at_portal(self, invoice: Invoice, problem: Problem, now: datetime) -> Invoice:
        refused = invoice.move(State.REFUSED, now, action="reconcile", problems=(problem,), submit_requested_by=None)
        return self._save(refused, "number_taken_at_portal")

    def _save(self, invoice: Invoice, action: str) -> Invoice:
        self.invoices.save(invoice, by=SUBMISSION, action=action, detail=codes(invoice.problems))
        return invoice


def portal_file_name(invoice_number: str) -> str:
    """A file name that the portal accepts: at most 50 characters of ``[A-Za-z0-9._-]``."""
    safe = "".join(char if char.isalnum() or char in "._-" else "_" for char in invoice_number)
    return f"facture_{safe[:30]}.pdf"


def portal_attachment_name(file_name: str) -> str:
    """An attachment's file name in characters that the portal accepts; the upload checked length and extension."""
    return "".join(char if (char.isascii() and char.isalnum()) or char in "._-" else "_" for char in file_name)


def _actor(invoice: Invoice) -> str:
    return invoice.submit_requested_by or SUBMISSION


def _is_ours(found: FoundInvoice, attempt: Attempt) -> bool:
    """Whether the invoice at the portal is the one we sent: same number, recipient and total.

    The totals are compared without sign, because the sign that the portal shows for a credit note is not documented.
    """
    same_recipient = found.recipient_siret in (None, attempt.recipient_siret)
    same_total = found.total_ttc is None or abs(found.total_ttc) == abs(Decimal(attempt.total_ttc))
    return found.invoice_number == attempt.invoice_number and same_recipient and same_total


def _latest(ours: list[FoundInvoice]) -> FoundInvoice:
    """The last one deposited: a search may return an invoice twice, or an earlier one too."""
    return max(ours, key=lambda each: each.chorus_id)


def _was_replaced(invoice: Invoice, data: bytes) -> bool:
    """Whether the file differs from the one that was read: an upload link can be used again for some minutes."""
    return invoice.sha256 is not None and hashlib.sha256(data).hexdigest() != invoice.sha256


def _replaced_problem() -> Problem:
    return Problem(
        field=None,
        code="file_replaced",
        fr="Le fichier a été remplacé après sa lecture : il n'est pas envoyé. Ajoutez-le comme un nouveau document.",
        en="The file was replaced after it was read: it is not sent. Upload it as a new document.",
    )


def _reading_overdue_problem() -> Problem:
    return Problem(
        field=None,
        code="reading_overdue",
        fr="La lecture de ce document n'a pas abouti : complétez le formulaire à la main.",
        en="This document's reading did not come to an end: fill in the form by hand.",
    )


def _doubt_problem() -> Problem:
    return Problem(
        field=None,
        code="answer_lost",
        fr="La réponse de Chorus Pro s'est perdue : la facture n'est pas renvoyée, le portail sera interrogé.",
        en="The portal's answer was lost: the invoice is not sent again, the portal will be asked.",
        blocking=False,
    )


def _refusal_problem(error: PortalRefused) -> Problem:
    return Problem(
        field=None,
        code=f"portal_refused:{error.code}",
        fr=f"Chorus Pro a refusé la facture : {error.text}",
        en=f"Chorus Pro refused the invoice: {error.text}",
    )


def _flow_problem(report: FlowReport) -> Problem:
    """The portal's reasons, and the alternative that only a person may choose."""
    reasons = " ; ".join(report.reasons) or report.state
    return Problem(
        field=None,
        code="flow_rejected",
        fr=f"Chorus Pro a rejeté le fichier Factur-X : {reasons}. Corrigez la facture à sa source, "
        "ou demandez l'envoi du PDF seul.",
        en=f"Chorus Pro rejected the Factur-X file: {reasons}. Correct the invoice where it is made, "
        "or ask for the PDF to be sent alone (as_plain_pdf).",
    )


def _again_as_pdf_problem(report: FlowReport) -> Problem:
    reasons = " ; ".join(report.reasons)
    return Problem(
        field=None,
        code="flow_rejected_for_format",
        fr=f"Chorus Pro a rejeté le fichier Factur-X pour son format : {reasons}. La facture repart en PDF, sans XML.",
        en=f"Chorus Pro rejected the Factur-X file for its format: {reasons}. The invoice goes again as a PDF, without "
        "XML.",
        blocking=False,
    )


def _incident_problem() -> Problem:
    return Problem(
        field=None,
        code="flow_incident",
        fr="Un incident de Chorus Pro a interrompu le traitement du fichier : il sera envoyé de nouveau en entier.",
        en="An incident at Chorus Pro interrupted the file's processing: the whole will be sent again.",
        blocking=False,
    )


def _unsettled_flow_problem(flow_number: str, report: FlowReport) -> Problem:
    state = report.state or "?"
    return Problem(
        field=None,
        code="flow_unsettled",
        fr=f"Chorus Pro n'a pas fini de traiter le fichier Factur-X (flux {flow_number}, état {state}) et ne montre "
        "pas la facture : cherchez-la sur le portail (« Factures émises », « Suivi des flux »). Si elle y est, il n'y "
        "a rien à faire, elle sera retrouvée ici. Si elle n'y est vraiment pas, demandez l'envoi du PDF seul.",
        en=f"Chorus Pro has not finished processing the Factur-X file (flow {flow_number}, state {state}) and does not "
        "show the invoice: look for it on the portal (« Factures émises », « Suivi des flux »). If it is there, there "
        "is nothing to do, it will be found here. If it really is not there, ask for the PDF to be sent alone "
        "(as_plain_pdf).",
    )


def _unsettled_search_problem() -> Problem:
    return Problem(
        field=None,
        code="doubt_unsettled",
        fr="La réponse de Chorus Pro s'est perdue, et il refuse depuis un jour de dire s'il a la facture : cherchez-la "
        "sur le portail (« Factures émises »). Si elle y est, il n'y a rien à faire, elle sera retrouvée ici. Si elle "
        "n'y est vraiment pas, redemandez l'envoi.",
        en="The portal's answer was lost, and for a day it has refused to say whether it has the invoice: look for it "
        "on the portal (« Factures émises »). If it is there, there is nothing to do, it will be found here. If it "
        "really is not there, ask for the submission again.",
    )


def _taken_problem() -> Problem:
    return Problem(
        field="invoice_number",
        code="number_taken_at_portal",
        fr="Chorus Pro a déjà une autre facture de ce fournisseur sous ce numéro : vérifiez-la sur le portail, "
        "puis changez le numéro.",
        en="Chorus Pro already has another invoice of this supplier with this number: check it on the portal, "
        "then change the number.",
    )


def _taken_unseen_problem() -> Problem:
    return Problem(
        field="invoice_number",
        code="number_taken_unseen",
        fr="Chorus Pro refuse ce numéro comme déjà utilisé, mais ne montre aucune facture de ce numéro : cherchez-la "
        "sur le portail (« Factures émises »). Si elle n'y est vraiment pas, changez le numéro ou redemandez l'envoi.",
        en="Chorus Pro refuses this number as used already, but shows no invoice with it: look for it on the portal "
        "(« Factures émises »). If it really is not there, change the number or ask for the submission again.",
    )
