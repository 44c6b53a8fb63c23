"""Hostile requests to every route of the console: no fault of its own, no markup, no way out, no header of theirs.

What a browser or a script could send is drawn for each route: path, query, fields, files, cookies, headers and broken
bodies. The API beside it answers with its examples, or refuses with hostile words.
"""

import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console import wiring
from console.app import app, respond
from console.browser import LANGUAGE_COOKIE, SESSION_COOKIE, SIGN_IN_COOKIE
from console.requests import redirect
from console.sessions import Tokens
from tests.console.browsing import HERE, ROOT, Browser, event, signed_in, token
from tests.console.test_pages import read

MARKUP = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onfocus='alert(1)' autofocus x='",
    "</textarea></select><svg onload=alert(1)>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
)
ADDRESSES = (
    "//evil.example",
    "/\\evil.example",
    "https://evil.example/",
    "\t//evil.example",
    "/console/..//evil.example",
)
NUMBERS = ("-1", "0", "1e9", "NaN", "Infinity", "9" * 5000, "²", "٣", "1,2.3,4", "0x10")
JSONS = (
    "null",
    "[]",
    "{}",
    "1",
    '"x"',
    "true",
    '{"id": 1}',
    '{"id": "a", "version": []}',
    "[" * 2000,
    '{"a":',
    "=",
    "a=",
)
TEXTS = (
    "",
    " ",
    "a\r\nSet-Cookie: stolen=1",
    "a\n",
    "\0",
    "\x01\x1b[31m",
    "\u202eevil\u2066",
    "é" * 10_000,
    "{0.__class__}",
    "{{7*7}}",
    "..",
    ".",
    "../../me",
    "%",
    "%zz",
    "%2e%2e%2f",
    "%00",
    "%ff",
    "\ufffd\uffff",
    "s1",
)
HOSTILE = (*MARKUP, *ADDRESSES, *NUMBERS, *JSONS, *TEXTS)

_SOURCES = [
    each.read_text(encoding="utf-8")
    for each in sorted((ROOT / "console").rglob("*"))
    if each.suffix in {".py", ".html"}
]
FIELDS = sorted(
    {
        name
        for text in _SOURCES
        for name in re.findall(r'(?:\bname="|(?:one|many|checked)\((?:\w+, )?")([\w.-]+)"', text)
    }
    - {"csrf"}
)
"""The names of fields that the templates write and the views read."""
VALUES = sorted(
    {value for text in _SOURCES for value in re.findall(r'(?:\bvalue="|== "|case "|"do", ")([\w-]+)"', text)}
)
"""What buttons and boxes send: views do different things for them."""

ROUTES = sorted({(str(route.method), route.path) for route in app._static_routes + app._dynamic_routes})
BODIES = (
    b"",
    b"\xff\xfe\x00",
    b"&" * 6000,
    b"%" * 100,
    b"a=%ff&%zz=%&=&&;",
    b"--b\r\n\r\n",
    b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n'
    b"Content-Type: multipart/mixed; boundary=c\r\n\r\n"
    b"--c\r\n\r\nx\r\n--c--\r\n--b--\r\n",
    b"--b\r\nContent-Disposition: form-data; name*=utf-8'en'%ff; filename*=x'y'%zz\r\n\r\nx\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: form-data; name="f"\r\n'
    b"Content-Type: message/rfc822\r\n\r\nA: b\r\n\r\nx\r\n--b--\r\n",
    b'--b\r\nContent-Disposition: ;;=;"\r\nContent-Type: ;\r\nContent-Transfer-Encoding: base64\r\n\r\n*\r\n--b--\r\n',
    b'--b\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n' * 6000,
)
KINDS = (
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "multipart/form-data; boundary=b",
    'multipart/form-data; boundary="',
    "multipart/form-data; boundary=" + "b" * 5000,
    "multipart/form-data; boundary=b; boundary*0=c; charset=none",
    "multipart/form-data;;;=\r\nX: y; boundary=b",
    "application/json",
    "",
)
HEADERS = ("accept-language", "accept", "x-partial", "x-csrf-token", "cookie", "x-unknown", "host")


