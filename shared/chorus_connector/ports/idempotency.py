"""The store of answers to requests with an ``Idempotency-Key``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from chorus_connector.ports.values import KeptAnswer


class KeptAnswers(Protocol):
    """Answers by request, stored for a day."""

    def claim(self, request: str, *, fingerprint: str, owner: str, now: datetime) -> KeptAnswer | None:
        """None when the caller now owns the request and must answer it; else what is known of the earlier request."""

    def keep(self, request: str, *, owner: str, answer: bytes) -> None:
        """Store the answer for repetitions. Does nothing when another request claimed the key meanwhile."""

    def release(self, request: str, *, owner: str) -> None:
        """Free the key, because the request had no effect."""
