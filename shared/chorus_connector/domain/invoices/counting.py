"""How many documents a supplier has, by what has become of them.

The counts are kept by the changes of documents, as the table's stream tells them: at least once, and the changes of
one document in their order. So each change counts only if its version is above the last one that was counted of its
document. Versions are remembered for ``VERSIONS_REMEMBERED``. A change that is older than that may have been counted
before: the counts are doubtful then, and all documents are counted again.

Counting again takes time, and documents change meanwhile. The changes of that time are collected, and each is added at
the end unless the version of its document that was read has it already.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from pydantic import Field

from chorus_connector.domain.invoices.states import List, State, list_of
from chorus_connector.domain.record import Record

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import ListedInvoice

CounterName = Literal[
    "waiting",
    "expected",
    "reading",
    "ready",
    "held",
    "stopped",
    "refused",
    "sent_back",
    "set_aside",
    "unusable",
    "duplicate",
    "sending",
    "in_doubt",
    "in_flight",
    "ended",
]

_BY_A_PERSON = "/by_a_person"
_EXPECTED = f"{State.RECEIVED}/expected"
_SENT_BACK, _IN_FLIGHT, _ENDED = "SUBMITTED/sent_back", "SUBMITTED/in_flight", "SUBMITTED/ended"

COUNTERS: dict[CounterName, frozenset[str]] = {
    "waiting": frozenset({State.TO_COMPLETE, State.REFUSED, _SENT_BACK}),
    "expected": frozenset({_EXPECTED}),
    "reading": frozenset({State.RECEIVED, State.READING}),
    "ready": frozenset({State.READY}),
    "held": frozenset({State.HELD}),
    "stopped": frozenset({f"{State.HELD}{_BY_A_PERSON}"}),
    "refused": frozenset({State.REFUSED}),
    "sent_back": frozenset({_SENT_BACK}),
    "set_aside": frozenset({State.SET_ASIDE, f"{State.SET_ASIDE}{_BY_A_PERSON}"}),
    "unusable": frozenset({State.UNUSABLE}),
    "duplicate": frozenset({State.DUPLICATE}),
    "sending": frozenset({State.SUBMITTING}),
    "in_doubt": frozenset({State.IN_DOUBT}),
    "in_flight": frozenset({_IN_FLIGHT}),
    "ended": frozenset({_ENDED}),
}
"""What a front page shows. ``waiting``: a person has to act. ``stopped``: a person holds it. ``expected``: announced,
and its file has not arrived."""

VERSIONS_REMEMBERED = timedelta(minutes=30)
_DELAY = timedelta(minutes=20)
"""A change that comes later than this may have been counted and forgotten: a worker's clock is that of its start."""
_ROUNDED = timedelta(seconds=1)
"""The stream rounds the time of a change down to the second."""
_COUNT_TAKES = timedelta(minutes=10)
"""After this a count that did not end is taken for dead."""
COUNT_AGAIN_AFTER = timedelta(days=7)
MOST_REMEMBERED = 3000
"""Versions that are remembered: they make an item of 100 kB."""
MOST_MEANWHILE = 1000
"""Changes that a count may collect while it reads."""


class CountedChange(NamedTuple):
    """What one write made of a document; ``before`` None: it is new; ``after`` None: it was deleted.

    ``written_at`` is None for a change that an operator sent again.
    """

    document: str
    version: int
    before: str | None
    after: str | None
    #: since when it is counted as waiting (``waits_since``)
    received_at: datetime
    written_at: datetime | None


class Found(NamedTuple):
    """A document as a count read it. ``remember``: a change of it may still come that is in it already."""

    version: int
    counted_as: str
    received_at: datetime
    remember: bool


class KeptCounts(Record):
    """A supplier's counts, with what is needed to count no change twice."""

    version: int = 0
    #: by ``counted_as``
    counts: dict[str, int] = Field(default_factory=dict)
    #: the last change that is counted
    as_of: datetime | None = None
    #: when the last count of all documents began; None: they were never counted
    counted_at: datetime | None = None
    #: when it ended
    counted_until: datetime | None = None
    #: when the oldest document that waits for a person came; None: none waits, or it is not known
    waiting_since: datetime | None = None
    #: by ``short_name``: the last version that is counted, and in which minute that was done
    seen: dict[str, tuple[int, int]] = Field(default_factory=dict)
    #: the count of all documents that is under way
    count_id: str = ""
    count_began: datetime | None = None
    meanwhile: tuple[CountedChange, ...] = ()
    #: a change may be in it twice, or missing
    doubtful: bool = False

    @property
    def known(self) -> bool:
        return self.counted_at is not None

    def must_be_counted(self, now: datetime) -> bool:
        """Whether all documents must be counted again, and no count is under way."""
        if self.is_counting(now):
            return False
        return self.doubtful or self.counted_at is None or now - self.counted_at > COUNT_AGAIN_AFTER

    def is_counting(self, now: datetime) -> bool:
        return self.count_began is not None and now - self.count_began <= _COUNT_TAKES


