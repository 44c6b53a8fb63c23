"""One supplier's notifications on the table: the feed, e-mail digests and webhooks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import (
    ABSENT,
    PRESENT,
    audit_item,
    due_keys,
    encode_cursor,
    failed_condition_ignored,
    failed_conditions,
    get_item,
    put_if,
    put_next,
    read_many,
    read_page,
    start_key,
    supplier_exists,
    write_many,
)
from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.domain.notifications.addresses import EmailAddress, address_id
from chorus_connector.domain.notifications.holds import HeldGroups
from chorus_connector.domain.notifications.notification import Notification, earliest_id, occurred_at
from chorus_connector.domain.notifications.webhooks import Endpoint, EndpointHealth, WebhookDelivery
from chorus_connector.ports.notification_values import DeliveryPage, Due, Letter, NotificationPage, ReadMarks

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import DeleteTypeDef, QueryInputTypeDef, TransactWriteItemTypeDef, UpdateTypeDef

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.suppliers.access import NotificationKind
    from chorus_connector.domain.suppliers.audit import Change

NOTIFICATION_LIFETIME = timedelta(days=90)
WEBHOOK_DELIVERY_LIFETIME = timedelta(days=30)
_QUERIES_PER_PAGE = 20


class _Partition:
    """One supplier's partition of the table."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str) -> None:
        self._client = client
        self._table = table
        self._supplier_id = supplier_id
        self._partition = keys.supplier(supplier_id)

    def _key(self, sort_key: str) -> Attributes:
        return keys.primary_key(self._partition, sort_key)

    def _get(self, sort_key: str) -> Item | None:
        return get_item(self._client, self._table, self._key(sort_key))

    def _between(self, low: str, high: str) -> QueryInputTypeDef:
        return {
            "TableName": self._table,
            "KeyConditionExpression": "PK = :pk AND SK BETWEEN :low AND :high",
            "ExpressionAttributeValues": {":pk": {"S": self._partition}, ":low": {"S": low}, ":high": {"S": high}},
        }

    def _under(self, prefix: str) -> QueryInputTypeDef:
        """A consistent query of everything under the prefix."""
        return {**self._between(prefix, f"{prefix}{keys.LAST}"), "ConsistentRead": True}

    def _each(self, query: QueryInputTypeDef) -> Iterator[Item]:
        """The items of all pages."""
        while True:
            answer = self._client.query(**query)
            yield from answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _transact(self, *actions: TransactWriteItemTypeDef) -> bool:
        """All actions or none. False when a condition failed."""
        return _is_done(lambda: self._client.transact_write_items(TransactItems=actions))


class DynamoFeed(_Partition):
    """``ports.Feed``, made for one supplier."""

    def holds(self, notification_id: str) -> bool:
        return self._get(keys.notification(notification_id)) is not None

    def add(self, notification: Notification) -> None:
        item: Attributes = {
            **self._key(keys.notification(notification.id)),
            "kind": {"S": notification.kind},
            "data": {"S": notification.model_dump_json(exclude_defaults=True)},
            keys.EXPIRES_AT: _expiry(notification.occurred_at, NOTIFICATION_LIFETIME),
        }
        # Not a condition of the write: every entry of a supplier would check the same item, and conflict.
        if get_item(self._client, self._table, keys.supplier_record(self._supplier_id)) is not None:
            self._client.put_item(**put_if(self._table, item))

    def get_many(self, ids: Sequence[str]) -> Sequence[Notification]:
        wanted = (self._key(keys.notification(each)) for each in dict.fromkeys(ids))
        found = read_many(self._client, self._table, wanted, consistent=False)
        return sorted(map(_notification, found), key=lambda each: each.id)

    def page(
        self, kinds: frozenset[NotificationKind], *, limit: int, cursor: str | None, after: str | None = None
    ) -> NotificationPage:
        low = keys.just_after(keys.notification(after)) if after else keys.NOTIFICATIONS
        start = start_key(cursor, self._partition, keys.NOTIFICATIONS) if cursor else None
        if start and start["SK"]["S"] < low:
            return NotificationPage((), None)  # the rest of the page is not after `after`
        query = self._between(low, keys.notification(keys.LAST))
        names = {f":kind{index}": {"S": kind} for index, kind in enumerate(sorted(kinds))}
        query["ScanIndexForward"] = False
        query["FilterExpression"] = f"kind IN ({', '.join(names)})"
        query["ExpressionAttributeValues"] = {**query["ExpressionAttributeValues"], **names}
        if start:
            query["ExclusiveStartKey"] = start
        return self._page(query, limit)

    def period(self, since: datetime, until: datetime, *, limit: int, cursor: str | None) -> NotificationPage:
        first = earliest_id(since)
        low = keys.just_after(keys.notification(cursor)) if cursor and cursor > first else keys.notification(first)
        high = keys.notification(earliest_id(until))  # BETWEEN includes it; no id is the earliest of its moment
        if low > high:
            return NotificationPage((), None)
        query = self._between(low, high)
        query["Limit"] = limit
        answer = self._client.query(**query)
        found = tuple(_notification(item) for item in answer["Items"])
        return NotificationPage(found, found[-1].id if "LastEvaluatedKey" in answer else None)

    def _page(self, query: QueryInputTypeDef, limit: int) -> NotificationPage:
        """Query until the page is full, the feed ends or the limit of queries is reached."""
        found: list[Notification] = []
        last: Item | None = None
        for _ in range(_QUERIES_PER_PAGE):
            query["Limit"] = limit - len(found)
            answer = self._client.query(**query)
            found += [_notification(item) for item in answer["Items"]]
            last = answer.get("LastEvaluatedKey")
            if last is None or len(found) == limit:
                break
            query["ExclusiveStartKey"] = last
        return NotificationPage(tuple(found), encode_cursor(last) if last else None)


