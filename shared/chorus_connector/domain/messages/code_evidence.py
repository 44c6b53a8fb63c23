"""What speaks for and against a candidate being a service code under which invoices must be filed from now on."""

import re
from collections.abc import Iterator, Sequence

from chorus_connector.domain.messages.code_candidates import (
    Clause,
    CodeCandidate,
    begins_with,
    candidates_of,
    clauses_of,
    ends_with,
    has,
    heading_of,
    joins,
    letters_and_digits_of,
    named_before,
)
from chorus_connector.domain.messages.code_roles import MessageParts, follows_article

_KINDS = (
    "nothing_is_announced", "other_codes", "nothing_changes", "instructions", "newness", "renewed", "invoices",
    "title_references", "never_with",
)  # fmt: skip
_BEFORE = ("names_of_the_code", "code_alone", "places", "old_before")
_STRONG = (
    "before:names_of_the_code",
    "before:code_alone",
    "before:places",
    "entry",
    "replaces:known",
    "replaces:other",
)
_FEW_WORDS = re.compile(r"[a-z0-9']+|[^\sa-z0-9']")
_ENTRY = re.compile(r"\w[^:=\t]{0,80}(?:\s*[:=\t(]|\.{3,}|\s[-–]\s|-+>|→)\s*(?:code\s*)?[«\"(]?\s*$")
MAX_CANDIDATES = 80
_WORDS = re.compile(r"[^\W\d_]+")
_LITTLE = {"de", "du", "des", "d", "la", "le", "les", "l", "et", "en", "a", "au", "aux", "pour", "sur", "of", "the"}
_SMALL_WORD = re.compile(r"\b[^\W\d_]?[a-zà-ÿ]{2,}\b")
_LONG_LINE = 60
_STEM = 6
"""Letters of a word that count: endings differ."""


AS_IN_THE_GUIDE = "as in the guide"
"""The title says that there is a new code, and the sentence that invoices must go to this one."""
_NEW_CODE = re.compile(
    r"\b(?:nouve(?:au|aux|lle)|new|(?:changement|modification) (?:de|des|du)) codes?(?: de)? services?\b"
    r"|new service code"
)
_AGAINST = {
    "clause:nothing_changes",
    "clause:other_codes",
    "message:nothing_is_announced",
    "question",
    "after:old_after",
    "before:old_before",
    *(f"order: old by {how}" for how in ("replacer", "replaced", "instead", "become", "arrow", "table")),
}


def evidence_of(
    title: str, content: str, known: frozenset[str]
) -> Iterator[tuple[Clause, CodeCandidate, frozenset[str]]]:
    """Each candidate of the message with its clause and the names of what was observed about it.

    Nothing for a message with more than ``MAX_CANDIDATES``: it is a list of something else.
    """
    heading, clauses = heading_of(title), clauses_of(content)
    every = [heading, *clauses]
    whole = "\n".join(each.plain for each in every)
    message = {f"message:{kind}" for kind in _KINDS if has(kind, whole)}
    message |= {f"title:{kind}" for kind in _KINDS if has(kind, heading.plain)}
    message |= {"directory"} if known else set()
    message |= {f"anywhere:{word[:_STEM]}" for word in _FEW_WORDS.findall(whole) if word.isalpha()}
    small_words = {word.lower() for each in every for word in _SMALL_WORD.findall(each.text)}
    in_list = False
    codes_of = [candidates_of(each, known) for each in every]
    every_code = [code for codes in codes_of for code in codes]
    if len(every_code) > MAX_CANDIDATES:
        return
    message_parts = MessageParts(every, codes_of)
    message |= message_parts.of_the_message
    for at, (clause, codes) in enumerate(zip(every, codes_of, strict=True)):
        in_list = at > 0 and (_opens_list(clause) or (in_list and (bool(codes) or len(clause.text) <= _LONG_LINE)))
        around = _around(every, at) | message | ({"list"} if in_list else set()) | ({"in title"} if at == 0 else set())
        for code, role in zip(codes, message_parts.roles_in(at), strict=True):
            seen = around | role | _of_candidate(clause, code, codes, known) | set(_in_message(code, every_code))
            seen |= {"a word of the message"} if code.text.lower() in small_words else set()
            if _NEW_CODE.search(heading.plain) and _sends_invoices_there(seen):
                seen.add(AS_IN_THE_GUIDE)
            yield clause, code, frozenset(seen | _together(seen, code))


def _sends_invoices_there(seen: set[str]) -> bool:
    named = "before:names_of_the_code" in seen or {"before:places", "instructed"} <= seen
    return named and {"clause:instructions", "clause:invoices"} <= seen and not seen & _AGAINST


def _in_message(code: CodeCandidate, every: Sequence[CodeCandidate]) -> Iterator[str]:
    others = {each.text for each in every if not each.known} - {code.text}
    if not others:
        yield "the only other than known" if not code.known else "all are known"
    if sum(each.text == code.text for each in every) > 1:
        yield "several times"