def counted_as(invoice: ListedInvoice) -> str:
    """Under which name the document is counted: its state, with more about it where lists or people tell them apart."""
    if invoice.state in (State.HELD, State.SET_ASIDE) and invoice.stopped is not None:
        return f"{invoice.state}{_BY_A_PERSON}"
    if invoice.awaits_file:
        return _EXPECTED
    if invoice.state is not State.SUBMITTED:
        return invoice.state.value
    if invoice.listed_in == "to_process":
        return _SENT_BACK
    return _IN_FLIGHT if invoice.in_flight else _ENDED


def waits_since(invoice: ListedInvoice) -> datetime:
    """When the document came; of one that was sent back, when the recipient sent it back."""
    if counted_as(invoice) != _SENT_BACK:
        return invoice.received_at
    return (invoice.deposit and invoice.deposit.status_at) or invoice.changed_at


def short_name(document_id: str) -> str:
    """Twelve characters for a document's id."""
    return hashlib.sha256(document_id.encode()).hexdigest()[:12]


def by_state(counts: Mapping[str, int]) -> dict[State, int]:
    """The documents in each state."""
    found = dict.fromkeys(State, 0)
    for name, number in counts.items():
        found[State(name.partition("/")[0])] += max(0, number)
    return found


def by_list(counts: Mapping[str, int]) -> dict[List, int]:
    """The documents in each list."""
    found: dict[List, int] = dict.fromkeys(get_args(List), 0)
    for name, number in counts.items():
        found[list_of_counted(name)] += max(0, number)
    return found


def list_of_counted(name: str) -> List:
    """The list that shows the documents that are counted under that name."""
    return "to_process" if name == _SENT_BACK else list_of(State(name.partition("/")[0]))


def counter(counts: Mapping[str, int], name: CounterName) -> int:
    return sum(max(0, counts.get(each, 0)) for each in COUNTERS[name])


def recounted(changes: Iterable[tuple[str, str]]) -> dict[CounterName, int]:
    """By how much changes from one ``counted_as`` to another change each counter; those that stay are left out."""
    steps: Counter[str] = Counter()
    for before, after in changes:
        steps[before] -= 1
        steps[after] += 1
    found = {name: sum(steps[each] for each in COUNTERS[name]) for name in COUNTERS}
    return {name: step for name, step in found.items() if step}


def with_changes(kept: KeptCounts, changes: Iterable[CountedChange], now: datetime) -> KeptCounts:
    """The counts with these changes. A change is counted once, however often it comes."""
    collected = tuple(changes)
    changed = _counted(kept, collected, now) if kept.known else kept
    if not kept.is_counting(now):
        return changed.model_copy(update={"count_id": "", "count_began": None, "meanwhile": ()})
    meanwhile = (*kept.meanwhile, *collected)
    if len(meanwhile) > MOST_MEANWHILE:
        return changed.model_copy(update={"count_id": "", "count_began": None, "meanwhile": (), "doubtful": True})
    return changed.model_copy(update={"meanwhile": meanwhile})


def begun(kept: KeptCounts, count_id: str, now: datetime) -> KeptCounts:
    """A count of all documents begins: the changes of the time until it ends are collected."""
    return kept.model_copy(update={"count_id": count_id, "count_began": now, "meanwhile": ()})


def found_document(invoice: ListedInvoice, began: datetime) -> Found:
    """The document, for a count that began then."""
    recent = invoice.changed_at >= began - VERSIONS_REMEMBERED
    return Found(invoice.version, counted_as(invoice), waits_since(invoice), recent)


