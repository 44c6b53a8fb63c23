"""Finds, in a received message, the service codes under which invoices must be filed from now on.

The guide's own example: « les factures destinées à notre service technique devront être déposées sur le code service
STECH ». What is found is a proposal that a person accepts or not, so a message that leaves doubt gives nothing. The
words are in ``code_changes.toml``. Pure: it reads the text, the sender's services in the directory, and the sending day.
"""

import html
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from chorus_connector.domain.messages.effective_dates import period_of
from chorus_connector.domain.record import Record

MAX_CHANGES = 30

_TAG = re.compile(r"<[^<>]{1,200}>")
_BREAKING_TAG = re.compile(r"</?(?:p|li|ul|ol|br|div|tr|h\d)\b[^<>]*>", re.IGNORECASE)
_CLAUSE = re.compile(r"[^\n]+?(?:[.!?…]+(?=\s|$)|;(?=\s)|\n|$)")
_ABBREVIATION = re.compile(r"\b(?:ex|art|n|no|tel|m|mme|cf|etc|adj|lt|col|st|env)\.$", re.IGNORECASE)
_TOKEN = re.compile(r"(?<![\w.@/\-])[^\W_][\w]*(?:[-_./@][^\W_]\w*)*(?![\w@])")
_QUOTED = re.compile(r"[«\"“]\s*(?P<code>[A-Z0-9][A-Z0-9 _.\-/]{1,38}[A-Z0-9])\s*[»\"”]")
_NUMBER = re.compile(r"\d{2,6}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NO_CODES = frozenset(
    ["TVA", "SIRET", "SIREN", "RIB", "IBAN", "BIC", "PDF", "CHORUS", "PRO", "HT", "TTC", "EUR", "SVP", "TEL", "FAQ", "NB", "PS", "RE", "TR", "FW", "OBJET", "DATE", "CODE", "CODES", "SERVICE", "SERVICES", "NOUVEAU", "ANCIEN", "BONJOUR", "MERCI", "XML", "CPP", "PISTE", "AIFE", "DGFIP", "NE", "PAS", "LE", "LA", "LES", "DE", "DU", "DES", "ET", "OU", "UN", "UNE", "SUR", "SOUS", "VOS", "NOS", "VOTRE", "NOTRE", "FACTURE", "FACTURES", "EDI", "EST", "UAI", "APE", "CPV", "KO", "OK"]
)


class SenderService(Record):
    """A service of the message's sender, as the portal's directory has it."""

    code: str
    label: str = ""


class CodeChange(Record):
    """A service code that a message announces. ``label``: what the message calls the service, if it names it.

    ``first_day`` and ``last_day`` are days in France, both included; None: not said.
    """

    code: str
    label: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True, slots=True)
class _Code:
    """A code in a clause, with its position in it."""

    text: str
    start: int
    end: int
    known: bool


@dataclass(frozen=True, slots=True)
class _Clause:
    """A sentence or a line. ``plain`` has the same length, without case and accents."""

    text: str
    plain: str
    shouted: bool


def announced_changes(
    title: str, content: str, *, sent_on: date, services: Sequence[SenderService] = ()
) -> tuple[CodeChange, ...]:
    """The changes of service codes that the message announces, in its order; empty when it leaves doubt."""
    from chorus_connector.domain.messages.code_labels import label_of  # noqa: PLC0415

    known = {service.code for service in services}
    heading, clauses = _clause(_readable(title)), [*_clauses(_readable(content))]
    whole = "\n".join(each.plain for each in (heading, *clauses))
    if _matches("nothing_is_announced", whole):
        return ()
    found: dict[str, tuple[_Clause, _Code]] = {}
    for place, code in _new_codes(heading, clauses, known, whole):
        found.setdefault(code.text, (place, code))
    changes = []
    for text, (place, code) in list(found.items())[:MAX_CHANGES]:
        period = period_of([place.text, content, title], sent_on=sent_on)
        label = label_of(place.text, code.start, code.end, title=title, content=content, services=services)
        changes.append(CodeChange(code=text, label=label, first_day=period.first_day, last_day=period.last_day))
    return tuple(changes)


