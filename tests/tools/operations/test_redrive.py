"""Dead letters go back to their queue unchanged; a queue without a dead-letter queue is an error."""

import json
from typing import Any

import pytest

from tools.operations.redrive import NoDeadLetters, redrive

QUEUE, DEAD = "https://sqs.test/queue", "https://sqs.test/dead"


class Sqs:
    """A queue with its dead letters; what is taken is gone once it was deleted."""

    def __init__(self, *letters: dict[str, Any]) -> None:
        self.letters = [{"ReceiptHandle": str(place), **letter} for place, letter in enumerate(letters)]
        self.sent: list[dict[str, Any]] = []

    def get_queue_attributes(self, *, QueueUrl: str, **_: Any) -> dict[str, Any]:  # noqa: N803 (boto3's name)
        policy = {"RedrivePolicy": json.dumps({"deadLetterTargetArn": "arn:aws:sqs:eu-west-3:1:dead"})}
        return {"Attributes": policy} if QueueUrl == QUEUE else {}

    def get_queue_url(self, **_: Any) -> dict[str, str]:
        return {"QueueUrl": DEAD}

    def receive_message(self, **request: Any) -> dict[str, Any]:
        assert request["QueueUrl"] == DEAD
        kept = {"ReceiptHandle", "Body"}
        if request.get("MessageAttributeNames") == ["All"]:
            kept.add("MessageAttributes")
        if "MessageGroupId" in request.get("AttributeNames", []):
            kept.add("Attributes")
        return {"Messages": [{key: each[key] for key in kept if key in each} for each in self.letters]}

    def send_message(self, **message: Any) -> None:
        self.sent.append(message)

    def delete_message(self, *, QueueUrl: str, ReceiptHandle: str) -> None:  # noqa: N803 (boto3's names)
        self.letters = [each for each in self.letters if each["ReceiptHandle"] != ReceiptHandle]


def test_every_letter_goes_back_once() -> None:
    sqs = Sqs({"Body": "a"}, {"Body": "b"})
    assert redrive(sqs, QUEUE) == 2
    assert sqs.letters == []
    assert [(each["QueueUrl"], each["MessageBody"]) for each in sqs.sent] == [(QUEUE, "a"), (QUEUE, "b")]


def test_a_dead_letter_keeps_its_cause_and_its_suppliers_message_group() -> None:
    cause = {"cause": {"DataType": "String", "StringValue": "request-1"}}
    sqs = Sqs({"Body": "a", "MessageAttributes": cause, "Attributes": {"MessageGroupId": "supplier-1"}})
    redrive(sqs, QUEUE)
    assert sqs.sent[0]["MessageAttributes"] == cause
    assert sqs.sent[0]["MessageGroupId"] == "supplier-1"


def test_the_address_of_the_dead_letters_themselves_is_refused_with_what_to_give_instead() -> None:
    with pytest.raises(NoDeadLetters, match="the queue itself"):
        redrive(Sqs({"Body": "a"}), DEAD)
