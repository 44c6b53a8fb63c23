"""The values that the form offers for a field whose value comes from a list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.choice_words import CHOICE_WORDS
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.fields import FormFieldName
    from chorus_connector.domain.suppliers.supplier import BankAccount

MAX_SERVICES = 500
"""In a form; ``service_page`` has them all."""


class FieldChoice(Record):
    """A value that the field may have, and its name: the portal's, in French, and our translation where we have one."""

    value: str
    name: str = ""
    name_en: str = ""


def choices(
    *, recipient: Recipient | None, bank_accounts: tuple[BankAccount, ...]
) -> dict[FormFieldName, tuple[FieldChoice, ...]]:
    """The choices by field. ``recipient`` is the form's recipient if it is cached; inactive services are left out."""
    closed: dict[FormFieldName, tuple[FieldChoice, ...]] = {
        name: tuple(FieldChoice(value=value, name=words.fr, name_en=words.en) for value, words in values.items())
        for name, values in CHOICE_WORDS.items()
    }
    return {
        **closed,
        "service_code": tuple(_open_services(recipient)[:MAX_SERVICES]),
        "bank_account": tuple(FieldChoice(value=str(each.portal_id), name=each.name) for each in bank_accounts),
    }


def service_page(
    recipient: Recipient | None, *, search: str, limit: int, cursor: str | None
) -> tuple[list[FieldChoice], str | None]:
    """Open services by code, after the code ``cursor``, and the next cursor; None at the end.

    ``search`` must be in the code or the label; case, accents and spaces do not count.
    """
    wanted = matching_form(search)
    found = [
        each
        for each in _open_services(recipient)
        if each.value > (cursor or "") and (wanted in matching_form(each.value) or wanted in matching_form(each.name))
    ]
    page = found[:limit]
    return page, page[-1].value if len(found) > limit else None


def _open_services(recipient: Recipient | None) -> list[FieldChoice]:
    """The active services of the recipient by their codes, without the technical one."""
    services = recipient.services if recipient else ()
    names = {each.code: each.name for each in services if each.active and each.code != TECHNICAL_SERVICE}
    return [FieldChoice(value=code, name=names[code]) for code in sorted(names)]
