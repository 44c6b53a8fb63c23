"""Notifications on the single table, in their supplier's partition.

    SK                                what
    FEED#<id>                         one notification, for ninety days
    FEED_READ#<principal>             everything before an id is read
    FEED_READ#<principal>#<id>        … and this one
    DIGEST#<principal>                somebody's next e-mail; index by_readiness: when it is due
    DIGEST_LINE#<principal>#<id>      … and one thing it will tell
    WEBHOOK#<endpoint>                an address that is told of events
    WEBHOOK_TRY#<endpoint>#<id>       how far an event came on its way there, for thirty days

A principal's id is quoted in keys: a group's name may hold any character.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from botocore.exceptions import ClientError

from chorus_connector.adapters.table.items import (
    READY_SHARDS,
    Item,
    change_item,
    encode_cursor,
    failed_conditions,
    if_it_holds,
    key,
    read_many,
    read_page,
    stamp,
    start_key,
    write_many,
)
from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.domain.notifications.notification import Notification, earliest_id, occurred_at
from chorus_connector.domain.notifications.webhooks import Endpoint, WebhookDelivery
from chorus_connector.ports.notification_values import DeliveryPage, Due, Letter, NotificationPage, ReadMarks

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.access import NotificationKind
    from chorus_connector.domain.suppliers.audit import Change

KEPT = timedelta(days=90)
TRIES_KEPT = timedelta(days=30)
_LAST = "~"
"""Sorts after every character of an id."""
_QUERIES_PER_PAGE = 20


class _Partition:
    """One supplier's partition of the table."""

    def __init__(self, client: Any, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._pk = f"SUPPLIER#{supplier_id}"

    def _key(self, sort_key: str) -> Item:
        return key(self._pk, sort_key)

    def _get(self, sort_key: str) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=self._key(sort_key), ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item

    def _between(self, low: str, high: str) -> dict[str, Any]:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk AND SK BETWEEN :low AND :high",
            "ExpressionAttributeValues": {":pk": {"S": self._pk}, ":low": {"S": low}, ":high": {"S": high}},
        }

    def _under(self, prefix: str) -> dict[str, Any]:
        return self._between(prefix, prefix + _LAST)

    def _each(self, query: dict[str, Any]) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(**query)
        return (item for page in pages for item in page["Items"])

    def _transact(self, actions: list[dict[str, Any]]) -> bool:
        """All of them or none; whether their conditions held."""
        try:
            self._client.transact_write_items(TransactItems=actions)
        except ClientError as error:
            if not failed_conditions(error):
                raise
            return False
        return True


class DynamoFeed(_Partition):
    """``ports_notifications.Feed``, made for one supplier."""

    def holds(self, notification_id: str) -> bool:
        return self._get(f"FEED#{notification_id}") is not None

    def add(self, notification: Notification) -> None:
        item: Item = {
            **self._key(f"FEED#{notification.id}"),
            "kind": {"S": notification.kind},
            "data": {"S": notification.model_dump_json(exclude_defaults=True)},
            "expires_at": _expiry(notification.occurred_at, KEPT),
        }
        there = {
            "TableName": self._table,
            "Key": self._key("SUPPLIER"),
            "ConditionExpression": "attribute_exists(PK)",
        }
        self._transact([{"ConditionCheck": there}, {"Put": {"TableName": self._table, "Item": item}}])

    def get_many(self, ids: Sequence[str]) -> Sequence[Notification]:
        keys = (self._key(f"FEED#{each}") for each in dict.fromkeys(ids))
        found = read_many(self._client, self._table, keys, consistent=False)
        return sorted(map(_notification, found), key=lambda each: each.id)

    def page(
        self, kinds: frozenset[NotificationKind], *, limit: int, cursor: str | None, after: str | None = None
    ) -> NotificationPage:
        low = f"FEED#{after}#" if after else "FEED#"
        query = self._between(low, f"FEED#{_LAST}") | {"ScanIndexForward": False}
        names = {f":kind{index}": {"S": kind} for index, kind in enumerate(sorted(kinds))}
        query["FilterExpression"] = f"kind IN ({', '.join(names)})"
        query["ExpressionAttributeValues"] |= names
        return self._page(query, limit, cursor)

    def period(self, since: datetime, until: datetime, *, limit: int, cursor: str | None) -> NotificationPage:
        low = f"FEED#{cursor}#" if cursor and cursor > earliest_id(since) else f"FEED#{earliest_id(since)}"
        high = f"FEED#{earliest_id(until)}"  # BETWEEN takes it in; no id is the earliest of its moment
        if low > high:
            return NotificationPage((), None)
        answer = self._client.query(**self._between(low, high), Limit=limit)
        found = tuple(_notification(item) for item in answer["Items"])
        return NotificationPage(found, found[-1].id if "LastEvaluatedKey" in answer else None)

    def _page(self, query: dict[str, Any], limit: int, cursor: str | None) -> NotificationPage:
        found: list[Notification] = []
        start = start_key(cursor, self._pk, "FEED#") if cursor else None
        if start and start["SK"]["S"] < query["ExpressionAttributeValues"][":low"]["S"]:
            return NotificationPage((), None)  # what followed has been read meanwhile
        for _ in range(_QUERIES_PER_PAGE):
            more = {"ExclusiveStartKey": start} if start else {}
            answer = self._client.query(**query, **more, Limit=limit - len(found))
            found += [_notification(item) for item in answer["Items"]]
            start = answer.get("LastEvaluatedKey")
            if start is None or len(found) == limit:
                break
        return NotificationPage(tuple(found), encode_cursor(start) if start else None)


