"""From which day on, and until when, a message says that something is so; days in France.

A date without a year is the next such day after the message was sent; after « depuis » or before « dernier » the last
one before. A month alone is its first day. What is so after a day begins on the next one.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

from chorus_connector.domain.messages.texts import collated
from chorus_connector.domain.reading.typed.dates import find_dates
from chorus_connector.domain.record import Record

_MONTHS = (
    ("janvier", "january", "janv"), ("fevrier", "february", "fev"), ("mars", "march"), ("avril", "april", "avr"),
    ("mai", "may"), ("juin", "june"), ("juillet", "july", "juil"), ("aout", "august"),
    ("septembre", "september", "sept"), ("octobre", "october", "oct"), ("novembre", "november", "nov"),
    ("decembre", "december", "dec"),
)  # fmt: skip
_NUMBER_OF = {name: number for number, names in enumerate(_MONTHS, 1) for name in names}
_NAMES = "|".join(_NUMBER_OF)
_DAY_AND_MONTH = re.compile(
    rf"(?<![\d/.\-])(?P<day>[0-3]?\d|premier)(?:er|st|nd|rd|th)? ?/?(?P<name>{_NAMES})\b\.?(?: (?P<year>20\d\d))?"
)
_MONTH_AND_DAY = re.compile(rf"\b(?P<name>{_NAMES}) (?P<day>[0-3]?\d)(?:st|nd|rd|th)\b(?:,? (?P<year>20\d\d))?")
_SLASHED = re.compile(
    r"(?<![\d/.\-])(?P<day>[0-3]?\d)(?:er)?/(?P<month>[01]?\d)(?:/(?P<year>(?:20)?\d\d))?(?![\d/\-]|\.\d)"
)
_MONTH_ALONE = re.compile(rf"(?<![\w])(?P<name>{_NAMES})\b(?: (?P<year>20\d\d)\b)?(?! \d)")
_YEAR_ALONE = re.compile(r"\b(?:exercice|gestion|annee|en|pour|factures) (?P<year>20\d\d)\b")
_FIRST_OF_A_RANGE = re.compile(rf"\b(du|entre le) ([0-3]?\d)(?:er)? (au|et le) ([0-3]?\d (?:{_NAMES}))\b")
_FROM = (
    r"(?:a compter|a partir|a dater) d(?:u|es|e|')|\ba/c du|des(?: le)?|depuis(?: le)?"
    r"|as of|as from|\bfrom|starting|since"
)
_MONTH = rf"(?:{_FROM}|\ben|\bau) ?(?:(?:la facture|celles?|factures?) d['e] ?)?(?:mois d['e] ?)?"
_OF_A_MONTH = re.compile(rf"{_MONTH}$")
_STARTS = re.compile(
    rf"(?:{_MONTH}"
    r"|(?:prise d.effet|entree en vigueur|date d.effet|date de bascule|date|applicables?|valables?|effet|effectif"
    r"|bascule|demarrage|le tout|substitution|(?:date d.)?application(?: inchangee| fixee)?|debut|ouverture|validite"
    r"|mise en (?:service|oeuvre|application)) ?:?(?: le| au| du)?"
    r"|retroactif au|\bau|\ble|\bon|effective|\ben|date(?:e|es|s)? du|on or after) ?:?$"
)
_CLOSING = (
    r"(?:ferm|dissou|supprim|desactiv|disparai|clotur|inactiv|bloqu|expir|refus|rejet|abandonn|retir|s.etein|prend fin)"
    r"\w*(?: definitivement| automatiquement)?"
)
_ENDS = re.compile(
    rf"(?:jusqu.au|avant le|apres le|au-dela du|posterieure?s? au|{_CLOSING} (?:le|au|des le|a (?:compter|partir) du)"
    r"|until|before|approuve le|(?<!compter )(?<!partir )(?<!dater )(?<!a/c )(?<!effet )(?<!datee )(?<!datees )\bdu)$"
)
_AFTER = re.compile(r"(?:apres le|au-dela du|posterieure?s? au)$")
_CLOSED = re.compile(rf"{_CLOSING} (?:le|au)$")
_UNTIL = re.compile(r"(?: inclus)?,? ?(?:et )?(?:pour [^,.;]{1,20})?\(?(?:jusqu.au|till|until) ?$")
_WEEKDAY_BEFORE = re.compile(r" ?(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)$")
_TODAY = re.compile(
    r"(?:\bdes|a (?:compter|partir|dater) d.|depuis|effet|applicables?|valables?) ?"
    r"(?:ce jour\b(?! ?-?la)|aujourd.hui|ce matin)|effet immediat|from today"
)
_LEAD = 70
_MOST_DATES = 40


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
    if _TODAY.search(text):
        return Period(first_day=sent_on)
    plain = _FIRST_OF_A_RANGE.sub(_with_its_month, text)
    dates = sorted(_dates(plain, sent_on))[:_MOST_DATES]
    after = None
    for at, (start, end, day) in enumerate(dates):
        lead = _lead(plain, start)
        last = _last_day(plain, dates, at)
        if last is not None:
            return Period(first_day=day, last_day=last)
        if _AFTER.search(lead) or (_CLOSED.search(lead) and re.search(r"au-dela|ensuite|apres|lendemain", plain[end:])):
            after = after or day + timedelta(days=1)
        elif lead.endswith("(") or _YEAR_ALONE.fullmatch(plain[start:end]):
            after = after or day
        elif not _ENDS.search(lead) and (said := _STARTS.search(lead)):
            is_past = "depuis" in said[0] or plain[end:].startswith(" dernier")
            return Period(first_day=_year_before(day) if is_past and day > sent_on else day)
    return Period(first_day=after)


def _lead(text: str, start: int) -> str:
    return _WEEKDAY_BEFORE.sub("", text[max(0, start - _LEAD) : start].rstrip()).rstrip()


def _last_day(text: str, dates: list[tuple[int, int, date]], at: int) -> date | None:
    """The last day of a period that begins with this date: « du … au … », « entre le … et le … », « jusqu'au … »."""
    if at + 1 == len(dates):
        return None
    lead = _lead(text, dates[at][0])
    between = _WEEKDAY_BEFORE.sub("", text[dates[at][1] : dates[at + 1][0]].rstrip())
    joined = (
        (lead.endswith("du") and re.fullmatch(r" (?:inclus )?au", between))
        or (lead.endswith(("entre", "entre le")) and re.fullmatch(r" et(?: le)?", between))
        or (_STARTS.search(lead) and _UNTIL.fullmatch(between))
    )
    return dates[at + 1][2] if joined and dates[at + 1][2] > dates[at][2] else None


