"""Reads every page of a search and verifies that nothing is missing.

Pure except for the given `fetch`. The portal pages by ten and silently limits a search to 200 results by default. An
incomplete list is an error here, because "not found" decides whether an invoice is sent again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chorus_connector.chorus_pro.errors import IncompleteListing

if TYPE_CHECKING:
    from chorus_connector.chorus_pro.operations import Operation, Paging
    from chorus_connector.chorus_pro.wire import Payload

SearchRow = dict[str, Any]

_NO_CAP = 999_999
_WALKS = 2  # invoices arrive and change during the reads: a second walk may find a stable list


def all_rows(operation: Operation, fetch: Callable[[Payload], Payload], page_size: int) -> list[SearchRow]:
    """Every row of a search, each once; `fetch` takes the paging block and returns one page.

    Raises IncompleteListing when the portal twice delivers another number of rows than it announces.
    """
    assert operation.rows is not None
    for _ in range(_WALKS):
        rows, total = _walk(operation, fetch, page_size)
        if total is None or len(rows) == total:
            return rows
    raise IncompleteListing(operation.label, expected=total or 0, received=len(rows))


def rows_of(operation: Operation, payload: Payload) -> list[SearchRow]:
    """The rows of one answer; a single object in place of a list counts as a list of one."""
    assert operation.rows is not None
    found = payload.get(operation.rows)
    if found is None:
        return []
    return found if isinstance(found, list) else [found]


def _walk(
    operation: Operation, fetch: Callable[[Payload], Payload], page_size: int
) -> tuple[list[SearchRow], int | None]:
    """All distinct rows and the total of the last page (None when the answer has none)."""
    assert operation.paging is not None
    distinct: dict[object, SearchRow] = {}
    page = 1
    while True:
        payload = fetch(page_block(operation, page, page_size))
        rows, total = rows_of(operation, payload), total_of(payload)
        before = len(distinct)
        for position, row in enumerate(rows):
            # A row without its identity is never merged with another.
            distinct.setdefault(row.get(operation.paging.identity, (page, position)), row)
        nothing_new = len(distinct) == before
        # A portal that makes pages shorter than they were asked for, and announces no total, is read until it repeats.
        complete = total is not None and len(distinct) >= total
        if nothing_new or complete:
            return list(distinct.values()), total
        page += 1


def page_block(operation: Operation, page: int, page_size: int) -> Payload:
    """The request's paging block for one page, under its name."""
    assert operation.paging is not None
    return {operation.paging.block: _block(operation.paging, page, page_size)}


def _block(paging: Paging, page: int, page_size: int) -> Payload:
    block: Payload = {"pageResultatDemandee": page, "nbResultatsParPage": page_size}
    if paging.can_lift_cap:
        block["nbResultatsMaximum"] = _NO_CAP
    if paging.sort_column is not None:
        # Oldest first: invoices that arrive during the reads are on the last page and shift no row.
        block |= {"triColonne": paging.sort_column, "triSens": "Ascendant"}
    return block


def total_of(payload: Payload) -> int | None:
    """The number of rows of the whole search, None when the answer has none."""
    summary = payload.get("parametresRetour")
    total = summary.get("total") if isinstance(summary, dict) else None
    try:
        return int(total) if total is not None else None
    except (TypeError, ValueError):
        return None
