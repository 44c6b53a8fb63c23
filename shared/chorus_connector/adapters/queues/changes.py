"""The dead letters of a function that reads the table's stream: the positions of changes that it could not handle.

They have Lambda's own format, without the shard, which a function is not told. None contains what was changed.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


class SqsChangeLetters:
    """Changes that ``function_arn`` set aside, on the queue that also takes those which Lambda gave up."""

    def __init__(self, client: SQSClient, queue_url: str, function_arn: str) -> None:
        self._client = client
        self._queue_url = queue_url
        self._function_arn = function_arn

    def put(self, change: dict[str, Any]) -> None:
        """Note the change's position; ``redrive-changes`` finds it there for as long as the stream keeps it."""
        number = change["dynamodb"]["SequenceNumber"]
        place = {
            "streamArn": change["eventSourceARN"],
            "startSequenceNumber": number,
            "endSequenceNumber": number,
            "batchSize": 1,
        }
        told = {"functionArn": self._function_arn, "condition": "SetAside"}
        letter = {"requestContext": told, "DDBStreamBatchInfo": place}
        self._client.send_message(QueueUrl=self._queue_url, MessageBody=json.dumps(letter))
