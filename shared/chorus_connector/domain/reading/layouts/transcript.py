"""A document as one string of bare letters and digits, with the place of each of its words.

Captions are searched in this string: without spaces, accents, case and punctuation, and with characters that an OCR
engine confuses made equal, so that « Total T.T.C. : » of a text layer and « TotaITTC » of a scan are the same.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.stored_words import MOST_WORDS, first_and_last
from chorus_connector.domain.reading.paper.lines import Cell, PlacedWord, Sheet, fold

_LEXEME = re.compile(r"[^\W_](?:[^\s:;=()«»\"*|°]*[^\W_])?")
_ALIKE = str.maketrans("015|!il8", "olsllllb")


@lru_cache(maxsize=4096)
def bare(text: str) -> str:
    """The letters and digits of a text in lower case, without accents; « 0 » is « o », « 1 » and « i » are « l »."""
    return "".join(char for char in fold(text) if char.isalnum()).translate(_ALIKE)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """A word without the punctuation around it: its characters in the transcript and in its cell, and its place.

    ``left``, ``right`` and ``middle`` are fractions of the page's width and height. ``row`` counts all rows of the
    document, ``page`` its pages from 0.
    """

    start: int
    end: int
    cell: Cell
    first: int
    last: int
    row: int
    page: int
    left: float
    right: float
    middle: float
    scanned: bool


class Transcript:
    """The words of a document's kept pages in reading order. Rows are separated by a line feed."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.lexemes: list[Lexeme] = []
        self.rows: list[tuple[int, int]] = []
        """Where each row starts and ends in the text."""
        parts: list[str] = []
        self._of_cell: dict[Cell, tuple[int, int]] = {}
        at = 0
        self._sheets = kept_sheets(document)
        self._page_starts: list[int] = []
        for page, sheet in enumerate(self._sheets):
            self._page_starts.append(at)
            for row in sheet.rows:
                begun = at
                for cell in row.cells:
                    first = len(self.lexemes)
                    for text, lexeme in _lexemes(cell, sheet, page, len(self.rows), at):
                        parts.append(text)
                        self.lexemes.append(lexeme)
                        at = lexeme.end
                    self._of_cell[cell] = (first, len(self.lexemes))
                self.rows.append((begun, at))
                parts.append("\n")
                at += 1
        self._page_starts.append(at)
        self.text = "".join(parts)
        self.pages = len(self._sheets)

    @cached_property
    def starts(self) -> dict[int, Lexeme]:
        """The words by where they start in the text."""
        return {lexeme.start: lexeme for lexeme in self.lexemes}

    @cached_property
    def ends(self) -> dict[int, Lexeme]:
        """The words by where they end in the text."""
        return {lexeme.end: lexeme for lexeme in self.lexemes}

    @cached_property
    def _starts_of_words(self) -> list[int]:
        return [lexeme.start for lexeme in self.lexemes]

    @cached_property
    def _starts_of_rows(self) -> list[int]:
        return [start for start, _ in self.rows]

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        return tuple(self._of_cell)

    def is_ocr(self, cell: Cell) -> bool:
        return self.document.sheet(cell).source == "ocr"

    def index_of(self, word: Lexeme) -> int:
        """The number of a word in reading order."""
        return bisect_left(self._starts_of_words, word.start)

    def next_in_cell(self, word: Lexeme) -> Lexeme | None:
        """The word after this one in its cell."""
        following = self.lexemes[self.index_of(word) + 1 : self.index_of(word) + 2]
        return following[0] if following and following[0].cell is word.cell else None

    def words_in(self, start: int, end: int) -> list[Lexeme]:
        """The words between two characters of the text."""
        starts = self._starts_of_words
        return self.lexemes[bisect_left(starts, start) : bisect_left(starts, end)]

    def row_at(self, offset: int) -> tuple[int, int]:
        """The row that holds a character of the text."""
        return self.rows[bisect_right(self._starts_of_rows, offset) - 1]

    def in_cell(self, cell: Cell) -> list[Lexeme]:
        first, last = self._of_cell.get(cell, (0, 0))
        return self.lexemes[first:last]

    def words_of_page(self, page: int) -> list[Lexeme]:
        return self.words_in(self._page_starts[page], self.page_end(page))

    def page_start(self, page: int) -> int:
        return self._page_starts[page]

    def page_end(self, page: int) -> int:
        """The character of the text where a page ends."""
        return self._page_starts[page + 1]

    def scanned_page(self, page: int) -> bool:
        return self._sheets[page].source == "ocr"

    def within(self, value: str) -> tuple[Lexeme, Lexeme] | None:
        """The first and the last word of where a long value is printed, though it may be joined to other characters.

        A name may fill several lines of a narrow column.
        """
        said = bare(value)
        at = self.text.find(said)
        if at < 0:
            openings = (word for word in self.lexemes if said.startswith(self.text[word.start : word.end]))
            return next(((word, end) for word in openings if (end := self._end_over_lines(word, said))), None)
        words = self.lexemes[
            bisect_right(self._starts_of_words, at) - 1 : bisect_left(self._starts_of_words, at + len(said))
        ]
        return words[0], words[-1]

    def _end_over_lines(self, opening: Lexeme, said: str) -> Lexeme | None:
        """The last word of a text that begins with a word and ends in the same line or in one under it."""
        words = [word for word in self.in_cell(opening.cell) if word.start >= opening.start]
        for word in words:
            if self.text[opening.start : word.end] == said:
                return word
        line = self.text[opening.start : words[-1].end]
        if not said.startswith(line):
            return None
        cell = opening.cell
        reach = weights.NEXT_LINE_OF_A_VALUE * cell.height
        under = self.document.sheet(cell).below(cell.left, cell.right, cell.row, reach)[:1]
        begun = self.in_cell(under[0])[:1] if under else []
        return self._end_over_lines(begun[0], said.removeprefix(line)) if begun else None

    def occurrences(self, words: str) -> Iterator[tuple[int, int]]:
        """Where a caption is printed: at the start of a word and up to the end of one."""
        at = self.text.find(words)
        while at >= 0:
            end = at + len(words)
            if at in self.starts and end in self.ends:
                yield at, end
            at = self.text.find(words, at + 1)


def kept_sheets(document: Document) -> list[Sheet]:
    """The pages of a document that a layout is learnt from."""
    sheets = first_and_last(document.sheets)
    return [sheet for sheet in sheets if sum(len(cell.tokens) for cell in sheet.cells) <= MOST_WORDS]


def _lexemes(cell: Cell, sheet: Sheet, page: int, row: int, at: int) -> Iterator[tuple[str, Lexeme]]:
    for (start, _), token in zip(cell.spans, cell.tokens, strict=True):
        for first, last in _spans(token.text):
            text = bare(token.text[first:last])
            if text:
                left, right = _edges(token, first, last)
                yield (
                    text,
                    Lexeme(
                        at,
                        at + len(text),
                        cell,
                        start + first,
                        start + last,
                        row,
                        page,
                        left / sheet.width,
                        right / sheet.width,
                        token.middle / sheet.height,
                        sheet.source == "ocr",
                    ),
                )
                at += len(text)


def _spans(text: str) -> list[tuple[int, int]]:
    return [(0, len(text))] if text.isalnum() else [match.span() for match in _LEXEME.finditer(text)]


def _edges(token: PlacedWord, first: int, last: int) -> tuple[float, float]:
    wide = (token.right - token.left) / max(1, len(token.text))
    return token.left + wide * first, token.left + wide * last
