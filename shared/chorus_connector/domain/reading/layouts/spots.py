"""The places of a document where a value of each type is printed: an anchor only chooses among them.

Amounts, dates and SIRETs are found by their form. A code or a name has none: every word may start one, and how far it
goes is a part of what is learnt (its *extent*): one word, up to the end of its cell, or as far as a taught shape fits.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.layouts.layout import Extent
from chorus_connector.domain.reading.layouts.shapes import find_misread, find_shaped
from chorus_connector.domain.reading.layouts.transcript import Lexeme, Transcript
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.typed.amounts import money_text
from chorus_connector.domain.reading.typed.identifiers_found import find_sirets
from chorus_connector.domain.reading.typed.ocr_repair import repaired_code
from chorus_connector.domain.reading.words.name_shapes import is_line_of_an_address

LEARNT = tuple(name for name, field in INVOICE_FIELDS.items() if field.read and field.kind in
               ("amount", "date", "siret", "code", "name"))  # fmt: skip
"""The fields whose place is learnt."""
_BANDS = 60  # of a page's height: a band is higher than any tolerance
_LONGEST = 100  # characters of a code or a name
_PIECE = re.compile(r"[A-Z0-9/_-]{1,8}")
_PREFIX = re.compile(r"[A-Z]{1,5}")
_DIGIT = re.compile(r"\d")
_TO = re.compile(r"\s*(?:au|à|jusqu'au)\s*", re.IGNORECASE)  # between the first and the last day of a period
_SIRET_DIGITS = 11  # a cell with fewer holds no SIRET, even with misread digits


@dataclass(frozen=True, slots=True)
class Spot:
    """A printed value: its first and its last word, its characters in its cell, and its normal form if it has one."""

    opening: Lexeme
    closing: Lexeme
    first: int
    last: int
    normal: str = ""

    @property
    def value(self) -> str:
        """The value in its normal form, or a code or a name as printed, with look-alike characters repaired."""
        if self.normal:
            return self.normal
        text = self.cell.text[self.first : self.last]
        return repaired_code(text) if self.opening.scanned else text

    @property
    def cell(self) -> Cell:
        return self.opening.cell

    def edge(self, which: str) -> float:
        """The left or right edge or the middle, as a fraction of the page's width."""
        left, right = self.opening.left, self.closing.right
        return left if which == "left" else right if which == "right" else (left + right) / 2


class Spots:
    """The spots of one type in one document, in reading order."""

    def __init__(self, spots: Iterable[Spot]) -> None:
        self.all = sorted(spots, key=lambda spot: spot.opening.start)
        self.by_start = {spot.opening.start: spot for spot in self.all}
        self._offsets = [spot.opening.start for spot in self.all]
        self._bands: dict[tuple[int, int], list[Spot]] = {}
        for spot in self.all:
            self._bands.setdefault((spot.opening.page, int(spot.opening.middle * _BANDS)), []).append(spot)

    def at_height(self, page: int, middle: float) -> Iterator[Spot]:
        """The spots of a page that are at about this height, and perhaps some above and under."""
        band = int(middle * _BANDS)
        for each in (band - 1, band, band + 1):
            yield from self._bands.get((page, each), ())

    def between(self, start: int, end: int) -> Sequence[Spot]:
        """The spots that start between two characters of the transcript."""
        return self.all[bisect_left(self._offsets, start) : bisect_left(self._offsets, end)]


class DocumentSpots:
    """The spots of a document by field and extent, found when first asked for."""

    def __init__(self, transcript: Transcript) -> None:
        self.transcript = transcript
        self._found: dict[object, Spots] = {}

    def of(self, field: FieldName, extent: Extent = "", shapes: tuple[str, ...] = ()) -> Spots:
        kind = INVOICE_FIELDS[field].kind
        key = (kind, extent, shapes if extent == "shape" else ())
        if key not in self._found:
            self._found[key] = Spots(self._find(kind, extent, shapes))
        return self._found[key]

    def _find(self, kind: str, extent: Extent, shapes: tuple[str, ...]) -> Iterator[Spot]:
        if kind == "amount":
            return _amounts(self.transcript)
        if kind == "date":
            return _dates(self.transcript)
        if kind == "siret":
            return _sirets(self.transcript)
        if extent == "shape":
            return _shaped(self.transcript, shapes)
        words = self._words_of_names if kind == "name" else self._words_of_codes
        return _to_the_end(words, self.transcript) if extent == "cell" else _codes(words, self.transcript)

    @cached_property
    def _words_of_names(self) -> list[Lexeme]:
        """The words of all lines but those that can only be the street or the town of an address."""
        return [
            word
            for cell in self.transcript.cells
            if not is_line_of_an_address(cell.text)
            for word in self.transcript.in_cell(cell)
        ]

    @cached_property
    def _words_of_codes(self) -> list[Lexeme]:
        """The words with a digit or in capitals, but those of a date and of a public body's kind."""
        document = self.transcript.document
        others = {
            word.start
            for cell, found in document.dates.items()
            for word in self.transcript.in_cell(cell)
            if any(date.start <= word.first < date.end for date in found)
        } | {
            word.start
            for cell, natures in document.natures.items()
            for word in self.transcript.in_cell(cell)
            if any(kind == "public_body" and start < word.first < end for start, end, kind in natures)
        }
        return [word for word in self.transcript.lexemes if word.start not in others and _may_be_a_code(word)]


