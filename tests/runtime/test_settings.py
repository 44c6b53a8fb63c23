"""What the environment says, and what holds where it says nothing."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chorus_connector.runtime.settings import settings


@pytest.fixture(autouse=True)
def _read_anew(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("ENVIRONMENT", "dev")
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_lost_answer_may_be_under_way_for_fifteen_minutes_and_a_lost_flow_for_a_day() -> None:
    assert (settings().settle_after, settings().settle_flow_after) == (timedelta(minutes=15), timedelta(hours=24))


def test_an_installation_may_set_how_long_lost_answers_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETTLE_SECONDS", "5")
    monkeypatch.setenv("SETTLE_FLOW_SECONDS", "7")
    assert (settings().settle_after, settings().settle_flow_after) == (timedelta(seconds=5), timedelta(seconds=7))
