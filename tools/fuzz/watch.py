"""Measures the memory of a process and of everything it has started, from /proc."""

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType

_SIZE = re.compile(rb"Vm(HWM|RSS):\s+(\d+) kB")


class Watch:
    """``with Watch(pid) as watch``: afterwards ``watch.most`` is the most memory at one time, in bytes.

    Of each descendant the peak counts (the kernel keeps it), so that a peak between two samples is not missed. Pages
    that processes share are counted in each of them.
    """

    def __init__(self, pid: int, every: float = 0.02) -> None:
        self.most = 0
        self._pid = pid
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._measure, daemon=True)

    def __enter__(self) -> "Watch":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._over.set()
        self._thread.join()

    def _measure(self) -> None:
        while True:
            peaks = [_kilobytes(pid, b"HWM") for pid in descendants(self._pid)]
            self.most = max(self.most, 1024 * (_kilobytes(self._pid, b"RSS") + sum(peaks)))
            if self._over.wait(self._every):
                return


def descendants(pid: int) -> Iterator[int]:
    """The processes that this one has started, and those that they have."""
    for task in _listed(Path(f"/proc/{pid}/task")):
        for child in _read(Path(f"/proc/{pid}/task/{task}/children")).split():
            yield int(child)
            yield from descendants(int(child))


def _listed(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # the process has ended
        return b""


def _kilobytes(pid: int, name: bytes) -> int:
    sizes = dict(_SIZE.findall(_read(Path(f"/proc/{pid}/status"))))
    return int(sizes.get(name, 0))
