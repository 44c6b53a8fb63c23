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
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from chorus_connector.domain.messages.code_sightings import sightings_of
from chorus_connector.domain.suppliers.matching import matching_form

MESSAGES = Path(__file__).parent / "messages"
"""The messages that the weights were fitted on, one file an author, invented and labelled by them."""
WEIGHTS = Path(__file__).parents[2] / "shared/chorus_connector/domain/messages/code_weights.json"
_ROUNDS = 300
_SMALLEST = 0.01
_LEAST_MESSAGES = 3
_AS_THE_AUTHOR_HAS_IT = 0.4
"""How much a message counts with its own directory; the rest is shared by those made up."""
Features = frozenset[str]
Vector = Any


@dataclass(frozen=True)
class Message:
    """A labelled message, with what was observed about each of its candidates: with its directory, and with others."""

    told: dict[str, Any]

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

    def __str__(self) -> str:
        found, announced = self.right + self.wrong, self.right + self.missed
        return (
            f"precision {self.right / max(found, 1):6.1%}  recall {self.right / max(announced, 1):6.1%}  "
            f"({self.right} of {announced} codes, {self.wrong} wrong in {self.messages_wrong} messages; "
            f"days {self.dated}, names {self.named} of {self.right})"
        )


def messages_in(file: Path) -> list[Message]:
    """The labelled messages of a file."""
    messages = []
    for line in file.read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        for service in told["sender"]["services"]:
            service.setdefault("label", service.pop("name", ""))
        messages.append(Message(told))
    return messages


def _reading(told: dict[str, Any], known: Features) -> dict[str, Features]:
    return {each.text: each.seen for each in sightings_of(told["title"], told["content"], known)}


def _directories(told: dict[str, Any]) -> list[Features]:
    """The sender's codes as the author has them, then as they may be on another day."""
    own = frozenset(each["code"] for each in told["sender"]["services"])
    announced = frozenset(each["code"] for each in told["expect"])
    quoted = sorted(_reading(told, own))
    made_up = [own | announced, own - announced, announced, frozenset()] if announced else [own | {*quoted[::2]}]
    return list(dict.fromkeys([own, *made_up]))


def fit(messages: Sequence[Message], *, strength: float, threshold: float) -> Weights:
    """Weights of a logistic regression with a penalty of that strength, by an accelerated gradient."""
    counted = Counter(name for each in messages for name in _names_of(each))
    places = {
        name: at for at, name in enumerate(sorted(n for n, times in counted.items() if times >= _LEAST_MESSAGES), 1)
    }
    rows = [row for each in messages for row in _rows_of(each)]
    cells = [(at, 0) for at in range(len(rows))]
    cells += [(at, places[name]) for at, (seen, _, _) in enumerate(rows) for name in seen & places.keys()]
    row, column = np.array(cells).T
    truth = np.array([float(right) for _, right, _ in rows])
    much = np.array([share for _, _, share in rows])

    def times(vector: Vector) -> Vector:
        return np.bincount(row, weights=vector[column], minlength=len(rows))

    def back(vector: Vector) -> Vector:
        return np.bincount(column, weights=(much * vector)[row], minlength=len(places) + 1)

    step = 1 / (0.25 * _largest(times, back, len(places) + 1) + strength)
    solution = ahead = np.zeros(len(places) + 1)
    momentum = 1.0
    for _ in range(_ROUNDS):
        likely = 1 / (1 + np.exp(-times(ahead)))
        following = ahead - step * (back(likely - truth) + strength * ahead)
        faster = (1 + np.sqrt(1 + 4 * momentum**2)) / 2
        ahead = following + (momentum - 1) / faster * (following - solution)
        solution, momentum = following, faster
    of = {name: round(float(solution[at]), 3) for name, at in places.items() if abs(solution[at]) >= _SMALLEST}
    return Weights(threshold=threshold, base=round(float(solution[0]), 3), of=of)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--fit", action="store_true", help="fit the weights on these files and write them")
    parser.add_argument("--strength", type=float, default=3.0, help="of the penalty on large weights")
    parser.add_argument("--threshold", type=float, default=1.2, help="the least score of a change")
    asked = parser.parse_args()
    sets = {file: messages_in(file) for file in asked.files}
    for file, messages in sets.items():
        others = [each for other, given in sets.items() if other != file for each in given]
        fitted = fit(others, strength=asked.strength, threshold=asked.threshold) if asked.fit and others else None
        if fitted or not asked.fit:
            print(f"{file.name:16} {measure(messages, fitted)}")
    if asked.fit:
        every = [each for messages in sets.values() for each in messages]
        weights = fit(every, strength=asked.strength, threshold=asked.threshold)
        stored = {"threshold": weights.threshold, "base": weights.base, "weights": dict(sorted(weights.of.items()))}
        WEIGHTS.write_text(json.dumps(stored, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
        print(f"{WEIGHTS.name}: {len(weights.of)} weights, fitted on {len(every)} messages")


if __name__ == "__main__":
    main()
