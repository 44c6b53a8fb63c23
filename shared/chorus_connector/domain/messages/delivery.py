"""The delivery of a sent message: what to deliver, the progress, and the result for each recipient.

A dispatch is one delivery (the sending, or an addition of recipients) or one change of dates to copy to the inboxes. It
is worked on in chunks, and its progress is written after each chunk. ``source`` names the part of the dispatch that
claims a recipient. A chunk that is repeated after a crash finds its own claims and counts them, because the first count
was lost; claims of another source are skipped. So each recipient is delivered to once and counted once, however often a
worker dies.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple, Self

from chorus_connector.domain.messages.display import reception, sortable_utc
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address, Relation
from chorus_connector.domain.record import Record

DeliveryOutcome = Literal[
    "delivered", "emailed", "scheduled", "not_here", "failed", "bounced", "complained", "too_late", "withdrawn"
]
"""The result for one recipient.

A recipient with an account on this installation has the message in its inbox (``delivered``). One without an account
gets an e-mail when an address is known: ``scheduled`` until the display begins, then ``emailed``, or ``failed`` when
the address is refused, ``bounced`` when it does not exist, ``complained`` when its owner reported the e-mail as spam,
``too_late`` when the display ended before the e-mail could leave. Without an address the message is ``not_here``. It is
``withdrawn`` from each recipient that had not received it when its sender's deletion withdrew it.
"""

HEALED_BY_AN_ADDRESS: frozenset[DeliveryOutcome] = frozenset({"not_here", "failed", "bounced", "complained"})
HEALED_BY_AN_ACCOUNT: frozenset[DeliveryOutcome] = HEALED_BY_AN_ADDRESS | {"emailed", "scheduled"}
"""Outcomes that change when the structure gets an address, or an account, while the message is on display."""


def taken_back(outcome: DeliveryOutcome, *, begun: bool) -> bool:
    """Whether a withdrawn message is taken back from a recipient: what was received stays."""
    return outcome in ("scheduled", "not_here") or (outcome == "delivered" and not begun)


MAILING = "mail#000001"
"""The key of a message's mailing: a message has one at most."""


class ListUsed(Record):
    """A distribution list as it was when the message was sent."""

    list_id: str
    name: str
    version: int
    members: int


class Progress(Record):
    """How far a delivery is. ``sent`` counts all recipients that are done; each recipient counts once.

    A change of outcomes is a progress too, with a negative number for the outcome that recipients had before.
    """

    sent: int = 0
    delivered: int = 0
    emailed: int = 0
    not_here: int = 0
    failed: int = 0
    scheduled: int = 0
    bounced: int = 0
    complained: int = 0
    too_late: int = 0
    withdrawn: int = 0
    #: structures where a person has marked the message as read
    read: int = 0

    def plus(self, more: "Progress") -> "Progress":
        """The sum of both counts."""
        sums = {name: getattr(self, name) + getattr(more, name) for name in Progress.model_fields}
        return self.model_copy(update=sums)

    @classmethod
    def of(cls, deliveries: Sequence["RecipientDelivery"]) -> "Progress":
        """The counts of these deliveries alone."""
        outcomes: Counter[str] = Counter(each.claimed or each.outcome for each in deliveries)
        return cls(sent=len(deliveries), **outcomes)

    @classmethod
    def of_change(cls, before: DeliveryOutcome, after: DeliveryOutcome) -> "Progress":
        """One recipient's change from an outcome to another."""
        return cls(**{before: -1}).plus(cls(**{after: 1}))

    def seen_on(self, today: date, display_start: date | None) -> "Progress":
        """The counts as a person reads them: before the display begins no recipient has the message yet."""
        if display_start is None or display_start <= today:
            return self
        return self.model_copy(update={"scheduled": self.scheduled + self.delivered, "delivered": 0})


