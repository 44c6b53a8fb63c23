"""The portal's invoice statuses: their labels, who must act next, whether the status is final, and its neutral code.

The codes are in ``statuses.toml``, the neutral codes of the e-invoicing reform in ``neutral.toml``. No order among them
is assumed. An unknown code is kept and shown as it is, because the portal adds codes. Some recipients never report a
payment: for them the payment order is the final status.
"""

from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from chorus_connector.domain.identifiers import is_public_body
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.identifier import is_overseas

Actor = Literal["supplier", "recipient", "nobody", "validator"]
RepairKind = Literal["recycle", "complete", "treat_rejection", "correct_validator"]
BodyKind = Literal["state_or_local", "hospital", "public_company"]

PAYMENT_ORDERED = frozenset({"MANDATEE", "MISE_A_DISPOSITION_COMPTABLE"})
"""Final statuses for recipients that never report a payment (``Recipient.reports_payment``)."""

AVAILABLE = "MISE_A_DISPOSITION"
"""The status from which the payment term usually runs."""

SUSPENDED = "SUSPENDUE"
"""The recipient asks for more: the payment term does not run."""

TAKEN_BACK = frozenset({"DEPOSEE", "EN_COURS_ACHEMINEMENT", "A_RECYCLER", "REJETEE"})
"""The recipient does not have the invoice to pay: it is on its way (again), or was sent back."""

_REPAIRS: dict[str, RepairKind] = {
    "A_RECYCLER": "recycle",
    "SUSPENDUE": "complete",
    "REJETEE": "treat_rejection",
    "ERREUR_FOURNISSEUR_SUR_VALIDEUR": "correct_validator",
}
REJECTED = "REJETEE"
"""The recipient rejected the invoice for good."""

_REISSUED = frozenset({REJECTED, "REFUSEE_1", "REFUSEE_2"})
_TERMS: dict[BodyKind, int] = {"state_or_local": 30, "hospital": 50, "public_company": 60}
_HOSPITAL_WORDS = ("HOPITAL", "HÔPITAL", "HOSPITALIER", "HOSPICE", "EHPAD", "CHU ", "CHR ", "CHRU ")


class NeutralStatus(Record):
    """A status of the e-invoicing reform's life cycle (XP Z12-012), from 200 to 213."""

    code: int
    fr: str
    en: str


class StatusMeaning(Record):
    """One status code: its labels, who must act while an invoice has it, and whether it is final (``end``).

    ``neutral`` is the nearest status of the reform's life cycle. None: it has no counterpart (A_RECYCLER has none).
    """

    code: str
    fr: str
    en: str
    actor: Actor
    end: bool = False
    known: bool = True
    neutral: NeutralStatus | None = None


class PaymentTerm(Record):
    """The legal payment term in days, and the kind of public body that it was chosen for."""

    days: int
    body: BodyKind


def meaning(code: str) -> StatusMeaning:
    """The meaning of a status code. An unknown code is its own label and requires no action."""
    known = known_statuses().get(code)
    return known or StatusMeaning(code=code, fr=code, en=code, actor="nobody", known=False)


@cache
def known_statuses() -> dict[str, StatusMeaning]:
    """All official status codes."""
    neutral = neutral_statuses()
    return {
        code: StatusMeaning(code=code, **{**words, "neutral": neutral.get(words.get("neutral"))})
        for code, words in _table("statuses").items()
    }


@cache
def neutral_statuses() -> dict[int, NeutralStatus]:
    """The statuses of the reform's life cycle, by their code."""
    return {int(code): NeutralStatus(code=int(code), **words) for code, words in _table("neutral").items()}


def neutral_code(code: str | None) -> int | None:
    """The neutral code of a status of the portal, if it has one."""
    neutral = meaning(code).neutral if code else None
    return neutral.code if neutral else None


def _table(name: str) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415 (most cold starts need no status)

    text = resources.files("chorus_connector.domain.portal").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def is_end(code: str, *, reports_payment: bool = True) -> bool:
    """Whether the status is final, for a recipient that does or does not report payments."""
    return meaning(code).end or (not reports_payment and code in PAYMENT_ORDERED)


def repair_for(code: str) -> RepairKind | None:
    """The repair that the supplier can make at the portal for an invoice in that status, if any."""
    return _REPAIRS.get(code)


def can_be_reissued(code: str) -> bool:
    """Whether an invoice in that status can be replaced by a new invoice under a new number."""
    return code in _REISSUED


def payment_term(recipient_siret: str, recipient_name: str = "") -> PaymentTerm:
    """The payment term of that recipient (code de la commande publique, R2192-10 ff.): 30, 50 or 60 days.

    The portal does not say what kind of body a recipient is. The SIREN of a public body begins with 1 or 2, and
    hospitals are recognised by their name. Any other SIREN is taken for a public company's. A body with a RIDET or
    TAHITI number is taken for a local one; that its own law has the same term is not established.
    """
    name = f"{recipient_name.upper()} "
    if any(word in name for word in _HOSPITAL_WORDS):
        return _term("hospital")
    local = is_public_body(recipient_siret) or is_overseas(recipient_siret)
    return _term("state_or_local" if local else "public_company")


def days_waited(available_on: date, today: date) -> int:
    """Calendar days since the invoice became available to the recipient; never negative."""
    return max(0, (today - available_on).days)


def _term(body: BodyKind) -> PaymentTerm:
    return PaymentTerm(days=_TERMS[body], body=body)
