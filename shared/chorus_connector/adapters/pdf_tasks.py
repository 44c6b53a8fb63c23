"""What the child process of ``sandbox`` does with a PDF. Its answers are JSON; a PDF may be on the lines after it.

Everything that depends on a file's content happens here: opening it, its text, its XML, and the reading rules.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from chorus_connector.adapters.pdf import PdfDocument, UnreadablePdf, bytes_before_the_pdf, open_pdf, subset_pdf
from chorus_connector.adapters.pdf_attachments import UnreadableAttachments, may_have_attachments
from chorus_connector.adapters.pdf_rewriting import (
    NotRemovable,
    announces_xml,
    files_inside,
    is_signed,
    pdf_without_xml,
)
from chorus_connector.adapters.textract_blocks import UnreadableTextract, pages_from_textract
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.invoices.facturx import facts_of_xml
from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.invoices.form import Form
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.document import Document
from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument
from chorus_connector.domain.reading.layouts.matching import match
from chorus_connector.domain.reading.layouts.stored_words import pages_from_bytes, pages_to_bytes
from chorus_connector.domain.reading.layouts.teaching import Sample, taught, untaught
from chorus_connector.domain.reading.paper.page import Box, Page, Word
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import MAX_READING, FieldReading, FileReading, Reading, VatLine
from chorus_connector.domain.reading.unattended import from_the_page

_LISTED = 10  # page numbers that a problem names
_SOME_WORDS = ("Facture", "N°", "F12", "Date", "12/03/2026", "Total", "TTC", "120,00", "SIRET", "12345678200010")


def examine(data: bytes) -> bytes:
    """Whether the file can be read and sent at all. No page is loaded."""
    try:
        open_pdf(data).close()
    except UnreadablePdf as refusal:
        return _json(FileReading(problem=refusal.problem))
    return _json(FileReading(problem=bytes_before_the_pdf(data)))


def read(
    data: bytes,
    *,
    ocr: str,
    known_supplier_siret: str | None,
    recognised: tuple[Sequence[str], Sequence[int]] | None,
    layouts: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """The reading, or the numbers of the pages to recognise first.

    ``ocr``: which pages go to Textract (``when_needed``, ``always``, ``never``). ``recognised``: Textract's answer and
    the numbers of its pages; then nothing more is recognised. ``layouts``: the supplier's, as JSON.
    """
    try:
        pdf = open_pdf(data)
        pages = pdf.pages()
        if recognised is None and (numbers := _to_recognise(pdf, pages, ocr)):
            subset = subset_pdf(data, numbers) if len(numbers) < len(pages) else None
            return _json(FileReading(to_recognise=tuple(numbers), subset=subset))
        if recognised is None and ocr == "never":
            unreadable = pdf.pages_needing_ocr(pages)
            pages = [replace(page, words=()) if page.number in unreadable else page for page in pages]
    except UnreadablePdf as refusal:
        return _json(FileReading(problem=refusal.problem))
    merged, problems = (pages, ()) if recognised is None else _merged(pages, *recognised)
    reading = read_document(
        merged,
        pdf.embedded_xml,
        known_supplier_siret=known_supplier_siret,
        layouts=[Layout.model_validate(layout) for layout in layouts],
    )
    problems = (*reading.problems, *pdf.xml_problems, *problems)
    reading = reading.model_copy(update={"problems": problems, "file": _facts(data, pdf.embedded_xml)})
    learns = pdf.embedded_xml is None or from_the_page(reading.fields)
    words = pages_to_bytes(merged) if learns else None
    return _json(FileReading(reading=reading, xml_inside=pdf.embedded_xml is not None, words=words))


def file_facts(data: bytes) -> bytes:
    """What the file carries besides its pages, as JSON."""
    try:
        xml = open_pdf(data).embedded_xml
    except UnreadablePdf:
        xml = None
    return _facts(data, xml).model_dump_json().encode()


def without_xml(data: bytes) -> bytes:
    """The PDF without its XML; empty when it cannot be removed."""
    try:
        return pdf_without_xml(data)
    except NotRemovable:
        return b""


def match_layout(data: bytes, *, layouts: Sequence[Mapping[str, Any]]) -> bytes:
    """The id of the layout that a document with these stored words has, as JSON."""
    document = Document(pages_from_bytes(data))
    found = match(document, [Layout.model_validate(layout) for layout in layouts])
    return json.dumps(found.layout_id if found else None).encode()


def teach(data: bytes, *, layout: Mapping[str, Any], document: Mapping[str, Any], lengths: Mapping[str, int]) -> bytes:
    """The layout after one more document. ``data`` are stored words, one document's after the other's."""
    known, new = Layout.model_validate(layout), TaughtDocument.model_validate(document)
    samples = _samples((*known.documents, new), data, lengths)
    taught_anew = taught(known, samples.pop(new.document_id), [*samples.values()])
    return taught_anew.model_dump_json().encode()


def unteach(data: bytes, *, layout: Mapping[str, Any], document_id: str, lengths: Mapping[str, int]) -> bytes:
    """The layout without that document, or null. ``data`` are stored words, one document's after the other's."""
    known = Layout.model_validate(layout)
    left = untaught(known, document_id, [*_samples(known.documents, data, lengths).values()])
    return left.model_dump_json().encode() if left else b"null"


TASKS: Mapping[str, Callable[..., bytes]] = {
    "examine": examine,
    "read": read,
    "file_facts": file_facts,
    "without_xml": without_xml,
    "match_layout": match_layout,
    "teach": teach,
    "unteach": unteach,
}


def warm_up() -> None:
    """Make the validators, and load the rules' tables with a page that no file gave."""
    for model in (Problem, VatLine, FieldReading, Reading, FileReading, FileFacts, Form, Layout):
        model.model_rebuild()
    words = tuple(Word(text, Box(0.1 * index, 0.1, 0.09, 0.02)) for index, text in enumerate(_SOME_WORDS))
    read_document([Page(1, 595.0, 842.0, words, "text")])


