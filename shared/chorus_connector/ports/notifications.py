"""The effects of notifications, as their use cases need them. Every store is made *for one supplier*.

``Mailboxes`` is what spans tenants: the keys of the digests that are due, nothing of what they say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pydantic import SecretStr

    from chorus_connector.domain.notifications.digest import Email
    from chorus_connector.domain.notifications.notification import Notification
    from chorus_connector.domain.notifications.webhooks import Endpoint, EndpointSecrets, WebhookDelivery
    from chorus_connector.domain.suppliers.access import NotificationKind
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.ports.notification_values import (
        DeliveryPage,
        Due,
        Letter,
        NotificationPage,
        ReadMarks,
        Signed,
        WebhookMessage,
    )


class Feed(Protocol):
    """Everything that was notified about one supplier's documents, for ninety days."""

    def holds(self, notification_id: str) -> bool:
        """Whether this was notified already (strongly consistent)."""

    def add(self, notification: Notification) -> None:
        """Show it from now on; once, however often it is added. Does nothing for a supplier that is gone."""

    def get_many(self, ids: Sequence[str]) -> Sequence[Notification]:
        """Those of them that are there."""

    def page(
        self, kinds: frozenset[NotificationKind], *, limit: int, cursor: str | None, after: str | None = None
    ) -> NotificationPage:
        """Those of these kinds, newest first, down to the id ``after`` (left out). Raises Invalid on a bad cursor."""

    def period(self, since: datetime, until: datetime, *, limit: int, cursor: str | None) -> NotificationPage:
        """Those that occurred from ``since`` on and before ``until``, oldest first; the cursor is the last one's id."""


class Readers(Protocol):
    """What each person has read of one supplier's feed."""

    def marks(self, principal: str) -> ReadMarks:
        """That person's marks: those after ``all_before`` are complete."""

    def mark(self, principal: str, ids: Iterable[str]) -> None:
        """Read from now on; again is no harm."""

    def mark_all_before(self, principal: str, notification_id: str) -> None:
        """Everything earlier is read; never moves back."""


class Mailbox(Protocol):
    """What waits to be told to each person of one supplier by e-mail."""

    def put(self, principal: str, email: str, notification: Notification, *, due_at: datetime) -> None:
        """One more line for them; the digest is due then, unless it is due before. Twice is one line."""

    def take(self, principal: str, *, limit: int) -> Letter | None:
        """Up to ``limit`` lines that wait, oldest first, and where they go; None when nothing does."""

    def sent(self, principal: str, letter: Letter, *, again_at: datetime) -> None:
        """Forget the lines of that letter; what came meanwhile stays and is due at ``again_at``."""


class Mailboxes(Protocol):
    """What spans tenants: which digests are due."""

    def due(self, now: datetime, *, limit: int) -> Sequence[Due]:
        """Longest due first; reads follow what is due."""


class DigestQueue(Protocol):
    """Where the sender looks for digests to send."""

    def send(self, due: Iterable[Due]) -> None: ...


class Mailer(Protocol):
    """Sends one e-mail."""

    def send(self, address: str, email: Email) -> None:
        """Hand it over for delivery. Raises EmailRefused when this address or text can never be sent."""


class Endpoints(Protocol):
    """One supplier's webhook endpoints."""

    def all(self) -> Sequence[Endpoint]:
        """By id."""

    def get(self, endpoint_id: str) -> Endpoint:
        """As last written (strongly consistent). Raises NotFound."""

    def save(self, endpoint: Endpoint, *, change: Change) -> None:
        """Write the first or next version and the audit line together. Raises StaleWrite."""

    def delete(self, endpoint: Endpoint, *, change: Change) -> None:
        """Forget that version of it. Raises StaleWrite."""


class EndpointSecretStore(Protocol):
    """The secrets of one supplier's endpoints."""

    def get(self, endpoint_id: str) -> EndpointSecrets | None: ...

    def put(self, endpoint_id: str, secrets: EndpointSecrets) -> None: ...

    def delete(self, endpoint_id: str) -> None:
        """Forget them at once; does nothing when there are none."""


class Deliveries(Protocol):
    """How far each event came on its way to each endpoint of one supplier, for thirty days."""

    def get(self, endpoint_id: str, notification_id: str) -> WebhookDelivery | None: ...

    def put(self, delivery: WebhookDelivery) -> None: ...

    def page(self, endpoint_id: str, *, limit: int, cursor: str | None) -> DeliveryPage:
        """One endpoint's, newest event first. Raises Invalid on a bad cursor."""


class WebhookQueue(Protocol):
    """Where the sender of webhooks looks for what to send."""

    def send(self, webhook_messages: Iterable[WebhookMessage]) -> None: ...


class WebhookSender(Protocol):
    """Signs messages and carries them to a supplier's own address."""

    def sign(self, body: str, *, message_id: str, now: datetime, secrets: Sequence[SecretStr]) -> dict[str, str]:
        """The Standard Webhooks headers, with one signature for each secret."""

    def carry(self, message: Signed) -> int:
        """The receiver's status. Raises Undeliverable when there was none."""
