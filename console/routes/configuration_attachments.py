"""Which attachments go with which invoices: the switch, the types, and the rules that link them by a metadata."""

from collections.abc import Mapping
from typing import Any

from console.api_client import ApiProblem, Json
from console.forms import checked, correctable, rows, show_form, version_header
from console.requests import Answer, Incoming
from console.screens import Screen, Screens

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/configuration/attachments"
_RULE = ("classification_rule", "metadata", "attachment_type")


@screens.page(_PAGE)
def attachments_page(screen: Screen, supplier_id: str) -> Answer:
    """The policy, with the types that Chorus Pro has."""
    return _attachments(screen, supplier_id)


@screens.action(_PAGE)
def save_attachments(screen: Screen, supplier_id: str) -> Answer:
    """Replace the whole policy."""
    given = _given(screen.incoming)
    path = f"/suppliers/{supplier_id}/configuration/attachments"
    try:
        saved = screen.api.put(path, given, version=screen.incoming.one("version")).body
    except ApiProblem as error:
        return _attachments(screen, supplier_id, correctable(error), given)
    if saved["warnings"]:
        return _attachments(screen, supplier_id, warnings=saved["warnings"])
    return screen.go(screen.incoming.path, done="saved")


def _given(incoming: Incoming) -> dict[str, Any]:
    return {
        "send": checked(incoming, "send"),
        "switch_metadata": incoming.one("switch_metadata") or None,
        "switch_values": [each.strip() for each in incoming.one("switch_values").split("\n") if each.strip()],
        "default_type": incoming.one("default_type") or None,
        "rules": [
            {**row, "attachment_type": row["attachment_type"] or None} for row in rows(incoming, "link_rules", _RULE)
        ],
    }


def _attachments(
    screen: Screen,
    supplier_id: str,
    refused: ApiProblem | None = None,
    given: Mapping[str, Any] | None = None,
    warnings: Json = (),
) -> Answer:
    path = f"/suppliers/{supplier_id}/configuration/attachments"
    supplier, policy = screen.of_supplier(supplier_id, path)
    types, unanswered = _types(screen, supplier_id)
    return show_form(
        screen,
        "configuration/attachments.html",
        refused,
        supplier=supplier,
        given=given or policy,
        types=types,
        unanswered=unanswered,
        warnings=warnings,
        version=version_header(supplier),
    )


def _types(screen: Screen, supplier_id: str) -> tuple[list[tuple[str, str]], bool]:
    """The types of attachments that Chorus Pro has, and whether it could not be asked."""
    try:
        found = screen.api.get(f"/suppliers/{supplier_id}/configuration/attachment-types")["types"]
    except ApiProblem as error:
        if error.status not in (409, 503):
            raise
        return [], True
    return [(each["code"], each["name"]) for each in found], False
