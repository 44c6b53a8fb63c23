"""What the stores of « Mes messages » share: the calls of the table, and how an item holds a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from botocore.exceptions import ClientError
from pydantic import BaseModel

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import (
    PRESENT,
    failed_condition_raises,
    failed_conditions,
    get_item,
    put_if,
    put_next,
    read_many,
    write_many,
)
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.domain.errors import NotFound, StaleWrite

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, TransactWriteItemTypeDef, WriteRequestTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes


_FIRST_READ = 25
_LARGEST_READ = 1000
"""Items per query: few at first (a page of five needs no more), then as many as one megabyte usually holds."""
WRITERS = 10
"""Concurrent conditional puts; also the size of boto3's connection pool."""
AFTER_ALL = "\U0010ffff"
"""A text that sorts after every other one."""

Model = TypeVar("Model", bound=BaseModel)


class MessageTable:
    """The calls that these stores make."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self.client = client
        self.name = table

    def item(self, partition: str, sort: str) -> Item | None:
        return get_item(self.client, self.name, primary_key(partition, sort))

    def items(self, wanted: Iterable[tuple[str, str]]) -> Iterator[Item]:
        """The items that exist, in no order; a key may occur twice."""
        return self.read(primary_key(*each) for each in dict.fromkeys(wanted))

    def read(self, wanted: Iterable[Attributes]) -> Iterator[Item]:
        """The items that exist, in no order. The keys must be distinct."""
        return read_many(self.client, self.name, wanted)

    def query(
        self,
        partition: str,
        prefix: str,
        *,
        forward: bool = True,
        low: str | None = None,
        high: str | None = None,
        index: str | None = None,
        first: int = _FIRST_READ,
        consistent: bool = False,
    ) -> Iterator[Item]:
        """The partition's items under the prefix, read on demand; ``low`` and ``high`` (inclusive) narrow the range."""
        sort_key = keys.LIST_SORT if index else "SK"
        low, high = low or prefix, high or prefix + AFTER_ALL
        if low > high:  # DynamoDB rejects an empty range
            return
        request: QueryInputTypeDef = {
            "TableName": self.name,
            "KeyConditionExpression": f"PK = :pk AND {sort_key} BETWEEN :low AND :high",
            "ExpressionAttributeValues": {
                ":pk": {"S": partition},
                ":low": {"S": low},
                ":high": {"S": high},
            },
            "ScanIndexForward": forward,
            "Limit": first,
            "ConsistentRead": consistent,
        }
        if index:
            request["IndexName"] = index
        limit = first
        while True:
            answer = self.client.query(**request)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
            limit = min(4 * limit, _LARGEST_READ)
            request["Limit"] = limit

    def put(self, item: Attributes) -> None:
        self.client.put_item(TableName=self.name, Item=item)

    def put_if(
        self,
        item: Attributes,
        condition: str,
        values: Attributes | None = None,
        names: Mapping[str, str] | None = None,
    ) -> bool:
        """Write the item. False when the condition failed."""
        try:
            self.client.put_item(**put_if(self.name, item, condition, values, names))
        except ClientError as error:
            if failed_conditions(error):
                return False
            raise
        return True

    def put_next(self, item: Attributes, version: int) -> None:
        """Write an item with this version. Raises StaleWrite unless the stored one has the version before it."""
        with failed_condition_raises(StaleWrite()):
            self.client.put_item(**put_next(self.name, item, version))

    def write_many(self, requests: Iterable[WriteRequestTypeDef]) -> None:
        write_many(self.client, self.name, requests)

    def add(self, actions: Sequence[TransactWriteItemTypeDef], taken: Exception) -> None:
        """All writes or none; raises ``taken`` when the first one's condition fails, NotFound for any other."""
        try:
            self.client.transact_write_items(TransactItems=actions)
        except ClientError as error:
            if failed := failed_conditions(error):
                raise (taken if failed[0] else NotFound()) from None
            raise

    def transact(self, actions: Sequence[TransactWriteItemTypeDef], refusal: Exception) -> None:
        """All writes or none; raises ``refusal`` when a condition fails."""
        with failed_condition_raises(refusal):
            self.client.transact_write_items(TransactItems=actions)


def data_of(record: BaseModel) -> Attributes:
    return {"data": {"S": record.model_dump_json(exclude_defaults=True)}}


def stored_record(model: type[Model], item: Item) -> Model:
    return model.model_validate_json(item["data"]["S"])


def found_record(model: type[Model], item: Item | None) -> Model:
    if item is None:
        raise NotFound
    return stored_record(model, item)


def deletion_of_present(table: str, key: Attributes) -> TransactWriteItemTypeDef:
    return {"Delete": {"TableName": table, "Key": key, "ConditionExpression": PRESENT}}


def deletion_of_version(table: str, key: Attributes, version: int) -> TransactWriteItemTypeDef:
    """The deletion of exactly that version."""
    return {
        "Delete": {
            "TableName": table,
            "Key": key,
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(version)}},
        }
    }
