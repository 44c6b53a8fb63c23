"""The words that announce values (``labels.toml``) and their positions on the pages.

Phrases are compared squeezed: lower case, no accents, no spaces, no punctuation, so that « N° de facture »,
``Ndefacture`` and ``NUMERO DE FACTURE`` are one label. A match starts and ends where a word does.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.kinds import CODE_FIELDS
from chorus_connector.domain.reading.paper.lines import Cell, Sheet, fold
from chorus_connector.domain.reading.rule_tables import rule_table
from chorus_connector.domain.reading.words.ocr_labels import LabelWords
from chorus_connector.domain.reading.words.word_lists import word_list

_NOT_LABELS = frozenset(
    {"credit_note", "negated_credit_note", "invoice", "public_body", "companys_office", "legal_form"}
)
_NUMBER_WORDS = word_list("number_words")
_PATTERNS = frozenset({"another_document", "no_value"})
_NO_PHRASES = frozenset({"words", "sections", *_PATTERNS})
PARTICLE = "date_particle"
_PREFIX = 5  # characters by which phrases are looked up before they are compared
_JOINTS = "-/_"
_LONGEST_PREFIX = 5  # letters before the digits of a number
_GLUED_WORD = 7  # « Datedefacture12/03/2026 »; « ENG99590 » is a code
_INITIAL = re.compile(r"(?<=°)\W*[ROro]$")
_NUMBER_AND_ABBREVIATION = re.compile(r"(?P<number>[nN](?:°|o|um)?\.?)\W*[A-Z]{1,5}")
_ONE_CODE = re.compile(r"[ :]+[A-Z0-9]+(?:[-_][A-Z0-9]+)*[ .,;–)-]*")
_REFERENCES = frozenset(CODE_FIELDS) - {"service_code"}
_OURS = re.compile(r"n\s?/\s?(?:c|b)", re.IGNORECASE)  # an order of the supplier's; an engagement never is
_WORDS = re.compile(r"\{(\w+)\}")
_CHOICE = re.compile(r"\(([^()]*)\)")


@dataclass(frozen=True, eq=False)
class Hit:
    """A label on a page: the kinds of value it may announce, each with its weakness (0 strong, 2 weak)."""

    cell: Cell
    start: int
    end: int
    kinds: Mapping[str, float]

    @property
    def text(self) -> str:
        return self.cell.text[self.start : self.end]

    @property
    def is_particle(self) -> bool:
        return PARTICLE in self.kinds


class Lexicon:
    """Phrases with what they mean, found in folded text where a word starts."""

    def __init__(self, phrases: Iterable[tuple[str, str, float]]) -> None:
        self._whole: dict[str, dict[str, float]] = {}
        self._struck: set[str] = set()
        self._patterns: dict[str, list[tuple[_Slots, str, float]]] = {}
        for phrase, kind, weakness in phrases:
            slots = _slots(phrase)
            if len(slots) == 1:
                for text in slots[0].texts:
                    _mean(self._whole.setdefault(text, {}), kind, weakness)
                    self._struck.update({text} if "/" in phrase else ())
            else:
                for prefix in set(_beginnings(slots)):
                    self._patterns.setdefault(prefix, []).append((slots, kind, weakness))
        lengths: dict[str, set[int]] = {}
        for text in self._whole:
            lengths.setdefault(text[:_PREFIX], set()).add(len(text))
        self._lengths = {prefix: sorted(found) for prefix, found in lengths.items()}
        self._heads = frozenset(prefix[:2] for prefix in (*self._lengths, *self._patterns))

    def find(self, folded: str) -> Iterator[tuple[int, int, Mapping[str, float]]]:
        """Start, end and meaning of every phrase from left to right; of two that overlap, the longer."""
        squeezed, places = _squeeze(folded)
        pending: tuple[int, int, Mapping[str, float]] | None = None
        for at in range(len(squeezed)):
            match = self._at(squeezed, places, folded, at)
            if match is None:
                continue
            found = (at, at + match[0], match[1])
            if pending is None or found[0] >= pending[1]:
                if pending is not None:
                    yield _placed(pending, places)
                pending = found
            elif found[1] > pending[1] and found[1] - found[0] > pending[1] - pending[0]:
                pending = found
        if pending is not None:
            yield _placed(pending, places)

    def _at(self, squeezed: str, places: list[int], folded: str, at: int) -> tuple[int, Mapping[str, float]] | None:
        """The longest phrase that starts here and ends where a word does."""
        if not _starts_word(folded, places[at]):
            return None
        meanings = self._meanings(squeezed, at)
        for length in sorted(meanings, reverse=True):
            start, end = places[at], places[at + length - 1] + 1
            joined = "/" in folded[start:end] and squeezed[at : at + length] not in self._struck
            if not joined and "_" not in folded[start:end] and _ends_word(folded, end, length):
                return length, meanings[length]
        return None

    def _meanings(self, squeezed: str, at: int) -> dict[int, dict[str, float]]:
        """What starts here, by its length."""
        found: dict[int, dict[str, float]] = {}
        head = squeezed[at : at + _PREFIX]
        if head[:2] not in self._heads and head[:1] not in self._heads:
            return found
        for prefix in {head[:length] for length in range(1, _PREFIX + 1)}:
            for length in self._lengths.get(prefix, ()):
                kinds = self._whole.get(squeezed[at : at + length])
                if kinds and at + length <= len(squeezed):
                    found[length] = dict(kinds)
            for slots, kind, weakness in self._patterns.get(prefix, ()):
                for end in _ends(slots, squeezed, at):
                    _mean(found.setdefault(end - at, {}), kind, weakness)
                    if any(slot.struck for slot in slots):
                        self._struck.add(squeezed[at:end])
        return found


def _mean(kinds: dict[str, float], kind: str, weakness: float) -> None:
    kinds[kind] = min(weakness, kinds.get(kind, weakness))


class _Slot:
    """One slot of a phrase: its possible texts, squeezed; the empty text if the slot is optional."""

    def __init__(self, alternatives: Iterable[str]) -> None:
        alternatives = list(alternatives)
        self.struck = any("/" in text for text in alternatives)
        self.texts = frozenset(variant for text in alternatives for variant in _variants(text))
        self.lengths = sorted({len(text) for text in self.texts})


_Slots = tuple[_Slot, ...]


def _slots(phrase: str) -> _Slots:
    """« (date|dt) {pay} » as slots, ``{pay}`` being a list of [words]; a phrase without alternatives is one slot."""
    words = _words()
    parts = _CHOICE.split(_WORDS.sub(lambda match: f"({words[match[1]]})", phrase))
    if not any("|" in part for part in parts):
        return (_Slot([phrase]),)
    return tuple(_Slot(part.split("|")) for part in parts if part.strip())


def _ends(slots: _Slots, text: str, at: int) -> set[int]:
    """Where the slots, filled one after the other from ``at``, may end."""
    ends = {at}
    for slot in slots:
        ends = {end + length for end in ends for length in slot.lengths if text[end : end + length] in slot.texts}
        if not ends:
            break
    return {end for end in ends if at < end <= len(text)}


def _beginnings(slots: _Slots, room: int = _PREFIX) -> Iterator[str]:
    """The first characters of everything the slots can be filled with: ``room`` of them, or all there are."""
    if not slots or not room:
        yield ""
        return
    for text in slots[0].texts:
        if len(text) >= room:
            yield text[:room]
        else:
            yield from (text + rest for rest in set(_beginnings(slots[1:], room - len(text))))


def _placed(found: tuple[int, int, Mapping[str, float]], places: list[int]) -> tuple[int, int, Mapping[str, float]]:
    return places[found[0]], places[found[1] - 1] + 1, found[2]


def _squeeze(folded: str) -> tuple[str, list[int]]:
    places = [index for index, char in enumerate(folded) if char.isalnum()]
    return "".join(folded[index] for index in places), places


def _variants(phrase: str) -> Iterator[str]:
    folded = fold(phrase)
    words = _NUMBER_WORDS if "n°" in folded else ("",)
    for word in words:
        yield _squeeze(folded.replace("n°", word))[0]


def _starts_word(folded: str, place: int) -> bool:
    """Not in the middle of a word, nor of a code like ``FA-BC-12``."""
    if place == 0:
        return True
    before = folded[place - 1]
    if (
        before in _JOINTS
        and place > 1
        and (folded[place - 2].isdigit() or (before != "/" and folded[place - 2].isalpha()))
    ):
        return False
    return not before.isalnum()


def _ends_word(folded: str, place: int, length: int) -> bool:
    """At the end of a word; a long word may have its value glued to it, a short one may be the start of a code."""
    if place >= len(folded):
        return True
    after, beyond = folded[place], folded[place + 1 : place + 2]
    if after in _JOINTS and beyond.isalnum() and (after != "/" or beyond.isdigit() or length <= 4):
        return False
    if not after.isalnum():
        return True
    glued = after.isdigit() and length > _GLUED_WORD and folded[place - 1] not in "no"
    return glued and folded[place - _GLUED_WORD : place].isalpha()


def _source() -> dict[str, dict[str, Any]]:
    return rule_table("words/labels.toml")


@cache
def _tables() -> dict[str, dict[str, list[str]]]:
    return {kind: phrases for kind, phrases in _source().items() if kind not in _NO_PHRASES}


def _phrases(kinds: Iterable[str]) -> Iterator[tuple[str, str, float]]:
    tables = _tables()
    for kind in kinds:
        for strength, phrases in tables[kind].items():
            for phrase in phrases:
                yield phrase, kind, weights.STRENGTHS[strength]


@cache
def _words() -> dict[str, str]:
    return {name: words.replace("(", "").replace(")", "") for name, words in _source()["words"].items()}


def section_phrases() -> Iterator[tuple[str, str, float]]:
    """The headings of [sections], each with the kind of number that a bare « N° » under it announces."""
    return ((phrase, kind, 0.0) for kind, phrases in _source()["sections"].items() for phrase in phrases)


def other_document_words(name: str) -> str:
    """A list of [another_document]: beginnings of words, as the alternatives of a regular expression."""
    return str(_source()["another_document"][name])


def says_there_is_none(folded: str) -> bool:
    """« néant », « N/A », « sans objet »: an answer that is no value."""
    return re.fullmatch(_source()["no_value"]["words"], folded) is not None


@cache
def announcing() -> Lexicon:
    """The lexicon of labels: words that announce a value."""
    return Lexicon(_phrases(kind for kind in _tables() if kind not in _NOT_LABELS))


@cache
def naming() -> Lexicon:
    """The lexicon of words that say what a line is: a public body, a company, an invoice, a credit note."""
    return Lexicon(_phrases(sorted(_NOT_LABELS)))


@cache
def label_words() -> LabelWords:
    """The words of every phrase, for the repair of misread ones."""
    return LabelWords(
        fold(text) for name, table in _source().items() if name not in _PATTERNS for text in _texts(table)
    )


def _texts(node: object) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict | list):
        for part in node.values() if isinstance(node, dict) else node:
            yield from _texts(part)


def find_hits(sheet: Sheet) -> dict[Cell, list[Hit]]:
    """The labels of a page, by cell, from left to right."""
    lexicon = announcing()
    found: dict[Cell, list[Hit]] = {}
    for cell in sheet.cells:
        hits: list[Hit] = []
        for start, end, kinds in lexicon.find(cell.folded):
            hit = _without_its_value(lexicon, Hit(cell, start, end, _meant(cell.text[start:end], kinds)))
            if not (hits and _is_part_of_the_value(hits[-1], hit)) and not _is_a_small_word(hit):
                hits.append(hit)
        if hits:
            found[cell] = hits
    return {cell: kept for cell, hits in found.items() if (kept := [h for h in hits if not _names_a_service(h, found)])}


def _meant(text: str, kinds: Mapping[str, float]) -> Mapping[str, float]:
    """What a label means in its spelling: « N/COMMANDE » is the supplier's own order, « N° COMMANDE » is not."""
    return {"other_number": 0.0} if _OURS.match(text) and "engagement_number" in kinds else kinds


