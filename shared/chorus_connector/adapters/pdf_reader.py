"""``ports.PdfReader``: every PDF is opened in the sandbox, and what comes back is validated."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from chorus_connector.adapters.sandbox import FULL, ChildDied, Limits, Sandbox
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.reading.result import MAX_READING, FileReading

if TYPE_CHECKING:
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument
    from chorus_connector.ports.invoices import Recognised

SHORT = Limits(cpu_seconds=2, wall_seconds=4.0)
"""For the files of a supplier several of whose files died lately. An ordinary file needs 50 to 200 ms."""

_MAX_VERDICT = 4000
"""Bytes of the answer to ``examine``: a problem at most."""
_MAX_FACTS = 20_000
_MAX_LAYOUT = 350_000
"""Bytes of a layout: it is an item of the table (400 KB)."""
_TASKS = "chorus_connector.adapters.pdf_tasks"
_T = TypeVar("_T")


@cache
def pdf_sandbox() -> Sandbox:
    """The sandbox of this process: its server has the libraries for PDFs loaded."""
    return Sandbox(_TASKS)


class SandboxedPdfs:
    """Opens and reads PDFs, and learns layouts from their words. ``on_death`` is called with every child that died.

    A death that only the file can cause is a verdict at once. Within SHORT limits every death is.
    """

    def __init__(
        self,
        sandbox: Sandbox,
        on_death: Callable[[ChildDied], None] = lambda _: None,
        *,
        limits: Limits = FULL,
    ) -> None:
        self._sandbox = sandbox
        self._on_death = on_death
        self._limits = limits

    def examine(self, data: bytes) -> Problem | None:
        return self._ask("examine", data, FileReading.model_validate_json, longest=_MAX_VERDICT).problem

    def read(
        self,
        data: bytes,
        *,
        ocr: str,
        known_supplier_siret: str | None = None,
        recognised: Recognised | None = None,
        layouts: Sequence[Layout] = (),
    ) -> FileReading:
        facts = {
            "ocr": ocr,
            "known_supplier_siret": known_supplier_siret,
            "recognised": recognised,
            "layouts": [layout.model_dump(mode="json") for layout in layouts],
        }
        return self._ask("read", data, _reading, **facts)

    def file_facts(self, data: bytes) -> FileFacts:
        return self._ask("file_facts", data, FileFacts.model_validate_json, longest=_MAX_FACTS)

    def without_xml(self, data: bytes) -> bytes | None:
        return self._ask("without_xml", data, _pdf_or_none)

    def matching(self, words: bytes, layouts: Sequence[Layout]) -> str | None:
        known = [layout.model_dump(mode="json") for layout in layouts]
        found = self._ask("match_layout", words, json.loads, longest=_MAX_VERDICT, layouts=known)
        return found if found in {layout.layout_id for layout in layouts} else None

    def taught(self, layout: Layout, document: TaughtDocument, words: Mapping[str, bytes]) -> Layout:
        learnt = self._learn("teach", layout, words, document=document.model_dump(mode="json"))
        assert learnt is not None  # it has that document at least
        return learnt

    def untaught(self, layout: Layout, document_id: str, words: Mapping[str, bytes]) -> Layout | None:
        return self._learn("unteach", layout, words, document_id=document_id)

    def _learn(self, task: str, layout: Layout, words: Mapping[str, bytes], **facts: Any) -> Layout | None:
        facts |= {"layout": layout.model_dump(mode="json"), "lengths": {key: len(each) for key, each in words.items()}}
        validated = partial(_next_of, layout, or_none=task == "unteach")
        return self._ask(task, b"".join(words.values()), validated, longest=_MAX_LAYOUT, **facts)

    def _ask(self, task: str, data: bytes, validated: Callable[[bytes], _T], **arguments: Any) -> _T:
        try:
            return validated(self._sandbox.call(task, data, self._limits, **arguments))
        except ChildDied as died:
            death = died
        except ValueError:  # pydantic's ValidationError is one
            death = ChildDied("error", "invalid answer", seconds=0)
        self._on_death(death)
        hurried = death.may_be_chance and self._limits is SHORT
        raise FileTooComplex(final=hurried or not death.may_be_chance, hurried=hurried)


def _next_of(layout: Layout, answer: bytes, *, or_none: bool) -> Layout | None:
    """The layout as it was learnt anew, in a child's answer. Raises ValueError."""
    if or_none and answer == b"null":
        return None
    learnt = type(layout).model_validate_json(answer)
    if learnt.layout_id != layout.layout_id:
        raise ValueError("the answer is about another layout")
    return learnt


def _pdf_or_none(answer: bytes) -> bytes | None:
    """A PDF in a child's answer; None for an empty one. Raises ValueError."""
    if answer and b"%PDF-" not in answer[:1024]:
        raise ValueError("the answer is no PDF")
    return answer or None


def _reading(answer: bytes) -> FileReading:
    """The reading in a child's answer, whose length is checked before it is parsed. Raises ValueError."""
    end = answer.find(b"\n", 0, MAX_READING + 1)
    if end < 0:
        if len(answer) > MAX_READING:
            raise ValueError("the reading is too long")
        return FileReading.model_validate_json(answer)
    found = FileReading.model_validate_json(answer[:end])
    return found.model_copy(update={"words" if found.reading else "subset": answer[end + 1 :]})
