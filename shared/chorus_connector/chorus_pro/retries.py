"""When to call again: reads and token requests only, a few times, within the deadline, at the portal's pace.

The one place that knows tenacity. Whatever changes something at the portal never comes here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tenacity import RetryCallState, Retrying, stop_after_attempt, wait_random_exponential

from chorus_connector.chorus_pro.errors import AccessDenied, NotSent, PortalUnavailable, Reason

if TYPE_CHECKING:
    from chorus_connector.chorus_pro.exchange import SecondsLeft

_ATTEMPTS = 4
_LONGEST_WAIT = 30.0  # a portal that asks for more is for the caller to hold, not for a thread to sleep on
_backoff = wait_random_exponential(multiplier=0.5, max=8)


def reads(seconds_left: SecondsLeft, sleep: Callable[[float], None]) -> Retrying:
    """Repeats a call that changes nothing while the portal is unavailable; the last error is raised as it is."""
    return _retrying(_read_may_pass, seconds_left, sleep)


def tokens(seconds_left: SecondsLeft, sleep: Callable[[float], None]) -> Retrying:
    """Repeats a token request while its service is unavailable; a refusal is believed the second time.

    PISTE has been seen to answer `invalid_client` to good credentials now and then.
    """
    return _retrying(_token_may_come, seconds_left, sleep)


def _read_may_pass(state: RetryCallState) -> bool:
    error = _error(state)
    # A token request has had its own retries: repeating them here would multiply both.
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
    """What the portal asks, plus a little jitter (or all come back together), else a growing random wait."""
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
