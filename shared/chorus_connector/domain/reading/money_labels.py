"""The labels of sums: hits that stand together are one caption, and a caption without a hit is one too.

« Total TVA incluse / Total incl. VAT » holds three hits and announces one sum. What its words mean together is
told by captions.py wherever they say more than the phrase of labels.toml that was found.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chorus_connector.domain.reading.captions import kinds_in
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.labels import Hit
from chorus_connector.domain.reading.lines import Cell

KINDS = ("total_ht", "total_tva", "total_ttc", "amount_due", "deduction", "other_amount")
_STRENGTH_LOSS = 0.35
_UNNAMED = 0.8  # what a caption that no phrase of labels.toml is in weighs
_FARTHEST = 24  # characters between two hits of one caption
_LONGEST_CAPTION = 9  # words; a longer text is a sentence
_ENDS_A_CAPTION = re.compile(r"[.:;,](?=\s|$)")
_INITIAL = re.compile(r"\b[a-z]\.$")
_UNITS = ("ht", "ttc", "horstaxes", "horstaxe", "toutestaxescomprises", "horstva")

Spans = Mapping[Cell, Sequence[tuple[int, int]]]


@dataclass(frozen=True, eq=False)
class Caption:
    """A label of money where it stands, with its evidence from 0 to 1 for each kind of sum."""

    hit: Hit
    evidence: Mapping[str, float]

    @property
    def cell(self) -> Cell:
        return self.hit.cell

    @property
    def start(self) -> int:
        return self.hit.start

    @property
    def end(self) -> int:
        return self.hit.end

    @property
    def is_unit(self) -> bool:
        """Whether it is one that French writes after the sum: « 120,00 € HT »."""
        text = self.cell.folded[self.start : self.end].replace(".", "").replace(" ", "")
        return text in _UNITS and self.start > 0

    @property
    def heads_a_column(self) -> bool:
        """Whether it can stand over its sums: words in a sentence do not."""
        return len(self.cell.tokens) <= _LONGEST_CAPTION


def captions(document: Document, sums: Spans) -> dict[Cell, list[Caption]]:
    """The labels of money of a document by cell, from left to right; ``sums`` says where its sums stand."""
    found: dict[Cell, list[Caption]] = {}
    for cell in document.cells:
        hits = [hit for hit in document.hits_in(cell) if any(kind in hit.kinds for kind in KINDS)]
        in_cell = [_caption(cell, group, sums.get(cell, ())) for group in _groups(hits, sums.get(cell, ()))]
        in_cell = in_cell or list(_unnamed(document, cell, sums))
        if in_cell:
            found[cell] = in_cell
    return found


def _groups(hits: Sequence[Hit], sums: Sequence[tuple[int, int]]) -> Iterator[list[Hit]]:
    group: list[Hit] = []
    for hit in hits:
        if group and not _one_caption(group[-1], hit, sums):
            yield group
            group = []
        group.append(hit)
    if group:
        yield group


def _one_caption(before: Hit, after: Hit, sums: Sequence[tuple[int, int]]) -> bool:
    between = before.cell.folded[before.end : after.start]
    if len(between) > _FARTHEST or any(before.end <= start < after.start for start, _ in sums):
        return False
    return not _ENDS_A_CAPTION.search(between) and not _follows_a_sum(before, sums)


def _follows_a_sum(hit: Hit, sums: Sequence[tuple[int, int]]) -> bool:
    return any(end <= hit.start and not hit.cell.text[end : hit.start].strip(" ()-–") for _, end in sums)


def _caption(cell: Cell, group: Sequence[Hit], sums: Sequence[tuple[int, int]]) -> Caption:
    start, end = group[0].start, group[-1].end
    kinds = {kind: weakness for hit in group for kind, weakness in hit.kinds.items() if kind in KINDS}
    named = {kind: 1.0 - _STRENGTH_LOSS * group[-1].kinds[kind] for kind in KINDS if kind in group[-1].kinds}
    whole = cell.folded[start : _end(cell, end, sums)]
    composed = kinds_in(whole)
    says_more = len(group) > 1 or composed != kinds_in(cell.folded[start:end])
    return Caption(Hit(cell, start, end, kinds), composed if composed and says_more else named)


def _end(cell: Cell, end: int, sums: Sequence[tuple[int, int]]) -> int:
    """Where the words of a caption end: at its sum, or at what ends a sentence."""
    limit = min((start for start, _ in sums if start >= end), default=len(cell.text))
    for stop in _ENDS_A_CAPTION.finditer(cell.folded, end, limit):
        if not _INITIAL.search(cell.folded[: stop.end()]):
            return stop.start()
    return limit


def _unnamed(document: Document, cell: Cell, sums: Spans) -> Iterator[Caption]:
    """The words right before the only sum of the rest of their row, if they say what it is."""
    own = sums.get(cell, ())
    if own:
        end, alone = own[0][0], len(own) == 1 and document.sheet(cell).right_of(cell) is None
    else:
        right = document.sheet(cell).right_of(cell)
        end = len(cell.text)
        alone = right is not None and len(sums.get(right, ())) == 1 and document.sheet(cell).right_of(right) is None
    folded = cell.folded[:end].strip(" :")
    if alone and folded and len(folded.split()) <= _LONGEST_CAPTION:
        evidence = {kind: _UNNAMED * weight for kind, weight in kinds_in(folded).items()}
        if evidence:
            yield Caption(Hit(cell, 0, end, dict.fromkeys(evidence, 1.0)), evidence)
