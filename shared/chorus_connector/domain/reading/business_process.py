"""The business process of an invoice XML (BT-23) and the invoicing framework of Chorus Pro that it means.

Since the reform an XML says ``S1`` where Chorus Pro wants ``A1_FACTURE_FOURNISSEUR``. The letter is the kind of supply
(B goods, S services, M both); the figure is the case. Sources: XP Z12-012, list of BT-23 and rules BR-FR-CPRO-23 and
24; the match with the frameworks is our own reading of both lists. What has no certain match is a question for a
person: sent as an ordinary invoice, it would take the wrong way through the public body.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from chorus_connector.domain.invoices.fields import Framework
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading import weights

_TO_CONFIRM = 0.5
"""The confidence of a framework that only a person can confirm."""
_ITSELF: Mapping[str, Framework] = {each: each for each in get_args(Framework)}
_LETTERS = "BSM"
_OF_CASE: Mapping[str, Framework] = {"1": "A1", "2": "A2", "4": "A1"}
_FRAMEWORKS: Mapping[str, Framework] = {
    **_ITSELF,
    **{letter + case: framework for letter in _LETTERS for case, framework in _OF_CASE.items()},
    "S3": "A9",
    "S5": "A9",
    "S6": "A12",
}
_SUBCONTRACTOR_OF_THE_HOLDER = "S5"
_SHOWN = 60  # characters of a value that a problem quotes
_CASES: Mapping[str, tuple[str, str]] = {
    "7": ("une facture dont la TVA a déjà été déclarée", "an invoice whose VAT was already reported"),
    "8": ("une facture de plusieurs vendeurs", "an invoice of several sellers"),
    "9": ("une facture de plusieurs vendeurs", "an invoice of several sellers"),
}
_OTHER_PROCEDURES = (
    "un cadre de travaux, de frais de justice ou de remboursement, qui ne se dépose pas ici",
    "a framework of works, justice costs or refunds, which is not submitted here",
)
_UNKNOWN = ("une valeur inconnue", "an unknown value")


@dataclass(frozen=True)
class BusinessProcess:
    """The framework that a BT-23 means, if there is one, and what a person must decide."""

    framework: Framework | None = None
    confidence: float = 0.0
    problem: Problem | None = None


def business_process(said: str | None) -> BusinessProcess:
    """What a BT-23 means. None and an empty text mean nothing; any other text has a framework, a problem or both."""
    code = re.sub(r"\s", "", said or "").upper()
    if not code:
        return BusinessProcess()
    framework = _FRAMEWORKS.get(code)
    if code == _SUBCONTRACTOR_OF_THE_HOLDER:
        return BusinessProcess(framework, _TO_CONFIRM, _to_confirm())
    if framework is None:
        return BusinessProcess(problem=_no_match(" ".join((said or "").split()), *_meaning(code)))
    return BusinessProcess(framework, weights.XML_CONFIDENCE)


def _meaning(code: str) -> tuple[str, str]:
    if re.fullmatch(rf"[{_LETTERS}][0-9]", code):
        return _CASES.get(code[1], _UNKNOWN)
    return _OTHER_PROCEDURES if re.fullmatch(r"A[0-9]{1,2}", code) else _UNKNOWN


def _to_confirm() -> Problem:
    return Problem(
        field="framework",
        code="framework_to_confirm",
        fr="Le XML porte le cadre S5 : facture d'un sous-traitant, adressée d'ordinaire au titulaire du marché, non à "
        "l'acheteur public (pour lui la norme demande S3). Vérifiez le destinataire, puis choisissez A9 et le SIRET du "
        "valideur, ou un autre cadre.",
        en="The XML has the business process S5: a sub-contractor's invoice, usually addressed to the main contractor "
        "and not to the public buyer (for whom the standard asks S3). Check the recipient, then choose A9 and the "
        "validator's SIRET, or another framework.",
    )


def _no_match(said: str, fr: str, en: str) -> Problem:
    shown = said[:_SHOWN]
    return Problem(
        field="framework",
        code="framework_without_match",
        fr=f"Le XML porte le cadre « {shown} » : {fr}. Aucun cadre de Chorus Pro n'y répond avec certitude : "
        "choisissez-le (A1 facture simple, A2 déjà payée, A9 sous-traitant, A12 cotraitant).",
        en=f"The XML has the business process “{shown}”: {en}. No framework of Chorus Pro certainly matches it: "
        "choose one (A1 ordinary, A2 already paid, A9 sub-contractor, A12 co-contractor).",
    )
