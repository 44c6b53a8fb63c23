"""What a run must prove, judged from what it left behind: pure, so that the judge is tested without a run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tools.soak.load import Upload
from tools.soak.memory import Held

FINAL = frozenset({"SUBMITTED"})
TWIN = "DUPLICATE"
"""An upload whose answer was lost, sent again: the first one is what must be at the portal."""
EXPLAINED = frozenset({"TO_COMPLETE", "REFUSED", "UNUSABLE"})
"""A person can see why, and what to do. Any other state at the end is a document that was left lying."""


@dataclass(frozen=True)
class Document:
    """One document as the API shows it after the run."""

    state: str
    problems: tuple[str, ...]


@dataclass(frozen=True)
class Verdict:
    """The invariants and what breaks them; all empty: the run is sound."""

    lost: tuple[str, ...]
    """Accepted, and neither at the portal nor explained; or said to be at the portal, which does not hold it."""
    twice: tuple[str, ...]
    """Numbers the portal holds more than once."""
    unknown: tuple[str, ...]
    """Numbers the portal holds and nobody uploaded."""
    dead: Mapping[str, int]
    growing: tuple[str, ...]
    """Kinds of process whose memory is not flat."""

    @property
    def sound(self) -> bool:
        return not (self.lost or self.twice or self.unknown or self.dead or self.growing)


def judge(
    uploads: Sequence[Upload],
    documents: Mapping[str, Document],
    ledger: Sequence[str],
    *,
    unanswered: Sequence[str],
    dead: Mapping[str, int],
    memory: Sequence[Held],
) -> Verdict:
    """Hold every accepted upload against its document and the portal's ledger.

    `unanswered` are uploads the client gave up on: they may be at the portal or not.
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
