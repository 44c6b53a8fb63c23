"""A preview of changed criteria: which existing documents they would take. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.invoices.states import State

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import ListedInvoice
    from chorus_connector.domain.suppliers.supplier import Criterion, Supplier
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices

_NEVER_TAKEN = frozenset({State.UNUSABLE, State.DUPLICATE})
"""States whose documents no criterion takes: unusable files and duplicates."""


@dataclass(frozen=True)
class JudgedDocument:
    """One document under the current criteria (``taken_now``) and under the changed ones (``criterion``, ``taken``)."""

    invoice: ListedInvoice
    taken_now: bool
    criterion: Criterion | None

    @property
    def taken(self) -> bool:
        return self.criterion is not None


@dataclass(frozen=True)
class CriteriaPreview:
    """Some documents, newest first; ``cursor`` is None on the last page."""

    documents: tuple[JudgedDocument, ...]
    cursor: str | None


def preview_criteria(
    criteria: Sequence[Criterion],
    *,
    supplier: Supplier,
    invoices: VisibleInvoices,
    limit: int,
    cursor: str | None,
) -> CriteriaPreview:
    """One page of the existing documents, each with the effect of ``criteria`` in place of the current criteria."""
    changed = supplier.model_copy(update={"criteria": tuple(criteria)})
    page = invoices.page(None, limit=limit, cursor=cursor)
    return CriteriaPreview(tuple(_judged(page.invoices, supplier, changed)), page.cursor)


def _judged(invoices: Sequence[ListedInvoice], now: Supplier, changed: Supplier) -> Iterator[JudgedDocument]:
    for invoice in invoices:
        filed = {"classification_rule": invoice.classification_rule, "folder": invoice.folder}
        possible = invoice.state not in _NEVER_TAKEN
        yield JudgedDocument(
            invoice,
            taken_now=possible and now.criterion_for(**filed) is not None,
            criterion=changed.criterion_for(**filed) if possible else None,
        )
