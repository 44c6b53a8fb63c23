"""Compares the API with its description, with valid and invalid requests that schemathesis generates.

The callers are a member of one supplier and a stranger; a second supplier belongs to neither. No answer is a 5xx,
every answer is described, and none contains data of another supplier.
"""

import json
import os
import re
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.answers import Answers
from tests.e2e.conftest import Running
from tools.openapi import DOCUMENT

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
CANARY = "Kanarienvogel"
DESCRIBED = json.loads(DOCUMENT.read_text(encoding="utf-8"))
SCHEMAS = DESCRIBED["components"]["schemas"]
ANSWERS = Answers(DESCRIBED)
SCHEMA = schemathesis.openapi.from_dict(DESCRIBED)
EXAMPLES = int(os.environ.get("API_EXAMPLES", "2"))
"""Requests per operation and kind: two keep the run short, a hundred find more."""


@schemathesis.serializer("application/octet-stream", "application/pdf", "text/csv")
def as_it_is(ctx: schemathesis.SerializationContext, value: Any) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def some(count: int) -> settings:
    return settings(
        max_examples=count,
        database=None,
        derandomize=True,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )


class Caller:
    """A caller with a token, who uses existing ids."""

    def __init__(self, api_url: str, token: str, names: dict[str, str]) -> None:
        self._api_url = api_url
        self._base = urlsplit(api_url).path
        self._headers = {"Authorization": f"Bearer {token}"}
        self.names = names
        self._session = requests.Session()
        self._session.trust_env = False

    def call(self, case: Case) -> schemathesis.Response:
        """The answer to the case, about the caller's chosen supplier and document; checked against the document."""
        for name in set(case.path_parameters or {}) & set(self.names):
            case.path_parameters[name] = self.names[name]
        answer = case.call(base_url=self._api_url, headers=self._headers, session=self._session, timeout=40)
        if answer.status_code == 404 and answer.json() == {"message": "Not Found"}:
            return answer  # the gateway's own: a line end in a parameter makes a path of no route
        case.validate_response(answer, checks=CHECKS)
        path = unquote(urlsplit(answer.request.url).path.removeprefix(self._base))
        media_type = {"content-type": answer.headers["content-type"][0]} if answer.content else {}
        ANSWERS.check(case.method, path, httpx.Response(answer.status_code, headers=media_type, content=answer.content))
        return answer

    def send(self, method: str, path: str, content_type: str, body: bytes) -> requests.Response:
        """The answer to a request that the description does not allow."""
        headers = self._headers | {"Content-Type": content_type}
        url = self._api_url + path.format(**self.names)
        return self._session.request(method, url, data=body, headers=headers, timeout=40)


@pytest.fixture(scope="module")
def theirs(stack: Running) -> dict[str, str]:
    """Another supplier with a document; all its texts are canaries."""
    return _a_supplier(stack, CANARY)


@pytest.fixture(scope="module")
def member(stack: Running) -> Caller:
    """A person with both rights on a supplier of theirs."""
    names = _a_supplier(stack, "Le nôtre")
    token = stack.stack.user_token("member")
    subject = stack.stack.subject(token)
    stack.api.call(
        "PUT",
        f"/suppliers/{names['supplier_id']}/configuration/access/{subject}",
        json={"roles": ["administer", "use"]},
    )
    return Caller(stack.stack.api_url, token, names)


@pytest.fixture(scope="module")
def stranger(stack: Running, theirs: dict[str, str]) -> Caller:
    """A person without any permission, who knows ids of another supplier."""
    return Caller(stack.stack.api_url, stack.stack.user_token("stranger"), theirs)


def _a_supplier(stack: Running, word: str) -> dict[str, str]:
    supplier_id = stack.new_supplier(name=word)
    return {"supplier_id": supplier_id, "document_id": _a_document(stack, supplier_id, word)}


def _a_document(stack: Running, supplier_id: str, word: str) -> str:
    request = {"file_name": f"{word}.pdf", "folder": word, "metadata": {"word": word}}
    return str(stack.api.call("POST", f"/suppliers/{supplier_id}/uploads", json=request)["document_id"])


OPERATIONS = [pytest.param(result.ok(), id=result.ok().label) for result in SCHEMA.get_all_operations()]


