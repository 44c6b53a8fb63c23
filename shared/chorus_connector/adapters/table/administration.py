"""A tenant's administration on the single table: its access list, its audit trail, its end.

Keys stand in ``dynamodb_items``. Rights are written twice in one transaction, because two questions are asked:
who has rights here (the list), and what may this caller do (every request).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from chorus_connector.adapters.table.items import Item, change_item, key, read_page, refused_as, write_many
from chorus_connector.adapters.table.suppliers import DELETED, membership_items
from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.domain.suppliers.access import Access, Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.values import ChangePage, DeletedSupplier, RecordPage

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Supplier


class _Partition:
    """One supplier's partition of the table."""

    def __init__(self, client: Any, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._pk = f"SUPPLIER#{supplier_id}"

    def _query(self, prefix: str, **more: Any) -> Iterator[Item]:
        """Every item whose sort key begins so; an empty prefix gives the whole partition."""
        condition, values = "PK = :pk", {":pk": {"S": self._pk}}
        if prefix:
            condition, values = f"{condition} AND begins_with(SK, :prefix)", values | {":prefix": {"S": prefix}}
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
            **more,
        )
        return (item for page in pages for item in page["Items"])

    def _put(self, item: Item) -> dict[str, Any]:
        return {"Put": {"TableName": self._table, "Item": item}}

    def _delete(self, where: Item, **condition: Any) -> dict[str, Any]:
        return {"Delete": {"TableName": self._table, "Key": where, **condition}}

    def _write(self, actions: list[dict[str, Any]], lost: Exception) -> None:
        """All of them or none; raises ``lost`` when a condition failed."""
        with refused_as(lost):
            self._client.transact_write_items(TransactItems=actions)


class DynamoAuditTrail(_Partition):
    """``ports.AuditTrail``, made for one supplier."""

    def append(self, change: Change) -> None:
        self._client.put_item(TableName=self._table, Item=change_item(self._supplier_id, change))

    def page(self, *, limit: int, cursor: str | None) -> ChangePage:
        items, following = read_page(
            self._client, self._table, self._pk, "AUDIT#", limit=limit, cursor=cursor, newest_first=True
        )
        return ChangePage(tuple(Change.model_validate_json(item["data"]["S"]) for item in items), following)


class DynamoAccess(_Partition):
    """``ports.AccessStore``, made for one supplier."""

    def get(self) -> Access:
        # the version first: whatever changes while the members are read makes a write from here stale
        item = self._client.get_item(TableName=self._table, Key=key(self._pk, "ACCESS"), ConsistentRead=True).get(
            "Item"
        )
        version = int(item["version"]["N"]) if item else 0
        members = tuple(Member.model_validate_json(each["data"]["S"]) for each in self._query("MEMBER#"))
        return Access(version=version, members=members)

    def save(self, before: Access, after: Access, *, change: Change) -> None:
        self._write([self._counted(before, after), *self._differences(before, after), self._line(change)], StaleWrite())

    def subscribers(self) -> Sequence[Subscriber]:
        return [Subscriber.model_validate_json(item["data"]["S"]) for item in self._query("NOTIFY#")]

    def subscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        item = {**self._subscription(subscriber), "data": {"S": subscriber.model_dump_json()}}
        self._write([self._put(item), self._line(change)], StaleWrite())

    def unsubscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        gone = self._delete(self._subscription(subscriber), ConditionExpression="attribute_exists(PK)")
        self._write([gone, self._line(change)], NotFound())

    def _counted(self, before: Access, after: Access) -> dict[str, Any]:
        counter = {**key(self._pk, "ACCESS"), "version": {"N": str(after.version)}}
        condition: dict[str, Any] = {"ConditionExpression": "attribute_not_exists(PK)"}
        if before.version:
            condition = {
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": {"N": str(before.version)}},
            }
        return {"Put": {"TableName": self._table, "Item": counter, **condition}}

    def _differences(self, before: Access, after: Access) -> Iterator[dict[str, Any]]:
        for member in set(after.members) - set(before.members):
            yield from (self._put(item) for item in membership_items(self._supplier_id, member))
        for principal in {each.principal for each in before.members} - {each.principal for each in after.members}:
            yield self._delete(key(self._pk, f"MEMBER#{principal}"))
            yield self._delete(key(f"PRINCIPAL#{principal}", self._pk))

    def _line(self, change: Change) -> dict[str, Any]:
        return self._put(change_item(self._supplier_id, change))

    def _subscription(self, subscriber: Subscriber) -> Item:
        return key(self._pk, f"NOTIFY#{subscriber.kind}#{subscriber.principal}")


