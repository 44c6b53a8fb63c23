"""The places of a document where a value of each type is printed: an anchor only chooses among them.

Amounts, dates and SIRETs are found by their form. A code or a name has none: every word may start one, and how far it
goes is a part of what is learnt (its *extent*): one word, up to the end of its cell, or as far as a taught shape fits.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FieldName
from chorus_connector.domain.reading.layouts.layout import Extent
from chorus_connector.domain.reading.layouts.shapes import as_shaped, shape_of, shapes_match
from chorus_connector.domain.reading.layouts.transcript import Lexeme, Transcript
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.typed.amounts import money_text
from chorus_connector.domain.reading.typed.identifiers_found import find_sirets

LEARNT = tuple(name for name, field in INVOICE_FIELDS.items() if field.read and field.kind in
               ("amount", "date", "siret", "code", "name"))  # fmt: skip
"""The fields whose place is learnt."""
_BANDS = 60  # of a page's height: a band is higher than any tolerance
_MOST_WORDS = 5  # of a code with a taught shape
_LONGEST_CODE = 40
_SIRET_DIGITS = 11  # a cell with fewer holds no SIRET, even with misread digits


@dataclass(frozen=True, slots=True)
class Spot:
    """A printed value in its normal form, its first and its last word, and its characters in its cell."""

    value: str
    opening: Lexeme
    closing: Lexeme
    first: int
    last: int

    @property
    def cell(self) -> Cell:
        return self.opening.cell

    def edge(self, which: str) -> float:
        """The left or right edge or the middle, as a fraction of the page's width."""
        left, right = self.opening.left, self.closing.right
        return left if which == "left" else right if which == "right" else (left + right) / 2


class Spots:
    """The spots of one type in one document, in reading order."""

    def __init__(self, spots: Iterator[Spot]) -> None:
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
        key = (kind, extent, shapes)
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
        if kind == "name":
            return _names(self.transcript)
        return _codes(self.transcript, self._dated, to_the_end=extent == "cell")

    @cached_property
    def _dated(self) -> set[int]:
        """The characters of the transcript where a word of a date starts."""
        return {
            word.start
            for spot in self.of("invoice_date").all
            for word in self.transcript.in_cell(spot.cell)
            if spot.first <= word.first < spot.last
        }


def _amounts(transcript: Transcript) -> Iterator[Spot]:
    for cell, amounts in transcript.document.amounts.items():
        for amount in amounts:
            if not amount.is_percent:
                yield from _at(transcript, cell, amount.start, amount.end, money_text(abs(amount.value)))


def _dates(transcript: Transcript) -> Iterator[Spot]:
    for cell, dates in transcript.document.dates.items():
        for date in dates:
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
        yield Spot(value, words[0], words[-1], start, end)


def _codes(transcript: Transcript, dated: set[int], *, to_the_end: bool) -> Iterator[Spot]:
    for word in transcript.lexemes:
        text = word.cell.text[word.first : word.last]
        if word.start in dated or not (any(char.isdigit() for char in text) or (text.isupper() and len(text) > 1)):
            continue
        closing = transcript.in_cell(word.cell)[-1] if to_the_end else word
        if closing.last - word.first <= _LONGEST_CODE:
            yield _spanning(transcript, word, closing)


def _names(transcript: Transcript) -> Iterator[Spot]:
    for word in transcript.lexemes:
        yield _spanning(transcript, word, transcript.in_cell(word.cell)[-1])


def _shaped(transcript: Transcript, shapes: tuple[str, ...]) -> Iterator[Spot]:
    """The longest run of words from each word on that has a taught shape, but for misread characters in a scan."""
    for word in transcript.lexemes:
        following = [each for each in transcript.in_cell(word.cell) if each.first >= word.first][:_MOST_WORDS]
        for closing in reversed(following):
            text = _text(transcript, word, closing)
            if not shapes_match(shape_of(text), shapes):
                repaired = as_shaped(text, shapes) if transcript.is_ocr(word.cell) else None
                if repaired is None:
                    continue
                text = repaired
            yield Spot(text, word, closing, word.first, closing.last)
            break


def _spanning(transcript: Transcript, opening: Lexeme, closing: Lexeme) -> Spot:
    return Spot(_text(transcript, opening, closing), opening, closing, opening.first, closing.last)


def _text(transcript: Transcript, opening: Lexeme, closing: Lexeme) -> str:
    return transcript.document.code(opening.cell, opening.first, closing.last)
