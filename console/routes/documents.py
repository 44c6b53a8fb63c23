"""Documents to process: what waits for a person, since when and why; counters; one action on many documents."""

from collections.abc import Mapping
from typing import Any

from console.api_client import ApiProblem
from console.requests import Answer
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
    "reading",
    "ready",
)
"""The counters of the page, those that need a person first. Each shows its documents."""

ACTIONS = ("submit", "validate", "hold", "set_aside", "release", "delete")
FILTERS = ("text", "received_from", "received_to", "total_ttc_min", "total_ttc_max")
_PAGE = 50
_MOST = 100
"""Documents of one batch (`batches.run`)."""


@screens.page("/suppliers/<supplier_id>/documents")
def documents(screen: Screen, supplier_id: str) -> Answer:
    """The documents of a counter, the oldest first. Without one: all that wait for a person."""
    counter = screen.incoming.one("counter", "waiting")
    counter = counter if counter in COUNTERS else "waiting"
    filters = {name: screen.incoming.one(name) for name in FILTERS}
    asked = {**filters, "limit": _PAGE, "cursor": screen.incoming.one("cursor"), "direction": "ascending"}
    root = f"/suppliers/{supplier_id}"
    listing = (
        (f"{root}/to-process", asked) if counter == "waiting" else (f"{root}/invoices", {**asked, "counter": counter})
    )
    supplier, counts, found = screen.of_supplier(supplier_id, f"{root}/invoices/counts", listing)
    kept = {name: value for name, value in {"counter": counter, **filters}.items() if value}
    return screen.show(
        "documents/list.html",
        supplier=supplier,
        counts=counts,
        counters=COUNTERS,
        counter=counter,
        filters=filters,
        filtered=any(filters.values()),
        kept=kept,
        listing=found,
        claims=found.get("claims") or {},
        notes=[found[each] for each in ("stale_because", "incomplete_because") if found.get(each)],
        actions=ACTIONS,
    )


@screens.action("/suppliers/<supplier_id>/documents/batch")
def batch(screen: Screen, supplier_id: str) -> Answer:
    """Do one action on the chosen documents and show what became of each."""
    chosen = screen.incoming.many_json("document", "id", "version", "name")[:_MOST]
    action = screen.incoming.one("action")
    problem: Mapping[str, Any] | None = None
    results: list[dict[str, Any]] = []
    if chosen:
        wish = {
            "action": action,
            "documents": [{"document_id": each["id"], "version": each["version"]} for each in chosen],
            "reason": screen.incoming.one("reason") or None,
        }
        try:
            answer = screen.api.post(f"/suppliers/{supplier_id}/invoices/batch", wish, key=screen.incoming.one("key"))
            results = [
                {**result, "name": each["name"]} for each, result in zip(chosen, answer.body["results"], strict=True)
            ]
        except ApiProblem as error:
            if error.status not in (409, 422):
                raise
            problem = error.problem
    (supplier,) = screen.of_supplier(supplier_id)
    return screen.show(
        "documents/batch.html",
        status=422 if problem else 200,
        supplier=supplier,
        action=action if action in ACTIONS else "",
        results=results,
        problem=problem,
        counter=screen.incoming.one("counter"),
    )
