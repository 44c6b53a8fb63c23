"""The outage pilot's memory on the table: a portal's breaker and a supplier's, read and written together."""

from __future__ import annotations

from typing import Any

from chorus_connector.adapters.table.items import Item, read_many, refused_as, supplier_is_there
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.portal.breaker import Breaker, Circuit


class DynamoBreakers:
    """``ports.Breakers`` on the table: the breaker of one portal and of one supplier."""

    def __init__(self, client: Any, table: str, *, portal: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._keys = (_breaker_key(f"PORTAL#{portal}"), _breaker_key(f"SUPPLIER#{supplier_id}"))

    def get(self) -> Circuit:
        items = read_many(self._client, self._table, self._keys)
        found = {item["PK"]["S"]: Breaker.model_validate_json(item["data"]["S"]) for item in items}
        portal, supplier = (found.get(key["PK"]["S"], Breaker()) for key in self._keys)
        return Circuit(portal, supplier)

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        portal, supplier = _next_version(before.portal, after.portal), _next_version(before.supplier, after.supplier)
        changed = [
            {"Put": self._put(key, breaker)}
            for key, old, breaker in zip(self._keys, (before.portal, before.supplier), (portal, supplier), strict=True)
            if breaker.version != old.version
        ]
        if supplier.version != before.supplier.version:
            changed.append(supplier_is_there(self._table, self._supplier_id))
        with refused_as(StaleWrite()):
            self._client.transact_write_items(TransactItems=changed)
        return Circuit(portal, supplier)

    def _put(self, key: Item, breaker: Breaker) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "Item": {
                **key,
                "version": {"N": str(breaker.version)},
                "data": {"S": breaker.model_dump_json(exclude_defaults=True)},
            },
            "ConditionExpression": "attribute_not_exists(PK) OR version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(breaker.version - 1)}},
        }


def _next_version(before: Breaker, after: Breaker) -> Breaker:
    return before if after == before else after.model_copy(update={"version": before.version + 1})


def _breaker_key(partition: str) -> Item:
    return {"PK": {"S": partition}, "SK": {"S": "BREAKER"}}
