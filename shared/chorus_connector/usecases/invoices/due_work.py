"""Finds the invoices that are due and sends them to the submission queue; used by the function sync_ten_minutes.

The number of reads depends on the work that is due, not on the number of suppliers. One supplier's flood does not
delay another's invoice: the messages are interleaved, one document of each supplier in turn, its oldest invoice first.
What was handed out is not handed out again for an hour, so a backlog does not grow by duplicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING

from chorus_connector.usecases.hand_out import by_supplier, free, hand_out

if TYPE_CHECKING:
    from chorus_connector.ports.invoices import Queue
    from chorus_connector.ports.suppliers import Installation
    from chorus_connector.ports.values import Work


@dataclass(frozen=True)
class HandOutDueWork:
    """``limit`` is how many documents may be under lease: what the shipped number of workers does in half a lease.

    ``of_each`` of them may be of one supplier: its flood leaves places to others, also while no worker makes progress.
    """

    installation: Installation
    queue: Queue
    limit: int = 10_000
    read_limit: int = 100_000
    of_each: int = 9_000

    def run(self, *, now: datetime) -> int:
        """Send the due work to its queue; returns the number of documents.

        What exceeds ``limit`` stays due. ``read_limit`` bounds the memory: a key takes 200 bytes.
        """
        due = oldest_first(self.installation.due(now, limit=self.read_limit))
        handed_out = free(due, limit=self.limit, of_each=self.of_each)
        of_this_run = [replace(each, run_at=now) for each in handed_out]
        hand_out(self.installation, of_this_run, self.queue.send, now)
        return len(handed_out)


def oldest_first(due: Sequence[Work]) -> list[Work]:
    """Each supplier's work by invoice date, then as given; the suppliers in the order given."""
    return [
        work
        for own in by_supplier(due).values()
        for work in sorted(own, key=lambda each: each.invoice_date or date.max)
    ]
