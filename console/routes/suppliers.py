"""The first page of who is signed in: the suppliers, what waits at each, and the way to the messages."""

from console.requests import Answer
from console.screens import OWN, Screen, Screens

screens = Screens()

_PAGE = 50
_LONGEST = 100  # characters of `text` (me.summary)


@screens.page("/suppliers")
def suppliers(screen: Screen) -> Answer:
    """Every supplier that the person may work for or configure, with its counters, page by page; found by name too."""
    text = screen.incoming.one("text")[:_LONGEST]
    asked = {"limit": _PAGE, "cursor": screen.incoming.one("cursor"), "text": text, "administered": True}
    summary, me = screen.api.get_all(("/me/summary", asked), OWN)
    return screen.show(
        "suppliers/list.html", suppliers=summary["suppliers"], me=me, cursor=summary["cursor"], text=text
    )
