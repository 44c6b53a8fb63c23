"""``ports.PageDrawer``: every page is drawn in a sandbox of its own, and what comes back is validated."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from chorus_connector.adapters.sandbox import ChildDied, Limits, Sandbox
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.reading.page_picture import MAX_PICTURE, DrawnPage, kind_of_picture

DRAWING = Limits(cpu_seconds=9, wall_seconds=10.0)
"""A person waits for the answer, and the HTTP API for 30 s at most. An ordinary page needs 100 to 500 ms."""
DRAWING_IN_A_HURRY = Limits(cpu_seconds=2, wall_seconds=3.0)
"""For the files of a supplier several of whose files died lately."""

_MAX_HEAD = 4000
"""Bytes of the line before a picture: a problem at most."""


@cache
def drawing_sandbox() -> Sandbox:
    """The sandbox of this process: its server has the libraries loaded that draw."""
    return Sandbox("chorus_connector.adapters.picture_tasks")


class SandboxedDrawer:
    """Draws pages. ``on_death`` is called with every child that died.

    A death that only the file can cause is final. Within other limits than DRAWING no death is: the file had little
    time.
    """

    def __init__(
        self, sandbox: Sandbox, on_death: Callable[[ChildDied], None] = lambda _: None, *, limits: Limits = DRAWING
    ) -> None:
        self._sandbox = sandbox
        self._on_death = on_death
        self._limits = limits

    def draw(self, data: bytes, number: int) -> DrawnPage:
        try:
            return _drawn(
                self._sandbox.call("draw", data, self._limits, longest=_MAX_HEAD + 1 + MAX_PICTURE, number=number)
            )
        except ChildDied as died:
            death = died
        except ValueError:  # pydantic's ValidationError is one
            death = ChildDied("error", "invalid answer", seconds=0)
        self._on_death(death)
        hurried = death.may_be_chance and self._limits is not DRAWING
        raise FileTooComplex(final=not death.may_be_chance, hurried=hurried)


def _drawn(answer: bytes) -> DrawnPage:
    """The page in a child's answer. Raises ValueError."""
    end = answer.find(b"\n", 0, _MAX_HEAD + 1)
    if end < 0:
        return DrawnPage.model_validate_json(answer[:_MAX_HEAD])
    picture = answer[end + 1 :]
    if kind_of_picture(picture) is None or len(picture) > MAX_PICTURE:
        raise ValueError("the answer is no picture")
    return DrawnPage.model_validate_json(answer[:end]).model_copy(update={"picture": picture})
