"""Columns that alternate captions and values: decides whether captions are above or below their values.

One caption alone is ambiguous; a column of them is not. Two signs count: the value that is nearer, and the value of the
right kind on one side only (a date for the caption of a date). Where the two disagree there is no answer.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.paper.lines import Cell, Row, Sheet, misalignment
from chorus_connector.domain.reading.words.labels import Hit

Side = Literal["over", "under", "unsure"]
Fits = Callable[[Hit, Cell], bool]


@dataclass(frozen=True, slots=True)
class _Caption:
    hit: Hit
    over: Cell | None
    under: Cell | None


def sides(sheet: Sheet, captions: Mapping[Cell, Hit], fits: Fits) -> dict[Cell, Side]:
    """The side of the captions in each column, seen from their values; single captions are left out."""
    known = {cell: _caption(sheet, captions, cell) for cell in captions}
    found: dict[Cell, Side] = {}
    for stack in _stacks(known):
        side = _side([known[cell] for cell in stack], fits)
        if side is not None:
            found.update(dict.fromkeys(stack, side))
    return {**dict(_beside(known, found)), **found}


def _beside(known: Mapping[Cell, "_Caption"], found: Mapping[Cell, Side]) -> Iterator[tuple[Cell, Side]]:
    """The captions beside those of the columns: a row of captions is over or under one row of values."""
    for cell, caption in known.items():
        alike = {
            found[other] if _value_row(known[other], found[other]) is _value_row(caption, found[other]) else "unsure"
            for other in cell.row.cells
            if found.get(other, "unsure") != "unsure" and _value_row(caption, found[other]) is not None
        }
        if len(alike) == 1 and cell not in found:
            yield cell, alike.pop()


def _value_row(caption: "_Caption", side: Side) -> Row | None:
    value = caption.over if side == "under" else caption.under
    return value.row if value is not None else None


def _caption(sheet: Sheet, captions: Mapping[Cell, Hit], cell: Cell) -> _Caption:
    reach = weights.REACH_IN_A_STACK * sheet.text_height
    over = sheet.above(cell.left, cell.right, cell.row, reach)[:1]
    under = sheet.below(cell.left, cell.right, cell.row, reach)[:1]
    return _Caption(captions[cell], _value(captions, cell, over), _value(captions, cell, under))


def _value(captions: Mapping[Cell, Hit], cell: Cell, near: Iterable[Cell]) -> Cell | None:
    for other in near:
        if other not in captions and misalignment(other, cell.left, cell.right) <= weights.ALIGNED_STACK:
            return other
    return None


def _stacks(captions: Mapping[Cell, _Caption]) -> list[list[Cell]]:
    """Captions with values between them, from top to bottom."""
    by_value = {caption.over: cell for cell, caption in captions.items() if caption.over is not None}
    following = {cell: by_value[caption.under] for cell, caption in captions.items() if caption.under in by_value}
    heads = set(following) - set(following.values())
    stacks = []
    for head in heads:
        stack = [head]
        while stack[-1] in following:
            stack.append(following[stack[-1]])
        stacks.append(stack)
    return stacks


def _side(stack: list[_Caption], fits: Fits) -> Side | None:
    nearer = sum(_nearer(above, below) for above, below in pairwise(stack))
    between = [caption for caption in stack if caption.over and caption.under]  # the last value may be left empty
    typed = sum(_fits(caption.hit, caption.over, fits) - _fits(caption.hit, caption.under, fits) for caption in between)
    if nearer * typed < 0:
        return "unsure"
    verdict = nearer + typed
    return None if verdict == 0 else "under" if verdict > 0 else "over"


def _fits(hit: Hit, cell: Cell | None, fits: Fits) -> int:
    return 1 if cell is not None and fits(hit, cell) else 0


def _nearer(above: _Caption, below: _Caption) -> int:
    """1 if the value between two captions is nearer to the lower one, -1 if to the upper one."""
    value = above.under
    if value is None:
        return 0
    to_upper = max(0.0, value.top - above.hit.cell.bottom)
    to_lower = max(0.0, below.hit.cell.top - value.bottom)
    if to_lower < weights.NEARER_IN_A_STACK * to_upper:
        return 1
    return -1 if to_upper < weights.NEARER_IN_A_STACK * to_lower else 0
