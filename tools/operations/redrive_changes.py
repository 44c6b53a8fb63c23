"""Invoke a function again with the changes of the table that it failed on, once the cause is fixed.

Such a dead letter names the position in the table's stream, not the change itself; the stream keeps changes for 24
hours. Lambda wrote it, or the function itself, which does not know the shard. A letter is deleted only after the
function, in its live version, has handled all its changes. Functions are idempotent, so a change may be handled twice.
"""

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from tools.operations.installation import LIVE

if TYPE_CHECKING:
    from mypy_boto3_dynamodbstreams import DynamoDBStreamsClient
    from mypy_boto3_dynamodbstreams.type_defs import DescribeStreamInputTypeDef, RecordTypeDef
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef

_NOT_THERE = frozenset({"TrimmedDataAccessException", "ResourceNotFoundException", "ValidationException"})
_LARGEST = 4_000_000
"""Most characters in one payload: an invocation takes 6 MB."""


class NotHandled(RuntimeError):
    """The changes could not be handled, so the letter stays; the message says why."""


class ChangesForgotten(NotHandled):
    """The stream no longer has these changes: they are older than a day."""


def redrive_changes(
    sqs: "SQSClient", streams: "DynamoDBStreamsClient", functions: "LambdaClient", dead_letters_url: str
) -> int:
    """Invoke the function again with every change these dead letters name; returns how many.

    Raises NotHandled when the function fails again or the letter is of another kind, ChangesForgotten when the changes
    are too old. The letter then stays in the queue.
    """
    handled = 0
    while messages := _receive(sqs, dead_letters_url):
        for message in messages:
            letter = _letter(message["Body"])
            handled += _handle(letter, streams, functions)
            sqs.delete_message(QueueUrl=dead_letters_url, ReceiptHandle=message["ReceiptHandle"])
    return handled


def _letter(body: str) -> dict[str, Any]:
    letter = json.loads(body)
    if not isinstance(letter, dict) or "DDBStreamBatchInfo" not in letter:
        raise NotHandled("these are no dead letters of the table's stream: for a queue's own there is « redrive »")
    return letter


def _handle(letter: dict[str, Any], streams: "DynamoDBStreamsClient", functions: "LambdaClient") -> int:
    handled = 0
    function = ":".join(letter["requestContext"]["functionArn"].split(":")[:7])  # without the version of that time
    for texts in _payloads(_changes(letter["DDBStreamBatchInfo"], streams)):
        payload = f'{{"Records": [{",".join(texts)}]}}'.encode()
        answer = functions.invoke(FunctionName=function, Qualifier=LIVE, Payload=payload)
        told = json.loads(answer["Payload"].read() or b"null") or {}
        if "FunctionError" in answer or told.get("batchItemFailures"):
            raise NotHandled(
                "the function failed again on these changes: read its log, fix the cause, then run this command again"
            )
        handled += len(texts)
    return handled


def _payloads(records: "Iterator[RecordTypeDef]") -> Iterator[list[str]]:
    """The records in Lambda's format, grouped into payloads of the permitted size."""
    texts: list[str] = []
    for record in records:
        # its age would let the function set it aside again
        change = {name: value for name, value in record["dynamodb"].items() if name != "ApproximateCreationDateTime"}
        text = json.dumps({**record, "dynamodb": change}, default=_plain)
        if texts and sum(map(len, texts)) + len(text) > _LARGEST:
            yield texts
            texts = []
        texts.append(text)
    if texts:
        yield texts


def _plain(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _changes(place: dict[str, Any], streams: "DynamoDBStreamsClient") -> "Iterator[RecordTypeDef]":
    """The records from the first to the last sequence number that the letter names."""
    first, last = place["startSequenceNumber"], int(place["endSequenceNumber"])
    shards = [place["shardId"]] if "shardId" in place else _shards(place["streamArn"], int(first), streams)
    for shard in shards:
        records = _records_of(place["streamArn"], shard, first, streams)
        record = next(records, None)
        if record is None or ("shardId" not in place and record["dynamodb"]["SequenceNumber"] != first):
            continue  # the numbers of shards overlap: another one has this record
        while record is not None and int(record["dynamodb"]["SequenceNumber"]) <= last:
            yield record
            record = next(records, None) if int(record["dynamodb"]["SequenceNumber"]) < last else None
        return
    raise ChangesForgotten("the stream has forgotten these changes, they are more than a day old: see docs/runbooks.md")


def _records_of(stream: str, shard: str, first: str, streams: "DynamoDBStreamsClient") -> "Iterator[RecordTypeDef]":
    """The shard's records from that sequence number on; none when the shard does not have it."""
    try:
        iterator: str | None = streams.get_shard_iterator(
            StreamArn=stream, ShardId=shard, ShardIteratorType="AT_SEQUENCE_NUMBER", SequenceNumber=first
        )["ShardIterator"]
    except ClientError as error:
        if error.response["Error"]["Code"] not in _NOT_THERE:
            raise
        return
    while iterator:
        answer = streams.get_records(ShardIterator=iterator)
        yield from answer["Records"]
        # an open shard always has a next iterator, even when it has no further record
        iterator = answer.get("NextShardIterator") if answer["Records"] else None


def _shards(stream: str, number: int, streams: "DynamoDBStreamsClient") -> Iterator[str]:
    """The shards whose range of sequence numbers includes this one."""
    request: DescribeStreamInputTypeDef = {"StreamArn": stream}
    while True:
        told = streams.describe_stream(**request)["StreamDescription"]
        for shard in told.get("Shards", ()):
            bounds = shard["SequenceNumberRange"]
            if int(bounds["StartingSequenceNumber"]) <= number <= int(bounds.get("EndingSequenceNumber", number)):
                yield shard["ShardId"]
        if "LastEvaluatedShardId" not in told:
            return
        request["ExclusiveStartShardId"] = told["LastEvaluatedShardId"]


def _receive(sqs: "SQSClient", queue_url: str) -> "list[MessageTypeDef]":
    answer = sqs.receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
    return list(answer.get("Messages", []))
