"""Runs work on hostile bytes in a child process with limits on memory, processor time and waiting.

A server (``sandbox_server``) is started once: a new interpreter with an empty environment, which has the libraries
loaded and no credentials in its memory. It forks a child for each call: a fork takes 2 ms, a new interpreter with these
libraries 300 ms. The caller and the server survive whatever happens in the child, whose answer must be validated.

Lambda has no /dev/shm, so ``multiprocessing`` would not do.
"""

from __future__ import annotations

import atexit
import json
import os
import re
import resource
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from chorus_connector.adapters.sandbox_server import ANSWER, CALL, ENDED, ERROR, REQUEST

MEGABYTE = 1024 * 1024
SHARE_OF_MEMORY = 0.7
"""Of the function's memory, for caller, server and child together."""
MAX_ANSWER = 16 * MEGABYTE
"""Room for a PDF of 10 MB and its reading."""

_FUNCTION_MEMORY = 1769  # megabytes, outside Lambda
_SERVER_SECONDS = 2.0  # longer than the server needs to start, and to end a child
_SERVER_MEMORY = 48 * MEGABYTE  # what the server does not share with its child
_KEPT_VARIABLES = ("LD_LIBRARY_PATH", "LANG", "TZ", "PYDANTIC_DISABLE_PLUGINS")
_SERVE = """
import json, sys
sys.path[:] = json.loads(sys.argv[1])
from chorus_connector.adapters.sandbox_server import serve
serve(int(sys.argv[2]), sys.argv[3])
"""
_DETAIL = re.compile(rb"[\w.: ]{1,80}")  # the child is not trusted with more of a log line

Death = Literal["memory", "processor", "time", "crash", "error", "server"]
"""What ended a child: a failed allocation, its processor time, no answer in time, a signal (also of a library that got
no memory), an error in our code, or its server, which is gone or hangs."""


@dataclass(frozen=True)
class Limits:
    """The time that a child may use."""

    cpu_seconds: int
    wall_seconds: float


FULL = Limits(cpu_seconds=16, wall_seconds=17.0)
"""With the caller's own work less than 20 s."""


class ChildDied(Exception):
    """The child gave no answer. ``detail`` is a signal's name, or the class and place of an error: no document text."""

    def __init__(
        self, death: Death, detail: str, *, seconds: float, cpu_seconds: float | None = None, peak_megabytes: int = 0
    ) -> None:
        super().__init__(f"{death}: {detail}")
        self.death = death
        self.detail = detail
        self.seconds = seconds
        self.cpu_seconds = cpu_seconds
        self.peak_megabytes = peak_megabytes

    @property
    def may_be_chance(self) -> bool:
        """Whether a busy machine can have caused it. Otherwise the file did, and would do it again."""
        return self.death in ("processor", "time", "server")


@dataclass(frozen=True)
class _Server:
    process: subprocess.Popen[bytes]
    control: socket.socket
    owner: int

    @property
    def usable(self) -> bool:
        return self.owner == os.getpid() and self.process.poll() is None

    def end(self) -> None:
        self.control.close()
        if self.owner == os.getpid():
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)  # its child too
            self.process.wait()


class Sandbox:
    """Calls the functions of the module ``tasks`` (``sandbox_server.serve``), one call at a time.

    ``memory`` in bytes is for the child alone; by default it gets what the function has left.
    """

    def __init__(self, tasks: str, *, memory: int | None = None) -> None:
        self._tasks = tasks
        self._memory = memory
        self._server: _Server | None = None
        self._lock = threading.Lock()

    def call(
        self, task: str, data: bytes, limits: Limits = FULL, *, longest: int = MAX_ANSWER, **arguments: Any
    ) -> bytes:
        """The child's answer, of ``longest`` bytes at most, not to be trusted. Raises ChildDied."""
        with self._lock:
            begun = time.monotonic()
            server = self._running()
            packed = json.dumps({"task": task, **arguments}).encode()
            memory = self._memory or _memory_left()
            request = (REQUEST.pack(memory, limits.cpu_seconds, len(packed), len(data)), packed, data)
            try:
                answer, ended = _exchange(server.control, request, limits.wall_seconds, longest)
                late, status, milliseconds, kilobytes = ENDED.unpack(ended)
            except (OSError, struct.error) as error:  # the server is gone or hangs; or the answer is too long
                self.close()
                raise ChildDied("server", type(error).__name__, seconds=time.monotonic() - begun) from None
        if status == 0 and answer[:1] == ANSWER:
            return answer[1:]
        raise ChildDied(
            *_death(late, status, answer),
            seconds=time.monotonic() - begun,
            cpu_seconds=milliseconds / 1000,
            peak_megabytes=kilobytes // 1024,
        )

    def close(self) -> None:
        """End the server and its child, if there are any. The next call starts a new one."""
        server, self._server = self._server, None
        if server is not None:
            server.end()

    def _running(self) -> _Server:
        if self._server is None or not self._server.usable:
            self.close()
            self._server = _started(self._tasks)
            atexit.register(self.close)
        return self._server


def _started(tasks: str) -> _Server:
    control, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(  # noqa: S603 — this interpreter, with nothing that came from outside
            [sys.executable, "-I", "-c", _SERVE, json.dumps(sys.path), str(theirs.fileno()), tasks],
            pass_fds=[theirs.fileno()],
            env={name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,  # a library's message could quote the document
            start_new_session=True,  # a group of its own, to end it together with its child
        )
    return _Server(process, control, os.getpid())


def _exchange(control: socket.socket, request: tuple[bytes, ...], seconds: float, longest: int) -> tuple[bytes, bytes]:
    """What the child sent in its seconds, and the server's report of its end. Raises OSError, which TimeoutError is."""
    until = time.monotonic() + seconds + _SERVER_SECONDS

    def in_time(one: socket.socket) -> socket.socket:
        one.settimeout(max(0.001, until - time.monotonic()))
        return one

    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            socket.send_fds(in_time(control), [CALL.pack(seconds)], [theirs.fileno()])
        answer = bytearray()
        with suppress(BrokenPipeError, ConnectionResetError):  # it died, or answered without reading everything
            for part in request:
                in_time(ours).sendall(part)
        with suppress(ConnectionResetError):  # it died without reading everything; the report says how
            while part := in_time(ours).recv(MEGABYTE):
                answer += part
                if len(answer) > len(ANSWER) + longest:
                    raise OSError("the answer is too long")
    return bytes(answer), in_time(control).recv(ENDED.size, socket.MSG_WAITALL)


def _death(late: bool, status: int, answer: bytes) -> tuple[Death, str]:
    if late:
        return "time", "killed"
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return ("processor" if name == "SIGXCPU" else "crash"), name
    detail = _DETAIL.fullmatch(answer[1:]) if answer[:1] == ERROR else None
    if detail is None:
        return "crash", "no answer"
    told = detail[0].decode()
    return ("memory" if told.startswith(("MemoryError", "RecursionError")) else "error"), told


def _memory_left() -> int:
    """Bytes for a child: the function's share, less what this process and the server hold.

    Outside a function this process may hold anything, and the child gets what it would get in one.
    """
    size = os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
    if size is None:
        return int(_FUNCTION_MEMORY * MEGABYTE * SHARE_OF_MEMORY)
    function = int(size) * MEGABYTE
    resident = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * resource.getpagesize()
    return max(64 * MEGABYTE, int(function * SHARE_OF_MEMORY) - resident - _SERVER_MEMORY)
