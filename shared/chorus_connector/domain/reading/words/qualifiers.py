"""Words that make a document another one than this invoice: « facture associée », « annule la facture ».

French says it after the noun, with a relation (« d'origine ») or a participle (« compensée »): the participles that are
said of every invoice (« émise », « détaillée ») are listed, all others name another document. Before the noun there are
verbs and the names of payments (« acompte facture »).
"""

import re
from collections.abc import Callable
from functools import cache

from chorus_connector.domain.reading.paper.lines import Cell
from chorus_connector.domain.reading.words.labels import Hit, other_document_words

_REACH = 3  # words after the noun
_BEFORE = 80  # characters before a label that may speak of another document
_LINKS = r"(?:[\s(]|\b(?:de|du|la|l|a|y)\b ?|\b[dl]['’])*"
_WORD = re.compile(rf"(?P<links>{_LINKS})(?P<word>[^\W\d_]+)(?![\w/-])")
_ONE_SPACE = re.compile(r"\s+")
_PARTICIPLE = re.compile(r"\w{2,}ees?")
_GOES_ON = re.compile(r"\W*(?:(?:n°|no|num|numero|ref|reference)\b\.?|n°)?", re.IGNORECASE)
_A_DOCUMENT = re.compile(r"fact|\bfac\b|\bfra\b|avoir|piece|document|\bdoc\b|note|memoire|invoice")
_DOCUMENT_KINDS = frozenset({"invoice_number", "invoice_date"})


def qualified(cell: Cell, hit: Hit) -> Hit | None:
    """The label with its qualifier, as a decoy, if the qualifier names another document or a consumer's contract."""
    if _DOCUMENT_KINDS & hit.kinds.keys() and _A_DOCUMENT.search(cell.folded, hit.start, hit.end):
        end = _end_of_qualifier(cell, hit.end, _names_another)
    elif "contract_number" in hit.kinds:
        end = _end_of_qualifier(cell, hit.end, _is_of_a_consumer)
    else:
        return None
    if end is None:
        return None
    match = _GOES_ON.match(cell.folded, end)
    end = match.end() if match and match[0].strip(" :.-–(") else end
    return Hit(cell, hit.start, end, {"other_number": 0.0, "other_date": 0.0})


def speaks_of_another(hit: Hit) -> bool:
    """« Avoir établi sur la facture », « remplace et annule la note n° »: a label of another invoice than this one."""
    before = hit.cell.folded[max(0, hit.start - _BEFORE) : hit.start]
    return _before().search(before) is not None or _thing().search(before) is not None


def is_of_a_consumer(hit: Hit) -> bool:
    """« Assurance RC, contrat n° », « contrat n° 4452 (abonné) »: a contract that is no public contract."""
    before = re.split(r"[.;:]", hit.cell.folded[max(0, hit.start - _BEFORE) : hit.start])[-1]
    bracket = hit.cell.folded.find("(", hit.end) + 1
    if bracket and _pattern("consumer").match(hit.cell.folded, bracket):
        return True
    return re.search(rf"\b(?:{_pattern('consumer').pattern})", before) is not None


def _end_of_qualifier(cell: Cell, start: int, is_one: Callable[[str, str], bool]) -> int | None:
    """Where a qualifier ends that is among the next few words, before a digit or punctuation."""
    at, found = start, None
    for _ in range(_REACH):
        match = _WORD.match(cell.folded, at)
        if match is None:
            break
        if is_one(match["links"] if at > start or match["links"].strip() else "", match["word"]):
            found = match.end()
        at = match.end()
    return found


def _names_another(links: str, word: str) -> bool:
    """Whether a word, after its links, is a relation or a participle that is not said of every invoice."""
    linked = _ONE_SPACE.sub(" ", links).strip(" (")
    if _pattern("relation").match(f"{linked} {word}".strip()) or _pattern("relation").match(word):
        return True
    return not linked and _PARTICIPLE.fullmatch(word) is not None and not _pattern("own").match(word)


def _is_of_a_consumer(_links: str, word: str) -> bool:
    return _pattern("consumer").match(word) is not None


@cache
def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(other_document_words(name))


@cache
def _before() -> re.Pattern[str]:
    return re.compile(rf"\b(?:{other_document_words('before')})[^.;]{{0,40}}$|\bsur (?:la |notre |votre )?$")


@cache
def _thing() -> re.Pattern[str]:
    link = r"(?:de|sur|selon|pour) (?:la |notre |votre )?"
    return re.compile(
        rf"\b(?:{other_document_words('thing')})s? (?:{link})?$|\b(?:{other_document_words('correction')})\w* {link}$"
    )
