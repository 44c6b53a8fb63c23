"""Checks the invariants of a run from its results: pure functions, so that they are tested without a run."""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.soak.load import Upload
from tools.soak.memory import Held

FINAL = frozenset({"SUBMITTED"})
TWIN = "DUPLICATE"
"""The code of an upload that was repeated after a lost answer: the first one must be at the portal."""
EXPLAINED = frozenset({"TO_COMPLETE", "REFUSED", "UNUSABLE"})
"""States in which a person sees the reason and what to do. A document in another state was forgotten."""
UNFINISHED = frozenset({"RECEIVED", "READING"})
"""States that a document leaves by itself: one that is still there at the end is stuck."""
MOST_TIMES_SLOWER = 2.0
"""How much longer a document may take to READY beside hostile tenants: the median against the median without them."""


@dataclass(frozen=True)
class Document:
    """One document as the API returns it after the run."""

    state: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The violations of each invariant; all are empty when the run is correct."""

    lost: tuple[str, ...]
    """Accepted, but neither at the portal nor explained; or shown as submitted, but not at the portal."""
    twice: tuple[str, ...]
    """Numbers that are at the portal more than once."""
    unknown: tuple[str, ...]
    """Numbers that are at the portal but were not uploaded."""
    dead: Mapping[str, int]
    growing: tuple[str, ...]
    """Kinds of process whose memory grows."""
    stuck: tuple[str, ...] = ()
    """Documents of hostile tenants that were never finished."""
    slowed: tuple[str, ...] = ()
    """By how much hostile tenants slowed down the others, if it is too much."""

    @property
    def sound(self) -> bool:
        broken = (self.lost, self.twice, self.unknown, self.dead, self.growing, self.stuck, self.slowed)
        return not any(broken)


def stuck(uploads: Sequence[Upload], documents: Mapping[str, Document]) -> tuple[str, ...]:
    """The uploads of hostile tenants that are gone or in a state that they should have left."""
    states = ((upload, documents.get(upload.document_id)) for upload in uploads)
    return tuple(
        f"{upload.kind} {document.state if document else 'gone'}"
        for upload, document in states
        if document is None or document.state in UNFINISHED
    )


def slowed(alone: Sequence[float], beside: Sequence[float]) -> tuple[str, ...]:
    """Whether the median of the seconds to READY grew too much beside hostile tenants, or no document was READY."""
    if not alone or not beside:
        return ("no document became READY",)
    before, after = statistics.median(alone), statistics.median(beside)
    return (f"{before:.2f} s alone, {after:.2f} s beside",) if after > before * MOST_TIMES_SLOWER else ()


def judge(
    uploads: Sequence[Upload],
    documents: Mapping[str, Document],
    ledger: Sequence[str],
    *,
    unanswered: Sequence[str],
    dead: Mapping[str, int],
    memory: Sequence[Held],
) -> Verdict:
    """Compare every accepted upload with its document and with the invoices at the portal.

    `unanswered` are uploads that the client gave up: they may be at the portal or not.
    """
    at_the_portal = Counter(ledger)
    lost = []
    for upload in uploads:
        document = documents.get(upload.document_id)
        if document is None or document.state not in FINAL | EXPLAINED | {TWIN}:
            lost.append(f"{upload.number} {document.state if document else 'gone'}")
        elif document.state in FINAL | {TWIN} and not at_the_portal[upload.number]:
            lost.append(f"{upload.number} {document.state}, not at the portal")
        elif document.state in EXPLAINED and not document.problems:
            lost.append(f"{upload.number} {document.state} without a reason")
    expected = {upload.number for upload in uploads} | set(unanswered)
    return Verdict(
        lost=tuple(lost),
        twice=tuple(number for number, times in at_the_portal.items() if times > 1),
        unknown=tuple(number for number in at_the_portal if number not in expected),
        dead=dict(dead),
        growing=tuple(held.kind for held in memory if not held.flat),
    )
