"""Cuts a recognised line into words where the picture has a gap, not only where the model wrote a space.

The model drops most narrow spaces (« FACTURE2026/02 », « 40,50Reliure »), which Textract does not. The gaps are
found in the line's picture: a column of pixels without ink is white, and a run of white columns as wide as the page's
other spaces is a space. The model's positions of letters are exact to about a third of their width, enough to know on
which side of a gap a letter is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

# As a share of the line's height with its margins: the space of a proportional font is 0.25 of the font size.
USUAL_SPACE = 0.26
_NARROWEST, _WIDEST = 0.17, 0.42
_SHARE = 0.66  # of the page's usual space
_ENOUGH = 10  # spaces seen to know it
_CONTRAST = 0.45  # of the way from paper to the line's darkest ink
_NARROW = frozenset(".,:;'’`°-–/|()1lIijtrf")  # have white beside them that is not a space
_NEVER = 99.0
_BESIDE_NARROW = 1.5
_AFTER_A_FIGURE = 0.6
_BESIDE_ONE = 2.2  # the digit 1 is as wide as the others, and mostly white
_OF_LETTERS = 2.2  # a space is this much wider than the gaps between the line's letters


@dataclass(frozen=True, slots=True)
class Letter:
    """A character (never a space), its confidence, and the position of its middle along the line (0–1)."""

    text: str
    confidence: float
    middle: float


@dataclass(frozen=True, slots=True)
class Gap:
    """A white stretch between two characters: fractions of the line's length, and its width in line heights."""

    after: int
    start: float
    end: float
    width: float


@dataclass(frozen=True, slots=True)
class Piece:
    """A word of a line: its first and last character (exclusive) and its stretch of the line (0–1)."""

    first: int
    last: int
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Measured:
    """The gaps of one line: the widest between each two neighbouring characters, and the line's ends (0–1)."""

    gaps: tuple[Gap, ...] = ()
    ends: tuple[float, float] = (0.0, 1.0)


def measured(strip: numpy.ndarray[Any, Any], letters: Sequence[Letter], spaces: frozenset[int]) -> Measured:
    """The gaps in a grey picture of one line.

    A gap belongs to the pair of characters whose middle is nearest, with preference for a pair with a space of the
    model between them (``spaces``), because the letters' positions are too inexact for a narrow letter. Ink before the
    first and after the last letter is a table's rule.
    """
    if not letters:
        return Measured()
    height, width = strip.shape[:2]
    middles = [(before.middle + after.middle) / 2 * width for before, after in pairwise(letters)]
    first, last = letters[0].middle * width, letters[-1].middle * width
    half = 0.5 * (last - first) / max(1, len(middles))
    first, last = first + 0.5 * half, last - 0.5 * half
    found: dict[int, Gap] = {}
    ends = [0, width]
    for start, end in _white_runs(_ink(strip)):
        middle = (start + end) / 2
        if start == 0 or middle < first:
            ends[0] = end
        elif end == width or middle > last:
            ends[1] = min(ends[1], start)
        elif middles:
            index = min(range(len(middles)), key=lambda at: abs(middles[at] - middle) - half * (at in spaces))
            gap = Gap(index, start / width, end / width, (end - start) / height)
            if index not in found or found[index].width < gap.width:
                found[index] = gap
    return Measured(tuple(found[index] for index in sorted(found)), (ends[0] / width, ends[1] / width))


def space_of_page(lines: Sequence[tuple[Measured, frozenset[int]]]) -> float:
    """The least width of a space on a page, from each line's gaps and the characters the model wrote a space after."""
    written = [gap.width for line, spaces in lines for gap in line.gaps if gap.after in spaces]
    usual = median(written) if len(written) >= _ENOUGH else USUAL_SPACE
    return min(max(_SHARE * usual, _NARROWEST), _WIDEST)


