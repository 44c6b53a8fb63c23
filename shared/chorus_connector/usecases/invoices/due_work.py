"""Finds the work that is due and sends it to the queues; used by the function sync_ten_minutes.

The number of reads depends on the work that is due, not on the number of suppliers. One supplier's flood does not
delay another's invoice: the messages are interleaved, one document of each supplier in turn, its oldest invoice first.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, islice, zip_longest
from typing import TYPE_CHECKING, TypeVar

from chorus_connector.ports.notification_values import DueWebhook
from chorus_connector.ports.values import TrackingWork, Work

if TYPE_CHECKING:
    from chorus_connector.ports.invoices import Queue
    from chorus_connector.ports.portal import TrackingQueue
    from chorus_connector.ports.suppliers import Installation

OfASupplier = TypeVar("OfASupplier", Work, DueWebhook)

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
    for supplier_id, works in by_supplier(due).items():
        documents = [work.document_id for work in works if work.document_id]
        parts = range(0, max(len(documents), 1), _DOCUMENTS_IN_A_MESSAGE)
        yield from (
            TrackingWork(supplier_id, tuple(documents[start : start + _DOCUMENTS_IN_A_MESSAGE])) for start in parts
        )


def interleaved(due: Sequence[Work]) -> Iterator[Work]:
    """The work in turns, one document of each supplier; a supplier's documents by invoice date, then as given."""
    return in_turns(sorted(own, key=lambda work: work.invoice_date or date.max) for own in by_supplier(due).values())


def by_supplier(due: Iterable[OfASupplier]) -> dict[str, list[OfASupplier]]:
    """What is due of each supplier, in the order given."""
    found: dict[str, list[OfASupplier]] = defaultdict(list)
    for each in due:
        found[each.supplier_id].append(each)
    return found


def in_turns(of_suppliers: Iterable[Sequence[OfASupplier]]) -> Iterator[OfASupplier]:
    """One of each supplier in turn."""
    return (each for each in chain.from_iterable(zip_longest(*of_suppliers)) if each is not None)
