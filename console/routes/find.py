"""Find an invoice from any page: where it is, since when, and who must act."""

from console.rendering import page_of
from console.requests import Answer, redirect
from console.screens import Screen, Screens

screens = Screens()

_PAGE = 50
_LONGEST = 100  # characters of `text` (invoices.list)
_SEARCHED = 10
"""Suppliers that one search looks at. With more, a person chooses the supplier first."""


@screens.page("/find")
def find_anywhere(screen: Screen) -> Answer:
    """The documents that match at any of the person's suppliers; a single one is opened at once."""
    text = screen.incoming.one("text")[:_LONGEST]
    if not text.strip():
        return screen.show("find/empty.html")
    summary = screen.api.get("/me/summary", limit=_PAGE)
    suppliers = [each for each in summary["suppliers"] if "use" in each["roles"]]
    if not suppliers:
        return redirect("/console/suppliers")
    if len(suppliers) > _SEARCHED or summary["cursor"]:
        return screen.show("find/suppliers.html", suppliers=suppliers, text=text)
    asked = {"text": text, "limit": _PAGE, "portal": "known"}
    answers = screen.api.get_all(*((f"/suppliers/{each['supplier_id']}/invoices", asked) for each in suppliers))
    found = list(zip(suppliers, answers, strict=True))
    only = [(one["supplier_id"], each) for one, answer in found for each in answer["invoices"]]
    if len(only) == 1 and not any(answer["cursor"] for _, answer in found):
        return redirect(page_of(*only[0]))
    return screen.show("find/anywhere.html", found=found, text=text)


@screens.page("/suppliers/<supplier_id>/find")
def find(screen: Screen, supplier_id: str) -> Answer:
    """The supplier's documents that match, newest first; a single one is opened at once."""
    text, cursor = screen.incoming.one("text")[:_LONGEST], screen.incoming.one("cursor")
    if not text.strip():
        (supplier,) = screen.of_supplier(supplier_id)
        return screen.show("find/empty.html", supplier=supplier)
    asked = (f"/suppliers/{supplier_id}/invoices", {"text": text, "limit": _PAGE, "cursor": cursor, "portal": "ask"})
    supplier, found = screen.of_supplier(supplier_id, asked)
    if len(found["invoices"]) == 1 and not cursor and not found["cursor"]:
        return redirect(page_of(supplier_id, found["invoices"][0]))
    return screen.show("find/list.html", supplier=supplier, found=found, text=text)
