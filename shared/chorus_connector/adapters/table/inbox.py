"""What structures received, on the table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.adapters.table.message_table import (
    AFTER_ALL,
    WRITERS,
    MessageTable,
    data_of,
    found_record,
    stored_record,
)
from chorus_connector.domain.messages.delivery import Received
from chorus_connector.domain.messages.display import recipients_keep_until, sortable_utc

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.domain.messages.announcement import AnnouncedMessage


class DynamoInbox:
    """``ports.Inbox`` on the table, made for one structure."""

    def __init__(self, client: DynamoDBClient, table: str, siret: str) -> None:
        self._table = MessageTable(client, table)
        self._partition = keys.structure(siret)
        self._inbox = keys.inbox(siret)

    def get(self, reference: str, service: str) -> Received:
        return found_record(Received, self._table.item(self._inbox, keys.received_message(reference, service)))

    def addressed(self, reference: str) -> Sequence[str]:
        items = self._table.query(self._inbox, keys.received_message(reference, ""))
        return [keys.last_part(item["SK"]["S"]) for item in items]

    def received(self, *, newest_first: bool, start: str | None, until: datetime) -> Iterator[Received]:
        last = f"{keys.received_at(sortable_utc(until))}{AFTER_ALL}"
        here = keys.received_at(start) if start else None
        if newest_first:
            low, high = None, min(last, f"{here}{AFTER_ALL}") if here else last
        else:
            low, high = here, last
        items = self._table.query(
            self._inbox,
            keys.RECEIVED_MESSAGES,
            forward=not newest_first,
            low=low,
            high=high,
            index=keys.LIST_INDEX,
        )
        return (stored_record(Received, item) for item in items)

    def read_by(self, principal: str, references: Iterable[str]) -> set[str]:
        wanted = [(self._partition, keys.read_message(principal, reference)) for reference in references]
        return {keys.last_part(item["SK"]["S"]) for item in self._table.items(wanted)}

    def mark(self, principal: str, received: Received, *, read: bool) -> None:
        key = primary_key(self._partition, keys.read_message(principal, received.reference))
        if read:  # the table's stream carries it to the sender
            self._table.put({**key, "sender": {"S": received.sender_siret}, "service": {"S": received.service}})
        else:
            self._table.client.delete_item(TableName=self._table.name, Key=key)


class DynamoInboxes:
    """``ports.Inboxes`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = MessageTable(client, table)
        self._announcements = DynamoAnnouncements(client, table)
        self._kept: set[tuple[str, int]] = set()

    def put(self, messages: Sequence[Received], announcement: AnnouncedMessage) -> None:
        if messages:
            self._keep(announcement)
        self._table.write_many({"PutRequest": {"Item": _received_item(each)}} for each in messages)

    def redate(self, messages: Sequence[Received], announcement: AnnouncedMessage) -> None:
        if messages:
            self._keep(announcement)
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(self._redate_one, messages))

    def take_back(self, messages: Sequence[Received]) -> None:
        keys_of = (
            primary_key(keys.inbox(each.siret), keys.received_message(each.reference, each.service))
            for each in messages
        )
        self._table.write_many({"DeleteRequest": {"Key": each}} for each in keys_of)

    def forget(self, reference: str) -> None:
        self._announcements.forget(reference)

    def _keep(self, announcement: AnnouncedMessage) -> None:
        """Before any inbox points to it; once for each of its versions, not once for each chunk of recipients."""
        version = (announcement.reference, announcement.display_version)
        if version not in self._kept:
            self._announcements.keep(announcement)
            self._kept.add(version)

    def _redate_one(self, message: Received) -> None:
        newer = {":new": {"N": str(message.display_version)}}
        self._table.put_if(_received_item(message), "display_version < :new", newer)


def _received_item(message: Received) -> Attributes:
    place = f"{sortable_utc(message.received_at)}#{message.reference}#{message.service}"
    return {
        **primary_key(keys.inbox(message.siret), keys.received_message(message.reference, message.service)),
        **data_of(message),
        keys.LIST_SORT: {"S": keys.received_at(place)},
        "display_version": {"N": str(message.display_version)},
        keys.EXPIRES_AT: {"N": str(int(recipients_keep_until(message.display_end).timestamp()))},
    }
