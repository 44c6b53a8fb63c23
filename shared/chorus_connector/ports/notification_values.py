"""What passes through the ports of notifications: pages, parcels, letters, and how an outside system refuses.

Apart from ``ports_notifications``, which only types are made of (as ``port_values`` is from ``ports``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from chorus_connector.domain.notifications.notification import Notification
    from chorus_connector.domain.notifications.webhooks import WebhookDelivery


class NotificationPage(NamedTuple):
    """Some notifications; ``cursor`` is None on the last page."""

    notifications: tuple[Notification, ...]
    cursor: str | None


class ReadMarks(NamedTuple):
    """What somebody has read: everything before an id, and these."""

    all_before: str
    ids: frozenset[str]

    def covers(self, notification_id: str) -> bool:
        return notification_id < self.all_before or notification_id in self.ids


class Letter(NamedTuple):
    """What waits for one person. ``version`` counts the lines ever put: another one means there are more by now."""

    email: str
    notifications: tuple[Notification, ...]
    version: int


class Due(NamedTuple):
    """Whose digest it is; all that code across tenants may see."""

    supplier_id: str
    principal: str


class EmailRefused(Exception):
    """The mail service refuses this e-mail for good: trying again would not help."""


class DeliveryPage(NamedTuple):
    """Some deliveries; ``cursor`` is None on the last page."""

    deliveries: tuple[WebhookDelivery, ...]
    cursor: str | None


class WebhookMessage(NamedTuple):
    """One event for one endpoint. ``again``: somebody asked for it, even if it was delivered before."""

    endpoint_id: str
    notification: Notification
    again: bool = False


class Signed(NamedTuple):
    """A message as it leaves: its address, its headers, its body."""

    url: str
    headers: dict[str, str]
    body: str


class Undeliverable(Exception):
    """No status came back; ``reason`` is a word that may be shown (``refused_address``, ``timeout``…)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
