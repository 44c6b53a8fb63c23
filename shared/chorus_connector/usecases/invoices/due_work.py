"""Finds the work that is due and sends it to the queues; used by the function sync_ten_minutes.

The number of reads depends on the work that is due, not on the number of suppliers. One supplier's flood does not
delay another's invoice: the messages are interleaved, one document of each supplier in turn, its oldest invoice first.
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
    """``tracking_queue`` takes the work of polling the portal, one message per supplier."""

    installation: Installation
    submission_queue: Queue
    tracking_queue: TrackingQueue
    limit: int = 5000
    read_limit: int = 100_000

    def run(self, *, now: datetime) -> int:
        """Send the due work to its queues; the number of documents sent to be submitted.

        ``limit`` applies after the interleaving, so a supplier with 10,000 due documents does not displace the others.
        The rest stays due. ``read_limit`` bounds the memory: a key takes 100 bytes.
        """
        due = self.installation.due(now, limit=self.read_limit)
        handed_out = list(islice(interleaved(due), self.limit))
        self.submission_queue.send(handed_out)
        self.tracking_queue.send(tracking_work(self.installation.tracking_due(now, limit=self.limit)))
        return len(handed_out)


def tracking_work(due: Sequence[Work]) -> Iterator[TrackingWork]:
    """One message per supplier with its documents, because one search at the portal answers for all of them."""
    by_supplier: dict[str, list[str]] = defaultdict(list)
    for work in due:
        by_supplier[work.supplier_id] += [work.document_id] if work.document_id else []
    for supplier_id, documents in by_supplier.items():
        parts = range(0, max(len(documents), 1), _DOCUMENTS_IN_A_MESSAGE)
        yield from (
            TrackingWork(supplier_id, tuple(documents[start : start + _DOCUMENTS_IN_A_MESSAGE])) for start in parts
        )


def interleaved(due: Sequence[Work]) -> Iterator[Work]:
    """The work in turns, one document of each supplier; a supplier's documents by invoice date, then as given."""
    by_supplier: dict[str, list[Work]] = defaultdict(list)
    for work in due:
        by_supplier[work.supplier_id].append(work)
    in_order = (sorted(own, key=lambda work: work.invoice_date or date.max) for own in by_supplier.values())
    return (work for work in chain.from_iterable(zip_longest(*in_order)) if work is not None)
