"""Whatever a request has that the API does not know is refused, on every route, before anything is read or written."""

import json
import re
from base64 import b64encode
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.api.http import problem_response
from chorus_connector.api.requests import UnreadableBody, strict_json
from chorus_connector.domain.errors import Transient
from tools.openapi import DOCUMENT
from tools.openapi.document import resolvers

DESCRIBED = json.loads(DOCUMENT.read_text(encoding="utf-8"))
SCHEMAS = DESCRIBED["components"]["schemas"]
PATH_VALUES = {"siret": "21440109300015", "reference": "MSG_000000001", "list_id": "0123456789ab", "number": "1"}
CONTEXT = SimpleNamespace(function_name="f", aws_request_id="r", get_remaining_time_in_millis=lambda: 20_000)

OPERATIONS = [
    pytest.param(method, path, operation, id=operation["operationId"])
    for path, item in DESCRIBED["paths"].items()
    for method, operation in item.items()
]
WITH_BODIES = [
    each for each in OPERATIONS if "application/json" in each.values[2].get("requestBody", {}).get("content", {})
]
UPLOADS = [each for each in OPERATIONS if each.id in {"documents.upload", "attachments.upload"}]
IMPORTS = [each for each in OPERATIONS if each.id == "tables.import"]
WITH_FILES = [each for each in OPERATIONS if each.id in {"documents.upload", "attachments.upload", "tables.import"}]


@pytest.fixture(scope="module")
def apps() -> list[Any]:
    return list(resolvers())


class Api:
    """Sends a request to the function that has its route."""

    def __init__(self, apps: list[Any]) -> None:
        self._apps = apps

    def send(
        self,
        method: str,
        path: str,
        operation: dict[str, Any],
        *,
        query: list[tuple[str, str]] | None = None,
        body: Any = None,
        data: bytes | None = None,
        base64: str | None = None,
        content_type: str = "application/json",
    ) -> tuple[int, dict[str, Any]]:
        asked = _path(path, operation)
        parameters = [*_required(operation), *(query or [])]
        event = {
            "version": "2.0",
            "rawPath": asked,
            "rawQueryString": urlencode(parameters),
            "queryStringParameters": dict(parameters),
            "headers": {"content-type": content_type, "if-match": '"1"'},
            "body": json.dumps(body) if body is not None else b64encode(data).decode() if data is not None else base64,
            "isBase64Encoded": body is None,
            "requestContext": {
                "http": {"method": method.upper(), "path": asked},
                "stage": "$default",
                "requestId": "r",
                "authorizer": {"jwt": {"claims": {"sub": "alice"}}},
            },
        }
        app = next(each for each in self._apps if _has(each, method, path))
        answer = app.resolve(event, CONTEXT)
        return answer["statusCode"], json.loads(answer["body"])


@pytest.fixture(scope="module")
def api(apps: list[Any]) -> Api:
    return Api(apps)


def _has(app: Any, method: str, path: str) -> bool:
    routes = [*app._static_routes, *app._dynamic_routes]
    return any(each.method == method.upper() and each.openapi_path == path for each in routes)


def _path(path: str, operation: dict[str, Any]) -> str:
    kinds = {each["name"]: _schema(each)["enum"][:1] for each in operation["parameters"] if "enum" in _schema(each)}
    return re.sub(r"{(\w+)}", lambda name: PATH_VALUES.get(name[1]) or kinds.get(name[1], ["x1"])[0], path)


def _schema(parameter: dict[str, Any]) -> dict[str, Any]:
    name = parameter["schema"].get("$ref", "").rsplit("/", 1)[-1]
    return dict(SCHEMAS[name] if name else parameter["schema"])


def _required(operation: dict[str, Any]) -> list[tuple[str, str]]:
    values = {"sender": "21440109300015", "file_name": "facture.pdf"}
    return [(each["name"], values[each["name"]]) for each in operation["parameters"] if _is_required(each)]


def _is_required(parameter: dict[str, Any]) -> bool:
    return bool(parameter["in"] == "query" and parameter["required"])


