"""Send what a dead-letter queue holds back to its queue, once the cause is mended.

A message is deleted only after its copy was taken: one that is lost half-way is delivered twice, never not at
all, and every box is written for that. Works on AWS and on the local stack alike (the console's own redrive needs
an API the local stack lacks).
"""

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageRequestTypeDef


class NoDeadLetters(RuntimeError):
    """The queue has no dead letters of its own."""


def redrive(sqs: "SQSClient", queue_url: str) -> int:
    """Drive the queue's dead letters back to it; gives how many. Raises NoDeadLetters."""
    dead_letters = _dead_letter_queue(sqs, queue_url)
    moved = 0
    while messages := _receive(sqs, dead_letters):
        for message in messages:
            sqs.send_message(**_as_it_came(queue_url, message))
            sqs.delete_message(QueueUrl=dead_letters, ReceiptHandle=message["ReceiptHandle"])
            moved += 1
    return moved


def waiting_dead_letters(sqs: "SQSClient", queue_url: str) -> int:
    """About how many messages the queue's dead-letter queue holds."""
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
    """The same message with its attributes (its cause) and its group (its supplier)."""
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
