"""Free-form numbers and codes: invoice number, service code, engagement, contract.

They have no fixed format, so label and position decide. Anything with a fixed format (date, amount, SIRET, IBAN,
telephone) is excluded.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.fields.code_doubts import LONGEST_NUMBER, PossibleCode, is_acceptable
from chorus_connector.domain.reading.fields.code_labels import (
    is_a_purchase_order,
    is_ambiguous,
    is_governed,
    is_of_another,
    is_out_of_place,
    is_public,
    is_the_buyers,
    is_the_customers,
    names_a_body,
    said,
)
from chorus_connector.domain.reading.fields.verdict import DOUBTFUL, Verdict
from chorus_connector.domain.reading.finding import CellSpan, Finding, best, ground_of, matched
from chorus_connector.domain.reading.kinds import CODE_FIELDS, NUMBERS
from chorus_connector.domain.reading.typed.codes_found import code_end
from chorus_connector.domain.reading.typed.dates import find_dates
from chorus_connector.domain.reading.typed.ocr_repair import has_a_zero_or_an_o
from chorus_connector.domain.reading.words.labels import Hit

_LEAD = re.compile(
    r"(?:\([^)\d]{1,25}\)|[\s:;#=>°º.,»«\"'*()\[\]–—-]|(?<=\s)(?:n[oº](?=\s)|(?-i:[nN]o)(?=[A-Z0-9]))|n°)*",
    re.IGNORECASE,
)
# « Réf. client » announces the customer's account or the customer's order; only the value's shape distinguishes them.
_LIKE_AN_ENGAGEMENT = re.compile(
    r"[1-4]\d{9}|(?=.*\d)(?=.*[A-Z])(?!C-|C\d+$|CL|CU\d)[A-Z0-9/\-]{7,}|20\d\d[-/]\d{3,}"
    r"|(?:EJ|BDC?|BC|CDE|CMDE?|PO) \d[\w/-]{2,}|[A-Z]{2,4}(?: \d{2,6}){2,4}|\d\d-\d{5,}"
)
_FOUR_DIGITS_OR_MORE = re.compile(r"(?=(?:\D*\d){4})[A-Z0-9][A-Z0-9 /.-]*")
_OF_A_SERIES = re.compile(r"(?:n°|no|numero) (?:de )?serie|serial (?:no|number)")
_CALLED_AN_ORDER = re.compile(r"(?:EJ|BC|BDC|CDE|CMDE?|PO)[-/ ]?\d")
_FOUR_DIGITS = re.compile(r"(?:\d\D?){4}")
_A_REFERENCE = re.compile(r"references?|ref\.?")
_MAY_BE_AN_ORDER = re.compile(r"(?=(?:\D*\d){5})[A-Z0-9][A-Z0-9/.-]{5,}")
_AN_ORDER_NUMBER = re.compile(
    r"[124]\d{9}|(?:EJ|ENG?|BC|BDC|CDE|CMDE?|PO|OPH)[-/ ]?\d[\w/-]*|M?[\w-]+/(?:BC|CDE|BDC)[- ]?\d+"
)
_OUR_INVOICE = re.compile(r"(?:notre|n/|la presente|presente) ?(?:facture|note|fact\.?)(?: n°?| no| numero)?")
_SUBJECT = re.compile(r"\W*(?:objet|obj|concerne|ref|reference|references|nos references|nos ref)?\W*")
# « N° de facture à rappeler F26-114 »
_SAID_OF_THE_LABEL = re.compile(r"(?:(?:[a-zà-ÿ]{1,12}|[A-ZÀ-Ý]{6,12})\s+){1,2}(?=[A-Z]{0,4}[-/]?\d[\w/.-]{3,})")
_POSTAL_CODE = re.compile(r"\d{5}\s+(?!(?:du|le|en|de|et|au|pour)\b)[^\W\d_]")
_CAPITALS = re.compile(
    r"[A-Z0-9][A-Z0-9_\-]*(?: (?=[\d_\-]*[A-Z])[A-Z0-9][A-Z0-9_\-]+){1,2}(?=\s*$|\s*[(;,.–|/]|\s-\s)"
)
_AN_INVOICE = re.compile(r"fa[ctv]?\b|fact|\bfre\b|avoir|honoraires|invoice|note|rechnung|fattura")
_IN_THOUSANDS = re.compile(r"\d{1,3}(?: \d{3}){2,}")
_A_PUBLIC_CONTRACT = re.compile(  # « MP2026-12 », « 2023TX0011 », « 24S0076 », « 2024-09-L03 »
    r"(?:MP|MS|AOO?|AC|MAPA|MCHE?|DSP|\d{2,4}M)[-_/ ]?\d|20\d\d[-_/ ]?[A-Z]{1,5}[-_/ ]?\d|\d\d[A-Z]{1,3}\d{3}"
    r"|20\d\d[-_/ ]\w+[-_/ ]L(?:OT)? ?\d"
)
_LOT = re.compile(  # a lot of a contract is part of its number: « 2024-12 lot 3 », « 2024-12/LOT 3 », « 2024F12 / 03 »
    r"(?: ?[-–,]? lot |(?<=lot) ?)(?:n°? ?)?\d{1,2}(?=\s*$|[ ,;.]*[-–—|,;.)]\s)| / \d{1,2}(?=\s*$)", re.IGNORECASE
)
_A_LOT = re.compile(r" lot (?:n°? ?)?\d{1,2}(?=\s|$)", re.IGNORECASE)  # « MARCHE 22-11 LOT 2 CODE SERVICE INFORM »
_IN_WORDS = re.compile(
    r"(?: [A-Z]{1,6}){1,2} \d{2,6}(?=\s*$)"
)  # « ELEC 2024 » after « MS4 », « M 0441 » after « 2024 »
_AFTER_A_JOINT = re.compile(r"(?P<joint>[-/_]) (?P<code>[A-Z0-9]{1,8})(?=\s*$|[.,;)])")
_MORE_CAPITALS = re.compile(r" [A-Z0-9/_-]*[A-Z][A-Z0-9/_-]*(?=\s|$)")
_AN_ORIGIN = re.compile(r"(?:origine|source) ?:?")
_OUR_REFERENCE = re.compile(r"(?:notre|nos|n/|n\.) ?(?:ref|n°)")
_LIKE_AN_INVOICE = re.compile(r"(?:F|AV?|N[HF]|H)[A-Z]{0,3}[-/ .]?\d", re.IGNORECASE)
"""« Notre réf. : FA-118 »; « Nos réf. : 20245161 » is the supplier's file of the matter."""
_OF_THE_STATE = "124"  # what the ten digits of an order begin with in the accounts of the State and in SAP
_AN_ACCOUNT = re.compile(r"(?:code|compte|n°|numero) (?:de )?(?:compte )?client")
_A_LETTER_MORE = re.compile(r" [A-Z](?=\s*$)")
_ONE_CODE = re.compile(r"[A-Z0-9][A-Z0-9/._-]{4,}")


