"""Work sent to the next box: one message per document, ten to a call."""

import json
from collections.abc import Iterable
from itertools import islice
from typing import Any

from chorus_connector.domain.errors import Transient
from chorus_connector.ports import Work


class SqsQueue:
    """``ports.Queue`` on one SQS queue."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, work: Iterable[Work]) -> None:
        for batch in _tens(work):
            entries = [
                {
                    "Id": str(index),
                    "MessageBody": json.dumps({"supplier_id": each.supplier_id, "document_id": each.document_id}),
                }
                for index, each in enumerate(batch)
            ]
            answer = self._client.send_message_batch(QueueUrl=self._queue_url, Entries=entries)
            if answer.get("Failed"):
                raise Transient("File d'attente indisponible.", "The queue did not take every message.")


def _tens(work: Iterable[Work]) -> Iterable[list[Work]]:
    remaining = iter(work)
    while batch := list(islice(remaining, 10)):
        yield batch


def parse_work(body: str) -> Work:
    """The work a message names. Raises ValueError on anything else: such a message belongs in the DLQ."""
    match json.loads(body):
        case {"supplier_id": str(supplier_id), "document_id": str(document_id)}:
            return Work(supplier_id, document_id)
    raise ValueError("not a work message")
