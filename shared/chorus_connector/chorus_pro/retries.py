"""Retries of reads and token requests: a few, within the deadline, with the portal's Retry-After.

The only module that uses tenacity. Calls that change something at the portal are never retried.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_random_exponential

from chorus_connector.chorus_pro.errors import AccessDenied, NotSent, PortalUnavailable, Reason

if TYPE_CHECKING:
    from chorus_connector.chorus_pro.deadline import SecondsLeft

_ATTEMPTS = 4
_LONGEST_WAIT = 30.0  # a longer Retry-After is for the caller to schedule, not for a thread to sleep
_backoff = wait_random_exponential(multiplier=0.5, max=8)


def reads(seconds_left: SecondsLeft, sleep: Callable[[float], None]) -> Retrying:
    """Retries a read while the portal is unavailable; raises the last error."""
    return _retrying(_read_may_pass, seconds_left, sleep)


def tokens(seconds_left: SecondsLeft, sleep: Callable[[float], None]) -> Retrying:
    """Retries a token request while its service is unavailable, and once after `invalid_client`.

    PISTE sometimes answers `invalid_client` to valid credentials.
    """
    return _retrying(_token_may_come, seconds_left, sleep)


def _read_may_pass(state: RetryCallState) -> bool:
    error = _error(state)
    # A token request had its own retries: retrying it here would multiply both.
    settled = isinstance(error, NotSent) and error.reason in {Reason.OUT_OF_TIME, Reason.TOKEN_SERVICE}
    return isinstance(error, PortalUnavailable) and not settled


def _token_may_come(state: RetryCallState) -> bool:
    error = _error(state)
    if isinstance(error, AccessDenied):
        return error.oauth_error == "invalid_client" and state.attempt_number == 1
    return isinstance(error, NotSent) and error.reason is not Reason.OUT_OF_TIME


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _pace(state: RetryCallState) -> float:
    """The portal's Retry-After plus jitter, so that clients do not return together; else exponential backoff."""
    own = _backoff(state)
    asked = getattr(_error(state), "retry_after", None)
    return own if asked is None else float(asked) + min(own, 1.0)


def _retrying(
    worth_it: Callable[[RetryCallState], bool], seconds_left: SecondsLeft, sleep: Callable[[float], None]
) -> Retrying:
    def too_long(state: RetryCallState) -> bool:
        return state.upcoming_sleep >= min(seconds_left(), _LONGEST_WAIT)

    return Retrying(
        retry=worth_it,
        wait=_pace,
        stop=lambda state: _after_enough(state) or too_long(state),
        sleep=sleep,
        reraise=True,
    )


_after_enough = stop_after_attempt(_ATTEMPTS)
