"""Keeps the counts of one supplier's documents, from the table's stream, and counts all of them again when it must.

Used by the functions notifier (each change), credential_probe (every morning) and invoice_api (who asks).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, get_args

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.counting import (
    COUNTERS,
    CountedChange,
    CounterName,
    KeptCounts,
    begun,
    by_list,
    by_state,
    counted_as,
    counter,
    finished,
    found_document,
    short_name,
    waits_since,
    with_changes,
)
from chorus_connector.domain.invoices.states import List, State
from chorus_connector.usecases.invoices.listing import LARGEST_SEARCH
from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from chorus_connector.ports.invoices import CountStore, InvoiceStore
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices

_TRIES = 12
"""For writers at the same time: the stream has ten for one supplier."""
_OLDEST = 100
"""Documents that are looked at for the oldest one of a counter."""
_BETWEEN_LOOKS = 500
_PAGE = 100


class CounterValue(NamedTuple):
    """How many documents a counter has, and when the oldest of them came (None: not known)."""

    number: int
    since: datetime | None


@dataclass(frozen=True)
class Counts:
    """The documents by state, by list and by counter. ``complete``: none is missing. ``kept``: by the stream."""

    as_of: datetime
    complete: bool
    kept: bool
    states: dict[State, int]
    lists: dict[List, int]
    counters: dict[CounterName, CounterValue]


@dataclass(frozen=True)
class KeepCounts:
    """``invoices`` are all of the supplier."""

    store: CountStore
    invoices: InvoiceStore
    clock: Callable[[], datetime]

    def add(self, changes: Sequence[CountedChange], *, now: datetime) -> None:
        """Count these changes, each once however often it comes. Raises StaleWrite."""
        for _ in range(_TRIES):
            kept = self.store.get()
            if kept is None:
                return  # the first count will find them
            counted = self._with_oldest(kept, with_changes(kept, changes, now), changes)
            if counted == kept:
                return
            with suppress(StaleWrite):
                self.store.save(counted)
                return
        raise StaleWrite

    def heal(self, *, now: datetime, may_go_on: Callable[[], bool]) -> bool:
        """Count all documents again if the counts are doubtful, old or missing; whether that was done."""
        kept = self.store.get()
        if kept is not None and not kept.must_be_counted(now):
            return False
        return self.count_all(now=now, may_go_on=may_go_on) is not None

    def count_all(self, *, now: datetime, may_go_on: Callable[[], bool] = lambda: True) -> KeptCounts | None:
        """Count every document; None when another count is under way, time ran out, or the supplier is gone."""
        count_id = f"{now.isoformat()}"
        try:
            before = self.store.get() or KeptCounts()
            if before.is_counting(now):
                return None
            self.store.save(begun(before, count_id, now))
        except StaleWrite:
            return None
        found = {}
        for number, invoice in enumerate(self.invoices.every_listed(), start=1):
            found[short_name(invoice.document_id)] = found_document(invoice, now)
            if number % _BETWEEN_LOOKS == 0 and not may_go_on():
                return None
        for _ in range(_TRIES):
            kept = self.store.get()
            if kept is None or kept.count_id != count_id:
                return None
            with suppress(StaleWrite):
                return self.store.save(finished(kept, found, self.clock()))
        return None

    def _with_oldest(self, before: KeptCounts, after: KeptCounts, changes: Sequence[CountedChange]) -> KeptCounts:
        """With the time of the oldest waiting document looked up, when the one known before waits no more."""
        if not after.known or after.waiting_since is not None or counter(after.counts, "waiting") == 0:
            return after
        if before.waiting_since is None and before.counts == after.counts:
            return after
        left = {each.document for each in changes if each.after not in COUNTERS["waiting"]}
        oldest = min(
            (
                waits_since(each)
                for each in self.invoices.oldest("to_process", limit=_OLDEST)
                if counted_as(each) in COUNTERS["waiting"] and short_name(each.document_id) not in left
            ),
            default=None,
        )
        return after.model_copy(update={"waiting_since": oldest})


@dataclass(frozen=True)
class ReadCounts:
    """The counts of what a caller may see."""

    keep: KeepCounts
    visible: VisibleInvoices

    def read(self, *, now: datetime, may_go_on: Callable[[], bool]) -> Counts:
        """The kept counts for a caller who sees everything, else counted now among ``LARGEST_SEARCH`` documents."""
        if self.visible.visibility.restricted:
            return self._counted_now(now)
        kept = self.keep.store.get()
        if kept is None or not kept.known:
            kept = self.keep.count_all(now=now, may_go_on=may_go_on)
        if kept is None or not kept.known:
            return self._counted_now(now)
        oldest = [each for name in get_args(List) for each in self.keep.invoices.oldest(name, limit=_OLDEST)]
        came = [(counted_as(each), waits_since(each)) for each in oldest]
        return _counts(kept.counts, came, as_of=kept.as_of or now, complete=True, kept=True)

    def _counted_now(self, now: datetime) -> Counts:
        came: list[tuple[str, datetime]] = []
        looked_at, complete = 0, True
        for page in every_page(lambda cursor: self.visible.page(None, limit=_PAGE, cursor=cursor)):
            came += [(counted_as(each), waits_since(each)) for each in page.invoices]
            looked_at += page.looked_at
            if looked_at >= LARGEST_SEARCH and page.cursor is not None:
                complete = False
                break
        counts: dict[str, int] = {}
        for name, _ in came:
            counts[name] = counts.get(name, 0) + 1
        return _counts(counts, came, as_of=now, complete=complete, kept=False)


def _counts(
    counts: dict[str, int],
    came: Collection[tuple[str, datetime]],
    *,
    as_of: datetime,
    complete: bool,
    kept: bool,
) -> Counts:
    def since(name: CounterName) -> datetime | None:
        return min((at for each, at in came if each in COUNTERS[name]), default=None)

    def of(name: CounterName) -> CounterValue:
        number = counter(counts, name)
        return CounterValue(number, since(name) if number else None)

    counters = {name: of(name) for name in COUNTERS}
    return Counts(as_of, complete, kept, by_state(counts), by_list(counts), counters)
