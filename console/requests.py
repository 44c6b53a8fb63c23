"""A request of the browser, read from API Gateway's event (payload 2.0), and the answers that a screen gives."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Values = Mapping[str, list[str]]


@dataclass(frozen=True)
class UploadedFile:
    """A file of a multipart form. `name` is what the browser called it."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Answer:
    """What goes back to the browser."""

    status: int = 200
    body: str | bytes = ""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()


class Incoming:
    """The request. Values of query and form are lists; `one` gives the last of them, trimmed."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self._event = event
        self.method: str = event["requestContext"]["http"]["method"]
        self.path: str = event["rawPath"]
        self.headers = {name.lower(): value for name, value in event.get("headers", {}).items()}

    @cached_property
    def query(self) -> Values:
        return _parsed(self._event.get("rawQueryString", ""))

    @property
    def address(self) -> str:
        """Path and query, for a link back to this page."""
        query = self._event.get("rawQueryString", "")
        return f"{self.path}?{query}" if query else self.path

    @cached_property
    def cookies(self) -> Mapping[str, str]:
        found: dict[str, str] = {}
        for each in self._event.get("cookies", ()) or (self.headers.get("cookie", ""),):
            try:
                found |= {name: morsel.value for name, morsel in SimpleCookie(each).items()}
            except CookieError:
                continue  # a cookie of another application on this host
        return found

    @cached_property
    def body(self) -> bytes:
        raw = self._event.get("body") or ""
        return base64.b64decode(raw) if self._event.get("isBase64Encoded") else raw.encode()

    @cached_property
    def form(self) -> Values:
        """The fields of a posted form; files are in `files`."""
        if self._is_multipart:
            return self._multipart[0]
        return _parsed(self.body.decode("utf-8", "replace"))

    @cached_property
    def files(self) -> list[UploadedFile]:
        """The files of a posted multipart form; fields that were left empty give none."""
        return self._multipart[1] if self._is_multipart else []

    def one(self, name: str, default: str = "") -> str:
        """The last value of that name in the form, else in the query."""
        values = (self.form.get(name) if self.method == "POST" else None) or self.query.get(name) or [default]
        return values[-1].strip()

    def many(self, name: str) -> list[str]:
        """All values of that name in the form, else in the query."""
        return (self.form.get(name) if self.method == "POST" else None) or self.query.get(name) or []

    @property
    def _is_multipart(self) -> bool:
        return str(self.headers.get("content-type", "")).startswith("multipart/form-data")

    @cached_property
    def _multipart(self) -> tuple[dict[str, list[str]], list[UploadedFile]]:
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        message = BytesParser(policy=HTTP).parsebytes(head + self.body)
        fields: dict[str, list[str]] = {}
        files: list[UploadedFile] = []
        for part in message.iter_parts():
            name = str(part.get_param("name", "", header="content-disposition"))
            content = part.get_payload(decode=True)
            assert isinstance(content, bytes)
            file_name = part.get_filename()
            if file_name is None:
                fields.setdefault(name, []).append(content.decode("utf-8", "replace"))
            elif file_name or content:
                files.append(UploadedFile(file_name, content, part.get_content_type()))
        return fields, files


def redirect(to: str, *, cookies: tuple[str, ...] = ()) -> Answer:
    """Send the browser on with a GET (303)."""
    return Answer(303, headers={"Location": to}, cookies=cookies)


def _parsed(text: str) -> dict[str, list[str]]:
    return parse_qs(text, keep_blank_values=True, max_num_fields=5000)
