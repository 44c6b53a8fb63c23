"""The designs of invoices that confirmed documents taught, and the trail of the configuration's changes."""

from console.requests import Answer
from console.routes.configuration_people import access_list, names_of
from console.screens import OWN, Screen, Screens

screens = Screens()

_CONFIGURATION = "/suppliers/<supplier_id>/configuration"


@screens.page(f"{_CONFIGURATION}/layouts")
def layouts_page(screen: Screen, supplier_id: str) -> Answer:
    """The designs, the last seen first."""
    supplier, found = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}/layouts")
    return screen.show("configuration/layouts.html", supplier=supplier, layouts=found["layouts"])


@screens.page(f"{_CONFIGURATION}/layouts/<layout_id>")
def layout_page(screen: Screen, supplier_id: str, layout_id: str) -> Answer:
    """One design: how often each of its fields was right, and the documents that taught it."""
    supplier, layout = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}/layouts/{layout_id}")
    return screen.show("configuration/layout.html", supplier=supplier, layout=layout)


@screens.action(f"{_CONFIGURATION}/layouts/<layout_id>/forget")
def forget_layout(screen: Screen, supplier_id: str, layout_id: str) -> Answer:
    """Forget the design: its next document is a new one."""
    screen.api.delete(f"/suppliers/{supplier_id}/layouts/{layout_id}")
    return screen.go(f"/console/suppliers/{supplier_id}/configuration/layouts", done="layout_forgotten")


@screens.page(f"{_CONFIGURATION}/audit")
def audit_page(screen: Screen, supplier_id: str) -> Answer:
    """The changes, the newest first, with the values before and after."""
    return _audit(screen, supplier_id)


@screens.action(f"{_CONFIGURATION}/audit")
def export_audit(screen: Screen, supplier_id: str) -> Answer:
    """Make a file of the whole trail, and show the link to it."""
    body = {"format": "csv" if screen.incoming.one("format") == "csv" else "jsonl"}
    path = f"/suppliers/{supplier_id}/configuration/audit/exports"
    link = screen.api.post(path, body, key=screen.incoming.one("key")).body
    return _audit(screen, supplier_id, link=link)


def _audit(screen: Screen, supplier_id: str, link: object = None) -> Answer:
    asked = {"limit": 30, "cursor": screen.incoming.query.get("cursor", [""])[-1]}
    path = f"/suppliers/{supplier_id}/configuration/audit"
    supplier, page, me, access = screen.of_supplier(supplier_id, (path, asked), OWN, access_list(supplier_id))
    shown = {"changes": page["changes"], "cursor": page["cursor"], "link": link}
    shown |= {"own": me["principal"], "names": names_of(access)}
    return screen.show("configuration/audit.html", supplier=supplier, **shown)
