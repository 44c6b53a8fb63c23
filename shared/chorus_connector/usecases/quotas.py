"""Counts requests against quotas, with one write for a block of them.

A container leases a block and hands it out from memory; what it does not use ends with the window. It also remembers
that a window is full, so that a flood of refused requests costs no write.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.quotas import QUOTAS, Holder, Quota, QuotaExceeded, QuotaKind

if TYPE_CHECKING:
    from chorus_connector.ports.quotas import QuotaCounters

_MOST_LEASES = 1000
"""Leases in memory, about 200 bytes each."""


@dataclass
class _Lease:
    end: datetime
    left: int
    is_full: bool = False
    """Whether the counter has no room left in this window."""


@dataclass
class LeasedQuotas:
    """The quotas of one container. ``factor`` multiplies every number except that of credential trials."""

    counters: QuotaCounters
    factor: float
    clock: Callable[[], datetime]
    _leases: dict[tuple[Holder, QuotaKind], _Lease] = field(default_factory=dict)

    def spend(self, holder: Holder, kind: QuotaKind) -> None:
        """Count one request. Raises QuotaExceeded."""
        now = self.clock()
        lease = self._leases.get((holder, kind))
        if lease is None or lease.end <= now or (lease.left == 0 and not lease.is_full):
            lease = self._leased(holder, kind, now)
        if lease.left == 0:
            raise QuotaExceeded(kind, (lease.end - now).total_seconds())
        lease.left -= 1

    def spend_at_once(self, holder: Holder, kind: QuotaKind, count: int) -> None:
        """Count so many at once, or none of them. Raises QuotaExceeded."""
        with self.spending(holder, kind, count):
            pass

    @contextmanager
    def spending(self, holder: Holder, kind: QuotaKind, count: int) -> Iterator[None]:
        """Count so many at once, or none of them. A block that fails gives them back. Raises QuotaExceeded."""
        now, most = self.clock(), self._most(kind)
        begin, end = _window(QUOTAS[kind], now)
        if not self.counters.take(holder, kind, count, most=most, begin=begin, end=end):
            raise QuotaExceeded(kind, (end - now).total_seconds())
        try:
            yield
        except Exception:
            self.counters.take(holder, kind, -count, most=most, begin=begin, end=end)
            raise

    def _leased(self, holder: Holder, kind: QuotaKind, now: datetime) -> _Lease:
        quota = QUOTAS[kind]
        begin, end = _window(quota, now)
        most = self._most(kind)
        left = next(
            (
                count
                for count in dict.fromkeys((quota.block, 1))
                if self.counters.take(holder, kind, count, most=most, begin=begin, end=end)
            ),
            0,
        )
        if len(self._leases) >= _MOST_LEASES:
            self._leases.clear()
        lease = self._leases[holder, kind] = _Lease(end, left, is_full=left == 0)
        return lease

    def _most(self, kind: QuotaKind) -> int:
        most = QUOTAS[kind].most
        return most if kind == "credential_trials" else max(1, int(most * self.factor))


def _window(quota: Quota, now: datetime) -> tuple[datetime, datetime]:
    seconds = quota.window.total_seconds()
    begin = datetime.fromtimestamp(now.timestamp() // seconds * seconds, UTC)
    return begin, begin + quota.window
