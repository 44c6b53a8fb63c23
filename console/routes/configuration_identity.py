"""The identity of a supplier at Chorus Pro, and the export of everything that is known of it."""

from typing import Any

from console.api_client import ApiProblem, Json
from console.forms import correctable, show_form, to_page_above, version_header
from console.requests import Answer, Incoming
from console.screens import OWN, Screen, Screens

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/configuration/lifecycle"

SCHEMES = ("SIRET", "RIDET", "TAHITI", "UE_HORS_FRANCE", "HORS_UE")
"""How Chorus Pro identifies a supplier."""


screens.page(f"{_PAGE}/export")(to_page_above)


@screens.page(_PAGE)
def identity_page(screen: Screen, supplier_id: str) -> Answer:
    """The identifier with the form to change it, and the export."""
    return _identity(screen, supplier_id)


@screens.action(_PAGE)
def change_identifier(screen: Screen, supplier_id: str) -> Answer:
    """Give the supplier another identifier: Chorus Pro must confirm that it is the supplier's."""
    incoming = screen.incoming
    try:
        version = incoming.one("version")
        screen.api.patch(f"/suppliers/{supplier_id}", given_identifier(incoming), version=version)
    except ApiProblem as error:
        return _identity(screen, supplier_id, correctable(error))
    return screen.go(incoming.path, done="saved")


@screens.action(f"{_PAGE}/export")
def export_supplier(screen: Screen, supplier_id: str) -> Answer:
    """Make a file of everything, and show the link to it."""
    link = screen.api.post(f"/suppliers/{supplier_id}/export", key=screen.incoming.one("key")).body
    return _identity(screen, supplier_id, link=link)


def given_identifier(incoming: Incoming) -> dict[str, Json]:
    """The identifier of the form as the API takes it: a SIRET by its own name."""
    scheme, value = incoming.one("scheme"), incoming.one("identifier")
    if scheme not in SCHEMES or scheme == "SIRET":
        return {"siret": value}
    return {"identifier": {"scheme": scheme, "value": value}}


def _identity(screen: Screen, supplier_id: str, refused: ApiProblem | None = None, **context: Any) -> Answer:
    supplier, me = screen.of_supplier(supplier_id, OWN)
    return show_form(
        screen,
        "configuration/identity.html",
        refused,
        supplier=supplier,
        me=me,
        schemes=SCHEMES,
        version=version_header(supplier),
        **{"link": None, **context},
    )
