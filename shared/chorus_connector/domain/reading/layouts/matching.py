"""Finds which of a supplier's layouts a document has, by the words that all its taught documents print."""

from collections.abc import Iterable

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.fingerprint import likeness
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.layouts.transcript import Transcript

ALIKE = 0.5
"""The least likeness of a document to its own layout; foreign designs have at most 0.35."""


def match(document: Document, layouts: Iterable[Layout]) -> Layout | None:
    """The layout whose design the document has; None when it has none of them."""
    return match_transcript(Transcript(document), layouts)


def match_transcript(transcript: Transcript, layouts: Iterable[Layout]) -> Layout | None:
    """``match`` for a document that was already transcribed."""
    likenesses = [(likeness(transcript, layout.fingerprint), layout) for layout in layouts]
    best = max(likenesses, key=lambda each: each[0], default=None)
    return best[1] if best is not None and best[0] >= ALIKE else None
