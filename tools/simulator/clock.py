"""Simulated time: a clock that can be moved forward, and an agenda of events that happen when it passes their time.

The lives of invoices and the processing of flows are entries of the agenda. Moving the clock by a month plays the
month's events in order. Only this module reads the real clock.
"""

from __future__ import annotations

import heapq
import itertools
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


class Clock:
    """The portal's time, in Paris; it runs with real time unless it is stopped, and never goes back."""

    def __init__(self, start: datetime | None = None, *, runs: bool = True) -> None:
        self._base = in_paris(start) if start else datetime.now(PARIS)
        self._runs = runs
        self._since = time.monotonic()

    def now(self) -> datetime:
        if not self._runs:
            return self._base
        return later(self._base, timedelta(seconds=time.monotonic() - self._since))

    def advance(self, delta: timedelta) -> None:
        """Move forward by `delta`; a negative one is a ValueError."""
        if delta < timedelta(0):
            raise ValueError("the simulated clock never goes back")
        self._move(later(self.now(), delta))

    def move_to(self, moment: datetime) -> None:
        """Move forward to `moment` (Paris time when it has no zone); the past is a ValueError."""
        target = in_paris(moment)
        if before(target, self.now()):
            raise ValueError("the simulated clock never goes back")
        self._move(target)

    def _move(self, target: datetime) -> None:
        self._base = target
        self._since = time.monotonic()


class Agenda:
    """Future events in order of time; each is called once, with the time at which it was due."""

    def __init__(self) -> None:
        self._entries: list[tuple[datetime, int, Callable[[datetime], None]]] = []
        self._order = itertools.count()

    def at(self, when: datetime, action: Callable[[datetime], None]) -> None:
        heapq.heappush(self._entries, (when.astimezone(UTC), next(self._order), action))

    def play(self, now: datetime) -> None:
        """Call everything due by `now`, entries added on the way included."""
        while self._entries and self._entries[0][0] <= now.astimezone(UTC):
            due, _, action = heapq.heappop(self._entries)
            action(due.astimezone(PARIS))


def later(moment: datetime, delta: timedelta) -> datetime:
    """The time `delta` later, computed in UTC, so that a duration keeps its length when summer time changes."""
    return (moment.astimezone(UTC) + delta).astimezone(PARIS)


def before(moment: datetime, other: datetime) -> bool:
    """Whether the first time is earlier, compared in UTC: since Python compares times of one zone by their clocks."""
    return moment.astimezone(UTC) < other.astimezone(UTC)


def in_paris(moment: datetime) -> datetime:
    """A time as Paris time; one without a zone is already Paris time."""
    return moment.replace(tzinfo=PARIS) if moment.tzinfo is None else moment.astimezone(PARIS)


def day(moment: datetime) -> str:
    """`2026-10-09`: deposit and invoice dates."""
    return moment.strftime("%Y-%m-%d")


def minute(moment: datetime) -> str:
    """`2026-10-09 11:20`: the history, services."""
    return moment.strftime("%Y-%m-%d %H:%M")


def instant(moment: datetime) -> str:
    """`2026-10-09T11:20:39.674+02:00`: date of the current status, flows."""
    return moment.isoformat(timespec="milliseconds")
