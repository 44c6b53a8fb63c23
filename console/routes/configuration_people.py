"""Who may work for a supplier, who accepts an invitation, and who is notified of what."""

from typing import Any

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


@screens.page(_INVITATION)
def invitation(screen: Screen, supplier_id: str) -> Answer:
    """The button that accepts an invitation. The page is the same for any supplier: it says nothing of one."""
    me = screen.api.get("/me")
    if any(each["supplier_id"] == supplier_id for each in me["suppliers"]):
        return screen.go("/console/suppliers")
    return screen.show("configuration/invitation.html", me=me)


@screens.action(_INVITATION)
def accept_invitation(screen: Screen, supplier_id: str) -> Answer:
    """Accept it; without an invitation there is no such page (404)."""
    accepted = screen.api.put(f"/me/suppliers/{supplier_id}").body
    page = "documents" if "use" in accepted["roles"] else "configuration"
    return screen.go(f"/console/suppliers/{supplier_id}/{page}", done="invitation_accepted")


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
        for kind in kinds:
            screen.api.put(f"{_notifications(supplier_id)}/{kind}/{principal}", body)
    except ApiProblem as error:
        return _subscribers(screen, supplier_id, correctable(error))
    return screen.go(incoming.path, done="saved")


@screens.action(f"{_CONFIGURATION}/notifications/change")
def change_subscriber(screen: Screen, supplier_id: str) -> Answer:
    """End a subscription, or ask the owner of its address once more."""
    incoming = screen.incoming
    try:
        kind, principal = in_path(screen, incoming.one("kind")), in_path(screen, incoming.one("principal"))
        path = f"{_notifications(supplier_id)}/{kind}/{principal}"
        if incoming.one("what") == "ask":
            screen.api.post(f"{path}/confirmation", key=incoming.one("key"))
        else:
            screen.api.delete(path)
    except ApiProblem as error:
        return _subscribers(screen, supplier_id, correctable(error))
    done = "confirmation_asked" if incoming.one("what") == "ask" else "member_unsubscribed"
    return screen.go(f"/console{_notifications(supplier_id)}", done=done)


def principal_of(kind: str, typed: str) -> str:
    """The principal's id as the API has it: a group's name gets its prefix."""
    return f"group:{typed}" if kind == "group" and typed and not typed.startswith("group:") else typed


def _access(screen: Screen, supplier_id: str, refused: ApiProblem | None = None) -> Answer:
    path = f"/suppliers/{supplier_id}/configuration/access"
    supplier, access, me = screen.of_supplier(supplier_id, path, OWN)
    return show_form(
        screen,
        "configuration/access.html",
        refused,
        supplier=supplier,
        members=access["members"],
        me=me,
        link=f"{settings().api_url}/console/invitations/{supplier_id}",
    )


def _subscribers(screen: Screen, supplier_id: str, refused: ApiProblem | None = None) -> Answer:
    supplier, found, access, me = screen.of_supplier(
        supplier_id, _notifications(supplier_id), f"/suppliers/{supplier_id}/configuration/access", OWN
    )
    return show_form(
        screen,
        "configuration/notifications.html",
        refused,
        supplier=supplier,
        subscribers=sorted(found["subscribers"], key=lambda each: (each["principal"], each["kind"])),
        members=sorted(access["members"], key=lambda each: bool(each["principal"] != me["principal"])),
        me=me,
        kinds=KINDS,
    )


def _notifications(supplier_id: str) -> str:
    return f"/suppliers/{supplier_id}/configuration/notifications"
