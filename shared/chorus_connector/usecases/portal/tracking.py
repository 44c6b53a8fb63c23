"""Tracking of one supplier's invoices: copy what changed at the portal into our records. Function: tracking_sync.

The portal is asked for changes page by page, and the next page is saved, so an interrupted run resumes there. A row
without news costs no write. A row with news is one conditional write together with its line in the audit trail: however
many runs see a change, it is recorded and announced once. Once a week everything is retrieved. That finds invoices sent
by other means, and invoices that the portal no longer shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite
from chorus_connector.domain.invoices.states import List, State
from chorus_connector.domain.portal.answers import FoundInvoice, PortalFailure, PortalRefused
from chorus_connector.domain.portal.status import PAYMENT_ORDERED, REJECTED
from chorus_connector.domain.portal.tracking import (
    LIVE_OVERLAP,
    RETRY_CUT_RUN,
    TrackingProgress,
    found_at_portal,
    is_news,
    is_older,
    next_poll,
    with_history,
    with_routing,
    with_row,
)
from chorus_connector.ports.values import LessonWork, TrackingWork
from chorus_connector.usecases.hand_out import by_supplier, free, hand_out, hand_out_share
from chorus_connector.usecases.invoices.waiting import retry_after
from chorus_connector.usecases.paging import every_page
from chorus_connector.usecases.portal.asking import first_retrieval_problem, stale_problem, too_many_changes_problem

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.form import Form
    from chorus_connector.domain.invoices.invoice import Deposit, Invoice, ListedInvoice
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.suppliers.supplier import LoadingMode, Supplier
    from chorus_connector.ports.invoices import InvoiceStore, LessonQueue
    from chorus_connector.ports.portal import Portal, TrackingProgressStore, TrackingQueue
    from chorus_connector.ports.suppliers import Installation
    from chorus_connector.ports.values import Work

_ACTOR = "tracking_sync"
_FIRST_LIVE_POLL = timedelta(days=2)
"""How far back a live request asks before the first complete retrieval; the background run retrieves the rest."""
_TRIES = 5
_DOCUMENTS_IN_A_MESSAGE = 200
_FRESH_ENOUGH = timedelta(seconds=5)
"""Requests of one screen within this time ask the portal only once."""


class Changed(NamedTuple):
    """An invoice before and after the portal's answer."""

    before: Invoice
    after: Invoice


@dataclass(frozen=True)
class Retrieval:
    """How current an answer is: when the portal was last asked, and whether it could be asked now (``stale`` False)."""

    mode: LoadingMode
    retrieved_at: datetime | None
    stale: bool = False
    #: everything was retrieved at least once: an invoice that is not shown is not at the portal
    complete: bool = True
    #: why the portal could not be asked now; None: it was, or it need not be
    stale_because: Problem | None = None
    #: from when on a request asks the portal again; None: the next one does
    asked_again_at: datetime | None = None
    #: the invoices that the portal's answer changed
    changed: tuple[Changed, ...] = ()

    @property
    def incomplete_because(self) -> Problem | None:
        """Why the list does not show everything yet; None: it does."""
        return None if self.complete else first_retrieval_problem(self.mode)


@dataclass(frozen=True)
class HandOutPolls:
    """The ten-minute part: queue the submitted invoices that are due to be polled, and interrupted runs.

    ``limit`` bounds what is under lease at a time, and ``of_each`` what of one supplier is.
    """

    installation: Installation
    queue: TrackingQueue
    limit: int = 10_000
    read_limit: int = 100_000
    of_each: int = 9_000

    def run(self, *, now: datetime) -> int:
        """Send one message for each supplier that has something due; returns the number of documents and runs."""
        due = self.installation.tracking_due(now, limit=self.read_limit)
        handed_out = free(due, limit=self.limit, of_each=self.of_each)
        hand_out(self.installation, handed_out, lambda part: self.queue.send(tracking_work(part)), now)
        return len(handed_out)


def tracking_work(due: Sequence[Work]) -> Iterator[TrackingWork]:
    """One message per supplier with its documents, because one search at the portal answers for all of them."""
    for supplier_id, works in by_supplier(due).items():
        documents = [work.document_id for work in works if work.document_id]
        parts = range(0, max(len(documents), 1), _DOCUMENTS_IN_A_MESSAGE)
        yield from (
            TrackingWork(supplier_id, tuple(documents[start : start + _DOCUMENTS_IN_A_MESSAGE])) for start in parts
        )


