"""The loop of every queue worker: which messages are done, and which SQS must deliver again."""

import io
import json
import logging
import uuid
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError

from chorus_connector.domain.errors import Conflict, Invalid, NotFound, StaleWrite, Transient
from chorus_connector.domain.portal.answers import AnswerLost, PortalRefused, PortalUnreachable
from chorus_connector.runtime.queues import work_through
from tests.fakes import Crash

SECRET = "FR76 3000 6000 0112 3456 7890 189"


class Worker:
    """Handles messages: each body names its document, and ``outcomes`` the result."""

    def __init__(self, **outcomes: BaseException) -> None:
        self.outcomes = outcomes
        self.handled: list[str] = []
        self.written = io.StringIO()
        # a name of its own: loggers live as long as the process
        self.logger = Logger(service=uuid.uuid4().hex, logger_handler=logging.StreamHandler(self.written))

    def handle(self, record: dict[str, Any]) -> None:
        document_id = json.loads(record["body"])["document_id"]
        self.handled.append(document_id)
        if document_id in self.outcomes:
            raise self.outcomes[document_id]

    def work(self, *document_ids: str) -> list[str]:
        """The ids of the messages that SQS is to deliver again."""
        records = [
            {"messageId": f"m-{each}", "body": json.dumps({"supplier_id": "s1", "document_id": each})}
            for each in document_ids
        ]
        answer = work_through({"Records": records}, self.handle, self.logger)
        assert answer.keys() == {"batchItemFailures"}
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written.getvalue().splitlines()]


def test_messages_that_were_handled_are_done() -> None:
    worker = Worker()
    assert worker.work("d1", "d2") == []
    assert worker.handled == ["d1", "d2"]


def test_a_batch_without_messages_has_no_failures() -> None:
    assert Worker().work() == []


def test_a_message_that_lost_a_race_comes_again() -> None:
    """Another worker had the document: reading again shows what is left to do. Acknowledged, that would be lost."""
    assert Worker(d1=StaleWrite()).work("d1") == ["m-d1"]


def test_a_message_about_a_document_that_is_gone_is_done() -> None:
    """Delivered again it would find nothing either."""
    assert Worker(d1=NotFound()).work("d1") == []


TROUBLE = {
    "an outside system": Transient("", ""),
    "the portal is down": PortalUnreachable("down"),
    "the portal's answer was lost": AnswerLost("timeout"),
    "a refusal the use case did not write on the invoice": PortalRefused("X", "non"),
    "a conflict": Conflict("c", "", ""),
    "a value": Invalid("", ""),
    "AWS is throttled": ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem"),
    "a bug": KeyError("x"),
}


@pytest.mark.parametrize("error", TROUBLE.values(), ids=TROUBLE.keys())
def test_any_other_failure_is_delivered_again_and_ends_in_the_dead_letter_queue(error: Exception) -> None:
    assert Worker(d1=error).work("d1") == ["m-d1"]


def test_a_failure_fails_its_own_message_only() -> None:
    worker = Worker(d2=KeyError("bug"), d4=StaleWrite(), d5=NotFound())
    assert worker.work("d1", "d2", "d3", "d4", "d5", "d6") == ["m-d2", "m-d4"]
    assert worker.handled == ["d1", "d2", "d3", "d4", "d5", "d6"], "those after a failure are handled too"


def test_a_process_that_is_ended_answers_nothing() -> None:
    """No answer: SQS delivers the whole batch again."""
    with pytest.raises(Crash):
        Worker(d1=Crash()).work("d1", "d2")


@pytest.mark.parametrize(
    ("error", "level"), [(None, "INFO"), (StaleWrite(), "INFO"), (NotFound(), "WARNING"), (KeyError("x"), "ERROR")]
)
def test_every_message_leaves_one_line_that_names_it_and_its_document(error: Exception | None, level: str) -> None:
    worker = Worker(**({"d1": error} if error else {}))
    worker.work("d1")
    (line,) = worker.lines()
    assert (line["level"], line["message_id"], line["correlation_id"]) == (level, "m-d1", "d1")


def test_the_line_of_a_failure_says_its_kind_and_place_and_quotes_no_document() -> None:
    worker = Worker(d1=ValueError(SECRET))
    worker.work("d1")
    (line,) = worker.lines()
    assert line["error"] == "ValueError"
    assert line["at"]
    assert SECRET not in worker.written.getvalue()


def test_the_lines_of_one_message_do_not_carry_the_ids_of_another() -> None:
    worker = Worker()
    worker.work("d1", "d2")
    assert [(line["message_id"], line["correlation_id"]) for line in worker.lines()] == [("m-d1", "d1"), ("m-d2", "d2")]
