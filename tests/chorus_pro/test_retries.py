"""When a call is made again: which failures are worth it, how often, after how long, and never past the deadline."""

import pytest

from chorus_connector.chorus_pro.deadline import no_deadline
from chorus_connector.chorus_pro.errors import (
    AccessDenied,
    ChorusProError,
    NoReadableAnswer,
    NotSent,
    PortalUnavailable,
    Reason,
    Throttled,
)
from chorus_connector.chorus_pro.retries import reads, tokens

BUSY = PortalUnavailable("search", Reason.HTTP_STATUS, status=503)
NOT_CONNECTED = NotSent("token", Reason.UNREACHABLE)
WRONG_CLIENT = AccessDenied("token", "piste_application", oauth_error="invalid_client")


class Caller:
    """Fails with each of these errors in turn, then succeeds; keeps the waits in between."""

    def __init__(self, *errors: ChorusProError, seconds_left: float | None = None) -> None:
        self._errors = list(errors)
        self._left = no_deadline if seconds_left is None else lambda: seconds_left
        self.calls = 0
        self.waits: list[float] = []

    def _call(self) -> str:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return "answer"

    def read(self) -> str:
        return reads(self._left, self.waits.append)(self._call)

    def token(self) -> str:
        return tokens(self._left, self.waits.append)(self._call)


def busy_for(seconds: float) -> PortalUnavailable:
    return Throttled("search", retry_after=seconds)


@pytest.mark.parametrize("error", [BUSY, busy_for(1), NotSent("search", Reason.UNREACHABLE)])
def test_a_read_is_tried_four_times_and_ends_with_the_last_error_itself(error: ChorusProError) -> None:
    caller = Caller(*[error] * 3)
    assert (caller.read(), caller.calls, len(caller.waits)) == ("answer", 4, 3)
    failing = Caller(*[error] * 9)
    with pytest.raises(type(error)) as last:
        failing.read()
    assert (last.value, failing.calls) == (error, 4)


@pytest.mark.parametrize(
    "error",
    [
        NotSent("search", Reason.OUT_OF_TIME),
        NotSent("search", Reason.TOKEN_SERVICE),
        NoReadableAnswer("submit", Reason.TIMEOUT),
        WRONG_CLIENT,
    ],
)
def test_a_read_whose_failure_another_try_cannot_change_is_made_once(error: ChorusProError) -> None:
    caller = Caller(error)
    with pytest.raises(type(error)):
        caller.read()
    assert caller.calls == 1


def test_a_reason_settles_a_read_only_when_the_request_did_not_leave() -> None:
    assert Caller(PortalUnavailable("search", Reason.TOKEN_SERVICE)).read() == "answer"


def test_a_token_is_asked_for_again_while_its_service_cannot_be_reached() -> None:
    assert Caller(*[NOT_CONNECTED] * 3).token() == "answer"
    out_of_time = Caller(NotSent("token", Reason.OUT_OF_TIME))
    with pytest.raises(NotSent):
        out_of_time.token()
    assert out_of_time.calls == 1


def test_a_wrong_client_is_believed_the_second_time_and_any_other_refusal_at_once() -> None:
    assert Caller(WRONG_CLIENT).token() == "answer"
    twice = Caller(WRONG_CLIENT, WRONG_CLIENT)
    with pytest.raises(AccessDenied):
        twice.token()
    assert twice.calls == 2
    other = Caller(AccessDenied("token", "api_consent", oauth_error="invalid_scope"))
    with pytest.raises(AccessDenied):
        other.token()
    assert other.calls == 1


def test_a_token_whose_answer_says_nothing_of_the_connection_is_not_asked_for_again() -> None:
    caller = Caller(BUSY)
    with pytest.raises(PortalUnavailable):
        caller.token()
    assert caller.calls == 1


def test_the_delay_that_the_portal_asks_for_is_kept_and_a_little_more_at_random() -> None:
    waits = [wait for _ in range(60) for wait in waits_of(busy_for(5), busy_for(5), busy_for(5))]
    assert 5 <= min(waits) < 5.2
    assert 5.8 < max(waits) <= 6


def test_without_a_delay_the_waits_are_random_and_grow() -> None:
    rounds = [waits_of(BUSY, BUSY, BUSY) for _ in range(200)]
    for index, longest in enumerate((0.5, 1, 2)):
        waits = [each[index] for each in rounds]
        assert min(waits) >= 0
        assert longest / 2 < max(waits) <= longest


def waits_of(*errors: ChorusProError) -> list[float]:
    caller = Caller(*errors)
    caller.read()
    return caller.waits


@pytest.mark.parametrize(
    ("asked", "seconds_left", "calls"),
    [(28, None, 2), (30, None, 1), (5, 20, 2), (5, 5, 1), (5, 0, 1)],
    ids=["long", "too long", "in time", "at the deadline", "after the deadline"],
)
def test_a_wait_of_half_a_minute_or_past_the_deadline_is_left_to_the_caller(
    asked: float, seconds_left: float | None, calls: int
) -> None:
    caller = Caller(busy_for(asked), seconds_left=seconds_left)
    if calls == 1:
        with pytest.raises(Throttled):
            caller.read()
    else:
        assert caller.read() == "answer"
    assert (caller.calls, len(caller.waits)) == (calls, calls - 1)
