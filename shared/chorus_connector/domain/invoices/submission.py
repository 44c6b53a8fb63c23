"""What is sent to the portal: typed, checked, and still in our words.

``to_submission`` is the one place where the form's text becomes Decimal and date; it is called only on a form
the green light let through, so a failure here is a programming error, not a user's.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict

from chorus_connector.domain.invoices.field_names import FormFieldName
from chorus_connector.domain.invoices.form import Form

VatRegime = Literal["on_debits", "on_receipts", "exempt", "none"]
PaymentMethod = Literal["cheque", "direct_debit", "transfer", "cash", "other", "carried_over"]
Framework = Literal["A1", "A2", "A9", "A12"]


class Submission(BaseModel):
    """An invoice ready for Chorus Pro. Amounts in euros to the cent; ``amount_due`` after deposits."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    invoice_number: str
    invoice_type: Literal["invoice", "credit_note"]
    invoice_date: date
    recipient_siret: str
    service_code: str | None
    engagement_number: str | None
    contract_number: str | None
    original_invoice_number: str | None
    currency: str
    total_ht: Decimal
    total_tva: Decimal
    total_ttc: Decimal
    amount_due: Decimal
    vat_regime: VatRegime
    vat_exemption_reason: str | None
    payment_method: PaymentMethod
    framework: Framework
    validator_siret: str | None
    validator_service: str | None
    bank_account: int | None
    comment: str | None


DEFAULTS: dict[FormFieldName, str] = {
    "invoice_type": "invoice",
    "currency": "EUR",
    "payment_method": "transfer",
    "framework": "A1",
}
"""What stands in a form when neither the document nor the supplier says otherwise."""


def vat_regime_for(total_tva: str | None, preferred: str | None) -> str:
    """The regime the portal expects: none without VAT (no VAT recap), else the supplier's own.

    Source: official rule text, `typeTva` (no VAT recap → SANS_TVA, exemption → EXONERATION, else the regime).
    """
    if total_tva is not None and Decimal(total_tva) == 0:
        return preferred if preferred == "exempt" else "none"
    return preferred if preferred in ("on_debits", "on_receipts") else "on_debits"


def to_submission(form: Form) -> Submission:
    """The typed submission of a form that passed the green light; ValueError from pydantic otherwise."""
    values = {name: form.value(name) for name in Submission.model_fields}  # type: ignore[arg-type]  # same names
    return Submission.model_validate(values)
