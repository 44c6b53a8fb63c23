"""Upload: files of up to 4 MB through the console, larger ones straight to the bucket; what became of each.

With JavaScript each file is a request of its own, with its progress, and a ZIP goes to the bucket. Without it one form
takes files of 4 MB in all, ZIPs too, and a second form announces a larger file, whose page has a form to the bucket.
"""

import json
from typing import Any
from urllib.parse import urlencode

import httpx

from console.api_client import ApiProblem, ApiUnavailable
from console.requests import LARGEST_FILES, Answer, UploadedFile, redirect
from console.screens import Screen, Screens

screens = Screens()

SETTLED = {"TO_COMPLETE", "READY", "SUBMITTED", "SET_ASIDE", "DUPLICATE", "UNUSABLE", "HELD", "REFUSED", "IN_DOUBT"}
"""States in which the reading of a file has ended."""

_SHOWN = 100


@screens.page("/suppliers/<supplier_id>/upload")
def choose(screen: Screen, supplier_id: str) -> Answer:
    """The form."""
    return _form(screen, supplier_id)


@screens.action("/suppliers/<supplier_id>/upload")
def upload(screen: Screen, supplier_id: str) -> Answer:
    """Send each file to the API and show what becomes of them. A script gets JSON for its one file."""
    files = screen.incoming.files
    if not files:
        return _form(screen, supplier_id, none_chosen=True)
    taken: list[dict[str, Any]] = []
    archives: list[dict[str, Any]] = []
    refused: list[dict[str, Any]] = []
    for number, file in enumerate(files):
        try:
            if is_archive(file.name):
                archives.append(_send_archive(screen, supplier_id, file, number))
            else:
                taken.append(_send(screen, supplier_id, file, number))
        except ApiProblem as error:
            if error.status in (401, 404) or error.status >= 500:
                raise
            refused.append({"name": file.name, "problem": error.problem})
    if screen.incoming.headers.get("accept") == "application/json":
        return _as_json({"documents": [_line(each) for each in taken], "refused": refused})
    if refused or (archives and len(files) > 1):
        status = 422 if refused else 200
        return _form(screen, supplier_id, status=status, refused=refused, taken=taken, archives=archives)
    if archives:
        return redirect(archive_page(supplier_id, archives[0]["archive_id"]))
    return redirect(status_page(supplier_id, [each["document_id"] for each in taken]))


@screens.action("/suppliers/<supplier_id>/upload/large")
def announce(screen: Screen, supplier_id: str) -> Answer:
    """Announce a larger file or a ZIP. The answer has the bucket's form: as a page, or as JSON for a script."""
    name = screen.incoming.one("file_name")
    route = "archives" if is_archive(name) else "uploads"
    announced = _announced(screen, supplier_id, route, name, key=screen.incoming.one("key"))
    after = (
        archive_page(supplier_id, announced["archive_id"])
        if is_archive(name)
        else status_page(supplier_id, [announced["document_id"]])
    )
    if screen.incoming.headers.get("accept") == "application/json":
        return _as_json({"upload": announced["upload"], "after": after, "document_id": announced.get("document_id")})
    (supplier,) = screen.of_supplier(supplier_id)
    return screen.show("upload/large.html", supplier=supplier, name=name, upload=announced["upload"], after=after)


@screens.page("/suppliers/<supplier_id>/upload/status")
def status(screen: Screen, supplier_id: str) -> Answer:
    """What became of these documents; the page updates itself until each was read."""
    wanted = screen.incoming.many("document")[:_SHOWN]
    root = f"/suppliers/{supplier_id}/invoices"
    supplier, newest = screen.of_supplier(supplier_id, (root, {"limit": _SHOWN}))
    found = {each["document_id"]: each for each in newest["invoices"]}
    found |= {each: screen.api.get(f"{root}/{each}") for each in wanted if each not in found}
    lines = [_line(found[each]) for each in wanted]
    waiting = sum(each["state"] not in SETTLED for each in lines)
    return screen.show("upload/status.html", supplier=supplier, lines=lines, waiting=waiting)


