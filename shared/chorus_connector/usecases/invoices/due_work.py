"""Box sync_ten_minutes: find what is due and hand it out fairly, knowing only keys.

Reads follow what is due, not how many suppliers there are. One supplier's flood does not delay another's
invoice: the work is interleaved, one document of each supplier in turn, its oldest invoice first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING

from chorus_connector.ports.values import TrackingWork, Work

if TYPE_CHECKING:
    from chorus_connector.ports.invoices import Queue
    from chorus_connector.ports.portal import TrackingQueue
    from chorus_connector.ports.suppliers import Installation

_DOCUMENTS_IN_A_MESSAGE = 200


@dataclass(frozen=True)
class HandOutDueWork:
    """``tracking_queue`` is where invoices that are at the portal are looked at, supplier by supplier."""

    installation: Installation
    submission_queue: Queue
    tracking_queue: TrackingQueue
    limit: int = 5000
    read_limit: int = 100_000

    def run(self, *, now: datetime) -> int:
        """Send what is due to the submission box; gives how many documents that was.

        The cut comes after the interleaving: a supplier with 10,000 due takes nobody's place. What is cut off
        stays due, and a bound on the keys read (100 bytes each) keeps the memory bounded.
        """
        due = self.installation.due(now, limit=self.read_limit)
        handed_out = list(islice(interleaved(due), self.limit))
        self.submission_queue.send(handed_out)
        self.tracking_queue.send(tracking_work(self.installation.tracking_due(now, limit=self.limit)))
        return len(handed_out)


def tracking_work(due: Sequence[Work]) -> Iterator[TrackingWork]:
    """One message per supplier and its documents: one search answers for all of them."""
    by_supplier: dict[str, list[str]] = defaultdict(list)
    for work in due:
        by_supplier[work.supplier_id] += [work.document_id] if work.document_id else []
    for supplier_id, documents in by_supplier.items():
        parts = range(0, max(len(documents), 1), _DOCUMENTS_IN_A_MESSAGE)
        yield from (
            TrackingWork(supplier_id, tuple(documents[start : start + _DOCUMENTS_IN_A_MESSAGE])) for start in parts
        )


def interleaved(due: Sequence[Work]) -> Iterator[Work]:
    """One of each supplier in turn; each supplier's by invoice date, then in the order given."""
    by_supplier: dict[str, list[Work]] = defaultdict(list)
    for work in due:
        by_supplier[work.supplier_id].append(work)
    drains = (sorted(own, key=lambda work: work.invoice_date or date.max) for own in by_supplier.values())
    return (work for work in chain.from_iterable(zip_longest(*drains)) if work is not None)
