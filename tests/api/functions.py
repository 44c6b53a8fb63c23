"""Requests to the real functions with an HTTP API, each answer checked against the API's description."""

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import httpx

from chorus_connector.adapters.table.administration import DynamoAccess
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.api.authorisation import ADMINISTRATORS
from chorus_connector.domain.suppliers.access import Caller, Member
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.usecases.suppliers.access import ManageAccess
from chorus_connector.wiring.tenant import AuthorisedTenant, Grant
from tests.answers import Answers
from tests.aws import aws_client
from tests.builders import NOW, a_supplier
from tests.dynamodb_table import create_table
from tests.fakes_user_pool import FakeUserDirectory
from tools.openapi import DOCUMENT
from tools.openapi.document import resolvers

TABLE, BUCKET, REGION = "t", "documents", "eu-west-3"
QUEUES = ("ocr", "archive", "lesson", "resolution", "submission", "delivery", "tracking", "webhook", "removal")
ENVIRONMENT = {
    "ENVIRONMENT": "dev",
    "TABLE_NAME": TABLE,
    "DOCUMENTS_BUCKET": BUCKET,
    "SECRET_PREFIX": "p/",
    "CURSOR_SECRET_ID": "cursor",
    "USER_POOL_ID": "pool",
    "CHORUS_TOKEN_URL": "https://portal.invalid/token",
    "CHORUS_API_BASE": "https://portal.invalid",
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    **{f"{each.upper()}_QUEUE_URL": f"https://sqs.{REGION}.amazonaws.com/123456789012/{each}" for each in QUEUES},
}
CONTEXT = SimpleNamespace(function_name="f", aws_request_id="r", get_remaining_time_in_millis=lambda: 25_000)
DESCRIBED = json.loads(DOCUMENT.read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Reply:
    """An answer, with its JSON body."""

    status: int
    body: Any
    headers: dict[str, str]

    @property
    def version(self) -> int:
        return int(self.headers["ETag"].strip('"').partition("-")[0])

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status, self.body["code"]


class Functions:
    """The functions on an installation where ``root`` administers, and ``alice`` and ``bob`` have a supplier."""

    def __init__(self, directory: FakeUserDirectory) -> None:
        self.directory = directory
        self.dynamodb = aws_client("dynamodb")
        self.s3 = aws_client("s3")
        self.sqs = aws_client("sqs")
        create_table(self.dynamodb, TABLE)
        self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        for name in QUEUES:
            self.sqs.create_queue(QueueName=name)
        aws_client("secretsmanager").create_secret(Name="cursor", SecretString="k" * 32)
        self.add_supplier(a_supplier())

    def add_supplier(self, supplier: Supplier) -> None:
        """Alice administers and uses it, bob uses it only."""
        DynamoInstallation(self.dynamodb, TABLE).create_supplier(supplier, administrator="alice")
        access = ManageAccess(
            DynamoAccess(self.dynamodb, TABLE, supplier.supplier_id),
            self.directory,
            by=Caller("root", frozenset({ADMINISTRATORS})),
        )
        access.grant(Member(principal="bob", kind="person", roles=("use",)), now=NOW)

    def tenant(self, supplier_id: str = "s1") -> AuthorisedTenant:
        """The supplier's stores, to put records there and to see what became of them."""
        return AuthorisedTenant(Grant(supplier_id, Caller("alice", frozenset())), lambda: 20.0)

    def waiting(self, queue: str) -> list[Any]:
        """The messages of a queue."""
        received = self.sqs.receive_message(QueueUrl=ENVIRONMENT[f"{queue.upper()}_QUEUE_URL"], MaxNumberOfMessages=10)
        return [json.loads(each["Body"]) for each in received.get("Messages", [])]

    def send(
        self,
        method: str,
        path: str,
        *,
        by: str = "alice",
        groups: tuple[str, ...] = (),
        system: bool = False,
        version: int | None = None,
        key: str | None = None,
        known: str | None = None,
        data: bytes | None = None,
        body: Any = None,
        **query: Any,
    ) -> Reply:
        """Send a request as that caller, in these groups; ``root`` is in the group of administrators."""
        parameters = {name: str(value) for name, value in query.items()}
        sent = data if data is not None else json.dumps(body).encode() if body is not None else None
        headers = {"content-type": "application/json" if data is None else "application/octet-stream"}
        names = " ".join([*groups, *([ADMINISTRATORS] if by == "root" else [])])
        claims = {"sub": by, "cognito:groups": f"[{names}]"}
        claims |= {"client_id": by} if system else {"username": f"{by}.name"}
        headers |= {"idempotency-key": key} if key is not None else {}
        headers |= {"if-none-match": known} if known is not None else {}
        event = {
            "version": "2.0",
            "rawPath": path,
            "rawQueryString": urlencode(parameters),
            "queryStringParameters": parameters,
            "headers": headers | ({"if-match": f'"{version}"'} if version is not None else {}),
            "body": None if sent is None else base64.b64encode(sent).decode() if data is not None else sent.decode(),
            "isBase64Encoded": data is not None,
            "requestContext": {
                "http": {"method": method, "path": path},
                "stage": "$default",
                "requestId": "r",
                "authorizer": {"jwt": {"claims": claims}},
            },
        }
        answered = next(each for each in apps() if _has(each, method, path)).resolve(event, CONTEXT)
        content = base64.b64decode(answered["body"]) if answered["isBase64Encoded"] else answered["body"].encode()
        reply = httpx.Response(answered["statusCode"], headers=answered["headers"], content=content)
        answers().check(method, path, reply)
        shown = content if answered["isBase64Encoded"] or not content else reply.json()
        return Reply(reply.status_code, shown, answered["headers"])


@cache
def apps() -> tuple[Any, ...]:
    return tuple(resolvers())


@cache
def answers() -> Answers:
    return Answers(DESCRIBED)


def _has(app: Any, method: str, path: str) -> bool:
    routes = [*app._static_routes, *app._dynamic_routes]
    return any(
        each.method == method and re.fullmatch(re.sub(r"{\w+}", "[^/]+", each.openapi_path), path) for each in routes
    )
