"""Whether a label announces a code of this invoice, and whether it can announce one there.

The words around a label may give it to another invoice, to an insurance or to the supplier's own order; a weak label
announces nothing in the middle of a sentence.
"""

import re

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.kinds import DATE_FIELDS, REFERENCES
from chorus_connector.domain.reading.words.labels import Hit
from chorus_connector.domain.reading.words.qualifiers import is_of_a_consumer, speaks_of_another

_HEADS_REFERENCES = (*DATE_FIELDS, *REFERENCES, "recipient_siret")
_OF_THE_INVOICE = frozenset({"invoice_number", "invoice_date"})
_WORD = re.compile(r"[^\W\d_]{3,}")
_WORDS_OF_A_TITLE = 4  # « Facture de prestations de nettoyage n° »
_ALONE_BEFORE = re.compile(r"(?=\S*\d)\S{4,}\s+(?:[-–—:]\s+)?")  # « FACT-2026-6257 RÉF. AVOIR »
_AN_ORDER = re.compile(r"c(?:omman)?m?de|bdc|\bbc\b|bon")
_SOMEBODY_IS_REGISTERED = re.compile(
    r"\b(?:declar|enregistr|inscri|immatricul|agre[eé]|identifi|repertori|habilit|assur|certifi|licence|garantie)\w*"
    r"[^.;:]{0,50}$"
)
_IN_A_PHRASE = re.compile(
    r"\b(?:place|rue|avenue|objet|titulaire|montant|delai|intitule|nature|adresse|halles?)"
    r"\s(?:du|de|des|de la|d'|la|le)?\s?$"
)
_HEAD_NOUN = re.compile(r"\b([a-z]{3,})s? (?:(?:du|de la|de l'|de|des) ?|d')$")
_LEADING_NOUN = re.compile(
    r"suite|execution|titre|cadre|application|vertu|refs?|references?|num|numero|code|cod|identifiant|identification"
    r"|bon|bons|lettre|base|termes|objet|attention"
)
_NUMBERED = re.compile(r"\b(?:n|no|num|numero|ref|reference|references|code)\b|°")
_YOURS = re.compile(r"(?:votre|vos|v/|v\.|your|client|customer)")
_SALES_ORDER = "commande client"  # the customer's order, or the supplier's for the customer
_OF_A_DEPOSIT = re.compile(r"acompte|avance|provision")
_PORTAL_NUMBER = re.compile(r"[124]\d{9}")  # the form of an engagement in the State's accounts
_SAYS_IT_IS_AN_ORDER = re.compile(r"(?:EJ|ENG|BC|BDC|CDE|CMDE?|PO)[-/ ]?\d[\w/-]{2,}")  # « BDC 48-9451 »
_PUBLIC = re.compile(r"marche|\bmr?che?\b|accord|public|acte d'engagement|consultation|\bm[ps]\b|\ba\.?c\b|mapa")
_IN_BRACKETS = re.compile(r"(?:(?:notre|votre|la|voir|cf|suivant|selon)\b[ .]*)*")
_AFTER_A_NAME = re.compile(r"[^\W\d_]{2,} .*(?:[-–—,;/]|\() *$")
_UNTIL = re.compile(r"\b(?:jusqu|depuis|minim|ferme)")
_OUT_OF_SERVICE = re.compile(r"\b(?:mise?s?|remise|hors|libre|en) (?:en )?$")


def said(hit: Hit) -> str:
    """The label's words, folded."""
    return hit.cell.folded[hit.start : hit.end]


def is_of_another(document: Document, hit: Hit, kind: str) -> bool:
    """Whether the words around a label make it one of another invoice, of an insurance or of a registration."""
    if kind == "invoice_number":
        registered = _SOMEBODY_IS_REGISTERED.search(hit.cell.folded[: hit.start]) is not None
        return registered or speaks_of_another(hit) or _is_an_aside(hit) or _is_a_deposit_s(document, hit)
    return kind == "contract_number" and (is_of_a_consumer(hit) or _is_of_a_line(document, hit))


def is_out_of_place(document: Document, hit: Hit, kind: str, weakness: float, region: Region) -> bool:
    """Whether a label cannot announce a value in that region: too weak, of another invoice, or in a sentence."""
    if region.relation in ("left", "far_right") and (weakness > 0 or kind == "other_number"):
        return True
    if region.relation == "below" and weakness > weights.STRENGTHS["fair"] and not _among_references(document, hit):
        order = "engagement_number" in hit.kinds and _SAYS_IT_IS_AN_ORDER.fullmatch(region.text)
        return not (order or _PORTAL_NUMBER.fullmatch(region.text)) or not document.opens(hit)
    if region.relation == "left" and region.cell is hit.cell:
        return _ALONE_BEFORE.fullmatch(region.cell.text, 0, region.end) is None or not document.follows_its_value(hit)
    opens = document.opens(hit)
    listed = _is_listed(document, hit) if kind == "invoice_number" else opens or _follows_a_label(document, hit)
    return (weakness > weights.STRENGTHS["fair"] and not listed) or (
        region.relation != "tail" and not (document.is_bare(hit) and opens)
    )


