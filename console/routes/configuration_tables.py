"""The correspondence tables, one editor for all four, and the rows that corrections and messages propose."""

from collections.abc import Mapping
from typing import Any

from console.api_client import ApiProblem, Json
from console.catalogue import text
from console.forms import correctable, in_path, refusal, show_form, to_page_above
from console.requests import Answer
from console.routes.configuration_people import access_list, names_of
from console.screens import OWN, Screen, Screens

screens = Screens()

_CONFIGURATION = "/suppliers/<supplier_id>/configuration"
_TABLE = f"{_CONFIGURATION}/tables/<kind>"

COLUMNS = {
    "recipients": {"label": "label", "value": "siret"},
    "services": {"recipient_siret": "recipient_siret", "label": "label", "value": "service_code"},
    "users": {"label": "label", "value": "principal"},
    "bank": {"label": "label", "value": "bank_account"},
}
"""The columns of each table: what a row of the API calls them, and what the first line of its CSV does."""

EDITABLE = 40_000
"""A file of at most that many bytes is shown with its preview, to be corrected there and imported with one press."""

_PAGE_LENGTH = 50


screens.page(f"{_TABLE}/import")(to_page_above)
screens.page(f"{_TABLE}/export")(to_page_above)
screens.page(f"{_TABLE}/delete")(to_page_above)


@screens.page(_TABLE)
def table_page(screen: Screen, supplier_id: str, kind: str) -> Answer:
    """A page of the table, its search, and the forms to add a row and to import a file."""
    return _table(screen, supplier_id, kind)


@screens.action(_TABLE)
def save_row(screen: Screen, supplier_id: str, kind: str) -> Answer:
    """Save a row. A row whose key was changed leaves its old place: the new one is saved first."""
    incoming = screen.incoming
    given = {name: incoming.one(name) for name in _columns(kind)}
    path, old = _path(supplier_id, kind), incoming.one("row_id")
    try:
        saved = screen.api.put(f"{path}/rows", given).body
        if old and saved["row_id"] != old:
            screen.api.delete(f"{path}/rows/{in_path(screen, old)}")
    except ApiProblem as error:
        return (_row if old else _table)(screen, supplier_id, kind, correctable(error), given=given)
    done = "row_doubtful" if saved["warning"] else "row_saved" if saved["verified"] else "row_unverified"
    return screen.go_back(f"/console{path}", done=done)


@screens.page(f"{_TABLE}/row")
def row_page(screen: Screen, supplier_id: str, kind: str) -> Answer:
    """One row, to change or to delete."""
    return _row(screen, supplier_id, kind)


@screens.action(f"{_TABLE}/delete")
def delete_row(screen: Screen, supplier_id: str, kind: str) -> Answer:
    """Delete the row. It is no error when another person did."""
    try:
        screen.api.delete(f"{_path(supplier_id, kind)}/rows/{in_path(screen, screen.incoming.one('row_id'))}")
    except ApiProblem as error:
        if error.status != 404:
            raise
    return screen.go_back(f"/console{_path(supplier_id, kind)}", done="row_deleted")


@screens.action(f"{_TABLE}/import")
def import_table(screen: Screen, supplier_id: str, kind: str) -> Answer:
    """Preview a file, or import it: each refused line with its reasons and what the directory has for it."""
    incoming = screen.incoming
    _columns(kind)
    files = incoming.files
    content = files[0].content if files else incoming.one("csv").encode()
    only_looks = incoming.one("what") != "import"
    try:
        if not content:
            raise refusal(screen, "configuration.import_no_file")
        path = f"{_path(supplier_id, kind)}/imports"
        report = screen.api.upload(path, content, "text/csv", key=incoming.one("key"), dry_run=only_looks).body
    except ApiProblem as error:
        return _table(screen, supplier_id, kind, correctable(error), csv=_editable(content))
    csv = _editable(content) if only_looks or report["refused_count"] else ""
    return _table(screen, supplier_id, kind, report=report, csv=csv, too_large=only_looks and not csv)


@screens.action(f"{_TABLE}/export")
def export_table(screen: Screen, supplier_id: str, kind: str) -> Answer:
    """Make a file of the whole table, and show the link to it."""
    _columns(kind)
    link = screen.api.post(f"{_path(supplier_id, kind)}/exports", key=screen.incoming.one("key")).body
    return _table(screen, supplier_id, kind, link=link)


@screens.page(f"{_CONFIGURATION}/proposals")
def proposals_page(screen: Screen, supplier_id: str) -> Answer:
    """The proposed rows: none of them is in use."""
    return _proposals(screen, supplier_id)


