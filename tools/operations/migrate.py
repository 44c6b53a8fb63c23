"""``chorus-connector migrate``: rewrites records of older releases in the form of this release.

It also moves rights and received messages that an older release wrote to other partitions, and due work that it entered
in another index, and what is kept under a name that a person typed. No principal has a right, and no earlier work is
handed out, until that is done: run it right after the update.

The rest is not needed after an update, because this release reads the records of all older ones: an absent field has
its default, and a model's ``_of_an_older_release`` converts the rest. It is needed before such a conversion is removed
from the code. Each write is conditional on the record being unchanged since it was read, so the command can run while
the installation works, and can be interrupted and repeated. It creates no new version and no line of the audit trail.
"""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError
from pydantic import BaseModel

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.adapters.table.invoice_items import attributes_of, record_of
from chorus_connector.adapters.table.items import (
    ABSENT,
    failed_condition_ignored,
    failed_conditions,
    put_if,
    query_all,
    write_many,
)
from chorus_connector.adapters.table.suppliers import member_item
from chorus_connector.domain.invoices.archive import Archive
from chorus_connector.domain.invoices.attachments import Attachment
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.messages.announcement import AnnouncedMessage
from chorus_connector.domain.messages.arrival import ArrivedMessage
from chorus_connector.domain.messages.delivery import Awaited, Dispatch, Received, RecipientDelivery
from chorus_connector.domain.messages.display import recipients_keep_until
from chorus_connector.domain.messages.distribution import DistributionList
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Counterparty
from chorus_connector.domain.notifications.addresses import EmailAddress
from chorus_connector.domain.notifications.notification import Notification
from chorus_connector.domain.notifications.webhooks import Endpoint
from chorus_connector.domain.notifications.webhooks import WebhookDelivery as WebhookTry
from chorus_connector.domain.portal.tracking import TrackingProgress
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.suppliers.access import Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.domain.suppliers.tables import Proposal, TableRow

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes

MODELS: dict[str, type[BaseModel]] = {
    "SUPPLIER": Supplier,
    "INVOICE": Invoice,
    "READING": Reading,
    "LAYOUT": Layout,
    "FOLLOWING": TrackingProgress,
    "AUDIT": Change,
    "MEMBER": Member,
    "NOTIFY": Subscriber,
    "TABLE": TableRow,
    "PROPOSAL": Proposal,
    "ATTACHMENT": Attachment,
    "ARCHIVE": Archive,
    "FEED": Notification,
    "DIGEST_LINE": Notification,
    "EMAIL": EmailAddress,
    "WEBHOOK": Endpoint,
    "WEBHOOK_TRY": WebhookTry,
    "MESSAGE": Message,
    "DISPATCH": Dispatch,
    "DELIVERY": RecipientDelivery,
    "INBOX": Received,
    "ARRIVAL": ArrivedMessage,
    "AWAITED": Awaited,
    "ANNOUNCEMENT": AnnouncedMessage,
    "LIST": DistributionList,
    "EXCHANGE": Counterparty,
    "SEARCH": Counterparty,
}
"""The model of the attribute ``data``, by the first word of the sort key. Other items have no model."""


@dataclass
class Migrated:
    """By kind: how many records were read, how many have an older form or place, and which are unreadable."""

    looked_at: Counter[str] = field(default_factory=Counter)
    older: Counter[str] = field(default_factory=Counter)
    unreadable: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Migrate:
    """Rewrites the records of one supplier and of its structure's messages."""

    client: "DynamoDBClient"
    table: str

    def run(self, supplier_id: str, siret: str, *, do: bool, done: Migrated) -> None:
        for partition in (*keys.of_supplier(supplier_id), *(keys.of_messages(siret) if siret else ())):
            for item in query_all(self.client, self.table, partition, "", consistent=True):
                self._poll(item, do, done)

    def _poll(self, item: "Item", do: bool, done: Migrated) -> None:
        kind = keys.kind_and_rest(item["SK"]["S"])[0]
        model = MODELS.get(kind)
        if model is None or "data" not in item:
            return
        done.looked_at[kind] += 1
        try:
            after = _in_todays_words(model, _text(model, item))
        except ValueError:
            done.unreadable.append(f"{item['PK']['S']} {item['SK']['S']}")
            return
        if after is not None:
            done.older[kind] += 1
            if do:
                self._write(item, _attributes(model, after))

    def _write(self, item: "Item", after: "Attributes") -> None:
        try:
            self.client.update_item(
                TableName=self.table,
                Key=keys.primary_key(item["PK"]["S"], item["SK"]["S"]),
                UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in after),
                ConditionExpression="#data = :before",
                ExpressionAttributeNames={f"#{name}": name for name in after},
                ExpressionAttributeValues={":before": item["data"]} | {f":{name}": after[name] for name in after},
            )
        except ClientError as error:
            if not failed_conditions(error):
                raise  # the concurrent write used the form of this release


