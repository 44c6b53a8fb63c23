"""A form with one file says the same as the file with its parameters in the query; any other form is refused."""

import base64
import json
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.api.multipart import without_form
from chorus_connector.api.requests import UnsupportedMediaType
from chorus_connector.api.uploads import metadata_in_query
from chorus_connector.domain.errors import Invalid
from tests.api.functions import CONTEXT, Functions, apps

UPLOAD = "/suppliers/s1/documents"
PDF = ("facture.pdf", b"%PDF-1.4\r\n\r\n--x \xff\x00 binary")


def a_form(files: Any, data: Any = None, *, path: str = UPLOAD, query: str = "", **parameters: str) -> dict[str, Any]:
    """The form as httpx sends it, in the event of API Gateway."""
    request = httpx.Request("POST", "https://x", files=files, data=data)
    return an_event(request.read(), request.headers["content-type"], path=path, query=query, **parameters)


def an_event(
    body: bytes, content_type: str, *, path: str = UPLOAD, query: str = "", **parameters: str
) -> dict[str, Any]:
    return {
        "version": "2.0",
        "rawPath": path,
        "rawQueryString": query,
        "queryStringParameters": parameters,
        "headers": {"Content-Type": content_type},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {
            "http": {"method": "POST", "path": path},
            "stage": "$default",
            "requestId": "r",
            "authorizer": {"jwt": {"claims": {"sub": "alice", "cognito:groups": "[]"}}},
        },
    }


def the_file(event: dict[str, Any]) -> bytes:
    return base64.b64decode(event["body"])


def refusal(event: dict[str, Any]) -> str:
    """The code of the problem that the form is refused with."""
    with pytest.raises(Invalid) as refused:
        without_form(event)
    (problem,) = refused.value.problems
    return problem.code


def test_a_forms_file_is_the_body_and_its_fields_are_the_query() -> None:
    data = {"folder": "entrée", "metadata": ["PJ=oui", "site=Nantes, Loire"], "metadata.n": "1"}
    event = without_form(a_form({"file": PDF}, data))
    assert the_file(event) == PDF[1]
    assert {"file_name": "facture.pdf", "folder": "entrée"}.items() <= event["queryStringParameters"].items()
    assert metadata_in_query(event, at_most=50) == {"PJ": "oui", "site": "Nantes, Loire", "n": "1"}
    assert "Content-Type" not in event["headers"]


@given(st.binary(max_size=300), st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40))
def test_any_bytes_under_any_name_arrive_as_they_were_sent(content: bytes, name: str) -> None:
    event = without_form(a_form({"file": (name, content)}))
    assert the_file(event) == content
    if not {*name} & {*'"\\%;'}:  # clients write these in several ways
        assert event["queryStringParameters"]["file_name"] == name


def test_a_name_in_the_form_or_in_the_query_comes_before_the_files_own() -> None:
    assert without_form(a_form({"file": PDF}, {"file_name": "b.pdf"}))["queryStringParameters"]["file_name"] == "b.pdf"
    assert without_form(a_form({"file": PDF}, file_name="c.pdf"))["queryStringParameters"]["file_name"] == "c.pdf"


def test_a_file_name_in_rfc_5987_is_read() -> None:
    head = b"--x\r\nContent-Disposition: form-data; name=file; filename*=UTF-8''%C5%93uvre.pdf\r\n\r\n"
    event = without_form(an_event(head + b"%PDF\r\n--x--\r\n", "multipart/form-data; boundary=x"))
    assert event["queryStringParameters"]["file_name"] == "œuvre.pdf"


def test_a_form_with_no_file_or_two_is_refused() -> None:
    assert refusal(a_form({"a": (None, b"text")})) == "one_file_per_form"
    assert refusal(a_form([("file", PDF), ("file", PDF)])) == "one_file_per_form"


