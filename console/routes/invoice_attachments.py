"""The files that go with a document: which they are, one more, one less, and whether they are sent."""

from collections.abc import Mapping
from typing import Any

from console.api_client import ApiProblem
from console.invoice_form import EDITABLE
from console.requests import LARGEST_FILES, Answer
from console.screens import Screen, Screens

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/documents/<document_id>/attachments"
_SHOWN_HERE = frozenset({409, 412, 413, 415, 422})
_DECISIONS: Mapping[str, bool | None] = {"unsaid": None, "yes": True, "no": False}


@screens.page(_PAGE)
def attachments(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """The attachments of the document, as judged now."""
    return _shown(screen, supplier_id, document_id)


@screens.action(f"{_PAGE}/add")
def add(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Upload a file that is filed as the document is, so that the supplier's rules link the two."""
    if not screen.incoming.files:
        return _shown(screen, supplier_id, document_id, status=422, say="invoice.files.no_file")
    given, *_ = screen.incoming.files
    path = f"/suppliers/{supplier_id}"
    document = screen.api.get(f"{path}/invoices/{document_id}")
    try:
        saved = screen.api.upload(
            f"{path}/documents/attachments",
            given.content,
            "application/octet-stream",
            key=screen.incoming.one("key"),
            file_name=given.name,
            attachment_type=screen.incoming.one("type"),
            document_id=document_id,
            classification_rule=document["classification_rule"],
            metadata=[f"{name}={value}" for name, value in document["metadata"].items()],
        )
    except ApiProblem as error:
        return _refused(screen, supplier_id, document_id, error)
    linked = screen.api.get(f"{path}/invoices/{document_id}/attachments")["attachments"]
    if saved.body["attachment_id"] not in {each["attachment_id"] for each in linked}:
        return _shown(screen, supplier_id, document_id, say="invoice.files.not_linked")
    return screen.go(_here(supplier_id, document_id), done="invoice_attachment_added")


@screens.action(f"{_PAGE}/large")
def announce(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Announce a file that is too large for a form of the console: the page has a form to the bucket."""
    path, name = f"/suppliers/{supplier_id}", screen.incoming.one("file_name")
    supplier, document = screen.of_supplier(supplier_id, f"{path}/invoices/{document_id}")
    wish = {
        "file_name": name,
        "attachment_type": screen.incoming.one("type") or None,
        "document_id": document_id,
        "classification_rule": document["classification_rule"] or "",
        "metadata": document["metadata"],
    }
    try:
        announced = screen.api.post(f"{path}/documents/attachments/uploads", wish, key=screen.incoming.one("key"))
    except ApiProblem as error:
        return _refused(screen, supplier_id, document_id, error)
    shown = {"name": name, "upload": announced.body["upload"], "after": _here(supplier_id, document_id)}
    return screen.show("upload/large.html", supplier=supplier, kind="attachment", **shown)


@screens.action(f"{_PAGE}/remove")
def remove(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Delete an attachment; invoices that were sent keep it."""
    try:
        screen.api.delete(f"/suppliers/{supplier_id}/documents/attachments/{screen.incoming.one('attachment')}")
    except ApiProblem as error:
        return _refused(screen, supplier_id, document_id, error)
    return screen.go(_here(supplier_id, document_id), done="invoice_attachment_removed")


@screens.action(f"{_PAGE}/decide")
def decide(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Say whether this document's attachments are sent, whatever its metadata and the settings say."""
    change = {"send_attachments": _DECISIONS.get(screen.incoming.one("send"))}
    path = f"/suppliers/{supplier_id}/invoices/{document_id}/form"
    try:
        screen.api.patch(path, change, version=screen.incoming.one("version"))
    except ApiProblem as error:
        return _refused(screen, supplier_id, document_id, error)
    return screen.go(_here(supplier_id, document_id), done="saved")


def _here(supplier_id: str, document_id: str) -> str:
    return f"/console/suppliers/{supplier_id}/documents/{document_id}/attachments"


def _refused(screen: Screen, supplier_id: str, document_id: str, error: ApiProblem) -> Answer:
    if error.status not in _SHOWN_HERE:
        raise error
    return _shown(screen, supplier_id, document_id, status=error.status, problem=error.problem)


def _shown(
    screen: Screen,
    supplier_id: str,
    document_id: str,
    *,
    status: int = 200,
    problem: Mapping[str, Any] | None = None,
    say: str = "",
) -> Answer:
    path = f"/suppliers/{supplier_id}/invoices/{document_id}"
    line, form, linked = screen.of_supplier(supplier_id, f"{path}/form", f"{path}/attachments")
    decision = {None: "unsaid", True: "yes", False: "no"}[form["send_attachments"]]
    return screen.show(
        "invoice/attachments.html",
        status=status,
        supplier=line,
        form=form,
        linked=linked,
        types=_types(screen, supplier_id, line),
        decision=decision,
        editable=form["state"] in EDITABLE,
        place=_here(supplier_id, document_id),
        version=f'"{form["version"]}"',
        problem=problem,
        say=say,
        largest=LARGEST_FILES,
    )


def _types(screen: Screen, supplier_id: str, line: Mapping[str, Any]) -> list[Mapping[str, str]]:
    """The portal's types of attachments, which only administrators may list; others type the code."""
    if "administer" not in line["roles"]:
        return []
    answer = screen.api.get(f"/suppliers/{supplier_id}/configuration/attachment-types")
    types: list[Mapping[str, str]] = answer["types"]
    return types
