"""``ports.ArchiveReader``: every ZIP is opened in the sandbox, and what comes back is validated."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypeVar

from chorus_connector.adapters.sandbox import MAX_ANSWER, ChildDied, Limits, Sandbox
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.invoices.archive import ArchiveListing

OPENING = Limits(cpu_seconds=5, wall_seconds=6.0)
"""To read 100 MB and inflate a dozen: half a second as a rule."""
INFLATED_AT_ONCE = 12 * 1024 * 1024
"""Bytes of the files of one call: the answer has room for the largest file."""
_MAX_LINES = 500_000
_T = TypeVar("_T")


@cache
def zip_sandbox() -> Sandbox:
    """The sandbox of this process: its server has no library for PDFs loaded."""
    return Sandbox("chorus_connector.adapters.zip_tasks")


class SandboxedZips:
    """Opens ZIPs. ``on_death`` is called with every child that died."""

    def __init__(self, sandbox: Sandbox, on_death: Callable[[ChildDied], None] = lambda _: None) -> None:
        self._sandbox = sandbox
        self._on_death = on_death

    def listing(self, data: bytes) -> ArchiveListing:
        return self._ask("list_archive", data, ArchiveListing.model_validate_json, longest=_MAX_LINES)

    def extract(self, data: bytes, numbers: Sequence[int]) -> list[bytes | None]:
        return self._ask(
            "extract", data, lambda answer: _contents(answer, len(numbers)), longest=MAX_ANSWER, numbers=[*numbers]
        )

    def _ask(
        self, task: str, data: bytes, validated: Callable[[bytes], _T], *, longest: int, **arguments: list[int]
    ) -> _T:
        try:
            return validated(self._sandbox.call(task, data, OPENING, longest=longest, **arguments))
        except ChildDied as died:
            death = died
        except ValueError:  # pydantic's ValidationError is one
            death = ChildDied("error", "invalid answer", seconds=0)
        self._on_death(death)
        raise FileTooComplex(final=not death.may_be_chance)


def _contents(answer: bytes, count: int) -> list[bytes | None]:
    """The files in a child's answer. Raises ValueError."""
    head, _, rest = answer.partition(b"\n")
    sizes = json.loads(head)
    if not isinstance(sizes, list) or len(sizes) != count:
        raise ValueError("the answer is about other entries")
    if not all(each is None or (isinstance(each, int) and each >= 0) for each in sizes):
        raise ValueError("the answer has no sizes")
    if sum(each or 0 for each in sizes) != len(rest):
        raise ValueError("the answer has another length")
    files: list[bytes | None] = []
    start = 0
    for size in sizes:
        files.append(None if size is None else rest[start : start + size])
        start += size or 0
    return files
