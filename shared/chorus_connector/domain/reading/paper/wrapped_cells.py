"""Cells of a table whose text was wrapped: two lines half a line above and below their neighbour in one line.

« Votre réf. » over « commande : » beside « 2026T0959 », which is printed between the two. Only two lines that are close
to each other are one cell: the first ends with no colon and the second does, or both are apart from everything else in
their column.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.paper.lines import Cell, Row, Sheet, misalignment
from chorus_connector.domain.reading.words.name_shapes import has_postal_code

_THOUSANDS = re.compile(r"-?\d{1,3}")
_REST_OF_A_SUM = re.compile(r"\d{3}(?:[ .]\d{3})*,\d\d(?: ?(?:€|EUR))?")
_NEAR = 3  # rows: lines of other columns may be between the lines of a cell


def with_wrapped_cells_joined(sheet: Sheet) -> Sheet:
    """The page with the two lines of each wrapped cell joined in the row of their neighbour."""
    joined: dict[Row, list[tuple[Cell, Cell]]] = {}
    taken: set[Cell] = set()
    for upper, lower, row in (*_broken_sums(sheet), *_wrapped(sheet)):
        if not taken.intersection((upper, lower)):
            taken.update((upper, lower))
            joined.setdefault(row, []).append((upper, lower))
    return with_cells_joined(sheet, joined) if joined else sheet


def with_cells_joined(sheet: Sheet, joined: Mapping[Row, Iterable[Sequence[Cell]]]) -> Sheet:
    """The page with cells joined from top to bottom, each group in the row it is listed under."""
    gone = {cell for groups in joined.values() for group in groups for cell in group}
    rows: list[Row] = []
    for row in sheet.rows:
        parts = [cell.tokens for cell in row.cells if cell not in gone]
        parts += [tuple(token for cell in group for token in cell.tokens) for group in joined.get(row, ())]
        if parts:
            rows.append(Row.of(sheet.number, len(rows), sorted(parts, key=lambda part: part[0].left)))
    return Sheet(sheet.number, sheet.width, sheet.height, sheet.source, tuple(rows))


def _wrapped(sheet: Sheet) -> Iterator[tuple[Cell, Cell, Row]]:
    for index, row in enumerate(sheet.rows[1:-1], 1):
        for upper in (cell for over in sheet.rows[max(0, index - _NEAR) : index] for cell in over.cells):
            lower = next_line(sheet, upper)
            if lower is None or lower.row.index <= index or any(_share_a_column(upper, cell) for cell in row.cells):
                continue
            ends = lower.text.endswith(":") and not upper.text.endswith(":")
            beside = any(_is_beside(sheet, cell, upper, lower) for cell in row.cells)
            if beside and (ends or _is_apart(sheet, upper, lower)):
                yield upper, lower, row


def _broken_sums(sheet: Sheet) -> Iterator[tuple[Cell, Cell, Row]]:
    """« 3 » over « 382,38 € »: a sum that its column broke after the thousands, with the row of its caption."""
    for row in sheet.rows[:-1]:
        for upper in row.cells:
            if not _THOUSANDS.fullmatch(upper.text):
                continue
            gap = weights.GAP_IN_A_WRAPPED_CELL * upper.height
            for lower in sheet.below(upper.left, upper.right, row, gap)[:1]:
                if _REST_OF_A_SUM.fullmatch(lower.text) and abs(lower.right - upper.right) < weights.SAME_EDGE:
                    between = sheet.rows[row.index + 1 : lower.row.index]
                    yield upper, lower, between[0] if between else row


def next_line(sheet: Sheet, cell: Cell) -> Cell | None:
    """The line that continues a cell: right under it, aligned with it and in letters of its size."""
    for below in sheet.below(cell.left, cell.right, cell.row, weights.GAP_IN_A_WRAPPED_CELL * cell.height)[:1]:
        aligned = misalignment(below, cell.left, cell.right) < weights.SAME_EDGE
        tight = below.top - cell.bottom > weights.LINES_OVERLAP * cell.height
        value = _is_a_broken_value(cell, below) or has_postal_code(below.folded)
        return below if aligned and tight and _same_size(cell, below) and not value else None
    return None


def _is_a_broken_value(upper: Cell, lower: Cell) -> bool:
    """« BC2024- » over « 1675 », « 157828010 » over « 6 »: one code, which has no space."""
    single = len(upper.tokens) == len(lower.tokens) == 1
    return single and any(char.isdigit() for char in lower.text)


def _same_size(one: Cell, other: Cell) -> bool:
    return max(one.height, other.height) < weights.SAME_SIZE * min(one.height, other.height)


def _share_a_column(one: Cell, other: Cell) -> bool:
    return one.left < other.right and other.left < one.right


def _is_beside(sheet: Sheet, cell: Cell, upper: Cell, lower: Cell) -> bool:
    """Whether a cell is alone in its column at half height between two lines."""
    off = abs(cell.middle - (upper.top + lower.bottom) / 2)
    if off > weights.OFF_THE_MIDDLE * cell.height:
        return False
    near = sheet.rows[max(0, cell.row.index - _NEAR) : cell.row.index + _NEAR + 1]
    others = (other for row in near for other in row.cells if other is not cell and _share_a_column(cell, other))
    return not any(other.top < lower.bottom and other.bottom > upper.top for other in others)


def _is_apart(sheet: Sheet, upper: Cell, lower: Cell) -> bool:
    """Whether the lines over and under two lines are further away than these are from each other."""
    gap = max(lower.top - upper.bottom, 0.0) + weights.WIDER_GAP_AROUND * upper.height
    left, right = min(upper.left, lower.left), max(upper.right, lower.right)
    return not sheet.above(left, right, upper.row, gap) and not sheet.below(left, right, lower.row, gap)
