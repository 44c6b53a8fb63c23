"""« Mes messages » · the inbox, a received message, its read marks."""

from typing import Any
from urllib.parse import quote

from console import lists
from console.requests import Answer, Incoming
from console.screens import OWN, Screen, Screens

screens = Screens()

INBOX = "/console/messages"
SIZES = (5, 10, 20, 50, 100)
"""Rows of a page; the portal's own lists have five."""

Json = Any

_NO_ROWS: dict[str, Json] = {"messages": [], "lists": [], "cursor": None, "complete": True}
_FILTERS = ("view", "sender", "recipient", "unread", "text")


def asked(incoming: Incoming, *filters: str) -> dict[str, Json]:
    """What a list's address asks for: its filters, the sort, the cursor, and the size of a page."""
    size = incoming.one("limit")
    given = {name: incoming.one(name) for name in (*filters, "sort", "cursor")}
    return given | {"limit": int(size) if size in map(str, SIZES) else SIZES[0]}


def shown_list(
    screen: Screen, template: str, path: str, query: dict[str, Json], *others: Json, counted: bool = True
) -> Answer:
    """A page of a list with the bodies of `others`. If the API refuses a filter, the page says why above no rows.

    `counted`: the API counts what matches, which it does for messages and not for lists.

    The template gets `page` (the list's body), `others`, `filters`, `query` (those that are filled in, for links) and
    `problem`.
    """
    kept = {name: value for name, value in query.items() if value and name != "cursor"}
    bodies, page, problem = lists.found(screen.api, (path, {**query, "count": counted or None}), *others)
    return screen.show(
        template,
        status=422 if problem else 200,
        page=page or _NO_ROWS,
        others=bodies,
        filters=query,
        query=kept,
        sizes=SIZES,
        problem=problem,
    )


@screens.page("/messages")
def inbox(screen: Screen) -> Answer:
    """The received messages, five a page, with what they can be filtered by and how many are unread."""
    query = asked(screen.incoming, *_FILTERS)
    return shown_list(
        screen,
        "messages/inbox.html",
        "/messages/inbox",
        query,
        "/messages/inbox/senders",
        "/messages/notifications",
        "/me",
    )


@screens.action("/messages/read")
def mark_all(screen: Screen) -> Answer:
    """Mark as read what the page's filters match, up to the moment when the page was shown."""
    given = {name: screen.incoming.one(name) for name in ("view", "sender", "recipient", "until")}
    body = {name: value for name, value in given.items() if value}
    marked = screen.api.post("/messages/inbox/read", body, key=screen.incoming.one("key")).body
    return screen.go(INBOX, done="messages_read" if marked["complete"] else "messages_read_partly")


@screens.page("/messages/inbox/<siret>/<reference>")
def received(screen: Screen, siret: str, reference: str) -> Answer:
    """A received message. To open it marks it as read, for this person only."""
    path, service = f"/messages/inbox/{siret}/{reference}", screen.incoming.one("service")
    message, home = screen.api.get_all((path, {"service": service}), "/messages")
    if not message["read"]:
        screen.api.put(f"{path}/read", service=service)
    names = {each["siret"]: each["name"] for each in home["structures"]}
    return screen.show(
        "messages/received.html",
        message=message,
        names=names,
        writes=siret in writable(home),
    )


@screens.action("/messages/inbox/<siret>/<reference>/read")
def mark_one(screen: Screen, siret: str, reference: str) -> Answer:
    """Mark one message as read or as unread, and show the page that the form came from."""
    path, service = f"/messages/inbox/{siret}/{reference}/read", screen.incoming.one("service")
    if screen.incoming.one("read") == "no":
        screen.api.delete(path, service=service)
        return screen.go_back(INBOX, done="message_unread")
    screen.api.put(path, service=service)
    return screen.go_back(INBOX, done="message_read")


@screens.action("/messages/right")
def give_own_right(screen: Screen) -> Answer:
    """Let a person who administers a structure read and write its messages, at once, then show the form of one."""
    siret, principal = screen.incoming.one("siret").replace("/", ""), screen.api.get_all(OWN)[0]["principal"]
    screen.api.put(f"/structures/{siret}/subscriptions/{principal}", {"mode": "write", "services": None})
    return screen.go(f"{INBOX}/new?sender={quote(siret)}", done="right_given")


def no_sender(screen: Screen, place: str) -> Answer:
    """The page, in that place, for a person who may write for no structure: what the place is, and who gives rights."""
    return screen.show("messages/no_sender.html", me=screen.api.get("/me"), place=place)


def writable(home: Json) -> dict[str, list[str] | None]:
    """By SIRET, the services that the person may write for; None: the whole structure, too."""
    found: dict[str, list[str] | None] = {}
    for each in home["subscriptions"]:
        if each["mode"] != "write":
            continue
        before = found.get(each["siret"], [])
        services = each["services"]
        found[each["siret"]] = None if before is None or services is None else sorted({*before, *services})
    return found
