"""Following an invoice at the portal: what a row of a search changes, when to look again, how far a retrieval is.

Pure. A row that says nothing new changes nothing, however often it is seen; an older one never beats a newer one
unless the portal's own history says so. Moments are compared to the minute, for the history tells no more.
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
"""Who "uploaded" an invoice that was found at the portal."""

NIGHTLY_OVERLAP = timedelta(days=1)
LIVE_OVERLAP = timedelta(hours=2)
"""More than two clocks may differ, and than the hour that comes twice when summer time ends."""
FULL_EVERY = timedelta(days=7)
NIGHTLY_EVERY = timedelta(hours=20)
"""Shorter than the day between two runs, so that no run comes just too early."""
RETRY_CUT_RUN = EVERY_TEN_MINUTES
_SAME = timedelta(minutes=1)
_PACES: tuple[tuple[timedelta, timedelta], ...] = (
    (timedelta(hours=2), EVERY_TEN_MINUTES),
    (timedelta(days=2), timedelta(hours=1)),
    (timedelta(days=10), timedelta(hours=6)),
)
_SLOWEST = timedelta(days=1)
_FOUND = fields_where(lambda field: field.found)
_RECYCLABLE = fields_where(lambda field: field.recyclable)


class Run(Record):
    """A retrieval under way: since when changes are asked for (None: everything), and the page that comes next."""

    started_at: datetime
    since: datetime | None = None
    page: int = 1
    total: int | None = None


class TrackingProgress(Record):
    """How far the retrieval of one supplier's invoices is. The untouched record: nothing was ever retrieved."""

    version: int = 0
    #: the records show everything the portal knew then
    retrieved_at: datetime | None = None
    #: when everything was last asked for, not changes only
    full_at: datetime | None = None
    run: Run | None = None
    #: when the ten-minute sweep must have it go on; None: nothing was cut off
    retry_at: datetime | None = None
    #: when the nightly run must do it again; None: remote
    nightly_due_at: datetime | None = None

    def is_due(self, now: datetime) -> bool:
        """Whether the day's sweep or the nightly run is to have it; what was never retrieved is always due."""
        appointments = (self.retry_at, self.nightly_due_at)
        return self.version == 0 or any(each is not None and each <= now for each in appointments)

    def begun(self, now: datetime) -> "TrackingProgress":
        """With the run that is to be worked on: the one that was cut off, or a new one."""
        if self.run is not None:
            return self
        full = self.retrieved_at is None or self.full_at is None or now - self.full_at >= FULL_EVERY
        since = None if full or self.retrieved_at is None else self.retrieved_at - NIGHTLY_OVERLAP
        return self._next(run=Run(started_at=now, since=since))

    def read_from(self, now: datetime) -> "TrackingProgress":
        """As it goes to work: a run of which nothing was read yet shows what is there now, not as it was begun."""
        if self.run is None or self.run.total is not None:
            return self
        return self._next(run=self.run.model_copy(update={"started_at": now}))

    def after_page(self, total: int) -> "TrackingProgress":
        """One page further; from the first again when the search shrank, for then a row may have slipped past."""
        assert self.run is not None
        shrank = self.run.total is not None and total < self.run.total
        page = 1 if shrank else self.run.page + 1
        return self._next(run=self.run.model_copy(update={"page": page, "total": total}))

    def finished(self, mode: LoadingMode, now: datetime) -> "TrackingProgress":
        """The run is complete: the records are as new as its beginning."""
        assert self.run is not None
        full = {"full_at": self.run.started_at} if self.run.since is None else {}
        nightly = now + NIGHTLY_EVERY if mode == "local" else None
        retrieved = max(self.run.started_at, self.retrieved_at or self.run.started_at)
        return self._next(retrieved_at=retrieved, run=None, retry_at=None, nightly_due_at=nightly, **full)

    def cut(self, retry_at: datetime) -> "TrackingProgress":
        """The run could not be brought to its end: it goes on from its page then."""
        return self._next(retry_at=retry_at)

    def seen(self, now: datetime) -> "TrackingProgress":
        """Every change up to now was asked for and taken, without a run."""
        return self._next(retrieved_at=now)

    def in_mode(self, mode: LoadingMode, now: datetime) -> "TrackingProgress":
        """As another loading mode begins: everything is asked for soon."""
        nightly = now if mode == "local" else None
        return self._next(run=None, full_at=None, retry_at=now, nightly_due_at=nightly)

    def _next(self, **changes: object) -> "TrackingProgress":
        return self.model_copy(update=changes)


