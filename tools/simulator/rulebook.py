"""Every rule of the simulator with its source and confidence, from the tables that the code itself reads.

`docs/portal_operations.md` shows them; tests check that each has both, and that code and tables have the same names.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from tools.simulator.tables import table

Confidence = Literal["H", "M", "L"]
AREAS = {
    "gateway": "The gateway (PISTE)",
    "token": "The token endpoint",
    "mood": "PISTE's moods, when a test starts them",
    "dialect": "Switches for unpublished answers",
    "behaviour": "How operations behave",
}
"""The sections of `data/rules.toml`, in the order of the page."""


@dataclass(frozen=True)
class Rule:
    """One rule: where it holds, what is answered, and how sure it is that the portal does the same."""

    area: str
    name: str
    text: str
    answer: str
    source: str
    confidence: Confidence


def rules() -> list[Rule]:
    """All rules, the general ones first, then the refusals by operation."""
    general = [
        _rule(area, name, row, row["rule"], _general_answer(area, row))
        for area in AREAS
        for name, row in table("rules")[area].items()
    ]
    refusals = [
        _rule(operation, name, row, row["text"].format(detail="…"), _refusal_answer(operation, row))
        for operation, rows in table("refusals").items()
        for name, row in rows.items()
    ]
    return general + refusals


def sources() -> dict[str, str]:
    """What each source is, by its key."""
    return dict(table("sources"))


def _rule(area: str, name: str, row: dict[str, Any], text: str, answer: str) -> Rule:
    return Rule(area, name, text, answer, row["source"], row["confidence"])


def _general_answer(area: str, row: dict[str, Any]) -> str:
    if area == "token":
        return "400"
    return str(row.get("status", ""))


def _refusal_answer(operation: str, row: dict[str, Any]) -> str:
    invented = "" if row.get("known") else " (invented)"
    if operation == "flow":
        return f"IN_REJETE{invented}"
    if operation == "flow file":
        return f"IN_REJETE `{row['message']}`{invented}"
    return f"{row['code']} `{row['message']}`{invented}"
