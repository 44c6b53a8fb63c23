"""Counts DynamoDB's units for the requests of a session, by the rules of its developer guide.

A write costs a unit per kilobyte of the larger of the item before and after it, double in a transaction. Each index is
charged for its own entry, which has the size of the projected attributes. A new entry, a removed one and a changed
projected value cost one write; a changed index key costs two: the removal and the new entry. An entry whose attributes
stay the same costs nothing. Entries are written after the table, so a transaction does not double them. A read costs a
unit per four kilobytes, half of it without consistency. Sources: "DynamoDB read and write operations" and "Using Global
Secondary Indexes", section on write capacity.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_Item = Mapping[str, Any]
_WRITES = frozenset({"PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"})


class Units:
    """Calls, read and write units of all later DynamoDB calls of the clients with this event emitter.

    ``uncounted`` is another client of the same tables: a request does not say what it replaces, so the items are read
    with it before and after each write.
    """

    def __init__(self, events: Any, uncounted: "DynamoDBClient") -> None:
        self._client = uncounted
        self._indexes = cache(self._described)
        self.forget()
        events.register("provide-client-params.dynamodb.*", self._asked)
        events.register("after-call.dynamodb.*", self._answered)

    def forget(self) -> None:
        """Reset the counts of calls and units."""
        self.calls = 0
        self.read = self.written = 0.0
        self._consistent = False
        self._writing: list[tuple[str, _Item, int]] = []

    def _asked(self, params: Mapping[str, Any], model: Any, **_: object) -> None:
        self._consistent = _is_consistent(params)
        self._asked_for = sum(len(each["Keys"]) for each in params.get("RequestItems", {}).values() if "Keys" in each)
        self._writing = list(_written(params)) if model.name in _WRITES else []
        self._before = self._stored()

    def _answered(self, model: Any, parsed: Mapping[str, Any], **_: object) -> None:
        self.calls += 1
        for write, before, after in zip(self._writing, self._before, self._stored(), strict=True):
            table, factor = write[0], write[2]
            self.written += write_units(before, after, self._indexes(table), factor)
        self._writing = []
        each = 1.0 if self._consistent else 0.5
        if model.name in ("Query", "Scan"):
            self.read += each * _blocks(sum(map(item_size, parsed.get("Items", ()))))
        elif model.name == "GetItem":
            self.read += each * _blocks(item_size(parsed.get("Item", {})))
        elif model.name == "BatchGetItem":
            found = [item for items in parsed.get("Responses", {}).values() for item in items]
            absent = self._asked_for - len(found)  # a key without an item costs a unit as well
            self.read += each * (sum(_blocks(item_size(item)) for item in found) + absent)

    def _stored(self) -> list[_Item]:
        """The items that the call writes, as they are now; an empty one where there is none."""
        wanted: dict[str, list[_Item]] = {}
        for table, key, _ in self._writing:
            wanted.setdefault(table, []).append(key)
        stored: dict[tuple[str, str, str], _Item] = {}
        for table, table_keys in wanted.items():
            answer = self._client.batch_get_item(RequestItems={table: {"Keys": table_keys, "ConsistentRead": True}})
            stored.update((_place(table, item), item) for item in answer["Responses"][table])
        return [stored.get(_place(table, key), {}) for table, key, _ in self._writing]

    def _described(self, table: str) -> "tuple[Index, ...]":
        found = self._client.describe_table(TableName=table)["Table"].get("GlobalSecondaryIndexes", [])
        return tuple(_index(each) for each in found)


@dataclass(frozen=True)
class Index:
    """The key attributes of a global index and the further attributes that it contains; None: all of them."""

    keys: tuple[str, ...]
    attributes: frozenset[str] | None

    def entry(self, item: _Item) -> _Item:
        """The item's entry in this index; empty when it has none."""
        if not all(name in item for name in self.keys):
            return {}
        if self.attributes is None:
            return item
        kept = {"PK", "SK", *self.keys, *self.attributes}
        return {name: value for name, value in item.items() if name in kept}


def write_units(before: _Item, after: _Item, indexes: tuple[Index, ...], factor: int = 1) -> int:
    """The units of one write and its index entries; no item is an empty one; ``factor`` is 2 in a transaction."""
    of_table = factor * _kilobytes(max(item_size(before), item_size(after)))
    return of_table + sum(_entry_units(index, index.entry(before), index.entry(after)) for index in indexes)


def _entry_units(index: Index, before: _Item, after: _Item) -> int:
    if before == after:
        return 0
    moved = before and after and any(before[name] != after[name] for name in index.keys)
    if moved:
        return _kilobytes(item_size(before)) + _kilobytes(item_size(after))
    return _kilobytes(max(item_size(before), item_size(after)))


def item_size(item: _Item) -> int:
    """The item's bytes, as DynamoDB counts them: names and values."""
    return sum(len(name.encode()) + _value_size(value) for name, value in item.items())


def _value_size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return math.ceil(len(content.strip("-0.").replace(".", "")) / 2) + 1
        case "SS":
            return 3 + sum(len(each.encode()) for each in content)
        case "L":
            return 3 + sum(1 + _value_size(each) for each in content)
        case "M":
            return 3 + len(content) + item_size(content)
        case _:  # a truth value or null
            return 1


def _place(table: str, item: _Item) -> tuple[str, str, str]:
    return table, item["PK"]["S"], item["SK"]["S"]


def _key(item: _Item) -> _Item:
    return {"PK": item["PK"], "SK": item["SK"]}


def _kilobytes(size: int) -> int:
    return max(1, math.ceil(size / 1024))


def _blocks(size: int) -> int:
    return max(1, math.ceil(size / 4096))


def _index(described: Mapping[str, Any]) -> Index:
    projection = described["Projection"]
    everything = projection["ProjectionType"] == "ALL"
    return Index(
        keys=tuple(each["AttributeName"] for each in described["KeySchema"]),
        attributes=None if everything else frozenset(projection.get("NonKeyAttributes", ())),
    )


def _is_consistent(params: Mapping[str, Any]) -> bool:
    of_batch = params.get("RequestItems", {}).values()
    return bool(params.get("ConsistentRead")) or any(
        isinstance(each, Mapping) and each.get("ConsistentRead") for each in of_batch
    )


def _written(params: Mapping[str, Any]) -> Iterator[tuple[str, _Item, int]]:
    """The table and key of each item that the request writes, with the factor of its cost."""
    table = params.get("TableName", "")
    if table:
        yield table, _key(params.get("Item") or params["Key"]), 1
    for name, requests in params.get("RequestItems", {}).items():
        for request in requests:
            put, deletion = request.get("PutRequest"), request.get("DeleteRequest")
            yield name, _key(put["Item"] if put else deletion["Key"]), 1
    for action in params.get("TransactItems", ()):
        for request in action.values():
            yield request["TableName"], _key(request.get("Item") or request["Key"]), 2