@dataclass(frozen=True)
class Hostile:
    """One request. `body` replaces the form; `refusal` is the status of every answer of the API, 0 for its examples."""

    method: str
    path: str
    query: str = ""
    form: tuple[tuple[str, str], ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    body: bytes | None = None
    kind: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    encoded: bool = True
    refusal: int = 0


_TYPED_NAMES = "forms.update: body.fields."
"""Fields that a hostile form names; the API refuses them."""


@pytest.fixture(scope="module")
def hostile_browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch:
        wiring.sign_in.cache_clear()
        given = signed_in(patch)
        yield given
        wiring.sign_in.cache_clear()
        invented = [each for each in given.api.undeclared if not each.startswith(_TYPED_NAMES)]
        assert invented == []


@pytest.mark.acceptance
def test_each_route_answers_every_field_with_something_hostile_in_it(hostile_browser: Browser) -> None:
    for number, (method, pattern) in enumerate(ROUTES):
        hostile = HOSTILE[number % len(HOSTILE)]
        fields = [(name, HOSTILE[(number + each) % len(HOSTILE)]) for each, name in enumerate(FIELDS)]
        path = re.sub("<[^>]+>", lambda _, value=hostile: value, pattern)
        for where in (path, re.sub("<[^>]+>", "s1", pattern)):
            given = tuple(fields) if method == "POST" else ()
            check(hostile_browser, Hostile(method, where, query="" if given else urlencode(fields), form=given))


@pytest.mark.parametrize("kind", [KINDS[2], *(pytest.param(each, marks=pytest.mark.acceptance) for each in KINDS)])
def test_a_broken_body_is_a_page_that_says_so(hostile_browser: Browser, kind: str) -> None:
    path = "/console/suppliers/s1/upload"
    for body in BODIES:
        answer = check(hostile_browser, Hostile("POST", path, body=body, kind=kind))
        assert answer["statusCode"] in {303, 400, 403, 422}


@st.composite
def requests(draw: st.DrawFn, route: tuple[str, str] | None = None) -> Hostile:
    """A hostile request to that route, or to any."""
    method, pattern = route or draw(st.sampled_from(ROUTES))
    text = st.one_of(st.sampled_from(HOSTILE), st.sampled_from(VALUES), st.text(max_size=40))
    pairs = st.lists(st.tuples(st.one_of(st.sampled_from(FIELDS), st.text(max_size=8)), text), max_size=12)
    in_path = st.one_of(st.just("s1"), text, text.map(lambda each: quote(each, safe="")))
    posted = method == "POST"
    return Hostile(
        method,
        re.sub("<[^>]+>", lambda _: draw(in_path), pattern),
        query=draw(st.one_of(pairs.map(lambda each: urlencode(each, errors="replace")), text)),
        form=tuple(draw(pairs)) if posted else (),
        files=tuple(draw(st.lists(st.tuples(text, st.sampled_from(BODIES)), max_size=2))) if posted else (),
        body=draw(st.one_of(st.none(), st.none(), st.sampled_from(BODIES), st.binary(max_size=60))) if posted else None,
        kind=draw(st.sampled_from(KINDS)),
        headers=draw(st.dictionaries(st.sampled_from(HEADERS), text, max_size=3)),
        cookies=tuple(draw(st.lists(st.one_of(text, text.map(lambda each: f"{LANGUAGE_COOKIE}={each}")), max_size=2))),
        encoded=draw(st.booleans()),
        refusal=draw(st.sampled_from((0, 0, 0, 404, 409, 412, 422, 429))),
    )


@given(request=requests())
@settings(max_examples=60, derandomize=True)
def test_a_hostile_request_makes_no_fault_no_markup_and_no_way_out(hostile_browser: Browser, request: Hostile) -> None:
    check(hostile_browser, request)


@pytest.mark.acceptance
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
def test_hostile_requests_of_every_kind_to_each_route(hostile_browser: Browser, route: tuple[str, str]) -> None:
    @given(request=requests(route))
    @settings(max_examples=40)
    def sent(request: Hostile) -> None:
        check(hostile_browser, request)

    sent()


def check(browser: Browser, request: Hostile) -> dict[str, Any]:
    """Send it and check the answer; the session is a new one, because a request may have ended the last."""
    now = datetime.now(UTC)
    session = wiring.sessions().begin(Tokens(token(), now + timedelta(minutes=15), "r"), user_name=MARKUP[0], now=now)
    browser.api.requests.clear()
    browser.api.planned = _Refusals(request.refusal) if request.refusal else dict(_PICTURES)
    answer = respond(_event(request, session.cookie))
    assert answer["statusCode"] < 500, request
    _check_headers(answer, request)
    if answer["headers"]["Content-Type"].startswith("text/html"):
        _check_page(answer["body"], request)
    return answer


_PICTURES = {
    "pages.get": lambda _: httpx.Response(200, content=b"\x89PNG", headers={"Content-Type": "image/png"}),
}


class _Refusals(dict[str, Any]):
    """A plan for every operation: the same refusal, with markup in its words."""

    def __init__(self, status: int) -> None:
        self._status = status

    def __contains__(self, _operation: object) -> bool:
        return True

    def __getitem__(self, _operation: str) -> Any:
        problem = {
            "code": "x",
            "title": MARKUP[0],
            "detail": MARKUP[1],
            "problems": [{"code": "x", "fr": MARKUP[0], "en": MARKUP[1], "field": MARKUP[2], "blocking": True}],
        }
        headers = {"Content-Type": "application/problem+json", "Retry-After": "²"}
        return lambda _: httpx.Response(
            self._status,
            content=json.dumps(problem),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )


def _event(request: Hostile, cookie: str) -> dict[str, Any]:
    mark = [("csrf", wiring.sealer().mark(cookie, about="form"))]
    body, kind = request.body, request.kind
    if body is None and request.files:
        sent = httpx.Request(
            "POST",
            "https://x",
            data=dict([*request.form, *mark]),
            files=[("files", (name, content)) for name, content in request.files],
        )
        body, kind = sent.read(), sent.headers["content-type"]
    elif body is None:
        body, kind = urlencode([*request.form, *mark], errors="replace").encode(), KINDS[0]
    csrf = {"x-csrf-token": mark[0][1]} if request.body is not None and request.encoded else {}
    return event(
        request.method,
        request.path,
        request.query,
        body=base64.b64encode(body).decode() if request.encoded else body.decode("utf-8", "replace"),
        headers={"content-type": kind, **csrf, **request.headers},
        cookies=[*request.cookies, f"{SESSION_COOKIE}={cookie}", f"{SIGN_IN_COOKIE}=x"],
        encoded=request.encoded,
    )


def _check_headers(answer: dict[str, Any], request: Hostile) -> None:
    headers = {**answer["headers"], **{f"cookie {n}": each for n, each in enumerate(answer.get("cookies", ()))}}
    for name, value in headers.items():
        assert re.fullmatch(r"[\x20-\x7e]*", str(value)), (request, name, value)
    to = answer["headers"].get("Location", answer["headers"].get("X-Go"))
    if to is None or to.startswith((f"{HERE.sign_in_url}/oauth2/", f"{HERE.sign_in_url}/logout")):
        return
    parts = urlsplit(to)
    assert (parts.scheme, parts.netloc) == ("", "") or to in _LINKS, (request, to)
    assert to in _LINKS or re.match(r"/console(/|\?|$)", to), (request, to)


def _check_page(page: str, request: Hostile) -> None:
    for tag, attributes in read(page):
        assert not any(name.startswith("on") or name == "style" for name in attributes), (request, tag, attributes)
        if tag in {"script", "link"}:
            assert (attributes.get("src") or attributes.get("href") or "").startswith("/console/static/"), (
                request,
                tag,
            )
        for name in ("href", "src", "action", "formaction"):
            address = (attributes.get(name) or "").strip()
            assert urlsplit(address).scheme in {"", "https", "mailto"}, (request, tag, address)
            assert "evil.example" not in urlsplit(address).netloc, (request, tag, address)


def _links(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _links(each)
    elif isinstance(value, str) and value.startswith("https://"):
        yield redirect(value).headers["Location"]


_LINKS = set(_links(json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))))
"""The links that the API gives in its examples: a browser may be sent to them."""
