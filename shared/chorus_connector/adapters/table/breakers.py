"""The circuit breakers of the portal's gateways and of suppliers, on the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import failed_condition_raises, put_next, read_many, supplier_exists
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.portal.breaker import Breaker, Circuit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef, TransactWriteItemTypeDef

    from chorus_connector.adapters.table.keys import Attributes


class DynamoBreakers:
    """``ports.Breakers`` on the table: one portal's breaker and one supplier's, read and written together."""

    def __init__(self, client: DynamoDBClient, table: str, *, portal: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._keys = (keys.breaker(keys.portal(portal)), keys.breaker(keys.supplier(supplier_id)))

    def get(self) -> Circuit:
        items = read_many(self._client, self._table, self._keys)
        found = {item["PK"]["S"]: Breaker.model_validate_json(item["data"]["S"]) for item in items}
        portal, supplier = (found.get(key["PK"]["S"], Breaker()) for key in self._keys)
        return Circuit(portal, supplier)

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        portal, supplier = _next_version(before.portal, after.portal), _next_version(before.supplier, after.supplier)
        changed: list[TransactWriteItemTypeDef] = [
            {"Put": self._put(key, breaker)}
            for key, old, breaker in zip(self._keys, (before.portal, before.supplier), (portal, supplier), strict=True)
            if breaker.version != old.version
        ]
        if supplier.version != before.supplier.version:
            changed.append(supplier_exists(self._table, self._supplier_id))
        with failed_condition_raises(StaleWrite()):
            self._client.transact_write_items(TransactItems=changed)
        return Circuit(portal, supplier)

    def _put(self, key: Attributes, breaker: Breaker) -> PutTypeDef:
        item = {
            **key,
            "version": {"N": str(breaker.version)},
            "data": {"S": breaker.model_dump_json(exclude_defaults=True)},
        }
        return put_next(self._table, item, breaker.version, or_absent=True)


def _next_version(before: Breaker, after: Breaker) -> Breaker:
    return before if after == before else after.model_copy(update={"version": before.version + 1})
