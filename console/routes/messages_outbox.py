"""« Mes messages » · the outbox, a message of it with what became of each recipient, and what its state allows."""

from typing import Any

from console.api_client import ApiProblem
from console.formats import PARIS
from console.requests import Answer
from console.routes.messages import SIZES, asked, shown_list, writable
from console.screens import Screen, Screens

screens = Screens()

OUTBOX = "/console/messages/outbox"

_FILTERS = ("sender", "state", "title", "reference", "start_from", "start_to", "end_from", "end_to")
_PREVIEWED = 50


@screens.page("/messages/outbox")
def outbox(screen: Screen) -> Answer:
    """Drafts and sent messages, five a page."""
    return shown_list(
        screen, "messages/outbox.html", "/messages/outbox", asked(screen.incoming, *_FILTERS), "/messages"
    )


@screens.page("/messages/outbox/<siret>/<reference>")
def written(screen: Screen, siret: str, reference: str) -> Answer:
    """A message of the outbox: a draft with who would receive it, or a sent one with what became of each recipient."""
    return _shown(screen, siret, reference)


@screens.action("/messages/outbox/<siret>/<reference>/dates")
def redate(screen: Screen, siret: str, reference: str) -> Answer:
    """Change when a sent message is shown."""
    dates = {name: screen.incoming.one(name) or None for name in ("display_start", "display_end")}
    given = {name: value for name, value in dates.items() if name in screen.incoming.form}
    try:
        screen.api.patch(f"/messages/outbox/{siret}/{reference}", given, version=screen.incoming.one("version"))
    except ApiProblem as error:
        if error.status not in (409, 412, 422):
            raise
        return _shown(screen, siret, reference, error=error, typed=given)
    return screen.go(f"{OUTBOX}/{siret}/{reference}", done="saved")


@screens.action("/messages/outbox/<siret>/<reference>/send")
def send(screen: Screen, siret: str, reference: str) -> Answer:
    """Send a draft as it is."""
    path, version = f"/messages/outbox/{siret}/{reference}/send", screen.incoming.one("version")
    try:
        sent = screen.api.post(path, key=screen.incoming.one("key"), version=version)
    except ApiProblem as error:
        if error.status not in (409, 412, 422):
            raise
        return _shown(screen, siret, reference, error=error)
    return sent_page(screen, sent.body)


@screens.action("/messages/outbox/<siret>/<reference>/delete")
def delete(screen: Screen, siret: str, reference: str) -> Answer:
    """Delete a draft."""
    try:
        screen.api.delete(f"/messages/outbox/{siret}/{reference}", version=screen.incoming.one("version"))
    except ApiProblem as error:
        if error.status not in (409, 412):
            raise
        return _shown(screen, siret, reference, error=error)
    return screen.go(OUTBOX, done="message_deleted")


def sent_page(screen: Screen, message: Any) -> Answer:
    """Go to the message that was just sent; the page says when none of its recipients can receive it today."""
    path = f"{OUTBOX}/{message['sender_siret']}/{message['reference']}"
    return screen.go(path, done="message_sent_to_none" if message.get("warning") else "message_sent")


def _shown(
    screen: Screen, siret: str, reference: str, *, error: ApiProblem | None = None, typed: dict[str, Any] | None = None
) -> Answer:
    path = f"/messages/outbox/{siret}/{reference}"
    query = {"limit": asked(screen.incoming)["limit"], "cursor": screen.incoming.one("cursor")}
    message, home, results = screen.api.get_all(path, "/messages", (f"{path}/recipients", query))
    preview, missing = _preview(screen, message, path) if message["state"] == "draft" else (None, None)
    return screen.show(
        "messages/written.html",
        status=error.status if error else 200,
        message=message,
        writes=siret in writable(home),
        results=results,
        today=screen.now.astimezone(PARIS).date().isoformat(),
        preview=preview,
        missing=missing,
        typed={name: (typed or {}).get(name) or message[name] for name in ("display_start", "display_end")},
        query={"limit": query["limit"]},
        sizes=SIZES,
        problem=error.problem if error else None,
    )


def _preview(screen: Screen, message: Any, path: str) -> tuple[Any, Any]:
    """Who would receive the draft; or the problem that says what it lacks."""
    if not (message["recipients"] or message["list_ids"] or message["all_recipients"]):
        return None, None
    try:
        answer = screen.api.post(f"{path}/preview", limit=_PREVIEWED, cursor=screen.incoming.one("preview_cursor"))
    except ApiProblem as refused:
        if refused.status not in (403, 409, 422):
            raise
        return None, refused.problem
    return answer.body, None
