"""Dates, amounts and numbers as people write them in French and English. Times are those of Europe/Paris."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
_THIN, _FIXED = "\u202f", "\u00a0"  # French groups digits with the first, and puts the second before a unit


def amount(value: Any, language: str) -> str:
    """Euros: « 1 234,56 € » or « €1,234.56 ». Empty for None; an unreadable value stays as it is."""
    digits = typed_amount(value, language)
    if not _is_number(value):
        return digits
    if language == "fr":
        return f"{digits}{_FIXED}€"
    return f"-€{digits[1:]}" if digits.startswith("-") else f"€{digits}"


def typed_amount(value: Any, language: str) -> str:
    """An amount as a person types it: « 1 234,56 » or « 1,234.56 »; an unreadable value stays as it is."""
    if not _is_number(value):
        return "" if value is None else str(value)
    digits = f"{Decimal(str(value)):,.2f}"
    return digits.replace(",", _THIN).replace(".", ",") if language == "fr" else digits


def _is_number(value: Any) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except InvalidOperation:
        return False


def day(value: Any, language: str) -> str:
    """A date: « 30/11/2026 » or « 30 Nov 2026 ». A time gives its day in Paris."""
    found = _moment(value)
    if found is None:
        return "" if value in (None, "") else str(value)
    return found.strftime("%d/%m/%Y") if language == "fr" else f"{found.day} {found:%b %Y}"


def moment(value: Any, language: str) -> str:
    """A day and its time in Paris: « 30/11/2026 09:15 »."""
    found = _moment(value)
    if not isinstance(found, datetime):
        return day(value, language)
    return f"{day(value, language)} {found:%H:%M}"


def siret(value: Any) -> str:
    """A SIRET in groups: « 123 456 789 00012 ». Other identifiers stay as they are."""
    digits = str(value or "")
    if len(digits) != 14 or not digits.isdigit():
        return digits
    return _FIXED.join((digits[:3], digits[3:6], digits[6:9], digits[9:]))


def whole(value: Any, language: str) -> str:
    """A count: « 1 234 » or « 1,234 »."""
    digits = f"{int(value):,}"
    return digits.replace(",", _THIN) if language == "fr" else digits


def share(value: Any, language: str) -> str:
    """A share of one in percent: « 97 % » or « 97% »."""
    percent = int(Decimal(str(value)) * 100)  # never rounded up: 99.6 % sure is not sure
    return f"{percent}{_FIXED}%" if language == "fr" else f"{percent}%"


def since(value: Any, now: datetime, language: str) -> str:
    """How long ago a time was, in its largest unit: « 3 j », « 2 h », « 5 min »."""
    found = _moment(value)
    if found is None:
        return ""
    if not isinstance(found, datetime):
        found = datetime(found.year, found.month, found.day, tzinfo=PARIS)
    passed = max(now - found, timedelta())
    if passed.days:
        return f"{passed.days}{_FIXED}{'j' if language == 'fr' else 'd'}"
    minutes = passed.seconds // 60
    return f"{minutes // 60}{_FIXED}h" if minutes >= 60 else f"{minutes}{_FIXED}min"


def days_until(value: Any, now: datetime) -> int | None:
    """Days in Paris from today to that date, negative once it has passed; None without a date."""
    found = _moment(value)
    if found is None:
        return None
    end = found.date() if isinstance(found, datetime) else found
    return (end - now.astimezone(PARIS).date()).days


def has_passed(value: Any, now: datetime) -> bool:
    """Whether that time is over; never without one."""
    found = _moment(value)
    return isinstance(found, datetime) and found < now


def _moment(value: Any) -> date | datetime | None:
    if isinstance(value, datetime | date):
        return value
    text = str(value or "")
    try:
        if len(text) == 10:
            return date.fromisoformat(text)
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(PARIS)
