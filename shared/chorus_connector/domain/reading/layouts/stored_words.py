"""The words of a document as compact bytes: stored when it is read, and learnt from when a person confirms it.

Boxes are kept to a hundred-thousandth of the page, which is finer than any rule measures. Of a long document only
the first and the last pages are kept: an invoice's head and its totals are there, and the middle is goods.
"""

import json
import zlib
from collections.abc import Sequence
from typing import Any, TypeVar

from chorus_connector.domain.reading.paper.page import Box, Page, Word

FIRST_PAGES = 4
LAST_PAGES = 2
MOST_WORDS = 2_500
"""Words of a page that is kept: no page of an invoice has more, and learning takes time for each."""
MAX_STORED = 1_000_000
"""Bytes, compressed; a page of an invoice takes about 5,000."""
_MAX_TEXT = 4_000_000  # bytes, decompressed
_FINENESS = 100_000  # parts of a page's width or height
_PERCENT = 100
AnyPage = TypeVar("AnyPage")


def kept_pages(pages: Sequence[Page]) -> tuple[Page, ...]:
    """The pages that a layout is learnt from and that it reads: the first four and the last two."""
    return tuple(page for page in first_and_last(pages) if len(page.words) <= MOST_WORDS)


def first_and_last(pages: Sequence[AnyPage]) -> Sequence[AnyPage]:
    """The first four and the last two of a long document's pages, all of a short one's."""
    return pages if len(pages) <= FIRST_PAGES + LAST_PAGES else (*pages[:FIRST_PAGES], *pages[-LAST_PAGES:])


def pages_to_bytes(pages: Sequence[Page]) -> bytes:
    """The kept pages as compressed JSON. The same pages always give the same bytes."""
    stored = [
        [page.number, page.width, page.height, page.source, [_stored(word) for word in page.words], *_tilted(page)]
        for page in kept_pages(pages)
    ]
    return zlib.compress(json.dumps(stored, ensure_ascii=False, separators=(",", ":")).encode())


def pages_from_bytes(stored: bytes) -> tuple[Page, ...]:
    """The pages that ``pages_to_bytes`` stored. Raises ValueError for other bytes, or too many."""
    try:
        opened = zlib.decompressobj()
        text = opened.decompress(stored, _MAX_TEXT)
        if not opened.eof:
            raise ValueError("the stored words are cut or too long")
        return tuple(_page(*page) for page in json.loads(text))
    except (zlib.error, TypeError) as error:
        raise ValueError("these are not stored words") from error


def _stored(word: Word) -> list[str | int]:
    box = (word.box.left, word.box.top, word.box.width, word.box.height)
    return [word.text, *(round(part * _FINENESS) for part in box), round(word.confidence * _PERCENT), word.turn]


def _tilted(page: Page) -> list[float]:
    """The tilt of the few pages that have one. Words stored by older releases have none."""
    return [page.tilt] if page.tilt else []


def _page(number: Any, width: Any, height: Any, source: Any, *rest: Any) -> Page:
    if source not in ("text", "ocr"):
        raise TypeError(source)
    words, tilt = rest if len(rest) > 1 else (*rest, 0.0)
    placed = tuple(_word(word) for word in words)
    return Page(int(number), float(width), float(height), placed, source, float(tilt))


def _word(stored: Any) -> Word:
    text, left, top, width, height, confidence, turn = stored
    box = Box(left / _FINENESS, top / _FINENESS, width / _FINENESS, height / _FINENESS)
    return Word(str(text), box, confidence / _PERCENT, int(turn))
