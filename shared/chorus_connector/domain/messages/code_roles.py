"""What the kinds of words around a code say: whether it begins, ends, stays, or is another thing.

Names of observations, for the same sum of weights as those of ``code_evidence.py``.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from chorus_connector.domain.messages.code_candidates import Clause, CodeCandidate
from chorus_connector.domain.messages.code_kinds import Part, kinds_in_a_row, orders_around, parts_of, telling
from chorus_connector.domain.messages.code_tables import columns_of

SHAPE = "around: "
"""Begins the observation that entries of one list have in common."""
_MARKS = {"where", "by", "and", "or", "but", ",", ":", "(", ")", "arrow", "/", "."}
_LONGEST_ENTRY = 90
_LONGEST_LIST = 12
_ARTICLE = re.compile(r"(?:\b(?:l[ea]s?|du|des|au|aux|notre|votre|the|un|une)\s|\b[ld]')\s*$")
_CONTEXTS = {
    "service code": re.compile(r"codes?[- ](?:de )?services?|services? codes?|services? executants?|code executant"),
    "chorus": re.compile(r"chorus"),
    "invoice": re.compile(r"factur|invoic|demandes? de paiement|memoires?\b"),
    "code": re.compile(r"\bcodes?\b"),
    "deposit": re.compile(r"depos|depot"),
}


@dataclass(frozen=True)
class MessageParts:
    """A message as clauses, the title first, and the candidates of each."""

    clauses: Sequence[Clause]
    codes: Sequence[Sequence[CodeCandidate]]

    @cached_property
    def parts(self) -> list[list[Part]]:
        return [parts_of(clause, codes) for clause, codes in zip(self.clauses, self.codes, strict=True)]

    @cached_property
    def kinds(self) -> list[frozenset[str]]:
        return [telling(parts) for parts in self.parts]

    @cached_property
    def columns(self) -> list[list[str]]:
        return columns_of(self.clauses, self.codes)

    @cached_property
    def of_the_message(self) -> frozenset[str]:
        """What was observed about the whole message."""
        seen = {f"kind anywhere: {kind}" for kinds in self.kinds[1:] for kind in kinds}
        seen |= {f"kind in title: {kind}" for kind in self.kinds[0]}
        return frozenset(seen | _contexts("context", "\n".join(each.plain for each in self.clauses)))

    def roles_in(self, at: int) -> list[frozenset[str]]:
        """What was observed about each candidate of a clause, by its number; without what the message has."""
        parts = self.parts[at]
        around = self._around(at) | {f"kind here: {kind}" for kind in self.kinds[at]}
        around |= _contexts("context here", self.clauses[at].plain)
        places = [(place, part.code) for place, part in enumerate(parts) if part.code is not None]
        return [
            frozenset(around | set(_role(parts, place, code)) | ({f"order: {column} by table"} if column else set()))
            for (place, code), column in zip(places, self.columns[at], strict=True)
        ]

    def _around(self, at: int) -> set[str]:
        seen = {"kind previous: " + kind for kind in self.kinds[at - 1]} if at else set()
        if at + 1 < len(self.kinds):
            seen |= {"kind next: " + kind for kind in self.kinds[at + 1]}
        first, last = at - 1, at + 1
        while first > 0 and self._is_entry(first):
            first -= 1
        while last < len(self.clauses) and self._is_entry(last):
            last += 1
        if last < len(self.clauses):
            seen |= {"kind after the list: " + kind for kind in self.kinds[last]}
        return seen | (set(self._opening(first, at)) if first >= 0 and at - first <= _LONGEST_LIST else set())

    def _opening(self, first: int, at: int) -> Iterator[str]:
        announces = self.clauses[first].text.rstrip().endswith(":")
        if at - first > 1:
            yield "after entries"
        for kind in self.kinds[first]:
            yield "kind before the list: " + kind
            if announces:
                yield f"kind before the list: {kind}:"

    def _is_entry(self, at: int) -> bool:
        return bool(self.codes[at]) and len(self.clauses[at].text) <= _LONGEST_ENTRY


def _contexts(name: str, plain: str) -> set[str]:
    return {f"{name}: {each}" for each, words in _CONTEXTS.items() if words.search(plain)} or {f"{name}: none"}


def _role(parts: Sequence[Part], place: int, code: CodeCandidate) -> Iterator[str]:
    before = kinds_in_a_row(reversed(parts[:place]), code)
    after = kinds_in_a_row(parts[place + 1 :], code)
    yield from _near(before, after)
    yield from (f"order: {name}" for name in orders_around(before, after))
    yield from (f"kind before: {kind}" for kind in telling(map(Part, before[:7])))
    yield from (f"kind after: {kind}" for kind in telling(map(Part, after[:6])))
    yield from _beside("earlier code", list(reversed(parts[:place])), code, backwards=True)
    yield from _beside("later code", parts[place + 1 :], code, backwards=False)
    texts = list(dict.fromkeys(part.code.text for part in parts if part.code is not None))
    many = min(len(texts), 4)
    yield f"codes here: {many}"
    yield f"code here: {min(texts.index(code.text), 3)} of {many}"


def _near(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    left, right = [*before[:4], "^", "^", "^", "^"], [*after[:4], "$", "$", "$", "$"]
    for at in range(3):
        yield f"kind left {at}: {left[at]}"
        yield f"kind right {at}: {right[at]}"
    for many in (2, 3):
        yield f"kinds left: {' '.join(left[:many])}"
        yield f"kinds right: {' '.join(right[:many])}"
    yield f"kinds beside: {left[0]} | {right[0]}"
    yield f"{SHAPE}{left[0]} {left[1]} | {right[0]}"


def _beside(name: str, parts: Sequence[Part], code: CodeCandidate, *, backwards: bool) -> Iterator[str]:
    """The nearest other code on one side, and the kinds of the words between the two. ``parts``: nearest first."""
    far = next((at for at, part in enumerate(parts) if part.code is not None and part.code.text != code.text), None)
    other = None if far is None else parts[far].code
    if far is None or other is None:
        yield f"{name}: none"
        return
    whose = f"{name}, known" if other.known else f"{name}, unknown"
    between = kinds_in_a_row(reversed(parts[:far]) if backwards else parts[:far], code)
    yield name
    yield whose
    yield f"{name}: {' '.join(between[:4])}"
    for kind in telling(map(Part, between)) | (_MARKS & set(between)):
        yield f"{name}, between: {kind}"
    if len(between) <= 2:
        yield from (f"{whose}, between: {kind}" for kind in between)


def follows_article(clause: Clause, code: CodeCandidate) -> bool:
    """Whether an article is right before the code, as before an organisation: « le GHT »."""
    return _ARTICLE.search(clause.plain[: code.start]) is not None
