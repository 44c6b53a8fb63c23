"""The delivery of a sent message: what to deliver, the progress, and the result for each recipient.

A dispatch is one delivery (the sending, or an addition of recipients) or one change of dates to copy to the inboxes. It
is worked on in chunks, and its progress is written after each chunk. ``source`` names the part of the dispatch that
claims a recipient. A chunk that is repeated after a crash finds its own claims and counts them, because the first count
was lost; claims of another source are skipped. So each recipient is delivered to once and counted once, however often a
worker dies.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, Self

from chorus_connector.domain.messages.display import reception, sortable_utc
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address, Relation
from chorus_connector.domain.notifications.digest import Email, one_line, quoted, without_links
from chorus_connector.domain.record import Record

DeliveryOutcome = Literal["delivered", "emailed", "not_here", "failed"]
"""The result for one recipient. Without an account on this installation a message is ``emailed`` when an address is
known, ``failed`` when that address is refused, ``not_here`` when there is no address."""


class ListUsed(Record):
    """A distribution list as it was when the message was sent."""

    list_id: str
    name: str
    version: int
    members: int


class Progress(Record):
    """How far a delivery is. ``sent`` counts all recipients that are done; each recipient counts once."""

    sent: int = 0
    delivered: int = 0
    emailed: int = 0
    not_here: int = 0
    failed: int = 0

    def plus(self, more: "Progress") -> "Progress":
        """The sum of both counts."""
        sums = {name: getattr(self, name) + getattr(more, name) for name in Progress.model_fields}
        return self.model_copy(update=sums)

    @classmethod
    def of(cls, deliveries: Sequence["RecipientDelivery"]) -> "Progress":
        """The counts of these deliveries alone."""
        outcomes: Counter[str] = Counter(each.outcome for each in deliveries)
        return cls(sent=len(deliveries), **outcomes)


class Dispatch(Record):
    """One delivery in progress. ``part`` and ``after`` say where to resume; ``relation`` limits « all ».

    Parts in order: 0 is the recipients named one by one, 1 to n the members of the lists, n + 1 all recipients. The
    addresses of the parts are stored beside the dispatch, because the dispatch is written again after every chunk.
    """

    sender_siret: str
    reference: str
    number: int
    purpose: Literal["deliver", "redate"] = "deliver"
    requested_at: datetime
    requested_by: str
    relation: Relation = "client"
    lists: tuple[ListUsed, ...] = ()
    all_recipients: bool = False
    version: int = 0
    done: bool = False
    part: int = 0
    after: str | None = None
    progress: Progress = Progress()

    @property
    def key(self) -> str:
        """The dispatch's key within its message. Deliveries and changes of dates are numbered separately."""
        return f"{self.purpose}#{self.number:06d}"

    @property
    def source(self) -> str:
        """The name of the part in progress. Within one part, an address occurs once."""
        return f"{self.key}#{self.part}"

    @property
    def last_part(self) -> int:
        return len(self.lists) + 1

    def advanced(self, *, after: str | None, progress: Progress) -> Self:
        """The dispatch after a chunk: further in the same part, or at the next part when ``after`` is None."""
        update: dict[str, Any] = {"version": self.version + 1, "after": after, "progress": progress}
        if after is None:
            update |= {"part": self.part + 1, "done": self.part >= self.last_part or self.purpose == "redate"}
        return self.model_copy(update=update)


class RecipientDelivery(Record):
    """The result for one recipient; stored with the sender's message."""

    siret: str
    service: str = ""
    name: str = ""
    outcome: DeliveryOutcome
    at: datetime

    @property
    def address(self) -> Address:
        return Address(siret=self.siret, service=self.service)


class Received(Record):
    """A message in an inbox: what a list shows of it. Its content stays with the sender's message."""

    siret: str
    service: str = ""
    reference: str
    sender_siret: str
    sender_name: str
    sender_service: str = ""
    title: str
    received_at: datetime
    display_start: date
    display_end: date
    display_version: int = 0

    @property
    def order(self) -> tuple[str, ...]:
        """The sort key of received messages by date; it is unique."""
        return (sortable_utc(self.received_at), self.reference, self.siret, self.service)


def received(message: Message, delivery: RecipientDelivery) -> Received:
    """One recipient's copy of a sent message, with the message's current display dates."""
    assert message.display_start is not None
    assert message.display_end is not None
    return Received(
        siret=delivery.siret,
        service=delivery.service,
        reference=message.reference,
        sender_siret=message.sender_siret,
        sender_name=message.sender_name,
        sender_service=message.sender_service,
        title=message.title,
        received_at=reception(delivery.at, message.display_start),
        display_start=message.display_start,
        display_end=message.display_end,
        display_version=message.display_version,
    )


def announcement_email(message: Message) -> Email:
    """The e-mail with a sent message, for a recipient without an account here; it names the sender."""
    sender = f"{quoted(message.sender_name)} (SIRET {message.sender_siret})"
    body = (
        f"{without_links(message.title)}\n\n{without_links(message.content)}\n\n--\n"
        f"Annonce de {sender}, {message.reference}. On ne peut pas y répondre ; une question sur une facture se "
        "pose dans « Sollicitations », sur Chorus Pro.\n"
        f"An announcement by {sender}, {message.reference}. It cannot be replied to; a question on an invoice "
        "belongs to « Sollicitations », on Chorus Pro.\n"
    )
    return Email(subject=without_links(one_line(f"{message.sender_name} : {message.title}")), body=body)