def read_codes(document: Document) -> list[Verdict]:
    """Verdicts on the codes, each in the spelling of the page."""
    findings = [
        found for found in _without_several_orders(matched(_pairs(document))) if not _is_a_private_contract(found)
    ]
    if not any(finding.kind == "invoice_number" for finding in findings):
        findings = [*findings, *_ours(document, findings), *_beside_the_title(document, findings)]
    findings = [*(finding for finding in findings if not _is_an_order_s(finding)), *_orders(document, findings)]
    if not any(finding.kind == "invoice_number" for finding in findings):
        findings += _in_large_letters(document)
    verdicts = []
    for kind in CODE_FIELDS:
        found, lead = best([finding for finding in findings if finding.kind == kind])
        if found:
            found = _in_one_piece(document, found)
            verdicts.append(Verdict.of(found, DOUBTFUL if _is_unsure(document, found) else ground_of(found, lead)))
    return verdicts


def _in_one_piece(document: Document, finding: Finding) -> Finding:
    """« 10 255 031 442 » as « 10255031442 » where it is printed without spaces elsewhere, or too long with them."""
    solid = finding.value.replace(" ", "")
    if finding.kind != "invoice_number" or solid == finding.value or not solid.isdigit():
        return finding
    joined = len(finding.value) > LONGEST_NUMBER or _is_printed(document, solid)
    return replace(finding, value=solid) if joined else finding


