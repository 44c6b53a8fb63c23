"""Stand-ins for the portal: a transport that plays a script, and a real socket that misbehaves on purpose."""

from __future__ import annotations

import json
import socket
import struct
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from chorus_connector.chorus_pro.auth import TokenCache
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.credentials import PisteCredentials
from chorus_connector.chorus_pro.deadline import SecondsLeft, no_deadline
from chorus_connector.chorus_pro.hosts import portal_at

SECRETS = PisteCredentials(
    client_id="0d1ea2c4-5b6f-4f0e-9c51-client-id",
    client_secret="s3cr3t-of-piste",
    login="TECH_1_482913@cpro.fr",
    password="p4ss-of-account",
)
HttpAnswer = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


def ok(**payload: Any) -> httpx.Response:
    return httpx.Response(200, json={"codeRetour": 0, "libelle": "GCU_MSG_01_000", **payload})


def token(value: str = "token-1", expires_in: object = 3600) -> httpx.Response:
    return httpx.Response(200, json={"access_token": value, "token_type": "Bearer", "expires_in": expires_in})


class ScriptedPortal(httpx.BaseTransport):
    """Answers each path from its script, then with a plain success; remembers what it was asked."""

    def __init__(self) -> None:
        self.requests: list[httpx.Request] = []
        self.scripts: dict[str, list[HttpAnswer]] = defaultdict(list)
        self.tokens_given = 0

    def will(self, path: str, *answers: HttpAnswer) -> None:
        self.scripts[path] += answers

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        path = request.url.path.removeprefix("/cpro/").removeprefix("/service/").replace("/v1/", "/")
        script = self.scripts[path]
        answer: HttpAnswer = script.pop(0) if script else self._usual(path)
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else answer

    def _usual(self, path: str) -> httpx.Response:
        if path != "/api/oauth/token":
            return ok()
        self.tokens_given += 1
        return token(f"token-{self.tokens_given}")

    def calls(self, path: str) -> list[httpx.Request]:
        return [one for one in self.requests if one.url.path.replace("/v1/", "/").endswith(path)]

    def bodies(self, path: str) -> list[dict[str, Any]]:
        return [json.loads(one.content) for one in self.calls(path)]


class Naps:
    """A sleep that only counts."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)


def client_of(
    portal: httpx.BaseTransport,
    *,
    naps: Naps | None = None,
    seconds_left: SecondsLeft = no_deadline,
    tokens: TokenCache | None = None,
    page_size: int = 100,
) -> ChorusProClient:
    return ChorusProClient(
        portal_at("http://portal.test"),
        SECRETS,
        http=httpx.Client(transport=portal),
        tokens=tokens or TokenCache(),
        sleep=naps or Naps(),
        seconds_left=seconds_left,
        page_size=page_size,
    )


# --- real sockets -----------------------------------------------------------------------------------------------------

Behaviour = Callable[[socket.socket], None]


def read_request(connection: socket.socket) -> bytes:
    """One whole HTTP request."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next((int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.lower().startswith(b"content-length")), 0)
    while len(body) < length:
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def abort(connection: socket.socket) -> None:
    """Closes with a reset, as a dying gateway does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


TOKEN_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: 41\r\n\r\n"
    b'{"access_token":"abc","expires_in": 3600}'
)


@contextmanager
def socket_portal(behaviour: Behaviour) -> Iterator[tuple[str, list[bytes]]]:
    """A portal on a real socket: gives tokens, and meets every other call with `behaviour`.

    Yields its base URL and the list of the calls it received whole.
    """
    received: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                request = read_request(connection)
                if b"/api/oauth/token" in request.split(b"\r\n")[0]:
                    connection.sendall(TOKEN_ANSWER)
                else:
                    received.append(request)
                    behaviour(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", received
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(timeout=5)
