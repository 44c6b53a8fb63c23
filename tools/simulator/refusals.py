"""The portal's refusals: a business refusal (`codeRetour`, `libelle`), a bare HTTP status, a text of a flow's report.

Each has a name, and a row of that name: in `data/refusals.toml` (by operation) or under `gateway` in `data/rules.toml`.
The row has the number, the text, and the rule's source and confidence. A name without a row is a KeyError.
"""

from __future__ import annotations

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
    """An answer of the gateway, by its name in the table: a status, perhaps a challenge, no body."""

    def __init__(self, name: str, status: int | None = None) -> None:
        super().__init__(name)
        row = table("rules")["gateway"][name]
        self.status: int = status or row["status"]
        self.headers = {"www-authenticate": row["challenge"]} if "challenge" in row else {}


class UnreadableFlow(Exception):
    """A flow that is rejected as a whole; code and text go into the technical errors of its report."""

    def __init__(self, name: str) -> None:
        row = table("refusals")["flow file"][name]
        super().__init__(row["text"])
        self.code: str = row["message"]


def flow_problem(name: str, detail: str = "") -> str:
    """The text of the report for one invoice of a flow that breaks the rule of this name."""
    text: str = table("refusals")["flow"][name]["text"]
    return text.format(detail=detail)


def refusal(operation: str, name: str, detail: str = "", *, status: int | None = None) -> Refusal:
    """The refusal of this name for this operation, else for every operation; the caller raises it."""
    rows = table("refusals")
    row = rows.get(operation, {}).get(name) or rows["*"][name]
    label = f"{row['message']} - {row['text'].format(detail=detail)}"
    return Refusal(name, row["code"], label, status)
