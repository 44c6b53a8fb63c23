"""A function's log lines name the document, the supplier and the cause of its start, and its messages pass them on."""

import io
import json
import logging
import uuid
from typing import Any

import boto3
import pytest
from aws_lambda_powertools import Logger
from botocore.stub import Stubber

from chorus_connector.runtime.correlation import caused_by, log_like_ours, of_change, of_message, of_request, pass_on

BODIES: dict[str, tuple[dict[str, Any], str | None, str | None]] = {
    "work": ({"supplier_id": "s1", "document_id": "d1"}, "s1", "d1"),
    "a supplier": ({"supplier_id": "s1"}, "s1", None),
    "textract's word": ({"JobId": "j", "JobTag": "s1.d1"}, "s1", "d1"),
    "the bucket's": ({"Records": [{"s3": {"object": {"key": "suppliers/s1/documents/d1/original"}}}]}, "s1", "d1"),
    "the bucket's test": ({"Event": "s3:TestEvent"}, None, None),
    "a webhook": ({"endpoint_id": "e", "notification": {"supplier_id": "s1", "document_id": "d1"}}, "s1", "d1"),
    "something else": ({"Records": [{"s3": {"object": {"key": "elsewhere"}}}]}, None, None),
}


@pytest.fixture
def lines() -> tuple[Logger, io.StringIO]:
    written = io.StringIO()
    # a name of its own: loggers live as long as the process
    return Logger(service=uuid.uuid4().hex, logger_handler=logging.StreamHandler(written)), written


def _last(written: io.StringIO) -> dict[str, Any]:
    return dict(json.loads(written.getvalue().splitlines()[-1]))


@pytest.mark.parametrize(("body", "supplier", "document"), BODIES.values(), ids=BODIES.keys())
def test_a_message_is_about_its_document(
    lines: tuple[Logger, io.StringIO], body: dict[str, Any], supplier: str | None, document: str | None
) -> None:
    logger, written = lines
    with of_message(logger, {"messageId": "m1", "body": json.dumps(body)}):
        logger.info("x")
    line = _last(written)
    assert line["correlation_id"] == document or (document is None and line["correlation_id"] == "m1")
    assert line.get("supplier_id") == supplier
    logger.info("y")
    assert "correlation_id" not in _last(written), "the next message starts without it"


def test_a_body_that_is_no_json_is_an_error_of_the_function_only(lines: tuple[Logger, io.StringIO]) -> None:
    logger, written = lines
    with of_message(logger, {"messageId": "m1", "body": "not json"}):
        logger.info("x")
    assert _last(written)["cause"] == "m1"


@pytest.mark.parametrize(
    ("path", "about"),
    [
        ("/suppliers/s1/invoices/d1/submit", "d1"),
        ("/suppliers/s1/invoices", "r1"),
        ("/suppliers/s1/documents", "r1"),
        ("/messages", "r1"),
    ],
)
def test_a_request_is_about_the_document_in_its_path_or_itself(
    lines: tuple[Logger, io.StringIO], path: str, about: str
) -> None:
    logger, written = lines
    with of_request(logger, {"rawPath": path, "requestContext": {"requestId": "r1"}}):
        logger.info("x")
    assert (_last(written)["correlation_id"], _last(written)["cause"]) == (about, "r1")


def test_a_change_of_the_table_is_about_its_document(lines: tuple[Logger, io.StringIO]) -> None:
    logger, written = lines
    keys = {"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": "INVOICE#d1"}}
    with of_change(logger, {"dynamodb": {"Keys": keys, "SequenceNumber": "7"}}):
        logger.info("x")
    assert (_last(written)["correlation_id"], _last(written)["supplier_id"]) == ("d1", "s1")


def test_every_message_sent_within_names_what_caused_it(lines: tuple[Logger, io.StringIO]) -> None:
    logger, _ = lines
    sqs = boto3.client("sqs", region_name="eu-west-3", aws_access_key_id="x", aws_secret_access_key="x")
    pass_on(sqs)
    mark = {"cause": {"DataType": "String", "StringValue": "r1"}}
    with Stubber(sqs) as stub, caused_by(logger, "r1"):
        entries = [{"Id": "0", "MessageBody": "a"}, {"Id": "1", "MessageBody": "b"}]
        marked = [{**entry, "MessageAttributes": mark} for entry in entries]
        stub.add_response("send_message_batch", {"Successful": [], "Failed": []}, {"QueueUrl": "q", "Entries": marked})
        stub.add_response("send_message", {}, {"QueueUrl": "q", "MessageBody": "a", "MessageAttributes": mark})
        sqs.send_message_batch(QueueUrl="q", Entries=entries)
        sqs.send_message(QueueUrl="q", MessageBody="a")
        stub.assert_no_pending_responses()


def test_the_portals_lines_are_written_like_ours() -> None:
    plain = logging.getLogger("a_plain_library")
    log_like_ours("a_plain_library")
    assert plain.handlers
    assert not plain.propagate, "not twice"
    plain.handlers.clear()
