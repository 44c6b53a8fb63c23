"""The way of a sent message to its recipients: what is asked, how far it is, and what each one got.

A dispatch is one delivery (the sending, or an addition) or one change of dates to carry to the inboxes. It is done
in chunks; after each one its progress is written. ``source`` names the part that delivers to a recipient: doing a
chunk again meets the part's own rows, another part meets somebody else's and leaves them alone. So each recipient
is delivered to once and counted once, however often a worker dies.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Literal, Self

from chorus_connector.domain.messages.display import reception, stamp
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address, Relation
from chorus_connector.domain.notifications.digest import Email, one_line
from chorus_connector.domain.record import Record

Outcome = Literal["delivered", "emailed", "not_here", "failed"]
"""Without an account on this installation a recipient cannot receive here: ``emailed`` when an address is known,
``failed`` when that address is refused, ``not_here`` when there is none."""


class ListUsed(Record):
    """A distribution list as it was when the message was sent."""

    list_id: str
    name: str
    version: int
    members: int


class Progress(Record):
    """How far a delivery is; ``sent`` counts recipients dealt with, each once."""

    sent: int = 0
    delivered: int = 0
    emailed: int = 0
    not_here: int = 0
    failed: int = 0

    def plus(self, more: "Progress") -> "Progress":
        return Progress(**{name: getattr(self, name) + getattr(more, name) for name in Progress.model_fields})

    @classmethod
    def of(cls, deliveries: Sequence["Delivery"]) -> "Progress":
        """What these recipients add."""
        outcomes: Counter[str] = Counter(each.outcome for each in deliveries)
        return cls(sent=len(deliveries), **outcomes)


class Dispatch(Record):
    """One delivery under way. ``part`` and ``after`` say where to go on; ``relation`` bounds « all ».

    Parts in order: 0 the recipients one by one, 1…n the lists' members, n + 1 all recipients. The addresses of the
    parts are kept beside it, not in it: it is written anew after every chunk.
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
        """Its name beside the message's others: deliveries and changes of dates are numbered apart."""
        return f"{self.purpose}#{self.number:06d}"

    @property
    def source(self) -> str:
        """The name of the part under way: within one, an address comes once."""
        return f"{self.key}#{self.part}"

    @property
    def last_part(self) -> int:
        return len(self.lists) + 1

    def advanced(self, *, after: str | None, progress: Progress) -> Self:
        """After a chunk: further in the same part, or in the next one when ``after`` is None."""
        update: dict[str, Any] = {"version": self.version + 1, "after": after, "progress": progress}
        if after is None:
            update |= {"part": self.part + 1, "done": self.part >= self.last_part or self.purpose == "redate"}
        return self.model_copy(update=update)


class Delivery(Record):
    """What became of one recipient; kept with the sender's message."""

    siret: str
    service: str = ""
    name: str = ""
    outcome: Outcome
    at: datetime

    @property
    def address(self) -> Address:
        return Address(siret=self.siret, service=self.service)


class Received(Record):
    """A message as it lies in an inbox: what a list shows. Its content stays with the sender's message."""

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
        """Where it stands among received messages by date; no two are alike."""
        return (stamp(self.received_at), self.reference, self.siret, self.service)


def received(message: Message, delivery: Delivery) -> Received:
    """The copy of a sent message for one of its recipients, with the message's dates as they are now."""
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


def by_email(message: Message) -> Email:
    """A sent message for a recipient who has no account here: its own words, and who says them."""
    sender = f"{message.sender_name} (SIRET {message.sender_siret})"
    body = (
        f"{message.title}\n\n{message.content}\n\n--\n"
        f"Annonce de {sender}, {message.reference}. On ne peut pas y répondre ; une question sur une facture se "
        "pose dans « Sollicitations », sur Chorus Pro.\n"
        f"An announcement by {sender}, {message.reference}. It cannot be replied to; a question on an invoice "
        "belongs to « Sollicitations », on Chorus Pro.\n"
    )
    return Email(subject=one_line(f"{message.sender_name} : {message.title}"), body=body)
