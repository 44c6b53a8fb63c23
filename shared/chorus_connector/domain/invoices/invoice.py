"""An invoice: the record of one document, from its upload to the end of its life at Chorus Pro.

Every move (``states.MOVES``) returns a new record, which the store writes only if the stored ``version`` has not
changed. The portal's status is a separate field: its raw code is kept and no order of statuses is assumed.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, Self

from pydantic import Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from chorus_connector.domain.errors import WrongState
from chorus_connector.domain.invoices.attachments import Filing, LinkedAttachment
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.invoices.form import Form
from chorus_connector.domain.invoices.sending import Sending
from chorus_connector.domain.invoices.states import MOVES, List, State, list_of
from chorus_connector.domain.invoices.stopping import Stop, stop_problem
from chorus_connector.domain.portal.status import RepairKind, is_end, meaning
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

_PERHAPS_AT_PORTAL = frozenset({State.SUBMITTING, State.IN_DOUBT, State.SUBMITTED})
_TRIED_AGAIN = frozenset({State.HELD, State.READY, State.SUBMITTING})
"""The states of a held invoice and of its retries: in these ``held_since`` keeps its first moment."""

_REASONS_TO_HOLD = ("portal_unavailable", "portal_quota", "piste_refuses_for_now", "credentials_", "supplier_suspended")
"""Prefixes of the reasons that are no longer true when the invoice is held for another one."""

READING_PATIENCE = timedelta(hours=6)
"""How long a reading may take, retries and a redriven dead letter included, before a person is asked."""


READ_AGAIN = -1
"""The ``reading_version`` of a document whose reading no longer counts."""


class OcrJob(Record):
    """The asynchronous Textract job that reads the pages without usable text."""

    job_id: str
    pages: tuple[int, ...]
    started_at: datetime


class SentFile(Record):
    """The file that was sent, or may have been. ``rewritten``: it is an object of its own, not the original."""

    object_version: str
    sha256: str
    size: int
    rewritten: bool = False


class Attempt(Record):
    """One attempt to submit, stored before the call, so that a lost answer can be resolved by asking the portal.

    ``phase`` SENDING: the deposit may have reached the portal. FOLLOWING: the portal accepted the flow ``flow_number``
    and has not processed it yet. PREPARING is in older records only: nothing was deposited.
    ``total_ttc`` is the total with VAT in euros (``1800.00``). ``file_id`` is the portal's id of the uploaded PDF.
    ``called_duplicate``: the portal refused the number as already used, so a retry would prove nothing. ``unsettled``:
    a person took it over before the portal said what became of it. ``sent`` is None in older records, which sent the
    original.
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
    sent: SentFile | None = None
    unsettled: bool = False


class StatusStep(Record):
    """A change of an invoice's status at the portal, with the comment that came with it."""

    status: str
    at: datetime | None = None
    comment: str | None = None


