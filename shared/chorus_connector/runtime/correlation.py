"""Correlation of log lines: one id for all lines about a document, and the cause of the work.

A document's id is its correlation id: every message, key and path contains it, so it survives S3, Textract and the
schedules, which carry no attributes of ours. ``cause`` is the request, scheduled start or message that started the
work; every SQS message carries it as an attribute. Handlers and adapters need not pass either of them on.
"""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger

from chorus_connector.adapters.table import keys

if TYPE_CHECKING:
    from botocore.client import BaseClient

_ATTRIBUTE = "cause"
_CAUSE: ContextVar[str] = ContextVar("cause", default="")


@contextmanager
def caused_by(
    logger: Logger, cause: str, *, document_id: str | None = None, supplier_id: str | None = None
) -> Iterator[None]:
    """Within this context every log line and every sent message carries the cause."""
    facts = {"correlation_id": document_id or cause, "cause": cause, "supplier_id": supplier_id}
    token = _CAUSE.set(cause)
    try:
        with logger.append_context_keys(**{key: value for key, value in facts.items() if value}):
            yield
    finally:
        _CAUSE.reset(token)


def now_about(logger: Logger, document_id: str) -> None:
    """Use the new document's id as the correlation id of this request's further lines."""
    logger.append_keys(correlation_id=document_id)


@contextmanager
def of_request(logger: Logger, event: dict[str, Any]) -> Iterator[None]:
    """Lines of an HTTP request: it is the cause, and the document in its path gives the correlation id."""
    supplier_id, document_id = _in_path(str(event.get("rawPath", "")))
    cause = str(event["requestContext"].get("requestId", ""))
    with caused_by(logger, cause, document_id=document_id, supplier_id=supplier_id):
        yield


@contextmanager
def of_message(logger: Logger, record: dict[str, Any]) -> Iterator[None]:
    """Lines of an SQS message: its document gives the correlation id, its sender's cause is the cause."""
    attribute = record.get("messageAttributes", {}).get(_ATTRIBUTE, {})
    cause = attribute.get("stringValue") or record["messageId"]
    supplier_id, document_id = _in_body(record["body"])
    with caused_by(logger, cause, document_id=document_id, supplier_id=supplier_id):
        yield


@contextmanager
def of_change(logger: Logger, record: dict[str, Any]) -> Iterator[None]:
    """Lines of a record of the table's stream: the changed document gives the correlation id."""
    changed = record["dynamodb"]["Keys"]
    supplier_id = keys.after(keys.SUPPLIERS, changed["PK"]["S"])
    document_id = keys.after(keys.INVOICES, changed["SK"]["S"])
    cause = document_id or record["dynamodb"]["SequenceNumber"]
    with caused_by(logger, cause, document_id=document_id, supplier_id=supplier_id):
        yield


@contextmanager
def of_schedule(logger: Logger, event: dict[str, Any], context: Any) -> Iterator[None]:
    """Lines of a scheduled start, whose execution is the cause."""
    with caused_by(logger, str(event.get("execution_id") or context.aws_request_id)):
        yield


def pass_on(sqs: "BaseClient") -> None:
    """Make the client add the cause to every message."""
    sqs.meta.events.register("provide-client-params.sqs.SendMessage", _mark)
    sqs.meta.events.register("provide-client-params.sqs.SendMessageBatch", _mark_each)


def log_like_ours(name: str) -> None:
    """Write the lines of a standard logger like our own, with the same ids."""
    plain = logging.getLogger(name)
    plain.handlers = list(Logger().handlers)
    plain.setLevel(logging.INFO)
    plain.propagate = False  # otherwise Lambda's own handler writes each line again


def _mark(params: dict[str, Any], **_: Any) -> None:
    if cause := _CAUSE.get():
        params.setdefault("MessageAttributes", {})[_ATTRIBUTE] = {"DataType": "String", "StringValue": cause}


def _mark_each(params: dict[str, Any], **_: Any) -> None:
    for entry in params["Entries"]:
        _mark(entry)


def _in_path(path: str) -> tuple[str | None, str | None]:
    match path.split("/"):
        case ["", "suppliers", supplier_id, "invoices" | "tracking", document_id, *_] if document_id:
            return supplier_id, document_id
        case ["", "suppliers", supplier_id, *_] if supplier_id:
            return supplier_id, None
    return None, None


def _in_body(body: str) -> tuple[str | None, str | None]:
    """The supplier and the document of a message of ours, of Textract or of S3; None for what it lacks."""
    try:
        message = json.loads(body)
    except ValueError:
        return None, None  # the function itself reports the invalid body
    match message:
        case {"JobTag": str(tag)}:
            supplier_id, _, document_id = tag.partition(".")
            return supplier_id, document_id
        case {"Records": [{"s3": {"object": {"key": str(key)}}}, *_]} if key.count("/") > 3:
            _, supplier_id, _, document_id, *_ = key.split("/")
            return supplier_id, document_id
        case {"notification": dict(notification)}:
            return notification.get("supplier_id"), notification.get("document_id")
        case dict(work):
            return work.get("supplier_id"), work.get("document_id")
    return None, None
