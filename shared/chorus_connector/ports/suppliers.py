"""What the use cases on suppliers need from outside: settings, access, tables, secrets, and the installation.

Every store except ``Installation``, ``SupplierQueue`` and ``UserDirectory`` is made for one supplier.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from chorus_connector.domain.portal.credentials import Credentials
    from chorus_connector.domain.suppliers.access import Access, Subscriber
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.domain.suppliers.supplier import Role, Supplier
    from chorus_connector.domain.suppliers.tables import Proposal, TableKind, TableRow
    from chorus_connector.ports.notification_values import DueWebhook
    from chorus_connector.ports.values import (
        AuditEvent,
        ChangePage,
        DeletedSupplier,
        FilePage,
        Joining,
        ProposalPage,
        RecordPage,
        RowPage,
        SupplierIdPage,
        TenantFile,
        Work,
    )


class SupplierStore(Protocol):
    """One supplier's own record."""

    def get(self) -> Supplier:
        """The settings, read consistently. Raises NotFound."""

    def save(self, supplier: Supplier, *, event: AuditEvent | None = None, change: Change | None = None) -> None:
        """Write the next version with its event for people and its audit line in one transaction. Raises StaleWrite."""

    def save_claiming_siret(
        self, supplier: Supplier, *, before: str, change: Change, released: Change, joining: Joining | None = None
    ) -> None:
        """Save it with its SIRET, or other identifier, instead of the one with the key ``before``, in one transaction.

        ``released`` is the line for the trail of the structure it leaves, if that exists on its own; else the
        structure's record is deleted. Raises AlreadyExists, StaleWrite, SiretHasMessages when a
        message or list of that record's structure exists, and StructureExists unless it is joined with the structure
        that exists on its own under its SIRET.
        """

    def events(self) -> Sequence[AuditEvent]:
        """The events that people were notified of, oldest first."""


class AuditTrail(Protocol):
    """The changes of one supplier's configuration. Lines are added and never changed."""

    def append(self, change: Change) -> None:
        """Add a line for a change that is written elsewhere."""

    def page(self, *, limit: int, cursor: str | None) -> ChangePage:
        """The trail, newest first. Raises Invalid on a bad cursor."""


class AccessStore(Protocol):
    """One supplier's access list and its subscriptions to notifications."""

    def get(self) -> Access:
        """The access list, read consistently."""

    def save(self, before: Access, after: Access, *, change: Change) -> None:
        """Write the differences in one transaction. Raises StaleWrite when the list changed meanwhile."""

    def subscribers(self) -> Sequence[Subscriber]:
        """The subscriptions to notifications."""

    def subscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        """Add a subscription or change its address. Raises StaleWrite."""

    def unsubscribe(self, subscriber: Subscriber, *, change: Change) -> None:
        """Delete a subscription. Raises NotFound."""


class TenantRecords(Protocol):
    """Everything one supplier has in the table, its messages included, for its export and its removal.

    Messages belong to the SIRET: they are the supplier's unless another tenant claims that SIRET.
    """

    def page(self, *, cursor: str | None) -> RecordPage:
        """At most a megabyte of records, each with its key (``record``) and its content. It contains no secret."""

    def hand_over(self) -> None:
        """Make sure that the recipients of the supplier's messages keep what they received, before anything is deleted.

        Idempotent. Only messages of older releases need it.
        """

    def purge(self, *, limit: int) -> int:
        """Delete about ``limit`` records, except the supplier's own, and return how many; 0 when nothing is left."""

    def record_deletion(self, supplier: Supplier, *, deleted: DeletedSupplier) -> None:
        """Delete the supplier's own record and its claim on the SIRET, and write ``deleted``. Raises StaleWrite."""


class TenantFiles(Protocol):
    """All files of one supplier, including its exports."""

    def page(self, *, cursor: str | None) -> FilePage:
        """At most a thousand files, in the order of their keys."""

    def erase(self, keys: Sequence[str]) -> Sequence[TenantFile]:
        """Delete the files with all their versions. Returns those that a lock keeps, and until when."""

    def locked_until(self, key: str) -> datetime | None:
        """The end of the lock that protects the file; None without a lock."""


class ExportFile(Protocol):
    """One of a supplier's exports, written in parts by workers that may die in between."""

    def begin(self, name: str, *, temporary: bool) -> tuple[str, str]:
        """Start the file; returns its key and the upload's id. A temporary file is deleted after some days."""

    def add(self, key: str, upload_id: str, number: int, data: bytes) -> str:
        """Write one part (at least 5 MiB, except the last) and return its ETag. Idempotent. Raises UploadForgotten."""

    def finish(self, key: str, upload_id: str, parts: Sequence[str]) -> None:
        """Complete the file. Idempotent. Raises UploadForgotten."""