class Deposit(Record):
    """A submitted invoice as the portal has it. ``status`` is the portal's raw code (``DEPOSEE``…).

    ``history`` is oldest first; ``history_complete``: the portal gave all of it, up to the present status.
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
    #: whether this recipient reports its payments (``Recipient.reports_payment``)
    reports_payment: bool = True
    #: the supplier has acknowledged the rejection at the portal
    rejection_treated: bool = False
    #: since when a complete retrieval no longer finds it at the portal
    missing_since: datetime | None = None
    #: the portal's values that could not be read, as it wrote them
    unread: dict[str, str] = Field(default_factory=dict)

    @property
    def ended(self) -> bool:
        """Whether no further change of status is expected."""
        return self.missing_since is not None or is_end(self.status, reports_payment=self.reports_payment)

    @property
    def waits_for_supplier(self) -> bool:
        """Whether the supplier must do something about it at the portal."""
        if self.missing_since is not None or self.rejection_treated:
            return False
        return meaning(self.status).actor == "supplier"


class RepairAttempt(Record):
    """One answer of the supplier to an invoice that was sent back, stored before the call to the portal.

    SENDING: it may have reached the portal. DONE, REFUSED: the portal confirmed it. IN_DOUBT: the portal's answer was
    lost. NOT_DONE: the portal was asked afterwards and has not received it.
    """

    repair_id: str
    kind: RepairKind
    phase: Literal["SENDING", "IN_DOUBT", "DONE", "REFUSED", "NOT_DONE"]
    by: str
    started_at: datetime
    #: the status it answers and since when: the same status set again later needs another answer
    status: str
    status_at: datetime | None = None

    @property
    def unsettled(self) -> bool:
        return self.phase in ("SENDING", "IN_DOUBT")


class ListedInvoice(Record):
    """One document of one supplier with everything that lists show, filter and count. It is read only.

    Its form has the values of ``InvoiceField.in_lists`` only, and its deposit no history.
    """

    supplier_id: str
    document_id: str
    file_name: str
    state: State
    version: int = 0
    received_at: datetime
    changed_at: datetime
    uploaded_by: str
    size: int | None = None
    #: until when the bucket takes its announced file; None: it has arrived, or it came in a request
    upload_until: datetime | None = None
    classification_rule: str | None = None
    folder: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    duplicate_of: str | None = None
    form: Form = Form()
    problems: tuple[Problem, ...] = ()
    #: who requested the submission; None: the supplier's switch for automatic submission decides
    submit_requested_by: str | None = None
    #: when the ten-minute run must handle it; None: never
    due_at: datetime | None = None
    #: a person's word that it does not leave; None: no person stopped it
    stopped: Stop | None = None
    #: since when it is held, retries included; None: it is not held, or a person worked on it since
    held_since: datetime | None = None
    deposit: Deposit | None = None
    #: the supplier's last answer to a send-back
    repair: RepairAttempt | None = None
    #: "portal": found at the portal, because it was sent by other means than this connector
    origin: Literal["upload", "portal"] = "upload"
    #: a rejected invoice and the new document that replaces it each have the other's id
    replaces: str | None = None
    replaced_by: str | None = None

    @property
    def listed_in(self) -> List:
        """The list that shows the document; an invoice that waits for the supplier at the portal is to process."""
        if self.state is State.SUBMITTED and self.deposit is not None and self.deposit.waits_for_supplier:
            return "tracking" if self.replaced_by else "to_process"
        return list_of(self.state)

    @property
    def awaits_file(self) -> bool:
        """Whether it was announced and its file has not arrived, as far as it is known here."""
        return self.state is State.RECEIVED and self.upload_until is not None

    @property
    def in_flight(self) -> bool:
        """Whether it is at the portal and its status there can still change."""
        return self.state is State.SUBMITTED and self.deposit is not None and not self.deposit.ended

    @property
    def blocking_problems(self) -> tuple[Problem, ...]:
        return tuple(problem for problem in self.problems if problem.blocking)


class Invoice(ListedInvoice):
    """One document of one supplier with everything known about it. Immutable: a move returns the next version.

    ``object_version`` identifies the file that was examined: every later step reads, locks and shows that version. It
    is empty before the examination, and in records that are older than the field. ``upload_version`` is the version of
    the upload that it was stored from, for a file that came by a link.
    """

    #: the labels that its uploader could see, in their matching form; None: every document
    uploader_labels: SkipJsonSchema[frozenset[str] | None] = None
    sha256: str | None = None
    object_version: SkipJsonSchema[str] = ""
    upload_version: SkipJsonSchema[str] = ""
    #: its uploader has it read even when no criterion takes it
    released_by_uploader: SkipJsonSchema[bool] = False
    ocr_job: OcrJob | None = None
    #: the version of the record with which its reading was stored, beside it; None: it was not read
    reading_version: SkipJsonSchema[int | None] = None
    corrections: dict[FormFieldName, str] = Field(default_factory=dict)
    #: a person's decision for this invoice; None: the supplier's settings and the invoice's metadata decide
    send_attachments: bool | None = None
    #: the attachments that are sent with it, as of the last check
    attachments: tuple[LinkedAttachment, ...] = ()
    #: the ids of the attachments that answers to a send-back sent, or tried to send
    completed_with: SkipJsonSchema[tuple[str, ...]] = ()
    #: the person who confirmed the form as it is: a principal, or a name that a system gave; None: no one
    confirmed_by: SkipJsonSchema[str | None] = None
    #: a person decided, after a flow was rejected, to send the PDF alone
    plain_pdf: bool = False
    #: a person decided to leave the XML inside the PDF
    keep_xml: bool | None = None
    #: the portal rejected its flow for the format of the XML: it is never sent as a flow again
    flow_rejected: bool = False
    #: how it goes, or went, to the portal, as of the last check; None: an older release checked it
    sending: Sending | None = None
    attempt: Attempt | None = None

    @model_validator(mode="before")
    @classmethod
    def _of_an_older_release(cls, stored: Any) -> Any:
        """Older releases kept the reading inside the record. It stays there, as a field that is not known."""
        if isinstance(stored, dict) and stored.get("reading") and "reading_version" not in stored:
            return {**stored, "reading_version": 0}
        return stored

    @property
    def was_read(self) -> bool:
        return self.reading_version not in (None, READ_AGAIN)

    @property
    def sent_file(self) -> SentFile | None:
        """The file that the portal has, or may have."""
        if self.attempt is None or not (self.attempt.unsettled or self.state in _PERHAPS_AT_PORTAL):
            return None
        return self.attempt.sent or SentFile(
            object_version=self.object_version, sha256=self.sha256 or "", size=self.size or 0
        )

    @property
    def filing(self) -> Filing:
        return Filing(classification_rule=self.classification_rule or "", metadata=self.metadata)

    def move(self, state: State, now: datetime, *, action: str, **changes: Any) -> Self:
        """The next version of the record, in ``state``. Raises WrongState when ``states.MOVES`` has no such move."""
        if state not in MOVES[self.state]:
            raise WrongState(self.state, action)
        # model_copy does not validate and is ten times faster; every caller is our own typed code
        facts = {"state": state, "version": self.version + 1, "changed_at": now, "due_at": None}
        held_since = self.held_since if state in _TRIED_AGAIN else None
        return self.model_copy(update={**facts, "held_since": held_since, **changes})

    def being_read(self, now: datetime, *, action: str, **changes: Any) -> Self:
        """READING, due again after READING_PATIENCE: a lost message or OCR job gives no signal of its own."""
        return self.move(State.READING, now, action=action, due_at=now + READING_PATIENCE, **changes)

    def ready(self, now: datetime, *, automatic: bool, **changes: Any) -> Self:
        """READY: due at once if submission is automatic or was requested; otherwise never due by itself."""
        requested = changes.get("submit_requested_by", self.submit_requested_by)
        if not (automatic or requested):
            return self.move(State.READY, now, action="ready", due_at=None, held_since=None, **changes)
        return self.move(State.READY, now, action="ready", due_at=now, **changes)

    def to_complete(self, now: datetime, **changes: Any) -> Self:
        """TO_COMPLETE; an earlier request to submit is dropped, so a person must request it again."""
        return self.move(State.TO_COMPLETE, now, action="complete", submit_requested_by=None, **changes)

    def stopped_for(self, stop: Stop, now: datetime, *, action: str, **changes: Any) -> Self:
        """HELD or SET_ASIDE, never due, because a person stopped it. Any request to submit it is dropped."""
        problems = (*changes.pop("problems", self.problems), stop_problem(stop))
        facts = {"stopped": stop, "submit_requested_by": None, "problems": problems, **changes}
        if stop.kind == "hold":
            return self.move(State.HELD, now, action=action, held_since=self.held_since or now, **facts)
        return self.move(State.SET_ASIDE, now, action=action, **facts)

    def next_due(self, at: datetime) -> datetime:
        """``at``, or a second later if it was due at that second: work that a run handed out must differ from it."""
        handed_out = self.due_at
        same = handed_out is not None and at.replace(microsecond=0) == handed_out.replace(microsecond=0)
        return at + timedelta(seconds=1) if same else at

    def held(self, now: datetime, problem: Problem, *, retry_in: timedelta) -> Self:
        """HELD until a retry after ``retry_in``, with the reason; the invoice itself has no fault."""
        kept = tuple(p for p in self.problems if p.code != problem.code and not p.code.startswith(_REASONS_TO_HOLD))
        held = {"due_at": self.next_due(now + retry_in), "held_since": self.held_since or now}
        return self.move(State.HELD, now, action="hold", problems=(*kept, problem), **held)