@screens.page("/suppliers/<supplier_id>/archives/<archive_id>")
def archive(screen: Screen, supplier_id: str, archive_id: str) -> Answer:
    """What became of each entry of a ZIP."""
    supplier, found = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}/archives/{archive_id}")
    return screen.show("upload/archive.html", supplier=supplier, archive=found)


def status_page(supplier_id: str, document_ids: list[str]) -> str:
    """The page that shows what became of these documents."""
    query = urlencode({"document": document_ids[:_SHOWN]}, doseq=True)
    return f"/console/suppliers/{supplier_id}/upload/status?{query}"


def archive_page(supplier_id: str, archive_id: str) -> str:
    """The page that shows what became of a ZIP."""
    return f"/console/suppliers/{supplier_id}/archives/{archive_id}"


def is_archive(file_name: str) -> bool:
    """Whether a file is announced as a ZIP of documents."""
    return file_name.lower().endswith(".zip")


def _announced(screen: Screen, supplier_id: str, route: str, name: str, *, key: str) -> Any:
    wish = {"file_name": name, **_filing(screen), "metadata": _metadata(screen)}
    return screen.api.post(f"/suppliers/{supplier_id}/{route}", wish, key=key).body


def _send_archive(screen: Screen, supplier_id: str, file: UploadedFile, number: int) -> dict[str, Any]:
    """Announce a ZIP and send it to the bucket. Raises ApiUnavailable when the bucket does not take it."""
    announced = _announced(screen, supplier_id, "archives", file.name, key=f"{screen.incoming.one('key')}-{number}")
    to = announced["upload"]
    try:
        answer = screen.api.http.post(to["url"], data=to["fields"], files={"file": (file.name, file.content)})
    except httpx.HTTPError as error:
        raise ApiUnavailable from error
    if not answer.is_success:
        raise ApiUnavailable
    return {"name": file.name, "archive_id": announced["archive_id"]}


def _send(screen: Screen, supplier_id: str, file: UploadedFile, number: int) -> dict[str, Any]:
    metadata = [f"{name}={value}" for name, value in _metadata(screen).items()]
    answer = screen.api.upload(
        f"/suppliers/{supplier_id}/documents",
        file.content,
        "application/octet-stream",
        key=f"{screen.incoming.one('key')}-{number}",
        file_name=file.name or "document.pdf",
        metadata=metadata,
        **_filing(screen),
    )
    return {**answer.body, "known": answer.status == 200}


def _filing(screen: Screen) -> dict[str, str]:
    asked = {name: screen.incoming.one(name) for name in ("folder", "classification_rule")}
    return {name: value for name, value in asked.items() if value}


def _metadata(screen: Screen) -> dict[str, str]:
    """The metadata of the form: a line each, `name=value`. A line without « = » has an empty value."""
    lines = [each.strip() for each in screen.incoming.one("metadata").splitlines() if each.strip()]
    return {name.strip(): value.strip() for name, _, value in (each.partition("=") for each in lines)}


def _line(document: dict[str, Any]) -> dict[str, Any]:
    shown = (
        "document_id",
        "file_name",
        "state",
        "version",
        "invoice_number",
        "problems",
        "differs",
        "known",
        "duplicate_of",
    )
    return {name: document.get(name) for name in shown}


def _as_json(body: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(body, ensure_ascii=False), content_type="application/json")


def _form(screen: Screen, supplier_id: str, *, status: int = 200, **more: Any) -> Answer:
    (supplier,) = screen.of_supplier(supplier_id)
    given = {"none_chosen": False, "refused": [], "taken": [], "archives": [], **more}
    return screen.show(
        "upload/form.html",
        status=422 if given["none_chosen"] else status,
        supplier=supplier,
        typed={name: screen.incoming.one(name) for name in ("folder", "classification_rule", "metadata")},
        largest=LARGEST_FILES,
        pages={each["archive_id"]: archive_page(supplier_id, each["archive_id"]) for each in given["archives"]},
        after=status_page(supplier_id, [each["document_id"] for each in given["taken"]]) if given["taken"] else "",
        **given,
    )
