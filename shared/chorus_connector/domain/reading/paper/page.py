"""The common form of every text source: pages of placed words.

The text layer, Textract and its local double all become pages of placed words, so that one set of rules
reads them all. Boxes are fractions of the page with the origin at the top left, as Textract has them.
"""

from dataclasses import dataclass
from typing import Literal

Source = Literal["xml", "text", "ocr"]


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page: fractions of its width and height (0–1), origin top left."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a space, its box, and its source's confidence (0–1).

    ``turn``: the direction in which it runs on the page as it is displayed, in clockwise quarter turns (1: downwards).
    """

    text: str
    box: Box
    confidence: float = 1.0
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page, counted from 1, its size in points, and its words in no promised order.

    ``tilt``: by how many radians a text layer's lines run down to the right. A scan's tilt is measured from its words.
    """

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    source: Source
    tilt: float = 0.0
