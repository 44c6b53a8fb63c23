"""The local AWS's state on disk every few seconds, so that even `kill -9` costs no more than those seconds.

ministack itself writes its state only when it is stopped in order. Run in its place, as
`python -m tools.local_stack.checkpoints ministack`, this writes the state of all services at one moment into a folder
of its own. The folder counts only when it is complete; the next start takes the newest complete one. The bucket's files
are on disk at once.
"""

import copy
import json
import logging
import os
import runpy
import shutil
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

States = Mapping[str, Callable[[], Any]]

EVERY_SECONDS = 5.0
SHARE_OF_TIME = 0.05
"""How much of its time it may take at most: a large state is written less often."""
_WHOLE, _PARTIAL = "checkpoint-", "writing-"
_NOTE = "checkpoint.json"
_TRIES = 5
_log = logging.getLogger("checkpoints")


@dataclass(frozen=True)
class Checkpoint:
    """A whole state on disk; `orderly`: written when the stack was stopped, so nothing came after it."""

    folder: Path
    at: datetime
    orderly: bool


def latest(state_dir: Path) -> Checkpoint | None:
    """The newest whole checkpoint; None where there is none."""
    for folder in sorted(state_dir.glob(f"{_WHOLE}*"), reverse=True):
        note = json.loads((folder / _NOTE).read_text())
        return Checkpoint(folder, datetime.fromisoformat(note["at"]), note["orderly"])
    return None


class Checkpoints:
    """Writes checkpoints under one folder, the older ones removed."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._writing = threading.Lock()
        self._closed = False

    def save(self, services: States, *, orderly: bool) -> None:
        """Write the state of every service as it is now; nothing more is written after an orderly one."""
        with self._writing:
            if self._closed:
                return
            self._closed = orderly
            states, at = _all_at_once(services), datetime.now(UTC)
            name = f"{at:%Y%m%dT%H%M%S%f}"
            partial = self._state_dir / f"{_PARTIAL}{name}"
            partial.mkdir(parents=True)
            _write(partial, states)
            (partial / _NOTE).write_text(json.dumps({"at": at.isoformat(), "orderly": orderly}))
            partial.rename(self._state_dir / f"{_WHOLE}{name}")
            for old in (*self._state_dir.glob(f"{_WHOLE}*"), *self._state_dir.glob(f"{_PARTIAL}*")):
                if old.name != f"{_WHOLE}{name}":
                    shutil.rmtree(old, ignore_errors=True)

    def keep_saving(self, services: Callable[[], States], every: float) -> None:
        """Save every so many seconds until the process ends."""
        time.sleep(every)
        while not self._closed:
            started = time.monotonic()
            try:
                self.save(services(), orderly=False)
            except Exception:
                _log.exception("no checkpoint this time")
            taken = time.monotonic() - started
            time.sleep(max(every, taken / SHARE_OF_TIME))


def _all_at_once(services: States) -> dict[str, Any]:
    """Copies of all states, taken without another thread's turn between them."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(60)
    try:
        return {name: state for name, get in services.items() if (state := _copied(get)) is not None}
    finally:
        sys.setswitchinterval(interval)


def _copied(get: Callable[[], Any]) -> Any:
    for left in reversed(range(_TRIES)):
        try:
            return get()
        except RuntimeError:  # it changed while it was copied: some copies let go of the interpreter
            if not left:
                raise
    return None


def _write(folder: Path, states: Mapping[str, Any]) -> None:
    """In ministack's own form. Not by its own function, which knows one folder: code and keys stand there too."""
    from ministack.core import persistence  # noqa: PLC0415 (reads its settings when it is imported)

    for name, state in states.items():
        content = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
        with (folder / f"{name}.json").open("w", encoding="utf-8") as file:
            json.dump(content, file, default=persistence._json_default)


def main() -> None:
    """Run the emulator named first among the arguments, its state kept where STATE_DIR says."""
    sys.argv = sys.argv[1:]
    if os.environ.get("PERSIST_STATE") == "1":
        state_dir = Path(os.environ["STATE_DIR"])
        if found := latest(state_dir):
            _load_from(found.folder)
        _keep(Checkpoints(state_dir), float(os.environ.get("CHECKPOINT_SECONDS", EVERY_SECONDS)))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _load_from(folder: Path) -> None:
    """Have every service load what stands in that folder, whenever it is first asked for."""
    from ministack.core import persistence  # noqa: PLC0415

    load, usual = persistence.load_state, persistence.STATE_DIR

    def load_from(service: str) -> Any:
        persistence.STATE_DIR = str(folder)
        try:
            return load(service)
        finally:
            persistence.STATE_DIR = usual

    persistence.load_state = load_from


def _keep(checkpoints: Checkpoints, every: float) -> None:
    from ministack import app  # noqa: PLC0415 (after the loading was changed)

    _keep_streams()
    load = app._load_persisted_state
    saving = threading.Thread(
        target=checkpoints.keep_saving, args=(app._build_persistence_save_dict, every), name="checkpoints", daemon=True
    )

    def load_then_save() -> None:
        load()
        saving.start()  # not before: a state that is not loaded yet would take the place of what it should be

    app._load_persisted_state = load_then_save
    app.save_all = lambda services: checkpoints.save(services, orderly=True)


def _keep_streams() -> None:
    """Have the tables' streams kept too: ministack keeps how far their readers are, and not what there is to read.

    A reader would then wait, silently, until as many changes had come as before.
    """
    from ministack.services import dynamodb  # noqa: PLC0415 (after the loading was changed)

    state, load = dynamodb.get_state, dynamodb.load_persisted_state
    stores = ("_stream_records", "_stream_trimmed")

    def with_streams() -> dict[str, Any]:
        kept: dict[str, Any] = state()
        return kept | {name: copy.deepcopy(getattr(dynamodb, name)) for name in stores}

    def load_with_streams(kept: dict[str, Any]) -> None:
        load(kept)
        for name in stores:
            getattr(dynamodb, name).update(kept.get(name, {}))

    dynamodb.get_state, dynamodb.load_persisted_state = with_streams, load_with_streams


if __name__ == "__main__":
    main()
