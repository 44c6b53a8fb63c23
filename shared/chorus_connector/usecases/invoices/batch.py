"""One action on up to a hundred documents, each as its own route does it; used by the function invoice_api.

A document's failure stops no other one. The result names what the time did not allow, so that the client sends it
again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.errors import FormIncomplete, Invalid, StaleWrite

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.usecases.invoices.assigning import Assignment
    from chorus_connector.usecases.invoices.deletion import DeleteDocument
    from chorus_connector.usecases.invoices.filing import CorrectFiling
    from chorus_connector.usecases.invoices.form import CompleteForm

BatchAction = Literal["submit", "validate", "set_aside", "hold", "release", "delete", "assign"]
MOST_DOCUMENTS = 100
_TRIES = 3
"""For a document whose version the client does not name, while workers write to it."""


@dataclass(frozen=True)
class BatchItem:
    """A document, and the version that the client has seen; None: whatever it is now."""

    document_id: str
    version: int | None = None


@dataclass(frozen=True)
class BatchResult:
    """What became of one document: the ``error`` that refused the action, and the ``invoice`` as it is now.

    Both: the invoice was changed and the action was refused (a form with blocking problems). Neither: it was deleted,
    or not ``attempted``.
    """

    document_id: str
    invoice: Invoice | None = None
    error: Exception | None = None
    attempted: bool = True


@dataclass(frozen=True)
class ProcessBatch:
    """The use cases reach the documents only that the caller may see. ``may_go_on``: whether time is left."""

    form: CompleteForm
    filing: CorrectFiling
    deletion: DeleteDocument
    may_go_on: Callable[[], bool]

    def run(
        self,
        items: Sequence[BatchItem],
        action: BatchAction,
        *,
        by: str,
        now: datetime,
        reason: str = "",
        assignment: Assignment | None = None,
    ) -> Iterator[BatchResult]:
        """The result for each item, in their order. ``assignment`` is needed to assign, ``reason`` is for a stop."""

        def act(document_id: str, version: int) -> Invoice | None:
            match action:
                case "submit" | "validate":
                    submit = action == "submit"
                    return self.form.complete(
                        document_id, {}, version=version, by=by, now=now, submit=submit, fresh=not submit
                    )
                case "hold" | "set_aside":
                    return self.filing.stop(document_id, action, version=version, reason=reason, by=by, now=now)
                case "release":
                    return self.filing.release(document_id, version=version, by=by, now=now)
                case "delete":
                    self.deletion.delete(document_id, version=version, by=by, now=now)
                    return None
                case "assign":
                    assert assignment is not None
                    return self._assign(document_id, assignment, version=version, by=by, now=now)

        for item in items:
            yield (
                self._one(item, act, submits=action == "submit")
                if self.may_go_on()
                else BatchResult(item.document_id, attempted=False)
            )

    def _one(self, item: BatchItem, act: Callable[[str, int], Invoice | None], *, submits: bool) -> BatchResult:
        try:
            invoice = self._acted(item, act)
        except Exception as error:  # the caller shows it as the answer for this document
            return BatchResult(item.document_id, error=error)
        blocking = invoice.blocking_problems if submits and invoice else ()
        refused = FormIncomplete(blocking) if blocking else None
        return BatchResult(item.document_id, invoice, refused)

    def _acted(self, item: BatchItem, act: Callable[[str, int], Invoice | None]) -> Invoice | None:
        if item.version is not None:
            return act(item.document_id, item.version)
        for tries_left in reversed(range(_TRIES)):
            try:
                return act(item.document_id, self.form.invoices.get(item.document_id).version)
            except StaleWrite:
                if not tries_left:
                    raise
        raise AssertionError

    def _assign(self, document_id: str, to: Assignment, *, version: int, by: str, now: datetime) -> Invoice:
        """Give the document the label. One that has it already is left as it is."""
        try:
            return self.filing.relabel(document_id, to.metadata, version=version, by=by, now=now)
        except Invalid as refusal:
            if [each.code for each in refusal.problems] == ["nothing_changed"]:
                return self.form.invoices.get(document_id)
            raise
