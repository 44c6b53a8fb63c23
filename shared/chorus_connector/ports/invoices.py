"""The effects a use case may have, as it needs them. Adapters make them real; tests have fakes.

Everything but ``Installation`` is made *for one supplier*: no method takes a supplier, so a use case cannot
reach another tenant even by mistake.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from chorus_connector.domain.invoices.attachments import Attachment, AttachmentType
    from chorus_connector.domain.invoices.invoice import Deposit, Invoice
    from chorus_connector.domain.invoices.states import List
    from chorus_connector.domain.invoices.submission import Submission
    from chorus_connector.domain.portal.answers import (
        FlowReport,
        FoundInvoice,
        InvoiceHistory,
        PortalAccount,
        PortalPage,
    )
    from chorus_connector.domain.portal.breaker import Circuit
    from chorus_connector.domain.portal.credentials import Credentials
    from chorus_connector.domain.portal.recipient import Recipient, Service
    from chorus_connector.domain.portal.tracking import Following
    from chorus_connector.domain.suppliers.access import Access, Subscriber
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.domain.suppliers.supplier import BankAccount, Role, Supplier
    from chorus_connector.domain.suppliers.tables import Proposal, TableKind, TableRow
    from chorus_connector.ports.values import (
        AttachmentPage,
        ChangePage,
        DeletedSupplier,
        Event,
        FilePage,
        InvoicePage,
        KeptAnswer,
        Looks,
        PresignedUpload,
        ProposalPage,
        RecordPage,
        RowPage,
        StoredAttachment,
        SupplierIdPage,
        TenantFile,
        Work,
    )


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

    def events(self, document_id: str) -> Sequence[Event]:
        """The audit trail of a document, oldest first."""


class FollowingStore(Protocol):
    """How far the retrieval of one supplier's invoices is."""

    def get(self) -> Following:
        """As last written (strongly consistent); the untouched record where nothing was ever written."""

    def save(self, following: Following) -> Following:
        """Write it as the next version of the one it was made from; gives it. Raises StaleWrite."""


class SupplierStore(Protocol):
    """One supplier's own record."""

    def get(self) -> Supplier:
        """The settings as last written. Raises NotFound."""

    def save(self, supplier: Supplier, *, event: Event | None = None, change: Change | None = None) -> None:
        """Write the next version, what people are told of it and its audit line together. Raises StaleWrite."""

    def save_claiming_siret(self, supplier: Supplier, *, before: str, change: Change) -> None:
        """As ``save``, and take its SIRET instead of ``before``. Raises AlreadyExists, StaleWrite."""

    def events(self) -> Sequence[Event]:
        """What people were told about this supplier, oldest first."""


class AuditTrail(Protocol):
    """What was changed of one supplier's configuration: lines are added, never changed."""

    def append(self, change: Change) -> None:
        """One more line, for what is not written together with its change."""

    def page(self, *, limit: int, cursor: str | None) -> ChangePage:
        """The trail, newest first. Raises Invalid on a cursor that is none of its own."""


class AccessStore(Protocol):
    """One supplier's access list and who is told of what."""

    def get(self) -> Access:
        """Everybody's rights as last written (strongly consistent)."""

    def save(self, before: Access, after: Access, *, change: Change) -> None:
        """Write what differs, at once and together. Raises StaleWrite when somebody changed the list first."""

    def subscribers(self) -> Sequence[Subscriber]:
        """Who is told of what."""

    def subscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        """Tell them from now on, or change where."""

    def unsubscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        """Tell them no more. Raises NotFound."""


class TenantRecords(Protocol):
    """Everything one supplier has in the table, its space of messages included, for its export and its end.

    The space belongs to the SIRET: it is the supplier's as long as no other tenant claims that SIRET.
    """

    def page(self, *, cursor: str | None) -> RecordPage:
        """A megabyte of records at most, each with its kind and key (``record``) and what it says. No secret."""

    def purge(self, *, limit: int) -> int:
        """Delete up to about ``limit`` records, the supplier's own never; how many were there: none at the end."""

    def bury(self, supplier: Supplier, *, deleted: DeletedSupplier) -> None:
        """Delete the supplier's own record and its claim on the SIRET, and write what stays. Raises StaleWrite."""


