"""What the table's stream says, for notifications: a document was written, an endpoint is gone,
a breaker moved, people were told about their keys.

The stream carries every write once it is done, so that nothing is lost when a worker dies right after its write.
A record comes at least once: who reads these must be idempotent.
"""

from __future__ import annotations

import json
from typing import Any

from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.portal.breaker import Breaker
from chorus_connector.ports.values import DeletedEndpoint

Record = dict[str, Any]


def written_invoice(record: Record) -> tuple[Invoice | None, Invoice] | None:
    """A document before (None: it is new) and after a write; None for any other record."""
    images = record["dynamodb"]
    if not images["Keys"]["SK"]["S"].startswith("INVOICE#") or "NewImage" not in images:
        return None
    old = images.get("OldImage")
    return (_invoice(old) if old else None), _invoice(images["NewImage"])


def deleted_endpoint(record: Record) -> DeletedEndpoint | None:
    """The endpoint that was deleted; None for any other record."""
    keys = record["dynamodb"]["Keys"]
    if record["eventName"] != "REMOVE" or not keys["SK"]["S"].startswith("WEBHOOK#"):
        return None
    return DeletedEndpoint(keys["PK"]["S"].removeprefix("SUPPLIER#"), keys["SK"]["S"].removeprefix("WEBHOOK#"))


def changed_breaker(record: Record) -> tuple[Breaker | None, Breaker, str | None] | None:
    """A breaker before (None: it is new) and after a write, and whose it is: a supplier's, or (None) a portal's.

    None for other records.
    """
    images = record["dynamodb"]
    if images["Keys"]["SK"]["S"] != "BREAKER" or "NewImage" not in images:
        return None
    old = images.get("OldImage")
    kind, _, name = images["Keys"]["PK"]["S"].partition("#")
    return (_breaker(old) if old else None), _breaker(images["NewImage"]), name if kind == "SUPPLIER" else None


def credentials_news(record: Record) -> tuple[str, list[str]] | None:
    """A supplier and the codes its people have just been told about its credentials; None for other records."""
    images = record["dynamodb"]
    if record["eventName"] != "INSERT" or not images["Keys"]["SK"]["S"].startswith("SUPPLIER_EVENT#"):
        return None
    told = json.loads(images["NewImage"]["data"]["S"])
    if told["action"] != "credentials_announced":
        return None
    return images["Keys"]["PK"]["S"].removeprefix("SUPPLIER#"), told["detail"].split(", ")


def _breaker(image: Record) -> Breaker:
    return Breaker.model_validate_json(image["data"]["S"])


def _invoice(image: Record) -> Invoice:
    return Invoice.model_validate_json(image["data"]["S"])
