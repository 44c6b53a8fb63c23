"""The console without a stack: an API that answers with the examples of its description, and a browser of events."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx

from console import api_client, wiring
from console.app import respond
from console.browser import SESSION_COOKIE
from console.sealing import Sealer
from console.sessions import Session, Sessions, Tokens
from console.settings import Secrets, Settings

ROOT = Path(__file__).parents[2]
HERE = Settings(
    api_url="https://api.example.org",
    sign_in_url="https://sign-in.example.org",
    client_id="console",
    secret_id="secret",
    sessions_table="sessions",
    upload_origin="https://files.example.org",
)
SECRETS = Secrets(session_key="k" * 64, client_secret="s" * 40)
SIGNED_IN = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)

Handler = Callable[[httpx.Request], httpx.Response]


class FakeTable:
    """The client of a DynamoDB table of sessions."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def get_item(self, *, TableName: str, Key: Mapping[str, Any], ConsistentRead: bool) -> Mapping[str, Any]:  # noqa: N803
        assert ConsistentRead, "a session that ended a moment ago must not be seen"
        assert TableName == "sessions"
        found = self.items.get(Key["id"]["S"])
        return {"Item": dict(found)} if found else {}

    def put_item(self, *, TableName: str, Item: Mapping[str, Any]) -> None:  # noqa: N803
        assert TableName == "sessions"
        self.items[Item["id"]["S"]] = dict(Item)

    def delete_item(self, *, TableName: str, Key: Mapping[str, Any]) -> None:  # noqa: N803
        assert TableName == "sessions"
        self.items.pop(Key["id"]["S"], None)


