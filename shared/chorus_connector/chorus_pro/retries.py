"""Retries within the deadline: of reads and token requests while the portal is unavailable, and of refusals that pass.

The only module that uses tenacity. A call that changes something is repeated only after the gate in front of the portal
refused it: then the portal did not get it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenacity import (
    RetryCallState,
    Retrying,
    stop_after_attempt,
    wait_exponential,
    wait_random,
    wait_random_exponential,
)

from chorus_connector.chorus_pro.errors import AccessDenied, NotSent, PortalUnavailable, Reason

if TYPE_CHECKING:
    from chorus_connector.chorus_pro.deadline import SecondsLeft

_ATTEMPTS = 4
_LONGEST_WAIT = 30.0  # a longer Retry-After is for the caller to schedule, not for a thread to sleep
_backoff = wait_random_exponential(multiplier=0.5, max=8)


@dataclass
class Patience:
    """How often a call is made when PISTE refuses it in a way that may pass, and how long one client waits in all.

    The pauses grow from ``first_pause`` seconds, and at random by up to as much.
    A public client saw PISTE refuse one good token request in ten, and calls that came too fast; its fifth try passed.
    """

    tries: int = 5
    seconds: float = float("inf")
    first_pause: float = 1.0

    def pause(self, state: RetryCallState) -> float:
        """The seconds to wait after this try."""
        grown = wait_exponential(multiplier=self.first_pause, max=8 * self.first_pause)
        return grown(state) + wait_random(0, self.first_pause)(state)


def reads(seconds_left: SecondsLeft, sleep: Callable[[float], None]) -> Retrying:
    """Retries a read while the portal is unavailable; raises the last error."""
    return _retrying(_read_may_pass, seconds_left, sleep, Patience())


def tokens(seconds_left: SecondsLeft, sleep: Callable[[float], None], patience: Patience) -> Retrying:
    """Retries a token request while its service is unavailable, and with patience while it refuses good keys."""
    return _retrying(_token_may_come, seconds_left, sleep, patience)


def refused_calls(seconds_left: SecondsLeft, sleep: Callable[[float], None], patience: Patience) -> Retrying:
    """Retries a call, after a pause, that the gate refused before the portal got it."""
    return _retrying(_call_may_pass, seconds_left, sleep, patience)


def _read_may_pass(state: RetryCallState) -> bool:
    error = _error(state)
    # A token request had its own retries: retrying it here would multiply both.
    settled = isinstance(error, NotSent) and error.reason in {Reason.OUT_OF_TIME, Reason.TOKEN_SERVICE}
    return isinstance(error, PortalUnavailable) and not settled


def _token_may_come(state: RetryCallState) -> bool:
    error = _error(state)
    return _may_pass(error) or (isinstance(error, NotSent) and error.reason is not Reason.OUT_OF_TIME)


def _call_may_pass(state: RetryCallState) -> bool:
    error = _error(state)
    return isinstance(error, AccessDenied) and error.passing and error.which != "piste_application"


def _may_pass(error: BaseException | None) -> bool:
    return isinstance(error, AccessDenied) and error.passing


def _error(state: RetryCallState) -> BaseException | None:
    return state.outcome.exception() if state.outcome is not None else None


def _pace(state: RetryCallState) -> float:
    """The portal's Retry-After plus jitter, so that clients do not return together; else exponential backoff."""
    own = _backoff(state)
    asked = getattr(_error(state), "retry_after", None)
    return own if asked is None else float(asked) + min(own, 1.0)


def _retrying(
    worth_it: Callable[[RetryCallState], bool],
    seconds_left: SecondsLeft,
    sleep: Callable[[float], None],
    patience: Patience,
) -> Retrying:
    def enough(state: RetryCallState) -> bool:
        if not _may_pass(_error(state)):
            return _after_enough(state) or state.upcoming_sleep >= min(seconds_left(), _LONGEST_WAIT)
        out_of_patience = state.attempt_number >= patience.tries or state.upcoming_sleep > patience.seconds
        return out_of_patience or state.upcoming_sleep >= seconds_left()

    def pace(state: RetryCallState) -> float:
        return patience.pause(state) if _may_pass(_error(state)) else _pace(state)

    def nap(seconds: float) -> None:
        patience.seconds -= seconds
        sleep(seconds)

    return Retrying(retry=worth_it, wait=pace, stop=enough, sleep=nap, reraise=True)


_after_enough = stop_after_attempt(_ATTEMPTS)
