"""Reads documents with the product's rules and judges every value. Nothing here is tuned: it reads and compares."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.reading.unattended import KEY_FIELDS
from tools.accuracy.truth import Kind, Truth
from tools.accuracy.verdicts import FIELDS, Verdict, judge

SUBMITTED = (*KEY_FIELDS, "invoice_type", "service_code", "engagement_number")
CODES = ("service_code", "engagement_number")
"""The submitted fields that many invoices rightly do not print."""
RIGHT: frozenset[Verdict] = frozenset({"right", "deduced"})


@dataclass(frozen=True)
class Outcome:
    """One value of one document, judged."""

    field: str
    verdict: Verdict
    expected: object
    given: object | None
    confidence: float | None


@dataclass(frozen=True)
class Judged:
    """One document, read and judged. ``unattended``: it would leave without a person."""

    truth: Truth
    outcomes: tuple[Outcome, ...]
    unattended: bool
    seconds: float
    differences: tuple[str, ...] = ()
    crash: str | None = None

    @property
    def kind(self) -> Kind:
        return self.truth.kind

    @property
    def key_fields_right(self) -> bool:
        return all(each.verdict in RIGHT | {"absent"} for each in self.outcomes if each.field in KEY_FIELDS)

    @property
    def sends_a_wrong_value(self) -> bool:
        """Whether a value that would be submitted is wrong, or given where the document has none."""
        return any(each.verdict in ("wrong", "invented") for each in self.outcomes if each.field in SUBMITTED)

    @property
    def leaves_a_code_out(self) -> bool:
        """Whether a printed service or engagement would not be submitted."""
        return any(each.verdict == "missing" for each in self.outcomes if each.field in CODES)

    @property
    def prints_every_key_field(self) -> bool:
        return all(self.truth.prints(name) for name in KEY_FIELDS)


Read = Callable[[Truth], Reading]
Leaves = Callable[[Reading], bool]


def measure(documents: Iterable[Truth], read: Read, leaves: Leaves) -> list[Judged]:
    """Read every document once and judge every field. A reader that fails is a crash of that document alone."""
    return [_judged(truth, read, leaves) for truth in documents]


def _judged(truth: Truth, read: Read, leaves: Leaves) -> Judged:
    start, crash = time.perf_counter(), None
    try:
        reading = read(truth)
    except Exception as error:
        reading, crash = Reading(), f"{type(error).__name__}: {error}"
    seconds = time.perf_counter() - start
    return Judged(
        truth=truth,
        outcomes=tuple(_outcome(name, truth, reading) for name in FIELDS if name in truth.fields),
        unattended=crash is None and leaves(reading),
        seconds=seconds,
        differences=tuple(str(each.field) for each in reading.problems if each.code == "xml_page_difference"),
        crash=crash,
    )


def _outcome(name: FieldName, truth: Truth, reading: Reading) -> Outcome:
    found = reading.fields.get(name)
    given = found.value if found else None
    confidence = found.confidence if found else None
    return Outcome(name, judge(name, truth, given), truth.fields.get(name), given, confidence)
