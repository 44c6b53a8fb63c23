"""The one comparison of names that people type: criteria, folders, metadata, associations, tables, labels, switches.

Case, accents, ligatures (œ, æ), kinds of apostrophe, hyphens, quotation marks and spaces, invisible characters, and
separators at both ends are ignored, and « n° » is « nº » and « no », with or without a space before its number;
everything else counts. Matching is never fuzzier
than that: a recipient with a similar name is another recipient, and its invoice would be lost.
``docs/configuration.md`` says the same to users.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "°": "o"})
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
"""Characters without width, which come along from web pages and word processors."""
_APOSTROPHES = "'`´‘’‚‛′ʹʻʼʽˈ＇"
_HYPHENS = "\\-‐‑‒–—―−﹣－\u00ad"
_QUOTES = '"«»‹›“”„‟＂'
_BETWEEN_WORDS = re.compile(rf"[\s{_APOSTROPHES}{_HYPHENS}{_QUOTES}]+")
_SEPARATORS = " /\\_.,;:|"
_NUMBER_SIGN = re.compile(r"(?<![^\W_])n[°º]|№", re.IGNORECASE)
_NUMBER = re.compile(r"(?<![^\W_])no(?=\d)")
_FOLDERS = re.compile(r"[/\\]")


def matching_form(text: str) -> str:
    """The text in which equal names are identical; empty for a text of separators only."""
    # an apostrophe such as ´ becomes a space and an accent when it is decomposed
    spaced = _BETWEEN_WORDS.sub(" ", _NUMBER_SIGN.sub("no ", text.translate(_INVISIBLE)))
    # folding case may add combining marks again (İ), so the text is decomposed before and after
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", spaced).casefold())
    bare = "".join(char for char in decomposed.translate(_LIGATURES) if not unicodedata.combining(char))
    return _BETWEEN_WORDS.sub(" ", _NUMBER.sub("no ", bare)).strip(_SEPARATORS)


def same_name(one: str, other: str) -> bool:
    return matching_form(one) == matching_form(other)


def folder_names(path: str) -> tuple[str, ...]:
    """The names of the folders of a path, from the outermost, in their matching forms."""
    return tuple(filter(None, map(matching_form, _FOLDERS.split(path))))


def value_named(name: str, values: Mapping[str, str]) -> str:
    """The value under that name, without surrounding spaces; empty when no name is the same."""
    if name in values:
        return values[name].strip()
    wanted = matching_form(name)
    return next((value.strip() for given, value in values.items() if matching_form(given) == wanted), "")


def repeated_names(names: Iterable[str]) -> Iterator[str]:
    """Each name that is the same as one before it."""
    seen: set[str] = set()
    for name in names:
        form = matching_form(name)
        if form in seen:
            yield name
        seen.add(form)
