"""What recipients may read of a sent message, whatever becomes of its sender.

There is one announcement per message, for all of its recipients; each inbox points to it. It holds what the recipients
were told, by which structure, and when it is shown: no person of the sender is named in it.
"""

from datetime import date, datetime

from chorus_connector.domain.messages.display import begins_at, recipients_keep_until
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.record import Record


class AnnouncedMessage(Record):
    """A sent message as its recipients have it. ``display_version`` says which display dates are newer."""

    reference: str
    sender_siret: str
    sender_name: str
    sender_service: str = ""
    title: str
    content: str
    display_start: date
    display_end: date
    display_version: int = 0

    @property
    def begins_at(self) -> datetime:
        """When recipients may first read it."""
        return begins_at(self.display_start)

    @property
    def kept_until(self) -> datetime:
        """When the last recipient's right to keep it ends."""
        return recipients_keep_until(self.display_end)


def announcement_of(message: Message) -> AnnouncedMessage:
    """The announcement of a message that was sent, with its current display dates."""
    assert message.state != "draft"
    assert message.display_start is not None
    assert message.display_end is not None
    return AnnouncedMessage(
        reference=message.reference,
        sender_siret=message.sender_siret,
        sender_name=message.sender_name,
        sender_service=message.sender_service,
        title=message.title,
        content=message.content,
        display_start=message.display_start,
        display_end=message.display_end,
        display_version=message.display_version,
    )
