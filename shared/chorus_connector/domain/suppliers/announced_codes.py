"""Proposed rows of the services table that come from a received message, and their words for a person.

A message announces a code (``domain.messages.code_changes`` finds it); only a person who activates the proposal makes
invoices use it. The table has no periods: the announced days are shown, not applied.
"""

from datetime import date, datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.domain.suppliers.tables import Proposal, TableRow, new_row

if TYPE_CHECKING:
    from chorus_connector.domain.messages.announcement import AnnouncedMessage
    from chorus_connector.domain.messages.code_changes import CodeChange
    from chorus_connector.domain.portal.recipient import Recipient

PROPOSED_BY = "message"
"""Who changed the row of such a proposal, until a person activates it."""

_MONTHS_FR = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)

Words = tuple[str, str]
"""A text in French, and in English."""


def announced_code(
    message: "AnnouncedMessage", change: "CodeChange", sender: "Recipient | None", *, now: datetime
) -> Proposal | None:
    """The proposal for one announced code; None for a code that no table can hold.

    Its label is what the message calls the service, else the name that the directory (``sender``) has for the code,
    else the code: a person gives another one when it is activated.
    """
    service = sender.service(change.code) if sender else None
    labels = (change.label, service.name if service else None, change.code)
    rows = (_row(message, label, change.code, now) for label in labels if label)
    row = next((each for each in rows if each is not None), None)
    if row is None:
        return None
    return Proposal(
        row=row,
        origin="message",
        reference=message.reference,
        sender_name=message.sender_name,
        first_day=change.first_day,
        last_day=change.last_day,
        in_directory=service is not None and service.active,
    )


def statement(proposal: Proposal) -> Words:
    """What is proposed and why, for the person who decides."""
    row = proposal.row
    if proposal.origin == "correction":
        return (
            f"Une personne a corrigé un document que Chorus Pro a accepté : {row.label} → {row.value}.",
            f"A person corrected a document that Chorus Pro accepted: {row.label} → {row.value}.",
        )
    fr, en = _period(proposal)
    sender = proposal.sender_name or row.scope
    what = f"{row.label} → {row.value}" if _names_the_service(row) else f"code service {row.value}"
    texts_fr = [f"{sender} annonce (message {proposal.reference}) : {what}{fr}."]
    texts_en = [f"{sender} announces (message {proposal.reference}): {what}{en}."]
    if proposal.in_directory:
        texts_fr.append("Le service est dans l'annuaire.")
        texts_en.append("The directory has the service.")
    else:
        texts_fr.append("L'annuaire connu ici n'a pas ce code : Chorus Pro est interrogé à l'activation.")
        texts_en.append("The directory as known here has no such code: Chorus Pro is asked on activation.")
    if not _names_the_service(row):
        texts_fr.append("Le message ne nomme pas le service : donnez le libellé des factures.")
        texts_en.append("The message does not name the service: give the label of the invoices.")
    return " ".join(texts_fr), " ".join(texts_en)


def caution(proposal: Proposal, *, today: date) -> Words | None:
    """What a person must know who activates it on that day; None when the announced period says nothing against it."""
    code, first, last = proposal.row.value, proposal.first_day, proposal.last_day
    if last is not None and last < today:
        return (
            f"L'annonce du code {code} a pris fin le {_fr(last)} : les factures l'utilisent pourtant dès maintenant.",
            f"The announcement of {code} ended on {_en(last)}: invoices use it from now on all the same.",
        )
    fr = en = ""
    if first is not None and first > today:
        fr = f"Le code {code} est annoncé à partir du {_fr(first)} : les factures l'utilisent dès maintenant."
        en = f"{code} is announced from {_en(first)} on: invoices use it from now on."
    if last is not None:
        fr += f" Le code {code} est temporaire, jusqu'au {_fr(last)} : supprimez la ligne ensuite."
        en += f" {code} is temporary, until {_en(last)}: delete the row afterwards."
    return (fr.strip(), en.strip()) if fr else None


def _row(message: "AnnouncedMessage", label: str, code: str, now: datetime) -> TableRow | None:
    try:
        return new_row("services", label=label, value=code, scope=message.sender_siret, by=PROPOSED_BY, now=now)
    except Invalid:
        return None


def _names_the_service(row: TableRow) -> bool:
    return matching_form(row.label) != matching_form(row.value)


def _period(proposal: Proposal) -> Words:
    first, last = proposal.first_day, proposal.last_day
    if first is not None and last is not None:
        return f" du {_fr(first)} au {_fr(last)}", f" from {_en(first)} to {_en(last)}"
    if first is not None:
        return f" à partir du {_fr(first)}", f" from {_en(first)} on"
    if last is not None:
        return f" jusqu'au {_fr(last)}", f" until {_en(last)}"
    return "", ""


def _fr(day: date) -> str:
    return f"{'1er' if day.day == 1 else day.day} {_MONTHS_FR[day.month - 1]} {day.year}"


def _en(day: date) -> str:
    return f"{day.day} {_MONTHS_EN[day.month - 1]} {day.year}"