class Installation(Protocol):
    """What spans tenants: their list, their members, and the keys of what is due."""

    def create_supplier(self, supplier: Supplier, *, administrator: str, joining: Joining | None = None) -> None:
        """Write a new tenant with its first member, who has both roles.

        Raises AlreadyExists (SIRET or other identifier), and StructureExists unless it is joined with the structure of
        its SIRET.
        """

    def create_default_supplier(self, supplier: Supplier, *, administrator: str) -> bool:
        """Write the first tenant of a new installation.

        False when that was done before, even if it was removed since.
        """

    def supplier_ids(self, *, limit: int, cursor: str | None) -> SupplierIdPage:
        """All tenants in the order of their ids. Raises Invalid on a bad cursor."""

    def suppliers_of(self, *principals: str) -> dict[str, frozenset[Role]]:
        """The roles of these principals (a caller and its groups), by supplier."""

    def rights(self, supplier_id: str, *principals: str) -> frozenset[Role]:
        """The roles for a supplier that a caller and its groups have together, read consistently."""

    def deleted(self, supplier_id: str) -> DeletedSupplier | None:
        """The record of a deleted tenant, else None."""

    def due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        """Documents due by ``now``, longest due first; the reads are proportional to what is due."""

    def tracking_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        """Documents to poll at the portal. A Work without a document is a supplier whose tracking run continues."""

    def webhooks_due(self, now: datetime, *, limit: int) -> Sequence[DueWebhook]:
        """Events that waited in the table for their next delivery, longest due first."""

    def nightly_tracking_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        """Suppliers whose nightly tracking is due."""

    def removals_begun(self, before: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
        """Suppliers whose removal has begun, and since when, longest first."""

    def probes_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        """Suppliers whose credentials must be probed; the reads are proportional to what is due."""

    def lease(self, work: Iterable[Work | DueWebhook], *, at: datetime) -> None:
        """Put due work of one kind under lease from that time on. It stays due, and is read as ``leased``."""


class UserDirectory(Protocol):
    """The user pool: the people, systems and groups that rights can be given to. Each method raises Transient."""

    def exists(self, principal: str) -> bool:
        """Whether the pool has this person (by ``sub``), system (by client id) or group (``group:`` and its name)."""

    def name(self, principal: str) -> str | None:
        """What people call it: the name that a person signs in with, or a system's name; None for every other."""

    def verified_email(self, principal: str) -> str | None:
        """A person's e-mail address, if it is verified and the account is enabled; None for every other principal."""

    def groups_of(self, principal: str) -> frozenset[str]:
        """The names of a person's groups; empty for every other principal."""


class SupplierQueue(Protocol):
    """A queue of suppliers to work on."""

    def send(self, supplier_ids: Iterable[str]) -> None: ...


class SecretStore(Protocol):
    """One supplier's portal credentials."""

    def get(self) -> Credentials | None: ...

    def put(self, credentials: Credentials) -> None: ...

    def delete(self) -> None:
        """Delete them at once; does nothing when there are none."""


class Tables(Protocol):
    """One supplier's correspondence tables, and the rows proposed for them. The last writer of a row wins."""

    def row(self, kind: TableKind, key: str) -> TableRow | None:
        """The row with that key (``TableRow.key``), if any."""

    def page(self, kind: TableKind, *, limit: int, cursor: str | None, key_prefix: str = "") -> RowPage:
        """The rows of a table whose key starts with the prefix. Raises Invalid on a bad cursor."""

    def put(self, rows: Sequence[TableRow]) -> None:
        """Write rows, replacing those with the same keys. The keys must be distinct. Raises Transient."""

    def delete(self, kind: TableKind, key: str) -> None:
        """Delete the row. Raises NotFound."""

    def unrestricted(self) -> bool:
        """Whether the users table never had a row, so that every user sees every document; strongly consistent.

        False also when that is not known.
        """

    def labels_of(self, principal: str) -> frozenset[str]:
        """The labels of that principal in the users table, in their matching form; strongly consistent."""

    def propose(self, proposal: Proposal) -> None:
        """Store a proposal, unless it exists already."""

    def proposal(self, key: str) -> Proposal:
        """The proposal with that key (``Proposal.key``). Raises NotFound."""

    def proposals(self, *, limit: int, cursor: str | None) -> ProposalPage:
        """Open and dismissed proposals. Raises Invalid on a bad cursor."""

    def activate(self, proposal: Proposal, row: TableRow) -> None:
        """Write the row and delete its proposal in one transaction. Raises NotFound."""

    def dismiss(self, proposal: Proposal) -> None:
        """Record that a person dismissed the proposal. Raises NotFound."""
