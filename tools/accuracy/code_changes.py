"""Fits and measures how messages that announce a service code are found.

    python -m tools.accuracy.code_changes FILE.jsonl…              measure what ships on these messages
    python -m tools.accuracy.code_changes --fit FILE.jsonl…        fit the weights on these messages, and report each
                                                                   file by weights of the others

Fitting takes each message several times: with the directory as its author has it, and with one that has the announced
codes, or none of them, or nothing: what is new must be found whether the directory has it yet or not.

A line of a file is one message: `title`, `content`, `sent_on`, `sender` (`siret`, `name`, `services` with `code` and
`label`), and `expect`: for each announced code `code`, `label`, `from` and `until`.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from chorus_connector.domain.messages.code_changes import (
    CodeChange,
    Weights,
    announced_changes,
)
from chorus_connector.domain.messages.code_labels import SenderService
from chorus_connector.domain.messages.code_sightings import Sightings, sightings_of
from chorus_connector.domain.suppliers.matching import matching_form

MESSAGES = Path(__file__).parent / "messages"
"""The messages that the weights were fitted on, one file an author, invented and labelled by them."""
WEIGHTS = Path(__file__).parents[2] / "shared/chorus_connector/domain/messages/code_weights.json"
_ROUNDS = 300
_SMALLEST = 0.01
_LEAST_MESSAGES = 3
_LEAST_AUTHORS = 2
_STRENGTH = 3.0
_STRENGTHS = {
    1.0: ("order:", "another's", "day", "initials of", "begins", "shape of another", "a word of"),
    6.0: (
        "anywhere:", "word:", "kind anywhere", "kind in title", "kind here", "kind previous", "kind next",
        "kind before the list", "kind after the list", "message:", "title:", "context",
    ),
}  # fmt: skip
_STRENGTH_OF_A_PAIR = 8.0
"""How strongly the fit holds a weight near 0: little for what is rare and says much, more for the many words."""
_THRESHOLDS = [tenth / 10 for tenth in range(6, 19, 2)]
_AS_THE_AUTHOR_HAS_IT = 0.4
"""How much a message counts with its own directory; the rest is shared by those made up."""
NOT_MEASURED = "g"
"""The author of the rules: their messages are only fitted on."""
Features = frozenset[str]
Vector = Any


@dataclass(frozen=True)
class Message:
    """A labelled message, with what was observed about each of its candidates: with its directory, and with others."""

    told: dict[str, Any]
    author: str

    @cached_property
    def sightings(self) -> list[Sightings]:
        return _sightings(self.told, frozenset(each.code for each in self.services))

    @cached_property
    def readings(self) -> tuple[dict[str, Features], ...]:
        return tuple(_reading(self.told, known) for known in _directories(self.told))

    @property
    def expected(self) -> dict[str, dict[str, Any]]:
        return {each["code"]: each for each in self.told["expect"]}

    @property
    def services(self) -> list[SenderService]:
        return [SenderService(code=each["code"], label=each["label"]) for each in self.told["sender"]["services"]]

    def found(self, weights: Weights | None) -> dict[str, CodeChange]:
        sent_on = date.fromisoformat(self.told["sent_on"])
        changes = announced_changes(
            self.told["title"], self.told["content"], sent_on=sent_on, services=self.services, weights=weights
        )
        return {each.code: each for each in changes}


@dataclass
class Score:
    """Counts of codes: found rightly, found wrongly, missed; of the right ones, those with the right days and name."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    dated: int = 0
    named: int = 0
    messages_wrong: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def codes(self) -> str:
        found, announced = self.right + self.wrong, self.right + self.missed
        return (
            f"precision {self.right / max(found, 1):6.1%}  recall {self.right / max(announced, 1):6.1%}  "
            f"({self.right} of {announced} codes, {self.wrong} wrong in {self.messages_wrong} messages)"
        )

    def __str__(self) -> str:
        return f"{self.codes}  days {self.dated}, names {self.named} of {self.right}"


def messages_in(file: Path) -> list[Message]:
    """The labelled messages of a file."""
    messages = []
    for line in file.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        for service in told["sender"]["services"]:
            service.setdefault("label", service.pop("name", ""))
        messages.append(Message(told, file.stem))
    return messages


def _sightings(told: dict[str, Any], known: Features) -> list[Sightings]:
    return sightings_of(told["title"], told["content"], known, sent_on=date.fromisoformat(told["sent_on"]))


def _reading(told: dict[str, Any], known: Features) -> dict[str, Features]:
    return {each.text: each.seen for each in _sightings(told, known)}


def _directories(told: dict[str, Any]) -> list[Features]:
    """The sender's codes as the author has them, then as they may be on another day."""
    own = frozenset(each["code"] for each in told["sender"]["services"])
    announced = frozenset(each["code"] for each in told["expect"])
    quoted = sorted(_reading(told, own))
    made_up = [own | announced, own - announced, announced, frozenset()] if announced else [own | {*quoted[::2]}]
    return list(dict.fromkeys([own, *made_up]))