def _follows_a_label(document: Document, hit: Hit) -> bool:
    return any(other.end <= hit.start for other in document.hits_in(hit.cell))


def _is_listed(document: Document, hit: Hit) -> bool:
    """Whether a weak label opens its text or follows the value of another; « affacturage n° » belongs to its noun."""
    before = [other for other in document.hits_in(hit.cell) if other.end <= hit.start]
    if not before:
        return document.opens(hit)
    last = before[-1]
    between = hit.cell.folded[last.end : hit.start]
    words = len(_WORD.findall(between))
    if _OF_THE_INVOICE.intersection(last.kinds):
        return words <= _WORDS_OF_A_TITLE
    return words == 0 and any(char.isalnum() for char in between)


def _is_an_aside(hit: Hit) -> bool:
    """« Acompte 30 % (facture GH 23/019) »: an invoice in brackets after other words is another one."""
    before, bracket, inside = hit.cell.folded[: hit.start].rpartition("(")
    return bool(bracket) and _IN_BRACKETS.fullmatch(inside) is not None and _WORD.search(before) is not None


def _is_of_a_line(document: Document, hit: Hit) -> bool:
    """« MARTIN Paul – serveur – contrat 599926 » among the goods: the contract of what the line is about."""
    if is_public(hit) or not _AFTER_A_NAME.search(hit.cell.folded[: hit.start]):
        return False
    above = document.sheet(hit.cell).rows[: hit.cell.row.index]
    return any(document.heads_goods(row) for row in above)


def _is_a_deposit_s(document: Document, hit: Hit) -> bool:
    """« Facture d'acompte n° » in a document that is called an invoice elsewhere: the deposit's invoice."""
    if not _OF_A_DEPOSIT.search(said(hit)):
        return False
    others = (other for other in document.announced("invoice_number") if not _OF_A_DEPOSIT.search(said(other)))
    return any("fact" in said(other) and document.opens(other) for other in others)


def is_governed(hit: Hit, kind: str) -> bool:
    """« Durée d'engagement », « confirmation de commande n° », « mise en service »: the word in another label."""
    before, words = hit.cell.folded[: hit.start], said(hit)
    if _IN_A_PHRASE.search(before) or (kind == "service_code" and _OUT_OF_SERVICE.search(before)):
        return True
    if kind in REFERENCES and _UNTIL.search(words):
        return True
    noun = _HEAD_NOUN.search(before)
    if kind not in REFERENCES or noun is None or _LEADING_NOUN.fullmatch(noun[1]):
        return False
    return not _NUMBERED.search(words) or (kind == "engagement_number" and not _YOURS.search(words))


def names_a_body(document: Document, hit: Hit) -> bool:
    """« Service départemental d'incendie » is not a label."""
    natures = document.natures.get(hit.cell, ())
    return any(kind == "public_body" and start <= hit.start < end and end > hit.end for start, end, kind in natures)


def _among_references(document: Document, hit: Hit) -> bool:
    """Whether a bare « Réf. » heads a row or opens a column of the invoice's references, and not a row of goods."""
    if any("invoice_date" in other.kinds for other in document.stacked_over(hit.cell)):
        return True
    others = [other for cell in hit.cell.row.cells for other in document.hits_in(cell) if other is not hit]
    if any("other_amount" in other.kinds or "total_ht" in other.kinds for other in others):
        return False
    return any(kind in other.kinds for other in others for kind in _HEADS_REFERENCES) or any(
        "client" in other.cell.folded[other.start : other.end] for other in others
    )


def is_ambiguous(hit: Hit) -> bool:
    """« Réf. client », which may be the customer's account or the customer's order."""
    text = hit.cell.folded[hit.start : hit.end]
    if text == _SALES_ORDER:
        return True
    return "client" in text and "engagement_number" in hit.kinds and not _AN_ORDER.search(text)


def is_the_customers(hit: Hit) -> bool:
    """« Votre commande », « V/Réf. », « client PO »: a label that says whose order it is."""
    return _YOURS.match(said(hit)) is not None


def is_a_purchase_order(hit: Hit) -> bool:
    """« Bon de commande », « engagement »: what the customer issues; a « commande » may be the supplier's record."""
    return re.search(r"\bbon\b|\bb\.?d?\.?c\b|engag|\be\.?j\b|\bpo\b", said(hit)) is not None


def is_public(hit: Hit) -> bool:
    """« Référence marché public »: a contract of public procurement, where « contrat » may be one of the supplier's."""
    return _PUBLIC.search(said(hit)) is not None


def is_the_buyers(hit: Hit) -> bool:
    """« Référence acheteur » (EN 16931's BT-10), which French public bodies fill with the service code."""
    return {"service_code", "engagement_number"} <= hit.kinds.keys()
