"""The console's texts in French and English: a file per screen, both languages of a text side by side."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LANGUAGES = ("fr", "en")
_FOLDER = Path(__file__).parent / "catalogues"


class UnknownText(KeyError):
    """No catalogue has a text with that name."""


@cache
def catalogue() -> Mapping[str, Mapping[str, Any]]:
    """Every text by its name, `file.table`: a text, or one for `one` and one for `other`, in each language."""
    texts: dict[str, Mapping[str, Any]] = {}
    for path in sorted(_FOLDER.glob("*.toml")):
        _collect(path.stem, tomllib.loads(path.read_text(encoding="utf-8")), texts)
    return texts


def text(name: str, language: str, /, **values: Any) -> str:
    """The text with its values filled in. `n` chooses between singular and plural. Raises UnknownText."""
    try:
        found = catalogue()[name][language]
    except KeyError as error:
        raise UnknownText(name) from error
    if isinstance(found, dict):
        found = found["one" if _is_one(values["n"], language) else "other"]
    return str(found).format(**values) if values else str(found)


def has_text(name: str) -> bool:
    """Whether a catalogue has that text: for names that are made of an answer's value, such as a state."""
    return name in catalogue()


def _collect(name: str, table: Mapping[str, Any], texts: dict[str, Mapping[str, Any]]) -> None:
    if set(table) & set(LANGUAGES):
        texts[name] = table
        return
    for key, inner in table.items():
        _collect(f"{name}.{key}", inner, texts)


def _is_one(n: int, language: str) -> bool:
    return n in (0, 1) if language == "fr" else n == 1
