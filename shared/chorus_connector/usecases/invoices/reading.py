"""Reads a document, cheapest source first; used by the function textract_ocr.

The XML inside and the text layer take milliseconds. Only pages without usable text go to Textract, whose answer comes
later as a message. If OCR fails, the values already read are kept and a person completes the form.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from chorus_connector.domain.errors import OcrFailed, Transient
from chorus_connector.domain.invoices.invoice import Invoice, OcrJob
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.cost import ReadingCost, cost_of
from chorus_connector.domain.reading.read import read_document
from chorus_connector.ports.values import Work

if TYPE_CHECKING:
    from chorus_connector.domain.reading.paper.page import Page
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import DocumentStore, InvoiceStore, Ocr, Queue


class OpenedPdf(Protocol):
    """A PDF within the limits of ``adapters.pdf``."""

    @property
    def page_count(self) -> int: ...

    @property
    def embedded_xml(self) -> bytes | None: ...

    def pages(self) -> Sequence[Page]: ...

    def pages_needing_ocr(self, pages: Sequence[Page]) -> Sequence[int]: ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class ReadDocument:
    """``open_pdf``, ``subset_pdf`` and ``pages_from_textract`` are the PDF and Textract adapters' functions.

    ``count`` is called once per reading, with its cost.
    """

    supplier: Supplier
    invoices: InvoiceStore
    documents: DocumentStore
    ocr: Ocr
    resolution_queue: Queue
    open_pdf: Callable[[bytes], OpenedPdf]
    subset_pdf: Callable[[bytes, Sequence[int]], bytes]
    pages_from_textract: Callable[
        [Sequence[dict[str, Any]], Sequence[int], Mapping[int, tuple[float, float]]], Sequence[Page]
    ]
    count: Callable[[ReadingCost], None]

    def start(self, document_id: str, *, now: datetime) -> Invoice:
        """Read the document now, or start a Textract job if some pages need it."""
        invoice = self.invoices.get(document_id)
        if invoice.state is not State.READING:
            return invoice
        if invoice.reading is not None:
            self._queue_resolution(invoice)  # a redelivery: the worker may have died before it sent this message
            return invoice
        data = self.documents.original(document_id, invoice.object_version)
        pdf = self.open_pdf(data)
        try:
            pages = pdf.pages()
            needing = self._pages_for_ocr(pdf, pages)
            if needing:
                return self._ask_textract(invoice, data, needing, pdf.page_count, now)
            return self._keep(invoice, pages, pdf.embedded_xml, now)
        finally:
            pdf.close()

    def finish(self, document_id: str, *, job_id: str, now: datetime) -> Invoice:
        """Read the document from the text layer's pages and those of a Textract job that has ended.

        Raises Transient while the job is not stored yet: its starter's message will be delivered again as well.
        """
        invoice = self.invoices.get(document_id)
        job = invoice.ocr_job
        if invoice.state is State.READING and invoice.reading is None and job is None:
            raise Transient("Lecture à peine demandée.", "The OCR job is not written down yet.")
        if invoice.state is not State.READING or job is None or job.job_id != job_id:
            return invoice  # a late or repeated message of an obsolete job
        if invoice.reading is not None:
            self._queue_resolution(invoice)
            return invoice
        pdf = self.open_pdf(self.documents.original(document_id, invoice.object_version))
        try:
            text_pages = {page.number: page for page in pdf.pages()}
            failure: tuple[Problem, ...] = ()
            try:
                answer = self.ocr.collect(job_id)
                sizes = {page.number: (page.width, page.height) for page in text_pages.values()}  # Textract gives none
                ocr_pages = {page.number: page for page in self.pages_from_textract(answer, job.pages, sizes)}
            except OcrFailed as error:
                ocr_pages, failure = {}, (_ocr_problem(error),)
            merged = {**text_pages, **ocr_pages}
            read = [merged[number] for number in sorted(merged)]
            return self._keep(invoice, read, pdf.embedded_xml, now, failure=failure, billed=len(job.pages))
        finally:
            pdf.close()

    def _pages_for_ocr(self, pdf: OpenedPdf, pages: Sequence[Page]) -> tuple[int, ...]:
        """The pages to send to OCR: those without usable text, or all if the supplier has chosen that."""
        if self.supplier.ocr == "always":
            return tuple(page.number for page in pages)
        return tuple(pdf.pages_needing_ocr(pages)) if pdf.embedded_xml is None else ()

    def _ask_textract(
        self, invoice: Invoice, data: bytes, pages: tuple[int, ...], page_count: int, now: datetime
    ) -> Invoice:
        if invoice.ocr_job is not None:
            return invoice  # the job was already started; its message will come
        subset = len(pages) < page_count
        if subset:
            self.documents.put_ocr_subset(invoice.document_id, self.subset_pdf(data, pages))
        # the token makes the start idempotent: if the worker dies before the write below, a retry starts no second job
        job_id = self.ocr.start(invoice.document_id, subset=subset, token=invoice.document_id)
        asked = invoice.being_read(now, action="read", ocr_job=OcrJob(job_id=job_id, pages=pages, started_at=now))
        self.invoices.save(asked, by="textract_ocr", action="ocr_started", detail=f"{len(pages)} page(s)")
        return asked

    def _keep(
        self,
        invoice: Invoice,
        pages: Sequence[Page],
        xml: bytes | None,
        now: datetime,
        *,
        failure: tuple[Problem, ...] = (),
        billed: int = 0,
    ) -> Invoice:
        reading = read_document(pages, xml, known_supplier_siret=self.supplier.siret)
        reading = reading.model_copy(update={"problems": (*reading.problems, *failure)})
        read = invoice.being_read(now, action="read", reading=reading)
        self.invoices.save(read, by="textract_ocr", action="read", detail=f"{len(reading.fields)} field(s)")
        self.count(cost_of(pages, xml_inside=xml is not None, billed=billed))
        self._queue_resolution(read)
        return read

    def _queue_resolution(self, invoice: Invoice) -> None:
        self.resolution_queue.send([Work(invoice.supplier_id, invoice.document_id)])


def _ocr_problem(error: OcrFailed) -> Problem:
    return Problem(
        field=None,
        code="ocr_failed",
        fr=f"{error.fr} Complétez le formulaire à la main.",
        en=f"{error.en} Fill in the form by hand.",
        blocking=False,
    )