@dataclass(frozen=True)
class StartNightlyTracking:
    """The nightly run: one message per Local supplier. It reads only Local suppliers. Function: sync_nightly.

    It starts every ten minutes of the night up to the hour ``until`` in France, and each start hands out its share.
    """

    installation: Installation
    queue: TrackingQueue
    until: int
    limit: int = 100_000

    def run(self, *, now: datetime) -> int:
        """Queue this start's share of the suppliers that are due for tracking; returns how many."""
        due = self.installation.nightly_tracking_due(now, limit=self.limit)
        return hand_out_share(self.installation, due, self._send, until=self.until, now=now)

    def _send(self, supplier_ids: Sequence[str]) -> None:
        self.queue.send(TrackingWork(supplier_id) for supplier_id in supplier_ids)


@dataclass(frozen=True)
class TrackInvoices:
    """Tracking of one supplier's invoices. ``reports_payment`` asks the directory whether a SIRET reports payments.

    ``may_go_on`` says whether there is time for another page. When there is none, the run is saved and resumes later.
    ``lessons`` take the rejected invoices, which teach their layouts no more.
    """

    supplier: Supplier
    invoices: InvoiceStore
    portal: Portal
    progress: TrackingProgressStore
    reports_payment: Callable[[str, datetime], bool]
    may_go_on: Callable[[], bool] = lambda: True
    lessons: LessonQueue | None = None

    # --- in the background -------------------------------------------------------------------------------

    def run(self, *, now: datetime, due: Sequence[str] = ()) -> TrackingProgress:
        """Retrieve what changed since the last run, or everything when due; then schedule the next polls of ``due``.

        A failure of the portal or the end of the time interrupts the run, and the ten-minute run resumes it. Raises
        StaleWrite when another worker has the run: the queue delivers the message again.
        """
        current = self.progress.get().with_run(now).restarted_at(now)
        seen = _ShownIds(from_the_start=current.run is not None and current.run.page == 1)
        try:
            done = self._read_pages(current, seen, now)
        except PortalFailure as failure:
            retry_at = now + max(RETRY_CUT_RUN, retry_after(failure))
            self._poll_later(due, now)
            return self._save_interruption(retry_at, now)
        if done.run is None:
            self._poll_later(due, now)
        return done

    def is_due(self, due: Sequence[str], now: datetime) -> bool:
        """Whether a message still has work: every ten-minute run queues again what is still waiting in the queue."""
        return any(self._is_document_due(each, now) for each in due) or self.progress.get().is_due(now)

    def _is_document_due(self, document_id: str, now: datetime) -> bool:
        with suppress(NotFound):
            return _is_poll_due(self.invoices.get(document_id), now)
        return False

    def _read_pages(self, current: TrackingProgress, seen: _ShownIds, now: datetime) -> TrackingProgress:
        while True:
            run = current.run
            assert run is not None
            page = self.portal.changes(since=run.since, page=run.page)
            self.take(page.rows, now=now)
            seen.add(page.rows)
            advanced = current.after_page(page.total)
            assert advanced.run is not None
            if advanced.run.page == 1:
                seen.start_again()
            if page.last and advanced.run.page > 1:
                if run.since is None and seen.from_the_start:
                    self._mark_missing(seen.chorus_ids, run.started_at, now)
                return self._save_progress(advanced.finished(self.supplier.loading_mode, now), run.started_at)
            current = self._save_progress(advanced, run.started_at)
            if not self.may_go_on():
                return self._save_progress(current.interrupted(now), run.started_at)

    def _save_progress(self, current: TrackingProgress, started_at: datetime) -> TrackingProgress:
        """Save the progress, also over what a live request wrote meanwhile; raise StaleWrite over another run."""
        for _ in range(_TRIES):
            try:
                return self.progress.save(current)
            except StaleWrite:
                saved = self.progress.get()
                if saved.run is not None and saved.run.started_at != started_at:
                    raise
                newest = max((each for each in (saved.retrieved_at, current.retrieved_at) if each), default=None)
                current = current.model_copy(update={"version": saved.version, "retrieved_at": newest})
        raise StaleWrite

    def _save_interruption(self, retry_at: datetime, now: datetime) -> TrackingProgress:
        """Save when to resume; the completed pages are saved already.

        Before the first page no run is saved. It is then saved as begun, so that its lag counts from now.
        """
        current = self.progress.get().with_run(now)
        with suppress(StaleWrite):  # another worker is further
            return self.progress.save(current.interrupted(retry_at))
        return current

    def _mark_missing(self, shown: set[int], started_at: datetime, now: datetime) -> None:
        """Mark deposited invoices as missing that a complete retrieval and a search by number did not find."""
        views: tuple[List, ...] = ("tracking", "to_process")
        for listed in (each for view in views for each in self._invoices_in(view)):
            deposit = listed.deposit
            if deposit is None or deposit.chorus_id in shown or deposit.missing_since is not None:
                continue
            # an invoice that changed during the retrieval cannot be judged by it
            if listed.changed_at >= started_at or self._is_at_portal(deposit):
                continue
            with suppress(NotFound, StaleWrite):
                self._mark_as_missing(listed, now)

    def _mark_as_missing(self, listed: ListedInvoice, now: datetime) -> None:
        invoice = self.invoices.get(listed.document_id)
        if invoice.version != listed.version or invoice.deposit is None:
            raise StaleWrite
        missing = invoice.deposit.model_copy(update={"missing_since": now})
        self._save(invoice, missing, now, action="gone_from_portal")

    def _is_at_portal(self, deposit: Deposit) -> bool:
        return any(each.chorus_id == deposit.chorus_id for each in self.portal.find(deposit.invoice_number))

    def _invoices_in(self, view: List) -> Iterator[ListedInvoice]:
        pages = every_page(lambda cursor: self.invoices.page(view, limit=100, cursor=cursor))
        return (invoice for page in pages for invoice in page.invoices)

    def _poll_later(self, due: Sequence[str], now: datetime) -> None:
        """Schedule the next poll of the due invoices that did not change."""
        for document_id in due:
            with suppress(NotFound, StaleWrite):  # deleted, or changed meanwhile with a due time of its own
                invoice = self.invoices.get(document_id)
                if _is_poll_due(invoice, now):
                    self._reschedule(invoice, now)

    def _reschedule(self, invoice: Invoice, now: datetime) -> Invoice:
        later = invoice.model_copy(update={"due_at": self.next_poll(invoice, invoice.deposit, now)})
        self.invoices.reschedule(later)
        return later

    def next_poll(self, invoice: Invoice, deposit: Deposit | None, now: datetime) -> datetime | None:
        """When the ten-minute run must poll the invoice again; None: never, or by the nightly run."""
        if invoice.repair is not None and invoice.repair.unsettled:
            return invoice.due_at if invoice.due_at and invoice.due_at > now else now + RETRY_CUT_RUN
        if deposit is None or self.supplier.loading_mode == "local":
            return None
        return next_poll(deposit, now)

    # --- while an HTTP client waits ----------------------------------------------------------------------

    def refresh(self, *, now: datetime) -> Retrieval:
        """Retrieve what changed since the portal was last asked, for a Remote supplier. Never raises a portal failure.

        When the portal cannot be asked, the records stay as they are and the answer says how old they are. For a Local
        supplier the portal is not asked.
        """
        current = self.progress.get()
        known = self.as_kept(current)
        if known.mode == "local" or (current.asked_at is not None and now - current.asked_at < _FRESH_ENOUGH):
            return known
        since = (current.retrieved_at or now - _FIRST_LIVE_POLL) - LIVE_OVERLAP
        changed: list[Changed] = []
        try:
            all_seen = self._take_changes(since, now, changed)
        except PortalFailure as failure:
            known = replace(known, changed=tuple(changed))
            again_at = now + failure.retry_in if failure.retry_in else None
            return replace(known, stale=True, stale_because=stale_problem(failure), asked_again_at=again_at)
        known = replace(known, changed=tuple(changed))
        with suppress(StaleWrite):  # a background run wrote newer progress
            if all_seen:
                self.progress.save(current.all_retrieved(now) if known.complete else current.seen(now))
            elif current.retry_at is None:
                self.progress.save(current.interrupted(now))  # the background run retrieves the rest
        if all_seen:
            return replace(known, retrieved_at=now)
        return replace(known, stale=True, stale_because=too_many_changes_problem())

    def as_kept(self, current: TrackingProgress) -> Retrieval:
        """How current the kept records are, without a call."""
        return Retrieval(self.supplier.loading_mode, current.known_at, complete=current.retrieved_at is not None)

    def _take_changes(self, since: datetime, now: datetime, changed: list[Changed]) -> bool:
        """Take every page that there is time for, and add to ``changed``; False: there are more."""
        number = 1
        while True:
            page = self.portal.changes(since=since, page=number)
            changed += self.take(page.rows, now=now, ask_history=False)
            if page.last:
                return True
            if not self.may_go_on():
                return False
            number += 1

    # --- rows --------------------------------------------------------------------------------------------

    def take(self, rows: Sequence[FoundInvoice], *, now: datetime, ask_history: bool = True) -> list[Changed]:
        """Update our records from rows of a search, and return those that changed. Rows without news change nothing."""
        # an invoice twice on a page: the later status counts
        latest = {row.chorus_id: row for row in sorted(rows, key=_status_time)}
        ours = self.invoices.at_portal(list(latest.values()))
        changed = []
        for row in latest.values():
            known = ours.get(row.chorus_id)
            if known is None:
                self._adopt(row, now)
            elif known.state is State.SUBMITTED and known.deposit is not None:
                updated = self._update(known, row, now, ask_history=ask_history)
                if updated.version != known.version:
                    changed.append(Changed(known, updated))
            # else: it is being submitted under this number; the submission function settles the result
        return changed

    def poll(self, invoice: Invoice, *, now: datetime) -> Invoice:
        """The invoice with its whole history as the portal has it now. Raises PortalFailure."""
        assert invoice.deposit is not None
        updated = with_history(invoice.deposit, self.portal.history(invoice.deposit.chorus_id))
        if updated == invoice.deposit:
            return invoice
        return self._save(invoice, self._with_payment_reporting(invoice.form, updated, now), now)

    def _adopt(self, row: FoundInvoice, now: datetime) -> None:
        found = found_at_portal(row, self.supplier.supplier_id, now=now)
        assert found.deposit is not None
        deposit = self._with_payment_reporting(found.form, found.deposit, now)
        due_at = self.next_poll(found, deposit, now)
        with suppress(AlreadyExists):  # another worker was first, or this connector sent it
            self.invoices.adopt(found.model_copy(update={"deposit": deposit, "due_at": due_at}), by=_ACTOR)

    def _update(self, known: Invoice, row: FoundInvoice, now: datetime, *, ask_history: bool) -> Invoice:
        """The invoice as it is after the row, as far as this worker knows it."""
        try:
            return self._update_once(known, row, now, ask_history=ask_history)
        except StaleWrite:
            with suppress(NotFound, StaleWrite):  # changed again: the other writer has newer knowledge
                again = self.invoices.get(known.document_id)
                return again if again.deposit is None else self._update_once(again, row, now, ask_history=ask_history)
        return known

    def _update_once(self, known: Invoice, row: FoundInvoice, now: datetime, *, ask_history: bool) -> Invoice:
        deposit = known.deposit
        assert deposit is not None
        if not is_news(deposit, row):
            if known.due_at is None and self.next_poll(known, deposit, now) is not None:
                self._reschedule(known, now)  # the supplier was Local until now
            return known
        if is_older(deposit, row) and not ask_history:
            return known
        updated = deposit if is_older(deposit, row) else with_row(deposit, row)
        if ask_history:
            updated = self._with_history(updated)
        if updated == deposit:
            return known
        form = known.form if is_older(deposit, row) else with_routing(known.form, row)
        return self._save(known, self._with_payment_reporting(form, updated, now), now, form=form)

    def _with_history(self, deposit: Deposit) -> Deposit:
        try:
            return with_history(deposit, self.portal.history(deposit.chorus_id))
        except PortalRefused:
            return deposit  # the portal gives no history: keep the row's status

    def _with_payment_reporting(self, form: Form, deposit: Deposit, now: datetime) -> Deposit:
        """The deposit, with a note whether the recipient reports payments; needed once a payment was ordered."""
        siret = form.value("recipient_siret")
        if deposit.status not in PAYMENT_ORDERED or siret is None:
            return deposit
        try:
            reports = self.reports_payment(siret, now)
        except PortalFailure:
            return deposit
        return deposit.model_copy(update={"reports_payment": reports})

    def _save(
        self, known: Invoice, deposit: Deposit, now: datetime, *, action: str | None = None, **changes: object
    ) -> Invoice:
        assert known.deposit is not None
        moved = known.deposit.status != deposit.status
        if moved and deposit.status == REJECTED and known.confirmed_by is not None and self.lessons is not None:
            # before the write: a run that dies between the two repeats both
            self.lessons.send(LessonWork(known.supplier_id, known.document_id, "unteach"))
        due_at = self.next_poll(known, deposit, now)
        tracked = known.move(State.SUBMITTED, now, action="follow", deposit=deposit, due_at=due_at, **changes)
        self.invoices.save(
            tracked,
            by=_ACTOR,
            action=action or ("status_changed" if moved else "status_detailed"),
            detail=f"{known.deposit.status} → {deposit.status}" if moved else deposit.status,
        )
        return tracked


def _is_poll_due(invoice: Invoice, now: datetime) -> bool:
    """Whether the invoice is at the portal and its next poll is due."""
    return invoice.state is State.SUBMITTED and invoice.due_at is not None and invoice.due_at <= now


def _status_time(row: FoundInvoice) -> float:
    return row.status_at.timestamp() if row.status_at else 0.0


@dataclass
class _ShownIds:
    """The portal ids that one complete retrieval has shown so far."""

    from_the_start: bool
    chorus_ids: set[int] = field(default_factory=set)

    def add(self, rows: Sequence[FoundInvoice]) -> None:
        self.chorus_ids.update(row.chorus_id for row in rows)

    def start_again(self) -> None:
        self.from_the_start = True
        self.chorus_ids.clear()
