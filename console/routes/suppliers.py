"""The first page of who is signed in: the suppliers, what waits at each, and the way to the messages."""

from console.requests import Answer
from console.screens import Screen, Screens

screens = Screens()

_PAGE = 50


@screens.page("/suppliers")
def suppliers(screen: Screen) -> Answer:
    """Every supplier that the person may work for, with its counters, page by page."""
    summary, me = screen.api.get_all(
        ("/me/summary", {"limit": _PAGE, "cursor": screen.incoming.one("cursor")}),
        "/me",
    )
    shown = {each["supplier_id"] for each in summary["suppliers"]}
    others = [each for each in me["suppliers"] if each["supplier_id"] not in shown and "use" not in each["roles"]]
    return screen.show(
        "suppliers/list.html", suppliers=summary["suppliers"], others=others, me=me, cursor=summary["cursor"]
    )
