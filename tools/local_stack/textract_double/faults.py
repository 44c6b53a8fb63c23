"""Troubles planned by a test: the next calls are throttled or fail, the next jobs end badly, news is lost."""

import threading
from collections import defaultdict, deque

# What can be made to go wrong, and how.
KINDS = {
    "StartDocumentAnalysis": {"throttle", "limit", "internal"},
    "GetDocumentAnalysis": {"throttle", "limit", "internal"},
    "job": {"fail", "partial"},
    "notification": {"no_notification", "two_notifications"},
}


class Faults:
    """Planned troubles, each used once, in the order they were planned."""

    def __init__(self) -> None:
        self._planned: dict[str, deque[str]] = defaultdict(deque)
        self._lock = threading.Lock()

    def plan(self, where: str, kind: str, times: int = 1) -> None:
        """Make the next `times` uses of `where` go wrong; raises ValueError for what KINDS does not have."""
        if kind not in KINDS.get(where, ()):
            raise ValueError(f"no fault {kind!r} of {where!r}: {KINDS}")
        with self._lock:
            self._planned[where].extend([kind] * times)

    def clear(self) -> None:
        """Forget every planned trouble."""
        with self._lock:
            self._planned.clear()

    def take(self, where: str) -> str | None:
        """The trouble planned for this use, if any; it is used up."""
        with self._lock:
            planned = self._planned[where]
            return planned.popleft() if planned else None
