"""The effects of « Mes messages », as its use cases need them.

``Structures`` and ``MessageReferences`` span the installation; every other store is made *for one structure* (its
SIRET) and reaches no other. Only the delivery uses stores of two structures: the sender's and a recipient's. What a
recipient reads of a message (``Announcements``) is no structure's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from chorus_connector.domain.messages.structure import Address, Counterparty, Relation, Structure

if TYPE_CHECKING:
    from chorus_connector.domain.messages.access import MessageSubscription, PublicBodyMember, StructureRight
    from chorus_connector.domain.messages.announcement import AnnouncedMessage
    from chorus_connector.domain.messages.arrival import ArrivedMessage
    from chorus_connector.domain.messages.delivery import (
        Awaited,
        DeliveryTotal,
        Dispatch,
        Progress,
        Received,
        RecipientDelivery,
    )
    from chorus_connector.domain.messages.distribution import DistributionList
    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.domain.suppliers.supplier import Role
    from chorus_connector.ports.values import ChangePage, DueArrival, FoundCounterparty, TrailLine


class Structures(Protocol):
    """Structures, their members, subscriptions and audit trails.

    A supplier's structure is a part of the supplier, unless it exists on its own (a public body, or a supplier joined
    with one). A change of members or subscriptions is written together with its line in the structure's trail.
    """

    def get(self, siret: str) -> Structure | None:
        """The structure from its own record, its tenant's record or the directory; None if unknown."""

    def get_many(self, sirets: Iterable[str], *, service: str | None = None) -> dict[str, Structure]:
        """The known ones, by SIRET. With ``service``, one with many services may lack all others than that one."""

    def recorded(self, siret: str) -> Structure | None:
        """What was entered here about the structure; None: nothing."""

    def owner(self, siret: str) -> str:
        """The id of the supplier that the structure is a part of; empty when it exists on its own, or not at all."""

    def save(self, structure: Structure, *, owner: str, change: Change | None = None) -> None:
        """Write the next version, with its line in the trail.

        What is empty is not entered here: it comes from the supplier's record or the directory. Raises StaleWrite when
        another version was first, or when ``owner`` is not its owner.
        """

    def rights(self, wanted: Iterable[tuple[str, str]]) -> frozenset[StructureRight]:
        """By structure's SIRET and principal: its roles for the structure and for the supplier with the SIRET."""

    def memberships(self, principals: Iterable[str]) -> Mapping[str, frozenset[Role]]:
        """By SIRET, what these principals (a user and their groups) may do for public bodies of this installation."""

    def members(self, siret: str) -> Sequence[PublicBodyMember]:
        """The members of a structure that exists on its own."""

    def set_member(self, siret: str, member: PublicBodyMember, *, change: Change) -> None:
        """Add a member or change its role. Raises NotFound unless the structure exists on its own."""

    def remove_member(self, siret: str, principal: str, *, change: Change) -> None:
        """Remove a member. Raises NotFound."""

    def subscriptions_of(self, principals: Iterable[str]) -> Sequence[MessageSubscription]:
        """The accepted subscriptions of these principals (a user and their groups), in effect or not."""

    def subscriptions(self, siret: str, principals: Iterable[str]) -> Sequence[MessageSubscription]:
        """Those of these principals to one structure, read consistently, in effect or not."""

    def subscribers(self, siret: str) -> Sequence[MessageSubscription]:
        """A structure's subscriptions, in effect or not."""

    def subscribe(self, subscription: MessageSubscription, *, line: TrailLine) -> None:
        """Write or replace a subscription."""

    def accept(self, invited: MessageSubscription, accepted: MessageSubscription, *, line: TrailLine) -> None:
        """Replace an invitation by the accepted subscription. Raises StaleWrite when it changed meanwhile or ended."""

    def unsubscribe(self, subscription: MessageSubscription, *, line: TrailLine) -> None:
        """Delete a subscription. Raises NotFound."""

    def tenants(self, sirets: Iterable[str]) -> Mapping[str, str]:
        """By SIRET, the id of the supplier that has it now, whether the structure exists on its own or not."""

    def holds_messages(self, siret: str) -> bool:
        """Whether the structure wrote or received a message, or has a distribution list."""

    def changes(self, siret: str, *, limit: int, cursor: str | None) -> ChangePage:
        """The structure's audit trail, newest first. It begins when the structure came to its present owner."""


class MessageReferences(Protocol):
    """The installation's counter of message references."""

    def next(self) -> str:
        """``MSG_`` and nine digits, greater than every earlier reference, never twice the same."""


