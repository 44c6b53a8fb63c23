"""Reads a document by a taught layout: what its anchors say of each field, and how much they agree."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading.layouts.anchors import found_by
from chorus_connector.domain.reading.layouts.layout import Layout, TaughtField
from chorus_connector.domain.reading.layouts.spots import DocumentSpots, Spot
from chorus_connector.domain.reading.layouts.transcript import bare

WEIGHTS = {"before": 3.0, "row": 2.5, "above": 1.5, "offset": 1.5, "nth": 0.8, "place": 0.6}
"""What the vote of each kind of anchor weighs, by how often it was right on invoices it was not learnt from."""
TRUSTED_AGREEMENT = 0.8
"""The winner's share of all votes from which on a value is trusted."""
TRUSTED_SUPPORT = 0.4
"""The share of what was learnt that must have voted for a trusted value."""
_TIE_BREAKERS = ("nth", "place")


@dataclass(frozen=True)
class Proposal:
    """What a layout says of a field. ``agreement``: the winner's share of the votes; ``support``: of what was learnt."""

    spot: Spot
    agreement: float
    support: float

    @property
    def value(self) -> str:
        return self.spot.value

    @property
    def trusted(self) -> bool:
        return self.agreement >= TRUSTED_AGREEMENT and self.support >= TRUSTED_SUPPORT


def proposals(field: FieldName, taught: TaughtField, spots: DocumentSpots) -> Sequence[Proposal]:
    """The values that a field's anchors find, the one with most votes first."""
    counts = Counter((anchor.kind, anchor.extent) for anchor in taught.anchors)
    votes: dict[str, float] = defaultdict(float)
    found: dict[str, Spot] = {}
    for anchor in taught.anchors:
        spot = found_by(anchor, field, spots, taught.shapes)
        if spot is not None:
            key = bare(spot.value)
            votes[key] += WEIGHTS[anchor.kind] / counts[anchor.kind, anchor.extent]
            if key not in found or anchor.extent == "shape":
                found[key] = spot
    extents = len({extent for _, extent in counts}) or 1
    learnt = sum(WEIGHTS[kind] for kind in {kind for kind, _ in counts} if kind not in _TIE_BREAKERS) or 1.0
    total = sum(votes.values())
    ordered = sorted(votes, key=lambda key: votes[key], reverse=True)
    return [Proposal(found[key], votes[key] / total, votes[key] / extents / learnt) for key in ordered]


def read_by(layout: Layout, spots: DocumentSpots) -> dict[FieldName, Sequence[Proposal]]:
    """What the layout proposes for each field that was learnt, the strongest first."""
    return {field: proposals(field, taught, spots) for field, taught in layout.fields.items() if taught.anchors}
