"""Structures · those of the person, one with its description, its people, its trail; an invitation and its answer."""

from dataclasses import dataclass
from typing import Any

from console.api_client import ApiProblem
from console.requests import Answer, Incoming
from console.screens import Screen, Screens

screens = Screens()

STRUCTURES = "/console/structures"

_SHOWN_AGAIN = (409, 412, 422)
_DESCRIBED = ("name", "postal_code", "town")

Json = Any


@dataclass(frozen=True)
class OwnRights:
    """What the person may do with a structure: administer it, administer the installation, read or write messages."""

    principal: str
    administers: bool
    administers_installation: bool
    mode: str
    services: tuple[str, ...] | None

    @property
    def describes(self) -> bool:
        """Whether the person sees and changes its description and its people."""
        return self.administers or self.administers_installation


def rights(me: Json, siret: str) -> OwnRights:
    """The person's rights for that structure, from what the API says of the person."""
    lines = [each for each in me["structures"] if each["siret"] == siret]
    suppliers = [each for each in me["suppliers"] if each["siret"] == siret]
    modes = [each for each in lines if each["mode"]]
    best = max(modes, key=lambda each: (each["mode"] == "write", each["services"] is None), default=None)
    return OwnRights(
        principal=me["principal"],
        administers=any("administer" in each["roles"] for each in (*lines, *suppliers)),
        administers_installation=me["administers_installation"],
        mode=best["mode"] if best else "",
        services=tuple(best["services"]) if best and best["services"] is not None else None,
    )


@screens.page("/structures")
def structures(screen: Screen) -> Answer:
    """The structures that the person acts for or reads messages of."""
    return _show_all(screen)


@screens.action("/structures")
def create(screen: Screen) -> Answer:
    """Create a public body, for administrators of the installation."""
    one = screen.incoming.one
    body = {name: one(name) for name in ("siret", *_DESCRIBED) if one(name)}
    body |= {"email": one("email")} if one("email") else {}
    body |= {"public": True} if one("public") == "yes" else {}  # type: ignore[dict-item]
    try:
        made = screen.api.post("/structures", body, key=one("key")).body
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return _show_all(screen, error=error)
    return screen.go(f"{STRUCTURES}/{made['siret']}", done="structure_created")


@screens.page("/structures/open")
def open_one(screen: Screen) -> Answer:
    """Go to the structure whose SIRET was typed."""
    digits = "".join(each for each in screen.incoming.one("siret") if each.isdigit())
    return screen.go(f"{STRUCTURES}/{digits}" if digits else STRUCTURES)


@screens.page("/structures/<siret>")
def structure(screen: Screen, siret: str) -> Answer:
    """A structure's description; for an invited person, the invitation."""
    return _show(screen, siret)


@screens.action("/structures/<siret>")
def describe(screen: Screen, siret: str) -> Answer:
    """Change the description."""
    try:
        change = _description(screen.incoming)
        screen.api.patch(f"/structures/{siret}", change, version=screen.incoming.one("version"))
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return _show(screen, siret, error=error)
    return screen.go(f"{STRUCTURES}/{siret}", done="saved")


@screens.action("/structures/<siret>/answer")
def answer_invitation(screen: Screen, siret: str) -> Answer:
    """Accept the invitation, or end one's own subscription."""
    if screen.incoming.one("do") == "accept":
        screen.api.put(f"/me/structures/{siret}")
        return screen.go(f"{STRUCTURES}/{siret}", done="invitation_accepted")
    screen.api.delete(f"/me/structures/{siret}")
    return screen.go(STRUCTURES, done="subscription_ended")


@screens.page("/structures/<siret>/people")
def people(screen: Screen, siret: str) -> Answer:
    """Who has a role for the structure and who reads or writes its messages."""
    return _show_people(screen, siret)


@screens.action("/structures/<siret>/people")
def change_people(screen: Screen, siret: str) -> Answer:
    """Give or take a role or a subscription."""
    one = screen.incoming.one
    kind = "members" if one("of") == "members" else "subscriptions"
    path = f"/structures/{siret}/{kind}/{one('principal').replace('/', '')}"
    try:
        if one("do") == "remove":
            screen.api.delete(path)
        elif one("of") == "members":
            screen.api.put(path, {"role": one("role")})
        else:
            given = screen.api.put(path, {"mode": one("mode"), "services": _services(screen.incoming)}).body
            if not given["accepted"]:
                return screen.go(f"{STRUCTURES}/{siret}/people", done="person_invited")
    except ApiProblem as error:
        if error.status not in (403, 404, *_SHOWN_AGAIN):
            raise
        return _show_people(screen, siret, error=error)
    return screen.go(f"{STRUCTURES}/{siret}/people", done="saved")


