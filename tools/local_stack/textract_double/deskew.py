"""Levels a tilted page before it is read: the model garbles long lines from a tilt of about one degree.

The tilt is the angle at which the rows of pixels differ most in their share of ink. It is searched on a small copy, in
some tens of milliseconds. Positions are returned in the original page's pixels, tilted as in Textract's answers.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy

    Picture = numpy.ndarray[Any, Any]

Point = tuple[float, float]

_SMALL = 700  # pixels of the longer side
_MOST = 3.0  # degrees: a page fed at an angle; a larger tilt is a photograph
_STEP = 0.25
_LEAST = 0.3  # degrees: the model reads such a page well


class Turned:
    """A picture after quarter turns against the clock, and the transformation back."""

    def __init__(self, picture: Picture, turns: int) -> None:
        import numpy as np  # noqa: PLC0415

        self._turns = turns
        self._height, self._width = picture.shape[:2]
        self.picture = np.ascontiguousarray(np.rot90(picture, turns)) if turns else picture

    def back(self, point: Point) -> Point:
        """The position on the original picture of a point of the turned one."""
        x, y = point
        if self._turns == 1:
            return self._width - y, x
        if self._turns == 2:
            return self._width - x, self._height - y
        return (y, self._height - x) if self._turns == 3 else point


class Level:
    """A levelled picture, and the transformation back to the original page."""

    def __init__(self, picture: Picture) -> None:
        import cv2  # noqa: PLC0415 (comes with the engine)

        self.tilt = tilt_of(picture)
        self.picture = picture
        height, width = picture.shape[:2]
        self._centre = (width / 2, height / 2)
        if abs(self.tilt) < _LEAST:
            self.tilt = 0.0
            return
        turn = cv2.getRotationMatrix2D(self._centre, self.tilt, 1.0)
        self.picture = cv2.warpAffine(
            picture, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
        )

    def back(self, point: Point) -> Point:
        """The position on the original page of a point of the levelled picture."""
        if not self.tilt:
            return point
        angle = math.radians(self.tilt)
        x, y = point[0] - self._centre[0], point[1] - self._centre[1]
        return (
            self._centre[0] + x * math.cos(angle) - y * math.sin(angle),
            self._centre[1] + x * math.sin(angle) + y * math.cos(angle),
        )


def tilt_of(picture: Picture) -> float:
    """The angle in degrees by which the page's lines fall to the right; 0 for a page without lines."""
    import cv2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    grey = picture.mean(axis=2).astype(np.uint8) if picture.ndim == 3 else picture
    scale = min(1.0, _SMALL / max(grey.shape))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape
    border = min(height, width) // 20  # a copier's dark edges are no lines
    ink = 255.0 - small.astype(np.float32)
    ink -= cv2.blur(ink, (31, 31))  # bars and shadows are no lines of text either
    ink = np.clip(ink, 0, 80)
    best, best_score = 0.0, 0.0
    for step in sorted(range(-round(_MOST / _STEP), round(_MOST / _STEP) + 1), key=abs):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), step * _STEP, 1.0)
        rows = cv2.warpAffine(ink, turn, (width, height))[border : height - border, border : width - border].sum(axis=1)
        score = float(np.square(np.diff(rows)).sum())
        if score > best_score * 1.02:
            best, best_score = step * _STEP, score
    return best
