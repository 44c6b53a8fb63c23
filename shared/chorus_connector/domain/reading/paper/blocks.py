"""Groups of cells that are aligned one under another: an address, a column of details, a footer."""

from collections.abc import Sequence

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
    members: dict[Cell, list[Cell]] = {}
    for cell in sheet.cells:
        members.setdefault(root(cell), []).append(cell)
    found: dict[Cell, Block] = {}
    for cells in members.values():
        block = Block(cells)
        found.update(dict.fromkeys(cells, block))
    return found


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
