"""What the portal can answer, in the domain's own words, and the four ways in which a call can fail.

The kind of failure decides what happens to a submission. Refused: the portal certainly does not hold the invoice.
Unreachable: nothing was sent. Answer lost: the portal may hold the invoice. Credentials refused: no invoice is at
fault. ``blame`` tells the circuit breaker what caused the failure.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from chorus_connector.domain.suppliers.supplier import BankAccount

CredentialFault = Literal[
    "missing",
    "piste_application",
    "api_consent",
    "technical_account",
    "certificate",
    "raccordement",
    "structure",
    "rights",
]
Blame = Literal["portal", "credentials", "quota", "request", "caller"]
"""What caused a failed call. portal: affects every supplier. credentials, quota (too many calls): one supplier.
request: one invoice. caller: this connector, for example a deadline that was used up before the call."""


class PortalFailure(Exception):
    """Base class: a call to the portal that brought no usable answer."""

    blame: Blame = "portal"
    #: how long to wait before a retry; None: the caller's own retry schedule applies
    retry_in: timedelta | None = None
    #: what waits because of it is tried again by each ten-minute run: calls pause only between the runs
    by_next_run: bool = False
    #: another worker asks the portal at this moment
    probing: bool = False
    #: the portal gave an answer, but not to the question: waiting alone may never bring one
    answered: bool = False


class PortalRefused(PortalFailure):
    """The portal refused the request.

    ``code`` is the portal's code (``GDP_MSG_11.001`` or a number), ``text`` its French message.
    """

    blame: Blame = "request"
    answered = True

    def __init__(self, code: str, text: str, *, duplicate_number: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.duplicate_number = duplicate_number


class PortalUnreachable(PortalFailure):
    """The portal was not asked, or it said that it did nothing: safe to retry after ``retry_in``."""

    def __init__(
        self, reason: str, retry_in: timedelta | None = None, *, blame: Blame = "portal", answered: bool = False
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.answered = answered
        self.retry_in = retry_in
        self.blame = blame


class AnswerLost(PortalFailure):
    """The request was sent and no readable answer came back: the portal may have carried it out."""


class CredentialsRefused(PortalFailure):
    """The portal rejects the supplier's credentials; ``fault`` names the secret or right that is wrong.

    ``passing``: only PISTE, the gate in front of the portal, refuses, which it also does to good keys for a while. Then
    the fault is a suspicion (``breaker.BLAME_AFTER``).
    """

    blame: Blame = "credentials"

    def __init__(self, fault: CredentialFault, *, retry_in: timedelta | None = None, passing: bool = False) -> None:
        super().__init__(fault)
        self.fault = fault
        self.passing = passing
        self.retry_in = retry_in


@dataclass(frozen=True)
class FoundInvoice:
    """An invoice of this supplier as the portal's search returns it. Amounts are in euros."""

    chorus_id: int
    invoice_number: str
    recipient_siret: str | None
    invoice_date: date | None
    total_ttc: Decimal | None
    status: str
    status_at: datetime | None = None
    comment: str | None = None
    rejection_treated: bool = False
    recipient_name: str | None = None
    service_code: str | None = None
    engagement_number: str | None = None
    contract_number: str | None = None
    invoice_type: Literal["invoice", "credit_note"] = "invoice"
    total_ht: Decimal | None = None
    amount_due: Decimal | None = None
    deposited_on: date | None = None
    #: the portal's values that could not be read, by the portal's name of the field
    unread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PortalPage:
    """One page of a search for changed invoices. ``total`` counts the rows of the whole search."""

    rows: tuple[FoundInvoice, ...]
    total: int
    last: bool


@dataclass(frozen=True)
class PassedStatus:
    """One status change of an invoice: the new status, the time to the minute, and the comment given with it."""

    status: str
    at: datetime | None
    comment: str | None


@dataclass(frozen=True)
class InvoiceHistory:
    """An invoice's current status and its status changes as the portal lists them, oldest first."""

    status: str
    steps: tuple[PassedStatus, ...]


@dataclass(frozen=True)
class PortalAccount:
    """The account behind the credentials: the structure, its bank details, and when the password expires."""

    structure_id: int
    bank_accounts: tuple[BankAccount, ...] = ()
    #: None when the portal does not say
    password_expires_at: datetime | None = None


@dataclass(frozen=True)
class FlowReport:
    """The portal's result for a Factur-X sent as a flow.

    ``reasons`` are its French messages when it rejected the flow. ``halted``: a state that is neither final nor known
    to make progress.
    """

    outcome: Literal["pending", "halted", "integrated", "rejected", "incident"]
    #: the portal's own state (``IN_INTEGRE``…); empty while it does not know the flow yet
    state: str = ""
    reasons: tuple[str, ...] = ()
    #: all of them are about how the XML is written, so that the PDF alone may be accepted
    about_format: bool = False

    @property
    def ended(self) -> bool:
        """Whether the portal has finished with the flow."""
        return self.outcome not in ("pending", "halted")
