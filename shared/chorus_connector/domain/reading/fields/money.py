"""Every sum of money of a document and what its labels say it is, as evidence between 0 and 1 per kind.

Evidence comes from the label on the left, the column header above, the words right after (« 120,00 € TTC ») and
stacked labels. Nothing is decided here: totals.py weighs the evidence with the arithmetic.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.fields.money_labels import Caption, captions
from chorus_connector.domain.reading.finding import CellSpan
from chorus_connector.domain.reading.kinds import AMOUNT_FIELDS, TOTALS
from chorus_connector.domain.reading.paper.lines import Cell, Row
from chorus_connector.domain.reading.typed.amounts import RATES, Amount, to_cents
from chorus_connector.domain.reading.typed.identifiers_found import find_iban_texts, find_sirets, telephone_spans
from chorus_connector.domain.reading.words.captions import is_quoted
from chorus_connector.domain.reading.words.labels import Hit

_AMOUNTS = frozenset(AMOUNT_FIELDS)
_CLOSING = tuple(kind for kind in AMOUNT_FIELDS if kind != "total_tva")
_A_TABLE = 3  # columns
_BASE = re.compile(r"\b(?:tva|t\.v\.a\.?|taxe|vat)\b[^:;]*?(?:\bsur|\bbase(?: de| ht| h\.t\.)?|\()\s*:?\s*$")


@dataclass(eq=False)
class Sum:
    """An amount of money (unsigned, Decimal euros) with its position, its evidence and the labels that gave it."""

    value: Decimal
    negative: bool
    place: CellSpan
    evidence: dict[str, float] = field(default_factory=dict)
    hits: dict[str, Hit] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    quoted: bool = False  # from another document: no label speaks of it

    @property
    def cell(self) -> Cell:
        return self.place.cell

    @cached_property
    def is_base(self) -> bool:
        """Whether the words before it say that VAT is calculated on it: « TVA 20 % sur 1 000,00 »."""
        return (
            _BASE.search(self.cell.folded[max(0, self.place.start - weights.WORDS_OF_A_BASE) : self.place.start])
            is not None
        )

    @cached_property
    def right(self) -> float:
        """The right edge of its digits, in points."""
        return self.cell.extent(self.place.start, self.place.end)[1]

    def only(self, kinds: Iterable[str]) -> None:
        """Restricts it to these totals, because its unit says so."""
        self.excluded = frozenset(TOTALS) - set(kinds)
        for kind in self.excluded:
            self.evidence.pop(kind, None)

    def learn(self, kind: str, weight: float, hit: Hit) -> None:
        if not self.quoted and kind not in self.excluded and weight > self.evidence.get(kind, 0.0):
            self.evidence[kind] = weight
            self.hits[kind] = hit


def gather(document: Document) -> list[Sum]:
    """The document's sums in reading order, each with its evidence."""
    by_cell: dict[Cell, list[Sum]] = {}
    for cell, amounts in document.amounts.items():
        sums = [_sum(cell, amount) for amount in _money(document, cell, amounts)]
        if sums:
            by_cell[cell] = sums
    for cell, sums in by_cell.items():
        if is_quoted(cell.folded[: sums[0].place.start]):
            for item in sums:
                item.evidence, item.quoted = {"other_amount": 1.0}, True
    _Lesson(document, {cell: [item for item in sums if not item.is_base] for cell, sums in by_cell.items()}).teach()
    return [item for cell in document.cells for item in by_cell.get(cell, ())]


def added_up(sums: Sequence[Sum]) -> dict[Decimal, float]:
    """The sums at the foot of a column: below sums that add up to them, or below an equal sum, right edges aligned."""
    columns: dict[int, list[Sum]] = {}
    for item in sums:
        if item.evidence.get("other_amount", 0.0) < weights.CARRIED_OVER:
            columns.setdefault(round(item.right / weights.WIDTH_OF_A_COLUMN_OF_SUMS), []).append(item)
    found: dict[Decimal, float] = {}
    for column in columns.values():
        total, reached = Decimal(0), {Decimal(0): 0}
        for index, item in enumerate(column):
            lines = index - reached.get(total - item.value, index)
            if lines > 0:
                found[item.value] = max(found.get(item.value, 0.0), weights.ADDED_UP if lines > 1 else weights.REPEATED)
            total += item.value
            reached[total] = index + 1
    return found


