"""Labels that need their surroundings: « N° » under « COMMANDE », and « Facture n° / Date » over « F12 / 12.03.2026 ».

A bare « N° », « Date » or « Code » takes the meaning of its section's heading. Labels joined by a slash share a value
whose parts are joined by slashes too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise

from chorus_connector.domain.reading.paper.lines import Cell, Sheet
from chorus_connector.domain.reading.words.labels import Hit, Lexicon, section_phrases

_BARE_NUMBER = re.compile(r"n|n°|no|nr|num|numero|reference|references|ref|code|identifiant")
_BARE_DATE = re.compile(r"date|dt|du|le|en date du|emise le|emis le")
_STROKED_DATE = re.compile(r"(?<![\d])\d{1,2}[/.-]\d{1,2}[/.-](?:20)?\d\d(?!\d)")
_STROKE = re.compile(r"[\s°.:]*(?:/|(?<=[\s°.])(?:et|&) (?:la |de )?)[\s.]*", re.IGNORECASE)
_HIGHEST = 7  # lines between a bare label and the heading of its section
_TITLE = 1.2  # times the height of the text below it
_WEAKNESS = 0.3


@cache
def _headings() -> Lexicon:
    return Lexicon(section_phrases())


def in_context(sheet: Sheet, hits: Mapping[Cell, list[Hit]]) -> dict[Cell, list[Hit]]:
    """The labels of a page, the bare ones with the meaning that their section's heading gives them."""
    return {cell: [_meaning(sheet, hits, hit) for hit in found] for cell, found in hits.items()}


def _meaning(sheet: Sheet, hits: Mapping[Cell, list[Hit]], hit: Hit) -> Hit:
    text = hit.cell.folded[hit.start : hit.end].strip(" .:")
    number, day = _BARE_NUMBER.fullmatch(text), _BARE_DATE.fullmatch(text)
    if hit.start > 1 or not (number or day) or _heads_a_column(sheet, hits, hit):
        return hit
    kind = _section_of(sheet, hits, hit)
    if kind is None:
        return hit
    day_kind = "invoice_date" if kind == "invoice_number" else "other_date"
    return Hit(hit.cell, hit.start, hit.end, {kind if number else day_kind: _WEAKNESS})


def _heads_a_column(sheet: Sheet, hits: Mapping[Cell, list[Hit]], hit: Hit) -> bool:
    """Whether a bare label has another label and no value on its right: « Réf | Désignation | Qté »."""
    right = sheet.right_of(hit.cell)
    empty = not hit.cell.text[hit.end :].strip(" :.°")
    return empty and right is not None and any(other.start == 0 for other in hits.get(right, ()))


def _has_a_value(sheet: Sheet, hits: Mapping[Cell, list[Hit]], cell: Cell) -> bool:
    """Whether a cell is a label with its value beside it, so that it is not a heading."""
    right = sheet.right_of(cell)
    return right is not None and right not in hits and any(char.isdigit() for char in right.text)


def _section_of(sheet: Sheet, hits: Mapping[Cell, list[Hit]], hit: Hit) -> str | None:
    """The number that the heading over a label's column is about.

    The search goes up to the first line that is neither a heading nor « label : value ».
    """
    cell = hit.cell
    for _ in range(_HIGHEST):
        above = sheet.above(cell.left, min(cell.right, cell.left + 60), cell.row, 1.8 * sheet.text_height)
        if not above and cell is hit.cell:
            above = _title_above(sheet, cell)
        if not above or abs(above[0].left - hit.cell.left) > sheet.text_height:
            return None
        cell = above[0]
        section = None if _has_a_value(sheet, hits, cell) else _heading(cell)
        if section:
            return section
        if cell not in hits:
            return None
    return None


def _title_above(sheet: Sheet, cell: Cell) -> list[Cell]:
    """The title over a column, in larger letters and further up than a heading: « FACTURE »."""
    above = sheet.above(cell.left, cell.right, cell.row, 5 * sheet.text_height)
    return [title for title in above[:1] if title.height > _TITLE * cell.height]


def _heading(cell: Cell) -> str | None:
    """The kind of number that a section is about, if the cell is its heading and contains nothing else."""
    found = list(_headings().find(cell.folded))
    if len(found) == 1 and found[0][0] <= 1 and not cell.text[found[0][1] :].strip(" :.°"):
        return next(iter(found[0][2]))
    return None


def joined_labels(hits: Sequence[Hit], hit: Hit) -> tuple[int, int] | None:
    """The index of a label among labels of different kinds joined by slashes, and their number."""
    cell = hit.cell
    run = [hits[0]] if hits else []
    for before, after in pairwise(hits):
        if _STROKE.fullmatch(cell.text, before.end, after.start):
            run.append(after)
        elif hit in run:
            break
        else:
            run = [after]
    if hit not in run or len(run) < 2 or _share_a_kind(run):
        return None
    return run.index(hit), len(run)


def _share_a_kind(run: Iterable[Hit]) -> bool:
    """Whether the labels mean the same: « Facture n° / Invoice no. »."""
    kinds = [set(hit.kinds) - {"other_number", "other_date"} for hit in run]
    return any(first & second for index, first in enumerate(kinds) for second in kinds[index + 1 :])


def joined_part(text: str, start: int, end: int, index: int, count: int) -> tuple[int, int] | None:
    """The position of one part of « F12 / 12.03.2026 », if it has as many parts as there are labels."""
    cuts = _strokes(text[start:end], count - 1)
    if len(cuts) != count - 1:
        return None
    starts = [start, *(start + cut[1] for cut in cuts)]
    ends = [*(start + cut[0] for cut in cuts), end]
    return starts[index], ends[index]


def _strokes(text: str, wanted: int) -> list[tuple[int, int]]:
    """The slashes between values. OCR loses the spaces around them: then slashes outside or beside a date count.

    Without spaces and without a date, a slash may be a part of one code (« CDE25/1435 »).
    """
    spaced = [match.span() for match in re.finditer(r"\s+/\s+|\s+(?:du|en date du|le)\s+", text)]
    if len(spaced) == wanted or spaced:
        return spaced
    dates = [match.span() for match in _STROKED_DATE.finditer(text)]
    strokes = [match.span() for match in re.finditer(r"\s?/\s?", text)]
    outside = [(a, b) for a, b in strokes if not any(first < b and a < last for first, last in dates)]
    if dates and len(outside) == wanted:
        return outside
    return [(a, b) for a, b in outside if any(b == first or a == last for first, last in dates)]
