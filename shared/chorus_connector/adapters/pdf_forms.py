"""What was typed onto a page: the values of its form's text fields and lists, and text annotations.

pdfium keeps them apart from the page's text. They are drawn into the page in memory before its words are read, as a
person sees them. Buttons, signatures and comments are no part of an invoice's text: they are left out, like hidden
fields.
"""

from __future__ import annotations

import ctypes
import logging
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from chorus_connector.adapters.pdf_words import Frame
from chorus_connector.domain.reading.paper.page import Word

MAX_ANNOTATIONS = 2000  # of a page; a form that fills one has some hundreds
_MAX_VALUE = 2000  # UTF-16 characters of a value that is read without its appearance
_FIELDS = (pdfium_c.FPDF_FORMFIELD_TEXTFIELD, pdfium_c.FPDF_FORMFIELD_COMBOBOX, pdfium_c.FPDF_FORMFIELD_LISTBOX)
_UNSEEN = pdfium_c.FPDF_ANNOT_FLAG_HIDDEN | pdfium_c.FPDF_ANNOT_FLAG_NOVIEW | pdfium_c.FPDF_ANNOT_FLAG_INVISIBLE
_COMB = 1 << 24  # of a field's flags (ISO 32000-1, table 228): each character in a cell of its own
_PASSWORD = 1 << 13


def open_form(document: Any) -> None:
    """Make pdfium draw the fields that have no appearance; to be called before pages are read.

    A form is not opened if no page shows a field of it: that takes long where it has many thousand.
    """
    if pdfium_c.FPDF_GetFormType(document) == pdfium_c.FORMTYPE_NONE:
        return
    if any(_has_annotations(document, index) for index in range(len(document))):
        logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)  # it warns of each XFA form
        with suppress(pdfium.PdfiumError):
            document.init_forms()


def _has_annotations(document: Any, index: int) -> bool:
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return False
    try:
        return bool(0 < pdfium_c.FPDFPage_GetAnnotCount(page) <= MAX_ANNOTATIONS)
    finally:
        page.close()


def with_typed_text(document: Any, index: int) -> tuple[Any, list[Word]]:
    """The page with the typed text drawn into it, and the words of fields that have a cell for each character."""
    page = document[index]
    count = pdfium_c.FPDFPage_GetAnnotCount(page)
    if not 0 < count <= MAX_ANNOTATIONS:
        return page, []
    kept = _Kept(document, page)
    for number in reversed(range(count)):
        kept.sort_out(number)
    if not kept.drawn:
        return page, kept.words
    page = _again(document, index, page)  # fields without an appearance get one
    pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY)
    return _again(document, index, page), kept.words


def _again(document: Any, index: int, page: Any) -> Any:
    page.close()
    return document[index]


class _Kept:
    """Removes from a page the annotations that are not to be drawn into it."""

    def __init__(self, document: Any, page: Any) -> None:
        self._form = document.formenv
        self._page = page
        self._frame = Frame.of(page)
        self.drawn = 0
        self.words: list[Word] = []

    def sort_out(self, number: int) -> None:
        annotation = pdfium_c.FPDFPage_GetAnnot(self._page, number)
        if not annotation:
            return
        try:
            keep = not pdfium_c.FPDFAnnot_GetFlags(annotation) & _UNSEEN and self._is_text(annotation)
        finally:
            pdfium_c.FPDFPage_CloseAnnot(annotation)
        self.drawn += keep
        if not keep:
            pdfium_c.FPDFPage_RemoveAnnot(self._page, number)

    def _is_text(self, annotation: Any) -> bool:
        kind = pdfium_c.FPDFAnnot_GetSubtype(annotation)
        if kind != pdfium_c.FPDF_ANNOT_WIDGET or self._form is None:
            return bool(kind == pdfium_c.FPDF_ANNOT_FREETEXT)
        flags = pdfium_c.FPDFAnnot_GetFormFieldFlags(self._form, annotation)
        if pdfium_c.FPDFAnnot_GetFormFieldType(self._form, annotation) not in _FIELDS or flags & _PASSWORD:
            return False
        value = self._value(annotation)
        if flags & _COMB:
            self.words += self._in_cells(annotation, value)
            return False
        if value and not _draws_text(annotation):
            pdfium_c.FPDFAnnot_SetAP(annotation, pdfium_c.FPDF_ANNOT_APPEARANCEMODE_NORMAL, None)
        return True

    def _value(self, annotation: Any) -> str:
        buffer = (ctypes.c_ushort * (_MAX_VALUE + 1))()
        size = ctypes.sizeof(buffer)
        length = pdfium_c.FPDFAnnot_GetFormFieldValue(self._form, annotation, buffer, size)
        return bytes(buffer)[: max(0, length - 2)].decode("utf-16-le", "replace") if length <= size else ""

    def _in_cells(self, annotation: Any, value: str) -> Iterator[Word]:
        rect = pdfium_c.FS_RECTF()
        if value.strip() and pdfium_c.FPDFAnnot_GetRect(annotation, ctypes.byref(rect)):
            box = self._frame.box(rect.left, min(rect.bottom, rect.top), rect.right, max(rect.bottom, rect.top))
            yield Word("".join(value.split()), box, turn=self._frame.quarter_turns)


def _draws_text(annotation: Any) -> bool:
    """Whether the annotation's appearance shows text; some programs write a value and leave the empty one."""
    mode = pdfium_c.FPDF_ANNOT_APPEARANCEMODE_NORMAL
    length = pdfium_c.FPDFAnnot_GetAP(annotation, mode, None, 0)
    if length <= 2:
        return False
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    pdfium_c.FPDFAnnot_GetAP(annotation, mode, buffer, ctypes.sizeof(buffer))
    return any(operator in bytes(buffer).decode("utf-16-le", "replace") for operator in ("Tj", "TJ", "'", '"'))
