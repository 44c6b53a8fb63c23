"""The lists « Tracking » and « Documents to process », read from our own records.

For a Remote supplier the portal is first asked for changes; if it does not answer, the list shows the last known
records and their age. A Local supplier's list is as of its last nightly retrieval. Filters and orders are the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.invoices.counting import CounterName, counted_as, recounted
from chorus_connector.domain.invoices.listing import CsvForm, Filter, InvoiceSort, csv_header, csv_lines, sort_key
from chorus_connector.ports.values import InvoicePage, ReceivedBetween
from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import ListedInvoice
    from chorus_connector.domain.invoices.states import List
    from chorus_connector.ports.invoices import FileSink
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices
    from chorus_connector.usecases.portal.tracking import Retrieval, TrackInvoices

LARGEST_SORT = 5000
"""The most invoices that are sorted in another order than the store's; beyond it the caller must filter more."""
LARGEST_SEARCH = 20_000
"""The most invoices that are looked at for such an order: a second or two of reading."""
_PAGE = 100


@dataclass(frozen=True)
class ListedPage:
    """A page of a list, and when its records were retrieved from the portal.

    ``moved``: what the retrieval for this page moved to another list; the index of lists may not know it yet.
    ``recounted``: by how much it changed the counters; the kept counts follow within seconds.
    """

    page: InvoicePage
    retrieval: Retrieval
    moved: tuple[ListedInvoice, ...] = ()
    recounted: Mapping[CounterName, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ListInvoices:
    """``invoices`` are those the caller may see."""

    invoices: VisibleInvoices
    tracking: TrackInvoices

    def listing(
        self,
        view: List,
        wanted: Filter,
        *,
        sort: InvoiceSort = "received_at",
        descending: bool = True,
        limit: int,
        cursor: str | None,
        now: datetime,
    ) -> ListedPage:
        """One page of the list. Only the first page asks the portal, so all pages show the same state.

        Raises Invalid when more than ``LARGEST_SORT`` invoices would have to be sorted, or for an unknown cursor.
        """
        retrieval = self.tracking.refresh(now=now) if cursor is None else self._as_read()
        page = list_documents(self.invoices, view, wanted, sort=sort, descending=descending, limit=limit, cursor=cursor)
        changed = self.invoices.visible_changes(retrieval.changed)
        moved = [each.after for each in changed if each.after.listed_in != each.before.listed_in]
        elsewhere = [each for each in moved if each.listed_in != view]
        ids = {each.document_id for each in elsewhere}
        shown = page._replace(invoices=tuple(each for each in page.invoices if each.document_id not in ids))
        in_any_counter = wanted.model_copy(update={"counter": None})
        return ListedPage(
            shown,
            retrieval,
            moved=tuple(each for each in elsewhere if in_any_counter.matches(each)),
            recounted=recounted((counted_as(each.before), counted_as(each.after)) for each in changed),
        )

    def export(
        self,
        view: List,
        wanted: Filter,
        sink: FileSink,
        *,
        form: CsvForm = "machine",
        cursor: str | None,
        may_go_on: Callable[[], bool],
    ) -> tuple[int, str | None]:
        """Write the list as CSV, page by page; the number of lines, and the next cursor if the time ran out."""
        sink.write(csv_header(form).encode())
        lines = 0
        while True:
            page = _page(self.invoices, view, wanted, limit=_PAGE, cursor=cursor)
            sink.write(csv_lines(page.invoices, form).encode())
            lines += len(page.invoices)
            cursor = page.cursor
            if cursor is None or not may_go_on():
                return lines, cursor

    def _as_read(self) -> Retrieval:
        return self.tracking.as_kept(self.tracking.progress.get())


def list_documents(
    invoices: VisibleInvoices,
    view: List | None,
    wanted: Filter,
    *,
    sort: InvoiceSort = "received_at",
    descending: bool = True,
    limit: int,
    cursor: str | None,
) -> InvoicePage:
    """One page of a list, or of every document (``view`` None), as of our records.

    Raises Invalid when more than ``LARGEST_SORT`` would have to be sorted or more than ``LARGEST_SEARCH`` looked at,
    and for an unknown cursor.
    """
    view = view or wanted.only_list
    if sort == "received_at" and descending:
        return _page(invoices, view, wanted, limit=limit, cursor=cursor)
    found: list[ListedInvoice] = []
    looked_at = 0
    for page in every_page(lambda following: _page(invoices, view, wanted, limit=_PAGE, cursor=following)):
        found += page.invoices
        looked_at += page.looked_at
        if len(found) > LARGEST_SORT:
            raise _too_many()
        if looked_at > LARGEST_SEARCH:
            raise _too_long()
    found.sort(key=sort_key(sort), reverse=descending)
    start = _offset(cursor)
    end = start + limit
    return InvoicePage(tuple(found[start:end]), str(end) if end < len(found) else None)


def _page(
    invoices: VisibleInvoices, view: List | None, wanted: Filter, *, limit: int, cursor: str | None
) -> InvoicePage:
    received = ReceivedBetween(*wanted.received)
    return invoices.page(view, limit=limit, cursor=cursor, wanted=_or_none(wanted), received=received)


def _or_none(wanted: Filter) -> Callable[[ListedInvoice], bool] | None:
    return None if wanted.empty else wanted.matches


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isascii() or not cursor.isdigit():
        raise Invalid("Curseur inconnu : reprenez la liste au début.", "Unknown cursor: start the list again.")
    return int(cursor)


def _too_many() -> Invalid:
    return Invalid(
        f"Plus de {LARGEST_SORT} factures à trier : précisez les filtres, ou gardez l'ordre de la liste.",
        f"More than {LARGEST_SORT} invoices to sort: narrow the filters, or keep the list's own order.",
    )


def _too_long() -> Invalid:
    return Invalid(
        f"Plus de {LARGEST_SEARCH} documents à parcourir pour cet ordre : précisez les jours d'arrivée, la liste ou "
        "l'état, ou gardez l'ordre de la liste.",
        f"More than {LARGEST_SEARCH} documents to look at for this order: narrow the days of arrival, the list or the "
        "state, or keep the list's own order.",
    )