def _example(operation: dict[str, Any]) -> dict[str, Any]:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    name = re.findall(r"schemas/(\w+)", json.dumps(schema))[0]
    return dict(SCHEMAS[name]["examples"][0])


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_an_unknown_query_parameter_is_refused_by_name(
    api: Api, method: str, path: str, operation: dict[str, Any]
) -> None:
    body = _example(operation) if "application/json" in str(operation.get("requestBody")) else None
    status, problem = api.send(method, path, operation, query=[("surprise", "1")], body=body)
    assert (status, problem["code"]) == (422, "unknown_parameter"), problem
    (entry,) = problem["problems"]
    assert (entry["field"], entry["code"]) == ("query.surprise", "unknown_parameter")
    assert "surprise" in entry["fr"]
    assert "surprise" in entry["en"]


@pytest.mark.parametrize(("method", "path", "operation"), WITH_BODIES)
def test_an_unknown_property_is_refused_by_name(api: Api, method: str, path: str, operation: dict[str, Any]) -> None:
    status, problem = api.send(method, path, operation, body={**_example(operation), "surprise": 1})
    assert (status, problem["code"]) == (422, "invalid_request"), problem
    (entry,) = problem["problems"]
    assert (entry["field"], entry["code"], entry["fr"]) == ("body.surprise", "extra_forbidden", "Propriété inconnue.")


def test_no_body_takes_an_unknown_property_however_deep() -> None:
    """The description says of every object a body may hold whether it is closed."""
    bodies = [each.values[2]["requestBody"]["content"]["application/json"]["schema"] for each in WITH_BODIES]
    names = set(re.findall(r"schemas/(\w+)", json.dumps(bodies)))
    while more := set(re.findall(r"schemas/(\w+)", json.dumps([SCHEMAS[name] for name in names]))) - names:
        names |= more
    open_ones = [name for name in names if SCHEMAS[name].get("additionalProperties", True) and _is_object(name)]
    assert open_ones == []


def _is_object(name: str) -> bool:
    return "properties" in SCHEMAS[name]