def _is_printed(document: Document, code: str) -> bool:
    whole = re.compile(rf"(?<![\w/-]){re.escape(code)}(?![\w/-])")
    return any(whole.search(cell.text) for cell in document.cells if code in cell.text)


def _is_unsure(document: Document, finding: Finding) -> bool:
    """Whether a person must check a code: its digits are in thousands, or joined although they are printed so nowhere;
    a contract, a character or a letter after it may be another.
    """
    if finding.kind == "invoice_number" and finding.value.isdigit() and " " in _printed_at(finding):
        return not _is_printed(document, finding.value)
    if finding.kind == "invoice_number" and _IN_THOUSANDS.fullmatch(finding.value):
        return True
    if finding.kind in ("contract_number", "engagement_number") and _may_go_on(document, finding):
        return True
    if finding.kind == "invoice_number" and _A_LETTER_MORE.fullmatch(finding.value[-2:]):
        return True
    return document.is_ocr and (has_a_zero_or_an_o(finding.value) or _is_unclear(document, finding.place))


def _is_unclear(document: Document, place: CellSpan) -> bool:
    """Whether the OCR engine was not sure of a code's characters, which nothing else proves: « 2410067 »."""
    scanned = document.sheet(place.cell).source == "ocr"
    return scanned and place.cell.confidence_of(place.start, place.end) < weights.CLEAR_CHARACTERS


def _may_go_on(document: Document, finding: Finding) -> bool:
    """« Marché MS4 TRVX » after « MS4 »: a lot, and words in capitals that no label explains, may be a part of it."""
    cell, end = finding.place.cell, finding.place.end
    if _A_LOT.match(cell.text, end):
        return True
    return _MORE_CAPITALS.match(cell.text, end) is not None and not any(
        hit.start <= end + 2 < hit.end for hit in document.hits_in(cell)
    )


def _is_a_public_contract(finding: Finding) -> bool:
    """Whether the label or the form of a contract's number says that it is one of public procurement."""
    return finding.hit is None or is_public(finding.hit) or _A_PUBLIC_CONTRACT.match(finding.value) is not None


def _is_a_private_contract(finding: Finding) -> bool:
    """« Contrat n° GC85601 »: a rental, an account or a training course; a public one is called or numbered so."""
    return finding.kind == "contract_number" and not _is_a_public_contract(finding)


def _printed_at(finding: Finding) -> str:
    return finding.place.cell.text[finding.place.start : finding.place.end]


def _without_several_orders(findings: list[Finding]) -> list[Finding]:
    """The findings without orders that one label announces in several lines: an invoice of several orders."""
    values: dict[str, set[str]] = {}
    for finding in findings:
        if finding.kind == "engagement_number" and finding.hit is not None:
            values.setdefault(said(finding.hit), set()).add(finding.value)
    return [
        finding
        for finding in findings
        if finding.kind != "engagement_number" or finding.hit is None or len(values[said(finding.hit)]) == 1
    ]


def _ours(document: Document, findings: list[Finding]) -> Iterator[Finding]:
    """« Objet : notre facture F26-114 » near the top: the invoice's own number if there is no other."""
    if any(kind == "credit_note" for natures in document.natures.values() for _, _, kind in natures):
        return
    first = document.sheets[0]
    for finding in findings:
        hit = finding.hit
        if hit is None or finding.relation not in ("tail", "right") or not _OUR_INVOICE.fullmatch(said(hit)):
            continue
        high = hit.cell.page == first.number and hit.cell.middle < weights.UPPER_PART * first.height
        if high and _SUBJECT.fullmatch(hit.cell.folded[: hit.start]):
            yield replace(finding, kind="invoice_number", cost=finding.cost + weights.STRENGTHS["fair"])


