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
from chorus_connector.chorus_pro.retries import Patience, reads, refused_calls, tokens

BUSY = PortalUnavailable("search", Reason.HTTP_STATUS, status=503)
NOT_CONNECTED = NotSent("token", Reason.UNREACHABLE)
WRONG_CLIENT = AccessDenied("token", "piste_application", oauth_error="invalid_client", passing=True)
AT_THE_GATE = AccessDenied("search", "token", status=401, passing=True)


class Caller:
    """Fails with each of these errors in turn, then succeeds; keeps the waits in between."""

    def __init__(
        self, *errors: ChorusProError, seconds_left: float | None = None, patience: Patience | None = None
    ) -> None:
        self.patience = patience or Patience()
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
        return tokens(self._left, self.waits.append, self.patience)(self._call)

    def call_through_the_gate(self) -> str:
        return refused_calls(self._left, self.waits.append, self.patience)(self._call)


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


@pytest.mark.parametrize("asked", ["token", "call_through_the_gate"])
def test_a_refusal_that_may_pass_is_believed_the_fifth_time(asked: str) -> None:
    refusal = WRONG_CLIENT if asked == "token" else AT_THE_GATE
    for refusals in range(5):
        patient = Caller(*[refusal] * refusals)
        assert getattr(patient, asked)() == "answer"
        assert patient.calls == refusals + 1
    refused = Caller(*[refusal] * 9)
    with pytest.raises(AccessDenied):
        getattr(refused, asked)()
    assert refused.calls == 5


def test_a_token_refused_for_another_reason_is_asked_for_once() -> None:
    other = Caller(AccessDenied("token", "api_consent", oauth_error="invalid_scope"))
    with pytest.raises(AccessDenied):
        other.token()
    assert other.calls == 1


def test_the_pauses_after_refusals_grow_from_a_second_and_differ_between_clients() -> None:
    callers = [Caller(*[AT_THE_GATE] * 4) for _ in range(40)]
    for each in callers:
        each.call_through_the_gate()
    for index, shortest in enumerate((1, 2, 4, 8)):
        pauses = [each.waits[index] for each in callers]
        assert shortest <= min(pauses) < max(pauses) <= shortest + 1


@pytest.mark.parametrize(("seconds_left", "calls"), [(0.5, 1), (2.5, 2), (4.5, 3)])
def test_no_pause_after_a_refusal_is_longer_than_the_time_that_is_left(seconds_left: float, calls: int) -> None:
    left = seconds_left
    caller = Caller(*[WRONG_CLIENT] * 9, patience=Patience(tries=9))

    def nap(seconds: float) -> None:
        nonlocal left
        left -= seconds

    with pytest.raises(AccessDenied):
        tokens(lambda: left, nap, caller.patience)(caller._call)
    assert left > 0
    assert caller.calls <= calls


def test_little_patience_is_shared_by_all_calls_of_a_client() -> None:
    little = Patience(tries=2, seconds=4)
    callers = [Caller(*[AT_THE_GATE] * 9, patience=little) for _ in range(6)]
    for each in callers:
        with pytest.raises(AccessDenied):
            each.call_through_the_gate()
    assert max(each.calls for each in callers) == 2
    assert sum(sum(each.waits) for each in callers) <= 4


def test_a_token_that_was_refused_in_its_own_tries_is_not_asked_for_again_by_the_call() -> None:
    caller = Caller(WRONG_CLIENT)
    with pytest.raises(AccessDenied):
        caller.call_through_the_gate()
    assert caller.calls == 1


def test_a_refusal_that_does_not_pass_is_believed_at_once() -> None:
    for refusal in (
        AccessDenied("search", "technical_account", status=401),
        AccessDenied("search", "api_consent", "technical_account", status=403),
    ):
        caller = Caller(refusal)
        with pytest.raises(AccessDenied):
            caller.call_through_the_gate()
        assert caller.calls == 1


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
