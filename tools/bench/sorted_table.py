"""A DynamoDB table in memory that finds an item in a partition by binary search, without reading every item.

The emulators sort a whole partition at each query (0.9 s at 17,000 items), which would dominate a measurement. This
table supports the calls of the stores of « Mes messages » only and answers at once, so that our own code is timed. It
counts calls and DynamoDB's units (sizes rounded up to 1 KB written, 4 KB read; an index costs one more write).
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

Item = dict[str, Any]
_MEGABYTE = 1024 * 1024


class SortedTable:
    """Has the methods of a boto3 DynamoDB client that the stores call, for one table."""

    def __init__(self) -> None:
        self._items: dict[tuple[str, str], Item] = {}
        self._sorted: dict[tuple[str, str], list[tuple[str, str]]] = {}
        self.forget()

    @property
    def client(self) -> DynamoDBClient:
        """This table, typed as the boto3 client that the stores take."""
        return cast("DynamoDBClient", self)

    def forget(self) -> None:
        """Reset the counts."""
        self.calls: Counter[str] = Counter()
        self.read_units = 0.0
        self.write_units = 0

    def get_item(self, **request: Any) -> dict[str, Any]:
        self.calls["GetItem"] += 1
        item = self._items.get(_name(request["Key"]))
        self.read_units += max(1, math.ceil(_size(item or {}) / 4096))
        return {"Item": item} if item else {}

    def batch_get_item(self, **request: Any) -> dict[str, Any]:
        self.calls["BatchGetItem"] += 1
        ((table, wanted),) = request["RequestItems"].items()
        found = [self._items[_name(key)] for key in wanted["Keys"] if _name(key) in self._items]
        self.read_units += len(wanted["Keys"]) + sum(math.ceil(_size(item) / 4096) - 1 for item in found)
        return {"Responses": {table: found}}

    def query(self, **request: Any) -> dict[str, Any]:
        self.calls["Query"] += 1
        values = request["ExpressionAttributeValues"]
        index = "list_sort" if request.get("IndexName") else "SK"
        keys = self._sorted.get((index, values[":pk"]["S"]), [])
        low, high = (
            bisect_left(keys, (values[":low"]["S"], "")),
            bisect_right(keys, (values[":high"]["S"], "\U0010ffff")),
        )
        forward, start = request.get("ScanIndexForward", True), request.get("ExclusiveStartKey")
        if start is not None:
            place = (start[index]["S"], start["SK"]["S"])
            low, high = (bisect_right(keys, place), high) if forward else (low, bisect_left(keys, place))
        places = range(low, high) if forward else range(high - 1, low - 1, -1)
        items: list[Item] = []
        read = 0
        for place_in_index in places[: request["Limit"]]:
            items.append(self._items[values[":pk"]["S"], keys[place_in_index][1]])
            read += _size(items[-1])
            if read > _MEGABYTE:
                break
        consistent = 1 if request.get("ConsistentRead") else 2
        self.read_units += max(1, math.ceil(read / 4096)) / consistent
        answer: dict[str, Any] = {"Items": items}
        if items and len(items) < len(places):
            answer["LastEvaluatedKey"] = {name: items[-1][name] for name in {"PK", "SK", index}}
        return answer

    def put_item(self, **request: Any) -> dict[str, Any]:
        self.calls["PutItem"] += 1
        before, values = self._items.get(_name(request["Item"])), request.get("ExpressionAttributeValues", {})
        if not _holds(request.get("ConditionExpression"), before, values):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException", "Message": ""}}, "PutItem")
        self._put(request["Item"])
        return {}

    def batch_write_item(self, **request: Any) -> dict[str, Any]:
        self.calls["BatchWriteItem"] += 1
        for each in (each for requests in request["RequestItems"].values() for each in requests):
            self._put(each["PutRequest"]["Item"])
        return {}

    def transact_write_items(self, **request: Any) -> dict[str, Any]:
        self.calls["TransactWriteItems"] += 1
        for action in request["TransactItems"]:
            self._put(action["Put"]["Item"], times=2)
        return {}

    def _put(self, item: Item, times: int = 1) -> None:
        name = _name(item)
        if name not in self._items:
            for index in ("SK", "list_sort"):
                if index in item:
                    insort(self._sorted.setdefault((index, name[0]), []), (item[index]["S"], name[1]))
        self._items[name] = item
        self.write_units += math.ceil(_size(item) / 1024) * (times + ("list_sort" in item))


def _name(key: Item) -> tuple[str, str]:
    return key["PK"]["S"], key["SK"]["S"]


def _size(item: Item) -> int:
    return sum(len(name) + len(str(next(iter(value.values()))).encode()) for name, value in item.items())


def _holds(condition: str | None, before: Item | None, values: Item) -> bool:
    """Evaluate the condition; knows the three that the stores use."""
    if condition is None:
        return True
    if condition.startswith("attribute_not_exists(PK)"):
        return before is None or ("source" in condition and before["source"] == values[":source"])
    assert condition == "version = :version"
    return before is not None and before["version"] == values[":version"]
