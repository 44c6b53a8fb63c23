"""A child process that cannot outlive its parent, however the parent ends.

`KeptProcess` starts `python -m tools.local_stack.kept_process MODULE`: the child leads a process group of its own and
reads a pipe from its parent. When the pipe closes – by `stop()`, or by the parent's end, even by SIGKILL – it
sends itself SIGTERM, and then ends the rest of its group (Lambda workers).
"""

import contextlib
import os
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

PATIENCE_SECONDS = 20.0


class ProcessEndedError(RuntimeError):
    """The process ended before it was ready; the message ends with the last lines of its log."""


class KeptProcess:
    """A Python module that runs as a child process and writes its output to a log file."""

    def __init__(self, module: str, arguments: Sequence[str], *, environment: Mapping[str, str], log: Path) -> None:
        self._name = module
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__, module, *arguments],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The process id of the process that runs the module."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the process has ended, for any reason."""
        return self._process.poll() is not None

    def wait_until(self, ready: Callable[[], bool], *, timeout: float = 60.0) -> None:
        """Return when `ready()` is true; raises ProcessEndedError or, after `timeout` seconds, TimeoutError."""
        deadline = time.monotonic() + timeout
        while not ready():
            if self.ended:
                raise ProcessEndedError(f"{self._name} ended with {self._process.returncode}:\n{self.log_tail()}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self._name} was not ready after {timeout:.0f} s:\n{self.log_tail()}")
            time.sleep(0.02)

    def log_tail(self, lines: int = 20) -> str:
        """The last lines of the process's log."""
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """End the process and everything it started; does nothing the second time."""
        if self._process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            pass
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _end_with_parent() -> None:
    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(PATIENCE_SECONDS)
        os.killpg(os.getpgrp(), signal.SIGKILL)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def main() -> None:
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    # Makes every module, even one without a signal handler, run the `finally` below.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    # The parent handles a Ctrl-C in the terminal, and stops its children in the right order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent()
    try:
        runpy.run_module(module, run_name="__main__", alter_sys=True)
    finally:
        # The module has ended; its own child processes must not stay.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(os.getpgrp(), signal.SIGTERM)


if __name__ == "__main__":
    main()