def test_a_parameter_given_twice_is_refused() -> None:
    assert refusal(a_form({"file": PDF}, {"folder": "a"}, folder="b")) == "form_malformed"
    assert refusal(a_form({"file": PDF}, {"folder": ["a", "b"]})) == "form_malformed"


HEAD = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'
MALFORMED = {
    "no boundary": ("multipart/form-data", HEAD + b"%PDF\r\n--x--"),
    "empty boundary": ("multipart/form-data; boundary=", HEAD + b"%PDF\r\n--x--"),
    "long boundary": (f"multipart/form-data; boundary={'x' * 71}", HEAD),
    "boundary outside ASCII": ("multipart/form-data; boundary=é", HEAD),
    "never closed": ("multipart/form-data; boundary=x", HEAD + b"%PDF"),
    "another boundary": ("multipart/form-data; boundary=y", HEAD + b"%PDF\r\n--x--"),
    "a part without headers": ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n%PDF\r\n--x--"),
    "a part without name": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; filename="a"\r\n\r\n%PDF\r\n--x--',
    ),
    "a field that is not UTF-8": (
        "multipart/form-data; boundary=x",
        b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\xff\r\n" + HEAD + b"%PDF\r\n--x--",
    ),
    "an encoded part": (
        "multipart/form-data; boundary=x",
        HEAD.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n") + b"JVBERg==\r\n--x--",
    ),
    "400,000 parts": ("multipart/form-data; boundary=x", b"--x\r\n\r\n\r\n" * 400_000 + b"--x--"),
    "4 MB of headers": ("multipart/form-data; boundary=x", b"--x\r\n" + b"a: b\r\n" * 600_000 + b"\r\n\r\n--x--"),
}


@pytest.mark.parametrize(("content_type", "body"), MALFORMED.values(), ids=MALFORMED)
def test_a_form_that_cannot_be_read_is_refused(content_type: str, body: bytes) -> None:
    assert refusal(an_event(body, content_type)) == "form_malformed"


PIECES = (b"--x", b"--", b"\r\n", HEAD, b"name=", b'"', b";", b"*0*=", b"\xff", b"Content-Disposition: form-data;")


@given(st.lists(st.sampled_from(PIECES)))
def test_whatever_form_is_sent_it_is_read_or_refused(pieces: list[bytes]) -> None:
    with suppress(Invalid):
        without_form(an_event(b"".join(pieces), "multipart/form-data; boundary=x"))


@pytest.mark.parametrize("path", ["/suppliers", "/suppliers/s1/uploads", f"{UPLOAD}/attachments/a1", "/messages/lists"])
def test_a_form_on_a_route_without_uploads_is_refused(path: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        without_form(a_form({"file": PDF}, path=path))


@pytest.mark.row("B06")
@pytest.mark.parametrize("path", [UPLOAD, f"{UPLOAD}/attachments"])
def test_a_form_uploads_a_file(functions: Functions, path: str) -> None:
    """Through the real route: the same answer as for the file itself, and the same refusal of what is unknown."""
    app = next(
        each for each in apps() if any(route.openapi_path.endswith("/documents") for route in each._dynamic_routes)
    )
    taken = app.resolve(a_form({"file": PDF}, {"metadata": "PJ=oui"}, path=path), CONTEXT)
    assert taken["statusCode"] in {201, 202}, taken["body"]
    shown = json.loads(taken["body"])
    assert (shown["file_name"], shown["metadata"]) == ("facture.pdf", {"PJ": "oui"})
    unknown = app.resolve(a_form({"file": PDF}, {"surprise": "1"}, path=path), CONTEXT)
    assert json.loads(unknown["body"])["code"] == "unknown_parameter"
    large = app.resolve(a_form({"file": ("a.pdf", bytes(4 * 1024 * 1024 + 1))}, path=path), CONTEXT)
    assert (large["statusCode"], json.loads(large["body"])["code"]) == (413, "too_large_for_a_request")
