"""The invoice date and the due date, distinguished from order dates, periods, deliveries and notifications."""

import re
from collections.abc import Iterator
from datetime import date, timedelta

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.fields.verdict import Verdict
from chorus_connector.domain.reading.finding import CellSpan, Finding, best, ground_of, matched
from chorus_connector.domain.reading.kinds import DAYS, REFERENCES, SIRETS
from chorus_connector.domain.reading.paper.lines import Cell, fold, misalignment
from chorus_connector.domain.reading.typed.dates import FoundDate, find_dates
from chorus_connector.domain.reading.words.labels import PARTICLE, Hit
from chorus_connector.domain.reading.words.qualifiers import speaks_of_another
from chorus_connector.domain.reading.words.word_lists import word_list

_PERIOD = re.compile(r"\s*(?:au|à|a|-|–|→|jusqu'au|et)\s*(?:le\s*)?", re.IGNORECASE)
# « emise le », « en date du »: announces the date of what was named before it
_CONTINUES = re.compile(r"(?:emise?|etablie?|editee?|datee|dressee|redigee|facturee?|en date|du|le)\b(?! (?:de|d')\b)")
_DATELINE = re.compile(
    r"(?P<made>(?:fait|etabli|emis|dresse)e? ?)?(?P<at>a )?(?P<town>[^\W\d_][^\d,;:]{1,40}?)(?P<comma>,)?"
    r"(?: ?(?P<le>le))?(?: ?(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche))?[ ,]*"
)
_TOWN = re.compile(r"\b\d{5} (?:cedex )?([a-z][a-z' -]{2,})")
_MADE_AT = re.compile(r"\b(?:emise?|etablie?|editee?|dressee?|faite?|redigee?|delivree?) a [^\d,;:]{2,30},? *$")
_TERM = re.compile(r"avant le|jusqu'au|au plus tard le|soit le|limite(?: le)?|valeur (?:au|le|du)")
_OF_PAYMENT = re.compile(
    r"pa[iy][ea]|regl|vers|vir(?:e|er|ement)\b|acquit|echeance|montant|sold|somme|parvenir|du\b|net|merci|jours|recevoir"
    r"|honorer|mandate|ordonnanc|liquid|preleve|exigib|encaiss|creance|creditee?"
    r"|iban\b|rib\b|compte (?:bancaire|beneficiaire|n)|banqu|cheque|mandat"
)
_PENDING = re.compile(
    r"\b(?:en attente|attente|en cours|en retard|retards?|defaut|absence|derniere?s?|precedente?s?|historique|recus?"
    r"|prochaine?s?|avis) (?:de |du |d'|des )?(?:vos |votre )?$"
)
_OF_A_TAX = re.compile(r"\b(?:tva|t\.v\.a\.|taxes?|penalites?|interets?|indemnites?)\W*(?:est |sera |sont |seront )?$")
_BY = re.compile(r"\W*(?:pour|avant|au plus tard|d'ici)?\W*")
_FOR = re.compile(r"(?:a regler |a payer )?pour ")
_LINES_OF_AN_INVOICE = 2  # above the line with its date
_A_LAW = re.compile(rf"\b(?:{'|'.join(word_list('laws'))})s?\b[^;:]{{0,40}}\b(?:du|le)\W*$")
_SMALL_WORDS = frozenset(word_list("before_a_day"))
_A_LIST = 2  # days
_BEFORE_A_DAY = 2  # words before a date without a label; a longer text is a sentence about something else
_NAMES_A_DOCUMENT = re.compile(r"fact|piece|doc|avoir|invoice|n°|no\b|num")
_WORD = re.compile(r"[^\W\d_]{3,}")
_OF_THE_INVOICE = re.compile(r"\b(?:date|facture|avoir|note|emis|edit|etabli|fait)")
_MONTH_AND_YEAR = re.compile(r"(?:[^\W\d_]{3,9}\.? )?20\d\d")
_A_DAY_AND_MONTH = 2  # words
_CUT_DATE = re.compile(r"\d{1,2}([/.-])\d{1,2}\1|20\d\d-\d\d-|20\d\d-")
_JOINS_A_DATE = re.compile(r"\W*(?:(?:en date )?du|le|,? ?(?:emise?|etablie?|datee?) (?:le|du))? ?\W*")
_NEVER_DATED = frozenset(SIRETS)
_OF_ANOTHER_THING = (*REFERENCES, "other_number", "other_date")


