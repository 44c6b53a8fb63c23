"""Runs the simulator: as a process (`serve`) or in a thread beside a test (`SimulatorServer`).

uvicorn serves it; the only thing added is the connection's transport in the request's state, so that faults can really
break a connection. Certificate mode over TLS: give a certificate, its key and the authority of client certificates.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tools.simulator.app import create_app

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from tools.simulator.portal import Portal
    from tools.simulator.settings import Settings

HOST = "127.0.0.1"
_IDLE_SECONDS = 60
"""Longer than a client keeps an idle connection: a request never uses one that the simulator is closing."""


@dataclass(frozen=True)
class Tls:
    """Files of a TLS server; with `client_authority` a client certificate signed by it is required."""

    certificate: Path
    key: Path
    client_authority: Path | None = None


class _Protocol(H11Protocol):
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


def _server(app: Starlette, tls: Tls | None) -> uvicorn.Server:
    options: dict[str, Any] = {}
    if tls:
        options = {"ssl_certfile": tls.certificate, "ssl_keyfile": tls.key}
        if tls.client_authority:
            options |= {"ssl_ca_certs": str(tls.client_authority), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_keep_alive=_IDLE_SECONDS,
        **options,
    )
    return uvicorn.Server(config)


def listening_socket(port: int = 0, host: str = HOST) -> socket.socket:
    """A listening socket; port 0 takes a free one. Connections wait in it until the server is up."""
    # The protocol is named because asyncio turns Nagle's delay off (40 ms a call) only for sockets that say TCP.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.bind((host, port))
    listening.listen(128)
    return listening


def serve(
    port: int,
    settings: Settings | None = None,
    *,
    host: str = HOST,
    tls: Tls | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve until interrupted; `ready` is called with the base URL as soon as connections are taken."""
    app = create_app(settings)
    with listening_socket(port, host) as listening, contextlib.suppress(KeyboardInterrupt):
        if ready:
            ready(_url(listening, tls))
        _server(app, tls).run(sockets=[listening])


def _url(listening: socket.socket, tls: Tls | None) -> str:
    host, port = listening.getsockname()[:2]
    return f"{'https' if tls else 'http'}://{host}:{port}"


class SimulatorServer:
    """A simulator on a free port of this machine, in a thread, during the `with` block.

    `portal` is its state, for tests that read it directly. Between `stop()` and `start()` connections are refused; port
    and state stay the same.
    """

    def __init__(self, settings: Settings | None = None, *, port: int = 0, tls: Tls | None = None) -> None:
        self._app = create_app(settings)
        self._tls = tls
        self._port = port
        self._running: tuple[uvicorn.Server, threading.Thread] | None = None

    @property
    def portal(self) -> Portal:
        portal: Portal = self._app.state.portal
        return portal

    @property
    def port(self) -> int:
        return self._port

    @property
    def base_url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{HOST}:{self._port}"

    @property
    def token_url(self) -> str:
        return f"{self.base_url}/api/oauth/token"

    @property
    def api_base(self) -> str:
        return f"{self.base_url}/cpro"

    def start(self) -> None:
        """Listen; returns once connections are taken."""
        if self._running:
            return
        listening = listening_socket(self._port)
        self._port = listening.getsockname()[1]
        server = _server(self._app, self._tls)
        thread = threading.Thread(
            target=server.run, kwargs={"sockets": [listening]}, name="chorus-simulator", daemon=True
        )
        thread.start()
        self._running = (server, thread)

    def stop(self) -> None:
        """Stop listening: connections are refused until `start()`."""
        if self._running is None:
            return
        server, thread = self._running
        server.force_exit = server.should_exit = True
        thread.join(timeout=10)
        self._running = None

    def __enter__(self) -> SimulatorServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
