"""Reads a document by a taught layout: what its anchors say of each field, and how much they agree."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chorus_connector.domain.invoices.fields import FieldName
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.layouts.anchors import found_by
from chorus_connector.domain.reading.layouts.layout import CAPTIONS, AnchorKind, Extent, Layout, TaughtField
from chorus_connector.domain.reading.layouts.spots import DocumentSpots, Spot
from chorus_connector.domain.reading.layouts.transcript import bare

_TIE_BREAKERS = ("nth", "place")


@dataclass(frozen=True)
class TaughtValue:
    """What a layout says of a field.

    ``agreement`` is the value's share of all votes, ``support`` the share of the learnt anchors that voted for it.
    """

    spot: Spot
    agreement: float
    support: float
    #: whether words next to it announce it
    captioned: bool

    @property
    def value(self) -> str:
        return self.spot.value

    @property
    def trusted(self) -> bool:
        return self.agreement >= weights.TRUSTED_AGREEMENT and self.support >= weights.TRUSTED_SUPPORT


def proposals(field: FieldName, taught: TaughtField, spots: DocumentSpots) -> Sequence[TaughtValue]:
    """The values that a field's anchors find, the one with most votes first."""
    counts = Counter((anchor.extent, anchor.kind) for anchor in taught.anchors)
    votes: dict[str, dict[Extent, float]] = {}
    found: dict[str, Spot] = {}
    captioned: set[str] = set()
    for anchor in taught.anchors:
        spot = found_by(anchor, field, spots, taught.shapes)
        if spot is not None:
            key = bare(spot.value)
            of_value = votes.setdefault(key, {})
            weight = weights.ANCHORS[anchor.kind] / counts[anchor.extent, anchor.kind]
            of_value[anchor.extent] = of_value.get(anchor.extent, 0.0) + weight
            if anchor.kind in CAPTIONS:
                captioned.add(key)
            if key not in found or anchor.extent == "shape":
                found[key] = spot
    learnt = _learnt(counts)
    total = sum(sum(each.values()) for each in votes.values())
    ordered = sorted(votes, key=lambda key: sum(votes[key].values()), reverse=True)
    return [
        TaughtValue(
            found[key],
            sum(votes[key].values()) / total,
            max(votes[key].get(extent, 0.0) / weight for extent, weight in learnt.items()),
            key in captioned,
        )
        for key in ordered
    ]


def _learnt(counts: Iterable[tuple[Extent, AnchorKind]]) -> dict[Extent, float]:
    """The weight of all kinds of anchors that were learnt, by extent."""
    learnt: dict[Extent, float] = {}
    for extent, kind in counts:
        learnt[extent] = learnt.get(extent, 0.0) + (0.0 if kind in _TIE_BREAKERS else weights.ANCHORS[kind])
    return {extent: weight or 1.0 for extent, weight in learnt.items()}


def read_by(layout: Layout, spots: DocumentSpots) -> dict[FieldName, Sequence[TaughtValue]]:
    """What the layout proposes for each field that was learnt, the strongest first."""
    return {field: proposals(field, taught, spots) for field, taught in layout.fields.items() if taught.anchors}