def read_dates(document: Document, number: CellSpan | None = None) -> list[Verdict]:
    """Verdicts on ``invoice_date`` and ``due_date``, in ISO form; ``number`` is the position of the invoice number."""
    findings = matched(
        (*_pairs(document, number), *_one_dateline(document), *_after_the_number(document, number), *_broken(document))
    )
    verdicts = []
    issued, issued_lead = best([finding for finding in findings if finding.kind == "invoice_date"])
    due, due_lead = best([each for each in findings if each.kind == "due_date" and not _is_too_late(each, issued)])
    if issued is None and not any(finding.kind == "invoice_date" for finding in findings):
        issued, issued_lead = _alone(document, findings), weights.CLEAR_LEAD
    if issued and due and due.value < issued.value:
        issued, due = (issued, None) if issued.cost < due.cost else (None, due)
    for finding, lead in ((issued, issued_lead), (due, due_lead)):
        if finding:
            verdicts.append(Verdict.of(finding, ground_of(finding, lead)))
    return verdicts


def _is_too_late(due: Finding, issued: Finding | None) -> bool:
    """Whether a due date is so long after the invoice that it is the end of something else: a contract, a warranty."""
    term = date.fromisoformat(due.value) - date.fromisoformat(issued.value) if issued else timedelta(0)
    return term.days > weights.LONGEST_TERM


def _pairs(document: Document, number: CellSpan | None) -> Iterator[Finding]:
    for hit in document.announced(*DAYS, PARTICLE):
        if document.heads_goods(hit.cell.row):
            continue
        for meaning in _meanings(document, hit):
            for region in document.regions(hit):
                found = _first_date(document, region)
                if found and _reaches(document, hit, region) and not _lists_another(document, hit, region, number):
                    yield _pair(document, hit, meaning, region, found)


def _reaches(document: Document, hit: Hit, region: Region) -> bool:
    """Whether a label can announce a date there: the « du » of « 4 rue du Moulin » only dates its own text."""
    if region.relation == "tail":
        return True
    return (not hit.is_particle or document.is_bare(hit)) and not _is_a_term_in_a_table(document, hit)


def _is_a_term_in_a_table(document: Document, hit: Hit) -> bool:
    """« 30 jours fin de mois » under or over « Conditions »: a value, which announces none of the dates beside it."""
    if not any(char.isdigit() for char in hit.text):
        return False
    sheet = document.sheet(hit.cell)
    place = (hit.cell.left, hit.cell.right, hit.cell.row, sheet.text_height)
    captions = (*sheet.above(*place)[:1], *sheet.below(*place)[:1])
    return any(document.is_bare(other) for cell in captions for other in document.hits_in(cell))


def _lists_another(document: Document, hit: Hit, region: Region, number: CellSpan | None) -> bool:
    """Whether a date is in a table of invoices, on the line of another one: « Pièce | Date | Échéance | Montant »."""
    row = region.cell.row
    if region.relation != "below" or (number and number.cell.text[number.start : number.end] in row.text):
        return False
    heads = (
        other.cell
        for cell in hit.cell.row.cells
        for other in document.hits_in(cell)
        if "invoice_number" in other.kinds and _NAMES_A_DOCUMENT.match(cell.folded)
    )
    return any(
        cell.left < head.right and cell.right > head.left and any(char.isdigit() for char in cell.text)
        for head in heads
        for cell in row.cells
    )


def _pair(document: Document, hit: Hit, meaning: tuple[str, float], region: Region, found: FoundDate) -> Finding:
    kind, weakness = meaning
    between = region.cell.text[region.start : found.start]
    if kind == "invoice_date" and region.relation == "tail":
        kind = "other_date" if _is_of_something(hit, between) or speaks_of_another(hit) else kind
    cost = region.cost + weakness + min(weights.MOST_WORDS_BETWEEN, weights.WORD_BETWEEN * len(between.split()))
    cost += _far_from_the_number(document, hit) if kind == "invoice_date" else 0.0
    place = CellSpan(region.cell, found.start, found.end)
    return Finding(kind, found.value.isoformat(), place, cost, hit, region.relation)


