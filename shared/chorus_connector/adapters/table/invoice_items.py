"""An invoice as attributes of its item: ``data``, which the index of lists contains, and ``more``, which it does not.

``data`` is a ``ListedInvoice`` in JSON, so a list needs no other item. ``more`` has what is left of the record; joined
they are the record. Records of older releases have all of it in ``data``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.invoices.fields import fields_where
from chorus_connector.domain.invoices.invoice import Invoice, ListedInvoice

if TYPE_CHECKING:
    from chorus_connector.adapters.table.keys import Attributes
    from chorus_connector.ports.values import Move

_NOT_LISTED = frozenset(Invoice.model_fields) - frozenset(ListedInvoice.model_fields) | {"reading"}
"""Any other field is in ``data``, also one that only a later release knows: its lists may show it.

``reading`` is in records of older releases.
"""
_LISTED_VALUES = frozenset(fields_where(lambda field: field.in_lists))
_PARTS = ("value", "source", "confidence")
_PARTS_OF_LINE = ("at", "by", "action", "state", "detail", "changes")
_OF_HISTORY = frozenset({"history", "history_complete"})


def attributes_of(invoice: Invoice) -> Attributes:
    """The attributes that hold the record."""
    listed, more = _divided(invoice.model_dump(mode="json", exclude_defaults=True))
    return {"data": {"S": _json(listed)}, **({"more": {"S": _json(more)}} if more else {})}


def invoice_of(item: Mapping[str, Any]) -> Invoice:
    """The whole record of an item of the table."""
    return Invoice.model_validate(record_of(item))


def record_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """The whole record of an item of the table, as it is stored but for its division: a later release may read it."""
    more = _read(item["more"]["S"]) if "more" in item else {}
    joined: dict[str, Any] = _joined(_read(item["data"]["S"]), more)
    return joined


def line_of(step: Move) -> dict[str, Any]:
    """A line of the trail, as a list: the names of its parts would be most of its size."""
    line: list[Any] = [step.invoice.changed_at.isoformat(), step.by, step.action, step.invoice.state, step.detail]
    line += [step.changes] if step.changes else []
    return {"S": json.dumps(line, ensure_ascii=False)}


def lines_of(item: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The lines of the trail in an item, with the names of their parts; most have no changes."""
    return (
        dict(zip(_PARTS_OF_LINE, json.loads(line["S"]), strict=False)) for line in item.get("trail", {"L": ()})["L"]
    )


def listed_invoice_of(item: Mapping[str, Any]) -> ListedInvoice:
    """What lists show of an item, of the table or of the index."""
    return ListedInvoice.model_validate(_read(item["data"]["S"]))


def _divided(record: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    listed = {name: value for name, value in record.items() if name not in _NOT_LISTED}
    more = {name: value for name, value in record.items() if name in _NOT_LISTED}
    if "form" in listed:
        listed["form"], more["form"] = _divided_form(listed["form"])
    if "deposit" in listed:
        deposit = listed["deposit"]
        listed["deposit"] = {name: value for name, value in deposit.items() if name not in _OF_HISTORY}
        more["deposit"] = {name: value for name, value in deposit.items() if name in _OF_HISTORY}
    return listed, {name: value for name, value in more.items() if value != {}}


def _short(field: dict[str, Any]) -> Any:
    """A field of the form as a list, because the names of its parts would be most of its size."""
    if not {"value", "source"} <= field.keys() <= set(_PARTS):
        return field
    return [field[part] for part in _PARTS if part in field]


def _read(text: str) -> dict[str, Any]:
    record: dict[str, Any] = json.loads(text)
    fields = record.get("form", {}).get("fields", {})
    for name, field in fields.items():
        if isinstance(field, list):
            fields[name] = dict(zip(_PARTS, field, strict=False))
    return record


def _divided_form(form: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    listed: dict[str, Any] = {}
    more: dict[str, Any] = {}
    for name, field in form.get("fields", {}).items():
        if name not in _LISTED_VALUES:
            more[name] = _short(field)
            continue
        listed[name] = _short({part: value for part, value in field.items() if part != "beaten"})
        if "beaten" in field:
            more[name] = {"beaten": field["beaten"]}
    return {**form, "fields": listed}, {"fields": more} if more else {}


def _joined(listed: Any, more: Any) -> Any:
    """``listed`` with what only ``more`` has, at every depth."""
    if not (isinstance(listed, dict) and isinstance(more, dict)):
        return listed
    return more | {name: _joined(value, more.get(name)) for name, value in listed.items()}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
