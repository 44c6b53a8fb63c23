"""Conflicts between writers that reach DynamoDB at the same moment.

DynamoDB cancels one of two concurrent transactions on the same item, and refuses a plain write while a transaction
holds the item. The SDK retries neither, and no emulator answers so. The client retries these with growing, random
pauses; the writer that still loses has lost a race, like one whose condition failed (``items.failed_conditions``).
"""

from __future__ import annotations

from collections.abc import Mapping
from random import uniform
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from botocore.client import BaseClient

ATTEMPTS = 6
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.8
"""In seconds. Together the pauses last 1.6 seconds at most: a transaction takes some ten milliseconds."""

_REFUSED_WRITE = frozenset({"TransactionConflictException", "TransactionInProgressException"})
_CANCELLED = "TransactionCanceledException"
_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""The reasons for a cancelled transaction that are over a moment later."""


def retry_conflicts(client: BaseClient) -> None:
    """Make this DynamoDB client repeat a call that met another writer, up to ``ATTEMPTS`` times."""
    client.meta.events.register("needs-retry.dynamodb", cast("Any", _pause), unique_id="retry-conflicts")


def is_conflict(answer: Mapping[str, Any]) -> bool:
    """Whether an error answer of DynamoDB means nothing but another writer, or too many, at this moment."""
    code = answer.get("Error", {}).get("Code")
    if code != _CANCELLED:
        return code in _REFUSED_WRITE
    reasons = {reason.get("Code") or "None" for reason in answer.get("CancellationReasons", ())} - {"None"}
    return bool(reasons) and reasons <= _PASSING


def _pause(response: tuple[Any, Mapping[str, Any]] | None, attempts: int, **_: Any) -> float | None:
    """Seconds until the next attempt, or None: botocore's contract for the event ``needs-retry``."""
    if response is None or attempts >= ATTEMPTS or not is_conflict(response[1]):
        return None
    return pause_before(attempts)


def pause_before(attempt: int) -> float:
    """Seconds to wait before this repetition (the first is 1): growing and random."""
    return uniform(_FIRST_PAUSE / 2, min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE))  # noqa: S311  # nosec B311
