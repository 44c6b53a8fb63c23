"""The way of an invoice from upload to SUBMITTED: the real handlers in this process, on moto.

The handlers run one after the other, with the messages that they send each other. ``Way`` does the work of Lambda: it
invokes them and hands their messages on. What counts their calls, or disturbs them, is a subclass.
"""

import base64
import importlib.util
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

from moto import mock_aws

from chorus_connector.adapters.s3 import original_key
from chorus_connector.adapters.table import keys
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import clients, installation
from tests.aws import new_client
from tests.dynamodb_table import create_table
from tools.demo import CREDENTIALS, FOLDER, seed
from tools.invoice_generator.demo import DEMO_RECIPIENTS, DEMO_SUPPLIER, demo_samples
from tools.simulator.server import SimulatorServer

FUNCTIONS = Path(__file__).parent.parent.parent / "functions"
_HANDLERS = ("upload_intake", "textract_ocr", "resolution", "submission", "sync_ten_minutes", "supplier_api")
_QUEUE_OF = {"textract_ocr": "OCR", "resolution": "RESOLUTION", "submission": "SUBMISSION"}
QUEUES = (*_QUEUE_OF.values(), "LESSON", "TRACKING", "WEBHOOK")
_CLAIMS = {"sub": "bench", "cognito:groups": "[installation_administrators]"}


@contextmanager
def empty_aws() -> Iterator[None]:
    """moto without a resource. The environment is as before afterwards, and no client of it is left."""
    with mock_aws(), patch.dict(os.environ):
        os.environ.pop("AWS_ENDPOINT_URL", None)  # of a terminal that is set for the local stack
        _forget_clients()
        try:
            yield
        finally:
            _forget_clients()


def events_of_functions() -> Any:
    """botocore's events of the functions' own clients: of those that are made after a hook was registered."""
    return clients.session().get_component("event_emitter")


def drawn_invoices(*files: str) -> dict[str, bytes]:
    """The PDFs of the demonstration with these names."""
    return {name: data for name, data, _ in demo_samples(day_in_paris(datetime.now(UTC)), *files)}


