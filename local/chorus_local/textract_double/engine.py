"""Lines and words on a picture, by RapidOCR; the models are inside its wheel, nothing is fetched.

The engine is loaded once per process, when first needed (about a second), and used by one thread at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

THREADS = 2
# Of the longest side, in pixels. Letters are found on a smaller copy and read on the full one: half the time
# of finding them at 200 dpi, and the 6-point footer is still found.
FINDING_SIDE = 1600
READING_SIDE = 2600
# The models know Chinese too and now and then answer in its wide forms of ! to ~.
_WIDE_FORMS = {0xFF01 + offset: 0x21 + offset for offset in range(94)}

Point = tuple[float, float]
Polygon = tuple[Point, ...]


@dataclass(frozen=True)
class Span:
    """A run of text, how sure the engine is of it (0–1) and its four corners in pixels."""

    text: str
    confidence: float
    corners: Polygon


@dataclass(frozen=True)
class Line:
    """A line and its words, left to right."""

    whole: Span
    words: tuple[Span, ...]


_one_at_a_time = Lock()


def recognise(picture: numpy.ndarray[Any, Any]) -> list[Line]:
    """The lines of a picture (height × width × 3), in the engine's order: top to bottom, left to right."""
    with _one_at_a_time:
        found = _engine()(picture)
    if found.txts is None:
        return []
    return [
        _line(text, float(score), corners, parts)
        for text, score, corners, parts in zip(found.txts, found.scores, found.boxes, found.word_results, strict=True)
        if text.strip()
    ]


@cache
def _engine() -> Any:
    from rapidocr import RapidOCR  # noqa: PLC0415 (a second, only where something is read)

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.return_word_box": True,
            "Global.max_side_len": READING_SIDE,
            "Det.limit_type": "max",
            "Det.limit_side_len": FINDING_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": THREADS,
        }
    )


def _line(text: str, score: float, corners: Any, parts: Any) -> Line:
    pieces = [Span(_plain(part), float(sure), _polygon(box)) for part, sure, box in parts]
    words = tuple(_words(pieces, _plain(text))) or (Span(_plain(text), score, _polygon(corners)),)
    return Line(Span(" ".join(word.text for word in words), score, _polygon(corners)), words)


def _plain(text: str) -> str:
    return text.translate(_WIDE_FORMS)


def _polygon(corners: Any) -> Polygon:
    return tuple((float(x), float(y)) for x, y in corners)


def _words(pieces: list[Span], text: str) -> list[Span]:
    """The engine's pieces joined into the words of the line's text.

    Its pieces also break words apart (« com|merciale »), its text also runs a label into its value
    (« SIRET:260… »): a word ends where the text has a space, or where a piece ends with a colon.
    """
    words: list[Span] = []
    current: list[Span] = []
    rest = text
    for piece in pieces:
        spaced = rest[:1].isspace()
        rest = rest.lstrip()
        if not rest.startswith(piece.text):
            return []  # text and pieces disagree: the line stays one word rather than a wrong cut
        rest = rest[len(piece.text) :]
        if current and (spaced or current[-1].text.endswith(":")):
            words.append(_joined(current))
            current = []
        current.append(piece)
    if current:
        words.append(_joined(current))
    return words


def _joined(pieces: list[Span]) -> Span:
    xs = [x for piece in pieces for x, _ in piece.corners]
    ys = [y for piece in pieces for _, y in piece.corners]
    left, top, right, bottom = min(xs), min(ys), max(xs), max(ys)
    return Span(
        "".join(piece.text for piece in pieces),
        min(piece.confidence for piece in pieces),
        ((left, top), (right, top), (right, bottom), (left, bottom)),
    )
