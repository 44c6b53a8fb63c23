"""Sends an answer: completely, late, cut, or not at all because the connection is broken.

A reset is a real TCP reset (SO_LINGER 0, then abort) and a truncated body really is shorter than its Content-Length.
Both need the transport, which `server.py` puts into the connection's state; without it (in-process tests) they raise
ConnectionResetError, as the caller would see.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from starlette.responses import Response

from tools.simulator.oauth import OAuthError
from tools.simulator.refusals import HttpError
from tools.simulator.wire import json_bytes

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from tools.simulator.faults import Fault, FaultSpec

JSON = "application/json;charset=utf-8"
_HTML = """<!DOCTYPE html><html lang="fr"><head><title>{status} Service indisponible</title></head>
<body><h1>{status}</h1><p>Le service est momentanément indisponible. Veuillez réessayer plus tard.</p></body></html>"""


@dataclass(frozen=True)
class Answer:
    """A complete HTTP answer, before a fault changes it."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    code: int | None = None
    """codeRetour, for the log."""
    fault: str | None = None

    def response(self) -> Response:
        return Response(self.body, self.status, headers=dict(self.headers), media_type=self.media_type)


def json_answer(status: int, payload: dict[str, object]) -> Answer:
    code = payload.get("codeRetour")
    return Answer(status, json_bytes(payload), JSON, code=code if isinstance(code, int) else None)


def gateway_refusal(problem: HttpError) -> Answer:
    """The gateway's answer: a status, perhaps a challenge, no body."""
    return Answer(problem.status, headers=problem.headers)


def oauth_refusal(problem: OAuthError) -> Answer:
    """The answer of the token endpoint to a request that it refuses."""
    return json_answer(400, {"error": problem.code, "error_description": problem.description})


def fault_answer(fault: Fault) -> Answer:
    """The answer that a fault gives instead of the portal; for a reset and a stall it is only logged."""
    return replace(_in_place(fault.spec), fault=fault.spec.effect)


def _in_place(spec: FaultSpec) -> Answer:
    instead: dict[str, Callable[[], Answer]] = {
        "html": lambda: Answer(spec.status, _HTML.format(status=spec.status).encode(), "text/html;charset=utf-8"),
        "unauthorized": lambda: gateway_refusal(HttpError("token_expired")),
        "invalid_client": lambda: oauth_refusal(OAuthError("invalid_client")),
        "throttled": lambda: Answer(429, headers={"retry-after": spec.retry_after}),
        "forbidden": lambda: Answer(403),
        "empty": lambda: Answer(spec.status),
    }
    broken: dict[str, object] = {"codeRetour": spec.status, "libelle": "Erreur interne du serveur"}
    return instead.get(spec.effect, lambda: json_answer(spec.status, broken))()


class BrokenConnection(Response):
    """Sends no answer and resets the connection after `seconds`."""

    def __init__(self, seconds: float = 0) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's signature
        if self._seconds:
            await _wait(self._seconds, receive)
        reset(scope)
        await _until_gone(receive)


class CutAnswer(Response):
    """Sends the headers and half of the body, then closes: Content-Length announces more."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        whole = self._answer.response()
        promised = max(len(self._answer.body), 2)
        headers = [(name, value) for name, value in whole.raw_headers if name != b"content-length"]
        headers.append((b"content-length", str(promised).encode()))
        await send({"type": "http.response.start", "status": self._answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": self._answer.body[: promised // 2], "more_body": True})
        transport = _transport(scope)
        if transport is None:
            raise ConnectionResetError("answer cut")
        transport.close()
        await _until_gone(receive)


def reset(scope: Scope) -> None:
    """Reset the connection of this request at once, without sending buffered data."""
    transport = _transport(scope)
    if transport is None:
        raise ConnectionResetError("connection reset")
    if transport.is_closing():
        return  # the caller has closed the connection
    raw: socket.socket | None = transport.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _transport(scope: Scope) -> asyncio.Transport | None:
    transport = scope.get("state", {}).get("transport")
    return transport if isinstance(transport, asyncio.Transport) else None


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _wait(seconds: float, receive: Receive) -> None:
    """Wait, at most until the caller disconnects."""
    gone = asyncio.ensure_future(_until_gone(receive))
    await asyncio.wait({gone}, timeout=seconds)
    gone.cancel()
