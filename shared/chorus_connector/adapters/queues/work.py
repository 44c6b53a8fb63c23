"""The queues between functions on SQS: one message per document or per supplier, ten per call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from itertools import islice
from random import uniform
from typing import TYPE_CHECKING, TypeVar

from chorus_connector.domain.errors import Transient
from chorus_connector.ports.values import LessonWork, SupplierWork, TrackingWork, Work

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

_T = TypeVar("_T")
AFTER_A_PROBE = timedelta(seconds=30)
"""How long a message waits that met another worker's probe: a deposit takes seconds, and fails after half a minute."""


class SqsQueue:
    """``ports.Queue`` on one SQS queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, work: Iterable[Work]) -> None:
        send_in_groups(self._client, self._queue_url, ((each.supplier_id, _work_body(each)) for each in work))

    def send_later(self, work: Work) -> None:
        """Send the message again when the worker that asks the portal has its answer."""
        send_in_groups(
            self._client,
            self._queue_url,
            [(work.supplier_id, _work_body(work))],
            delay_seconds=int(AFTER_A_PROBE.total_seconds()),
        )


def _work_body(work: Work) -> dict[str, object]:
    body: dict[str, object] = {"supplier_id": work.supplier_id, "document_id": work.document_id}
    return body if work.run_at is None else {**body, "run_at": work.run_at.isoformat()}


class SqsLessons:
    """``ports.LessonQueue`` on one SQS queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, lesson: LessonWork) -> None:
        send_in_groups(self._client, self._queue_url, [(lesson.supplier_id, lesson._asdict())])


class SqsSupplierQueue:
    """``ports.SupplierQueue`` on one SQS queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, supplier_ids: Iterable[str]) -> None:
        send_in_groups(self._client, self._queue_url, ((each, {"supplier_id": each}) for each in supplier_ids))


class SqsTrackingQueue:
    """``ports.TrackingQueue`` on one SQS queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, tracking_work: Iterable[TrackingWork]) -> None:
        messages = (
            (each.supplier_id, {"supplier_id": each.supplier_id, "document_ids": list(each.document_ids)})
            for each in tracking_work
        )
        send_in_groups(self._client, self._queue_url, messages)


class SqsPostponed:
    """Messages that wait in their queue for some minutes, as new messages: SQS counts no delivery for the wait."""

    SHORTEST, LONGEST = timedelta(minutes=5), timedelta(minutes=15)
    """The second is the limit of SQS."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, work: Work, body: str) -> None:
        """Send the message again, with a random delay: many that wait come back one after the other."""
        seconds = uniform(self.SHORTEST.total_seconds(), self.LONGEST.total_seconds())  # noqa: S311  # nosec B311
        self._client.send_message(
            QueueUrl=self._queue_url, MessageBody=body, MessageGroupId=work.supplier_id, DelaySeconds=int(seconds)
        )


class SqsRemovals:
    """Suppliers being removed, on one SQS queue: for the next step now, or for the final cleanup after a delay."""

    LONGEST_DELAY = timedelta(minutes=15)
    """The limit of SQS."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def go_on(self, supplier_id: str, *, later: timedelta = timedelta(0)) -> None:
        self._send({"supplier_id": supplier_id}, later)

    def sweep_after(self, supplier_id: str, delay: timedelta) -> None:
        self._send({"supplier_id": supplier_id}, min(delay, self.LONGEST_DELAY))

    def _send(self, body: dict[str, str], delay: timedelta) -> None:
        self._client.send_message(
            QueueUrl=self._queue_url, MessageBody=json.dumps(body), DelaySeconds=int(delay.total_seconds())
        )


def send_in_groups(
    client: SQSClient, queue_url: str, messages: Iterable[tuple[str, Mapping[str, object]]], *, delay_seconds: int = 0
) -> None:
    """Send (supplier id, body) pairs, ten per call, each in its supplier's message group. Raises Transient.

    Groups make SQS a fair queue: one supplier's thousands of messages do not delay another's.
    """
    for batch in _tens(messages):
        entries: list[SendMessageBatchRequestEntryTypeDef] = [
            {
                "Id": str(index),
                "MessageBody": json.dumps(body),
                "MessageGroupId": supplier_id,
                "DelaySeconds": delay_seconds,
            }
            for index, (supplier_id, body) in enumerate(batch)
        ]
        answer = client.send_message_batch(QueueUrl=queue_url, Entries=entries)
        if answer.get("Failed"):
            raise Transient("File d'attente indisponible.", "The queue did not take every message.")


def _tens(messages: Iterable[_T]) -> Iterable[list[_T]]:
    remaining = iter(messages)
    while batch := list(islice(remaining, 10)):
        yield batch


def parse_lesson(body: str) -> LessonWork | None:
    """The lesson in a message; None for a message about something else."""
    match json.loads(body):
        case {
            "supplier_id": str(supplier_id),
            "document_id": str(document_id),
            "lesson": "teach" | "unteach" as lesson,
        }:
            return LessonWork(supplier_id, document_id, lesson)
    return None


def parse_work(body: str) -> Work:
    """The document to work on. Raises ValueError for any other body, which then ends in the dead-letter queue."""
    match json.loads(body):
        case {"supplier_id": str(supplier_id), "document_id": str(document_id)}:
            return Work(supplier_id, document_id, run_at=_run_at(json.loads(body).get("run_at")))
    raise ValueError("not a work message")


def _run_at(text: object) -> datetime | None:
    return datetime.fromisoformat(text) if isinstance(text, str) else None


def parse_supplier(body: str) -> SupplierWork:
    """The supplier to work on. Raises ValueError for any other body, which then ends in the dead-letter queue."""
    match json.loads(body):
        case {"supplier_id": str(supplier_id)}:
            return SupplierWork(supplier_id)
    raise ValueError("not a supplier message")


def parse_tracking_work(body: str) -> TrackingWork:
    """What to track. Raises ValueError for any other body, which then ends in the dead-letter queue."""
    match json.loads(body):
        case {"supplier_id": str(supplier_id), "document_ids": [*ids]} if all(isinstance(each, str) for each in ids):
            return TrackingWork(supplier_id, tuple(ids))
    raise ValueError("not a tracking message")
