"""Who may work for a supplier, who accepts an invitation, and who is notified of what."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from console.api_client import ApiProblem
from console.forms import checked, correctable, in_path, refusal, show_form, to_page_above
from console.requests import Answer
from console.screens import OWN, Screen, Screens
from console.settings import settings

screens = Screens()

_CONFIGURATION = "/suppliers/<supplier_id>/configuration"
_INVITATION = "/invitations/<supplier_id>"
_ROLES = ("administer", "use")

KINDS = ("waiting", "held", "submitted", "status", "message", "portal", "webhook")
"""The kinds of notifications (`NotificationKind`), in the order of the page."""


screens.page(f"{_CONFIGURATION}/access/revoke")(to_page_above)
screens.page(f"{_CONFIGURATION}/notifications/change")(to_page_above)


@screens.page(f"{_CONFIGURATION}/access")
def access_page(screen: Screen, supplier_id: str) -> Answer:
    """The members with their rights, those who were invited, and the form to give rights."""
    return _access(screen, supplier_id)


@screens.action(f"{_CONFIGURATION}/access")
def give_rights(screen: Screen, supplier_id: str) -> Answer:
    """Give a person, a system or a group the rights that are checked: a new member is invited by it."""
    incoming = screen.incoming
    roles = [each for each in _ROLES if checked(incoming, each)]
    body: dict[str, Any] = {"roles": roles}
    if incoming.one("kind") == "system":
        body["kind"] = "system"
    try:
        if not roles:
            raise refusal(screen, "configuration.no_right_chosen")
        principal = in_path(screen, principal_of(incoming.one("kind"), incoming.one("principal")))
        screen.api.put(f"/suppliers/{supplier_id}/configuration/access/{principal}", body)
    except ApiProblem as error:
        return _access(screen, supplier_id, correctable(error))
    return screen.go(incoming.path, done="rights_given")


@screens.action(f"{_CONFIGURATION}/access/revoke")
def revoke_rights(screen: Screen, supplier_id: str) -> Answer:
    """Take all rights back, at once."""
    try:
        principal = in_path(screen, screen.incoming.one("principal"))
        screen.api.delete(f"/suppliers/{supplier_id}/configuration/access/{principal}")
    except ApiProblem as error:
        return _access(screen, supplier_id, correctable(error))
    return screen.go(f"/console/suppliers/{supplier_id}/configuration/access", done="rights_revoked")


@screens.page("/invitations")
def open_invitation(screen: Screen) -> Answer:
    """Go to the invitation whose address was pasted."""
    supplier_id = screen.incoming.one("link").strip().rstrip("/").rpartition("/")[2]
    return screen.go(f"/console/invitations/{quote(supplier_id)}" if supplier_id else "/console/suppliers")


@screens.page(_INVITATION)
def invitation(screen: Screen, supplier_id: str) -> Answer:
    """Which supplier invites the person, to what, and who; for a stranger only the person's own identifier."""
    try:
        invitation = screen.api.get(f"/me/invitations/{supplier_id}")
    except ApiProblem as error:
        if error.status != 404:
            raise
        return screen.show("configuration/invitation.html", me=screen.api.get_all(OWN)[0], invitation=None)
    if invitation["accepted"]:
        return screen.go(_first_page(invitation))
    return screen.show("configuration/invitation.html", me=None, invitation=invitation)


@screens.action(_INVITATION)
def accept_invitation(screen: Screen, supplier_id: str) -> Answer:
    """Accept it; without an invitation there is no such page (404)."""
    accepted = screen.api.put(f"/me/suppliers/{supplier_id}").body
    return screen.go(_first_page(accepted), done="supplier_joined")


@screens.page(f"{_CONFIGURATION}/notifications")
def subscribers_page(screen: Screen, supplier_id: str) -> Answer:
    """Who is notified of what, and where e-mails go."""
    return _subscribers(screen, supplier_id)