class DynamoTenantRecords:
    """``ports.TenantRecords``, made for one supplier: its own partition, and its space of messages."""

    def __init__(self, client: Any, table: str, supplier_id: str, siret: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._siret = siret
        self._own = f"SUPPLIER#{supplier_id}"
        self._space = f"STRUCTURE#{siret}"

    def page(self, *, cursor: str | None) -> RecordPage:
        partition = self._own
        start: dict[str, Any] = {}
        if cursor:
            place = json.loads(cursor)
            partition, start = place["PK"], {"ExclusiveStartKey": key(place["PK"], place["SK"])}
        answer = self._client.query(**self._everything(partition), **start)
        records = tuple(_exported(item, partition) for item in answer["Items"])
        if (last := answer.get("LastEvaluatedKey")) is not None:
            return RecordPage(records, json.dumps({"PK": partition, "SK": last["SK"]["S"]}))
        if partition == self._own and self._has_space:
            return RecordPage(records, json.dumps({"PK": self._space, "SK": " "}))  # before every key there is
        return RecordPage(records, None)

    def purge(self, *, limit: int) -> int:
        keys: list[Item] = []
        for partition in (self._own, *([self._space] if self._has_space else [])):
            for item in self._keys(partition):
                if len(keys) >= limit:
                    break
                if item["SK"]["S"] != "SUPPLIER":
                    keys += self._keys_of(item)
        distinct = {(each["PK"]["S"], each["SK"]["S"]): each for each in keys}.values()
        write_many(self._client, self._table, ({"DeleteRequest": {"Key": each}} for each in distinct))
        return len(distinct)

    def record_deletion(self, supplier: Supplier, *, deleted: DeletedSupplier) -> None:
        stone = {
            **key("INSTALLATION", f"DELETED#{self._supplier_id}"),
            "data": {"S": DELETED.dump_json(deleted).decode()},
        }
        same = {":version": {"N": str(supplier.version)}}
        own = {"ConditionExpression": "version = :version", "ExpressionAttributeValues": same}
        gone: list[tuple[Item, dict[str, Any]]] = [
            (key(self._own, "SUPPLIER"), own),
            (key("INSTALLATION", self._own), {}),
        ]
        if supplier.siret:
            gone.append((key(f"SIRET#{supplier.siret}", "SIRET"), {}))
        deletes = [{"Delete": {"TableName": self._table, "Key": where, **when}} for where, when in gone]
        with refused_as(StaleWrite()):
            self._client.transact_write_items(
                TransactItems=[*deletes, {"Put": {"TableName": self._table, "Item": stone}}]
            )

    @property
    def _has_space(self) -> bool:
        """Whether the messages of this SIRET are this supplier's: not when another tenant claims it by now."""
        if not self._siret:
            return False
        claim = self._client.get_item(
            TableName=self._table, Key=key(f"SIRET#{self._siret}", "SIRET"), ConsistentRead=True
        ).get("Item")
        return claim is None or claim["supplier_id"]["S"] == self._supplier_id

    def _everything(self, partition: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ConsistentRead": True,
        }

    def _keys(self, partition: str) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(
            **self._everything(partition), ProjectionExpression="PK, SK"
        )
        return (item for page in pages for item in page["Items"])

    def _keys_of(self, item: Item) -> list[Item]:
        """The item's own key, and that of its twin under the principal it is about."""
        own = key(item["PK"]["S"], item["SK"]["S"])
        match item["SK"]["S"].partition("#"):
            case ("MEMBER", _, principal):
                return [own, key(f"PRINCIPAL#{principal}", item["PK"]["S"])]
            case ("SUBSCRIBER", _, principal):
                return [own, key(f"PRINCIPAL#{principal}", f"SUBSCRIPTION#{self._siret}")]
        return [own]


def _exported(item: Item, partition: str) -> dict[str, Any]:
    """A record as an export says it; where it lies tells a supplier's own from those of its space of messages."""
    record = {"partition": partition.partition("#")[0].lower(), "record": item["SK"]["S"]}
    if "data" in item:
        record["data"] = json.loads(item["data"]["S"])
    return record | {name: _plain(value) for name, value in item.items() if name not in {"PK", "SK", "data"}}


def _plain(value: dict[str, Any]) -> Any:
    ((kind, content),) = value.items()
    return sorted(content) if kind == "SS" else content
