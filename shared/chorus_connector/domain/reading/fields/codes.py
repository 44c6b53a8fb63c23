"""Free-form numbers and codes: invoice number, service code, engagement, contract.

They have no fixed format, so label and position decide. Anything with a fixed format (date, amount, SIRET, IBAN,
telephone) is excluded.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.finding import CellSpan, Finding, best, ground_of, matched
from chorus_connector.domain.reading.kinds import CODE_FIELDS, DATE_FIELDS, NUMBERS, REFERENCES, SIRETS
from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.typed.codes_found import code_end
from chorus_connector.domain.reading.typed.identifiers_found import find_sirets, telephone_spans
from chorus_connector.domain.reading.words.labels import STRENGTHS, Hit
from chorus_connector.domain.reading.words.qualifiers import is_of_a_consumer, speaks_of_another

_HEADS_REFERENCES = (*DATE_FIELDS, *REFERENCES, "recipient_siret")
_LEAD = re.compile(r"(?:\([^)\d]{1,25}\)|[\s:;#=>°º.,»«\"'*()\[\]–—-]|(?<=\s)n[°ºo](?=\s|[A-Z0-9])|n°)*", re.IGNORECASE)
_YEAR = re.compile(r"20[2-4]\d")
_ALONE_BEFORE = re.compile(r"(?=\S*\d)\S{4,}\s+(?:[-–—:]\s+)?")  # « FACT-2026-6257 RÉF. AVOIR »
# « Réf. client » announces the customer's account or the customer's order; only the value's shape distinguishes them.
_LIKE_AN_ENGAGEMENT = re.compile(r"[1-4]\d{9}|(?=.*\d)(?=.*[A-Z])(?!C\d+$|CL|CLI)[A-Z0-9/\-]{7,}|20\d\d[-/]\d{3,}")
_A_REFERENCE = re.compile(r"references?|ref\.?")
_AN_ORDER_NUMBER = re.compile(
    r"45\d{8}|1[3-5]\d{8}|(?:EJ|ENG|BC|BDC|CDE|CMDE?|PO|OPH)[-/ ]?\d[\w/-]*|M?[\w-]+/(?:BC|CDE|BDC)[- ]?\d+"
)
_AN_ORDER = re.compile(r"c(?:omman)?m?de|bdc|\bbc\b|bon")
_OUR_INVOICE = re.compile(r"(?:notre|n/|la presente|presente) ?(?:facture|note|fact\.?)(?: n°?| no| numero)?")
_SUBJECT = re.compile(r"\W*(?:objet|obj|concerne|ref|reference|references|nos references|nos ref)?\W*")
_VAT_NUMBER = re.compile(r"FR[0-9A-HJ-NP-Z]{2}\d{9}")
_SOMEBODY_IS_REGISTERED = re.compile(
    r"\b(?:declar|enregistr|inscri|immatricul|agre[eé]|identifi|repertori|habilit|assur|certifi|licence|garantie)\w*"
    r"[^.;:]{0,50}$"
)
# « N° de facture à rappeler F26-114 »
_SAID_OF_THE_LABEL = re.compile(r"(?:(?:[a-zà-ÿ]{1,12}|[A-ZÀ-Ý]{6,12})\s+){1,2}(?=[A-Z]{0,4}[-/]?\d[\w/.-]{3,})")
_POSTAL_CODE = re.compile(r"\d{5}\s+[^\W\d_]")
_CAPITALS = re.compile(r"[A-Z0-9][A-Z0-9_\-]*(?: [A-Z0-9][A-Z0-9_\-]+){1,2}(?=\s*$|\s*[(;,.–|/]|\s-\s)")
_IN_A_PHRASE = re.compile(
    r"\b(?:place|rue|avenue|objet|titulaire|montant|delai|intitule|nature|adresse|halles?)"
    r"\s(?:du|de|des|de la|d'|la|le)?\s?$"
)
_QUANTITY = re.compile(
    r"\d{1,3}\s+(?!(?:du|le|en|au|de|pour|et|à|date|dat|émis|établi|édité|pass|sign|notifi))[a-zà-ÿ]{2,}"
)
"""« 30 jours net », « 36 mois »: a number of something."""
_CLAUSE = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}")
_CONTINUES = re.compile(r"(?<=[\dA-Z]) (?:[A-Z]{1,3}\d{1,4}|[A-Z])(?=\s*$|[ ,;.)])")
"""« 2024 12 L03 », « SG-ACHAT S »: a code whose end is not sure."""
_LONGEST_NUMBER = 20  # characters, as the portal's
_HEAD_NOUN = re.compile(r"\b([a-z]{3,})s? (?:(?:du|de la|de l'|de|des) ?|d')$")
_LEADING_NOUN = re.compile(
    r"suite|execution|titre|cadre|application|vertu|refs?|references?|num|numero|code|cod|identifiant|identification"
    r"|bon|bons|lettre|base|termes|objet"
)
_NUMBERED = re.compile(r"\b(?:n|no|num|numero|ref|reference|references|code)\b|°")
_YOURS = re.compile(r"(?:votre|vos|v/|v\.|your|client|customer)")
_YOURS_FIRST = -0.6  # the cost of saying that an order is the customer's
_OF_A_DEPOSIT = re.compile(r"acompte|avance|provision")
_OUT_OF_SERVICE = re.compile(r"\b(?:mise?s?|remise|hors|libre|en) (?:en )?$")
_RUNS_ON = re.compile(r"\s+(?!(?:du|le|en|au|de|pour|et|date|euros?)\b)[a-zà-ÿ]{2,}")
_STOP = frozenset(
    {
        *("du", "de", "des", "le", "la", "les", "en", "et", "au", "aux", "pour", "par", "sur", "avec", "dont", "soit"),
        *("votre", "notre", "date", "page", "facture", "avoir", "client", "service", "commande", "reference", "ref"),
        *("ttc", "ht", "tva", "eur", "euros", "total", "numero"),
    }
)


def read_codes(document: Document) -> list[Verdict]:
    """Verdicts on the codes, each in the spelling of the page."""
    findings = matched(_pairs(document))
    if not any(finding.kind == "invoice_number" for finding in findings):
        findings = [*findings, *_ours(document, findings)]
    findings = [*findings, *_orders(findings)]
    verdicts = []
    for kind in CODE_FIELDS:
        found, lead = best([finding for finding in findings if finding.kind == kind])
        if found:
            verdicts.append(Verdict.of(found, ground_of(found, lead)))
    return verdicts


def _ours(document: Document, findings: list[Finding]) -> Iterator[Finding]:
    """« Objet : notre facture F26-114 » near the top: the invoice's own number if there is no other."""
    if any(kind == "credit_note" for natures in document.natures.values() for _, _, kind in natures):
        return
    first = document.sheets[0]
    for finding in findings:
        hit = finding.hit
        if hit is None or finding.relation not in ("tail", "right") or not _OUR_INVOICE.fullmatch(_said(hit)):
            continue
        high = hit.cell.page == first.number and hit.cell.middle < 0.5 * first.height
        if high and _SUBJECT.fullmatch(hit.cell.folded[: hit.start]):
            yield replace(finding, kind="invoice_number", cost=finding.cost + STRENGTHS["fair"])


