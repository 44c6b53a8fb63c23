"""`make mutants`: the share of small faults in the package that the unit tests notice.

What was found is kept in build/mutants, so that a run that was stopped continues where it was: a killed mutant counts
until its module changes, a survivor until its module or any unit test does.
"""

import argparse
import ast
import hashlib
import json
import os
import signal
import sys
import tomllib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from tools.mutants.operators import Mutant, mutants_of
from tools.mutants.unit_tests import (
    AT_IMPORT,
    BROKEN,
    PACKAGE,
    SURVIVED,
    UnitTest,
    digest,
    fork,
    judge,
    measure,
    warm_up,
)

HERE = Path(__file__).parent
SESSION = Path("build/mutants")
WORKERS = 2
WANTED_SCORE, ALLOWED_EQUIVALENT = 0.90, 0.03


@dataclass
class Coverage:
    """Which test runs which line, which lines run at import, and which modules import which."""

    tests: list[UnitTest]
    at_import: dict[str, set[int]] = field(default_factory=dict)
    importers: dict[str, set[str]] = field(default_factory=dict)

    def tests_of(self, mutant: Mutant) -> list[UnitTest]:
        """The tests that run the mutant.

        If it is in a table: all tests that use its module or one that imports it, and those of the file that is named
        after the module, because a comparison with a table runs no line of the package.
        """
        lines = set(range(mutant.first_line, mutant.last_line + 1))
        runs_it = [test for test in self.tests if not lines.isdisjoint(test.lines.get(mutant.module, ()))]
        if not lines & self.at_import.get(mutant.module, set()):
            return runs_it
        users = {mutant.module, *self.importers.get(mutant.module, ())}
        return [test for test in self.tests if users & test.lines.keys() or _named_after(mutant.module, test)]


def _named_after(module: str, test: UnitTest) -> bool:
    return Path(module).stem in Path(test.file).stem


class _Ended(NamedTuple):
    """A child's exit code (negative where a signal ended it) and the processor time it took, in seconds."""

    name: str
    code: int
    seconds: float


class Results:
    """What became of each mutant, a line of JSON each: written at once, so that a stopped run loses nothing."""

    def __init__(self, path: Path, tests: str) -> None:
        self._path = path
        self._tests = tests
        self._killed: dict[tuple[str, str], bool] = {}
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            entry = json.loads(line)
            if entry["killed"] or entry["tests"] == tests:
                self._killed[entry["id"], entry["source"]] = entry["killed"]

    def killed(self, mutant: Mutant) -> bool | None:
        """Whether it was killed; None where that must be tried (again)."""
        return self._killed.get((mutant.id, _source(mutant.module)))

    def add(self, mutant: Mutant, *, killed: bool) -> None:
        """Keep that."""
        source = _source(mutant.module)
        self._killed[mutant.id, source] = killed
        entry = {"id": mutant.id, "source": source, "tests": self._tests, "killed": killed}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")


@cache
def _source(module: str) -> str:
    return digest([PACKAGE / module])


