"""The words of a PDF page's text layer: characters in their own reading direction, joined by their places.

A character may run in any of four directions on a page: a sheet printed sideways, a note in the margin. Its box is
turned upright before words are made, and turned back afterwards: a word's box is always a part of the page as a person
sees it, and ``Word.turn`` says in which direction it runs.
"""

from __future__ import annotations

import ctypes
import math
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium_c

from chorus_connector.domain.reading.paper.page import Box, Word

_QUARTER = math.pi / 2
_SLANT = math.radians(20)  # a larger angle to the nearest quarter turn is a diagonal stamp: it keeps its place
_SPACES = frozenset((0, 9, 10, 11, 12, 13, 32, 0x2002, 0x2003, 0x3000))
_HARD_SPACES = frozenset((0xA0, 0x202F, 0x2007, 0x2009, 0x2008, 0x2006))
_HYPHENS_AT_A_LINES_END = frozenset((0x02, 0xAD, 0xFFFE))  # pdfium's marks for them
_ACCENTS = {"´": "\u0301", "`": "\u0300", "ˆ": "\u0302", "^": "\u0302", "¨": "\u0308", "¸": "\u0327", "˜": "\u0303"}
"""Accents that a program can draw as characters of their own, over or under a letter, and their combining forms."""
_OVER = 0.5  # of the accent's width: what a letter must share with it

_Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top, in points, y upwards."""
_Char = tuple[str, float, float, float, float]


@dataclass(frozen=True, slots=True)
class Frame:
    """The visible part of a page and its rotation: from PDF coordinates to fractions, origin top left."""

    left: float
    bottom: float
    right: float
    top: float
    quarter_turns: int

    @classmethod
    def of(cls, page: Any) -> Frame:
        left, bottom, right, top = page.get_bbox()
        if right - left < 1 or top - bottom < 1:
            left, bottom, right, top = 0.0, 0.0, 595.0, 842.0
        return cls(left, bottom, right, top, (page.get_rotation() // 90) % 4)

    @property
    def width(self) -> float:
        return self.top - self.bottom if self.quarter_turns % 2 else self.right - self.left

    @property
    def height(self) -> float:
        return self.right - self.left if self.quarter_turns % 2 else self.top - self.bottom

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """The box of PDF coordinates (left, bottom, right, top) on the page as it is displayed."""
        wide, high = self.right - self.left, self.top - self.bottom
        a, b = (x0 - self.left) / wide, (x1 - self.left) / wide
        c, d = (self.top - y1) / high, (self.top - y0) / high
        if self.quarter_turns == 1:
            a, b, c, d = 1 - d, 1 - c, a, b
        elif self.quarter_turns == 2:
            a, b, c, d = 1 - b, 1 - a, 1 - d, 1 - c
        elif self.quarter_turns == 3:
            a, b, c, d = c, d, 1 - b, 1 - a
        return Box(a, c, b - a, d - c)


def words_of(textpage: Any, count: int, frame: Frame) -> Iterator[Word]:
    """Words in the order of the content stream; a hard space between two digits stays inside its word."""
    word: list[_Char] = []
    hard_space = False
    direction = 0
    for code, x0, y0, x1, y1, turn in _characters(textpage, count):
        if code in _HARD_SPACES:
            hard_space = bool(word)
            continue
        if code in _SPACES:
            yield from _flush(word, frame, direction)
            word, hard_space = [], False
            continue
        char = (_character(code), *(_turned_back(turn, x0, y0, x1, y1) if turn else (x0, y0, x1, y1)))
        if word and (
            turn != direction
            or _apart(word[-1], char)
            or (hard_space and not (word[-1][0].isdigit() and char[0].isdigit()))
        ):
            yield from _flush(word, frame, direction)
            word = []
        elif hard_space:
            word.append((" ", char[1], char[2], char[1], char[4]))
        hard_space = False
        direction = turn
        word.append(char)
    yield from _flush(word, frame, direction)


def _characters(textpage: Any, count: int) -> Iterator[tuple[int, float, float, float, float, int]]:
    """The code, the box and the direction (clockwise quarter turns) of each character."""
    rect = pdfium_c.FS_RECTF()
    pointer = ctypes.byref(rect)
    unicode_of, box_of, raw = pdfium_c.FPDFText_GetUnicode, pdfium_c.FPDFText_GetLooseCharBox, textpage.raw
    turn, right, first = 0, 0.0, True
    for index in range(count):
        code = unicode_of(raw, index)
        if code in _SPACES:
            first = True
            yield code, 0.0, 0.0, 0.0, 0.0, turn
        elif box_of(raw, index, pointer):
            if first or turn or abs(rect.left - right) > 1.0:  # next to the one before: in its direction
                turn = _quarter_turns(pdfium_c.FPDFText_GetCharAngle(raw, index))
            first, right = False, rect.right
            yield code, rect.left, min(rect.bottom, rect.top), rect.right, max(rect.top, rect.bottom), turn


def _quarter_turns(angle: float) -> int:
    """Clockwise, from an angle in radians that pdfium gives (negative: unknown)."""
    quarters = round(angle / _QUARTER)
    return quarters % 4 if angle >= 0 and abs(angle - quarters * _QUARTER) < _SLANT else 0


def _turned_back(turns: int, x0: float, y0: float, x1: float, y1: float) -> _Rectangle:
    """The rectangle after as many quarter turns against the clock, about the origin."""
    if turns == 1:
        return -y1, x0, -y0, x1
    if turns == 2:
        return -x1, -y1, -x0, -y0
    return (y0, -x1, y1, -x0) if turns == 3 else (x0, y0, x1, y1)


def _character(code: int) -> str:
    if code in _HYPHENS_AT_A_LINES_END:
        return "-"
    if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return "�"
    if 0x80 <= code <= 0x9F:  # a font's byte that was taken for a character: these are control codes in Unicode
        return bytes((code,)).decode("cp1252", "replace")
    return chr(code)


def _apart(before: _Char, after: _Char) -> bool:
    """Whether two characters in a row cannot belong to one word: another line, a jump, a step back."""
    height = max(before[4] - before[2], after[4] - after[2], 1.0)
    if abs((before[2] + before[4]) - (after[2] + after[4])) > height:
        return True
    return after[1] - before[3] > 0.5 * height or after[1] < before[1] - 0.2 * height


def _flush(word: list[_Char], frame: Frame, turn: int) -> Iterator[Word]:
    if not word:
        return
    x0 = min(char[1] for char in word)
    y0 = min(char[2] for char in word)
    x1 = max(char[3] for char in word)
    y1 = max(char[4] for char in word)
    box = frame.box(*_turned_back(-turn % 4, x0, y0, x1, y1))
    if -0.05 <= box.left <= 1.05 and -0.05 <= box.top <= 1.05:
        yield Word(_text(word), box, turn=(turn + frame.quarter_turns) % 4)


def _text(word: Sequence[_Char]) -> str:
    """The word's text in composed form: an accent that was drawn by itself belongs to the letter under it."""
    text = "".join(char[0] for char in word)
    if not any(accent in text for accent in _ACCENTS):
        return text if text.isascii() else unicodedata.normalize("NFC", text)
    parts: list[str] = []
    waiting = ""
    for index, char in enumerate(word):
        accent = _ACCENTS.get(char[0])
        if accent and index and _shares(char, word[index - 1]) and word[index - 1][0].isalpha():
            parts.append(accent)
        elif accent and index + 1 < len(word) and _shares(char, word[index + 1]) and word[index + 1][0].isalpha():
            waiting = accent
        else:
            parts.append(char[0] + waiting)
            waiting = ""
    return unicodedata.normalize("NFC", "".join(parts))


def _shares(accent: _Char, letter: _Char) -> bool:
    shared = min(accent[3], letter[3]) - max(accent[1], letter[1])
    return shared > _OVER * max(accent[3] - accent[1], 0.1)
