"""The effects of « Mes messages », as its use cases need them.

``Structures`` and ``References`` span the installation; every other store is made *for one structure* (its SIRET)
and reaches no other. Delivery is the one use case that is given stores of two: the sender's and a recipient's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from chorus_connector.domain.messages.structure import Address, Counterparty, Relation, Structure

if TYPE_CHECKING:
    from chorus_connector.domain.messages.access import MessageSubscription
    from chorus_connector.domain.messages.delivery import Dispatch, MessageDelivery, Received
    from chorus_connector.domain.messages.distribution import DistributionList
    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.suppliers.supplier import Role


class Structures(Protocol):
    """Who is known, who belongs to whom, who is subscribed to what."""

    def get(self, siret: str) -> Structure | None:
        """The structure, from what was recorded here, the tenant's record or the directory; None if unknown."""

    def get_many(self, sirets: Iterable[str]) -> dict[str, Structure]:
        """Those of them that are known."""

    def save(self, structure: Structure) -> None:
        """Write the next version. Raises StaleWrite; AlreadyExists for a first version that is not the first."""

    def roles(self, siret: str, principals: Iterable[str]) -> frozenset[Role]:
        """What these principals (a user and their groups) may do for that structure; the tenant's, for a supplier."""

    def add_member(self, siret: str, principal: str, role: Role) -> None:
        """Make or change a membership."""

    def subscriptions_of(self, principal: str) -> Sequence[MessageSubscription]:
        """Everything a user is subscribed to."""

    def subscription(self, principal: str, siret: str) -> MessageSubscription | None: ...

    def subscribers(self, siret: str) -> Sequence[MessageSubscription]:
        """Everybody subscribed to a structure."""

    def subscribe(self, subscription: MessageSubscription) -> None:
        """Write or replace a subscription."""

    def unsubscribe(self, principal: str, siret: str) -> None:
        """Take a subscription away; does nothing when there is none."""


class References(Protocol):
    """The installation's counter of messages."""

    def next(self) -> str:
        """``MSG_`` and nine digits, greater than every one before, never given twice."""


class Counterparties(Protocol):
    """The structures with which one structure exchanged invoices."""

    def record(self, relation: Relation, counterparty: Counterparty) -> None:
        """Note it once; a later call only refreshes its description. The first date stays."""

    def known(self, relation: Relation, addresses: Iterable[Address]) -> set[Address]:
        """Those of the addresses with which an invoice was exchanged."""

    def starting_with(self, relation: Relation, prefix: str, *, limit: int) -> Sequence[Counterparty]:
        """By the first digits of the SIRET, structures and their services, in order."""

    def found_by(self, relation: Relation, field: str, word: str) -> Iterator[Counterparty]:
        """Structures with a word of that field (designation, postal_code, town) starting so, in order."""

    def page(self, relation: Relation, *, after: str | None, limit: int) -> tuple[Sequence[Counterparty], str | None]:
        """Structures (without their services) in a fixed order, and where to go on; None at the end."""


Parts = Sequence[Sequence[Address]]
"""A dispatch's recipients as they are when it is written: those one by one, then each list's."""


class Outbox(Protocol):
    """One structure's own messages and their deliveries."""

    def get(self, reference: str) -> Message:
        """The message as last written. Raises NotFound."""

    def add(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        """Write a new message, with its delivery when it is sent at once. Raises AlreadyExists."""

    def save(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        """Write the next version, together with what is to be delivered. Raises StaleWrite.

        ``parts`` are kept with the dispatch, for ``members_of``.
        """

    def delete(self, message: Message) -> None:
        """Remove a draft, if it is still that version. Raises StaleWrite."""

    def messages(self, *, newest_first: bool, start: str | None) -> Iterator[Message]:
        """Messages by reference, from that reference on (included)."""

    def dispatch(self, reference: str, key: str) -> Dispatch:
        """One delivery. Raises NotFound."""

    def dispatches(self, reference: str) -> Sequence[Dispatch]:
        """Every delivery of a message, oldest first."""

    def members_of(self, dispatch: Dispatch, part: int) -> Sequence[Address]:
        """The dispatch's recipients one by one (part 0), or those of its list number ``part``, as then written."""

    def save_dispatch(self, dispatch: Dispatch) -> None:
        """Write the progress. Raises StaleWrite when another worker went on."""

    def claim(self, reference: str, deliveries: Sequence[MessageDelivery], *, source: str) -> Sequence[MessageDelivery]:
        """Note what becomes of each recipient; gives those that this source may deliver to (none did before it)."""

    def emailed(self, reference: str, siret: str) -> bool:
        """Whether that structure was sent this message by e-mail."""

    def note_emailed(self, reference: str, siret: str) -> None:
        """Remember that it was."""

    def deliveries(
        self, reference: str, *, after: str | None, limit: int
    ) -> tuple[Sequence[MessageDelivery], str | None]:
        """Recipients of a message in a fixed order, and where to go on; None at the end."""


class Inbox(Protocol):
    """What one structure and its services received, and who has read what."""

    def get(self, reference: str, service: str) -> Received:
        """One received message. Raises NotFound."""

    def received(self, *, newest_first: bool, start: str | None, until: datetime) -> Iterator[Received]:
        """By date of reception up to ``until``, from the place ``start`` (a date and reference, included) on."""

    def read_by(self, principal: str, references: Iterable[str]) -> set[str]:
        """Those of the references the user has read."""

    def mark(self, principal: str, reference: str, *, read: bool) -> None: ...


class Inboxes(Protocol):
    """Every structure's inbox, to deliver into."""

    def put(self, messages: Sequence[Received]) -> None:
        """Put each into its recipient's inbox; putting the same again changes nothing."""

    def redate(self, messages: Sequence[Received]) -> None:
        """Carry newer display dates to copies that lie there; older ones and absent copies are left alone."""


class Lists(Protocol):
    """One structure's distribution lists."""

    def get(self, list_id: str) -> DistributionList:
        """Raises NotFound."""

    def get_many(self, list_ids: Iterable[str]) -> Mapping[str, DistributionList]:
        """Those of them that exist."""

    def add(self, distribution_list: DistributionList) -> None: ...

    def save(self, distribution_list: DistributionList) -> None:
        """Write the next version. Raises StaleWrite."""

    def delete(self, list_id: str, version: int) -> None:
        """Raises StaleWrite when it is another version, or gone."""

    def all(self) -> Sequence[DistributionList]:
        """Every list of the structure."""


class DeliveryQueue(Protocol):
    """Where deliveries wait for a worker."""

    def send(self, sender_siret: str, reference: str, key: str, *, later: timedelta = timedelta(0)) -> None:
        """Ask for one delivery to be gone on with, a quarter of an hour later at most."""
