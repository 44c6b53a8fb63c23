"""The configuration's audit trail as a file: one JSON object per line, or CSV for a spreadsheet."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from chorus_connector.domain.suppliers.table_csv import guarded
from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.ports.suppliers import AuditTrail

_COLUMNS = ("at", "by", "item", "action", "before", "after")


def whole_trail(trail: AuditTrail) -> Iterator[Change]:
    """Every line of the trail, newest first."""
    pages = every_page(lambda cursor: trail.page(limit=100, cursor=cursor))
    return (change for page in pages for change in page.changes)


def audit_file(changes: Iterable[Change], file_format: Literal["jsonl", "csv"]) -> bytes:
    """The lines as a file. In CSV, no cell can be run as a formula."""
    if file_format == "jsonl":
        return b"".join(change.model_dump_json().encode() + b"\n" for change in changes)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for change in changes:
        record = change.model_dump(mode="json")
        writer.writerow([guarded(_cell(record[column])) for column in _COLUMNS])
    return out.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
