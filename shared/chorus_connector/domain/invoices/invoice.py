"""An invoice on its way from a PDF to Chorus Pro.

Every move (``states.MOVES``) returns a new record; the store writes it on condition that nobody moved first
(``version``). The portal's own status is another field: its raw code is kept, no order is assumed.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import Field

from chorus_connector.domain.errors import WrongState
from chorus_connector.domain.invoices.attachments import Filing, LinkedAttachment
from chorus_connector.domain.invoices.field_names import FormFieldName
from chorus_connector.domain.invoices.form import Form
from chorus_connector.domain.invoices.states import MOVES, List, State, list_of
from chorus_connector.domain.portal.status import RepairKind, is_end, meaning
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.record import Record

_TRIED_AGAIN = frozenset({State.HELD, State.READY, State.SUBMITTING})
"""Where a held invoice passes through with each try: it is held since the first of them."""

READING_PATIENCE = timedelta(hours=6)
"""How long a reading may take, its retries and a driven-back dead letter included, before a person is asked."""


class OcrJob(Record):
    """The asynchronous Textract job that reads the pages without usable text."""

    job_id: str
    pages: tuple[int, ...]
    started_at: datetime


class Attempt(Record):
    """One try at submitting, written before the call so that a lost answer can be settled by proof.

    ``phase`` PREPARING: the submission call was certainly not made. SENDING: it may have reached the portal.
    FOLLOWING: the portal took it as a flow, ``flow_number``, and has yet to judge it.
    ``file_id`` is the portal's id of the uploaded PDF, kept so that a retry does not upload it again.
    ``called_duplicate``: the portal refused it as a number it has; sending it again proves nothing.
    """

    attempt_id: str
    phase: Literal["PREPARING", "SENDING", "FOLLOWING"]
    channel: Literal["pdf", "flow"] = "pdf"
    flow_number: str | None = None
    started_at: datetime
    invoice_number: str
    recipient_siret: str
    total_ttc: str
    file_id: int | None = None
    called_duplicate: bool = False


class StatusStep(Record):
    """One passage of an invoice to a status of the portal's, with the words that went with it."""

    status: str
    at: datetime | None = None
    comment: str | None = None


