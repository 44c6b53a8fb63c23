"""Reads the stack's queues: waiting messages, dead letters, and their redrive."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from chorus_connector.adapters.table import keys
from tools.local_stack.stack import LocalStack
from tools.operations.redrive import redrive
from tools.operations.redrive_changes import redrive_changes

_SOON = timedelta(hours=1)
"""Longer than any pause of the circuit breaker, shorter than the time limit of a reading."""
_BEFORE_READY = ("Intake", "Ocr", "TextractCompletion", "Resolution")


class Queues:
    """Every queue of one stack. A queue that feeds a function is a work queue; all others hold dead letters."""

    def __init__(self, stack: LocalStack) -> None:
        self._sqs, self._streams = stack.boto_client("sqs"), stack.boto_client("dynamodbstreams")
        self._lambda, self._dynamodb = stack.boto_client("lambda"), stack.boto_client("dynamodb")
        self._table = stack.outputs["TableName"]
        mappings = self._lambda.get_paginator("list_event_source_mappings").paginate()
        sources = {
            each["EventSourceArn"].rsplit(":", 1)[-1] for page in mappings for each in page["EventSourceMappings"]
        }
        every = [url for page in self._sqs.get_paginator("list_queues").paginate() for url in page.get("QueueUrls", [])]
        self._work = [url for url in every if url.rsplit("/", 1)[-1] in sources]
        self._dead = [url for url in every if url not in self._work]
        self._before_ready = [stack.outputs[f"{name}QueueUrl"] for name in _BEFORE_READY]
        self._webhook_url = stack.outputs["WebhookQueueUrl"]
        self.submission_url = stack.outputs["SubmissionQueueUrl"]

    def before_ready(self) -> int:
        """The number of messages of documents before READY."""
        return sum(map(self.depth, self._before_ready))

    def waiting(self, *, webhooks: bool = True) -> int:
        """The number of messages in all work queues; without ``webhooks``, whose retries take hours, in the others."""
        return sum(self.depth(url) for url in self._work if webhooks or url != self._webhook_url)

    def dead(self) -> dict[str, int]:
        """Dead letters by queue; empty when there are none."""
        found = {url.rsplit("/", 1)[-1]: self.depth(url) for url in self._dead}
        return {name: count for name, count in found.items() if count}

    def due(self) -> int:
        """Documents that are due within the hour: READY, SUBMITTING, HELD or IN_DOUBT.

        Documents in READING do not count: they are due after hours, and their dead letter is redriven sooner.
        """
        until = (datetime.now(UTC) + _SOON).strftime("%Y-%m-%dT%H:%M:%S")
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            IndexName=keys.DUE_INDEX,
            KeyConditionExpression="ready_kind = :kind AND ready_sort BETWEEN :begin AND :until",
            ExpressionAttributeValues={
                ":kind": {"S": "READY"},
                ":begin": {"S": keys.DUE_BEGIN},
                ":until": {"S": until},
            },
            Select="COUNT",
        )
        return sum(page["Count"] for page in pages)

    def redrive(self) -> int:
        """Redrive all dead letters as the runbooks describe; those of failed ten-minute runs are deleted."""
        moved = sum(redrive(self._sqs, url) for url in self._work)
        for url in self._dead:
            moved += self._purge_or_redrive_changes(url)
        return moved

    def depth(self, url: str) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self._sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
        return sum(int(answer[name]) for name in names)

    def _purge_or_redrive_changes(self, url: str) -> int:
        if self.depth(url) == 0:
            return 0
        shown = self._sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=1, VisibilityTimeout=0).get("Messages", [])
        if shown and "DDBStreamBatchInfo" in json.loads(shown[0]["Body"]):
            return redrive_changes(self._sqs, self._streams, self._lambda, url)
        self._sqs.purge_queue(QueueUrl=url)
        return 0


@dataclass
class Watched:
    """A number that a background thread measures periodically, so that reading it is cheap."""

    measure: Callable[[], int]
    every: float = 1.0
    value: int = 0
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> "Watched":
        threading.Thread(target=self._watch, name="watched", daemon=True).start()
        return self

    def stop(self) -> None:
        self._over.set()

    def _watch(self) -> None:
        while not self._over.wait(self.every):
            self.value = self.measure()
