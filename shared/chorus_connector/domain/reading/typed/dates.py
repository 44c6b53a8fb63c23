"""Calendar dates as French invoices print them, found in a line of text and given in ISO form.

Day before month, always; two-digit years are 20xx up to 69; months in words with or without accents. A date outside
2000–2099 is not a date of an invoice (BR-FR-03 of the French invoicing rules, XP Z12-012).
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    "jan": 1, "janv": 1, "janvier": 1, "fev": 2, "fevr": 2, "fevrier": 2, "mar": 3, "mars": 3, "avr": 4, "avril": 4,
    "mai": 5, "juin": 6, "jun": 6, "juil": 7, "juill": 7, "jul": 7, "juillet": 7, "aou": 8, "aout": 8,
    "sep": 9, "sept": 9, "septembre": 9, "oct": 10, "octobre": 10, "nov": 11, "novembre": 11, "dec": 12,
    "decembre": 12, "january": 1, "february": 2, "march": 3, "april": 4, "may": 5, "june": 6, "july": 7,
    "august": 8, "september": 9, "october": 10, "november": 11, "december": 12, "aug": 8, "feb": 2, "apr": 4,
}  # fmt: skip
_LAST_OF_2000 = 69  # of the two-digit years, as in POSIX: « loi 80-335 du 12/05/80 » is of 1980
_DAY = r"(?P<day>[0-3]?\d)"
_NUMERIC = re.compile(
    rf"(?<![\d/.\-]){_DAY}\s?(?P<sep>[/.\-])\s?(?P<month>[01]?\d)\s?(?P=sep)\s?(?P<year>20\d\d|\d\d)(?![\d]|[/\-.]\d)"
)
_NOISY = re.compile(
    rf"(?<![\d/.\-,:]){_DAY}\s?[/.\-:,;]\s?(?P<month>[01]\d)\s?[/.\-:,;]\s?(?P<year>20\d\d)(?![\d]|[/\-.]\d)"
)
_AFTER_A_NUMBER = re.compile(  # « F12/12.03.2026 »: an OCR engine loses the spaces around the slash
    rf"(?<=[\w ][/–-]){_DAY}(?P<sep>[/.])(?P<month>[01]\d)(?P=sep)(?P<year>20\d\d)(?![\d]|[/\-.]\d)"
)
_ISO_AFTER_A_NUMBER = re.compile(r"(?<=[\w ]/)(?P<year>20\d\d)-(?P<month>[01]\d)-(?P<day>[0-3]\d)(?![\d]|[/\-.]\d)")
_ISO = re.compile(
    r"(?<![\d/.\-])(?P<year>20\d\d)(?P<sep>[/.\-])(?P<month>[01]\d)(?P=sep)(?P<day>[0-3]\d)(?![\d]|[/\-.]\d)"
)
_COMPACT = re.compile(r"(?<![\w/.\-])(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?![\w]|[/\-.]\d)")
_WORDS = re.compile(
    rf"(?<!\d){_DAY}\s?(?:er|ER|[eE]R?|°|st|nd|rd|th)?[\s\-/.]{{0,2}}(?P<name>[^\W\d_]{{3,9}})\.?"
    rf"(?:\s?/\s?[^\W\d_]{{3,9}}\.?)?[\s\-/.,]{{0,2}}(?P<year>20\d\d|\d\d)(?!\d)"  # « 29 juil./July 2026 »
)
_READ_AS_ONE = re.compile(r"(?<!\w)[lI](?=er\s)")  # « ler janvier » is « 1er janvier »
_MONTH_FIRST = re.compile(  # « May 12, 2026 »
    r"(?<!\w)(?P<name>[^\W\d_]{3,9})\.? (?P<day>[0-3]?\d)(?:st|nd|rd|th)?, (?P<year>20\d\d)(?!\d)"
)
_DOTTED_AFTER_A_NUMBER = re.compile(  # « F12/12.03.2026 », which has one reading only
    r"(?<=\w/)(?P<day>[0-3]\d)(?P<sep>\.)(?P<month>[01]\d)(?P=sep)(?P<year>20\d\d)(?![\d]|[/\-.]\d)"
)
_TEENS = "onze", "douze", "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf"
_DIGITS = "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"
_SPELT = {word: number for number, word in enumerate((*_DIGITS, "dix", *_TEENS, "vingt"), 1)}
_SPELT |= {f"vingt-{word}": number for number, word in enumerate(("et-un", *_DIGITS[1:]), 21)}
_SPELT |= {f"trente-{word}": number for number, word in enumerate(("et-un", *_DIGITS[1:]), 31)}
_SPELT |= {"premier": 1, "trente": 30}
_NUMBER_WORD = "|".join(word.replace("-", r"[\s-]") for word in sorted(_SPELT, key=len, reverse=True))
_IN_WORDS = re.compile(  # « quinze octobre deux mille vingt-six », also with « le » glued to it
    rf"(?:(?<![^\W\d_])|(?<=le))(?P<spelt_day>{_NUMBER_WORD})\s(?P<name>[^\W\d_]{{3,9}})\s"
    rf"deux[\s-]mille[\s-](?P<spelt_year>{_NUMBER_WORD})(?![^\W\d_])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date and its position in the text. ``certain`` is false for eight bare digits, which may be a code."""

    start: int
    end: int
    value: date
    certain: bool = True


def find_dates(text: str, *, noisy: bool = False) -> Iterator[FoundDate]:
    """Every date of a text, unordered and without overlaps; ``noisy`` accepts misread separators."""
    taken: list[tuple[int, int]] = []
    text = _READ_AS_ONE.sub("1", text) if noisy else text
    for pattern in (
        _NUMERIC,
        _ISO,
        _WORDS,
        _MONTH_FIRST,
        *((_IN_WORDS,) if "mille" in text.casefold() else ()),
        _DOTTED_AFTER_A_NUMBER,
        *((_NOISY, _AFTER_A_NUMBER, _ISO_AFTER_A_NUMBER) if noisy else ()),
        _COMPACT,
    ):
        for match in pattern.finditer(text):
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            value = _date_of(match)
            if value:
                taken.append(match.span())
                yield FoundDate(match.start(), match.end(), value, pattern is not _COMPACT)


def _date_of(match: re.Match[str]) -> date | None:
    parts = match.groupdict()
    month = _MONTHS.get(_plain(parts["name"])) if "name" in parts else int(parts["month"])
    year = int(parts["year"]) if "year" in parts else _spelt(parts["spelt_year"])
    day = int(parts["day"]) if "day" in parts else _spelt(parts["spelt_day"])
    if _LAST_OF_2000 < year < 100:
        return None
    try:
        return date(year if year > _LAST_OF_2000 else year + 2000, month or 0, day)
    except ValueError:
        return None


def _spelt(words: str) -> int:
    """The number that the words spell: « vingt et un » is 21."""
    return _SPELT["-".join(re.split(r"[\s-]+", words.lower()))]


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.casefold())
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return letters.replace("0", "o").replace("1", "l")
