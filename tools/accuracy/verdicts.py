"""Decides, value by value, whether a reading is right: the rules of comparison and nothing else.

Dates equal as ISO days; amounts equal as Decimals without their sign (a credit note may be read with
either); SIRET and IBAN by their characters; numbers and codes ignoring case and the kind and count of
spaces; names ignoring case, accents, spaces and punctuation, and right too when one contains the other (the
shorter at least 60 % of the longer: « SARL Dupont » for « Dupont ») or when they are 90 % alike (OCR).
``vat_lines`` is right as a whole: the same set of (rate, base, amount).
"""

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from difflib import SequenceMatcher
from typing import Literal, get_args

from chorus_connector.domain.invoices.fields import FieldName
from tools.accuracy.truth import Truth

FIELDS: tuple[FieldName, ...] = get_args(FieldName)
AMOUNTS = ("total_ht", "total_tva", "total_ttc", "amount_due")

Verdict = Literal["right", "wrong", "missing", "invented", "deduced", "absent"]


def judge(name: str, truth: Truth, given: object | None) -> Verdict:
    """The verdict on one field of one document.

    ``right``, ``wrong`` and ``missing`` are for values that exist: printed, or in the XML.
    Otherwise ``absent`` (correctly, no value was read), ``deduced`` (not printed, yet the right value) or
    ``invented`` (a value given where there is none).
    """
    expected = truth.fields.get(name)
    others = truth.acceptable.get(name, ())
    findable = truth.prints(name)
    if given is None:
        return "missing" if findable and None not in others else "absent"
    right = [each for each in (expected, *others) if each not in (None, "")]
    if any(same(name, each, given) for each in right):
        return "right" if findable else "deduced"
    return "wrong" if findable else "invented"


def same(field: str, expected: object, given: object) -> bool:
    """Whether two values of a field mean the same."""
    if field == "vat_lines":
        return _vat_set(expected) == _vat_set(given)
    left, right = str(expected), str(given)
    if field in AMOUNTS:
        return _amount(left) == _amount(right)
    if field in ("supplier_siret", "recipient_siret", "iban"):
        return _letters(left) == _letters(right)
    if field in ("supplier_name", "recipient_name"):
        return _same_name(_letters(left), _letters(right))
    return " ".join(left.casefold().split()) == " ".join(right.casefold().split())


def _amount(text: str) -> Decimal | str:
    try:
        return abs(Decimal(text))
    except InvalidOperation:
        return text


def _vat_set(lines: object) -> set[tuple[Decimal | str, ...]]:
    assert isinstance(lines, list | tuple)
    rows = (line if isinstance(line, Mapping) else line.model_dump() for line in lines)
    return {tuple(_amount(str(row[key])) for key in ("rate", "base", "amount")) for row in rows}


def _letters(text: str) -> str:
    flat = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]", "", "".join(c for c in flat if not unicodedata.combining(c)))


def _same_name(left: str, right: str) -> bool:
    short, long = sorted((left, right), key=len)
    if not short:
        return False
    contained = short in long and len(short) >= 0.6 * len(long)
    return contained or SequenceMatcher(None, left, right).ratio() >= 0.9
