"""Turns words into what a reader sees: rows, and in each row cells (text without a wide gap).

Works on positions alone: the order of words in a content stream has no meaning. Skewed scans are straightened
first. Everything else in this package looks at cells, rows and their neighbours, never at words.
"""

import math
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.paper.page import Box, Page, Source, Word

_LEADER = re.compile(r"[._…·|=*•~>-]{3,}|[…*]|\.{2,}|_{2,}|={2,}")
_DRAWN = re.compile(r"[!|¦│║]+|\+(?:[-=]*\+)*|[+|!][-=+|!]{2,}|[\u2500-\u257f]+")  # a box of characters
_TRAILING_LEADER = re.compile(r"(?:[.…·]{4,}|_{3,})")
_ENOUGH_POINTS = 150  # enough to measure a page's tilt; more take time without changing the result
_TOWN_LAST = re.compile(r"\b\d{5} [A-ZÀ-Ý][A-ZÀ-Ý' -]+(?: \d{1,2})?$")  # the end of an address, not of a line
_LONGEST_SPACED, _A_SPACED_WORD = 2, 4  # characters of a piece of a letter-spaced text; pieces with letters in one
_ROWS_OF_A_COLUMN = 8  # lines above and below a line that show where a column begins
_LINES_OF_A_COLUMN = 2  # of these at least
_LONG_WORD = 5  # characters from which on a word's width shows that of its characters
_ENOUGH_WORDS = 12
_FEW = 10  # one word of so many may be in letters of another size
_SENTENCE = 9  # words of a line that can be part of a paragraph; names and addresses are shorter


def fold(text: str) -> str:
    """Lower case without accents, character for character: the result has the length of the text."""
    return text.lower() if text.isascii() else text.translate(_FOLDED)


class _Folded(dict[int, str]):
    """The folded form of each character, computed once."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold_character(chr(code))
        return folded


_FOLDED = _Folded()


def _fold_character(char: str) -> str:
    if char < "\x80":
        return char.lower()
    if char in "°º":
        return "°"
    if char in "’‘`´":
        return "'"
    base = unicodedata.normalize("NFKD", char)[:1].lower()
    return base if base.strip() else " "


@dataclass(frozen=True, slots=True)
class PlacedWord:
    """A word with its place in points (skew taken out) and its original box."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    box: Box
    confidence: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def pitch(self) -> float:
        """The width of its characters in points."""
        return (self.right - self.left) / len(self.text)

    @property
    def is_mark(self) -> bool:
        """Whether it has no letter and no digit: the box of a dash says little about its row."""
        return not any(map(str.isalnum, self.text))

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(eq=False)
class Cell:
    """Tokens that read as one piece of text. ``text`` joins them with one space."""

    page: int
    tokens: tuple[PlacedWord, ...]
    row: "Row" = field(init=False, repr=False)
    position: int = field(init=False, default=0)

    @cached_property
    def text(self) -> str:
        return " ".join(token.text for token in self.tokens)

    @cached_property
    def folded(self) -> str:
        return fold(self.text)

    @cached_property
    def _starts(self) -> list[int]:
        starts, at = [], 0
        for token in self.tokens:
            starts.append(at)
            at += len(token.text) + 1
        return starts

    @cached_property
    def left(self) -> float:
        return min(token.left for token in self.tokens)

    @cached_property
    def right(self) -> float:
        return max(token.right for token in self.tokens)

    @cached_property
    def top(self) -> float:
        return min(token.top for token in self.tokens)

    @cached_property
    def bottom(self) -> float:
        return max(token.bottom for token in self.tokens)

    @cached_property
    def height(self) -> float:
        """The height of its letters, also where it has several lines."""
        return max(token.height for token in self.tokens)

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def centre(self) -> float:
        return (self.left + self.right) / 2

    @cached_property
    def confidence(self) -> float:
        return min(token.confidence for token in self.tokens)

    def begins_a_line(self, offset: int) -> bool:
        """Whether the token at an offset is the first of a lower line of a text that runs over several."""
        at = self._token_at(offset)
        return at > 0 and self.tokens[at].middle > self.tokens[at - 1].bottom

    @property
    def spans(self) -> list[tuple[int, int]]:
        """Where each token starts and ends in the text."""
        return [(start, start + len(token.text)) for start, token in zip(self._starts, self.tokens, strict=True)]

    def extent(self, start: int, end: int) -> tuple[float, float]:
        """Left and right edge, in points, of the characters from ``start`` to ``end``."""
        first, last = self._token_at(start), self._token_at(max(start, end - 1))
        return self._edge(first, start), self._edge(last, end)

    def box(self, start: int = 0, end: int | None = None) -> Box:
        """The original box around the tokens that hold these characters."""
        end = len(self.text) if end is None else end
        tokens = self.tokens[self._token_at(start) : self._token_at(max(start, end - 1)) + 1]
        return union(token.box for token in tokens)

    def confidence_of(self, start: int, end: int) -> float:
        """The lowest confidence, as the text source gives it, of the tokens that hold these characters."""
        tokens = self.tokens[self._token_at(start) : self._token_at(max(start, end - 1)) + 1]
        return min(token.confidence for token in tokens)

    @cached_property
    def wide_gaps(self) -> tuple[int, ...]:
        """Offsets of the spaces that are wider than a space between two words of a number."""
        found = []
        for before, after, start in zip(self.tokens, self.tokens[1:], self._starts[1:], strict=False):
            low, narrow = min(before.height, after.height), min(before.pitch, after.pitch)
            if after.left - before.right > max(weights.GAP_IN_A_NUMBER * low, weights.CHARACTERS_IN_A_NUMBER * narrow):
                found.append(start - 1)
        return tuple(found)

    def _token_at(self, offset: int) -> int:
        return max(0, min(len(self.tokens), bisect_right(self._starts, offset)) - 1)

    def _edge(self, index: int, offset: int) -> float:
        token = self.tokens[index]
        share = (offset - self._starts[index]) / max(1, len(token.text))
        return token.left + (token.right - token.left) * min(1.0, max(0.0, share))


