"""Every sum of money of a document and what its labels say it is, as evidence between 0 and 1 per kind.

Evidence comes from the label on the left, the column header above, the words right after (« 120,00 € TTC ») and
stacked labels. Nothing is decided here: totals.py weighs the evidence with the arithmetic.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from chorus_connector.domain.reading.amounts import Amount, to_cents
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.finding import Place
from chorus_connector.domain.reading.identifiers_found import find_iban_texts, find_sirets, telephone_spans
from chorus_connector.domain.reading.labels import Hit
from chorus_connector.domain.reading.lines import Cell, Row

KINDS = ("total_ht", "total_tva", "total_ttc", "amount_due", "deduction", "other_amount")
_TOTALS = ("total_ht", "total_tva", "total_ttc")
_STRENGTH_LOSS = 0.35
_COLUMN_REACH = 40  # rows under a header


@dataclass(eq=False)
class Sum:
    """An amount of money (without its sign) where it stands, with its evidence and the labels that gave it."""

    value: Decimal
    negative: bool
    place: Place
    evidence: dict[str, float] = field(default_factory=dict)
    hits: dict[str, Hit] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()

    @property
    def cell(self) -> Cell:
        return self.place.cell

    def only(self, kinds: Iterable[str]) -> None:
        """From now on it can be only one of these totals: its unit says so."""
        self.excluded = frozenset(_TOTALS) - set(kinds)
        for kind in self.excluded:
            self.evidence.pop(kind, None)

    def learn(self, kind: str, weight: float, hit: Hit) -> None:
        if kind not in self.excluded and weight > self.evidence.get(kind, 0.0):
            self.evidence[kind] = weight
            self.hits[kind] = hit


def gather(document: Document) -> list[Sum]:
    """The document's sums in reading order, each with its evidence."""
    by_cell: dict[Cell, list[Sum]] = {}
    for cell, amounts in document.amounts.items():
        sums = [_sum(cell, amount) for amount in _money(document, cell, amounts)]
        if sums:
            by_cell[cell] = sums
    for hit in document.announced(*KINDS):
        _teach(document, by_cell, hit)
    return [item for cell in document.cells for item in by_cell.get(cell, ())]


def _sum(cell: Cell, amount: Amount) -> Sum:
    return Sum(abs(to_cents(amount.value)), amount.value < 0, Place(cell, amount.start, amount.end))


def _money(document: Document, cell: Cell, amounts: Sequence[Amount]) -> Iterator[Amount]:
    taken = [(date.start, date.end) for date in document.dates.get(cell, ()) if date.certain]
    taken += telephone_spans(cell.text)
    if len(cell.text) >= 14:
        taken += [(found.start, found.end) for found in find_sirets(cell.text)]
        taken += [(found.start, found.end) for found in find_iban_texts(cell.text)]
    for amount in amounts:
        if amount.looks_like_money and not any(amount.start < end and start < amount.end for start, end in taken):
            yield amount


def _teach(document: Document, by_cell: dict[Cell, list[Sum]], hit: Hit) -> None:
    kinds = {kind: 1.0 - _STRENGTH_LOSS * weakness for kind, weakness in hit.kinds.items() if kind in KINDS}
    if _is_unit(hit) and _teach_before(by_cell, hit, kinds):
        return
    same_row = _row_sums(document, by_cell, hit)
    if same_row:
        for position, item in enumerate(same_row):
            share = 1.0 if len(same_row) == 1 else (0.75 if position == len(same_row) - 1 else 0.45)
            _learn(item, kinds, share, hit)
        return
    if _teach_before(by_cell, hit, kinds):
        return
    under = list(_column_sums(document, by_cell, hit))
    if under:
        for rank, item in enumerate(under):
            alone = len(under) == 1 or _is_total_row(item)
            _learn(item, kinds, 0.85 if alone else 0.6 if rank else 0.65, hit)
    else:
        for item in _row_sums_on_the_left(document, by_cell, hit):
            _learn(item, kinds, 0.6, hit)


def _learn(item: Sum, kinds: dict[str, float], share: float, hit: Hit) -> None:
    for kind, weight in kinds.items():
        item.learn(kind, weight * share, hit)


def _row_sums(document: Document, by_cell: dict[Cell, list[Sum]], hit: Hit) -> list[Sum]:
    """The sums on the right of a label, up to the next label of money that has sums of its own."""
    found = [item for item in by_cell.get(hit.cell, ()) if item.place.start >= hit.end]
    stop = _next_money_label(document, hit.cell, hit.end)
    if stop is not None:
        return [item for item in found if item.place.end <= stop.start + 1]
    sheet = document.sheet(hit.cell)
    cell = sheet.right_of(hit.cell)
    while cell is not None:
        stop = _next_money_label(document, cell, 0)
        found += [item for item in by_cell.get(cell, ()) if stop is None or item.place.end <= stop.start + 1]
        if stop is not None:
            break
        cell = sheet.right_of(cell)
    return found