@pytest.mark.parametrize(("method", "path", "operation"), [*WITH_BODIES[::8], *IMPORTS])
@pytest.mark.parametrize("content_type", ["multipart/form-data; boundary=x", "application/x-www-form-urlencoded"])
def test_a_form_is_refused_where_no_file_is_uploaded(
    api: Api, method: str, path: str, operation: dict[str, Any], content_type: str
) -> None:
    status, problem = api.send(method, path, operation, body={}, content_type=content_type)
    assert (status, problem["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(("method", "path", "operation"), UPLOADS)
@pytest.mark.parametrize("content_type", ["text/xml", "multipart/mixed; boundary=x", "application/json"])
def test_an_upload_of_another_content_type_is_refused(
    api: Api, method: str, path: str, operation: dict[str, Any], content_type: str
) -> None:
    status, problem = api.send(method, path, operation, body="<a/>", content_type=content_type)
    assert (status, problem["code"]) == (415, "unsupported_media_type")
    assert "application/octet-stream" in problem["en"]


UNREADABLE = {
    "number of 5,000 digits": (b'{"name": ' + b"9" * 5000 + b"}", "number_unreadable"),
    "NaN": (b'{"name": NaN}', "number_unreadable"),
    "infinity": (b'{"name": -Infinity}', "number_unreadable"),
    "infinite exponent": (b'{"name": 1e99999}', "number_unreadable"),
    "lists in lists": (b"[" * 20_000, "nested_too_deep"),
    "three megabytes": (b"[" + b"1," * 1_500_000 + b"1]", "json_too_large"),
    "objects in objects": (b'{"name":' * 20_000, "nested_too_deep"),
    "one name twice": (b'{"name": "a", "name": "b"}', "duplicate_name"),
    "Latin-1": ('{"name": "é"}'.encode("latin-1"), "not_utf8"),
    "UTF-16": ('{"name": "é"}'.encode("utf-16"), "not_utf8"),
    "half a surrogate pair": (b'{"name": "\\ud800"}', "not_utf8"),
    "no JSON": (b"<a/>", "json_invalid"),
    "a byte order mark": (b"\xef\xbb\xbf{}", "json_invalid"),
}
"""Bodies that cannot be read, each with the code of its problem."""


@pytest.mark.parametrize(("method", "path", "operation"), WITH_BODIES)
def test_a_body_that_cannot_be_read_is_refused_before_the_callers_rights_are_read(
    api: Api, method: str, path: str, operation: dict[str, Any]
) -> None:
    """There is no AWS in this test: any read of the table would be a 500."""
    for name, (body, code) in UNREADABLE.items():
        status, problem = api.send(method, path, operation, data=body)
        assert status == 422, name
        assert [(each["field"], each["code"]) for each in problem["problems"]] == [("body", code)], name


@pytest.mark.parametrize(("method", "path", "operation"), [*WITH_BODIES[:1], *WITH_FILES])
def test_base64_that_is_none_is_refused(api: Api, method: str, path: str, operation: dict[str, Any]) -> None:
    content_type = "application/json" if "application/json" in str(operation["requestBody"]) else "application/pdf"
    if operation["operationId"] == "tables.import":
        content_type = "text/csv"
    status, problem = api.send(method, path, operation, base64="%%%é", content_type=content_type)
    assert (status, [each["code"] for each in problem["problems"]]) == (422, ["base64_invalid"])


@given(st.binary(max_size=60) | st.text().map(str.encode) | st.from_regex(rb'[\[{"\\\\u0-9a-f:,\]}eE.-]{1,40}'))
def test_whatever_bytes_are_sent_as_json_are_read_or_refused(data: bytes) -> None:
    try:
        value = strict_json(data)
    except (UnreadableBody, json.JSONDecodeError):
        return
    assert value == json.loads(data.decode())
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()


def test_a_body_that_is_not_json_is_refused_where_json_is_read(api: Api) -> None:
    (create,) = (each for each in OPERATIONS if each.id == "suppliers.create")
    status, problem = api.send(*create.values, body={"name": "x"}, content_type="text/plain")
    assert (status, problem["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize(("method", "path", "operation"), UPLOADS)
def test_metadata_in_brackets_are_refused_with_the_right_spelling(
    api: Api, method: str, path: str, operation: dict[str, Any]
) -> None:
    status, problem = api.send(method, path, operation, query=[("metadata[PJ]", "oui")])
    assert (status, problem["code"]) == (422, "unknown_parameter")
    assert "metadata=PJ=oui" in problem["detail"]


def test_an_outage_says_when_to_try_again() -> None:
    answer = problem_response(Transient("Chorus Pro ne répond pas.", "Chorus Pro does not answer."))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")


def test_a_malformed_request_is_explained_in_french_too(api: Api) -> None:
    (create,) = (each for each in OPERATIONS if each.id == "suppliers.create")
    _, problem = api.send(*create.values, body={"name": "", "siret": 3})
    texts = {each["field"]: each["fr"] for each in problem["problems"]}
    assert texts == {
        "body.name": "Texte trop court : au moins 1 caractère.",
        "body.siret": "Un texte est attendu.",
    }


def test_a_body_with_a_hundred_thousand_errors_gets_an_answer_that_a_function_may_give(api: Api) -> None:
    """A function's answer has 6 MB at most; a longer one is a 5xx of the gateway."""
    (announce,) = (each for each in OPERATIONS if each.id == "documents.announce")
    _, unknown = api.send(*announce.values, body={"file_name": "f.pdf", **{f"p{each}": 1 for each in range(100_000)}})
    _, wrong = api.send(
        *announce.values, body={"file_name": "f.pdf", "metadata": dict.fromkeys(map(str, range(60)), 1)}
    )
    _, long = api.send(*announce.values, body={"file_name": "f.pdf", "n" * 3_000_000: 1})
    assert [len(each["problems"]) for each in (unknown, wrong, long)] == [100, 60, 1]
    assert len(json.dumps(long)) < 2000
