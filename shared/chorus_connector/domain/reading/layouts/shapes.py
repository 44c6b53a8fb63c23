"""The form of a code: what its characters are, and how many. ``FA/2026/0031`` has the shape ``A2/9499…``, in words:
two capitals, a stroke, four digits, a stroke, four digits.

A supplier's invoice numbers keep one form for years; the number of digits of the last one grows.
"""

import re
from collections.abc import Iterable
from itertools import groupby

_TO_DIGIT = str.maketrans("OoQDIil|SsBZz", "0000111155822")
_TO_CAPITAL = str.maketrans("015|8", "OISIB")
_LENGTH = 1  # a run of digits or letters may be this much longer or shorter than a taught one
_RUN = re.compile(r"([A9a])(\d+)|(\D)")


def shape_of(text: str) -> str:
    """The shape of a text: ``A2-94`` is two capitals, a dash and four digits; ``a`` is a small letter."""
    runs = ((key, len(list(run))) for key, run in groupby(text, _class))
    return "".join(f"{key}{count}" if key in "A9a" else key * count for key, count in runs)


def shapes_match(shape: str, taught: Iterable[str]) -> bool:
    """Whether a shape is one of the taught ones, but for one character more or less in a run."""
    return any(_match(shape, other) for other in taught)


def as_shaped(text: str, taught: Iterable[str]) -> str | None:
    """The text of recognised characters as a taught shape has it: « F2O26 » is F2026 where digits were taught.

    None when no taught shape fits it.
    """
    for shape in taught:
        repaired = _repaired(text, shape)
        if repaired is not None:
            return repaired
    return None


def _class(char: str) -> str:
    if char.isdigit():
        return "9"
    return ("A" if char.isupper() else "a") if char.isalpha() else " " if char.isspace() else char


def _match(shape: str, taught: str) -> bool:
    one, other = _RUN.findall(shape), _RUN.findall(taught)
    return len(one) == len(other) and all(
        (run[0], run[2]) == (like[0], like[2]) and (not run[0] or abs(int(run[1]) - int(like[1])) <= _LENGTH)
        for run, like in zip(one, other, strict=True)
    )


def _repaired(text: str, shape: str) -> str | None:
    classes = "".join(kind * int(count) if kind else mark for kind, count, mark in _RUN.findall(shape))
    if len(classes) != len(text):
        return None
    repaired = "".join(_as_class(char, kind) for char, kind in zip(text, classes, strict=True))
    return repaired if shape_of(repaired) == shape else None


def _as_class(char: str, kind: str) -> str:
    if kind == "9":
        return char.translate(_TO_DIGIT)
    return char.translate(_TO_CAPITAL) if kind == "A" else char