class DynamoReaders(_Partition):
    """``ports_notifications.Readers``, made for one supplier."""

    def marks(self, principal: str) -> ReadMarks:
        mark = f"FEED_READ#{_segment(principal)}"
        item = self._get(mark)
        all_before = item["all_before"]["S"] if item else ""
        later = self._each(self._between(f"{mark}#{all_before}", f"{mark}#{_LAST}") | {"ProjectionExpression": "SK"})
        return ReadMarks(all_before, frozenset(each["SK"]["S"].rpartition("#")[2] for each in later))

    def mark(self, principal: str, ids: Iterable[str]) -> None:
        mark = f"FEED_READ#{_segment(principal)}#"
        marks = [
            {**self._key(f"{mark}{each}"), "expires_at": _expiry(occurred_at(each), KEPT)}
            for each in dict.fromkeys(ids)
        ]
        write_many(self._client, self._table, ({"PutRequest": {"Item": each}} for each in marks))

    def mark_all_before(self, principal: str, notification_id: str) -> None:
        with if_it_holds():
            self._client.update_item(
                TableName=self._table,
                Key=self._key(f"FEED_READ#{_segment(principal)}"),
                UpdateExpression="SET all_before = :id",
                ConditionExpression="attribute_not_exists(all_before) OR all_before < :id",
                ExpressionAttributeValues={":id": {"S": notification_id}},
            )


class DynamoMailbox(_Partition):
    """``ports_notifications.Mailbox``, made for one supplier."""

    def put(self, principal: str, email: str, notification: Notification, *, due_at: datetime) -> None:
        segment = _segment(principal)
        line: Item = {
            **self._key(f"DIGEST_LINE#{segment}#{notification.id}"),
            "data": {"S": notification.model_dump_json(exclude={"metadata"}, exclude_defaults=True)},
            "expires_at": _expiry(notification.occurred_at, KEPT),
        }
        put = {"TableName": self._table, "Item": line, "ConditionExpression": "attribute_not_exists(PK)"}
        due = {
            "TableName": self._table,
            "Key": self._key(f"DIGEST#{segment}"),
            "UpdateExpression": "SET email = :email, ready_shard = :shard, "
            "ready_sort = if_not_exists(ready_sort, :due) ADD version :one",
            "ExpressionAttributeValues": {
                ":email": {"S": email},
                ":shard": {"S": f"DIGEST#{zlib.crc32(self._supplier_id.encode()) % READY_SHARDS}"},
                ":due": {"S": _due_sort(due_at, segment)},
                ":one": {"N": "1"},
            },
        }
        self._transact([{"Put": put}, {"Update": due}])

    def take(self, principal: str, *, limit: int) -> Letter | None:
        segment = _segment(principal)
        item = self._get(f"DIGEST#{segment}")
        if item is None:
            return None
        query = self._under(f"DIGEST_LINE#{segment}#") | {
            "ConsistentRead": True,
            "PaginationConfig": {"MaxItems": limit},
        }
        lines = tuple(_notification(line) for line in self._each(query))
        return Letter(item["email"]["S"], lines, int(item["version"]["N"]))

    def sent(self, principal: str, letter: Letter, *, again_at: datetime) -> None:
        segment = _segment(principal)
        gone = (self._key(f"DIGEST_LINE#{segment}#{each.id}") for each in letter.notifications)
        write_many(self._client, self._table, ({"DeleteRequest": {"Key": each}} for each in gone))
        left = self._under(f"DIGEST_LINE#{segment}#") | {"ConsistentRead": True, "Limit": 1}
        if self._client.query(**left)["Items"] or not self._forget(segment, letter.version):
            self._client.update_item(
                TableName=self._table,
                Key=self._key(f"DIGEST#{segment}"),
                UpdateExpression="SET ready_sort = :due",
                ConditionExpression="attribute_exists(PK)",
                ExpressionAttributeValues={":due": {"S": _due_sort(again_at, segment)}},
            )

    def _forget(self, segment: str, version: int) -> bool:
        """Whether the digest is gone: not when a line came meanwhile."""
        delete = {
            "TableName": self._table,
            "Key": self._key(f"DIGEST#{segment}"),
            "ConditionExpression": "attribute_not_exists(PK) OR version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(version)}},
        }
        return self._transact([{"Delete": delete}])


