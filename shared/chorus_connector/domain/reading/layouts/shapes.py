"""The form of a code: what its characters are, and how many. The shape of ``FA/2026/0031`` is
``A{2}/9{4}/9{4}``: two capitals, a stroke, four digits, a stroke, four digits.

A supplier's invoice numbers keep one form for years; only the number of digits of a serial grows.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby

_LENGTH = 1  # a run may be this much longer or shorter than a taught one
_RUN = re.compile(r"([A9a])\{(\d+)\}|(.)")
_PRINTED = {"9": "[0-9]", "A": "[A-ZÀ-Ý]", "a": "[a-zß-ÿ]"}
_RECOGNISED = {"9": "[0-9OoQIil|SsBZz]", "A": "[A-ZÀ-Ý015|8]", "a": "[a-zß-ÿ]"}
"""The characters of each class in a text layer, and those that an OCR engine may read in their place."""
_TO_DIGIT = str.maketrans("OoQIil|SsBZz", "000111155822")
_TO_CAPITAL = str.maketrans("015|8", "OISIB")


def shape_of(text: str) -> str:
    """The shape of a text: ``A{2}-9{4}`` is two capitals, a dash and four digits; ``a`` is a small letter."""
    runs = ((key, len(list(run))) for key, run in groupby(text, _class))
    return "".join(f"{key}{{{count}}}" if key in _PRINTED else key * count for key, count in runs)


def shapes_match(shape: str, taught: tuple[str, ...]) -> bool:
    """Whether a shape is one of the taught ones, but for one character more or less in a run."""
    return any(_alike(_RUN.findall(shape), _RUN.findall(other)) for other in taught)


def find_shaped(text: str, shapes: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Where a text has one of the shapes, but for one character more or less in a run; the longest shape first."""
    for match in _printed(shapes).finditer(text):
        yield match.span()


def find_misread(text: str, shapes: tuple[str, ...]) -> Iterator[tuple[int, int, str]]:
    """Where a recognised text has exactly one of the shapes but for letters read in place of digits or the reverse.

    « F2O26 » is F2026 where a digit was taught.
    """
    for match in _misread(shapes).finditer(text):
        shape = shapes[(match.lastindex or 1) - 1]
        yield *match.span(), "".join(_as_class(*pair) for pair in zip(match[0], _classes(shape), strict=True))


def _alike(one: Sequence[tuple[str, str, str]], other: Sequence[tuple[str, str, str]]) -> bool:
    return len(one) == len(other) and all(
        (kind, mark) == (like, sign) and (not kind or abs(int(count) - int(number)) <= _LENGTH)
        for (kind, count, mark), (like, number, sign) in zip(one, other, strict=True)
    )


def _class(char: str) -> str:
    if char.isdigit():
        return "9"
    return ("A" if char.isupper() else "a") if char.isalpha() else " " if char.isspace() else char


@lru_cache(maxsize=256)
def _printed(shapes: tuple[str, ...]) -> re.Pattern[str]:
    return _any_of(_expression(shape, _PRINTED, _LENGTH) for shape in shapes)


@lru_cache(maxsize=256)
def _misread(shapes: tuple[str, ...]) -> re.Pattern[str]:
    return _any_of(_expression(shape, _RECOGNISED, 0) for shape in shapes)


def _any_of(expressions: Iterable[str]) -> re.Pattern[str]:
    forms = "|".join(f"({expression})" for expression in expressions)
    return re.compile(rf"(?<![^\W_])(?:{forms})(?![^\W_])")


def _expression(shape: str, classes: Mapping[str, str], more_or_less: int) -> str:
    return "".join(
        f"{classes[kind]}{{{max(1, int(count) - more_or_less)},{int(count) + more_or_less}}}"
        if kind
        else re.escape(mark)
        for kind, count, mark in _RUN.findall(shape)
    )


def _classes(shape: str) -> str:
    """The class of each character of a shape."""
    return "".join(kind * int(count) if kind else mark for kind, count, mark in _RUN.findall(shape))


def _as_class(char: str, kind: str) -> str:
    return char.translate(_TO_DIGIT) if kind == "9" else char.translate(_TO_CAPITAL) if kind == "A" else char