def _is_an_order_s(finding: Finding) -> bool:
    """« Réf. : BC2026-0302 »: a weak label of the invoice with a number that calls itself an order."""
    weak = finding.hit is not None and finding.hit.kinds.get("invoice_number", 0.0) >= weights.STRENGTHS["weak"]
    return finding.kind == "invoice_number" and weak and _CALLED_AN_ORDER.match(finding.value) is not None


def _in_large_letters(document: Document) -> list[Finding]:
    """The only code alone on its line in larger letters, near the top of a page that is titled « Facture »."""
    first = document.sheets[0]
    titled = any(
        hit.cell.page == first.number and document.is_bare(hit) for hit in document.announced("invoice_number")
    )
    found = [
        cell
        for row in first.rows
        for cell in row.cells
        if len(row.cells) == 1
        and cell.height > weights.LARGE_NUMBER * first.text_height
        and cell.middle < weights.HIGH_NUMBER * first.height
        if _ONE_CODE.fullmatch(cell.text) and _FOUR_DIGITS.search(cell.text) and cell not in document.dates
    ]
    if not titled or len(found) != 1:
        return []
    place = CellSpan(found[0], 0, len(found[0].text))
    return [Finding("invoice_number", document.code(found[0], 0, place.end), place, weights.NUMBER_WITHOUT_A_LABEL)]


def _beside_the_title(document: Document, findings: list[Finding]) -> Iterator[Finding]:
    """« FACTURE | N° de série JC.00507 »: a number of a series on the line of the title is the invoice's."""
    for finding in findings:
        if finding.hit is None or not _OF_A_SERIES.fullmatch(said(finding.hit)):
            continue
        titles = (hit for cell in finding.hit.cell.row.cells for hit in document.hits_in(cell))
        if any("invoice_number" in hit.kinds and document.is_bare(hit) and document.opens(hit) for hit in titles):
            yield replace(finding, kind="invoice_number", cost=finding.cost + weights.STRENGTHS["fair"])


def _orders(document: Document, findings: list[Finding]) -> Iterator[Finding]:
    """« Référence : 4500123456 » beside an invoice number: the customer's order, if no other is named.

    It is one by its form, or among what a public body asks for: beside a service code, or beside the supplier's own
    order (« Origine »), as Odoo prints them.
    """
    kinds = {
        finding.kind
        for finding in findings
        if finding.hit and finding.hit.kinds.get(finding.kind, weights.NOT_ITS_MEANING) <= weights.STRENGTHS["fair"]
    }
    if "invoice_number" not in kinds or any(finding.kind == "engagement_number" for finding in findings):
        return
    asked = any(finding.kind == "service_code" for finding in findings)
    surely = [
        finding.value
        for finding in findings
        if finding.hit and finding.hit.kinds.get("invoice_number", weights.NOT_ITS_MEANING) <= weights.STRENGTHS["fair"]
    ]
    for finding in findings:
        hit = finding.hit
        if hit is None or finding.value in surely or not document.opens(hit) or not _ends_its_cell(finding):
            continue
        bare = finding.kind == "invoice_number" and _A_REFERENCE.fullmatch(said(hit))
        if bare and (
            _AN_ORDER_NUMBER.fullmatch(finding.value)
            or ((asked or _is_beside_its_origin(hit)) and _MAY_BE_AN_ORDER.fullmatch(finding.value))
        ):
            yield replace(finding, kind="engagement_number")


def _is_beside_its_origin(hit: Hit) -> bool:
    return any(_AN_ORIGIN.fullmatch(cell.folded) for cell in hit.cell.row.cells)