class DynamoHeldGroups(_Partition):
    """``ports.HeldGroupStore``, made for one supplier."""

    def get(self) -> HeldGroups:
        item = self._get(keys.HELD_GROUPS)
        return HeldGroups.model_validate_json(item["data"]["S"]) if item else HeldGroups()

    def save(self, groups: HeldGroups) -> HeldGroups:
        following = groups.model_copy(update={"version": groups.version + 1})
        item: Attributes = {
            **self._key(keys.HELD_GROUPS),
            "version": {"N": str(following.version)},
            "data": {"S": following.model_dump_json(exclude_defaults=True)},
        }
        put = put_next(self._table, item, following.version, or_absent=groups.version == 0)
        if not self._transact({"Put": put}, supplier_exists(self._table, self._supplier_id)):
            if get_item(self._client, self._table, keys.supplier_record(self._supplier_id)) is None:
                return groups
            raise StaleWrite
        return following


class DynamoReaders(_Partition):
    """``ports.Readers``, made for one supplier."""

    def marks(self, principal: str) -> ReadMarks:
        item = self._get(keys.read_before(principal))
        all_before = item["all_before"]["S"] if item else ""
        query = self._between(
            keys.read_notification(principal, all_before), keys.read_notification(principal, keys.LAST)
        )
        query["ProjectionExpression"] = "SK"
        return ReadMarks(all_before, frozenset(keys.last_part(each["SK"]["S"]) for each in self._each(query)))

    def mark(self, principal: str, ids: Iterable[str]) -> None:
        marks = [
            {
                **self._key(keys.read_notification(principal, each)),
                keys.EXPIRES_AT: _expiry(occurred_at(each), NOTIFICATION_LIFETIME),
            }
            for each in dict.fromkeys(ids)
        ]
        write_many(self._client, self._table, ({"PutRequest": {"Item": each}} for each in marks))

    def mark_all_before(self, principal: str, notification_id: str) -> None:
        with failed_condition_ignored():
            self._client.update_item(
                TableName=self._table,
                Key=self._key(keys.read_before(principal)),
                UpdateExpression="SET all_before = :id",
                ConditionExpression="attribute_not_exists(all_before) OR all_before < :id",
                ExpressionAttributeValues={":id": {"S": notification_id}},
            )


