"""A local stack that runs in the background, after the command that started it has ended."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from tools.local_stack.running import RunningStack, running_stacks

_PATIENCE = 120.0


class NotStarted(RuntimeError):
    """The stack ended, or was not ready in time; the text is the last lines of its log."""


def start(arguments: Sequence[str]) -> RunningStack:
    """Start `chorus-connector up` with these arguments and return when it is ready. Raises NotStarted."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tools.cli", "up", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal must not end it
            cwd=Path(__file__).resolve().parents[2],
        )
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and process.poll() is None:
            for stack in running_stacks():
                if stack.pid == process.pid:
                    return stack
            time.sleep(0.1)
        process.terminate()
        log.seek(0)
        raise NotStarted(
            "\n".join(log.read().decode(errors="replace").splitlines()[-20:]) or "it was not ready in time"
        )


def end(stack: RunningStack) -> None:
    """Stop the stack and return when it has ended. Raises TimeoutError."""
    os.kill(stack.pid, signal.SIGTERM)
    deadline = time.monotonic() + _PATIENCE
    while any(each.pid == stack.pid for each in running_stacks()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"process {stack.pid} does not end")
        time.sleep(0.1)