def _ends_its_cell(finding: Finding) -> bool:
    """Whether no other code follows a value; under a caption the next column may."""
    return finding.relation == "below" or not finding.place.cell.text[finding.place.end :].strip(" .;,")


def _pairs(document: Document) -> Iterator[Finding]:
    for hit in document.announced(*NUMBERS):
        for kind in NUMBERS:
            if kind in hit.kinds:
                yield from _pairs_of(document, hit, kind)


def _pairs_of(document: Document, hit: Hit, kind: str) -> Iterator[Finding]:
    weakness = hit.kinds[kind]
    kind = "other_number" if is_of_another(document, hit, kind) else kind
    heads_goods = document.heads_goods(hit.cell.row) and not document.stands_in_a_column(hit.cell)
    if heads_goods or is_governed(hit, kind) or names_a_body(document, hit):
        return
    for region in document.regions(hit):
        if document.bracketed(hit) is None and is_out_of_place(document, hit, kind, weakness, region):
            continue
        if region.relation in ("left", "above") and _is_among_the_goods(document, hit, region):
            continue
        found = _broken(document, region) or _code(document, region, kind, weakness)
        if found is not None:
            place, value = found
            if is_ambiguous(hit) and (kind == "engagement_number") != _is_the_customers(document, hit, value):
                return
            if kind == "invoice_number" and _OUR_REFERENCE.match(said(hit)) and not _LIKE_AN_INVOICE.match(value):
                return
            if is_the_buyers(hit) and (kind == "engagement_number") != _is_an_order(document, value):
                return
            skipped = len(region.cell.text[region.start : place.start].split())
            cost = (
                region.cost
                + weakness
                + weights.SKIPPED_WORD * skipped
                + _lowness(document, hit, kind)
                + _preference(hit, kind, value)
            )
            yield Finding(kind, value, place, cost, hit, region.relation)
            return


def _is_among_the_goods(document: Document, hit: Hit, region: Region) -> bool:
    """Whether a value before or over its label is in a line of goods; a column of captions is beside them."""
    in_a_column = region.relation == "above" and document.stands_in_a_column(hit.cell)
    return document.is_goods(region.cell.row) and not in_a_column


def _preference(hit: Hit, kind: str, value: str) -> float:
    """The cost of what a label's words say beyond its kind: a « marché », the customer's order, only a document."""
    if kind == "contract_number" and is_public(hit):
        return weights.A_PUBLIC_CONTRACT
    if kind == "engagement_number" and is_the_customers(hit):
        return weights.FORM_OF_AN_ORDER if _AN_ORDER_NUMBER.fullmatch(value) else weights.ORDER_OF_THE_CUSTOMER
    if kind == "engagement_number" and is_a_purchase_order(hit):
        return weights.ORDER_OF_THE_CUSTOMER
    vague = (
        kind == "invoice_number"
        and hit.kinds.get(kind) == weights.STRENGTHS["strong"]
        and not _AN_INVOICE.search(said(hit))
    )
    return weights.NUMBER_OF_SOME_DOCUMENT if vague else 0.0


def _lowness(document: Document, hit: Hit, kind: str) -> float:
    """Cost by height: an invoice's own number is near its top; lower numbers refer to other invoices."""
    if kind != "invoice_number":
        return 0.0
    first = hit.cell.page == document.sheets[0].number
    return weights.LOW_ON_THE_PAGE * (hit.cell.middle / document.sheet(hit.cell).height if first else 1.0)


def _is_the_customers(document: Document, hit: Hit, value: str) -> bool:
    """Whether « Réf. client » is an order: by the value's form, or where another label announces the account."""
    accounts = (other for other in document.announced("other_number") if other.cell is not hit.cell)
    named = any(_AN_ACCOUNT.fullmatch(said(other)) and document.opens(other) for other in accounts)
    return named or (
        _LIKE_AN_ENGAGEMENT.fullmatch(value) is not None and (not value.isdigit() or value[0] in _OF_THE_STATE)
    )