@screens.action(f"{_CONFIGURATION}/notifications")
def set_subscriber(screen: Screen, supplier_id: str) -> Answer:
    """Subscribe a member to the kinds that are checked, with one address for all of them or none."""
    incoming = screen.incoming
    body = {"email": incoming.one("email") or None}
    kinds = [each for each in KINDS if each in incoming.many("kind")]
    try:
        if not kinds:
            raise refusal(screen, "configuration.no_kind_chosen")
        principal = in_path(screen, incoming.one("principal"))
        made = [screen.api.put(f"{_notifications(supplier_id)}/{kind}/{principal}", body).body for kind in kinds]
    except ApiProblem as error:
        return _subscribers(screen, supplier_id, correctable(error))
    asked = any(each["email_state"] == "asked" for each in made)
    return screen.go(incoming.path, done="subscribed_asked" if asked else "subscribed")


@screens.action(f"{_CONFIGURATION}/notifications/change")
def change_subscriber(screen: Screen, supplier_id: str) -> Answer:
    """End subscriptions of a member, or ask the owner of their address once more."""
    incoming = screen.incoming
    try:
        principal = in_path(screen, incoming.one("principal"))
        paths = [f"{_notifications(supplier_id)}/{in_path(screen, kind)}/{principal}" for kind in incoming.many("kind")]
        if incoming.one("what") == "ask":
            for path in paths[:1]:  # one e-mail asks for the address, whatever is sent to it
                screen.api.post(f"{path}/confirmation", key=incoming.one("key"))
        else:
            for path in paths:
                screen.api.delete(path)
    except ApiProblem as error:
        return _subscribers(screen, supplier_id, correctable(error))
    done = "confirmation_asked" if incoming.one("what") == "ask" else "member_unsubscribed"
    return screen.go(f"/console{_notifications(supplier_id)}", done=done)


def access_list(supplier_id: str) -> tuple[str, dict[str, Any]]:
    """The call for the members of a supplier with their names."""
    return f"/suppliers/{supplier_id}/configuration/access", {"names": True}


def names_of(access: Any) -> dict[str, str]:
    """The names of the members, by their ids, as far as the API gives them."""
    return {each["principal"]: each["name"] for each in access["members"] if each.get("name")}


def principal_of(kind: str, typed: str) -> str:
    """The principal's id as the API has it: a group's name gets its prefix."""
    return f"group:{typed}" if kind == "group" and typed and not typed.startswith("group:") else typed


def _first_page(supplier: Any) -> str:
    page = "documents" if "use" in supplier["roles"] else "configuration"
    return f"/console/suppliers/{supplier['supplier_id']}/{page}"


def _access(screen: Screen, supplier_id: str, refused: ApiProblem | None = None) -> Answer:
    supplier, access, me = screen.of_supplier(supplier_id, access_list(supplier_id), OWN)
    return show_form(
        screen,
        "configuration/access.html",
        refused,
        supplier=supplier,
        members=access["members"],
        names=names_of(access),
        me=me,
        link=f"{settings().api_url}/console/invitations/{supplier_id}",
    )


def _subscribers(screen: Screen, supplier_id: str, refused: ApiProblem | None = None) -> Answer:
    supplier, found, access, me = screen.of_supplier(
        supplier_id, _notifications(supplier_id), access_list(supplier_id), OWN
    )
    return show_form(
        screen,
        "configuration/notifications.html",
        refused,
        supplier=supplier,
        subscriptions=_subscriptions(found["subscribers"]),
        names=names_of(access),
        members=sorted(access["members"], key=lambda each: bool(each["principal"] != me["principal"])),
        me=me,
        kinds=KINDS,
    )


def _subscriptions(subscribers: Sequence[Any]) -> list[dict[str, Any]]:
    """One line for all kinds of a member that have one address, as one press of the form makes it."""
    lines: dict[tuple[str, str], dict[str, Any]] = {}
    for each in sorted(subscribers, key=lambda one: (one["principal"], KINDS.index(one["kind"]))):
        line = lines.setdefault((each["principal"], each["email"] or ""), {**each, "kinds": []})
        line["kinds"].append(each["kind"])
    return list(lines.values())


def _notifications(supplier_id: str) -> str:
    return f"/suppliers/{supplier_id}/configuration/notifications"
