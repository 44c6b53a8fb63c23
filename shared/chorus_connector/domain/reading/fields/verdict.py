"""The conclusion of a rule on one field, with its ground; the ground decides the confidence."""

from dataclasses import dataclass
from typing import cast

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.finding import CellSpan, Finding
from chorus_connector.domain.reading.result import VatLine
from chorus_connector.domain.reading.words.labels import Hit

DOUBTFUL = "doubtful"
"""The ground of a value that a person must check however often it was right: too few designs tell it apart."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A field's value with its ground, its position and the label that announced it."""

    field: FieldName
    value: str | tuple[VatLine, ...]
    ground: str
    place: CellSpan | None = None
    hit: Hit | None = None

    @classmethod
    def of(cls, finding: Finding, ground: str) -> "Verdict":
        return cls(cast(FieldName, finding.kind), finding.value, ground, finding.place, finding.hit)
