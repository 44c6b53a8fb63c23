"""Reads a document, cheapest source first; used by the function textract_ocr.

The XML inside and the text layer take milliseconds. Only pages without usable text go to Textract, whose answer comes
later as a message. If OCR fails, the values already read are kept and a person completes the form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import FileTooComplex, OcrFailed, Transient
from chorus_connector.domain.invoices.invoice import Invoice, OcrJob
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.quotas import OCR_QUOTA_USED_UP, QuotaExceeded
from chorus_connector.domain.reading.cost import ReadingCost, cost_of
from chorus_connector.ports.values import Move, Work

if TYPE_CHECKING:
    from chorus_connector.domain.reading.layouts.layout import Layout
    from chorus_connector.domain.reading.result import FileReading, Reading
    from chorus_connector.domain.suppliers.supplier import OcrUse, Supplier
    from chorus_connector.ports.invoices import (
        DocumentStore,
        InvoiceStore,
        LayoutStore,
        Ocr,
        PdfReader,
        Queue,
        Recognised,
    )


@dataclass(frozen=True)
class ReadDocument:
    """``count`` is called once per reading, with its cost.

    ``resolved`` returns the step that decides about a document that was read, None when the portal must be asked: then
    the function resolution decides.
    ``spending_pages`` counts pages while the block gives them to Textract, and raises QuotaExceeded.
    ``tries`` counts the deliveries of the message that starts or finishes a reading: a file whose process was ended
    raises FileTooComplex on the first, if a busy machine can have caused it; otherwise, and afterwards, it is UNUSABLE.
    """

    supplier: Supplier
    invoices: InvoiceStore
    documents: DocumentStore
    ocr: Ocr
    resolution_queue: Queue
    pdfs: PdfReader
    layouts: LayoutStore
    spending_pages: Callable[[int], AbstractContextManager[None]]
    count: Callable[[ReadingCost], None]
    resolved: Callable[[Invoice, Reading, datetime], Move | None] = lambda *_: None

    def start(self, document_id: str, *, now: datetime, tries: int = 1) -> Invoice:
        """Read the document now, or start a Textract job if some pages need it."""
        invoice = self.invoices.get(document_id)
        if invoice.state is not State.READING:
            return invoice
        if invoice.was_read:
            self._queue_resolution(invoice)  # a redelivery: the worker may have died before it sent this message
            return invoice
        try:
            return self._start(invoice, now)
        except FileTooComplex as died:
            return self._given_up(invoice, died, tries, now)

    def finish(self, document_id: str, *, job_id: str, now: datetime, tries: int = 1) -> Invoice:
        """Read the document from the text layer's pages and those of a Textract job that has ended.

        Raises Transient while the job is not stored yet: its starter's message will be delivered again as well.
        """
        invoice = self.invoices.get(document_id)
        job = invoice.ocr_job
        if invoice.state is State.READING and not invoice.was_read and job is None:
            raise Transient("Lecture à peine demandée.", "The OCR job is not written down yet.")
        if invoice.state is not State.READING or job is None or job.job_id != job_id:
            return invoice  # a late or repeated message of an obsolete job
        if invoice.was_read:
            self._queue_resolution(invoice)
            return invoice
        failure: tuple[Problem, ...] = ()
        recognised = None
        try:
            recognised = (self.ocr.collect(job_id), job.pages)
        except OcrFailed as error:
            failure = (_ocr_problem(error),)
        layouts = self.layouts.all().layouts
        try:
            read = self._read(invoice, layouts, ocr="never", recognised=recognised)
        except FileTooComplex as died:
            return self._given_up(invoice, died, tries, now)
        return self._keep(invoice, read, layouts, now, failure=failure, billed=len(job.pages))

    def _start(self, invoice: Invoice, now: datetime) -> Invoice:
        layouts = self.layouts.all().layouts
        read = self._read(invoice, layouts, ocr=self.supplier.ocr)
        if not read.to_recognise:
            return self._keep(invoice, read, layouts, now)
        try:
            return self._ask_textract(invoice, read, now)
        except QuotaExceeded:
            unrecognised = self._read(invoice, layouts, ocr="never")
            return self._keep(invoice, unrecognised, layouts, now, failure=(OCR_QUOTA_USED_UP,))

    def _read(
        self,
        invoice: Invoice,
        layouts: Sequence[Layout],
        *,
        ocr: OcrUse | Literal["never"],
        recognised: Recognised | None = None,
    ) -> FileReading:
        data = self.documents.original(invoice.document_id, invoice.object_version)
        siret = self.supplier.siret
        return self.pdfs.read(data, ocr=ocr, known_supplier_siret=siret, recognised=recognised, layouts=layouts)

    def _given_up(self, invoice: Invoice, died: FileTooComplex, tries: int, now: datetime) -> Invoice:
        if tries == 1 and not died.final:
            raise died
        return self._unusable(invoice, died.problem, now)

    def _unusable(self, invoice: Invoice, problem: Problem, now: datetime) -> Invoice:
        unusable = invoice.move(State.UNUSABLE, now, action="read", problems=(problem,))
        self.invoices.save(unusable, by="textract_ocr", action="unusable", detail=problem.code)
        return unusable

    def _ask_textract(self, invoice: Invoice, read: FileReading, now: datetime) -> Invoice:
        if invoice.ocr_job is not None:
            return invoice  # the job was already started; its message will come
        pages = read.to_recognise
        with self.spending_pages(len(pages)):
            if read.subset is not None:
                self.documents.put_ocr_subset(invoice.document_id, read.subset)
            # the token makes the start idempotent: if the worker dies before its write, a retry starts no second job
            job_id = self.ocr.start(invoice.document_id, subset=read.subset is not None, token=invoice.document_id)
        asked = invoice.being_read(now, action="read", ocr_job=OcrJob(job_id=job_id, pages=pages, started_at=now))
        self.invoices.save(asked, by="textract_ocr", action="ocr_started", detail=f"{len(pages)} page(s)")
        return asked

    def _keep(
        self,
        invoice: Invoice,
        read: FileReading,
        layouts: Sequence[Layout],
        now: datetime,
        *,
        failure: tuple[Problem, ...] = (),
        billed: int = 0,
    ) -> Invoice:
        if read.reading is None:
            return self._unusable(invoice, read.problem or FileTooComplex.problem, now)
        if read.words is not None:  # before the reading: what is confirmed later has its words
            self.documents.put_words(invoice.document_id, read.words)
        reading = read.reading.model_copy(update={"problems": (*read.reading.problems, *failure)})
        kept = invoice.being_read(now, action="read", reading_version=invoice.version + 1)
        steps = [Move(kept, by="textract_ocr", action="read", detail=f"{len(reading.fields)} field(s)")]
        if (resolved := self.resolved(kept, reading, now)) is not None:
            steps.append(resolved)
        self.invoices.save_steps(*steps, reading=reading)
        self.count(cost_of(reading, xml_inside=read.xml_inside, billed=billed))
        self._note_use(reading, layouts, now)
        if resolved is None:
            self._queue_resolution(kept)
        return steps[-1].invoice

    def _note_use(self, reading: Reading, layouts: Sequence[Layout], now: datetime) -> None:
        """Note the day on which the layout was last seen: once a day, so that an invoice costs no further write."""
        used = next((each for each in layouts if reading.layout and each.layout_id == reading.layout.id), None)
        if used is not None and (used.last_seen is None or used.last_seen.date() < now.date()):
            self.layouts.seen(used.layout_id, now)

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
