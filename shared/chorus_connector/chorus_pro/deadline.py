"""A total deadline for an HTTP exchange. Timeouts of httpx and httpcore are between bytes: a peer that sends or reads
one byte every few seconds never reaches them. Here each wait gets only the time that is left of the whole exchange.

That is not enough under TLS: a peer that floods records without application data (session tickets) keeps one read of
OpenSSL busy, which then never comes back to Python. So a timer shuts the connection down at the deadline.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
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


class _Watchdog:
    """Shuts down the connection in use at the deadline, while another thread waits in OpenSSL for it."""

    def __init__(self, seconds_left: SecondsLeft) -> None:
        self.seconds_left = seconds_left
        self.fired = False
        self._lock = threading.Lock()
        self._in_use: socket.socket | None = None
        self._timer: threading.Timer | None = None

    @contextmanager
    def guard(self, connection: socket.socket, phase: str) -> Iterator[None]:
        """Shut the connection down if the deadline passes inside the block. Then raises the phase's timeout."""
        # a duplicate: TLS takes the descriptor away from the socket that it wraps
        with socket.fromfd(connection.fileno(), connection.family, connection.type) as duplicate:
            self._start(duplicate)
            try:
                yield
            except httpcore.NetworkError:
                if not self.fired:
                    raise
            finally:
                with self._lock:
                    self._in_use = None
        if self.fired:
            raise _TOO_LATE[phase]

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()

    def _start(self, connection: socket.socket) -> None:
        with self._lock:
            self._in_use = connection
        left = self.seconds_left()
        if self._timer is None and left < threading.TIMEOUT_MAX:
            self._timer = threading.Timer(max(0, left), self._fire)
            self._timer.daemon = True
            self._timer.start()

    def _fire(self) -> None:
        with self._lock:
            self.fired = True
            if self._in_use is not None:
                with suppress(OSError):  # the peer closed it meanwhile
                    self._in_use.shutdown(socket.SHUT_RDWR)


_watchdog: ContextVar[_Watchdog] = ContextVar("_watchdog", default=_Watchdog(no_deadline))  # noqa: B039


@contextmanager
def within(seconds_left: SecondsLeft) -> Iterator[None]:
    """Bound everything that a `DeadlineBackend` sends or receives inside the block."""
    watchdog = _Watchdog(seconds_left)
    token = _watchdog.set(watchdog)
    try:
        yield
    finally:
        _watchdog.reset(token)
        watchdog.stop()


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
        with self._guarded("read"):
            return self._stream.read(max_bytes, _shortest(timeout, "read"))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        with self._guarded("write"):
            for start in range(0, len(buffer), _PIECE):
                self._stream.write(buffer[start : start + _PIECE], _shortest(timeout, "write"))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        stream = self._stream
        try:
            with self._guarded("connect"):
                stream = stream.start_tls(ssl_context, server_hostname, _shortest(timeout, "connect"))
        except Exception:
            stream.close()  # httpcore closes only what it has got
            raise
        return _DeadlineStream(stream)

    def _guarded(self, phase: str) -> AbstractContextManager[None]:
        return _watchdog.get().guard(self._stream.get_extra_info("socket"), phase)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _shortest(timeout: float | None, phase: str) -> float | None:
    """The phase's own timeout or the time left, whichever is shorter; None when there is neither."""
    left = _watchdog.get().seconds_left()
    if left <= 0:
        raise _TOO_LATE[phase]
    shortest = min(left, float("inf") if timeout is None else timeout)
    return None if shortest == float("inf") else shortest
