"""Taught layouts as the API shows them: what is learnt of each field and how well, without any value of a document."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS
from chorus_connector.domain.reading.unattended import CONFIRMATIONS

if TYPE_CHECKING:
    from chorus_connector.domain.reading.layouts.layout import Layout, TaughtField


def layout_view(layout: Layout) -> dict[str, Any]:
    """One line of the list."""
    return {
        "layout_id": layout.layout_id,
        "confirmed": layout.confirmed,
        "asks": layout.confirmed < CONFIRMATIONS,
        "confirmations_missing": max(0, CONFIRMATIONS - layout.confirmed),
        "corrected_at": layout.corrected_at.isoformat() if layout.corrected_at else None,
        "given": sum(field.given for field in layout.fields.values()),
        "right": sum(field.right for field in layout.fields.values()),
        "last_seen": layout.last_seen.isoformat() if layout.last_seen else None,
    }


def layout_details_view(layout: Layout, *, sees: Callable[[str], bool]) -> dict[str, Any]:
    """A layout with its fields, and those of its documents that the caller ``sees``."""
    return {
        **layout_view(layout),
        "fields": {name: _field_view(layout.fields[name]) for name in INVOICE_FIELDS if name in layout.fields},
        "documents": [
            {"document_id": each.document_id, "taught_at": each.at.isoformat()}
            for each in layout.documents
            if sees(each.document_id)
        ],
    }


def _field_view(field: TaughtField) -> dict[str, Any]:
    return {
        "printed": field.printed,
        "anchors": len(field.anchors),
        "given": field.given,
        "right": field.right,
    }
