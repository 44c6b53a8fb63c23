"""Whether a stretch of text is a code that a field may have: not a date, a sum, a quantity or a piece of something.

A code is given whole or not at all: what may be its beginning only, one of several, or hidden in part by a stamp is no
value.
"""

import re
from dataclasses import dataclass

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.document import Document, Region
from chorus_connector.domain.reading.kinds import REFERENCES, SIRETS
from chorus_connector.domain.reading.paper.lines import Cell, PlacedWord, fold
from chorus_connector.domain.reading.typed.identifiers_found import find_sirets, telephone_spans
from chorus_connector.domain.reading.words.labels import says_there_is_none
from chorus_connector.domain.reading.words.name_shapes import is_numbered_street
from chorus_connector.domain.reading.words.word_lists import word_list

_YEAR = re.compile(r"20[2-4]\d")
_OF_ANOTHER_DOCUMENT = re.compile(r"(?:D|DEV|BL|CV|C|CL|CLI|AFF|OR|DOS|CT)[-_/ ]?\d")
"""« Notre référence : D26-118 »: a quotation, a delivery note or a customer by its first letters."""
_A_BOX = re.compile(r"(?:B\.?P|C\.?S|TSA)\.? ?\d{2,6}(?=\s*$|\s*[-–,])")  # « BP 20412 »
_VAT_NUMBER = re.compile(r"FR[0-9A-HJ-NP-Z]{2}\d{9}")
_QUANTITY = re.compile(
    r"\d{1,3}\s+(?!(?:du|le|en|au|de|pour|et|à)\b|dat|émis|établi|édité|pass|sign|notifi)[a-zà-ÿ]{2,}"
)
"""« 30 jours net », « 36 mois »: a number of something."""
_MEASURED = re.compile(r"\s?(?:m[²³23]?|[kMG]Wh|kVA|kW|kg|t|l|L|g|h|km|ml|cm|mm|ha)(?![\w/-])")
"""« 2060 m³ », « 118 kWh »: a number of a unit."""
_A_GROUP = re.compile(r"\d{1,3} \d")
"""« 26 118 A »: the first group of something longer."""
_GOES_ON = re.compile(r"(?<=[\dA-Z]) (?:(?=\S*\d)(?=\S*[A-Z])[A-Z0-9][A-Z0-9/-]*|[A-Z])(?=\s*$|\s+(?:du|le) )")
"""« 2024 12 L03 », « SG-ACHAT S », « 1234567 K »: a code whose end is not sure."""
_A_GROUP_MORE = re.compile(
    r" (?:[A-Z]{1,4} (?=\d{3}))?[A-Z]{0,3}\d[A-Z\d/-]*(?![\w%]|[,.]\d)"
    r"(?!\s*(?!(?:du|le|en|émise?|établie?)\b)[a-zà-ÿ€%°²³])(?!\s*[/:]\s*\d)"
)
"""« FC 158 0031 Lyon »: a group of the same code or another number; not « 12 lignes », « 14:32 », « 1 / 2 »."""
_AND_ANOTHER = re.compile(r"\s*(?:[,;/&+]|\bet\b|\bou\b)\s*(\S+?)[.,;)]*(?=\s|$)")
_CLAUSE = re.compile(r"\d{1,2}(?:\.\d{1,2}){1,3}")
_PERIOD = re.compile(r"20\d\d ?[-–/à] ?20\d\d")
_UNTIL = re.compile(r"\b(?:jusqu|depuis|pour|fin|debut|minim|ferme|pendant)")
_WORDS_FOLLOW = re.compile(r" (?!(?:du|le|en)\b)[^\W_]")
_NAME_GOES_ON = re.compile(r" (?:de|du|des|la|le|les)\b| [dl]['’]", re.IGNORECASE)  # « DEPARTEMENT DE L'OURLON »
_LIKE_A_DAY = re.compile(r"(?:20)?\d{2}([-/.])\d{2}\1\d{2}")
LONGEST_NUMBER = 20  # characters, as the portal's
_LONGEST_REFERENCE = 12  # digits in a row; more are an identifier of something else
_LONGEST_CODE = 40  # characters
_RUNS_ON = re.compile(r"\s+(?!(?:du|le|en|au|de|pour|et|date|euros?)\b)[a-zà-ÿ]{2,}")
_ROWS_OF_A_STAMP = 3  # rows around a value in which a stamp's words may overlap it
_STOP = frozenset(word_list("never_a_code"))
_STAMPS = frozenset(word_list("said_of_a_document"))


@dataclass(frozen=True, slots=True)
class PossibleCode:
    """The characters ``start`` to ``end`` of a region, announced by a label of that kind and weakness."""

    document: Document
    region: Region
    kind: str
    weakness: float
    start: int
    end: int

    @property
    def cell(self) -> Cell:
        return self.region.cell

    @property
    def value(self) -> str:
        return self.cell.text[self.start : self.end]

    def is_followed_by(self, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.cell.text, self.end, self.region.end) is not None

    def opens_with(self, pattern: re.Pattern[str]) -> bool:
        return pattern.match(self.cell.text, self.start, self.region.end) is not None


