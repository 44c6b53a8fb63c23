"""Whatever happens in a child, the caller gets an answer or ChildDied in time, and the next call works."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from chorus_connector.adapters.sandbox import FULL, SHARE_OF_MEMORY, ChildDied, Limits, Sandbox

MEGABYTE = 1024 * 1024
TASKS = "tests.adapters.sandbox_tasks"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(TASKS, memory=300 * MEGABYTE)
    yield made
    made.close()


def another_sandbox() -> Sandbox:
    return Sandbox(TASKS, memory=300 * MEGABYTE)


def died(sandbox: Sandbox, task: str, data: bytes = b"x", limits: Limits = FULL) -> ChildDied:
    with pytest.raises(ChildDied) as death:
        sandbox.call(task, data, limits)
    assert sandbox.call("echo", b"the next one") == b"the next one"
    return death.value


def facts(sandbox: Sandbox) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(sandbox.call("surroundings", b""))
    return found


def test_the_bytes_go_in_and_the_answer_comes_back(sandbox: Sandbox) -> None:
    data = os.urandom(10 * MEGABYTE)
    assert sandbox.call("echo", data, prefix="é") == "é".encode() + data
    assert sandbox.call("echo", b"") == b""


@pytest.mark.parametrize(
    ("task", "death", "detail"),
    [
        ("hog", "memory", "MemoryError"),
        ("recurse", "memory", "RecursionError"),
        ("abort", "crash", "SIGABRT"),
        ("bug", "error", "KeyError sandbox_tasks.py:"),
        ("unknown", "error", "KeyError sandbox_server.py:"),
        ("leave", "crash", "no answer"),
        ("interrupt", "crash", "no answer"),
        ("flood", "server", "OSError"),
    ],
)
def test_a_child_that_ends_without_an_answer_says_how(sandbox: Sandbox, task: str, death: str, detail: str) -> None:
    found = died(sandbox, task)
    assert (found.death, found.detail.startswith(detail)) == (death, True)
    assert found.may_be_chance == (death == "server"), "a busy machine causes no death by memory"


def test_an_answer_longer_than_its_task_allows_is_not_taken(sandbox: Sandbox) -> None:
    assert sandbox.call("echo", b"x" * 4000, longest=4000) == b"x" * 4000
    with pytest.raises(ChildDied):
        sandbox.call("echo", b"x" * 4001, longest=4000)
    assert sandbox.call("echo", b"the next one") == b"the next one"


def test_a_child_that_uses_too_much_processor_time_is_ended(sandbox: Sandbox) -> None:
    found = died(sandbox, "spin", limits=Limits(cpu_seconds=1, wall_seconds=30.0))
    assert (found.death, found.detail, found.may_be_chance) == ("processor", "SIGXCPU", True)
    assert found.cpu_seconds == pytest.approx(1, abs=0.3)


@pytest.mark.parametrize("task", ["sleep", "close_and_sleep"])
def test_a_child_that_waits_is_killed_and_its_server_lives(task: str, sandbox: Sandbox) -> None:
    before = facts(sandbox)["parent"]
    found = died(sandbox, task, limits=Limits(16, 1.5))
    assert (found.death, found.detail, found.may_be_chance) == ("time", "killed", True)
    assert 1.4 < found.seconds < 3.5
    assert facts(sandbox)["parent"] == before


def test_a_server_that_hangs_is_killed_and_replaced() -> None:
    sandbox = another_sandbox()
    server = facts(sandbox)["parent"]
    os.kill(server, signal.SIGSTOP)
    begun = time.monotonic()
    found = died(sandbox, "echo", limits=Limits(16, 0.5))
    assert (found.death, found.may_be_chance) == ("server", True)
    assert time.monotonic() - begun < 6
    assert facts(sandbox)["parent"] != server
    sandbox.close()


def test_a_server_that_was_killed_is_replaced() -> None:
    sandbox = another_sandbox()
    os.kill(facts(sandbox)["parent"], signal.SIGKILL)
    with suppress(ChildDied):  # the server may end a moment later than the call begins
        sandbox.call("echo", b"a")
    assert sandbox.call("echo", b"b") == b"b"
    sandbox.close()


def test_an_error_tells_its_class_and_place_and_none_of_the_data(sandbox: Sandbox) -> None:
    assert "FR76 3000" not in str(died(sandbox, "bug", b"FR76 3000"))


def test_the_child_has_no_credentials_and_no_client(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    fresh = another_sandbox()
    found = facts(fresh)
    fresh.close()
    assert not [name for name in found["environment"] if name.startswith("AWS")]
    assert not {"botocore", "boto3", "httpx"} & set(found["modules"])


def test_the_child_writes_no_file(sandbox: Sandbox, tmp_path: Path) -> None:
    path = tmp_path / "written"
    sandbox.call("write_a_file", str(path).encode())
    assert not path.exists() or path.stat().st_size == 0


def test_what_every_child_needs_is_made_once_by_the_server(sandbox: Sandbox) -> None:
    first, second = facts(sandbox), facts(sandbox)
    assert first["warm"] == second["warm"] == [first["parent"]]


_MEASURE = """
import json, os, sys
from pathlib import Path
from chorus_connector.adapters.sandbox import Sandbox
sandbox = Sandbox(sys.argv[1])
child = json.loads(sandbox.call("surroundings", b""))["memory"]
sandbox.close()
pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
print(json.dumps([pages * os.sysconf("SC_PAGE_SIZE"), child]))
"""


@pytest.mark.parametrize("megabytes", [1024, 1769])
def test_caller_server_and_child_stay_under_their_share_of_the_functions_memory(megabytes: int) -> None:
    """The caller is a process of its own, as small as a function: this one holds what other tests left."""
    caller, child = json.loads(
        subprocess.run(
            [sys.executable, "-c", _MEASURE, TASKS],
            env={**os.environ, "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(megabytes)},
            capture_output=True,
            check=True,
        ).stdout
    )
    room = megabytes * MEGABYTE * SHARE_OF_MEMORY - caller - child
    assert 0 < room < 80 * MEGABYTE


def test_a_caller_that_was_forked_starts_a_server_of_its_own(sandbox: Sandbox) -> None:
    before = facts(sandbox)["parent"]
    pid = os.fork()
    if pid == 0:
        try:
            os._exit(0 if facts(sandbox)["parent"] != before else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert facts(sandbox)["parent"] == before
