"""The display period of a message: calendar days in France, both ends included.

The portal's guide to « Mes messages » says « deux semaines », but its two screens show fifteen days. ``DISPLAY_DAYS``
follows the text.
"""

from datetime import UTC, date, datetime, time, timedelta

from chorus_connector.domain.paris import PARIS, day_in_paris

DISPLAY_DAYS = 14
LONGEST_AHEAD = 731
"""Days from the sending, or from a change of the dates, to the last day of the display: two years."""
KEPT_YEARS = 12
"""How long recipients keep a message after its display: as long as the files of invoices, which it may explain."""


def today(now: datetime) -> date:
    """The calendar day in France at that moment."""
    return day_in_paris(now)


def default_period(now: datetime) -> tuple[date, date]:
    """From today to today + ``DISPLAY_DAYS``."""
    start = today(now)
    return start, default_end(start)


def default_end(start: date) -> date:
    """The last day of a display that begins on that day, when no person chooses one."""
    return min(start, date.max - timedelta(days=DISPLAY_DAYS)) + timedelta(days=DISPLAY_DAYS)


def begins_at(day: date) -> datetime:
    """The start of a day in France, in UTC."""
    return datetime.combine(day, time.min, tzinfo=PARIS).astimezone(UTC)


def reception(sent_at: datetime, display_start: date) -> datetime:
    """When a recipient receives the message: when it is sent, or when its display begins if that is later."""
    return max(sent_at, begins_at(display_start))


def recipients_keep_until(display_end: date) -> datetime:
    """When a received message is deleted: ``KEPT_YEARS`` after the last day of its display, in UTC."""
    year = min(display_end.year + KEPT_YEARS, date.max.year - 1)
    day = date(year, 3, 1) if (display_end.month, display_end.day) == (2, 29) else display_end.replace(year=year)
    return begins_at(day + timedelta(days=1))


def sortable_utc(moment: datetime) -> str:
    """The time in UTC as text of constant width, so that texts sort in order of time."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
