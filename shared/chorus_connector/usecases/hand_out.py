"""Hands out due work: what a run hands out is not handed out again before its lease ends.

Due work stays in the due index until a worker has moved it on, so every run finds the whole backlog again. A run
therefore puts what it sent under lease, a thousand messages at a time. A run that is killed between the two sends at
most that many twice, and never leaves work under lease without a message. A message that the queue loses is replaced
when the lease ends. Work that is due again at another time is other work, and has no lease.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, TypeVar

from chorus_connector.domain.portal.pace import starts_left
from chorus_connector.ports.notification_values import DueWebhook
from chorus_connector.ports.values import Work

if TYPE_CHECKING:
    from chorus_connector.ports.suppliers import Installation

DueWork = TypeVar("DueWork", Work, DueWebhook)

_LEASED_AT_ONCE = 1000
_SMALLEST_SHARE = 100


def free(due: Sequence[DueWork], *, limit: int, of_each: int) -> list[DueWork]:
    """The due work to hand out: one item of each supplier in turn, each supplier's in the order given.

    ``limit`` bounds what is under lease at a time, and ``of_each`` what of one supplier is.
    """
    shares, under_lease = [], 0
    for own in by_supplier(due).values():
        own_free = [each for each in own if not each.leased]
        own_under_lease = len(own) - len(own_free)
        shares.append(own_free[: max(of_each - own_under_lease, 0)])
        under_lease += own_under_lease
    return list(islice(in_turns(shares), max(limit - under_lease, 0)))


def hand_out(
    installation: Installation, work: Iterable[DueWork], send: Callable[[Sequence[DueWork]], None], now: datetime
) -> None:
    """Send the work and put it under lease. After an error, what was not sent is free for the next run."""
    remaining = iter(work)
    while part := list(islice(remaining, _LEASED_AT_ONCE)):
        send(part)
        installation.lease(part, at=now)


def hand_out_share(
    installation: Installation,
    due: Sequence[Work],
    send: Callable[[list[str]], None],
    *,
    until: int,
    now: datetime,
) -> int:
    """Hand out this start's share of the suppliers that are due; returns how many.

    The starts up to the hour ``until`` in France share them: the portal gets an even load, and a message that waits for
    an hour shows that the hours are too few.
    """
    left = free(due, limit=len(due), of_each=1)
    handed_out = left[: max(_SMALLEST_SHARE, -(-len(left) // starts_left(now, until=until)))]
    hand_out(installation, handed_out, lambda part: send([each.supplier_id for each in part]), now)
    return len(handed_out)


def by_supplier(due: Iterable[DueWork]) -> dict[str, list[DueWork]]:
    """What is due of each supplier, in the order given."""
    found: dict[str, list[DueWork]] = defaultdict(list)
    for each in due:
        found[each.supplier_id].append(each)
    return found


def in_turns(of_suppliers: Iterable[Sequence[DueWork]]) -> Iterator[DueWork]:
    """One of each supplier in turn."""
    return (each for each in chain.from_iterable(zip_longest(*of_suppliers)) if each is not None)
