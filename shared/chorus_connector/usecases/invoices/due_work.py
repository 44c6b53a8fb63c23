"""Finds the work that is due and sends it to the queues; used by the function sync_ten_minutes.

The number of reads depends on the work that is due, not on the number of suppliers. One supplier's flood does not
delay another's invoice: the messages are interleaved, one document of each supplier in turn, its oldest invoice first.
What was handed out is not handed out again for an hour, so a backlog does not grow by duplicates.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from chorus_connector.ports.values import TrackingWork, Work
from chorus_connector.usecases.leases import Leases, by_supplier

if TYPE_CHECKING:
    from chorus_connector.ports.invoices import Queue
    from chorus_connector.ports.portal import TrackingQueue
    from chorus_connector.ports.suppliers import Installation, LeaseRecord

_DOCUMENTS_IN_A_MESSAGE = 200


@dataclass(frozen=True)
class HandOutDueWork:
    """``tracking_queue`` takes the work of polling the portal, one message per supplier.

    ``limit`` is how many documents may be under lease for each queue: what the shipped number of workers does in half
    a lease. While one supplier's flood fills it, others get the places that become free, in turns.
    """

    installation: Installation
    submission_queue: Queue
    tracking_queue: TrackingQueue
    leases: LeaseRecord
    limit: int = 10_000
    read_limit: int = 100_000

    def run(self, *, now: datetime) -> int:
        """Send the due work to its queues; the number of documents sent to be submitted.

        What exceeds ``limit`` stays due. ``read_limit`` bounds the memory: a key takes 200 bytes.
        """
        leases = Leases(self.leases, self.limit, of_each=self.limit)
        due = oldest_first(self.installation.due(now, limit=self.read_limit))
        tracking_due = self.installation.tracking_due(now, limit=self.read_limit)
        leased = leases.current(now) if due or tracking_due else frozenset()
        handed_out, tracked = leases.free(due, leased), leases.free(tracking_due, leased)
        leases.hand_out(handed_out, self.submission_queue.send, now)
        leases.hand_out(tracked, lambda works: self.tracking_queue.send(tracking_work(works)), now)
        return len(handed_out)


def tracking_work(due: Sequence[Work]) -> Iterator[TrackingWork]:
    """One message per supplier with its documents, because one search at the portal answers for all of them."""
    for supplier_id, works in by_supplier(due).items():
        documents = [work.document_id for work in works if work.document_id]
        parts = range(0, max(len(documents), 1), _DOCUMENTS_IN_A_MESSAGE)
        yield from (
            TrackingWork(supplier_id, tuple(documents[start : start + _DOCUMENTS_IN_A_MESSAGE])) for start in parts
        )


def oldest_first(due: Sequence[Work]) -> list[Work]:
    """Each supplier's work by invoice date, then as given; the suppliers in the order given."""
    return [
        work
        for own in by_supplier(due).values()
        for work in sorted(own, key=lambda each: each.invoice_date or date.max)
    ]
