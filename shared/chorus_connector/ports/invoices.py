"""What the use cases on invoices need from outside: invoices, their files, OCR and the work queues.

Every store is made for one supplier: no method takes a supplier id, so a use case cannot reach another tenant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from chorus_connector.ports.values import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime

    from chorus_connector.domain.invoices.archive import Archive, ArchiveListing
    from chorus_connector.domain.invoices.attachments import Attachment
    from chorus_connector.domain.invoices.counting import KeptCounts
    from chorus_connector.domain.invoices.file_facts import FileFacts
    from chorus_connector.domain.invoices.invoice import Invoice, ListedInvoice, SentFile
    from chorus_connector.domain.invoices.states import List
    from chorus_connector.domain.invoices.work_claims import WorkClaim
    from chorus_connector.domain.portal.answers import FoundInvoice
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument
    from chorus_connector.domain.reading.page_picture import DrawnPage
    from chorus_connector.domain.reading.result import FileReading, Reading
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.domain.suppliers.supplier import OcrUse
    from chorus_connector.ports.values import (
        ArchiveWork,
        AttachmentPage,
        AuditEvent,
        InvoicePage,
        LessonWork,
        Move,
        PresignedUpload,
        ReceivedBetween,
        StoredFile,
        TaughtLayouts,
        ValueChange,
        Work,
    )


class InvoiceStore(Protocol):
    """One supplier's invoices. Every write is conditional; a lost race is StaleWrite."""

    def get(self, document_id: str) -> Invoice:
        """The invoice as last written (strongly consistent). Raises NotFound."""

    def reading(self, invoice: Invoice) -> Reading:
        """What was read from the document; an empty reading when it was not read.

        Raises StaleWrite when the document was read again since this record.
        """

    def add(self, invoice: Invoice, *, by: str, reading: Reading | None = None) -> None:
        """Write a new document, with its reading if it has one. Raises AlreadyExists."""

    def save(
        self,
        invoice: Invoice,
        *,
        by: str,
        action: str,
        detail: str = "",
        reading: Reading | None = None,
        changes: tuple[ValueChange, ...] = (),
    ) -> None:
        """Write the next version and its audit line together, with its ``reading`` if it is new. Raises StaleWrite."""

    def save_steps(self, *steps: Move, reading: Reading | None = None) -> None:
        """Write moves that follow one another as one, each with its audit line. Raises StaleWrite."""

    def delete(self, invoice: Invoice, *, change: Change) -> None:
        """Delete the record, its reading, its history and its claims, with a line in the supplier's audit trail.

        Raises StaleWrite when it has another version by now.
        """

    def reschedule(self, invoice: Invoice) -> None:
        """Write the next due time (``due_at``) only: no new version, no audit line. Raises StaleWrite."""

    def at_portal(self, deposits: Sequence[FoundInvoice]) -> dict[int, Invoice]:
        """The local records of these portal invoices, by the portal's id: the adopted one, else the number's
        claimant.
        """

    def adopt(self, invoice: Invoice, *, by: str) -> None:
        """Write an invoice found at the portal, and claim its number if it is free. Raises AlreadyExists, NotFound."""

    def save_claiming_number(self, invoice: Invoice, number: str, *, by: str, action: str, detail: str = "") -> None:
        """Save the invoice and claim its number for it, in one transaction. Raises NumberTaken, StaleWrite."""

    def number_holder(self, number: str) -> str | None:
        """The document that claims this invoice number, if any."""

    def release_number(self, number: str, document_id: str) -> None:
        """Release the number if this document claims it."""

    def save_claiming_content(self, invoice: Invoice, sha256: str, *, by: str, action: str) -> None:
        """Save the document and claim its content for it, in one transaction. Raises ContentTaken, StaleWrite."""

    def content_holder(self, sha256: str) -> str | None:
        """The document that claims this file's content, if any."""

    def note(self, invoice: Invoice, *, at: datetime, by: str, action: str, detail: str) -> None:
        """Add an audit line and leave the record as it is. A document has one for the same action and detail."""

    def page(
        self,
        listed_in: List | None,
        *,
        limit: int,
        cursor: str | None,
        sees: Callable[[ListedInvoice], bool] | None = None,
        received: ReceivedBetween = ALWAYS,
    ) -> InvoicePage:
        """Invoices of one list (or all), newest first, filtered by ``sees``. Raises Invalid on a bad cursor.

        Only those ``received`` in that time are read.

        With a filter the reads per page are limited: a page may be short, even empty, and still have a cursor.
        """

    def oldest(self, listed_in: List, *, limit: int) -> Sequence[ListedInvoice]:
        """The documents of one list that came first, the oldest first."""

    def every_listed(self) -> Iterator[ListedInvoice]:
        """Every invoice as lists show it, in the order of the ids (strongly consistent)."""

    def all(self) -> Iterator[Invoice]:
        """Every invoice with its whole record, in the order of the ids (strongly consistent)."""

    def events(self, document_id: str) -> Sequence[AuditEvent]:
        """The audit trail of a document, in the order of the writes; a time may be before that of the line above."""


