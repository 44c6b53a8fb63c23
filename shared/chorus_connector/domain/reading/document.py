"""All the pages of one document with their cells, labels and typed values: what every rule asks questions of."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from chorus_connector.domain.reading.amounts import Amount, find_amounts
from chorus_connector.domain.reading.dates import FoundDate, find_dates
from chorus_connector.domain.reading.labels import Hit, find_hits, label_words, naming
from chorus_connector.domain.reading.lines import Cell, Row, Sheet, lay_out, misalignment
from chorus_connector.domain.reading.ocr_repair import repaired_code, repaired_numbers
from chorus_connector.domain.reading.page import Page
from chorus_connector.domain.reading.sections import in_context, joined_labels, joined_part

Relation = Literal["tail", "right", "far_right", "below", "left", "above"]
_SAYS_NOTHING = re.compile(
    r"[\W_]*(?:\((?:[^)]{0,25})\))?[\W_]*|\s*/\s*[^\W\d_]+\.?(?:\s[^\W\d_]+\.?){0,3}\s*:?"
    r"|\s(?:client|chorus|chorus pro|public|publique|fournisseur|acheteur|interne|\(eur\)|eur|euros|en euros|en €)"
    r"\s*:?",
    re.IGNORECASE,
)
_UNDER_VALUES = 1.3  # the cost of looking up from a row of labels that stands under its values


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of a cell where a label's value may stand, and how it lies to the label."""

    relation: Relation
    cell: Cell
    start: int
    end: int
    cost: float

    @property
    def text(self) -> str:
        return self.cell.text[self.start : self.end]


