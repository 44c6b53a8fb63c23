"""Amounts of money and VAT rates as French invoices print them, found in a line of text.

Thousands by space, U+00A0, U+202F, dot or apostrophe; decimals by comma or dot; minus before, after, as U+2212
or as brackets; with or without a currency. Everything becomes a Decimal in euros.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

CENT = Decimal("0.01")

_MINUS = "-−–‐‑"
_GAP = r"[ \u00a0\u202f\u2009]"
# A letter an OCR engine reads in place of a digit, accepted only inside a number that also has real digits.
_NUMBER = (
    rf"(?:\d{{1,3}}(?:(?:{_GAP}|['’])\d{{3}})+(?:{_GAP}?[.,]{_GAP}?\d{{1,4}})?"
    rf"|\d{{1,3}}(?:\.\d{{3}})+,\d{{1,4}}"
    rf"|\d{{1,3}}(?:,\d{{3}})+\.\d{{1,4}}"
    rf"|\d{{1,3}}(?:\.\d{{3}}){{2,}}"
    rf"|\d+{_GAP}?[.,]\d{{1,4}}"
    rf"|\d+,{_GAP}\d{{2}}(?!\d|,|{_GAP}(?:et|ou)\b)"  # « les 4, 11 et 18 » are days
    rf"|\d+)"
)
_AMOUNT = re.compile(
    rf"(?P<open>\()?(?P<before>[{_MINUS}+]{_GAP}?)?(?P<lead>(?:€|EUR){_GAP}?)?(?P<inner>[{_MINUS}])?"
    rf"(?<![\d.,/])(?P<number>{_NUMBER})(?![\d/])"
    rf"(?P<after>{_GAP}?[{_MINUS}](?![\w]))?{_GAP}{{0,2}}(?P<unit>€|EUR\b|EUROS?\b|Euros?\b|euros?\b|£|\$|%)?(?P<close>\))?"
)
_DIGITS_BEFORE = re.compile(r"\d[ \u00a0\u202f\u2009.,]{1,2}$")  # « 1 3 3,8 0 € »: the end of a sum in pieces
EURO_AS_E = re.compile(r"(?:(?<=\d)|(?<=\d ))e(?!\w)")  # the euro sign of some fonts
SUM_IN_E = re.compile(r"\d[.,]\d\d ?e(?!\w)")
RATES = tuple(
    Decimal(rate)
    for rate in (
        "20",
        "10",
        "5.5",
        "2.1",
        "8.5",
        "19.6",
        "7",
        "0",
        "5",
        "19",
        "21",
        "1.75",
        "1.05",
        "0.9",
        "13",
        "9.2",
        "9.6",
    )
)
TODAYS_RATES = tuple(Decimal(rate) for rate in ("20", "10", "5.5", "2.1", "8.5"))  # the only rates that may be derived


@dataclass(frozen=True, slots=True)
class Amount:
    """A number found in a text, its position there, and what makes it look like money."""

    start: int
    end: int
    value: Decimal
    decimals: int
    has_currency: bool
    is_percent: bool

    @property
    def looks_like_money(self) -> bool:
        return not self.is_percent and (self.decimals in (2, 3) or self.has_currency)


def find_amounts(text: str) -> Iterator[Amount]:
    """Every number of a text that could be an amount or a rate, from left to right."""
    for match in _AMOUNT.finditer(text):
        start, end = match.start("number"), match.end("number")
        if start and text[start - 1].isalpha() and not match["lead"]:
            continue
        value = parse_number(match["number"])
        if value is None:
            continue
        negative = bool(match["inner"] or match["after"] or (match["open"] and match["close"]))
        negative = negative or _is_minus(text, match)
        unit = match["unit"] or ""
        decimals = -int(value.as_tuple().exponent)
        if not decimals and unit and _DIGITS_BEFORE.search(text, 0, start):
            continue
        yield Amount(
            match.start("lead") if match["lead"] else start,
            match.end("unit") if unit else end,
            -value if negative else value,
            decimals,
            bool(match["lead"]) or unit not in ("", "%"),
            unit == "%",
        )


def _is_minus(text: str, match: re.Match[str]) -> bool:
    """A dash before a number is a minus unless it joins it to a word or stands between two numbers."""
    sign = match["before"]
    if not sign or sign.strip() == "+":
        return False
    before = text[: match.start("before")].rstrip()
    return (
        not before
        or (sign[0] in "-−" and not before[-1].isalnum())
        or (sign[0] in "-−" and text[match.start("before") - 1].isspace() and not sign[1:])
    )


def parse_number(text: str) -> Decimal | None:
    """A printed number as a Decimal; the last separator followed by other than three digits is the decimal one."""
    compact = re.sub(r"[\s'’]", "", text)
    comma, dot = compact.rfind(","), compact.rfind(".")
    if comma > dot:
        whole, fraction = compact[:comma].replace(".", "").replace(",", ""), compact[comma + 1 :]
    elif dot > comma:
        tail = compact[dot + 1 :]
        if comma < 0 and (compact.count(".") > 1) and len(tail) == 3:
            whole, fraction = compact.replace(".", ""), ""
        else:
            whole, fraction = compact[:dot].replace(",", "").replace(".", ""), tail
    else:
        whole, fraction = compact, ""
    if not whole.isdigit() or (fraction and not fraction.isdigit()) or len(whole) > 12:
        return None
    return Decimal(f"{whole}.{fraction}" if fraction else whole)


def to_cents(value: Decimal) -> Decimal:
    """The amount rounded to the cent, half up, as the portal stores it."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def money_text(value: Decimal) -> str:
    """The normal form of an amount: ``1234.56``."""
    return f"{to_cents(value):.2f}"
