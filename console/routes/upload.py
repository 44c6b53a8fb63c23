"""Upload: files of up to 4 MB through the console, larger ones straight to the bucket; what became of each.

With JavaScript each file is a request of its own, with its progress, and a ZIP goes to the bucket. Without it one form
takes files of 4 MB in all, ZIPs too, and a second form announces a larger file, whose page has a form to the bucket.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx

from console import formats
from console.api_client import ApiProblem, ApiUnavailable
from console.forms import checked
from console.requests import LARGEST_FILES, LARGEST_PDF, LARGEST_ZIP, Answer, UploadedFile, redirect
from console.screens import Screen, Screens

screens = Screens()

_READING = {"RECEIVED", "READING"}
_FOR_A_ZIP = timedelta(minutes=20)
"""How long after its announcement a ZIP may still arrive: its form is valid for 15 minutes."""

Results = list[tuple[str, str]]
"""The parameters of the page of results: ids as `document` or `archive`; `known` and `ignored` repeat a document's."""

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
    results: Results = []
    refused: list[dict[str, Any]] = []
    for number, file in enumerate(files):
        try:
            send = _send_archive if is_archive(file.name) else _send
            results += send(screen, supplier_id, file, number)
        except ApiProblem as error:
            refused.append(_refusal(file.name, error))
    if screen.incoming.headers.get("accept") == "application/json":
        return _as_json({"results": results, "refused": refused})
    if refused:
        return _form(screen, supplier_id, refused=refused, results=results)
    return redirect(results_page(supplier_id, results))


@screens.action("/suppliers/<supplier_id>/upload/large")
def announce(screen: Screen, supplier_id: str) -> Answer:
    """Announce a larger file or a ZIP. The answer has the bucket's form: as a page, or as JSON for a script."""
    name, for_script = screen.incoming.one("file_name"), screen.incoming.headers.get("accept") == "application/json"
    try:
        announced = _announced(screen, supplier_id, name, key=screen.incoming.one("key"))
    except ApiProblem as error:
        refused = [_refusal(name, error)]
        return _as_json({"refused": refused}) if for_script else _form(screen, supplier_id, refused=refused)
    to, results = announced["upload"], _results(announced)
    if for_script:
        return _as_json({"upload": to, "results": results, "refused": []})
    (supplier,) = screen.of_supplier(supplier_id)
    kind, after = "zip" if is_archive(name) else "pdf", results_page(supplier_id, results)
    return screen.show("upload/large.html", supplier=supplier, name=name, upload=to, after=after, kind=kind)


@screens.page("/suppliers/<supplier_id>/upload/status")
def status(screen: Screen, supplier_id: str) -> Answer:
    """What became of these files; the page updates itself until each was read."""
    wanted, zips = (screen.incoming.many(name)[:_SHOWN] for name in ("document", "archive"))
    root = f"/suppliers/{supplier_id}"
    listed = (f"{root}/invoices", {"limit": _SHOWN})
    supplier, newest, *archives = screen.of_supplier(supplier_id, listed, *(f"{root}/archives/{each}" for each in zips))
    found = {each["document_id"]: each for each in newest["invoices"]}
    found |= {each: screen.api.get(f"{root}/invoices/{each}") for each in wanted if each not in found}
    lines = [found[each] for each in dict.fromkeys(wanted)]
    late = {each["archive_id"] for each in archives if _is_late(each, screen.now)}
    open_archives = [
        each for each in archives if each["state"] in {"EXPECTED", "TAKING"} and each["archive_id"] not in late
    ]
    return screen.show(
        "upload/status.html",
        supplier=supplier,
        lines=lines,
        archives=archives,
        late=late,
        waiting=len(open_archives) + sum(_is_being_read(each, screen.now) for each in lines),
        known=set(screen.incoming.many("known")),
        ignored=set(screen.incoming.many("ignored")),
    )


@screens.page("/suppliers/<supplier_id>/archives/<archive_id>")
def archive(screen: Screen, supplier_id: str, archive_id: str) -> Answer:
    """What became of each entry of a ZIP."""
    supplier, found = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}/archives/{archive_id}")
    return screen.show("upload/archive.html", supplier=supplier, archive=found, late=_is_late(found, screen.now))


def results_page(supplier_id: str, results: Results) -> str:
    """The page that shows what became of these documents and ZIPs."""
    return f"/console/suppliers/{supplier_id}/upload/status?{urlencode(results)}"


