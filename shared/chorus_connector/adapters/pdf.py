"""Reads PDF files: words with positions, and the embedded invoice XML. Any bytes may come in.

This module refuses unreadable files with a problem that a person can act on. It does not defend itself against files
that need too much memory or time: it runs in the child process of ``sandbox``, whose limits do. It uses pdfium for text
and pages; ``pdf_attachments`` uses pypdf.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c

from chorus_connector.adapters.pdf_attachments import (
    InflatesTooMuch,
    UnreadableAttachments,
    attached_xml,
    may_have_attachments,
)
from chorus_connector.adapters.pdf_forms import open_form, with_typed_text
from chorus_connector.adapters.pdf_words import Frame, tilt_of, words_of
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.attached_xml import ChosenXml, chosen
from chorus_connector.domain.reading.cii import xml_unreadable
from chorus_connector.domain.reading.paper.page import Page
from chorus_connector.domain.reading.paper.text_quality import is_readable_text
from chorus_connector.domain.reading.result import MAX_PAGES

MAX_READ_BYTES = 10 * 1024 * 1024  # the portal's limit for one file
MAX_CHARS_PER_PAGE = 40_000
MAX_CHARS = 1_000_000  # 300 pages of an invoice have 900 000

_LINEARIZED = re.compile(rb"/Linearized\b.{0,200}?/L\s+(\d{1,12})", re.DOTALL)
_COUNT = re.compile(rb"/Count\s+(\d{1,12})")
_LEAF = re.compile(rb"/Type\s*/Page(?![A-Za-z])")


class UnreadablePdf(Exception):
    """The file cannot be read as an invoice; ``problem`` says why and what to do."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.code)
        self.problem = problem


def _refusal(code: str, fr: str, en: str) -> UnreadablePdf:
    return UnreadablePdf(Problem(field=None, code=code, fr=fr, en=en))


def _empty() -> UnreadablePdf:
    return _refusal(
        "pdf_empty",
        "Le fichier est vide. Ajoutez le PDF de la facture.",
        "The file is empty. Upload the invoice's PDF.",
    )


def _not_a_pdf() -> UnreadablePdf:
    return _refusal(
        "pdf_not_a_pdf",
        "Le fichier n'est pas un PDF. Seules les factures au format PDF peuvent être transmises.",
        "The file is not a PDF. Only PDF invoices can be submitted.",
    )


def bytes_before_the_pdf(data: bytes) -> Problem | None:
    """The problem of a file that does not begin with ``%PDF-``: readers forgive it, Chorus Pro refuses it."""
    if data.startswith(b"%PDF-"):
        return None
    return _refusal(
        "pdf_bytes_before",
        "Le fichier a d'autres octets avant le PDF (souvent l'enveloppe d'un formulaire ou d'un courriel) : Chorus Pro "
        "le refuse. Ajoutez le PDF seul.",
        "The file has other bytes before the PDF (often the envelope of a form or of an e-mail): Chorus Pro refuses "
        "it. Upload the PDF alone.",
    ).problem


def _too_large() -> UnreadablePdf:
    return _refusal(
        "pdf_too_large",
        "Le fichier dépasse 10 Mo, la limite de Chorus Pro. Réduisez-le (résolution des images) puis ajoutez-le.",
        "The file is larger than 10 MB, Chorus Pro's limit. Make it smaller (image resolution) and upload it.",
    )


def _truncated() -> UnreadablePdf:
    return _refusal(
        "pdf_truncated",
        "Le PDF est incomplet ou endommagé : la fin du fichier manque. Exportez-le de nouveau.",
        "The PDF is incomplete or damaged: the end of the file is missing. Export it again.",
    )


def _encrypted() -> UnreadablePdf:
    return _refusal(
        "pdf_encrypted",
        "Le PDF est protégé par un mot de passe ; Chorus Pro le refuse. Ajoutez une version sans protection.",
        "The PDF is password-protected, which Chorus Pro refuses. Upload a version without protection.",
    )


def _no_pages() -> UnreadablePdf:
    return _refusal(
        "pdf_no_pages",
        "Le PDF ne contient aucune page. Exportez-le de nouveau.",
        "The PDF has no pages. Export it again.",
    )


