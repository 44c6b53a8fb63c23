"""The data files of the rules: labels, titles of pages, lists of words, measured confidences."""

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def rule_table(file: str) -> dict[str, Any]:
    """The content of a TOML file of this package, by its path in it; read once. Do not change what it returns."""
    return tomllib.loads(files("chorus_connector.domain.reading").joinpath(file).read_text(encoding="utf-8"))
