"""Tasks for the tests of the sandbox: each ends, or tries to end, in its own way."""

import json
import os
import resource
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

WARM: list[int] = []


def echo(data: bytes, *, prefix: str = "") -> bytes:
    return prefix.encode() + data


def hog(data: bytes) -> bytes:
    return b" " * (4 << 30)


def recurse(data: bytes) -> bytes:
    return recurse(data)


def spin(data: bytes) -> NoReturn:
    while True:
        pass


def sleep(data: bytes) -> bytes:
    time.sleep(99)
    return b""


def close_and_sleep(data: bytes) -> bytes:
    """Close every socket, so that the caller sees the end of an answer that never began."""
    os.closerange(3, 256)
    return sleep(data)


def abort(data: bytes) -> NoReturn:
    os.abort()


def leave(data: bytes) -> NoReturn:
    os._exit(0)


def interrupt(data: bytes) -> NoReturn:
    sys.exit(3)


def bug(data: bytes) -> NoReturn:
    raise KeyError(data.decode())


def flood(data: bytes) -> bytes:
    return b"x" * (40 << 20)


def write_a_file(data: bytes) -> bytes:
    path = Path(data.decode())
    with suppress(OSError):
        path.write_bytes(b"x")
    return b""


def surroundings(data: bytes) -> bytes:
    memory, _ = resource.getrlimit(resource.RLIMIT_AS)
    facts = {"environment": dict(os.environ), "modules": [*sys.modules], "memory": memory, "warm": WARM}
    return json.dumps({**facts, "parent": os.getppid()}).encode()


def warm_up() -> None:
    WARM.append(os.getpid())


TASKS = {
    each.__name__: each
    for each in (
        echo,
        hog,
        recurse,
        spin,
        sleep,
        close_and_sleep,
        abort,
        leave,
        interrupt,
        bug,
        flood,
        write_a_file,
        surroundings,
    )
}
