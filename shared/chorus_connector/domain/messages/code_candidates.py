"""The words of a message that may be service codes, each with the sentence or line around it."""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

_TAG = re.compile(r"<[^<>]{1,200}>")
_CELL_TAG = re.compile(r"</?(?:td|th)\b[^<>]*>\s*", re.IGNORECASE)
_BREAKING_TAG = re.compile(r"</?(?:p|li|ul|ol|br|div|tr|h\d)\b[^<>]*>", re.IGNORECASE)
_CLAUSE = re.compile(r"[^\n]+?(?:[.!?…]+(?=\s|$)|;(?=\s)|$)")
_ABBREVIATION = re.compile(r"\b(?:ex|art|n|no|tel|m|mme|cf|etc|adj|lt|col|st|env)\.$", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w@/\-])(?<!\w\.)[^\W_]\w*(?:[-_./@][^\W_]\w*)*(?![\w@])")
_QUOTED = re.compile(r"[«\"“]\s*(?P<code>[A-Z0-9][A-Z0-9 _.\-/]{1,38}[A-Z0-9])\s*[»\"”]")
_NUMBER = re.compile(r"\d{2,8}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_ORDINAL = re.compile(r"\d{1,2}(?:er|e|h|eme|h\d\d)", re.IGNORECASE)
_DATE = re.compile(r"[\d./\-]+")
_CODE_BEFORE = re.compile(r"\bcodes?(?: service)?(?: executant)? ?:?[\s«\"]*$")
_ENTRY = re.compile(r"(?:[=\t|]|-+>|→|\.{3,}| / | {3})\s{0,40}$")
_COLON = re.compile(r"[:=]\s{0,40}$")
_IN_A_CELL = re.compile(r"[^\s|][ \t]{0,20}[|\t]\s{0,20}$")
_LEADER = re.compile(r"\.{4,}|…{2,}|(?<= )\.{2,3}(?= )")
_LONGEST = 40
_NAMED_WITHIN = 14
_NEAR = 45
_SHOUTED = 0.7


@dataclass(frozen=True)
class Clause:
    """A sentence or a line. ``plain`` has the same length, without case and accents."""

    text: str

    @cached_property
    def plain(self) -> str:
        return "".join((unicodedata.normalize("NFD", char)[0].lower() or char)[0] for char in self.text).replace(
            "’", "'"
        )

    @cached_property
    def shouted(self) -> bool:
        """Whether it is written in capitals, so that capitals make no code."""
        letters = [char for char in self.text if char.isalpha()]
        return sum(char.isupper() for char in letters) > _SHOUTED * len(letters) > 6


@dataclass(frozen=True)
class CodeCandidate:
    """A word of a clause that may be a code. ``known``: the directory has it as a code of the sender."""

    text: str
    start: int
    end: int
    known: bool


def heading_of(title: str) -> Clause:
    """The title as one clause."""
    return Clause(readable(title))


def clauses_of(content: str) -> list[Clause]:
    """The sentences and lines of a text, which may be HTML or quote another message."""
    return [Clause(text) for line in _lines(readable(content)) for text in _sentences(line.lstrip("> "))]


def candidates_of(clause: Clause, known: frozenset[str]) -> Sequence[CodeCandidate]:
    """The candidates of a clause, from left to right. ``known`` are the codes of the sender in the directory."""
    quoted = [
        CodeCandidate(match["code"], *match.span("code"), match["code"] in known)
        for match in _QUOTED.finditer(clause.text)
    ]
    free = [
        CodeCandidate(match[0], match.start(), match.end(), match[0] in known)
        for match in _TOKEN.finditer(clause.text)
        if not any(each.start < match.end() and match.start() < each.end for each in quoted)
        and (match[0] in known or _may_be_a_code(match[0], clause, match.start(), known))
    ]
    return sorted([*quoted, *free], key=lambda each: each.start)


def has(kind: str, text: str) -> bool:
    """Whether the text, without case and accents, has a word of that kind. The kinds are in ``code_words.toml``."""
    return _compiled(kind).search(text) is not None


def ends_with(kind: str, before: str) -> bool:
    """Whether a word of that kind is right before a candidate."""
    return _compiled_end(kind).search(before) is not None


def begins_with(kind: str, after: str) -> bool:
    """Whether a word of that kind is right after a candidate."""
    return _compiled_begin(kind).match(after) is not None


def joins(kind: str, between: str) -> bool:
    """Whether a word of that kind is all that is between two candidates."""
    return _compiled_join(kind).fullmatch(between) is not None


def named_before(kind: str, before: str, *, within: int) -> bool:
    """Whether a word of that kind ends within so many characters before a candidate."""
    tail = before[-within - _LONGEST :]
    return any(len(tail) - match.end() <= within for match in _compiled(kind).finditer(tail))


def _may_be_a_code(text: str, clause: Clause, start: int, known: frozenset[str]) -> bool:
    if text.upper() in _words()["no_codes"] or len(text) > _LONGEST or _ORDINAL.fullmatch(text):
        return False
    if _DATE.fullmatch(text):
        return _may_be_a_number(text, clause, start, known)
    named = named_before("names", clause.plain[:start], within=_NAMED_WITHIN)
    has_digit = any(char.isdigit() for char in text)
    has_mark = has_digit or any(char in "-_./" for char in text)
    tail = clause.plain[max(0, start - _NEAR) : start]
    if clause.shouted:
        return has_mark or any(each.search(tail) for each in (_ENTRY, _COLON, _CODE_BEFORE))
    if all(char.isupper() for char in text if char.isalpha()):
        return len(text) > 1
    return named and has_mark and (has_digit or _COLON.search(tail) is not None)


def _may_be_a_number(text: str, clause: Clause, start: int, known: frozenset[str]) -> bool:
    """Whether figures are a code: « 1104 », « 58-01 »; a year only in a table."""
    tail = clause.plain[max(0, start - _NEAR) : start]
    if _YEAR.fullmatch(text):
        return _IN_A_CELL.search(tail) is not None
    if letters_and_digits_of(text) in map(letters_and_digits_of, known):
        return _NUMBER.fullmatch(text) is not None or not text.isdigit()
    if not text.isdigit():
        return _CODE_BEFORE.search(tail) is not None
    named = named_before("names", clause.plain[:start], within=_NAMED_WITHIN)
    return _NUMBER.fullmatch(text) is not None and (named or _ENTRY.search(tail) is not None)


def letters_and_digits_of(text: str) -> str:
    """The text with each letter as A and each digit as 9; of a run of letters only the first two."""
    return re.sub(r"A{3,}", "AA", re.sub(r"\d", "9", re.sub(r"[^\W\d_]", "A", text)))


def _lines(text: str) -> Iterator[str]:
    """The lines; rows whose cells are separated by semicolons get bars, so that each remains one sentence."""
    lines = text.splitlines()
    cells = [0, *(line.count(";") for line in lines), 0]
    for at, line in enumerate(lines, 1):
        is_row = cells[at] > 1 and cells[at] in (cells[at - 1], cells[at + 1])
        yield _LEADER.sub(_tab, line.replace(";", "|") if is_row else line)


def _tab(leader: re.Match[str]) -> str:
    return "\t".ljust(len(leader[0]))


def _sentences(line: str) -> Iterator[str]:
    pending = ""
    for match in _CLAUSE.finditer(line):
        pending += match[0]
        if not _ABBREVIATION.search(pending.rstrip()):
            if pending.strip():
                yield pending
            pending = ""
    if pending.strip():
        yield pending


def readable(text: str) -> str:
    """The text without tags; cells of a table are separated by tabs, their rows are lines."""
    return html.unescape(_TAG.sub("", _BREAKING_TAG.sub("\n", _CELL_TAG.sub("\t", text)))).replace("\xa0", " ")


@cache
def _compiled(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternatives(kind)})" if kind in _words()["whole_words"] else _alternatives(kind))


@cache
def _compiled_end(kind: str) -> re.Pattern[str]:
    return re.compile(rf"(?:{_alternatives(kind)})[\s:«\"(']*$")


@cache
def _compiled_begin(kind: str) -> re.Pattern[str]:
    return re.compile(rf"[\s»\"),]*(?:{_alternatives(kind)})")


@cache
def _compiled_join(kind: str) -> re.Pattern[str]:
    filling = r"(?:(?:l[ea]s?|de|d|du|le code|code|code service|celui)\b[\s:«\"']*)*"
    return re.compile(rf"[\s\"»«)(,:]*(?:{_alternatives(kind)})[\s\"«»(:]*{filling}")


def _alternatives(kind: str) -> str:
    return "|".join(f"(?:{each})" for each in _words()[kind])


@cache
def _words() -> dict[str, Any]:
    import tomllib  # noqa: PLC0415

    return tomllib.loads(files("chorus_connector.domain.messages").joinpath("code_words.toml").read_text("utf-8"))
