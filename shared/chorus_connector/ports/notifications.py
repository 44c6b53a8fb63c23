"""The effects of notifications, as their use cases need them. Every store is made *for one supplier*.

Only ``Mailboxes`` spans tenants: it reads the keys of due digests, not their content.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pydantic import SecretStr

    from chorus_connector.domain.notifications.addresses import EmailAddress
    from chorus_connector.domain.notifications.digest import Email
    from chorus_connector.domain.notifications.holds import HeldGroups
    from chorus_connector.domain.notifications.notification import Notification
    from chorus_connector.domain.notifications.webhooks import (
        Endpoint,
        EndpointHealth,
        EndpointSecrets,
        WebhookDelivery,
    )
    from chorus_connector.domain.suppliers.access import NotificationKind
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.ports.notification_values import (
        DeliveryPage,
        Due,
        DueWebhook,
        Letter,
        NotificationPage,
        ReadMarks,
        Signed,
        WebhookMessage,
    )


class Feed(Protocol):
    """The notifications about one supplier's documents of the last ninety days."""

    def holds(self, notification_id: str) -> bool:
        """Whether this notification exists (strongly consistent)."""

    def add(self, notification: Notification) -> None:
        """Add a notification. Idempotent; does nothing for a removed supplier."""

    def get_many(self, ids: Sequence[str]) -> Sequence[Notification]:
        """The existing ones, oldest first."""

    def page(
        self, kinds: frozenset[NotificationKind], *, limit: int, cursor: str | None, after: str | None = None
    ) -> NotificationPage:
        """Notifications of these kinds, newest first, down to the id ``after`` (excluded). Raises Invalid (cursor)."""

    def period(self, since: datetime, until: datetime, *, limit: int, cursor: str | None) -> NotificationPage:
        """Notifications from ``since`` (included) to ``until`` (excluded), oldest first; the cursor is the last id."""


class HeldGroupStore(Protocol):
    """One supplier's groups of held documents."""

    def get(self) -> HeldGroups:
        """The groups (strongly consistent); an empty record before the first write."""

    def save(self, groups: HeldGroups) -> HeldGroups:
        """Write the next version and return it. Raises StaleWrite; writes nothing for a removed supplier."""


class Readers(Protocol):
    """Read marks of each person on one supplier's feed."""

    def marks(self, principal: str) -> ReadMarks:
        """A person's read marks. Those after ``all_before`` are listed one by one; everything before it is read."""

    def mark(self, principal: str, ids: Iterable[str]) -> None:
        """Mark these as read. Idempotent."""

    def mark_all_before(self, principal: str, notification_id: str) -> None:
        """Mark everything before that id as read; never moves back."""


class Mailbox(Protocol):
    """The waiting digest e-mails of one supplier, one per person."""

    def put(self, principal: str, email: str, notification: Notification, *, due_at: datetime) -> None:
        """Add a line to the person's digest, which is due at ``due_at`` unless it is due earlier. Idempotent."""

    def take(self, principal: str, *, limit: int) -> Letter | None:
        """The address and up to ``limit`` waiting lines, oldest first; None when nothing waits."""

    def sent(self, principal: str, letter: Letter, *, again_at: datetime) -> None:
        """Delete the lines that were sent; lines added meanwhile stay and are due at ``again_at``."""


class Mailboxes(Protocol):
    """The due digests of all tenants."""

    def due(self, now: datetime, *, limit: int) -> Sequence[Due]:
        """Longest due first; the reads are proportional to what is due."""


class EmailAddresses(Protocol):
    """The addresses of one supplier that were asked, or switched off."""

    def get(self, email: str) -> EmailAddress | None:
        """What is known of the address, read consistently."""

    def find(self, address_id: str) -> EmailAddress | None:
        """The address with that id, read consistently."""

    def all(self) -> Sequence[EmailAddress]:
        """Every address, read consistently."""

    def save(self, address: EmailAddress, *, change: Change | None = None) -> None:
        """Write the first or next version, with its audit line if it has one. Raises StaleWrite."""

    def forget(self, email: str) -> None:
        """Delete what is known of the address; does nothing when there is nothing."""


class DigestQueue(Protocol):
    """The queue of digests to send."""

    def send(self, due: Iterable[Due]) -> None: ...


class Mailer(Protocol):
    """Sends one e-mail."""

    def send(self, address: str, email: Email, **tags: str) -> None:
        """Send the e-mail; a bounce or a complaint is reported with the tags (letters, digits, ``_`` and ``-``).

        Raises EmailRefused when this address or text can never be sent.
        """


class Endpoints(Protocol):
    """One supplier's webhook endpoints."""

    def all(self) -> Sequence[Endpoint]:
        """All endpoints of the supplier, in the order of their ids."""

    def get(self, endpoint_id: str) -> Endpoint:
        """The endpoint, read consistently. Raises NotFound."""

    def save(self, endpoint: Endpoint, *, change: Change) -> None:
        """Write the first or next version and the audit line together. Raises StaleWrite."""

    def save_health(self, endpoint: Endpoint, health: EndpointHealth, *, change: Change | None = None) -> None:
        """Write its health, and no new version. Raises StaleWrite when the endpoint or its health changed meanwhile."""

    def delete(self, endpoint: Endpoint, *, change: Change) -> None:
        """Delete that version. Raises StaleWrite."""


class EndpointSecretStore(Protocol):
    """The secrets of one supplier's endpoints."""

    def get(self, endpoint_id: str) -> EndpointSecrets | None: ...

    def put(self, endpoint_id: str, secrets: EndpointSecrets) -> None: ...

    def delete(self, endpoint_id: str) -> None:
        """Delete them at once; does nothing when there are none."""


class Deliveries(Protocol):
    """The state of each event's delivery to each endpoint of one supplier, for thirty days."""

    def get(self, endpoint_id: str, notification_id: str) -> WebhookDelivery | None: ...

    def put(self, delivery: WebhookDelivery) -> None:
        """Write it. With ``due_at`` it is handed out again at that time."""

    def page(self, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveryPage:
        """One endpoint's deliveries, newest event first. Raises Invalid on a bad cursor."""


class WebhookQueue(Protocol):
    """The queue of webhook messages to send."""

    def send(self, webhook_messages: Iterable[WebhookMessage], *, delay: timedelta = timedelta(0)) -> None:
        """Queue the messages; each is received after ``delay`` (15 minutes at most)."""


class DueWebhookQueue(Protocol):
    """The same queue, for events of every supplier that waited in the table."""

    def send(self, due: Iterable[DueWebhook]) -> None: ...


class DeliverySlots(Protocol):
    """One supplier's share of the workers that deliver webhooks: so many deliveries at the same time."""

    def take(self, now: datetime) -> str | None:
        """Take a free slot; None when all are in use. A dead worker's slot is free again after a lease."""

    def release(self, slot: str) -> None:
        """Free a slot that ``take`` gave. Idempotent."""


class WebhookSender(Protocol):
    """Signs webhook messages and sends them to a supplier's own address."""

    def sign(self, body: str, *, message_id: str, now: datetime, secrets: Sequence[SecretStr]) -> dict[str, str]:
        """The headers of Standard Webhooks, with one signature per secret."""

    def carry(self, message: Signed) -> int:
        """Send the message and return the receiver's HTTP status. Raises Undeliverable when there was none."""
