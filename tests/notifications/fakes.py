"""The effects of notifications kept in memory, able to die at any write.

The stores pass the same contract as the real adapters (tests/notifications/test_notification_stores.py).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pydantic import SecretStr

from chorus_connector.domain.errors import Invalid, NotFound, StaleWrite
from chorus_connector.domain.notifications.addresses import EmailAddress, address_id
from chorus_connector.domain.notifications.digest import Email
from chorus_connector.domain.notifications.holds import HeldGroups
from chorus_connector.domain.notifications.notification import Notification, earliest_id
from chorus_connector.domain.notifications.webhooks import (
    LONGEST_IN_QUEUE,
    Endpoint,
    EndpointHealth,
    EndpointSecrets,
    WebhookDelivery,
)
from chorus_connector.domain.portal.pace import LEASE
from chorus_connector.domain.suppliers.access import NotificationKind
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.notification_values import (
    DeliveryPage,
    Due,
    DueWebhook,
    EmailRefused,
    Letter,
    NotificationPage,
    ReadMarks,
    Signed,
    Undeliverable,
    WebhookMessage,
)


@dataclass
class FakeBoard:
    """What the notifications of every supplier share: the fake of the single table."""

    suppliers: set[str] = field(default_factory=lambda: {"s1", "s2"})
    feed: dict[tuple[str, str], Notification] = field(default_factory=dict)
    read: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    read_before: dict[tuple[str, str], str] = field(default_factory=dict)
    lines: dict[tuple[str, str], dict[str, Notification]] = field(default_factory=dict)
    letters: dict[tuple[str, str], tuple[str, int, datetime]] = field(default_factory=dict)
    endpoints: dict[tuple[str, str], Endpoint] = field(default_factory=dict)
    addresses: dict[tuple[str, str], EmailAddress] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    deliveries: dict[tuple[str, str, str], WebhookDelivery] = field(default_factory=dict)
    slots: dict[tuple[str, str], datetime] = field(default_factory=dict)
    groups: dict[str, HeldGroups] = field(default_factory=dict)
    #: called with the name of each write before and after it happens; may raise Crash
    on_write: Callable[[str], None] = lambda _: None


class FakeHeldGroups:
    """``ports.HeldGroupStore``."""

    def __init__(self, board: FakeBoard, supplier_id: str) -> None:
        self._board = board
        self._supplier_id = supplier_id

    def get(self) -> HeldGroups:
        return self._board.groups.get(self._supplier_id, HeldGroups())

    def save(self, groups: HeldGroups) -> HeldGroups:
        self._board.on_write("before groups")
        if self._supplier_id not in self._board.suppliers:
            return groups
        if self.get().version != groups.version:
            raise StaleWrite
        following = groups.model_copy(update={"version": groups.version + 1})
        self._board.groups[self._supplier_id] = HeldGroups.model_validate_json(following.model_dump_json())
        self._board.on_write("after groups")
        return following


class FakeFeed:
    """``ports.Feed``."""

    def __init__(self, board: FakeBoard, supplier_id: str) -> None:
        self._board = board
        self._supplier_id = supplier_id

    def holds(self, notification_id: str) -> bool:
        return (self._supplier_id, notification_id) in self._board.feed

    def add(self, notification: Notification) -> None:
        self._board.on_write("before feed")
        if self._supplier_id in self._board.suppliers:
            self._board.feed[self._supplier_id, notification.id] = notification
        self._board.on_write("after feed")

    def get_many(self, ids: Sequence[str]) -> Sequence[Notification]:
        return [each for each in self._own() if each.id in ids]

    def page(
        self, kinds: frozenset[NotificationKind], *, limit: int, cursor: str | None, after: str | None = None
    ) -> NotificationPage:
        if cursor is not None and not cursor.startswith("evt_"):
            raise Invalid("", "")
        own = [each for each in reversed(self._own()) if each.kind in kinds and each.id > (after or "")]
        left = [each for each in own if cursor is None or each.id < cursor]
        return NotificationPage(tuple(left[:limit]), left[limit - 1].id if len(left) > limit else None)

    def period(self, since: datetime, until: datetime, *, limit: int, cursor: str | None) -> NotificationPage:
        low = max(earliest_id(since), cursor or "")
        left = [each for each in self._own() if low < each.id < earliest_id(until)]
        return NotificationPage(tuple(left[:limit]), left[limit - 1].id if len(left) > limit else None)

    def _own(self) -> list[Notification]:
        own = [each for (supplier, _), each in self._board.feed.items() if supplier == self._supplier_id]
        return sorted(own, key=lambda each: each.id)


class FakeReaders:
    """``ports.Readers``."""

    def __init__(self, board: FakeBoard, supplier_id: str) -> None:
        self._board = board
        self._supplier_id = supplier_id

    def marks(self, principal: str) -> ReadMarks:
        before = self._board.read_before.get((self._supplier_id, principal), "")
        ids = self._board.read.get((self._supplier_id, principal), set())
        return ReadMarks(before, frozenset(each for each in ids if each >= before))

    def mark(self, principal: str, ids: Iterable[str]) -> None:
        self._board.read.setdefault((self._supplier_id, principal), set()).update(ids)

    def mark_all_before(self, principal: str, notification_id: str) -> None:
        key = self._supplier_id, principal
        self._board.read_before[key] = max(notification_id, self._board.read_before.get(key, ""))


class FakeMailbox:
    """``ports.Mailbox``."""

    def __init__(self, board: FakeBoard, supplier_id: str) -> None:
        self._board = board
        self._supplier_id = supplier_id

    def put(self, principal: str, email: str, notification: Notification, *, due_at: datetime) -> None:
        self._board.on_write("before mail")
        key = self._supplier_id, principal
        lines = self._board.lines.setdefault(key, {})
        lines[notification.id] = notification
        _, version, due = self._board.letters.get(key, ("", 0, due_at))
        self._board.letters[key] = (email, version + 1, due)
        self._board.on_write("after mail")

    def take(self, principal: str, *, limit: int) -> Letter | None:
        key = self._supplier_id, principal
        if key not in self._board.letters:
            return None
        email, version, _ = self._board.letters[key]
        lines = sorted(self._board.lines[key].values(), key=lambda each: each.id)
        return Letter(email, tuple(lines[:limit]), version)

    def sent(self, principal: str, letter: Letter, *, again_at: datetime) -> None:
        self._board.on_write("before sent")
        key = self._supplier_id, principal
        for each in letter.notifications:
            self._board.lines[key].pop(each.id, None)
        if key in self._board.letters:
            email, version, _ = self._board.letters.pop(key)
            if self._board.lines[key] or version != letter.version:
                self._board.letters[key] = (email, version, again_at)
        self._board.on_write("after sent")


class FakeMailboxes:
    """``ports.Mailboxes``."""

    def __init__(self, board: FakeBoard) -> None:
        self._board = board

    def due(self, now: datetime, *, limit: int) -> Sequence[Due]:
        due = sorted((due, key) for key, (_, _, due) in self._board.letters.items() if due <= now)
        return [Due(*key) for _, key in due[:limit]]


class FakeEndpoints:
    """``ports.Endpoints``."""

    def __init__(self, board: FakeBoard, supplier_id: str) -> None:
        self._board = board
        self._supplier_id = supplier_id

    def all(self) -> Sequence[Endpoint]:
        return [each for (supplier, _), each in sorted(self._board.endpoints.items()) if supplier == self._supplier_id]

    def get(self, endpoint_id: str) -> Endpoint:
        try:
            return self._board.endpoints[self._supplier_id, endpoint_id]
        except KeyError:
            raise NotFound from None

    def save(self, endpoint: Endpoint, *, change: Change) -> None:
        self._check(endpoint.endpoint_id, endpoint.version - 1)
        self._board.endpoints[self._supplier_id, endpoint.endpoint_id] = endpoint
        self._board.changes.append(change)

    def save_health(self, endpoint: Endpoint, health: EndpointHealth, *, change: Change | None = None) -> None:
        key = self._supplier_id, endpoint.endpoint_id
        known = self._board.endpoints.get(key)
        if known is None or (known.version, known.health) != (endpoint.version, endpoint.health):
            raise StaleWrite
        self._board.endpoints[key] = known.model_copy(update={"health": health})
        if change is not None:
            self._board.changes.append(change)

    def delete(self, endpoint: Endpoint, *, change: Change) -> None:
        self._check(endpoint.endpoint_id, endpoint.version)
        del self._board.endpoints[self._supplier_id, endpoint.endpoint_id]
        self._board.changes.append(change)

    def _check(self, endpoint_id: str, version: int) -> None:
        known = self._board.endpoints.get((self._supplier_id, endpoint_id))
        if (known.version if known else 0) != version:
            raise StaleWrite


class FakeDeliveries:
    """``ports.Deliveries``."""

    def __init__(self, board: FakeBoard, supplier_id: str) -> None:
        self._board = board
        self._supplier_id = supplier_id

    def get(self, endpoint_id: str, notification_id: str) -> WebhookDelivery | None:
        return self._board.deliveries.get((self._supplier_id, endpoint_id, notification_id))

    def put(self, delivery: WebhookDelivery) -> None:
        key = self._supplier_id, delivery.endpoint_id, delivery.notification_id
        self._board.deliveries[key] = delivery

    def page(self, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveryPage:
        own = [
            each
            for (supplier, endpoint, _), each in sorted(self._board.deliveries.items(), reverse=True)
            if (supplier, endpoint) == (self._supplier_id, endpoint_id)
        ]
        left = [each for each in own if cursor is None or each.notification_id < cursor]
        return DeliveryPage(tuple(left[:limit]), left[limit - 1].notification_id if len(left) > limit else None)


class FakeWebhookQueue:
    """``ports.WebhookQueue``: what was sent, in order, and each with its delay."""

    def __init__(self, board: FakeBoard) -> None:
        self._board = board
        self.sent: list[WebhookMessage] = []
        self.delays: list[timedelta] = []

    def send(self, webhook_messages: Iterable[WebhookMessage], *, delay: timedelta = timedelta(0)) -> None:
        assert delay <= LONGEST_IN_QUEUE
        for each in webhook_messages:
            self._board.on_write("before webhook")
            self.sent.append(each)
            self.delays.append(delay)
            self._board.on_write("after webhook")


class FakeDeliverySlots:
    """``ports.DeliverySlots``."""

    LEASE = timedelta(minutes=1)

    def __init__(self, board: FakeBoard, supplier_id: str, *, slots: int) -> None:
        self._board = board
        self._supplier_id = supplier_id
        self._slots = slots

    def take(self, now: datetime) -> str | None:
        for slot in map(str, range(self._slots)):
            until = self._board.slots.get((self._supplier_id, slot))
            if until is None or until < now:
                self._board.slots[self._supplier_id, slot] = now + self.LEASE
                return slot
        return None

    def release(self, slot: str) -> None:
        self._board.slots.pop((self._supplier_id, slot), None)


class FakeDueWebhooks:
    """The part of ``ports.Installation`` that hands out webhooks."""

    def __init__(self, board: FakeBoard) -> None:
        self._board = board
        self._leases: dict[str, datetime] = {}

    def webhooks_due(self, now: datetime, *, limit: int) -> Sequence[DueWebhook]:
        waiting = [
            (delivery.due_at, self._due(key, f"{key}#{delivery.due_at}", now))
            for key, delivery in self._board.deliveries.items()
            if delivery.due_at is not None and delivery.due_at <= now
        ]
        return [due for _, due in sorted(waiting, key=lambda each: each[0])][:limit]

    def _due(self, key: tuple[str, str, str], entry: str, now: datetime) -> DueWebhook:
        handed_out = self._leases.get(entry)
        return DueWebhook(*key, entry=entry, leased=handed_out is not None and handed_out >= now - LEASE)

    def lease(self, work: Iterable[DueWebhook], *, at: datetime) -> None:
        self._leases.update({each.entry: at for each in work})


class FakeEmailAddresses:
    """``ports.EmailAddresses``."""

    def __init__(self, board: FakeBoard, supplier_id: str) -> None:
        self._board = board
        self._supplier_id = supplier_id

    def get(self, email: str) -> EmailAddress | None:
        return self.find(address_id(email))

    def find(self, address_id: str) -> EmailAddress | None:
        return self._board.addresses.get((self._supplier_id, address_id))

    def all(self) -> Sequence[EmailAddress]:
        kept = sorted(self._board.addresses.items(), key=lambda each: each[0])
        return [address for (supplier_id, _), address in kept if supplier_id == self._supplier_id]

    def save(self, address: EmailAddress, *, change: Change | None = None) -> None:
        known = self.find(address.id)
        if (known.version if known else 0) != address.version - 1 or self._supplier_id not in self._board.suppliers:
            raise StaleWrite
        self._board.addresses[self._supplier_id, address.id] = address
        self._board.changes += [change] if change else []

    def forget(self, email: str) -> None:
        self._board.addresses.pop((self._supplier_id, address_id(email)), None)


class FakeDigestQueue:
    """``ports.DigestQueue``."""

    def __init__(self) -> None:
        self.sent: list[Due] = []

    def send(self, due: Iterable[Due]) -> None:
        self.sent.extend(due)


class FakeMailer:
    """``ports.Mailer``; ``refuses`` are addresses the service will never take."""

    def __init__(self, board: FakeBoard | None = None, *, refuses: frozenset[str] = frozenset()) -> None:
        self._board = board or FakeBoard()
        self.refuses = refuses
        self.sent: list[tuple[str, Email]] = []

    def send(self, address: str, email: Email, **tags: str) -> None:
        if address in self.refuses:
            raise EmailRefused
        self._board.on_write("before email")
        self.sent.append((address, email))
        self._board.on_write("after email")


class FakeEndpointSecrets:
    """``ports.EndpointSecretStore``."""

    def __init__(self) -> None:
        self.kept: dict[str, EndpointSecrets] = {}

    def get(self, endpoint_id: str) -> EndpointSecrets | None:
        return self.kept.get(endpoint_id)

    def put(self, endpoint_id: str, secrets: EndpointSecrets) -> None:
        self.kept[endpoint_id] = secrets

    def delete(self, endpoint_id: str) -> None:
        self.kept.pop(endpoint_id, None)


class FakeCourier:
    """``ports.WebhookSender``: a receiver that answers with these, in order, then with 200."""

    def __init__(self, *answers: int | str) -> None:
        self.answers = list(answers)
        self.carried: list[Signed] = []

    def sign(self, body: str, *, message_id: str, now: datetime, secrets: Sequence[SecretStr]) -> dict[str, str]:
        return {"webhook-id": message_id, "webhook-signature": " ".join(each.get_secret_value() for each in secrets)}

    def carry(self, message: Signed) -> int:
        self.carried.append(message)
        answer = self.answers.pop(0) if self.answers else 200
        if isinstance(answer, str):
            raise Undeliverable(answer)
        return answer
