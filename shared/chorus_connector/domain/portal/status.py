"""What is known of the portal's statuses: their words, whose turn it is, and whether an invoice's life is over.

The codes stand in ``statuses.toml``. No order among them is assumed, and one that is not there is kept and shown raw:
the portal adds some. Some recipients never report a payment: for them the payment order is the end.
"""

from datetime import date
from functools import cache
from importlib import resources
from typing import Literal

from chorus_connector.domain.record import Record

Actor = Literal["supplier", "recipient", "nobody", "validator"]
RepairKind = Literal["recycle", "complete", "treat_rejection", "correct_validator"]
BodyKind = Literal["state_or_local", "hospital", "public_company"]

PAYMENT_ORDERED = frozenset({"MANDATEE", "MISE_A_DISPOSITION_COMPTABLE"})
"""The end for recipients that never report payment (``Recipient.reports_payment``)."""

AVAILABLE = "MISE_A_DISPOSITION"
"""From here the term of payment runs, as a rule."""

_REPAIRS: dict[str, RepairKind] = {
    "A_RECYCLER": "recycle",
    "SUSPENDUE": "complete",
    "REJETEE": "treat_rejection",
    "ERREUR_FOURNISSEUR_SUR_VALIDEUR": "correct_validator",
}
_REISSUED = frozenset({"REJETEE", "REFUSEE_1", "REFUSEE_2"})
_TERMS: dict[BodyKind, int] = {"state_or_local": 30, "hospital": 50, "public_company": 60}
_HOSPITAL_WORDS = ("HOPITAL", "HÔPITAL", "HOSPITALIER", "HOSPICE", "EHPAD", "CHU ", "CHR ", "CHRU ")


class StatusMeaning(Record):
    """One code: its words, who must act while an invoice is in it, and whether nothing comes after."""

    code: str
    fr: str
    en: str
    actor: Actor
    end: bool = False
    known: bool = True


class PaymentTerm(Record):
    """The legal term of payment in days, and the kind of public body it was chosen for."""

    days: int
    body: BodyKind


def meaning(code: str) -> StatusMeaning:
    """What that code says; an unknown one speaks for itself, and nobody is asked to act on it."""
    known = known_statuses().get(code)
    return known or StatusMeaning(code=code, fr=code, en=code, actor="nobody", known=False)


@cache
def known_statuses() -> dict[str, StatusMeaning]:
    """Every official code."""
    import tomllib  # noqa: PLC0415 (most starts ask for no status)

    text = (
        resources.files("chorus_connector.domain.portal.answers").joinpath("statuses.toml").read_text(encoding="utf-8")
    )
    return {code: StatusMeaning(code=code, **words) for code, words in tomllib.loads(text).items()}


def is_end(code: str, *, reports_payment: bool = True) -> bool:
    """Whether nothing more is to be waited for in that status, of a recipient that does (not) report payment."""
    return meaning(code).end or (not reports_payment and code in PAYMENT_ORDERED)


def repair_for(code: str) -> RepairKind | None:
    """What a supplier can do at the portal about an invoice in that status."""
    return _REPAIRS.get(code)


def can_be_reissued(code: str) -> bool:
    """Whether a new invoice under a new number may take the place of one in that status."""
    return code in _REISSUED


def payment_term(recipient_siret: str, recipient_name: str = "") -> PaymentTerm:
    """The term of that body (code de la commande publique, R2192-10 and after): 30, 50 or 60 days.

    The portal does not tell what kind of body a recipient is. A SIREN of the public sector begins with 1 or 2; a
    hospital among those is known by its name; any other SIREN is a public undertaking's.
    """
    name = f"{recipient_name.upper()} "
    if any(word in name for word in _HOSPITAL_WORDS):
        return _term("hospital")
    return _term("state_or_local" if recipient_siret[:1] in ("1", "2") else "public_company")


def days_waited(available_on: date, today: date) -> int:
    """Calendar days since the recipient could see the invoice; never negative."""
    return max(0, (today - available_on).days)


def _term(body: BodyKind) -> PaymentTerm:
    return PaymentTerm(days=_TERMS[body], body=body)
