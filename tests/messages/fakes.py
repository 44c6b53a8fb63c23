"""The stores of « Mes messages » in memory; each passes the same contract as the table (test_messages_contract.py)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite, SupplierDeleting
from chorus_connector.domain.messages.access import MessageSubscription, PublicBodyMember, StructureRight
from chorus_connector.domain.messages.announcement import AnnouncedMessage, announcement_of
from chorus_connector.domain.messages.arrival import ArrivedMessage
from chorus_connector.domain.messages.delivery import (
    MAILING,
    Awaited,
    DeliveryTotal,
    Dispatch,
    Progress,
    Received,
    RecipientDelivery,
    delivery_keys,
)
from chorus_connector.domain.messages.display import sortable_utc
from chorus_connector.domain.messages.distribution import DistributionList
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address, Counterparty, Relation, Structure
from chorus_connector.domain.notifications.digest import Email
from chorus_connector.domain.suppliers.access import Member
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.ports.messages import Parts
from chorus_connector.ports.notification_values import EmailRefused
from chorus_connector.ports.values import ChangePage, DueArrival, FoundCounterparty, Joining, TrailLine


@dataclass
class FakeMessageTable:
    """What all structures share: the fake of the single table."""

    structures: dict[str, Structure] = field(default_factory=dict)
    roles: dict[tuple[str, str], Role] = field(default_factory=dict)
    #: the supplier that has a SIRET, the one that a recorded structure is a part of, and its members
    tenants: dict[str, str] = field(default_factory=dict)
    part_of: dict[str, str] = field(default_factory=dict)
    members_of: Callable[[str], Iterable[Member]] = lambda _: ()
    #: by SIRET and owner, the oldest line first
    trails: dict[tuple[str, str], list[Change]] = field(default_factory=dict)
    subscriptions: dict[tuple[str, str], MessageSubscription] = field(default_factory=dict)
    counterparties: dict[tuple[str, Relation, Address], Counterparty] = field(default_factory=dict)
    messages: dict[tuple[str, str], Message] = field(default_factory=dict)
    dispatches: dict[tuple[str, str, str], Dispatch] = field(default_factory=dict)
    parts: dict[tuple[str, str, str, int], tuple[Address, ...]] = field(default_factory=dict)
    deliveries: dict[tuple[str, str, Address], tuple[RecipientDelivery, str]] = field(default_factory=dict)
    emailed: set[tuple[str, str, str]] = field(default_factory=set)
    counts: dict[tuple[str, str], Progress] = field(default_factory=dict)
    opened: set[tuple[str, str, str]] = field(default_factory=set)
    awaited: dict[tuple[str, str], Awaited] = field(default_factory=dict)
    received: dict[tuple[str, str, str], Received] = field(default_factory=dict)
    announcements: dict[str, AnnouncedMessage] = field(default_factory=dict)
    read: set[tuple[str, str, str]] = field(default_factory=set)
    lists: dict[tuple[str, str], DistributionList] = field(default_factory=dict)
    last_reference: int = 0
    #: called with the name of each delivery step before and after it happens; may raise Crash
    on_write: Callable[[str], None] = lambda _: None

    #: SIRETs of suppliers whose deletion settles their messages
    leaving: set[str] = field(default_factory=set)

    def check_sending(self, siret: str, tenant: str) -> None:
        """The condition on which a message is written or sent."""
        self.check_tenant(siret, tenant)
        if tenant and siret in self.leaving:
            raise SupplierDeleting

    def check_tenant(self, siret: str, tenant: str) -> None:
        """The condition on which a message or list is added: the supplier still has the SIRET."""
        if tenant and self.tenants.get(siret) != tenant:
            raise NotFound


class FakeStructures:
    """``ports.Structures``."""

    def __init__(self, table: FakeMessageTable) -> None:
        self._table = table

    def get(self, siret: str) -> Structure | None:
        return self._table.structures.get(siret)

    def get_many(self, sirets: Iterable[str], *, service: str | None = None) -> dict[str, Structure]:
        return {siret: self._table.structures[siret] for siret in sirets if siret in self._table.structures}

    def recorded(self, siret: str) -> Structure | None:
        found = self._table.structures.get(siret)
        return found if found and found.version else None

    def owner(self, siret: str) -> str:
        return self._table.part_of.get(siret, "") if self.recorded(siret) else self._table.tenants.get(siret, "")

    def save(self, structure: Structure, *, owner: str, change: Change | None = None) -> None:
        siret = structure.siret
        before = self._table.structures.get(siret)
        if structure.version == 1 and ((before and before.version) or (not owner and siret in self._table.tenants)):
            raise AlreadyExists("", "")
        if structure.version != 1 and (before is None or before.version != structure.version - 1):
            raise StaleWrite
        if owner and self._table.tenants.get(siret) != owner:
            raise StaleWrite
        self._record(structure)
        if owner:
            self._table.part_of[siret] = owner
        if change is not None:
            self._write(siret, owner, change)

    def _record(self, structure: Structure) -> None:
        before = self._table.structures.get(structure.siret)
        account = before is not None and before.has_account
        name = structure.name or (before.name if before else "")
        self._table.structures[structure.siret] = structure.model_copy(update={"has_account": account, "name": name})

    def no_structure(self, siret: str) -> bool:
        """The condition on which a supplier gets a SIRET."""
        return self.recorded(siret) is None

    def join(self, joining: Joining) -> None:
        """A supplier and a structure are one: the structure exists on its own."""
        siret = joining.structure.siret
        self._record(joining.structure)
        self._table.part_of.pop(siret, None)
        self._write(siret, "", joining.change)

    def released(self, siret: str, change: Change) -> None:
        """A supplier gave up the SIRET."""
        if self.owner(siret):
            self._table.structures.pop(siret, None)
            self._table.part_of.pop(siret, None)
        elif self.recorded(siret):
            self._write(siret, "", change)

    def rights(self, wanted: Iterable[tuple[str, str]]) -> frozenset[StructureRight]:
        found = set()
        for siret, principal in wanted:
            tenant = self._table.tenants.get(siret, "")
            if role := self._table.roles.get((siret, principal)):
                found.add(StructureRight(siret, principal, "", role))
            members = (each for each in self._table.members_of(tenant) if each.principal == principal)
            found |= {
                StructureRight(siret, principal, tenant, role, each.through.get(role, ""))
                for each in members
                for role in each.roles
            }
        return frozenset(found)

    def memberships(self, principals: Iterable[str]) -> Mapping[str, frozenset[Role]]:
        asked = set(principals)
        found: dict[str, frozenset[Role]] = {}
        for (siret, who), role in self._table.roles.items():
            if who in asked:
                found[siret] = found.get(siret, frozenset()) | {role}
        return found

    def members(self, siret: str) -> Sequence[PublicBodyMember]:
        roles = sorted(self._table.roles.items())
        return [PublicBodyMember(principal=who, role=role) for (where, who), role in roles if where == siret]

    def set_member(self, siret: str, member: PublicBodyMember, *, change: Change) -> None:
        if not self.recorded(siret) or siret in self._table.part_of:
            raise NotFound
        self._table.roles[siret, member.principal] = member.role
        self._account(siret, has_account=True)
        self._write(siret, "", change)

    def remove_member(self, siret: str, principal: str, *, change: Change) -> None:
        if (siret, principal) not in self._table.roles:
            raise NotFound
        del self._table.roles[siret, principal]
        self._end_account(siret)
        self._write(siret, "", change)

    def _account(self, siret: str, *, has_account: bool) -> None:
        if self.recorded(siret) and siret not in self._table.part_of:
            known = self._table.structures[siret]
            self._table.structures[siret] = known.model_copy(update={"has_account": has_account})

    def _end_account(self, siret: str) -> None:
        """No person is left who reads the messages, or lets others read them."""
        read = any(each.accepted and not each.supplier_id for each in self.subscribers(siret))
        if not (read or self.members(siret)):
            self._account(siret, has_account=False)

    def subscriptions_of(self, principals: Iterable[str]) -> Sequence[MessageSubscription]:
        asked = set(principals)
        found = [each for (who, _), each in sorted(self._table.subscriptions.items()) if who in asked]
        return [each for each in found if each.accepted]

    def subscriptions(self, siret: str, principals: Iterable[str]) -> Sequence[MessageSubscription]:
        wanted = ((who, siret) for who in sorted(set(principals)))
        return [self._table.subscriptions[each] for each in wanted if each in self._table.subscriptions]

    def subscribers(self, siret: str) -> Sequence[MessageSubscription]:
        return [each for (_, where), each in sorted(self._table.subscriptions.items()) if where == siret]

    def subscribe(self, subscription: MessageSubscription, *, line: TrailLine) -> None:
        self._table.subscriptions[subscription.principal, subscription.siret] = subscription
        if subscription.accepted and not subscription.supplier_id:
            self._account(subscription.siret, has_account=True)
        self._write(subscription.siret, *line)

    def accept(self, invited: MessageSubscription, accepted: MessageSubscription, *, line: TrailLine) -> None:
        if self._table.subscriptions.get((invited.principal, invited.siret)) != invited:
            raise StaleWrite
        self.subscribe(accepted, line=line)

    def unsubscribe(self, subscription: MessageSubscription, *, line: TrailLine) -> None:
        if self._table.subscriptions.pop((subscription.principal, subscription.siret), None) is None:
            raise NotFound
        self._end_account(subscription.siret)
        self._write(subscription.siret, *line)

    def tenants(self, sirets: Iterable[str]) -> Mapping[str, str]:
        return {siret: self._table.tenants[siret] for siret in sirets if siret in self._table.tenants}

    def holds_messages(self, siret: str) -> bool:
        held = (*self._table.messages, *self._table.received, *self._table.lists)
        return any(where == siret for where, *_ in held)

    def changes(self, siret: str, *, limit: int, cursor: str | None) -> ChangePage:
        lines = self._table.trails.get((siret, self.owner(siret)), [])[::-1]
        start = int(cursor or 0)
        following = str(start + limit) if len(lines) > start + limit else None
        return ChangePage(tuple(lines[start : start + limit]), following)

    def _write(self, siret: str, owner: str, change: Change) -> None:
        self._table.trails.setdefault((siret, owner), []).append(change)


class FakeReferences:
    """``ports.MessageReferences``."""

    def __init__(self, table: FakeMessageTable) -> None:
        self._table = table

    def next(self) -> str:
        self._table.last_reference += 1
        return f"MSG_{self._table.last_reference:09d}"


class FakeCounterparties:
    """``ports.Counterparties``."""

    def __init__(self, table: FakeMessageTable, siret: str) -> None:
        self._table = table
        self._siret = siret

    def record(self, relation: Relation, counterparty: Counterparty) -> None:
        key = (self._siret, relation, counterparty.address)
        before = self._table.counterparties.get(key)
        first_at = before.first_at if before else counterparty.first_at
        self._table.counterparties[key] = counterparty.model_copy(update={"first_at": first_at, "found_as": 1})

    def known(self, relation: Relation, addresses: Iterable[Address]) -> set[Address]:
        return set(self.recorded(relation, addresses))

    def recorded(self, relation: Relation, addresses: Iterable[Address]) -> Mapping[Address, Counterparty]:
        places = {each: (self._siret, relation, each) for each in addresses}
        known = self._table.counterparties
        return {each: known[place] for each, place in places.items() if place in known}

    def starting_with(
        self, relation: Relation, prefix: str, *, after: str | None = None
    ) -> Iterator[FoundCounterparty]:
        found = (
            FoundCounterparty(f"{each.siret}#{each.service}", each.siret, each)
            for each in self._of(relation)
            if each.siret.startswith(prefix)
        )
        return (each for each in found if after is None or each.place > after)

    def found_by(
        self, relation: Relation, field: str, word: str, *, after: str | None = None
    ) -> Iterator[FoundCounterparty]:
        found = (
            FoundCounterparty(f"{its_word}#{each.siret}#{each.service}", its_word, each)
            for each in self._of(relation)
            for its_field, its_word in each.found_by()
            if its_field == field and its_word.startswith(word)
        )
        return iter(
            sorted((each for each in found if after is None or each.place > after), key=lambda each: each.place)
        )

    def page(self, relation: Relation, *, after: str | None, limit: int) -> tuple[Sequence[Counterparty], str | None]:
        structures = [each for each in self._of(relation) if not each.service and each.siret > (after or "")]
        found = structures[:limit]
        return found, found[-1].siret if len(found) == limit else None

    def _of(self, relation: Relation) -> list[Counterparty]:
        ours = [
            c for (siret, its, _), c in self._table.counterparties.items() if (siret, its) == (self._siret, relation)
        ]
        return sorted(ours, key=lambda each: (each.siret, each.service))


class FakeOutbox:
    """``ports.Outbox``."""

    def __init__(self, table: FakeMessageTable, siret: str, tenant: str = "") -> None:
        self._table = table
        self._siret = siret
        self._tenant = tenant

    def get(self, reference: str) -> Message:
        try:
            return self._table.messages[self._siret, reference]
        except KeyError:
            raise NotFound from None

    def add(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        if (self._siret, message.reference) in self._table.messages:
            raise AlreadyExists("", "")
        self._table.check_sending(self._siret, self._tenant)
        self._put(message, dispatch, parts)

    def close(self) -> None:
        if self._table.tenants.get(self._siret) != self._tenant:
            raise StaleWrite
        self._table.leaving.add(self._siret)

    def save(self, message: Message, dispatch: Dispatch | None = None, parts: Parts = ()) -> None:
        before = self._table.messages.get((self._siret, message.reference))
        if before is None or before.version != message.version - 1:
            raise StaleWrite
        if dispatch is not None:
            self._table.check_sending(self._siret, self._tenant)
        self._put(message, dispatch, parts)

    def _put(self, message: Message, dispatch: Dispatch | None, parts: Parts) -> None:
        self._table.messages[self._siret, message.reference] = message
        if dispatch is not None:
            self._table.dispatches[self._siret, message.reference, dispatch.key] = dispatch
            for part, members in enumerate(parts):
                self._table.parts[self._siret, message.reference, dispatch.key, part] = tuple(members)

    def take(self, message: Message, *, sender_siret: str) -> None:
        there = (sender_siret, message.reference)
        if there not in self._table.messages or self._table.messages[there].version != message.version - 1:
            raise StaleWrite
        self._table.check_sending(self._siret, self._tenant)
        del self._table.messages[there]
        self._table.messages[self._siret, message.reference] = message

    def delete(self, message: Message) -> None:
        if self._table.messages.get((self._siret, message.reference)) != message:
            raise StaleWrite
        del self._table.messages[self._siret, message.reference]

    def messages(self, *, newest_first: bool, start: str | None, consistent: bool = False) -> Iterator[Message]:
        ours = [each for (siret, _), each in self._table.messages.items() if siret == self._siret]
        ours.sort(key=lambda each: each.reference, reverse=newest_first)
        if start is not None:
            ours = [each for each in ours if (each.reference <= start if newest_first else each.reference >= start)]
        return iter(ours)

    def dispatch(self, reference: str, key: str) -> Dispatch:
        try:
            return self._table.dispatches[self._siret, reference, key]
        except KeyError:
            raise NotFound from None

    def dispatches(self, reference: str) -> Sequence[Dispatch]:
        ours = [
            each for (siret, its, _), each in self._table.dispatches.items() if (siret, its) == (self._siret, reference)
        ]
        return sorted((each for each in ours if each.purpose == "deliver"), key=lambda each: each.number)

    def every_dispatch(self, reference: str) -> Sequence[Dispatch]:
        mine = [(key, each) for key, each in self._table.dispatches.items() if key[:2] == (self._siret, reference)]
        return [each for _, each in sorted(mine, key=lambda entry: entry[0])]

    def members_of(self, dispatch: Dispatch, part: int) -> Sequence[Address]:
        return self._table.parts.get((self._siret, dispatch.reference, dispatch.key, part), ())

    def save_dispatch(self, dispatch: Dispatch) -> None:
        self._table.on_write("before progress")
        if self.dispatch(dispatch.reference, dispatch.key).version != dispatch.version - 1:
            raise StaleWrite
        self._table.dispatches[self._siret, dispatch.reference, dispatch.key] = dispatch
        self._table.on_write("after progress")

    def claim(
        self, reference: str, deliveries: Sequence[RecipientDelivery], *, source: str
    ) -> Sequence[RecipientDelivery]:
        claimed: list[RecipientDelivery] = []
        for delivery in deliveries:
            self._table.on_write("before claim")
            key = (self._siret, reference, delivery.address)
            stored, holder = self._table.deliveries.setdefault(key, (delivery, source))
            if holder == source:
                claimed.append(stored)
            self._table.on_write("after claim")
        return claimed

    def emailed(self, reference: str, siret: str) -> bool:
        return (self._siret, reference, siret) in self._table.emailed

    def mailing(self, reference: str) -> Dispatch | None:
        return self._table.dispatches.get((self._siret, reference, MAILING))

    def add_dispatch(self, dispatch: Dispatch) -> None:
        known = (self._siret, dispatch.reference, dispatch.key) in self._table.dispatches
        if known or (self._siret, dispatch.reference) not in self._table.messages:
            raise StaleWrite
        self._table.dispatches[self._siret, dispatch.reference, dispatch.key] = dispatch

    def deliveries(
        self, reference: str, *, after: str | None, limit: int, consistent: bool = False
    ) -> tuple[Sequence[RecipientDelivery], str | None]:
        ours = sorted(
            (
                each
                for (siret, its, _), (each, _source) in self._table.deliveries.items()
                if (siret, its) == (self._siret, reference)
            ),
            key=lambda each: (each.siret, each.service),
        )
        found = [each for each in ours if after is None or f"{each.siret}#{each.service}" > after][:limit]
        return found, f"{found[-1].siret}#{found[-1].service}" if len(found) == limit else None


class FakeOutcomes:
    """``ports.Outcomes``."""

    def __init__(self, table: FakeMessageTable, siret: str) -> None:
        self._table = table
        self._siret = siret

    def of(self, reference: str, addresses: Iterable[Address]) -> Sequence[RecipientDelivery]:
        wanted = [(self._siret, reference, each) for each in addresses]
        return [self._table.deliveries[each][0] for each in wanted if each in self._table.deliveries]

    def of_structure(self, reference: str, siret: str) -> Sequence[RecipientDelivery]:
        mine = [each for key, (each, _) in self._table.deliveries.items() if key[:2] == (self._siret, reference)]
        return [each for each in mine if each.siret == siret]

    def change(
        self, reference: str, before: RecipientDelivery, after: RecipientDelivery, *, counted: bool = True
    ) -> bool:
        self._table.on_write("before change")
        key = (self._siret, reference, before.address)
        stored = self._table.deliveries.get(key)
        if stored is None or stored[0] != before:
            return False
        self._table.deliveries[key] = (after, stored[1])
        if counted:
            self._count(reference, Progress.of_change(before.outcome, after.outcome))
        self._table.on_write("after change")
        return True

    def note_read(self, reference: str, address: Address) -> None:
        known = (self._siret, reference, address) in self._table.deliveries
        if known and (self._siret, reference, address.siret) not in self._table.opened:
            self._table.opened.add((self._siret, reference, address.siret))
            self._count(reference, Progress(read=1))

    def read(self, reference: str, sirets: Iterable[str]) -> frozenset[str]:
        return frozenset(each for each in sirets if (self._siret, reference, each) in self._table.opened)

    def counts(self, reference: str) -> Progress:
        mailing = self._table.dispatches.get((self._siret, reference, MAILING))
        counted = self._table.counts.get((self._siret, reference), Progress())
        return counted.plus(mailing.progress) if mailing else counted

    def totals(self, messages: Iterable[Message]) -> Mapping[str, DeliveryTotal]:
        return {
            each.reference: DeliveryTotal.of(self._deliveries(each), self.counts(each.reference)) for each in messages
        }

    def _deliveries(self, message: Message) -> Iterator[Dispatch]:
        known = (self._table.dispatches.get((self._siret, message.reference, key)) for key in delivery_keys(message))
        return (each for each in known if each is not None)

    def _count(self, reference: str, progress: Progress) -> None:
        before = self._table.counts.get((self._siret, reference), Progress())
        self._table.counts[self._siret, reference] = before.plus(progress)


class FakeAwaited:
    """``ports.AwaitedMessages``."""

    def __init__(self, table: FakeMessageTable) -> None:
        self._table = table

    def get_many(self, reference: str, sirets: Iterable[str]) -> Mapping[str, Awaited]:
        found = ((siret, self._table.awaited.get((siret, reference))) for siret in sirets)
        return {siret: each for siret, each in found if each is not None}

    def put(self, messages: Sequence[Awaited]) -> None:
        for each in messages:
            self._table.awaited[each.siret, each.reference] = each

    def forget(self, siret: str, reference: str) -> None:
        self._table.awaited.pop((siret, reference), None)

    def of(self, siret: str, *, after: str, limit: int) -> Sequence[Awaited]:
        mine = sorted(each.reference for each in self._table.awaited.values() if each.siret == siret)
        return [self._table.awaited[siret, each] for each in mine if each > after][:limit]


class FakeDueMailings:
    """``ports.DueMailings``."""

    def __init__(self, table: FakeMessageTable) -> None:
        self._table = table

    def due(self, now: datetime, *, limit: int) -> Iterator[tuple[str, str, str]]:
        due = [(each.due_at, each) for each in self._table.dispatches.values() if each.due_at and each.due_at <= now]
        due.sort(key=lambda entry: (entry[0], entry[1].reference))
        return iter([(*each.of_message, each.key) for _, each in due[:limit]])


class FakeInbox:
    """``ports.Inbox``."""

    def __init__(self, table: FakeMessageTable, siret: str) -> None:
        self._table = table
        self._siret = siret

    def get(self, reference: str, service: str) -> Received:
        try:
            return self._table.received[self._siret, reference, service]
        except KeyError:
            raise NotFound from None

    def addressed(self, reference: str) -> Sequence[str]:
        return sorted(
            service for siret, its, service in self._table.received if (siret, its) == (self._siret, reference)
        )

    def received(self, *, newest_first: bool, start: str | None, until: datetime) -> Iterator[Received]:
        ours = [each for (siret, _, _), each in self._table.received.items() if siret == self._siret]
        ours = [each for each in ours if sortable_utc(each.received_at) <= sortable_utc(until)]
        ours.sort(key=lambda each: each.order, reverse=newest_first)
        if start is not None:
            place = {id(each): "#".join(each.order[:2]) for each in ours}
            ours = [e for e in ours if (place[id(e)] <= start if newest_first else place[id(e)] >= start)]
        return iter(ours)

    def read_by(self, principal: str, references: Iterable[str]) -> set[str]:
        return {each for each in references if (self._siret, principal, each) in self._table.read}

    def mark(self, principal: str, received: Received, *, read: bool) -> None:
        if read:
            self._table.read.add((self._siret, principal, received.reference))
        else:
            self._table.read.discard((self._siret, principal, received.reference))


class FakeAnnouncements:
    """``ports.Announcements``."""

    def __init__(self, table: FakeMessageTable) -> None:
        self._table = table

    def of(self, received: Iterable[Received]) -> Mapping[str, AnnouncedMessage]:
        return {each.reference: found for each in received if (found := self._latest(each)) is not None}

    def kept(self, references: Iterable[str]) -> Mapping[str, AnnouncedMessage]:
        return {each: self._table.announcements[each] for each in references if each in self._table.announcements}

    def _latest(self, received: Received) -> AnnouncedMessage | None:
        kept = self._table.announcements.get(received.reference)
        message = self._table.messages.get((received.sender_siret, received.reference))
        if message is None or message.state != "sent":
            return kept
        return max(filter(None, (kept, announcement_of(message))), key=lambda each: each.display_version)

    def keep(self, announcement: AnnouncedMessage) -> None:
        before = self._table.announcements.get(announcement.reference)
        if before is None or before.display_version < announcement.display_version:
            self._table.announcements[announcement.reference] = announcement


class FakeInboxes:
    """``ports.Inboxes``."""

    def __init__(self, table: FakeMessageTable) -> None:
        self._table = table

    def put(self, messages: Sequence[Received], announcement: AnnouncedMessage) -> None:
        if messages:
            FakeAnnouncements(self._table).keep(announcement)
        for each in messages:
            self._table.on_write("before put")
            self._table.received[each.siret, each.reference, each.service] = each
            self._table.on_write("after put")

    def redate(self, messages: Sequence[Received], announcement: AnnouncedMessage) -> None:
        if messages:
            FakeAnnouncements(self._table).keep(announcement)
        for each in messages:
            before = self._table.received.get((each.siret, each.reference, each.service))
            if before is not None and before.display_version < each.display_version:
                self._table.on_write("before redate")
                self._table.received[each.siret, each.reference, each.service] = each

    def take_back(self, messages: Sequence[Received]) -> None:
        for each in messages:
            self._table.on_write("before take back")
            self._table.received.pop((each.siret, each.reference, each.service), None)

    def forget(self, reference: str) -> None:
        self._table.announcements.pop(reference, None)


class FakeArrivals:
    """``ports.Arrivals``."""

    def __init__(self) -> None:
        #: by SIRET and reference: the arrival, and when it is due; None: it has begun
        self.noted: dict[tuple[str, str], tuple[ArrivedMessage, datetime | None]] = {}

    @property
    def begun(self) -> list[ArrivedMessage]:
        return [arrived for arrived, due_at in self.noted.values() if due_at is None]

    def note(self, arrived: ArrivedMessage, *, now: datetime) -> None:
        key = (arrived.siret, arrived.reference)
        if key not in self.noted or self.noted[key][1] is not None:
            self.noted[key] = (arrived, arrived.at if arrived.at > now else None)

    def forget(self, siret: str, reference: str) -> None:
        if self.noted.get((siret, reference), (None, None))[1] is not None:
            del self.noted[siret, reference]

    def due(self, now: datetime, *, limit: int) -> Sequence[DueArrival]:
        due = sorted((at, *key) for key, (_, at) in self.noted.items() if at is not None and at <= now)
        return [DueArrival(siret, reference, at.isoformat()) for at, siret, reference in due[:limit]]

    def begin(self, due: DueArrival) -> bool:
        arrived, due_at = self.noted[due.siret, due.reference]
        if due_at is None or due_at.isoformat() != due.place:
            return False
        self.noted[due.siret, due.reference] = (arrived, None)
        return True


class FakeLists:
    """``ports.Lists``."""

    def __init__(self, table: FakeMessageTable, siret: str, tenant: str = "") -> None:
        self._table = table
        self._siret = siret
        self._tenant = tenant

    def get(self, list_id: str) -> DistributionList:
        try:
            return self._table.lists[self._siret, list_id]
        except KeyError:
            raise NotFound from None

    def get_many(self, list_ids: Iterable[str]) -> Mapping[str, DistributionList]:
        return {
            each: self._table.lists[self._siret, each] for each in list_ids if (self._siret, each) in self._table.lists
        }

    def add(self, distribution_list: DistributionList) -> None:
        if (self._siret, distribution_list.list_id) in self._table.lists:
            raise AlreadyExists("", "")
        self._table.check_tenant(self._siret, self._tenant)
        self._table.lists[self._siret, distribution_list.list_id] = distribution_list

    def save(self, distribution_list: DistributionList) -> None:
        before = self._table.lists.get((self._siret, distribution_list.list_id))
        if before is None or before.version != distribution_list.version - 1:
            raise StaleWrite
        self._table.lists[self._siret, distribution_list.list_id] = distribution_list

    def delete(self, list_id: str, version: int) -> None:
        before = self._table.lists.get((self._siret, list_id))
        if before is None or before.version != version:
            raise StaleWrite
        del self._table.lists[self._siret, list_id]

    def all(self) -> Sequence[DistributionList]:
        return [each for (siret, _), each in sorted(self._table.lists.items()) if siret == self._siret]


class FakeDeliveryQueue:
    """``ports.DeliveryQueue``: what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, str]] = []
        self.later: list[timedelta] = []
        self.structures: list[tuple[str, str, timedelta]] = []

    def send(self, sender_siret: str, reference: str, key: str, *, later: timedelta = timedelta(0)) -> None:
        self.sent.append((sender_siret, reference, key))
        self.later.append(later)

    def send_structure(self, siret: str, *, after: str = "", later: timedelta = timedelta(0)) -> None:
        self.structures.append((siret, after, later))


class FakeRenewalQueue:
    """``ports.RenewalQueue``: what was queued, in order."""

    def __init__(self) -> None:
        self.queued: list[tuple[str, str]] = []

    def renew(self, siret: str, place: str = "") -> None:
        self.queued.append((siret, place))


class FakeMailer:
    """``ports.Mailer``: stores what it sent; refuses the addresses that a test names."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.sent: list[tuple[str, Email]] = []
        self.tags: list[dict[str, str]] = []

    def send(self, address: str, email: Email, **tags: str) -> None:
        if address in self.refused:
            raise EmailRefused
        self.sent.append((address, email))
        self.tags.append(tags)
