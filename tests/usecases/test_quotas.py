"""Quotas: no holder gets more than the number of a window, an honest client sees none, and counting is cheap."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.quotas import QUOTAS, Holder, QuotaExceeded, QuotaKind
from chorus_connector.usecases.quotas import LeasedQuotas
from tests.builders import NOW
from tests.fakes import FakeQuotaCounters

S1, S2 = Holder("supplier", "s1"), Holder("supplier", "s2")
KINDS: tuple[QuotaKind, ...] = tuple(QUOTAS)


class Fleet:
    """Containers that count in one table, on one clock."""

    def __init__(self, containers: int = 1, *, factor: float = 1) -> None:
        self.now: datetime = NOW
        self.counters = FakeQuotaCounters()
        self.containers = [LeasedQuotas(self.counters, factor, clock=lambda: self.now) for _ in range(containers)]

    def passed(self, count: int, holder: Holder = S1, kind: QuotaKind = "requests") -> int:
        """How many of that many requests, spread over the containers, are let through."""
        return sum(self._passes(index, holder, kind) for index in range(count))

    def _passes(self, index: int, holder: Holder, kind: QuotaKind) -> bool:
        try:
            self.containers[index % len(self.containers)].spend(holder, kind)
        except QuotaExceeded:
            return False
        return True


@pytest.mark.parametrize("kind", KINDS)
def test_exactly_a_windows_number_passes_and_the_next_window_begins_anew(kind: QuotaKind) -> None:
    fleet, quota = Fleet(), QUOTAS[kind]
    assert fleet.passed(quota.most + 50, kind=kind) == quota.most
    fleet.now += quota.window
    assert fleet.passed(5, kind=kind) == 5


@given(st.integers(1, 12), st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 400)), max_size=8))
def test_containers_together_never_let_more_through_than_the_number(
    containers: int, asked: list[tuple[QuotaKind, int]]
) -> None:
    fleet = Fleet(containers)
    for kind in KINDS:
        total = sum(count for each, count in asked if each == kind)
        assert fleet.passed(total, kind=kind) <= QUOTAS[kind].most
    assert all(used <= QUOTAS[kind].most for (_, kind, _), used in fleet.counters.used.items())


def test_one_supplier_uses_up_its_own_quota_only() -> None:
    fleet = Fleet()
    fleet.passed(QUOTAS["uploads"].most + 1, S1, "uploads")
    assert fleet.passed(1, S2, "uploads") == 1
    assert fleet.passed(1, S1, "requests") == 1
    assert fleet.passed(1, Holder("principal", "s1"), "uploads") == 1


def test_fifty_requests_a_second_pass_with_two_writes_a_second() -> None:
    fleet = Fleet()
    for _ in range(60):
        fleet.now += timedelta(seconds=1)
        assert fleet.passed(50) == 50
    assert fleet.counters.writes <= 2 * 60 + 2


def test_a_hundred_uploads_a_minute_pass() -> None:
    fleet = Fleet(12)
    for _ in range(10):
        fleet.now += timedelta(minutes=1)
        assert fleet.passed(100, kind="uploads") == 100


def test_a_flood_of_refused_requests_writes_nothing() -> None:
    fleet = Fleet()
    fleet.passed(QUOTAS["exports"].most, kind="exports")
    fleet.passed(1, kind="exports")
    writes = fleet.counters.writes
    assert fleet.passed(10_000, kind="exports") == 0
    assert fleet.counters.writes == writes


def test_the_events_of_replays_are_counted_all_at_once_or_not_at_all() -> None:
    fleet = Fleet()
    most = QUOTAS["replayed_events"].most
    fleet.containers[0].spend_at_once(S1, "replayed_events", most - 1)
    with pytest.raises(QuotaExceeded) as refused:
        fleet.containers[0].spend_at_once(S1, "replayed_events", 2)
    fleet.containers[0].spend_at_once(S1, "replayed_events", 1)
    fleet.containers[0].spend_at_once(S2, "replayed_events", most)
    fleet.now += timedelta(seconds=refused.value.retry_after)
    fleet.containers[0].spend_at_once(S1, "replayed_events", most)


def test_a_refusal_says_when_the_next_window_begins() -> None:
    fleet = Fleet()
    fleet.passed(QUOTAS["credential_trials"].most, kind="credential_trials")
    with pytest.raises(QuotaExceeded) as refused:
        fleet.containers[0].spend(S1, "credential_trials")
    fleet.now += timedelta(seconds=refused.value.retry_after)
    assert fleet.passed(1, kind="credential_trials") == 1


def test_an_environment_multiplies_every_number_but_that_of_credential_trials() -> None:
    fleet = Fleet(factor=2)
    assert fleet.passed(1000, kind="uploads") == 2 * QUOTAS["uploads"].most
    assert fleet.passed(1000, kind="credential_trials") == QUOTAS["credential_trials"].most


def test_a_container_that_serves_many_suppliers_keeps_a_bounded_memory() -> None:
    fleet = Fleet()
    for index in range(3000):
        fleet.passed(1, Holder("supplier", f"s{index}"))
    assert len(fleet.containers[0]._leases) <= 1000


def test_the_page_of_the_api_shows_the_numbers() -> None:
    page = Path("docs/api.md").read_text(encoding="utf-8")
    for quota in QUOTAS.values():
        minutes = quota.window // timedelta(minutes=1)
        window = {1: "a minute", 60: "an hour"}.get(minutes, f"{minutes} minutes")
        assert f"{quota.most:,} in {window}" in page
