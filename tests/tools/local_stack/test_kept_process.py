"""A kept process ends with its parent, together with its own child processes."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.patience import eventually
from tools.local_stack.kept_process import KeptProcess, ProcessEndedError
from tools.local_stack.ports import free_ports, is_listening

# Listens, and starts a grandchild that listens too, as a Lambda worker lives beside its emulator.
SERVER = """
import socket, subprocess, sys
if len(sys.argv) > 2:
    subprocess.Popen([sys.executable, __file__, sys.argv[2]])
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()[0].close()
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "listening_module.py").write_text(SERVER)
    return os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), *filter(None, sys.path)])}


def test_stopping_ends_the_process_and_what_it_started(environment: dict[str, str], tmp_path: Path) -> None:
    own, grandchild = free_ports(2)
    arguments = [str(own), str(grandchild)]
    with KeptProcess("listening_module", arguments, environment=environment, log=tmp_path / "log") as process:
        process.wait_until(lambda: is_listening(own) and is_listening(grandchild))
    assert not is_listening(own)
    assert eventually(lambda: not is_listening(grandchild))


def test_a_starter_that_is_killed_leaves_nothing_running(environment: dict[str, str], tmp_path: Path) -> None:
    own, grandchild = free_ports(2)
    starter = (
        "import os, pathlib, time\n"
        "from tools.local_stack.kept_process import KeptProcess\n"
        f"KeptProcess('listening_module', ['{own}', '{grandchild}'], environment=dict(os.environ),"
        f" log=pathlib.Path({str(tmp_path / 'log')!r}))\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", starter], env=environment) as process:
        assert eventually(lambda: is_listening(own) and is_listening(grandchild))
        process.send_signal(signal.SIGKILL)
    assert eventually(lambda: not is_listening(own) and not is_listening(grandchild))


def test_a_process_that_ends_too_early_says_why(environment: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "failing_module.py").write_text("raise SystemExit('no licence for this machine')")
    process = KeptProcess("failing_module", [], environment=environment, log=tmp_path / "log")
    with process, pytest.raises(ProcessEndedError, match="no licence for this machine"):
        process.wait_until(lambda: False)


def test_a_process_that_was_killed_from_outside_is_known_to_have_ended(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (own,) = free_ports(1)
    with KeptProcess("listening_module", [str(own)], environment=environment, log=tmp_path / "log") as process:
        process.wait_until(lambda: is_listening(own))
        assert not process.ended
        os.kill(process.pid, signal.SIGKILL)
        assert eventually(lambda: process.ended)