def next_poll(deposit: Deposit, now: datetime) -> datetime | None:
    """When the portal is asked again about that invoice: less and less often, never not at all before its end."""
    if deposit.ended:
        return None
    quiet_for = now - (deposit.status_at or now)
    return now + next((pace for limit, pace in _PACES if quiet_for < limit), _SLOWEST)


def is_news(deposit: Deposit, row: FoundInvoice) -> bool:
    """Whether the row says anything our record does not."""
    same_status = deposit.status == row.status and _same_moment(deposit.status_at, row.status_at)
    treated = deposit.rejection_treated or not row.rejection_treated
    return not (same_status and treated and deposit.missing_since is None)


def is_older(deposit: Deposit, row: FoundInvoice) -> bool:
    """Whether the row tells of a time before the passage we know."""
    if deposit.status_at is None or row.status_at is None:
        return False
    return row.status_at < deposit.status_at - _SAME


def deposit_from(row: FoundInvoice) -> Deposit:
    """The portal's side of an invoice seen for the first time."""
    return with_row(
        Deposit(chorus_id=row.chorus_id, invoice_number=row.invoice_number, status=""),
        row,
    )


def with_row(deposit: Deposit, row: FoundInvoice) -> Deposit:
    """The deposit as the row shows it; a new passage is added to the history, which is no longer proven complete."""
    passed = deposit.status != row.status or not _same_moment(deposit.status_at, row.status_at)
    first_time_told = deposit.status == row.status and deposit.status_at is None
    step = StatusStep(status=row.status, at=row.status_at, comment=row.comment)
    if first_time_told:
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
        }
    )


def with_history(deposit: Deposit, history: InvoiceHistory) -> Deposit:
    """The deposit with its life as the portal tells it, which has the last word on the present status too."""
    steps = tuple(StatusStep(status=each.status, at=each.at, comment=each.comment) for each in history.steps)
    known = {"history": steps, "history_complete": True}
    last = steps[-1] if steps else StatusStep(status=history.status)
    if history.status == deposit.status and _same_passage(deposit.status_at, last.at):
        return deposit.model_copy(update={**known, "status_comment": deposit.status_comment or last.comment})
    changed = {"status": history.status, "status_at": last.at, "status_comment": last.comment}
    return deposit.model_copy(update={**known, **changed, "missing_since": None})


def found_at_portal(row: FoundInvoice, supplier_id: str, *, now: datetime) -> Invoice:
    """The record of an invoice that was not sent by this connector."""
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
    """The same whichever retrieval finds the invoice first."""
    return f"portal-{chorus_id}"


def with_routing(form: Form, row: FoundInvoice) -> Form:
    """The form with the recipient, service and engagement it has at the portal now: recycling changes them."""
    now_there = _found_fields(row)
    changed = {
        name: now_there[name] for name in _RECYCLABLE if name in now_there and form.value(name) != now_there[name].value
    }
    return Form(fields={**form.fields, **changed}) if changed else form


def _found_fields(row: FoundInvoice) -> dict[FormFieldName, FormField]:
    """What a row of the portal's search says, as values of the form."""
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


def _same_passage(ours: datetime | None, told: datetime | None) -> bool:
    """As ``_same_moment``, of a time without zone: in the hour that comes twice it may be either."""
    return _same_moment(ours, told) or (told is not None and _same_moment(ours, told.replace(fold=1)))


def _same_moment(ours: datetime | None, theirs: datetime | None) -> bool:
    if theirs is None:
        return True
    return ours is not None and abs(theirs - ours) < _SAME
