"""One supplier's taught layouts on the table: an item each, and one item with the version of all of them.

Every change raises that version, so that of two workers that learn at once the second one starts again: otherwise two
documents of one new design would become two layouts. When a layout was last seen is an attribute of its own: noting
it disturbs no worker that learns.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import (
    audit_item,
    failed_condition_ignored,
    failed_condition_raises,
    put_if,
    put_next,
    query_all,
    supplier_exists,
)
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.ports.values import TaughtLayouts

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.suppliers.audit import Change


class DynamoLayouts:
    """``ports.LayoutStore`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._partition = keys.supplier(supplier_id)

    def all(self) -> TaughtLayouts:
        items = query_all(self._client, self._table, self._partition, keys.LAYOUTS_AND_VERSION, consistent=True)
        version, layouts = 0, []
        for item in items:
            if item["SK"]["S"] == keys.LAYOUTS_VERSION:
                version = int(item["version"]["N"])
            else:
                layouts.append(_layout(item))
        return TaughtLayouts(version, tuple(layouts))

    def save(
        self, version: int, *, put: Layout | None = None, forget: Sequence[str] = (), changes: Sequence[Change] = ()
    ) -> None:
        number = {**self._key(keys.LAYOUTS_VERSION), "version": {"N": str(version + 1)}}
        writes: list[TransactWriteItemTypeDef] = [
            supplier_exists(self._table, self._supplier_id),
            {"Put": put_next(self._table, number, version + 1, or_absent=version == 0)},
        ]
        if put is not None:
            writes.append({"Put": put_if(self._table, self._item(put))})
        writes += [{"Delete": {"TableName": self._table, "Key": self._key(keys.layout(each))}} for each in forget]
        writes += [{"Put": put_if(self._table, audit_item(self._supplier_id, each))} for each in changes]
        with failed_condition_raises(StaleWrite()):
            self._client.transact_write_items(TransactItems=writes)

    def seen(self, layout_id: str, at: datetime) -> None:
        with failed_condition_ignored():
            self._client.update_item(
                TableName=self._table,
                Key=self._key(keys.layout(layout_id)),
                UpdateExpression="SET last_seen = :at",
                ConditionExpression="last_seen < :at",
                ExpressionAttributeValues={":at": {"S": at.isoformat()}},
            )

    def _item(self, layout: Layout) -> Attributes:
        return {
            **self._key(keys.layout(layout.layout_id)),
            "data": {"S": layout.model_dump_json(exclude_defaults=True, exclude={"last_seen"})},
            "last_seen": {"S": layout.last_seen.isoformat() if layout.last_seen else ""},
        }

    def _key(self, sort: str) -> Attributes:
        return keys.primary_key(self._partition, sort)


def _layout(item: Item) -> Layout:
    layout = Layout.model_validate_json(item["data"]["S"])
    seen = item["last_seen"]["S"]
    return layout.model_copy(update={"last_seen": datetime.fromisoformat(seen) if seen else None})
