"""Adapters in memory for tests of the use cases; a test can make their calls fail.

Each passes the same contract as the real adapter (tests/adapters/test_store_contract.py).
"""

import hashlib
import json
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from chorus_connector.adapters.table.invoice_items import attributes_of, listed_invoice_of
from chorus_connector.domain.errors import (
    AlreadyExists,
    ContentTaken,
    FileTooComplex,
    Invalid,
    NotFound,
    NumberTaken,
    SiretHasMessages,
    StaleWrite,
    StructureExists,
    TooManyFiles,
)
from chorus_connector.domain.invoices.archive import Archive
from chorus_connector.domain.invoices.attachments import AttachmentType
from chorus_connector.domain.invoices.counting import KeptCounts
from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.invoices.invoice import Deposit, Invoice, ListedInvoice, SentFile
from chorus_connector.domain.invoices.states import List, State
from chorus_connector.domain.invoices.submission import Submission
from chorus_connector.domain.portal.answers import (
    AnswerLost,
    CredentialsRefused,
    FlowReport,
    FoundInvoice,
    InvoiceHistory,
    PassedStatus,
    PortalAccount,
    PortalPage,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.domain.portal.breaker import Breaker, Circuit
from chorus_connector.domain.portal.credentials import Credentials
from chorus_connector.domain.portal.pace import LEASE
from chorus_connector.domain.portal.recipient import Recipient, Service
from chorus_connector.domain.portal.recipient_search import RecipientFound, RecipientsFound
from chorus_connector.domain.portal.tracking import TrackingProgress, portal_document_id
from chorus_connector.domain.quotas import Holder, QuotaKind
from chorus_connector.domain.reading.layouts.layout import Layout
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.suppliers.access import Access, Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import BankAccount, Role, Supplier
from chorus_connector.ports.notification_values import DueWebhook
from chorus_connector.ports.values import (
    ALWAYS,
    AuditEvent,
    ChangePage,
    DeletedSupplier,
    FilePage,
    InvoicePage,
    Joining,
    KeptAnswer,
    LessonWork,
    Move,
    PresignedUpload,
    ReceivedBetween,
    RecordPage,
    StoredAttachment,
    StoredFile,
    SupplierIdPage,
    TaughtLayouts,
    TenantFile,
    TrackingWork,
    UploadForgotten,
    ValueChange,
    Work,
)
from chorus_connector.usecases.suppliers.siret import ChangeIdentifier
from tests.messages.fakes import FakeMessageTable, FakeStructures

_VERSION = "v1"
"""The version of every file in ``FakeDocuments``: a document's file is stored once."""


class Crash(BaseException):
    """The worker died here: nothing after this line ran. Not an Exception: no code may catch it."""


def dies_once_at(write: str) -> Callable[[str], None]:
    """An ``on_write`` that ends the worker at the first write of that name, such as "before read"."""
    died: list[str] = []

    def on_write(name: str) -> None:
        if name == write and not died:
            died.append(name)
            raise Crash

    return on_write


@dataclass
class FakeTable:
    """What all tenants share: the fake of the single table."""

    invoices: dict[tuple[str, str], Invoice] = field(default_factory=dict)
    readings: dict[tuple[str, str], tuple[int, Reading]] = field(default_factory=dict)
    events: dict[tuple[str, str], list[AuditEvent]] = field(default_factory=dict)
    numbers: dict[tuple[str, str], str] = field(default_factory=dict)
    contents: dict[tuple[str, str], str] = field(default_factory=dict)
    suppliers: dict[str, Supplier] = field(default_factory=dict)
    sirets: dict[str, str] = field(default_factory=dict)
    access: dict[str, Access] = field(default_factory=dict)
    subscribers: dict[tuple[str, str, str], Subscriber] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    deleted: dict[str, DeletedSupplier] = field(default_factory=dict)
    default_made: bool = False
    following: dict[str, TrackingProgress] = field(default_factory=dict)
    #: when each entry of the due index was last handed out
    leases: dict[str, datetime] = field(default_factory=dict)
    reschedules: int = 0
    supplier_events: dict[str, list[AuditEvent]] = field(default_factory=dict)
    breakers: dict[str, Breaker] = field(default_factory=dict)
    messages: FakeMessageTable = field(default_factory=FakeMessageTable)
    #: called with the name of each write before and after it happens; may raise Crash
    on_write: Callable[[str], None] = lambda _: None

    def __post_init__(self) -> None:
        self.messages.tenants = self.sirets
        self.messages.members_of = lambda supplier_id: [
            each for each in self.access.get(supplier_id, Access()).members if each.accepted
        ]

    @property
    def structures(self) -> FakeStructures:
        return FakeStructures(self.messages)


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

    def reading(self, invoice: Invoice) -> Reading:
        if not invoice.was_read:
            return Reading()
        version, reading = self._table.readings[self._supplier_id, invoice.document_id]
        if version != invoice.reading_version:
            raise StaleWrite
        return reading

    def add(self, invoice: Invoice, *, by: str, reading: Reading | None = None) -> None:
        if (self._supplier_id, invoice.document_id) in self._table.invoices:
            raise AlreadyExists("", "")
        self._put(invoice, by, "received", "", reading=reading)

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
        self.save_steps(Move(invoice, by, action, detail, changes), reading=reading)

    def save_steps(self, *steps: Move, reading: Reading | None = None) -> None:
        action = "+".join(each.action for each in steps)
        self._table.on_write(f"before {action}")
        self._check_version(steps[0].invoice)
        for each in steps:
            self._put(*each, reading=reading)
        self._table.on_write(f"after {action}")

    def delete(self, invoice: Invoice, *, change: Change) -> None:
        self._table.on_write("before delete")
        if self.get(invoice.document_id).version != invoice.version:
            raise StaleWrite
        key = self._supplier_id, invoice.document_id
        for kept in (self._table.invoices, self._table.readings, self._table.events):
            kept.pop(key, None)
        for claims in (self._table.numbers, self._table.contents):
            for claimed in [each for each, holder in claims.items() if (each[0], holder) == key]:
                del claims[claimed]
        self._table.changes.setdefault(self._supplier_id, []).append(change)
        self._table.on_write("after delete")

    def reschedule(self, invoice: Invoice) -> None:
        self._table.on_write("before reschedule")
        if self.get(invoice.document_id).version != invoice.version:
            raise StaleWrite
        self._table.invoices[self._supplier_id, invoice.document_id] = invoice
        self._table.reschedules += 1
        self._table.on_write("after reschedule")

    def at_portal(self, deposits: Sequence[FoundInvoice]) -> dict[int, Invoice]:
        known = ((each.chorus_id, self._of(each)) for each in deposits)
        return {chorus_id: invoice for chorus_id, invoice in known if invoice is not None}

    def _of(self, found: FoundInvoice) -> Invoice | None:
        adopted = self._table.invoices.get((self._supplier_id, portal_document_id(found.chorus_id)))
        if adopted is not None:
            return adopted
        holder = self.number_holder(found.invoice_number)
        invoice = self._table.invoices.get((self._supplier_id, holder)) if holder else None
        if invoice is None or invoice.state is State.REFUSED:
            return None
        return invoice if invoice.deposit is None or invoice.deposit.chorus_id == found.chorus_id else None

    def adopt(self, invoice: Invoice, *, by: str) -> None:
        assert invoice.deposit is not None
        self._table.on_write("before found_at_portal")
        if (self._supplier_id, invoice.document_id) in self._table.invoices:
            raise AlreadyExists("", "")
        number = invoice.deposit.invoice_number
        holder_id = self.number_holder(number)
        if holder_id is None:
            self._table.numbers[self._supplier_id, number] = invoice.document_id
        elif (holder := self.get(holder_id)).state is not State.REFUSED:
            ours = holder.deposit.chorus_id if holder.deposit else None
            if ours in (None, invoice.deposit.chorus_id):
                raise AlreadyExists("", "")
        self._put(invoice, by, "found_at_portal", "")
        self._table.on_write("after found_at_portal")

    def save_claiming_number(self, invoice: Invoice, number: str, *, by: str, action: str, detail: str = "") -> None:
        self._save_claiming(self._table.numbers, number, NumberTaken, invoice, by, action, detail)

    def save_claiming_content(self, invoice: Invoice, sha256: str, *, by: str, action: str) -> None:
        self._save_claiming(self._table.contents, sha256, ContentTaken, invoice, by, action)

    def _save_claiming(
        self,
        claims: dict[tuple[str, str], str],
        claimed: str,
        taken: type[NumberTaken] | type[ContentTaken],
        invoice: Invoice,
        by: str,
        action: str,
        detail: str = "",
    ) -> None:
        self._table.on_write(f"before {action}")
        holder = claims.get((self._supplier_id, claimed), invoice.document_id)
        if holder != invoice.document_id:
            raise taken(holder)
        self._check_version(invoice)
        claims[self._supplier_id, claimed] = invoice.document_id
        self._put(invoice, by, action, detail)
        self._table.on_write(f"after {action}")

    def number_holder(self, number: str) -> str | None:
        return self._table.numbers.get((self._supplier_id, number))

    def release_number(self, number: str, document_id: str) -> None:
        if self._table.numbers.get((self._supplier_id, number)) == document_id:
            del self._table.numbers[self._supplier_id, number]

    def content_holder(self, sha256: str) -> str | None:
        return self._table.contents.get((self._supplier_id, sha256))

    def note(self, invoice: Invoice, *, at: datetime, by: str, action: str, detail: str) -> None:
        event = AuditEvent(at=at, by=by, action=action, state=invoice.state, detail=detail)
        events = self._table.events.setdefault((self._supplier_id, invoice.document_id), [])
        if not any((each.action, each.detail) == (action, detail) for each in events):
            events.append(event)

    def page(
        self,
        listed_in: List | None,
        *,
        limit: int,
        cursor: str | None,
        sees: Callable[[ListedInvoice], bool] | None = None,
        received: ReceivedBetween = ALWAYS,
    ) -> InvoicePage:
        if cursor is not None and not cursor.isdigit():
            raise Invalid("", "")
        own = [i for (supplier, _), i in self._table.invoices.items() if supplier == self._supplier_id]
        rows = [listed_invoice_of(attributes_of(each)) for each in own if listed_in in (None, each.listed_in)]
        in_time = [each for each in rows if _is_in(received, each.received_at)]
        listed = [row for row in in_time if sees is None or sees(row)]
        listed.sort(key=lambda i: (i.received_at, i.document_id), reverse=True)
        start = int(cursor or 0)
        end = start + limit
        shown = tuple(listed[start:end])
        looked_at = len(shown) if sees is None else len(in_time) * (start == 0)
        return InvoicePage(shown, str(end) if end < len(listed) else None, looked_at)

    def oldest(self, listed_in: List, *, limit: int) -> Sequence[ListedInvoice]:
        found = self.page(listed_in, limit=len(self._table.invoices) or 1, cursor=None).invoices
        return found[::-1][:limit]

    def every_listed(self) -> Iterator[ListedInvoice]:
        return (listed_invoice_of(attributes_of(each)) for each in self.all())

    def all(self) -> Iterator[Invoice]:
        own = [i for (supplier, _), i in self._table.invoices.items() if supplier == self._supplier_id]
        return iter(sorted(own, key=lambda i: i.document_id))

    def events(self, document_id: str) -> Sequence[AuditEvent]:
        return self._table.events.get((self._supplier_id, document_id), [])

    def _check_version(self, invoice: Invoice) -> None:
        if self.get(invoice.document_id).version != invoice.version - 1:
            raise StaleWrite

    def _put(
        self,
        invoice: Invoice,
        by: str,
        action: str,
        detail: str,
        changes: tuple[ValueChange, ...] = (),
        *,
        reading: Reading | None = None,
    ) -> None:
        key = self._supplier_id, invoice.document_id
        if reading is not None:
            self._table.readings[key] = (invoice.reading_version or 0, reading)
        # through JSON, as the real table keeps it
        self._table.invoices[key] = Invoice.model_validate_json(invoice.model_dump_json(exclude_defaults=True))
        event = AuditEvent(invoice.changed_at, by, action, invoice.state, detail, changes)
        self._table.events.setdefault(key, []).append(event)


def _is_in(received: ReceivedBetween, moment: datetime) -> bool:
    begin, end = received
    return (begin is None or begin <= moment) and (end is None or moment < end)


class FakeCounts:
    """``ports.CountStore``. ``on_save`` is called before each write, as another writer."""

    def __init__(self) -> None:
        self.kept: str | None = None
        self.exists = True
        self.on_save: Callable[[], None] = lambda: None

    def get(self) -> KeptCounts | None:
        return KeptCounts.model_validate_json(self.kept) if self.kept else None

    def save(self, kept: KeptCounts) -> KeptCounts:
        self.on_save()
        stored = self.get()
        if not self.exists or (stored.version if stored else 0) != kept.version:
            raise StaleWrite
        written = kept.model_copy(update={"version": kept.version + 1})
        self.kept = written.model_dump_json(exclude_defaults=True)
        return written


class FakeTrackingProgress:
    """``ports.TrackingProgressStore``."""

    def __init__(self, table: FakeTable, supplier_id: str) -> None:
        self._table = table
        self._supplier_id = supplier_id

    def get(self) -> TrackingProgress:
        return self._table.following.get(self._supplier_id, TrackingProgress())

    def save(self, following: TrackingProgress) -> TrackingProgress:
        self._table.on_write("before following")
        if self.get().version != following.version:
            raise StaleWrite
        written = following.model_copy(update={"version": following.version + 1})
        kept = written.model_dump_json(exclude_defaults=True)
        self._table.following[self._supplier_id] = TrackingProgress.model_validate_json(kept)
        self._table.on_write("after following")
        return written


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

    def save(self, supplier: Supplier, *, event: AuditEvent | None = None, change: Change | None = None) -> None:
        if self.get().version != supplier.version - 1:
            raise StaleWrite
        # through JSON, as the real table keeps it
        self._table.suppliers[self._supplier_id] = Supplier.model_validate_json(supplier.model_dump_json())
        if event is not None:
            self._table.supplier_events.setdefault(self._supplier_id, []).append(event)
        if change is not None:
            self._table.changes.setdefault(self._supplier_id, []).append(change)

    def save_claiming_siret(
        self, supplier: Supplier, *, before: str, change: Change, released: Change, joining: Joining | None = None
    ) -> None:
        if self.get().version != supplier.version - 1:
            raise StaleWrite
        if supplier.identifier_key != before and supplier.identifier_key in self._table.sirets:
            raise AlreadyExists("", "")
        if joining is None and not self._table.structures.no_structure(supplier.identifier_key):
            raise StructureExists
        structures = self._table.structures
        if supplier.identifier_key != before and structures.owner(before) and structures.holds_messages(before):
            raise SiretHasMessages
        self.save(supplier, change=change)
        if supplier.identifier_key != before:
            self._table.structures.released(before, released)
            self._table.sirets.pop(before, None)
            self._table.sirets[supplier.identifier_key] = self._supplier_id
        if joining is not None:
            self._table.structures.join(joining)
            self._table.changes[self._supplier_id].append(joining.change)

    def events(self) -> Sequence[AuditEvent]:
        return self._table.supplier_events.get(self._supplier_id, [])


_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class FakeInstallation:
    """``ports.Installation``."""

    def __init__(self, table: FakeTable) -> None:
        self._table = table

    def create_supplier(self, supplier: Supplier, *, administrator: str, joining: Joining | None = None) -> None:
        if supplier.identifier_key in self._table.sirets:
            raise AlreadyExists("", "")
        if joining is None and not self._table.structures.no_structure(supplier.identifier_key):
            raise StructureExists
        self._table.sirets[supplier.identifier_key] = supplier.supplier_id
        self._begin(supplier, administrator)
        if joining is not None:
            self._table.structures.join(joining)
            self._table.changes.setdefault(supplier.supplier_id, []).append(joining.change)

    def create_default_supplier(self, supplier: Supplier, *, administrator: str) -> bool:
        if self._table.default_made:
            return False
        self._table.default_made = True
        self._begin(supplier, administrator)
        return True

    def _begin(self, supplier: Supplier, administrator: str) -> None:
        self._table.suppliers[supplier.supplier_id] = supplier
        first = Member(principal=administrator, kind="person", roles=("administer", "use"))
        self._table.access[supplier.supplier_id] = Access(members=(first,))

    def supplier_ids(self, *, limit: int, cursor: str | None) -> SupplierIdPage:
        if cursor is not None and not cursor.startswith("after:"):
            raise Invalid("", "")
        after = (cursor or "after:").removeprefix("after:")
        ids = [each for each in sorted(self._table.suppliers) if each > after]
        return SupplierIdPage(tuple(ids[:limit]), f"after:{ids[limit - 1]}" if len(ids) > limit else None)

    def suppliers_of(self, *principals: str) -> dict[str, frozenset[Role]]:
        rights = {each: self.rights(each, *principals) for each in self._table.access}
        return {each: held for each, held in rights.items() if held}

    def rights(self, supplier_id: str, *principals: str) -> frozenset[Role]:
        members = self._table.access.get(supplier_id, Access()).members
        return frozenset(role for each in members if each.principal in principals for role in each.roles)

    def deleted(self, supplier_id: str) -> DeletedSupplier | None:
        return self._table.deleted.get(supplier_id)

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        due = [i for i in self._due(now) if i.state is not State.SUBMITTED]
        due.sort(key=lambda i: (i.due_at, i.document_id))
        return [self._work(i, now) for i in due[:limit]]

    def _due(self, now: datetime) -> list[Invoice]:
        return [i for i in self._table.invoices.values() if i.due_at is not None and i.due_at <= now]

    def _work(self, invoice: Invoice, now: datetime) -> Work:
        date_text = invoice.form.value("invoice_date")
        invoice_date = date.fromisoformat(date_text) if date_text else None
        work = self._supplier_work(invoice.supplier_id, f"{invoice.document_id}#{invoice.due_at}", now)
        return replace(work, document_id=invoice.document_id, invoice_date=invoice_date)

    def _supplier_work(self, supplier_id: str, rest: str, now: datetime) -> Work:
        entry = f"{supplier_id}#{rest}"
        return Work(supplier_id, "", entry=entry, leased=self._table.leases.get(entry, _LONG_AGO) >= now - LEASE)

    def lease(self, work: Iterable[Work | DueWebhook], *, at: datetime) -> None:
        self._table.leases.update({each.entry: at for each in work})

    def tracking_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        due = [(i.due_at, self._work(i, now)) for i in self._due(now) if i.state is State.SUBMITTED]
        cut = [
            (f.retry_at, self._supplier_work(s, f"cut#{f.retry_at}", now))
            for s, f in self._table.following.items()
            if f.retry_at and f.retry_at <= now
        ]
        return [work for _, work in sorted([*due, *cut], key=lambda each: each[0])][:limit]  # type: ignore[arg-type,return-value]

    def nightly_tracking_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        waiting = [(f.nightly_due_at, s) for s, f in self._table.following.items() if f.retry_at is None]
        due = [(due_at, s) for due_at, s in waiting if due_at is not None and due_at <= now]
        return [self._supplier_work(s, f"night#{due_at}", now) for due_at, s in due[:limit]]

    def probes_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        waiting = [(s.probe_due_at, s.supplier_id) for s in self._table.suppliers.values() if s.probe_due_at]
        due = [(due_at, s) for due_at, s in sorted(waiting) if due_at <= now]
        return [self._supplier_work(s, f"probe#{due_at}", now) for due_at, s in due[:limit]]

    def removals_begun(self, before: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
        leaving = [(s.removal.asked_at, s.supplier_id) for s in self._table.suppliers.values() if s.removal is not None]
        return [(supplier_id, asked_at) for asked_at, supplier_id in sorted(leaving) if asked_at <= before][:limit]


class FakeAuditTrail:
    """``ports.AuditTrail``."""

    def __init__(self, table: FakeTable, supplier_id: str) -> None:
        self._table = table
        self._supplier_id = supplier_id

    def append(self, change: Change) -> None:
        self._table.changes.setdefault(self._supplier_id, []).append(change)

    def page(self, *, limit: int, cursor: str | None) -> ChangePage:
        if cursor is not None and not cursor.isdigit():
            raise Invalid("", "")
        lines = sorted(self._table.changes.get(self._supplier_id, []), key=lambda each: (each.at, each.change_id))[::-1]
        start = int(cursor or 0)
        end = start + limit
        return ChangePage(tuple(lines[start:end]), str(end) if end < len(lines) else None)


class FakeAccess:
    """``ports.AccessStore``."""

    def __init__(self, table: FakeTable, supplier_id: str) -> None:
        self._table = table
        self._supplier_id = supplier_id
        self._trail = FakeAuditTrail(table, supplier_id)

    def get(self) -> Access:
        return self._table.access.get(self._supplier_id, Access())

    def save(self, before: Access, after: Access, *, change: Change) -> None:
        if self.get().version != before.version:
            raise StaleWrite
        self._table.access[self._supplier_id] = after
        self._trail.append(change)

    def subscribers(self) -> Sequence[Subscriber]:
        return [
            who
            for (supplier_id, *_), who in sorted(self._table.subscribers.items())
            if supplier_id == self._supplier_id
        ]

    def subscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        self._table.subscribers[self._supplier_id, subscriber.kind, subscriber.principal] = subscriber
        self._trail.append(change)

    def unsubscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        if self._table.subscribers.pop((self._supplier_id, subscriber.kind, subscriber.principal), None) is None:
            raise NotFound
        self._trail.append(change)


class FakeKeptAnswers:
    """``ports.KeptAnswers``."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[KeptAnswer, str, datetime]] = {}

    def claim(self, request: str, *, fingerprint: str, owner: str, now: datetime) -> KeptAnswer | None:
        if request in self._kept:
            kept, owned_by, since = self._kept[request]
            if kept.answer is None and owned_by == owner:
                return None
            if now - since < (timedelta(hours=24) if kept.answer else timedelta(minutes=1)):
                return kept
        self._kept[request] = KeptAnswer(fingerprint, None), owner, now
        return None

    def keep(self, request: str, *, owner: str, answer: bytes) -> None:
        kept, owned_by, since = self._kept[request]
        if owned_by == owner:
            self._kept[request] = KeptAnswer(kept.fingerprint, answer), owner, since

    def release(self, request: str, *, owner: str) -> None:
        if request in self._kept and self._kept[request][1] == owner:
            del self._kept[request]


class FakeTenantRecords:
    """``ports.TenantRecords``; ``on_purge`` may raise Crash. Pages of ``at_a_time`` records."""

    def __init__(self, table: FakeTable, supplier_id: str, *, at_a_time: int = 2) -> None:
        self._table = table
        self._supplier_id = supplier_id
        self._at_a_time = at_a_time
        self.on_purge: Callable[[], None] = lambda: None

    def page(self, *, cursor: str | None) -> RecordPage:
        everything = list(self._all())
        start = int(cursor or 0)
        end = start + self._at_a_time
        return RecordPage(tuple(everything[start:end]), str(end) if end < len(everything) else None)

    def _all(self) -> Iterator[dict[str, Any]]:
        for (supplier_id, document_id), invoice in self._table.invoices.items():
            if supplier_id == self._supplier_id:
                yield {"record": f"INVOICE#{document_id}", "data": invoice.model_dump(mode="json")}
        if supplier := self._table.suppliers.get(self._supplier_id):
            yield {"record": "SUPPLIER", "data": supplier.model_dump(mode="json")}

    def hand_over(self) -> None:
        """Only records of older releases need it."""

    def purge(self, *, limit: int) -> int:
        self.on_purge()
        own = [key for key in self._table.invoices if key[0] == self._supplier_id]
        for key in own[:limit]:
            del self._table.invoices[key]
        if own:
            return len(own[:limit])
        gone = [self._table.access.pop(self._supplier_id, None), self._table.changes.pop(self._supplier_id, None)]
        return sum(each is not None for each in gone)

    def record_deletion(self, supplier: Supplier, *, deleted: DeletedSupplier) -> None:
        if self._table.suppliers[self._supplier_id].version != supplier.version:
            raise StaleWrite
        del self._table.suppliers[self._supplier_id]
        self._table.sirets.pop(supplier.identifier_key, None)
        self._table.deleted[self._supplier_id] = deleted


class FakeExportFile:
    """``ports.ExportFile``: finished files by key; ``forget`` loses what is not finished."""

    def __init__(self) -> None:
        self.begun: dict[str, dict[int, bytes]] = {}
        self.finished: dict[str, bytes] = {}
        self.temporary: dict[str, bool] = {}
        self.on_add: Callable[[int], None] = lambda _: None

    def begin(self, name: str, *, temporary: bool) -> tuple[str, str]:
        self.begun[name] = {}
        self.temporary[name] = temporary
        return f"exports/{name}", name

    def add(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        self.on_add(number)
        if upload_id not in self.begun:
            raise UploadForgotten
        self.begun[upload_id][number] = data
        return f"proof-{number}"

    def finish(self, key: str, upload_id: str, parts: Sequence[str]) -> None:
        if key in self.finished:
            return
        if upload_id not in self.begun:
            raise UploadForgotten
        written = self.begun.pop(upload_id)
        assert [f"proof-{number}" for number in sorted(written)] == list(parts)
        self.finished[key] = b"".join(written[number] for number in sorted(written))

    def forget(self) -> None:
        self.begun.clear()


class FakeTenantFiles:
    """``ports.TenantFiles``: sizes by key, and until when the store keeps some of them."""

    def __init__(self, at_a_time: int = 2) -> None:
        self.sizes: dict[str, int] = {}
        self.locks: dict[str, datetime] = {}
        self._at_a_time = at_a_time

    def page(self, *, cursor: str | None) -> FilePage:
        keys = sorted(key for key in self.sizes if key > (cursor or ""))
        files = tuple(TenantFile(key, self.sizes[key]) for key in keys[: self._at_a_time])
        return FilePage(files, files[-1].key if len(keys) > self._at_a_time else None)

    def erase(self, keys: Sequence[str]) -> Sequence[TenantFile]:
        for key in keys:
            if key not in self.locks:
                del self.sizes[key]
        return [TenantFile(key, self.sizes[key], self.locks[key]) for key in keys if key in self.locks]

    def locked_until(self, key: str) -> datetime | None:
        return self.locks.get(key)


class FakeBreakers:
    """``ports.Breakers``."""

    def __init__(self, table: FakeTable, supplier_id: str, *, portal: str = "portal") -> None:
        self._table = table
        self._keys = (f"PORTAL#{portal}", f"SUPPLIER#{supplier_id}")

    def get(self) -> Circuit:
        portal, supplier = (self._table.breakers.get(key, Breaker()) for key in self._keys)
        return Circuit(portal, supplier)

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        self._table.on_write("before breaker")
        pairs = ((before.portal, after.portal), (before.supplier, after.supplier))
        known = self.get()
        written = [old if new == old else new.model_copy(update={"version": old.version + 1}) for old, new in pairs]
        for (old, _), now, next_one in zip(pairs, (known.portal, known.supplier), written, strict=True):
            if next_one is not old and now.version != old.version:
                raise StaleWrite
        for key, (old, _), next_one in zip(self._keys, pairs, written, strict=True):
            if next_one is not old:
                self._table.breakers[key] = Breaker.model_validate_json(next_one.model_dump_json())
        self._table.on_write("after breaker")
        return Circuit(*written)


class FakeRecipients:
    """``ports.RecipientCache``."""

    def __init__(self) -> None:
        self.kept: dict[str, Recipient] = {}

    def get(self, siret: str, service: str | None = None) -> Recipient | None:
        return self.kept.get(siret)

    def whole(self, siret: str) -> Recipient | None:
        return self.kept.get(siret)

    def put(self, recipient: Recipient) -> None:
        known = self.kept.get(recipient.siret)
        if known is None or known.fetched_at <= recipient.fetched_at:
            self.kept[recipient.siret] = recipient

    def learn(self, recipient: Recipient, service: Service) -> None:
        if recipient.siret in self.kept:
            self.kept[recipient.siret] = self.kept[recipient.siret].with_service(service)


class FakeRecipientSearches:
    """``ports.SearchCache``."""

    def __init__(self) -> None:
        self.kept: dict[str, RecipientsFound] = {}

    def get(self, query: str) -> RecipientsFound | None:
        return self.kept.get(query)

    def put(self, query: str, found: RecipientsFound) -> None:
        self.kept[query] = found


class FakeUploads:
    """``ports.UploadedFiles``: what clients sent with links, in order; ``send`` is such a client."""

    def __init__(self) -> None:
        self.files: dict[str, list[bytes]] = {}

    def send(self, item_id: str, data: bytes) -> str:
        self.files.setdefault(item_id, []).append(data)
        return str(len(self.files[item_id]))

    def presign_upload(self, item_id: str, *, at_most: int) -> PresignedUpload:
        fields = {"key": item_id, "at_most": str(at_most)}
        return PresignedUpload(url="https://bucket.invalid", fields=fields, expires_in=900)

    def is_first(self, item_id: str, version: str) -> bool:
        return version == "1"

    def first(self, item_id: str) -> str | None:
        if len(self.files.get(item_id, ())) > 1000:
            raise TooManyFiles
        return "1" if item_id in self.files else None

    def read(self, item_id: str, version: str) -> bytes:
        return self.files[item_id][int(version) - 1]


class FakeDocuments:
    """``ports.DocumentStore``. Tests that need a file that was replaced write into ``originals``."""

    def __init__(self) -> None:
        self.uploads = FakeUploads()
        self.originals: dict[str, bytes] = {}
        self.upload_versions: dict[str, str] = {}
        self.subsets: dict[str, bytes] = {}
        self.stored_words: dict[str, bytes] = {}
        self.exports: dict[str, bytes] = {}
        self.locked_until: dict[str, datetime] = {}
        #: the files that were sent in place of originals, by document and version
        self.sent: dict[tuple[str, str], bytes] = {}
        self.sent_locked_until: dict[tuple[str, str], datetime] = {}

    def put_original(self, document_id: str, data: bytes, *, upload_version: str = "") -> str:
        if document_id not in self.originals:
            self.originals[document_id] = data
            self.upload_versions[document_id] = upload_version
        return _VERSION

    def original(self, document_id: str, version: str = "") -> bytes:
        assert version in ("", _VERSION)
        return self.originals[document_id]

    def stored_original(self, document_id: str, *, at_most: int) -> StoredFile:
        data = self.originals[document_id]
        read = data if len(data) <= at_most else None
        return StoredFile(_VERSION, len(data), self.upload_versions.get(document_id, ""), read)

    def lock_original(self, document_id: str, version: str, *, until: datetime) -> None:
        assert version in ("", _VERSION)
        self.locked_until[document_id] = until

    def presign_download(self, document_id: str, version: str, file_name: str) -> str:
        return f"https://bucket.invalid/{document_id}?versionId={version}"

    def put_sent(self, document_id: str, data: bytes) -> str:
        version = hashlib.sha256(data).hexdigest()
        self.sent[document_id, version] = data
        return version

    def lock_sent(self, document_id: str, sent: SentFile, *, until: datetime) -> None:
        assert (document_id, sent.object_version) in self.sent
        self.sent_locked_until[document_id, sent.object_version] = until

    def presign_sent(self, document_id: str, sent: SentFile, file_name: str) -> str:
        return f"https://bucket.invalid/{document_id}/sent?versionId={sent.object_version}"

    def put_words(self, document_id: str, data: bytes) -> None:
        self.stored_words[document_id] = data

    def words(self, document_id: str) -> bytes | None:
        return self.stored_words.get(document_id)

    def forget(self, document_id: str) -> None:
        self.originals.pop(document_id, None)
        self.stored_words.pop(document_id, None)

    def put_ocr_subset(self, document_id: str, data: bytes) -> None:
        self.subsets[document_id] = data

    def put_portal_copy(self, document_id: str, file_name: str, data: bytes) -> str:
        self.exports[f"portal/{document_id}"] = data
        return f"https://bucket.invalid/{document_id}/portal"

    def put_export(self, name: str, data: bytes) -> str:
        self.exports[f"exports/{name}"] = data
        return f"exports/{name}"


class FakeArchives:
    """``ports.ArchiveStore``."""

    def __init__(self) -> None:
        self.stored: dict[str, Archive] = {}
        self.crash_before: int | None = None
        """The version before whose write the worker dies."""

    def add(self, archive: Archive) -> None:
        if archive.archive_id in self.stored:
            raise AlreadyExists("", "")
        self.stored[archive.archive_id] = archive

    def get(self, archive_id: str) -> Archive:
        if archive_id not in self.stored:
            raise NotFound
        return self.stored[archive_id]

    def save(self, archive: Archive) -> None:
        if archive.version == self.crash_before:
            self.crash_before = None
            raise Crash
        if self.get(archive.archive_id).version != archive.version - 1:
            raise StaleWrite
        self.stored[archive.archive_id] = archive


class FakePagePictures:
    """``ports.PagePictures`` over files by document and version."""

    def __init__(self, originals: dict[tuple[str, str], bytes] | None = None) -> None:
        self.originals = originals or {}
        self.stored: dict[tuple[str, str, int], bytes] = {}

    def original(self, document_id: str, version: str) -> bytes | None:
        return self.originals.get((document_id, version))

    def kept(self, document_id: str, version: str, number: int) -> bytes | None:
        return self.stored.get((document_id, version, number))

    def keep(self, document_id: str, version: str, number: int, picture: bytes) -> None:
        self.stored[document_id, version, number] = picture


class FakePdfs:
    """The part of ``ports.PdfReader`` that a submission needs. ``without``: the file without its XML."""

    def __init__(self, file: FileFacts | None = None, *, without: bytes | None = b"%PDF without XML") -> None:
        self.file = file or FileFacts()
        self.without = without
        self.dies: FileTooComplex | None = None
        self.calls: list[str] = []

    def file_facts(self, data: bytes) -> FileFacts:
        self._called("file_facts")
        return self.file

    def without_xml(self, data: bytes) -> bytes | None:
        self._called("without_xml")
        return self.without

    def _called(self, call: str) -> None:
        self.calls.append(call)
        if self.dies is not None:
            raise self.dies


class FakeLayouts:
    """``ports.LayoutStore``; ``on_save`` may write as another worker would, ``changes`` are the audit trail's lines."""

    def __init__(self) -> None:
        self.version = 0
        self.kept: dict[str, Layout] = {}
        self.changes: list[Change] = []
        self.on_save: Callable[[], None] = lambda: None

    def all(self) -> TaughtLayouts:
        return TaughtLayouts(self.version, tuple(self.kept[each] for each in sorted(self.kept)))

    def save(
        self, version: int, *, put: Layout | None = None, forget: Sequence[str] = (), changes: Sequence[Change] = ()
    ) -> None:
        self.on_save()
        if version != self.version:
            raise StaleWrite
        self.version += 1
        if put is not None:
            self.kept[put.layout_id] = Layout.model_validate_json(put.model_dump_json())
        for each in forget:
            self.kept.pop(each, None)
        self.changes += changes

    def seen(self, layout_id: str, at: datetime) -> None:
        layout = self.kept.get(layout_id)
        if layout is not None and (layout.last_seen is None or layout.last_seen < at):
            self.kept[layout_id] = layout.model_copy(update={"last_seen": at})


class FakeLessons:
    """``ports.LessonQueue``."""

    def __init__(self) -> None:
        self.sent: list[LessonWork] = []

    def send(self, lesson: LessonWork) -> None:
        self.sent.append(lesson)


class FakeQueue:
    """``ports.Queue``: what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[Work] = []

    def send(self, work: Iterable[Work]) -> None:
        self.sent.extend(work)


class FakeTrackingQueue:
    """``ports.TrackingQueue``: what was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[TrackingWork] = []

    def send(self, tracking_work: Iterable[TrackingWork]) -> None:
        self.sent.extend(tracking_work)


class FakeSupplierQueue:
    """``ports.SupplierQueue``: who was sent, in order."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, supplier_ids: Iterable[str]) -> None:
        self.sent.extend(supplier_ids)


class FakeSecrets:
    """``ports.SecretStore``."""

    def __init__(self) -> None:
        self.kept: Credentials | None = None

    def get(self) -> Credentials | None:
        return self.kept

    def put(self, credentials: Credentials) -> None:
        self.kept = credentials

    def delete(self) -> None:
        self.kept = None


class FakeOcr:
    """``ports.Ocr``: answers what it was given, for any job."""

    def __init__(self, answer: list[dict[str, Any]] | Exception | None = None) -> None:
        self.answer = answer if answer is not None else []
        self.started: dict[str, str] = {}

    def start(self, document_id: str, *, subset: bool, token: str) -> str:
        return self.started.setdefault(token, f"job-{len(self.started) + 1}")

    def collect(self, job_id: str) -> list[str]:
        if isinstance(self.answer, Exception):
            raise self.answer
        return [json.dumps(part) for part in self.answer]


class FakePortal:
    """``ports.Portal``: a portal that stores what it accepted and fails where a test plans it.

    ``faults`` maps a call (``upload``, ``submit``, ``find``, ``recipient``…) to its next faults, in order: an
    exception before the portal acts, or ``(after, exception)`` once it has acted. None lets a call through.

    A flow is pending until the test settles it with ``settle_flows``.
    """

    def __init__(self, recipients: Iterable[Recipient] = ()) -> None:
        self.recipients = {recipient.siret: recipient for recipient in recipients}
        #: what a search finds beside the active recipients, which have no address here
        self.listed: list[RecipientFound] = []
        self.searches: list[tuple[str, str]] = []
        #: whether accents count in a search, as they may at the portal
        self.accents_count = True
        self.the_account = PortalAccount(structure_id=42, bank_accounts=(BankAccount(portal_id=1440, name="Main"),))
        #: other structures that the technical account is attached to
        self.other_structures: set[int] = set()
        self.accepted: list[FoundInvoice] = []
        self.flows: dict[str, FlowReport] = {}
        self.uploads = 0
        self.uploaded: list[str] = []
        #: of each submission that was made, the files that went along
        self.attached: list[tuple[StoredAttachment, ...]] = []
        self.submits = 0
        #: by the portal's id, oldest passage first
        self.lives: dict[int, list[PassedStatus]] = {}
        #: of each answer to a send-back that was given: which, about what, and what it said
        self.repairs: list[tuple[str, int, dict[str, Any]]] = []
        self.page_size = 100
        #: when the next answer to a send-back is given
        self.now = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
        self.calls = 0
        self.faults: dict[str, list[Any]] = {}

    def account(self) -> PortalAccount:
        self._act("account", lambda: None)
        return self.the_account

    def attached_to(self) -> frozenset[int]:
        self._act("attached_to", lambda: None)
        return frozenset({self.the_account.structure_id, *self.other_structures})

    def bank_accounts(self) -> tuple[BankAccount, ...]:
        self._act("bank_accounts", lambda: None)
        return self.the_account.bank_accounts

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:
        found = self.recipients.get(siret)
        self._act("recipient", lambda: None)
        return found.model_copy(update={"fetched_at": now}) if found else None

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:
        self._act("service_requires_engagement", lambda: None)
        return service.code.endswith("_EJ")

    def search_recipients(self, siret: str, text: str, *, most: int) -> tuple[Sequence[RecipientFound], bool]:
        self._act("search_recipients", lambda: None)
        self.searches.append((siret, text))
        active = [RecipientFound(siret=each.siret, name=each.name) for each in self.recipients.values() if each.active]
        found = [
            each
            for each in (*self.listed, *active)
            if each.siret.startswith(siret)
            and self._compared(text) in self._compared(f"{each.name} {each.town} {each.postal_code}")
        ]
        return found[:most], len(found) <= most

    def _compared(self, text: str) -> str:
        bare = unicodedata.normalize("NFD", text)
        return (
            text if self.accents_count else "".join(each for each in bare if not unicodedata.combining(each))
        ).casefold()

    def attachment_types(self) -> tuple[AttachmentType, ...]:
        self._act("attachment_types", lambda: None)
        return (AttachmentType(code="RIB"), AttachmentType(code="DOCUMENT_ANNEXE"))

    def upload(self, file_name: str, data: bytes) -> int:
        def act() -> None:
            self.uploads += 1
            self.uploaded.append(file_name)

        self._act("upload", act)
        return 7000 + self.uploads

    def submit(
        self,
        submission: Submission,
        *,
        file_id: int,
        file_name: str,
        attachments: Sequence[StoredAttachment] = (),
    ) -> Deposit:
        def act() -> None:
            self.submits += 1
            self.attached.append(tuple(attachments))
            self._accept(
                submission.invoice_number, submission.recipient_siret, submission.invoice_date, submission.total_ttc
            )

        self._act("submit", act)
        accepted = self.accepted[-1]
        return Deposit(chorus_id=accepted.chorus_id, invoice_number=accepted.invoice_number, status=accepted.status)

    def deposit_flow(self, file_name: str, data: bytes) -> str:
        def act() -> None:
            self.flows[f"CPP{len(self.flows) + 1}"] = FlowReport("pending")

        self._act("deposit_flow", act)
        return f"CPP{len(self.flows)}"

    def flow_report(self, flow_number: str) -> FlowReport:
        self._act("flow_report", lambda: None)
        return self.flows[flow_number]

    def settle_flows(self, report: FlowReport, holding: FoundInvoice | None = None) -> None:
        """What becomes of every flow that has not ended; an integrated one holds an invoice from now on."""
        for number, known in self.flows.items():
            if not known.ended:
                self.flows[number] = report
                if holding is not None:
                    self._accept(
                        holding.invoice_number, holding.recipient_siret, holding.invoice_date, holding.total_ttc
                    )

    def find(self, invoice_number: str) -> Sequence[FoundInvoice]:
        self._act("find", lambda: None)
        return [each for each in self.accepted if each.invoice_number == invoice_number]

    # --- tracking and repairing -------------------------------------------------------------------------

    def changes(self, *, since: datetime | None, page: int) -> PortalPage:
        self._act(f"changes {page}", lambda: None)
        self._act("changes", lambda: None)
        changed = [e for e in self.accepted if since is None or e.status_at is None or e.status_at >= since]
        size = self.page_size
        return PortalPage(tuple(changed[(page - 1) * size : page * size]), len(changed), page * size >= len(changed))

    def history(self, chorus_id: int) -> InvoiceHistory:
        self._act("history", lambda: None)
        steps = self.lives.get(chorus_id, [])
        return InvoiceHistory(self._held(chorus_id).status, tuple(steps))

    def pass_to(self, chorus_id: int, status: str, at: datetime, comment: str | None = None) -> None:
        """The recipient or the portal moves an invoice."""
        held = replace(self._held(chorus_id), status=status, status_at=at, comment=comment)
        self._put_back(held)
        self.lives.setdefault(chorus_id, []).append(PassedStatus(status, at, comment))

    def hold(self, number: str, at: datetime, **facts: Any) -> int:
        """An invoice is sent by other means; returns the portal's id."""
        self._accept(number, facts.pop("recipient_siret", None), None, facts.pop("total_ttc", None))
        chorus_id = self.accepted[-1].chorus_id
        self._put_back(replace(self.accepted[-1], **facts))
        self.pass_to(chorus_id, "DEPOSEE", at)
        return chorus_id

    def recycle(self, chorus_id: int, **way: Any) -> None:
        self._repair("recycle", chorus_id, "A_RECYCLER", "DEPOSEE", way)

    def complete(self, chorus_id: int, **answer: Any) -> None:
        self._repair("complete", chorus_id, "SUSPENDUE", "COMPLETEE", answer)

    def correct_validator(self, chorus_id: int, **answer: Any) -> None:
        self._repair("correct_validator", chorus_id, "ERREUR_FOURNISSEUR_SUR_VALIDEUR", "A_VALIDER_1", answer)

    def treat_rejection(self, chorus_id: int) -> None:
        def act() -> None:
            self.repairs.append(("treat_rejection", chorus_id, {}))
            self._put_back(replace(self._held(chorus_id), rejection_treated=True))

        self._act("treat_rejection", act)

    def download(self, chorus_id: int, *, with_attachments: bool) -> bytes:
        self._act("download", lambda: None)
        return b"PK zip" if with_attachments else b"%PDF"

    def _repair(self, call: str, chorus_id: int, wanted: str, status: str, said: dict[str, Any]) -> None:
        def act() -> None:
            if self._held(chorus_id).status != wanted:
                raise PortalRefused("GDP_MSG_11.001", "état incompatible")
            self.repairs.append((call, chorus_id, said))
            self.pass_to(chorus_id, status, self.now)

        self._act(call, act)

    def _held(self, chorus_id: int) -> FoundInvoice:
        return next(each for each in self.accepted if each.chorus_id == chorus_id)

    def _put_back(self, held: FoundInvoice) -> None:
        self.accepted = [held if each.chorus_id == held.chorus_id else each for each in self.accepted]

    def _accept(self, number: str, recipient: str | None, day: date | None, total: Decimal | None) -> None:
        if any(each.invoice_number == number for each in self.accepted):
            raise PortalRefused("GDP_MSG_DUP", "numéro déjà utilisé", duplicate_number=True)
        self.accepted.append(
            FoundInvoice(
                chorus_id=8000 + len(self.accepted),
                invoice_number=number,
                recipient_siret=recipient,
                invoice_date=day,
                total_ttc=total,
                status="DEPOSEE",
            )
        )

    def _act(self, call: str, act: Callable[[], None]) -> None:
        self.calls += 1
        fault = self.faults[call].pop(0) if self.faults.get(call) else None
        if fault is None:
            act()
        elif isinstance(fault, tuple):
            act()
            raise _afresh(fault[1])
        else:
            raise _afresh(fault)


def _afresh(fault: BaseException) -> BaseException:
    """Each failure is its own, as the real client's are: who catches one may write on it."""
    return copy(fault) if isinstance(fault, PortalUnreachable | AnswerLost | CredentialsRefused) else fault


class FakeQuotaCounters:
    """``ports.QuotaCounters`` in memory; ``writes`` counts the calls."""

    def __init__(self) -> None:
        self.used: Counter[tuple[Holder, QuotaKind, datetime]] = Counter()
        self.writes = 0

    def take(self, holder: Holder, kind: QuotaKind, count: int, *, most: int, begin: datetime, end: datetime) -> bool:
        self.writes += 1
        counter = (holder, kind, begin)
        if self.used[counter] + count > most:
            return False
        self.used[counter] += count
        return True


def change_identifier(
    table: FakeTable,
    *,
    portal: Callable[[str], Any] = lambda _: FakePortal(),
    trial: Callable[[], None] = lambda: None,
    assigned: bool = False,
) -> ChangeIdentifier:
    """The rules for another identifier of the supplier s1; ``assigned``: the caller administers the installation."""
    return ChangeIdentifier(
        structures=table.structures,
        invoices=FakeInvoices(table, "s1"),
        portal=lambda identifier: portal(identifier.key),
        trial=trial,
        by="alice",
        assigned=assigned,
        strict_siret=True,
    )
