"""Filtering, sorting, paging and counting, shared by inbox, outbox and distribution lists.

The store returns records in one natural order (newest or oldest first), which can be paged to the end. Any other sort
needs all matching records at once: it reads the newest ``MAX_SORTED`` records and the answer says ``complete:
false`` when there are more. An index per column would multiply the cost of each delivery, for lists that a two-week
display period keeps short.

A cursor is a position in the order, not a page number, so new messages do not shift a page. It carries a fingerprint of
its list (user, filters, sort) and is refused for any other list.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from chorus_connector.domain.messages.refusals import InvalidMessage, problem

MAX_SORTED = 2000
MAX_SCANNED = 20_000
"""Records read for one page in natural order: a narrow filter then gives a short page and a cursor instead of a long
wait."""

MAX_SEARCHED = 2000
"""Records whose content is read for one page of a search in texts."""

T = TypeVar("T")
ListPosition = tuple[str, ...]


@dataclass(frozen=True)
class ColumnSort:
    """A sort by one column, ascending or descending; written ``title`` or ``-title``."""

    column: str
    descending: bool

    @classmethod
    def parse(cls, text: str, columns: Iterable[str]) -> "ColumnSort":
        """The sort that a text names.

        Raises InvalidMessage(unknown_sort) for a column that is not among ``columns``.
        """
        choices = tuple(columns)
        column = text.removeprefix("-")
        if column not in choices:
            raise InvalidMessage(problem("unknown_sort", "sort", choices=", ".join(choices)))
        return cls(column, text.startswith("-"))


@dataclass(frozen=True)
class ResultPage(Generic[T]):
    """Some records and the cursor of the next page. ``complete`` False: more records matched than a sort can read."""

    items: tuple[T, ...]
    cursor: str | None
    complete: bool = True


@dataclass(frozen=True)
class Count:
    """How many records match; ``exact`` False: at least that many."""

    value: int
    exact: bool


def fingerprint(parts: Mapping[str, object]) -> str:
    """A short hash of the list's user, filters and sort, which a cursor is bound to."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:12]


def cursor_of(position: ListPosition, belongs_to: str) -> str:
    """The cursor for that position in the list with that fingerprint."""
    text = json.dumps([belongs_to, *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def position_of(cursor: str | None, belongs_to: str) -> ListPosition | None:
    """The position that a cursor encodes. Raises InvalidMessage(unknown_cursor) for a cursor of another list."""
    if cursor is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode((cursor + "=" * (-len(cursor) % 4)).encode()))
    except (binascii.Error, ValueError):
        values = None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values) or len(values) < 2:
        raise InvalidMessage(problem("unknown_cursor", "cursor"))
    if values[0] != belongs_to:
        raise InvalidMessage(problem("unknown_cursor", "cursor"))
    return tuple(values[1:])


def natural_page(
    records: Iterable[T],
    *,
    position: Callable[[T], ListPosition],
    matches: Callable[[T], bool],
    limit: int,
    belongs_to: str,
    scanned_at_most: int | None = None,
) -> ResultPage[T]:
    """A page of records that are already in the wanted order and start after the cursor's position."""
    items: list[T] = []
    for scanned, record in enumerate(records, start=1):
        if matches(record):
            if len(items) == limit:
                return ResultPage(tuple(items), cursor_of(position(items[-1]), belongs_to))
            items.append(record)
        if scanned == (scanned_at_most or MAX_SCANNED):
            return ResultPage(tuple(items), cursor_of(position(record), belongs_to))
    return ResultPage(tuple(items), None)


def sorted_page(
    records: Iterator[T],
    *,
    position: Callable[[T], ListPosition],
    matches: Callable[[T], bool],
    descending: bool,
    limit: int,
    after: ListPosition | None,
    belongs_to: str,
) -> ResultPage[T]:
    """A page in the order of ``position`` (the column's value first), over the newest ``MAX_SORTED`` records."""
    found, complete = _scanned(records, matches)
    found.sort(key=position, reverse=descending)
    if after is not None:
        found = [each for each in found if (position(each) < after if descending else position(each) > after)]
    items = tuple(found[:limit])
    more = len(found) > limit
    return ResultPage(items, cursor_of(position(items[-1]), belongs_to) if more else None, complete)


def count_matches(records: Iterator[T], matches: Callable[[T], bool]) -> Count:
    """How many of the newest ``MAX_SORTED`` records match; exact when there are no more records."""
    found, complete = _scanned(records, matches)
    return Count(len(found), complete)


def newest_of(records: Iterable[T]) -> list[T]:
    """What a sort or a count reads of records, the newest first, and one more, which says that there are more."""
    return list(islice(records, MAX_SORTED + 1))


def _scanned(records: Iterator[T], matches: Callable[[T], bool]) -> tuple[list[T], bool]:
    found: list[T] = []
    for scanned, record in enumerate(records, start=1):
        if scanned > MAX_SORTED:
            return found, False
        if matches(record):
            found.append(record)
    return found, True
