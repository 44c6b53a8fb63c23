"""The circuit breakers of the portal's gateways and of suppliers, on the table.

Each is written alone, on condition that its version is the one that was read. When only the first of two writes
succeeds, the caller reads both again and applies its change to what it finds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.ahead import ReadAhead
from chorus_connector.adapters.table.items import failed_condition_raises, put_next, supplier_exists
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.portal.breaker import Breaker, Circuit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import PutTypeDef

    from chorus_connector.adapters.table.keys import Attributes


class DynamoBreakers:
    """``ports.Breakers`` on the table: one portal's breaker and one supplier's, read and written together."""

    def __init__(
        self, client: DynamoDBClient, table: str, *, portal: str, supplier_id: str, reads: ReadAhead | None = None
    ) -> None:
        self._client = client
        self._reads = reads or ReadAhead(client, table)
        self._table = table
        self._supplier_id = supplier_id
        self._keys = (keys.breaker(keys.portal(portal)), keys.breaker(keys.supplier(supplier_id)))

    def get(self) -> Circuit:
        items = self._reads.get_many(self._keys)
        return Circuit(*(Breaker.model_validate_json(item["data"]["S"]) if item else Breaker() for item in items))

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        return Circuit(*(self._saved(*each) for each in zip(self._keys, _both(before), _both(after), strict=True)))

    def _saved(self, key: Attributes, before: Breaker, after: Breaker) -> Breaker:
        """One breaker's next version. All workers share the portal's item, so no transaction holds it."""
        if after == before:
            return before
        following = after.model_copy(update={"version": before.version + 1})
        put = self._put(key, following)
        with failed_condition_raises(StaleWrite()):
            if key == self._keys[1] and before.version == 0:  # it must not recreate a part of a deleted supplier
                self._client.transact_write_items(
                    TransactItems=[{"Put": put}, supplier_exists(self._table, self._supplier_id)]
                )
            else:
                self._client.put_item(**put)
        return following

    def _put(self, key: Attributes, breaker: Breaker) -> PutTypeDef:
        item = {
            **key,
            "version": {"N": str(breaker.version)},
            "data": {"S": breaker.model_dump_json(exclude_defaults=True)},
        }
        return put_next(self._table, item, breaker.version, or_absent=breaker.version == 1)


def _both(circuit: Circuit) -> tuple[Breaker, Breaker]:
    return circuit.portal, circuit.supplier
