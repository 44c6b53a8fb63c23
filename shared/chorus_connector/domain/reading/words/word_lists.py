"""The lists of words that are in ``lists.toml``."""

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files


def word_list(name: str) -> tuple[str, ...]:
    """The words of a list, folded, in their order."""
    return tuple(_lists()[name])


@cache
def _lists() -> Mapping[str, Sequence[str]]:
    text = files("chorus_connector.domain.reading.words").joinpath("lists.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
