"""The names of uploaded files: what is refused in them at the door.

A name ends in lists, logs of people's browsers, e-mails and headers. A line break there forges a line, and a character
that changes the direction of writing shows another name than the one that is stored.
"""

import unicodedata

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.problem import Problem

_UNSAFE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode categories: control characters, halves of surrogate pairs, line and paragraph separators."""
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""The characters of Unicode's bidirectional algorithm that mark, embed, override or isolate (UAX 9)."""


def has_unsafe_characters(name: str) -> bool:
    return any(changes_direction(char) or unicodedata.category(char) in _UNSAFE for char in name)


def changes_direction(char: str) -> bool:
    """Whether what follows may be shown in another order than it is stored in."""
    return char in _BIDIRECTIONAL


def checked_file_name(name: str) -> str:
    """The name as given. Raises Invalid when it has a character that hides or forges something."""
    if has_unsafe_characters(name):
        raise Invalid.about(
            Problem(
                field="file_name",
                code="file_name_characters",
                fr="Le nom du fichier contient un caractère de contrôle, un saut de ligne ou un caractère qui inverse "
                "le sens d'écriture : renommez le fichier.",
                en="The file's name holds a control character, a line break or a character that reverses the direction "
                "of writing: rename the file.",
            )
        )
    return name
