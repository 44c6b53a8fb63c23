"""Leases on due work: what a run hands out is not handed out again before its lease ends.

Due work stays in the due index until a worker has moved it on, so every run finds the whole backlog again. A run
therefore records what it handed out. The record is written after the messages, a thousand at a time: a run that is
killed between the two hands out at most that many twice, and never leaves work without a message. A message that the
queue loses is replaced when the lease ends. Work that is due again at another time is other work, and has no lease.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, Protocol, TypeVar

from chorus_connector.domain.portal.pace import starts_left
from chorus_connector.ports.values import Work

if TYPE_CHECKING:
    from chorus_connector.ports.suppliers import LeaseRecord

LEASE = timedelta(hours=1)
"""Longer than a queue takes for the work under lease. A lost message delays its work by no more than this."""
_RECORDED_AT_ONCE = 1000
_SMALLEST_SHARE = 100


class DueWork(Protocol):
    """One entry of the due index. ``entry`` differs when the same item is due at another time."""

    @property
    def supplier_id(self) -> str: ...

    @property
    def entry(self) -> str: ...


AnyDueWork = TypeVar("AnyDueWork", bound=DueWork)


@dataclass(frozen=True)
class Leases:
    """The leases of one kind of run.

    ``limit`` bounds what is under lease at a time, ``of_each`` what of one supplier is: one supplier's flood does not
    fill the queue.
    """

    record: LeaseRecord
    limit: int
    of_each: int

    def current(self, now: datetime) -> frozenset[bytes]:
        """The marks of all work under lease."""
        return self.record.since(now - LEASE)

    def free(self, due: Sequence[AnyDueWork], leased: frozenset[bytes]) -> list[AnyDueWork]:
        """The due work to hand out: one item of each supplier in turn, each supplier's in the order given."""
        shares, under_lease = [], 0
        for own in by_supplier(due).values():
            free = [each for each in own if _mark(each) not in leased]
            own_under_lease = len(own) - len(free)
            shares.append(free[: max(self.of_each - own_under_lease, 0)])
            under_lease += own_under_lease
        return list(islice(in_turns(shares), max(self.limit - under_lease, 0)))

    def hand_out(self, work: Iterable[AnyDueWork], send: Callable[[Sequence[AnyDueWork]], None], now: datetime) -> None:
        """Send the work and record it. After an error, what was recorded stays under lease and the rest stays free."""
        for part in _parts(work):
            send(part)
            self.record.add({_mark(each) for each in part}, at=now)


def hand_out_share(
    record: LeaseRecord, due: Sequence[str], send: Callable[[list[str]], None], *, until: int, now: datetime
) -> int:
    """Hand out this start's share of the suppliers that are due; returns how many.

    The starts up to the hour ``until`` in France share them: the portal gets an even load, and a message that waits for
    an hour shows that the hours are too few.
    """
    leases = Leases(record, limit=len(due), of_each=1)
    work = [Work(supplier_id, "") for supplier_id in due]
    free = leases.free(work, leases.current(now)) if work else []
    handed_out = free[: max(_SMALLEST_SHARE, -(-len(free) // starts_left(now, until=until)))]
    leases.hand_out(handed_out, lambda part: send([each.supplier_id for each in part]), now)
    return len(handed_out)


def by_supplier(due: Iterable[AnyDueWork]) -> dict[str, list[AnyDueWork]]:
    """What is due of each supplier, in the order given."""
    found: dict[str, list[AnyDueWork]] = defaultdict(list)
    for each in due:
        found[each.supplier_id].append(each)
    return found


def in_turns(of_suppliers: Iterable[Sequence[AnyDueWork]]) -> Iterator[AnyDueWork]:
    """One of each supplier in turn."""
    return (each for each in chain.from_iterable(zip_longest(*of_suppliers)) if each is not None)


def _parts(work: Iterable[AnyDueWork]) -> Iterator[Sequence[AnyDueWork]]:
    remaining = iter(work)
    while part := list(islice(remaining, _RECORDED_AT_ONCE)):
        yield part


def _mark(due: DueWork) -> bytes:
    """Eight bytes that represent the entry: two equal ones among a million are a chance of one in 37 million."""
    return hashlib.blake2b(f"{due.supplier_id}#{due.entry}".encode(), digest_size=8).digest()
