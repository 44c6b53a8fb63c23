"""Box sync_ten_minutes: find what is due and hand it out fairly, knowing only keys.

Reads follow what is due, not how many suppliers there are. One supplier's flood does not delay another's
invoice: the work is interleaved, one document of each supplier in turn.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, zip_longest

from chorus_connector.ports import Installation, Queue, Work


@dataclass(frozen=True)
class Sweep:
    installation: Installation
    submission_queue: Queue
    limit: int = 5000

    def run(self, *, now: datetime) -> int:
        """Send everything due to the submission box; gives how many documents that was."""
        due = self.installation.due(now, limit=self.limit)
        self.submission_queue.send(interleaved(due))
        return len(due)


def interleaved(due: Sequence[Work]) -> Iterator[Work]:
    """One of each supplier in turn, each supplier's in the order given."""
    by_supplier: dict[str, list[Work]] = defaultdict(list)
    for work in due:
        by_supplier[work.supplier_id].append(work)
    rounds = zip_longest(*by_supplier.values())
    return (work for work in chain.from_iterable(rounds) if work is not None)
