"""Documents to process: what waits for a person, since when and why; counters; one action on many documents."""

from collections.abc import Mapping, Sequence
from typing import Any

from console import lists
from console.api_client import ApiProblem
from console.requests import Answer, redirect
from console.routes.upload import results_page
from console.screens import Screen, Screens

screens = Screens()

COUNTERS = (
    "waiting",
    "sent_back",
    "refused",
    "in_doubt",
    "held",
    "stopped",
    "set_aside",
    "unusable",
    "duplicate",
    "expected",
    "reading",
    "ready",
)
"""The counters of the page, those that need a person first. Each shows its documents."""

ACTIONS = ("submit", "validate", "hold", "set_aside", "release", "delete")
OF_COUNTER = {
    "sent_back": (),
    "refused": ("submit", "set_aside", "delete"),
    "in_doubt": (),
    "held": ("hold", "set_aside"),
    "stopped": ("release", "submit", "set_aside"),
    "set_aside": ("release", "delete"),
    "unusable": ("delete",),
    "duplicate": ("delete",),
    "expected": ("delete",),
    "reading": ("set_aside", "delete"),
    "ready": ("submit", "hold", "set_aside"),
}
"""The actions that make sense on the documents of a counter, the most likely first."""

WAITING = ("submit", "validate", "hold", "set_aside", "delete")
FILTERS = ("text", "received_from", "received_to", "total_ttc_min", "total_ttc_max")
_PAGE = 50
_MOST = 100
"""Documents of one batch (`batches.run`)."""


@screens.page("/suppliers/<supplier_id>/documents")
def documents(screen: Screen, supplier_id: str) -> Answer:
    """The documents of a counter, the oldest first. Without one: all that wait for a person."""
    wanted = lists.chosen(screen.incoming, COUNTERS, FILTERS, otherwise="waiting")
    counter = wanted["counter"]
    asked = {**wanted["filters"], "limit": _PAGE, "cursor": screen.incoming.one("cursor"), "direction": "ascending"}
    root = f"/suppliers/{supplier_id}"
    listed = "to-process" if counter == "waiting" else "invoices"
    listing = (f"{root}/{listed}", {**asked, "counter": counter})
    supplier, counts, found = screen.of_supplier(supplier_id, f"{root}/invoices/counts", listing)
    return screen.show(
        "documents/list.html",
        supplier=supplier,
        counts=lists.recounted(counts, found),
        **wanted,
        listing=found,
        claims=found.get("claims") or {},
        notes=_notes(found),
        actions=OF_COUNTER.get(counter, WAITING),
        unconnected=_is_unconnected(found),
    )


def _is_unconnected(found: Mapping[str, Any]) -> bool:
    return (found.get("stale_because") or {}).get("code") == "credentials_missing"


def _notes(found: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Why the list is not fresh or not whole. Before a connection only that: nothing else can be done about it."""
    names = ("stale_because",) if _is_unconnected(found) else ("stale_because", "incomplete_because")
    return [found[each] for each in names if found.get(each)]


@screens.action("/suppliers/<supplier_id>/documents/batch")
def batch(screen: Screen, supplier_id: str) -> Answer:
    """Do one action on the chosen documents and show what became of each; a deletion is asked about first."""
    chosen = screen.incoming.many_json("document", "id", "version", "name")[:_MOST]
    action = screen.incoming.one("action")
    page = f"/console/suppliers/{supplier_id}/documents"
    if not chosen:
        return screen.go_back(page, done="documents_none_chosen")
    if action == "delete" and not screen.incoming.one("sure"):
        (supplier,) = screen.of_supplier(supplier_id)
        return screen.show("documents/deletion.html", supplier=supplier, chosen=chosen, back=screen.place_in(page))
    results: list[dict[str, Any]] = []
    problem: Mapping[str, Any] | None = None
    try:
        results = _results(screen, supplier_id, action, chosen)
    except ApiProblem as error:
        if error.status not in (409, 422):
            raise
        problem = error.problem
    if action == "release" and results and all(each["outcome"] == "done" for each in results):
        return redirect(results_page(supplier_id, [("document", each["document_id"]) for each in results]))
    (supplier,) = screen.of_supplier(supplier_id)
    return screen.show(
        "documents/batch.html",
        status=422 if problem else 200,
        supplier=supplier,
        action=action if action in ACTIONS else "",
        results=results,
        problem=problem,
        back=screen.place_in(page),
    )


def _results(
    screen: Screen, supplier_id: str, action: str, chosen: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """What became of each chosen document, with its name. Raises ApiProblem when the API refused the whole request."""
    wish = {
        "action": action,
        "documents": [{"document_id": each["id"], "version": each["version"]} for each in chosen],
        "reason": screen.incoming.one("reason") or None,
    }
    answer = screen.api.post(f"/suppliers/{supplier_id}/invoices/batch", wish, key=screen.incoming.one("key"))
    return [{**result, "name": each["name"]} for each, result in zip(chosen, answer.body["results"], strict=True)]