def _next_money_label(document: Document, cell: Cell, start: int) -> Hit | None:
    for other in document.hits_in(cell):
        if other.start >= start and any(kind in other.kinds for kind in KINDS):
            return other
    return None


def _teach_before(by_cell: dict[Cell, list[Sum]], hit: Hit, kinds: dict[str, float]) -> bool:
    """« 120,00 € TTC »: the label right after its sum."""
    for item in by_cell.get(hit.cell, ()):
        between = hit.cell.text[item.place.end : hit.start]
        if item.place.end <= hit.start and between.strip(" ()-–").casefold() in ("", "€", "eur", "euros", "de", "en"):
            for kind in kinds:
                item.learn(kind, 0.95, hit)
            if _is_unit(hit):
                item.only(kinds)
            return True
    return False


def _is_unit(hit: Hit) -> bool:
    """Whether a label is one that French writes after the sum: « 120,00 € HT »."""
    text = hit.cell.folded[hit.start : hit.end].replace(".", "").replace(" ", "")
    return text in ("ht", "ttc", "horstaxes", "horstaxe", "toutestaxescomprises", "horstva") and hit.start > 0


def _is_total_row(item: Sum) -> bool:
    """Whether the row of a sum starts with a word for "total"."""
    return item.cell.row.cells[0].folded.startswith(("total", "totaux", "cumul", "ensemble"))


def _column_sums(document: Document, by_cell: dict[Cell, list[Sum]], hit: Hit) -> Iterator[Sum]:
    """The sums under a label, down to the next label of money in the same column or a break in the table."""
    sheet = document.sheet(hit.cell)
    left, right = hit.cell.extent(hit.start, hit.end)
    previous_bottom, misses, closing = hit.cell.bottom, 0, False
    for row in sheet.rows[hit.cell.row.index + 1 : hit.cell.row.index + 1 + _COLUMN_REACH]:
        if row.top - previous_bottom > 5 * sheet.text_height or misses > 3:
            return
        misses += 1
        if closing or _is_header_row(document, by_cell, row):
            return
        for cell in row.cells:
            if _has_money_header(document, by_cell, cell, left, right):
                return
            for item in by_cell.get(cell, ()):
                x0, x1 = cell.extent(item.place.start, item.place.end)
                if (x0 < right + 2 and x1 > left - 2) or abs(x1 - right) < 6:
                    misses, previous_bottom = 0, row.bottom
                    closing = closing or _closes_a_table(document, row)
                    yield item


def _closes_a_table(document: Document, row: Row) -> bool:
    """Whether a row names the sum it holds (« Total HT »): what stands under it is no longer in the table."""
    closing = ("total_ht", "total_ttc", "amount_due")
    return any(hit.kinds.get(kind) == 0.0 for cell in row.cells for hit in document.hits_in(cell) for kind in closing)


def _is_header_row(document: Document, by_cell: dict[Cell, list[Sum]], row: Row) -> bool:
    """Whether a row is the head of another table: two labels of money or more, and no sum."""
    if any(by_cell.get(cell) for cell in row.cells):
        return False
    labels = sum(any(kind in hit.kinds for kind in KINDS) for cell in row.cells for hit in document.hits_in(cell))
    return labels >= 2 and len(row.cells) >= 2


def _has_money_header(
    document: Document, by_cell: dict[Cell, list[Sum]], cell: Cell, left: float, right: float
) -> bool:
    if by_cell.get(cell):
        return False
    for other in document.hits_in(cell):
        x0, x1 = cell.extent(other.start, other.end)
        if any(kind in other.kinds for kind in KINDS) and min(x1, right) - max(x0, left) > 0.5 * min(
            x1 - x0, right - left
        ):
            return True
    return False


def _row_sums_on_the_left(document: Document, by_cell: dict[Cell, list[Sum]], hit: Hit) -> list[Sum]:
    """« 120,00 €    Total TTC », or the sum right above its label."""
    sheet = document.sheet(hit.cell)
    left_cell = sheet.left_of(hit.cell)
    if left_cell is not None and by_cell.get(left_cell):
        return by_cell[left_cell][-1:]
    left, right = hit.cell.extent(hit.start, hit.end)
    above = sheet.above(left, right, hit.cell.row, 1.6 * sheet.text_height)
    return by_cell.get(above[0], [])[-1:] if above and not document.hits_in(above[0]) else []
