"""Whether a stretch of text is a code that a field may have: not a date, a sum, a quantity or a piece of something."""

import re

from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.finding import CellSpan
from chorus_connector.domain.reading.kinds import REFERENCES, SIRETS
from chorus_connector.domain.reading.paper.lines import Cell, PlacedWord
from chorus_connector.domain.reading.typed.identifiers_found import find_sirets, telephone_spans

_YEAR = re.compile(r"20[2-4]\d")
_VAT_NUMBER = re.compile(r"FR[0-9A-HJ-NP-Z]{2}\d{9}")
_QUANTITY = re.compile(
    r"\d{1,3}\s+(?!(?:du|le|en|au|de|pour|et|à|date|dat|émis|établi|édité|pass|sign|notifi))[a-zà-ÿ]{2,}"
)
"""« 30 jours net », « 36 mois »: a number of something."""
_A_GROUP = re.compile(r"\d{1,3} \d")
"""« 26 118 A »: the first group of something longer."""
_CLAUSE = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}")
_CONTINUES = re.compile(r"(?<=[\dA-Z]) (?:[A-Z]{1,3}\d{1,4}|[A-Z])(?=\s*$|[ ,;.)])")
"""« 2024 12 L03 », « SG-ACHAT S »: a code whose end is not sure."""
"""« 2024 12 L03 », « SG-ACHAT S »: a code whose end is not sure."""
_PERIOD = re.compile(r"20\d\d ?[-–/à] ?20\d\d")
_UNTIL = re.compile(r"\b(?:jusqu|depuis|pour|fin|debut|minim|ferme|pendant)")
_WORDS_FOLLOW = re.compile(r" [^\W\d_]")
_LONGEST_NUMBER = 20  # characters, as the portal's
_RUNS_ON = re.compile(r"\s+(?!(?:du|le|en|au|de|pour|et|date|euros?)\b)[a-zà-ÿ]{2,}")
_ROWS_OF_A_STAMP = 3  # rows around a value in which a stamp's words may overlap it
_OVERLAP = 0.35  # of the smaller word's height
_TOUCHING = 0.05  # of the smaller word's height; a space between words is 0.2 at least
_STOP = frozenset(
    {
        *("du", "de", "des", "le", "la", "les", "en", "et", "au", "aux", "pour", "par", "sur", "avec", "dont", "soit"),
        *("votre", "notre", "date", "page", "facture", "avoir", "client", "service", "commande", "reference", "ref"),
        *("ttc", "ht", "tva", "eur", "euros", "total", "numero"),
    }
)


def is_acceptable(document: Document, region: Region, kind: str, weakness: float, span: tuple[int, int]) -> bool:
    """Whether the characters of a span, after or beside a label of that kind and weakness, are such a code."""
    cell, (start, end) = region.cell, span
    value = cell.text[start:end]
    if region.relation in ("left", "above") and _is_a_sum(document, cell):
        return False
    alone = region.relation == "tail" and not cell.text[: region.start].strip(" :").count(" ") and end == len(cell.text)
    weakness_there = weakness - 1.0 if alone and kind == "invoice_number" else weakness
    long = kind == "invoice_number" and weakness == 0.0 and region.relation in ("tail", "right", "below")
    if not _is_plausible(value, kind, weakness_there) or _has_a_form(document, cell, span, long=long):
        return False
    if kind != "other_number" and _is_a_piece(document, region, kind, span):
        return False
    return not _is_doubtful(document, region, kind, weakness, span)


def _is_doubtful(document: Document, region: Region, kind: str, weakness: float, span: tuple[int, int]) -> bool:
    """Whether a code is only a year after a title, or is followed by words."""
    text, (start, end) = region.cell.text, span
    if _is_in_the_terms(document, region, end):
        return True
    if weakness > 0 and kind == "invoice_number" and _YEAR.fullmatch(text, start, end):
        return True
    if weakness >= 1.0 and region.relation in ("below", "above") and not _ends_there(document, region, end):
        return True
    return region.relation != "tail" and _RUNS_ON.match(text, end, region.end) is not None


def _is_a_piece(document: Document, region: Region, kind: str, span: tuple[int, int]) -> bool:
    """Whether a code is a quantity, is hidden by a stamp, or is a piece of a reference."""
    if any(piece.match(region.cell.text, span[0], region.end) for piece in (_QUANTITY, _A_GROUP)) or is_under_a_stamp(
        document, CellSpan(region.cell, *span)
    ):
        return True
    return kind in REFERENCES and _is_no_reference(region, kind, span)


def is_under_a_stamp(document: Document, place: CellSpan) -> bool:
    """Whether a scan's other words overlap a value: what a stamp hides of it is not known."""
    sheet, cell = document.sheet(place.cell), place.cell
    if sheet.source != "ocr":
        return False
    left, right = cell.extent(place.start, place.end)
    own = [token for token, (start, end) in zip(cell.tokens, cell.spans, strict=True) if start < place.end]
    near = sheet.rows[max(0, cell.row.index - _ROWS_OF_A_STAMP) : cell.row.index + _ROWS_OF_A_STAMP + 1]
    others = (token for row in near for other in row.cells for token in other.tokens if token not in own)
    return any(_collides(token, left, right, own[-1]) for token in others)


def _collides(token: PlacedWord, left: float, right: float, value: PlacedWord) -> bool:
    """Whether a word is over another one, or so close to its end that no space is between them."""
    small = min(token.height, value.height)
    over = min(token.bottom, value.bottom) - max(token.top, value.top)
    apart = max(token.left - right, left - token.right)
    return sum(map(str.isalnum, token.text)) > 1 and over > _OVERLAP * small and apart < _TOUCHING * small


def _is_no_reference(region: Region, kind: str, span: tuple[int, int]) -> bool:
    """Whether a code is a clause's number, a period, a term, or the beginning of something longer."""
    text, (start, end) = region.cell.text, span
    if (
        _CLAUSE.fullmatch(text, start, end)
        or _PERIOD.match(text, start, region.end)
        or _CONTINUES.match(text, end, region.end)
    ):
        return True
    if _UNTIL.search(region.cell.folded, region.start, start):
        return True
    named = kind == "service_code" and not any(char.isdigit() for char in text[start:end])
    return named and _WORDS_FOLLOW.match(text, end, region.end) is not None


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


def _is_plausible(value: str, kind: str, weakness: float) -> bool:
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
