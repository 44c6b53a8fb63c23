"""What the use cases on the portal need from outside: the portal, its directory's cache, circuit breakers, tracking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from chorus_connector.domain.invoices.attachments import AttachmentType
    from chorus_connector.domain.invoices.invoice import Deposit
    from chorus_connector.domain.invoices.submission import Submission
    from chorus_connector.domain.portal.answers import (
        FlowReport,
        FoundInvoice,
        InvoiceHistory,
        PortalAccount,
        PortalPage,
    )
    from chorus_connector.domain.portal.breaker import Circuit
    from chorus_connector.domain.portal.recipient import Recipient, Service
    from chorus_connector.domain.portal.tracking import TrackingProgress
    from chorus_connector.domain.suppliers.supplier import BankAccount
    from chorus_connector.ports.values import StoredAttachment, TrackingWork


class TrackingProgressStore(Protocol):
    """How far the retrieval of one supplier's invoices is."""

    def get(self) -> TrackingProgress:
        """As last written (strongly consistent); the untouched record where nothing was ever written."""

    def save(self, following: TrackingProgress) -> TrackingProgress:
        """Write it as the next version of the one it was made from; gives it. Raises StaleWrite."""


class RecipientCache(Protocol):
    """Directory answers, shared by every tenant: they are public."""

    def get(self, siret: str) -> Recipient | None: ...

    def put(self, recipient: Recipient) -> None: ...


class TrackingQueue(Protocol):
    """Where box tracking_sync looks for work."""

    def send(self, tracking_work: Iterable[TrackingWork]) -> None: ...


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
