"""The head of a table in two lines: « N° de | Date | SIRET du » over « facture | d'émission | client ».

Neither line is a caption by itself: « facture » announces a number, and « d'émission » nothing. Two rows without digits
are one head if each cell of the lower row continues the cell above it, and one of them is a label only with its two
lines.
"""

import re

from chorus_connector.domain.reading.paper.lines import Cell, Row, Sheet
from chorus_connector.domain.reading.paper.wrapped_cells import next_line, with_cells_joined
from chorus_connector.domain.reading.words.labels import announcing

_MOST_WORDS = 4  # of a line of a caption
_UNFINISHED = re.compile(r" (?:de|du|des|d'|de la|a|au|et)$")  # « Marché à bons de » over « commande »


def with_wrapped_captions_joined(sheet: Sheet) -> Sheet:
    """The page with the heads of tables in one row."""
    joined = _heads(sheet)
    again = with_cells_joined(sheet, joined) if joined else sheet
    more = _heads(again) if joined else {}
    return with_cells_joined(again, more) if more else again


def _heads(sheet: Sheet) -> dict[Row, list[tuple[Cell, ...]]]:
    """The cells of each head in two lines, under its lower row; one in three lines is joined in two steps."""
    joined: dict[Row, list[tuple[Cell, ...]]] = {}
    for row in sheet.rows:
        pairs = _continued(sheet, row) if row not in joined else []
        if pairs and any(_is_a_label_together(upper, lower) for upper, lower in pairs):
            paired = {upper for upper, _ in pairs}
            alone = [(cell,) for cell in row.cells if cell not in paired]
            joined[pairs[0][1].row] = [*pairs, *alone]
    return joined


def _continued(sheet: Sheet, row: Row) -> list[tuple[Cell, Cell]]:
    """The cells of a row with those of the next one that continue them, if the next row continues nothing else."""
    if len(row.cells) < 2 or row.index + 1 == len(sheet.rows) or not _is_short(row):
        return []
    below = sheet.rows[row.index + 1]
    if not _is_short(below):
        return []
    pairs = [(cell, under) for cell in row.cells if (under := next_line(sheet, cell)) is not None]
    each_once = len({under for _, under in pairs}) == len(pairs)
    return pairs if each_once and len(pairs) in (len(row.cells), len(below.cells)) else []


def _is_short(row: Row) -> bool:
    return all(
        len(cell.tokens) <= _MOST_WORDS and not any(char.isdigit() or char == ":" for char in cell.text)
        for cell in row.cells
    )


def _is_a_label_together(upper: Cell, lower: Cell) -> bool:
    """Whether two lines are one label, and the first one alone is not the same or ends in the middle of a phrase."""
    whole = f"{upper.folded} {lower.folded}"
    together = next(iter(announcing().find(whole)), None)
    if together is None or together[0] > 0 or whole[together[1] :].strip(" ."):
        return False
    alone = next(iter(announcing().find(upper.folded)), None)
    return alone is None or dict(alone[2]) != dict(together[2]) or _UNFINISHED.search(upper.folded) is not None
