"""Who works on which of one supplier's documents, on the table: short-lived items of their own.

The document's record is not written: its version stays, and no worker waits for a person.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import query_all
from chorus_connector.domain.invoices.work_claims import WorkClaim

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT = timedelta(hours=1)
"""After the end, before DynamoDB may delete the item: readers judge the end by their own clock."""


class DynamoWorkClaims:
    """``ports.WorkClaims`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._partition = keys.supplier(supplier_id)

    def put(self, claim: WorkClaim) -> None:
        key = keys.primary_key(self._partition, keys.work_claim(claim.document_id, claim.by))
        expires = {"N": str(int((claim.until + _KEPT).timestamp()))}
        item = {**key, "data": {"S": claim.model_dump_json()}, keys.EXPIRES_AT: expires}
        self._client.put_item(TableName=self._table, Item=item)

    def end(self, document_id: str, principal: str) -> None:
        key = keys.primary_key(self._partition, keys.work_claim(document_id, principal))
        self._client.delete_item(TableName=self._table, Key=key)

    def of(self, document_id: str) -> Sequence[WorkClaim]:
        return self._read(keys.work_claims(document_id))

    def all(self) -> Sequence[WorkClaim]:
        return self._read(keys.WORK_CLAIMS)

    def _read(self, prefix: str) -> Sequence[WorkClaim]:
        items = query_all(self._client, self._table, self._partition, prefix, consistent=True)
        return [WorkClaim.model_validate_json(item["data"]["S"]) for item in items]
