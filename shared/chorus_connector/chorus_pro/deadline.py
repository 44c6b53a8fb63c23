"""A total deadline for an HTTP exchange. Timeouts of httpx and httpcore are between bytes: a peer that sends or reads
one byte every few seconds never reaches them. Here each wait gets only the time that is left of the whole exchange.

A TLS handshake needs no help: Python's `ssl` counts the socket's timeout over the whole handshake.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

SecondsLeft = Callable[[], float]

_PIECE = 16 * 1024
"""Bytes written before the deadline is asked again: a slow reader cannot stretch one write."""
_TOO_LATE = {"connect": httpcore.ConnectTimeout, "read": httpcore.ReadTimeout, "write": httpcore.WriteTimeout}


def no_deadline() -> float:
    """Seconds left for a caller without a deadline."""
    return float("inf")


def seconds_from_now(seconds: float, clock: Callable[[], float] = time.monotonic) -> SecondsLeft:
    """A deadline `seconds` away, as the number of seconds left each time it is called."""
    end = clock() + seconds
    return lambda: end - clock()


_left: ContextVar[SecondsLeft] = ContextVar("_left", default=no_deadline)


@contextmanager
def within(seconds_left: SecondsLeft) -> Iterator[None]:
    """Bound everything that a `DeadlineBackend` sends or receives inside the block."""
    token = _left.set(seconds_left)
    try:
        yield
    finally:
        _left.reset(token)


def bounded(client: httpx.Client) -> httpx.Client:
    """The same client with connections that keep the deadline of `within`.

    httpx has no public parameter for the network backend of its pools, so this sets the attribute.
    """
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport) and not _is_bounded(transport):
            transport._pool._network_backend = DeadlineBackend()
    return client


def _is_bounded(transport: httpx.HTTPTransport) -> bool:
    return isinstance(transport._pool._network_backend, DeadlineBackend)


class DeadlineBackend(httpcore.NetworkBackend):
    """Connections that wait no longer than the deadline of `within`."""

    def __init__(self) -> None:
        self._backend = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect within the deadline. Raises httpcore.ConnectTimeout."""
        return _DeadlineStream(
            self._backend.connect_tcp(host, port, _shortest(timeout, "connect"), local_address, socket_options)
        )


class _DeadlineStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _shortest(timeout, "read"))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[start : start + _PIECE], _shortest(timeout, "write"))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _shortest(timeout, "connect")))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _shortest(timeout: float | None, phase: str) -> float | None:
    """The phase's own timeout or the time left, whichever is shorter; None when there is neither."""
    left = _left.get()()
    if left <= 0:
        raise _TOO_LATE[phase]
    shortest = min(left, float("inf") if timeout is None else timeout)
    return None if shortest == float("inf") else shortest
