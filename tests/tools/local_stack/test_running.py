"""The note of a running stack: found while it runs, gone when its process has ended, however it ended."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.local_stack.running import (
    STACK_VARIABLE,
    NoStack,
    RunningStack,
    StackInUse,
    noted,
    running_stack_of,
    running_stacks,
    stack_to_print,
)

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.tools.local_stack.test_running import a_stack
from tools.local_stack.running import noted
with noted(a_stack(os.getpid()), place=Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def a_stack(pid: int, port: int = 4566) -> RunningStack:
    return RunningStack(pid, port, 4567, "http://127.0.0.1:8700", {"ApiId": "a1"}, "84900037700010", {"client_id": "x"})


def test_a_stack_is_found_while_it_runs_and_its_note_goes_with_it(tmp_path: Path) -> None:
    with noted(a_stack(1), place=tmp_path):
        assert running_stack_of({}, place=tmp_path) == a_stack(1)
    assert running_stacks(place=tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_the_note_of_a_killed_stack_is_removed_by_the_next_reader(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False)
    assert len(list(tmp_path.glob("*.json"))) == 1
    assert running_stacks(place=tmp_path) == []
    assert list(tmp_path.glob("*.json")) == []


def test_of_several_the_variable_says_which_else_the_last_one(tmp_path: Path) -> None:
    with noted(a_stack(1), place=tmp_path), noted(a_stack(2), place=tmp_path):
        assert running_stack_of({}, place=tmp_path).pid == 2
        assert running_stack_of({STACK_VARIABLE: "1"}, place=tmp_path).pid == 1


@pytest.mark.parametrize("wanted", [{}, {STACK_VARIABLE: "3"}, {STACK_VARIABLE: "x"}])
def test_without_that_stack_the_error_says_how_to_start_one(tmp_path: Path, wanted: dict[str, str]) -> None:
    with pytest.raises(NoStack, match="up --print-env"):
        running_stack_of(wanted, place=tmp_path)


def test_the_note_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    with noted(a_stack(1), place=tmp_path):
        (note,) = tmp_path.glob("*.json")
        assert note.stat().st_mode & 0o077 == 0


def test_the_printed_variables_are_of_the_stack_that_the_shell_named_not_of_the_last_one(tmp_path: Path) -> None:
    with noted(a_stack(1), place=tmp_path), noted(a_stack(2), place=tmp_path):
        named = stack_to_print({STACK_VARIABLE: "1"}, port=None, keep=None, place=tmp_path)
        last = stack_to_print({}, port=None, keep=None, place=tmp_path)
    assert (named, last) == (a_stack(1), a_stack(2))


def test_a_shell_whose_stack_has_ended_is_never_moved_to_another_one(tmp_path: Path) -> None:
    with noted(a_stack(2), place=tmp_path), pytest.raises(NoStack, match=f"3.*unset {STACK_VARIABLE}"):
        stack_to_print({STACK_VARIABLE: "3"}, port=None, keep=None, place=tmp_path)
    with pytest.raises(NoStack, match="has ended"):
        stack_to_print({STACK_VARIABLE: "3"}, port=None, keep=None, place=tmp_path)


def test_a_port_asks_for_the_stack_of_that_port_and_another_one_is_started_if_there_is_none(tmp_path: Path) -> None:
    shell = {STACK_VARIABLE: "2"}
    with noted(a_stack(1, 5001), place=tmp_path), noted(a_stack(2, 5002), place=tmp_path):
        assert stack_to_print(shell, port=5001, keep=None, place=tmp_path) == a_stack(1, 5001)
        assert stack_to_print(shell, port=5003, keep=None, place=tmp_path) is None
    assert stack_to_print({}, port=None, keep=None, place=tmp_path) is None


def test_a_stack_that_runs_already_is_refused_to_a_shell_that_asks_for_a_kept_state(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    with noted(a_stack(1, 5001), place=tmp_path):
        for port in (None, 5001):
            with pytest.raises(StackInUse, match="own state"):
                stack_to_print({}, port=port, keep=kept, place=tmp_path)
        assert stack_to_print({}, port=5002, keep=kept, place=tmp_path) is None