def _one_dateline(document: Document) -> Iterator[Finding]:
    """The datelines, those of a list of places and days left out: « Nant, 4 mai 2025 », « Najac, 10 mai 2025 »."""
    found = list(_datelines(document))
    listed = {finding.value for finding, sure in found if not sure}
    return (finding for finding, sure in found if sure or len(listed) < _A_LIST)


def _datelines(document: Document) -> Iterator[tuple[Finding, bool]]:
    """« Lyon, le 3 mars 2026 »: a town and a date alone on their line date the whole letter.

    With each: whether the town is in an address, or the line says that the letter was made there.
    """
    towns = {
        re.split(r" cedex| - ", match[1])[0].strip(" -")
        for cell in document.cells
        for match in _TOWN.finditer(cell.folded)
    }
    for cell, dates in document.dates.items():
        found = dates[0]
        match = _DATELINE.fullmatch(cell.folded, 0, found.start)
        if match is None or len(dates) > 1 or cell.folded[found.end :].strip(" .") or _has_a_sum(document, cell, found):
            continue
        if any(hit.start > 0 for hit in document.hits_in(cell) if "due_date" in hit.kinds or "other_date" in hit.kinds):
            continue
        known = match["town"].replace("-", " ") in {town.replace("-", " ") for town in towns}
        sure = known or bool(match["made"] and match["at"])
        if sure or (match["comma"] and cell.text[:1].isupper() and not document.hits_in(cell)):
            place = CellSpan(cell, found.start, found.end)
            cost = (weights.DATELINE_OF_A_TOWN if sure else weights.DATELINE) + _lowness(document, cell)
            yield Finding("invoice_date", found.value.isoformat(), place, cost), sure


def _broken(document: Document) -> Iterator[Finding]:
    """« Date » over « 30 » over « novembre 2026 »: a date on two lines under the label of a date."""
    for top, bottom, joined in _on_two_lines(document):
        date = next(find_dates(joined), None)
        if date is None:
            continue
        sheet = document.sheet(top)
        labels = sheet.above(top.left, top.right, top.row, sheet.text_height)[:1]
        for hit in document.hits_in(labels[0]) if labels else ():
            for kind in DAYS:
                if kind in hit.kinds and document.is_bare(hit):
                    cost = hit.kinds[kind] + weights.DATE_ON_TWO_LINES + _lowness(document, top)
                    place = CellSpan(bottom, 0, len(bottom.text))
                    yield Finding(kind, date.value.isoformat(), place, cost, hit, "below")


def _on_two_lines(document: Document) -> Iterator[tuple[Cell, Cell, str]]:
    """Cells that begin and end a date, one under the other, with the date's text: « 12/05/ » over « 2026 »."""
    for cell in document.cells:
        sheet = document.sheet(cell)
        if _MONTH_AND_YEAR.fullmatch(cell.folded):
            for over in sheet.above(cell.left, cell.right, cell.row, sheet.text_height)[:1]:
                if len(over.tokens) <= _A_DAY_AND_MONTH:
                    yield over, cell, f"{over.text} {cell.text}"
        elif _CUT_DATE.fullmatch(cell.text):
            for under in sheet.below(cell.left, cell.right, cell.row, sheet.text_height)[:1]:
                yield cell, under, cell.text + under.text


def _has_a_sum(document: Document, cell: Cell, date: FoundDate) -> bool:
    """Whether a number is beside the date in its cell."""
    return any(amount.end <= date.start or date.end <= amount.start for amount in document.amounts.get(cell, ()))


