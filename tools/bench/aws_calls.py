"""Counts the AWS calls of one invoice from upload to SUBMITTED, with the real handlers in this process.

The handlers run one after the other on moto, with the messages that they send each other; every call of botocore is
counted. Calls of Lambda itself (polling queues, reading the stream) are not included.
"""

import importlib.util
import io
import json
import os
import time
from collections import Counter, defaultdict
from collections.abc import Mapping
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import boto3
from moto import mock_aws

from chorus_connector.adapters.s3 import original_key
from chorus_connector.adapters.table import keys
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import clients, installation
from tests.dynamodb_table import create_table
from tools.bench.figures import Figure
from tools.bench.units import Units, item_size
from tools.demo import CREDENTIALS, FOLDER, seed
from tools.invoice_generator.demo import DEMO_RECIPIENTS, DEMO_SUPPLIER, demo_samples
from tools.simulator.server import SimulatorServer

FUNCTIONS = Path(__file__).parent.parent.parent / "functions"
_QUEUES = ("OCR", "RESOLUTION", "SUBMISSION", "TRACKING", "WEBHOOK")
_CLAIMS = {"sub": "bench", "cognito:groups": "[installation_administrators]"}


@dataclass
class FunctionUse:
    """What one function did for one invoice. ``seconds`` excludes the network: moto answers at once."""

    invocations: int = 0
    seconds: float = 0.0
    aws_calls: Counter[str] = field(default_factory=Counter)
    portal_calls: int = 0


@dataclass(frozen=True)
class InvoiceUse:
    """What one invoice used from upload to SUBMITTED, and the bytes that it stores."""

    functions: Mapping[str, FunctionUse]
    read_units: float
    write_units: float
    due_units: float
    """Write units of the index of due work, a part of ``write_units``."""
    pdf_bytes: int
    table_bytes: int
    bucket_bytes: int

    @property
    def aws_calls(self) -> Counter[str]:
        return sum((function.aws_calls for function in self.functions.values()), Counter())


def figures(simulator: SimulatorServer) -> list[Figure]:
    """Calls by service and operation for one text-layer invoice, with the recipient known to the cache and not."""
    unknown, known, with_xml, sessions = measure(simulator)
    cold, warm = unknown.aws_calls, known.aws_calls
    rows = [
        Figure(operation, f"{warm[operation]}", "calls", f"recipient known; {cold[operation]} when it is not")
        for operation in sorted(cold | warm)
    ]
    opened = Figure("sts:AssumeRole", f"{sessions}", "calls", "in new containers, one per function on the way; else 0")
    return [
        *rows,
        opened,
        Figure("all", f"{warm.total()}", "calls", f"recipient known; {cold.total()} when it is not"),
        Figure(
            "write units",
            f"{known.write_units:g}",
            "WRU",
            f"recipient known; {unknown.write_units:g} when not; {with_xml.write_units:g} with XML",
        ),
        Figure("read units", f"{known.read_units:g}", "RRU", f"recipient known; {unknown.read_units:g} when not"),
    ]


class Measured(NamedTuple):
    """The use of one-page invoices, and the sessions that new containers opened.

    ``unknown`` and ``known`` have a text layer and the same recipient, which the cache did not know and then knew.
    ``with_xml`` has its values in XML, and another recipient.
    """

    unknown: InvoiceUse
    known: InvoiceUse
    with_xml: InvoiceUse
    sessions: int


def measure(simulator: SimulatorServer) -> Measured:
    """Take three invoices from upload to SUBMITTED."""
    seed(simulator.base_url, siret=DEMO_SUPPLIER["siret"], name=DEMO_SUPPLIER["name"], structures=DEMO_RECIPIENTS)
    with mock_aws(), redirect_stdout(io.StringIO()):  # metrics go to the log, which is stdout
        way = _Way(simulator)
        drawn = {name: data for name, data, _ in demo_samples(day_in_paris(datetime.now(UTC)))}
        way.start_containers()
        unknown = way.take(drawn["facture-site-internet.pdf"])
        known = way.take(drawn["lettre-assistance-mairie.pdf"])
        return Measured(unknown, known, way.take(drawn["facture-formation-agents.pdf"]), way.sessions)


