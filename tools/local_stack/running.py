"""Which local stacks run on this machine: each `chorus-connector up` leaves a note while it runs.

The notes are in the virtual environment, so each checkout has its own, and they are removed together with it. The stack
locks its note. The lock is released when the process ends, however it ends, and the next reader removes the note.
"""

import fcntl
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tools.local_stack.deployed import ADMINISTRATOR, DeployedStack, password

STACK_VARIABLE = "CHORUS_STACK"
"""Names the process id of the stack that a command means, when several run."""


class NoStack(RuntimeError):
    """No local stack of this checkout runs, or not the one that was asked for."""


class StackInUse(RuntimeError):
    """A local stack of this checkout runs already, and another one was not clearly asked for."""


@dataclass(frozen=True)
class RunningStack:
    """What a second command must know of a stack: its process, its addresses and the supplier of its simulator."""

    pid: int
    port: int
    textract_port: int
    simulator_url: str
    outputs: Mapping[str, str]
    siret: str
    credentials: Mapping[str, str]

    def deployed(self) -> DeployedStack:
        """The stack, to call it and to bring its schedules forward."""
        return DeployedStack(self.port, self.textract_port, self.outputs)

    def environment(self) -> dict[str, str]:
        """The shell variables with which the commands of README, tour and operations work as they are printed.

        The token is an administrator's and lasts for an hour.
        """
        stack = self.deployed()
        return {
            "API": stack.api_url,
            "TOKEN": stack.admin_token(),
            "SIMULATOR": self.simulator_url,
            "SIRET": self.siret,
            "CREDENTIALS": json.dumps(dict(self.credentials)),
            "console": stack.console_url,
            "console_user": ADMINISTRATOR,
            "console_password": password(ADMINISTRATOR),
            STACK_VARIABLE: str(self.pid),
            **stack.operator_environment(),
        }


@contextmanager
def noted(stack: RunningStack, *, place: Path | None = None) -> Iterator[None]:
    """Leave the note of a stack while it runs."""
    note = _notes(place) / f"{stack.pid}.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    unlocked = note.with_suffix(".part")
    unlocked.touch(mode=0o600)  # it holds credentials, if only the simulator's
    with unlocked.open("w", encoding="utf-8") as written:
        fcntl.flock(written, fcntl.LOCK_EX)
        written.write(json.dumps(asdict(stack)))
        written.flush()
        unlocked.replace(note)  # so that it never appears without its lock
        try:
            yield
        finally:
            note.unlink(missing_ok=True)


def running_stack_of(wanted: Mapping[str, str], *, place: Path | None = None) -> RunningStack:
    """The stack that the variable CHORUS_STACK names in ``wanted``, else the one that was started last.

    Raises NoStack.
    """
    stacks = {each.pid: each for each in running_stacks(place=place)}
    named = wanted.get(STACK_VARIABLE) or None
    if named is None and stacks:
        return list(stacks.values())[-1]
    if named is not None and named.isdigit() and int(named) in stacks:
        return stacks[int(named)]
    start = 'eval "$(chorus-connector up --print-env)"'
    if named is None:
        raise NoStack(f"no local stack runs: start one with {start}")
    raise NoStack(
        f"the stack that {STACK_VARIABLE} names ({named}) has ended, or is still starting: wait for it, or take or "
        f"start another one with unset {STACK_VARIABLE}; {start}"
    )


def stack_to_print(
    wanted: Mapping[str, str], *, port: int | None, keep: Path | None, place: Path | None = None
) -> RunningStack | None:
    """The stack whose variables a shell asks for; None: start one.

    ``port`` asks for the stack of that port. Without it CHORUS_STACK says which, else the one that was started last.
    Raises NoStack when the one that CHORUS_STACK names has ended or is still starting, and StackInUse when ``keep``
    asks for a state and a stack runs whose state is not known.
    """
    stacks = running_stacks(place=place)
    if port is not None:
        stack = next((each for each in stacks if each.port == port), None)
        if stack is not None and keep is not None:
            raise StackInUse(f"the stack of port {port} runs already, with its own state: end it first (« down »)")
        return stack
    if stacks and keep is not None:
        raise StackInUse("a stack runs already, with its own state: end it first (« down »), or add --port")
    if keep is not None or (not stacks and not wanted.get(STACK_VARIABLE)):
        return None
    return running_stack_of(wanted, place=place)


def running_stacks(*, place: Path | None = None) -> list[RunningStack]:
    """Every stack of this checkout that runs, the one that was started last at the end."""
    notes = sorted(_notes(place).glob("*.json"), key=_written_at)
    return [stack for note in notes if (stack := _read(note)) is not None]


def _notes(place: Path | None) -> Path:
    return place or Path(sys.prefix) / "var" / "chorus-connector-up"


def _written_at(note: Path) -> int:
    try:
        return note.stat().st_mtime_ns
    except FileNotFoundError:  # its stack ended between the listing and now
        return 0


def _read(note: Path) -> RunningStack | None:
    """The note's stack; None, and the note is removed, when the stack has ended."""
    try:
        with note.open(encoding="utf-8") as kept:
            told: dict[str, Any] = json.loads(kept.read())
            fcntl.flock(kept, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return RunningStack(**told)
    note.unlink(missing_ok=True)
    return None
