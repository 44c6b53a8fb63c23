"""credential_probe's daily run: which suppliers it probes today, and which requested removals have not ended."""

import importlib.util
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import ModuleType, SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
import pytest
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from moto import mock_aws

from chorus_connector.adapters.table.counts import DynamoCounts
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.suppliers.removal import Removal
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import clients
from chorus_connector.wiring.tenant import Tenant
from tests.aws import aws_client
from tests.builders import a_supplier, an_invoice
from tests.dynamodb_table import create_table
from tools.local_stack.synthesis import ROOT

ENVIRONMENT = {
    "ENVIRONMENT": "dev",
    "TABLE_NAME": "t",
    "AWS_DEFAULT_REGION": "eu-west-3",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "POWERTOOLS_METRICS_NAMESPACE": "ChorusConnector",
    "POWERTOOLS_SERVICE_NAME": "credential_probe",
}


class Context:
    aws_request_id = "r"


@pytest.fixture
def box(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_aws(), patch.dict(os.environ, ENVIRONMENT):
        url = aws_client("sqs").create_queue(QueueName="probes")["QueueUrl"]
        os.environ["CREDENTIAL_PROBE_QUEUE_URL"] = url
        create_table(aws_client("dynamodb"), "t")
        for cached in (settings, clients.function_client):
            cached.cache_clear()
        spec = importlib.util.spec_from_file_location("box", ROOT / "functions" / "credential_probe" / "handler.py")
        assert spec is not None
        assert spec.loader is not None
        handler = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(handler)
        yield handler
    for cached in (settings, clients.function_client):
        cached.cache_clear()


def _ages(box: ModuleType, capsys: pytest.CaptureFixture[str]) -> list[tuple[Any, float]]:
    """What the morning's run measures of removals: whose, and how many hours ago each was asked for."""
    capsys.readouterr()
    box.lambda_handler({"id": "tick"}, Context())
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    measured = [line for line in lines if "RemovalAge" in line]
    assert all(each["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["service"]] for each in measured)
    return [(each.get("supplier_id"), round(each["RemovalAge"][0] / 3600)) for each in measured]


def test_an_end_that_does_not_come_is_measured_every_morning_and_zero_when_there_is_none(
    box: ModuleType, capsys: pytest.CaptureFixture[str]
) -> None:
    supplier = a_supplier()
    DynamoInstallation(aws_client("dynamodb"), "t").create_supplier(supplier, administrator="alice")
    assert _ages(box, capsys) == [(None, 0)]
    removal = Removal(by="root", asked_at=datetime.now(UTC) - timedelta(hours=9), erase_files=True)
    store = DynamoSupplier(aws_client("dynamodb"), "t", "s1")
    store.save(supplier.model_copy(update={"version": 1, "status": "deleting", "removal": removal}))
    assert _ages(box, capsys) == [(None, 0), ("s1", 9)]


def test_the_morning_counts_the_documents_of_a_supplier_whose_counts_are_missing(
    box: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Existing suppliers get their counts so, and doubtful counts are taken anew."""
    table = aws_client("dynamodb")
    DynamoInstallation(table, "t").create_supplier(a_supplier(), administrator="alice")
    DynamoInvoices(table, "t", "s1").add(an_invoice(State.TO_COMPLETE), by="alice")
    monkeypatch.setattr(box, "probe_credentials", lambda _: SimpleNamespace(run=lambda **_: a_supplier()))
    monkeypatch.setattr(Tenant, "client", property(lambda _: aws_client))
    body = json.dumps({"supplier_id": "s1"})
    record = SQSRecord({"body": body})
    box._probe(record, lambda: 50.0)
    kept = DynamoCounts(table, "t", "s1").get()
    assert kept is not None
    assert kept.counts == {"TO_COMPLETE": 1}
