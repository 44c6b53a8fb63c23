"""The portal as the use cases see it: what it can answer, and the four ways it can fail.

Which failure decides everything for a submission: refused (it certainly does not hold the invoice),
unreachable (nothing left), answer lost (it may hold it), credentials refused (nobody's invoice is at fault).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal

CredentialFault = Literal["missing", "piste_application", "api_consent", "technical_account", "structure"]


class PortalRefused(Exception):
    """The portal said no. ``code`` is its own (``GDP_MSG_11.001`` or a number), ``text`` its French words."""

    def __init__(self, code: str, text: str, *, duplicate_number: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.duplicate_number = duplicate_number


class PortalUnreachable(Exception):
    """Nothing was asked of the portal, or it said it did nothing: free to try again after ``retry_in``."""

    def __init__(self, reason: str, retry_in: timedelta | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.retry_in = retry_in


class AnswerLost(Exception):
    """The request left and no readable answer came back: the portal may have done it."""


class CredentialsRefused(Exception):
    """The portal does not accept who we say we are; ``fault`` names which of the secrets or rights is wrong."""

    def __init__(self, fault: CredentialFault) -> None:
        super().__init__(fault)
        self.fault = fault


@dataclass(frozen=True)
class FoundInvoice:
    """An invoice of this supplier as a search of the portal returns it. Amounts in euros."""

    chorus_id: int
    invoice_number: str
    recipient_siret: str | None
    invoice_date: date | None
    total_ttc: Decimal | None
    status: str


@dataclass(frozen=True)
class PortalAccount:
    """What the credentials open: the technical id of the supplier's structure."""

    structure_id: int
