"""The queues of notifications on SQS: events for endpoints, digests to send, each in its supplier's group.

Groups make SQS a fair queue: one supplier's slow receiver, or its flood, does not make another's wait.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from chorus_connector.adapters.queues.work import send_in_groups
from chorus_connector.domain.notifications.notification import Notification
from chorus_connector.ports.notification_values import Due, WebhookMessage

_LONGEST_DELAY = timedelta(hours=11, minutes=55)
"""A message may be hidden for twelve hours in all since it was received."""


class SqsWebhooks:
    """``ports_notifications.WebhookQueue``, made for one supplier."""

    def __init__(self, client: Any, queue_url: str, supplier_id: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._supplier_id = supplier_id

    def send(self, webhook_messages: Iterable[WebhookMessage]) -> None:
        send_in_groups(
            self._client, self._queue_url, ((self._supplier_id, self._body(each)) for each in webhook_messages)
        )

    def _body(self, webhook_message: WebhookMessage) -> dict[str, object]:
        # the document's metadata is not sent, and may be longer than a message
        notification = webhook_message.notification.model_dump(mode="json", exclude={"metadata"}, exclude_defaults=True)
        return {
            "endpoint_id": webhook_message.endpoint_id,
            "again": webhook_message.again,
            "notification": notification,
        }


class SqsDigests:
    """``ports_notifications.DigestQueue`` on one SQS queue."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, due: Iterable[Due]) -> None:
        bodies = ((each.supplier_id, {"supplier_id": each.supplier_id, "principal": each.principal}) for each in due)
        send_in_groups(self._client, self._queue_url, bodies)


def hide(client: Any, queue_url: str, receipt_handle: str, delay: timedelta) -> None:
    """Keep a received message out of sight for so long from now: then it is received again."""
    seconds = int(min(delay, _LONGEST_DELAY).total_seconds())
    client.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)


def parse_webhook_message(body: str) -> tuple[str, WebhookMessage]:
    """The supplier and what is to be carried. Raises ValueError on anything else."""
    match json.loads(body):
        case {"endpoint_id": str(endpoint_id), "again": bool(again), "notification": dict(fields)}:
            notification = Notification.model_validate(fields)
            return notification.supplier_id, WebhookMessage(endpoint_id, notification, again)
    raise ValueError("not a parcel")


def parse_digest(body: str) -> Due:
    """Whose digest is to be sent. Raises ValueError on anything else."""
    match json.loads(body):
        case {"supplier_id": str(supplier_id), "principal": str(principal)}:
            return Due(supplier_id, principal)
    raise ValueError("not a digest")