@screens.page("/structures/<siret>/audit")
def audit(screen: Screen, siret: str) -> Answer:
    """Changes of the description, of members and subscriptions, newest first."""
    query = {"limit": 20, "cursor": screen.incoming.one("cursor")}
    found, trail, me = screen.api.get_all(f"/structures/{siret}", (f"/structures/{siret}/audit", query), "/me")
    return screen.show("structures/audit.html", structure=found, trail=trail, rights=rights(me, siret))


def _show_all(screen: Screen, *, error: ApiProblem | None = None) -> Answer:
    me, home = screen.api.get_all("/me", "/messages")
    names = {each["siret"]: each["name"] for each in home["structures"]}
    names |= {each["siret"]: each["name"] for each in me["suppliers"] if each["siret"]}
    sirets = dict.fromkeys([*(each["siret"] for each in me["structures"]), *sorted(names)])
    return screen.show(
        "structures/list.html",
        status=error.status if error else 200,
        me=me,
        lines=[(siret, names.get(siret, ""), rights(me, siret)) for siret in sirets],
        problem=error.problem if error else None,
    )


def _show(screen: Screen, siret: str, *, error: ApiProblem | None = None) -> Answer:
    try:
        me, found = screen.api.get_all("/me", f"/structures/{siret}")
    except ApiProblem as stranger:
        if stranger.status != 404:
            raise
        invitation = screen.api.get(f"/me/structures/{siret}")  # 404 for who is not invited either
        return screen.show("structures/invitation.html", invitation=invitation)
    typed = {**found, **_description(screen.incoming)} if error else found
    return screen.show(
        "structures/structure.html",
        status=error.status if error else 200,
        structure=found,
        typed=typed,
        services="\n".join(f"{each['code']} {each['label']}".strip() for each in typed["services"]),
        version=f'"{found["version"]}"',
        rights=rights(me, siret),
        problem=error.problem if error else None,
    )


def _show_people(screen: Screen, siret: str, *, error: ApiProblem | None = None) -> Answer:
    root = f"/structures/{siret}"
    found, members, subscriptions, me = screen.api.get_all(root, f"{root}/members", f"{root}/subscriptions", "/me")
    one = screen.incoming.one
    return screen.show(
        "structures/people.html",
        link=_address_of(screen.incoming, siret),
        status=error.status if error else 200,
        structure=found,
        members=members["members"],
        subscriptions=subscriptions["subscriptions"],
        rights=rights(me, siret),
        typed={"of": one("of"), "principal": one("principal"), "mode": one("mode"), "role": one("role")},
        typed_services=screen.incoming.many("service"),
        problem=error.problem if error else None,
    )


def _address_of(incoming: Incoming, siret: str) -> str:
    """The whole address of the structure's page, for an e-mail to an invited person."""
    scheme, host = incoming.headers.get("x-forwarded-proto", "https"), incoming.headers.get("host", "")
    return f"{scheme}://{host}{STRUCTURES}/{siret}"


def _description(incoming: Incoming) -> dict[str, Json]:
    """What the form changes: the fields that it has. Services are lines of a code and a label."""
    given: dict[str, Json] = {name: incoming.one(name) for name in _DESCRIBED if name in incoming.form}
    if "services" in incoming.form:
        lines = [each.strip().partition(" ") for each in incoming.one("services").splitlines() if each.strip()]
        given["services"] = [{"code": code, "label": label.strip()} for code, _, label in lines]
    if "email" in incoming.form:
        given["email"] = incoming.one("email") or None
    if incoming.one("public") in ("yes", "no"):
        given["public"] = incoming.one("public") == "yes"
    return given


def _services(incoming: Incoming) -> list[str] | None:
    """The services of a subscription; None: the whole structure."""
    return None if incoming.one("whole") == "yes" else [each for each in incoming.many("service") if each]
