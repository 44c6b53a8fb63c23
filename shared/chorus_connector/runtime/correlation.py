"""One id through every log line that is about one thing, and what caused it, from the request to the portal's answer.

A document's own id is its correlation id: it is in every message, key and path already, so that it crosses the
bucket, Textract and the clock, which carry nothing of ours. ``cause`` is the request, tick or message that set the
work going; it travels with every SQS message as an attribute. Nothing here is told by handlers or adapters.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from aws_lambda_powertools import Logger

_ATTRIBUTE = "cause"
_CAUSE: ContextVar[str] = ContextVar("cause", default="")


@contextmanager
def caused_by(
    logger: Logger, cause: str, *, document_id: str | None = None, supplier_id: str | None = None
) -> Iterator[None]:
    """Every line and every message sent within says so."""
    keys = {"correlation_id": document_id or cause, "cause": cause, "supplier_id": supplier_id}
    token = _CAUSE.set(cause)
    try:
        with logger.append_context_keys(**{key: value for key, value in keys.items() if value}):
            yield
    finally:
        _CAUSE.reset(token)


def now_about(logger: Logger, document_id: str) -> None:
    """From here on the lines of this request are the document's: it had no id before."""
    logger.append_keys(correlation_id=document_id)


@contextmanager
def of_request(logger: Logger, event: dict[str, Any]) -> Iterator[None]:
    """The lines of an HTTP request: caused by it, about the document in its path, if there is one."""
    supplier_id, document_id = _in_path(str(event.get("rawPath", "")))
    cause = str(event["requestContext"].get("requestId", ""))
    with caused_by(logger, cause, document_id=document_id, supplier_id=supplier_id):
        yield


@contextmanager
def of_message(logger: Logger, record: dict[str, Any]) -> Iterator[None]:
    """The lines of an SQS message: about the document in it, caused by what its sender was caused by."""
    attribute = record.get("messageAttributes", {}).get(_ATTRIBUTE, {})
    cause = attribute.get("stringValue") or record["messageId"]
    supplier_id, document_id = _in_body(record["body"])
    with caused_by(logger, cause, document_id=document_id, supplier_id=supplier_id):
        yield


@contextmanager
def of_change(logger: Logger, record: dict[str, Any]) -> Iterator[None]:
    """The lines of a change in the table's stream: about the document that changed."""
    keys = record["dynamodb"]["Keys"]
    supplier_id = _after("SUPPLIER#", keys["PK"]["S"])
    document_id = _after("INVOICE#", keys["SK"]["S"])
    cause = document_id or record["dynamodb"]["SequenceNumber"]
    with caused_by(logger, cause, document_id=document_id, supplier_id=supplier_id):
        yield


@contextmanager
def of_schedule(logger: Logger, event: dict[str, Any], context: Any) -> Iterator[None]:
    """The lines of a start by the clock: caused by that very tick."""
    with caused_by(logger, str(event.get("execution_id") or context.aws_request_id)):
        yield


def pass_on(sqs: Any) -> None:
    """Have the client send the cause along with every message."""
    sqs.meta.events.register("provide-client-params.sqs.SendMessage", _mark)
    sqs.meta.events.register("provide-client-params.sqs.SendMessageBatch", _mark_each)


def tell_of(name: str) -> None:
    """Write the lines of a plain logger like our own, with the same ids."""
    plain = logging.getLogger(name)
    plain.handlers = list(Logger().handlers)
    plain.setLevel(logging.INFO)
    plain.propagate = False  # Lambda's own handler would write each line again


def _mark(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    if cause := _CAUSE.get():
        params.setdefault("MessageAttributes", {})[_ATTRIBUTE] = {"DataType": "String", "StringValue": cause}
    return params


def _mark_each(params: dict[str, Any], **_: Any) -> dict[str, Any]:
    for entry in params["Entries"]:
        _mark(entry)
    return params


def _in_path(path: str) -> tuple[str | None, str | None]:
    match path.split("/"):
        case ["", "suppliers", supplier_id, "invoices" | "tracking", document_id, *_] if document_id:
            return supplier_id, document_id
        case ["", "suppliers", supplier_id, *_] if supplier_id:
            return supplier_id, None
    return None, None


def _in_body(body: str) -> tuple[str | None, str | None]:
    """The supplier and document of a message of ours, of Textract or of the bucket; whatever it does not say, None."""
    try:
        message = json.loads(body)
    except ValueError:
        return None, None  # the box itself will say what it thinks of it
    match message:
        case {"JobTag": str(tag)}:
            supplier_id, _, document_id = tag.partition(".")
            return supplier_id, document_id
        case {"Records": [{"s3": {"object": {"key": str(key)}}}, *_]} if key.count("/") > 3:
            _, supplier_id, _, document_id, *_ = key.split("/")
            return supplier_id, document_id
        case {"notification": dict(told)}:
            return told.get("supplier_id"), told.get("document_id")
        case dict(work):
            return work.get("supplier_id"), work.get("document_id")
    return None, None


def _after(prefix: str, key: str) -> str | None:
    return key.removeprefix(prefix) if key.startswith(prefix) else None