def pieces(letters: Sequence[Letter], spaces: frozenset[int], line: Measured, least: float) -> list[Piece]:
    """The words of a line: cut at the model's spaces, at white gaps of at least ``least`` heights, after a colon."""
    seen = _settled({gap.after: gap for gap in line.gaps}, spaces, least)
    widths = sorted(seen[at].width if at in seen else 0.0 for at in range(len(letters) - 1) if at not in spaces)
    least = max(least, _OF_LETTERS * widths[len(widths) // 2]) if widths else least
    cuts = sorted(
        spaces
        | {at for at, gap in seen.items() if gap.width >= least * _strictness(letters, at)}
        | {at for at, letter in enumerate(letters[:-1]) if letter.text == ":" and not _in_a_time(letters, at)}
    )
    result, first, start = [], 0, line.ends[0]
    for cut in cuts:
        middle = (letters[cut].middle + letters[cut + 1].middle) / 2
        gap = seen.get(cut, Gap(cut, middle, middle, 0.0))
        result.append(Piece(first, cut + 1, start, gap.start))
        first, start = cut + 1, gap.end
    return [*result, Piece(first, len(letters), start, line.ends[1])]


def _settled(gaps: dict[int, Gap], spaces: frozenset[int], least: float) -> dict[int, Gap]:
    """The gaps, with a wide gap moved to a neighbouring space of the model that has none.

    On a long line the letters' positions drift by one or two characters: the gap then belongs to that space.
    """
    settled = dict(gaps)
    for space in sorted(spaces):
        own = settled.get(space)
        if own is not None and own.width >= 0.7 * least:
            continue
        near = [at for at in _near(space) if at in settled and at not in spaces and settled[at].width >= least]
        if near:
            settled[space] = settled.pop(near[0])
    return settled


def _near(space: int) -> tuple[int, ...]:
    return space - 1, space + 1, space - 2, space + 2


def _strictness(letters: Sequence[Letter], after: int) -> float:
    beside = (letters[after].text, letters[after + 1].text)
    if "1" in beside and all(char.isdigit() or char in _NARROW for char in beside):
        return _BESIDE_ONE
    if "_" in beside:
        return _NEVER  # it is at the baseline: the white above it is not a space
    if beside[0].isdigit() and beside[1].islower():  # « 2026-118du 3 mai »: a space is missing here
        return _AFTER_A_FIGURE
    return _BESIDE_NARROW if _NARROW.intersection(beside) else 1.0


def _in_a_time(letters: Sequence[Letter], index: int) -> bool:
    """Whether the colon is in a time such as « 12:50 » (or a misread comma), not between a label and its value."""
    return index > 0 and letters[index - 1].text.isdigit() and letters[index + 1].text.isdigit()


def _ink(strip: numpy.ndarray[Any, Any]) -> numpy.ndarray[Any, Any]:
    """For each column, whether it has ink: it is darker than the paper by a share of the line's contrast."""
    import numpy as np  # noqa: PLC0415 (only where something is read)

    height = strip.shape[0]  # parts of the lines above and below may be in the picture
    rows = strip[height // 8 : height - height // 16].astype(np.float32)
    darkest, lightest = np.percentile(rows, (1, 99))
    ground = float(np.median(strip[[0, 1, -2, -1]])) if height > 1 else lightest
    if ground < (darkest + lightest) / 2:  # white letters on a dark bar
        rows, ground, darkest = -rows, -ground, -lightest
    return (rows < ground - _CONTRAST * (ground - darkest)).any(axis=0)  # type: ignore[no-any-return]


def _white_runs(ink: numpy.ndarray[Any, Any]) -> list[tuple[int, int]]:
    """The runs of white columns; the first and the last are the margins, empty or not."""
    runs: list[tuple[int, int]] = []
    start: int | None = 0
    for column, inked in enumerate(ink.tolist()):
        if inked and start is not None:
            runs.append((start, column))
            start = None
        elif not inked and start is None:
            start = column
    return [*runs, (len(ink) if start is None else start, len(ink))]
