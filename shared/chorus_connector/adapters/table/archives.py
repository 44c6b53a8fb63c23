"""ZIPs of documents on the table: one item each, which DynamoDB deletes after some weeks."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import ABSENT, failed_condition_raises, get_item, put_if, put_next
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite
from chorus_connector.domain.invoices.archive import Archive

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.keys import Attributes

KEPT = timedelta(days=30)
"""How long it is shown what became of a ZIP's files. The documents are not concerned."""


class DynamoArchives:
    """``ports.ArchiveStore`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._partition = keys.supplier(supplier_id)

    def add(self, archive: Archive) -> None:
        with failed_condition_raises(AlreadyExists("Ce ZIP existe déjà.", "This ZIP exists already.")):
            self._client.put_item(**put_if(self._table, self._item(archive), ABSENT))

    def get(self, archive_id: str) -> Archive:
        item = get_item(self._client, self._table, keys.primary_key(self._partition, keys.archive(archive_id)))
        if item is None:
            raise NotFound
        return Archive.model_validate_json(item["data"]["S"])

    def save(self, archive: Archive) -> None:
        with failed_condition_raises(StaleWrite()):
            self._client.put_item(**put_next(self._table, self._item(archive), archive.version))

    def _item(self, archive: Archive) -> Attributes:
        return {
            **keys.primary_key(self._partition, keys.archive(archive.archive_id)),
            "version": {"N": str(archive.version)},
            keys.EXPIRES_AT: {"N": str(int((archive.received_at + KEPT).timestamp()))},
            "data": {"S": archive.model_dump_json(exclude_defaults=True)},
        }