class DynamoMailboxes:
    """``ports_notifications.Mailboxes`` on the table."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def due(self, now: datetime, *, limit: int) -> Sequence[Due]:
        keys = [each for shard in range(READY_SHARDS) for each in self._due_in(f"DIGEST#{shard}", now, limit)]
        keys.sort(key=lambda each: str(each["ready_sort"]["S"]))
        return [_due(each) for each in keys[:limit]]

    def _due_in(self, shard: str, now: datetime, limit: int) -> Iterator[Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            IndexName="by_readiness",
            KeyConditionExpression="ready_shard = :shard AND ready_sort <= :now",
            ExpressionAttributeValues={":shard": {"S": shard}, ":now": {"S": f"{stamp(now)}#{_LAST}"}},
            PaginationConfig={"MaxItems": limit},
        )
        return (item for page in pages for item in page["Items"])


class DynamoEndpoints(_Partition):
    """``ports_notifications.Endpoints``, made for one supplier."""

    def all(self) -> Sequence[Endpoint]:
        return [_endpoint(item) for item in self._each(self._under("WEBHOOK#") | {"ConsistentRead": True})]

    def get(self, endpoint_id: str) -> Endpoint:
        item = self._get(f"WEBHOOK#{endpoint_id}")
        if item is None:
            raise NotFound
        return _endpoint(item)

    def save(self, endpoint: Endpoint, *, change: Change) -> None:
        put: dict[str, Any] = {
            "TableName": self._table,
            "Item": {
                **self._key(f"WEBHOOK#{endpoint.endpoint_id}"),
                "version": {"N": str(endpoint.version)},
                "data": {"S": endpoint.model_dump_json(exclude_defaults=True)},
            },
            **_was(endpoint.version - 1),
        }
        self._write({"Put": put}, change)

    def delete(self, endpoint: Endpoint, *, change: Change) -> None:
        where = {"TableName": self._table, "Key": self._key(f"WEBHOOK#{endpoint.endpoint_id}")}
        self._write({"Delete": {**where, **_was(endpoint.version)}}, change)

    def _write(self, action: dict[str, Any], change: Change) -> None:
        line = {"Put": {"TableName": self._table, "Item": change_item(self._supplier_id, change)}}
        if not self._transact([action, line]):
            raise StaleWrite


class DynamoDeliveries(_Partition):
    """``ports_notifications.Deliveries``, made for one supplier."""

    def get(self, endpoint_id: str, notification_id: str) -> WebhookDelivery | None:
        item = self._get(f"WEBHOOK_TRY#{endpoint_id}#{notification_id}")
        return WebhookDelivery.model_validate_json(item["data"]["S"]) if item else None

    def put(self, delivery: WebhookDelivery) -> None:
        item: Item = {
            **self._key(f"WEBHOOK_TRY#{delivery.endpoint_id}#{delivery.notification_id}"),
            "data": {"S": delivery.model_dump_json()},
            "expires_at": _expiry(delivery.last_try_at, TRIES_KEPT),
        }
        self._client.put_item(TableName=self._table, Item=item)

    def page(self, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveryPage:
        prefix = f"WEBHOOK_TRY#{endpoint_id}#"
        items, following = read_page(
            self._client, self._table, self._pk, prefix, limit=limit, cursor=cursor, newest_first=True
        )
        return DeliveryPage(tuple(WebhookDelivery.model_validate_json(item["data"]["S"]) for item in items), following)


def _segment(principal: str) -> str:
    return quote(principal, safe=":")


def _notification(item: Item) -> Notification:
    return Notification.model_validate_json(item["data"]["S"])


def _endpoint(item: Item) -> Endpoint:
    return Endpoint.model_validate_json(item["data"]["S"])


def _expiry(moment: datetime, kept: timedelta) -> dict[str, str]:
    return {"N": str(int((moment.astimezone(UTC) + kept).timestamp()))}


def _due_sort(due_at: datetime, segment: str) -> str:
    return f"{stamp(due_at)}#{segment}"


def _due(item: Item) -> Due:
    principal = unquote(item["SK"]["S"].removeprefix("DIGEST#"))
    return Due(item["PK"]["S"].removeprefix("SUPPLIER#"), principal)


def _was(version: int) -> dict[str, Any]:
    """The condition that nobody changed the record; version 0 is a record that is not there."""
    if version == 0:
        return {"ConditionExpression": "attribute_not_exists(PK)"}
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }
