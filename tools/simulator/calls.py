"""The log of calls: operation, status, codeRetour and duration, but no header, body, name or secret."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    at: str
    operation: str
    status: int
    """HTTP status; 0 when a fault prevented a complete answer."""
    code: int | None
    """codeRetour, if the answer had one."""
    milliseconds: float
    fault: str | None = None
    processed: bool = True
    """Whether the operation ran; false when the gateway or a fault stopped the call."""


class CallLog:
    """The last calls, oldest first. ``on_call`` gets each new one before the answer is sent."""

    def __init__(self, entries: deque[Call], on_call: Callable[[Call], None] = lambda _: None) -> None:
        self._entries = entries
        self.on_call = on_call

    def add(self, call: Call) -> None:
        self._entries.append(call)
        self.on_call(call)

    def listed(self, operation: str | None = None) -> list[dict[str, Any]]:
        return [asdict(call) for call in self._entries if operation in (None, call.operation)]

    def counts(self) -> dict[str, int]:
        """The number of calls by operation."""
        return dict(Counter(call.operation for call in self._entries))

    def clear(self) -> None:
        self._entries.clear()
