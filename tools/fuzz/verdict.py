"""Judges the results of a run: pure, so that it is tested without one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

MOST_SECONDS = 20.0
SHARE_OF_MEMORY = 0.7
_INTAKE, _OCR = 1024 * 1024 * 1024, 1769 * 1024 * 1024
MEMORY = {"inspect": _INTAKE, "read": _OCR, "finish": _OCR, "draw": _OCR}
"""The memory of the function that makes each call: upload_intake, textract_ocr before and after Textract, and
page_pictures, which has as much as textract_ocr."""
LEAST_OPENED = 0.5

READABLE, REFUSED, DIED, BROKEN = "readable", "refused", "died", "broken"


@dataclass(frozen=True)
class Step:
    """What became of one file in one step. ``code`` is the problem's code, what ended the child, or the error."""

    step: str
    outcome: str
    code: str
    seconds: float
    memory: int
    """The most bytes of the caller and its children together."""


@dataclass(frozen=True)
class Result:
    """What became of one file in the steps up to the first that did not find it readable."""

    index: int
    kind: str
    size: int
    steps: tuple[Step, ...]

    @property
    def opened(self) -> bool:
        return self.steps[0].outcome == READABLE


def violations(result: Result, known: frozenset[str]) -> list[str]:
    """Each rule that this file broke."""
    found = []
    for step in result.steps:
        where = f"{result.kind} (file {result.index}), {step.step}"
        if step.outcome == BROKEN:
            found.append(f"{where}: {step.code}")
        if step.outcome == REFUSED and step.code not in known:
            found.append(f"{where}: the unknown problem {step.code}")
        if step.seconds > MOST_SECONDS:
            found.append(f"{where}: {step.seconds:.1f} s")
        if step.memory > MEMORY[step.step] * SHARE_OF_MEMORY:
            found.append(f"{where}: {step.memory / 1e6:.0f} MB")
    return found


@dataclass(frozen=True)
class Row:
    """The results of one kind."""

    kind: str
    count: int
    opened: int
    refused: Mapping[str, int]
    """How many by the problem's code, or by what ended the child."""
    died: int
    seconds: float
    memory: int


def rows(results: Iterable[Result]) -> list[Row]:
    """One row for each kind, in the order in which they came."""
    kinds: dict[str, list[Result]] = {}
    for result in results:
        kinds.setdefault(result.kind, []).append(result)
    return [_row(kind, found) for kind, found in kinds.items()]


def _row(kind: str, found: Sequence[Result]) -> Row:
    steps = [step for result in found for step in result.steps]
    refused: dict[str, int] = {}
    for step in steps:
        if step.outcome != READABLE:
            refused[step.code] = refused.get(step.code, 0) + 1
    return Row(
        kind=kind,
        count=len(found),
        opened=sum(result.opened for result in found),
        refused=refused,
        died=sum(step.outcome == DIED for step in steps),
        seconds=max(step.seconds for step in steps),
        memory=max(step.memory for step in steps),
    )


def opened_enough(results: Sequence[Result]) -> bool:
    """Whether the run tried what lies behind the opening: at least half of its files could be opened."""
    return sum(result.opened for result in results) >= LEAST_OPENED * len(results)