def _orders(findings: list[Finding]) -> Iterator[Finding]:
    """« Référence : 4500123456 » beside an invoice number: the customer's order, by its form, if no other is named."""
    kinds = {finding.kind for finding in findings if finding.hit and finding.hit.kinds.get(finding.kind, 9.0) <= 1.0}
    if "invoice_number" not in kinds or any(finding.kind == "engagement_number" for finding in findings):
        return
    for finding in findings:
        bare = finding.kind == "invoice_number" and finding.hit and _A_REFERENCE.fullmatch(_said(finding.hit))
        if bare and _AN_ORDER_NUMBER.fullmatch(finding.value):
            yield replace(finding, kind="engagement_number")


def _said(hit: Hit) -> str:
    return hit.cell.folded[hit.start : hit.end]


def _pairs(document: Document) -> Iterator[Finding]:
    for hit in document.announced(*NUMBERS):
        for kind in NUMBERS:
            if kind in hit.kinds:
                yield from _pairs_of(document, hit, kind)


def _pairs_of(document: Document, hit: Hit, kind: str) -> Iterator[Finding]:
    weakness = hit.kinds[kind]
    kind = "other_number" if _is_of_another(document, hit, kind) else kind
    if document.heads_goods(hit.cell.row) or _is_governed(hit, kind) or _names_a_body(document, hit):
        return
    for region in document.regions(hit):
        if document.bracketed(hit) is None and _is_out_of_place(document, hit, kind, weakness, region):
            continue
        if region.relation in ("left", "above") and document.is_goods(region.cell.row):
            continue
        place = _code(document, region, kind, weakness)
        if place is not None:
            value = document.code(place.cell, place.start, place.end)
            if _is_ambiguous(hit) and (kind == "engagement_number") != bool(_LIKE_AN_ENGAGEMENT.fullmatch(value)):
                return
            skipped = len(region.cell.text[region.start : place.start].split())
            cost = region.cost + weakness + 0.25 * skipped + _lowness(document, hit, kind)
            if kind == "engagement_number" and _YOURS.match(_said(hit)):
                cost += _YOURS_FIRST
            yield Finding(kind, value, place, cost, hit, region.relation)
            return


