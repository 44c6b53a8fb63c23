"""The captions of sums: adjacent label hits form one caption, and words without a hit can be one too.

« Total TVA incluse / Total incl. VAT » holds three hits and announces one sum. What its words mean together is
decided by captions.py where they say more than the phrase found in labels.toml.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.kinds import SUMS
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.words.captions import kinds_in, says_what_is_taxed
from chorus_connector.domain.reading.words.labels import Hit
from chorus_connector.domain.reading.words.word_lists import word_list

_LONGEST_CAPTION = 9  # words; a longer text is a sentence
# A full stop after fewer than five letters ends an abbreviation: « Total excl. VAT ».
_ENDS_A_CAPTION = re.compile(r"[:;,](?=\s|$)|(?<=[a-z]{5})\.(?=\s|$)|\s[-–]\s")
_UNITS = word_list("units_of_sums")

Span = tuple[int, int]
Spans = Mapping[Cell, Sequence[Span]]


@dataclass(frozen=True, eq=False)
class Caption:
    """A label of money with its position and its evidence from 0 to 1 for each kind of sum."""

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
        announces = self.cell.text[self.end :].lstrip().startswith((":", "="))
        return text in _UNITS and self.start > 0 and not announces

    @property
    def heads_a_column(self) -> bool:
        """Whether it can be above its sums: words in a sentence cannot."""
        return len(self.cell.tokens) <= _LONGEST_CAPTION


def captions(document: Document, sums: Spans) -> dict[Cell, list[Caption]]:
    """The labels of money of a document by cell, from left to right; ``sums`` gives the positions of its sums."""
    found: dict[Cell, list[Caption]] = {}
    for cell in document.cells:
        own = sums.get(cell, ())
        hits = [hit for hit in document.hits_in(cell) if _is_of_a_sum(hit)]
        in_cell = list(_named(cell, list(_groups(hits, own)), own))
        if own or (not in_cell and _is_beside_a_sum(document, cell, sums)):
            in_cell += _unnamed(cell, own, in_cell)
            in_cell.sort(key=lambda caption: caption.start)
        if in_cell:
            found[cell] = in_cell
    return found


def _is_of_a_sum(hit: Hit) -> bool:
    taxed = "total_tva" in hit.kinds and says_what_is_taxed(hit.cell.folded, hit.start)
    return not taxed and any(kind in hit.kinds for kind in SUMS)


def _groups(hits: Sequence[Hit], sums: Sequence[Span]) -> Iterator[list[Hit]]:
    group: list[Hit] = []
    for hit in hits:
        if group and not _one_caption(group[-1], hit, sums):
            yield group
            group = []
        group.append(hit)
    if group:
        yield group


def _one_caption(before: Hit, after: Hit, sums: Sequence[Span]) -> bool:
    between = before.cell.folded[before.end : after.start]
    if len(between) > weights.GAP_IN_A_CAPTION or any(before.end <= start < after.start for start, _ in sums):
        return False
    return not _ENDS_A_CAPTION.search(between) and not _follows_a_sum(before, sums)


def _follows_a_sum(hit: Hit, sums: Sequence[Span]) -> bool:
    return any(end <= hit.start and not hit.cell.text[end : hit.start].strip(" ()-–") for _, end in sums)


def _named(cell: Cell, groups: Sequence[Sequence[Hit]], sums: Sequence[Span]) -> Iterator[Caption]:
    starts = [*(group[0].start for group in groups[1:]), len(cell.text)]
    floor = 0
    for group, ceiling in zip(groups, starts, strict=False):
        yield _caption(cell, group, [(0, floor), *sums, (ceiling, len(cell.text))], sums)
        floor = group[-1].end


def _caption(cell: Cell, group: Sequence[Hit], bounds: Sequence[Span], sums: Sequence[Span]) -> Caption:
    start, end = group[0].start, group[-1].end
    kinds = {kind: weakness for hit in group for kind, weakness in hit.kinds.items() if kind in SUMS}
    named = {
        kind: 1.0 - weights.EVIDENCE_LOST_BY_WEAKNESS * group[-1].kinds[kind]
        for kind in SUMS
        if kind in group[-1].kinds
    }
    label = Caption(Hit(cell, start, end, kinds), named)
    if len(group) == 1 and label.is_unit and _follows_a_sum(group[0], sums):
        return label
    whole = _clause(cell, start, end, bounds)
    words = cell.folded[slice(*whole)]
    composed = kinds_in(words) if len(words.split()) <= _LONGEST_CAPTION else {}
    says_more = len(group) > 1 or composed != kinds_in(cell.folded[start:end])
    return Caption(Hit(cell, *whole, kinds), composed) if composed and says_more else label


def _clause(cell: Cell, start: int, end: int, bounds: Sequence[Span]) -> Span:
    """Where the words that belong to a label start and end: at sums, at other labels, at what ends a sentence."""
    first = max(stop for _, stop in bounds if stop <= start)
    last = min(begin for begin, _ in bounds if begin >= end)
    before = [match.end() for match in _ENDS_A_CAPTION.finditer(cell.folded, first, start)]
    after = _ENDS_A_CAPTION.search(cell.folded, end, last)
    return _trimmed(cell, max(before, default=first), after.start() if after else last)


def _trimmed(cell: Cell, start: int, end: int) -> Span:
    text = cell.text[start:end]
    return start + len(text) - len(text.lstrip(" :-–")), end - len(text) + len(text.rstrip(" :-–"))


def _is_beside_a_sum(document: Document, cell: Cell, sums: Spans) -> bool:
    """Whether a cell and one sum, on its right or on its left, have their row to themselves."""
    sheet = document.sheet(cell)
    left, right = sheet.left_of(cell), sheet.right_of(cell)
    if right is not None:
        return len(sums.get(right, ())) == 1 and sheet.right_of(right) is None
    return left is not None and len(sums.get(left, ())) == 1 and sheet.left_of(left) is None


def _unnamed(cell: Cell, sums: Sequence[Span], named: Sequence[Caption]) -> Iterator[Caption]:
    """The words around the sums of a cell, or beside its neighbour's, that say what it is without a usual phrase."""
    stops = [0, *(place for span in sums for place in span), len(cell.text)]
    for start, end in zip(stops[::2], stops[1::2], strict=True):
        if any(caption.start < end and start < caption.end for caption in named):
            continue
        breaks = [(match.start(), match.end()) for match in _ENDS_A_CAPTION.finditer(cell.folded, start, end)]
        edges = [start, *(place for span in breaks for place in span), end]
        for part in zip(edges[::2], edges[1::2], strict=True):
            yield from _said_by(cell, _trimmed(cell, *part))


def _said_by(cell: Cell, span: Span) -> Iterator[Caption]:
    words = cell.folded[slice(*span)]
    if words and len(words.split()) <= _LONGEST_CAPTION:
        evidence = {kind: weights.CAPTION_WITHOUT_A_PHRASE * weight for kind, weight in kinds_in(words).items()}
        if evidence:
            yield Caption(Hit(cell, *span, dict.fromkeys(evidence, 1.0)), evidence)
