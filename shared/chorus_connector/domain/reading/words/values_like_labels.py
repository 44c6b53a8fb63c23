"""Values that read like labels: « CDE 26/118 » under « V/COMMANDE », « FIN » beside « Code service : »."""

import re
from collections.abc import Iterator, Mapping

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.kinds import REFERENCES
from chorus_connector.domain.reading.paper.lines import Cell, Sheet, misalignment
from chorus_connector.domain.reading.words.labels import Hit, is_a_word_as_code

_ABBREVIATED = re.compile(r"[ :=>-]*[A-Z]{1,5}[ -]{0,2}\d[\w/.-]*(?: \d{2,6}){0,3}")
_REFERENCES = frozenset(REFERENCES)


def without_values(sheet: Sheet, hits: Mapping[Cell, list[Hit]]) -> dict[Cell, list[Hit]]:
    """The labels of a page, without those in cells that are the value of a label near them."""
    return {cell: found for cell, found in hits.items() if not _is_a_value(sheet, hits, cell, found[0])}


def _is_a_value(sheet: Sheet, hits: Mapping[Cell, list[Hit]], cell: Cell, hit: Hit) -> bool:
    if _ABBREVIATED.fullmatch(cell.text):
        return any(_REFERENCES.intersection(hit.kinds, other.kinds) for other in _captions(sheet, hits, cell))
    if hit.text == cell.text.lstrip(" :=") and is_a_word_as_code(hit):
        captions = [other for other in _captions(sheet, hits, cell) if "service_code" in other.kinds]
        return any(_is_said_otherwise(sheet, other, cell) for other in captions)
    return False


def _captions(sheet: Sheet, hits: Mapping[Cell, list[Hit]], cell: Cell) -> Iterator[Hit]:
    """The labels without a value that a cell is right of, right under or right over."""
    left, reach = sheet.left_of(cell), weights.REACH_OF_A_VALUE_LIKE_A_LABEL * sheet.text_height
    above = sheet.above(cell.left, cell.right, cell.row, reach)[:1]
    below = sheet.below(cell.left, cell.right, cell.row, reach)[:1]
    for other in (left, *above, *below):
        for hit in hits.get(other, ())[-1:] if other is not None else ():
            aligned = (
                other is left or misalignment(hit.cell, cell.left, cell.right) < weights.ALIGNED_VALUE_LIKE_A_LABEL
            )
            if aligned and not hit.cell.text[hit.end :].strip(" :.°"):
                yield hit


def _is_said_otherwise(sheet: Sheet, caption: Hit, cell: Cell) -> bool:
    """Whether a caption is written otherwise than the word in capitals, which announces no number of its own."""
    in_a_table = caption.cell.row is not cell.row and len(caption.cell.row.cells) > 1
    if caption.text.isupper() and ":" not in caption.cell.text[caption.end :]:
        return in_a_table and caption.kinds["service_code"] == weights.STRENGTHS["strong"]
    right = sheet.right_of(cell)
    return in_a_table or right is None or not right.text[:1].isdigit()
