"""What one invoice costs in AWS calls, from upload to SUBMITTED: the functions themselves, in this process.

The handlers run one after the other on moto with the messages they send each other, and every call that leaves
boto3 is counted. What Lambda itself does (polling queues, reading the stream) is not ours to count.
"""

import importlib.util
import json
import os
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import boto3
from moto import mock_aws

from chorus_connector.adapters.s3 import original_key
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.resolution import today_in_paris
from chorus_local.demo import CREDENTIALS, FOLDER, seed
from chorus_simulator.server import SimulatorServer
from tests.bench.figures import Figure
from tests.dynamodb_table import create_table
from tests.generator.demo import DEMO_RECIPIENTS, DEMO_SUPPLIER, demo_samples

FUNCTIONS = Path(__file__).parent.parent.parent / "functions"
_QUEUES = ("OCR", "RESOLUTION", "SUBMISSION", "TRACKING")
_CLAIMS = {"sub": "bench", "cognito:groups": "[installation_administrators]"}


def figures(simulator: SimulatorServer) -> list[Figure]:
    """Calls by service and operation for one text-layer invoice, the directory asked before and not."""
    seed(simulator.base_url, siret=DEMO_SUPPLIER["siret"], name=DEMO_SUPPLIER["name"], structures=DEMO_RECIPIENTS)
    with mock_aws():
        way = _Way(simulator)
        drawn = demo_samples(today_in_paris(datetime.now(UTC)))
        to_the_same = [
            data for name, data, _ in drawn if name in ("facture-site-internet.pdf", "lettre-assistance-mairie.pdf")
        ]
        cold, warm = (way.take(data) for data in to_the_same)
    rows = [
        Figure(operation, f"{warm[operation]}", "calls", f"recipient known; {cold[operation]} when it is not")
        for operation in sorted(cold | warm)
    ]
    return [*rows, Figure("all", f"{warm.total()}", "calls", f"recipient known; {cold.total()} when it is not")]


class _Way:
    """The functions and their queues, without the cloud between them."""

    def __init__(self, simulator: SimulatorServer) -> None:
        self.counted: Counter[str] = Counter()
        os.environ |= _environment(simulator)
        settings.cache_clear()
        boto3.setup_default_session(region_name="eu-west-3", aws_access_key_id="test", aws_secret_access_key="test")
        self._sqs = boto3.client("sqs")
        self._urls = {name: self._sqs.create_queue(QueueName=name)["QueueUrl"] for name in _QUEUES}
        os.environ |= {f"{name}_QUEUE_URL": url for name, url in self._urls.items()}
        create_table(boto3.client("dynamodb"), os.environ["TABLE_NAME"])
        boto3.client("s3").create_bucket(
            Bucket=os.environ["DOCUMENTS_BUCKET"], CreateBucketConfiguration={"LocationConstraint": "eu-west-3"}
        )
        # only clients made from here on are counted: the functions' own
        boto3.DEFAULT_SESSION.events.register("before-call.*.*", self._count)  # type: ignore[union-attr]
        boxes = ("upload_intake", "textract_ocr", "resolution", "submission", "sync_ten_minutes", "supplier_api")
        self._boxes = {box: _load(box) for box in boxes}
        self._supplier_id = self._provision()

    def take(self, data: bytes) -> Counter[str]:
        """One invoice from upload to SUBMITTED; gives the calls made for it."""
        self.counted.clear()
        uploaded = self._http(
            "upload_intake",
            "POST",
            f"/suppliers/{self._supplier_id}/documents",
            data,
            query={"file_name": "f.pdf", "folder": FOLDER},
        )
        key = original_key(self._supplier_id, uploaded["document_id"])
        self._deliver("upload_intake", [json.dumps({"Records": [{"s3": {"object": {"key": key}}}]})])
        for box, queue in (("textract_ocr", "OCR"), ("resolution", "RESOLUTION")):
            self._deliver(box, self._messages(queue))
        self._boxes["sync_ten_minutes"].lambda_handler({}, _Context())
        self._deliver("submission", self._messages("SUBMISSION"))
        return Counter(self.counted)

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
        box: str,
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
                "content-type": "application/json",
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
        answer = self._boxes[box].lambda_handler(event, _Context())
        if answer["statusCode"] >= 400:
            raise RuntimeError(answer["body"])
        return json.loads(answer["body"])

    def _deliver(self, box: str, bodies: list[str]) -> None:
        event = {"Records": [{"messageId": str(n), "body": body} for n, body in enumerate(bodies)]}
        answer = self._boxes[box].lambda_handler(event, _Context())
        if answer["batchItemFailures"]:
            raise RuntimeError(f"{box} failed")

    def _messages(self, queue: str) -> list[str]:
        answer = self._sqs.receive_message(QueueUrl=self._urls[queue], MaxNumberOfMessages=10)
        for message in answer["Messages"]:
            self._sqs.delete_message(QueueUrl=self._urls[queue], ReceiptHandle=message["ReceiptHandle"])
        return [message["Body"] for message in answer["Messages"]]

    def _count(self, model: Any, **_: object) -> None:
        self.counted[f"{model.service_model.service_name}:{model.name}"] += 1


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
        "TEXTRACT_TOPIC_ARN": "arn:aws:sns:eu-west-3:000000000000:none",
        "TEXTRACT_ROLE_ARN": "arn:aws:iam::000000000000:role/none",
        "CHORUS_TOKEN_URL": f"{simulator.base_url}/api/oauth/token",
        "CHORUS_API_BASE": f"{simulator.base_url}/cpro",
        "POWERTOOLS_SERVICE_NAME": "bench",
        "POWERTOOLS_METRICS_NAMESPACE": "bench",
        "LOG_LEVEL": "ERROR",
        "AWS_DEFAULT_REGION": "eu-west-3",
    }


def _load(box: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"{box}_handler", FUNCTIONS / box / "handler.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
