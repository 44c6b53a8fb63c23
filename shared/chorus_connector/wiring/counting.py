"""Counts changed documents, from the table's stream: the function notifier."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chorus_connector.adapters.table.notification_stream import counted_changes, new_supplier
from chorus_connector.wiring.invoices import keep_counts
from chorus_connector.wiring.tenant import Tenant

if TYPE_CHECKING:
    from chorus_connector.adapters.table.message_stream import StreamRecord


def count_changes(records: list[StreamRecord]) -> None:
    """Count the changed documents of some records, supplier by supplier, and those of suppliers that are new."""
    now = datetime.now(UTC)
    for each in counted_changes(records):
        keep_counts(Tenant(each)).add(each.changes, now=now)
    for made in filter(None, map(new_supplier, records)):
        keep_counts(Tenant(made)).count_all(now=now)