def is_acceptable(found: PossibleCode) -> bool:
    """Whether a candidate is a code and, unless it is a decoy's, a whole one."""
    if found.region.relation in ("left", "above") and _is_a_sum(found.document, found.cell):
        return False
    if not _is_plausible(found) or _has_a_form(found) or _is_doubtful(found) or _is_a_street(found):
        return False
    return found.kind == "other_number" or not _is_a_piece(found)


def _is_a_street(found: PossibleCode) -> bool:
    """« SERVICE COMPTABLE » over « 12 RUE PASTEUR » or « BP 20412 »: a line of an address."""
    if found.start > 0:
        return False
    in_a_box = found.region.relation != "tail" and _A_BOX.match(found.cell.text) is not None
    return in_a_box or is_numbered_street(found.cell.text)


def _is_plausible(found: PossibleCode) -> bool:
    value, kind = found.value, found.kind
    weakness = (
        found.weakness - weights.STRENGTHS["fair"]
        if _is_all_its_cell_says(found) and kind == "invoice_number"
        else found.weakness
    )
    if value.casefold() in _STOP or len(value) > _LONGEST_CODE or _VAT_NUMBER.fullmatch(value):
        return False
    digits = sum(char.isdigit() for char in value)
    longest = (
        LONGEST_NUMBER if kind == "invoice_number" and weakness <= weights.STRENGTHS["fair"] else _LONGEST_REFERENCE
    )
    if digits == len(value) and digits > longest:
        return False
    if kind == "service_code":
        capitals = sum(char.isupper() for char in value)
        coded = digits > 0 or "_" in value or (capitals >= 2 and value.isupper())
        said = fold(value)
        return len(value) >= 2 and coded and said.split()[0] not in _STAMPS and not says_there_is_none(said)
    if kind == "other_number":
        return digits > 0
    least = 3 if weakness else 2
    return (
        digits > 0
        and len(value) >= least
        and not (weakness >= weights.STRENGTHS["fair"] and digits == len(value) and digits < 4)
    )


def _is_all_its_cell_says(found: PossibleCode) -> bool:
    """Whether a cell holds a label of one word and the code."""
    alone = not found.cell.text[: found.region.start].strip(" :").count(" ")
    return found.region.relation == "tail" and alone and found.end == len(found.cell.text)


def _is_doubtful(found: PossibleCode) -> bool:
    """Whether a code is only a year after a title, or is followed by words."""
    if _is_in_the_terms(found):
        return True
    if found.kind == "invoice_number" and found.weakness > weights.SURE_LABEL:
        weak = found.weakness >= weights.STRENGTHS["weak"]
        if _YEAR.fullmatch(found.value) or (weak and _OF_ANOTHER_DOCUMENT.match(found.value)):
            return True
    if (
        found.weakness >= weights.STRENGTHS["fair"]
        and found.region.relation in ("below", "above")
        and not _ends_there(found)
    ):
        return True
    return found.region.relation != "tail" and found.is_followed_by(_RUNS_ON)


def _is_a_piece(found: PossibleCode) -> bool:
    """Whether a code is a quantity, one of several, under a stamp, or a piece of something longer."""
    measured = found.value.isdigit() and found.is_followed_by(_MEASURED)
    if measured or found.opens_with(_QUANTITY) or found.is_followed_by(_GOES_ON) or _is_one_of_several(found):
        return True
    if (" " not in found.value and found.opens_with(_A_GROUP)) or _has_a_group_more(found):
        return True
    return _is_under_a_stamp(found) or (found.kind in REFERENCES and _is_no_reference(found))


def _has_a_group_more(found: PossibleCode) -> bool:
    """Whether digits that are no date follow a code after a space, in the same cell."""
    if not found.is_followed_by(_A_GROUP_MORE) or found.end in found.cell.wide_gaps:
        return False
    return not any(date.start == found.end + 1 for date in found.document.dates.get(found.cell, ()))


def _is_one_of_several(found: PossibleCode) -> bool:
    """« 26A0011 et 26A0012 »: codes of one form; which of them is meant is not known."""
    another = _AND_ANOTHER.match(found.cell.text, found.end, found.region.end)
    return another is not None and _form(another[1]) == _form(found.value)


def _form(code: str) -> str:
    return re.sub(r"[^\W\d_]", "A", re.sub(r"\d", "9", code))


def _is_no_reference(found: PossibleCode) -> bool:
    """Whether a code is a clause's number, a period, a term, or the first word of a name."""
    if _CLAUSE.fullmatch(found.value) or found.opens_with(_PERIOD):
        return True
    if _UNTIL.search(found.cell.folded, found.region.start, found.start):
        return True
    named = found.kind == "service_code" and not any(char.isdigit() for char in found.value)
    return named and (
        found.is_followed_by(_WORDS_FOLLOW) or _NAME_GOES_ON.match(found.cell.text, found.end) is not None
    )


