"""Texts that people enter in « Mes messages »: length limits, normal form, and the form used for sorting and search.

HTML is plain text here: it is stored and returned as entered, and the screen escapes it. Lengths count Unicode code
points after composition (NFC), so « é » counts once however it was typed; a line end counts once.
"""

import unicodedata

from chorus_connector.domain.invoices.file_names import changes_direction
from chorus_connector.domain.messages.refusals import problem
from chorus_connector.domain.problem import Problem

MAX_TITLE = 50
MAX_CONTENT = 2000
MAX_LIST_NAME = 250
_WITHOUT_SHAPE = frozenset("\u115f\u1160\u3164\uffa0\u2800")
"""Letters and symbols that are drawn as nothing: the fillers of Hangul, and the empty pattern of Braille."""
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae"})
_CONTROL = frozenset({"Cc", "Cs"})  # Cs: a lone surrogate is not a character and cannot be stored


def normal_form(text: str) -> str:
    """The composed text, with one-character line ends and without surrounding spaces."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n")).strip(" \t\n\u00a0")


def text_problems(field: str, text: str, *, limit: int, lines: bool = False) -> list[Problem]:
    """What is wrong with a text in normal form; an empty text is not a problem here."""
    problems: list[Problem] = []
    allowed = "\n\t" if lines else ""
    if any(
        (unicodedata.category(char) in _CONTROL and char not in allowed) or changes_direction(char) for char in text
    ):
        problems.append(problem("control_characters", field))
    if len(text) > limit:
        problems.append(problem(f"{field}_too_long", field, limit=limit))
    return problems


def is_blank(text: str) -> bool:
    """Whether a reader sees nothing of it: no letter, digit, sign or symbol that has a shape."""
    return not any(unicodedata.category(char)[0] in "LNPS" and char not in _WITHOUT_SHAPE for char in text)


def collated(text: str) -> str:
    """The text for sorting and search: without case, accents and ligatures (œ is oe)."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", text) if not unicodedata.combining(char))
    return " ".join(plain.casefold().translate(_LIGATURES).split())


def words(text: str) -> list[str]:
    """The words of a text for search, each once, in order."""
    separated = "".join(char if char.isalnum() else " " for char in collated(text))
    return list(dict.fromkeys(separated.split()))