class WorkClaims(Protocol):
    """Who works on which of one supplier's documents. What has ended may still be given: the reader compares times."""

    def put(self, claim: WorkClaim) -> None:
        """Write the principal's claim on the document, in place of an earlier one."""

    def end(self, document_id: str, principal: str) -> None:
        """Delete the principal's claim on the document, if there is one."""

    def of(self, document_id: str) -> Sequence[WorkClaim]: ...

    def all(self) -> Sequence[WorkClaim]: ...


class CountStore(Protocol):
    """The counts of one supplier's documents."""

    def get(self) -> KeptCounts | None:
        """The counts as last written (strongly consistent); None before the first count."""

    def save(self, kept: KeptCounts) -> KeptCounts:
        """Write the next version, and return it. Raises StaleWrite, also when the supplier is gone."""


class UploadedFiles(Protocol):
    """The files that clients sent straight to the bucket. A link can be used again until it ends."""

    def presign_upload(self, item_id: str, *, at_most: int) -> PresignedUpload:
        """A link that takes files of at most that many bytes for this document or attachment.

        The bucket deletes each of them after some days by itself.
        """

    def is_first(self, item_id: str, version: str) -> bool:
        """Whether no file arrived before this version. Costs one request, however many files arrived."""

    def first(self, item_id: str) -> str | None:
        """The version of the file that arrived first; None when none has arrived. Raises TooManyFiles."""

    def read(self, item_id: str, version: str) -> bytes: ...


class DocumentStore(Protocol):
    """One supplier's files. An empty ``version`` means the latest: a record may be older than the versions in it."""

    @property
    def uploads(self) -> UploadedFiles: ...

    def put_original(self, document_id: str, data: bytes, *, upload_version: str = "") -> str:
        """Store a document's file, unless it has one already; returns the version of the file that it has.

        ``upload_version``: the version of the upload, for a file that came by a link.
        """

    def original(self, document_id: str, version: str) -> bytes: ...

    def stored_original(self, document_id: str, *, at_most: int) -> StoredFile:
        """The latest version of the file. The content of one of more than ``at_most`` bytes is not read."""

    def lock_original(self, document_id: str, version: str, *, until: datetime) -> None:
        """Protect the original against deletion until then. A later call can only extend the lock."""

    def presign_download(self, document_id: str, version: str, file_name: str) -> str: ...

    def put_sent(self, document_id: str, data: bytes) -> str:
        """Store a file to send that is not the original; returns its version. The same bytes are stored once."""

    def lock_sent(self, document_id: str, sent: SentFile, *, until: datetime) -> None:
        """Protect a file that ``put_sent`` stored, as ``lock_original`` does."""

    def presign_sent(self, document_id: str, sent: SentFile, file_name: str) -> str: ...

    def forget(self, document_id: str) -> None:
        """Have the bucket delete the document's file and words within some days, as temporary files."""

    def put_ocr_subset(self, document_id: str, data: bytes) -> None: ...

    def put_words(self, document_id: str, data: bytes) -> None:
        """Store the words of a document's pages (``layouts.stored_words``), in place of earlier ones."""

    def words(self, document_id: str) -> bytes | None:
        """The stored words; None when the document has none, as one whose XML says everything."""

    def put_portal_copy(self, document_id: str, file_name: str, data: bytes) -> str:
        """Store the portal's copy of an invoice for some days and return a link that is valid for some minutes."""

    def put_export(self, name: str, data: bytes) -> str:
        """Store an export for some days and return its key."""


class FileSink(Protocol):
    """A file that is written in pieces, so that a large one does not fill the memory."""

    def write(self, data: bytes) -> None: ...


class Ocr(Protocol):
    """Textract for one supplier's documents: asynchronous, with a completion message."""

    def start(self, document_id: str, *, subset: bool, token: str) -> str:
        """Start reading the original, or the stored subset of its pages, and return the job's id."""

    def collect(self, job_id: str) -> list[str]:
        """The parts of the finished job's answer, as JSON. Raises OcrFailed; Transient while the job runs."""


Recognised = tuple["Sequence[str]", "Sequence[int]"]
"""The parts of Textract's answer (``Ocr.collect``), and the numbers of the pages that it is about."""


class PdfReader(Protocol):
    """Opens files that may be hostile, each in a process of its own with limits.

    Every method raises FileTooComplex when that process was ended.
    """

    def examine(self, data: bytes) -> Problem | None:
        """Why the file is not a PDF that can be read, else None. Loads no page."""

    def read(
        self,
        data: bytes,
        *,
        ocr: OcrUse | Literal["never"],
        known_supplier_siret: str | None = None,
        recognised: Recognised | None = None,
        layouts: Sequence[Layout] = (),
    ) -> FileReading:
        """The file's reading, or which pages to recognise first. With ``recognised`` the result is a reading.

        ``layouts`` are those that the supplier's confirmed documents taught.
        """

    def file_facts(self, data: bytes) -> FileFacts:
        """What the file carries besides its pages. A reading has it too."""

    def without_xml(self, data: bytes) -> bytes | None:
        """The PDF without its XML, its pages unchanged; None when that cannot be done."""


