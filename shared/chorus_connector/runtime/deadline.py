"""The seconds an invocation may still wait for the portal: fewer than it lives, so that it can write what happened."""

import time
from collections.abc import Callable

from aws_lambda_powertools.utilities.typing import LambdaContext

_TO_WRITE_IT_DOWN = 4.0
"""Seconds kept for the writes after the last call."""


def seconds_left(context: LambdaContext) -> Callable[[], float]:
    """The seconds that portal calls may still take, computed anew at each call."""
    return lambda: context.get_remaining_time_in_millis() / 1000 - _TO_WRITE_IT_DOWN


def at_most(seconds: float, left: Callable[[], float]) -> Callable[[], float]:
    """``left``, capped to that many seconds from now: used where an HTTP client is waiting."""
    until = time.monotonic() + seconds
    return lambda: min(left(), until - time.monotonic())


def unlimited() -> float:
    """The seconds left where nothing ends the work: in an operator's command."""
    return float("inf")
