"""The searches of a document's recipient and of its service: a result is put into the form with one press."""

from typing import Any

from console import lists
from console.requests import Answer
from console.screens import Screen, Screens

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/documents/<document_id>"
_ASKED = ("name", "town", "postal_code", "siret")
_LEAST_DIGITS = 4
_COMPLETED = 20


@screens.page(f"{_PAGE}/recipients")
def recipients(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Recipients of the portal's directory by name, town, postal code or digits; at first those of the name read."""
    if screen.incoming.headers.get("x-partial"):
        return _completed(screen, supplier_id)
    line, form = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}/invoices/{document_id}/form")
    asked = {name: screen.incoming.one(name) for name in _ASKED}
    if not any(name in screen.incoming.query for name in _ASKED):
        asked["name"] = form["fields"].get("recipient_name", {}).get("value", "")
    found, problem = _found(screen, supplier_id, asked)
    return screen.show(
        "invoice/recipients.html",
        status=422 if problem else 200,
        supplier=line,
        form=form,
        asked=asked,
        found=found,
        problem=problem,
        place=f"/console/suppliers/{supplier_id}/documents/{document_id}",
        version=f'"{form["version"]}"',
    )


@screens.page(f"{_PAGE}/services")
def services(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """The open services of the document's recipient, by code or name, page by page."""
    path = f"/suppliers/{supplier_id}/invoices/{document_id}/form"
    search = screen.incoming.one("search")
    wanted = {"search": search, "cursor": screen.incoming.one("cursor"), "limit": 50}
    if screen.incoming.headers.get("x-partial"):
        found = screen.api.get(f"{path}/services", search=search, limit=_COMPLETED)
        options = [{"value": each["value"], "label": each["name"]} for each in found["services"]]
        return screen.show("invoice/options.html", options=options)
    line, form, found = screen.of_supplier(supplier_id, path, (f"{path}/services", wanted))
    return screen.show(
        "invoice/services.html",
        supplier=line,
        form=form,
        search=search,
        found=found,
        place=f"/console/suppliers/{supplier_id}/documents/{document_id}",
        version=f'"{form["version"]}"',
    )


def _completed(screen: Screen, supplier_id: str) -> Answer:
    """Options for what is typed into the field: digits of a SIRET, or words of a name."""
    text = screen.incoming.one("search")
    digits = "".join(text.split())
    asked = {"siret": digits} if digits.isdigit() else {"name": text}
    found, _ = _found(screen, supplier_id, asked, limit=_COMPLETED)
    options = [
        {"value": each["siret"], "label": " · ".join(filter(None, (each["name"], each["postal_code"], each["town"])))}
        for each in (found["recipients"] if found else ())
    ]
    return screen.show("invoice/options.html", options=options)


def _found(screen: Screen, supplier_id: str, asked: dict[str, str], *, limit: int = 50) -> tuple[Any, Any]:
    """The directory's answer, None when nothing was asked; and why it gave none."""
    if not any(asked.values()) or 0 < len(asked.get("siret", "")) < _LEAST_DIGITS:
        return None, None
    search = (f"/suppliers/{supplier_id}/recipients/search", {"limit": limit, **asked})
    _, body, problem = lists.found(screen.api, search, refusals=(409, 422, 429, 503))
    return body, problem