class TenantFiles(Protocol):
    """Every file of one supplier, its exports among them."""

    def page(self, *, cursor: str | None) -> FilePage:
        """A thousand files at most, by key."""

    def erase(self, keys: Sequence[str]) -> Sequence[TenantFile]:
        """Delete them with every earlier version; gives those the store keeps locked, and until when."""

    def locked_until(self, key: str) -> datetime | None:
        """Until when the store keeps that file, whatever is asked of it; None when it does not."""


class ExportFile(Protocol):
    """A file among one supplier's exports, written in parts by workers that may die between them."""

    def begin(self, name: str, *, temporary: bool) -> tuple[str, str]:
        """Start it; gives its key and the upload's name. A temporary one can be made again, and goes within days."""

    def add(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        """Write one part, again if need be; gives its proof. 5 MiB at least, but the last. Raises UploadForgotten."""

    def finish(self, key: str, upload_id: str, parts: Sequence[str]) -> None:
        """Make it one file; saying so twice is saying it once. Raises UploadForgotten."""


class Installation(Protocol):
    """What spans tenants: their list, who belongs to which, and the keys of what is due."""

    def create_supplier(self, supplier: Supplier, *, administrator: str) -> None:
        """Write a new tenant with its first member, who has both rights. Raises AlreadyExists on its SIRET."""

    def create_default_supplier(self, supplier: Supplier, *, administrator: str) -> bool:
        """Write the tenant a new installation starts with; False when that was done before, even if it is gone."""

    def supplier_ids(self, *, limit: int, cursor: str | None) -> SupplierIdPage:
        """Every tenant of the installation, by id. Raises Invalid on a cursor that is none of its own."""

    def suppliers_of(self, *principals: str) -> dict[str, frozenset[Role]]:
        """The suppliers these principals (a caller and its groups) have rights on, and which."""

    def rights(self, supplier_id: str, *principals: str) -> frozenset[Role]:
        """Their rights on that supplier together, as last written; none for strangers."""

    def deleted(self, supplier_id: str) -> DeletedSupplier | None:
        """What stays of that tenant, when it was deleted."""

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        """What has been due since before ``now``, longest due first; reads follow what is due."""

    def looks_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        """What is to be looked at at the portal; a Work without document is a supplier whose retrieval goes on."""

    def nights_due(self, now: datetime, *, limit: int) -> Sequence[str]:
        """The suppliers whose invoices are to be retrieved tonight."""

    def removals_begun(self, before: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
        """The suppliers on their way out and since when, longest first."""

    def probes_due(self, now: datetime, *, limit: int) -> Sequence[str]:
        """The suppliers whose credentials must be tried again; reads follow what is due."""


class RecipientCache(Protocol):
    """Directory answers, shared by every tenant: they are public."""

    def get(self, siret: str) -> Recipient | None: ...

    def put(self, recipient: Recipient) -> None: ...


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


class LookQueue(Protocol):
    """Where box tracking_sync looks for work."""

    def send(self, looks: Iterable[Looks]) -> None: ...


class SupplierQueue(Protocol):
    """Where a box looks for suppliers to work on."""

    def send(self, supplier_ids: Iterable[str]) -> None: ...


class Breakers(Protocol):
    """The memory of the outage pilot: the portal's breaker, shared by every tenant, and this supplier's own."""

    def get(self) -> Circuit:
        """Both as last written (strongly consistent); untouched ones where nothing was ever written."""

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        """Write whichever changed, as their next versions; gives them. Raises StaleWrite when somebody was first."""


class Portal(Protocol):
    """Chorus Pro, as one supplier. Every method may raise the failures of ``domain.portal``."""

    def account(self) -> PortalAccount:
        """Try the credentials on every family of calls and find the supplier's structure and bank details.

        CredentialsRefused names which secret is wrong or which right is missing.
        """

    def bank_accounts(self) -> tuple[BankAccount, ...]:
        """The supplier's bank details that are valid at the portal now."""

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:
        """The structure of the directory with that SIRET and its services, None when there is none."""

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:
        """Whether that service wants an engagement number, whatever its structure asks."""

    def attachment_types(self) -> tuple[AttachmentType, ...]:
        """The types an invoice's attachment may have (referential)."""

    def upload(self, file_name: str, data: bytes) -> int:
        """Store a file at the portal; gives its file id. Not a deposit: safe to repeat."""

    def submit(
        self,
        submission: Submission,
        *,
        file_id: int,
        file_name: str,
        attachments: Sequence[StoredAttachment] = (),
    ) -> Deposit:
        """Deposit the invoice. Never repeated by the adapter: the caller decides from the failure."""

    def deposit_flow(self, file_name: str, data: bytes) -> str:
        """Deposit a Factur-X as a flow; gives the flow's number. Never repeated by the adapter.

        Accepting the file is not accepting the invoice: ``flow_report`` tells, later.
        """

    def flow_report(self, flow_number: str) -> FlowReport:
        """Where a flow stands; pending while the portal does not know it yet."""

    def find(self, invoice_number: str) -> Sequence[FoundInvoice]:
        """This supplier's invoices with exactly that number; a complete search, or an error."""

    def changes(self, *, since: datetime | None, page: int) -> PortalPage:
        """One page of this supplier's invoices whose status changed since then (None: all), oldest deposit first.

        Pages count from 1. What arrives meanwhile stands on the last one.
        """

    def history(self, chorus_id: int) -> InvoiceHistory:
        """An invoice's whole life at the portal, with the recipient's words."""

    def recycle(
        self,
        chorus_id: int,
        *,
        recipient_siret: str,
        service_code: str | None,
        engagement_number: str | None,
        comment: str | None,
    ) -> None:
        """Send an invoice in A_RECYCLER another way. Never repeated by the adapter."""

    def complete(self, chorus_id: int, *, comment: str | None, attachments: Sequence[StoredAttachment]) -> None:
        """Answer a suspension with words, files, or both. Never repeated by the adapter."""

    def treat_rejection(self, chorus_id: int) -> None:
        """Acknowledge a rejection and mark it as dealt with. Never repeated by the adapter."""

    def correct_validator(self, chorus_id: int, *, siret: str) -> None:
        """Name another validator. Never repeated by the adapter."""

    def download(self, chorus_id: int, *, with_attachments: bool) -> bytes:
        """The invoice as the portal holds it: a PDF, or a ZIP when there are several files."""


class SecretStore(Protocol):
    """One supplier's credentials."""

    def get(self) -> Credentials | None: ...

    def put(self, credentials: Credentials) -> None: ...

    def delete(self) -> None:
        """Forget them at once; does nothing when there are none."""


class KeptAnswers(Protocol):
    """Answers to requests that carried an ``Idempotency-Key``, for a day."""

    def claim(self, request: str, *, fingerprint: str, owner: str, now: datetime) -> KeptAnswer | None:
        """None: nobody has asked this, it is the caller's to answer. Else what is kept of the earlier request."""

    def keep(self, request: str, *, owner: str, answer: bytes) -> None:
        """The answer, for every repetition; does nothing when another took the key over."""

    def release(self, request: str, *, owner: str) -> None:
        """Nothing was done: the key is free again."""


class Tables(Protocol):
    """One supplier's correspondence tables, and the rows proposed for them. The last writer of a row wins."""

    def row(self, kind: TableKind, key: str) -> TableRow | None:
        """The row with that key (``TableRow.key``), if any."""

    def page(self, kind: TableKind, *, limit: int, cursor: str | None, key_prefix: str = "") -> RowPage:
        """The rows of a table whose key begins so. Raises Invalid on a cursor that is none of its own."""

    def put(self, rows: Sequence[TableRow]) -> None:
        """Write rows, each in place of the one with its key; no two of them may share one."""

    def delete(self, kind: TableKind, key: str) -> None:
        """Without that row. Raises NotFound."""

    def labels_of(self, principal: str) -> frozenset[str]:
        """The labels of that principal in the users table, in their matching form; strongly consistent."""

    def propose(self, proposal: Proposal) -> None:
        """Keep a proposal, unless the same was made before."""

    def proposal(self, key: str) -> Proposal:
        """The proposal with that key (``Proposal.key``). Raises NotFound."""

    def proposals(self, *, limit: int, cursor: str | None) -> ProposalPage:
        """What waits for a person's word, and what was dismissed."""

    def activate(self, proposal: Proposal, row: TableRow) -> None:
        """Write the row and forget its proposal, together. Raises NotFound when somebody was first."""

    def dismiss(self, proposal: Proposal) -> None:
        """Remember that a person said no. Raises NotFound when somebody was first."""


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