def _new_codes(
    heading: _Clause, clauses: Sequence[_Clause], known: set[str], whole: str
) -> Iterator[tuple[_Clause, _Code]]:
    listing = False
    old: set[str] = set()
    new: list[tuple[_Clause, _Code]] = []
    for at, clause in enumerate((heading, *clauses)):
        before = (heading, *clauses)[at - 1] if at else heading
        codes = _codes(clause, known)
        opens_list = _matches("introducers", clause.plain) and (
            _matches("newness", clause.plain) or _matches("instructions", clause.plain)
        )
        if at and (opens_list or (listing and codes)):
            listing = True
        elif at and len(clause.text.strip()) > 60:
            listing = False
        if _is_silent(clause, heading):
            continue
        around = f"{heading.plain}\n{before.plain}\n{clause.plain}"
        for code in codes:
            role = _role(clause, code, codes, listing=listing, around=around, whole=whole)
            if role == "old":
                old.add(code.text)
            elif role == "new":
                new.append((clause, code))
    if not new and _matches("title_references", "\n".join(each.plain for each in clauses)):
        new = [(heading, code) for code in _codes(heading, known) if code.text not in old and not code.known]
    yield from ((clause, code) for clause, code in new if code.text not in old)


def _role(clause: _Clause, code: _Code, codes: Sequence[_Code], *, listing: bool, around: str, whole: str) -> str:
    before, after = clause.plain[: code.start], clause.plain[code.end :]
    if _is_old(before, after):
        return "old"
    if _replaces_another(clause, code, codes, whole):
        return "new"
    moves = _matches("renewed" if code.known else "newness", around)
    instructed = _matches("instructions", clause.plain)
    named = _ends("names_of_the_code", before)
    if named and (moves or (instructed and not code.known)):
        return "new"
    invoiced = _matches("invoices", whole)
    if invoiced and (moves or instructed) and not code.known and _ends("code_alone", before):
        return "new"
    about = _matches("invoices", clause.plain) or (listing and invoiced)
    placed = _ends("places", before) and _precedes("instructions", before, within=100)
    if about and placed and (moves if code.known else True):
        return "new"
    if listing and _is_entry(before) and not code.known:
        return "new"
    return ""


def _replaces_another(clause: _Clause, code: _Code, codes: Sequence[_Code], whole: str) -> bool:
    """Whether the clause puts the code in the place of another one, which the directory has, or of an invoice's code."""
    for other in codes:
        if other.text == code.text or not (other.known or _matches("invoices", whole)):
            continue
        if other.end <= code.start and _joins("replaced_by", clause.plain[other.end : code.start]):
            return True
        if other.start >= code.end and _joins("replaces", clause.plain[code.end : other.start]):
            return True
    return False


def _is_old(before: str, after: str) -> bool:
    return _ends("old_before", before) or _begins("old_after", after)


def _is_entry(before: str) -> bool:
    """Whether the code is the value of a line such as « Collèges : CODE » or « Site A....CODE »."""
    return (
        re.search(r"\w[^:=\t]{0,80}(?:\s*[:=\t(]|\.{3,}|\s[-–]\s|->|→)\s*(?:code\s*)?[«\"(]?\s*$", before) is not None
    )


def _is_silent(clause: _Clause, heading: _Clause) -> bool:
    if clause.text.rstrip().endswith("?") or _matches("nothing_changes", clause.plain):
        return True
    of_services = re.search(r"codes? (?:de )?services?|services? executants?|service code", clause.plain)
    if _matches("other_codes", clause.plain):
        return not of_services or _matches("never_with", clause.plain)
    return _matches("other_codes", heading.plain) and not of_services


