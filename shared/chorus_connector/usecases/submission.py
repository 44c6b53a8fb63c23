"""Box submission: deposit an invoice at Chorus Pro exactly once, whatever dies on the way (B01).

The order of things is the proof. The number is claimed and the attempt written before the first call; the
phase SENDING is written before the deposit itself. So afterwards the record alone says what may have
happened: PREPARING, the deposit call was not made; SENDING, it may have been, and only the portal can tell.
Nothing is ever sent again before the portal was asked and did not know the number.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from chorus_connector.domain.errors import NumberTaken
from chorus_connector.domain.invoice import Attempt, Deposit, Invoice, State
from chorus_connector.domain.portal import (
    AnswerLost,
    CredentialsRefused,
    FoundInvoice,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.submission import Submission, to_submission
from chorus_connector.ports import DocumentStore, InvoiceStore, Portal
from chorus_connector.usecases.holding import credentials_problem, portal_problem
from chorus_connector.usecases.resolution import RETRY_CREDENTIALS, RETRY_PORTAL, Resolution, Verdict, codes

ACTOR = "submission"


@dataclass(frozen=True)
class SubmitInvoice:
    """``settle_after`` is how long a deposit whose answer was lost may still be on its way: longer than any
    worker lives and any portal call lasts. Only then does not finding it prove that it is not there.
    """

    invoices: InvoiceStore
    documents: DocumentStore
    portal: Portal
    resolution: Resolution
    settle_after: timedelta = timedelta(minutes=15)

    def work_on(self, document_id: str, *, attempt_id: str, now: datetime) -> Invoice:
        """Take the invoice one step on, from whatever state a message finds it in."""
        invoice = self.invoices.get(document_id)
        if invoice.state is State.HELD:
            invoice = self.resolution.resolve(document_id, now=now)
        if invoice.state is State.READY and invoice.due_at is not None:
            return self._submit(invoice, attempt_id, now)
        if invoice.state is State.SUBMITTING and invoice.due_at is not None and invoice.due_at <= now:
            return self._take_over(invoice, now)
        if invoice.state is State.IN_DOUBT and invoice.due_at is not None and invoice.due_at <= now:
            return self._reconcile(invoice, now)
        return invoice

    # --- sending -----------------------------------------------------------------------------------------

    def _submit(self, invoice: Invoice, attempt_id: str, now: datetime) -> Invoice:
        verdict = self.resolution.judge(invoice, now=now)
        if not verdict.green:
            return self._save(self.resolution.settle(invoice, verdict, now=now), "green_light_lost")
        submission = to_submission(verdict.form)
        try:
            begun = self._begin(invoice, verdict, submission, attempt_id, now)
        except NumberTaken:
            verdict = self.resolution.judge(invoice, now=now)
            return self._save(self.resolution.settle(invoice, verdict, now=now), "number_taken")
        file_name = portal_file_name(submission.invoice_number)
        try:
            file_id = self.portal.upload(file_name, self.documents.original(invoice.document_id))
        except (PortalUnreachable, AnswerLost, CredentialsRefused, PortalRefused) as error:
            return self._not_sent(begun, error, now)
        return self._send(begun, submission, file_id, file_name, now)

    def _begin(
        self, invoice: Invoice, verdict: Verdict, submission: Submission, attempt_id: str, now: datetime
    ) -> Invoice:
        """Claim the number and write the attempt, before anything leaves."""
        attempt = Attempt(
            attempt_id=attempt_id,
            phase="PREPARING",
            started_at=now,
            invoice_number=submission.invoice_number,
            recipient_siret=submission.recipient_siret,
            total_ttc=f"{submission.total_ttc:.2f}",
        )
        begun = invoice.move(
            State.SUBMITTING,
            now,
            action="submit",
            form=verdict.form,
            problems=verdict.problems,
            attempt=attempt,
            due_at=now + self.settle_after,
        )
        self.invoices.save_claiming_number(
            begun, submission.invoice_number, by=_actor(invoice), action="attempt_started"
        )
        previous = invoice.attempt
        if previous is not None and previous.invoice_number != submission.invoice_number:
            self.invoices.release_number(previous.invoice_number, invoice.document_id)
        return begun

    def _send(self, begun: Invoice, submission: Submission, file_id: int, file_name: str, now: datetime) -> Invoice:
        """Write that the deposit is about to leave, make it, and believe only a readable answer."""
        assert begun.attempt is not None
        sending = begun.move(
            State.SUBMITTING,
            now,
            action="submit",
            attempt=begun.attempt.model_copy(update={"phase": "SENDING", "file_id": file_id}),
            due_at=now + self.settle_after,
        )
        self.invoices.save(sending, by=_actor(begun), action="sending")
        try:
            deposit = self.portal.submit(submission, file_id=file_id, file_name=file_name)
        except AnswerLost:
            return self._in_doubt(sending, now)
        except PortalRefused as error:
            if error.duplicate_number:
                # the portal has this number: ours by an earlier lost answer, or somebody typed it there
                return self._in_doubt(sending, now, due_in=timedelta(0))
            return self._refused(sending, error, now)
        except (PortalUnreachable, CredentialsRefused) as error:
            return self._not_sent(sending, error, now)
        return self._submitted(sending, deposit, now)

    def _not_sent(self, invoice: Invoice, error: Exception, now: datetime) -> Invoice:
        """The deposit was certainly not made: hold the invoice, nothing is wrong with it."""
        if isinstance(error, PortalRefused):
            return self._refused(invoice, error, now)
        if isinstance(error, CredentialsRefused):
            held = invoice.held(now, credentials_problem(error.fault), retry_in=RETRY_CREDENTIALS)
        else:
            retry_in = getattr(error, "retry_in", None) or RETRY_PORTAL
            held = invoice.held(now, portal_problem(), retry_in=retry_in)
        return self._save(held, "held")

    def _in_doubt(self, invoice: Invoice, now: datetime, *, due_in: timedelta | None = None) -> Invoice:
        due_at = now + (self.settle_after if due_in is None else due_in)
        doubtful = invoice.move(State.IN_DOUBT, now, action="doubt", due_at=due_at, problems=(_doubt_problem(),))
        self._save(doubtful, "answer_lost")
        return self._reconcile(doubtful, now) if due_at <= now else doubtful

    def _refused(self, invoice: Invoice, error: PortalRefused, now: datetime) -> Invoice:
        refused = invoice.move(
            State.REFUSED,
            now,
            action="refuse",
            submit_requested_by=None,
            problems=(_refusal_problem(error),),
            attempt=None,
        )
        saved = self._save(refused, "refused")
        if invoice.attempt is not None:  # refused before DEPOSEE: the number was not consumed
            self.invoices.release_number(invoice.attempt.invoice_number, invoice.document_id)
        return saved

    def _submitted(self, invoice: Invoice, deposit: Deposit, now: datetime) -> Invoice:
        done = invoice.move(State.SUBMITTED, now, action="submit", deposit=deposit, problems=())
        return self._save(done, "submitted")

    # --- settling by proof -------------------------------------------------------------------------------

    def _take_over(self, invoice: Invoice, now: datetime) -> Invoice:
        """The worker of this attempt is dead: its phase says whether the portal must be asked."""
        assert invoice.attempt is not None
        if invoice.attempt.phase == "PREPARING":
            ready = invoice.ready(now, automatic=True)
            return self._save(ready, "attempt_abandoned")
        doubtful = invoice.move(State.IN_DOUBT, now, action="doubt", due_at=now, problems=(_doubt_problem(),))
        return self._reconcile(self._save(doubtful, "worker_lost"), now)

    def _reconcile(self, invoice: Invoice, now: datetime) -> Invoice:
        """Ask the portal for the number and settle: found is SUBMITTED, proven absent is READY again."""
        assert invoice.attempt is not None
        attempt = invoice.attempt
        try:
            found = self.portal.find(attempt.invoice_number)
        except (PortalUnreachable, AnswerLost, CredentialsRefused, PortalRefused):
            later = invoice.move(State.IN_DOUBT, now, action="reconcile", due_at=now + RETRY_PORTAL)
            return self._save(later, "reconciliation_failed")
        ours = [each for each in found if _is_ours(each, attempt)]
        if len(ours) == 1:
            return self._submitted(invoice, _deposit_of(ours[0]), now)
        if found:
            return self._taken_at_portal(invoice, now)
        if now < attempt.started_at + self.settle_after:
            later = invoice.move(State.IN_DOUBT, now, action="reconcile", due_at=attempt.started_at + self.settle_after)
            return self._save(later, "not_found_yet")
        return self._save(invoice.ready(now, automatic=True, problems=()), "proven_absent")

    def _taken_at_portal(self, invoice: Invoice, now: datetime) -> Invoice:
        refused = invoice.move(
            State.REFUSED, now, action="reconcile", problems=(_taken_problem(),), submit_requested_by=None
        )
        return self._save(refused, "number_taken_at_portal")

    def _save(self, invoice: Invoice, action: str) -> Invoice:
        self.invoices.save(invoice, by=ACTOR, action=action, detail=codes(invoice.problems))
        return invoice


def portal_file_name(invoice_number: str) -> str:
    """A name the portal takes: at most 50 characters of ``[A-Za-z0-9._-]`` (rules §2)."""
    safe = "".join(char if char.isalnum() or char in "._-" else "_" for char in invoice_number)
    return f"facture_{safe[:30]}.pdf"


def _actor(invoice: Invoice) -> str:
    return invoice.submit_requested_by or ACTOR


def _is_ours(found: FoundInvoice, attempt: Attempt) -> bool:
    """Same number, recipient and total: what the portal holds is what we sent."""
    same_recipient = found.recipient_siret in (None, attempt.recipient_siret)
    same_total = found.total_ttc is None or found.total_ttc == Decimal(attempt.total_ttc)
    return found.invoice_number == attempt.invoice_number and same_recipient and same_total


def _deposit_of(found: FoundInvoice) -> Deposit:
    return Deposit(chorus_id=found.chorus_id, invoice_number=found.invoice_number, status=found.status)


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


def _taken_problem() -> Problem:
    return Problem(
        field="invoice_number",
        code="number_taken_at_portal",
        fr="Chorus Pro a déjà une autre facture de ce fournisseur sous ce numéro : vérifiez-la sur le portail, "
        "puis changez le numéro.",
        en="Chorus Pro already has another invoice of this supplier with this number: check it on the portal, "
        "then change the number.",
    )
