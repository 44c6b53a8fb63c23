"""Counts DynamoDB units from the requests of a session: a write unit per kilobyte, a read unit per four.

A write in a transaction costs double. Each index that contains the item costs a further write: the list's index has
the whole item, the index of due work only keys. An update counts as one kilobyte, because its request does not contain
the item.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any

_LIST_SORT, _DUE_SORT = "list_sort", "ready_sort"


class Units:
    """Read and write units of all later DynamoDB calls of the clients with this event emitter."""

    def __init__(self, events: Any) -> None:
        self.forget()
        events.register("provide-client-params.dynamodb.*", self._asked)
        events.register("after-call.dynamodb.*", self._answered)

    def forget(self) -> None:
        """Reset the counts."""
        self.read = self.written = 0.0
        self._consistent = False

    def _asked(self, params: Mapping[str, Any], **_: object) -> None:
        self._consistent = bool(params.get("ConsistentRead"))
        self.written += sum(write_units(item, factor) for item, factor in _written(params))

    def _answered(self, model: Any, parsed: Mapping[str, Any], **_: object) -> None:
        each = 1.0 if self._consistent else 0.5
        if model.name == "Query":
            self.read += each * _blocks(sum(map(item_size, parsed["Items"])))
        elif model.name == "GetItem":
            self.read += each * _blocks(item_size(parsed.get("Item", {})))
        elif model.name == "BatchGetItem":
            found = (item for items in parsed["Responses"].values() for item in items)
            self.read += sum(each * _blocks(item_size(item)) for item in found)


def write_units(item: Mapping[str, Any], factor: int = 1) -> int:
    """The write units of one write of the item and its index entries; `factor` is 2 in a transaction."""
    kilobytes = max(1, math.ceil(item_size(item) / 1024))
    return factor * kilobytes + (kilobytes if _LIST_SORT in item else 0) + (1 if _DUE_SORT in item else 0)


def item_size(item: Mapping[str, Any]) -> int:
    """The item's bytes, as DynamoDB counts them: names and values."""
    return sum(len(name.encode()) + len(str(next(iter(value.values()))).encode()) for name, value in item.items())


def _blocks(size: int) -> int:
    return max(1, math.ceil(size / 4096))


def _written(params: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], int]]:
    if "Item" in params:
        yield params["Item"], 1
    if "UpdateExpression" in params or ("Key" in params and "ConditionExpression" in params):
        yield params["Key"], 1
    for requests in params.get("RequestItems", {}).values():
        if isinstance(requests, list):  # a batch of writes; a batch of reads has keys
            yield from ((each["PutRequest"]["Item"], 1) for each in requests if "PutRequest" in each)
    for action in params.get("TransactItems", ()):
        for kind, request in action.items():
            yield (request["Item"] if kind == "Put" else request["Key"]), 2
