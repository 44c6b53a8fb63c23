"""What the portal is sent: every attribute of a submission reaches the request."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from chorus_connector.adapters.chorus import _on_the_wire
from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FormFieldName, fields_where
from chorus_connector.domain.invoices.submission import Submission
from tests.builders import TOWN_SIRET

SUBMISSION = Submission.model_validate(
    {
        **dict.fromkeys(Submission.model_fields),
        "invoice_number": "FA-2026-17",
        "invoice_type": "invoice",
        "invoice_date": date(2026, 11, 2),
        "recipient_siret": TOWN_SIRET,
        "currency": "EUR",
        "total_ht": Decimal("500.00"),
        "total_tva": Decimal("100.00"),
        "total_ttc": Decimal("600.00"),
        "amount_due": Decimal("600.00"),
        "vat_regime": "on_debits",
        "payment_method": "transfer",
        "framework": "A1",
    }
)


def another_value(name: FormFieldName) -> Any:
    now = getattr(SUBMISSION, name)
    match INVOICE_FIELDS[name].kind:
        case "amount":
            return Decimal("1.23")
        case "date":
            return date(2026, 11, 3)
        case "choice":
            return next(choice for choice in INVOICE_FIELDS[name].choices if choice != now)
        case _:
            return 77 if name == "bank_account" else "X77"


@pytest.mark.parametrize("name", fields_where(lambda field: field.sent))
def test_every_field_that_is_sent_changes_the_request(name: FormFieldName) -> None:
    changed = SUBMISSION.model_copy(update={name: another_value(name)})
    assert request(changed) != request(SUBMISSION)


def request(submission: Submission) -> dict[str, Any]:
    return _on_the_wire(submission, structure_id=1, file_id=2, file_name="f.pdf").model_dump()
