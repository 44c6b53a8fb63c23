"""Send what a dead-letter queue holds back to its queue, once the cause is mended.

A message is deleted only after its copy was taken: one that is lost half-way is delivered twice, never not at
all, and every box is written for that. Works on AWS and on the local stack alike (the console's own redrive needs
an API the local stack lacks).
"""

import json
from typing import Any


def redrive(sqs: Any, queue_url: str) -> int:
    """Drive the queue's dead letters back to it; gives how many."""
    dead_letters = _dead_letter_queue(sqs, queue_url)
    moved = 0
    while messages := _receive(sqs, dead_letters):
        for message in messages:
            sqs.send_message(QueueUrl=queue_url, MessageBody=message["Body"])
            sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def waiting_dead_letters(sqs: Any, queue_url: str) -> int:
    """About how many messages the queue's dead-letter queue holds."""
    return _depth(sqs, _dead_letter_queue(sqs, queue_url))


def _dead_letter_queue(sqs: Any, queue_url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["RedrivePolicy"])
    arn = json.loads(answer["Attributes"]["RedrivePolicy"])["deadLetterTargetArn"]
    return str(sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"])


def _depth(sqs: Any, queue_url: str) -> int:
    name = "ApproximateNumberOfMessages"
    return int(sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=[name])["Attributes"][name])


def _receive(sqs: Any, queue_url: str) -> list[dict[str, Any]]:
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    return list(answer.get("Messages", []))
