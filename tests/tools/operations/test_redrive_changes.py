"""A function gets the changes that it failed on again, each once; a dead letter stays until they are handled."""

import io
import json
from typing import Any

import pytest

from tools.operations.redrive_changes import NotHandled, redrive_changes


class Aws:
    """A queue of dead letters, a stream of numbered changes in pages of two, and a function, in one object."""

    class exceptions:  # noqa: N801 (boto3's name)
        class TrimmedDataAccessException(Exception): ...

        class ResourceNotFoundException(Exception): ...

    def __init__(self, *letters: tuple[int, int], answer: Any = None) -> None:
        self.letters = {str(index): letter for index, letter in enumerate(letters)}
        self.answer = answer
        self.seen: list[int] = []

    def receive_message(self, **_: Any) -> dict[str, Any]:
        place = {"streamArn": "stream", "shardId": "shard"}
        return {
            "Messages": [
                {
                    "ReceiptHandle": handle,
                    "Body": json.dumps(
                        {
                            "requestContext": {"functionArn": "box"},
                            "DDBStreamBatchInfo": {
                                **place,
                                "startSequenceNumber": str(first),
                                "endSequenceNumber": str(last),
                            },
                        }
                    ),
                }
                for handle, (first, last) in self.letters.items()
            ]
        }

    def delete_message(self, **request: Any) -> None:
        del self.letters[request["ReceiptHandle"]]

    def get_shard_iterator(self, **request: Any) -> dict[str, str]:
        if int(request["SequenceNumber"]) == 0:
            raise self.exceptions.TrimmedDataAccessException
        return {"ShardIterator": request["SequenceNumber"]}

    def get_records(self, **request: Any) -> dict[str, Any]:
        start = int(request["ShardIterator"])
        records = [{"dynamodb": {"SequenceNumber": str(each), "x": b"\x00"}} for each in (start, start + 1)]
        return {"Records": records, "NextShardIterator": str(start + 2)}

    def invoke(self, **request: Any) -> dict[str, Any]:
        records = json.loads(request["Payload"])["Records"]
        self.seen += [int(each["dynamodb"]["SequenceNumber"]) for each in records]
        return {"Payload": io.BytesIO(json.dumps(self.answer).encode())}


def test_every_change_between_the_first_and_the_last_is_handled() -> None:
    aws = Aws((3, 7), (20, 20))
    assert redrive_changes(aws, aws, aws, "url") == 6
    assert aws.seen == [3, 4, 5, 6, 7, 20]
    assert aws.letters == {}


def test_a_dead_letter_stays_when_the_function_fails_again_or_the_stream_has_expired() -> None:
    failing = Aws((3, 4), answer={"batchItemFailures": [{"itemIdentifier": "3"}]})
    late = Aws((0, 4))
    for aws, words in ((failing, "failed again"), (late, "forgotten")):
        with pytest.raises(RuntimeError, match=words):
            redrive_changes(aws, aws, aws, "url")
        assert len(aws.letters) == 1


def test_a_letter_of_another_kind_is_left_where_it_is_and_said_so() -> None:
    aws = Aws((1, 2))
    answer = aws.receive_message()
    answer["Messages"][0]["Body"] = json.dumps({"supplier_id": "s1", "document_id": "d1"})
    aws.receive_message = lambda **_: answer  # type: ignore[method-assign]
    with pytest.raises(NotHandled, match="redrive"):
        redrive_changes(aws, aws, aws, "https://sqs.test/queue")
    assert len(aws.letters) == 1