@dataclass(eq=False)
class Row:
    """The cells of one line of a page, from left to right."""

    page: int
    index: int
    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, page: int, index: int, parts: Iterable[Sequence[PlacedWord]]) -> "Row":
        """A row with a cell for each part, from left to right."""
        cells = tuple(Cell(page, tuple(part)) for part in parts)
        row = cls(page, index, cells)
        for position, cell in enumerate(cells):
            cell.row, cell.position = row, position
        return row

    @cached_property
    def text(self) -> str:
        return "   ".join(cell.text for cell in self.cells)

    @property
    def top(self) -> float:
        return min(cell.top for cell in self.cells)

    @property
    def bottom(self) -> float:
        return max(cell.bottom for cell in self.cells)


@dataclass(eq=False)
class Sheet:
    """One page as rows of cells, with the questions the rules ask about neighbours."""

    number: int
    width: float
    height: float
    source: Source
    rows: tuple[Row, ...]

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(cell for row in self.rows for cell in row.cells)

    @cached_property
    def text_height(self) -> float:
        """The usual height of its text, in points."""
        heights = sorted(cell.height for cell in self.cells)
        return heights[len(heights) // 2] if heights else weights.HEIGHT_OF_NO_TEXT

    @cached_property
    def right_margin(self) -> float:
        """Where its longest line ends, in points."""
        return max((cell.right for cell in self.cells), default=self.width)

    def right_of(self, cell: Cell) -> Cell | None:
        """The next cell of the row, or a nearer value that is half a line higher or lower."""
        after = next(iter(cell.row.cells[cell.position + 1 : cell.position + 2]), None)
        halfway = self._halfway_beside(cell)
        return halfway if halfway is not None and (after is None or halfway.left < after.left) else after

    def _halfway_beside(self, cell: Cell) -> Cell | None:
        """A value half a line higher or lower than its caption, where one of the two has two lines.

        « Facture n° » over « Invoice number » with their number beside them; « Commande » beside « M-26-555/ » over «
        BC-14 ». Nothing is left of such a value.
        """
        for step in (-1, 1):
            value = self._first_of_row(cell, step)
            if value is None or value.left < cell.right:
                continue
            opposite, beyond = self._first_of_row(cell, -step), self._first_of_row(value, step)
            both = (
                opposite is not None and opposite.left > cell.right and _overlap(opposite, cell) > weights.BARELY_BESIDE
            )
            between = (
                beyond is not None
                and abs(beyond.left - cell.left) < weights.ALIGNED_CAPTION
                and _overlap(beyond, value) > weights.BARELY_BESIDE
            )
            if _overlap(value, cell) > (weights.BARELY_BESIDE if both or between else weights.HALFWAY_BESIDE):
                return value
        return None

    def _first_of_row(self, cell: Cell, step: int) -> Cell | None:
        index = cell.row.index + step
        return self.rows[index].cells[0] if 0 <= index < len(self.rows) else None

    def left_of(self, cell: Cell) -> Cell | None:
        return cell.row.cells[cell.position - 1] if cell.position else None

    def below(self, left: float, right: float, row: Row, reach: float) -> list[Cell]:
        """The nearest cells under part of a row, within ``reach`` points, the best aligned first."""
        return self._beyond(left, right, row, reach, 1)

    def above(self, left: float, right: float, row: Row, reach: float) -> list[Cell]:
        """The nearest cells above part of a row, within ``reach`` points, the best aligned first."""
        return self._beyond(left, right, row, reach, -1)

    def _beyond(self, left: float, right: float, row: Row, reach: float, step: int) -> list[Cell]:
        index = row.index + step
        while 0 <= index < len(self.rows):
            other = self.rows[index]
            distance = other.top - row.bottom if step > 0 else row.top - other.bottom
            if distance > reach:
                break
            found = [cell for cell in other.cells if cell.left < right and cell.right > left]
            if found:
                return sorted(found, key=lambda cell: misalignment(cell, left, right))
            index += step
        return []


def _overlap(one: Cell, other: Cell) -> float:
    """How much of the lower one's height two cells share."""
    return (min(one.bottom, other.bottom) - max(one.top, other.top)) / max(1.0, min(one.height, other.height))


def misalignment(cell: Cell, left: float, right: float) -> float:
    """Distance in points between a cell and part of a row: the smallest of left, right and middle edge."""
    centre = (left + right) / 2
    return min(abs(cell.left - left), abs(cell.right - right), abs(cell.centre - centre))


def union(boxes: Iterable[Box]) -> Box:
    """The smallest box around all the boxes."""
    listed = list(boxes)
    left, top = min(box.left for box in listed), min(box.top for box in listed)
    right, bottom = max(box.right for box in listed), max(box.bottom for box in listed)
    return Box(left, top, right - left, bottom - top)


def lay_out(page: Page) -> Sheet:
    """The page's words as rows of cells; the lines of a paragraph are one cell.

    A page that lies on its side is turned upright: the direction with the most rows is the page's. What runs in another
    direction, such as a note in the margin, is laid out by itself, far under the page, as a footer would be.
    """
    upright, *others = _by_direction(page)
    lines = _lines(_straightened(upright), upright.width, exact=page.source == "text")
    depth = upright.height
    for other in others:
        lines += _lines(_straightened(other, depth + weights.MARGIN_NOTE), other.width)
        depth += weights.MARGIN_NOTE + other.height
    rows = tuple(Row.of(page.number, index, parts) for index, parts in enumerate(lines))
    return Sheet(page.number, upright.width, upright.height, page.source, rows)


@dataclass(frozen=True, slots=True)
class _Direction:
    """The words of a page that run in one direction, and the page's size in points seen in that direction."""

    turn: int
    width: float
    height: float
    source: Source
    words: tuple[Word, ...]
    tilt: float = 0.0

    def upright(self, box: Box) -> Box:
        """The box on the page turned so that these words are upright."""
        if self.turn == 1:
            return Box(box.top, 1 - box.right, box.height, box.width)
        if self.turn == 2:
            return Box(1 - box.right, 1 - box.bottom, box.width, box.height)
        return Box(1 - box.bottom, box.left, box.height, box.width) if self.turn == 3 else box

    @property
    def rows(self) -> int:
        """About how many rows of text there are."""
        boxes = [self.upright(word.box) for word in self.words]
        return len({round((box.top + box.height / 2) * self.height / weights.ONE_ROW_OF_A_SCAN) for box in boxes})


def _by_direction(page: Page) -> list[_Direction]:
    """The page's words by the direction in which they run, that of the page first. There is always one."""
    turns = sorted({word.turn for word in page.words}) or [0]
    if turns == [0]:
        return [_Direction(0, page.width, page.height, page.source, page.words, page.tilt)]
    found = [
        _Direction(
            turn,
            *((page.height, page.width) if turn % 2 else (page.width, page.height)),
            page.source,
            tuple(word for word in page.words if word.turn == turn),
            page.tilt,
        )
        for turn in turns
    ]
    return sorted(found, key=lambda direction: -direction.rows)


_Line = list[list[PlacedWord]]


def _lines(tokens: Sequence[PlacedWord], width: float, *, exact: bool = False) -> list[_Line]:
    pitch = _pitch(tokens) if exact else 0.0
    lines = [_cells(group, pitch) for group in _rows(tokens)]
    return _paragraphs(_with_close_columns_apart(lines) if exact else lines, width)


def _with_close_columns_apart(lines: Sequence[_Line]) -> list[_Line]:
    """The lines, with texts apart that fill their columns, so that hardly more than a space is between them.

    A text layer has one width of spaces in a line. A wider one where other lines begin a column separates two cells.
    """
    space = _usual_space(lines)
    jumps = [[_jumps(part, space) for part in line] for line in lines]
    starts = [[part[0].left for part in line[1:]] for line in lines]
    lefts = [
        [*begun, *(part[at].left for part, found in zip(line, ats, strict=True) for at in found)]
        for line, begun, ats in zip(lines, starts, jumps, strict=True)
    ]
    result: list[_Line] = []
    for index, (line, ats) in enumerate(zip(lines, jumps, strict=True)):
        near = range(max(0, index - _ROWS_OF_A_COLUMN), min(len(lines), index + _ROWS_OF_A_COLUMN + 1))
        parts: _Line = []
        for part, found in zip(line, ats, strict=True):
            cuts = [at for at in found if _begins_a_column(part[at].left, index, near, starts, lefts)]
            parts += [part[start:end] for start, end in pairwise((0, *cuts, len(part)))]
        result.append(parts)
    return result


def _usual_space(lines: Sequence[_Line]) -> float:
    """The usual space between two words of a page, in heights of its letters."""
    spaces = sorted(
        (after.left - before.right) / before.height
        for line in lines
        for part in line
        for before, after in pairwise(part)
        if before.height > 0
    )
    return spaces[len(spaces) // 2] if spaces else 0.0


def _jumps(part: Sequence[PlacedWord], space: float) -> list[int]:
    """The words of a cell before which the space is wider than its others, or than the page's if it is the only one."""
    gaps = [after.left - before.right for before, after in pairwise(part)]
    usual = sorted(gaps)[(len(gaps) - 1) // 2] if len(gaps) > 1 else space * part[0].height
    least = max(weights.WIDER_SPACE * usual, usual + weights.MORE_THAN_A_SPACE)
    return [at for at, gap in enumerate(gaps, 1) if gap > least]


def _begins_a_column(
    left: float, index: int, near: Iterable[int], starts: Sequence[Sequence[float]], lefts: Sequence[Sequence[float]]
) -> bool:
    """Whether other lines have a cell that begins there, one of them surely."""
    others = [other for other in near if other != index]
    sure = any(abs(start - left) < weights.SAME_COLUMN for other in others for start in starts[other])
    agreeing = sum(any(abs(each - left) < weights.SAME_COLUMN for each in lefts[other]) for other in others)
    return sure and agreeing >= _LINES_OF_A_COLUMN


def _paragraphs(lines: Sequence[_Line], width: float) -> list[_Line]:
    """The lines, with wrapped ones joined: wide lines that were broken where the next word did not fit."""
    result: list[_Line] = []
    for run in _runs(lines):
        margin = max(line[-1][-1].right for line in run)
        start = len(result)
        for line in run:
            previous = result[-1] if len(result) > start else None
            if (
                previous is not None
                and margin - run[0][0][0].left > weights.WIDTH_OF_A_PARAGRAPH * width
                and _runs_on(previous[-1], line[0][0], margin)
            ):
                previous[-1].extend(line[0])
            else:
                result.append([list(cell) for cell in line])
    return result


def _runs(lines: Sequence[_Line]) -> list[list[_Line]]:
    """One-cell lines close under one another that share a left edge or a middle."""
    runs: list[list[_Line]] = []
    for line in lines:
        last = runs[-1][-1] if runs else None
        if last is not None and len(last) == len(line) == 1 and _same_paragraph(last[0], line[0]):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _same_paragraph(above: Sequence[PlacedWord], below: Sequence[PlacedWord]) -> bool:
    height = min(above[0].height, below[0].height)
    gap = min(token.top for token in below) - max(token.bottom for token in above)
    middle = (above[0].left + above[-1].right - below[0].left - below[-1].right) / 2
    aligned = abs(above[0].left - below[0].left) < height or abs(middle) < weights.SAME_MIDDLE * height
    return (
        aligned
        and weights.LINES_OVERLAP * height < gap < weights.LINES_APART * height
        and max(above[0].height, below[0].height) < weights.SAME_SIZE * height
    )


def _runs_on(above: Sequence[PlacedWord], first: PlacedWord, margin: float) -> bool:
    """Whether a line of a sentence ends where the first word of the next one (or two) would not have fitted."""
    last = above[-1]
    if _TOWN_LAST.search(" ".join(token.text for token in above[-6:])):
        return False
    short_by = margin - last.right - (first.right - first.left)
    return (
        len(above) >= _SENTENCE
        and short_by < weights.ROOM_FOR_A_WORD * last.height
        and not last.text.endswith((":", ";"))
    )


def _straightened(direction: _Direction, down: float = 0.0) -> list[PlacedWord]:
    """The words upright, without the page's tilt, and ``down`` points further down."""
    placed = [(clean, direction.upright(word.box)) for word in direction.words if (clean := _clean(word))]
    wide, high = direction.width, direction.height
    if direction.tilt:
        placed = [(word, _turned(box, wide, high, direction.tilt)) for word, box in placed]
    slope = _slope([box for _, box in placed], wide, high) if direction.source == "ocr" else 0.0
    tokens = []
    for word, box in placed:
        shift = slope * box.left * wide - down
        tokens.append(
            PlacedWord(
                word.text,
                box.left * wide,
                box.right * wide,
                box.top * high - shift,
                box.bottom * high - shift,
                word.box,
                word.confidence,
            )
        )
    return tokens


def _turned(box: Box, wide: float, high: float, tilt: float) -> Box:
    """The box of a tilted word on the page turned back about its middle: as wide and high as the word itself."""
    cos, sin = math.cos(tilt), math.sin(tilt)
    across, down = (box.left + box.width / 2 - 0.5) * wide, (box.top + box.height / 2 - 0.5) * high
    width, height = box.width * wide, box.height * high
    length = max((width * cos - height * abs(sin)) / (cos * cos - sin * sin), width / 2)
    size = max((height * cos - width * abs(sin)) / (cos * cos - sin * sin), 1.0)
    left = across * cos + down * sin - length / 2 + wide / 2
    top = down * cos - across * sin - size / 2 + high / 2
    return Box(left / wide, top / high, length / wide, size / high)


def _clean(word: Word) -> Word | None:
    text = _TRAILING_LEADER.sub("", word.text).replace("º", "°")  # « nº » : the ordinal is a letter, the degree is not
    if not text.strip() or _LEADER.fullmatch(text) or _DRAWN.fullmatch(text):
        return None
    return word if text == word.text else Word(text, word.box, word.confidence, word.turn)


def _slope(boxes: Sequence[Box], width: float, height: float) -> float:
    """The slope that makes the rows sharpest: the one that leaves the fewest distinct heights."""
    points = [(box.left * width, box.top * height + box.height * height / 2) for box in boxes]
    if len(points) < 12:
        return 0.0
    points = points[:: -(-len(points) // _ENOUGH_POINTS)]
    best, best_score = 0, _sharpness(points, 0)
    for tenth in sorted(range(-15, 16), key=abs)[1:]:
        score = _sharpness(points, tenth)
        if score > best_score * weights.SHARPER:
            best, best_score = tenth, score
    return math.tan(math.radians(best / 10))


def _sharpness(points: Sequence[tuple[float, float]], tenth: int) -> int:
    """How well the points fall into rows when the page is turned by tenths of a degree."""
    slope = math.tan(math.radians(tenth / 10))
    rows = Counter([int((y - slope * x) / weights.ONE_ROW_OF_A_SCAN) for x, y in points])
    return sum([count * count for count in rows.values()])


def _rows(tokens: Sequence[PlacedWord]) -> list[list[PlacedWord]]:
    groups: list[list[PlacedWord]] = []
    for token in sorted(tokens, key=lambda token: (token.middle, token.left)):
        home = next((group for group in reversed(groups[-6:]) if _same_row(group, token)), None)
        if home is None:
            groups.append([token])
        else:
            home.append(token)
    for group in groups:
        group.sort(key=lambda token: token.left)
    return sorted((_without_doubles(group) for group in groups), key=_middle)


def _middle(group: Sequence[PlacedWord]) -> float:
    return sum(token.middle for token in group) / len(group)


def _same_row(group: Sequence[PlacedWord], token: PlacedWord) -> bool:
    nearest = min(
        group, key=lambda other: (other.is_mark, max(other.left - token.right, token.left - other.right, 0.0))
    )
    small, large = sorted((nearest.height, token.height))
    overlap = min(nearest.bottom, token.bottom) - max(nearest.top, token.top)
    if large <= weights.TWO_SIZES * small:
        return (
            overlap > weights.ROW_OVERLAP * small and abs(nearest.middle - token.middle) < weights.ROW_MIDDLES * large
        )
    return overlap > weights.ROW_OVERLAP_OF_TWO_SIZES * small and (
        abs(nearest.bottom - token.bottom) < weights.ROW_BOTTOMS_OF_TWO_SIZES * small
        or abs(nearest.middle - token.middle) < weights.ROW_MIDDLES_OF_TWO_SIZES * small
    )


def _without_doubles(group: Sequence[PlacedWord]) -> list[PlacedWord]:
    """Removes duplicates: bold text is sometimes drawn by printing the same word twice in one place."""
    kept: list[PlacedWord] = []
    for token in group:
        last = kept[-1] if kept else None
        if last and last.text == token.text and abs(last.left - token.left) < weights.PRINTED_TWICE * token.height:
            continue
        kept.append(token)
    return kept


def _pitch(tokens: Sequence[PlacedWord]) -> float:
    """The width of a character in points, if nearly all of a page is in one monospaced font; else 0."""
    widths = sorted((token.right - token.left) / len(token.text) for token in tokens if len(token.text) >= _LONG_WORD)
    if len(widths) < _ENOUGH_WORDS:
        return 0.0
    others = len(widths) // _FEW  # a title in larger letters does not count
    middle = widths[len(widths) // 2]
    return middle if widths[-1 - others] - widths[others] < weights.ONE_WIDTH * middle else 0.0


def _cells(group: Sequence[PlacedWord], pitch: float) -> list[list[PlacedWord]]:
    cells: list[list[PlacedWord]] = []
    for token in _unspaced(group):
        last = cells[-1][-1] if cells else None
        if last and token.left - last.right <= max(
            weights.GAP_BETWEEN_CELLS * min(token.height, last.height), weights.ONE_SPACE * pitch
        ):
            cells[-1].append(token)
        else:
            cells.append([token])
    return cells


def _unspaced(group: Sequence[PlacedWord]) -> list[PlacedWord]:
    """Letter-spaced headings (``F A C T U R E  N ° 1 8 4 9``) become words again."""
    result: list[PlacedWord] = []
    run: list[PlacedWord] = []
    for token in group:
        if run and not (
            _is_spaced_letter(token) and token.left - run[-1].right < weights.GAP_OF_SPACED_LETTERS * token.height
        ):
            result.extend(_joined(run))
            run = []
        if _is_spaced_letter(token):
            run.append(token)
        else:
            result.append(token)
    result.extend(_joined(run))
    return result


def _is_spaced_letter(token: PlacedWord) -> bool:
    single = len(token.text) == 1 and (token.text.isdigit() or token.text in "°'’-/.")
    return single or (len(token.text) <= _LONGEST_SPACED and (token.text.isalpha() or token.text in ("N°", "n°")))


def _joined(run: Sequence[PlacedWord]) -> list[PlacedWord]:
    singles = sum(len(token.text) == 1 for token in run)
    letters = sum(token.text.isalpha() for token in run)
    if letters < _A_SPACED_WORD or singles < weights.SINGLE_LETTERS * len(run):
        return list(run)
    gaps = sorted(after.left - before.right for before, after in pairwise(run))
    wide = max(weights.GAP_OF_SPACED_WORDS * gaps[len(gaps) // 2], weights.LEAST_GAP_OF_SPACED_WORDS * run[0].height)
    words: list[list[PlacedWord]] = [[run[0]]]
    for before, after in pairwise(run):
        if after.left - before.right > wide:
            words.append([after])
        else:
            words[-1].append(after)
    return [_merged(word) for word in words]


def _merged(tokens: Sequence[PlacedWord]) -> PlacedWord:
    return PlacedWord(
        "".join(token.text for token in tokens),
        tokens[0].left,
        tokens[-1].right,
        min(token.top for token in tokens),
        max(token.bottom for token in tokens),
        union(token.box for token in tokens),
        min(token.confidence for token in tokens),
    )
