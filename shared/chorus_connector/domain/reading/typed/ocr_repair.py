"""Repairs characters that an OCR engine confuses, where only one reading is possible."""

import re

from chorus_connector.domain.reading import weights

_AS_DIGIT = str.maketrans("OoQDIl|iSsBZzG", "00001111558226")
_NUMBERLIKE = re.compile(r"(?<![^\W\d_])[\dOoQIl|SB][\dOoQIl|SB.,;:'/ ]*\d[\dOoQIl|SB.,;:'/]*(?![^\W\d_])")
_DECIMAL_MARK = re.compile(r"(?<=\d)[;:](?=\d\d(?!\d))")
_RUN = re.compile(r"[^\W_]+")
_FIGURES_BUT = re.compile(r"\d[\dOoIl]*\d")
_FIGURES_AND_SMALL_LETTERS = re.compile(r"(?=[a-zI|]*\d)[\dol|]+")
_A_SMALL_O_BY_A_DIGIT = re.compile(r"o+(?=\d)|(?<=\d)o+")
_CAPITALS_AND_SMALL_L = re.compile(r"[A-Z]*[A-Z]l[A-Z]*|l[A-Z]{2,}")
_CAPITALS_THEN_FIGURES = re.compile(r"(?=.*[ol])([A-Z]{2,})((?=[ol]*\d)[ol\d]+)")
_LETTERS_BUT = re.compile(r"[A-Z][A-Z0]*[A-Z]|[A-Z]{4,}0")  # « BC0 » may be what is printed
_OPEN_TENDER = re.compile(
    r"\bA[O0]0(?=[-/ ]?20\d\d)"
)  # « appel d'offres ouvert », the commonest start of a contract's number
_ZERO_OR_O = re.compile(r"(?<![^\W_])(?:0(?=[A-Z]{2,})|O(?=\d))")
_CAPITAL_I_FOR_L = re.compile(r"\bI(?=['’][a-zà-ÿ])")


def repaired_digits(text: str) -> str | None:
    """The digits of a text whose other characters are separators or look-alikes; nothing if too few were digits."""
    kept = [char for char in text if char.isalnum() or char == "|"]
    if not kept or sum(char.isdigit() for char in kept) < weights.DIGITS_OF_AN_IDENTIFIER * len(kept):
        return None
    digits = "".join(kept).translate(_AS_DIGIT)
    return digits if digits.isdigit() else None


def repaired_numbers(text: str) -> str:
    """The text with look-alike letters inside numbers as digits and « 12;50 » as « 12,50 », of the same length."""
    return _DECIMAL_MARK.sub(",", _NUMBERLIKE.sub(_as_number, text))


def repaired_code(code: str) -> str:
    """A code with look-alike letters among digits turned into digits, and zeros among letters into the letter O.

    « AO0-2O26 » is « AOO-2026 »: between two separators a code is all letters, all digits or letters before digits;
    a single O among digits is a misread zero; a small « o » or « l » beside digits only, or a small « l » among
    capitals, is no letter of a code.
    """
    return _OPEN_TENDER.sub("AOO", _RUN.sub(_as_run, code))


def has_a_zero_or_an_o(code: str) -> bool:
    """« 0DT-25 », « O26-417 »: whether what begins a part of a recognised code is a zero or an O."""
    return _ZERO_OR_O.search(code) is not None


def repaired_words(text: str) -> str:
    """« I'habitat » as « l'habitat », of the same length."""
    return _CAPITAL_I_FOR_L.sub("l", text)


def _as_run(match: re.Match[str]) -> str:
    run = match[0]
    mostly_digits = sum(char.isdigit() for char in run) >= weights.DIGITS_OF_A_RUN * len(run)
    if (_FIGURES_BUT.fullmatch(run) and mostly_digits) or _FIGURES_AND_SMALL_LETTERS.fullmatch(run):
        return run.translate(_AS_DIGIT)
    if parts := _CAPITALS_THEN_FIGURES.fullmatch(run):
        return parts[1] + parts[2].translate(_AS_DIGIT)
    if _A_SMALL_O_BY_A_DIGIT.search(run) and run.replace("o", "").isupper():
        return _A_SMALL_O_BY_A_DIGIT.sub(lambda found: found[0].replace("o", "0"), run)
    if _CAPITALS_AND_SMALL_L.fullmatch(run):
        return run.replace("l", "I")
    if _LETTERS_BUT.fullmatch(run) and run.count("0") < weights.ZEROS_AMONG_LETTERS * len(run):
        return run.replace("0", "O")
    return run


def _as_number(match: re.Match[str]) -> str:
    text = match[0]
    signs = [char for char in text if char.isalnum() or char == "|"]
    if sum(char.isdigit() for char in signs) < weights.DIGITS_OF_A_NUMBER * len(signs):
        return text
    return text.translate(_AS_DIGIT)
