"""Everything of what a store gives in pages, one page in memory at a time."""

from collections.abc import Callable, Iterator
from typing import Protocol, TypeVar


class _Page(Protocol):
    @property
    def cursor(self) -> str | None: ...


PageT = TypeVar("PageT", bound=_Page)


def every_page(read: Callable[[str | None], PageT]) -> Iterator[PageT]:
    """The pages in their order; ``read`` gets the cursor of each, and is asked for none that nobody wants."""
    cursor: str | None = None
    while True:
        page = read(cursor)
        yield page
        cursor = page.cursor
        if cursor is None:
            return
