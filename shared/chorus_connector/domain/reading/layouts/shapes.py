"""The form of a code: what its characters are, and how many. The shape of ``FA/2026/0031`` is ``A2/94/94``: two
capitals, a stroke, four digits, a stroke, four digits.

A supplier's invoice numbers keep one form for years; only the number of digits of a serial grows.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby

_LENGTH = 1  # a run may be this much longer or shorter than a taught one
_RUN = re.compile(r"([A9a])(\d+)|(\D)")
_PRINTED = {"9": "[0-9]", "A": "[A-ZÀ-Ý]", "a": "[a-zß-ÿ]"}
_RECOGNISED = {"9": "[0-9OoQIil|SsBZz]", "A": "[A-ZÀ-Ý015|8]", "a": "[a-zß-ÿ]"}
"""The characters of each class in a text layer, and those that an OCR engine may read in their place."""
_TO_DIGIT = str.maketrans("OoQIil|SsBZz", "000111155822")
_TO_CAPITAL = str.maketrans("015|8", "OISIB")


def shape_of(text: str) -> str:
    """The shape of a text: ``A2-94`` is two capitals, a dash and four digits; ``a`` is a small letter."""
    runs = ((key, len(list(run))) for key, run in groupby(text, _class))
    return "".join(f"{key}{count}" if key in _PRINTED else key * count for key, count in runs)


def find_shaped(text: str, shapes: tuple[str, ...], *, recognised: bool) -> Iterator[tuple[int, int, str]]:
    """Where a text has one of the shapes, the longest first, and what it says there.

    A run may have one character more or less. In a ``recognised`` text a letter that stands for a digit is read as
    that digit: « F2O26 » is F2026 where a digit was taught.
    """
    for match in _pattern(shapes, recognised).finditer(text):
        yield (
            match.start(),
            match.end(),
            _repaired(match[0], shapes[(match.lastindex or 1) - 1]) if recognised else match[0],
        )


def _class(char: str) -> str:
    if char.isdigit():
        return "9"
    return ("A" if char.isupper() else "a") if char.isalpha() else " " if char.isspace() else char


@lru_cache(maxsize=256)
def _pattern(shapes: tuple[str, ...], recognised: bool) -> re.Pattern[str]:
    classes = _RECOGNISED if recognised else _PRINTED
    forms = "|".join(f"({_expression(shape, classes)})" for shape in shapes)
    return re.compile(rf"(?<![^\W_])(?:{forms})(?![^\W_])")


def _expression(shape: str, classes: dict[str, str]) -> str:
    return "".join(
        f"{classes[kind]}{{{max(1, int(count) - _LENGTH)},{int(count) + _LENGTH}}}" if kind else re.escape(mark)
        for kind, count, mark in _RUN.findall(shape)
    )


def _repaired(text: str, shape: str) -> str:
    """The recognised text with each run in the class that the shape has there."""
    groups = "".join(
        f"({_RECOGNISED[kind]}{{{max(1, int(count) - _LENGTH)},{int(count) + _LENGTH}}})"
        if kind
        else f"({re.escape(mark)})"
        for kind, count, mark in _RUN.findall(shape)
    )
    match = re.fullmatch(groups, text)
    if match is None:
        return text
    kinds = [kind for kind, _, _ in _RUN.findall(shape)]
    parts = zip(match.groups(), kinds, strict=True)
    return "".join(part.translate(_TO_DIGIT) if kind == "9" else part.translate(_TO_CAPITAL) if kind == "A" else part
                   for part, kind in parts)  # fmt: skip
