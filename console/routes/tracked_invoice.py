"""One tracked invoice: its life at the portal, days against the term, its files, and the answer to a send-back."""

from collections.abc import Mapping
from typing import Any

from console import lists
from console.api_client import ApiProblem
from console.downloads import downloaded, sealed_link
from console.history import told
from console.requests import LARGEST_FILES, Answer, redirect
from console.screens import Screen, Screens, own_line
from console.statuses import meanings

screens = Screens()

ANSWERS: Mapping[str, tuple[str, ...]] = {
    "recycle": ("recipient_siret", "service_code", "engagement_number", "comment"),
    "complete": ("comment",),
    "correct_validator": ("validator_siret",),
    "treat_rejection": (),
    "reissue": ("invoice_number", "invoice_date", "recipient_siret", "service_code", "engagement_number"),
}
"""Each answer to a send-back with the fields of its form."""

FILES = ("original", "sent")
_SHOWN_AGAIN = frozenset({409, 412, 413, 415, 422, 503})
_UNSETTLED = ("SENDING", "IN_DOUBT")
_OFFERED = 50


@screens.page("/suppliers/<supplier_id>/tracking/<document_id>")
def tracked_invoice(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """The invoice, with a form for each answer that it waits for."""
    return _page(screen, supplier_id, document_id)


@screens.page("/suppliers/<supplier_id>/tracking/<document_id>/trail")
def trail(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """What the connector did with the invoice, newest first."""
    root = f"/suppliers/{supplier_id}/invoices/{document_id}"
    supplier, invoice, done = screen.of_supplier(supplier_id, root, f"{root}/history")
    events = told(
        done["events"], meanings(screen.api, supplier_id), own=screen.session.principal, language=screen.language
    )
    return screen.show("tracking/trail.html", supplier=supplier, invoice=invoice, trail=done, events=events)


@screens.action("/suppliers/<supplier_id>/tracking/<document_id>/answer/<action>")
def answer(screen: Screen, supplier_id: str, document_id: str, action: str) -> Answer:
    """Send the answer to the portal. What the API refuses is shown in the form, with what was typed."""
    if action not in ANSWERS:
        raise ApiProblem(404, {})
    typed = {name: screen.incoming.one(name) for name in ANSWERS[action]}
    attached = list(dict.fromkeys(screen.incoming.many("attachment")))
    if screen.incoming.one("do") == "services":
        return _services(screen, supplier_id, document_id, typed)
    if chosen := screen.incoming.one("take"):
        typed |= {"service_code": chosen}
        return _page(screen, supplier_id, document_id, refused=action, typed=typed)
    try:
        if action == "complete":
            _upload(screen, supplier_id, document_id, attached)
        sent = screen.api.post(
            f"/suppliers/{supplier_id}/invoices/{document_id}/{action.replace('_', '-')}",
            wish(action, typed, attached),
            key=screen.incoming.one("key"),
            version=f'"{screen.incoming.one("version")}"',
        )
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return _page(
            screen,
            supplier_id,
            document_id,
            status=error.status,
            refused=action,
            problem=error.problem,
            typed=typed,
            attached=attached,
        )
    done = "answer_in_doubt" if sent.status == 202 else f"answer_{action}"
    return screen.go(f"/console/suppliers/{supplier_id}/tracking/{document_id}", done=done)


@screens.page("/suppliers/<supplier_id>/tracking/<document_id>/files/<which>")
def invoice_file(screen: Screen, supplier_id: str, document_id: str, which: str) -> Answer:
    """The uploaded file (`original`) or the one that was sent to the portal (`sent`)."""
    if which not in FILES:
        raise ApiProblem(404, {})
    root = f"/suppliers/{supplier_id}/invoices/{document_id}"
    link, invoice = screen.api.get_all(f"{root}/{which}", root)
    return downloaded(screen, link["url"], invoice["file_name"])


@screens.action("/suppliers/<supplier_id>/tracking/<document_id>/portal-file")
def portal_file(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Ask the portal for the invoice as it has it, and show the link to that file on the page.

    The request has no idempotency key: a repetition would give the first link, which lasts five minutes.
    """
    root = f"/suppliers/{supplier_id}/invoices/{document_id}"
    try:
        found = screen.api.post(f"{root}/portal-file", attachments=screen.incoming.one("attachments") == "yes").body
    except ApiProblem as error:
        if error.status not in _SHOWN_AGAIN:
            raise
        return _page(screen, supplier_id, document_id, status=error.status, refused="file", problem=error.problem)
    link = sealed_link(screen, found["url"], f"chorus-pro-{document_id}")
    return _page(screen, supplier_id, document_id, portal_copy={**found, "link": link})


@screens.page("/suppliers/<supplier_id>/tracking/<document_id>/answer/<action>")
@screens.page("/suppliers/<supplier_id>/tracking/<document_id>/portal-file")
def back(_screen: Screen, supplier_id: str, document_id: str, action: str = "") -> Answer:  # noqa: ARG001 (of the path)
    """The invoice's page, for a link of a page that answered a form: the language, a bookmark."""
    return redirect(f"/console/suppliers/{supplier_id}/tracking/{document_id}")


def wish(action: str, typed: Mapping[str, str], attached: list[str]) -> Mapping[str, Any] | None:
    """The body of the API's request for that answer.

    A repair's empty text removes a value (`repairs.recycle`); an empty field of a new issue keeps the old value.
    """
    values: dict[str, Any] = {
        name: "".join(value.split()) if name.endswith("_siret") else value for name, value in typed.items()
    }
    if action == "treat_rejection":
        return None
    if action == "reissue":
        number = values.pop("invoice_number")
        return {"invoice_number": number, "fields": {name: value for name, value in values.items() if value}}
    if "comment" in values:
        values["comment"] = values["comment"] or None
    return {**values, "attachment_ids": attached} if action == "complete" else values


def _page(
    screen: Screen,
    supplier_id: str,
    document_id: str,
    *,
    status: int = 200,
    refused: str = "",
    problem: Mapping[str, Any] | None = None,
    typed: Mapping[str, str] | None = None,
    attached: list[str] | None = None,
    portal_copy: Mapping[str, Any] | None = None,
) -> Answer:
    root = f"/suppliers/{supplier_id}/invoices/{document_id}"
    line, read, life = screen.api.read_all(own_line(supplier_id), root, f"{root}/portal-history")
    invoice = read.body
    if life.etag[1:].partition("-")[0].strip('"') != str(invoice["version"]):  # the portal had news
        invoice = screen.api.get(root)
    actions = offered_answers(invoice)
    return screen.show(
        "tracking/invoice.html",
        status=status,
        supplier=line.body,
        invoice=invoice,
        life=life.body,
        actions=actions,
        fields=ANSWERS,
        largest=LARGEST_FILES,
        refused=refused,
        problem=problem,
        typed=typed or {},
        attached=attached or [],
        attachments=_attachments(screen, supplier_id, document_id) if "complete" in actions else ([], []),
        portal_copy=portal_copy,
        unsettled=bool(invoice["repair"]) and invoice["repair"]["phase"] in _UNSETTLED,
    )


def _services(screen: Screen, supplier_id: str, document_id: str, typed: Mapping[str, str]) -> Answer:
    """The services of the recipient that was typed, else of the invoice's own, to choose one for the answer."""
    search = screen.incoming.one("search")
    siret = "".join(typed["recipient_siret"].split())
    siret = siret or screen.api.get(f"/suppliers/{supplier_id}/invoices/{document_id}")["recipient_siret"] or ""
    directory = (f"/suppliers/{supplier_id}/recipients/{siret}", {"search": search, "limit": 100})
    (supplier,), found, problem = lists.found(
        screen.api, directory, own_line(supplier_id), refusals=(404, 409, 422, 429, 503)
    )
    return screen.show(
        "tracking/services.html",
        status=422 if problem else 200,
        supplier=supplier,
        found=found,
        problem=problem,
        search=search,
        typed=typed,
        version=screen.incoming.one("version"),
        back=f"/console/suppliers/{supplier_id}/tracking/{document_id}",
    )


def offered_answers(invoice: Mapping[str, Any]) -> list[str]:
    """What the person may answer now: the API's task, and a new issue also after the rejection was acknowledged."""
    task, deposit = invoice["task"], invoice["deposit"]
    if task:
        return [] if task["under_way"] else [each for each in task["actions"] if each in ANSWERS]
    return ["reissue"] if deposit and deposit["rejection_treated"] and not invoice["replaced_by"] else []


def _attachments(
    screen: Screen, supplier_id: str, document_id: str
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The attachments that have arrived: those for this document, and those uploaded for no document in particular."""
    found = screen.api.get(f"/suppliers/{supplier_id}/documents/attachments", limit=_OFFERED)
    arrived = [each for each in found["attachments"] if each["size"] is not None]
    own, unsaid = ([each for each in arrived if each["document_id"] == of] for of in (document_id, None))
    return own, unsaid


def _upload(screen: Screen, supplier_id: str, document_id: str, attached: list[str]) -> None:
    """Send the chosen files to the API, for this document only.

    Each id is noted at once: after a refusal the form has those that arrived.
    """
    for number, each in enumerate(screen.incoming.files):
        sent = screen.api.upload(
            f"/suppliers/{supplier_id}/documents/attachments",
            each.content,
            "application/octet-stream",
            key=f"{screen.incoming.one('key')}-{number}",
            file_name=each.name,
            document_id=document_id,
        )
        attached.append(sent.body["attachment_id"])