def _facts(data: bytes, invoice_xml: bytes | None) -> FileFacts:
    """``invoice_xml`` is the invoice inside, if exactly one can be read. A file that cannot be searched has XML."""
    announced = announces_xml(data)
    if not (announced or may_have_attachments(data)):
        return FileFacts()
    try:
        has_xml, others = files_inside(data)
        if not (announced or has_xml):
            return FileFacts(other_files=others)
        found = {"signed": is_signed(data), "other_files": others}
    except UnreadableAttachments:
        found = {"signed": True}
    return facts_of_xml(invoice_xml).model_copy(update=found)


def _samples(documents: Iterable[TaughtDocument], data: bytes, lengths: Mapping[str, int]) -> dict[str, Sample]:
    """The documents whose words are in ``data``, in their order; of two with one id the last."""
    words, start = {}, 0
    for document_id, length in lengths.items():
        words[document_id] = data[start : start + length]
        start += length
    return {
        each.document_id: Sample(each.document_id, pages_from_bytes(words[each.document_id]), each.values, each.at)
        for each in documents
        if each.document_id in words
    }


def _to_recognise(pdf: PdfDocument, pages: Sequence[Page], ocr: str) -> Sequence[int]:
    if ocr == "always":
        return [page.number for page in pages]
    if ocr == "never" or pdf.embedded_xml is not None:
        return ()
    return pdf.pages_needing_ocr(pages)


def _merged(pages: list[Page], answer: Sequence[str], numbers: Sequence[int]) -> tuple[list[Page], tuple[Problem, ...]]:
    """The pages, the recognised ones in place of their text layer's, and a problem for those that were not recognised.

    The text layer of a page that had to be recognised is not believed, so that page has no words then.
    """
    sizes = {page.number: (page.width, page.height) for page in pages}  # Textract gives none
    parts = [json.loads(part) for part in answer]
    try:
        recognised = {page.number: page for page in pages_from_textract(parts, numbers, sizes)}
        missing = [number for number in numbers if number not in recognised]
        problems = (_not_recognised(missing),) if missing else ()
    except UnreadableTextract as error:
        recognised, problems = {}, (error.problem,)
    believed = [replace(page, words=()) if page.number in numbers else page for page in pages]
    return [recognised.get(page.number, page) for page in believed], problems


def _not_recognised(missing: Sequence[int]) -> Problem:
    """Blocks until a person confirms the total: what these pages say may change it."""
    listed = ", ".join(map(str, missing[:_LISTED])) + (", …" if len(missing) > _LISTED else "")
    return Problem(
        field="total_ttc",
        code="ocr_pages_missing",
        fr=f"La lecture optique n'a pas pu lire toutes les pages (page {listed}). Vérifiez les valeurs, "
        "puis confirmez le total TTC.",
        en=f"Text recognition could not read every page (page {listed}). Check the values, then confirm the total "
        "including VAT.",
    )


def _json(answer: FileReading) -> bytes:
    """One line of JSON, then the words of a reading or the PDF of the pages to recognise, if there are any."""
    head = answer.model_dump_json(exclude={"subset", "words"}).encode()
    if len(head) > MAX_READING:
        return _json(FileReading(problem=FileTooComplex.problem))
    body = answer.words if answer.reading else answer.subset
    return head if body is None else head + b"\n" + body
