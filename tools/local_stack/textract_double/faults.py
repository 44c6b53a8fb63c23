"""Faults that a test plans: the next calls are throttled or fail, jobs fail, completion messages are lost."""

import threading
from collections import defaultdict, deque

# The places where a fault can be planned, and its kinds.
KINDS = {
    "StartDocumentTextDetection": {"throttle", "limit", "internal"},
    "GetDocumentTextDetection": {"throttle", "limit", "internal"},
    "job": {"fail", "partial"},
    "notification": {"no_notification", "two_notifications"},
}


class Faults:
    """Planned faults, each used once, in the order they were planned."""

    def __init__(self) -> None:
        self._planned: dict[str, deque[str]] = defaultdict(deque)
        self._lock = threading.Lock()

    def plan(self, where: str, kind: str, times: int = 1) -> None:
        """Make the next `times` uses of `where` fail; raises ValueError for a fault that is not in KINDS."""
        if kind not in KINDS.get(where, ()):
            raise ValueError(f"no fault {kind!r} of {where!r}: {KINDS}")
        with self._lock:
            self._planned[where].extend([kind] * times)

    def clear(self) -> None:
        """Remove every planned fault."""
        with self._lock:
            self._planned.clear()

    def take(self, where: str) -> str | None:
        """Take the fault planned for this use, or None."""
        with self._lock:
            planned = self._planned[where]
            return planned.popleft() if planned else None