class Document:
    """A document laid out once; everything found in it is remembered by cell."""

    def __init__(self, pages: Sequence[Page]) -> None:
        self.sheets = tuple(_laid_out(page) for page in pages)
        self._hits: dict[Cell, list[Hit]] = {}
        self._looking_up: dict[Row, float | None] = {}
        for sheet in self.sheets:
            self._hits.update(in_context(sheet, find_hits(sheet)))
        self._sheet_of = {sheet.number: sheet for sheet in self.sheets}

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for sheet in self.sheets for cell in sheet.cells)

    @cached_property
    def hits(self) -> tuple[Hit, ...]:
        return tuple(hit for hits in self._hits.values() for hit in hits)

    @cached_property
    def is_ocr(self) -> bool:
        return any(sheet.source == "ocr" for sheet in self.sheets)

    @cached_property
    def amounts(self) -> dict[Cell, list[Amount]]:
        """Numbers that could be money or a rate, by cell."""
        return {cell: found for cell in self.cells if (found := list(find_amounts(self._numbers(cell))))}

    @cached_property
    def dates(self) -> dict[Cell, list[FoundDate]]:
        found = {}
        for cell in self.cells:
            dates = list(find_dates(self._repaired(cell), noisy=self._is_ocr(cell)))
            if dates:
                found[cell] = sorted(dates, key=lambda date: date.start)
        return found

    def _is_ocr(self, cell: Cell) -> bool:
        return self.sheet(cell).source == "ocr"

    def code(self, cell: Cell, start: int, end: int) -> str:
        """A code as it is printed, as far as an OCR engine's look-alikes can be told."""
        text = cell.text[start:end]
        return repaired_code(text) if self._is_ocr(cell) else text

    def _repaired(self, cell: Cell) -> str:
        return repaired_numbers(cell.text) if self._is_ocr(cell) else cell.text

    def _numbers(self, cell: Cell) -> str:
        """The cell's text with a tab where the gap is too wide for a separator of thousands."""
        text = self._repaired(cell)
        for index in cell.wide_gaps:
            text = text[:index] + "\t" + text[index + 1 :]
        return text

    @cached_property
    def natures(self) -> dict[Cell, list[tuple[int, int, str]]]:
        """What words say of a cell (``public_body``, ``legal_form``, ``credit_note``…), with where they stand."""
        lexicon = naming()
        found = {}
        for cell in self.cells:
            natures = [(start, end, kind) for start, end, kinds in lexicon.find(cell.folded) for kind in kinds]
            if natures:
                found[cell] = natures
        return found

    def sheet(self, cell: Cell) -> Sheet:
        return self._sheet_of[cell.page]

    def hits_in(self, cell: Cell) -> list[Hit]:
        """The labels of a cell that end the value before them: all but particles."""
        return [hit for hit in self._hits.get(cell, ()) if not hit.is_particle]

    def announced(self, *kinds: str) -> Iterator[Hit]:
        """The labels that may announce one of these kinds."""
        return (hit for hit in self.hits if any(kind in hit.kinds for kind in kinds))

    def tail(self, hit: Hit) -> tuple[int, int]:
        """Where the text after a label starts and ends: the next label or the end of its cell."""
        following = [other.start for other in self.hits_in(hit.cell) if other.start >= hit.end]
        return hit.end, min(following, default=len(hit.cell.text))

    def head(self, hit: Hit) -> tuple[int, int]:
        """Where the text before a label starts and ends: the label before it or the start of its cell."""
        before = [other.end for other in self.hits_in(hit.cell) if other.end <= hit.start]
        return max(before, default=0), hit.start

    def is_bare(self, hit: Hit) -> bool:
        """Whether nothing but punctuation (or a bracketed remark) follows a label in its cell."""
        start, end = self.tail(hit)
        return _SAYS_NOTHING.fullmatch(hit.cell.text[start:end]) is not None

    def regions(self, hit: Hit) -> Iterator[Region]:
        """Where the value of a label may stand, the likeliest first."""
        joined = joined_labels(self.hits_in(hit.cell), hit)
        if joined is not None:
            yield from self._shared(hit, *joined)
            return
        start, end = self.tail(hit)
        if not self.is_bare(hit):
            yield Region("tail", hit.cell, start, end, 0.0)
        if end == len(hit.cell.text):
            yield from self._rightwards(hit)
        if self._cost_of_looking_up(hit.cell.row) != _UNDER_VALUES:
            yield from self._downwards(hit)
        yield from self._backwards(hit)

    def is_joined(self, hit: Hit) -> bool:
        """Whether a label shares a value with others it is joined to by strokes."""
        return joined_labels(self.hits_in(hit.cell), hit) is not None

    def _shared(self, hit: Hit, index: int, count: int) -> Iterator[Region]:
        """The label's share of the value that labels joined by strokes announce together."""
        last = self.hits_in(hit.cell)[self.hits_in(hit.cell).index(hit) + count - 1 - index]
        for region in self._whole_regions(last):
            part = joined_part(region.cell.text, region.start, region.end, index, count)
            if part is not None:
                yield replace(region, start=part[0], end=part[1])
                return

    def _whole_regions(self, hit: Hit) -> Iterator[Region]:
        start, end = self.tail(hit)
        if not self.is_bare(hit):
            yield Region("tail", hit.cell, start, end, 0.0)
        elif end == len(hit.cell.text):
            yield from self._rightwards(hit)
        yield from self._downwards(hit)

    def free_start(self, cell: Cell) -> int:
        """Where the first label of a cell starts: a value that has the cell to itself ends there."""
        hits = self.hits_in(cell)
        return hits[0].start if hits else len(cell.text)

    def _rightwards(self, hit: Hit) -> Iterator[Region]:
        sheet = self.sheet(hit.cell)
        cost: float = 1.0 if self.is_bare(hit) else 2.0
        relation: Relation = "right"
        cell = sheet.right_of(hit.cell)
        while cell is not None:
            end = self.free_start(cell)
            gap = (cell.left - hit.cell.right) / sheet.width
            if end > 0:
                yield Region(relation, cell, 0, end, cost + gap)
            if end < len(cell.text):
                return
            relation, cost = "far_right", cost + 1.0
            cell = sheet.right_of(cell)

    def _downwards(self, hit: Hit) -> Iterator[Region]:
        if not self.is_bare(hit):
            return
        sheet = self.sheet(hit.cell)
        left, right = hit.cell.extent(hit.start, hit.end)
        colon = hit.cell.text[hit.end :].lstrip().startswith(":")
        reach = 2.6 * sheet.text_height
        for rank, cell in enumerate(sheet.below(left, right, hit.cell.row, reach)):
            end = self.free_start(cell)
            if end > 0:
                apart = misalignment(cell, left, right)
                cost = 1.5 + min(1.0, apart / 60) + 0.5 * rank + (0.8 if colon else 0.0)
                yield Region("below", cell, 0, end, cost)

    def _backwards(self, hit: Hit) -> Iterator[Region]:
        sheet = self.sheet(hit.cell)
        start, end = self.head(hit)
        if hit.cell.text[start:end].strip(" :"):
            yield Region("left", hit.cell, start, end, 2.6)
        elif start == 0:
            cell = sheet.left_of(hit.cell)
            if cell is not None and not self.hits_in(cell):
                yield Region("left", cell, 0, len(cell.text), 2.3 + (hit.cell.left - cell.right) / sheet.width)
        if self.is_bare(hit) and start == 0:
            yield from self._upwards(hit)

    def _upwards(self, hit: Hit) -> Iterator[Region]:
        """The cell right above a label that lines up with it, unless the labels of its row stand over values."""
        sheet = self.sheet(hit.cell)
        left, right = hit.cell.extent(hit.start, hit.end)
        cost = self._cost_of_looking_up(hit.cell.row)
        for cell in sheet.above(left, right, hit.cell.row, 1.2 * sheet.text_height)[:1]:
            if cost is not None and not self.hits_in(cell) and misalignment(cell, left, right) <= 4:
                yield Region("above", cell, 0, len(cell.text), cost)

    def _cost_of_looking_up(self, row: Row) -> float | None:
        """Low for a row of labels that all stand closer to what is above them than to what is below."""
        if row not in self._looking_up:
            self._looking_up[row] = self._weigh_looking_up(row)
        return self._looking_up[row]

    def _weigh_looking_up(self, row: Row) -> float | None:
        sheet = self._sheet_of[row.page]
        reach = 3 * sheet.text_height
        over = [sheet.above(cell.left, cell.right, row, reach)[:1] for cell in row.cells]
        under = [sheet.below(cell.left, cell.right, row, reach)[:1] for cell in row.cells]
        gaps_over = sorted(row.top - cell.bottom for cells in over for cell in cells if not self.hits_in(cell))
        gaps_under = sorted(cell.top - row.bottom for cells in under for cell in cells if not self.hits_in(cell))
        if not gaps_under:
            return _UNDER_VALUES if len(gaps_over) > 1 and self._is_label_row(row) else 2.5
        if not gaps_over or not self._is_label_row(row):
            return None if len(row.cells) > 1 else 2.5
        nearer = gaps_over[len(gaps_over) // 2] < 0.6 * gaps_under[len(gaps_under) // 2]
        return _UNDER_VALUES if nearer else None

    def _is_label_row(self, row: Row) -> bool:
        return len(row.cells) >= 2 and all(
            self.hits_in(cell) and self.is_bare(self.hits_in(cell)[-1]) for cell in row.cells
        )


def _laid_out(page: Page) -> Sheet:
    """The page as rows of cells; on a recognised one, misread words of labels are put right where labels are sought."""
    sheet = lay_out(page)
    if page.source == "ocr":
        words = label_words()
        for cell in sheet.cells:
            cell.folded = words.repaired(cell.folded)
    return sheet