@dataclass(frozen=True)
class MoveRights:
    """Moves the rights on suppliers and structures, and received messages, from where older releases wrote them.

    Older releases wrote each right twice: in the partition of its supplier or structure, and in ``PRINCIPAL#<id>``. The
    first is moved; the second is deleted.
    """

    client: "DynamoDBClient"
    table: str

    def run(self, *, do: bool, done: Migrated) -> None:
        """Read the whole table: public bodies are in no list. Raises nothing for a record that it cannot read."""
        twins = []
        for page in self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True):
            for item in page["Items"]:
                if keys.kind_and_rest(item["PK"]["S"])[0] == "PRINCIPAL":
                    twins.append(keys.primary_key(item["PK"]["S"], item["SK"]["S"]))
                elif (moved := _moved(dict(item))) is not None:
                    done.older[keys.kind_and_rest(item["SK"]["S"])[0]] += 1
                    if do:
                        self._move(item, moved)
        done.older["PRINCIPAL"] += len(twins)
        if do:
            write_many(self.client, self.table, ({"DeleteRequest": {"Key": each}} for each in twins))

    def _move(self, old: "Item", moved: "Attributes") -> None:
        """A record that is already at the new place is newer, and stays as it is."""
        key = keys.primary_key(old["PK"]["S"], old["SK"]["S"])
        with failed_condition_ignored():
            self.client.put_item(**put_if(self.table, moved, ABSENT))
        self.client.delete_item(TableName=self.table, Key=key)


@dataclass(frozen=True)
class MoveAnnouncements:
    """Copies what an older release kept only with the sender of a message to where its recipients read it.

    Received messages get their time to live as well. Run it after ``MoveRights``, which moves them.
    """

    client: "DynamoDBClient"
    table: str

    def run(self, *, do: bool, done: Migrated) -> None:
        """Read the whole table: public bodies are in no list."""
        announcements = DynamoAnnouncements(self.client, self.table)
        senders: set[str] = set()
        for page in self.client.get_paginator("scan").paginate(TableName=self.table, ConsistentRead=True):
            for item in page["Items"]:
                partition, owner = keys.kind_and_rest(item["PK"]["S"])
                kind = keys.kind_and_rest(item["SK"]["S"])[0]
                if (partition, kind) == ("STRUCTURE", "MESSAGE"):
                    senders.add(owner)
                elif (partition, kind) == ("INBOX", "INBOX") and keys.EXPIRES_AT not in item:
                    done.older["INBOX"] += 1
                    if do:
                        self._limit(item)
        for siret in senders:
            done.older["ANNOUNCEMENT"] += announcements.hand_over(self.client, siret, do=do)

    def _limit(self, item: "Item") -> None:
        until = recipients_keep_until(Received.model_validate_json(item["data"]["S"]).display_end)
        with failed_condition_ignored():
            self.client.update_item(
                TableName=self.table,
                Key=keys.primary_key(item["PK"]["S"], item["SK"]["S"]),
                UpdateExpression=f"SET {keys.EXPIRES_AT} = :until",
                ConditionExpression=f"attribute_not_exists({keys.EXPIRES_AT}) AND attribute_exists(PK)",
                ExpressionAttributeValues={":until": {"N": str(int(until.timestamp()))}},
            )


@dataclass(frozen=True)
class MoveDueWork:
    """Enters the due work that an older release entered under the attribute ``ready_shard`` in the index of this one.

    Without it that work is never handed out.
    """

    client: "DynamoDBClient"
    table: str

    def run(self, *, do: bool, done: Migrated) -> None:
        """Read the whole table. A record that this release has changed since keeps its own entry."""
        pages = self.client.get_paginator("scan").paginate(
            TableName=self.table,
            FilterExpression="attribute_exists(ready_shard)",
            ProjectionExpression="PK, SK, ready_shard",
            ConsistentRead=True,
        )
        for item in (item for page in pages for item in page["Items"]):
            done.older["due"] += 1
            if do:
                self._enter(item)

    def _enter(self, item: "Item") -> None:
        shard = item["ready_shard"]["S"]
        with failed_condition_ignored():
            self.client.update_item(
                TableName=self.table,
                Key=keys.primary_key(item["PK"]["S"], item["SK"]["S"]),
                UpdateExpression=f"SET {keys.DUE_KIND} = if_not_exists({keys.DUE_KIND}, :kind) REMOVE ready_shard",
                ConditionExpression="ready_shard = :shard",
                ExpressionAttributeValues={
                    ":kind": {"S": keys.kind_and_rest(shard)[0]},
                    ":shard": {"S": shard},
                },
            )


