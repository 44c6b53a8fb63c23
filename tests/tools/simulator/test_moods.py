"""PISTE's bad moods: good keys refused now and then, and 401 for calls that follow too fast."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools.simulator.portal_caller import NOON, Caller, in_process
from tools.simulator.clock import Clock
from tools.simulator.faults import FaultPlan, FaultSpec
from tools.simulator.moods import PisteMood, piste_mood

RATES = "transverses/recuperer/tauxtva"


@pytest.fixture
def caller() -> Caller:
    return in_process()


def tokens(caller: Caller, count: int) -> list[int]:
    return [caller.token_answer().status_code for _ in range(count)]


@pytest.mark.row("B03")
def test_a_share_of_token_requests_is_refused_like_wrong_keys(caller: Caller) -> None:
    caller.admin("POST", "/mood", {"invalid_client_share": 0.3, "seed": 4, "calls": None})
    assert 15 < tokens(caller, 100).count(400) < 45
    refused = next(answer for answer in (caller.token_answer() for _ in range(50)) if answer.status_code == 400)
    assert refused.content == caller.token_answer(client_secret="no").content
    caller.admin("DELETE", "/mood")
    assert set(tokens(caller, 20)) == {200}


def test_the_same_seed_refuses_the_same_requests_and_another_seed_others(caller: Caller) -> None:
    runs = []
    for seed in (1, 1, 2):
        caller.admin("POST", "/mood", {"invalid_client_share": 0.5, "seed": seed})
        runs.append(tokens(caller, 30))
    assert runs[0] == runs[1] != runs[2]


@pytest.mark.row("B03")
def test_calls_that_follow_too_fast_are_a_401_until_they_slow_down(caller: Caller) -> None:
    caller.headers()
    caller.admin("POST", "/mood", {"invalid_client_share": 0, "calls": 2, "window_seconds": 1})
    assert [caller.call(RATES).status_code for _ in range(4)] == [200, 200, 401, 401]
    answer = caller.call(RATES)
    assert (answer.status_code, answer.content) == (401, b"")
    assert 'error="invalid_token"' in answer.headers["www-authenticate"]
    caller.admin("POST", "/clock", {"advance_seconds": 1})
    assert caller.call(RATES).status_code == 200


def test_a_mood_lasts_as_long_as_it_was_told(caller: Caller) -> None:
    caller.headers()
    caller.admin("POST", "/mood", {"invalid_client_share": 1, "calls": 0, "lasts_seconds": 600})
    caller.admin("POST", "/clock", {"advance_seconds": 599})
    assert (caller.token_answer().status_code, caller.call(RATES).status_code) == (400, 401)
    caller.admin("POST", "/clock", {"advance_seconds": 1})
    assert (caller.token_answer().status_code, caller.call(RATES).status_code) == (200, 200)
    assert caller.admin("GET", "/faults") == {"faults": []}


def test_a_mood_replaces_the_one_before_and_leaves_other_faults(caller: Caller) -> None:
    caller.admin("POST", "/faults", {"operation": "factures/*", "effect": "forbidden", "times": None})
    for _ in range(3):
        caller.admin("POST", "/mood", {})
    assert len(caller.admin("GET", "/faults")["faults"]) == 3
    caller.admin("DELETE", "/mood")
    assert len(caller.admin("GET", "/faults")["faults"]) == 1


def test_a_test_can_have_a_mood_for_a_block(caller: Caller) -> None:
    with piste_mood(caller.portal, PisteMood(invalid_client_share=1)):
        assert caller.token_answer().status_code == 400
    assert caller.token_answer().status_code == 200


@pytest.mark.parametrize(
    "body", [{"invalid_client_share": 1.1}, {"calls": -1}, {"window_seconds": 0}, {"mood": "bad"}, {"lasts_seconds": 0}]
)
def test_a_mood_that_makes_no_sense_is_refused(caller: Caller, body: dict[str, Any]) -> None:
    assert caller.http.post("/_admin/mood", json=body).status_code == 422


@given(st.lists(st.floats(min_value=0, max_value=3), max_size=30), st.integers(0, 5))
def test_no_more_calls_than_allowed_pass_in_any_window(gaps: list[float], allowed: int) -> None:
    clock = Clock(NOON, runs=False)
    plan = FaultPlan(clock)
    plan.add(FaultSpec(effect="unauthorized", times=None, allowed=allowed, window_seconds=1))
    passed = []
    for gap in gaps:
        clock.advance(timedelta(seconds=gap))
        if not plan.take(RATES, None):
            passed.append(clock.now())
    for moment in passed:
        assert sum(moment <= other < moment + timedelta(seconds=1) for other in passed) <= allowed
