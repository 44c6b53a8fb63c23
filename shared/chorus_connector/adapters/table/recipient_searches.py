"""What one supplier's searches of the portal's directory found, on the table, compressed.

The directory is public, what a supplier looks for in it is not: so the answers are in the supplier's own partition.
"""

from __future__ import annotations

import zlib
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.domain.errors import NotCached
from chorus_connector.domain.portal.recipient_search import RecipientsFound

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT = timedelta(days=30)
"""How long an answer serves while the portal is down."""


class DynamoRecipientSearches:
    """``ports.SearchCache`` on the table, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._partition = keys.supplier(supplier_id)

    def get(self, query: str) -> RecipientsFound | None:
        key = keys.primary_key(self._partition, keys.recipient_search(query))
        item = self._client.get_item(TableName=self._table, Key=key).get("Item")
        return RecipientsFound.model_validate_json(zlib.decompress(item["data"]["B"])) if item else None

    def put(self, query: str, found: RecipientsFound) -> None:
        expires = found.found_at + _KEPT
        try:
            self._client.put_item(
                TableName=self._table,
                Item={
                    **keys.primary_key(self._partition, keys.recipient_search(query)),
                    "data": {"B": zlib.compress(found.model_dump_json().encode())},
                    keys.EXPIRES_AT: {"N": str(int(expires.timestamp()))},
                },
            )
        except ClientError as error:
            raise NotCached(error.response["Error"]["Code"]) from error
