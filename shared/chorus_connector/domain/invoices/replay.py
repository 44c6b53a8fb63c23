"""Decides from a document's state which step a replay would repeat. A replay never makes a second deposit.

A document that the portal has, or may have, is refused here. The others go to a function that accepts repeated
messages, or are checked again and saved only if their version has not changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.invoices.invoice import READ_AGAIN
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.quotas import OCR_QUOTA_USED_UP

if TYPE_CHECKING:
    from datetime import datetime

    from chorus_connector.domain.invoices.invoice import Invoice

Step = Literal["announce", "read", "collect", "resolve", "judge", "tell"]
"""announce: the file's arrival, to upload_intake. read, collect: to textract_ocr. resolve: to resolution.
judge: fill and check the form again, now. tell: notify people and systems of its last change."""


@dataclass(frozen=True)
class ReplayRefusal:
    """The reason why a document is not replayed."""

    code: str
    fr: str
    en: str


_MAY_BE_AT_THE_PORTAL = ReplayRefusal(
    "may_be_at_the_portal",
    "Chorus Pro détient peut-être la facture : elle se règle d'elle-même, par preuve, au prochain passage.",
    "Chorus Pro may hold the invoice: it settles by itself, by proof, at the next run.",
)
_REFUSALS: dict[State, ReplayRefusal] = {
    State.SUBMITTING: _MAY_BE_AT_THE_PORTAL,
    State.IN_DOUBT: _MAY_BE_AT_THE_PORTAL,
    State.SUBMITTED: ReplayRefusal(
        "at_the_portal",
        "La facture est dans Chorus Pro : voyez les réparations (recycler, compléter, réémettre).",
        "The invoice is in Chorus Pro: see the repairs (recycle, complete, re-issue).",
    ),
    State.REFUSED: ReplayRefusal(
        "person_decides",
        "Chorus Pro a refusé la facture : une personne corrige le formulaire et la soumet.",
        "Chorus Pro refused the invoice: a person mends the form and submits it.",
    ),
    State.UNUSABLE: ReplayRefusal(
        "unusable",
        "Ce fichier ne peut pas être envoyé : ajoutez-en un autre.",
        "This file cannot be sent: upload another.",
    ),
    State.DUPLICATE: ReplayRefusal(
        "duplicate", "Le même fichier est déjà là sous un autre identifiant.", "The same file is here under another id."
    ),
    State.SET_ASIDE: ReplayRefusal(
        "set_aside",
        "Aucun critère ne correspond : déposez-le de nouveau là où un critère s'applique.",
        "No criterion matches: upload it again where one does.",
    ),
}
_NOTHING_TO_TELL = ReplayRefusal(
    "nothing_to_tell", "Rien n'est à annoncer dans cet état.", "There is nothing to tell in it."
)
_TOLD = frozenset({State.READY, State.TO_COMPLETE, State.REFUSED, State.SUBMITTED})


def may_be_examined_again(invoice: Invoice) -> bool:
    """Whether the last reading may find more: its process was ended, or the quota of recognised pages was used up.

    A busy machine can cause the first.
    """
    codes = [problem.code for problem in invoice.problems]
    match invoice.state:
        case State.UNUSABLE:
            return FileTooComplex.problem.code in codes
        case State.TO_COMPLETE:
            return OCR_QUOTA_USED_UP.code in codes
    return False


def reopened(invoice: Invoice, now: datetime) -> Invoice:
    """The document before its last examination, with what a person has entered, and to be confirmed anew.

    Its Textract job, if there is one, is not started again.
    """
    if invoice.state is State.UNUSABLE and invoice.ocr_job is None:
        return invoice.move(State.RECEIVED, now, action="examine", problems=())
    return invoice.being_read(now, action="read", problems=(), reading_version=READ_AGAIN, confirmed_by=None)


def step_for(invoice: Invoice, *, tell: bool) -> Step | ReplayRefusal:
    """The step a replay repeats, or the reason for none. ``tell``: only notify people and systems of the state.

    A notification of the same version is not sent twice; a version without one gets a notification with its own id.
    """
    if tell:
        return "tell" if invoice.state in _TOLD else _NOTHING_TO_TELL
    if may_be_examined_again(invoice):
        return _examination(invoice)
    if invoice.state in _REFUSALS:
        return _REFUSALS[invoice.state]
    if invoice.state not in (State.RECEIVED, State.READING):
        return "judge"
    return "resolve" if invoice.was_read else _examination(invoice)


def _examination(invoice: Invoice) -> Step:
    """The step that examines a file without a reading."""
    if invoice.ocr_job is not None:
        return "collect"
    return "announce" if invoice.state in (State.RECEIVED, State.UNUSABLE) else "read"
