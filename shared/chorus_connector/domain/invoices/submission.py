"""What is sent to the portal: typed and checked, still with our field names.

Only ``to_submission`` converts the form's text to Decimal and date. It is called only for a form that passed the
green light, so a failure here is a programming error, not a user's.
"""

from datetime import date
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from chorus_connector.domain.invoices.fields import (
    INVOICE_FIELDS,
    Framework,
    InvoiceType,
    PaymentMethod,
    VatRegime,
    fields_where,
)
from chorus_connector.domain.invoices.form import Form


class Submission(BaseModel):
    """An invoice ready for Chorus Pro: one attribute per field that is sent, under the field's name.

    Amounts are euros with two decimals; ``amount_due`` is what is left after down payments.
    """

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    invoice_number: str
    invoice_type: InvoiceType
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
    #: None on a credit note: the portal accepts none
    payment_method: PaymentMethod | None
    framework: Framework
    validator_siret: str | None
    validator_service: str | None
    bank_account: int | None
    comment: str | None


_SENT = fields_where(lambda field: field.sent)
DEFAULTS = {name: field.default for name, field in INVOICE_FIELDS.items() if field.default is not None}
"""The form's values where neither the document nor the supplier gives one."""


def vat_regime_for(total_tva: str | None, preferred: str | None) -> str:
    """The VAT regime to send: ``none`` for an invoice without VAT, else the supplier's own.

    Source: official rule text, `typeTva` (no VAT recap → SANS_TVA, exemption → EXONERATION, else the regime).
    """
    if total_tva is not None and Decimal(total_tva) == 0:
        return preferred if preferred == "exempt" else "none"
    return preferred if preferred in ("on_debits", "on_receipts") else "on_debits"


def to_submission(form: Form) -> Submission:
    """The typed submission of a form that passed the green light. Raises pydantic's ValidationError otherwise."""
    return Submission.model_validate({name: form.value(name) for name in _SENT})