def among_the_goods(sums: Sequence[Sum], ht: Decimal) -> set[Decimal]:
    """The sums of the goods, what is taken off among them: the column over HT, with its signs, adds up to HT.

    « Acompte 30 % à la signature » is billed there and was not paid.
    """
    named = [index for index, item in enumerate(sums) if item.value == ht and not item.negative]
    closing = next((index for index in named if sums[index].evidence.get("total_ht", 0.0) >= weights.SURELY_NAMED), 0)
    found: set[Decimal] = set()
    for closed in {*named[:1], closing}:
        for item in sums[:closed]:
            column = [each for each in sums[:closed] if abs(each.right - item.right) < weights.RIGHT_EDGE_OF_A_COLUMN]
            signed = sum(-each.value if each.negative else each.value for each in column)
            found |= {item.value} if signed == ht else set()
        found -= {item.value for item in sums[closed:] if item.evidence.get("deduction")}  # billed, and paid as well
    return found


def _sum(cell: Cell, amount: Amount) -> Sum:
    return Sum(abs(to_cents(amount.value)), amount.value < 0, CellSpan(cell, amount.start, amount.end))


def _money(document: Document, cell: Cell, amounts: Sequence[Amount]) -> Iterator[Amount]:
    taken = [(date.start, date.end) for date in document.dates.get(cell, ()) if date.certain]
    taken += telephone_spans(cell.text)
    if len(cell.text) >= 14:
        taken += [(found.start, found.end) for found in find_sirets(cell.text)]
        taken += [(found.start, found.end) for found in find_iban_texts(cell.text)]
    for amount in amounts:
        money = amount.looks_like_money or _is_a_whole_total(document, cell, amount)
        if money and not any(amount.start < end and start < amount.end for start, end in taken):
            yield amount


def _is_a_whole_total(document: Document, cell: Cell, amount: Amount) -> bool:
    """« Total TTC   7 600 »: a number without decimals that ends the row of a sure label, alone in its cell."""
    sheet = document.sheet(cell)
    label = sheet.left_of(cell)
    if (
        amount.decimals
        or amount.is_percent
        or amount.value in RATES
        or label is None
        or sheet.right_of(cell) is not None
    ):
        return False
    hits = document.hits_in(label)
    sure = hits and hits[-1].kinds.keys() & _AMOUNTS and min(hits[-1].kinds.values()) == 0.0
    return (
        bool(sure) and document.is_bare(hits[-1]) and not (cell.text[: amount.start] + cell.text[amount.end :]).strip()
    )