def finished(kept: KeptCounts, found: Mapping[str, Found], now: datetime) -> KeptCounts:
    """The counts of all documents that were ``found``, by ``short_name``, and of the changes since then."""
    latest = {name: (each.version, each.counted_as) for name, each in found.items()}
    late: dict[str, CountedChange] = {}
    for change in kept.meanwhile:
        known = _version_of(change.document, latest, late)
        if known is None and change.before is not None:
            continue  # it was deleted before the count came to it
        if known is not None and change.version <= known:
            continue
        late[change.document] = change
        latest.pop(change.document, None)
        if change.after is not None:
            latest[change.document] = (change.version, change.after)
    minute = _minute(now)
    seen = {name: (each.version, minute) for name, each in found.items() if each.remember}
    seen |= {name: (change.version, minute) for name, change in late.items()}
    came = {name: each.received_at for name, each in found.items()}
    came |= {name: change.received_at for name, change in late.items()}
    waiting = [came[name] for name, (_, name_of_count) in latest.items() if name_of_count in COUNTERS["waiting"]]
    return kept.model_copy(
        update={
            "counts": dict(Counter(name_of_count for _, name_of_count in latest.values())),
            "as_of": now,
            "counted_at": kept.count_began,
            "counted_until": now,
            "waiting_since": min(waiting, default=None),
            "seen": _newest(seen),
            "count_id": "",
            "count_began": None,
            "meanwhile": (),
            "doubtful": False,
        }
    )


def _version_of(document: str, latest: Mapping[str, tuple[int, str]], late: Mapping[str, CountedChange]) -> int | None:
    if document in late:
        return late[document].version
    return latest[document][0] if document in latest else None


def _counted(kept: KeptCounts, changes: Iterable[CountedChange], now: datetime) -> KeptCounts:
    counts, seen, since, doubtful = dict(kept.counts), dict(kept.seen), kept.waiting_since, kept.doubtful
    as_of = kept.as_of
    for change in changes:
        known = seen.get(change.document)
        if known is not None and change.version <= known[0]:
            continue
        if known is None and (change.written_at is None or _is_in_the_count(kept, change.written_at)):
            doubtful = doubtful or change.written_at is None
            continue
        doubtful = doubtful or (known is None and _is_late(change, now)) or _vanished_in_a_count(kept, change)
        since = change.received_at if _is_first(counts, change) else _since(since, change)
        for name, step in ((change.before, -1), (change.after, 1)):
            if name is not None:
                counts[name] = counts.get(name, 0) + step
        seen[change.document] = (change.version, _minute(now))
        as_of = max(as_of, change.written_at) if as_of and change.written_at else as_of or change.written_at
    waits = counter(counts, "waiting") > 0
    oldest = _minute(now - VERSIONS_REMEMBERED)
    return kept.model_copy(
        update={
            "counts": {name: number for name, number in counts.items() if number},
            "seen": _newest({name: each for name, each in seen.items() if each[1] > oldest}),
            "as_of": as_of,
            "waiting_since": since if waits else None,
            "doubtful": doubtful or any(number < 0 for number in counts.values()),
        }
    )


def _is_in_the_count(kept: KeptCounts, written_at: datetime) -> bool:
    """Whether the count of all documents read what was written then."""
    return kept.counted_at is None or written_at < kept.counted_at - _ROUNDED


def _vanished_in_a_count(kept: KeptCounts, change: CountedChange) -> bool:
    """Whether the document was deleted while all were counted: nothing tells whether it was read before that."""
    if change.after is not None or change.written_at is None or kept.counted_until is None:
        return False
    return change.written_at <= kept.counted_until + _ROUNDED


def _is_late(change: CountedChange, now: datetime) -> bool:
    return change.written_at is not None and now - change.written_at > _DELAY


def _is_first(counts: Mapping[str, int], change: CountedChange) -> bool:
    """Whether no other document waits."""
    return change.after in COUNTERS["waiting"] and counter(counts, "waiting") == 0


def _since(since: datetime | None, change: CountedChange) -> datetime | None:
    """When the oldest waiting document came, after the change; None when another one must be looked for."""
    if change.after in COUNTERS["waiting"]:
        return min(since, change.received_at) if since else None
    if change.before in COUNTERS["waiting"] and since is not None and change.received_at <= since:
        return None
    return since


def _newest(seen: Mapping[str, tuple[int, int]]) -> dict[str, tuple[int, int]]:
    if len(seen) <= MOST_REMEMBERED:
        return dict(seen)
    return dict(sorted(seen.items(), key=lambda each: each[1][1])[-MOST_REMEMBERED:])


def _minute(moment: datetime) -> int:
    return int(moment.timestamp()) // 60
