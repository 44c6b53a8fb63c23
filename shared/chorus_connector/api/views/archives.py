"""ZIPs of documents as the API shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.archive import Archive
    from chorus_connector.usecases.invoices.archives import SeenLine

_SHOWN = {
    "archive_id",
    "file_name",
    "classification_rule",
    "folder",
    "metadata",
    "append_folders",
    "state",
    "problem",
    "received_at",
    "changed_at",
}


def archive_view(archive: Archive, lines: Iterable[SeenLine]) -> dict[str, Any]:
    """A ZIP with a line for each entry, and with the counts of the lines by their state."""
    shown = [_line_view(each) for each in lines]
    counts: dict[str, int] = {}
    for each in shown:
        counts[each["state"]] = counts.get(each["state"], 0) + 1
    return {**archive.model_dump(mode="json", include=_SHOWN), "counts": counts, "lines": shown}


def _line_view(seen: SeenLine) -> dict[str, Any]:
    line = seen.line.model_dump(mode="json", include={"name", "state", "document_id", "problem"})
    return {**line, "document_state": seen.document.state if seen.document else None}