def _opens_list(clause: Clause) -> bool:
    return has("names", clause.plain) and (has("newness", clause.plain) or has("instructions", clause.plain))


def _around(clauses: Sequence[Clause], at: int) -> set[str]:
    clause = clauses[at]
    seen = {f"clause:{kind}" for kind in _KINDS if has(kind, clause.plain)}
    seen |= {f"previous:{kind}" for kind in _KINDS if has(kind, clauses[max(at - 1, 0)].plain)}
    if at + 1 < len(clauses):
        seen |= {f"next:{kind}" for kind in _KINDS if has(kind, clauses[at + 1].plain)}
    seen |= {f"word:{word[:_STEM]}" for word in _FEW_WORDS.findall(clause.plain) if word.isalpha()}
    return seen | ({"question"} if clause.text.rstrip().endswith("?") else set())


def _of_candidate(
    clause: Clause, code: CodeCandidate, codes: Sequence[CodeCandidate], known: frozenset[str]
) -> set[str]:
    before, after = clause.plain[: code.start], clause.plain[code.end :]
    seen = {"known" if code.known else "unknown"}
    seen |= {f"before:{kind}" for kind in _BEFORE if ends_with(kind, before)}
    seen |= {"after:old_after"} if begins_with("old_after", after) else set()
    seen |= {"instructed"} if named_before("instructions", before, within=90) else set()
    seen |= {"entry"} if _ENTRY.search(before) else set()
    seen |= {"order: article self"} if follows_article(clause, code) else set()
    seen |= set(_shape(code.text, known)) | set(_neighbours(before, after)) | set(_short_for(code.text, before, after))
    for other in codes:
        if other.text != code.text and _takes_the_place(clause, code, other):
            seen.add("replaces:known" if other.known else "replaces:other")
    return seen


def _takes_the_place(clause: Clause, code: CodeCandidate, other: CodeCandidate) -> bool:
    if other.end <= code.start:
        return joins("replaced_by", clause.plain[other.end : code.start])
    return joins("replaces", clause.plain[code.end : other.start])


def _shape(text: str, known: frozenset[str]) -> Iterator[str]:
    yield "digit" if any(char.isdigit() for char in text) else "letters"
    if any(char in "-_./" for char in text):
        yield "mark"
    if text.isdigit():
        yield "number"
    if text != text.upper():
        yield "small letters"
    if any(text != each and letters_and_digits_of(text) == letters_and_digits_of(each) for each in known):
        yield "shape of a known one"
    if any(text != each and (text.startswith(each) or each.startswith(text) or text[:3] == each[:3]) for each in known):
        yield "like a known one"


def _short_for(text: str, before: str, after: str) -> Iterator[str]:
    """Whether its letters are the initials of the words next to it, as of an organisation or a service."""
    letters = "".join(char for char in text.lower() if char.isalpha())
    if len(letters) > 1:
        if _initials(_WORDS.findall(before)[-2 * len(letters) :]).endswith(letters):
            yield "initials of the words before"
        if _initials(_WORDS.findall(after)[: 2 * len(letters)]).startswith(letters):
            yield "initials of the words after"
    near = [*_WORDS.findall(before)[-8:], *_WORDS.findall(after)[:8]]
    if len(letters) > 2 and any(word[:3] == letters[:3] for word in near if len(word) > 3):
        yield "begins as a word beside"


def _initials(words: Sequence[str]) -> str:
    return "".join(word[0] for word in words if word not in _LITTLE)


def _neighbours(before: str, after: str) -> Iterator[str]:
    every_left, every_right = _FEW_WORDS.findall(before), _FEW_WORDS.findall(after)
    yield from (f"left near:{word[:_STEM]}" for word in every_left[-10:])
    yield from (f"right near:{word[:_STEM]}" for word in every_right[:7])
    left, right = every_left[-4:], every_right[:3]
    for at, word in enumerate(reversed(left)):
        yield f"left {at}:{word}"
        yield f"left:{word}"
    for at, word in enumerate(right):
        yield f"right {at}:{word}"
    if not left:
        yield "begins the clause"
    if not right:
        yield "ends the clause"


def _together(seen: set[str], code: CodeCandidate) -> set[str]:
    """Pairs of observations: the same word means another thing for a known code."""
    kind = "known" if code.known else "unknown"
    base = {each for each in seen if each.startswith(("clause:", "message:", "title:", "before:"))}
    base |= seen & {"list", "entry", "instructed"}
    strong = {each for each in _STRONG if each in seen}
    pairs = {f"{kind} & {each}" for each in base}
    return pairs | {f"{one} & {each}" for one in strong for each in base if each.startswith(("clause:", "message:"))}
