"""The counts of one supplier's documents on the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import failed_condition_raises, get_item, put_next, supplier_exists
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.counting import KeptCounts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes


class DynamoCounts:
    """``ports.CountStore`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id

    def get(self) -> KeptCounts | None:
        item = get_item(self._client, self._table, keys.counts(self._supplier_id))
        return counts_of(item) if item else None

    def save(self, kept: KeptCounts) -> KeptCounts:
        written = kept.model_copy(update={"version": kept.version + 1})
        item: Attributes = {
            **keys.counts(self._supplier_id),
            "version": {"N": str(written.version)},
            "data": {"S": written.model_dump_json(exclude_defaults=True)},
        }
        put = put_next(self._table, item, written.version, or_absent=written.version == 1)
        if kept.version:
            with failed_condition_raises(StaleWrite()):
                self._client.put_item(**put)
            return written
        with failed_condition_raises(StaleWrite()):  # it must not recreate a part of a deleted supplier
            self._client.transact_write_items(
                TransactItems=[supplier_exists(self._table, self._supplier_id), {"Put": put}]
            )
        return written


def counts_of(item: Item) -> KeptCounts:
    """The counts in an item of the table."""
    return KeptCounts.model_validate_json(item["data"]["S"])
