"""supplier_removal works while its time allows, queues the rest for itself, and at the end deletes late records."""

import importlib.util
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from types import ModuleType
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from moto import mock_aws

from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.outbox import DynamoOutbox
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.errors import NotFound
from chorus_connector.ports.values import SupplierWork
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import clients
from chorus_connector.wiring.removal import remove_supplier
from chorus_connector.wiring.tenant import Tenant
from tests.aws import aws_client
from tests.builders import NOW, SUPPLIER_SIRET, a_supplier, an_invoice
from tests.dynamodb_table import create_table
from tests.messages.builders import a_dispatch, a_message
from tools.local_stack.synthesis import ROOT

ENVIRONMENT = {
    "ENVIRONMENT": "dev",
    "TABLE_NAME": "t",
    "DOCUMENTS_BUCKET": "documents",
    "SECRET_PREFIX": "p/",
    "AWS_DEFAULT_REGION": "eu-west-3",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
}


class Box:
    """The handler, and what it has to do with: a tenant that is marked, its queue, and the time it is given."""

    def __init__(self, handler: ModuleType, queue_url: str) -> None:
        self.handler = handler
        self.queue_url = queue_url
        self.sqs = aws_client("sqs")
        self.invoices = DynamoInvoices(aws_client("dynamodb"), "t", "s1")

    def deliver(self, *, seconds: float, supplier_id: str = "s1") -> dict[str, Any]:
        class Context:
            aws_request_id = "r"

            def get_remaining_time_in_millis(self) -> float:
                return seconds * 1000

        record = {"messageId": "m", "body": json.dumps({"supplier_id": supplier_id}), "eventSource": "aws:sqs"}
        answer: dict[str, Any] = self.handler.lambda_handler({"Records": [record]}, Context())
        return answer

    def waiting(self) -> tuple[int, int]:
        """How many messages wait in the queue, and how many for later."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesDelayed"]
        told = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return int(told[names[0]]), int(told[names[1]])

    def status(self) -> str:
        try:
            return Tenant(SupplierWork("s1")).supplier.status
        except NotFound:
            return "gone"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[Box]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws(), patch.dict(os.environ, ENVIRONMENT):
        os.environ["REMOVAL_QUEUE_URL"] = aws_client("sqs").create_queue(QueueName="removal")["QueueUrl"]
        create_table(aws_client("dynamodb"), "t")
        where = {"LocationConstraint": "eu-west-3"}
        aws_client("s3").create_bucket(Bucket="documents", CreateBucketConfiguration=where)
        for cached in (settings, clients.function_client):
            cached.cache_clear()
        DynamoInstallation(aws_client("dynamodb"), "t").create_supplier(a_supplier(), administrator="alice")
        spec = importlib.util.spec_from_file_location("box", ROOT / "functions" / "supplier_removal" / "handler.py")
        assert spec is not None
        assert spec.loader is not None
        handler = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(handler)
        yield Box(handler, os.environ["REMOVAL_QUEUE_URL"])
    for cached in (settings, clients.function_client):
        cached.cache_clear()


def mark(now: datetime = NOW) -> None:
    remove_supplier(Tenant(SupplierWork("s1"))).begin(by="root", version=None, now=now)


def test_out_of_time_it_hands_itself_the_rest(box: Box) -> None:
    mark()
    assert box.deliver(seconds=1) == {"batchItemFailures": []}
    assert (box.waiting(), box.status()) == ((1, 0), "deleting")


def test_with_time_it_ends_it_and_what_a_late_worker_writes_is_swept_a_quarter_of_an_hour_later(box: Box) -> None:
    mark()
    box.invoices.add(an_invoice(), by="alice")
    box.deliver(seconds=60)
    assert (box.waiting(), box.status()) == ((0, 1), "gone")
    box.invoices.add(an_invoice(document_id="late"), by="upload_intake")
    box.deliver(seconds=60)
    with pytest.raises(NotFound):
        box.invoices.get("late")


def test_it_checks_again_later_while_a_message_is_being_delivered_and_then_ends_it(box: Box) -> None:
    table = aws_client("dynamodb")
    outbox = DynamoOutbox(table, "t", SUPPLIER_SIRET, "s1")
    today = NOW.date()
    sent = a_message(sender_siret=SUPPLIER_SIRET, state="sent", dispatches=1, display_start=today, display_end=today)
    asked = a_dispatch(sender_siret=SUPPLIER_SIRET)
    outbox.add(sent, asked)
    mark(datetime.now(UTC))
    box.deliver(seconds=60)
    assert (box.waiting(), box.status()) == ((0, 1), "deleting")
    outbox.save_dispatch(asked.model_copy(update={"version": 1, "done": True}))
    box.deliver(seconds=60)
    assert box.status() == "gone"


def test_a_supplier_without_a_deletion_request_is_left_alone(box: Box) -> None:
    assert box.deliver(seconds=60) == {"batchItemFailures": []}
    assert box.status() == "active"
    assert box.deliver(seconds=60, supplier_id="never-was") == {"batchItemFailures": []}