class Counterparties(Protocol):
    """The structures with which one structure exchanged invoices."""

    def record(self, relation: Relation, counterparty: Counterparty) -> None:
        """Record a counterparty. A later call updates its description and keeps its first date."""

    def known(self, relation: Relation, addresses: Iterable[Address]) -> set[Address]:
        """The given addresses with which an invoice was exchanged."""

    def recorded(self, relation: Relation, addresses: Iterable[Address]) -> Mapping[Address, Counterparty]:
        """Those of the addresses with which an invoice was exchanged, as they are described."""

    def starting_with(
        self, relation: Relation, prefix: str, *, after: str | None = None
    ) -> Iterator[FoundCounterparty]:
        """Structures and services whose SIRET starts with the prefix, in order, after that place."""

    def found_by(
        self, relation: Relation, field: str, word: str, *, after: str | None = None
    ) -> Iterator[FoundCounterparty]:
        """Structures and services with a word of that field that starts with ``word``, in order, after that place.

        The fields are designation, postal_code, town and service. One with several such words comes several times.
        """

    def page(self, relation: Relation, *, after: str | None, limit: int) -> tuple[Sequence[Counterparty], str | None]:
        """Structures (without their services) in a fixed order, and the cursor of the next page; None at the end."""


Parts = Sequence[Sequence[Address]]
"""A dispatch's recipients when it is written: the single ones first, then those of each list."""