@dataclass(frozen=True)
class MoveNames:
    """Moves what is stored under a name that a person typed to where this release's comparison of names looks for it.

    Rows of the correspondence tables, proposals, and the links that find attachments. Until it is done, a row whose
    label has an apostrophe, a hyphen, a ligature or an outer separator is not found.
    """

    client: "DynamoDBClient"
    table: str

    def run(self, supplier_id: str, *, do: bool, done: Migrated) -> None:
        """A record that is already at the new place is newer, and stays as it is."""
        stored = query_all(self.client, self.table, keys.supplier(supplier_id), "", consistent=True)
        items = [dict(each) for each in stored]
        for left, put in (*_moved_rows(items), *_moved_links(items)):
            done.older[keys.kind_and_rest((left or put or {})["SK"]["S"])[0]] += 1
            if do and put:
                with failed_condition_ignored():
                    self.client.put_item(**put_if(self.table, put, ABSENT))
            if do and left:
                self.client.delete_item(TableName=self.table, Key=keys.primary_key(left["PK"]["S"], left["SK"]["S"]))


def _moved_rows(items: "Sequence[dict[str, Any]]") -> "Iterator[tuple[dict[str, Any], Attributes]]":
    """Each row and proposal that is at another key than its own, and the record to put there."""
    for item in items:
        match keys.kind_and_rest(item["SK"]["S"])[0]:
            case "TABLE":
                row = TableRow.model_validate_json(item["data"]["S"])
                sort = keys.table_row(row.kind, row.key)
            case "PROPOSAL":
                sort = keys.proposal(Proposal.model_validate_json(item["data"]["S"]).key)
            case _:
                continue
        if sort != item["SK"]["S"]:
            yield item, {**item, "SK": {"S": sort}}


def _moved_links(items: "Sequence[dict[str, Any]]") -> "Iterator[tuple[dict[str, Any] | None, Attributes | None]]":
    """The links of attachments that are no longer looked up, and those that are missing."""
    found = {item["SK"]["S"]: item for item in items if keys.kind_and_rest(item["SK"]["S"])[0] == "ATTACHED_BY"}
    wanted: dict[str, Attributes] = {}
    for item in items:
        if keys.kind_and_rest(item["SK"]["S"])[0] == "ATTACHMENT":
            attachment = Attachment.model_validate_json(item["data"]["S"])
            for name, value in attachment.link_keys:
                sort = keys.attachment_link(name, value, attachment.attachment_id)
                wanted[sort] = {"PK": item["PK"], "SK": {"S": sort}, "attachment_id": {"S": attachment.attachment_id}}
    yield from ((None, link) for sort, link in wanted.items() if sort not in found)
    yield from ((item, None) for sort, item in found.items() if sort not in wanted)


def _moved(item: "dict[str, Any]") -> "Attributes | None":
    """The record as this release writes it, for a record that an older release wrote to another partition."""
    partition, owner = keys.kind_and_rest(item["PK"]["S"])
    sort = item["SK"]["S"]
    match partition, *keys.kind_and_rest(sort):
        case ("SUPPLIER", "ACCESS", ""):
            return {**item, **keys.primary_key(keys.access_list(owner), sort)}
        case ("SUPPLIER", "MEMBER", _):
            return member_item(owner, Member.model_validate_json(item["data"]["S"]))
        case ("STRUCTURE", "MEMBER", principal):
            roles = item["roles"] if "roles" in item else {"SS": [item["role"]["S"]]}
            return {**keys.primary_key(keys.space(owner), sort), **keys.held_by(principal), "roles": roles}
        case ("STRUCTURE", "SUBSCRIBER", principal):
            return {**item, **keys.primary_key(keys.space(owner), sort), **keys.held_by(principal)}
        case ("STRUCTURE", "INBOX", _):
            return {**item, **keys.primary_key(keys.inbox(owner), sort)}
    return None


def _text(model: type[BaseModel], item: "Item") -> str:
    """The stored record; an invoice's is divided over two attributes."""
    return json.dumps(record_of(item)) if model is Invoice else item["data"]["S"]


def _attributes(model: type[BaseModel], text: str) -> "Attributes":
    """The attributes that hold the record."""
    return attributes_of(Invoice.model_validate_json(text)) if model is Invoice else {"data": {"S": text}}


def _in_todays_words(model: type[BaseModel], before: str) -> str | None:
    """The record in the form of this release; None when it has that form already."""
    read = model.model_validate_json(before)
    if _says_all(json.loads(before), read.model_dump(mode="json")):
        return None  # an absent field has its default and needs no rewriting
    return read.model_dump_json(exclude_defaults=True)


def _says_all(before: Any, today: Any) -> bool:
    """Whether the second value contains every field of the first, at every depth."""
    if isinstance(before, dict) and isinstance(today, dict):
        return all(name in today and _says_all(value, today[name]) for name, value in before.items())
    if isinstance(before, list) and isinstance(today, list):
        return len(before) == len(today) and all(map(_says_all, before, today))
    return bool(before == today)