class DynamoMailbox(_Partition):
    """``ports.Mailbox``, made for one supplier."""

    def put(self, principal: str, email: str, notification: Notification, *, due_at: datetime) -> None:
        line: Attributes = {
            **self._key(keys.digest_line(principal, notification.id)),
            "data": {"S": notification.model_dump_json(exclude_defaults=True)},
            keys.EXPIRES_AT: _expiry(notification.occurred_at, NOTIFICATION_LIFETIME),
        }
        update: UpdateTypeDef = {
            "TableName": self._table,
            "Key": self._key(keys.digest(principal)),
            "UpdateExpression": "SET email = :email, ready_kind = :kind, "
            "ready_sort = if_not_exists(ready_sort, :due) ADD version :one",
            "ExpressionAttributeValues": {
                ":email": {"S": email},
                ":kind": {"S": "DIGEST"},
                ":due": {"S": keys.due_digest(due_at, principal)},
                ":one": {"N": "1"},
            },
        }
        # The line first: the digest that is written after it is sent again if it was read before the line.
        self._client.put_item(**put_if(self._table, line))
        self._client.update_item(**update)

    def take(self, principal: str, *, limit: int) -> Letter | None:
        item = self._get(keys.digest(principal))
        if item is None:
            return None
        query = self._under(keys.digest_lines(principal))
        query["Limit"] = limit
        lines = tuple(_notification(line) for line in islice(self._each(query), limit))
        return Letter(item["email"]["S"], lines, int(item["version"]["N"]))

    def sent(self, principal: str, letter: Letter, *, again_at: datetime) -> None:
        sent = (self._key(keys.digest_line(principal, each.id)) for each in letter.notifications)
        write_many(self._client, self._table, ({"DeleteRequest": {"Key": each}} for each in sent))
        left = self._under(keys.digest_lines(principal))
        left["Limit"] = 1
        if self._client.query(**left)["Items"] or not self._forget(principal, letter.version):
            self._client.update_item(
                TableName=self._table,
                Key=self._key(keys.digest(principal)),
                UpdateExpression="SET ready_sort = :due",
                ConditionExpression=PRESENT,
                ExpressionAttributeValues={":due": {"S": keys.due_digest(again_at, principal)}},
            )

    def _forget(self, principal: str, version: int) -> bool:
        """Delete the digest. False when a line was added meanwhile."""
        delete: DeleteTypeDef = {
            "TableName": self._table,
            "Key": self._key(keys.digest(principal)),
            "ConditionExpression": f"{ABSENT} OR version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(version)}},
        }
        try:
            self._client.delete_item(**delete)
        except ClientError as error:
            if not failed_conditions(error):
                raise
            return False
        return True


class DynamoMailboxes:
    """``ports.Mailboxes`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def due(self, now: datetime, *, limit: int) -> Sequence[Due]:
        return [_due(item) for item in due_keys(self._client, self._table, "DIGEST", now, limit=limit)]


class DynamoEmailAddresses(_Partition):
    """``ports.EmailAddresses``, made for one supplier."""

    def get(self, email: str) -> EmailAddress | None:
        return self.find(address_id(email))

    def find(self, address_id: str) -> EmailAddress | None:
        item = self._get(keys.email_address(address_id))
        return _email_address(item) if item else None

    def all(self) -> Sequence[EmailAddress]:
        return [_email_address(item) for item in self._each(self._under(keys.EMAIL_ADDRESSES))]

    def save(self, address: EmailAddress, *, change: Change | None = None) -> None:
        item: Attributes = {
            **self._key(keys.email_address(address.id)),
            "version": {"N": str(address.version)},
            "data": {"S": address.model_dump_json()},
        }
        if address.expires_at is not None:
            item[keys.EXPIRES_AT] = {"N": str(int(address.expires_at.timestamp()))}
        is_new = address.version == 1
        put = put_if(self._table, item, ABSENT) if is_new else put_next(self._table, item, address.version)
        actions: list[TransactWriteItemTypeDef] = [supplier_exists(self._table, self._supplier_id), {"Put": put}]
        if change is not None:
            actions.append({"Put": put_if(self._table, audit_item(self._supplier_id, change))})
        if not self._transact(*actions):
            raise StaleWrite

    def forget(self, email: str) -> None:
        self._client.delete_item(TableName=self._table, Key=self._key(keys.email_address(address_id(email))))


class DynamoEndpoints(_Partition):
    """``ports.Endpoints``, made for one supplier."""

    def all(self) -> Sequence[Endpoint]:
        return [endpoint_of(item) for item in self._each(self._under(keys.ENDPOINTS))]

    def get(self, endpoint_id: str) -> Endpoint:
        item = self._get(keys.endpoint(endpoint_id))
        if item is None:
            raise NotFound
        return endpoint_of(item)

    def save(self, endpoint: Endpoint, *, change: Change) -> None:
        item: Attributes = {
            **self._key(keys.endpoint(endpoint.endpoint_id)),
            "version": {"N": str(endpoint.version)},
            "data": {"S": endpoint.model_dump_json(exclude_defaults=True, exclude={"health"})},
            **_health(endpoint.health),
        }
        is_new = endpoint.version == 1
        put = put_if(self._table, item, ABSENT) if is_new else put_next(self._table, item, endpoint.version)
        self._write({"Put": put}, change)

    def save_health(self, endpoint: Endpoint, health: EndpointHealth, *, change: Change | None = None) -> None:
        before, after = _health(endpoint.health), _health(health)
        update: UpdateTypeDef = {
            "TableName": self._table,
            "Key": self._key(keys.endpoint(endpoint.endpoint_id)),
            "UpdateExpression": "SET health = :after" if after else "REMOVE health",
            "ConditionExpression": "version = :version AND "
            + ("health = :before" if before else "attribute_not_exists(health)"),
            "ExpressionAttributeValues": {
                ":version": {"N": str(endpoint.version)},
                **({":before": before["health"]} if before else {}),
                **({":after": after["health"]} if after else {}),
            },
        }
        self._write({"Update": update}, change)

    def delete(self, endpoint: Endpoint, *, change: Change) -> None:
        delete: DeleteTypeDef = {
            "TableName": self._table,
            "Key": self._key(keys.endpoint(endpoint.endpoint_id)),
            "ConditionExpression": "version = :version",
            "ExpressionAttributeValues": {":version": {"N": str(endpoint.version)}},
        }
        self._write({"Delete": delete}, change)

    def _write(self, action: TransactWriteItemTypeDef, change: Change | None) -> None:
        actions = [action]
        if change is not None:
            actions.append({"Put": put_if(self._table, audit_item(self._supplier_id, change))})
        if not self._transact(*actions):
            raise StaleWrite


class DynamoDeliveries(_Partition):
    """``ports.Deliveries``, made for one supplier."""

    def get(self, endpoint_id: str, notification_id: str) -> WebhookDelivery | None:
        item = self._get(keys.webhook_delivery(endpoint_id, notification_id))
        return WebhookDelivery.model_validate_json(item["data"]["S"]) if item else None

    def put(self, delivery: WebhookDelivery) -> None:
        item: Attributes = {
            **self._key(keys.webhook_delivery(delivery.endpoint_id, delivery.notification_id)),
            "data": {"S": delivery.model_dump_json()},
            keys.EXPIRES_AT: _expiry(delivery.last_try_at, WEBHOOK_DELIVERY_LIFETIME),
        }
        if delivery.due_at is not None:
            sort = keys.due_webhook(delivery.due_at, delivery.endpoint_id, delivery.notification_id)
            item |= keys.due("WEBHOOK", sort)
        self._client.put_item(TableName=self._table, Item=item)

    def page(self, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveryPage:
        prefix = keys.webhook_deliveries(endpoint_id)
        items, next_cursor = read_page(
            self._client, self._table, self._partition, prefix, limit=limit, cursor=cursor, newest_first=True
        )
        return DeliveryPage(
            tuple(WebhookDelivery.model_validate_json(item["data"]["S"]) for item in items), next_cursor
        )


class DynamoDeliverySlots(_Partition):
    """``ports.DeliverySlots``: one item per slot, held by a lease."""

    LEASE = timedelta(minutes=1)
    """Longer than a worker can run: a dead worker's slot is free again after it."""

    def __init__(self, client: DynamoDBClient, table: str, supplier_id: str, *, slots: int) -> None:
        super().__init__(client, table, supplier_id)
        self._slots = slots

    def take(self, now: datetime) -> str | None:
        return next((slot for slot in map(keys.delivery_slot, range(self._slots)) if self._takes(slot, now)), None)

    def release(self, slot: str) -> None:
        self._client.delete_item(TableName=self._table, Key=self._key(slot))

    def _takes(self, slot: str, now: datetime) -> bool:
        until = keys.sortable_time(now + self.LEASE)
        item = {**self._key(slot), "leased_until": {"S": until}, keys.EXPIRES_AT: _expiry(now, self.LEASE)}
        values: Attributes = {":now": {"S": keys.sortable_time(now)}}
        put = put_if(self._table, item, f"{ABSENT} OR leased_until < :now", values)
        return _is_done(lambda: self._client.put_item(**put))


