"""Send the messages of a dead-letter queue back to its source queue, once the cause is fixed.

A message is deleted only after its copy was accepted: an interruption delivers it twice, never zero times, and every
function is idempotent. This works on AWS and on the local stack (the redrive of the AWS console needs an API that the
local stack lacks).
"""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageRequestTypeDef


class NoDeadLetters(RuntimeError):
    """The queue has no dead-letter queue."""


def redrive(sqs: "SQSClient", queue_url: str) -> int:
    """Send the queue's dead letters back to it; returns how many. Raises NoDeadLetters."""
    dead_letters = _dead_letter_queue(sqs, queue_url)
    moved = 0
    while messages := _receive(sqs, dead_letters):
        for message in messages:
            sqs.send_message(**_as_it_came(queue_url, message))
            sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def waiting_dead_letters(sqs: "SQSClient", queue_url: str) -> int:
    """The approximate number of messages in the queue's dead-letter queue."""
    return _depth(sqs, _dead_letter_queue(sqs, queue_url))


def _dead_letter_queue(sqs: "SQSClient", queue_url: str) -> str:
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["RedrivePolicy"])
    policy = answer.get("Attributes", {}).get("RedrivePolicy")
    if policy is None:
        raise NoDeadLetters("no dead letters belong to it: give the address of the queue itself (output …QueueUrl)")
    arn = json.loads(policy)["deadLetterTargetArn"]
    return str(sqs.get_queue_url(QueueName=arn.rsplit(":", 1)[-1])["QueueUrl"])


def _depth(sqs: "SQSClient", queue_url: str) -> int:
    answer = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(answer["Attributes"]["ApproximateNumberOfMessages"])


def _as_it_came(queue_url: str, message: "MessageTypeDef") -> "SendMessageRequestTypeDef":
    """A copy of the message that keeps its attributes (cause) and its group (supplier)."""
    again: SendMessageRequestTypeDef = {"QueueUrl": queue_url, "MessageBody": message["Body"]}
    if attributes := message.get("MessageAttributes"):
        again["MessageAttributes"] = attributes
    if group := message.get("Attributes", {}).get("MessageGroupId"):
        again["MessageGroupId"] = group
    return again


def _receive(sqs: "SQSClient", queue_url: str) -> "list[MessageTypeDef]":
    answer = sqs.receive_message(
        QueueUrl=queue_url,
        MaxNumberOfMessages=10,
        WaitTimeSeconds=1,
        MessageAttributeNames=["All"],
        AttributeNames=["MessageGroupId"],
    )
    return list(answer.get("Messages", []))