@dataclass
class FakeApi:
    """Answers each operation of docs/openapi.json with its example, unless a test planned another answer.

    `files` are those behind the links that the API gives, which another host has; a link without one gives a PDF.
    A query parameter or a property of a JSON body that the description does not declare is refused, and kept in
    `undeclared`: the fixture fails the test, also if the page explains the refusal.
    """

    requests: list[httpx.Request] = field(default_factory=list)
    undeclared: list[str] = field(default_factory=list)
    files: dict[str, httpx.Response] = field(default_factory=dict)
    planned: dict[str, Callable[[httpx.Request], httpx.Response]] = field(default_factory=dict)

    def plan(self, operation: str, body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Answer this operation so; an error's body is a problem document."""
        kind = "application/problem+json" if status >= 400 else "application/json"
        sent = {"Content-Type": kind, **(headers or {})}
        self.planned[operation] = lambda _: httpx.Response(status, content=json.dumps(body), headers=sent)

    def plan_file(self, url: str, response: httpx.Response) -> None:
        """What is behind a link that the API gives."""
        self.files[str(httpx.URL(url))] = response

    def example(self, operation: str) -> Any:
        """A copy of the operation's example, to plan a changed one."""
        return json.loads(json.dumps(_OPERATIONS[operation].example))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.host != urlsplit(HERE.api_url).hostname:
            pdf = httpx.Response(200, content=b"%PDF-1.7", headers={"Content-Type": "application/pdf"})
            return self.files.get(str(request.url), pdf)
        operation = operation_of(request.method, request.url.path)
        unknown = undeclared_in(request)
        if unknown:
            self.undeclared += unknown
            problems = [
                {"code": "undeclared", "field": each, "fr": each, "en": each, "blocking": True} for each in unknown
            ]
            refused = {"code": "invalid", "title": "Undeclared", "detail": ", ".join(unknown), "problems": problems}
            return httpx.Response(422, json=refused, headers={"Content-Type": "application/problem+json"})
        if operation in self.planned:
            return self.planned[operation](request)
        found = _OPERATIONS[operation]
        headers = {"Content-Type": "application/json", "ETag": '"3-abc"'}
        return httpx.Response(found.status, content=json.dumps(found.example), headers=headers)

    def asked(self, operation: str) -> list[httpx.Request]:
        """The requests of that operation, the first first."""
        ours = (each for each in self.requests if each.url.host == urlsplit(HERE.api_url).hostname)
        return [each for each in ours if operation_of(each.method, each.url.path) == operation]


@dataclass(frozen=True)
class _Operation:
    method: str
    pattern: re.Pattern[str]
    status: int
    example: Any
    query: frozenset[str]
    body: Any

    def undeclared(self, request: httpx.Request) -> set[str]:
        """The query parameters and the properties of a JSON body that the description does not declare."""
        unknown = {f"query.{name}" for name in request.url.params if name not in self.query}
        if request.headers.get("Content-Type") == "application/json":
            unknown |= {f"body{each}" for each in _undeclared(json.loads(request.content), self.body)}
        return unknown


def _undeclared(value: Any, schema: Any) -> set[str]:
    """The paths of the value's properties that the schema does not declare."""
    choices = [each for each in _choices(schema) if each.get("type", "object") == _TYPES.get(type(value), "")]
    if isinstance(value, list):
        return set().union(*(_fewest(each, [choice.get("items", {}) for choice in choices]) for each in value))
    return _fewest_of_object(value, choices) if isinstance(value, dict) else set()


def _fewest(value: Any, schemas: list[Any]) -> set[str]:
    return min((_undeclared(value, each) for each in schemas), key=len, default=set())


def _fewest_of_object(value: dict[str, Any], choices: list[Any]) -> set[str]:
    return min((_of_object(value, each) for each in choices), key=len, default={f".{name}" for name in value})


def _of_object(value: dict[str, Any], schema: Any) -> set[str]:
    declared, others = schema.get("properties", {}), schema.get("additionalProperties", False)
    unknown: set[str] = set()
    for name, each in value.items():
        below = declared.get(name, others)
        unknown |= {f".{name}"} if below is False else {f".{name}{path}" for path in _undeclared(each, below)}
    return unknown


def _choices(schema: Any) -> list[Any]:
    """The schemas that a value may follow: references resolved, alternatives apart."""
    if not isinstance(schema, dict):
        return []
    if "$ref" in schema:
        return _choices(_SCHEMAS[schema["$ref"].rpartition("/")[2]])
    parts = [each for name in ("anyOf", "oneOf", "allOf") for each in schema.get(name, [])]
    return [choice for each in parts for choice in _choices(each)] if parts else [schema]


_TYPES = {dict: "object", list: "array"}
_SCHEMAS: dict[str, Any] = {}


def _operations() -> dict[str, _Operation]:
    document = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    _SCHEMAS.update(document["components"]["schemas"])
    found = {}
    for path, methods in document["paths"].items():
        pattern = re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path))
        for method, operation in methods.items():
            status = next((each for each in operation["responses"] if each[0] in "23"), "204")
            content = operation["responses"].get(status, {}).get("content", {})
            example = content.get("application/json", {}).get("example")
            query = frozenset(each["name"] for each in operation.get("parameters", []) if each["in"] == "query")
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            found[operation["operationId"]] = _Operation(method.upper(), pattern, int(status), example, query, body)
    return found


_OPERATIONS = _operations()


def operation_of(method: str, path: str) -> str:
    """The operation id of a request. Fails for one that the description does not have: the console must not make it."""
    found = [
        (name, each) for name, each in _OPERATIONS.items() if each.method == method and each.pattern.fullmatch(path)
    ]
    assert found, f"the API's description has no {method} {path}"
    return min(found, key=lambda each: each[1].pattern.pattern.count("[^/]+"))[0]


def undeclared_in(request: httpx.Request) -> list[str]:
    """The query parameters and body properties of the request that its operation does not declare."""
    operation = operation_of(request.method, request.url.path)
    return [f"{operation}: {each}" for each in sorted(_OPERATIONS[operation].undeclared(request))]


