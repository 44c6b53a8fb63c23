"""Finds lines and words on a picture with RapidOCR; the models are part of its wheel, nothing is downloaded.

The engine is loaded once per process, when first needed (about a second), and used by one thread at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

from tools.local_stack.textract_double.deskew import Level, Turned
from tools.local_stack.textract_double.words import Letter, Piece, measured, pieces, space_of_page

if TYPE_CHECKING:
    import numpy

THREADS = 2
# Pixels of the longest side. Lines are found on a smaller copy and read on the full one: this takes half the time
# of finding them at 200 dpi, and still finds a 6-point footer.
FINDING_SIDE = 1600
READING_SIDE = 2600
_VERTICAL = 1.5  # times as high as wide
_SHORT = 4  # characters: less may be a digit in a narrow box
_ENOUGH_LETTERS = 20  # on their side, to turn a page for
_DOUBTFUL = 0.85  # mean confidence of a page: upside down it is lower
# The models also know Chinese and sometimes answer with full-width forms of ! to ~.
_WIDE_FORMS = {0xFF01 + offset: 0x21 + offset for offset in range(94)}

Point = tuple[float, float]
Polygon = tuple[Point, ...]


@dataclass(frozen=True)
class Span:
    """A run of text, its confidence (0–1) and its four corners in pixels."""

    text: str
    confidence: float
    corners: Polygon


@dataclass(frozen=True)
class Line:
    """A line and its words, left to right."""

    whole: Span
    words: tuple[Span, ...]


@dataclass(frozen=True, eq=False)
class Seen:
    """The engine's result for one line: its text, its letters without spaces, and its grey picture."""

    text: str
    confidence: float
    corners: Polygon
    letters: tuple[Letter, ...]
    strip: numpy.ndarray[Any, Any]

    @property
    def is_vertical(self) -> bool:
        """Whether the line is clearly higher than wide."""
        (left, top), (right, bottom) = self.corners[0], self.corners[2]
        return abs(bottom - top) > _VERTICAL * abs(right - left)


_one_at_a_time = Lock()


def recognise(picture: numpy.ndarray[Any, Any]) -> list[Line]:
    """The lines of a picture (height × width × 3), in the engine's order: top to bottom, left to right.

    A picture on its side or upside down is turned first, as Textract does. Positions are those of the picture as it
    came; a polygon begins at the upper left corner of its text. Lines that run up or down an upright page are read in
    their own direction.
    """
    reading = Reading(picture, 0)
    if reading.lies_on_its_side:
        reading = max((Reading(picture, 1), Reading(picture, 3)), key=lambda turned: turned.confidence)
    elif reading.seen and reading.confidence < _DOUBTFUL:
        reading = max((reading, Reading(picture, 2)), key=lambda turned: turned.confidence)
    return reading.lines


class Reading:
    """What the engine reads on a picture after ``turns`` quarter turns against the clock."""

    def __init__(self, picture: numpy.ndarray[Any, Any], turns: int) -> None:
        self._picture = picture
        self._turned = Turned(picture, turns)
        self._level = Level(self._turned.picture)
        self.seen = see(self._level.picture)

    @property
    def confidence(self) -> float:
        """The mean of the lines that run as the page does, by length; 0 without any."""
        weights = [(len(line.text), line.confidence) for line in self.seen if not line.is_vertical]
        return sum(weight * each for weight, each in weights) / max(1, sum(weight for weight, _ in weights))

    @property
    def lies_on_its_side(self) -> bool:
        lengths = [(line.is_vertical, len(line.text)) for line in self.seen]
        vertical = sum(length for is_vertical, length in lengths if is_vertical)
        return vertical > _ENOUGH_LETTERS and vertical > sum(length for _, length in lengths) / 2

    @property
    def lines(self) -> list[Line]:
        long = [line for line in self.seen if line.is_vertical and len(line.text) > _SHORT]
        across = lines_of([line for line in self.seen if line not in long], self._back)
        return across + (self._vertical(long) if long else [])

    def _back(self, point: Point) -> Point:
        return self._turned.back(self._level.back(point))

    def _vertical(self, long: Sequence[Seen]) -> list[Line]:
        """The long vertical lines, read by themselves in the direction in which the engine is surer."""
        alone = self._level.picture.copy()
        alone[:] = 255
        for line in long:
            left, top = (max(0, int(min(axis))) for axis in zip(*line.corners, strict=True))
            right, bottom = (int(max(axis)) for axis in zip(*line.corners, strict=True))
            alone[top:bottom, left:right] = self._level.picture[top:bottom, left:right]
        found = max((Reading(alone, 1), Reading(alone, 3)), key=lambda turned: turned.confidence)
        across = [line for line in found.seen if not line.is_vertical]
        return lines_of(across, lambda point: self._back(found._back(point)))