def _amounts(transcript: Transcript) -> Iterator[Spot]:
    for cell, amounts in transcript.document.amounts.items():
        for amount in amounts:
            if not amount.is_percent:
                yield from _at(transcript, cell, amount.start, amount.end, money_text(abs(amount.value)))


def _dates(transcript: Transcript) -> Iterator[Spot]:
    """Every date but the ends of « du 1er juin au 30 juin »: the invoice's day may be the first of them for months."""
    for cell, dates in transcript.document.dates.items():
        joined = [_TO.fullmatch(cell.text, one.end, other.start) is not None for one, other in pairwise(dates)]
        for date, before, after in zip(dates, [False, *joined], [*joined, False], strict=True):
            if before or after:
                continue
            yield from _at(transcript, cell, date.start, date.end, date.value.isoformat())


def _sirets(transcript: Transcript) -> Iterator[Spot]:
    for cell in transcript.cells:
        if sum(char.isdigit() for char in cell.text) >= _SIRET_DIGITS:
            noisy = transcript.document.sheet(cell).source == "ocr"
            for found in find_sirets(cell.text, noisy=noisy):
                yield from _at(transcript, cell, found.start, found.end, found.value)


def _at(transcript: Transcript, cell: Cell, start: int, end: int, value: str) -> Iterator[Spot]:
    words = [word for word in transcript.in_cell(cell) if word.last > start and word.first < end]
    if words:
        yield Spot(words[0], words[-1], start, end, value)


def _codes(words: Iterable[Lexeme], transcript: Transcript) -> Iterator[Spot]:
    """Each word; short capitals before a number are one code with it: « CDE 26/118 »."""
    for word in words:
        closing = word
        if _PREFIX.fullmatch(word.cell.text, word.first, word.last):
            closing = transcript.next_in_cell(word) or word
            number = closing.cell.text[closing.first : closing.last]
            closing = closing if number[:1].isdigit() and closing.first - word.last == 1 else word
        yield Spot(word, closing, word.first, closing.last)


def _to_the_end(words: Iterable[Lexeme], transcript: Transcript) -> Iterator[Spot]:
    """From each word to the end of its cell."""
    for word in words:
        closing = transcript.in_cell(word.cell)[-1]
        if closing.last - word.first <= _LONGEST:
            yield Spot(word, closing, word.first, closing.last)


def _may_be_a_code(word: Lexeme) -> bool:
    text = word.cell.text[word.first : word.last]
    return _DIGIT.search(text) is not None or (len(text) > 1 and text.isupper())


def _shaped(transcript: Transcript, shapes: tuple[str, ...]) -> Iterator[Spot]:
    """The runs of whole words that have a taught shape, in a scan perhaps after the repair of a character."""
    for cell in transcript.cells:
        spans = [(start, end, "") for start, end in find_shaped(cell.text, shapes)]
        if not spans and transcript.is_ocr(cell):
            spans = list(find_misread(cell.text, shapes))
        for start, end, repaired in spans:
            words = [word for word in transcript.in_cell(cell) if start <= word.first < end]
            if words and words[0].first == start and (words[-1].last == end or _is_dated(transcript, cell, end)):
                yield Spot(words[0], words[-1], start, end, repaired or cell.text[start:end])


def _is_dated(transcript: Transcript, cell: Cell, end: int) -> bool:
    """« F12/12.03.2026 »: whether a date is joined to what ends there, as an OCR engine loses spaces."""
    return any(date.start - end in (1, 2) for date in transcript.document.dates.get(cell, ()))


def is_continued(spot: Spot, transcript: Transcript) -> bool:
    """Whether the next line of a narrow column holds a piece that a code may lack: « M-26-555/ » over « BC-14 »."""
    sheet = transcript.document.sheet(spot.cell)
    if spot.last < len(spot.cell.text):
        return False
    under = sheet.below(spot.cell.left, spot.cell.right, spot.cell.row, weights.NEXT_LINE_OF_A_VALUE * spot.cell.height)
    return any(
        _PIECE.fullmatch(cell.text)
        and abs(cell.left - spot.cell.left) < spot.cell.height
        and not transcript.document.hits_in(cell)
        and not _has_its_own_caption(cell, spot.cell)
        for cell in under[:1]
    )


def _has_its_own_caption(cell: Cell, over: Cell) -> bool:
    """Whether two values under each other have texts before them that are under each other too: captions."""
    before, over_it = (_before(each) for each in (cell, over))
    if before is None or over_it is None:
        return False
    return min(abs(before.left - over_it.left), abs(before.right - over_it.right)) < over.height


def _before(cell: Cell) -> Cell | None:
    """The nearest text before a cell in its row."""
    return max((each for each in cell.row.cells if each.right <= cell.left), key=lambda each: each.right, default=None)
