"""A fake of the API for the screens of « Mes messages »: it answers what a test gives it and keeps what was asked."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from console.api_client import Api
from console.requests import Incoming
from console.screens import Screen
from console.sessions import Session, Tokens

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


class FakeApi:
    """Answers by method and path; a path it does not know is a 404. `asked` has each request with its decoded body."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = dict(answers)
        self.asked: list[tuple[str, Any]] = []
        self.headers: dict[str, Mapping[str, str]] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        name = f"{request.method} {request.url.path}"
        self.asked.append((name, json.loads(request.content) if request.content else dict(request.url.params)))
        self.headers[name] = request.headers
        answer = self.answers.get(name, (404, {"code": "not_found", "problems": [], "title": "?", "detail": "?"}))
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return httpx.Response(status, json=body, headers={"ETag": '"7"'})

    def body_of(self, name: str) -> Any:
        """The last body (or query) of that request."""
        return [body for asked, body in self.asked if asked == name][-1]


def screen_on(api: FakeApi, path: str, *, form: Mapping[str, Any] | None = None, language: str = "fr") -> Screen:
    """A signed-in person's request of that page, or the post of that form."""
    path, _, query = path.partition("?")
    event = {
        "requestContext": {"http": {"method": "GET" if form is None else "POST"}},
        "rawPath": f"/console{path}",
        "rawQueryString": query,
        "headers": {},
        "body": urlencode(form or {}, doseq=True),
    }
    session = Session("cookie", "alice", Tokens("access", NOW, "refresh"), NOW + timedelta(hours=1))
    http = httpx.Client(transport=httpx.MockTransport(api))
    return Screen(Incoming(event), session, Api("https://api.example", "access", language, http), language, NOW)


def refusal(status: int, *problems: tuple[str, str]) -> tuple[int, dict[str, Any]]:
    """A problem document: fields and their texts."""
    return status, {
        "code": "refused",
        "title": "Refusé",
        "detail": "Refusé",
        "fr": "Refusé",
        "en": "Refused",
        "problems": [{"field": field, "code": "x", "fr": text, "en": text} for field, text in problems],
    }
