"""The queue of ZIPs to take, on SQS: one message per ZIP, in its supplier's message group."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from chorus_connector.adapters.queues.work import send_in_groups
from chorus_connector.ports.values import ArchiveWork

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsArchives:
    """``ports.ArchiveQueue`` on one SQS queue."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._queue_url = queue_url

    def send(self, work: ArchiveWork) -> None:
        send_in_groups(self._client, self._queue_url, [(work.supplier_id, work._asdict())])


def parse_archive(body: str) -> ArchiveWork:
    """The ZIP to take. Raises ValueError for any other body, which then ends in the dead-letter queue."""
    match json.loads(body):
        case {"supplier_id": str(supplier_id), "archive_id": str(archive_id)}:
            return ArchiveWork(supplier_id, archive_id)
    raise ValueError("not an archive message")
