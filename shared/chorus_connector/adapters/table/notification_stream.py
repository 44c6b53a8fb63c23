"""Stream records that notifications act on: written documents, changed and deleted endpoints, changed circuit
breakers, announced credential problems.

The stream carries every finished write, so nothing is lost when a worker dies right after its write. It delivers a
record at least once: the callers must be idempotent.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.invoice_items import invoice_of, listed_invoice_of
from chorus_connector.adapters.table.notifications import endpoint_of
from chorus_connector.domain.invoices.counting import CountedChange, counted_as, short_name, waits_since
from chorus_connector.domain.messages.arrival import ArrivedMessage
from chorus_connector.domain.portal.breaker import Breaker
from chorus_connector.ports.notification_values import ChangedAccess, ChangedEndpoint
from chorus_connector.ports.values import DeletedEndpoint

if TYPE_CHECKING:
    from chorus_connector.adapters.table.message_stream import StreamRecord
    from chorus_connector.domain.invoices.invoice import Invoice


class CountedChanges(NamedTuple):
    """What changes in one supplier's counts."""

    supplier_id: str
    changes: list[CountedChange]


class CreatedSupplier(NamedTuple):
    """A supplier whose record was written for the first time."""

    supplier_id: str


def written_invoice(record: StreamRecord) -> tuple[Invoice | None, Invoice] | None:
    """A document before (None: it is new) and after a write; None for any other record."""
    images = record["dynamodb"]
    if not images["Keys"]["SK"]["S"].startswith(keys.INVOICES) or "NewImage" not in images:
        return None
    old = images.get("OldImage")
    return (invoice_of(old) if old else None), invoice_of(images["NewImage"])


def counted_changes(records: Iterable[StreamRecord]) -> list[CountedChanges]:
    """What these writes change in the counts of each supplier, in their order."""
    found: dict[str, list[CountedChange]] = {}
    for record in records:
        supplier_id = keys.after(keys.SUPPLIERS, record["dynamodb"]["Keys"]["PK"]["S"])
        change = _counted_change(record["dynamodb"])
        if supplier_id is not None and change is not None:
            found.setdefault(supplier_id, []).append(change)
    return [CountedChanges(*each) for each in found.items()]


def new_supplier(record: StreamRecord) -> CreatedSupplier | None:
    """The supplier that was created, or restored; None for other records."""
    created = record["dynamodb"]["Keys"]
    if record["eventName"] != "INSERT" or created["SK"]["S"] != keys.SUPPLIER:
        return None
    return CreatedSupplier(created["PK"]["S"].removeprefix(keys.SUPPLIERS))


def deleted_endpoint(record: StreamRecord) -> DeletedEndpoint | None:
    """The endpoint that was deleted; None for any other record."""
    deleted = record["dynamodb"]["Keys"]
    if record["eventName"] != "REMOVE" or not deleted["SK"]["S"].startswith(keys.ENDPOINTS):
        return None
    supplier_id = deleted["PK"]["S"].removeprefix(keys.SUPPLIERS)
    return DeletedEndpoint(supplier_id, deleted["SK"]["S"].removeprefix(keys.ENDPOINTS))


def changed_endpoint(record: StreamRecord) -> ChangedEndpoint | None:
    """A webhook endpoint before and after a write; None for any other record."""
    images = record["dynamodb"]
    if record["eventName"] != "MODIFY" or not images["Keys"]["SK"]["S"].startswith(keys.ENDPOINTS):
        return None
    supplier_id = images["Keys"]["PK"]["S"].removeprefix(keys.SUPPLIERS)
    return ChangedEndpoint(supplier_id, endpoint_of(images["OldImage"]), endpoint_of(images["NewImage"]))


def changed_breaker(record: StreamRecord) -> tuple[Breaker | None, Breaker, str | None] | None:
    """A circuit breaker before (None: it is new) and after a write, and its supplier (None: it is a portal's).

    None for other records.
    """
    images = record["dynamodb"]
    if images["Keys"]["SK"]["S"] != keys.BREAKER or "NewImage" not in images:
        return None
    old = images.get("OldImage")
    supplier_id = keys.after(keys.SUPPLIERS, images["Keys"]["PK"]["S"])
    return (_breaker(old) if old else None), _breaker(images["NewImage"]), supplier_id


def changed_access(record: StreamRecord) -> ChangedAccess | None:
    """A supplier's breaker before and after a write that changed what people are notified; None for other records."""
    changed = changed_breaker(record)
    if changed is None:
        return None
    before, after, supplier_id = changed
    if supplier_id is None or (before.told if before else ()) == after.told:
        return None
    return ChangedAccess(supplier_id, before, after)


def arrived_message(record: StreamRecord) -> ArrivedMessage | None:
    """A message whose display has begun for a supplier's structure; None for any other record."""
    images = record["dynamodb"]
    new = images.get("NewImage")
    if not images["Keys"]["SK"]["S"].startswith(keys.ARRIVALS) or new is None or keys.DUE_KIND in new:
        return None
    return ArrivedMessage.model_validate_json(new["data"]["S"])


def credentials_news(record: StreamRecord) -> tuple[str, list[str]] | None:
    """A supplier and the codes of credential problems that people were just notified of; None for other records."""
    images = record["dynamodb"]
    if record["eventName"] != "INSERT" or not images["Keys"]["SK"]["S"].startswith(keys.SUPPLIER_EVENTS):
        return None
    event = json.loads(images["NewImage"]["data"]["S"])
    if event["action"] != "credentials_announced":
        return None
    return images["Keys"]["PK"]["S"].removeprefix(keys.SUPPLIERS), event["detail"].split(", ")


def _counted_change(images: Mapping[str, Any]) -> CountedChange | None:
    if not images["Keys"]["SK"]["S"].startswith(keys.INVOICES):
        return None
    old, new = (listed_invoice_of(images[name]) if name in images else None for name in ("OldImage", "NewImage"))
    latest = new or old
    before, after = (counted_as(each) if each else None for each in (old, new))
    if latest is None or before == after:
        return None
    written_at = images.get("ApproximateCreationDateTime")
    return CountedChange(
        document=short_name(latest.document_id),
        version=latest.version if new else latest.version + 1,
        before=before,
        after=after,
        received_at=waits_since(latest),
        written_at=datetime.fromtimestamp(written_at, UTC) if written_at is not None else None,
    )


def _breaker(image: StreamRecord) -> Breaker:
    return Breaker.model_validate_json(image["data"]["S"])
