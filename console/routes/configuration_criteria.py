"""Which documents are invoices to send: the criteria. Each change is tried on the documents first."""

from collections.abc import Mapping
from typing import Any

from console.api_client import ApiProblem, Json
from console.forms import checked, correctable, show_form, to_page_above, version_header
from console.requests import Answer, Incoming
from console.screens import Screen, Screens

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/configuration/criteria"
_KINDS = ("folder", "classification_rule")


screens.page(f"{_PAGE}/take")(to_page_above)


@screens.page(_PAGE)
def criteria_page(screen: Screen, supplier_id: str) -> Answer:
    """The criteria, and the form for another one."""
    return _criteria(screen, supplier_id)


@screens.page(f"{_PAGE}/try")
def try_criteria(screen: Screen, supplier_id: str) -> Answer:
    """What a new criterion, or the removal of one, would change. Nothing is changed yet."""
    incoming = screen.incoming
    supplier, settings = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}")
    removed = next((each for each in settings["criteria"] if each["criterion_id"] == incoming.one("remove")), None)
    if incoming.one("remove") and removed is None:
        return screen.go(_address(supplier_id))  # another person removed it
    kept = [criterion_wish(each) for each in settings["criteria"] if each is not removed]
    tried = kept if removed else [*kept, given_criterion(incoming)]
    try:
        path = f"/suppliers/{supplier_id}/configuration/criteria/dry-run"
        result = screen.api.post(path, {"criteria": tried}, cursor=incoming.one("cursor")).body
    except ApiProblem as error:
        return _criteria(screen, supplier_id, correctable(error))
    return screen.show(
        "configuration/criteria_try.html",
        supplier=supplier,
        removed=removed,
        result=result,
        version=version_header(settings),
    )


@screens.action(_PAGE)
def add_criterion(screen: Screen, supplier_id: str) -> Answer:
    """Add the criterion that was tried. Documents set aside are offered if the trial says that it takes some."""
    incoming = screen.incoming
    key, version = incoming.one("key"), incoming.one("version")
    path = f"/suppliers/{supplier_id}/configuration/criteria"
    try:
        screen.api.post(path, given_criterion(incoming), key=key, version=version)
    except ApiProblem as error:
        return _criteria(screen, supplier_id, correctable(error))
    more = "?take=yes" if checked(incoming, "takes") else ""
    return screen.go(f"{incoming.path}{more}", done="criterion_added")


@screens.action(f"{_PAGE}/<criterion_id>/remove")
def remove_criterion(screen: Screen, supplier_id: str, criterion_id: str) -> Answer:
    """Remove the criterion. What it has taken stays."""
    path = f"/suppliers/{supplier_id}/configuration/criteria/{criterion_id}"
    screen.api.delete(path, version=screen.incoming.one("version"))
    return screen.go(_address(supplier_id), done="criterion_removed")


@screens.action(f"{_PAGE}/take")
def take_matching(screen: Screen, supplier_id: str) -> Answer:
    """Take the documents set aside that match now: one call, and the form again while there are more."""
    incoming = screen.incoming
    path = f"/suppliers/{supplier_id}/invoices/take-matching"
    taken = screen.api.post(path, key=incoming.one("key"), cursor=incoming.one("cursor")).body
    return _criteria(screen, supplier_id, taken=taken)


def given_criterion(incoming: Incoming) -> dict[str, Json]:
    """The criterion of the form. Its name is as it was typed: the API says what is wrong with it."""
    kind = "classification_rule" if incoming.one("kind") == "classification_rule" else "folder"
    wish: dict[str, Json] = {kind: incoming.one("criterion")}
    return wish | {"include_subfolders": True} if kind == "folder" and checked(incoming, "subfolders") else wish


def criterion_wish(criterion: Mapping[str, Json]) -> dict[str, Json]:
    """A saved criterion as a dry run takes it."""
    wish = {kind: criterion[kind] for kind in _KINDS if criterion[kind]}
    return wish | {"include_subfolders": True} if criterion["include_subfolders"] else wish


def _criteria(screen: Screen, supplier_id: str, refused: ApiProblem | None = None, **context: Any) -> Answer:
    supplier, settings = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}")
    return show_form(
        screen,
        "configuration/criteria.html",
        refused,
        supplier=supplier,
        criteria=settings["criteria"],
        warnings=[each for each in settings["warnings"] if str(each["field"]).startswith("criteria")],
        version=version_header(settings),
        **{"taken": None, **context},
    )


def _address(supplier_id: str) -> str:
    return f"/console/suppliers/{supplier_id}/configuration/criteria"
