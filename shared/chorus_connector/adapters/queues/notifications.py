"""The queues of notifications on SQS: webhook messages and e-mail digests.

Each message is in its supplier's message group. Groups make SQS a fair queue: one supplier's slow receiver or many
messages do not delay another supplier's.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from math import ceil
from typing import TYPE_CHECKING

from chorus_connector.adapters.queues.work import send_in_groups
from chorus_connector.domain.notifications.notification import Notification
from chorus_connector.ports.notification_values import Due, DueWebhook, WebhookMessage

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsWebhooks:
    """``ports.WebhookQueue``, made for one supplier."""

    def __init__(self, client: SQSClient, queue_url: str, supplier_id: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._supplier_id = supplier_id

    def send(self, webhook_messages: Iterable[WebhookMessage], *, delay: timedelta = timedelta(0)) -> None:
        bodies = ((self._supplier_id, self._body(each)) for each in webhook_messages)
        send_in_groups(self._client, self._queue_url, bodies, delay_seconds=ceil(delay.total_seconds()))

    def _body(self, webhook_message: WebhookMessage) -> dict[str, object]:
        # without the document's metadata: webhooks do not send it, and it may exceed the size of a queue message
        notification = webhook_message.notification.model_dump(mode="json", exclude={"metadata"}, exclude_defaults=True)
        return {
            "endpoint_id": webhook_message.endpoint_id,
            "again": webhook_message.again,
            "waits": webhook_message.waits,
            "notification": notification,
        }


class SqsDueWebhooks:
    """``ports.DueWebhookQueue`` on the same SQS queue: only the keys of the events."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, due: Iterable[DueWebhook]) -> None:
        send_in_groups(self._client, self._queue_url, ((each.supplier_id, {"due": _keys(each)}) for each in due))


class SqsDigests:
    """``ports.DigestQueue`` on one SQS queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, due: Iterable[Due]) -> None:
        bodies = ((each.supplier_id, {"supplier_id": each.supplier_id, "principal": each.principal}) for each in due)
        send_in_groups(self._client, self._queue_url, bodies)


def _keys(due: DueWebhook) -> dict[str, str]:
    return {
        "supplier_id": due.supplier_id,
        "endpoint_id": due.endpoint_id,
        "notification_id": due.notification_id,
    }


def parse_webhook(body: str) -> WebhookMessage | DueWebhook:
    """An event, or the key of one that waited in the table. Raises ValueError for any other body."""
    match json.loads(body):
        case {"endpoint_id": str(endpoint_id), "again": bool(again), "waits": int(waits), "notification": dict(fields)}:
            return WebhookMessage(endpoint_id, Notification.model_validate(fields), again, waits)
        case {"due": {"supplier_id": str(supplier), "endpoint_id": str(endpoint_id), "notification_id": str(event)}}:
            return DueWebhook(supplier, endpoint_id, event)
    raise ValueError("not a webhook message")


def parse_digest(body: str) -> Due:
    """The supplier and the person of a digest to send. Raises ValueError for any other body."""
    match json.loads(body):
        case {"supplier_id": str(supplier_id), "principal": str(principal)}:
            return Due(supplier_id, principal)
    raise ValueError("not a digest")
