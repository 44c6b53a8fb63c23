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
_SAME_TILT = math.radians(0.3)  # characters whose angles are nearer are tilted alike
_SMALLEST_TILT = math.radians(0.2)  # less changes no row
_MEASURED = 40  # characters of a page whose angle is asked for
_TILTED = 0.7  # share of them that must be tilted alike
_SPACES = frozenset((0, 9, 10, 11, 12, 13, 32, 0x2002, 0x2003, 0x3000))
_BLANK = 32
_SOFT_SPACE = -1  # no character of the file: pdfium saw a gap or another line
# Distances are shares of the text's height.
_JUMP = 0.5  # further apart: two words, whatever pdfium saw between them
_GAP = 0.19  # the same in text that does not run as pdfium expects
_NARROW = 0.09  # the narrowest space before a capital, which pdfium does not see in condensed print
_NONE = 0.06  # nearer: no space, whatever pdfium saw
_KERNING = 0.145  # a space before the rest of a word is not wider than this
_HARD_SPACES = frozenset((0xA0, 0x202F, 0x2007, 0x2009, 0x2008, 0x2006))
_HANGING = frozenset(",;")  # under the digits before them, where a font's boxes are as low as its characters
_HYPHENS_AT_A_LINES_END = frozenset((0x02, 0xAD, 0xFFFE))  # pdfium's marks for them
_ACCENTS = {
    ord(spacing): combining
    for spacing, combining in zip("´`ˆ^¨¸˜˚", "\u0301\u0300\u0302\u0302\u0308\u0327\u0303\u030a", strict=True)
}
"""Accents that a program (TeX, for example) draws as characters of their own over a letter, as combining characters."""
_NEAR = 120  # characters of the content stream between such an accent and its letter

_Rectangle = tuple[float, float, float, float]
"""Left, bottom, right, top, in points, y upwards."""
_Char = tuple[str, float, float, float, float]
_Coded = tuple[int, float, float, float, float, int]
"""The code, the box and the direction (clockwise quarter turns) of a character as it is on the page."""


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
    hard_space = soft_space = False
    direction = 0
    for code, x0, y0, x1, y1, turn in _composed(list(_characters(textpage, count))):
        if code == _SOFT_SPACE:
            soft_space = True
            continue
        if code in _HARD_SPACES:
            hard_space = bool(word)
            continue
        if code in _SPACES:
            yield from _flush(word, frame, direction)
            word, hard_space, soft_space = [], False, False
            continue
        char = (_character(code), *(_turned_back(turn, x0, y0, x1, y1) if turn else (x0, y0, x1, y1)))
        sideways = turn or frame.quarter_turns % 2  # where pdfium sees spaces and lines that are none
        if word and (
            turn != direction
            or _apart(word[-1], char, _GAP if sideways else _JUMP)
            or (soft_space and not sideways and not _touch(word, char))
            or (hard_space and not (word[-1][0].isdigit() and char[0].isdigit()))
        ):
            yield from _flush(word, frame, direction)
            word = []
        elif hard_space:
            word.append((" ", char[1], char[2], char[1], char[4]))
        hard_space = soft_space = False
        direction = turn
        word.append(char)
    yield from _flush(word, frame, direction)


