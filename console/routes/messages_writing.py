"""« Mes messages » · the form of a message in its four blocks, and the recipients added to a sent one.

The form is one: its buttons save, send, preview, or search for recipients, and every one of them gets all that was
typed. What is not saved comes back in the page.
"""

from dataclasses import dataclass, replace
from typing import Any

from console.api_client import ApiProblem
from console.requests import Answer
from console.routes.messages import no_sender, writable
from console.routes.messages_form import MessageForm, empty_form, form_of, typed_form
from console.routes.messages_outbox import OUTBOX, sent_page
from console.routes.messages_recipients import NAMED, ChosenRecipient, finding, found, once, recipient_of
from console.screens import Screen, Screens

screens = Screens()

_SHOWN_AGAIN = (409, 412, 422)
_PREVIEWED = 50
_LISTS = 100

Json = Any


@dataclass(frozen=True)
class Draft:
    """The message that the form changes: where it is, its version, and the address of its form."""

    path: str
    version: str
    action: str


NEW = Draft(path="", version="", action="/console/messages/new")


@screens.page("/messages/new")
def new(screen: Screen) -> Answer:
    """The empty form; `sender` and `recipient` may be given."""
    given = screen.incoming.one
    form = empty_form(screen.now, sender=given("sender"), kind=given("kind"))
    if given("recipient"):
        form = replace(form, recipients=(ChosenRecipient(given("recipient"), name=given("name")),))
    return _show(screen, form, NEW)


@screens.action("/messages/new")
def create(screen: Screen) -> Answer:
    """What the pressed button does with a message that is not saved yet."""
    form, wish = typed_form(screen.incoming), screen.incoming.one("do")
    if wish not in ("save", "send") or form.sender_changed:
        return _show(screen, form, NEW, sender_changed=wish in ("save", "send"))
    try:
        body = {**form.body(), "send": wish == "send"}
        made = screen.api.post("/messages/outbox", body, key=screen.incoming.one("key")).body
    except ApiProblem as error:
        return _refused(screen, form, NEW, error)
    if wish == "send":
        return sent_page(screen, made)
    return screen.go(f"{OUTBOX}/{made['sender_siret']}/{made['reference']}", done="draft_saved")


@screens.page("/messages/outbox/<siret>/<reference>/edit")
def edit(screen: Screen, siret: str, reference: str) -> Answer:
    """The form of a draft."""
    read = screen.api.read(f"/messages/outbox/{siret}/{reference}")
    if read.body["state"] != "draft":
        return screen.go(f"{OUTBOX}/{siret}/{reference}")
    return _show(screen, form_of(read.body, _named(screen, read.body)), _draft(siret, reference, read.etag))


@screens.action("/messages/outbox/<siret>/<reference>/edit")
def change(screen: Screen, siret: str, reference: str) -> Answer:
    """What the pressed button does with a draft. To send it saves it first: a refusal leaves the draft as it is."""
    form, wish = typed_form(screen.incoming), screen.incoming.one("do")
    draft = _draft(siret, reference, screen.incoming.one("version"))
    if wish not in ("save", "send") or form.sender_changed:
        return _show(screen, form, draft, sender_changed=wish in ("save", "send"))
    try:
        saved = screen.api.patch(draft.path, form.body(), version=draft.version)
        draft = _draft(saved.body["sender_siret"], reference, saved.etag)
        if wish == "send":
            key = screen.incoming.one("key")
            return sent_page(screen, screen.api.post(f"{draft.path}/send", key=key, version=saved.etag).body)
    except ApiProblem as error:
        return _refused(screen, form, draft, error)
    return screen.go(draft.action.removesuffix("/edit"), done="draft_saved")


@screens.page("/messages/outbox/<siret>/<reference>/add")
def addition(screen: Screen, siret: str, reference: str) -> Answer:
    """The form that adds recipients to a sent message."""
    return _show_addition(screen, siret, reference, MessageForm(sender=siret, shown_sender=siret))


@screens.action("/messages/outbox/<siret>/<reference>/add")
def add(screen: Screen, siret: str, reference: str) -> Answer:
    """Add the chosen recipients, or search for others."""
    form = replace(typed_form(screen.incoming), sender=siret, shown_sender=siret)
    if screen.incoming.one("do") != "add":
        return _show_addition(screen, siret, reference, form)
    path, key = f"/messages/outbox/{siret}/{reference}/recipients", screen.incoming.one("key")
    try:
        screen.api.post(path, form.selection(), key=key, version=screen.incoming.one("version"))
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return _show_addition(screen, siret, reference, form, error=error)
    return screen.go(f"{OUTBOX}/{siret}/{reference}", done="recipients_added")


def _draft(siret: str, reference: str, version: str) -> Draft:
    return Draft(f"/messages/outbox/{siret}/{reference}", version, f"{OUTBOX}/{siret}/{reference}/edit")


