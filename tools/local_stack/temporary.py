"""Temporary folders that do not outlive their owner for long: what a killed run left is removed by the next one.

The owner holds a lock on a file inside; the lock ends with the process however it ends, so a folder whose lock is free
belongs to nobody any more.
"""

import fcntl
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PREFIX = "chorus-connector-"
_LOCK = "owner.lock"


@contextmanager
def temporary_folder(purpose: str, *, under: Path | None = None) -> Iterator[Path]:
    """An empty folder of this machine's temporary ones, removed at the end; leftovers of killed runs go first."""
    place = under or Path(tempfile.gettempdir())
    remove_leftovers(place)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{purpose}-", dir=place, ignore_cleanup_errors=True) as folder:
        unlocked = Path(folder) / f"{_LOCK}.new"
        with unlocked.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            unlocked.rename(Path(folder) / _LOCK)  # so that nobody ever sees it without its lock
            yield Path(folder)


def remove_leftovers(place: Path) -> int:
    """Remove the folders whose owner is gone; gives how many."""
    removed = 0
    for folder in place.glob(f"{_PREFIX}*"):
        if _is_abandoned(folder):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _is_abandoned(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open("r") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except OSError:  # locked, being made this moment, or somebody else's
        return False
