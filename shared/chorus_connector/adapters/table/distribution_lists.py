"""The distribution lists of one structure, on the table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import claims, keys
from chorus_connector.adapters.table.items import (
    ABSENT,
    put_if,
)
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.adapters.table.message_table import (
    MessageTable,
    data_of,
    deletion_of_version,
    found_record,
    stored_record,
)
from chorus_connector.domain.errors import AlreadyExists, StaleWrite
from chorus_connector.domain.messages.distribution import DistributionList

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import TransactWriteItemTypeDef

    from chorus_connector.adapters.table.keys import Attributes


class DynamoLists:
    """``ports.Lists`` on the table, made for one structure; a list is added while ``tenant`` has its SIRET."""

    def __init__(self, client: DynamoDBClient, table: str, siret: str, tenant: str = "") -> None:
        self._table = MessageTable(client, table)
        self._tenant_has_siret = [claims.adding(table, siret, tenant)] if tenant else []
        self._partition = keys.structure(siret)

    def get(self, list_id: str) -> DistributionList:
        return found_record(DistributionList, self._table.item(self._partition, keys.distribution_list(list_id)))

    def get_many(self, list_ids: Iterable[str]) -> Mapping[str, DistributionList]:
        items = self._table.items((self._partition, keys.distribution_list(list_id)) for list_id in list_ids)
        found = (stored_record(DistributionList, item) for item in items)
        return {each.list_id: each for each in found}

    def add(self, distribution_list: DistributionList) -> None:
        taken = AlreadyExists("Cette liste existe déjà.", "This list exists already.")
        put: TransactWriteItemTypeDef = {"Put": put_if(self._table.name, self._item(distribution_list), ABSENT)}
        self._table.add([put, *self._tenant_has_siret], taken)

    def save(self, distribution_list: DistributionList) -> None:
        self._table.put_next(self._item(distribution_list), distribution_list.version)

    def delete(self, list_id: str, version: int) -> None:
        key = primary_key(self._partition, keys.distribution_list(list_id))
        self._table.transact([deletion_of_version(self._table.name, key, version)], StaleWrite())

    def all(self) -> Sequence[DistributionList]:
        return [stored_record(DistributionList, item) for item in self._table.query(self._partition, keys.LISTS)]

    def _item(self, each: DistributionList) -> Attributes:
        key = primary_key(self._partition, keys.distribution_list(each.list_id))
        return {**key, **data_of(each), "version": {"N": str(each.version)}}
