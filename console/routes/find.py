"""Find an invoice from any page of a supplier: where it is, since when, and who must act."""

from console.requests import Answer, redirect
from console.screens import Screen, Screens

screens = Screens()

_PAGE = 50
_LONGEST = 100  # characters of `text` (invoices.list)


@screens.page("/suppliers/<supplier_id>/find")
def find(screen: Screen, supplier_id: str) -> Answer:
    """The documents that match, newest first; a single one is opened at once."""
    text, cursor = screen.incoming.one("text")[:_LONGEST], screen.incoming.one("cursor")
    if not text:
        return redirect(f"/console/suppliers/{supplier_id}/documents")
    asked = (f"/suppliers/{supplier_id}/invoices", {"text": text, "limit": _PAGE, "cursor": cursor})
    supplier, found = screen.of_supplier(supplier_id, asked)
    if len(found["invoices"]) == 1 and not cursor and not found["cursor"]:
        return redirect(f"/console/suppliers/{supplier_id}/documents/{found['invoices'][0]['document_id']}")
    return screen.show("find/list.html", supplier=supplier, found=found, text=text)
