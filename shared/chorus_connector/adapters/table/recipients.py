"""Cached answers of the portal's directory, on the table. All suppliers share them: the data is public."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.ahead import ReadAhead
from chorus_connector.domain.portal.recipient import Recipient

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoRecipients:
    """``ports.RecipientCache`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str, reads: ReadAhead | None = None) -> None:
        self._client = client
        self._reads = reads or ReadAhead(client, table)
        self._table = table

    def get(self, siret: str) -> Recipient | None:
        item = self._reads.get(keys.recipient(siret))
        return Recipient.model_validate_json(item["data"]["S"]) if item else None

    def put(self, recipient: Recipient) -> None:
        item = {**keys.recipient(recipient.siret), "data": {"S": recipient.model_dump_json()}}
        self._client.put_item(TableName=self._table, Item=item)
