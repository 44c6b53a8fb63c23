"""Each code of a message with all that the message says about it, wherever it says it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chorus_connector.domain.messages.code_candidates import Clause, CodeCandidate
from chorus_connector.domain.messages.code_evidence import evidence_of
from chorus_connector.domain.messages.code_roles import SHAPE

Seen = frozenset[str]
_WITH_KNOWN = ("order:", "kind here:", "kind before the list:", "kind left 0", "kind right 0", "kind anywhere:",
               "earlier code", "later code", "context")  # fmt: skip


_TAKEN_BACK = {"message:nothing_is_announced", "known & order: stay self", "old at each place"}
_OLD = {"before:old_before", "after:old_after"}
_SAID_BEFORE = {"all are known", "kind anywhere: reminder"}
_NEWS = {
    f"kind anywhere: {kind}"
    for kind in ("become", "close", "instead", "replaced", "replacer", "fromday", "now", "merge", "new")
}


@dataclass(frozen=True)
class Sightings:
    """A code, where it is in the message, and what was observed about it: at each place, and in all."""

    text: str
    places: tuple[tuple[Clause, CodeCandidate, Seen], ...]
    seen: Seen


def sightings_of(title: str, content: str, known: frozenset[str]) -> list[Sightings]:
    """The codes of the message in its order. ``known`` are the sender's codes in the directory."""
    places: dict[str, list[tuple[Clause, CodeCandidate, Seen]]] = {}
    for clause, code, seen in evidence_of(title, content, known):
        places.setdefault(code.text, []).append((clause, code, seen))
    together = {text: frozenset().union(*(seen for _, _, seen in of)) for text, of in places.items()}
    return [
        Sightings(text, tuple(of), _with_the_others(text, [seen for *_, seen in of], together, known))
        for text, of in places.items()
    ]


def is_excluded(seen: Seen) -> bool:
    """Whether the message takes back what it says, says that the code is an old one, or repeats what was so before."""
    repeats = seen >= _SAID_BEFORE and seen.isdisjoint(_NEWS)
    return repeats or not seen.isdisjoint(_TAKEN_BACK)


def _with_the_others(text: str, places: Sequence[Seen], together: dict[str, Seen], known: frozenset[str]) -> Seen:
    own, me = together[text], "known" if text in known else "unknown"
    others = together.keys() - {text}
    seen = set(own) | {me}
    seen |= {"several places"} if len(places) > 1 else set()
    seen |= {"old at each place"} if all(not each.isdisjoint(_OLD) for each in places) else set()
    seen |= {"no directory"} if not known else set()
    seen.add(f"{me}, other unknown ones: {min(2, len(others - known))}")
    seen.add(f"{me}, other known ones: {min(2, len(others & known))}")
    seen |= {f"another's {each}" for other in others for each in _fate(together[other])}
    shapes = {each for each in own if each.startswith(SHAPE)}
    if any(shapes & together[other] for other in others):
        seen |= {"one of a list", f"{me}, one of a list"}
    return frozenset(seen | {f"{me} & {each}" for each in own if each.startswith(_WITH_KNOWN)})


def _fate(seen: Iterable[str]) -> Iterable[str]:
    """The orders that say what becomes of a code."""
    words = ("new by", "old by", "close", "stay")
    return [each for each in seen if each.startswith("order:") and any(word in each for word in words)]
