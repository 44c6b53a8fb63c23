"""The interval of the ten-minute run, for work that is due again at each run; the starts that share a night's work."""

from datetime import datetime, timedelta

from chorus_connector.domain.paris import PARIS

EVERY_TEN_MINUTES = timedelta(minutes=9)
"""One minute less than ten: work ends some seconds after the run that queued it, and must be due at the next run."""

LEASE = timedelta(hours=1)
"""How long due work that was handed out is not handed out again: longer than a queue takes for it.

A message that the queue loses delays its work by no more than this and the ten minutes to the next run.
"""

_BETWEEN_STARTS = timedelta(minutes=10)


def starts_left(now: datetime, *, until: int) -> int:
    """How many starts, ten minutes apart, are left before that hour of the day in France, with this one; at least 1."""
    local = now.astimezone(PARIS)
    left = timedelta(hours=until) - timedelta(hours=local.hour, minutes=local.minute)
    return max(-(-left // _BETWEEN_STARTS), 1)