@dataclass
class Browser:
    """A browser that is signed in; `api` is what the console asks."""

    api: FakeApi
    table: FakeTable
    session: Session
    language: str = "fr"

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Ask for a page below /console."""
        return respond(self._event("GET", path, urlencode(query, doseq=True)))

    def post(
        self, path: str, form: Mapping[str, Any] | None = None, *, csrf: bool = True, partial: bool = False
    ) -> dict[str, Any]:
        """Send a form, with the mark of the session; ``partial``: as a script does, for a part of the page."""
        mark = {"csrf": wiring.sealer().mark(self.session.cookie, about="form"), "key": "a-key"} if csrf else {}
        body = urlencode({**mark, **(form or {})}, doseq=True)
        headers = {"content-type": "application/x-www-form-urlencoded"} | ({"x-partial": "yes"} if partial else {})
        return respond(self._event("POST", path, "", body=body, headers=headers))

    def post_files(self, path: str, files: Mapping[str, tuple[str, bytes]], **fields: str) -> dict[str, Any]:
        """Send a multipart form."""
        mark = {"csrf": wiring.sealer().mark(self.session.cookie, about="form"), "key": "a-key"}
        request = httpx.Request("POST", "https://x", data={**mark, **fields}, files=dict(files))
        body = urlsafe_b64encode(request.read()).decode().replace("-", "+").replace("_", "/")
        headers = {"content-type": request.headers["content-type"]}
        return respond(self._event("POST", path, "", body=body, headers=headers, encoded=True))

    def _event(
        self,
        method: str,
        path: str,
        query: str,
        *,
        body: str | None = None,
        headers: Mapping[str, str] | None = None,
        encoded: bool = False,
    ) -> dict[str, Any]:
        return event(
            method,
            f"/console{path}",
            query,
            body=body,
            headers={"accept-language": self.language, **(headers or {})},
            cookies=[f"{SESSION_COOKIE}={self.session.cookie}"],
            encoded=encoded,
        )


def event(
    method: str,
    path: str,
    query: str = "",
    *,
    body: str | None = None,
    headers: Mapping[str, str] | None = None,
    cookies: list[str] | None = None,
    encoded: bool = False,
) -> dict[str, Any]:
    """API Gateway's event of a request (payload 2.0)."""
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": "api.example.org", **(headers or {})},
        "cookies": cookies or [],
        "requestContext": {"http": {"method": method, "path": path}, "requestId": "r", "stage": "$default"},
        "body": body,
        "isBase64Encoded": encoded,
    }


def token(name: str = "lea") -> str:
    """An access token as the pool's, whose signature is checked by API Gateway only."""
    claims = urlsafe_b64encode(json.dumps({"username": name, "sub": "1"}).encode()).decode().rstrip("=")
    return f"e30.{claims}.x"


def signed_in(monkeypatch: Any, *, tokens: Tokens | None = None) -> Browser:
    """A console whose API and user pool are fakes, and a browser with a session."""
    api, table = FakeApi(), FakeTable()
    sealer = Sealer(SECRETS.session_key)
    http = httpx.Client(transport=httpx.MockTransport(api))
    sessions = Sessions(table, "sessions", sealer)
    modules = ("screens", "browser", "wiring", "routes.signing", "routes.configuration_people")
    for module in (f"console.{each}" for each in modules):
        for name, value in (
            ("settings", lambda: HERE),
            ("console_secrets", lambda: SECRETS),
            ("sealer", lambda: sealer),
            ("sessions", lambda: sessions),
            ("shared_http", lambda: http),
        ):
            monkeypatch.setattr(f"{module}.{name}", value, raising=False)
    monkeypatch.setattr(api_client, "shared_http", lambda: http)
    monkeypatch.setattr("console.statuses._KNOWN", {})
    now = datetime.now(UTC)
    given = tokens or Tokens(token(), now + timedelta(minutes=15), "refresh")
    return Browser(api, table, sessions.begin(given, user_name="lea", now=now))
