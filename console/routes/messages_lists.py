"""« Mes messages » · distribution lists: all of them, one with its members, and what changes in it."""

from typing import Any

from console.api_client import ApiProblem
from console.requests import Answer
from console.routes.messages import asked, no_sender, shown_list, writable
from console.routes.messages_recipients import chosen, finding, found
from console.routes.messages_writing import services_of
from console.screens import Screen, Screens

screens = Screens()

LISTS = "/console/messages/lists"

_MEMBERS = 20
_SHOWN_AGAIN = (409, 412, 422)

Json = Any


@screens.page("/messages/lists")
def lists(screen: Screen) -> Answer:
    """The lists of the person's structures, five a page."""
    query = asked(screen.incoming, "owner", "kind")
    return shown_list(screen, "messages/lists.html", "/messages/lists", query, "/messages", counted=False)


@screens.page("/messages/lists/new")
def new(screen: Screen) -> Answer:
    """The form of a new list."""
    return _show_new(screen)


@screens.action("/messages/lists/new")
def create(screen: Screen) -> Answer:
    """Create the list, or search for members."""
    one = screen.incoming.one
    if one("do") != "save" or one("owner") != one("shown_owner"):
        return _show_new(screen)
    body = {
        "owner_siret": one("owner"),
        "owner_service": one("owner_service"),
        "name": one("name"),
        "kind": one("kind") or None,
        "members": [each.address for each in chosen(screen.incoming)],
    }
    try:
        made = screen.api.post("/messages/lists", body, key=one("key")).body
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return _show_new(screen, error=error)
    return screen.go(f"{LISTS}/{made['identifier']}/{made['list_id']}", done="list_created")


@screens.page("/messages/lists/<siret>/<list_id>")
def one_list(screen: Screen, siret: str, list_id: str) -> Answer:
    """A list: its name, and its members page by page."""
    return _show(screen, siret, list_id)


@screens.action("/messages/lists/<siret>/<list_id>")
def change(screen: Screen, siret: str, list_id: str) -> Answer:
    """Rename the list, take out the checked members, or add the chosen ones; or search for members to add."""
    changes: dict[str, dict[str, Json]] = {
        "rename": {"name": screen.incoming.one("name")},
        "remove": {"remove": [each.address for each in chosen(screen.incoming)]},
        "add": {"add": [each.address for each in chosen(screen.incoming)]},
    }
    wish = screen.incoming.one("do")
    if wish not in changes:
        return _show(screen, siret, list_id)
    try:
        version = screen.incoming.one("version")
        screen.api.patch(f"/messages/lists/{siret}/{list_id}", changes[wish], version=version)
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return _show(screen, siret, list_id, error=error)
    return screen.go(f"{LISTS}/{siret}/{list_id}", done="saved")


@screens.action("/messages/lists/<siret>/<list_id>/delete")
def delete(screen: Screen, siret: str, list_id: str) -> Answer:
    """Delete the list; messages that were sent to it keep their recipients."""
    try:
        screen.api.delete(f"/messages/lists/{siret}/{list_id}", version=screen.incoming.one("version"))
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return _show(screen, siret, list_id, error=error)
    return screen.go(LISTS, done="list_deleted")


def _show_new(screen: Screen, *, error: ApiProblem | None = None) -> Answer:
    one = screen.incoming.one
    home = screen.api.get("/messages")
    mine = writable(home)
    owners = [each for each in home["structures"] if each["siret"] in mine]
    if not owners:
        return no_sender(screen, "lists")
    owner = one("owner") if one("owner") in mine else owners[0]["siret"]
    structure = screen.api.get(f"/structures/{owner}")
    kind = (one("kind") or "supplier") if structure["public"] else ""
    return screen.show(
        "messages/new_list.html",
        status=error.status if error else 200,
        name=one("name"),
        owners=owners,
        owner=owner,
        owner_changed=one("do") == "save" and one("owner") != one("shown_owner"),
        owner_service=one("owner_service"),
        services=services_of(structure, mine[owner]),
        structure=structure,
        kind=kind,
        members=chosen(screen.incoming),
        wanted=finding(screen.incoming),
        found=found(screen, sender=owner, kind=kind, wanted=finding(screen.incoming)),
        problem=error.problem if error else None,
    )


def _show(screen: Screen, siret: str, list_id: str, *, error: ApiProblem | None = None) -> Answer:
    shown, home = screen.api.get_all(f"/messages/lists/{siret}/{list_id}", "/messages")
    structure = screen.api.get(f"/structures/{siret}") if screen.incoming.method == "POST" else None
    kind = shown["kind"] if structure and structure["public"] else ""
    pages = max(1, -(-len(shown["members"]) // _MEMBERS))
    page = min(_page_number(screen.incoming.one("page")), pages)
    adding = screen.incoming.one("adding") == "yes"
    wanted = finding(screen.incoming)
    return screen.show(
        "messages/list.html",
        status=error.status if error else 200,
        shown=shown,
        name=screen.incoming.one("name", shown["name"]) if error else shown["name"],
        version=f'"{shown["version"]}"',
        writes=siret in writable(home),
        members=shown["members"][(page - 1) * _MEMBERS : page * _MEMBERS],
        page=page,
        pages=pages,
        adding=chosen(screen.incoming) if adding else (),
        wanted=wanted,
        found=found(screen, sender=siret, kind=kind, wanted=wanted),
        problem=error.problem if error else None,
    )


def _page_number(typed: str) -> int:
    return max(1, int(typed)) if typed.isdecimal() and len(typed) < 6 else 1
