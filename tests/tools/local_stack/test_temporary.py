"""A temporary folder goes with its owner, at the latest when the next one is made."""

import subprocess
import sys
from pathlib import Path

from tools.local_stack.temporary import remove_leftovers, temporary_folder

HOLDS_ONE = """
import pathlib, sys, time
from tools.local_stack.temporary import temporary_folder
with temporary_folder("up", under=pathlib.Path(sys.argv[1])) as folder:
    print(folder, flush=True)
    time.sleep(60)
"""


def test_a_folder_is_gone_when_its_owner_is_done(tmp_path: Path) -> None:
    with temporary_folder("demo", under=tmp_path) as folder:
        (folder / "state").mkdir()
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_killed_run_goes_with_the_next_start_and_one_in_use_does_not(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLDS_ONE, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        held = Path(process.stdout.readline().strip())
        assert remove_leftovers(tmp_path) == 0
        assert held.exists()
        process.kill()
    with temporary_folder("up", under=tmp_path) as folder:
        assert list(tmp_path.iterdir()) == [folder]


def test_what_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "chorus-connector-somebody-elses").mkdir()
    assert remove_leftovers(tmp_path) == 0
