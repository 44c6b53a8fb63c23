"""Tracking rules: what a search row changes in our record, when to poll again, how far a retrieval is.

Pure. A row without news changes nothing, however often it is seen. An older row never replaces a newer one, unless the
portal's own history confirms it. Times are compared to the minute, because the history gives no seconds.
"""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from chorus_connector.domain.invoices.fields import FormFieldName, fields_where
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Deposit, Invoice, StatusStep
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.paris import PARIS
from chorus_connector.domain.portal.answers import FoundInvoice, InvoiceHistory
from chorus_connector.domain.portal.pace import EVERY_TEN_MINUTES
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.supplier import LoadingMode

PORTAL = "chorus_pro"
"""``uploaded_by`` of an invoice that was found at the portal."""

NIGHTLY_OVERLAP = timedelta(days=1)
LIVE_OVERLAP = timedelta(hours=2)
"""Longer than two clocks may differ, and longer than the hour that occurs twice when summer time ends."""
FULL_EVERY = timedelta(days=7)
NIGHTLY_EVERY = timedelta(hours=20)
"""Shorter than the day between two nightly runs, so that a run never starts just before a supplier is due."""
RETRY_CUT_RUN = EVERY_TEN_MINUTES
_TOLERANCE = timedelta(minutes=1)
_POLL_INTERVALS: tuple[tuple[timedelta, timedelta], ...] = (
    (timedelta(hours=2), EVERY_TEN_MINUTES),
    (timedelta(days=2), timedelta(hours=1)),
    (timedelta(days=10), timedelta(hours=6)),
)
_LONGEST_INTERVAL = timedelta(days=1)
_FOUND = fields_where(lambda field: field.found)
_RECYCLABLE = fields_where(lambda field: field.recyclable)


class Run(Record):
    """A retrieval in progress: changes since when (None: everything), and the next page to read."""

    started_at: datetime
    since: datetime | None = None
    page: int = 1
    total: int | None = None


class TrackingProgress(Record):
    """How far the retrieval of one supplier's invoices is. In a new record nothing was ever retrieved."""

    version: int = 0
    #: our records contain everything that the portal knew at this time
    retrieved_at: datetime | None = None
    #: before that: when a request last saw every change of the last days
    seen_at: datetime | None = None
    #: when everything was last retrieved, not only changes
    full_at: datetime | None = None
    run: Run | None = None
    #: when the ten-minute run must resume the interrupted run; None: no run was interrupted
    retry_at: datetime | None = None
    #: when the nightly run is due; None for a supplier in loading mode ``remote``
    nightly_due_at: datetime | None = None

    @property
    def asked_at(self) -> datetime | None:
        """When the portal last told all changes since some time; None: never."""
        return self.retrieved_at or self.seen_at

    @property
    def known_at(self) -> datetime | None:
        """The age of what is kept, also while the first retrieval is in progress; None: nothing was retrieved yet."""
        begun = self.run.started_at if self.run is not None and self.run.total is not None else None
        return self.asked_at or begun

    def is_due(self, now: datetime) -> bool:
        """Whether an interrupted run must continue or a nightly run must start. True before the first retrieval."""
        due_times = (self.retry_at, self.nightly_due_at)
        return self.version == 0 or any(each is not None and each <= now for each in due_times)

    def with_run(self, now: datetime) -> "TrackingProgress":
        """The progress with a run to work on: the interrupted one, or a new one."""
        if self.run is not None:
            return self
        full = self.retrieved_at is None or self.full_at is None or now - self.full_at >= FULL_EVERY
        since = None if full or self.retrieved_at is None else self.retrieved_at - NIGHTLY_OVERLAP
        return self._next(run=Run(started_at=now, since=since))

    def restarted_at(self, now: datetime) -> "TrackingProgress":
        """Restart the run's clock if no page has been read yet: its pages will show the portal as it is now."""
        if self.run is None or self.run.total is not None:
            return self
        return self._next(run=self.run.model_copy(update={"started_at": now}))

    def after_page(self, total: int) -> "TrackingProgress":
        """The progress at the next page.

        It restarts at page 1 when the total shrank: a row may have moved to an earlier page.
        """
        assert self.run is not None
        shrank = self.run.total is not None and total < self.run.total
        page = 1 if shrank else self.run.page + 1
        return self._next(run=self.run.model_copy(update={"page": page, "total": total}))

    def finished(self, mode: LoadingMode, now: datetime) -> "TrackingProgress":
        """The progress after a complete run: our records are as new as the start of that run."""
        assert self.run is not None
        full = {"full_at": self.run.started_at} if self.run.since is None else {}
        nightly = now + NIGHTLY_EVERY if mode == "local" else None
        retrieved = max(self.run.started_at, self.retrieved_at or self.run.started_at)
        return self._next(retrieved_at=retrieved, run=None, retry_at=None, nightly_due_at=nightly, **full)

    def interrupted(self, retry_at: datetime) -> "TrackingProgress":
        """The progress of an interrupted run, which resumes at its next page at ``retry_at``."""
        return self._next(retry_at=retry_at)

    def all_retrieved(self, now: datetime) -> "TrackingProgress":
        """The progress after every change up to ``now`` was retrieved without a run."""
        return self._next(retrieved_at=now)

    def seen(self, now: datetime) -> "TrackingProgress":
        """The progress after the changes of the last days were seen, before everything was retrieved."""
        return self._next(seen_at=now, retry_at=self.retry_at or now)

    def in_mode(self, mode: LoadingMode, now: datetime) -> "TrackingProgress":
        """The progress after a change of loading mode: everything is retrieved again soon."""
        nightly = now if mode == "local" else None
        return self._next(run=None, full_at=None, retry_at=now, nightly_due_at=nightly)

    def _next(self, **changes: object) -> "TrackingProgress":
        return self.model_copy(update=changes)