def fit(messages: Sequence[Message], *, threshold: float) -> Weights:
    """Weights of a logistic regression with a penalty on large ones, by an accelerated gradient."""
    names = _worth_a_weight(messages)
    places = {name: at for at, name in enumerate(names, 1)}
    scale = np.array([1.0, *(1 / np.sqrt(_strength_of(name)) for name in names)])
    rows = [row for each in messages for row in _rows_of(each)]
    cells = [(at, 0) for at in range(len(rows))]
    cells += [(at, places[name]) for at, (seen, _, _) in enumerate(rows) for name in seen & places.keys()]
    row, column = np.array(cells).T
    truth = np.array([float(right) for _, right, _ in rows])
    much = np.array([share for _, _, share in rows])

    def times(vector: Vector) -> Vector:
        return np.bincount(row, weights=(scale * vector)[column], minlength=len(rows))

    def back(vector: Vector) -> Vector:
        return scale * np.bincount(column, weights=(much * vector)[row], minlength=len(scale))

    step = 1 / (0.25 * _largest(times, back, len(scale)) + 1)
    solution = ahead = np.zeros(len(scale))
    momentum = 1.0
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-times(ahead)))
        following = ahead - step * (back(likely - truth) + ahead)
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + (momentum - 1) / faster * (following - solution)
        solution, momentum = following, faster
    fitted = scale * solution
    of = {name: round(float(fitted[at]), 3) for name, at in places.items() if abs(fitted[at]) >= _SMALLEST}
    return Weights(threshold=threshold, base=round(float(fitted[0]), 3), of=of)


def _worth_a_weight(messages: Sequence[Message]) -> list[str]:
    """The names of what was observed in several messages, and not of one author alone."""
    counted: Counter[str] = Counter()
    authors: defaultdict[str, set[str]] = defaultdict(set)
    for each in messages:
        for name in _names_of(each):
            counted[name] += 1
            authors[name].add(each.author)
    return sorted(n for n, times in counted.items() if times >= _LEAST_MESSAGES and len(authors[n]) >= _LEAST_AUTHORS)


def _strength_of(name: str) -> float:
    if " & " in name:
        return _STRENGTH_OF_A_PAIR
    return next((strength for strength, begins in _STRENGTHS.items() if name.startswith(begins)), _STRENGTH)


def _names_of(message: Message) -> Features:
    return frozenset(name for reading in message.readings for seen in reading.values() for name in seen)


def _rows_of(message: Message) -> Iterator[tuple[Features, bool, float]]:
    """What was observed about a candidate, whether it is announced, and how much that counts."""
    for at, reading in enumerate(message.readings):
        others = len(message.readings) - 1
        own = _AS_THE_AUTHOR_HAS_IT if others else 1.0
        share = own if at == 0 else (1 - own) / others
        for text, seen in reading.items():
            yield seen, text in message.expected, share


def _largest(times: Callable[[Vector], Vector], back: Callable[[Vector], Vector], size: int) -> float:
    """The largest eigenvalue of the product of the two, by repeated multiplication."""
    vector = np.ones(size)
    for _ in range(50):
        vector = back(times(vector / np.linalg.norm(vector)))
    return float(np.linalg.norm(vector)) * 1.05


def measure(messages: Iterable[Message], weights: Weights | None) -> Score:
    """How the announced codes of the messages are found, by default with the weights that ship."""
    score = Score()
    for each in messages:
        expected, found = each.expected, each.found(weights)
        both = expected.keys() & found.keys()
        score.right += len(both)
        score.wrong += len(found.keys() - both)
        score.missed += len(expected.keys() - both)
        score.messages_wrong += bool(found.keys() - both)
        score.dated += sum(_same_days(expected[code], found[code]) for code in both)
        score.named += sum(_same_name(expected[code]["label"], found[code].label) for code in both)
    return score


def _same_days(expected: dict[str, Any], found: CodeChange) -> bool:
    days = [day.isoformat() if day else None for day in (found.first_day, found.last_day)]
    return [expected["from"], expected["until"]] == days


def _same_name(expected: str | None, found: str | None) -> bool:
    if expected is None or found is None:
        return expected == found
    one, other = matching_form(expected), matching_form(found)
    return one in other or other in one


def measure_codes(messages: Iterable[Message], weights: Weights) -> Score:
    """As ``measure``, the codes alone."""
    score = Score()
    for each in messages:
        found = {code.text for code in weights.announced(each.sightings)}
        score.right += len(found & each.expected.keys())
        score.wrong += len(found - each.expected.keys())
        score.missed += len(each.expected.keys() - found)
        score.messages_wrong += bool(found - each.expected.keys())
    return score


def _report_by_threshold(fitted: Sequence[tuple[Sequence[Message], Weights]]) -> None:
    for threshold in _THRESHOLDS:
        parts = [measure_codes(given, replace(weights, threshold=threshold)) for given, weights in fitted]
        print(f"threshold {threshold:3.1f}    {sum(parts, Score()).codes}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--fit", action="store_true", help="fit the weights on these files and write them")
    parser.add_argument("--threshold", type=float, default=1.2, help="the least score of a change")
    asked = parser.parse_args()
    sets = {file: messages_in(file) for file in asked.files}
    others = {file: [each for other in sets if other != file for each in sets[other]] for file in sets}
    if not asked.fit or len(sets) == 1:
        for file, messages in sets.items():
            print(f"{file.name:16} {measure(messages, None)}")
    else:
        fitted = {file: fit(given, threshold=asked.threshold) for file, given in others.items()}
        for file, messages in sets.items():
            print(f"{file.name:16} {measure(messages, fitted[file])}")
        _report_by_threshold([(sets[file], fitted[file]) for file in sets if file.stem != NOT_MEASURED])
    if asked.fit:
        _write(fit([each for messages in sets.values() for each in messages], threshold=asked.threshold))


def _write(weights: Weights) -> None:
    stored = {"threshold": weights.threshold, "base": weights.base, "weights": dict(sorted(weights.of.items()))}
    WEIGHTS.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    print(f"{WEIGHTS.name}: {len(weights.of)} weights")


if __name__ == "__main__":
    main()
