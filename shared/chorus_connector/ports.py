"""The effects a use case may have, as it needs them. Adapters make them real; tests have fakes.

Everything but ``Installation`` is made *for one supplier*: no method takes a supplier, so a use case cannot
reach another tenant even by mistake.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from chorus_connector.domain.credentials import Credentials
from chorus_connector.domain.invoice import Deposit, Invoice, List
from chorus_connector.domain.portal import FoundInvoice, PortalAccount
from chorus_connector.domain.recipient import Recipient, Service
from chorus_connector.domain.submission import Submission
from chorus_connector.domain.supplier import Role, Supplier


@dataclass(frozen=True)
class InvoicePage:
    """Some invoices and where to go on: ``cursor`` is None on the last page."""

    invoices: tuple[Invoice, ...]
    cursor: str | None


@dataclass(frozen=True)
class Event:
    """One line of an invoice's audit trail: who did what, from which state to which."""

    at: datetime
    by: str
    action: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class Work:
    """The key of a document somebody must look at; all that cross-tenant code may see."""

    supplier_id: str
    document_id: str


class InvoiceStore(Protocol):
    """One supplier's invoices. Every write is conditional; a lost race is StaleWrite."""

    def get(self, document_id: str) -> Invoice:
        """The invoice as last written (strongly consistent). Raises NotFound."""

    def add(self, invoice: Invoice, *, by: str) -> None:
        """Write a new document. Raises AlreadyExists."""

    def save(self, invoice: Invoice, *, by: str, action: str, detail: str = "") -> None:
        """Write the next version and its audit line together. Raises StaleWrite."""

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

    def page(self, listed_in: List | None, *, limit: int, cursor: str | None) -> InvoicePage:
        """Invoices of one view (or all), newest first."""

    def events(self, document_id: str) -> Sequence[Event]:
        """The audit trail of a document, oldest first."""


class SupplierStore(Protocol):
    """One supplier's own record."""

    def get(self) -> Supplier:
        """The settings as last written. Raises NotFound."""

    def save(self, supplier: Supplier) -> None:
        """Write the next version. Raises StaleWrite."""


class Installation(Protocol):
    """What spans tenants: their list, who belongs to which, and the keys of what is due."""

    def create_supplier(self, supplier: Supplier, *, administrator: str) -> None:
        """Write a new tenant and its first administrator together. Raises AlreadyExists on its SIRET."""

    def suppliers_of(self, principal: str) -> dict[str, Role]:
        """The suppliers a principal belongs to, and as what."""

    def role(self, principal: str, supplier_id: str) -> Role | None:
        """The principal's role for that supplier, None for a stranger."""

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        """What has been due since before ``now``, longest due first; reads follow what is due."""


class RecipientCache(Protocol):
    """Directory answers, shared by every tenant: they are public."""

    def get(self, siret: str) -> Recipient | None: ...

    def put(self, recipient: Recipient) -> None: ...


@dataclass(frozen=True)
class PresignedUpload:
    """Where and with which form fields a client sends a file straight to the bucket."""

    url: str
    fields: dict[str, str]
    expires_in: int


class DocumentStore(Protocol):
    """One supplier's files."""

    def put_original(self, document_id: str, data: bytes) -> None: ...

    def original(self, document_id: str) -> bytes: ...

    def original_size(self, document_id: str) -> int: ...

    def presign_upload(self, document_id: str) -> PresignedUpload: ...

    def presign_download(self, document_id: str, file_name: str) -> str: ...

    def put_ocr_subset(self, document_id: str, data: bytes) -> None: ...


class Ocr(Protocol):
    """Textract for one supplier's documents: asynchronous, told by a completion message."""

    def start(self, document_id: str, *, subset: bool, token: str) -> str:
        """Start reading the original (or the subset of pages put aside for OCR); gives the job's id."""

    def collect(self, job_id: str) -> list[dict[str, Any]]:
        """Every page of the finished job's answer. Raises OcrFailed."""


class Queue(Protocol):
    """Where the next box looks for work."""

    def send(self, work: Iterable[Work]) -> None: ...


class Portal(Protocol):
    """Chorus Pro, as one supplier. Every method may raise the failures of ``domain.portal``."""

    def account(self) -> PortalAccount:
        """Try the credentials and find the supplier's structure."""

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:
        """The structure of the directory with that SIRET and its services, None when there is none."""

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:
        """Whether that service wants an engagement number, whatever its structure asks."""

    def upload(self, file_name: str, data: bytes) -> int:
        """Store the PDF at the portal; gives its file id. Not a deposit: safe to repeat."""

    def submit(self, submission: Submission, *, file_id: int, file_name: str) -> Deposit:
        """Deposit the invoice. Never repeated by the adapter: the caller decides from the failure."""

    def find(self, invoice_number: str) -> Sequence[FoundInvoice]:
        """This supplier's invoices with exactly that number; a complete search, or an error."""


class SecretStore(Protocol):
    """One supplier's credentials."""

    def get(self) -> Credentials | None: ...

    def put(self, credentials: Credentials) -> None: ...
