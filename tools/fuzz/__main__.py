"""``make fuzz``: thousands of hostile and damaged PDFs through the code that the functions open them with.

Prints a table of the kinds; the exit code is 1 when a rule of ``tools.fuzz.verdict`` is broken. Every result is
appended to a file: the same command continues a run that was stopped.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tools.fuzz import verdict
from tools.fuzz.files import File, file_of
from tools.fuzz.verdict import Result, Step
from tools.fuzz.watch import Watch
from tools.hostile_pdfs.draft import KINDS
from tools.openapi import catalogue

ROOT = Path(__file__).parent.parent.parent
SPOKEN_EVERY = 30.0
"""Seconds between two lines about the progress."""


class Lane:
    """One process under test, which is started again if it dies."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def result(self, file: File) -> Result:
        """What becomes of the file: each step only if the one before found it readable, and its first page is drawn."""
        steps: list[Step] = []
        waiting = ["inspect", "read"]
        pages: tuple[int, ...] = ()
        while waiting:
            step, needing_ocr = self._step(waiting.pop(0), file.data, pages)
            steps.append(step)
            if step.outcome != verdict.READABLE:
                break
            if needing_ocr:
                pages, waiting = needing_ocr, ["finish"]
        if steps[0].outcome == verdict.READABLE:
            steps.append(self._step("draw", file.data, ())[0])
        return Result(file.index, file.kind, len(file.data), tuple(steps))

    def close(self) -> None:
        if self._process:
            self._process.kill()
            self._process.wait()

    def _step(self, step: str, data: bytes, pages: tuple[int, ...]) -> tuple[Step, tuple[int, ...]]:
        """The step's outcome, and the pages that need OCR."""
        process = self._running()
        assert process.stdin
        assert process.stdout
        request = json.dumps({"step": step, "length": len(data), "pages": pages}).encode()
        begun = time.monotonic()
        with Watch(process.pid) as watch:
            try:
                process.stdin.write(request + b"\n" + data)
                process.stdin.flush()
                line = process.stdout.readline()
            except BrokenPipeError:
                line = b""
        if not line:
            died = f"the caller died ({process.wait()})"
            return Step(step, verdict.BROKEN, died, time.monotonic() - begun, watch.most), ()
        answer = json.loads(line)
        outcome = Step(step, answer["outcome"], answer["code"], answer["seconds"], watch.most)
        return outcome, tuple(answer["pages"])

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tools.fuzz.worker"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "shared", ROOT)))},
            )
        return self._process


def main() -> int:
    """Run, or continue, and judge; 0 when every rule holds."""
    given = _options()
    if given.kinds:
        return _print_kinds()
    given.results.parent.mkdir(parents=True, exist_ok=True)
    results = list(_stored(given.results))
    done = {result.index for result in results}
    waiting = [index for index in given.only or range(given.count) if index not in done]
    begun = time.monotonic()
    with given.results.open("a", encoding="utf-8") as file, ThreadPoolExecutor(given.workers) as pool:
        lanes = threading.local()
        spoke = begun
        for result in pool.map(lambda index: _tried(lanes, given.seed, index), waiting):
            results.append(result)
            file.write(json.dumps(asdict(result)) + "\n")
            file.flush()
            if time.monotonic() - spoke > SPOKEN_EVERY:
                spoke = time.monotonic()
                opened = sum(each.opened for each in results)
                print(
                    f"{datetime.now(UTC):%H:%M:%S} {len(results)} files, {opened} opened", file=sys.stderr, flush=True
                )
    return _report(results, given, time.monotonic() - begun)


def _say(text: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {text}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    options = argparse.ArgumentParser(prog="make fuzz", description="hostile PDFs through the code of the functions")
    options.add_argument("--count", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--results", type=Path, help="one line of JSON a file (build/fuzz-SEED.jsonl)")
    options.add_argument("--only", type=int, nargs="+", metavar="INDEX", help="these files of the run alone")
    options.add_argument("--kinds", action="store_true", help="list the kinds and what they attack")
    given = options.parse_args()
    given.results = given.results or ROOT / "build" / f"fuzz-{given.seed}.jsonl"
    return given


def _stored(path: Path) -> Iterator[Result]:
    lines: Sequence[str] = path.read_text(encoding="utf-8").splitlines() if path.exists() else ()
    for line in lines:
        stored: dict[str, Any] = json.loads(line)
        stored["steps"] = tuple(Step(**step) for step in stored["steps"])
        yield Result(**stored)


def _tried(lanes: threading.local, seed: int, index: int) -> Result:
    if not hasattr(lanes, "lane"):
        lanes.lane = Lane()
    lane: Lane = lanes.lane
    return lane.result(file_of(seed, index))


def _report(results: Sequence[Result], given: argparse.Namespace, seconds: float) -> int:
    known = frozenset(refusal.code for refusal in catalogue.field_refusals())
    broken = [each for result in results for each in verdict.violations(result, known)]
    if not given.only and not verdict.opened_enough(results):
        broken.append("fewer than half of the files opened")
    screen = Console(width=160)
    table = Table("kind", "files", "opened", "died", "most s", "most MB", "refused or died", title="make fuzz")
    for row in verdict.rows(results):
        codes = ", ".join(f"{code} {count}" for code, count in row.refused.items())
        figures = (f"{row.count}", f"{row.opened}", f"{row.died}", f"{row.seconds:.1f}", f"{row.memory / 1e6:.0f}")
        table.add_row(row.kind, *figures, codes)
    screen.print(table)
    for each in broken:
        screen.print(f"[red]{each}[/]")
    opened = sum(result.opened for result in results)
    died = sum(step.outcome == verdict.DIED for result in results for step in result.steps)
    screen.print(
        f"{len(results)} files (seed {given.seed}), {opened} opened, {died} children died, {len(broken)} rules broken, "
        f"{seconds:.0f} s"
    )
    return 1 if broken else 0


def _print_kinds() -> int:
    for kind in KINDS.values():
        print(f"| `{kind.name}` | {kind.family} | {kind.attacks} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
