"""The portal's invoices with their history; tests of exactly-once submission count them.

An invoice keeps the request exactly as received, and its current data (recycling changes the routing). deposer/pdf
creates a draft, which becomes an invoice by soumettre.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tools.simulator.directory import Service, Structure
    from tools.simulator.files import StoredFile
    from tools.simulator.requests import Soumettre
    from tools.simulator.suppliers import Supplier


@dataclass(frozen=True)
class Change:
    """One change of status."""

    id: int
    status: str
    at: datetime
    comment: str | None = None


@dataclass(frozen=True)
class Action:
    """A user's action that does not change the status: a download, a processed rejection."""

    id: int
    code: str
    at: datetime


@dataclass(frozen=True)
class Attachment:
    """A complementary file as linked to an invoice."""

    link_id: int
    file: StoredFile
    designation: str
    type_code: str
    line_number: int | None = None


@dataclass
class Routed:
    """Where an invoice goes: the only part of it that recycling changes."""

    recipient: Structure
    service: Service | None
    engagement_number: str | None


@dataclass
class Invoice:
    """An invoice the portal has accepted."""

    id: int
    number: str
    supplier: Supplier
    creator: str
    data: Soumettre
    received: dict[str, Any]
    mode: str
    routed: Routed
    deposited: datetime
    main_file: StoredFile | None = None
    attachments: list[Attachment] = field(default_factory=list)
    flow_number: str | None = None
    history: list[Change] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    rejection_handled: bool = False
    answers: int = 0
    """How many times the supplier has completed or recycled it."""
    corrections: int = 0
    """How many times the supplier has named another validator."""
    script: int = 0
    """Incremented when a new life starts, so that agenda entries of older lives are ignored."""

    @property
    def status(self) -> str:
        return self.history[-1].status

    @property
    def changed(self) -> datetime:
        return self.history[-1].at

    @property
    def kind(self) -> str:
        return self.data.references.typeFacture or "FACTURE"

    @property
    def size(self) -> int:
        files = [attachment.file for attachment in self.attachments]
        return sum(len(stored.content) for stored in [*files, *([self.main_file] if self.main_file else [])])

    @property
    def fingerprint(self) -> str:
        """The proof of deposit: stable for one invoice, invented."""
        text = f"{self.supplier.siret}|{self.number}|{self.deposited.isoformat()}"
        return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


@dataclass
class Draft:
    """A file that deposer/pdf has read; it has not been sent to a recipient."""

    id: int
    file: StoredFile
    created: datetime
    submitted: bool = False


class InvoiceStore:
    """Every invoice and draft of one simulator."""

    def __init__(self) -> None:
        self._ids = itertools.count(8_000_001)
        self._change_ids = itertools.count(1)
        self._assigned = itertools.count(1)
        self._invoices: dict[int, Invoice] = {}
        self._by_supplier: dict[int, list[Invoice]] = {}
        self._by_number: dict[tuple[int, str], Invoice] = {}
        self._drafts: dict[int, Draft] = {}

    def next_id(self) -> int:
        return next(self._ids)

    def next_link_id(self) -> int:
        return next(self._change_ids)

    def assigned_number(self, now: datetime) -> str:
        """The number the portal itself gives in SAISIE_API: the year and 16 digits."""
        return f"{now.year}{next(self._assigned):016d}"

    def add(self, invoice: Invoice) -> None:
        self._invoices[invoice.id] = invoice
        self._by_supplier.setdefault(invoice.supplier.id, []).append(invoice)
        self._by_number[invoice.supplier.id, invoice.number] = invoice

    def get(self, invoice_id: int) -> Invoice | None:
        return self._invoices.get(invoice_id)

    def numbered(self, supplier_id: int, number: str) -> Invoice | None:
        return self._by_number.get((supplier_id, number))

    def of(self, supplier_ids: Iterable[int]) -> Iterator[Invoice]:
        for supplier_id in supplier_ids:
            yield from self._by_supplier.get(supplier_id, ())

    def all(self) -> list[Invoice]:
        return list(self._invoices.values())

    def set_status(self, invoice: Invoice, status: str, at: datetime, comment: str | None = None) -> None:
        invoice.history.append(Change(next(self._change_ids), status, at, comment))

    def note(self, invoice: Invoice, code: str, at: datetime) -> None:
        invoice.actions.append(Action(next(self._change_ids), code, at))

    def add_draft(self, file: StoredFile, now: datetime) -> Draft:
        draft = Draft(self.next_id(), file, now)
        self._drafts[file.id] = draft
        return draft

    def draft_of(self, file_id: int) -> Draft | None:
        return self._drafts.get(file_id)

    def drafts(self) -> list[Draft]:
        """The drafts that are not submitted yet."""
        return [draft for draft in self._drafts.values() if not draft.submitted]
