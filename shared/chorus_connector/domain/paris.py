"""The time zone of the portal: its calendar days, and its moments without a zone, are those of Paris."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")


def day_in_paris(moment: datetime) -> date:
    """The calendar day of that moment in Paris."""
    return moment.astimezone(PARIS).date()