def _refused(screen: Screen, form: MessageForm, draft: Draft, error: ApiProblem) -> Answer:
    """The form again with everything typed. After another person's change it carries the version of now."""
    if error.status not in _SHOWN_AGAIN:
        raise error
    if error.status == 412:
        draft = replace(draft, version=screen.api.read(draft.path).etag)
    return _show(screen, form, draft, error=error)


def _show(
    screen: Screen,
    form: MessageForm,
    draft: Draft,
    *,
    error: ApiProblem | None = None,
    sender_changed: bool = False,
) -> Answer:
    home = screen.api.get("/messages")
    mine = writable(home)
    senders = [each for each in home["structures"] if each["siret"] in mine]
    if not senders:
        return no_sender(screen, "new")
    if form.sender not in mine:
        form = replace(form, sender=senders[0]["siret"])
    structure, first = screen.api.get_all(f"/structures/{form.sender}", _lists_of(form.sender))
    lists = _all_lists(screen, form.sender, first)
    services, list_ids = services_of(structure, mine[form.sender]), [each["list_id"] for each in lists]
    gone = [] if form.sender_changed else [each for each in form.list_ids if each not in list_ids]
    form = form.of_sender([code for code, _ in services], public=structure["public"], lists=list_ids)
    preview, problem = _preview(screen, form) if not error else (None, error.problem)
    return screen.show(
        "messages/form.html",
        status=error.status if error else 422 if problem else 200,
        form=form,
        draft=draft,
        senders=senders,
        services=services,
        structure=structure,
        lists=lists,
        lists_gone=len(gone),
        preview=preview,
        problem=problem,
        stale=bool(error and error.status == 412),
        sender_changed=sender_changed,
        **_finding(screen, form.sender, form.kind),
    )


def _show_addition(
    screen: Screen, siret: str, reference: str, form: MessageForm, *, error: ApiProblem | None = None
) -> Answer:
    message, first = screen.api.get_all(f"/messages/outbox/{siret}/{reference}", _lists_of(siret))
    lists, kind = _all_lists(screen, siret, first), message["recipient_kind"] or ""
    version = "" if error and error.status == 412 else screen.incoming.one("version")
    return screen.show(
        "messages/add.html",
        status=error.status if error else 200,
        form=replace(form, kind=kind),
        message=message,
        lists=[each for each in lists if each["list_id"] not in message["list_ids"]],
        version=version or f'"{message["version"]}"',
        problem=error.problem if error else None,
        **_finding(screen, siret, kind),
    )


def _lists_of(siret: str, cursor: str = "") -> tuple[str, dict[str, Json]]:
    return "/messages/lists", {"owner": siret, "limit": _LISTS, "cursor": cursor}


def _all_lists(screen: Screen, siret: str, page: Json) -> list[Json]:
    """All lists of the sender; `page` is their first page. Most senders have fewer, and 500 is the limit."""
    lists = list(page["lists"])
    while page["cursor"]:
        path, query = _lists_of(siret, page["cursor"])
        page = screen.api.get(path, **query)
        lists += page["lists"]
    return lists


def services_of(structure: Json, allowed: list[str] | None) -> list[tuple[str, str]]:
    """The sender's services that the person may write for, as pairs of code and label; empty: the whole structure."""
    named = {each["code"]: each["label"] for each in structure["services"]}
    if allowed is None:
        return [("", ""), *named.items()]
    return [(each, named.get(each, "")) for each in allowed]


def _finding(screen: Screen, sender: str, kind: str) -> dict[str, Json]:
    """The search that the form asks for and what it found."""
    wanted = finding(screen.incoming)
    if screen.incoming.one("do") == "find":
        wanted = replace(wanted, cursor="")
    return {"wanted": wanted, "found": found(screen, sender=sender, kind=kind, wanted=wanted)}


def _preview(screen: Screen, form: MessageForm) -> tuple[Json, Json]:
    """Who would receive the message if it was asked, and why that cannot be answered."""
    cursor = screen.incoming.one("preview_cursor")
    if screen.incoming.one("do") != "preview" and not cursor:
        return None, None
    body = {**form.selection(), "sender_siret": form.sender, "recipient_kind": form.kind or None}
    try:
        return screen.api.post("/messages/outbox/preview", body, limit=_PREVIEWED, cursor=cursor).body, None
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return None, error.problem


def _named(screen: Screen, message: Json) -> tuple[ChosenRecipient, ...]:
    """The recipients of a draft with their names, as far as the API gives them."""
    if not message["recipients"]:
        return ()
    names = ("sender_siret", "recipient_kind", "recipients")
    try:
        answer = screen.api.post("/messages/outbox/preview", {each: message[each] for each in names}, limit=NAMED)
    except ApiProblem:
        return ()
    return once(map(recipient_of, answer.body["recipients"]))
