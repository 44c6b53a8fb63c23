"""What the use cases on suppliers need from outside: settings, access, tables, secrets, and the installation.

Everything but ``Installation`` and ``SupplierQueue`` is made for one supplier.
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
    from chorus_connector.ports.values import (
        ChangePage,
        DeletedSupplier,
        Event,
        FilePage,
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

    def record_deletion(self, supplier: Supplier, *, deleted: DeletedSupplier) -> None:
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

    def tracking_due(self, now: datetime, *, limit: int) -> Sequence[Work]:
        """What is to be looked at at the portal; a Work without document is a supplier whose retrieval goes on."""

    def nightly_tracking_due(self, now: datetime, *, limit: int) -> Sequence[str]:
        """The suppliers whose invoices are to be retrieved tonight."""

    def removals_begun(self, before: datetime, *, limit: int) -> Sequence[tuple[str, datetime]]:
        """The suppliers on their way out and since when, longest first."""

    def probes_due(self, now: datetime, *, limit: int) -> Sequence[str]:
        """The suppliers whose credentials must be tried again; reads follow what is due."""


class SupplierQueue(Protocol):
    """Where a box looks for suppliers to work on."""

    def send(self, supplier_ids: Iterable[str]) -> None: ...


class SecretStore(Protocol):
    """One supplier's credentials."""

    def get(self) -> Credentials | None: ...

    def put(self, credentials: Credentials) -> None: ...

    def delete(self) -> None:
        """Forget them at once; does nothing when there are none."""


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
