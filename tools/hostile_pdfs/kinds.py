"""Every kind of hostile PDF, and the bytes of one by name, size and seed."""

from random import Random

from tools.hostile_pdfs import (  # noqa: F401 (importing registers the kinds)
    attachments,
    catalogue,
    drawing,
    fonts,
    pictures,
    shadings,
    streams,
    structure,
    text,
)
from tools.hostile_pdfs.draft import KINDS

MAX_BYTES = 10 * 1024 * 1024
"""No file is larger: the connector refuses it by its length alone."""


def hostile_pdf(name: str, size: float = 1.0, seed: int = 0) -> bytes:
    """The file of this kind; the same for the same arguments. A file that would exceed 10 MB is drawn smaller."""
    while len(data := KINDS[name].make(Random(f"{name}/{seed}"), size)) > MAX_BYTES:
        size -= 0.02
    return data
