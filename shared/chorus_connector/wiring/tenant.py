"""One supplier, for one invocation: its stores, its files, its portal, and the time that is left.

A ``Tenant`` comes from two places only: a message or record that names its supplier, and a ``Grant``, which
``api.authorisation`` gives to a caller who holds a role. A supplier's id alone makes none: that is what keeps a route
that forgot to authorise from reaching a store. Everything made here uses a client with the permissions of that
supplier only (``clients.ScopedSession``).

Imports are inside the properties: a function loads only the adapters it uses, which keeps its cold start short.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from chorus_connector.adapters.tenant_policy import Reach
from chorus_connector.runtime.deadline import at_most, unlimited
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.clients import ScopedSession

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from chorus_connector.adapters.s3 import S3Attachments, S3Documents
    from chorus_connector.adapters.secrets import SecretsManagerCredentials
    from chorus_connector.adapters.table.administration import DynamoAccess, DynamoAuditTrail
    from chorus_connector.adapters.table.ahead import ReadAhead
    from chorus_connector.adapters.table.breakers import DynamoBreakers
    from chorus_connector.adapters.table.counts import DynamoCounts
    from chorus_connector.adapters.table.invoices import DynamoInvoices, DynamoTrackingProgress
    from chorus_connector.adapters.table.layouts import DynamoLayouts
    from chorus_connector.adapters.table.suppliers import DynamoSupplier
    from chorus_connector.adapters.table.tables import DynamoAttachments, DynamoTables
    from chorus_connector.adapters.table.work_claims import DynamoWorkClaims
    from chorus_connector.domain.invoices.visibility import Visibility
    from chorus_connector.domain.suppliers.access import Caller
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices
    from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
    from chorus_connector.wiring.clients import ClientMaker


class NamesSupplier(Protocol):
    """A queue message, a stored record or a ``Grant``: what names the supplier an invocation works for."""

    @property
    def supplier_id(self) -> str: ...


@dataclass(frozen=True)
class Grant:
    """The proof that a caller may act for a supplier. Only ``api.authorisation`` makes one."""

    supplier_id: str
    caller: Caller


class Tenant:
    """One supplier, for one invocation. ``named_by`` is the queue message, record or grant with its ``supplier_id``.

    ``seconds_left`` gives the seconds that its calls of the portal may still take. ``document_id`` is the document that
    a message is about: its record is read together with the supplier's. ``run_at`` is when the ten-minute run began
    that sent the message.
    """

    def __init__(
        self,
        named_by: NamesSupplier,
        seconds_left: Callable[[], float] = unlimited,
        *,
        document_id: str = "",
        run_at: datetime | None = None,
    ) -> None:
        self.supplier_id = named_by.supplier_id
        self.run_at = run_at
        self.seconds_left = seconds_left
        self._document_id = document_id

    @property
    def client(self) -> ClientMaker:
        """Makes AWS clients with this supplier's permissions only: ``tenant.client("s3")``."""
        return self.session().client

    def session(self, *sirets: str, installation: bool = False) -> ScopedSession:
        """Clients that reach, with the supplier, what is stored under its SIRETs, or its entry in the installation."""
        return ScopedSession(Reach(self.supplier_id, installation=installation).with_sirets(*sirets))

    # --- records ---------------------------------------------------------------------------------------------

    @cached_property
    def reads(self) -> ReadAhead:
        """Reads the items of its table, several in one call."""
        from chorus_connector.adapters.table import keys  # noqa: PLC0415
        from chorus_connector.adapters.table.ahead import ReadAhead  # noqa: PLC0415

        reads = ReadAhead(self.client("dynamodb"), settings().required("table"))
        if self._document_id:
            reads.plan([keys.supplier_record(self.supplier_id), *keys.document(self.supplier_id, self._document_id)])
        return reads

    @cached_property
    def supplier(self) -> Supplier:
        """Its record, read once for the invocation. Raises NotFound."""
        return self.suppliers.get()

    @cached_property
    def suppliers(self) -> DynamoSupplier:
        from chorus_connector.adapters.table.suppliers import DynamoSupplier  # noqa: PLC0415

        return DynamoSupplier(
            self.client("dynamodb"),
            settings().required("table"),
            self.supplier_id,
            with_sirets=self.session().with_sirets,
            reads=self.reads,
        )

    @cached_property
    def invoices(self) -> DynamoInvoices:
        """Every invoice. Routes read ``visible_invoices`` instead, which leaves out what the caller may not see."""
        from chorus_connector.adapters.table.invoices import DynamoInvoices  # noqa: PLC0415

        return DynamoInvoices(self.client("dynamodb"), settings().required("table"), self.supplier_id, self.reads)

    @cached_property
    def counts(self) -> DynamoCounts:
        """How many documents are in each state."""
        from chorus_connector.adapters.table.counts import DynamoCounts  # noqa: PLC0415

        return DynamoCounts(self.client("dynamodb"), settings().required("table"), self.supplier_id)

    @cached_property
    def tracking_progress(self) -> DynamoTrackingProgress:
        """How far the retrieval of its invoices from the portal is."""
        from chorus_connector.adapters.table.invoices import DynamoTrackingProgress  # noqa: PLC0415

        return DynamoTrackingProgress(self.client("dynamodb"), settings().required("table"), self.supplier_id)

    @cached_property
    def access(self) -> DynamoAccess:
        """Its access list and its notification subscribers."""
        from chorus_connector.adapters.table.administration import DynamoAccess  # noqa: PLC0415

        return DynamoAccess(self.client("dynamodb"), settings().required("table"), self.supplier_id)

    @cached_property
    def audit_trail(self) -> DynamoAuditTrail:
        """The changes of its configuration."""
        from chorus_connector.adapters.table.administration import DynamoAuditTrail  # noqa: PLC0415

        return DynamoAuditTrail(self.client("dynamodb"), settings().required("table"), self.supplier_id)

    @cached_property
    def tables(self) -> DynamoTables:
        """Its correspondence tables."""
        from chorus_connector.adapters.table.tables import DynamoTables  # noqa: PLC0415

        return DynamoTables(self.client("dynamodb"), settings().required("table"), self.supplier_id, self.reads)

    @cached_property
    def attachments(self) -> DynamoAttachments:
        from chorus_connector.adapters.table.tables import DynamoAttachments  # noqa: PLC0415

        return DynamoAttachments(self.client("dynamodb"), settings().required("table"), self.supplier_id)

    @cached_property
    def work_claims(self) -> DynamoWorkClaims:
        """Who works on which of its documents."""
        from chorus_connector.adapters.table.work_claims import DynamoWorkClaims  # noqa: PLC0415

        return DynamoWorkClaims(self.client("dynamodb"), settings().required("table"), self.supplier_id)

    @cached_property
    def layouts(self) -> DynamoLayouts:
        """The designs of its invoices that persons taught."""
        from chorus_connector.adapters.table.layouts import DynamoLayouts  # noqa: PLC0415

        return DynamoLayouts(self.client("dynamodb"), settings().required("table"), self.supplier_id)

    # --- files and secrets -----------------------------------------------------------------------------------

    @cached_property
    def documents(self) -> S3Documents:
        """The files of its invoices, and its exports."""
        from chorus_connector.adapters.s3 import S3Documents  # noqa: PLC0415

        return S3Documents(self.client("s3"), settings().required("bucket"), self.supplier_id)

    @cached_property
    def attachment_files(self) -> S3Attachments:
        from chorus_connector.adapters.s3 import S3Attachments  # noqa: PLC0415

        return S3Attachments(self.client("s3"), settings().required("bucket"), self.supplier_id)

    @cached_property
    def secrets(self) -> SecretsManagerCredentials:
        """Its credentials for Chorus Pro."""
        from chorus_connector.adapters.secrets import SecretsManagerCredentials  # noqa: PLC0415

        prefix = settings().required("secret_prefix")
        return SecretsManagerCredentials(self.client("secretsmanager"), prefix, self.supplier_id)

    # --- Chorus Pro ------------------------------------------------------------------------------------------

    @cached_property
    def portal(self) -> GuardedPortal:
        """Chorus Pro as this supplier, behind its circuit breakers."""
        from chorus_connector.wiring.portal import guarded_portal  # noqa: PLC0415

        return guarded_portal(self)

    @cached_property
    def breakers(self) -> DynamoBreakers:
        """The circuit breakers: of the portal that its credentials lead to, and of the supplier."""
        from chorus_connector.adapters.table.breakers import DynamoBreakers  # noqa: PLC0415
        from chorus_connector.wiring.portal import base_of  # noqa: PLC0415

        return DynamoBreakers(
            self.client("dynamodb"),
            settings().required("table"),
            portal=base_of(self.supplier),
            supplier_id=self.supplier_id,
            reads=self.reads,
        )


class AuthorisedTenant(Tenant):
    """A supplier that a caller may act for, and what of it that caller may see."""

    def __init__(self, grant: Grant, seconds_left: Callable[[], float]) -> None:
        super().__init__(grant, seconds_left)
        self._grant = grant

    @property
    def caller(self) -> Caller:
        return self._grant.caller

    @property
    def by(self) -> str:
        """The caller's id, for the audit trail."""
        return self.caller.principal

    def within(self, seconds: float) -> AuthorisedTenant:
        """A copy with the same supplier and caller, whose portal calls end within these seconds."""
        return AuthorisedTenant(self._grant, at_most(seconds, self.seconds_left))

    @cached_property
    def visibility(self) -> Visibility:
        """Which of its documents the caller may see."""
        from chorus_connector.usecases.invoices.visibility import visibility_of  # noqa: PLC0415

        return visibility_of(self.caller.identities, tables=self.tables, suppliers=self.suppliers)

    @cached_property
    def visible_invoices(self) -> VisibleInvoices:
        """The invoices that the caller may see."""
        from chorus_connector.usecases.invoices.visibility import VisibleInvoices  # noqa: PLC0415

        return VisibleInvoices(self.invoices, self.visibility)
