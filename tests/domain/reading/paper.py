"""A page to write on in tests: lines of text at a place, as words the reader can be given."""

from chorus_connector.domain.reading.paper.page import Box, Page, Source, Word
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import Reading

WIDTH, HEIGHT = 595.0, 842.0
_LETTER = 5.0  # points a character takes


def page(*lines: tuple[float, float, str], size: float = 9.0, source: Source = "text", number: int = 1) -> Page:
    """A page with each text starting at (x, y) points from the top left."""
    words = []
    for x, y, text in lines:
        at = x
        for word in text.split(" "):
            if word:
                box = Box(at / WIDTH, y / HEIGHT, len(word) * _LETTER / WIDTH, size / HEIGHT)
                words.append(Word(word, box, 0.97))
            at += (len(word) + 1) * _LETTER
    return Page(number, WIDTH, HEIGHT, tuple(words), source)


def titled(text: str, *, at: float = 60.0, size: float = 16.0) -> Page:
    """A page with a title in large letters only, to be put before the words of ``onto``."""
    return page((60, at, text), size=size)


def onto(*pages: Page, number: int = 1) -> Page:
    """One page with the words of several, which may have letters of different heights."""
    return Page(number, WIDTH, HEIGHT, tuple(word for each in pages for word in each.words), pages[0].source)


def read(*lines: tuple[float, float, str], source: Source = "text", known: str | None = None) -> Reading:
    """What the reader finds on a page with these lines."""
    return read_document([page(*lines, source=source)], known_supplier_siret=known)


def value(reading: Reading, field: str) -> object:
    """The value of a field, or nothing."""
    found = reading.fields.get(field)  # type: ignore[call-overload]
    return found.value if found else None