def _is_done(write: Callable[[], object]) -> bool:
    """False when its condition failed."""
    try:
        write()
    except ClientError as error:
        if not failed_conditions(error):
            raise
        return False
    return True


def _notification(item: Item) -> Notification:
    return Notification.model_validate_json(item["data"]["S"])


def endpoint_of(item: Item) -> Endpoint:
    """The endpoint in an item, or in an image of the table's stream."""
    endpoint = Endpoint.model_validate_json(item["data"]["S"])
    if "health" not in item:
        return endpoint
    return endpoint.model_copy(update={"health": EndpointHealth.model_validate_json(item["health"]["S"])})


def _health(health: EndpointHealth) -> Attributes:
    """Its attribute beside the endpoint's record; a healthy endpoint has none.

    In the order of the names: a later write compares the text, also one of a release that knows other fields.
    """
    if health == EndpointHealth():
        return {}
    text = json.dumps(health.model_dump(mode="json", exclude_defaults=True), sort_keys=True, separators=(",", ":"))
    return {"health": {"S": text}}


def _expiry(moment: datetime, lifetime: timedelta) -> dict[str, str]:
    return {"N": str(int((moment.astimezone(UTC) + lifetime).timestamp()))}


def _due(item: Item) -> Due:
    return Due(item["PK"]["S"].removeprefix(keys.SUPPLIERS), keys.principal_of_digest(item["SK"]["S"]))


def _email_address(item: Item) -> EmailAddress:
    return EmailAddress.model_validate_json(item["data"]["S"])