def see(picture: numpy.ndarray[Any, Any]) -> list[Seen]:
    """The engine's lines; takes 1–3 s a page, the steps after it take milliseconds."""
    with _one_at_a_time:
        found = _engine()(picture)
    if found.txts is None:
        return []
    return [
        Seen(
            text,
            float(score),
            corners := _polygon(box),
            _letters(text, float(score), corners, parts),
            _strip(picture, box),
        )
        for text, score, box, parts in zip(found.txts, found.scores, found.boxes, found.word_results, strict=True)
        if text.strip()
    ]


def lines_of(seen: Sequence[Seen], back: Callable[[Point], Point]) -> list[Line]:
    """The engine's lines cut into words, in the pixels of ``back``; a space's width depends on the whole page."""
    written = [_spaces(line.text) for line in seen]
    white = [measured(line.strip, line.letters, spaces) for line, spaces in zip(seen, written, strict=True)]
    least = space_of_page(list(zip(white, written, strict=True)))
    return [
        _line(line, pieces(line.letters, spaces, found, least) if line.letters else (), back)
        for line, spaces, found in zip(seen, written, white, strict=True)
    ]


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # noqa: PLC0415 (a second, only where something is read)

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.use_cls": False,  # off: it turns one good line in a hundred upside down, which gives garbage
            "Global.return_word_box": True,
            "Global.return_single_char_box": True,
            "Global.max_side_len": READING_SIDE,
            "Det.limit_type": "max",
            "Det.limit_side_len": FINDING_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
        }
    )


def _letters(text: str, score: float, corners: Polygon, parts: Any) -> tuple[Letter, ...]:
    """The engine's characters along the line; empty when its text and its characters differ or the line is vertical.

    The engine counts spaces among its confidences but not among its characters: the confidence of a character is found
    by its position in the text.
    """
    (left, top), (right, along), (_, bottom) = corners[0], corners[1], corners[3]
    width, rise = right - left, along - top
    visible = [index for index, char in enumerate(text) if not char.isspace()]
    if [text[index] for index in visible] != [part for part, _, _ in parts] or width < (bottom - top) / 1.5:
        return ()
    letters = []
    for index, (part, _, box) in zip(visible, parts, strict=True):
        x = sum(float(point[0]) for point in box) / 4 - left
        y = sum(float(point[1]) for point in box) / 4 - (top + bottom) / 2
        middle = (x * width + y * rise) / (width * width + rise * rise)
        sure = float(parts[index][1]) if index < len(parts) else score
        letters.append(Letter(part.translate(_WIDE_FORMS), sure, middle))
    return tuple(letters)


def _spaces(text: str) -> frozenset[int]:
    """The indexes, counted without spaces, of the characters before a space."""
    words = text.split()
    ends, count = [], 0
    for word in words[:-1]:
        count += len(word)
        ends.append(count - 1)
    return frozenset(ends)


def _line(seen: Seen, cut: Sequence[Piece], back: Callable[[Point], Point]) -> Line:
    corners = tuple(back(point) for point in seen.corners)
    words = tuple(_word(seen, piece, back) for piece in cut)
    if not words:
        words = (Span(seen.text.strip().translate(_WIDE_FORMS), seen.confidence, corners),)
    return Line(Span(" ".join(word.text for word in words), seen.confidence, corners), words)


def _word(seen: Seen, piece: Piece, back: Callable[[Point], Point]) -> Span:
    letters = seen.letters[piece.first : piece.last]
    upper = [_between(seen.corners[0], seen.corners[1], share) for share in (piece.start, piece.end)]
    lower = [_between(seen.corners[3], seen.corners[2], share) for share in (piece.start, piece.end)]
    return Span(
        "".join(letter.text for letter in letters),
        min(letter.confidence for letter in letters),
        (back(upper[0]), back(upper[1]), back(lower[1]), back(lower[0])),
    )


def _between(first: Point, last: Point, share: float) -> Point:
    return first[0] + (last[0] - first[0]) * share, first[1] + (last[1] - first[1]) * share


def _polygon(corners: Any) -> Polygon:
    return tuple((float(x), float(y)) for x, y in corners)


def _strip(picture: numpy.ndarray[Any, Any], corners: Any) -> numpy.ndarray[Any, Any]:
    """The levelled grey picture of one line."""
    import cv2  # noqa: PLC0415 (comes with the engine)
    import numpy as np  # noqa: PLC0415

    box = np.asarray(corners, dtype=np.float32)
    width = max(1, int(max(np.linalg.norm(box[0] - box[1]), np.linalg.norm(box[3] - box[2]))))
    height = max(1, int(max(np.linalg.norm(box[0] - box[3]), np.linalg.norm(box[1] - box[2]))))
    level = np.array([[0, 0], [width, 0], [width, height], [0, height]], dtype=np.float32)
    turn = cv2.getPerspectiveTransform(box, level)
    laid = cv2.warpPerspective(picture, turn, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return laid.mean(axis=2).astype(np.uint8) if laid.ndim == 3 else laid
