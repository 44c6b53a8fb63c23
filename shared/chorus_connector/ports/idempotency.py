"""Where the API keeps the answer of a POST under its ``Idempotency-Key``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from datetime import datetime

    from chorus_connector.ports.values import KeptAnswer


class KeptAnswers(Protocol):
    """Answers to requests that carried an ``Idempotency-Key``, for a day."""

    def claim(self, request: str, *, fingerprint: str, owner: str, now: datetime) -> KeptAnswer | None:
        """None: nobody has asked this, it is the caller's to answer. Else what is kept of the earlier request."""

    def keep(self, request: str, *, owner: str, answer: bytes) -> None:
        """The answer, for every repetition; does nothing when another took the key over."""

    def release(self, request: str, *, owner: str) -> None:
        """Nothing was done: the key is free again."""
