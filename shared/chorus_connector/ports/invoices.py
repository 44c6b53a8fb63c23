"""What the use cases on invoices need from outside: invoices, their files, OCR and the work queues.

Every store is made for one supplier: no method takes a supplier id, so a use case cannot reach another tenant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from chorus_connector.domain.invoices.attachments import Attachment
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.invoices.states import List
    from chorus_connector.domain.portal.answers import FoundInvoice
    from chorus_connector.ports.values import AttachmentPage, AuditEvent, InvoicePage, PresignedUpload, Work


class InvoiceStore(Protocol):
    """One supplier's invoices. Every write is conditional; a lost race is StaleWrite."""

    def get(self, document_id: str) -> Invoice:
        """The invoice as last written (strongly consistent). Raises NotFound."""

    def add(self, invoice: Invoice, *, by: str) -> None:
        """Write a new document. Raises AlreadyExists."""

    def save(self, invoice: Invoice, *, by: str, action: str, detail: str = "") -> None:
        """Write the next version and its audit line together. Raises StaleWrite."""

    def reschedule(self, invoice: Invoice) -> None:
        """Write only when it is to be looked at next (``due_at``): no new version, no line. Raises StaleWrite."""

    def at_portal(self, deposits: Sequence[FoundInvoice]) -> dict[int, Invoice]:
        """Our records of these, by the portal's id: who was submitted or found as it, else who claims its number."""

    def adopt(self, invoice: Invoice, *, by: str) -> None:
        """Write an invoice found at the portal, and claim its number if nobody does. Raises AlreadyExists."""

    def save_claiming_number(self, invoice: Invoice, number: str, *, by: str, action: str) -> None:
        """As ``save``, and claim the invoice number for this document. Raises NumberTaken, StaleWrite."""

    def number_holder(self, number: str) -> str | None:
        """The document that claims this invoice number, if any."""

    def release_number(self, number: str, document_id: str) -> None:
        """Give a number back, if this document holds it."""

    def claim_content(self, sha256: str, document_id: str) -> str:
        """The document that holds this very file: the given one unless another was first."""

    def content_holder(self, sha256: str) -> str | None:
        """The document that holds this very file, if any."""

    def page(
        self,
        listed_in: List | None,
        *,
        limit: int,
        cursor: str | None,
        sees: Callable[[Invoice], bool] | None = None,
    ) -> InvoicePage:
        """Invoices of one view (or all), newest first; only those ``sees`` says yes to, when it is given.

        Then what is read for one page is bounded: it may be short, even empty, and still have a cursor.
        """

    def events(self, document_id: str) -> Sequence[AuditEvent]:
        """The audit trail of a document, oldest first."""


class DocumentStore(Protocol):
    """One supplier's files."""

    def put_original(self, document_id: str, data: bytes) -> None: ...

    def original(self, document_id: str) -> bytes: ...

    def original_size(self, document_id: str) -> int: ...

    def lock_original(self, document_id: str, *, until: datetime) -> None:
        """From now until then nobody deletes or replaces it; a second time only for longer."""

    def presign_upload(self, document_id: str) -> PresignedUpload: ...

    def presign_download(self, document_id: str, file_name: str) -> str: ...

    def put_ocr_subset(self, document_id: str, data: bytes) -> None: ...

    def key_of(self, document_id: str) -> str:
        """Where the original lies in the bucket, for an export that names it."""

    def put_portal_copy(self, document_id: str, file_name: str, data: bytes) -> str:
        """Keep what the portal holds of an invoice; gives a link to it that lasts some minutes."""

    def put_export(self, name: str, data: bytes) -> str:
        """Keep some days what an export says; gives its key."""


class FileSink(Protocol):
    """A file that is written piece by piece, so that none of any size is held in memory."""

    def write(self, data: bytes) -> None: ...


class Ocr(Protocol):
    """Textract for one supplier's documents: asynchronous, told by a completion message."""

    def start(self, document_id: str, *, subset: bool, token: str) -> str:
        """Start reading the original (or the subset of pages put aside for OCR); gives the job's id."""

    def collect(self, job_id: str) -> list[dict[str, Any]]:
        """Every page of the finished job's answer. Raises OcrFailed."""


class Queue(Protocol):
    """Where the next box looks for work."""

    def send(self, work: Iterable[Work]) -> None: ...


class AttachmentStore(Protocol):
    """One supplier's attachments, found by the metadata they share with invoices."""

    def add(self, attachment: Attachment) -> None:
        """Write a new one with what it is found by. Raises AlreadyExists."""

    def get(self, attachment_id: str) -> Attachment:
        """Raises NotFound."""

    def arrived(self, attachment: Attachment) -> None:
        """Write that its file is here (``size``). Raises NotFound when it was deleted meanwhile."""

    def delete(self, attachment: Attachment) -> None:
        """Without it and without what it was found by."""

    def found_by(self, key: tuple[str, str], *, limit: int) -> Sequence[Attachment]:
        """Those with that metadata (``attachments.link_key``), whatever their classification rule."""

    def page(self, *, limit: int, cursor: str | None) -> AttachmentPage:
        """All of them. Raises Invalid on a cursor that is none of its own."""


class AttachmentFiles(Protocol):
    """The files behind one supplier's attachments."""

    def put(self, attachment_id: str, data: bytes) -> str:
        """Keep a file; gives the version it has from now on."""

    def read(self, attachment_id: str, version: str) -> bytes:
        """The file as it was in that version; an empty one is the last."""

    def arrived(self, attachment_id: str) -> tuple[int, str]:
        """Size and version of the file as it is now."""

    def presign_upload(self, attachment_id: str, *, at_most: int) -> PresignedUpload: ...

    def presign_download(self, attachment_id: str, file_name: str, version: str) -> str: ...
