"""The queue of message deliveries on SQS. A queue message names a delivery and carries none of its content.

Each is in its sender's message group: one sender's many deliveries do not delay another's.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from chorus_connector.ports.notification_values import MessageFeedback

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsDeliveries:
    """``ports.DeliveryQueue`` on one SQS queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, sender_siret: str, reference: str, key: str, *, later: timedelta = timedelta(0)) -> None:
        body = json.dumps({"sender_siret": sender_siret, "reference": reference, "delivery": key})
        self._send(body, sender_siret, later)

    def send_structure(self, siret: str, *, after: str = "", later: timedelta = timedelta(0)) -> None:
        self._send(json.dumps({"arrived_siret": siret, "after": after}), siret, later)

    def send_feedback(self, feedback: MessageFeedback) -> None:
        """Queue what became of an e-mail with a message."""
        self._send(json.dumps(feedback._asdict()), feedback.sender_siret, timedelta(0))

    def _send(self, body: str, group: str, later: timedelta) -> None:
        self._client.send_message(
            QueueUrl=self._queue_url,
            MessageBody=body,
            MessageGroupId=group,
            DelaySeconds=int(later.total_seconds()),
        )


def parse_feedback_of_message(body: str) -> MessageFeedback | None:
    """What became of an e-mail with a message; None for another body."""
    match json.loads(body):
        case {
            "sender_siret": str(sender),
            "reference": str(reference),
            "siret": str(siret),
            "outcome": "bounced" | "complained" as outcome,
        }:
            return MessageFeedback(sender, reference, siret, outcome)
    return None


def parse_arrived_structure(body: str) -> tuple[str, str] | None:
    """The SIRET of a structure that got an account or an address, and where to continue; None for another body."""
    match json.loads(body):
        case {"arrived_siret": str(siret), "after": str(after)}:
            return siret, after
    return None


class SqsRenewals:
    """``ports.RenewalQueue`` on the same queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def renew(self, siret: str, place: str = "") -> None:
        body = json.dumps({"renamed_siret": siret, "place": place})
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=body, MessageGroupId=siret)


def parse_renewal(body: str) -> tuple[str, str] | None:
    """The SIRET of a structure whose names changed, and the place from which to continue; None for another body."""
    match json.loads(body):
        case {"renamed_siret": str(siret), "place": str(place)}:
            return siret, place
    return None


def parse_delivery(body: str) -> tuple[str, str, str]:
    """The sender's SIRET, the reference and the key of a delivery. Raises ValueError for any other body."""
    match json.loads(body):
        case {"sender_siret": str(siret), "reference": str(reference), "delivery": str(key)}:
            return siret, reference, key
    raise ValueError("not a delivery")
