"""``ports.PdfReader``: every PDF is opened in the sandbox, and what comes back is validated."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from chorus_connector.adapters.sandbox import FULL, ChildDied, Limits, Sandbox
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.reading.result import FileReading

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.form import Form
    from chorus_connector.domain.problem import Problem
    from chorus_connector.ports.invoices import Recognised

MAX_READING = 100_000
"""Bytes of JSON. A document is one item of the table (400 KB), which repeats the values of its reading in its form."""
SHORT = Limits(cpu_seconds=2, wall_seconds=4.0)
"""For the files of a supplier several of whose files died lately. An ordinary file needs 50 to 200 ms."""

_TASKS = "chorus_connector.adapters.pdf_tasks"
_T = TypeVar("_T")


@cache
def pdf_sandbox() -> Sandbox:
    """The sandbox of this process: its server has the libraries for PDFs loaded."""
    return Sandbox(_TASKS)


class SandboxedPdfs:
    """Opens and reads PDFs. ``on_death`` is called with every child that died.

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
        return self._ask("examine", data, FileReading.model_validate_json).problem

    def read(
        self,
        data: bytes,
        *,
        ocr: str,
        known_supplier_siret: str | None = None,
        recognised: Recognised | None = None,
    ) -> FileReading:
        facts = {"ocr": ocr, "known_supplier_siret": known_supplier_siret, "recognised": recognised}
        found = self._ask("read", data, FileReading.model_validate_json, **facts)
        if found.reading is not None and len(found.reading.model_dump_json()) > MAX_READING:
            return FileReading(problem=FileTooComplex.problem)
        return found

    def goes_as_flow(self, data: bytes, form: Form, supplier_siret: str) -> bool:
        given = {"form": form.model_dump(mode="json"), "supplier_siret": supplier_siret}
        return self._ask("flow", data, lambda answer: answer == b"true", **given)

    def _ask(self, task: str, data: bytes, validated: Callable[[bytes], _T], **arguments: Any) -> _T:
        try:
            return validated(self._sandbox.call(task, data, self._limits, **arguments))
        except ChildDied as died:
            death = died
        except ValidationError:
            death = ChildDied("error", "invalid answer", seconds=0)
        self._on_death(death)
        hurried = death.may_be_chance and self._limits is SHORT
        raise FileTooComplex(final=hurried or not death.may_be_chance, hurried=hurried)