class _Lesson:
    """Gives each sum the evidence of the captions around it."""

    def __init__(self, document: Document, by_cell: Mapping[Cell, list[Sum]]) -> None:
        self.document = document
        self.by_cell = by_cell
        places = {cell: [(item.place.start, item.place.end) for item in sums] for cell, sums in by_cell.items()}
        self.captions = captions(document, places)

    def teach(self) -> None:
        for in_cell in self.captions.values():
            for caption in in_cell:
                self._teach(caption)

    def _teach(self, caption: Caption) -> None:
        if caption.is_unit and self._teach_before(caption):
            return
        same_row = self._row_sums(caption)
        if same_row:
            for position, item in enumerate(same_row):
                share = (
                    weights.ONLY_SUM_OF_ITS_ROW
                    if len(same_row) == 1
                    else (weights.LAST_SUM_OF_A_ROW if position == len(same_row) - 1 else weights.SUM_OF_A_ROW)
                )
                _learn(item, caption, share)
        elif not self._teach_before(caption):
            self._teach_around(caption)

    def _teach_around(self, caption: Caption) -> None:
        under = list(self._column_sums(caption)) if caption.heads_a_column else []
        for rank, item in enumerate(under):
            alone = len(under) == 1 or _is_total_row(item)
            share = weights.SUM_OF_A_COLUMN if rank else weights.FIRST_SUM_OF_A_COLUMN
            _learn(item, caption, weights.ONLY_SUM_OF_A_COLUMN if alone else share)
        if not under:
            for item in self._sums_on_the_left(caption):
                _learn(item, caption, weights.SUM_ON_THE_LEFT)

    def _teach_before(self, caption: Caption) -> bool:
        """« 120,00 € TTC »: the label right after its sum."""
        for item in self.by_cell.get(caption.cell, ()):
            between = caption.cell.text[item.place.end : caption.start].strip(" ()-–").casefold()
            if item.place.end <= caption.start and between in ("", "€", "eur", "euros", "de", "en"):
                for kind in caption.evidence:
                    item.learn(kind, weights.SUM_BEFORE_ITS_UNIT, caption.hit)
                if caption.is_unit:
                    item.only(caption.evidence)
                return True
        return False

    def _row_sums(self, caption: Caption) -> list[Sum]:
        """The sums on the right of a label, up to the next label of money that has sums of its own."""
        # « NET A PAYER EUR 42,03 »: the currency belongs to the sum and to its caption
        found = [
            item
            for item in self.by_cell.get(caption.cell, ())
            if item.place.start >= caption.start and item.place.end > caption.end
        ]
        stop = self._next_caption(caption.cell, caption.end)
        if stop is not None:
            return [item for item in found if item.place.end <= stop.start + 1]
        sheet = self.document.sheet(caption.cell)
        cell = sheet.right_of(caption.cell)
        while cell is not None:
            stop = self._next_caption(cell, 0)
            sums = self.by_cell.get(cell, ())
            found += [item for item in sums if stop is None or item.place.end <= stop.start + 1]
            if stop is not None:
                break
            cell = sheet.right_of(cell)
        return found

    def _next_caption(self, cell: Cell, start: int) -> Caption | None:
        return next((other for other in self.captions.get(cell, ()) if other.start >= start), None)

    def _column_sums(self, caption: Caption) -> Iterator[Sum]:
        """The sums under a label, down to the next label of money in the same column or a break in the table."""
        sheet = self.document.sheet(caption.cell)
        left, right = self._extent(caption)
        column = _column_of(caption.cell)
        previous_bottom, misses, closing = caption.cell.bottom, 0, False
        first = caption.cell.row.index + 1
        for row in sheet.rows[first : first + weights.ROWS_UNDER_A_HEADER]:
            if row.top - previous_bottom > weights.BREAK_IN_A_TABLE * sheet.text_height or misses > 3:
                return
            misses += 1
            if closing or self._is_header(row):
                return
            for cell in row.cells:
                if self._has_header(cell, left, right):
                    return
                for item in self.by_cell.get(cell, ()):
                    x0, x1 = cell.extent(item.place.start, item.place.end)
                    under = (x0 < right + 2 and x1 > left - 2) or abs(x1 - right) < weights.RIGHT_EDGE_OF_A_COLUMN
                    if under or (column is not None and column[0] < x0 and x1 < column[1]):
                        misses, previous_bottom = 0, row.bottom
                        closing = closing or self._closes_a_table(cell)
                        yield item

    def _extent(self, caption: Caption) -> tuple[float, float]:
        """The width of the column under a caption: that of its cell, if the caption is alone in it."""
        if len(self.captions[caption.cell]) == 1:
            return caption.cell.left, caption.cell.right
        return caption.cell.extent(caption.start, caption.end)

    def _closes_a_table(self, cell: Cell) -> bool:
        """Whether a row names the sum in a cell (« Total HT »): the rows below it are no longer in the table.

        What a row names on the right of the sum is in another table beside it.
        """
        before = cell.row.cells[: cell.position + 1]
        found = (caption for each in before for caption in self.captions.get(each, ()))
        return any(caption.evidence.get(kind) == 1.0 for caption in found for kind in _CLOSING)

    def _is_header(self, row: Row) -> bool:
        """Whether a row is the head of another table: two labels of money or more, and no sum."""
        if any(self.by_cell.get(cell) for cell in row.cells):
            return False
        return len(row.cells) >= 2 and sum(len(self.captions.get(cell, ())) for cell in row.cells) >= 2

    def _has_header(self, cell: Cell, left: float, right: float) -> bool:
        if self.by_cell.get(cell):
            return False
        for other in self.captions.get(cell, ()):
            x0, x1 = cell.extent(other.start, other.end)
            if min(x1, right) - max(x0, left) > weights.UNDER_A_HEADER * min(x1 - x0, right - left):
                return True
        return False

    def _sums_on_the_left(self, caption: Caption) -> list[Sum]:
        """Sums before their label: « 120,00 €    Total TTC », or the sum right above it."""
        sheet = self.document.sheet(caption.cell)
        left_cell = sheet.left_of(caption.cell)
        if left_cell is not None and self.by_cell.get(left_cell):
            return self.by_cell[left_cell][-1:]
        left, right = caption.cell.extent(caption.start, caption.end)
        above = sheet.above(left, right, caption.cell.row, weights.REACH_OF_A_SUM_ABOVE * sheet.text_height)
        return self.by_cell.get(above[0], [])[-1:] if above and not self.document.hits_in(above[0]) else []


def _column_of(cell: Cell) -> tuple[float, float] | None:
    """The width of the column under the head of a table of at least three: up to the middle of the gaps beside it.

    A caption can be in the middle of its column, and its sums on the right.
    """
    cells = cell.row.cells
    if len(cells) < _A_TABLE or any(char.isdigit() for each in cells for char in each.text):
        return None
    before, after = cells[: cell.position], cells[cell.position + 1 :]
    left = (before[-1].right + cell.left) / 2 if before else cell.left
    return left, (cell.right + after[0].left) / 2 if after else cell.right + cell.left - left


def _learn(item: Sum, caption: Caption, share: float) -> None:
    for kind, weight in caption.evidence.items():
        item.learn(kind, weight * share, caption.hit)


def _is_total_row(item: Sum) -> bool:
    """Whether the row of a sum starts with a word for "total"."""
    return item.cell.row.cells[0].folded.startswith(("total", "totaux", "cumul", "ensemble"))
