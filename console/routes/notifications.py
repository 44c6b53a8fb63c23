"""The feed of notifications: what happened, newest first, and what of it is unread."""

from urllib.parse import quote

from console.requests import Answer
from console.screens import Screen, Screens
from console.statuses import meanings

screens = Screens()

_PAGE = 50


@screens.page("/suppliers/<supplier_id>/notifications")
def notifications(screen: Screen, supplier_id: str) -> Answer:
    """The person's notifications; `unread=1` leaves out what was read."""
    only_unread = screen.incoming.one("unread") == "1"
    root = f"/suppliers/{supplier_id}/notifications"
    asked = {"limit": _PAGE, "cursor": screen.incoming.one("cursor"), "unread": only_unread or None}
    supplier, found = screen.of_supplier(supplier_id, (root, asked))
    return screen.show(
        "notifications/list.html",
        supplier=supplier,
        found=found,
        only_unread=only_unread,
        statuses=meanings(screen.api, supplier_id),
    )


@screens.page("/suppliers/<supplier_id>/notifications/open")
def open_one(screen: Screen, supplier_id: str) -> Answer:
    """Mark a notification as read, for this person only, and go to what it is about."""
    event, document = screen.incoming.one("id"), screen.incoming.one("document")
    if event:
        screen.api.post(f"/suppliers/{supplier_id}/notifications/read", {"ids": [event]}, key=event)
    return screen.go(
        f"/console/suppliers/{supplier_id}/documents/{quote(document, safe='')}" if document else "/console/messages"
    )


@screens.action("/suppliers/<supplier_id>/notifications/read")
def mark_read(screen: Screen, supplier_id: str) -> Answer:
    """Mark the chosen ones as read, or all."""
    everything = screen.incoming.one("action") == "all"
    ids = screen.incoming.many("id")
    if everything or ids:
        wish = {"all": True} if everything else {"ids": ids}
        screen.api.post(f"/suppliers/{supplier_id}/notifications/read", wish, key=screen.incoming.one("key"))
    done = "notifications_read" if everything or ids else ""
    return screen.go_back(f"/console/suppliers/{supplier_id}/notifications", done=done)