def _after_the_number(document: Document, number: CellSpan | None) -> Iterator[Finding]:
    """« F26-0031 du 03/04/2026 » under a title, or on another page than its label: the date after the number."""
    if number is None:
        return
    printed = number.cell.text[number.start : number.end]
    for cell, dates in document.dates.items():
        end = number.end if cell is number.cell else cell.text.find(printed) + len(printed)
        if printed not in cell.text or (cell is not number.cell and _WORD.search(cell.text[: end - len(printed)])):
            continue
        for found in dates:
            if found.start >= end and _JOINS_A_DATE.fullmatch(cell.folded[end : found.start]):
                place = CellSpan(cell, found.start, found.end)
                yield Finding("invoice_date", found.value.isoformat(), place, weights.DATE_AFTER_THE_NUMBER)


def _far_from_the_number(document: Document, hit: Hit) -> float:
    """Cost by distance: an invoice's date is near its top, often beside its number."""
    others = (other for cell in hit.cell.row.cells for other in document.hits_in(cell))
    if any(other.kinds.get("invoice_number", weights.NOT_ITS_MEANING) <= weights.STRENGTHS["fair"] for other in others):
        return weights.BESIDE_THE_NUMBER
    return _lowness(document, hit.cell)


def _lowness(document: Document, cell: Cell) -> float:
    first = cell.page == document.sheets[0].number
    return weights.LOW_ON_THE_PAGE * (cell.middle / document.sheet(cell).height if first else 1.0)


def _first_date(document: Document, region: Region) -> FoundDate | None:
    for found in document.dates.get(region.cell, ()):
        inside = region.start <= found.start and found.end <= region.end
        if inside and not _in_period(document, region.cell, found) and not _dates_a_law(region.cell, found):
            return found
    return None


def _dates_a_law(cell: Cell, found: FoundDate) -> bool:
    """« (loi n° 80-335 du 12/05/80) », « décret 2013-269 du 29 mars 2013 »: the day of a text that is quoted."""
    return _A_LAW.search(cell.folded, 0, found.start) is not None


def _in_period(document: Document, cell: Cell, found: FoundDate) -> bool:
    """Whether a date is one end of « du … au … »."""
    for other in document.dates[cell]:
        if other is found:
            continue
        first, second = sorted((found, other), key=lambda date: date.start)
        if _PERIOD.fullmatch(cell.text[first.end : second.start]):
            return True
    return False


def _meanings(document: Document, hit: Hit) -> Iterator[tuple[str, float]]:
    """The kinds of date a label announces; « du », « émise le » take their meaning from the label before them."""
    if hit.is_particle and _when_due(document, hit):
        yield "due_date", weights.DATE_OF_A_SUM
        return
    continued = _continued(document, hit)
    if continued is not None:
        yield continued
        return
    if _continues_a_sentence(document, hit):
        yield "other_date", weights.PARTICLE_IN_A_SENTENCE
        return
    if "due_date" in hit.kinds and (_says_until_when(hit) or _is_pending(hit)):
        yield "other_date", weights.DATE_OF_A_TERM
        return
    if hit.is_particle:
        before = hit.cell.text[: hit.start].rstrip()
        yield (
            ("invoice_date", weights.BARE_PARTICLE)
            if not before or before.endswith(",")
            else ("other_date", weights.PARTICLE_IN_A_SENTENCE)
        )
    for kind in DAYS:
        if kind in hit.kinds:
            yield kind, hit.kinds[kind]


def _continues_a_sentence(document: Document, hit: Hit) -> bool:
    """« Conditions générales de vente en date du »: the day of what the words before it name."""
    if hit.is_particle or not _CONTINUES.match(hit.cell.folded, hit.start, hit.end):
        return False
    clause = re.split(r"[.;] ", hit.cell.folded[: hit.start])[-1]
    start = hit.start - len(clause)
    before = (other for other in document.hits_in(hit.cell) if start <= other.start < hit.start)
    of_this = any("invoice_number" in other.kinds for other in before)
    return not of_this and not _MADE_AT.search(clause) and _is_a_sentence(clause)


def _is_a_sentence(text: str) -> bool:
    return len(_WORD.findall(text)) > _BEFORE_A_DAY


