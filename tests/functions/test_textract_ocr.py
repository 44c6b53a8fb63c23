"""While Textract has no capacity, a reading waits without a delivery that counts, and no document is lost."""

import importlib.util
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from chorus_connector.adapters.queues.work import SqsPostponed
from chorus_connector.adapters.textract import Textract
from chorus_connector.domain.invoices.states import State
from chorus_connector.ports.values import LessonWork, Work
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.invoices.reading import ReadDocument
from chorus_connector.wiring import clients
from tests.usecases.invoices.test_reading import FakePdf, World
from tools.local_stack.synthesis import ROOT
from tools.local_stack.textract_double.faults import Faults
from tools.local_stack.textract_double.jobs import TEXT_DETECTION, Jobs, TextractError

SCAN = ("Facture n° FA-17", "Total 600,00")


@dataclass
class Double:
    """The client of Textract's double, without HTTP: it throttles as often as it was told."""

    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self._jobs = Jobs(lambda *_: b"%PDF", lambda *_: None, faults=self.faults)
        self.started: set[str] = set()

    def start_document_text_detection(self, **request: Any) -> dict[str, Any]:
        answer = self._told("StartDocumentTextDetection", lambda: self._jobs.start(TEXT_DETECTION, request))
        self.started.add(answer["JobId"])
        return answer

    def get_document_text_detection(self, **request: Any) -> dict[str, Any]:
        self._told("GetDocumentTextDetection", lambda: self._jobs.get(TEXT_DETECTION, request))
        return {"JobStatus": "SUCCEEDED", "Blocks": []}

    def _told(self, operation: str, call: Any) -> dict[str, Any]:
        try:
            answer: dict[str, Any] = call()
        except TextractError as error:
            raise ClientError({"Error": {"Code": error.code, "Message": str(error)}}, operation) from error
        return answer


