"""The portal's refusals: a business refusal (`codeRetour` and `libelle`) or a bare HTTP status.

All numbers and texts are rows of `data/refusals.toml`, keyed by operation and name; the table says which are the
portal's and which are invented.
"""

from __future__ import annotations

from collections.abc import Mapping

from tools.simulator.tables import table


class Refusal(Exception):
    """A business refusal; `status` is set when the portal always uses that HTTP status for it."""

    def __init__(self, name: str, code: int, label: str, status: int | None = None) -> None:
        super().__init__(name)
        self.name = name
        self.code = code
        self.label = label
        self.status = status


class HttpError(Exception):
    """An answer of the gateway: a status, perhaps headers, no body."""

    def __init__(self, status: int, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status = status
        self.headers = dict(headers or {})


def refusal(operation: str, name: str, detail: str = "", *, status: int | None = None) -> Refusal:
    """The refusal of this name for this operation, else for every operation; the caller raises it."""
    rows = table("refusals")
    row = rows.get(operation, {}).get(name) or rows["*"][name]
    label = f"{row['message']} - {row['text'].format(detail=detail)}"
    return Refusal(name, row["code"], label, status)
