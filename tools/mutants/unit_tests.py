"""The unit tests: which of them run which line, and how to run a few of them in a forked process.

A process is forked for each run. The parent has the libraries loaded, but nothing of the package and no test, so that
a child loads the package, with one module changed, in a fraction of a second.
"""

import gc
import hashlib
import importlib
import json
import os
import resource
import signal
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType
from typing import Any

import coverage
import pytest
from hypothesis import Phase, settings

PACKAGE = Path("shared/chorus_connector")
IDLE = 60.0
"""Seconds without any use of the processor after which a child counts as stuck (a deadlock, a long sleep)."""
AT_IMPORT = ""
"""The context in which coverage counts lines that no test runs: those that run when a module is imported."""
KILLED, SURVIVED, BROKEN = 1, 0, 3


@dataclass(frozen=True)
class UnitTest:
    """A test function by its pytest id, the processor time it takes in seconds, and the lines it runs by module.

    All its parameters are one test: they may come from a table that a mutant changes.
    """

    id: str
    seconds: float
    lines: Mapping[str, frozenset[int]]

    @property
    def file(self) -> str:
        return self.id.partition("::")[0]


def warm_up(libraries: Iterable[str]) -> None:
    """Load what every child needs, so that none of them has to."""
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    sys.path[:0] = ["shared", "."]
    for name in libraries:
        importlib.import_module(name)
    gc.freeze()  # or each child's first collection copies the pages of all of them


def fork(run: Any, *args: Any, seconds: float) -> int:
    """Start a child that exits with what ``run`` returns, after so much processor time at most. Its id."""
    pid = os.fork()
    if pid:
        return pid
    code = KILLED
    try:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_CPU, (int(seconds) + 1, int(seconds) + 3))
        silence = os.open(os.devnull, os.O_WRONLY)
        os.dup2(silence, 1)
        os.dup2(silence, 2)
        code = run(*args)
    finally:
        os._exit(code)


def measure(file: str, without: Iterable[str], result: Path) -> int:
    """Run a file's tests except the given ones under coverage; write the lines that each test runs to ``result``."""
    watched = coverage.Coverage(data_file=None, config_file=False, source=[str(PACKAGE)])
    times = _Watch(watched)
    watched.start()
    code = _pytest(file, times, *(f"--deselect={test}" for test in without))
    watched.stop()
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        return BROKEN
    lines: dict[str, dict[str, list[int]]] = {name: {} for name in [*times.seconds, AT_IMPORT]}
    data = watched.get_data()
    for path in data.measured_files():
        module = str(Path(path).relative_to(PACKAGE.resolve()))
        for line, contexts in data.contexts_by_lineno(path).items():
            for context in contexts:
                lines[context].setdefault(module, []).append(line)
    unfinished = result.with_suffix(".new")
    unfinished.write_text(json.dumps({"seconds": times.seconds, "lines": lines}), encoding="utf-8")
    unfinished.replace(result)
    return SURVIVED


def judge(module: str, source: bytes, tests: Iterable[UnitTest]) -> int:
    """KILLED if one of these tests fails with that source of the module, else SURVIVED."""
    try:
        code = compile(source, str(PACKAGE / module), "exec", dont_inherit=True)
    except SyntaxError:
        return BROKEN
    threading.Thread(target=_end_when_stuck, daemon=True).start()
    _load_from(code, PACKAGE / module)
    for file, ids in _by_file(tests).items():
        if _pytest(file, _Only(ids)) not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return KILLED
    return SURVIVED


def _load_from(code: CodeType, file: Path) -> None:
    original, path = SourceFileLoader.get_code, str(file.resolve())

    def get_code(loader: SourceFileLoader, name: str) -> CodeType | None:
        return code if loader.path == path else original(loader, name)

    SourceFileLoader.get_code = get_code  # type: ignore[method-assign, assignment]  # of this child only


def _end_when_stuck() -> None:
    used = -1.0
    while time.process_time() - used > 0.05:
        used = time.process_time()
        time.sleep(IDLE)
    os._exit(KILLED)


def _by_file(tests: Iterable[UnitTest]) -> dict[str, set[str]]:
    files: dict[str, set[str]] = {}
    for test in tests:
        files.setdefault(test.file, set()).add(test.id)
    return files


def _pytest(file: str, plugin: object, *options: str) -> int:
    plugins = ("-p", "no:cacheprovider", "-p", "no:unraisableexception")  # the second collects garbage at the end
    unit_tests = ("-m", "not stack", "-k", "not simulator")
    return int(pytest.main(["-x", "-q", *plugins, *unit_tests, *options, file], plugins=[plugin, _Repeatable()]))


class _Repeatable:
    """Properties are tried on the same examples each time; a failure is not made smaller, nor kept."""

    def pytest_sessionstart(self) -> None:
        phases = (Phase.explicit, Phase.generate)
        settings.register_profile("mutants", settings.default, database=None, derandomize=True, phases=phases)
        settings.load_profile("mutants")


class _Watch:
    def __init__(self, watched: coverage.Coverage) -> None:
        self._watched = watched
        self.seconds: defaultdict[str, float] = defaultdict(float)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._watched.switch_context(_function(item))
        began = time.process_time()
        result = yield
        self.seconds[_function(item)] += time.process_time() - began
        self._watched.switch_context(AT_IMPORT)
        return result


class _Only:
    def __init__(self, ids: set[str]) -> None:
        self._ids = ids

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = [item for item in items if _function(item) in self._ids]


def _function(item: pytest.Item) -> str:
    return item.nodeid.partition("[")[0]


def digest(paths: Iterable[Path]) -> str:
    """One digest of the contents of these files."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sorted(paths))).hexdigest()