def _without_its_value(lexicon: Lexicon, hit: Hit) -> Hit:
    """« BC n° » in « BC n° CDE 26/118 », where « n° CDE » is a label too but here begins the value."""
    if initial := _INITIAL.search(hit.text):  # « n° R » is no « nr » where the number follows
        return Hit(hit.cell, hit.start, hit.start + initial.start(), hit.kinds)
    match = _NUMBER_AND_ABBREVIATION.fullmatch(hit.text)
    if match is None or hit.start == 0 or not hit.cell.text[hit.end : hit.end + 2].strip()[:1].isdigit():
        return hit
    end = hit.start + match.end("number")
    for start, last, kinds in lexicon.find(hit.cell.folded[:end]):
        if last >= end - 1 and start < hit.start and hit.kinds.keys() & kinds.keys():
            return Hit(hit.cell, start, end, kinds)
    return hit


def _is_a_small_word(hit: Hit) -> bool:
    """« il se doit », « facture de loyers »: « SE » in capitals and « De » are labels, but not after another word."""
    if hit.text.lower() not in ("se", "de"):
        return False
    before = hit.cell.text[: hit.start].rstrip()
    return hit.text == "se" or (bool(before) and before[-1].isalpha())


def _is_part_of_the_value(before: Hit, hit: Hit) -> bool:
    """« Bon de commande CDE 26/118 », « service : FIN »: a label's word that opens or is the value before it."""
    text, start, end = before.cell.text, hit.start, hit.end
    between = text[before.end : start]
    near = not between.strip(" :°.") and text[start:end].isupper() and end - start <= _LONGEST_PREFIX
    if near and "service_code" in before.kinds and is_a_word_as_code(hit):
        return (
            ":" in between or not before.text.isupper() or before.kinds["service_code"] == weights.STRENGTHS["strong"]
        )
    if not any(kind in before.kinds for kind in hit.kinds):
        return False
    if ":" in between and text[start:].isupper() and ":" not in text[end:]:
        return True  # « service : SERVICE TECHNIQUE »
    return near and text[end : end + 2].strip(" -")[:1].isdigit()