@screens.action(f"{_CONFIGURATION}/proposals")
def decide_proposal(screen: Screen, supplier_id: str) -> Answer:
    """Add the proposed row to its table, under another label if one was typed, or dismiss it."""
    incoming = screen.incoming
    path, key = f"/suppliers/{supplier_id}/configuration/proposals", incoming.one("key")
    try:
        one = f"{path}/{in_path(screen, incoming.one('proposal'))}"
        if incoming.one("what") == "dismiss":
            screen.api.post(f"{one}/dismiss", key=key)
            return screen.go_back(incoming.path, done="proposal_dismissed")
        row = screen.api.post(f"{one}/activate", {"label": incoming.one("label") or None}, key=key).body
    except ApiProblem as error:
        return _proposals(screen, supplier_id, correctable(error))
    return _proposals(screen, supplier_id, activated=row)


def _table(screen: Screen, supplier_id: str, kind: str, refused: ApiProblem | None = None, **context: Any) -> Answer:
    columns, incoming = _columns(kind), screen.incoming
    asked = {"limit": _PAGE_LENGTH, "cursor": incoming.query.get("cursor", [""])[-1], "starts_with": _search(screen)}
    supplier, table, *known = screen.of_supplier(
        supplier_id, (_path(supplier_id, kind), asked), *_known(kind, supplier_id)
    )
    given = {name: "" if incoming.method == "POST" else incoming.one(name) for name in columns}
    shown = {"given": given, "report": None, "csv": "", "too_large": False, "link": None, **context}
    return show_form(
        screen,
        "configuration/table.html",
        refused,
        supplier=supplier,
        kind=kind,
        columns=columns,
        rows=table["rows"],
        cursor=table["cursor"],
        search=_search(screen),
        own=known[1]["principal"] if kind == "users" else "",
        names=names_of(known[0]) if kind == "users" else {},
        values=_values(screen, kind, known),
        **shown,
    )


def _row(
    screen: Screen,
    supplier_id: str,
    kind: str,
    refused: ApiProblem | None = None,
    given: Mapping[str, str] | None = None,
) -> Answer:
    path = f"{_path(supplier_id, kind)}/rows/{in_path(screen, screen.incoming.one('row_id'))}"
    columns = _columns(kind)
    supplier, row, me, *known = screen.of_supplier(supplier_id, path, OWN, *_known(kind, supplier_id))
    return show_form(
        screen,
        "configuration/row.html",
        refused,
        supplier=supplier,
        kind=kind,
        columns=columns,
        row=row,
        own=me["principal"],
        given=given or row,
        values=_values(screen, kind, known),
    )


def _proposals(screen: Screen, supplier_id: str, refused: ApiProblem | None = None, activated: Json = None) -> Answer:
    asked = {"limit": _PAGE_LENGTH, "cursor": screen.incoming.query.get("cursor", [""])[-1]}
    path = f"/suppliers/{supplier_id}/configuration/proposals"
    supplier, page = screen.of_supplier(supplier_id, (path, asked))
    return show_form(
        screen,
        "configuration/proposals.html",
        refused,
        supplier=supplier,
        proposals=[each for each in page["proposals"] if each["status"] == "proposed"],
        cursor=page["cursor"],
        activated=activated,
    )


def _columns(kind: str) -> Mapping[str, str]:
    """The table's columns. An unknown table is a page that does not exist."""
    try:
        return COLUMNS[kind]
    except KeyError:
        raise ApiProblem(404, {}) from None


def _known(kind: str, supplier_id: str) -> list[Any]:
    """What is asked to offer values for the last column: the members, or the supplier's bank details."""
    paths: dict[str, list[Any]] = {
        "users": [access_list(supplier_id), OWN],
        "bank": [f"/suppliers/{supplier_id}"],
    }
    return paths.get(kind, [])


def _values(screen: Screen, kind: str, known: list[Json]) -> list[tuple[str, str]]:
    if kind == "users":
        return [(each["principal"], _shown(screen, each, known[1]["principal"])) for each in known[0]["members"]]
    return [(str(each["portal_id"]), each["name"]) for each in known[0]["bank_accounts"]] if kind == "bank" else []


def _shown(screen: Screen, member: Mapping[str, Json], own: str) -> str:
    """A member in a list to choose from: the name or the kind of member, and « you » for the person at the screen."""
    name = str(member.get("name") or text(f"configuration.kind.{member['kind']}", screen.language))
    return f"{name} · {text('base.you', screen.language)}" if member["principal"] == own else name


def _search(screen: Screen) -> str:
    return screen.incoming.query.get("search", [""])[-1].strip()


def _path(supplier_id: str, kind: str) -> str:
    return f"/suppliers/{supplier_id}/configuration/tables/{kind}"


def _editable(content: bytes) -> str:
    """The file as text, if it is a short text."""
    if len(content) > EDITABLE:
        return ""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""