def _too_many_pages() -> UnreadablePdf:
    return _refusal(
        "pdf_too_many_pages",
        f"Le PDF compte plus de {MAX_PAGES} pages. Ajoutez la facture seule, les annexes en pièces jointes.",
        f"The PDF has more than {MAX_PAGES} pages. Upload the invoice alone, annexes as attachments.",
    )


def _too_much_text() -> UnreadablePdf:
    return _refusal(
        "pdf_too_much_text",
        "Le PDF contient trop de texte pour une facture. Ajoutez la facture seule, les annexes en pièces jointes.",
        "The PDF holds too much text for an invoice. Upload the invoice alone, annexes as attachments.",
    )


def _bomb() -> UnreadablePdf:
    return _refusal(
        "pdf_inflates_too_much",
        "Le PDF contient des données dont la taille décompressée dépasse les limites. Exportez-le de nouveau.",
        "The PDF holds data that inflates beyond the limits. Export it again.",
    )


def _damaged() -> UnreadablePdf:
    return _refusal(
        "pdf_damaged",
        "Le PDF est endommagé et ne peut pas être ouvert. Exportez-le de nouveau.",
        "The PDF is damaged and cannot be opened. Export it again.",
    )


def open_pdf(data: bytes) -> PdfDocument:
    """A document whose size, structure and page count are within bounds.

    Raises UnreadablePdf, and nothing else, for anything that is not.
    """
    document, count = load_pdf(data)
    xml = _invoice_xml(data, document)
    return PdfDocument(document, count, xml.content, xml.problems)


def load_pdf(data: bytes) -> tuple[Any, int]:
    """pdfium's document, and how many pages it has. Raises UnreadablePdf, as ``open_pdf``."""
    _check_envelope(data)
    document = _load(data)
    return document, _page_count(document)


def subset_pdf(data: bytes, pages: Sequence[int]) -> bytes:
    """A PDF of only these pages (counted from 1), for Textract."""
    source = _load(data)
    target = pdfium.PdfDocument.new()
    out = io.BytesIO()
    try:
        target.import_pages(source, [page - 1 for page in pages])
        target.save(out)
    except (pdfium.PdfiumError, ValueError, IndexError) as error:
        raise _damaged() from error
    finally:
        target.close()
        source.close()
    return out.getvalue()


def _check_envelope(data: bytes) -> None:
    if not data.strip(b"\0 \t\r\n"):
        raise _empty()
    if len(data) > MAX_READ_BYTES:
        raise _too_large()
    if b"%PDF-" not in data[:1024]:
        raise _not_a_pdf()
    end = data.rfind(b"%%EOF")
    linearized = _LINEARIZED.search(data[:2048])
    if linearized and int(linearized[1]) > len(data):
        raise _truncated()
    if end < 0 or b" obj" in data[end:]:
        raise _truncated()


def _load(data: bytes) -> Any:
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        asks_password = getattr(error, "err_code", None) == pdfium_c.FPDF_ERR_PASSWORD or "assword" in str(error)
        if asks_password and b"/Encrypt" in data:
            raise _encrypted() from error
        raise _without_pages(data) from error
    if pdfium_c.FPDF_GetSecurityHandlerRevision(document) > 0:
        document.close()
        raise _encrypted()
    return document


def _without_pages(data: bytes) -> UnreadablePdf:
    """Why pdfium will not open an unencrypted file: it asks for a password when the page tree has no end or no leaf."""
    if any(int(count) > MAX_PAGES for count in _COUNT.findall(data)):
        return _too_many_pages()
    if not _LEAF.search(data) and b"/ObjStm" not in data:
        return _no_pages()
    return _damaged()


def _page_count(document: Any) -> int:
    count = len(document)
    if count < 1:
        raise _no_pages()
    if count > MAX_PAGES:
        raise _too_many_pages()
    return count


