"""What passes through the ports that is no domain record: pages of a list, keys of work, what a store remembers.

Apart from ``ports``, which only types are made of: nothing imports those when a function starts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # for real: the store reads some of these records with it
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from datetime import date

    from chorus_connector.domain.invoices.attachments import Attachment, LinkedAttachment
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.domain.suppliers.tables import Proposal, TableRow


class InvoicePage(NamedTuple):
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
    """The key of a document somebody must look at; all that cross-tenant code may see, with its invoice's date."""

    supplier_id: str
    document_id: str
    #: for the order of a drain only: no part of the key, and not sent along
    invoice_date: date | None = field(default=None, compare=False)


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
    """What stays of a deleted tenant: that it was, who ended it, and where its export lies (empty: none was asked)."""

    supplier_id: str
    name: str
    siret: str
    deleted_at: datetime
    deleted_by: str
    export_key: str
    records_removed: int = 0
    files_erased: int = 0
    files_kept: int = 0


class RecordPage(NamedTuple):
    """Some of a tenant's records, as its export says them; ``cursor`` is None on the last page."""

    records: tuple[dict[str, Any], ...]
    cursor: str | None


class TenantFile(NamedTuple):
    """One file of a tenant. ``locked_until``: the store itself refuses to delete it before."""

    key: str
    size: int
    locked_until: datetime | None = None


class FilePage(NamedTuple):
    """Some of a tenant's files; ``cursor`` is None on the last page."""

    files: tuple[TenantFile, ...]
    cursor: str | None


class UploadForgotten(Exception):
    """The store does not know the parts of this file any more: it must be written anew."""


class SupplierIdPage(NamedTuple):
    """Some tenants of the installation; ``cursor`` is None on the last page."""

    supplier_ids: tuple[str, ...]
    cursor: str | None


class PresignedUpload(NamedTuple):
    """Where and with which form fields a client sends a file straight to the bucket."""

    url: str
    fields: dict[str, str]
    expires_in: int


class TrackingWork(NamedTuple):
    """A supplier whose invoices are to be retrieved, and those of its documents that are due to be looked at."""

    supplier_id: str
    document_ids: tuple[str, ...] = ()


class StoredAttachment(NamedTuple):
    """An attachment that is at the portal already, by the id it gave the file."""

    attachment: LinkedAttachment
    file_id: int


class KeptAnswer(NamedTuple):
    """What is known of an earlier request with the same key; ``answer`` is None while it is under way."""

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


class AttachmentPage(NamedTuple):
    """Some attachments; ``cursor`` is None on the last page."""

    attachments: tuple[Attachment, ...]
    cursor: str | None
