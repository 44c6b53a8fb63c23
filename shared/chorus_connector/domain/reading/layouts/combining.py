"""Puts together what a taught layout reads and what the rules read.

Where both say the same, the value is as good as proven. Where they differ, or the layout is silent on a field that it
has learnt, a value is given with so little confidence that a person is asked. The rules have no say on a field that
they misread on a taught document of this layout.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import product

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.reading.comparison import same_value
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.reading_by import Proposal, read_by
from chorus_connector.domain.reading.layouts.spots import LEARNT, DocumentSpots, Spot
from chorus_connector.domain.reading.layouts.transcript import Transcript, bare
from chorus_connector.domain.reading.result import FieldReading

ASKS = 0.85
"""The confidence of a value that a person must check: under the default threshold of automatic submission."""
_GROUNDS: Mapping[str, tuple[float, float]] = {
    "taught agreed": (0.995, 0.995),
    "taught alone": (0.99, 0.97),
    "taught known": (0.995, 0.995),
    "taught weakly agreed": (0.98, 0.95),
    "taught differs": (ASKS, ASKS),
    "taught silent": (ASKS, ASKS),
    "taught weak": (0.7, 0.6),
}
"""The confidence of a value by its ground, in a text layer and in a scan."""
SURE = 0.9
"""The confidence from which on a value may leave without a person: the default threshold."""
_TOTALS: tuple[FieldName, ...] = ("total_ht", "total_tva", "total_ttc")
_CHOICES = 4  # values tried for each total
_CONSTANT: tuple[FieldName, ...] = ("supplier_name", "supplier_siret", "iban")

Readings = Mapping[FieldName, FieldReading]


@dataclass(frozen=True)
class Combination:
    """One document, its layout, and what the rules read."""

    layout: Layout
    spots: DocumentSpots
    rules: Readings

    def fields(self) -> dict[FieldName, FieldReading]:
        """Every field's value, with a confidence that says how the layout and the rules agree on it."""
        proposed = _with_totals_that_add_up(read_by(self.layout, self.spots))
        found: dict[FieldName, FieldReading] = {}
        for field in INVOICE_FIELDS:
            reading = self._field(field, proposed.get(field, ()))  # type: ignore[arg-type]
            if reading is not None:
                found[field] = reading  # type: ignore[index]
        return _without_lines_that_do_not_add_up(found)

    def _field(self, field: FieldName, proposed: Sequence[Proposal]) -> FieldReading | None:
        rules = self._rules(field)
        known = self._known(field)
        if known is not None:
            return known
        if field not in LEARNT:
            return rules
        taught = self.layout.fields.get(field)
        best = proposed[0] if proposed else None
        if best is None:
            if rules is None or taught is None or not taught.printed:
                return rules
            return _at_most(rules, "taught silent")
        same = rules is not None and same_value(field, rules.value, best.value)
        if best.trusted:
            ground = "taught agreed" if same else "taught alone" if rules is None else "taught differs"
            return self._reading(best.spot, field, ground)
        if rules is None:
            return None
        if same:
            return self._reading(best.spot, field, "taught weakly agreed")
        return _at_most(rules, "taught silent")

    def _rules(self, field: FieldName) -> FieldReading | None:
        """What the rules read, unless they misread the field on a taught document."""
        taught = self.layout.fields.get(field)
        return None if taught is not None and taught.misread else self.rules.get(field)

    def _known(self, field: FieldName) -> FieldReading | None:
        """The value that all taught documents have, if it is printed here as well."""
        if field not in _CONSTANT:
            return None
        values = {document.values.get(field) for document in self.layout.documents}
        value = next(iter(values)) if len(values) == 1 else None
        if value is None:
            return None
        place = next(self.spots.transcript.occurrences(bare(value)), None)
        if place is None:
            return None
        opening, closing = self.spots.transcript.starts[place[0]], self.spots.transcript.ends[place[1]]
        return self._reading(Spot(opening, closing, opening.first, closing.last, value), field, "taught known")

    def _reading(self, spot: Spot, field: FieldName, ground: str) -> FieldReading:
        scanned = self.spots.transcript.is_ocr(spot.cell)
        same_cell = spot.closing.cell is spot.cell
        return FieldReading(
            value=spot.value,
            confidence=_GROUNDS[ground][scanned],
            source="ocr" if scanned else "text",
            page=spot.cell.page,
            box=spot.cell.box(spot.first, spot.last if same_cell else None),
        )


def _at_most(rules: FieldReading, ground: str) -> FieldReading:
    return rules.model_copy(update={"confidence": min(rules.confidence, _GROUNDS[ground][0])})


def _with_totals_that_add_up(
    proposed: Mapping[FieldName, Sequence[Proposal]],
) -> dict[FieldName, Sequence[Proposal]]:
    """The proposals with the three totals chosen together, so that HT + TVA = TTC where any choice does."""
    choices = [proposed.get(field, ())[:_CHOICES] for field in _TOTALS]
    adding_up = [each for each in product(*choices) if _add_up(each)]
    if not adding_up:
        return dict(proposed)
    best = max(adding_up, key=lambda each: sum(proposal.support for proposal in each))
    return {**proposed, **{field: [proposal] for field, proposal in zip(_TOTALS, best, strict=True)}}


def _add_up(totals: Sequence[Proposal]) -> bool:
    ht, tva, ttc = (Decimal(proposal.value) for proposal in totals)
    return ht + tva == ttc


def _without_lines_that_do_not_add_up(found: dict[FieldName, FieldReading]) -> dict[FieldName, FieldReading]:
    """Without VAT lines whose sums are not the totals."""
    lines = found.get("vat_lines")
    if lines is None or isinstance(lines.value, str):
        return found
    sums = (sum(Decimal(line.base) for line in lines.value), sum(Decimal(line.amount) for line in lines.value))
    totals = [found.get(field) for field in _TOTALS[:2]]
    if all(total is None or Decimal(str(total.value)) == part for total, part in zip(totals, sums, strict=True)):
        return found
    return {field: reading for field, reading in found.items() if field != "vat_lines"}


def combined(layout: Layout, transcript: Transcript, rules: Readings) -> dict[FieldName, FieldReading]:
    """Every field of a document by its layout and by the rules together."""
    return Combination(layout, DocumentSpots(transcript), rules).fields()