def _invoice_xml(data: bytes, document: Any) -> ChosenXml:
    listed = pdfium_c.FPDFDoc_GetAttachmentCount(document) > 0
    if not (listed or may_have_attachments(data)):
        return ChosenXml()
    try:
        return chosen(attached_xml(data))
    except InflatesTooMuch:
        raise _bomb() from None
    except UnreadableAttachments:
        return ChosenXml(problems=(xml_unreadable(),)) if listed else ChosenXml()


@dataclass
class PdfDocument:
    """An opened PDF. ``embedded_xml`` is the Factur-X/ZUGFeRD invoice it carries, if any.

    ``xml_problems``: what a person must know of other XML files inside.
    """

    _document: Any
    page_count: int
    embedded_xml: bytes | None
    xml_problems: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        return f"PdfDocument({self.page_count} pages)"

    def pages(self) -> list[Page]:
        """Every page with the words of its text layer; a page without one has no words.

        Raises UnreadablePdf when there is more text than can be read in a limited time.
        """
        open_form(self._document)
        pages = []
        room = MAX_CHARS
        for index in range(self.page_count):
            page, characters = self._page(index)
            pages.append(page)
            room -= characters
            if room < 0:
                raise _too_much_text()
        return pages

    def pages_needing_ocr(self, pages: Sequence[Page]) -> list[int]:
        """Numbers of the pages whose text layer is missing, garbage, or hidden over a picture."""
        return [page.number for page in pages if self._needs_ocr(page)]

    def close(self) -> None:
        self._document.close()

    def _page(self, index: int) -> tuple[Page, int]:
        """A page, and how many characters were read from it."""
        try:
            page, typed = with_typed_text(self._document, index)
            frame = Frame.of(page)
            textpage = page.get_textpage()
        except (pdfium.PdfiumError, ValueError):
            return Page(index + 1, 595.0, 842.0, (), "text"), 0
        try:
            characters = max(0, min(textpage.count_chars(), MAX_CHARS_PER_PAGE))
            words = (*words_of(textpage, characters, frame), *typed)
            tilt = tilt_of(textpage, characters)
        finally:
            textpage.close()
            page.close()
        return Page(index + 1, frame.width, frame.height, words, "text", tilt), characters

    def _needs_ocr(self, page: Page) -> bool:
        facts = self._page_facts.get(page.number) or self._inspect(page.number)
        self._page_facts[page.number] = facts
        if not facts.objects:
            return False
        letters = sum(len(word.text) for word in page.words)
        if letters < 20:
            return facts.picture_area > 0.02 or facts.objects > letters
        if facts.picture_area > 0.5 and (facts.hidden_text > 0.5 or len(page.words) < 15):
            return True
        return not is_readable_text([word.text for word in page.words])

    @cached_property
    def _page_facts(self) -> dict[int, _PageFacts]:
        return {}

    def _inspect(self, number: int) -> _PageFacts:
        try:
            page = self._document[number - 1]
        except pdfium.PdfiumError:
            return _PageFacts(0, 0.0, 0.0)
        try:
            return _facts(page)
        except pdfium.PdfiumError:
            return _PageFacts(1, 1.0, 0.0)
        finally:
            page.close()


@dataclass(frozen=True, slots=True)
class _PageFacts:
    objects: int
    picture_area: float
    hidden_text: float


def _facts(page: Any) -> _PageFacts:
    left, bottom, right, top = page.get_bbox()
    area = max(1.0, (right - left) * (top - bottom))
    pictures = texts = hidden = objects = 0.0
    for item in page.get_objects(max_depth=3):
        objects += 1
        if objects > 3000:
            break
        if item.type == pdfium_c.FPDF_PAGEOBJ_IMAGE:
            x0, y0, x1, y1 = item.get_bounds()
            pictures += max(0.0, min(x1, right) - max(x0, left)) * max(0.0, min(y1, top) - max(y0, bottom))
        elif item.type == pdfium_c.FPDF_PAGEOBJ_TEXT:
            texts += 1
            hidden += pdfium_c.FPDFTextObj_GetTextRenderMode(item) == pdfium_c.FPDF_TEXTRENDERMODE_INVISIBLE
    return _PageFacts(int(objects), min(1.0, pictures / area), hidden / texts if texts else 0.0)
