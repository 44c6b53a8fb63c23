"""Paging, sorting and dates of searches, exactly as the portal does them.

Ten rows a page and at most 200 rows in all unless the caller asks for more: the cap is silent, `total` does not show
what it cuts off. Default order: deposit date, newest first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar

from tools.simulator.clock import before, in_paris
from tools.simulator.refusals import refusal
from tools.simulator.requests import Paging
from tools.simulator.validation import to_date

if TYPE_CHECKING:
    from tools.simulator.settings import EmptySearch

Item = TypeVar("Item")
Row = dict[str, Any]
DEFAULT_PAGE = 10
DEFAULT_CAP = 200


def page_of(
    operation: str,
    items: Sequence[Item],
    paging: Paging | None,
    columns: dict[str, Callable[[Item], Any]],
    default_column: str,
) -> tuple[list[Item], Row]:
    """The wanted page of `items` (newest last, as stored) and the `parametresRetour` that goes with it."""
    paging = paging or Paging()
    ordered = _sorted(operation, items, paging, columns, default_column)
    kept = ordered[: paging.nbResultatsMaximum or DEFAULT_CAP]
    size = paging.nbResultatsParPage or DEFAULT_PAGE
    number = paging.pageResultatDemandee or 1
    answer = {
        "pageCourante": number,
        "pages": -(-len(kept) // size),
        "nbResultatsParPage": size,
        "total": len(kept),
    }
    return kept[(number - 1) * size : number * size], answer


def _sorted(
    operation: str,
    items: Sequence[Item],
    paging: Paging,
    columns: dict[str, Callable[[Item], Any]],
    default_column: str,
) -> list[Item]:
    wanted = paging.triColonne or default_column
    # PascalCase officially, camelCase in 2017.
    column = columns.get(wanted) or columns.get(wanted[:1].upper() + wanted[1:])
    if column is None:
        raise refusal(operation, "wrong_type", f"triColonne ({wanted[:40]})", status=400)
    descending = (paging.triSens or "Descendant") == "Descendant"
    position = {id(item): index for index, item in enumerate(items)}
    return sorted(items, key=lambda item: (_sortable(column(item)), position[id(item)]), reverse=descending)


def listing(operation: str, name: str, rows: list[Row], parameters: Row, empty: EmptySearch) -> dict[str, Any]:
    """The payload of a search; the settings choose the form of an empty one."""
    if not parameters["total"]:
        if empty == "code":
            raise refusal(operation, "empty_search")
        if empty == "absent":
            return {}
    return {"parametresRetour": parameters, name: rows}


def within(value: date, first: str | None, last: str | None) -> bool:
    """Whether a day is in a period, both ends included."""
    return (first is None or value >= to_date(first)) and (last is None or value <= to_date(last))


def within_moments(value: datetime, first: str | None, last: str | None) -> bool:
    """Whether a time is in a period; an end without a time is that day's midnight."""
    after = first is None or not before(value, _moment(first))
    return after and (last is None or not before(_moment(last), value))


def between(value: Decimal, lowest: Decimal | None, highest: Decimal | None) -> bool:
    return (lowest is None or value >= lowest) and (highest is None or value <= highest)


def _moment(text: str) -> datetime:
    return in_paris(datetime.fromisoformat(text))


def _sortable(value: Any) -> tuple[bool, Any]:
    # Absent values sort together instead of failing to compare.
    return (value is not None, value if value is not None else 0)