class Function:
    """The function with its two queues; a message that it sends again is received as a new one."""

    def __init__(self, handler: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
        self.double, self.world = Double(), World(FakePdf(SCAN, scanned=(1, 2)))
        textract: Any = self.double
        reader = ReadDocument(
            **vars(self.world.reader)
            | {"ocr": Textract(textract, bucket="b", topic_arn="topic", role_arn="role", supplier_id="s1")}
        )
        monkeypatch.setattr(handler, "document_reader", lambda _: reader)
        self.handler, self.sqs = handler, boto3.client("sqs")

    def deliver(self, body: str, queue: str) -> list[str]:
        """Deliver it for the first time; returns what waits in the queue because of it, if anything does."""
        before = self._delayed(queue)
        record = {"messageId": "1", "body": body, "attributes": {"ApproximateReceiveCount": "1"}}
        assert self.handler.lambda_handler({"Records": [record]}, None) == {"batchItemFailures": []}
        return [body] * (self._delayed(queue) - before)

    def _delayed(self, queue: str) -> int:
        name: Any = "ApproximateNumberOfMessagesDelayed"
        answer = self.sqs.get_queue_attributes(QueueUrl=os.environ[queue], AttributeNames=[name])
        return int(answer["Attributes"][name])


@pytest.fixture
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[Function]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    variables = {
        "ENVIRONMENT": "dev",
        "AWS_DEFAULT_REGION": "eu-west-3",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "POWERTOOLS_SERVICE_NAME": "textract_ocr",
        "POWERTOOLS_METRICS_NAMESPACE": "ChorusConnector",
    }
    with mock_aws():
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        for queue in ("OCR_QUEUE_URL", "TEXTRACT_COMPLETION_QUEUE_URL"):
            monkeypatch.setenv(queue, boto3.client("sqs").create_queue(QueueName=queue)["QueueUrl"])
        for cached in (settings, clients.function_client):
            cached.cache_clear()
        spec = importlib.util.spec_from_file_location("ocr", ROOT / "functions" / "textract_ocr" / "handler.py")
        assert spec is not None
        assert spec.loader is not None
        handler = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(handler)
        yield Function(handler, monkeypatch)
    for cached in (settings, clients.function_client):
        cached.cache_clear()


START = json.dumps({"supplier_id": "s1", "document_id": "d1"})


@pytest.mark.parametrize("fault", ["throttle", "limit"])
def test_eight_hours_without_capacity_count_no_delivery_and_the_document_is_read_afterwards(
    function: Function, fault: str
) -> None:
    tries = 8 * 60 // 5  # the shortest delay
    function.double.faults.plan("StartDocumentTextDetection", fault, tries)
    waiting = [START]
    for _ in range(tries):
        (again,) = waiting
        waiting = function.deliver(again, "OCR_QUEUE_URL")
        assert waiting == [START]
        assert function.world.invoices.get("d1").ocr_job is None
        assert not function.world.counters.used.total(), "a page that Textract did not take is not counted"
    assert function.deliver(START, "OCR_QUEUE_URL") == []
    job = function.world.invoices.get("d1").ocr_job
    assert job is not None
    assert {job.job_id} == function.double.started


def test_a_worker_that_dies_between_the_two_messages_starts_one_job(function: Function) -> None:
    """The message that was sent again and the one that was not deleted both come."""
    function.double.faults.plan("StartDocumentTextDetection", "throttle", 1)
    (again,) = function.deliver(START, "OCR_QUEUE_URL")
    for body in (START, again):
        assert function.deliver(body, "OCR_QUEUE_URL") == []
    assert len(function.double.started) == 1


def test_an_answer_that_cannot_be_collected_now_waits_in_the_queue_of_answers(function: Function) -> None:
    function.deliver(START, "OCR_QUEUE_URL")
    (job_id,) = function.double.started
    completion = json.dumps({"JobId": job_id, "Status": "SUCCEEDED", "JobTag": "s1.d1"})
    function.double.faults.plan("GetDocumentTextDetection", "throttle", 1)
    assert function.deliver(completion, "TEXTRACT_COMPLETION_QUEUE_URL") == [completion]
    assert not function.world.invoices.get("d1").was_read


def test_a_document_that_waited_too_long_for_capacity_is_completed_by_hand_and_its_message_ends(
    function: Function,
) -> None:
    """Six hours after its upload the due work makes it TO_COMPLETE: nothing waits without end."""
    function.double.faults.plan("StartDocumentTextDetection", "limit", 99)
    (again,) = function.deliver(START, "OCR_QUEUE_URL")
    invoice = function.world.invoices.get("d1")
    late = invoice.to_complete(invoice.changed_at, problems=())
    function.world.invoices.save(late, by="submission", action="reading_overdue")
    assert function.deliver(again, "OCR_QUEUE_URL") == []
    assert function.world.invoices.get("d1").state is State.TO_COMPLETE


def test_waiting_messages_come_back_at_different_times_within_what_sqs_allows() -> None:
    delays: list[int] = []

    class Sqs:
        def send_message(self, **call: Any) -> None:
            assert call["MessageGroupId"] == "s1"
            delays.append(call["DelaySeconds"])

    sqs: Any = Sqs()
    for _ in range(200):
        SqsPostponed(sqs, "q").send(Work("s1", "d1"), START)
    assert 300 <= min(delays) < 400
    assert 800 < max(delays) <= 900


@pytest.mark.parametrize("lesson", ["teach", "unteach"])
def test_a_lesson_is_learnt_and_nothing_is_read(
    function: Function, monkeypatch: pytest.MonkeyPatch, lesson: str
) -> None:
    learnt: list[tuple[LessonWork, int]] = []

    class Learning:
        def learn(self, lesson: LessonWork, *, now: datetime, tries: int) -> None:
            learnt.append((lesson, tries))

    monkeypatch.setattr(function.handler, "learn_layouts", lambda _: Learning())
    message = json.dumps({"supplier_id": "s1", "document_id": "d1", "lesson": lesson})
    record = {"messageId": "1", "body": message, "attributes": {"ApproximateReceiveCount": "2"}}
    assert function.handler.lambda_handler({"Records": [record]}, None) == {"batchItemFailures": []}
    assert [(each._asdict()["lesson"], tries) for each, tries in learnt] == [(lesson, 2)]
    assert function.double.started == set()
