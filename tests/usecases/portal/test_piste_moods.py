"""PISTE refuses good keys for some minutes: nothing is blamed, nothing waits long, and all leaves by the second run."""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chorus_connector.adapters.queues.work import AFTER_A_PROBE
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalFailure
from chorus_connector.domain.portal.breaker import BLAME_AFTER
from chorus_connector.usecases.invoices.due_work import HandOutDueWork
from tests.builders import NOW, a_recipient
from tests.fakes import FakeBreakers, FakeInstallation, FakeInvoices, FakePortal, FakeQueue
from tests.usecases.portal.test_outage import World, codes

if TYPE_CHECKING:
    from chorus_connector.ports.values import Work

pytestmark = pytest.mark.row("B08")

TEN_MINUTES = timedelta(minutes=10)


class Moody:
    """A portal whose gate refuses calls while ``refuses`` says so. During a call the other workers do ``meanwhile``."""

    def __init__(self, portal: FakePortal, refuses: Callable[[], bool], meanwhile: Callable[[], None]) -> None:
        self.portal = portal
        self.refuses = refuses
        self.meanwhile = meanwhile

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.portal, name)
        if not callable(call):
            return call

        def through_the_gate(*args: Any, **kwargs: Any) -> Any:
            self.meanwhile()
            if self.refuses():
                raise CredentialsRefused("piste_application", passing=True)
            return call(*args, **kwargs)

        return through_the_gate


class MoodyWorld(World):
    """Suppliers behind a gate that refuses from NOW until ``ends``; every hold that is written is kept."""

    def __init__(self, ends: datetime, refuses: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self.ends = ends
        for supplier_id, portal in self.portals.items():
            moody: Any = Moody(portal, lambda: NOW <= self.now < self.ends and refuses(), self.others_work)
            self.portals[supplier_id] = moody
        self.holds: list[Invoice] = []
        self.others: list[Work] = []

    def send(self, supplier_id: str, number: str, run_at: datetime | None = None) -> Invoice:
        sent = super().send(supplier_id, number, run_at)
        if sent.state is State.HELD:
            self.holds.append(sent)
            assert sent.due_at is not None
            blamed = FakeBreakers(self.table, supplier_id).get().supplier.blames
            assert blamed or sent.due_at - self.now <= TEN_MINUTES, "held for more than ten minutes at a time"
        return sent

    def ten_minute_run(self, at: datetime) -> None:
        self.now = at
        queue = FakeQueue()
        HandOutDueWork(FakeInstallation(self.table), queue).run(now=at)
        self.others = list(queue.sent)
        while self.others or self.postponed:
            if not self.others:
                self.now += AFTER_A_PROBE
                self.others, self.postponed = self.postponed, []
            self.others_work(most=1)

    def others_work(self, most: int = 99) -> None:
        """Workers take the next messages of the run, while another one waits for the portal's answer."""
        now, self.others = self.others[:most], self.others[most:]
        for work in now:
            self.recipients.kept.clear()  # every green light has to ask
            self.send(work.supplier_id, work.document_id, work.run_at)
            self.now += timedelta(milliseconds=200)

    def look_up(self, supplier_id: str) -> None:
        """A person's request asks the portal between two runs."""
        with suppress(PortalFailure):
            self.pilot(supplier_id).account()

    def states(self) -> set[State]:
        return {each.state for each in self.table.invoices.values()}


@settings(deadline=None, max_examples=60)
@given(
    phase=st.integers(0, 599),
    lasts=st.integers(1, 10 * 60),
    arrivals=st.lists(st.tuples(st.integers(0, 1), st.integers(-60, 15 * 60)), min_size=1, max_size=8),
    look_ups=st.lists(st.tuples(st.integers(0, 1), st.integers(0, 30 * 60)), max_size=20),
)
@example(phase=181, lasts=600, arrivals=[(0, -60)] * 3, look_ups=[(0, at) for at in (0, 121, 362, 598)])
def test_after_a_mood_of_ten_minutes_all_is_submitted_by_the_second_run(
    phase: int, lasts: int, arrivals: list[tuple[int, int]], look_ups: list[tuple[int, int]]
) -> None:
    ends = NOW + timedelta(seconds=lasts)
    world = MoodyWorld(ends)
    runs = [NOW + timedelta(seconds=phase) + n * TEN_MINUTES for n in range(-1, 6)]
    by_the_second = [each for each in runs if each >= ends][1]
    arriving = [(NOW + timedelta(seconds=at), f"s{who + 1}", f"F{n}") for n, (who, at) in enumerate(arrivals)]
    asking = [(NOW + timedelta(seconds=at), f"s{who + 1}", "") for who, at in look_ups]
    waiting = sorted(each for each in arriving + asking if each[0] < by_the_second)
    for run in runs:
        while waiting and waiting[0][0] <= run:
            world.now, supplier_id, number = waiting.pop(0)
            world.recipients.kept.clear()
            world.ready(supplier_id, number) if number else world.look_up(supplier_id)
        world.ten_minute_run(run)
        if run >= by_the_second:
            break
    assert world.states() <= {State.SUBMITTED}
    assert {code for each in world.holds for code in codes(each)} <= {"piste_refuses_for_now"}
    assert sum(portal.submits for portal in world.portals.values()) == len(world.table.invoices)


@given(st.lists(st.booleans(), min_size=60, max_size=60))
@settings(deadline=None, max_examples=30)
def test_a_gate_that_refuses_a_share_of_the_calls_blames_no_keys_and_loses_nothing(refusals: list[bool]) -> None:
    answers = iter(refusals)
    world = MoodyWorld(NOW + timedelta(hours=3), refuses=lambda: next(answers, False))
    for number in ("F1", "F2", "F3"):
        world.ready("s1", number)
    for n in range(1, 19):
        world.ten_minute_run(NOW + n * TEN_MINUTES)
    assert world.states() <= {State.SUBMITTED, State.HELD}
    while next(answers, None) is not None:
        pass
    for n in (20, 26, 27):
        world.ten_minute_run(NOW + n * TEN_MINUTES)
    assert world.states() == {State.SUBMITTED}


def test_keys_are_blamed_when_the_gate_has_refused_for_a_quarter_of_an_hour() -> None:
    world = MoodyWorld(NOW + timedelta(days=1))
    world.ready("s1", "F1")
    world.now = NOW
    seen = []
    for n in range(5):
        world.now = NOW + n * TEN_MINUTES
        held = super(MoodyWorld, world).send("s1", "F1")
        seen.append(codes(held))
        assert held.due_at is not None
        assert (held.due_at - world.now <= TEN_MINUTES) or world.now - NOW >= BLAME_AFTER
    assert seen == [["piste_refuses_for_now"]] * 2 + [["credentials_piste_application"]] * 3
    assert FakeBreakers(world.table, "s1").get().supplier.blames


def test_wrong_rights_are_blamed_while_the_gate_is_in_a_mood() -> None:
    world = World()
    world.portals["s1"] = FakePortal([a_recipient()])
    world.portals["s1"].faults = {"upload": [CredentialsRefused("rights")]}
    world.ready("s1", "F1")
    assert codes(world.send("s1", "F1")) == ["credentials_rights"]
    assert FakeInvoices(world.table, "s1").get("F1").state is State.HELD
