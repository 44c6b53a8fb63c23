"""Adapters that keep everything in memory and can be told to fail: what the use cases run on in tests.

Each passes the same contract as the real adapter (tests/adapters/test_store_contract.py).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chorus_connector.domain.credentials import Credentials
from chorus_connector.domain.errors import AlreadyExists, Invalid, NotFound, NumberTaken, StaleWrite
from chorus_connector.domain.invoice import Deposit, Invoice, List
from chorus_connector.domain.portal import FoundInvoice, PortalAccount, PortalRefused
from chorus_connector.domain.recipient import Recipient, Service
from chorus_connector.domain.submission import Submission
from chorus_connector.domain.supplier import Role, Supplier
from chorus_connector.ports import Event, InvoicePage, PresignedUpload, Work


class Crash(BaseException):
    """The worker died here: nothing after this line ran. Not an Exception: no code may catch it."""


@dataclass
class FakeTable:
    """What all tenants share: the fake of the single table."""

    invoices: dict[tuple[str, str], Invoice] = field(default_factory=dict)
    events: dict[tuple[str, str], list[Event]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], str] = field(default_factory=dict)
    contents: dict[tuple[str, str], str] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    sirets: dict[str, str] = field(default_factory=dict)
    roles: dict[tuple[str, str], Role] = field(default_factory=dict)
    #: called with the name of each write before and after it happens; may raise Crash
    on_write: Callable[[str], None] = lambda _: None


class FakeInvoices:
    """``ports.InvoiceStore``."""

    def __init__(self, table: FakeTable, supplier_id: str) -> None:
        self._table = table
        self._supplier_id = supplier_id

    def get(self, document_id: str) -> Invoice:
        try:
            return self._table.invoices[self._supplier_id, document_id]
        except KeyError:
            raise NotFound from None

    def add(self, invoice: Invoice, *, by: str) -> None:
        if (self._supplier_id, invoice.document_id) in self._table.invoices:
            raise AlreadyExists("", "")
        self._put(invoice, by, "received", "")

    def save(self, invoice: Invoice, *, by: str, action: str, detail: str = "") -> None:
        self._table.on_write(f"before {action}")
        self._check_version(invoice)
        self._put(invoice, by, action, detail)
        self._table.on_write(f"after {action}")

    def save_claiming_number(self, invoice: Invoice, number: str, *, by: str, action: str) -> None:
        self._table.on_write(f"before {action}")
        holder = self._table.numbers.get((self._supplier_id, number), invoice.document_id)
        if holder != invoice.document_id:
            raise NumberTaken(holder)
        self._check_version(invoice)
        self._table.numbers[self._supplier_id, number] = invoice.document_id
        self._put(invoice, by, action, "")
        self._table.on_write(f"after {action}")

    def number_holder(self, number: str) -> str | None:
        return self._table.numbers.get((self._supplier_id, number))

    def release_number(self, number: str, document_id: str) -> None:
        if self._table.numbers.get((self._supplier_id, number)) == document_id:
            del self._table.numbers[self._supplier_id, number]

    def claim_content(self, sha256: str, document_id: str) -> str:
        return self._table.contents.setdefault((self._supplier_id, sha256), document_id)

    def content_holder(self, sha256: str) -> str | None:
        return self._table.contents.get((self._supplier_id, sha256))

    def page(self, listed_in: List | None, *, limit: int, cursor: str | None) -> InvoicePage:
        if cursor is not None and not cursor.isdigit():
            raise Invalid("", "")
        own = [i for (supplier, _), i in self._table.invoices.items() if supplier == self._supplier_id]
        listed = [i for i in own if listed_in in (None, i.listed_in)]
        listed.sort(key=lambda i: (i.received_at, i.document_id) if listed_in else i.document_id, reverse=True)
        start = int(cursor or 0)
        end = start + limit
        return InvoicePage(tuple(listed[start:end]), str(end) if end < len(listed) else None)

    def events(self, document_id: str) -> Sequence[Event]:
        return self._table.events.get((self._supplier_id, document_id), [])

    def _check_version(self, invoice: Invoice) -> None:
        if self.get(invoice.document_id).version != invoice.version - 1:
            raise StaleWrite

    def _put(self, invoice: Invoice, by: str, action: str, detail: str) -> None:
        key = self._supplier_id, invoice.document_id
        # through JSON, as the real table keeps it
        self._table.invoices[key] = Invoice.model_validate_json(invoice.model_dump_json(exclude_defaults=True))
        event = Event(at=invoice.changed_at, by=by, action=action, state=invoice.state, detail=detail)
        self._table.events.setdefault(key, []).append(event)


class FakeSupplier:
    """``ports.SupplierStore``."""

    def __init__(self, table: FakeTable, supplier_id: str) -> None:
        self._table = table
        self._supplier_id = supplier_id

    def get(self) -> Supplier:
        try:
            return self._table.suppliers[self._supplier_id]
        except KeyError:
            raise NotFound from None

    def save(self, supplier: Supplier) -> None:
        if self.get().version != supplier.version - 1:
            raise StaleWrite
        self._table.suppliers[self._supplier_id] = supplier


class FakeInstallation:
    """``ports.Installation``."""

    def __init__(self, table: FakeTable) -> None:
        self._table = table

    def create_supplier(self, supplier: Supplier, *, administrator: str) -> None:
        if supplier.siret in self._table.sirets:
            raise AlreadyExists("", "")
        self._table.sirets[supplier.siret] = supplier.supplier_id
        self._table.suppliers[supplier.supplier_id] = supplier
        self._table.roles[administrator, supplier.supplier_id] = "administer"

    def suppliers_of(self, principal: str) -> dict[str, Role]:
        return {supplier: role for (who, supplier), role in self._table.roles.items() if who == principal}

    def role(self, principal: str, supplier_id: str) -> Role | None:
        return self._table.roles.get((principal, supplier_id))

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        due = [i for i in self._table.invoices.values() if i.due_at is not None and i.due_at <= now]
        due.sort(key=lambda i: (i.due_at, i.document_id))
        return [Work(i.supplier_id, i.document_id) for i in due[:limit]]


class FakeRecipients:
    """``ports.RecipientCache``."""

    def __init__(self) -> None:
        self.kept: dict[str, Recipient] = {}

    def get(self, siret: str) -> Recipient | None:
        return self.kept.get(siret)

    def put(self, recipient: Recipient) -> None:
        self.kept[recipient.siret] = recipient


class FakeDocuments:
    """``ports.DocumentStore``."""

    def __init__(self) -> None:
        self.originals: dict[str, bytes] = {}
        self.subsets: dict[str, bytes] = {}

    def put_original(self, document_id: str, data: bytes) -> None:
        self.originals[document_id] = data

    def original(self, document_id: str) -> bytes:
        return self.originals[document_id]

    def original_size(self, document_id: str) -> int:
        return len(self.originals[document_id])

    def presign_upload(self, document_id: str) -> PresignedUpload:
        return PresignedUpload(url="https://bucket.invalid", fields={"key": document_id}, expires_in=900)

    def presign_download(self, document_id: str, file_name: str) -> str:
        return f"https://bucket.invalid/{document_id}"

    def put_ocr_subset(self, document_id: str, data: bytes) -> None:
        self.subsets[document_id] = data


class FakeQueue:
    """``ports.Queue``: what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[Work] = []

    def send(self, work: Iterable[Work]) -> None:
        self.sent.extend(work)