class Outbox(Protocol):
    """One structure's own messages and their deliveries."""

    def get(self, reference: str) -> Message:
        """The message as last written. Raises NotFound."""

    def add(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        """Write a new message, with its delivery when it is sent at once.

        Raises AlreadyExists, SupplierDeleting after ``close``, and NotFound when the supplier that the structure is a
        part of has another SIRET by now.
        """

    def save(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        """Write the next version together with its delivery. Raises StaleWrite; with a delivery also as ``add`` does.

        ``parts`` are stored with the dispatch; ``members_of`` returns them.
        """

    def take(self, message: Message, *, sender_siret: str) -> None:
        """Write the next version of a draft that was that sender's, and delete it there.

        Raises StaleWrite, and NotFound as ``add`` does.
        """

    def delete(self, message: Message) -> None:
        """Delete exactly that version of a draft. Raises StaleWrite."""

    def messages(self, *, newest_first: bool, start: str | None, consistent: bool = False) -> Iterator[Message]:
        """Messages in the order of their references, from ``start`` (included).

        ``consistent``: none that was added a moment ago is missing; it costs twice as much.
        """

    def dispatch(self, reference: str, key: str) -> Dispatch:
        """One delivery. Raises NotFound."""

    def dispatches(self, reference: str) -> Sequence[Dispatch]:
        """Every delivery of a message, oldest first."""

    def members_of(self, dispatch: Dispatch, part: int) -> Sequence[Address]:
        """The dispatch's single recipients (part 0), or the members of its list number ``part``, as they were then."""

    def save_dispatch(self, dispatch: Dispatch) -> None:
        """Write the progress. Raises StaleWrite when another worker has continued the dispatch."""

    def claim(
        self, reference: str, deliveries: Sequence[RecipientDelivery], *, source: str
    ) -> Sequence[RecipientDelivery]:
        """Record the result per recipient, once.

        Returns those that no other source has claimed before: as given, or as they are by now when ``source`` had
        claimed them already.
        """

    def emailed(self, reference: str, siret: str) -> bool:
        """Whether an older release recorded that the structure got this message by e-mail."""

    def mailing(self, reference: str) -> Dispatch | None:
        """The message's mailing, done or not."""

    def add_dispatch(self, dispatch: Dispatch) -> None:
        """Write the message's mailing or withdrawal. Raises StaleWrite when it has one, or when the message is gone."""

    def close(self) -> None:
        """From now on no message is added or sent: both raise SupplierDeleting."""

    def every_dispatch(self, reference: str) -> Sequence[Dispatch]:
        """What was requested for a message, of every purpose, read consistently."""

    def deliveries(
        self, reference: str, *, after: str | None, limit: int, consistent: bool = False
    ) -> tuple[Sequence[RecipientDelivery], str | None]:
        """Recipients of a message in a fixed order, and the cursor of the next page; None at the end.

        ``consistent``: none that was claimed a moment ago is missing; it costs twice as much.
        """


class Outcomes(Protocol):
    """The results of one sender's messages that change after the delivery, and who has read them."""

    def of(self, reference: str, addresses: Iterable[Address]) -> Sequence[RecipientDelivery]:
        """The results for the given recipients, in no order; there is none for one that is not a recipient."""

    def of_structure(self, reference: str, siret: str) -> Sequence[RecipientDelivery]:
        """The results for a structure and its services."""

    def change(
        self, reference: str, before: RecipientDelivery, after: RecipientDelivery, *, counted: bool = True
    ) -> bool:
        """Write a changed result, and count it once. False when it is not ``before`` any more.

        ``counted`` False: the caller counts it.
        """

    def note_read(self, reference: str, address: Address) -> None:
        """A person has read the message in that structure. The first time counts; a stranger's changes nothing."""

    def read(self, reference: str, sirets: Iterable[str]) -> frozenset[str]:
        """Those of the structures where a person has read the message."""

    def counts(self, reference: str) -> Progress:
        """What to add to the counts of the deliveries: later changes, and structures that have read the message."""

    def totals(self, messages: Iterable[Message]) -> Mapping[str, DeliveryTotal]:
        """By reference, what became of each of these messages; it costs one read for all of them."""


class AwaitedMessages(Protocol):
    """What structures without an account were to receive: for the delivery, of all structures."""

    def get_many(self, reference: str, sirets: Iterable[str]) -> Mapping[str, Awaited]:
        """By SIRET, what is known of that message."""

    def put(self, messages: Sequence[Awaited]) -> None:
        """Write or replace."""

    def forget(self, siret: str, reference: str) -> None:
        """The structure has the message, or will never get it."""

    def of(self, siret: str, *, after: str, limit: int) -> Sequence[Awaited]:
        """What a structure was to receive, by reference, after that one."""


class DueMailings(Protocol):
    """Mailings of all senders that are due."""

    def due(self, now: datetime, *, limit: int) -> Iterator[tuple[str, str, str]]:
        """The sender's SIRET, the reference and the dispatch's key, longest due first."""


class Inbox(Protocol):
    """Messages that one structure and its services received, with their read marks."""

    def get(self, reference: str, service: str) -> Received:
        """One received message. Raises NotFound."""

    def addressed(self, reference: str) -> Sequence[str]:
        """To which services of the structure the message was addressed, in order; empty: to the whole structure."""

    def received(self, *, newest_first: bool, start: str | None, until: datetime) -> Iterator[Received]:
        """In the order of reception up to ``until``, from ``start`` (a date and a reference, included)."""

    def read_by(self, principal: str, references: Iterable[str]) -> set[str]:
        """The given references that the user has read."""

    def mark(self, principal: str, received: Received, *, read: bool) -> None:
        """Record that the user has read the message, or has not. The sender learns that the structure has read it."""


class Announcements(Protocol):
    """What recipients read of sent messages. It depends on no sender."""

    def of(self, received: Iterable[Received]) -> Mapping[str, AnnouncedMessage]:
        """By reference, those of messages in an inbox of the reader, with the latest display dates."""

    def kept(self, references: Iterable[str]) -> Mapping[str, AnnouncedMessage]:
        """The announcements that exist, by reference: never a sender's own record."""

    def keep(self, announcement: AnnouncedMessage) -> None:
        """Write it. Older display dates than the stored ones change nothing."""


class Inboxes(Protocol):
    """The inboxes of all structures, for the delivery."""

    def put(self, messages: Sequence[Received], announcement: AnnouncedMessage) -> None:
        """Write each copy of one message to its recipient's inbox, after what they announce. Idempotent."""

    def redate(self, messages: Sequence[Received], announcement: AnnouncedMessage) -> None:
        """Update the display dates of delivered copies. Older dates and absent copies change nothing."""

    def take_back(self, messages: Sequence[Received]) -> None:
        """Delete these copies of a message whose display has not begun. Absent ones change nothing."""

    def forget(self, reference: str) -> None:
        """Delete what a message announced that no recipient received."""


class Arrivals(Protocol):
    """Messages that arrive at suppliers' structures."""

    def note(self, arrived: ArrivedMessage, *, now: datetime) -> None:
        """Write the arrival, or its new date. One that has begun is never written again."""

    def forget(self, siret: str, reference: str) -> None:
        """Delete an arrival that waits. One that has begun stays."""

    def due(self, now: datetime, *, limit: int) -> Sequence[DueArrival]:
        """Those that wait and whose moment has come."""

    def begin(self, due: DueArrival) -> bool:
        """Let the arrival begin. False when its dates have changed, or it has begun already."""


class Lists(Protocol):
    """One structure's distribution lists."""

    def get(self, list_id: str) -> DistributionList:
        """Raises NotFound."""

    def get_many(self, list_ids: Iterable[str]) -> Mapping[str, DistributionList]:
        """The existing ones, by id."""

    def add(self, distribution_list: DistributionList) -> None:
        """Write a new list. Raises as ``Outbox.add``."""

    def save(self, distribution_list: DistributionList) -> None:
        """Write the next version. Raises StaleWrite."""

    def delete(self, list_id: str, version: int) -> None:
        """Raises StaleWrite unless that version exists."""

    def all(self) -> Sequence[DistributionList]:
        """All lists of the structure."""


class RenewalQueue(Protocol):
    """The queue of structures whose names changed."""

    def renew(self, siret: str, place: str = "") -> None:
        """Queue the renewal of the copies of the structure's names, from that place on."""


class DeliveryQueue(Protocol):
    """The queue of deliveries."""

    def send(self, sender_siret: str, reference: str, key: str, *, later: timedelta = timedelta(0)) -> None:
        """Queue the next step of one delivery, after a delay of at most fifteen minutes."""

    def send_structure(self, siret: str, *, after: str = "", later: timedelta = timedelta(0)) -> None:
        """Queue the delivery of what that structure was to receive, after that reference; ``later`` as in ``send``."""
