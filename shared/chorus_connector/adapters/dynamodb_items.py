"""What every store on the single table writes alike: keys, times, cursors, and the reading of a failed condition."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from chorus_connector.domain.errors import Invalid

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

Item = dict[str, dict[str, Any]]


def key(partition: str, sort: str) -> Item:
    """A primary key of the table."""
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def stamp(moment: datetime) -> str:
    """UTC text that sorts as time does: always the same width."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def failed_conditions(error: ClientError) -> list[bool]:
    """Which items' conditions failed; empty when the error is about something else."""
    code = error.response["Error"]["Code"]
    if code == "ConditionalCheckFailedException":
        return [True]
    if code == "TransactionCanceledException":
        reasons = cast(Any, error.response).get("CancellationReasons", [])
        failed = [reason.get("Code") == "ConditionalCheckFailed" for reason in reasons]
        return failed if any(failed) else []
    return []


def encode_cursor(last: Item) -> str:
    """Where a query stopped, as text; the edge signs it."""
    return base64.urlsafe_b64encode(json.dumps(last, separators=(",", ":")).encode()).decode().rstrip("=")


def start_key(cursor: str, partition: str, prefix: str, *, sort_key: str = "SK") -> Item:
    """The cursor's key. Raises Invalid unless it lies in that partition, under that prefix."""
    start = _decoded(cursor)
    inside = start.get("PK") == {"S": partition} and str(start.get(sort_key, {}).get("S", "")).startswith(prefix)
    if not inside:
        raise _bad_cursor()
    return start


def _decoded(cursor: str) -> Item:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        start = json.loads(base64.urlsafe_b64decode(padded.encode()))
    except (binascii.Error, ValueError):
        raise _bad_cursor() from None
    if not isinstance(start, dict) or not all(isinstance(value, dict) for value in start.values()):
        raise _bad_cursor()
    return start


def _bad_cursor() -> Invalid:
    return Invalid("Curseur inconnu : reprenez la liste au début.", "Unknown cursor: start the list again.")