def _continued(document: Document, hit: Hit) -> tuple[str, float] | None:
    """What a date refers to, if its label only continues another: « FACTURE n° 12 du », « Acompte facturé le »."""
    joined = document.is_joined(hit)
    if not (hit.is_particle or joined or _CONTINUES.match(hit.cell.folded, hit.start, hit.end)):
        return None
    owner = _owner(document, hit)
    return None if owner is None else _said_of(owner, joined, whole=not hit.is_particle and not joined)


def _is_of_something(hit: Hit, between: str) -> bool:
    """« Date d'entrée 02/02/2026 »: the day of something that is not the invoice."""
    words = re.findall(r"[^\W\d_]+", fold(between))
    return bool(set(words) - _SMALL_WORDS) and hit.cell.folded[hit.start : hit.end] in ("date", "dt", "dte")


def _says_until_when(hit: Hit) -> bool:
    """« Garantie jusqu'au », « le dossier reste ouvert jusqu'au »: a deadline of something other than the payment."""
    text = hit.cell.folded
    bare = _TERM.fullmatch(text[hit.start : hit.end]) is not None
    sentence = text[: hit.start] + text[hit.start :].split(". ", 1)[0]
    named = re.search(r"[^\W\d_]{2,}", text[: hit.start]) is not None
    return bare and named and _OF_PAYMENT.search(sentence) is None


def _is_pending(hit: Hit) -> bool:
    """« En attente de paiement au », « dernier règlement le », « TVA exigible le »: the state of an account, a payment
    that was made, or the day of a tax.
    """
    before = hit.cell.folded[: hit.start]
    return _PENDING.search(before) is not None or _OF_A_TAX.search(before) is not None


def _when_due(document: Document, hit: Hit) -> bool:
    """« Net à payer avant le », « montant prélevé le »: the day of the sum that is named before it or above it."""
    if hit.cell.folded[hit.start : hit.end] != "le":
        return False
    if _FOR.fullmatch(hit.cell.folded, 0, hit.start):
        sheet = document.sheet(hit.cell)
        above = sheet.above(
            hit.cell.left, hit.cell.right, hit.cell.row, weights.LINE_OF_A_SUM_S_DAY * sheet.text_height
        )
        return any("amount_due" in other.kinds for cell in above[:1] for other in document.hits_in(cell))
    return any(
        "amount_due" in other.kinds and _BY.fullmatch(hit.cell.folded, other.end, hit.start)
        for other in document.hits_in(hit.cell)
        if other.end <= hit.start
    )


def _said_of(owner: Hit, joined: bool, *, whole: bool) -> tuple[str, float] | None:
    """The kind of date that continues a label; ``whole`` labels (« émise le ») accept a decoy before them."""
    weakness = owner.kinds.get("invoice_number", weights.NOT_ITS_MEANING)
    if weakness < weights.NOT_ITS_MEANING and speaks_of_another(owner):
        return "other_date", 0.0
    if "deduction" in owner.kinds or ("other_number" in owner.kinds and whole):
        return "other_date", 0.0
    if "other_number" not in owner.kinds and (
        weakness <= weights.STRENGTHS["fair"] or (joined and weakness < weights.NOT_ITS_MEANING)
    ):
        return "invoice_date", weights.DATE_OF_A_NUMBER
    for kind, cost in (
        ("due_date", weights.CONTINUED_DUE_DATE),
        ("invoice_date", owner.kinds.get("invoice_date", 0.0)),
    ):
        if kind in owner.kinds:
            return kind, cost
    return (
        ("other_date", weights.DATE_OF_ANOTHER_THING)
        if any(kind in owner.kinds for kind in _OF_ANOTHER_THING)
        else None
    )


def _owner(document: Document, hit: Hit) -> Hit | None:
    """The label that a bare « du » or « le » continues: the one before it in its cell or in the cell before."""
    made = _MADE_AT.search(hit.cell.folded, 0, hit.start)
    before = [other for other in document.hits_in(hit.cell) if other.end <= (made.start() if made else hit.start)]
    if before:
        return before[-1]
    if hit.start > 0:
        return _label_of_the_number(document, hit)
    if another := _another_invoice_over(document, hit.cell):
        return another
    if number := _number_over(document, hit.cell):
        return number
    left = document.sheet(hit.cell).left_of(hit.cell)
    if (
        left is None
        or document.dates.get(left)
        or (document.stands_in_a_column(hit.cell) and not document.stands_in_a_column(left))
    ):
        return None
    hits = [other for other in document.hits_in(left) if not _NEVER_DATED.intersection(other.kinds)]
    both_bare = document.is_bare(hit) and _CONTINUES.match(hit.cell.folded, hit.start, hit.end)
    return hits[-1] if hits and (both_bare or not document.is_bare(hits[-1])) else None


