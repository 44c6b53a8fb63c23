"""Finds, in a received message, the service codes under which invoices must be filed from now on.

The guide's own example: « les factures destinées à notre service technique devront être déposées sur le code service
STECH ». What is found becomes a proposal that a person accepts or not. Each word that may be a code is scored by what
the message says about it, at all its places (``code_sightings.py``). The weights were fitted on messages of several
authors, never on those that a figure of ``docs/measures.md`` is about (``tools/accuracy/code_changes.py``). Pure: it
reads the text, the sender's services in the directory, and the day of sending.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from statistics import fmean

from chorus_connector.domain.messages.code_candidates import Clause, CodeCandidate, readable
from chorus_connector.domain.messages.code_evidence import AS_IN_THE_GUIDE
from chorus_connector.domain.messages.code_labels import MessageText, SenderService, label_of
from chorus_connector.domain.messages.code_sightings import Sightings, sightings_of
from chorus_connector.domain.messages.effective_dates import period_of
from chorus_connector.domain.record import Record

MAX_CHANGES = 30


class CodeChange(Record):
    """A service code that a message announces. ``label``: what the message calls the service, if it names it.

    ``first_day`` and ``last_day`` are days in France, both included; None: not said.
    """

    code: str
    label: str | None = None
    first_day: date | None = None
    last_day: date | None = None


@dataclass(frozen=True)
class Weights:
    """What each observation adds to the score of a candidate; a score over ``threshold`` is a change."""

    threshold: float
    base: float
    of: dict[str, float]

    def score(self, seen: frozenset[str]) -> float:
        """The score of a candidate about which this was observed."""
        return self.base + sum(self.of.get(each, 0.0) for each in seen)

    def announced(self, every: Sequence[Sightings]) -> list[Sightings]:
        """Those of a message's codes that it announces; codes of one list are judged by their mean score."""
        scores = {each.text: self.score(each.seen) for each in every}
        return [
            each
            for each in every
            if AS_IN_THE_GUIDE in each.seen or fmean(scores[text] for text in each.alike) > self.threshold
        ]


def announced_changes(
    title: str,
    content: str,
    *,
    sent_on: date,
    services: Sequence[SenderService] = (),
    weights: Weights | None = None,
) -> tuple[CodeChange, ...]:
    """The changes of service codes that the message announces, in its order; empty when it leaves doubt."""
    judge = weights or fitted_weights()
    known = frozenset(each.code for each in services)
    message = MessageText(title, readable(content))
    whole = period_of([message.content, title], sent_on=sent_on)
    changes = []
    for found in judge.announced(sightings_of(title, content, known, sent_on=sent_on))[:MAX_CHANGES]:
        clause, code = _clearest(found, judge)
        own = period_of([clause.text], sent_on=sent_on)
        period = own if own.first_day else whole
        label = label_of(clause.text, code.start, code.end, message=message, services=services)
        changes.append(CodeChange(code=found.text, label=label, first_day=period.first_day, last_day=period.last_day))
    return tuple(changes)


def _clearest(found: Sightings, judge: Weights) -> tuple[Clause, CodeCandidate]:
    """The place that speaks most for the code: its sentence says the service and the days."""
    clause, code, _ = max(found.places, key=lambda place: judge.score(place[2]))
    return clause, code


@cache
def fitted_weights() -> Weights:
    """The weights that the product ships."""
    stored = json.loads(files("chorus_connector.domain.messages").joinpath("code_weights.json").read_text("utf-8"))
    return Weights(threshold=stored["threshold"], base=stored["base"], of=stored["weights"])
