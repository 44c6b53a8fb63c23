"""Groups of cells that are aligned one under another: an address, a column of details, a footer."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.paper.lines import Cell, Sheet


class Block:
    """Cells of one block, from top to bottom."""

    def __init__(self, cells: Sequence[Cell]) -> None:
        self.cells = tuple(sorted(cells, key=lambda cell: (cell.row.index, cell.left)))
        self.folded = "\n".join(cell.folded for cell in self.cells)

    @property
    def left(self) -> float:
        return min(cell.left for cell in self.cells)

    @property
    def right(self) -> float:
        return max(cell.right for cell in self.cells)

    @property
    def top(self) -> float:
        return self.cells[0].top

    @property
    def bottom(self) -> float:
        return max(cell.bottom for cell in self.cells)


def blocks_of(sheet: Sheet) -> dict[Cell, Block]:
    """The block of each cell of a page."""
    leader: dict[Cell, Cell] = {cell: cell for cell in sheet.cells}

    def root(cell: Cell) -> Cell:
        while leader[cell] is not cell:
            leader[cell] = leader[leader[cell]]
            cell = leader[cell]
        return cell

    for cell in sheet.cells:
        under = _under(sheet, cell)
        if under is not None:
            leader[root(under)] = root(cell)
    for lines in _evenly_spaced(sheet):
        for above, below in pairwise(lines):
            leader[root(below)] = root(above)
    members: dict[Cell, list[Cell]] = {}
    for cell in sheet.cells:
        members.setdefault(root(cell), []).append(cell)
    found: dict[Cell, Block] = {}
    for cells in members.values():
        block = Block(cells)
        found.update(dict.fromkeys(cells, block))
    return found


def _evenly_spaced(sheet: Sheet) -> Iterator[tuple[Cell, ...]]:
    """Lines one under another at one left edge, far apart but evenly: an address with wide line spacing."""
    following = {cell: below for cell in sheet.cells if (below := next_at_its_edge(sheet, cell)) is not None}
    for first, second in following.items():
        third = following.get(second)
        if third is not None:
            apart = weights.UNEVEN_LINES * sheet.text_height
            tops = abs((second.top - first.top) - (third.top - second.top))
            bottoms = abs((second.bottom - first.bottom) - (third.bottom - second.bottom))
            if min(tops, bottoms) < apart:
                yield first, second, third


def next_at_its_edge(sheet: Sheet, cell: Cell) -> Cell | None:
    """The line under a cell that starts at its left edge, however wide the line spacing."""
    below = sheet.below(cell.left, cell.right, cell.row, weights.GAP_BETWEEN_EVEN_LINES * sheet.text_height)[:1]
    return below[0] if below and abs(below[0].left - cell.left) < weights.ALIGNED_EVEN_LINES else None


def _under(sheet: Sheet, cell: Cell) -> Cell | None:
    """The cell right under this one that lines up with it on the left, the right or the middle."""
    for other in sheet.below(cell.left, cell.right, cell.row, 3 * sheet.text_height):
        gap = other.top - cell.bottom
        if gap > weights.GAP_IN_A_BLOCK * min(cell.height, other.height):
            continue
        aligned = min(abs(cell.left - other.left), abs(cell.right - other.right), abs(cell.centre - other.centre))
        if aligned < weights.ALIGNED_BLOCK:
            return other
    return None
