"""The pace of the ten-minute tick, for whatever asks to be looked at again with each of them."""

from datetime import timedelta

EVERY_TEN_MINUTES = timedelta(minutes=9)
"""A minute less than ten: work is done some seconds after the tick that sent it, and is to be due at the next one."""
