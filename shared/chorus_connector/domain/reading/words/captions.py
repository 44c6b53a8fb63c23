"""Decides what the words beside a sum say it is, by the kinds of words in them instead of whole phrases.

« Total TVA incluse / Total incl. VAT » is a TTC and « Total net de taxe à nous devoir » an HT that is due, however
the rest is worded: labels.toml lists usual phrases, this module understands composed ones. Text only, no positions.
"""

import re
from collections.abc import Iterator

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.words.word_lists import word_list

_TVA = r"(?:t\.?\s?v\.?\s?a\b\.?|vat\b|taxes?\b|tax\b)"
_TAXED = re.compile(
    rf"\bt\.?\s?t\.?\s?c\b\.?|\btoutes taxes\b(?: comprises| incluses)?|\b{_TVA}\s?(?:incl\w*|comprises?|inc\b)"
    rf"|\b(?:incl\w*|y compris|avec)\.? (?:of |la |les )?{_TVA}"
)
_UNTAXED = re.compile(
    rf"\bh\.?\s?t\b\.?(?:\s?v\.?\s?a\b\.?)?|\b(?:hors|avant|sans)[ -](?:la |les |droits et )?{_TVA}"
    rf"|\bhors[ -]droits\b|\b(?:excl\w*|before|net of|without)\.? (?:of )?{_TVA}|\bnets? de (?:toutes? |la )?{_TVA}"
)
_VAT = re.compile(rf"\b{_TVA}")
# « non soumis à la TVA », « exonéré de TVA »: what is taxed, and no tax
_LIABLE = re.compile(
    r"\b(?:soumis|assujetti|exoner|exempt|passible|hors champ)\w*"
    rf"(?: (?:a|de|du|d'|la|champ|application|l'application))* {_TVA}"
)
_OTHER_TAX = re.compile(rf"\btaxes? (?:{'|'.join(map(re.escape, word_list('other_taxes')))})")
_DUE = re.compile(
    r"\b(?:a|restant a|reste a) (?:nous |vous |votre )?"
    r"(?:payer|regler|verser|devoir|virer|mandater|acquitter|rembourser|percevoir|charge|credit|recevoir|encaisser)\b"
    # « dû » loses its accent: without a sum before it, it is the « du » of « Audiences du »
    r"|\b(?:(?:(?:total|montant|mt|somme|net|solde|honoraires)(?: [a-z.]+){0,2} du|due|dues|dus)"
    r"(?=\W*(?:$|ttc|t\.t\.c|ht|eur|en eur|€))|rest(?:e|ant)e? due?)\b"
    r"|\b(?:exigible|payable|solde|balance|devez|to pay)\b"
)
_DEPOSIT = re.compile(r"\b(?:acomptes?|avances?|provisions?(?! (?:pour|sur|de) )|arrhes|prepaid|deposits?)\b")
_PAID = re.compile(
    r"\b(?:retenues?|deja|verse(?:e|s|es)?|recu(?:e|s|es)?|regle(?:e|s|es)?|encaisse(?:e|s|es)?|percu(?:e|s|es)?|paid|"
    r"deductions?|deduite?s?|a deduire|moins|anterieurement|penalites?)\b"
)
_AFTER_PAID = re.compile(r"\b(?:apres|net d[eu]s?|deduction faite|hors)\b.{0,12}$")
_LESS_OTHER = re.compile(
    r"\b(?:apres|nets? d[eu]|moins|deduction faite d[eu]s?|remise deduite|hors) (?:la |les )?(?:remises?|rabais)\b"
)
_OTHER = re.compile(
    r"\b(?:reports?|reporter|page|precedente?s?|anterieure?s?|remises?|rabais|ristournes?|escompte|capital|"
    r"unitaires?|p\.?u\b|marche|plafond|encours|indemnites?|brut avant|par mois|quantites?|base de calcul)\b"
    r"|\bsolde (?:de (?:votre|vos) |du |de )?(?:comptes?|client|initial|ancien)\b|\b(?:ancien|nouveau) solde\b"
    r"|\brest\w* a (?:facturer|realiser|executer)|\bdont (?!.*(?:tva|t\.v\.a|taxe|vat))"
)
_QUOTED = re.compile(
    r"\W*(?:(?:montant|total)\w* (?:\w+ )?(?:du |de la |de votre )|rappel (?:du |de la )?|pour memoire\W*|votre )?"
    r"(?:devis|marche|(?:bon de )?commande|contrat|budget|convention|precedente facture|facture precedente)\b"
)
_NOUN = re.compile(
    r"\b(?:totale?s?|totaux|montants?|mt|sommes?|net|honoraires|ensemble|sous-total|valeur|prix|amount|total)\b"
)


def kinds_in(folded: str) -> dict[str, float]:
    """The kinds of sum that this caption (folded text) can announce, each with its evidence from 0 to 1."""
    folded = _LIABLE.sub("", _LESS_OTHER.sub("", folded))
    if _OTHER.search(folded) or _OTHER_TAX.search(folded):
        return {"other_amount": 1.0}
    due = _DUE.search(folded)
    before_due = folded[: due.start()] if due else folded
    deposit = _matches_before(_DEPOSIT, before_due)
    if _matches_before(_PAID, before_due) or (deposit and not due and not any(_taxes(folded))):
        return {"deduction": 1.0}
    sure = 1.0 if _NOUN.search(folded) else weights.ONLY_A_TAX_WORD
    found = dict.fromkeys(_taxes(folded), sure)
    if due:
        return {
            "amount_due": 1.0,
            **{kind: weights.DUE_AND_TOTAL * weight for kind, weight in found.items() if kind != "total_tva"},
        }
    if deposit:  # what was paid, or the total of an invoice for a deposit
        return {
            "deduction": weights.DEPOSIT_AND_TOTAL if "total_ttc" in found else weights.DEPOSIT_AND_PART,
            **dict.fromkeys(found, weights.TOTAL_OF_A_DEPOSIT),
        }
    if not found and _NOUN.search(folded):
        return {"total_ttc": weights.BARE_TOTAL_AS_TTC, "total_ht": weights.BARE_TOTAL_AS_HT}
    return found


def _matches_before(words: re.Pattern[str], folded: str) -> bool:
    """Whether a caption speaks of what was paid, and not of what is left after it."""
    match = words.search(folded)
    return match is not None and not _AFTER_PAID.search(folded[: match.start()])


def _taxes(folded: str) -> Iterator[str]:
    """With tax, without tax or the tax itself; nothing from a caption that says both."""
    taxed, untaxed = _TAXED.search(folded), _UNTAXED.search(folded)
    if taxed and untaxed:
        return
    if taxed:
        yield "total_ttc"
    elif untaxed:
        yield "total_ht"
    elif _VAT.search(folded):
        yield "total_tva"


def says_what_is_taxed(folded: str, start: int) -> bool:
    """Whether the word for VAT at ``start`` only ends « soumis à la TVA »: the caption's sum is no VAT."""
    return any(match.start() < start < match.end() for match in _LIABLE.finditer(folded))


def is_quoted(folded: str) -> bool:
    """Whether a text before a sum speaks of another document: « Devis accepté D12 du 3 mai : 100,00 € HT »."""
    return _QUOTED.match(folded) is not None
