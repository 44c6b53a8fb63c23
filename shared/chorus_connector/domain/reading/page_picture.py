"""A picture of one page of a document, as a person sees the page."""

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

MAX_PICTURE = 250_000
"""Bytes of a picture."""

_PNG, _JPEG = b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"


class DrawnPage(Record):
    """The outcome of drawing a page: a ``picture``; a ``problem`` of the file or of the page; or neither.

    Without both, the file has only so many ``pages``.
    """

    problem: Problem | None = None
    pages: int = 0
    picture: bytes | None = None


def kind_of_picture(picture: bytes) -> str | None:
    """The media type of a picture, by its first bytes; None for anything else."""
    if picture.startswith(_PNG):
        return "image/png"
    return "image/jpeg" if picture.startswith(_JPEG) else None


def not_drawable() -> Problem:
    """The problem of a page that the library for PDFs cannot draw."""
    return Problem(
        field=None,
        code="page_damaged",
        fr="Cette page du PDF est endommagée ou illisible : aucune image ne peut en être faite.",
        en="This page of the PDF is damaged or unreadable: no picture of it can be made.",
    )
