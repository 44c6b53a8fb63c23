"""The queues of notifications on SQS: webhook messages and e-mail digests.

Each message is in its supplier's message group. Groups make SQS a fair queue: one supplier's slow receiver or many
messages do not delay another supplier's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from chorus_connector.adapters.queues.work import send_in_groups
from chorus_connector.domain.notifications.notification import Notification
from chorus_connector.ports.notification_values import Due, WebhookMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_LONGEST_DELAY = timedelta(hours=11, minutes=55)
"""SQS can hide a message until twelve hours after it was received, not longer."""


class SqsWebhooks:
    """``ports.WebhookQueue``, made for one supplier."""

    def __init__(self, client: SQSClient, queue_url: str, supplier_id: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._supplier_id = supplier_id

    def send(self, webhook_messages: Iterable[WebhookMessage]) -> None:
        send_in_groups(
            self._client, self._queue_url, ((self._supplier_id, self._body(each)) for each in webhook_messages)
        )

    def _body(self, webhook_message: WebhookMessage) -> dict[str, object]:
        # without the document's metadata: webhooks do not send it, and it may exceed the size of a queue message
        notification = webhook_message.notification.model_dump(mode="json", exclude={"metadata"}, exclude_defaults=True)
        return {
            "endpoint_id": webhook_message.endpoint_id,
            "again": webhook_message.again,
            "notification": notification,
        }


class SqsDigests:
    """``ports.DigestQueue`` on one SQS queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, due: Iterable[Due]) -> None:
        bodies = ((each.supplier_id, {"supplier_id": each.supplier_id, "principal": each.principal}) for each in due)
        send_in_groups(self._client, self._queue_url, bodies)


def hide(client: SQSClient, queue_url: str, receipt_handle: str, delay: timedelta) -> None:
    """Hide a received message for ``delay`` from now; then SQS delivers it again. At most just under twelve hours."""
    seconds = int(min(delay, _LONGEST_DELAY).total_seconds())
    client.change_message_visibility(QueueUrl=queue_url, ReceiptHandle=receipt_handle, VisibilityTimeout=seconds)


def parse_webhook_message(body: str) -> tuple[str, WebhookMessage]:
    """The supplier and the webhook message. Raises ValueError for any other body."""
    match json.loads(body):
        case {"endpoint_id": str(endpoint_id), "again": bool(again), "notification": dict(fields)}:
            notification = Notification.model_validate(fields)
            return notification.supplier_id, WebhookMessage(endpoint_id, notification, again)
    raise ValueError("not a webhook message")


def parse_digest(body: str) -> Due:
    """The supplier and the person of a digest to send. Raises ValueError for any other body."""
    match json.loads(body):
        case {"supplier_id": str(supplier_id), "principal": str(principal)}:
            return Due(supplier_id, principal)
    raise ValueError("not a digest")
