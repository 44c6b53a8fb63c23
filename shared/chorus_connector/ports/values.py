"""The values of the ports that are no domain records: pages, keys of work, records of stores.

Functions load this module when they start, and never the other modules of ``ports``, which have only types.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # imported at run time: pydantic needs the type
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from chorus_connector.domain.invoices.attachments import Attachment, LinkedAttachment
    from chorus_connector.domain.invoices.counting import KeptCounts
    from chorus_connector.domain.invoices.invoice import Invoice, ListedInvoice
    from chorus_connector.domain.messages.structure import Counterparty, Structure
    from chorus_connector.domain.portal.breaker import Breaker
    from chorus_connector.domain.reading.layouts.layout import Layout
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.domain.suppliers.tables import Proposal, TableKind, TableRow


class InvoicePage(NamedTuple):
    """Some invoices of a list; ``cursor`` is None on the last page. ``looked_at``: with those that no filter took."""

    invoices: tuple[ListedInvoice, ...]
    cursor: str | None
    looked_at: int = 0


class SupplierState(NamedTuple):
    """What a summary says of a supplier. ``unrestricted``: each of its users sees every document."""

    supplier: Supplier
    counts: KeptCounts | None
    breaker: Breaker
    unrestricted: bool


class ReceivedBetween(NamedTuple):
    """The documents received from ``begin`` and before ``end``; None: no bound."""

    begin: datetime | None = None
    end: datetime | None = None


ALWAYS = ReceivedBetween()


class ValueChange(NamedTuple):
    """What a person's act made of one field, or of the portal's ``status``; empty: no value."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class AuditEvent:
    """One line of an audit trail: who did what, and the state after it."""

    at: datetime
    by: str
    action: str
    state: str
    detail: str = ""
    changes: tuple[ValueChange, ...] = ()


class Move(NamedTuple):
    """A move of an invoice with what its audit line says of it."""

    invoice: Invoice
    by: str
    action: str
    detail: str = ""
    changes: tuple[ValueChange, ...] = ()


@dataclass(frozen=True)
class Work:
    """The key of a due document, with its invoice's date: all that code across tenants may see."""

    supplier_id: str
    document_id: str
    #: only for sorting a run's work; not part of the key, and not sent to the queue
    invoice_date: date | None = field(default=None, compare=False)
    #: its entry in the due index, and whether an earlier run handed it out; not sent to the queue
    entry: str = field(default="", compare=False)
    leased: bool = field(default=False, compare=False)
    #: when the ten-minute run began that handed it out; None: it comes from elsewhere
    run_at: datetime | None = field(default=None, compare=False)


class TrailLine(NamedTuple):
    """A line of a structure's trail, of the time of that owner (empty: the structure exists on its own)."""

    owner: str
    change: Change


class Joining(NamedTuple):
    """A supplier joined with a structure that exists on its own: its next version, and the line of both trails."""

    structure: Structure
    change: Change


class SupplierWork(NamedTuple):
    """A supplier that a queue message or an operator names."""

    supplier_id: str


class DeletedEndpoint(NamedTuple):
    """A webhook endpoint whose record was deleted."""

    supplier_id: str
    endpoint_id: str


class ChangePage(NamedTuple):
    """Some lines of the configuration's audit trail, newest first; ``cursor`` is None on the last page."""

    changes: tuple[Change, ...]
    cursor: str | None


@dataclass(frozen=True)
class DeletedSupplier:
    """The record of a deleted tenant, with the key of its export (empty: none was requested).

    ``siret`` is empty for a tenant without SIRET. A record from before 2026-11-30 has no ``identifier_key``.
    """

    supplier_id: str
    name: str
    siret: str
    deleted_at: datetime
    deleted_by: str
    export_key: str
    records_removed: int = 0
    files_erased: int = 0
    files_kept: int = 0
    identifier_key: str = ""

    @property
    def claimed(self) -> str:
        """The key of the identifier that the tenant had; empty for one without."""
        return self.identifier_key or self.siret


class RecordPage(NamedTuple):
    """Some of a tenant's records in the form of its export; ``cursor`` is None on the last page."""

    records: tuple[dict[str, Any], ...]
    cursor: str | None


class TenantFile(NamedTuple):
    """One file of a tenant; the store refuses its deletion before ``locked_until``."""

    key: str
    size: int
    locked_until: datetime | None = None


class FilePage(NamedTuple):
    """Some of a tenant's files; ``cursor`` is None on the last page."""

    files: tuple[TenantFile, ...]
    cursor: str | None


class UploadForgotten(Exception):
    """The store no longer has the parts of this file: it must be written again."""


class SupplierIdPage(NamedTuple):
    """Some tenants of the installation; ``cursor`` is None on the last page."""

    supplier_ids: tuple[str, ...]
    cursor: str | None


class PresignedUpload(NamedTuple):
    """The address and form fields with which a client uploads a file directly to the bucket."""

    url: str
    fields: dict[str, str]
    expires_in: int


class StoredFile(NamedTuple):
    """One version of a file in the bucket, and its size in bytes. ``data`` is None when it was too large to be read.

    ``upload_version``: the version of the upload it was stored from; empty when it came in a request.
    """

    version: str
    size: int
    upload_version: str = ""
    data: bytes | None = None


class LessonWork(NamedTuple):
    """A document from which a layout is learnt, or that must not count as taught any more."""

    supplier_id: str
    document_id: str
    lesson: Literal["teach", "unteach"]


class ArchiveWork(NamedTuple):
    """A ZIP of documents that has arrived, or whose files are not all taken yet."""

    supplier_id: str
    archive_id: str


class TrackingWork(NamedTuple):
    """A supplier to track, and its documents that are due to be polled."""

    supplier_id: str
    document_ids: tuple[str, ...] = ()


class StoredAttachment(NamedTuple):
    """An attachment that is stored at the portal, with the portal's id of the file."""

    attachment: LinkedAttachment
    file_id: int


class Lookups(NamedTuple):
    """What a judgement of an invoice's form is expected to look up.

    ``rows`` of tables by their keys, the recipient by its SIRET with the service's code or label, and the number.
    """

    rows: tuple[tuple[TableKind, str], ...]
    recipient: str | None
    service: str | None
    number: str | None


class KeptAnswer(NamedTuple):
    """An earlier request with the same idempotency key; ``answer`` is None while it is in progress."""

    fingerprint: str
    answer: bytes | None


class RowPage(NamedTuple):
    """Some rows of a correspondence table, in the order of their keys; ``cursor`` is None on the last page."""

    rows: tuple[TableRow, ...]
    cursor: str | None


class ProposalPage(NamedTuple):
    """Some proposed rows; ``cursor`` is None on the last page."""

    proposals: tuple[Proposal, ...]
    cursor: str | None


class TaughtLayouts(NamedTuple):
    """All layouts of a supplier, and the version that they have together; 0 before the first was taught."""

    version: int
    layouts: tuple[Layout, ...]


class AttachmentPage(NamedTuple):
    """Some attachments; ``cursor`` is None on the last page."""

    attachments: tuple[Attachment, ...]
    cursor: str | None


class FoundCounterparty(NamedTuple):
    """A counterparty and its place in the order in which it was found; ``word`` is the word that found it."""

    place: str
    word: str
    counterparty: Counterparty


class DueArrival(NamedTuple):
    """An arrival whose display has begun, and its place among the due work when that was read."""

    siret: str
    reference: str
    place: str