def is_a_word_as_code(hit: Hit) -> bool:
    """« FIN », « SITE »: a short decoy in capitals that no colon and no number make a label."""
    after = hit.cell.text[hit.end :].lstrip(" °")
    return (
        hit.text.isalpha()
        and hit.text.isupper()
        and len(hit.text) <= _LONGEST_PREFIX
        and all(kind.startswith("other_") for kind in hit.kinds)
        and not after.startswith(":")
        and not after[:1].isdigit()
    )


def _names_a_service(hit: Hit, hits: Mapping[Cell, list[Hit]]) -> bool:
    """« Service des achats », « POIDS LOURDS SERVICE 86 »: the word in a name, with no code after it."""
    if hit.kinds.get("service_code") != weights.STRENGTHS["fair"]:
        return False
    rest = hit.cell.text[hit.end :].strip(" °")
    first = rest.split(" ", 1)[0]
    if not first[:1].isalnum() or _is_among_references(hit, hits):
        return False
    if hit.text.isupper():
        return hit.start > 0 or first.isalpha()
    return first.isalpha() and not rest.isupper()


def _is_among_references(hit: Hit, hits: Mapping[Cell, list[Hit]]) -> bool:
    """« Engagement 1476111791 – service DRH », « VOTRE CDE 26BC81 | SERVICE DRH »: a code in such a line."""
    following = min((other.start for other in hits[hit.cell] if other.start >= hit.end), default=len(hit.cell.text))
    if not _ONE_CODE.fullmatch(hit.cell.text, hit.end, following):
        return False
    beside = hits[hit.cell] if hit.start else [other for cell in hit.cell.row.cells for other in hits.get(cell, ())]
    return any(other is not hit and _REFERENCES.intersection(other.kinds) for other in beside)