def _is_of_another(document: Document, hit: Hit, kind: str) -> bool:
    """Whether the words around a label make it one of another invoice, of an insurance or of a registration."""
    if kind == "invoice_number":
        registered = _SOMEBODY_IS_REGISTERED.search(hit.cell.folded[: hit.start]) is not None
        return registered or speaks_of_another(hit) or _is_a_deposit_s(document, hit)
    return kind == "contract_number" and is_of_a_consumer(hit)


def _is_out_of_place(document: Document, hit: Hit, kind: str, weakness: float, region: Region) -> bool:
    """Whether a label cannot announce a value in that region: too weak, of another invoice, or in a sentence."""
    if region.relation in ("left", "far_right") and (weakness > 0 or kind == "other_number"):
        return True
    if region.relation == "below" and weakness > 1.0 and not _among_references(document, hit):
        return True
    if region.relation == "left" and region.cell is hit.cell:
        return _ALONE_BEFORE.fullmatch(region.cell.text, 0, region.end) is None or not document.follows_its_value(hit)
    opens = document.opens(hit)
    listed = opens or any(other.end <= hit.start for other in document.hits_in(hit.cell))
    return (weakness > 1.0 and not listed) or (region.relation != "tail" and not (document.is_bare(hit) and opens))


def _is_a_deposit_s(document: Document, hit: Hit) -> bool:
    """« Facture d'acompte n° » in a document that is called an invoice elsewhere: the deposit's invoice."""
    if not _OF_A_DEPOSIT.search(_said(hit)):
        return False
    others = (other for other in document.announced("invoice_number") if not _OF_A_DEPOSIT.search(_said(other)))
    return any("fact" in _said(other) and document.opens(other) for other in others)


def _is_governed(hit: Hit, kind: str) -> bool:
    """« Durée d'engagement », « confirmation de commande n° », « mise en service »: the word in another label."""
    before, said = hit.cell.folded[: hit.start], _said(hit)
    if _IN_A_PHRASE.search(before) or (kind == "service_code" and _OUT_OF_SERVICE.search(before)):
        return True
    noun = _HEAD_NOUN.search(before)
    if kind not in REFERENCES or noun is None or _LEADING_NOUN.fullmatch(noun[1]):
        return False
    return not _NUMBERED.search(said) or (kind == "engagement_number" and not _YOURS.search(said))


def _names_a_body(document: Document, hit: Hit) -> bool:
    """« Service départemental d'incendie » is not a label."""
    natures = document.natures.get(hit.cell, ())
    return any(kind == "public_body" and start <= hit.start < end and end > hit.end for start, end, kind in natures)


def _among_references(document: Document, hit: Hit) -> bool:
    """Whether a bare « Réf. » heads a row of the invoice's references and not one of goods."""
    others = [other for cell in hit.cell.row.cells for other in document.hits_in(cell) if other is not hit]
    if any("other_amount" in other.kinds or "total_ht" in other.kinds for other in others):
        return False
    return any(kind in other.kinds for other in others for kind in _HEADS_REFERENCES) or any(
        "client" in other.cell.folded[other.start : other.end] for other in others
    )


def _is_ambiguous(hit: Hit) -> bool:
    """« Réf. client », which may be the customer's account or the customer's order."""
    text = hit.cell.folded[hit.start : hit.end]
    return "client" in text and "engagement_number" in hit.kinds and not _AN_ORDER.search(text)


def _lowness(document: Document, hit: Hit, kind: str) -> float:
    """Cost by height: an invoice's own number is near its top; lower numbers refer to other invoices."""
    if kind != "invoice_number":
        return 0.0
    first = hit.cell.page == document.sheets[0].number
    return 0.6 * (hit.cell.middle / document.sheet(hit.cell).height if first else 1.0)


def _code(document: Document, region: Region, kind: str, weakness: float) -> CellSpan | None:
    """The code a region starts with, or nothing if it starts with something else."""
    text = region.cell.text
    at = _lead_end(text, region.start, region.end)
    if region.relation == "tail" and weakness == 0.0 and kind != "other_number":
        said = _SAID_OF_THE_LABEL.match(text, at, region.end)
        at = said.end() if said else at
    end = code_end(region.cell, at, region.end)
    if end is None or _POSTAL_CODE.match(text, at):
        return None
    if kind == "service_code" and (phrase := _CAPITALS.match(text, at, region.end)):
        end = max(end, phrase.end())
    value = text[at:end]
    if region.relation in ("left", "above") and _is_a_sum(document, region.cell):
        return None
    alone = region.relation == "tail" and not text[: region.start].strip(" :").count(" ") and end == len(text)
    weakness_there = weakness - 1.0 if alone and kind == "invoice_number" else weakness
    long = kind == "invoice_number" and weakness == 0.0 and region.relation in ("tail", "right", "below")
    if not _plausible(value, kind, weakness_there) or _has_a_form(document, region.cell, (at, end), long=long):
        return None
    if _is_doubtful(document, region, kind, weakness, (at, end)):
        return None
    return CellSpan(region.cell, at, end)


