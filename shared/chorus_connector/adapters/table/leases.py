"""The leases on due work in the table: one item for each thousand that a run handed out, with a time to live."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import put_if

if TYPE_CHECKING:
    from collections.abc import Set
    from datetime import datetime

    from mypy_boto3_dynamodb import DynamoDBClient

_KEPT = timedelta(days=1)
_MARK_BYTES = 8


class DynamoLeaseRecord:
    """``ports.LeaseRecord`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str, work: keys.LeasedWork) -> None:
        self._client = client
        self._table = table
        self._partition = keys.leases(work)

    def since(self, begin: datetime) -> frozenset[bytes]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="PK = :pk AND SK >= :begin",
            ExpressionAttributeValues={":pk": {"S": self._partition}, ":begin": {"S": keys.lease_runs_since(begin)}},
            ConsistentRead=True,
        )
        items = (item for page in pages for item in page["Items"])
        return frozenset(mark for item in items for mark in _marks(bytes(item["marks"]["B"])))

    def add(self, marks: Set[bytes], *, at: datetime) -> None:
        joined = b"".join(sorted(marks))
        content = hashlib.blake2b(joined, digest_size=8).hexdigest()
        item = {
            **keys.primary_key(self._partition, keys.lease_run(at, content)),
            "marks": {"B": joined},
            keys.EXPIRES_AT: {"N": str(int((at + _KEPT).timestamp()))},
        }
        self._client.put_item(**put_if(self._table, item))


def _marks(joined: bytes) -> list[bytes]:
    return [joined[start : start + _MARK_BYTES] for start in range(0, len(joined), _MARK_BYTES)]
