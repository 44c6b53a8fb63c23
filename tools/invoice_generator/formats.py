"""The formats of amounts, dates and identifiers: chosen once per document.

Covers the formats of French invoices: five thousands separators, comma or dot, the euro sign before or
after, four negative signs, dates in words or two-digit years, SIRET run together, spaced or SIREN + NIC.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from random import Random

MONTHS = (
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
)
SHORT_MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
WEEKDAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")

NNBSP, NBSP, MINUS = "\u202f", "\u00a0", "\u2212"
GROUPINGS = {"space": " ", "nbsp": NBSP, "nnbsp": NNBSP, "dot": ".", "none": "", "apostrophe": "'"}


@dataclass(frozen=True)
class Formats:
    """The formats of one document. ``money`` is ``grouping`` + decimal mark; currency goes around."""

    grouping: str = "space"
    decimal: str = ","
    currency: str = " €"  # what follows the amount; a leading "€ " when ``currency_first``
    currency_first: bool = False
    negative: str = "-"  # "-", "−", "trailing" or "brackets"
    date_style: str = "slash"
    siret_style: str = "spaced"
    iban_spaced: bool = True

    def number(self, value: Decimal, places: int = 2) -> str:
        """The bare figure: grouped, with this document's decimal mark and negative sign."""
        whole, _, cents = f"{abs(value):.{places}f}".partition(".")
        groups: list[str] = []
        while whole:
            groups.insert(0, whole[-3:])
            whole = whole[:-3]
        text = GROUPINGS[self.grouping].join(groups) + (self.decimal + cents if cents else "")
        if value >= 0:
            return text
        return {"trailing": text + "-", "brackets": f"({text})"}.get(self.negative, self.negative + text)

    def money(self, value: Decimal) -> str:
        """The figure with the currency, where this document writes one."""
        text = self.number(value)
        return self.currency.strip() + " " + text if self.currency_first else text + self.currency

    def quantity(self, value: Decimal) -> str:
        places = 0 if value == value.to_integral() else 2
        return self.number(value, places)

    def percent(self, value: Decimal) -> str:
        """A rate as people write it: ``20 %``, ``5,5 %``."""
        text = f"{value.normalize():f}".replace(".", self.decimal)
        return text + (NBSP if self.grouping in ("nbsp", "nnbsp") else " ") + "%"

    def rate(self, value: Decimal) -> str:
        """A rate with two decimals, as tables write it: ``20,00``."""
        return f"{value:.2f}".replace(".", self.decimal)

    def day(self, value: date) -> str:
        return format_date(value, self.date_style)

    def siret(self, digits: str | None) -> str:
        if not digits:
            return ""
        head = " ".join((digits[:3], digits[3:6], digits[6:9]))
        return {
            "raw": digits,
            "spaced": f"{head} {digits[9:]}",
            "nic": f"{digits[:9]} {digits[9:]}",
            "dotted": head.replace(" ", ".") + "." + digits[9:],
            "split_nic": f"{head} {digits[9:11]} {digits[11:]}",
            "dash_nic": f"{head} - {digits[9:]}",
        }[self.siret_style]

    def siren(self, digits: str | None) -> str:
        return "" if not digits else " ".join((digits[:3], digits[3:6], digits[6:9]))

    def iban(self, value: str) -> str:
        return " ".join(value[i : i + 4] for i in range(0, len(value), 4)) if self.iban_spaced else value


def format_date(value: date, style: str) -> str:
    """A date in one of the ways French invoices write it."""
    first = "1er" if value.day == 1 else str(value.day)
    written = f"{first} {MONTHS[value.month - 1]} {value.year}"
    styles = {
        "slash": f"{value:%d/%m/%Y}",
        "short": f"{value:%d/%m/%y}",
        "dot": f"{value:%d.%m.%Y}",
        "dash": f"{value:%d-%m-%Y}",
        "iso": f"{value:%Y-%m-%d}",
        "long": written,
        "upper": written.upper(),
        "abbreviated": f"{value.day:02d} {SHORT_MONTHS[value.month - 1]} {value.year}",
        "weekday": f"{WEEKDAYS[value.weekday()]} {written}",
        "month_dash": f"{value.day:02d}-{SHORT_MONTHS[value.month - 1].rstrip('.')}-{value:%y}",
    }
    return styles[style]


_TYPEWRITER_GROUPING = ("space", "space", "none", "dot")
_GROUPING = ("space", "nbsp", "nbsp", "nnbsp", "nnbsp", "dot", "none")
_TYPEWRITER_NEGATIVE = ("-", "-", "trailing", "brackets")
_NEGATIVE = ("-", MINUS, MINUS, "trailing", "brackets")
_CURRENCY = ((" €", False), (" €", False), (" EUR", False), ("", False), ("€", True), (NBSP + "€", False))
_DATES = ("slash", "slash", "slash", "short", "dot", "dash", "long", "long", "iso", "abbreviated")
_SIRET = ("raw", "raw", "spaced", "spaced", "nic", "dotted", "split_nic", "dash_nic")


def random_formats(rng: Random, *, ascii_only: bool = False) -> Formats:
    """Random formats for one document; ``ascii_only`` uses only what a typewriter font can print."""
    grouping = rng.choice(_TYPEWRITER_GROUPING if ascii_only else _GROUPING)
    decimal = "." if grouping == "none" and rng.random() < 0.35 else ","
    if not ascii_only and rng.random() < 0.06:
        grouping, decimal = "apostrophe", "."
    currency, first = (rng.choice(("", " EUR")), False) if ascii_only else rng.choice(_CURRENCY)
    return Formats(
        grouping=grouping,
        decimal=decimal,
        currency=currency,
        currency_first=first,
        negative=rng.choice(_TYPEWRITER_NEGATIVE if ascii_only else _NEGATIVE),
        date_style=rng.choice(_DATES),
        siret_style=rng.choice(_SIRET),
        iban_spaced=rng.random() < 0.8,
    )
