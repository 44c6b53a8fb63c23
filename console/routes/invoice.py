"""A document beside its form: its pages with the boxes of its values, its fields, and what a person may do with it."""

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlencode

from console.api_client import ApiProblem
from console.catalogue import text
from console.departure import changed_meanwhile, departure, is_requested
from console.history import told
from console.invoice_form import EDITABLE, SETTLED_BY_SUBMISSION, FormPage, form_page, posted_changes
from console.requests import Answer
from console.screens import Screen, Screens, own_line
from console.statuses import meanings

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/documents/<document_id>"
_ANSWERED_HERE = frozenset({409, 412, 422})
"""Refusals that the form itself shows, with everything that was typed."""

_STOPPABLE = EDITABLE | {"RECEIVED", "READING"}
_FILED = _STOPPABLE | {"SET_ASIDE"}
_DELETABLE = EDITABLE | {"RECEIVED", "SET_ASIDE", "DUPLICATE", "UNUSABLE"}
_SEARCHES = {"search_recipients": "recipients", "search_services": "services"}
"""The buttons that save what was typed and then show a search, whose choice goes to the version after the save."""

_AS_IT_IS = frozenset({"pdf_signed", "xml_not_removed"})
"""Problems that end when the person has the file sent with its XML."""


@screens.page(_PAGE)
def show(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """The document with its form, or, once it has left, with what was sent."""
    return _shown(screen, supplier_id, document_id)


@screens.page(f"{_PAGE}/pages/<number>")
def picture(screen: Screen, supplier_id: str, document_id: str, number: str) -> Answer:
    """The picture of one page."""
    found = screen.api.read(f"{_document(supplier_id, document_id)}/pages/{number}")
    return Answer(200, found.content, found.headers["Content-Type"])


@screens.page(f"{_PAGE}/file")
def file(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """The way to the uploaded file, or, with `sent`, to the one that was sent: a link of a few minutes."""
    which = "sent" if screen.incoming.one("sent") else "original"
    return screen.go(screen.api.get(f"{_document(supplier_id, document_id)}/{which}")["url"])


@screens.page(f"{_PAGE}/history")
def history(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """The document's audit trail, newest first."""
    path = _document(supplier_id, document_id)
    line, document, trail = _read(screen, supplier_id, path, f"{path}/history")
    events = told(
        trail["events"], meanings(screen.api, supplier_id), own=screen.session.principal, language=screen.language
    )
    return screen.show("invoice/history.html", supplier=line, document=document, trail=trail, events=events)


@screens.action(f"{_PAGE}/form")
def save(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Save what was typed; then, as the pressed button says, check again, submit or show a search.

    A script asks with `X-Partial` and gets the form alone. After a submission the next document that waits comes.
    """
    changes, do = _changes(screen), screen.incoming.one("do", "save")
    if name := _name_for_a_siret(changes):
        return _on(screen, f"{_here(supplier_id, document_id)}/recipients?{urlencode({'name': name})}")
    try:
        done = _carry_out(screen, _document(supplier_id, document_id), changes, do)
    except ApiProblem as error:
        if error.status not in _ANSWERED_HERE:
            raise
        return _again(screen, supplier_id, document_id, changes, error)
    if done is not None and do.startswith("submit"):
        return _to_the_next(screen, supplier_id, document_id, done)
    if do in _SEARCHES:
        return _on(screen, f"{_here(supplier_id, document_id)}/{_SEARCHES[do]}")
    if screen.incoming.headers.get("x-partial"):
        return _shown(screen, supplier_id, document_id, saved=_saved(screen.language, changes, do))
    return screen.go(
        _here(supplier_id, document_id), done="invoice_checked" if do == "validate" else "saved" if changes else ""
    )


@screens.action(f"{_PAGE}/act")
def act(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Hold, set aside, release, withdraw or delete the document."""
    do, path = screen.incoming.one("do"), _document(supplier_id, document_id)
    version, key = screen.incoming.one("version"), screen.incoming.one("key")
    reason = {"reason": screen.incoming.one("reason")}
    try:
        match do:
            case "hold" | "set-aside":
                screen.api.post(f"{path}/{do}", reason, version=version, key=key)
            case "withdraw":
                screen.api.post(f"{path}/withdraw", reason, key=key)
            case "release":
                screen.api.post(f"{path}/release", version=version, key=key)
            case "delete" if screen.incoming.one("sure"):
                screen.api.delete(path, version=version)
                return screen.go(f"/console/suppliers/{supplier_id}/documents", done="invoice_deleted")
            case _:
                return _shown(screen, supplier_id, document_id, status=422, say="invoice.not_sure")
    except ApiProblem as error:
        if error.status not in _ANSWERED_HERE:
            raise
        return _again(screen, supplier_id, document_id, {}, error)
    return screen.go(_here(supplier_id, document_id), done=f"invoice_{do.replace('-', '_')}")


@screens.action(f"{_PAGE}/filing")
def refile(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Correct the document's folder, rule and metadata; a metadata whose value is emptied is removed."""
    names, values = screen.incoming.many("name"), screen.incoming.many("value")
    given = {name.strip(): value.strip() or None for name, value in zip(names, values, strict=False) if name.strip()}
    where = {name: screen.incoming.one(name) or None for name in ("folder", "classification_rule")}
    path = _document(supplier_id, document_id)
    try:
        screen.api.patch(f"{path}/metadata", {**where, "metadata": given}, version=screen.incoming.one("version"))
    except ApiProblem as error:
        if error.status not in _ANSWERED_HERE:
            raise
        return _again(screen, supplier_id, document_id, {}, error)
    return screen.go(_here(supplier_id, document_id), done="invoice_refiled")


@screens.action(f"{_PAGE}/claim")
def claim(screen: Screen, supplier_id: str, document_id: str) -> Answer:
    """Say that the person works on the document, or no longer does. A script gets the sentences alone."""
    path = f"{_document(supplier_id, document_id)}/claim"
    if screen.incoming.one("do") == "end":
        claims = screen.api.delete(path).body["claims"]
    else:
        claims = screen.api.post(path, {}).body["claims"]
    if screen.incoming.headers.get("x-partial"):
        return screen.show("invoice/claims.html", claims=claims, place=_here(supplier_id, document_id))
    return screen.go(_here(supplier_id, document_id))


def _document(supplier_id: str, document_id: str) -> str:
    return f"/suppliers/{supplier_id}/invoices/{document_id}"


def _here(supplier_id: str, document_id: str) -> str:
    return f"/console/suppliers/{supplier_id}/documents/{document_id}"


def _read(screen: Screen, supplier_id: str, *paths: str | tuple[str, Mapping[str, Any]]) -> list[Any]:
    """The supplier's line with its unread notifications and what holds submissions up; the answers of other GETs."""
    path, asked = own_line(supplier_id)
    own, *others = screen.api.get_all((path, {**asked, "summary": True}), *paths)
    if "summary" not in own:
        raise ApiProblem(404, {})
    return [{**own, **own["summary"]}, *others]


def _changes(screen: Screen) -> dict[str, str | None]:
    """What was typed, and the value of a pressed button: taken, confirmed, or taken back (None)."""
    changes: dict[str, str | None] = dict(posted_changes(screen.incoming))
    if taken := screen.incoming.one("take"):
        name, _, value = taken.partition("=")
        changes[name] = value
    if undone := screen.incoming.one("undo"):
        changes[undone] = None
    return changes


def _name_for_a_siret(changes: Mapping[str, str | None]) -> str:
    """A recipient's name that was typed where its SIRET belongs, to look it up; else an empty text."""
    typed = changes.get("recipient_siret") or ""
    letters = sum(1 for each in typed if each.isalpha())
    is_a_number = typed.upper().startswith(("RIDET", "TAHITI", "N°"))
    return typed if letters > 3 and not is_a_number else ""


def _carry_out(screen: Screen, path: str, changes: Mapping[str, str | None], do: str) -> Any:
    """The form after the change and what was asked with it; None when nothing was asked."""
    version, key, form = screen.incoming.one("version"), screen.incoming.one("key"), None
    if changes:
        answer = screen.api.patch(f"{path}/form", {"fields": changes}, version=version)
        version, form = answer.etag, answer.body
    if do == "validate":
        form = screen.api.post(f"{path}/validate", {}, version=version, key=key).body
    if do.startswith("submit"):
        wish = {"submit_as_it_is": {"keep_xml": True}, "submit_as_pdf": {"as_plain_pdf": True}}.get(do, {})
        form = screen.api.post(f"{path}/submit", wish, version=version, key=key).body
    return form


def _saved(language: str, changes: Iterable[str], do: str) -> str:
    """What a script's press did, in words: the page stays, so no other page says it."""
    fields = ", ".join(text(f"invoice.fields.{name}", language) for name in changes)
    said = [text("invoice.checked", language)] if do == "validate" else []
    if fields:
        said.append(text("invoice.saved", language, fields=fields))
    return " ".join(said) or text("invoice.saved_nothing", language)


def _to_the_next(screen: Screen, supplier_id: str, document_id: str, form: Mapping[str, Any]) -> Answer:
    documents = f"/console/suppliers/{supplier_id}/documents"
    of = urlencode({"of": form["fields"].get("invoice_number", {}).get("value", "")})
    if form["next"] is None:
        return _on(screen, f"{documents}?{of}&done=invoice_submitted_last")
    return _on(screen, f"{documents}/{form['next']['document_id']}?after={document_id}&{of}&done=invoice_submitted")


def _on(screen: Screen, to: str) -> Answer:
    """Send the browser to another page; a script learns where from a header, because it sees no redirect."""
    return Answer(headers={"X-Go": to}) if screen.incoming.headers.get("x-partial") else screen.go(to)


def _again(
    screen: Screen, supplier_id: str, document_id: str, changes: Mapping[str, str | None], error: ApiProblem
) -> Answer:
    """The form as it is now with what was typed, and why it was not carried out."""
    typed = {name: value for name, value in changes.items() if value is not None}
    if error.status == 412 or error.code == "wrong_state":
        return _shown(screen, supplier_id, document_id, status=error.status, typed=typed, is_late=True)
    problems = error.problem.get("problems", ())
    if error.code == "form_incomplete":  # the values are saved, and the form says itself what is wrong
        left = [each for each in problems if each["code"] not in SETTLED_BY_SUBMISSION]
        problem = {**error.problem, "problems": left}
        return _shown(screen, supplier_id, document_id, status=error.status, problem=problem)
    return _shown(
        screen, supplier_id, document_id, status=error.status, problem=error.problem, typed=typed, refused=problems
    )


def _shown(
    screen: Screen,
    supplier_id: str,
    document_id: str,
    *,
    status: int = 200,
    problem: Mapping[str, Any] | None = None,
    typed: Mapping[str, str] | None = None,
    refused: Iterable[Mapping[str, Any]] = (),
    say: str = "",
    is_late: bool = False,
    saved: str = "",
) -> Answer:
    """The document as it is now, and in words what was just ``saved``.

    ``is_late``: the person's request came after another change, and the page says so.
    """
    path = _document(supplier_id, document_id)
    trail = [f"{path}/history"] if is_late else []
    line, document, form, *trails = _read(screen, supplier_id, (path, {"portal": "ask"}), f"{path}/form", *trail)
    page = form_page(form, screen.language, typed=typed, refused=refused)
    requested = is_late and is_requested(document, trails[0]["events"])
    sentence, values = departure(
        line, document, open_fields=len(page.open), can_leave=page.can_leave, requested=requested
    )
    if is_late:
        say = changed_meanwhile(document, requested=requested, is_typed=bool(typed))
    allowed = _allowed(document, page, requested=requested)
    is_partial = bool(screen.incoming.headers.get("x-partial"))
    return screen.show(
        "invoice/work.html" if is_partial else "invoice/page.html",
        status=status,
        supplier=line,
        document=document,
        form=form,
        page=page,
        problem=problem,
        say=say,
        leaves=(sentence, values),
        requested=requested,
        is_partial=is_partial,
        saved=saved,
        focus=_focus(page.focus if allowed["editable"] and not is_late else "", is_refused=bool(say or problem)),
        place=_here(supplier_id, document_id),
        previous=previous if (previous := screen.incoming.one("after")).isalnum() else "",
        version=f'"{form["version"]}"',
        **allowed,
    )


def _focus(field: str, *, is_refused: bool) -> str:
    """Where a person begins: at the first open field, else at what was refused, else at the page's title.

    Never at the submission: a second press of Enter must not file a document that was not looked at.
    """
    return field or ("refusal" if is_refused else "title")


def _allowed(document: Mapping[str, Any], page: FormPage, *, requested: bool) -> dict[str, Any]:
    """What the page offers in the document's state."""
    state = document["state"]
    codes = {each["code"] for each in page.notes}
    is_stopped = document["stopped"] is not None or state == "SET_ASIDE"
    may_stop = (
        state in _STOPPABLE and document["stopped"] is None and not (state == "RECEIVED" and document["upload_until"])
    )
    actions = {
        "withdraw" if state == "READY" else "hold": may_stop,
        "set-aside": may_stop,
        "release": is_stopped and state in _FILED,
    }
    return {
        "editable": state in EDITABLE and not requested,
        "actions": [name for name, offered in actions.items() if offered],
        "may_refile": state in _FILED,
        "may_delete": state in _DELETABLE,
        "as_it_is": bool(codes & _AS_IT_IS),
        "is_new_layout": "layout_unconfirmed" in codes,
    }