def _is_under_a_stamp(found: PossibleCode) -> bool:
    """Whether a scan's other words overlap a value: what a stamp hides of it is not known."""
    cell, sheet = found.cell, found.document.sheet(found.cell)
    if sheet.source != "ocr":
        return False
    left, right = cell.extent(found.start, found.end)
    own = [token for token, (start, _) in zip(cell.tokens, cell.spans, strict=True) if start < found.end]
    near = sheet.rows[max(0, cell.row.index - _ROWS_OF_A_STAMP) : cell.row.index + _ROWS_OF_A_STAMP + 1]
    others = (token for row in near for other in row.cells for token in other.tokens if token not in own)
    return any(_collides(token, left, right, own[-1]) for token in others)


def _collides(token: PlacedWord, left: float, right: float, value: PlacedWord) -> bool:
    """Whether a word is over another one, or so close to its end that no space is between them."""
    small = min(token.height, value.height)
    over = min(token.bottom, value.bottom) - max(token.top, value.top)
    apart = max(token.left - right, left - token.right)
    return (
        sum(map(str.isalnum, token.text)) > 1
        and over > weights.UNDER_A_STAMP * small
        and apart < weights.TOUCHING * small
    )


def _is_in_the_terms(found: PossibleCode) -> bool:
    """« Contract no. 2019-0044 does not apply »: a sentence on another page than the first."""
    first = found.cell.page == found.document.sheets[0].number
    return not first and found.is_followed_by(_RUNS_ON)


def _ends_there(found: PossibleCode) -> bool:
    """Whether nothing, or nothing but a date, follows a code: « F26-0031 du 03/04/2026 »."""
    text, end = found.cell.text, found.region.end
    dated = next((date for date in found.document.dates.get(found.cell, ()) if date.start >= found.end), None)
    if dated is not None and not text[dated.end : end].strip(" .,;:"):
        between = text[found.end : dated.start]
        return re.fullmatch(r"\W*(?:du|le|en date du)?\W*", between, re.IGNORECASE) is not None
    return not text[found.end : end].strip(" .,;:")


def _is_a_sum(document: Document, cell: Cell) -> bool:
    """« 2404.10 »: a sum before an empty label would otherwise be taken for a code."""
    return any(
        amount.decimals == 2 and not cell.text[: amount.start].strip() and not cell.text[amount.end :].strip(" .€")
        for amount in document.amounts.get(cell, ())
    )


def _has_a_form(found: PossibleCode) -> bool:
    """Whether this stretch is (part of) a date, money, a telephone number or a SIRET."""
    cell, start, end = found.cell, found.start, found.end
    if _is_a_number_like_a_day(found):
        return False
    for date in found.document.dates.get(cell, ()):
        if date.start < end and start < date.end and (date.certain or start == date.start):
            return date.certain
    for amount in found.document.amounts.get(cell, ()):
        inside = amount.start <= start and end <= amount.end
        if inside and (
            amount.is_percent
            or (amount.decimals == 2 and _is_only_a_sum(found))
            or amount.has_currency
            or (amount.decimals == 2 and "," in cell.text[amount.start : amount.end])
        ):
            return True
    if _is_surely_a_number(found):
        return False
    taken = telephone_spans(cell.text)
    if sum(char.isdigit() for char in cell.text) >= 14:
        taken += [(siret.start, siret.end) for siret in find_sirets(cell.text)]
    return any(first < end and start < last for first, last in taken)


def _is_a_number_like_a_day(found: PossibleCode) -> bool:
    """« Facture n° 23-03-57 du 12/03/2023 »: a number that looks like a day, where the page dates itself elsewhere.

    The day follows in the same text, or a label of its own announces one: « N° 2026-01-15 » over « Date 31/01/2026 ».
    """
    sure = found.kind == "invoice_number" and found.weakness <= weights.SURE_LABEL
    if not sure or found.region.relation not in ("tail", "right") or not _LIKE_A_DAY.fullmatch(found.value):
        return False
    if any(date.start >= found.end for date in found.document.dates.get(found.cell, ())):
        return True
    labels = (hit for hit in found.document.announced("invoice_date") if "invoice_number" not in hit.kinds)
    regions = (region for hit in labels if hit.cell is not found.cell for region in found.document.regions(hit))
    return any(region.cell is not found.cell and region.cell in found.document.dates for region in regions)


def _is_only_a_sum(found: PossibleCode) -> bool:
    """« 12034.11 » that only a weak label beside, under or over it announces."""
    apart = found.weakness > weights.SURE_LABEL and found.region.relation != "tail"
    return apart and found.value.replace(".", "").isdigit()


def _is_surely_a_number(found: PossibleCode) -> bool:
    """« N° de facture : 30217745509812 »: digits in a row that a sure label announces and no other label calls a SIRET.

    Telephone numbers and SIRETs are printed in groups; fourteen digits without a space may be either.
    """
    near = found.region.relation in ("tail", "right", "below", "above")
    if found.kind != "invoice_number" or found.weakness > weights.SURE_LABEL or not near or not found.value.isdigit():
        return False
    sirets = (hit for hit in found.document.announced(*SIRETS) if hit.cell is not found.cell)
    return not any(found.value in re.sub(r"\D", "", hit.cell.row.text) for hit in sirets)
