"""Tracking: the invoices at the portal with their status, who must act and since when; filters, sorts, CSV."""

import re
from collections.abc import Mapping
from typing import Any

from console import lists
from console.api_client import ApiProblem
from console.downloads import by_sealed_link, sealed_link
from console.requests import Answer, redirect
from console.screens import Screen, Screens, own_line
from console.statuses import meanings

screens = Screens()

COUNTERS = ("in_flight", "sent_back", "sending", "in_doubt", "ended")
"""The counters of the page, after the whole list."""

SORTS = (
    "invoice_number",
    "recipient_siret",
    "invoice_date",
    "received_at",
    "total_ttc",
    "amount_due",
    "status",
    "status_at",
    "due_date",
)
"""The columns that the API sorts by, in the order of the table."""

TEXTS = ("text", "number", "recipient", "engagement", "contract")
DAYS = (
    "invoice_date_from",
    "invoice_date_to",
    "status_date_from",
    "status_date_to",
    "received_from",
    "received_to",
)
AMOUNTS = ("total_ttc_min", "total_ttc_max")
FILTERS = (*TEXTS, "status", *DAYS, *AMOUNTS)
ACTORS = ("recipient", "validator", "supplier")
"""Who must act: a filter by all statuses in which they must."""

_OF_ACTOR = "@"
_PAGE = 50


@screens.page("/suppliers/<supplier_id>/tracking")
def tracking(screen: Screen, supplier_id: str) -> Answer:
    """The tracked invoices, or those of a counter. What was sent back is read from the documents to process."""
    wanted = lists.chosen(screen.incoming, COUNTERS, FILTERS, otherwise="")
    order = _order(screen)
    statuses = meanings(screen.api, supplier_id)
    root = f"/suppliers/{supplier_id}"
    asked = {**_asked(wanted, statuses), **order, "limit": _PAGE, "cursor": screen.incoming.one("cursor")}
    route = "to-process" if wanted["counter"] == "sent_back" else "tracking"
    others = (own_line(supplier_id), f"{root}/invoices/counts")
    (supplier, counts), listing, problem = lists.found(screen.api, (f"{root}/{route}", asked), *others)
    return screen.show(
        "tracking/list.html",
        status=422 if problem else 200,
        problem=problem,
        supplier=supplier,
        counts=lists.recounted(counts, listing),
        **wanted,
        sorts=SORTS,
        order=order,
        days=DAYS,
        texts=TEXTS,
        amounts=AMOUNTS,
        statuses=statuses,
        actors={f"{_OF_ACTOR}{each}": each for each in ACTORS},
        listing=listing,
    )


@screens.action("/suppliers/<supplier_id>/tracking/export")
def export(screen: Screen, supplier_id: str) -> Answer:
    """Make the CSV of the shown list and show the link to it, what it has and what it leaves out.

    The request has no idempotency key: a repetition would give the first link, which lasts five minutes.
    """
    wanted = lists.chosen(screen.incoming, COUNTERS, FILTERS, otherwise="")
    statuses = meanings(screen.api, supplier_id)
    number = screen.incoming.one("part")
    part = int(number) if re.fullmatch(r"[0-9]{1,3}", number) else 1
    form = "french" if screen.language == "fr" else "machine"
    asked = {**_asked(wanted, statuses), "format": form, "cursor": screen.incoming.one("cursor")}
    made, problem = None, None
    try:
        made = screen.api.post(f"/suppliers/{supplier_id}/tracking/export", **asked).body
    except ApiProblem as error:
        if error.status not in (409, 422):
            raise
        problem = error.problem
    supplier, counts = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}/invoices/counts")
    return screen.show(
        "tracking/export.html",
        status=422 if problem else 200,
        problem=problem,
        supplier=supplier,
        counts=counts,
        made=made,
        link=sealed_link(screen, made["url"], _file_name(part)) if made else "",
        part=part,
        **wanted,
        statuses=statuses,
        actors={f"{_OF_ACTOR}{each}": each for each in ACTORS},
    )


@screens.page("/suppliers/<supplier_id>/tracking/export")
def to_list(_screen: Screen, supplier_id: str) -> Answer:
    """The list, for a link of the page that answered the export's form: the language, a bookmark."""
    return redirect(f"/console/suppliers/{supplier_id}/tracking")


@screens.page("/suppliers/<supplier_id>/tracking/file")
def file(screen: Screen, supplier_id: str) -> Answer:
    """The file of a link that a page of this session showed, if the person still is of that supplier."""
    screen.of_supplier(supplier_id)
    link = screen.incoming.one("link")
    return by_sealed_link(screen, link) if link else to_list(screen, supplier_id)


def _order(screen: Screen) -> dict[str, str]:
    sort, direction = screen.incoming.one("sort"), screen.incoming.one("direction")
    return {
        "sort": sort if sort in SORTS else "received_at",
        "direction": direction if direction in ("ascending", "descending") else "descending",
    }


def _asked(wanted: Mapping[str, Any], statuses: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The counter, and the filters as the API takes them: a point in amounts, no space in a SIRET, an actor's codes."""
    filters = wanted["filters"]
    asked = {**filters, "counter": wanted["counter"]}
    for name in AMOUNTS:
        asked[name] = plain_amount(filters[name])
    if re.fullmatch(r"[\d\s]+", filters["recipient"]):
        asked["recipient"] = "".join(filters["recipient"].split())
    if filters["status"].startswith(_OF_ACTOR):
        actor = filters["status"].removeprefix(_OF_ACTOR)
        asked["status"] = ",".join(code for code, each in statuses.items() if each["actor"] == actor)
    return asked


def plain_amount(text: str) -> str:
    """An amount as the API takes it (« 1 234,50 € » and « €1,234.50 » give 1234.50); the API judges the rest."""
    digits = re.sub(r"[\s€]", "", text)
    return digits.replace(",", "") if "." in digits else digits.replace(",", ".")


def _file_name(part: int) -> str:
    return "suivi.csv" if part == 1 else f"suivi-{part}.csv"
