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
    from chorus_connector.domain.portal.recipient_search import RecipientFound, RecipientsFound
    from chorus_connector.domain.portal.tracking import TrackingProgress
    from chorus_connector.domain.suppliers.supplier import BankAccount
    from chorus_connector.ports.values import StoredAttachment, TrackingWork


class TrackingProgressStore(Protocol):
    """The progress of one supplier's tracking."""

    def get(self) -> TrackingProgress:
        """The progress, read consistently; an empty record before the first write."""

    def save(self, progress: TrackingProgress) -> TrackingProgress:
        """Write the next version and return it. Raises StaleWrite."""


class RecipientCache(Protocol):
    """Cached answers of the portal's directory. All tenants share them: the data is public."""

    def get(self, siret: str, service: str | None = None) -> Recipient | None:
        """The structure. If it has many services, only those whose code or label is ``service``: ``partial``."""

    def whole(self, siret: str) -> Recipient | None:
        """The structure with all its services."""

    def put(self, recipient: Recipient) -> None:
        """Keep an answer with all services, unless a newer one is kept. Raises NotCached."""

    def learn(self, recipient: Recipient, service: Service) -> None:
        """Keep what the portal said about one service of a structure that is kept. Raises NotCached."""


class DirectoryPortal(Protocol):
    """What the directory of recipients asks the portal. Each method raises PortalFailure."""

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None: ...

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool: ...

    def bank_accounts(self) -> tuple[BankAccount, ...]: ...


class SearchCache(Protocol):
    """What one supplier's searches of the directory found, by the query's key."""

    def get(self, query: str) -> RecipientsFound | None: ...

    def put(self, query: str, found: RecipientsFound) -> None:
        """Keep the answer to the query. Raises NotCached."""


class RecipientSearchPortal(Protocol):
    """What a search of the directory asks the portal. It raises PortalFailure."""

    def search_recipients(self, siret: str, text: str, *, most: int) -> tuple[Sequence[RecipientFound], bool]:
        """Active recipients whose SIRET begins so and whose name, town or postal code has the text.

        An empty argument leaves nothing out. At most ``most``, and whether these are all. How the portal compares the
        text is not published: check what it found.
        """


class TrackingQueue(Protocol):
    """The queue of the function tracking_sync."""

    def send(self, tracking_work: Iterable[TrackingWork]) -> None: ...


class Breakers(Protocol):
    """The circuit breakers: the portal's, which all tenants share, and this supplier's own."""

    def get(self) -> Circuit:
        """Both, read consistently; closed ones before the first write."""

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        """Write those that changed as their next versions and return both. Raises StaleWrite."""


class Portal(Protocol):
    """Chorus Pro, as one supplier. Every method may raise the failures of ``domain.portal``."""

    def account(self) -> PortalAccount:
        """Test the credentials on every family of calls, and read the supplier's structure and bank details.

        Raises CredentialsRefused, which names the wrong secret or the missing right.
        """

    def attached_to(self) -> frozenset[int]:
        """The portal's ids of every structure that the technical account is attached to, active or not."""

    def bank_accounts(self) -> tuple[BankAccount, ...]:
        """The supplier's bank details that are valid at the portal."""

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:
        """The structure of the directory with that SIRET and its services, None when there is none."""

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:
        """Whether that service requires an engagement number, independently of its structure."""

    def search_recipients(self, siret: str, text: str, *, most: int) -> tuple[Sequence[RecipientFound], bool]:
        """As ``RecipientSearchPortal``."""

    def attachment_types(self) -> tuple[AttachmentType, ...]:
        """The types an invoice's attachment may have (referential)."""

    def upload(self, file_name: str, data: bytes) -> int:
        """Store a file at the portal and return its id. This deposits nothing and may be repeated."""

    def submit(
        self,
        submission: Submission,
        *,
        file_id: int,
        file_name: str,
        attachments: Sequence[StoredAttachment] = (),
    ) -> Deposit:
        """Deposit the invoice. The adapter never repeats the call: the caller decides from the failure."""

    def deposit_flow(self, file_name: str, data: bytes) -> str:
        """Deposit a Factur-X as a flow and return the flow's number. The adapter never repeats the call.

        The portal checks the invoice later: ``flow_report`` has the result.
        """

    def flow_report(self, flow_number: str) -> FlowReport:
        """The state of a flow; pending while the portal does not know it yet."""

    def find(self, invoice_number: str) -> Sequence[FoundInvoice]:
        """This supplier's invoices with exactly that number. The search is complete, or raises."""

    def changes(self, *, since: datetime | None, page: int) -> PortalPage:
        """One page of this supplier's invoices whose status changed since then (None: all), oldest deposit first.

        Pages count from 1. Invoices that arrive meanwhile are on the last page.
        """

    def history(self, chorus_id: int) -> InvoiceHistory:
        """All statuses of an invoice at the portal, with the recipient's comments."""

    def recycle(
        self,
        chorus_id: int,
        *,
        recipient_siret: str,
        service_code: str | None,
        engagement_number: str | None,
        comment: str | None,
    ) -> None:
        """Send an invoice in A_RECYCLER to another recipient. The adapter never repeats the call."""

    def complete(self, chorus_id: int, *, comment: str | None, attachments: Sequence[StoredAttachment]) -> None:
        """Answer a suspension with a comment, files, or both. The adapter never repeats the call."""

    def treat_rejection(self, chorus_id: int) -> None:
        """Acknowledge a rejection. The adapter never repeats the call."""

    def correct_validator(self, chorus_id: int, *, siret: str) -> None:
        """Name another validator. The adapter never repeats the call."""

    def download(self, chorus_id: int, *, with_attachments: bool) -> bytes:
        """The portal's copy of the invoice: a PDF, or a ZIP when there are several files."""
