"""A tenant's administration on the table: its access list, its audit trail, its export and removal."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from chorus_connector.adapters.table import claims, keys
from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.adapters.table.invoice_items import lines_of, record_of
from chorus_connector.adapters.table.items import (
    ABSENT,
    PRESENT,
    audit_item,
    failed_condition_raises,
    get_item,
    put_if,
    put_next,
    query_all,
    read_page,
    write_many,
)
from chorus_connector.adapters.table.suppliers import member_item
from chorus_connector.domain.errors import NotFound, SiretHasMessages, StaleWrite
from chorus_connector.domain.suppliers.access import Access, Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.values import ChangePage, DeletedSupplier, RecordPage, TrailLine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef, TransactWriteItemTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.suppliers.supplier import Supplier

_DELETED = TypeAdapter(DeletedSupplier)


class DynamoAuditTrail:
    """``ports.AuditTrail``, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id

    def append(self, change: Change) -> None:
        self._client.put_item(TableName=self._table, Item=audit_item(self._supplier_id, change))

    def page(self, *, limit: int, cursor: str | None) -> ChangePage:
        partition = keys.supplier(self._supplier_id)
        items, next_cursor = read_page(
            self._client, self._table, partition, keys.AUDIT_LINES, limit=limit, cursor=cursor, newest_first=True
        )
        return ChangePage(tuple(Change.model_validate_json(item["data"]["S"]) for item in items), next_cursor)


