"""A function gets the changes that it failed on again, each once; a dead letter stays until they are handled."""

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tools.operations.redrive_changes import ChangesForgotten, NotHandled, redrive_changes

FUNCTION = "arn:aws:lambda:eu-west-3:000000000000:function:box"


class Aws:
    """A queue of dead letters, a stream of numbered changes in pages of two, and a function, in one object."""

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
                            "requestContext": {"functionArn": f"{FUNCTION}:12"},
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
            raise ClientError({"Error": {"Code": "TrimmedDataAccessException"}}, "GetShardIterator")
        return {"ShardIterator": request["SequenceNumber"]}

    def get_records(self, **request: Any) -> dict[str, Any]:
        start = int(request["ShardIterator"])
        records = [{"dynamodb": {"SequenceNumber": str(each), "x": b"\x00"}} for each in (start, start + 1)]
        return {"Records": records, "NextShardIterator": str(start + 2)}

    def invoke(self, **request: Any) -> dict[str, Any]:
        assert (request["FunctionName"], request["Qualifier"]) == (FUNCTION, "live")
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


class Shards(Aws):
    """A stream of three shards: the numbers of the first one overlap the second's, and the third ended before."""

    def __init__(
        self, *letters: tuple[int, int], s1: tuple[int, ...] = (4, 6, 8), s2: tuple[int, ...] = (5, 7, 9)
    ) -> None:
        super().__init__(*letters)
        self.records = {"s1": s1, "s2": s2}

    def receive_message(self, **_: Any) -> dict[str, Any]:
        answer = super().receive_message()
        for message in answer["Messages"]:
            letter = json.loads(message["Body"])
            del letter["DDBStreamBatchInfo"]["shardId"]
            message["Body"] = json.dumps(letter)
        return answer

    def describe_stream(self, **request: Any) -> dict[str, Any]:
        ranges = {
            "s1": {"StartingSequenceNumber": "4"},
            "s2": {"StartingSequenceNumber": "5"},
            "s3": {"StartingSequenceNumber": "1", "EndingSequenceNumber": "2"},
        }
        page = {"s1": "s2", "s2": "s3"} | {None: "s1"}  # one shard a page
        shard = page[request.get("ExclusiveStartShardId")]
        more = {"LastEvaluatedShardId": shard} if shard != "s3" else {}
        told = {"ShardId": shard, "SequenceNumberRange": ranges[shard]}
        return {"StreamDescription": {"Shards": [told], **more}}

    def get_shard_iterator(self, **request: Any) -> dict[str, str]:
        assert request["ShardId"] != "s3", "its range does not have the number"
        return {"ShardIterator": f"{request['ShardId']} {request['SequenceNumber']}"}

    def get_records(self, **request: Any) -> dict[str, Any]:
        shard, first = request["ShardIterator"].split()
        numbers = [each for each in self.records[shard] if each >= int(first)]
        at = {"ApproximateCreationDateTime": datetime.now(UTC)}
        return {"Records": [{"dynamodb": {"SequenceNumber": str(each), **at}} for each in numbers]}

    def invoke(self, **request: Any) -> dict[str, Any]:
        assert "ApproximateCreationDateTime" not in str(request["Payload"]), "an old one would be set aside again"
        return super().invoke(**request)


def test_a_change_that_the_function_set_aside_is_found_in_the_shard_that_has_it() -> None:
    aws = Shards((7, 7))
    assert redrive_changes(aws, aws, aws, "url") == 1
    assert aws.seen == [7]
    gone = Shards((6, 6), s1=(8,), s2=(7,))
    with pytest.raises(ChangesForgotten):
        redrive_changes(gone, gone, gone, "url")
    assert len(gone.letters) == 1
