"""Reads the tables in `data/`, each once, as plain values."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_DATA = Path(__file__).parent / "data"


@cache
def table(name: str) -> dict[str, Any]:
    """The content of `data/<name>.toml`; not to be changed by the caller."""
    with (_DATA / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def codes(rows: list[dict[str, Any]]) -> frozenset[str]:
    """The `code` column of a referential."""
    return frozenset(row["code"] for row in rows)
