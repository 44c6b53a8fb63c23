"""Each code of a message with all that the message says about it, wherever it says it."""

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import date
from functools import cache

from chorus_connector.domain.messages.code_candidates import Clause, CodeCandidate, letters_and_digits_of, readable
from chorus_connector.domain.messages.code_evidence import evidence_of
from chorus_connector.domain.messages.code_roles import SHAPE
from chorus_connector.domain.messages.effective_dates import Period, period_of

Seen = frozenset[str]
_WITH_KNOWN = ("order:", "kind here:", "kind before the list:", "kind left 0", "kind right 0", "kind anywhere:",
               "earlier code", "later code", "context", "day")  # fmt: skip
_DECISIVE = (
    "the only other than known", "entry", "in title", "one of a list", "instructed", "order: new by any",
    "order: old by any", "order: self close", "order: close self", "order: self stay", "order: stay self",
    "order: deposit self", "order: code self",
)  # fmt: skip
"""These mean another thing in another message: each is paired with the kinds of words of the message."""
_AROUND = ("kind anywhere:", "kind here:", "kind in title:", "context:")
_OLD = {"before:old_before", "after:old_after"}
_FATES = ("new by", "old by", "close", "stay")


@dataclass(frozen=True)
class Sightings:
    """A code, where it is in the message, and what was observed about it: at each place, and in all.

    ``alike``: the codes that are written as it is, itself included: entries of one list share one fate.
    """

    text: str
    places: tuple[tuple[Clause, CodeCandidate, Seen], ...]
    seen: Seen
    alike: frozenset[str]


def sightings_of(title: str, content: str, known: frozenset[str], *, sent_on: date) -> list[Sightings]:
    """The codes of the message in its order. ``known`` are the sender's codes in the directory."""
    places: dict[str, list[tuple[Clause, CodeCandidate, Seen]]] = {}
    day = _day(period_of([readable(content), title], sent_on=sent_on), sent_on)
    here = cache(lambda text: _day(period_of([text], sent_on=sent_on), sent_on))
    for clause, code, seen in evidence_of(title, content, known):
        days = {f"day: {day}", f"day here: {here(clause.text)}"}
        places.setdefault(code.text, []).append((clause, code, seen | days))
    together = {text: frozenset().union(*(seen for _, _, seen in of)) for text, of in places.items()}
    fates = {text: _fate(seen) for text, seen in together.items()}
    every = []
    for text, of in places.items():
        alike = _alike(text, together, known)
        seen = (
            together[text] | _of_all_places([seen for *_, seen in of]) | _in_all(text, known, together.keys() - {text})
        )
        seen |= {f"another's {each}" for other in fates if other != text for each in fates[other]}
        every.append(Sightings(text, tuple(of), _paired(seen, known=text in known, listed=len(alike) > 1), alike))
    return every


def _alike(text: str, together: dict[str, Seen], known: frozenset[str]) -> frozenset[str]:
    """The codes of one list, itself included: those with the same words around them."""
    shapes = {each for each in together[text] if each.startswith(SHAPE)}
    same = {other for other, seen in together.items() if shapes & seen and (other in known) == (text in known)}
    return frozenset(same | {text})


def _day(period: Period, sent_on: date) -> str:
    if period.first_day is None:
        return "none"
    return "ahead" if period.first_day > sent_on else "past" if period.first_day < sent_on else "today"


def _of_all_places(places: Sequence[Seen]) -> Seen:
    own = frozenset().union(*places)
    seen = {f"order: {which} by any" for which in ("new", "old") if any(f"order: {which} by" in each for each in own)}
    seen |= {"several places"} if len(places) > 1 else set()
    return frozenset(seen | ({"old at each place"} if all(not each.isdisjoint(_OLD) for each in places) else set()))


def _in_all(text: str, known: frozenset[str], others: Set[str]) -> set[str]:
    me = "known" if text in known else "unknown"
    seen = {me, f"{me}, other unknown ones: {min(2, len(others - known))}"}
    seen |= {f"{me}, other known ones: {min(2, len(others & known))}"} | set(_beside_the_others(text, others - known))
    return seen | ({"no directory"} if not known else set())


def _paired(seen: Seen, *, known: bool, listed: bool) -> Seen:
    """With pairs: the same means another thing for a code of the directory, and in another message."""
    me = "known" if known else "unknown"
    every = seen | ({"one of a list", f"{me}, one of a list"} if listed else set())
    around = [each for each in every if each.startswith(_AROUND)]
    pairs = {f"{one} & {each}" for one in _DECISIVE if one in every for each in around}
    return every | pairs | {f"{me} & {each}" for each in every if each.startswith(_WITH_KNOWN)}


def _beside_the_others(text: str, unknown: Iterable[str]) -> Iterable[str]:
    """What it has in common with the other codes of the message that the directory has not."""
    shape = letters_and_digits_of(text)
    if any(letters_and_digits_of(each) == shape for each in unknown):
        yield "shape of another unknown one"
    if any(each.startswith(text) for each in unknown):
        yield "begins another unknown one"
    if any(text.startswith(each) for each in unknown):
        yield "begins with another unknown one"


def _fate(seen: Iterable[str]) -> Iterable[str]:
    """The orders that say what becomes of a code."""
    return [each for each in seen if each.startswith("order:") and any(fate in each for fate in _FATES)]