def next_poll(deposit: Deposit, now: datetime) -> datetime | None:
    """When to poll the portal about that invoice again: less often the longer it is unchanged, None once final."""
    if deposit.ended:
        return None
    quiet_for = now - (deposit.status_at or now)
    return now + next((pace for limit, pace in _POLL_INTERVALS if quiet_for < limit), _LONGEST_INTERVAL)


def is_news(deposit: Deposit, row: FoundInvoice) -> bool:
    """Whether the row contains anything that our record does not."""
    same_status = deposit.status == row.status and _same_minute(deposit.status_at, row.status_at)
    treated = deposit.rejection_treated or not row.rejection_treated
    return not (same_status and treated and deposit.missing_since is None)


def is_older(deposit: Deposit, row: FoundInvoice) -> bool:
    """Whether the row shows a time before the last status change that we know."""
    if deposit.status_at is None or row.status_at is None:
        return False
    return row.status_at < deposit.status_at - _TOLERANCE


def deposit_from(row: FoundInvoice) -> Deposit:
    """The portal's side of an invoice that is seen for the first time."""
    return with_row(
        Deposit(chorus_id=row.chorus_id, invoice_number=row.invoice_number, status=""),
        row,
    )


def with_row(deposit: Deposit, row: FoundInvoice) -> Deposit:
    """The deposit updated from the row. A new status is added to the history, which then counts as incomplete."""
    passed = deposit.status != row.status or not _same_minute(deposit.status_at, row.status_at)
    time_was_unknown = deposit.status == row.status and deposit.status_at is None
    step = StatusStep(status=row.status, at=row.status_at, comment=row.comment)
    if time_was_unknown:
        history: tuple[StatusStep, ...] = (*deposit.history[:-1], step)
    else:
        history = (*deposit.history, step) if passed else deposit.history
    return deposit.model_copy(
        update={
            "status": row.status,
            "status_at": row.status_at or deposit.status_at,
            "status_comment": row.comment,
            "history": history,
            "history_complete": deposit.history_complete and not passed,
            "recipient_name": row.recipient_name or deposit.recipient_name,
            "rejection_treated": row.rejection_treated,
            "missing_since": None,
            "unread": dict(row.unread),
        }
    )


def with_history(deposit: Deposit, history: InvoiceHistory) -> Deposit:
    """The deposit with the portal's own history, which also decides what the current status is."""
    steps = tuple(StatusStep(status=each.status, at=each.at, comment=each.comment) for each in history.steps)
    known = {"history": steps, "history_complete": True}
    last = steps[-1] if steps else StatusStep(status=history.status)
    if history.status == deposit.status and _same_time_without_zone(deposit.status_at, last.at):
        return deposit.model_copy(update={**known, "status_comment": deposit.status_comment or last.comment})
    changed = {"status": history.status, "status_at": last.at, "status_comment": last.comment}
    return deposit.model_copy(update={**known, **changed, "missing_since": None})


def found_at_portal(row: FoundInvoice, supplier_id: str, *, now: datetime) -> Invoice:
    """A new local record for an invoice that this connector did not send."""
    day = row.deposited_on or row.invoice_date
    received_at = datetime.combine(day, time(), tzinfo=PARIS) if day else now
    return Invoice(
        supplier_id=supplier_id,
        document_id=portal_document_id(row.chorus_id),
        file_name=f"{row.invoice_number or row.chorus_id}.pdf",
        state=State.SUBMITTED,
        received_at=received_at,
        changed_at=now,
        uploaded_by=PORTAL,
        origin="portal",
        form=Form(fields=_found_fields(row)),
        deposit=deposit_from(row),
    )


def portal_document_id(chorus_id: int) -> str:
    """The document id for an invoice found at the portal; every retrieval derives the same one."""
    return f"portal-{chorus_id}"


def with_routing(form: Form, row: FoundInvoice) -> Form:
    """The form with the recipient, service and engagement that the portal has now; recycling changes them."""
    now_there = _found_fields(row)
    changed = {
        name: now_there[name] for name in _RECYCLABLE if name in now_there and form.value(name) != now_there[name].value
    }
    return form.model_copy(update={"fields": {**form.fields, **changed}}) if changed else form


def _found_fields(row: FoundInvoice) -> dict[FormFieldName, FormField]:
    """The form's values from a row of the portal's search."""
    texts = {name: _as_text(getattr(row, name)) for name in _FOUND}
    return {name: FormField(value=text, source="portal") for name, text in texts.items() if text}


def _as_text(value: str | date | Decimal | None) -> str | None:
    match value:
        case date():
            return value.isoformat()
        case Decimal():
            return f"{value:.2f}"
        case _:
            return value


def _same_time_without_zone(ours: datetime | None, from_history: datetime | None) -> bool:
    """``_same_minute`` for a history's time without a zone: in the hour that occurs twice, either reading matches."""
    return _same_minute(ours, from_history) or (
        from_history is not None and _same_minute(ours, from_history.replace(fold=1))
    )


def _same_minute(ours: datetime | None, theirs: datetime | None) -> bool:
    if theirs is None:
        return True
    return ours is not None and abs(theirs - ours) < _TOLERANCE