def _codes(clause: _Clause, known: set[str]) -> list[_Code]:
    found = [
        _Code(match["code"], *match.span("code"), match["code"] in known) for match in _QUOTED.finditer(clause.text)
    ]
    for match in _TOKEN.finditer(clause.text):
        if any(code.start < match.end() and match.start() < code.end for code in found):
            continue
        text = match[0]
        if text in known or _is_code(text, clause, match.start()):
            found.append(_Code(text, match.start(), match.end(), text in known))
    return sorted(found, key=lambda code: code.start)


def _is_code(text: str, clause: _Clause, start: int) -> bool:
    introduced = _precedes("introducers", clause.plain[:start], within=14)
    if text.upper() in _NO_CODES or _YEAR.fullmatch(text) or len(text) > 40:
        return False
    if text.isdigit():
        return introduced and _NUMBER.fullmatch(text) is not None
    letters = [char for char in text if char.isalpha()]
    has_mark = any(char.isdigit() or char in "-_./" for char in text)
    upper = len(letters) > 0 and all(char.isupper() for char in letters)
    if re.fullmatch(r"\d{1,2}(?:er|e|h|eme|h\d\d)", text, re.IGNORECASE) or re.fullmatch(r"[\d./\-]+", text):
        return False
    if clause.shouted:
        return (has_mark and any(char.isdigit() for char in text)) or (introduced and has_mark)
    if upper:
        return len(text) >= 2
    return introduced and has_mark


def _clauses(text: str) -> Iterator[_Clause]:
    for line in text.splitlines():
        pending = ""
        for match in _CLAUSE.finditer(line.lstrip("> ")):
            pending += match[0]
            if _ABBREVIATION.search(pending.rstrip()):
                pending += " "
                continue
            if pending.strip():
                yield _clause(pending)
            pending = ""
        if pending.strip():
            yield _clause(pending)


def _clause(text: str) -> _Clause:
    letters = [char for char in text if char.isalpha()]
    return _Clause(text, _plain(text), sum(char.isupper() for char in letters) > 0.7 * len(letters) > 6)


def _readable(text: str) -> str:
    return html.unescape(_TAG.sub("", _BREAKING_TAG.sub("\n", text)))


def _plain(text: str) -> str:
    """The text without case and accents, each character in its place."""
    return "".join((unicodedata.normalize("NFD", char)[0].lower() or char)[:1] for char in text).replace("’", "'")


def _joins(words: str, between: str) -> bool:
    pattern = rf"[\s\"»«)(,:]*(?:{_alternatives(words)})[\s\"«»(:]*(?:(?:l[ea]s?|de|d|du|le code|code|code service|celui)\b[\s:«\"']*)*"
    return re.fullmatch(pattern, between) is not None


def _precedes(words: str, before: str, *, within: int) -> bool:
    """Whether one of the words is among the last characters before the code, with no other break between."""
    tail = before[-within - 40 :]
    return any(len(tail) - match.end() <= within for match in _compiled(words).finditer(tail))


def _ends(words: str, before: str) -> bool:
    return re.search(rf"(?:{_alternatives(words)})[\s:«\"(']*$", before) is not None


def _begins(words: str, after: str) -> bool:
    return re.match(rf"[\s»\"),]*(?:{_alternatives(words)})", after) is not None


def _matches(words: str, text: str) -> bool:
    return _compiled(words).search(text) is not None


@cache
def _compiled(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{_alternatives(words)})" if words in _WHOLE_WORDS else _alternatives(words))


_WHOLE_WORDS = frozenset({"instructions", "introducers"})


def _alternatives(words: str) -> str:
    return "|".join(f"(?:{each})" for each in _words()[words])


@cache
def _words() -> dict[str, Any]:
    import tomllib  # noqa: PLC0415

    return tomllib.loads(files("chorus_connector.domain.messages").joinpath("code_changes.toml").read_text("utf-8"))
