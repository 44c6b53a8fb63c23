"""The connector's table on any DynamoDB, with the keys and indexes the infrastructure gives it.

``tests/infra`` checks that this is the deployed table's shape.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from moto import mock_aws

from tests.aws import aws_client


@contextmanager
def empty_table() -> Iterator[Any]:
    """A client of DynamoDB on moto, where the table ``t`` is empty."""
    with mock_aws():
        client = aws_client("dynamodb")
        create_table(client, "t")
        yield client


def create_table(client: Any, name: str) -> None:
    """Make an empty table with its three indexes."""
    attributes = ("PK", "SK", "list_sort", "ready_kind", "ready_sort", "principal")
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in attributes],
        KeySchema=_keys("PK", "SK"),
        BillingMode="PAY_PER_REQUEST",
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by_list",
                "KeySchema": _keys("PK", "list_sort"),
                "Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": ["data", "state"]},
            },
            {
                "IndexName": "by_principal",
                "KeySchema": _keys("principal", "PK"),
                "Projection": {"ProjectionType": "ALL"},
            },
            {
                "IndexName": "by_readiness",
                "KeySchema": _keys("ready_kind", "ready_sort"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            },
        ],
    )


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]
