"""Counters of quotas: one item per holder, kind and window, which DynamoDB deletes after the window's end.

They are written with the function's own permissions: a supplier's session cannot reset its own counter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import failed_conditions

if TYPE_CHECKING:
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.domain.quotas import Holder, QuotaKind


class DynamoQuotaCounters:
    """``ports.QuotaCounters`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def take(self, holder: Holder, kind: QuotaKind, count: int, *, most: int, begin: datetime, end: datetime) -> bool:
        if count > most:
            return False
        try:
            self._client.update_item(
                TableName=self._table,
                Key=keys.quota(holder.kind, holder.id, kind, begin),
                UpdateExpression="SET expires_at = :end ADD used :count",
                ConditionExpression="attribute_not_exists(used) OR used <= :room",
                ExpressionAttributeValues={
                    ":count": {"N": str(count)},
                    ":room": {"N": str(most - count)},
                    ":end": {"N": str(int(end.timestamp()))},
                },
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise
            return False
        return True