def _with_its_month(match: re.Match[str]) -> str:
    return f"{match[1]} {match[2]} {match[4].split()[1]} {match[3]} {match[4]}"


def _year_before(day: date) -> date:
    return day.replace(year=day.year - 1, day=min(day.day, 28) if day.month == 2 else day.day)


def _dates(text: str, sent_on: date) -> Iterator[tuple[int, int, date]]:
    taken = set()
    for found in find_dates(text):
        if found.certain:
            taken.add(found.start)
            yield found.start, found.end, found.value
    for pattern in (_DAY_AND_MONTH, _MONTH_AND_DAY, _SLASHED):
        for match in pattern.finditer(text):
            if match.start() not in taken and (value := _day(match, sent_on)):
                yield match.start(), match.end(), value
    for match in _MONTH_ALONE.finditer(text):
        if re.search(r"\d(?:er)? ?/?$|premier $", text[max(0, match.start() - 9) : match.start()]):
            continue
        value = _on(1, _NUMBER_OF[match["name"]], match["year"], sent_on.replace(day=1))
        if value and (match["year"] or _OF_A_MONTH.search(text[max(0, match.start() - _LEAD) : match.start()])):
            yield match.start(), match.end(), value
    for match in _YEAR_ALONE.finditer(text):
        yield match.start(), match.end(), date(int(match["year"]), 1, 1)


def _day(match: re.Match[str], sent_on: date) -> date | None:
    given = match.groupdict()
    month = int(given["month"]) if given.get("month") else _NUMBER_OF[given["name"]]
    return _on(1 if given["day"] == "premier" else int(given["day"]), month, given["year"], sent_on)


def _on(day: int, month: int, year: str | None, earliest: date) -> date | None:
    """That day of the given year, else the next one that is not before ``earliest``."""
    years = [int(year) + (0 if len(year) == 4 else 2000)] if year else [earliest.year, earliest.year + 1]
    for each in years:
        try:
            value = date(each, month, day)
        except ValueError:
            continue
        if year or value >= earliest:
            return value
    return None
