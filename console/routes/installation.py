"""For administrators of the installation: every supplier of it, a new one, suspension, and the end of one."""

from typing import Any

from console.api_client import ApiProblem
from console.forms import checked, correctable, show_form, to_page_above
from console.requests import Answer
from console.routes.configuration_identity import SCHEMES, given_identifier
from console.screens import OWN, Screen, Screens

screens = Screens()

_PAGE = "/installation"
_ONE = "/installation/<supplier_id>"
_PAGE_LENGTH = 20


screens.page(_ONE)(to_page_above)


@screens.page(_PAGE)
def installation_page(screen: Screen) -> Answer:
    """Every supplier of the installation, with what its administrators can do to it."""
    return _installation(screen)


@screens.page("/new-supplier")
def new_supplier(screen: Screen) -> Answer:
    """The form for a new supplier."""
    return _new_supplier(screen)


@screens.action("/new-supplier")
def create_supplier(screen: Screen) -> Answer:
    """Make the supplier and show how to connect it."""
    incoming = screen.incoming
    body: dict[str, Any] = {"name": incoming.one("name"), **given_identifier(incoming)}
    if checked(incoming, "join_structure"):
        body["join_structure"] = True
    try:
        made = screen.api.post("/suppliers", body, key=incoming.one("key")).body
    except ApiProblem as error:
        return _new_supplier(screen, correctable(error))
    return screen.go(f"/console/suppliers/{made['supplier_id']}/connection", done="supplier_created")


@screens.action(_ONE)
def operate_supplier(screen: Screen, supplier_id: str) -> Answer:
    """Suspend a supplier, resume it, or begin its deletion."""
    incoming = screen.incoming
    version, what = incoming.one("version"), incoming.one("what")
    path = f"/suppliers/{supplier_id}"
    try:
        if what == "delete":
            screen.api.delete(path, version=version)
            return screen.go(f"/console/installation/{supplier_id}/removal")
        name = "resume" if what == "resume" else "suspend"
        screen.api.post(f"{path}/{name}", key=incoming.one("key"), version=version)
    except ApiProblem as error:
        return _installation(screen, correctable(error))
    return screen.go_back(
        "/console/installation", done=f"supplier_{name}ed" if name == "suspend" else "supplier_resumed"
    )


@screens.action(f"{_ONE}/identifier")
def assign_identifier(screen: Screen, supplier_id: str) -> Answer:
    """Give the supplier an identifier without asking Chorus Pro."""
    incoming = screen.incoming
    body = {**given_identifier(incoming), "join_structure": checked(incoming, "join_structure")}
    path = f"/suppliers/{supplier_id}/configuration/siret"
    try:
        screen.api.put(path, body, version=incoming.one("version"))
    except ApiProblem as error:
        return _installation(screen, correctable(error))
    return screen.go_back("/console/installation", done="saved")


@screens.page(f"{_ONE}/removal")
def removal_page(screen: Screen, supplier_id: str) -> Answer:
    """How far the deletion is; at its end the link to the export. The page loads itself again until then."""
    removal = screen.api.get(f"/suppliers/{supplier_id}/removal")
    return screen.show("installation/removal.html", removal=removal, supplier_id=supplier_id)


def _installation(screen: Screen, refused: ApiProblem | None = None) -> Answer:
    cursor = screen.incoming.query.get("cursor", [""])[-1]
    page = screen.api.get("/suppliers", scope="installation", limit=_PAGE_LENGTH, cursor=cursor)
    shown = {"suppliers": page["suppliers"], "cursor": page["cursor"], "schemes": SCHEMES}
    return show_form(screen, "installation/list.html", refused, **shown)


def _new_supplier(screen: Screen, refused: ApiProblem | None = None) -> Answer:
    (me,) = screen.api.get_all(OWN)
    if not me["administers_installation"]:
        raise ApiProblem(403, {})
    return show_form(screen, "installation/new_supplier.html", refused, schemes=SCHEMES)
