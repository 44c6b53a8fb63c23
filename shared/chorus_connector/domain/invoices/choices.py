"""The values that the form offers for a field whose value comes from a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.record import Record

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.suppliers.supplier import BankAccount

MAX_SERVICES = 500


class FieldChoice(Record):
    """A value that the field may have, and its name at the portal."""

    value: str
    name: str = ""


def choices(
    *, recipient: Recipient | None, bank_accounts: tuple[BankAccount, ...]
) -> dict[FormFieldName, tuple[FieldChoice, ...]]:
    """The choices by field. ``recipient`` is the form's recipient if it is cached; inactive services are left out."""
    closed: dict[FormFieldName, tuple[FieldChoice, ...]] = {
        name: tuple(FieldChoice(value=value) for value in sorted(row.choices))
        for name, row in INVOICE_FIELDS.items()
        if row.choices
    }
    services = sorted(recipient.services, key=lambda each: each.code) if recipient else ()
    open_services = [each for each in services if each.active and each.code != TECHNICAL_SERVICE]
    return {
        **closed,
        "service_code": tuple(FieldChoice(value=each.code, name=each.name) for each in open_services[:MAX_SERVICES]),
        "bank_account": tuple(FieldChoice(value=str(each.portal_id), name=each.name) for each in bank_accounts),
    }
