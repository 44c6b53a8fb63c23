"""What is sent: the VAT regime the portal expects, the default values, and typed amounts."""

from datetime import date
from decimal import Decimal

import pytest
from pydantic import ValidationError

from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.submission import DEFAULTS, to_submission, vat_regime_for
from tests.builders import READ_VALUES

PREFERENCES = [None, "none", "exempt", "on_debits", "on_receipts"]


def a_form(**changes: str | None) -> Form:
    values = {**READ_VALUES, **DEFAULTS, "vat_regime": "on_debits", **changes}
    return Form(fields={n: FormField(value=v, source="text") for n, v in values.items() if v is not None})  # type: ignore[arg-type,misc]


@pytest.mark.parametrize("zero", ["0.00", "0", "-0.00"])
@pytest.mark.parametrize("preferred", PREFERENCES)
def test_an_invoice_without_vat_is_sent_as_without_vat_unless_the_supplier_is_exempt(
    zero: str, preferred: str | None
) -> None:
    assert vat_regime_for(zero, preferred) == ("exempt" if preferred == "exempt" else "none")


@pytest.mark.parametrize("total_tva", ["0.01", "100.00", "-100.00", None])
@pytest.mark.parametrize("preferred", PREFERENCES)
def test_an_invoice_with_vat_is_sent_with_the_suppliers_regime_or_on_debits(
    total_tva: str | None, preferred: str | None
) -> None:
    expected = "on_receipts" if preferred == "on_receipts" else "on_debits"
    assert vat_regime_for(total_tva, preferred) == expected


def test_what_neither_the_document_nor_the_supplier_says_is_an_invoice_in_euros_paid_by_transfer() -> None:
    assert DEFAULTS == {"invoice_type": "invoice", "currency": "EUR", "payment_method": "transfer", "framework": "A1"}


def test_what_is_sent_has_exact_amounts_and_real_dates() -> None:
    sent = to_submission(a_form(total_ht="0.10", total_tva="0.20", total_ttc="0.30", bank_account="1440"))
    assert sent.total_ht + sent.total_tva == sent.total_ttc == Decimal("0.30")
    assert (sent.invoice_date, sent.bank_account, sent.comment) == (date(2026, 11, 2), 1440, None)


@pytest.mark.parametrize("field", ["invoice_number", "recipient_siret", "total_ttc", "amount_due", "vat_regime"])
def test_a_form_that_lacks_what_is_sent_is_never_sent(field: str) -> None:
    with pytest.raises(ValidationError):
        to_submission(a_form(**{field: None}))


def test_an_error_about_a_submission_quotes_nothing_of_it() -> None:
    with pytest.raises(ValidationError) as failed:
        to_submission(a_form(total_ttc="12 rue des Lilas"))
    assert "Lilas" not in str(failed.value)
