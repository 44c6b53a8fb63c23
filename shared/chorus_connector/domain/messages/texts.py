"""What people type in « Mes messages »: lengths by character, text as text.

HTML is text: it is kept and given back as typed, for the screen to escape. A character is a Unicode code point
after composition (NFC), so that « é » is one however it was typed; a line end is one character.
"""

import unicodedata

from chorus_connector.domain.messages.refusals import problem
from chorus_connector.domain.problem import Problem

MAX_TITLE = 50
MAX_CONTENT = 2000
MAX_LIST_NAME = 250
_CONTROL = frozenset({"Cc", "Cs"})  # a lone surrogate is no character either: it cannot even be stored


def normal_form(text: str) -> str:
    """The text composed, with line ends of one character and no spaces around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip(" \t\n\u00a0")


def text_problems(field: str, text: str, *, limit: int, lines: bool = False) -> list[Problem]:
    """What is wrong with a text in its normal form; an empty one is no problem here."""
    problems: list[Problem] = []
    allowed = "\n\t" if lines else ""
    if any(unicodedata.category(char) in _CONTROL and char not in allowed for char in text):
        problems.append(problem("control_characters", field))
    if len(text) > limit:
        problems.append(problem(f"{field}_too_long", field, limit=limit))
    return problems


def collated(text: str) -> str:
    """The text as people sort and search it: without case and accents."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(plain.casefold().split())


def words(text: str) -> list[str]:
    """The words a text is found by, each once, in order."""
    separated = "".join(char if char.isalnum() else " " for char in collated(text))
    return list(dict.fromkeys(separated.split()))
