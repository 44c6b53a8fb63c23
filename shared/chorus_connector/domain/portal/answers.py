"""The portal as the use cases see it: what it can answer, and the four ways it can fail.

Which failure decides everything for a submission: refused (it certainly does not hold the invoice),
unreachable (nothing left), answer lost (it may hold it), credentials refused (nobody's invoice is at fault).
``blame`` says whose trouble it is, for the outage pilot.
"""

from dataclasses import dataclass
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
"""portal: everybody's trouble. credentials, quota (too many calls): one supplier's. request: one invoice's.
caller: ours, such as a deadline used up before the call."""


class PortalFailure(Exception):
    """A call that brought no usable answer."""

    blame: Blame = "portal"
    #: how long to wait before the same call is worth another try; None: the caller's own pace
    retry_in: timedelta | None = None


class PortalRefused(PortalFailure):
    """The portal said no. ``code`` is its own (``GDP_MSG_11.001`` or a number), ``text`` its French words."""

    blame: Blame = "request"

    def __init__(self, code: str, text: str, *, duplicate_number: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.duplicate_number = duplicate_number


class PortalUnreachable(PortalFailure):
    """Nothing was asked of the portal, or it said it did nothing: free to try again after ``retry_in``."""

    def __init__(self, reason: str, retry_in: timedelta | None = None, *, blame: Blame = "portal") -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_in = retry_in
        self.blame = blame


class AnswerLost(PortalFailure):
    """The request left and no readable answer came back: the portal may have done it."""


class CredentialsRefused(PortalFailure):
    """The portal does not accept who we say we are; ``fault`` names which of the secrets or rights is wrong."""

    blame: Blame = "credentials"

    def __init__(self, fault: CredentialFault, *, retry_in: timedelta | None = None) -> None:
        super().__init__(fault)
        self.fault = fault
        self.retry_in = retry_in


@dataclass(frozen=True)
class FoundInvoice:
    """An invoice of this supplier as a search of the portal returns it. Amounts in euros."""

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


@dataclass(frozen=True)
class PortalPage:
    """One page of a search for what changed: its rows, how many the whole search has, and whether it is the last."""

    rows: tuple[FoundInvoice, ...]
    total: int
    last: bool


@dataclass(frozen=True)
class PassedStatus:
    """One passage of an invoice to a status, to the minute, with the words that went with it."""

    status: str
    at: datetime | None
    comment: str | None


@dataclass(frozen=True)
class InvoiceHistory:
    """An invoice's life as the portal tells it, oldest passage first."""

    status: str
    steps: tuple[PassedStatus, ...]


@dataclass(frozen=True)
class PortalAccount:
    """What the credentials open: the supplier's structure, its bank details, and until when they work."""

    structure_id: int
    bank_accounts: tuple[BankAccount, ...] = ()
    #: None when the portal does not tell
    password_expires_at: datetime | None = None


@dataclass(frozen=True)
class FlowReport:
    """What became of a Factur-X deposited as a flow. ``reasons`` are the portal's French words, for a refusal."""

    outcome: Literal["pending", "integrated", "rejected", "incident"]
    #: the portal's own state (``IN_INTEGRE``…); empty while it does not know the flow yet
    state: str = ""
    reasons: tuple[str, ...] = ()
