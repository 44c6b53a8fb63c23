"""What recipients read of sent messages, on the table: one item per message, in a partition of its own.

It is not in the sender's partition, so what was received stays when its sender is deleted. Only ``of`` reads it, for a
message that is in an inbox of the reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.items import ABSENT, batches
from chorus_connector.adapters.table.message_table import MessageTable, data_of, stored_record
from chorus_connector.domain.messages.announcement import AnnouncedMessage, announcement_of
from chorus_connector.domain.messages.delivery import Received, RecipientDelivery
from chorus_connector.domain.messages.message import Message

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.table.items import Item
    from chorus_connector.adapters.table.keys import Attributes


class DynamoAnnouncements:
    """``ports.Announcements`` on the table."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._table = MessageTable(client, table)

    def of(self, received: Iterable[Received]) -> Mapping[str, AnnouncedMessage]:
        senders = {each.reference: each.sender_siret for each in received}
        announcements = [keys.announcement(reference) for reference in senders]
        # the sender's own record has the latest dates, and in an older release it was the only one
        messages = [
            keys.primary_key(keys.structure(siret), keys.message(reference)) for reference, siret in senders.items()
        ]
        found: dict[str, AnnouncedMessage] = {}
        for each in map(_announcement, self._table.read([*announcements, *messages])):
            if each is not None:
                known = found.get(each.reference)
                if known is None or known.display_version < each.display_version:
                    found[each.reference] = each
        return found

    def keep(self, announcement: AnnouncedMessage) -> None:
        newer: Attributes = {":new": {"N": str(announcement.display_version)}}
        self._table.put_if(_announcement_item(announcement), f"{ABSENT} OR display_version < :new", newer)

    def kept(self, references: Iterable[str]) -> Mapping[str, AnnouncedMessage]:
        """The announcements that exist, by reference: never a sender's own record."""
        items = self._table.read(keys.announcement(each) for each in dict.fromkeys(references))
        found = (stored_record(AnnouncedMessage, item) for item in items)
        return {each.reference: each for each in found}

    def forget(self, reference: str) -> None:
        """Delete the announcement of a message that no recipient received."""
        self._table.client.delete_item(TableName=self._table.name, Key=keys.announcement(reference))

    def hand_over(self, sender: DynamoDBClient, siret: str, *, do: bool = True) -> int:
        """Keep what a structure sent in an older release, which wrote no announcement; returns how many messages.

        ``sender`` is the client that reads the structure's partition. Without ``do`` it only counts.
        """
        outbox = MessageTable(sender, self._table.name)
        stored = outbox.query(keys.structure(siret), keys.MESSAGES)
        sent = (each for each in (stored_record(Message, item) for item in stored) if each.state == "sent")
        written = 0
        for batch in batches(sent, 100):
            known = self.kept(each.reference for each in batch)
            for message in batch:
                if message.reference not in known and _is_in_an_inbox(outbox, message):
                    written += 1
                    if do:
                        self.keep(announcement_of(message))
        return written


def _is_in_an_inbox(outbox: MessageTable, message: Message) -> bool:
    deliveries = outbox.query(keys.structure(message.sender_siret), keys.deliveries(message.reference))
    return any(stored_record(RecipientDelivery, item).outcome == "delivered" for item in deliveries)


def _announcement(item: Item) -> AnnouncedMessage | None:
    """From either of the two items; None for a message that is a draft."""
    if item["SK"]["S"] == keys.ANNOUNCEMENT:
        return stored_record(AnnouncedMessage, item)
    message = stored_record(Message, item)
    return announcement_of(message) if message.state == "sent" else None


def _announcement_item(announcement: AnnouncedMessage) -> Attributes:
    return {
        **keys.announcement(announcement.reference),
        **data_of(announcement),
        "display_version": {"N": str(announcement.display_version)},
        keys.EXPIRES_AT: {"N": str(int(announcement.kept_until.timestamp()))},
    }
