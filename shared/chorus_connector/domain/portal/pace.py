"""The interval of the ten-minute run, for work that is due again at each run."""

from datetime import timedelta

EVERY_TEN_MINUTES = timedelta(minutes=9)
"""One minute less than ten: work ends some seconds after the run that queued it, and must be due at the next run."""
