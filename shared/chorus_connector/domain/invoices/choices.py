"""What a person may choose from in the form, where the answer is one of a list: the fix beside the problem."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.values import CHOICES
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.record import Record

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.field_names import FormFieldName
    from chorus_connector.domain.suppliers.supplier import BankAccount

MAX_SERVICES = 500
_CLOSED: tuple[FormFieldName, ...] = ("invoice_type", "vat_regime", "payment_method", "framework")


class Choice(Record):
    """A value the field may take, and what it is called at the portal."""

    value: str
    name: str = ""


def choices(
    *, recipient: Recipient | None, bank_accounts: tuple[BankAccount, ...]
) -> dict[FormFieldName, tuple[Choice, ...]]:
    """The choices by field. ``recipient`` is the form's, as far as it is remembered; its inactive services are out."""
    closed: dict[FormFieldName, tuple[Choice, ...]] = {
        name: tuple(Choice(value=value) for value in sorted(CHOICES[name])) for name in _CLOSED
    }
    services = recipient.services if recipient else ()
    open_services = [each for each in services if each.active and each.code != TECHNICAL_SERVICE]
    return {
        **closed,
        "service_code": tuple(Choice(value=each.code, name=each.name) for each in open_services[:MAX_SERVICES]),
        "bank_account": tuple(Choice(value=str(each.portal_id), name=each.name) for each in bank_accounts),
    }
