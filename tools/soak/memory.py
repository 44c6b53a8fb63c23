"""Watches the resident memory of the functions and of the simulator during a run, from /proc.

A worker is recognised by the folder that the emulator unpacked it into. The emulator itself is left out: it keeps the
table, the bucket and the logs in memory, so its growth says nothing about the product. The age of a process is its
processor time: a process that waited nine minutes and then fills its caches is still young.
"""

import os
import re
import statistics
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

_PAGE, _TICKS = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
_WORKER = re.compile(r"/ministack-lambda-chorus-connector-local-(?P<function>\w+?)-[^/]*/_worker")
_MB = 1024 * 1024
ALLOWED_SHARE = 0.15
ALLOWED_BYTES = 32 * _MB
"""The permitted growth in bytes: caches fill (32 suppliers' clients: 24 MB) and then stop growing; a leak does not."""


class Sample(NamedTuple):
    """One measurement of a process: monotonic seconds, processor seconds used, resident bytes."""

    at: float
    worked: float
    size: int


@dataclass(frozen=True)
class Held:
    """The memory of the processes of one kind: medians over a fifth of each process's processor time."""

    kind: str
    processes: int
    judged: int
    """How many ran long enough to be judged."""
    early: int
    late: int
    """Bytes of the process that grew most, in the second and in the last fifth of its processor time."""

    @property
    def flat(self) -> bool:
        return self.late - self.early <= max(ALLOWED_SHARE * self.early, ALLOWED_BYTES)


@dataclass
class MemoryWatch:
    """Samples every few seconds from `start` to `stop`; `named` has further processes by kind."""

    state_dir: Path
    named: dict[str, int]
    every: float = 3.0
    _samples: dict[tuple[str, int], list[Sample]] = field(default_factory=lambda: defaultdict(list))
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._watch, name="memory-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def held(self, *, at_least: float) -> list[Held]:
        """The memory by kind of process; only processes that ran `at_least` seconds are judged."""
        by_kind: dict[str, list[list[Sample]]] = defaultdict(list)
        for (kind, _), samples in self._samples.items():
            by_kind[kind].append(samples)
        return [_held(kind, lives, at_least) for kind, lives in sorted(by_kind.items())]

    def total(self) -> tuple[int, int]:
        """The total bytes of all functions' processes: the median and the maximum."""
        sums: dict[float, int] = defaultdict(int)
        for (kind, _), samples in self._samples.items():
            for each in samples:
                sums[each.at] += each.size if kind not in self.named else 0
        return (int(statistics.median(sums.values())), max(sums.values())) if sums else (0, 0)

    def _watch(self) -> None:
        while not self._over.wait(self.every):
            now = time.monotonic()
            found = [*((function, pid) for pid, function in workers(self.state_dir)), *self.named.items()]
            for kind, pid in found:
                if size := resident(pid):
                    self._samples[kind, pid].append(Sample(now, worked(pid), size))


def workers(state_dir: Path) -> Iterator[tuple[int, str]]:
    """Process id and function name of every worker of the emulator that writes under the folder."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            command = _command(entry)
            place = _WORKER.search(command)
            if place and str(state_dir) in command:
                yield int(entry.name), place["function"]


def resident(pid: int) -> int:
    """The process's resident bytes; 0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def worked(pid: int) -> float:
    """The process's processor seconds; 0 when it has ended."""
    try:
        after_its_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(after_its_name[11]) + int(after_its_name[12])) / _TICKS


def _command(entry: Path) -> str:
    try:
        return (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _held(kind: str, lives: list[list[Sample]], at_least: float) -> Held:
    judged = [early_and_late(life) for life in lives if life[-1].at - life[0].at >= at_least and len(life) >= 10]
    early, late = max(judged, key=lambda pair: pair[1] - pair[0], default=(0, 0))
    return Held(kind, len(lives), len(judged), early, late)


def early_and_late(life: Sequence[Sample]) -> tuple[int, int]:
    """Bytes in the second and in the last fifth of its processor time; equal when it has hardly worked."""
    first, last = life[0], life[-1]
    whole = last.worked - first.worked
    if whole < 1:
        return last.size, last.size
    places = [((each.worked - first.worked) / whole, each.size) for each in life]
    after_its_start = [size for place, size in places if place >= 0.2]
    early = [size for place, size in places if 0.2 <= place < 0.4] or after_its_start[:1]
    late = [size for place, size in places if place >= 0.8]
    return int(statistics.median(early)), int(statistics.median(late))