def tilt_of(textpage: Any, count: int) -> float:
    """The angle in radians, clockwise, of most of a page's characters to the nearest quarter turn; 0 without one."""
    asked = range(0, count, max(1, count // _MEASURED))
    angles = (pdfium_c.FPDFText_GetCharAngle(textpage.raw, index) for index in asked
              if pdfium_c.FPDFText_GetUnicode(textpage.raw, index) not in _SPACES)  # fmt: skip
    tilts = sorted(angle - round(angle / _QUARTER) * _QUARTER for angle in angles if angle >= 0)
    middle = tilts[len(tilts) // 2] if tilts else 0.0
    alike = sum(abs(tilt - middle) < _SAME_TILT for tilt in tilts)
    return middle if _SMALLEST_TILT < abs(middle) < _SLANT and alike >= _TILTED * len(tilts) else 0.0


def _composed(characters: list[_Coded]) -> list[_Coded]:
    """The characters, with each accent that was drawn over a letter as a part of that letter."""
    if _ACCENTS.keys().isdisjoint({character[0] for character in characters}):
        return characters
    for index in (index for index, character in enumerate(characters) if character[0] in _ACCENTS):
        code, x0, y0, x1, y1, _ = characters[index]
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        for place in range(max(0, index - _NEAR), min(len(characters), index + _NEAR)):
            letter, left, bottom, right, top, turn = characters[place]
            if left < x < right and bottom < y < top and (whole := _with_accent(letter, _ACCENTS[code])):
                characters[place] = (whole, left, bottom, right, top, turn)
                characters[index] = (_SOFT_SPACE, 0.0, 0.0, 0.0, 0.0, turn)
                break
    return characters


def _with_accent(letter: int, accent: str) -> int | None:
    """The code of the letter with the accent, if there is one."""
    if letter <= 0 or not (base := _character(letter)).isalpha():
        return None
    whole = unicodedata.normalize("NFC", base.replace("ı", "i") + accent)
    return ord(whole) if len(whole) == 1 else None


def _characters(textpage: Any, count: int) -> Iterator[_Coded]:
    rect = pdfium_c.FS_RECTF()
    pointer = ctypes.byref(rect)
    unicode_of, box_of, raw = pdfium_c.FPDFText_GetUnicode, pdfium_c.FPDFText_GetLooseCharBox, textpage.raw
    turn, right, height, first, accent = 0, 0.0, 0.0, True, False
    for index in range(count):
        code = unicode_of(raw, index)
        if code in _SPACES:
            first = True
            soft = pdfium_c.FPDFText_IsGenerated(raw, index) == 1
            if soft and code == _BLANK and not accent and box_of(raw, index + 1, pointer):
                soft = unicode_of(raw, index + 1) in _ACCENTS or (
                    rect.left - right < _GAP * height and not _in_one_run(raw, index)
                )
            yield _SOFT_SPACE if soft else code, 0.0, 0.0, 0.0, 0.0, turn
        elif box_of(raw, index, pointer):
            if first or turn or abs(rect.left - right) > 1.0:  # next to the one before: in its direction
                turn = _quarter_turns(pdfium_c.FPDFText_GetCharAngle(raw, index))
            bottom, top = min(rect.bottom, rect.top), max(rect.bottom, rect.top)
            first, right, height, accent = False, rect.right, top - bottom, code in _ACCENTS
            yield code, rect.left, bottom, rect.right, top, turn


def _in_one_run(raw: Any, index: int) -> bool:
    """Whether one instruction shows the characters before and after this one: then the gap is meant as a space."""
    before, after = (pdfium_c.FPDFText_GetTextObject(raw, index + step) for step in (-1, 1))
    return bool(before and after and ctypes.addressof(before.contents) == ctypes.addressof(after.contents))


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


def _apart(before: _Char, after: _Char, jump: float) -> bool:
    """Whether two characters in a row cannot belong to one word: another line, a jump, a step back."""
    height = max(before[4] - before[2], after[4] - after[2], 1.0)
    if abs((before[2] + before[4]) - (after[2] + after[4])) > height and not _hangs(before, after):
        return True
    gap = after[1] - before[3]
    if gap > _NARROW * height and before[0].islower() and after[0].isupper():
        return True
    return gap > jump * height or after[1] < before[1] - 0.2 * height


def _hangs(before: _Char, after: _Char) -> bool:
    """Whether one of two characters is a comma that begins in the line of the other, however low it ends."""
    return not _HANGING.isdisjoint((before[0], after[0])) and min(before[4], after[4]) > max(before[2], after[2])


def _touch(word: Sequence[_Char], after: _Char) -> bool:
    """Whether the space that pdfium saw between a word and the next character is none.

    Some programs move what follows a « t », « T » or « R » (« ACHAT S », « habit at », « 2024T 17 »).
    """
    before = word[-1]
    height = max(before[4] - before[2], after[4] - after[2], 1.0)
    gap = (after[1] - before[3]) / height
    if gap >= _KERNING or not before[0].isalpha():
        return gap < _NONE
    in_a_code = after[0].isdigit() and before[0].isupper() and word[0][0].isdigit()
    return gap < _NONE or in_a_code or after[0].islower() or (before[0].isupper() and after[0].isupper())


def _flush(word: list[_Char], frame: Frame, turn: int) -> Iterator[Word]:
    if not word:
        return
    x0 = min(char[1] for char in word)
    y0 = min(char[2] for char in word)
    x1 = max(char[3] for char in word)
    y1 = max(char[4] for char in word)
    box = frame.box(*_turned_back(-turn % 4, x0, y0, x1, y1))
    if -0.05 <= box.left <= 1.05 and -0.05 <= box.top <= 1.05:
        text = unicodedata.normalize("NFC", "".join(char[0] for char in word))
        yield Word(text, box, turn=(turn + frame.quarter_turns) % 4)