def _is_doubtful(document: Document, region: Region, kind: str, weakness: float, span: tuple[int, int]) -> bool:
    """Whether a code is only a year after a title, or is followed by words."""
    text, (start, end) = region.cell.text, span
    if kind != "other_number" and (
        _QUANTITY.match(text, start, region.end) or (kind in REFERENCES and _CLAUSE.fullmatch(text, start, end))
    ):
        return True
    if _is_in_the_terms(document, region, end):
        return True
    if weakness > 0 and kind == "invoice_number" and _YEAR.fullmatch(text, start, end):
        return True
    if weakness >= 1.0 and region.relation in ("below", "above") and not _ends_there(document, region, end):
        return True
    return region.relation != "tail" and _RUNS_ON.match(text, end, region.end) is not None


def _is_in_the_terms(document: Document, region: Region, end: int) -> bool:
    """« Contract no. 2019-0044 does not apply »: a sentence on another page than the first."""
    first = region.cell.page == document.sheets[0].number
    return not first and _RUNS_ON.match(region.cell.text, end, region.end) is not None


def _ends_there(document: Document, region: Region, end: int) -> bool:
    """Whether nothing, or nothing but a date, follows a code: « F26-0031 du 03/04/2026 »."""
    rest = region.cell.text[end : region.end]
    dated = next((date for date in document.dates.get(region.cell, ()) if date.start >= end), None)
    if dated is not None and not region.cell.text[dated.end : region.end].strip(" .,;:"):
        rest = region.cell.text[end : dated.start]
        return re.fullmatch(r"\W*(?:du|le|en date du)?\W*", rest, re.IGNORECASE) is not None
    return not rest.strip(" .,;:")


def _lead_end(text: str, start: int, end: int) -> int:
    match = _LEAD.match(text, start, end)
    return match.end() if match else start


def _plausible(value: str, kind: str, weakness: float) -> bool:
    if value.casefold() in _STOP or len(value) > 40:
        return False
    digits = sum(char.isdigit() for char in value)
    if digits == len(value) and digits > (_LONGEST_NUMBER if kind == "invoice_number" and weakness <= 1.0 else 12):
        return False
    if _VAT_NUMBER.fullmatch(value):
        return False
    if kind == "service_code":
        capitals = sum(char.isupper() for char in value)
        return len(value) >= 2 and (digits > 0 or "_" in value or capitals >= 2)
    if kind == "other_number":
        return digits > 0
    least = 3 if weakness else 2
    return digits > 0 and len(value) >= least and not (weakness >= 1.0 and digits == len(value) and digits < 4)


def _is_a_sum(document: Document, cell: Cell) -> bool:
    """« 2404.10 »: a sum before an empty label would otherwise be taken for a code."""
    return any(
        amount.decimals == 2 and not cell.text[: amount.start].strip() and not cell.text[amount.end :].strip(" .€")
        for amount in document.amounts.get(cell, ())
    )


def _has_a_form(document: Document, cell: Cell, span: tuple[int, int], *, long: bool = False) -> bool:
    """Whether this stretch is (part of) a date, money, a telephone number or a SIRET.

    With ``long`` 14 digits without a space are no SIRET, unless the document prints them as one elsewhere.
    """
    start, end = span
    for date in document.dates.get(cell, ()):
        if date.start < end and start < date.end and (date.certain or start == date.start):
            return date.certain
    for amount in document.amounts.get(cell, ()):
        inside = amount.start <= start and end <= amount.end
        if inside and (
            amount.is_percent
            or amount.has_currency
            or (amount.decimals == 2 and "," in cell.text[amount.start : amount.end])
        ):
            return True
    taken = telephone_spans(cell.text)
    value = cell.text[start:end]
    if sum(char.isdigit() for char in cell.text) >= 14 and not (
        long and value.isdigit() and not _is_a_siret(document, value, cell)
    ):
        taken += [(found.start, found.end) for found in find_sirets(cell.text)]
    return any(first < end and start < last for first, last in taken)


def _is_a_siret(document: Document, digits: str, besides: Cell) -> bool:
    """Whether another cell prints these digits with the word SIRET."""
    sirets = (hit for hit in document.announced(*SIRETS) if hit.cell is not besides)
    return any(digits in re.sub(r"\D", "", hit.cell.row.text) for hit in sirets)
