"""Remembers whose files ended their processes lately, in one container's memory: no call is made."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta

MANY = 3
WINDOW = timedelta(minutes=10)
_MOST_SUPPLIERS = 1000
"""Suppliers in memory, about 500 bytes each. The one whose last death is oldest is forgotten first."""


class RecentDeaths:
    """The last deaths by supplier."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._times: OrderedDict[str, deque[datetime]] = OrderedDict()

    def add(self, supplier_id: str) -> None:
        """Count one death now."""
        self._times.setdefault(supplier_id, deque(maxlen=MANY)).append(self._clock())
        self._times.move_to_end(supplier_id)
        if len(self._times) > _MOST_SUPPLIERS:
            self._times.popitem(last=False)

    def are_many(self, supplier_id: str) -> bool:
        """Whether MANY deaths of the supplier's files are within the WINDOW."""
        times = self._times.get(supplier_id, ())
        return len(times) == MANY and self._clock() - times[0] < WINDOW