class Dispatch(Record):
    """One delivery in progress. ``part`` and ``after`` say where to resume; ``relation`` limits « all ».

    A message has one ``mail`` dispatch at most: the e-mails that leave when its display begins. The ``withdraw``
    dispatch of a withdrawn message takes it back from its recipients.

    Parts in order: 0 is the recipients named one by one, 1 to n the members of the lists, n + 1 all recipients. The
    addresses of the parts are stored beside the dispatch, because the dispatch is written again after every chunk.
    """

    sender_siret: str
    reference: str
    number: int
    purpose: Literal["deliver", "redate", "mail", "withdraw"] = "deliver"
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
    #: a mailing starts at this time, or again if its worker died
    due_at: datetime | None = None
    #: how often a mailing was started from the beginning
    run: int = 0

    @property
    def key(self) -> str:
        """The dispatch's key within its message. Deliveries and changes of dates are numbered separately."""
        return f"{self.purpose}#{self.number:06d}"

    @property
    def of_message(self) -> tuple[str, str]:
        """The sender's SIRET and the message's reference."""
        return self.sender_siret, self.reference

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
            done = self.part >= self.last_part or self.purpose != "deliver"
            update |= {"part": self.part + 1, "done": done, "due_at": None if done else self.due_at}
        return self.model_copy(update=update)

    @property
    def chunk(self) -> str:
        """The name of the chunk of a mailing that is worked on; a repeated chunk has the same name."""
        return f"{self.key}#{self.run}#{self.after or ''}"

    def postponed(self, due_at: datetime) -> Self:
        """The mailing, due at that time."""
        return self.model_copy(update={"version": self.version + 1, "due_at": due_at})

    def from_the_beginning(self, due_at: datetime) -> Self:
        """The mailing, to be done once more from its first recipient; who got the e-mail is skipped."""
        again = {"done": False, "part": 0, "after": None, "run": self.run + 1}
        return self.postponed(due_at).model_copy(update=again)


def delivery_keys(message: Message) -> list[str]:
    """The keys of the message's deliveries: the sending, and each addition of recipients."""
    return [f"deliver#{number:06d}" for number in range(1, message.dispatches + 1)]


class DeliveryTotal(NamedTuple):
    """The counts of all deliveries of a message with their later changes, and whether the deliveries are done."""

    progress: Progress = Progress()
    done: bool = True

    @classmethod
    def of(cls, dispatches: Iterable[Dispatch], changes: Progress) -> Self:
        """The sum of these dispatches and of what changed since then; a mailing that waits is no open delivery."""
        total, done = changes, True
        for each in dispatches:
            total, done = total.plus(each.progress), done and (each.done or each.purpose != "deliver")
        return cls(total, done)


class RecipientDelivery(Record):
    """The result for one recipient; stored with the sender's message."""

    siret: str
    service: str = ""
    name: str = ""
    outcome: DeliveryOutcome
    at: datetime
    #: the outcome that the delivery counted, if it changed since
    claimed: DeliveryOutcome | None = None
    #: the chunk of a mailing that changed the outcome
    by: str = ""

    @property
    def address(self) -> Address:
        return Address(siret=self.siret, service=self.service)

    def changed(self, outcome: DeliveryOutcome, *, at: datetime, name: str = "", by: str = "") -> Self:
        """The result after the recipient's outcome changed."""
        first = self.claimed or self.outcome
        update = {"outcome": outcome, "at": at, "claimed": first, "by": by, "name": name or self.name}
        return self.model_copy(update=update)

    def seen_on(self, today: date, display_start: date | None) -> DeliveryOutcome:
        """The outcome as a person reads it: before the display begins a message is not delivered yet."""
        begun = display_start is None or display_start <= today
        return "scheduled" if self.outcome == "delivered" and not begun else self.outcome


class Awaited(Record):
    """A message that a structure without an account was to receive; kept under the recipient's SIRET.

    The structure's account or address is looked for among these, not among all messages. It also says which e-mail
    the structure got: ``mailed_to`` is a digest of the address, the dates are those that the e-mail named.
    """

    siret: str
    reference: str
    sender_siret: str
    #: the last day of the display when this was written
    display_end: date
    mailed_to: str = ""
    #: that address was refused
    refused: bool = False
    mailed_start: date | None = None
    mailed_end: date | None = None

    def mailed(self, address: str, message: Message) -> Self:
        """The same after an e-mail with the message's present dates."""
        return self.model_copy(
            update={
                "mailed_to": address_digest(address),
                "mailed_start": message.display_start,
                "mailed_end": message.display_end,
                "display_end": message.display_end,
            }
        )

    def names_the_dates_of(self, message: Message) -> bool:
        """Whether the last e-mail named the message's present dates."""
        return (self.mailed_start, self.mailed_end) == (message.display_start, message.display_end)


def awaited(message: Message, recipient_siret: str) -> Awaited:
    """A message for a structure that cannot receive it yet."""
    assert message.display_end is not None
    return Awaited(
        siret=recipient_siret,
        reference=message.reference,
        sender_siret=message.sender_siret,
        display_end=message.display_end,
    )


def address_digest(address: str) -> str:
    """Recognises an address without keeping it."""
    return sha256(address.lower().encode()).hexdigest()[:32]


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
