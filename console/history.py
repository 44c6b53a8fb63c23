"""A document's history in words: each event's sentence, its detail and who did it, the newest first."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from console.catalogue import has_text, text
from console.invoice_form import as_typed

_PASSED = re.compile(r"[A-Z0-9_]+( → [A-Z0-9_]+)?")
_COUNTED = re.compile(r"([0-9]+) (field|page)\(s\)")
_ENDS = ("before", "after")
_WORDLESS = frozenset({"sending", "reissued", "replayed", "later_file_dropped"})
"""The detail of these is codes and ids for operators; what a person needs of it is elsewhere on the page."""


def told(
    events: Sequence[Mapping[str, Any]], statuses: Mapping[str, Mapping[str, Any]], *, own: str, language: str
) -> list[dict[str, Any]]:
    """The events of `invoices.history`. ``own``: the principal of the person at the screen."""
    return [
        {
            **each,
            "detail": detail(each, statuses, language),
            "doer": doer(each["by"], own),
            "changes": [_changed(one, statuses, language) for one in each.get("changes", ())],
        }
        for each in reversed(events)
    ]


def _changed(change: Mapping[str, str], statuses: Mapping[str, Mapping[str, Any]], language: str) -> dict[str, str]:
    """The change as people write its values."""
    if change["field"] == "status":
        shown = {end: statuses[change[end]][language] if change[end] in statuses else change[end] for end in _ENDS}
        return {"field": "status", **shown}
    return {
        "field": change["field"],
        **{end: as_typed(change["field"], change[end], language) if change[end] else "" for end in _ENDS},
    }


def doer(by: str, own: str) -> str:
    """The name of the text that says who did it: the person at the screen, a part of the connector, another person."""
    if by == own:
        return "invoice.doers.you"
    return f"invoice.doers.{by}" if has_text(f"invoice.doers.{by}") else "invoice.doers.other"


def detail(event: Mapping[str, Any], statuses: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """The event's detail in words; empty when it has none for a person."""
    action, raw = event["action"], event["detail"]
    if action in _WORDLESS or action.startswith("layout_"):
        return ""
    if action in ("status_changed", "status_detailed", "gone_from_portal") and _PASSED.fullmatch(raw):
        return " → ".join(statuses[each][language] if each in statuses else each for each in raw.split(" → "))
    if action.startswith("repair_"):
        name = f"tracking.action.{raw}.title"
        return text(name, language) if has_text(name) else raw
    if counted := _COUNTED.fullmatch(raw):
        return text(f"invoice.counted.{counted[2]}", language, n=int(counted[1]))
    if raw and all(re.fullmatch(r"[\w.]+:\w+", each) for each in raw.split(", ")):
        return _left(raw.split(", "), language)
    return str(raw)


def _left(codes: Sequence[str], language: str) -> str:
    """What was still wrong: the fields by the names of the form, and the document itself."""
    fields = dict.fromkeys(each.partition(":")[0] for each in codes)
    names = [
        f"invoice.fields.{each}" if has_text(f"invoice.fields.{each}") else "invoice.left_document" for each in fields
    ]
    said = dict.fromkeys(text(each, language) for each in names)
    return text("invoice.left", language, fields=", ".join(said))