class FakeSecrets:
    """``ports.SecretStore``."""

    def __init__(self) -> None:
        self.kept: Credentials | None = None

    def get(self) -> Credentials | None:
        return self.kept

    def put(self, credentials: Credentials) -> None:
        self.kept = credentials


class FakeOcr:
    """``ports.Ocr``: answers what it was given, for any job."""

    def __init__(self, answer: list[dict[str, Any]] | Exception | None = None) -> None:
        self.answer = answer if answer is not None else []
        self.started: dict[str, str] = {}

    def start(self, document_id: str, *, subset: bool, token: str) -> str:
        return self.started.setdefault(token, f"job-{len(self.started) + 1}")

    def collect(self, job_id: str) -> list[dict[str, Any]]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


class FakePortal:
    """``ports.Portal``: a portal that keeps what it accepted and fails where it is told to.

    ``faults`` maps a call (``upload``, ``submit``, ``find``, ``recipient``) to what goes wrong next, in order: an
    exception before the portal acts, or ``(after, exception)`` once it has acted. None lets a call through.
    """

    def __init__(self, recipients: Iterable[Recipient] = ()) -> None:
        self.recipients = {recipient.siret: recipient for recipient in recipients}
        self.accepted: list[FoundInvoice] = []
        self.uploads = 0
        self.submits = 0
        self.faults: dict[str, list[Any]] = {}

    def account(self) -> PortalAccount:
        self._act("account", lambda: None)
        return PortalAccount(structure_id=42)

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:
        found = self.recipients.get(siret)
        self._act("recipient", lambda: None)
        return found.model_copy(update={"fetched_at": now}) if found else None

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:
        return service.code.endswith("_EJ")

    def upload(self, file_name: str, data: bytes) -> int:
        def act() -> None:
            self.uploads += 1

        self._act("upload", act)
        return 7000 + self.uploads

    def submit(self, submission: Submission, *, file_id: int, file_name: str) -> Deposit:
        def act() -> None:
            self.submits += 1
            if any(each.invoice_number == submission.invoice_number for each in self.accepted):
                raise PortalRefused("GDP_MSG_DUP", "numéro déjà utilisé", duplicate_number=True)
            self.accepted.append(
                FoundInvoice(
                    chorus_id=8000 + len(self.accepted),
                    invoice_number=submission.invoice_number,
                    recipient_siret=submission.recipient_siret,
                    invoice_date=submission.invoice_date,
                    total_ttc=submission.total_ttc,
                    status="DEPOSEE",
                )
            )

        self._act("submit", act)
        accepted = self.accepted[-1]
        return Deposit(chorus_id=accepted.chorus_id, invoice_number=accepted.invoice_number, status=accepted.status)

    def find(self, invoice_number: str) -> Sequence[FoundInvoice]:
        self._act("find", lambda: None)
        return [each for each in self.accepted if each.invoice_number == invoice_number]

    def _act(self, call: str, act: Callable[[], None]) -> None:
        fault = self.faults[call].pop(0) if self.faults.get(call) else None
        if fault is None:
            act()
        elif isinstance(fault, tuple):
            act()
            raise fault[1]
        else:
            raise fault