def main() -> int:
    """Try every chosen mutant that has no result yet, and report. 1 when the tests notice too few."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("--only", default="", help="try the modules with this text in their path only")
    only = parser.parse_args().only
    plan = tomllib.loads((HERE / "plan.toml").read_text(encoding="utf-8"))
    equivalent = tomllib.loads((HERE / "equivalent.toml").read_text(encoding="utf-8"))
    SESSION.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped; the next run continues"))
    warm_up(plan["libraries"])
    covered = _coverage(plan)
    chosen = _chosen(plan)
    if unknown := equivalent.keys() - {mutant.id for mutant in chosen}:
        sys.exit(f"equivalent.toml names mutants that are not there: {sorted(unknown)}")
    mutants = [mutant for mutant in chosen if only in mutant.module]
    results = Results(SESSION / "results.jsonl", digest(Path("tests").rglob("*.py")))
    unchanged = [_unchanged(module) for module in plan["named"] if only in module]
    judged = [mutant for mutant in mutants if mutant.id not in equivalent]
    pending = [mutant for mutant in [*unchanged, *judged] if results.killed(mutant) is None]
    _try(pending, covered, plan["seconds_per_mutant"], results)
    if broken := [mutant.id for mutant in unchanged if results.killed(mutant)]:
        sys.exit(f"tests fail without any fault: {broken}")
    return _report(mutants, plan["named"], equivalent, results)


def _chosen(plan: dict[str, Any]) -> list[Mutant]:
    """All mutants of the named modules, and of the others those whose hashed ids come first."""
    named: list[Mutant] = []
    others: list[Mutant] = []
    for path in sorted(PACKAGE.rglob("*.py")):
        module = str(path.relative_to(PACKAGE))
        (named if module in plan["named"] else others).extend(mutants_of(path.read_bytes(), module))
    if missing := set(plan["named"]) - {mutant.module for mutant in named}:
        sys.exit(f"plan.toml names modules without mutants: {sorted(missing)}")
    others.sort(key=lambda each: hashlib.sha256((plan["seed"] + each.id).encode()).digest())
    return [*named, *sorted(others[: plan["sample"]], key=lambda each: (each.module, each.start))]


def _unchanged(module: str) -> Mutant:
    """A mutant without a fault: it must survive, or the tests themselves are at fault."""
    return Mutant(module, f"{module}: unchanged", 0, 0, 10**6, 0, 0, "")


def _coverage(plan: dict[str, Any]) -> Coverage:
    """Measure the test files that have changed since they were last measured, or all if the package has."""
    files = [file for folder in plan["tests"] for file in sorted(Path("tests", folder).rglob("test_*.py"))]
    package = digest(PACKAGE.rglob("*.py"))
    measured = {file: SESSION / f"{digest([file])[:16]}-{package[:16]}.json" for file in files}
    missing = [file for file, result in measured.items() if not result.exists()]
    jobs = {str(file): (measure, str(file), plan["without"], measured[file]) for file in missing}
    for file, code, _ in _forked(jobs, seconds=lambda _: 600):
        print(f"measured {file}", flush=True)
        if code != SURVIVED:
            sys.exit(f"{file} fails without any fault (exit code {code})")
    covered = Coverage([], importers=_importers())
    for result in measured.values():
        found = json.loads(result.read_text(encoding="utf-8"))
        for module, lines in found["lines"].pop(AT_IMPORT).items():
            covered.at_import.setdefault(module, set()).update(lines)
        for test, modules in found["lines"].items():
            lines = {module: frozenset(numbers) for module, numbers in modules.items()}
            covered.tests.append(UnitTest(test, found["seconds"][test], lines))
    return covered


def _importers() -> dict[str, set[str]]:
    """The modules that import each module, by their paths in the package."""
    importers: dict[str, set[str]] = {}
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported = f"{node.module.partition('.')[2].replace('.', '/')}.py"
                importers.setdefault(imported, set()).add(str(path.relative_to(PACKAGE)))
    return importers


def _try(pending: list[Mutant], covered: Coverage, budget: float, results: Results) -> None:
    """Try each of these mutants on its tests; one that no test runs survives untried."""
    jobs: dict[str, tuple[Any, ...]] = {}
    seconds: dict[str, float] = {}
    mutants = {mutant.id: mutant for mutant in pending}
    for mutant in pending:
        if tests := _in_order(covered.tests_of(mutant), mutant.module, budget):
            source = mutant.applied((PACKAGE / mutant.module).read_bytes())
            jobs[mutant.id] = (judge, mutant.module, source, tests)
            seconds[mutant.id] = 15 + 3 * sum(test.seconds for test in tests)
        else:
            results.add(mutant, killed=False)
    used = 0.0
    for count, (name, code, spent) in enumerate(_forked(jobs, seconds=seconds.__getitem__), start=1):
        if code in (BROKEN, -signal.SIGTERM, -signal.SIGINT):
            sys.exit(f"not tried: {name}")
        results.add(mutants[name], killed=code != SURVIVED)
        used += spent
        if code == SURVIVED or count % 50 == 0:
            verdict = f"{spent:.0f} s, survived: {name}" if code == SURVIVED else ""
            print(f"{count}/{len(jobs)}, {used:.0f} s used {verdict}", flush=True)


def _in_order(tests: Iterable[UnitTest], module: str, budget: float) -> list[UnitTest]:
    """As many tests as the budget allows, one at least, file by file.

    First those of the file that is named after the module, then those that run the module, then the others, each kind
    from the quickest to the slowest.
    """
    ranks: dict[str, int] = {}
    chosen: list[UnitTest] = []
    for test in sorted(
        tests, key=lambda each: (not _named_after(module, each), module not in each.lines, each.seconds)
    ):
        budget -= test.seconds
        if budget < 0 and chosen:
            break
        ranks.setdefault(test.file, len(ranks))
        chosen.append(test)
    return sorted(chosen, key=lambda each: ranks[each.file])


def _forked(jobs: dict[str, tuple[Any, ...]], *, seconds: Callable[[str], float]) -> Iterator[_Ended]:
    """Run each job in a child, a few at a time."""
    waiting = list(jobs.items())[::-1]
    running: dict[int, str] = {}
    try:
        while waiting or running:
            while waiting and len(running) < WORKERS:
                name, job = waiting.pop()
                running[fork(*job, seconds=seconds(name))] = name
            pid, status, usage = os.wait4(-1, 0)
            yield _Ended(running.pop(pid), os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime)
    finally:
        for pid in running:
            os.kill(pid, signal.SIGKILL)


def _report(mutants: list[Mutant], named: list[str], equivalent: dict[str, str], results: Results) -> int:
    """Print the score by module and write the survivors to build/mutants/survivors.txt."""
    rows: dict[str, Counter[str]] = {}
    survivors = []
    for mutant in mutants:
        row = rows.setdefault(mutant.module if mutant.module in named else "sample of the others", Counter())
        fate = "equivalent" if mutant.id in equivalent else "killed" if results.killed(mutant) else "survived"
        row[fate] += 1
        if fate == "survived":
            survivors.append(f"{PACKAGE / mutant.module}:{mutant.line}: {mutant.id}\n")
    (SESSION / "survivors.txt").write_text("".join(survivors), encoding="utf-8")
    total = rows["all"] = sum(rows.values(), Counter())
    print("\n| modules | mutants | killed | equivalent | survived | score |", "| --- |" + " ---: |" * 5, sep="\n")
    for name, row in rows.items():
        fates = " | ".join(str(row[fate]) for fate in ("killed", "equivalent", "survived"))
        print(f"| {name} | {row.total()} | {fates} | {_score(row):.1%} |")
    return 0 if _score(total) >= WANTED_SCORE and total["equivalent"] <= ALLOWED_EQUIVALENT * total.total() else 1


def _score(row: Counter[str]) -> float:
    return row["killed"] / max(1, row.total() - row["equivalent"])


if __name__ == "__main__":
    sys.exit(main())