def _is_an_order(document: Document, value: str) -> bool:
    """Whether a buyer's reference is the order: by its form, or if only the service has a label of its own."""
    orders = (hit for hit in document.announced("engagement_number") if not is_the_buyers(hit) and document.opens(hit))
    services = (hit for hit in document.announced("service_code") if not is_the_buyers(hit) and document.opens(hit))
    form = _AN_ORDER_NUMBER if any(orders) else _FOUR_DIGITS_OR_MORE if any(services) else _LIKE_AN_ENGAGEMENT
    return form.fullmatch(value) is not None


def _broken(document: Document, region: Region) -> tuple[CellSpan, str] | None:
    """A code on two lines of a narrow column: « M-26-555/ » over « BC-14 »."""
    cell = region.cell
    first = document.beginning(cell) if region.start == 0 else None
    cell = first or cell
    apart = region.relation in ("right", "below") and len(cell.tokens) == 1
    if region.end < len(region.cell.text) or not (apart or region.relation == "tail"):
        return None
    rest = document.continued(cell)
    start = _lead_end(cell.text, 0 if apart else region.start, len(cell.text))
    if rest is None or not _ONE_CODE.fullmatch(code := cell.text[start:] + rest) or any(find_dates(code)):
        return None
    return CellSpan(cell, start, len(cell.text)), document.code(cell, start, len(cell.text)) + rest


def _broken_in_a_line(region: Region, start: int, end: int) -> tuple[int, str] | None:
    """Where a code ends that a full line breaks at a joint, and the whole code: « 2022-ASILE-73- » over « L3 »."""
    rest = _AFTER_A_JOINT.match(region.cell.text, end, region.end)
    if rest is None or not region.cell.begins_a_line(rest.start("code")):
        return None
    return rest.end(), region.cell.text[start:end] + rest["joint"] + rest["code"]


def _code(document: Document, region: Region, kind: str, weakness: float) -> tuple[CellSpan, str] | None:
    """The code a region starts with, or nothing if it starts with something else."""
    text = region.cell.text
    at = _lead_end(text, region.start, region.end)
    if region.relation == "tail" and weakness == 0.0 and kind != "other_number":
        remark = _SAID_OF_THE_LABEL.match(text, at, region.end)
        at = remark.end() if remark else at
    end = code_end(region.cell, at, region.end)
    if end is None or _POSTAL_CODE.match(text, at, region.end):
        return None
    if kind == "service_code" and (phrase := _CAPITALS.match(text, at, region.end)):
        end = max(end, phrase.end())
    if kind == "contract_number":
        end = _end_of_a_contract(document, region, end)
    if broken := _broken_in_a_line(region, at, end):
        return CellSpan(region.cell, at, broken[0]), broken[1]
    if kind == "invoice_number" and region.relation != "tail" and at == region.start == 0:
        end = _with_its_letter(text, end)
    if not is_acceptable(PossibleCode(document, region, kind, weakness, at, end)):
        return None
    return CellSpan(region.cell, at, end), document.code(region.cell, at, end)


def _end_of_a_contract(document: Document, region: Region, end: int) -> int:
    """Where a contract's number ends with its lot, before the end of the text or another label, and its words."""
    text = region.cell.text
    if lot := _A_LOT.match(text, end):
        label_follows = any(hit.start == lot.end() + 1 for hit in document.hits_in(region.cell))
        return lot.end() if label_follows or _LOT.match(text, end) else end
    more = _LOT.match(text, end) or _IN_WORDS.match(text, end, region.end)
    return more.end() if more else end


def _with_its_letter(text: str, end: int) -> int:
    """Where « 2024-020 A » ends, alone in its cell."""
    letter = _A_LETTER_MORE.match(text, end)
    return letter.end() if letter else end


def _lead_end(text: str, start: int, end: int) -> int:
    match = _LEAD.match(text, start, end)
    return match.end() if match else start
