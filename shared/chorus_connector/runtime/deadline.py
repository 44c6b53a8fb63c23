"""How long an invocation may still wait for the portal: less than it lives, so that what happened can be written."""

import time
from collections.abc import Callable

from aws_lambda_powertools.utilities.typing import LambdaContext

_TO_WRITE_IT_DOWN = 4.0
"""Seconds kept for the writes after the last call."""


def seconds_left(context: LambdaContext) -> Callable[[], float]:
    """The seconds the portal may still take, asked again before every call."""
    return lambda: context.get_remaining_time_in_millis() / 1000 - _TO_WRITE_IT_DOWN


def at_most(seconds: float, context: LambdaContext) -> Callable[[], float]:
    """As ``seconds_left``, and never more than that from now on: for what somebody waits for."""
    left, until = seconds_left(context), time.monotonic() + seconds
    return lambda: min(left(), until - time.monotonic())
