"""A supplier whose files keep ending their processes is known for some minutes, and no other supplier is."""

from datetime import datetime, timedelta

from chorus_connector.domain.quotas import Holder
from chorus_connector.usecases.invoices.deaths import MANY, WINDOW, RecentDeaths
from tests.builders import NOW


class Container:
    def __init__(self) -> None:
        self.now: datetime = NOW
        self.deaths = RecentDeaths(clock=lambda: self.now)

    def die(self, supplier: str = "s1", times: int = 1, *, apart: timedelta = timedelta(0)) -> None:
        for _ in range(times):
            self.deaths.add(Holder("supplier", supplier))
            self.now += apart

    def many(self, supplier: str = "s1") -> bool:
        return self.deaths.are_many(Holder("supplier", supplier))


def test_the_third_death_makes_them_many_for_that_supplier_only() -> None:
    container = Container()
    container.die(times=MANY - 1)
    assert not container.many("s1")
    container.die()
    assert container.many("s1")
    assert not container.many("s2")


def test_they_are_many_until_the_window_has_passed() -> None:
    container = Container()
    container.die(times=MANY)
    container.now += WINDOW - timedelta(seconds=1)
    assert container.many("s1")
    container.now += timedelta(seconds=1)
    assert not container.many("s1")


def test_deaths_far_apart_are_never_many() -> None:
    container = Container()
    container.die(times=20, apart=WINDOW / 2)
    assert not container.many("s1")


def test_deaths_that_continue_stay_many_after_the_first_window() -> None:
    container = Container()
    container.die(times=20, apart=timedelta(minutes=2))
    assert container.many("s1")


def test_the_memory_is_bounded_and_forgets_the_oldest_first() -> None:
    container = Container()
    for index in range(3000):
        container.die(f"s{index}", times=MANY)
    assert len(container.deaths._times) <= 1000
    assert container.many("s2999")
    assert not container.many("s0")


def test_many_other_suppliers_do_not_make_it_forget_one_that_still_dies() -> None:
    container = Container()
    container.die("s1", times=MANY)
    for index in range(2, 1500):
        container.die(f"s{index}")
        container.die("s1")
    assert container.many("s1")
