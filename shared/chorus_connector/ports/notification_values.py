"""The values of the ports of notifications: pages, webhook messages, digests, and the errors of outside systems.

Functions load this module when they start, and never ``ports.notifications``, which has only types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from chorus_connector.domain.notifications.notification import Notification
    from chorus_connector.domain.notifications.webhooks import Endpoint, WebhookDelivery
    from chorus_connector.domain.portal.breaker import Breaker


class NotificationPage(NamedTuple):
    """Some notifications; ``cursor`` is None on the last page."""

    notifications: tuple[Notification, ...]
    cursor: str | None


class ReadMarks(NamedTuple):
    """What a person has read: everything before an id, and single later ids."""

    all_before: str
    ids: frozenset[str]

    def covers(self, notification_id: str) -> bool:
        return notification_id < self.all_before or notification_id in self.ids


class Letter(NamedTuple):
    """The waiting lines of one person's digest.

    ``version`` grows with each added line, so a new one shows more lines.
    """

    email: str
    notifications: tuple[Notification, ...]
    version: int


class Due(NamedTuple):
    """The key of a due digest: all that code across tenants may see."""

    supplier_id: str
    principal: str


class MessageFeedback(NamedTuple):
    """What became of an e-mail with a message of « Mes messages »: the sender, the message, the recipient."""

    sender_siret: str
    reference: str
    siret: str
    outcome: Literal["bounced", "complained"]


class EmailRefused(Exception):
    """The mail service refuses this e-mail permanently: a retry would not help."""


class DeliveryPage(NamedTuple):
    """Some deliveries; ``cursor`` is None on the last page."""

    deliveries: tuple[WebhookDelivery, ...]
    cursor: str | None


class WebhookMessage(NamedTuple):
    """One event for one endpoint. ``again``: a person requested it, even if it was delivered before.

    ``waits``: how often it waited because its supplier had no free delivery slot.
    """

    endpoint_id: str
    notification: Notification
    again: bool = False
    waits: int = 0


@dataclass(frozen=True)
class DueWebhook:
    """The key of an event that waited in the table: all that code across tenants may see."""

    supplier_id: str
    endpoint_id: str
    notification_id: str
    #: its entry in the due index, and whether an earlier run handed it out; not sent to the queue
    entry: str = field(default="", compare=False)
    leased: bool = field(default=False, compare=False)


class ChangedEndpoint(NamedTuple):
    """A supplier's webhook endpoint before and after a write."""

    supplier_id: str
    before: Endpoint
    after: Endpoint


class ChangedAccess(NamedTuple):
    """A supplier's circuit breaker before (None: it is new) and after a write that changed what people are notified."""

    supplier_id: str
    before: Breaker | None
    after: Breaker


class Signed(NamedTuple):
    """A signed webhook request: its address, headers and body."""

    url: str
    headers: dict[str, str]
    body: str


class Undeliverable(Exception):
    """The receiver returned no status; ``reason`` may be shown (``refused_address``, ``timeout``…)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
