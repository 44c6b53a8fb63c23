"""The note of a running stack: found while it runs, gone when its process has ended, however it ended."""

import subprocess
import sys
from pathlib import Path

import pytest

from tools.local_stack.running import STACK_VARIABLE, NoStack, RunningStack, noted, running_stack_of, running_stacks

KILLED = """
import os, signal, sys
from pathlib import Path
from tests.tools.local_stack.test_running import a_stack
from tools.local_stack.running import noted
with noted(a_stack(os.getpid()), place=Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""


def a_stack(pid: int) -> RunningStack:
    return RunningStack(pid, 4566, 4567, "http://127.0.0.1:8700", {"ApiId": "a1"}, "84900037700010", {"client_id": "x"})


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
