"""What the table's stream says, for notifications: a document was written, an endpoint was deleted, a breaker moved.

The stream carries every write once it is done, so that nothing is lost when a worker dies right after its write.
A record comes at least once: who reads these must be idempotent.
"""

from __future__ import annotations

from typing import Any

from chorus_connector.domain.breaker import Breaker
from chorus_connector.domain.invoice import Invoice

Record = dict[str, Any]


def written_invoice(record: Record) -> tuple[Invoice | None, Invoice] | None:
    """A document before (None: it is new) and after a write; None for any other record."""
    images = record["dynamodb"]
    if not images["Keys"]["SK"]["S"].startswith("INVOICE#") or "NewImage" not in images:
        return None
    old = images.get("OldImage")
    return (_invoice(old) if old else None), _invoice(images["NewImage"])


def deleted_endpoint(record: Record) -> tuple[str, str] | None:
    """The supplier and id of an endpoint that is gone; None for any other record."""
    keys = record["dynamodb"]["Keys"]
    if record["eventName"] != "REMOVE" or not keys["SK"]["S"].startswith("WEBHOOK#"):
        return None
    return keys["PK"]["S"].removeprefix("SUPPLIER#"), keys["SK"]["S"].removeprefix("WEBHOOK#")


def changed_breaker(record: Record) -> tuple[Breaker | None, Breaker, bool] | None:
    """A breaker before (None: it is new) and after a write, and whether it is a portal's; None for other records."""
    images = record["dynamodb"]
    if images["Keys"]["SK"]["S"] != "BREAKER" or "NewImage" not in images:
        return None
    old = images.get("OldImage")
    shared = images["Keys"]["PK"]["S"].startswith("PORTAL#")
    return (_breaker(old) if old else None), _breaker(images["NewImage"]), shared


def _breaker(image: Record) -> Breaker:
    return Breaker.model_validate_json(image["data"]["S"])


def _invoice(image: Record) -> Invoice:
    return Invoice.model_validate_json(image["data"]["S"])
