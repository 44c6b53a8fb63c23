"""Iterates over the pages of a store, with one page in memory at a time."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar


class _HasCursor(Protocol):
    @property
    def cursor(self) -> str | None: ...


PageT = TypeVar("PageT", bound=_HasCursor)


def every_page(read: Callable[[str | None], PageT]) -> Iterator[PageT]:
    """The pages in order. ``read`` gets a page's cursor and is called only when the caller asks for that page."""
    cursor: str | None = None
    while True:
        page = read(cursor)
        yield page
        cursor = page.cursor
        if cursor is None:
            return