class DynamoAccess:
    """``ports.AccessStore``, made for one supplier."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id

    def get(self) -> Access:
        # the version first: a change while the members are read makes a write based on them stale
        item = get_item(self._client, self._table, self._in_list(keys.ACCESS))
        version = int(item["version"]["N"]) if item else 0
        items = self._query(keys.access_list(self._supplier_id), keys.MEMBERS)
        members = tuple(Member.model_validate_json(each["data"]["S"]) for each in items)
        return Access(version=version, members=members)

    def save(self, before: Access, after: Access, *, change: Change) -> None:
        actions = [self._next_version(before, after), *self._differences(before, after), self._line(change)]
        self._write(actions, StaleWrite())

    def subscribers(self) -> Sequence[Subscriber]:
        items = self._query(keys.supplier(self._supplier_id), keys.NOTIFICATION_SUBSCRIPTIONS)
        return [Subscriber.model_validate_json(item["data"]["S"]) for item in items]

    def subscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        item = {**self._subscription(subscriber), "data": {"S": subscriber.model_dump_json()}}
        self._write([self._put(item), self._line(change)], StaleWrite())

    def unsubscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        delete: TransactWriteItemTypeDef = {
            "Delete": {
                "TableName": self._table,
                "Key": self._subscription(subscriber),
                "ConditionExpression": PRESENT,
            }
        }
        self._write([delete, self._line(change)], NotFound())

    def _next_version(self, before: Access, after: Access) -> TransactWriteItemTypeDef:
        counter: Attributes = {**self._in_list(keys.ACCESS), "version": {"N": str(after.version)}}
        if before.version:
            return {"Put": put_next(self._table, counter, before.version + 1)}
        return {"Put": put_if(self._table, counter, ABSENT)}

    def _differences(self, before: Access, after: Access) -> Iterator[TransactWriteItemTypeDef]:
        for member in after.members:
            if member not in before.members:
                yield self._put(member_item(self._supplier_id, member))
        for principal in {each.principal for each in before.members} - {each.principal for each in after.members}:
            yield {"Delete": {"TableName": self._table, "Key": self._in_list(keys.member(principal))}}

    def _line(self, change: Change) -> TransactWriteItemTypeDef:
        return self._put(audit_item(self._supplier_id, change))

    def _subscription(self, subscriber: Subscriber) -> Attributes:
        sort = keys.notification_subscription(subscriber.kind, subscriber.principal)
        return keys.primary_key(keys.supplier(self._supplier_id), sort)

    def _in_list(self, sort: str) -> Attributes:
        return keys.primary_key(keys.access_list(self._supplier_id), sort)

    def _query(self, partition: str, prefix: str) -> Iterator[Item]:
        return query_all(self._client, self._table, partition, prefix, consistent=True)

    def _put(self, item: Attributes) -> TransactWriteItemTypeDef:
        return {"Put": put_if(self._table, item)}

    def _write(self, actions: list[TransactWriteItemTypeDef], refusal: Exception) -> None:
        """All actions or none; raises ``refusal`` when a condition fails."""
        with failed_condition_raises(refusal):
            self._client.transact_write_items(TransactItems=actions)


class DynamoTenantRecords:
    """``ports.TenantRecords``, made for one supplier: its own partitions, and what is its own of its structure's.

    All of a structure that is a part of the supplier. Of one that exists on its own: the subscriptions that were
    granted under the supplier's SIRET, and the lines of the time when it was a part of the supplier.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        supplier_id: str,
        siret: str,
        announcements: DynamoAnnouncements | None = None,
    ) -> None:
        """``announcements`` are made on a client that reaches them: they are no supplier's own."""
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._siret = siret
        self._announcements = announcements or DynamoAnnouncements(client, table)

    def page(self, *, cursor: str | None) -> RecordPage:
        partition = keys.supplier(self._supplier_id)
        start: QueryInputTypeDef | None = None
        if cursor:
            last_read = json.loads(cursor)
            partition = last_read["PK"]
            start = {**self._everything(partition), "ExclusiveStartKey": keys.primary_key(partition, last_read["SK"])}
        answer = self._client.query(**(start or self._everything(partition)))
        records = tuple(self._exported(partition, [*self._own_of(partition, answer["Items"])]))
        if (last := answer.get("LastEvaluatedKey")) is not None:
            return RecordPage(records, json.dumps({"PK": partition, "SK": last["SK"]["S"]}))
        following = dropwhile(lambda each: each != partition, self._partitions())
        next(following, None)
        if (another := next(following, None)) is not None:
            return RecordPage(records, json.dumps({"PK": another, "SK": " "}))  # sorts before every key
        return RecordPage(records, None)

    def hand_over(self) -> None:
        if self._siret and self._has_structure():
            self._announcements.hand_over(self._client, self._siret)

    def purge(self, *, limit: int) -> int:
        everything = (keys.primary_key(each, sort) for each in self._partitions() for sort in self._sort_keys(each))
        found = list(islice((each for each in everything if each != keys.supplier_record(self._supplier_id)), limit))
        write_many(self._client, self._table, ({"DeleteRequest": {"Key": each}} for each in found))
        return len(found)

    def record_deletion(self, supplier: Supplier, *, deleted: DeletedSupplier) -> None:
        record: Attributes = {
            **keys.deleted_supplier(self._supplier_id),
            "data": {"S": _DELETED.dump_json(deleted).decode()},
        }
        actions: list[TransactWriteItemTypeDef] = [
            {
                "Delete": {
                    "TableName": self._table,
                    "Key": keys.supplier_record(self._supplier_id),
                    "ConditionExpression": "version = :version",
                    "ExpressionAttributeValues": {":version": {"N": str(supplier.version)}},
                }
            },
            {"Delete": {"TableName": self._table, "Key": keys.supplier_of_installation(self._supplier_id)}},
        ]
        if supplier.identifier:
            actions += self._released(supplier, deleted)
        with failed_condition_raises(StaleWrite()):
            self._client.transact_write_items(TransactItems=[*actions, {"Put": put_if(self._table, record)}])

    def _released(self, supplier: Supplier, deleted: DeletedSupplier) -> list[TransactWriteItemTypeDef]:
        """Release the SIRET; a structure that exists on its own has a line of it in its trail."""
        record = get_item(self._client, self._table, keys.structure_record(supplier.identifier_key))
        if record is None or "tenant" in record:
            try:
                return [claims.release_empty(self._client, self._table, supplier.identifier_key, self._supplier_id)]
            except SiretHasMessages:  # added since the last purge: the next step purges again
                raise StaleWrite from None
        release = claims.release(self._table, supplier.identifier_key, self._supplier_id)
        change = Change(
            change_id=f"released-{self._supplier_id}",
            at=deleted.deleted_at,
            by=deleted.deleted_by,
            item=f"structure/{supplier.identifier_key}",
            action="released",
            before={"supplier_id": self._supplier_id},
        )
        return [release, claims.line(self._table, supplier.identifier_key, TrailLine("", change))]

    def _own_of(self, partition: str, items: Iterable[Item]) -> Iterator[Item]:
        """The supplier's own items of its partition, or of its structure's."""
        if partition in keys.of_supplier(self._supplier_id) or self._has_structure():
            yield from items
            return
        yield from (item for item in items if came_with_siret(item, self._supplier_id))

    def _has_structure(self) -> bool:
        """Whether the structure with the SIRET is a part of the supplier: not when another one has the SIRET now."""
        record = get_item(self._client, self._table, keys.structure_record(self._siret))
        if record is not None and record.get("tenant", {}).get("S") != self._supplier_id:
            return False
        return claims.tenant(self._client, self._table, self._siret) in ("", self._supplier_id)

    def _exported(self, partition: str, items: Sequence[Item]) -> Iterator[dict[str, Any]]:
        """The records of an export. A received message is there with what it says.

        No record is read with its model: one that does not fit it would keep the supplier from ever being deleted.
        """
        in_inbox = partition == keys.inbox(self._siret)
        references = {item["SK"]["S"]: keys.reference_received(item["SK"]["S"]) for item in items if in_inbox}
        announcements = self._announcements.kept(each for each in references.values() if each)
        for item in items:
            record = _exported(item, partition)
            announcement = announcements.get(references.get(item["SK"]["S"]) or "")
            yield record | ({"content": announcement.content} if announcement else {})

    def _partitions(self) -> tuple[str, ...]:
        """The supplier's, and its structure's."""
        own = keys.of_supplier(self._supplier_id)
        return (*own, *keys.of_messages(self._siret)) if self._siret else own

    def _everything(self, partition: str) -> QueryInputTypeDef:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk",
            "ExpressionAttributeValues": {":pk": {"S": partition}},
            "ConsistentRead": True,
        }

    def _sort_keys(self, partition: str) -> Iterator[str]:
        items = query_all(self._client, self._table, partition, "", consistent=True)
        return (item["SK"]["S"] for item in self._own_of(partition, items))


