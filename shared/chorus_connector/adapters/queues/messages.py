"""Deliveries of messages waiting in an SQS queue: their names travel, nothing of what they say."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any


class SqsDeliveries:
    """``ports_messages.DeliveryQueue`` on one SQS queue."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, sender_siret: str, reference: str, key: str, *, later: timedelta = timedelta(0)) -> None:
        body = json.dumps({"sender_siret": sender_siret, "reference": reference, "delivery": key})
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=body, DelaySeconds=int(later.total_seconds()))


def parse_delivery(body: str) -> tuple[str, str, str]:
    """The sender, reference and key of a queued delivery. Raises ValueError on anything else."""
    match json.loads(body):
        case {"sender_siret": str(siret), "reference": str(reference), "delivery": str(key)}:
            return siret, reference, key
    raise ValueError("not a delivery")