def is_archive(file_name: str) -> bool:
    """Whether a file is announced as a ZIP of documents."""
    return file_name.lower().endswith(".zip")


def _is_being_read(document: Mapping[str, Any], now: datetime) -> bool:
    return document["state"] in _READING and not formats.has_passed(document["upload_until"], now)


def _is_late(archive: Mapping[str, Any], now: datetime) -> bool:
    """Whether the ZIP was announced so long ago that it does not arrive any more."""
    return archive["state"] == "EXPECTED" and now - datetime.fromisoformat(archive["received_at"]) > _FOR_A_ZIP


def _results(body: Mapping[str, Any]) -> Results:
    """The parameters of the page of results for what the API made of a file."""
    if "archive_id" in body:
        return [("archive", body["archive_id"])]
    document = body["document_id"]
    flags = {"known": body.get("known"), "ignored": body.get("differs")}
    return [("document", document), *((name, document) for name, is_so in flags.items() if is_so)]


def _refusal(name: str, error: ApiProblem) -> dict[str, Any]:
    """The file's name with what the API says against it. Raises the error when no other file could help."""
    if error.status in (401, 404) or error.status >= 500:
        raise error
    return {"name": name, "problem": error.problem}


def _announced(screen: Screen, supplier_id: str, name: str, *, key: str) -> Any:
    wish = {"file_name": name, **_filing(screen), "metadata": _metadata(screen), "release": _release(screen)}
    route = "archives" if is_archive(name) else "uploads"
    return screen.api.post(f"/suppliers/{supplier_id}/{route}", wish, key=key).body


def _send_archive(screen: Screen, supplier_id: str, file: UploadedFile, number: int) -> Results:
    """Announce a ZIP and send it to the bucket. Raises ApiUnavailable when the bucket does not take it."""
    announced = _announced(screen, supplier_id, file.name, key=f"{screen.incoming.one('key')}-{number}")
    to = announced["upload"]
    try:
        answer = screen.api.http.post(to["url"], data=to["fields"], files={"file": (file.name, file.content)})
    except httpx.HTTPError as error:
        raise ApiUnavailable from error
    if not answer.is_success:
        raise ApiUnavailable
    return _results(announced)


def _send(screen: Screen, supplier_id: str, file: UploadedFile, number: int) -> Results:
    metadata = [f"{name}={value}" for name, value in _metadata(screen).items()]
    answer = screen.api.upload(
        f"/suppliers/{supplier_id}/documents",
        file.content,
        "application/octet-stream",
        key=f"{screen.incoming.one('key')}-{number}",
        file_name=file.name or "document.pdf",
        metadata=metadata,
        release=_release(screen),
        **_filing(screen),
    )
    return _results(answer.body)


def _release(screen: Screen) -> bool:
    """Whether the files are read even when no criterion takes them: the form's box, which is checked at first."""
    return checked(screen.incoming, "release")


def _filing(screen: Screen) -> dict[str, str]:
    asked = {name: screen.incoming.one(name) for name in ("folder", "classification_rule")}
    return {name: value for name, value in asked.items() if value}


def _metadata(screen: Screen) -> dict[str, str]:
    """The metadata of the form: a line each, `name=value`. A line without « = » has an empty value."""
    lines = [each.strip() for each in screen.incoming.one("metadata").splitlines() if each.strip()]
    return {name.strip(): value.strip() for name, _, value in (each.partition("=") for each in lines)}


def _as_json(body: dict[str, Any]) -> Answer:
    return Answer(body=json.dumps(body, ensure_ascii=False), content_type="application/json")


def _form(screen: Screen, supplier_id: str, **more: Any) -> Answer:
    supplier = screen.api.get(f"/me/suppliers/{supplier_id}", unread=True, criteria=True)
    criteria = supplier.get("criteria", [])
    given = {"none_chosen": False, "refused": [], "results": [], **more}
    return screen.show(
        "upload/form.html",
        status=422 if given["none_chosen"] or given["refused"] else 200,
        supplier=supplier,
        typed={name: screen.incoming.one(name) for name in ("folder", "classification_rule", "metadata")},
        folders=[each["folder"] for each in criteria if each["folder"]],
        rules=[each["classification_rule"] for each in criteria if each["classification_rule"]],
        release=screen.incoming.method == "GET" or _release(screen),
        largest={"request": LARGEST_FILES, "pdf": LARGEST_PDF, "zip": LARGEST_ZIP},
        after=results_page(supplier_id, given["results"]),
        **given,
    )