def came_with_siret(item: Item, supplier_id: str) -> bool:
    """Whether an item of a structure that exists on its own is there because that supplier has or had its SIRET."""
    sort = item["SK"]["S"]
    if sort.startswith(keys.SUBSCRIBERS):
        return bool(json.loads(item["data"]["S"]).get("supplier_id") == supplier_id)
    return sort.startswith(keys.structure_audit_lines(supplier_id))


_DIVIDED = frozenset({"PK", "SK", "data", "more", "trail"})


def _exported(item: Item, partition: str) -> dict[str, Any]:
    """A record of an export; ``partition`` distinguishes the supplier's own records from those of its messages.

    An invoice's record is whole, and each line of its trail has the names of its parts.
    """
    record: dict[str, Any] = {"partition": keys.kind_and_rest(partition)[0].lower(), "record": item["SK"]["S"]}
    if "data" in item:
        is_invoice = item["SK"]["S"].startswith(keys.INVOICES)
        record["data"] = record_of(item) if is_invoice else _content(item["data"])
    if "trail" in item:
        record["trail"] = [*lines_of(item)]
    return record | {name: _plain(value) for name, value in item.items() if name not in _DIVIDED}


def _content(value: Mapping[str, Any]) -> Any:
    """What the attribute holds: JSON, as a text or compressed; anything else as it is."""
    try:
        return json.loads(zlib.decompress(value["B"]) if "B" in value else value["S"])
    except (KeyError, ValueError, zlib.error):
        return _plain(value)


def _plain(value: Mapping[str, Any]) -> Any:
    """An attribute of any type as JSON has it; numbers as text, bytes in base64."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return base64.b64encode(content).decode()
        case "SS" | "NS" | "BS":
            return sorted(_plain({kind[0]: each}) for each in content)
        case "L":
            return [_plain(each) for each in content]
        case "M":
            return {name: _plain(each) for name, each in content.items()}
        case "NULL":
            return None
    return content