class PagePictures(Protocol):
    """The pictures of one supplier's documents, each kept for a week. An empty ``version`` means the latest file."""

    def original(self, document_id: str, version: str) -> bytes | None:
        """The document's file; None when it has none."""

    def kept(self, document_id: str, version: str, number: int) -> bytes | None:
        """What ``keep`` was given for that page."""

    def keep(self, document_id: str, version: str, number: int, picture: bytes) -> None: ...


class PageDrawer(Protocol):
    """Draws pages of files that may be hostile, each in a process of its own with limits."""

    def draw(self, data: bytes, number: int) -> DrawnPage:
        """The picture of that page, counted from 1. Raises FileTooComplex when the process was ended."""


class Queue(Protocol):
    """The queue of the next function."""

    def send(self, work: Iterable[Work]) -> None: ...


class ArchiveStore(Protocol):
    """One supplier's ZIPs of documents, for thirty days."""

    def add(self, archive: Archive) -> None:
        """Write a new ZIP. Raises AlreadyExists."""

    def get(self, archive_id: str) -> Archive:
        """Raises NotFound."""

    def save(self, archive: Archive) -> None:
        """Write the next version. Raises StaleWrite."""


class ArchiveReader(Protocol):
    """Opens ZIPs that may be hostile, each in a process of its own with limits.

    Every method raises FileTooComplex when that process was ended.
    """

    def listing(self, data: bytes) -> ArchiveListing:
        """What the ZIP contains; nothing is inflated."""

    def extract(self, data: bytes, numbers: Sequence[int]) -> list[bytes | None]:
        """The contents of these entries, in this order; None for one that cannot be inflated."""


class ArchiveQueue(Protocol):
    """The ZIPs to take."""

    def send(self, work: ArchiveWork) -> None: ...


class LayoutStore(Protocol):
    """One supplier's taught layouts. They have one version together: of two workers that learn at once, one repeats."""

    def all(self) -> TaughtLayouts:
        """Every layout (strongly consistent), in one request unless they are many."""

    def save(
        self, version: int, *, put: Layout | None = None, forget: Sequence[str] = (), changes: Sequence[Change] = ()
    ) -> None:
        """Write one layout and delete others, with lines of the configuration's audit trail.

        Raises StaleWrite when ``version`` is not the current one, or the supplier is gone.
        """

    def seen(self, layout_id: str, at: datetime) -> None:
        """Note that a document of the layout was read. It changes no version; a layout that is gone stays gone."""


class LayoutTeacher(Protocol):
    """Learns layouts from stored words, which may be hostile: in a process of its own with limits.

    Every method raises FileTooComplex when that process was ended.
    """

    def matching(self, words: bytes, layouts: Sequence[Layout]) -> str | None:
        """The id of the layout that a document with these words has."""

    def taught(self, layout: Layout, document: TaughtDocument, words: Mapping[str, bytes]) -> Layout:
        """The layout after one more document. ``words`` are that document's and those of its earlier ones, by id."""

    def untaught(self, layout: Layout, document_id: str, words: Mapping[str, bytes]) -> Layout | None:
        """The layout as if that document had never been taught; None when no document remains."""


class LessonQueue(Protocol):
    """What documents teach, for later: a submission does not wait for it."""

    def send(self, lesson: LessonWork) -> None: ...


class AttachmentStore(Protocol):
    """One supplier's attachments, found by the metadata that they share with invoices."""

    def add(self, attachment: Attachment) -> None:
        """Write a new attachment with its links. Raises AlreadyExists."""

    def get(self, attachment_id: str) -> Attachment:
        """Raises NotFound."""

    def arrived(self, attachment: Attachment) -> None:
        """Record that its file was uploaded (``size``). Raises NotFound when it was deleted meanwhile."""

    def delete(self, attachment: Attachment) -> None:
        """Delete the attachment and its links."""

    def found_by(self, key: tuple[str, str]) -> Iterator[Attachment]:
        """The attachments with that metadata (``attachments.link_key``), for any classification rule, as needed."""

    def page(self, *, limit: int, cursor: str | None) -> AttachmentPage:
        """All attachments. Raises Invalid on a bad cursor."""


class AttachmentFiles(Protocol):
    """The files behind one supplier's attachments."""

    @property
    def uploads(self) -> UploadedFiles: ...

    def put(self, attachment_id: str, data: bytes) -> str:
        """Store an attachment's file, unless it has one already; returns the version of the file that it has."""

    def read(self, attachment_id: str, version: str) -> bytes:
        """The file in that version; an empty version means the latest."""

    def presign_download(self, attachment_id: str, file_name: str, version: str) -> str: ...
