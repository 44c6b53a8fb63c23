"""What lists share: the counter and the filters that an address names, and a search that the API refuses."""

from collections.abc import Collection, Mapping
from typing import Any

from console.api_client import Api, ApiProblem
from console.requests import Incoming

_WRONG_VALUES = frozenset({422})
_TRACKED = ("sending", "in_doubt", "in_flight", "ended")
"""The counters of what the API's list `tracking` has."""


def chosen(
    incoming: Incoming, counters: Collection[str], filters: Collection[str], *, otherwise: str
) -> dict[str, Any]:
    """The counter (`otherwise` without one, and for an unknown one) and the filters, as the page's template takes them.

    `kept` has what a link of the page repeats.
    """
    wanted = incoming.one("counter")
    counter = wanted if wanted in counters else otherwise
    given = {name: incoming.one(name) for name in filters}
    return {
        "counters": counters,
        "counter": counter,
        "filters": given,
        "filtered": any(given.values()),
        "kept": {name: value for name, value in {"counter": counter, **given}.items() if value},
    }


def recounted(counts: Mapping[str, Any], listing: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """The counts with what the list's own question to the portal changed: the API counts that some seconds later."""
    steps = (listing or {}).get("recounted") or {}
    if not steps:
        return counts
    counters = {
        name: each | {"count": max(0, each["count"] + steps.get(name, 0))} for name, each in counts["counters"].items()
    }
    tracked = sum(steps.get(name, 0) for name in _TRACKED)
    in_lists = counts["lists"] | {"tracking": max(0, counts["lists"]["tracking"] + tracked)}
    return {**counts, "counters": counters, "lists": in_lists}


def found(
    api: Api, search: tuple[str, Mapping[str, Any]], *others: Any, refusals: Collection[int] = _WRONG_VALUES
) -> tuple[list[Any], Any, Mapping[str, Any] | None]:
    """The bodies of `others`, and of the search; if the API refuses that, None and the problem for its form."""
    try:
        *bodies, body = api.get_all(*others, search)
    except ApiProblem as error:
        if error.status not in refusals:
            raise
        return api.get_all(*others), None, error.problem
    return bodies, body, None