def _label_of_the_number(document: Document, hit: Hit) -> Hit | None:
    """« Notre facture   F26-11 du 12 mai »: the label on the left of the number that a date follows."""
    left = document.sheet(hit.cell).left_of(hit.cell)
    number = hit.cell.text[: hit.start].strip(" ,")
    if left is None or " " in number or not any(char.isdigit() for char in number):
        return None
    hits = document.hits_in(left)
    return hits[-1] if hits and document.is_bare(hits[-1]) else None


def _number_over(document: Document, cell: Cell) -> Hit | None:
    """« Facture n° F26-114 » over « du 3 mars 2026 », in one block: the label of the number on the line above."""
    sheet = document.sheet(cell)
    above = sheet.above(cell.left, cell.right, cell.row, sheet.text_height)[:1]
    if not above or misalignment(above[0], cell.left, cell.right) > weights.ALIGNED_STACK:
        return None
    labels = (hit for hit in document.hits_in(above[0]) if "invoice_number" in hit.kinds and not document.is_bare(hit))
    return next(labels, None)


def _another_invoice_over(document: Document, cell: Cell) -> Hit | None:
    """« Facture rectifiée » over « F26-0114 » over « émise le 7 février »: the column's other invoice."""
    sheet = document.sheet(cell)
    for _ in range(_LINES_OF_AN_INVOICE):
        above = sheet.above(cell.left, cell.right, cell.row, sheet.text_height)
        if not above or abs(above[0].left - cell.left) > sheet.text_height:
            return None
        cell = above[0]
        hits = document.hits_in(cell)
        if hits:
            return next((hit for hit in hits if _names_an_invoice(hit)), None)
    return None


def _names_an_invoice(hit: Hit) -> bool:
    """Whether a decoy refers to another invoice: « Facture rectifiée »."""
    return "other_number" in hit.kinds and "facture" in hit.cell.folded


def _alone(document: Document, findings: list[Finding]) -> Finding | None:
    """The first page's only date without a label (or with one for the page's creation), if it is near the top."""
    soft = [
        finding
        for finding in findings
        if finding.kind == "other_date" and finding.hit is not None and "invoice_date" in finding.hit.kinds
    ]
    explained = {finding.value for finding in findings if finding not in soft}
    free = [
        Finding(
            "invoice_date", date.value.isoformat(), CellSpan(cell, date.start, date.end), weights.DATE_WITHOUT_A_LABEL
        )
        for cell, dates in document.dates.items()
        for date in dates
        if cell.page == document.sheets[0].number
        and date.value.isoformat() not in explained
        and date.certain
        and not _in_period(document, cell, date)
        and not _dates_a_law(cell, date)
        and not _dates_another_thing(cell, date)
        and not document.is_goods(cell.row)
        and not _dates_a_line(document, cell)
    ]
    high = [finding for finding in free if finding.place.cell.middle < weights.UPPER_PART * document.sheets[0].height]
    return high[0] if high and len({finding.value for finding in free}) == 1 else None


def _dates_a_line(document: Document, cell: Cell) -> bool:
    """Whether a date opens a line that ends with a sum: « 02/10/2026 | Élagage | 480,00 »."""
    cells = cell.row.cells
    summed = any(amount.looks_like_money for amount in document.amounts.get(cells[-1], ()))
    return cell is cells[0] and len(cells) > 2 and summed


def _dates_another_thing(cell: Cell, date: FoundDate) -> bool:
    """« Représentation : 22 octobre », a day in a sentence: the words before it say what it dates."""
    before = cell.folded[: date.start].rstrip()
    if before.endswith(":") and _OF_THE_INVOICE.search(before) is None:
        return True
    return _is_a_sentence(before)
