"""Remembers whose files ended their processes lately, in one container's memory: no call is made."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chorus_connector.domain.quotas import Holder

MANY = 3
WINDOW = timedelta(minutes=10)
_MOST_SUPPLIERS = 1000
"""Suppliers in memory, about 500 bytes each. The one whose last death is oldest is forgotten first."""


class RecentDeaths:
    """The last deaths by supplier."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._times: OrderedDict[Holder, deque[datetime]] = OrderedDict()

    def add(self, supplier: Holder) -> None:
        """Count one death now."""
        self._times.setdefault(supplier, deque(maxlen=MANY)).append(self._clock())
        self._times.move_to_end(supplier)
        if len(self._times) > _MOST_SUPPLIERS:
            self._times.popitem(last=False)

    def are_many(self, supplier: Holder) -> bool:
        """Whether MANY deaths of the supplier's files are within the WINDOW."""
        times = self._times.get(supplier)
        return times is not None and len(times) == MANY and self._clock() - times[0] < WINDOW
