"""The loop of the table stream's workers: in order, and from the first failure on once more."""

import io
import json
import logging
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aws_lambda_powertools import Logger
from botocore.exceptions import ClientError, EndpointConnectionError

from chorus_connector.domain.errors import NotFound, StaleWrite, Transient
from chorus_connector.runtime.streams import work_through_stream
from tests.fakes import Crash

SECRET = "FR76 3000 6000 0112 3456 7890 189"


def _id(record: dict[str, Any]) -> str:
    return str(record["dynamodb"]["Keys"]["SK"]["S"].removeprefix("INVOICE#"))


class Worker:
    """Handles changes: ``outcomes`` has the result by document."""

    def __init__(self, **outcomes: BaseException) -> None:
        self.outcomes = outcomes
        self.handled: list[str] = []
        self.set_aside: list[str] = []
        self.written = io.StringIO()
        # a name of its own: loggers live as long as the process
        self.logger = Logger(service=uuid.uuid4().hex, logger_handler=logging.StreamHandler(self.written))

    def handle(self, record: dict[str, Any]) -> None:
        document_id = _id(record)
        self.handled.append(document_id)
        if document_id in self.outcomes:
            raise self.outcomes[document_id]

    def work(self, *document_ids: str, age: timedelta = timedelta(0), together: Any = None) -> list[str]:
        """The sequence number from which on Lambda is to come back, if there is one."""
        written_at = (datetime.now(UTC) - age).timestamp()
        keys = [{"PK": {"S": "SUPPLIER#s1"}, "SK": {"S": f"INVOICE#{each}"}} for each in document_ids]
        records = [
            {
                "dynamodb": {
                    "Keys": key,
                    "SequenceNumber": str(number),
                    "ApproximateCreationDateTime": written_at,
                }
            }
            for number, key in enumerate(keys, start=1)
        ]
        answer = work_through_stream(
            {"Records": records},
            self.handle,
            self.logger,
            set_aside=lambda change: self.set_aside.append(_id(change)),
            together=together,
        )
        assert answer.keys() == {"batchItemFailures"}
        return [each["itemIdentifier"] for each in answer["batchItemFailures"]]

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.written.getvalue().splitlines()]


def test_changes_are_handled_in_their_order() -> None:
    worker = Worker()
    assert worker.work("d1", "d2", "d1") == []
    assert worker.handled == ["d1", "d2", "d1"]


@pytest.mark.parametrize("error", [StaleWrite(), Transient("", ""), KeyError("bug")])
def test_after_a_failure_nothing_more_is_handled_and_lambda_comes_back_from_there_on(error: Exception) -> None:
    """A later change must not overtake an earlier one."""
    worker = Worker(d2=error)
    assert worker.work("d1", "d2", "d3") == ["2"]
    assert worker.handled == ["d1", "d2"]


def test_all_changes_are_handled_together_before_each_of_them() -> None:
    worker = Worker()
    together: list[list[str]] = []
    worker.work("d1", "d2", together=lambda changes: together.append([*map(_id, changes), *worker.handled]))
    assert together == [["d1", "d2"]]
    assert worker.handled == ["d1", "d2"]


def failing(error: Exception) -> Any:
    def together(_: object) -> None:
        raise error

    return together


def test_what_fails_together_and_may_pass_is_delivered_again_while_it_is_young() -> None:
    worker = Worker()
    assert worker.work("d1", "d2", together=failing(StaleWrite())) == ["1"]
    assert worker.handled == [], "nothing is notified twice"
    assert worker.work("d1", "d2", together=failing(StaleWrite()), age=timedelta(hours=1)) == []
    assert worker.handled == ["d1", "d2"]


def test_what_fails_together_for_its_own_reason_holds_up_nothing() -> None:
    worker = Worker()
    assert worker.work("d1", together=failing(KeyError(SECRET))) == []
    assert worker.handled == ["d1"]
    assert [each["message"] for each in worker.lines()] == ["stream records failed together"]
    assert SECRET not in worker.written.getvalue()


THROTTLED = ClientError({"Error": {"Code": "ThrottlingException"}}, "PutItem")
TOO_LARGE = ClientError({"Error": {"Code": "ValidationException"}}, "PutItem")


@pytest.mark.parametrize("error", [KeyError("bug"), TOO_LARGE])
def test_a_change_that_fails_for_its_own_reason_holds_up_the_others_for_a_quarter_of_an_hour(error: Exception) -> None:
    worker = Worker(d2=error)
    assert worker.work("d1", "d2", "d3", age=timedelta(minutes=14)) == ["2"]
    assert worker.set_aside == []
    assert worker.work("d1", "d2", "d3", age=timedelta(minutes=16)) == []
    assert worker.set_aside == ["d2"]
    assert worker.handled[-1] == "d3"


@pytest.mark.parametrize(
    "error", [THROTTLED, EndpointConnectionError(endpoint_url="x"), Transient("", ""), StaleWrite()]
)
def test_during_an_outage_no_change_is_set_aside_however_old_it_is(error: Exception) -> None:
    worker = Worker(d2=error)
    assert worker.work("d1", "d2", "d3", age=timedelta(hours=11)) == ["2"]
    assert worker.set_aside == []


def test_a_change_that_cannot_be_set_aside_is_not_lost() -> None:
    class NoQueue(Worker):
        set_aside = property(lambda self: (_ for _ in ()).throw(THROTTLED), lambda self, value: None)  # type: ignore[assignment]

    with pytest.raises(ClientError):
        NoQueue(d1=KeyError("bug")).work("d1", age=timedelta(hours=1))


def test_a_change_of_something_that_is_gone_is_done_and_the_next_is_handled() -> None:
    worker = Worker(d1=NotFound())
    assert worker.work("d1", "d2") == []
    assert worker.handled == ["d1", "d2"]


def test_a_process_that_is_ended_answers_nothing() -> None:
    with pytest.raises(Crash):
        Worker(d1=Crash()).work("d1", "d2")


@pytest.mark.parametrize(("error", "level"), [(NotFound(), "WARNING"), (ValueError(SECRET), "ERROR")])
def test_a_change_that_was_not_handled_leaves_a_line_that_names_it_and_quotes_no_document(
    error: Exception, level: str
) -> None:
    worker = Worker(d1=error)
    worker.work("d1")
    (line,) = worker.lines()
    assert (line["level"], line["sequence_number"], line["correlation_id"]) == (level, "1", "d1")
    assert SECRET not in worker.written.getvalue()
