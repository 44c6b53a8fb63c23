"""From which day on, and until when, a message says that something is so; days in France.

A date without a year is the next such day after the message was sent; after « depuis » the last one before.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from chorus_connector.domain.messages.texts import collated
from chorus_connector.domain.reading.typed.dates import find_dates
from chorus_connector.domain.record import Record

_MONTHS = (
    ("janvier", "january"), ("fevrier", "february"), ("mars", "march"), ("avril", "april"), ("mai", "may"),
    ("juin", "june"), ("juillet", "july"), ("aout", "august"), ("septembre", "september"), ("octobre", "october"),
    ("novembre", "november"), ("decembre", "december"),
)  # fmt: skip
_NUMBER_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAMES = "|".join(_NUMBER_OF)
_DAY_AND_MONTH = re.compile(rf"(?<![\d/.\-])(?P<day>[0-3]?\d)(?:er|st|nd|rd|th)? ?(?P<name>{_NAMES})\b(?! ?\d{{4}})")
_SLASHED = re.compile(r"(?<![\d/.\-])(?P<day>[0-3]?\d)/(?P<month>[01]?\d)(?![\d/.\-])")
_MONTH_ALONE = re.compile(rf"(?<![\w])(?P<name>{_NAMES}) (?P<year>20\d\d)\b")
_YEAR_ALONE = re.compile(r"exercice (?P<year>20\d\d)\b")
_STARTS = re.compile(
    r"(?:(?:a compter|a partir|a dater) d(?:u|e|es)|\ba/c du|des(?: le)?|depuis(?: le)?"
    r"|(?:prise d.effet|entree en vigueur|date d.effet|date de bascule|date|applicables?|valables?|effet|effectif"
    r"|bascule|demarrage|le tout|substitution) ?:?(?: le| au)?"
    r"|retroactif au|\bau|\ble|\bon|effective|as of|as from|\bfrom|starting|\ben)$"
)
_ENDS = re.compile(
    r"(?:jusqu.au|avant le|apres le|au-dela du|ferme(?:e|s)?(?: definitivement)? (?:le|au)|supprime(?:e|s)? (?:le|au)"
    r"|dissoute? (?:le|au)|until|before|s.eteint le|(?<!compter )(?<!partir )(?<!dater )(?<!a/c )\bdu)$"
)
_CLOSED = re.compile(r"(?:ferme|dissou|supprime)\w*(?: definitivement)? (?:le|au)$")
_WEEKDAY_BEFORE = re.compile(r" ?(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)$")


class Period(Record):
    """The first and the last day, both included; None: not said."""

    first_day: date | None = None
    last_day: date | None = None


def period_of(texts: Iterable[str], *, sent_on: date) -> Period:
    """The period that the first of the texts with a date says."""
    for text in texts:
        period = _period(collated(text.replace("’", "'")), sent_on)
        if period.first_day is not None:
            return period
    return Period()


def _period(text: str, sent_on: date) -> Period:
    if re.search(r"\b(?:demain|tomorrow)\b", text):
        return Period(first_day=sent_on + timedelta(days=1))
    if re.search(r"\b(?:ce jour|aujourd.hui|today)\b", text):
        return Period(first_day=sent_on)
    dates = sorted(_dates(text, sent_on))
    for at, (start, end, day) in enumerate(dates):
        lead = _WEEKDAY_BEFORE.sub("", text[:start].rstrip()).rstrip()
        following = dates[at + 1] if at + 1 < len(dates) else None
        if lead.endswith("du") and following and re.fullmatch(r" (?:inclus )?au ", text[end : following[0]]):
            return Period(first_day=day, last_day=following[2])
        if _CLOSED.search(lead):
            if re.search(r"au-dela|ensuite|apres", text[end:]):
                return Period(first_day=day + timedelta(days=1))
        elif not _ENDS.search(lead) and (said := _STARTS.search(lead)):
            return Period(first_day=_last(day) if "depuis" in said[0] and day > sent_on else day)
    return Period()


def _last(day: date) -> date:
    """The same day a year before."""
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def _dates(text: str, sent_on: date) -> Iterator[tuple[int, int, date]]:
    for found in find_dates(text):
        if found.certain:
            yield found.start, found.end, found.value
    for match in _DAY_AND_MONTH.finditer(text):
        if value := _next(int(match["day"]), _NUMBER_OF[match["name"]], sent_on):
            yield match.start(), match.end(), value
    for match in _SLASHED.finditer(text):
        if value := _next(int(match["day"]), int(match["month"]), sent_on):
            yield match.start(), match.end(), value
    for match in _MONTH_ALONE.finditer(text):
        if not re.search(r"\d(?:er)? ?$", text[: match.start()]):
            yield match.start(), match.end(), date(int(match["year"]), _NUMBER_OF[match["name"]], 1)
    for match in _YEAR_ALONE.finditer(text):
        yield match.start(), match.end(), date(int(match["year"]), 1, 1)


def _next(day: int, month: int, sent_on: date) -> date | None:
    for year in (sent_on.year, sent_on.year + 1):
        try:
            value = date(year, month, day)
        except ValueError:
            continue
        if value >= sent_on:
            return value
    return None
