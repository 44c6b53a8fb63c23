"""Draws pages of documents, and keeps the pictures for a week; used by the function page_pictures.

The first request for a page draws it. That a page cannot be drawn is kept as well, when only the file can be the
reason: another request would end another process.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Conflict, FileTooComplex, NoSuchPage, PageNotDrawable
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.result import MAX_PAGES

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.ports.invoices import PageDrawer, PagePictures

_NOT_DRAWABLE = b"not drawable"
"""What is kept in place of a picture."""


@dataclass(frozen=True)
class DrawPages:
    """``spend`` counts one drawing against the supplier's quota. Raises QuotaExceeded."""

    pictures: PagePictures
    pages: PageDrawer
    spend: Callable[[], None]

    def picture(self, invoice: Invoice, number: int) -> bytes:
        """The picture of that page of the document's file.

        Raises Conflict before the file was examined, NoSuchPage, and PageNotDrawable.
        """
        if invoice.state is State.RECEIVED:
            raise _not_examined()
        if number > MAX_PAGES:
            raise NoSuchPage
        where = invoice.document_id, invoice.object_version
        kept = self.pictures.kept(*where, number)
        if kept == _NOT_DRAWABLE:
            raise PageNotDrawable(FileTooComplex.problem)
        return kept or self._drawn(*where, number)

    def _drawn(self, document_id: str, version: str, number: int) -> bytes:
        data = self.pictures.original(document_id, version)
        if data is None:
            raise PageNotDrawable(_no_file())
        self.spend()
        try:
            drawn = self.pages.draw(data, number)
        except FileTooComplex as died:
            if died.final:
                self.pictures.keep(document_id, version, number, _NOT_DRAWABLE)
            raise PageNotDrawable(died.problem) from None
        if drawn.problem is not None:
            raise PageNotDrawable(drawn.problem)
        if drawn.picture is None:
            raise NoSuchPage
        self.pictures.keep(document_id, version, number, drawn.picture)
        return drawn.picture


def _not_examined() -> Conflict:
    return Conflict(
        "file_not_examined",
        "Le fichier de ce document n'est pas encore arrivé ou n'a pas encore été examiné : redemandez dans un instant.",
        "The file of this document has not arrived or was not examined yet: ask again in a moment.",
    )


def _no_file() -> Problem:
    return Problem(
        field=None,
        code="no_file_here",
        fr="Ce document n'a pas de fichier dans le connecteur : il a été déposé au portail par un autre moyen.",
        en="This document has no file in the connector: it was submitted to the portal by other means.",
    )
