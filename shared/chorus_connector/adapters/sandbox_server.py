"""The process that forks the children of ``sandbox``: it never touches their data.

It runs in an interpreter of its own (``python -I``). Each request on its control socket carries the socket of one call;
a child is forked, answers on that socket, and the server reports how the child ended. The server kills a child that
takes too long, also when the caller is gone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import signal
import socket
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import NoReturn

CALL = struct.Struct("!d")
"""The seconds after which the server kills the child. The socket of the call comes with it."""
REQUEST = struct.Struct("!QIII")
"""Memory in bytes, processor seconds, the length of the arguments (JSON) and of the data, which follow."""
ENDED = struct.Struct("!?iQQ")
"""Whether a child took too long; its wait status, its milliseconds of processor time, and its peak in kilobytes."""
ANSWER, ERROR = b"+", b"-"
"""The first byte of what a child sends: an answer, or the class and place of an error."""

_Task = Callable[..., bytes]


def serve(control_fd: int, tasks: str) -> None:
    """Fork a child for each request, one after the other, until the caller is gone.

    ``tasks`` is a module with functions in ``TASKS``, and ``warm_up``, which does what every child would have to do
    first.
    """
    module = importlib.import_module(tasks)
    module.warm_up()
    gc.collect()
    gc.freeze()  # the children share the pages of these objects
    control = socket.socket(fileno=control_fd)
    while True:
        sent, descriptors, _, _ = socket.recv_fds(control, CALL.size, 1)
        if not descriptors:
            return
        with socket.socket(fileno=descriptors[0]) as call:
            pid = os.fork()
            if pid == 0:
                control.close()
                _work(call, module.TASKS)
        control.sendall(_end_of(pid, *CALL.unpack(sent)))


def _end_of(pid: int, seconds: float) -> bytes:
    """Wait for the child's end, and bring it about after so many seconds."""
    late = False

    def kill(*_: object) -> None:
        nonlocal late
        late = True
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    signal.signal(signal.SIGALRM, kill)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    _, status, used = os.wait4(pid, 0)
    signal.setitimer(signal.ITIMER_REAL, 0)
    milliseconds = int((used.ru_utime + used.ru_stime) * 1000)
    return ENDED.pack(late, status, milliseconds, used.ru_maxrss)


def _work(call: socket.socket, tasks: Mapping[str, _Task]) -> NoReturn:
    """The child's life: read the request under its limits, answer, end. It never returns into the server's loop."""
    code = 1
    try:
        with call.makefile("rb") as request:
            memory, seconds, length, size = REQUEST.unpack(request.read(REQUEST.size))
            _limit(memory, seconds)
            arguments = json.loads(request.read(length))
            data = request.read(size)
        call.sendall(_answer(tasks, arguments, data))
        code = 0
    finally:
        os._exit(code)


def _answer(tasks: Mapping[str, _Task], arguments: dict[str, object], data: bytes) -> bytes:
    try:
        return ANSWER + tasks[str(arguments.pop("task"))](data, **arguments)
    except Exception as error:
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        at = f"{os.path.basename(place.tb_frame.f_code.co_filename)}:{place.tb_lineno}" if place else ""
        return ERROR + f"{type(error).__name__} {at}".encode()


def _limit(memory: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))  # SIGXCPU first: it tells the reason
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # it writes no file
