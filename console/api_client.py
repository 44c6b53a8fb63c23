"""A client of the connector's HTTP API, with the token of the person who looks at the page.

A refusal is raised as `ApiProblem`, with the API's own words in the person's language. `calls` keeps what the page
asked: the page shows it to integrators, and a benchmark compares the page's time with it.
"""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import quote, urlencode

import httpx

from console.requests import Unreadable

_TIMEOUT = httpx.Timeout(27.0, connect=3.0)  # the HTTP API itself ends a request after 30 seconds
_AT_ONCE = 4
_PATH = "/:@!$&'()*+,;=~-._"
_NO_SEGMENTS = {"", ".", ".."}
"""No id is one of these, and an HTTP client takes them out of a path: the call would be another one."""

Json = Any
"""A decoded JSON value; docs/openapi.json has the shape of each answer."""


class ApiProblem(Exception):
    """An answer that is an error. `problem` is its problem document (RFC 9457), empty when it had none."""

    def __init__(self, status: int, problem: Mapping[str, Json], *, retry_after: int | None = None) -> None:
        super().__init__(f"{status} {problem.get('code', '')}")
        self.status, self.problem, self.retry_after = status, problem, retry_after

    @property
    def code(self) -> str:
        """The problem's stable code, or an empty text."""
        return str(self.problem.get("code", ""))


class ApiUnavailable(Exception):
    """The API gave no answer."""


@dataclass(frozen=True)
class Call:
    """One call that a page made. `started` is a time of the monotonic clock, in seconds as `seconds` is."""

    method: str
    path: str
    status: int
    started: float
    seconds: float


@dataclass(frozen=True)
class Answer:
    """A successful answer. `body` is the decoded JSON, or None when `content` is no JSON."""

    status: int
    body: Json
    content: bytes
    headers: httpx.Headers

    @property
    def etag(self) -> str:
        """The ETag to send with a change; empty when there is none."""
        return str(self.headers.get("ETag", ""))


@dataclass
class Api:
    """The API as one person calls it. Paths begin with a slash and have no query."""

    address: str
    token: str
    language: str
    http: httpx.Client
    calls: list[Call] = field(default_factory=list)

    def get(self, path: str, **query: Json) -> Json:
        """The body of a GET. Parameters that are None or empty are left out; a list is repeated."""
        return self.request("GET", path, query=query).body

    def read(self, path: str, **query: Json) -> Answer:
        """A GET with its ETag and headers."""
        return self.request("GET", path, query=query)

    def get_all(self, *paths: str | tuple[str, Mapping[str, Json]]) -> list[Json]:
        """The bodies of several GETs, asked at the same time. Raises the first problem in their order."""
        return [each.body for each in self.read_all(*paths)]

    def read_all(self, *paths: str | tuple[str, Mapping[str, Json]]) -> list[Answer]:
        """Several GETs with their ETags, asked at the same time. Raises the first problem in their order."""
        asked = [(each, {}) if isinstance(each, str) else each for each in paths]
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            return list(threads.map(lambda each: self.read(each[0], **each[1]), asked))

    def post(self, path: str, body: Json = None, *, key: str = "", version: str = "", **query: Json) -> Answer:
        """A POST; `key` is its idempotency key."""
        return self.request("POST", path, query=query, body=body, key=key, version=version)

    def put(self, path: str, body: Json = None, *, version: str = "", **query: Json) -> Answer:
        """A PUT."""
        return self.request("PUT", path, query=query, body=body, version=version)

    def patch(self, path: str, body: Json, *, version: str) -> Answer:
        """A PATCH of the thing that was read with that version."""
        return self.request("PATCH", path, body=body, version=version)

    def delete(self, path: str, *, version: str = "", **query: Json) -> Answer:
        """A DELETE."""
        return self.request("DELETE", path, query=query, version=version)

    def upload(self, path: str, content: bytes, content_type: str, *, key: str = "", **query: Json) -> Answer:
        """A POST whose body is a file."""
        return self.request("POST", path, query=query, content=content, content_type=content_type, key=key)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Json] | None = None,
        body: Json = None,
        content: bytes | None = None,
        content_type: str = "application/octet-stream",
        key: str = "",
        version: str = "",
    ) -> Answer:
        """Make one call. Raises ApiProblem for an error and ApiUnavailable without an answer.

        Raises Unreadable for a `key` or `version` that was changed in the page.
        """
        if set(path[1:].split("/")) & _NO_SEGMENTS:
            raise ApiProblem(404, {})
        parameters = _parameters(query or {})
        headers = {"Authorization": f"Bearer {self.token}", "Accept-Language": self.language}
        headers |= {name: _of_form(value) for name, value in (("Idempotency-Key", key), ("If-Match", version)) if value}
        headers |= {"Content-Type": content_type} if content is not None else {}
        started = time.monotonic()
        try:
            answer = self.http.request(
                method,
                self.address + quote(path, safe=_PATH),
                params=httpx.QueryParams(tuple(parameters)),
                headers=headers,
                content=content,
                json=body if content is None and body is not None else None,
                timeout=_TIMEOUT,
            )
        except httpx.InvalidURL as error:  # a value of the form that is longer than an address may be
            raise Unreadable from error
        except httpx.HTTPError as error:
            self._note(method, path, parameters, 0, started)
            raise ApiUnavailable from error
        self._note(method, path, parameters, answer.status_code, started)
        return _answer(answer)

    def _note(self, method: str, path: str, query: Sequence[tuple[str, str]], status: int, started: float) -> None:
        shown = f"{path}?{urlencode(query)}" if query else path
        self.calls.append(Call(method, shown, status, started, time.monotonic() - started))


def waited(calls: Sequence[Call]) -> float:
    """The seconds in which at least one of the calls was open: what a page waited for that asks several at once."""
    total, reached = 0.0, 0.0
    for each in sorted(calls, key=lambda call: call.started):
        end = each.started + each.seconds
        total += max(0.0, end - max(each.started, reached))
        reached = max(reached, end)
    return total


@cache
def shared_http() -> httpx.Client:
    """The connections of this container."""
    return httpx.Client(timeout=_TIMEOUT, trust_env=False)


def _of_form(value: str) -> str:
    """The value of a hidden field that goes into a header: ours are printable ASCII."""
    if not (value.isascii() and value.isprintable()):
        raise Unreadable
    return value


def _parameters(query: Mapping[str, Json]) -> list[tuple[str, str]]:
    pairs: list[tuple[str, str]] = []
    for name, value in query.items():
        values = value if isinstance(value, list | tuple) else [value]
        pairs += [(name, _text(each)) for each in values if each is not None and each != ""]
    return pairs


def _text(value: Json) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _of_fields(problem: Mapping[str, Json]) -> Mapping[str, Json]:
    """The problem document; a field of a body that has the wrong shape is named as the form's own fields are."""
    found = problem.get("problems") or []
    named = [{**each, "field": each["field"].removeprefix("body.")} if each.get("field") else each for each in found]
    return {**problem, "problems": named} if found else problem


def _answer(answer: httpx.Response) -> Answer:
    is_json = "json" in answer.headers.get("Content-Type", "")
    body = answer.json() if is_json and answer.content else None
    if not answer.is_success:
        wait = answer.headers.get("Retry-After", "")
        problem = _of_fields(body) if isinstance(body, dict) else {}
        raise ApiProblem(answer.status_code, problem, retry_after=int(wait) if wait.isdecimal() else None)
    return Answer(answer.status_code, body, answer.content, answer.headers)
