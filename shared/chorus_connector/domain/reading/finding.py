"""Assigns a label to each typed value: each pair gets a cost from its geometry, and the cheapest are taken first.

A label announces one value and a value has one label, so a decoy (« date de commande ») takes its value out of
the way. What a rule gets is a list of findings per field, the surest first, and it abstains on a tie.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import LabelPosition
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.words.labels import Hit


@dataclass(frozen=True, slots=True)
class CellSpan:
    """The position of a value: characters ``start`` to ``end`` of a cell."""

    cell: Cell
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """A possible value of a field, with its position, its label and the cost of the pair."""

    kind: str
    value: str
    place: CellSpan
    cost: float
    hit: Hit | None = None
    relation: LabelPosition | None = None


_SIDES = {"tail": "after", "right": "beside", "below": "under", "above": "over", "left": "before", "far_right": "far"}


def ground_of(finding: Finding, lead: float) -> str:
    """How a value was found, in the words of the confidence table: « strong after », « fair under disputed »."""
    if finding.hit is None or finding.relation is None:
        return "alone"
    weakness = finding.hit.kinds.get(finding.kind)
    return f"{_strength(weakness)} {_SIDES[finding.relation]}" + ("" if lead >= weights.CLEAR_LEAD else " disputed")


def _strength(weakness: float | None) -> str:
    if weakness is None:
        return "context"
    return (
        "strong"
        if weakness < weights.STRENGTHS["fair"] / 2
        else "fair"
        if weakness <= weights.STRENGTHS["fair"]
        else "weak"
    )


def matched(pairs: Iterable[Finding]) -> list[Finding]:
    """The pairs that remain when each label and each place are used once, the cheapest first."""
    used_places: set[tuple[int, int]] = set()
    used_hits: set[int] = set()
    result = []
    for pair in sorted(pairs, key=lambda pair: pair.cost):
        place = (id(pair.place.cell), pair.place.start)
        if place in used_places or (pair.hit is not None and id(pair.hit) in used_hits):
            continue
        used_places.add(place)
        if pair.hit is not None:
            used_hits.add(id(pair.hit))
        result.append(pair)
    return result


def best(findings: Sequence[Finding]) -> tuple[Finding | None, float]:
    """The cheapest finding and its lead over the cheapest one with another value; None on a tie."""
    if not findings:
        return None, 0.0
    ordered = sorted(findings, key=lambda finding: finding.cost)
    first = ordered[0]
    rival = next((other for other in ordered if other.value != first.value), None)
    lead = rival.cost - first.cost if rival else weights.NO_RIVAL
    return (first, lead) if lead >= weights.TIE else (None, lead)
