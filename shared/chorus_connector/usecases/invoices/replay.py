"""Repeats the step that a supplier's documents wait for, on an operator's request.

Used for lost work (a message, a function that was down too long) and to check documents again after a table, a rule
or the directory has changed. ``domain.invoices.replay`` refuses documents that may be at the portal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import NotFound, StaleWrite, SupplierSuspended
from chorus_connector.domain.invoices.replay import ReplayRefusal, Step, may_be_examined_again, reopened, step_for
from chorus_connector.usecases.invoices.resolution import Resolution, codes

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.invoices.states import State
    from chorus_connector.ports.invoices import InvoiceStore

OPERATOR = "operator"


@dataclass(frozen=True)
class Selection:
    """The documents to replay: one, or those in a state and changed within a period; by default all of them."""

    document_id: str | None = None
    state: State | None = None
    since: datetime | None = None
    until: datetime | None = None

    def includes(self, invoice: Invoice) -> bool:
        return (
            self.state in (None, invoice.state)
            and (self.since is None or invoice.changed_at >= self.since)
            and (self.until is None or invoice.changed_at <= self.until)
        )


@dataclass(frozen=True)
class ReplayOutcome:
    """What was done, or would be done, with one document; ``state`` is its state afterwards."""

    document_id: str
    state: State
    step: Step | None
    refusal: ReplayRefusal | None = None


@dataclass(frozen=True)
class ReplayDocuments:
    """Replays one supplier's documents. ``send`` queues a document for a step; ``resolution`` checks it."""

    invoices: InvoiceStore
    resolution: Callable[[], Resolution]
    send: Callable[[Step, Invoice], None]

    def run(self, selection: Selection, *, tell: bool, do: bool, now: datetime) -> Iterator[ReplayOutcome]:
        """The outcome of each document; with ``do`` False nothing is done. Raises NotFound for an unknown document."""
        for invoice in self._selected(selection):
            step = step_for(invoice, tell=tell)
            if isinstance(step, ReplayRefusal):
                yield ReplayOutcome(invoice.document_id, invoice.state, None, step)
            else:
                yield self._take(invoice, step, now) if do else ReplayOutcome(invoice.document_id, invoice.state, step)

    def _selected(self, selection: Selection) -> Iterator[Invoice]:
        if selection.document_id is not None:
            yield self.invoices.get(selection.document_id)
            return
        yield from filter(selection.includes, self.invoices.all())

    def _take(self, invoice: Invoice, step: Step, now: datetime) -> ReplayOutcome:
        try:
            if step == "judge":
                invoice = self._judge(invoice.document_id, now)
            else:
                invoice = self._reopened(invoice, now)
                self.send(step, invoice)
        except (StaleWrite, NotFound):
            return ReplayOutcome(invoice.document_id, invoice.state, None, _MOVED)
        return ReplayOutcome(invoice.document_id, invoice.state, step)

    def _reopened(self, invoice: Invoice, now: datetime) -> Invoice:
        if may_be_examined_again(invoice):
            invoice = reopened(invoice, now)
            self.invoices.save(invoice, by=OPERATOR, action="replayed")
        return invoice

    def _judge(self, document_id: str, now: datetime) -> Invoice:
        """Check the document again as after its reading. Raises StaleWrite if it was changed meanwhile."""
        invoice = self.invoices.get(document_id)
        if step_for(invoice, tell=False) != "judge":
            raise StaleWrite
        resolution = self.resolution()
        if not resolution.supplier.active:
            raise SupplierSuspended
        settled = resolution.settle(invoice, resolution.judge(invoice, now=now, fresh=True), now=now)
        self.invoices.save(settled, by=OPERATOR, action="replayed", detail=codes(settled.problems))
        return settled


_MOVED = ReplayRefusal("moved", "Le document vient de bouger : regardez de nouveau.", "It has just moved: look again.")
