"""The portal behind its breakers: what passes, what a failed call has to wait, and writes that others win."""

import inspect
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.portal.answers import PortalFailure, PortalUnreachable
from chorus_connector.domain.portal.breaker import Breaker, Circuit, Weight
from chorus_connector.ports.portal import Portal
from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
from tests.builders import NOW
from tests.fakes import FakeBreakers, FakePortal, FakeTable

CALLS = sorted(name for name in vars(Portal) if not name.startswith("_"))
OPEN_UNTIL_NOW = Breaker(opened_at=NOW - timedelta(hours=1), retry_at=NOW, weight=Weight.READ)


class Echo:
    """A portal that answers each call with the call itself, its arguments bound to their names."""

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            self.last = (name, inspect.signature(getattr(Portal, name)).bind(None, *args, **kwargs).arguments)
            return self.last

        return call


class BusyBreakers(FakeBreakers):
    """Breakers that another worker writes first, so many times; counts what is tried and what is written."""

    losses = 0
    tries = 0
    writes = 0

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        self.tries += 1
        if self.losses > 0:
            self.losses -= 1
            raise StaleWrite
        self.writes += 1
        return super().save(before, after)


def behind_breakers(portal: Any, breakers: FakeBreakers | None = None) -> GuardedPortal:
    return GuardedPortal(portal, breakers or FakeBreakers(FakeTable(), "s1"), "s1", lambda: NOW, "worker")


def busy(*, losses: int = 0, supplier: Breaker | None = None) -> BusyBreakers:
    table = FakeTable()
    if supplier is not None:
        table.breakers["SUPPLIER#s1"] = supplier
    breakers = BusyBreakers(table, "s1")
    breakers.losses = losses
    return breakers


@pytest.mark.parametrize("name", CALLS)
def test_every_call_passes_with_its_arguments_and_comes_back_with_its_answer(name: str) -> None:
    parameters = [each for each in inspect.signature(getattr(Portal, name)).parameters.values() if each.name != "self"]
    arguments = {each.name: object() for each in parameters}
    positional = [arguments[each.name] for each in parameters if each.kind is not each.KEYWORD_ONLY]
    by_name = {each.name: arguments[each.name] for each in parameters if each.kind is each.KEYWORD_ONLY}
    echo = Echo()
    answer = getattr(behind_breakers(echo), name)(*positional, **by_name)
    made, given = echo.last
    assert (made, {key: each for key, each in given.items() if key != "self"}) == (name, arguments)
    if inspect.signature(getattr(Portal, name)).return_annotation not in (None, "None"):
        assert answer is echo.last


def failing_with(failure: PortalFailure) -> FakePortal:
    portal = FakePortal()
    portal.faults = {"account": [failure]}
    return portal


def test_a_failure_that_opens_no_breaker_keeps_the_delay_that_it_came_with() -> None:
    with pytest.raises(PortalUnreachable) as failed:
        behind_breakers(failing_with(PortalUnreachable("late", timedelta(minutes=5), blame="caller"))).account()
    assert failed.value.retry_in == timedelta(minutes=5)


def test_a_probe_that_fails_waits_for_its_own_delay_when_that_is_longer_than_the_breakers() -> None:
    late = PortalUnreachable("late", timedelta(hours=3), blame="caller")
    with pytest.raises(PortalUnreachable) as failed:
        behind_breakers(failing_with(late), busy(supplier=OPEN_UNTIL_NOW)).account()
    assert failed.value.retry_in == timedelta(hours=3)


def test_while_a_breaker_is_open_the_caller_and_not_the_portal_is_to_blame() -> None:
    breakers = busy(supplier=Breaker(opened_at=NOW, retry_at=NOW + timedelta(minutes=2)))
    portal = FakePortal()
    with pytest.raises(PortalUnreachable) as refused:
        behind_breakers(portal, breakers).account()
    assert (refused.value.blame, refused.value.retry_in, portal.calls) == ("caller", timedelta(minutes=2), 0)


def test_a_probe_that_others_claim_first_five_times_makes_no_call() -> None:
    breakers = busy(losses=99, supplier=OPEN_UNTIL_NOW)
    portal = FakePortal()
    with pytest.raises(PortalUnreachable) as refused:
        behind_breakers(portal, breakers).account()
    assert (refused.value.blame, portal.calls, breakers.tries) == ("caller", 0, 5)


def test_an_answer_is_kept_when_what_it_taught_could_not_be_written_at_once() -> None:
    breakers = busy(losses=1, supplier=Breaker(failures=2))
    portal = FakePortal()
    assert behind_breakers(portal, breakers).account() == portal.the_account
    assert breakers.get().supplier.failures == 0


def test_a_call_that_teaches_nothing_writes_nothing() -> None:
    breakers = busy()
    behind_breakers(FakePortal(), breakers).account()
    assert breakers.tries == 0


class DamagedBreakers(FakeBreakers):
    """Breakers that can be read and not be written."""

    def save(self, before: Circuit, after: Circuit) -> Circuit:
        raise RuntimeError("TransactionConflict")


def damaged(breaker: Breaker) -> DamagedBreakers:
    table = FakeTable()
    table.breakers["SUPPLIER#s1"] = table.breakers["PORTAL#portal"] = breaker
    return DamagedBreakers(table, "s1")


def test_the_answer_of_a_call_is_kept_when_its_success_cannot_be_written(caplog: pytest.LogCaptureFixture) -> None:
    breakers = damaged(Breaker(failures=1))
    assert behind_breakers(FakePortal(), breakers).account() == FakePortal().account()
    assert [line.message for line in caplog.records] == ["the breaker's record was not written"]


def test_the_failure_of_a_call_is_raised_as_it_is_when_it_cannot_be_written() -> None:
    refused = PortalUnreachable("down", timedelta(minutes=5), blame="portal")
    with pytest.raises(PortalUnreachable) as failed:
        behind_breakers(failing_with(refused), damaged(Breaker())).account()
    assert (failed.value.blame, str(failed.value)) == ("portal", "down")
    assert failed.value.retry_in == timedelta(minutes=5)


@pytest.mark.parametrize("losing", ["portal", "supplier"])
def test_a_failure_is_counted_once_in_each_breaker_when_one_of_the_two_writes_loses_a_race(losing: str) -> None:
    class Racing(FakeBreakers):
        lost = False

        def save(self, before: Circuit, after: Circuit) -> Circuit:
            if not self.lost and getattr(before, losing) != getattr(after, losing):
                self.lost = True
                raise StaleWrite
            return super().save(before, after)

    breakers = Racing(FakeTable(), "s1")
    with pytest.raises(PortalUnreachable):
        behind_breakers(failing_with(PortalUnreachable("down", None, blame="portal")), breakers).account()
    assert breakers.lost
    assert (breakers.get().portal.failures, breakers.get().supplier.failures) == (1, 1)