@pytest.mark.acceptance
@pytest.mark.row("B06")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_a_member_sends_the_answer_is_as_described(
    member: Caller, operation: APIOperation[Any, Any, Any, Any]
) -> None:
    sound = EXAMPLES if operation.method != "get" else EXAMPLES // 2  # a read has less to get wrong
    for mode, count in ((GenerationMode.POSITIVE, sound), (GenerationMode.NEGATIVE, EXAMPLES // 2)):

        @some(count)
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: Case) -> None:
            assert CANARY not in member.call(case).text

        check()


@pytest.mark.acceptance
@pytest.mark.row("B06")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_whatever_a_stranger_sends_nothing_of_another_supplier_comes_back(
    stranger: Caller, theirs: dict[str, str], operation: APIOperation[Any, Any, Any, Any]
) -> None:
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

        @some(EXAMPLES // 2)
        @given(case=operation.as_strategy(generation_mode=mode))
        def check(case: Case) -> None:
            answer = stranger.call(case)
            assert CANARY not in answer.text
            if operation.path.startswith("/suppliers/"):
                # other than 404: refused for its form, before anything is read
                assert answer.status_code in {404, 413, 415, 422}, answer.text
                assert answer.status_code == 404 or "problems" in answer.json()

        check()


UNREADABLE = {
    "a long number": ("application/json", b'{"name": ' + b"9" * 5000 + b"}"),
    "NaN": ("application/json", b'{"name": NaN}'),
    "deep": ("application/json", b"[" * 50_000),
    "Latin-1": ("application/json", b'{"name": "\xe9"}'),
    "XML": ("text/xml", b"<a/>"),
    "no content": ("application/json", b""),
    "a form without boundary": ("multipart/form-data", b"--x--"),
    "a form of another kind": ("multipart/mixed; boundary=x", b"--x--"),
    "a web form": ("application/x-www-form-urlencoded", b"a=b"),
    "a strange type": ("application/jsonx", b"{}"),
}
"""Bodies and content types that schemathesis does not draw."""


@pytest.mark.row("B06")
@pytest.mark.parametrize(("content_type", "body"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_cannot_be_read_is_never_an_error_of_ours(
    member: Caller, stranger: Caller, theirs: dict[str, str], content_type: str, body: bytes
) -> None:
    for path in ("/suppliers/{supplier_id}/documents?file_name=f.pdf", "/suppliers/{supplier_id}/uploads"):
        for caller in (member, stranger):
            answer = caller.send("POST", path, content_type, body)
            assert 400 <= answer.status_code < 500 or answer.status_code == 202, answer.text


@pytest.mark.acceptance
@pytest.mark.row("B06")
def test_a_supplier_has_ten_trials_of_credentials_an_hour_and_a_stranger_uses_none(
    stack: Running, stranger: Caller
) -> None:
    """Also shows that the function may write its counters: the local stack evaluates IAM."""
    supplier_id = stack.new_supplier(name="Essais")
    stack.api.call(
        "PUT",
        f"/suppliers/{supplier_id}/configuration/access/{stack.stack.subject(stack.stack.user_token('trier'))}",
        json={"roles": ["administer"]},
    )
    trier = Caller(stack.stack.api_url, stack.stack.user_token("trier"), {"supplier_id": supplier_id})
    path = "/suppliers/{supplier_id}/credentials"
    body = {"technical_login": "x", "technical_password": "y", "client_id": "a", "client_secret": "b"}
    wrong = json.dumps(body).encode()
    other = Caller(stack.stack.api_url, stack.stack.user_token("stranger"), {"supplier_id": supplier_id})
    for _ in range(3):
        assert other.send("PUT", path, "application/json", wrong).status_code == 404
    # the supplier was made with one trial, which succeeded
    statuses = [trier.send("PUT", path, "application/json", wrong).status_code for _ in range(10)]
    assert statuses == [422] * 9 + [429]
    refused = trier.send("PUT", path, "application/json", wrong)
    assert refused.json()["code"] == "quota_exceeded"
    assert 1 <= int(refused.headers["Retry-After"]) <= 3600


@pytest.mark.row("B06")
def test_the_member_gets_in_and_the_stranger_does_not(member: Caller, stranger: Caller, stack: Running) -> None:
    """The member's document is a new one: a test before this may have deleted the other."""
    member.names["document_id"] = _a_document(stack, member.names["supplier_id"], "Encore le nôtre")
    for path in ("/suppliers/{supplier_id}", "/suppliers/{supplier_id}/invoices/{document_id}"):
        for caller, expected in ((member, 200), (stranger, 404)):
            case = SCHEMA[path]["GET"].Case(path_parameters={"supplier_id": "", "document_id": ""})
            assert caller.call(case).status_code == expected


@pytest.mark.row("B06")
def test_no_request_succeeds_without_a_token(stack: Running) -> None:
    with httpx.Client(base_url=stack.stack.api_url, trust_env=False) as nobody:
        for path, item in DESCRIBED["paths"].items():
            for method in item:
                answer = nobody.request(method, path.replace("{", "").replace("}", ""))
                assert answer.status_code == 401, (method, path)


def _examples() -> list[Any]:
    """Every example of a request body the document gives."""
    found: list[Any] = []
    for path, item in DESCRIBED["paths"].items():
        for method, operation in item.items():
            content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            name = content.get("schema", {}).get("$ref", "").rsplit("/", 1)[-1]
            examples = DESCRIBED["components"]["schemas"].get(name, {}).get("examples", [])
            found += [pytest.param(method, path, each, id=f"{method} {path}") for each in examples]
    return found


def _value(name: str, schema: dict[str, Any]) -> str:
    """A value that the path may have."""
    values = {"siret": "21440109300015", "reference": "MSG_000000001", "list_id": "0123456789ab"}
    whole = SCHEMAS[schema["$ref"].rsplit("/", 1)[-1]] if "$ref" in schema else schema
    return str(values.get(name) or whole.get("enum", ["x"])[0])


@pytest.mark.row("B06")
@pytest.mark.parametrize(("method", "path", "example"), _examples())
def test_every_example_is_a_request_the_api_understands(
    member: Caller, method: str, path: str, example: dict[str, Any]
) -> None:
    described = {each["name"]: each["schema"] for each in DESCRIBED["paths"][path][method]["parameters"]}
    parameters = {name: _value(name, described[name]) for name in re.findall(r"{(\w+)}", path)}
    case = SCHEMA[path][method.upper()].Case(path_parameters=parameters, body=example, headers={"If-Match": '"0"'})
    answer = member.call(case)
    assert answer.status_code != 422 or answer.json()["code"] != "invalid_request", answer.text
