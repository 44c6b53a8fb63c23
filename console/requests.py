"""A request of the browser, read from API Gateway's event (payload 2.0), and the answers that a screen gives."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import MIMEPart
from email.parser import BytesParser
from email.policy import HTTP
from functools import cached_property
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, quote

Values = Mapping[str, list[str]]

LARGEST_FILES = 4 * 1024 * 1024
"""Bytes of files in one request: what the API takes, and about what API Gateway lets a function read."""
LARGEST_PDF, LARGEST_ZIP = 10 * 1024 * 1024, 100 * 1024 * 1024
"""Bytes of a file that goes straight to the bucket, which refuses larger ones."""

_MOST_FIELDS = 5000
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_IN_ADDRESS = "%/?#[]@:!$&'()*+,;=-._~"


class Unreadable(Exception):
    """The request cannot be read: a broken body, too many fields, a hidden field that was changed."""


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
        try:
            return base64.b64decode(raw) if self._event.get("isBase64Encoded") else raw.encode()
        except ValueError as error:
            raise Unreadable from error

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

    def many_json(self, name: str, *keys: str) -> list[Mapping[str, Any]]:
        """The objects that a page of ours put into the values of that name: texts and whole numbers by these keys."""
        try:
            found = [json.loads(each) for each in self.many(name)]
        except (ValueError, RecursionError) as error:
            raise Unreadable from error
        if not all(
            isinstance(each, dict) and all(isinstance(each.get(key), str | int) for key in keys) for each in found
        ):
            raise Unreadable
        return found

    @property
    def _is_multipart(self) -> bool:
        return str(self.headers.get("content-type", "")).startswith("multipart/form-data")

    @cached_property
    def _multipart(self) -> tuple[dict[str, list[str]], list[UploadedFile]]:
        try:
            return _parts(self.headers["content-type"], self.body)
        except (AttributeError, LookupError, TypeError, ValueError) as error:  # what `email` raises for broken headers
            raise Unreadable from error


def redirect(to: str, *, cookies: tuple[str, ...] = ()) -> Answer:
    """Send the browser on with a GET (303)."""
    return Answer(303, headers={"Location": quote(to, safe=_IN_ADDRESS)}, cookies=cookies)


def in_header(value: str) -> str:
    """The value with all that is not printable ASCII as percent codes: it cannot begin a header of its own."""
    return quote(value, safe=_PRINTABLE)


def _parsed(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError as error:
        raise Unreadable from error


def _parts(content_type: str, body: bytes) -> tuple[dict[str, list[str]], list[UploadedFile]]:
    """The fields and the files of a multipart body. Raises ValueError, and what `email` raises for broken headers."""
    head = b"Content-Type: " + content_type.encode() + b"\r\n\r\n"
    boundary = BytesParser(policy=HTTP).parsebytes(head, headersonly=True).get_boundary()
    if not boundary or body.count(f"--{boundary}".encode()) > _MOST_FIELDS:
        raise ValueError("no boundary, or too many parts")
    fields: dict[str, list[str]] = {}
    files: list[UploadedFile] = []
    for part in BytesParser(policy=HTTP).parsebytes(head + body).iter_parts():
        name = str(part.get_param("name", "", header="content-disposition"))
        content, file_name = _content(part), part.get_filename()
        if file_name is None:
            fields.setdefault(name, []).append(content.decode("utf-8", "replace"))
        elif file_name or content:
            files.append(UploadedFile(file_name, content, part.get_content_type()))
    return fields, files


def _content(part: "MIMEPart[Any, Any]") -> bytes:
    content = part.get_payload(decode=True)
    if not isinstance(content, bytes):
        raise TypeError("a part that has parts")
    return content