class Way:
    """An installation with one supplier, in ``empty_aws``."""

    running = ""
    """The function that runs now, if one does."""

    def __init__(self, simulator: SimulatorServer) -> None:
        self.simulator = simulator
        self.table = new_client("dynamodb")
        self._sqs = new_client("sqs")
        os.environ |= _environment(simulator)
        self._urls = {name: self._sqs.create_queue(QueueName=name)["QueueUrl"] for name in QUEUES}
        os.environ |= {f"{name}_QUEUE_URL": url for name, url in self._urls.items()}
        create_table(self.table, os.environ["TABLE_NAME"])
        new_client("s3").create_bucket(
            Bucket=os.environ["DOCUMENTS_BUCKET"],
            CreateBucketConfiguration={"LocationConstraint": "eu-west-3"},
            ObjectLockEnabledForBucket=True,
        )
        self.handlers = {function: _load(function) for function in _HANDLERS}
        self.seed_portal()
        self.supplier_id = self._provision()

    def seed_portal(self) -> None:
        """Register the supplier and its recipients at the portal."""
        siret, name = DEMO_SUPPLIER["siret"], DEMO_SUPPLIER["name"]
        seed(self.simulator.base_url, siret=siret, name=name, structures=DEMO_RECIPIENTS)

    def upload(self, data: bytes) -> str:
        """Upload a PDF; returns the document's id. The bucket's event is still to be delivered."""
        path = f"/suppliers/{self.supplier_id}/documents"
        uploaded = self._http("upload_intake", "POST", path, data, query={"file_name": "f.pdf", "folder": FOLDER})
        return str(uploaded["document_id"])

    def announce(self, document_id: str) -> None:
        """Deliver the bucket's event for that document."""
        key = original_key(self.supplier_id, document_id)
        self.deliver("upload_intake", json.dumps({"Records": [{"s3": {"object": {"key": key}}}]}))

    def hand_on(self) -> None:
        """Deliver the messages that wait, with a ten-minute run before those of the submission."""
        for function in ("textract_ocr", "resolution"):  # no message for resolution when the recipient is known
            self._empty_queue_of(function)
        self.start_run()
        self._empty_queue_of("submission")

    def deliver(self, function: str, body: str) -> None:
        """Deliver a message. Raises RuntimeError when the function fails."""
        if not self.is_done(function, body):
            raise RuntimeError(f"{function} failed")

    def start_run(self) -> None:
        """Start the ten-minute run."""
        self.invoke("sync_ten_minutes", {})

    def is_done(self, function: str, body: str, *, delivery: int = 1) -> bool:
        """Deliver a message for the first, second… time; whether it need not be delivered again."""
        record = {"messageId": "1", "body": body, "attributes": {"ApproximateReceiveCount": str(delivery)}}
        return not self.invoke(function, {"Records": [record]})["batchItemFailures"]

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """The answer of the function's handler."""
        before, self.running = self.running, function
        try:
            return self.handlers[function].lambda_handler(event, _Context())
        finally:
            self.running = before

    def state(self, document_id: str) -> str:
        return str(self.invoice_item(document_id)["state"]["S"])

    def invoice_item(self, document_id: str) -> Mapping[str, Any]:
        """The invoice's record in the table, read with a client that is not the functions'."""
        key = keys.primary_key(keys.supplier(self.supplier_id), keys.invoice(document_id))
        item: Mapping[str, Any] = self.table.get_item(TableName=os.environ["TABLE_NAME"], Key=key)["Item"]
        return item

    def items(self) -> list[Mapping[str, Any]]:
        """All items of the table, read with a client that is not the functions'."""
        pages = self.table.get_paginator("scan").paginate(TableName=os.environ["TABLE_NAME"])
        return [item for page in pages for item in page["Items"]]

    def _empty_queue_of(self, function: str) -> None:
        for body in self.messages(_QUEUE_OF[function]):
            self.deliver(function, body)

    def messages(self, queue: str) -> list[str]:
        """Take all messages out of the queue."""
        taken = []
        while messages := self._sqs.receive_message(QueueUrl=self._urls[queue], MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                self._sqs.delete_message(QueueUrl=self._urls[queue], ReceiptHandle=message["ReceiptHandle"])
                taken.append(message["Body"])
        return taken

    def _provision(self) -> str:
        supplier = self._http(
            "supplier_api", "POST", "/suppliers", {"name": DEMO_SUPPLIER["name"], "siret": DEMO_SUPPLIER["siret"]}
        )
        path = f"/suppliers/{supplier['supplier_id']}"
        supplier = self._http("supplier_api", "PUT", f"{path}/credentials", CREDENTIALS)
        criterion = {"folder": FOLDER}
        supplier = self._http("supplier_api", "POST", f"{path}/configuration/criteria", criterion, supplier["version"])
        self._http(
            "supplier_api", "PATCH", path, {"automatic_submission": True, "new_layouts": "send"}, supplier["version"]
        )
        return str(supplier["supplier_id"])

    def _http(
        self,
        function: str,
        method: str,
        path: str,
        body: object,
        version: int | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Any:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        event = {
            "version": "2.0",
            "rawPath": path,
            "headers": {
                "content-type": "application/pdf" if isinstance(body, bytes) else "application/json",
                **({"if-match": f'"{version}"'} if version is not None else {}),
            },
            "queryStringParameters": dict(query or {}),
            "requestContext": {
                "http": {"method": method, "path": path},
                "stage": "$default",
                "authorizer": {"jwt": {"claims": _CLAIMS}},
            },
            "body": base64.b64encode(data).decode(),
            "isBase64Encoded": True,
        }
        answer = self.invoke(function, event)
        if answer["statusCode"] >= 400:
            raise RuntimeError(answer["body"])
        return json.loads(answer["body"])


class _Context:
    function_name = memory_limit_in_mb = invoked_function_arn = aws_request_id = "bench"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


def _environment(simulator: SimulatorServer) -> dict[str, str]:
    return {
        "ENVIRONMENT": "local",
        "TABLE_NAME": "bench",
        "DOCUMENTS_BUCKET": "bench-documents",
        "SECRET_PREFIX": "bench/",
        "TENANT_ROLE_ARN": "arn:aws:iam::123456789012:role/tenant",
        "TENANT_PARTITIONS_BESIDE": f"{keys.PORTALS}*",
        "TEXTRACT_TOPIC_ARN": "arn:aws:sns:eu-west-3:000000000000:none",
        "TEXTRACT_ROLE_ARN": "arn:aws:iam::000000000000:role/none",
        "CHORUS_TOKEN_URL": f"{simulator.base_url}/api/oauth/token",
        "CHORUS_API_BASE": f"{simulator.base_url}/cpro",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "bench",
        "LOG_LEVEL": "ERROR",
        "AWS_DEFAULT_REGION": "eu-west-3",
        # what reads a PDF gets what the caller leaves of it, and a process with many tests has more than a function
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "10240",
    }


def _load(function: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{function}_handler", FUNCTIONS / function / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _forget_clients() -> None:
    kept = (settings, installation.quotas, clients.session, clients.function_client, clients.tenant_sessions)
    for each in kept:  # the quotas' leases belong to the table as well
        each.cache_clear()
