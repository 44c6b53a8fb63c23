"""What is shipped to Lambda: compiled, the same at each build, and nothing a developer's machine left lying about."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

from infra_cdk.bundle import build_functions

ROOT = Path(__file__).parent.parent.parent


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_function_is_shipped_compiled_and_two_builds_are_the_same_bytes(tmp_path: Path) -> None:
    once = build_functions(tmp_path / "once", functions=ROOT / "functions", for_this_machine=True)
    twice = build_functions(tmp_path / "twice", functions=ROOT / "functions", for_this_machine=True)
    assert _files(once) == _files(twice)
    for box in once.iterdir():
        assert Path(importlib.util.cache_from_source(str(box / "handler.py"))).exists(), box.name


def test_a_handler_that_was_changed_in_place_runs_as_changed(tmp_path: Path) -> None:
    """An operator may fix a file in the console: a compiled file must not hide it."""
    source = tmp_path / "functions" / "box"
    source.mkdir(parents=True)
    (source / "handler.py").write_text("answer = 1\n")
    built = build_functions(tmp_path / "built", functions=source.parent, for_this_machine=True) / "box"
    (built / "handler.py").write_text("answer = 2\n")
    ran = subprocess.run(
        [sys.executable, "-c", "import handler; print(handler.answer)"],
        cwd=built,
        env={"PYTHONPATH": str(built)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "2\n"


def test_what_a_developers_interpreter_compiled_is_left_behind(tmp_path: Path) -> None:
    functions = tmp_path / "functions"
    shutil.copytree(ROOT / "functions" / "api_docs", functions / "api_docs")
    (functions / "api_docs" / "__pycache__").mkdir(exist_ok=True)
    (functions / "api_docs" / "__pycache__" / "handler.cpython-399.pyc").write_bytes(b"stale")
    built = build_functions(tmp_path / "built", functions=functions, for_this_machine=True)
    assert not [name for name in _files(built) if "cpython-399" in name]
