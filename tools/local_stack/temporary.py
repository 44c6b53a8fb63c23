"""Temporary folders that are removed even after a kill: the next run removes those of killed runs.

The owner locks a file inside the folder. The lock is released when the process ends, so a folder whose lock is free
has no owner.
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
    """An empty temporary folder, removed at the end; removes the folders of killed runs first."""
    place = under or Path(tempfile.gettempdir())
    remove_leftovers(place)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{purpose}-", dir=place, ignore_cleanup_errors=True) as folder:
        unlocked = Path(folder) / f"{_LOCK}.new"
        with unlocked.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            unlocked.rename(Path(folder) / _LOCK)  # so that it never appears without its lock
            yield Path(folder)


def remove_leftovers(place: Path) -> int:
    """Remove the folders whose owner has ended; returns how many."""
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
    except OSError:  # locked, being created, or of another user
        return False
