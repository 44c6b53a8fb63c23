"""Notify people and systems of a document's change, read from the table's stream. Function: notifier.

The feed's entry is written last and proves that the rest was done. If a worker dies before that, the record is
processed again, and each repeated write has the same key. So no notification is lost, the feed shows it once, and a
system that receives it twice sees the same id twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.notifications.digest import is_address
from chorus_connector.domain.notifications.notification import Notification, notification_of
from chorus_connector.ports.notification_values import WebhookMessage

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.ports.notifications import Endpoints, Feed, Mailbox, WebhookQueue
    from chorus_connector.ports.suppliers import AccessStore


@dataclass(frozen=True)
class Notify:
    """``digest_after``: how long an e-mail waits for further notifications; None: this installation sends no e-mail.

    What a principal may see is asked when its feed is read or its e-mail is sent: its rights may have changed by then.
    """

    feed: Feed
    access: AccessStore
    mailbox: Mailbox
    endpoints: Endpoints
    webhooks: WebhookQueue
    digest_after: timedelta | None

    def about(self, before: Invoice | None, after: Invoice, *, now: datetime) -> Notification | None:
        """The notification sent for a write; None when there was none, or when it was sent before."""
        notification = notification_of(before, after)
        if notification is None or self.feed.holds(notification.id):
            return None
        if self.digest_after is not None:
            self._queue_emails(notification, due_at=now + self.digest_after)
        self.webhooks.send(self._webhook_messages(notification))
        self.feed.add(notification)
        return notification

    def _queue_emails(self, notification: Notification, *, due_at: datetime) -> None:
        for subscriber in self.access.subscribers():
            if subscriber.kind != notification.kind or not subscriber.email or not is_address(subscriber.email):
                continue
            self.mailbox.put(subscriber.principal, subscriber.email, notification, due_at=due_at)

    def _webhook_messages(self, notification: Notification) -> Iterator[WebhookMessage]:
        for endpoint in self.endpoints.all():
            if endpoint.wants(notification):
                yield WebhookMessage(endpoint.endpoint_id, notification)
