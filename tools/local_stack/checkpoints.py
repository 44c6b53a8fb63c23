"""Writes the state of the local AWS to disk every few seconds, so that `kill -9` loses at most those seconds.

ministack writes its state only when it is stopped in order. Run instead of it, as
`python -m tools.local_stack.checkpoints ministack`, this module writes the state of all services at one moment into a
new folder. Only a complete folder is valid; the next start loads the newest one. The bucket's files are written to
disk immediately.
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
"""The largest share of time spent writing: a large state is written less often."""
_WHOLE, _PARTIAL = "checkpoint-", "writing-"
_NOTE = "checkpoint.json"
_TRIES = 5
_log = logging.getLogger("checkpoints")


@dataclass(frozen=True)
class Checkpoint:
    """A complete state on disk; `orderly` means that it was written when the stack was stopped; none follows."""

    folder: Path
    at: datetime
    orderly: bool


def latest(state_dir: Path) -> Checkpoint | None:
    """The newest complete checkpoint, or None."""
    for folder in sorted(state_dir.glob(f"{_WHOLE}*"), reverse=True):
        note = json.loads((folder / _NOTE).read_text())
        return Checkpoint(folder, datetime.fromisoformat(note["at"]), note["orderly"])
    return None


class Checkpoints:
    """Writes checkpoints under one folder and removes older ones."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._writing = threading.Lock()
        self._closed = False

    def save(self, services: States, *, orderly: bool) -> None:
        """Write the current state of every service; does nothing after an orderly checkpoint."""
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
        """Save at this interval, in seconds, until the process ends."""
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
    """Copies of all states, made without switching to another thread."""
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
        except RuntimeError:  # it changed while it was copied: some copies release the interpreter lock
            if not left:
                raise
    return None


def _write(folder: Path, states: Mapping[str, Any]) -> None:
    """Write in ministack's own format. Its own function writes to one fixed folder, which also holds code and keys."""
    from ministack.core import persistence  # noqa: PLC0415 (reads its settings when it is imported)

    for name, state in states.items():
        content = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
        with (folder / f"{name}.json").open("w", encoding="utf-8") as file:
            json.dump(content, file, default=persistence._json_default)


def main() -> None:
    """Run the emulator that the first argument names; its state is kept in STATE_DIR."""
    sys.argv = sys.argv[1:]
    if os.environ.get("PERSIST_STATE") == "1":
        state_dir = Path(os.environ["STATE_DIR"])
        if found := latest(state_dir):
            _load_from(found.folder)
        _keep(Checkpoints(state_dir), float(os.environ.get("CHECKPOINT_SECONDS", EVERY_SECONDS)))
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)


def _load_from(folder: Path) -> None:
    """Make every service load its state from that folder when it is first used."""
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
        saving.start()  # not earlier: a service that has not loaded its state yet would be saved as empty

    app._load_persisted_state = load_then_save
    app.save_all = lambda services: checkpoints.save(services, orderly=True)


def _keep_streams() -> None:
    """Save the tables' streams too: ministack saves the positions of their readers, but not the records.

    Without them, a reader would silently wait until as many changes as before had been written.
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