class _Way:
    """Runs the functions and hands their queues' messages on, in the place of Lambda."""

    def __init__(self, simulator: SimulatorServer) -> None:
        self._simulator = simulator
        self._use: dict[str, FunctionUse] = defaultdict(FunctionUse)
        self._function = ""
        self._started: set[str] | None = None
        self.sessions = 0
        os.environ |= _environment(simulator)
        os.environ.pop("AWS_ENDPOINT_URL", None)  # a terminal that is set for the local stack: moto answers here
        settings.cache_clear()
        installation.quotas.cache_clear()  # its leases belong to another table
        boto3.setup_default_session(region_name="eu-west-3", aws_access_key_id="test", aws_secret_access_key="test")
        self._sqs = boto3.client("sqs")
        self._urls = {name: self._sqs.create_queue(QueueName=name)["QueueUrl"] for name in _QUEUES}
        os.environ |= {f"{name}_QUEUE_URL": url for name, url in self._urls.items()}
        create_table(boto3.client("dynamodb"), os.environ["TABLE_NAME"])
        boto3.client("s3").create_bucket(
            Bucket=os.environ["DOCUMENTS_BUCKET"],
            CreateBucketConfiguration={"LocationConstraint": "eu-west-3"},
            ObjectLockEnabledForBucket=True,
        )
        events = clients.session().get_component("event_emitter")  # of the functions' own clients only
        events.register("before-call.*.*", self._count)
        self._uncounted = boto3.client("dynamodb")
        self._units = Units(events, self._uncounted)
        functions = ("upload_intake", "textract_ocr", "resolution", "submission", "sync_ten_minutes", "supplier_api")
        self._functions = {function: _load(function) for function in functions}
        self._supplier_id = self._provision()

    def start_containers(self) -> None:
        """From here on, the first call of each function is one of a new container, without a tenant session."""
        self.sessions, self._started = 0, set()

    def take(self, data: bytes) -> InvoiceUse:
        """Take one invoice from upload to SUBMITTED; returns what it used."""
        self._use.clear()
        held = self._held()
        self._units.forget()
        uploaded = self._http(
            "upload_intake",
            "POST",
            f"/suppliers/{self._supplier_id}/documents",
            data,
            query={"file_name": "f.pdf", "folder": FOLDER},
        )
        key = original_key(self._supplier_id, uploaded["document_id"])
        self._deliver("upload_intake", [json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})])
        for function, queue in (("textract_ocr", "OCR"), ("resolution", "RESOLUTION")):
            if messages := self._messages(queue):  # none is sent to resolution when the recipient is known
                self._deliver(function, messages)
        self._invoke("sync_ten_minutes", {})
        self._deliver("submission", self._messages("SUBMISSION"))
        if (state := self._state(uploaded["document_id"])) != State.SUBMITTED:
            raise RuntimeError(f"the invoice is {state}")
        read, written, now_held = self._units.read, self._units.written, self._held()
        return InvoiceUse(
            functions=dict(self._use),
            read_units=read,
            write_units=written,
            due_units=self._units.due,
            pdf_bytes=len(data),
            table_bytes=now_held[0] - held[0],
            bucket_bytes=now_held[1] - held[1],
        )

    def _held(self) -> tuple[int, int]:
        """The bytes in the table and in the bucket, read with clients that are not counted."""
        session = boto3.Session(region_name="eu-west-3", aws_access_key_id="test", aws_secret_access_key="test")
        items = session.client("dynamodb").scan(TableName=os.environ["TABLE_NAME"])["Items"]
        objects = session.client("s3").list_objects_v2(Bucket=os.environ["DOCUMENTS_BUCKET"]).get("Contents", [])
        return sum(map(item_size, items)), sum(each["Size"] for each in objects)

    def _state(self, document_id: str) -> str:
        key = keys.primary_key(keys.supplier(self._supplier_id), keys.invoice(document_id))
        return str(self._uncounted.get_item(TableName=os.environ["TABLE_NAME"], Key=key)["Item"]["state"]["S"])

    def _provision(self) -> str:
        supplier = self._http(
            "supplier_api", "POST", "/suppliers", {"name": DEMO_SUPPLIER["name"], "siret": DEMO_SUPPLIER["siret"]}
        )
        path = f"/suppliers/{supplier['supplier_id']}"
        supplier = self._http("supplier_api", "PUT", f"{path}/credentials", CREDENTIALS)
        criterion = {"folder": FOLDER}
        supplier = self._http("supplier_api", "POST", f"{path}/configuration/criteria", criterion, supplier["version"])
        self._http("supplier_api", "PATCH", path, {"automatic_submission": True}, supplier["version"])
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
        import base64

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
        answer = self._invoke(function, event)
        if answer["statusCode"] >= 400:
            raise RuntimeError(answer["body"])
        return json.loads(answer["body"])

    def _deliver(self, function: str, bodies: list[str]) -> None:
        first = {"ApproximateReceiveCount": "1"}
        event = {"Records": [{"messageId": str(n), "body": body, "attributes": first} for n, body in enumerate(bodies)]}
        if self._invoke(function, event)["batchItemFailures"]:
            raise RuntimeError(f"{function} failed")

    def _invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        if self._started is not None and function not in self._started:
            self._started.add(function)
            clients.tenant_sessions.cache_clear()
        use, asked, started = self._use[function], self._portal_calls(), time.perf_counter()
        self._function = function
        try:
            return self._functions[function].lambda_handler(event, _Context())
        finally:
            self._function = ""
            use.invocations += 1
            use.seconds += time.perf_counter() - started
            use.portal_calls += self._portal_calls() - asked

    def _portal_calls(self) -> int:
        return sum(self._simulator.portal.calls.counts().values())

    def _messages(self, queue: str) -> list[str]:
        answer = self._sqs.receive_message(QueueUrl=self._urls[queue], MaxNumberOfMessages=10)
        messages = answer.get("Messages", [])
        for message in messages:
            self._sqs.delete_message(QueueUrl=self._urls[queue], ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in messages]

    def _count(self, model: Any, **_: object) -> None:
        if model.name == "AssumeRole":
            self.sessions += 1
        elif self._function:
            self._use[self._function].aws_calls[f"{model.service_model.service_name}:{model.name}"] += 1


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
    }


def _load(function: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{function}_handler", FUNCTIONS / function / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