class Deposit(Record):
    """The portal's side of a submitted invoice. ``status`` is its raw code (``DEPOSEE``…).

    ``history`` is oldest first; ``history_complete`` when the portal itself told it, up to this very status.
    """

    chorus_id: int
    invoice_number: str
    status: str
    status_at: datetime | None = None
    status_comment: str | None = None
    certificate: str | None = None
    history: tuple[StatusStep, ...] = ()
    history_complete: bool = False
    recipient_name: str | None = None
    #: whether this recipient tells when it pays (``Recipient.reports_payment``)
    reports_payment: bool = True
    #: the supplier has marked the rejection as dealt with
    rejection_treated: bool = False
    #: since when the portal, asked for everything, no longer shows it
    missing_since: datetime | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more is to be waited for."""
        return self.missing_since is not None or is_end(self.status, reports_payment=self.reports_payment)

    @property
    def waits_for_supplier(self) -> bool:
        """Whether the supplier must do something about it at the portal."""
        if self.missing_since is not None or self.rejection_treated:
            return False
        return meaning(self.status).actor == "supplier"


class Repair(Record):
    """One answer of the supplier to a send-back, written before the call so that a lost answer is settled by proof.

    SENDING: it may have reached the portal. DONE, REFUSED: the portal said so. IN_DOUBT: its answer was lost.
    NOT_DONE: the portal was asked afterwards, and it had not.
    """

    repair_id: str
    kind: RepairKind
    phase: Literal["SENDING", "IN_DOUBT", "DONE", "REFUSED", "NOT_DONE"]
    by: str
    started_at: datetime
    #: the passage it answers: the same status set again later is another task
    status: str
    status_at: datetime | None = None

    @property
    def unsettled(self) -> bool:
        return self.phase in ("SENDING", "IN_DOUBT")


class Invoice(Record):
    """One document of one supplier and everything known of it. Frozen: use the moves below."""

    supplier_id: str
    document_id: str
    file_name: str
    state: State
    version: int = 0
    received_at: datetime
    changed_at: datetime
    uploaded_by: str
    size: int | None = None
    sha256: str | None = None
    classification_rule: str | None = None
    folder: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    duplicate_of: str | None = None
    ocr_job: OcrJob | None = None
    reading: Reading | None = None
    corrections: dict[FormFieldName, str] = Field(default_factory=dict)
    form: Form = Form()
    problems: tuple[Problem, ...] = ()
    #: the files that go with it, as last judged
    attachments: tuple[LinkedAttachment, ...] = ()
    #: who asked for the submission; None: the supplier's switch decides
    submit_requested_by: str | None = None
    #: a person's word after a flow was rejected: send the PDF alone
    plain_pdf: bool = False
    #: when the 10-minute sweep must look at it; None: never
    due_at: datetime | None = None
    #: since when it is held, the tries in between included; None: it is not, or a person had it meanwhile
    held_since: datetime | None = None
    attempt: Attempt | None = None
    deposit: Deposit | None = None
    #: the last thing the supplier did about a send-back
    repair: Repair | None = None
    #: "portal": found there, sent by other means than this connector
    origin: Literal["upload", "portal"] = "upload"
    #: a rejected invoice and the new document that takes its place, each with the other's id
    replaces: str | None = None
    replaced_by: str | None = None

    @property
    def listed_in(self) -> List:
        """The view the document stands in: what waits for the supplier at the portal is to be processed."""
        if self.state is State.SUBMITTED and self.deposit is not None and self.deposit.waits_for_supplier:
            return "tracking" if self.replaced_by else "to_process"
        return list_of(self.state)

    @property
    def in_flight(self) -> bool:
        """At the portal, and not at the end of its life there."""
        return self.state is State.SUBMITTED and self.deposit is not None and not self.deposit.ended

    @property
    def filing(self) -> Filing:
        return Filing(classification_rule=self.classification_rule or "", metadata=self.metadata)

    @property
    def blocking_problems(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.blocking)

    def move(self, state: State, now: datetime, *, action: str, **changes: Any) -> Self:
        """The next version of the record, in ``state``. Raises WrongState when that move does not exist."""
        if state not in MOVES[self.state]:
            raise WrongState(self.state, action)
        # model_copy does not validate: every caller is typed code of ours, and it is ten times cheaper
        facts = {"state": state, "version": self.version + 1, "changed_at": now, "due_at": None}
        held_since = self.held_since if state in _TRIED_AGAIN else None
        return self.model_copy(update={**facts, "held_since": held_since, **changes})

    def being_read(self, now: datetime, *, action: str, **changes: Any) -> Self:
        """READING, and looked at again should nothing come of it: a message or a job that was lost says nothing."""
        return self.move(State.READING, now, action=action, due_at=now + READING_PATIENCE, **changes)

    def ready(self, now: datetime, *, automatic: bool, **changes: Any) -> Self:
        """READY: due at once when the supplier's switch is on or a person asked for it, else it waits."""
        requested = changes.get("submit_requested_by", self.submit_requested_by)
        if not (automatic or requested):
            return self.move(State.READY, now, action="ready", due_at=None, held_since=None, **changes)
        return self.move(State.READY, now, action="ready", due_at=now, **changes)

    def to_complete(self, now: datetime, **changes: Any) -> Self:
        """Back to the form; a request to submit is forgotten, the person will ask again."""
        return self.move(State.TO_COMPLETE, now, action="complete", submit_requested_by=None, **changes)

    def held(self, now: datetime, problem: Problem, *, retry_in: timedelta) -> Self:
        """Nothing is wrong with the invoice: try again later, and say why it waits."""
        kept = tuple(p for p in self.problems if p.code != problem.code)
        held = {"due_at": now + retry_in, "held_since": self.held_since or now}
        return self.move(State.HELD, now, action="hold", problems=(*kept, problem), **held)
