"""What a run handed out is not handed out again before its lease ends, and no kill or lost queue loses an invoice."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.paris import PARIS
from chorus_connector.domain.portal.pace import LEASE, starts_left
from chorus_connector.domain.portal.tracking import TrackingProgress
from chorus_connector.ports.values import TrackingWork, Work
from chorus_connector.usecases.hand_out import hand_out_share
from chorus_connector.usecases.invoices.due_work import HandOutDueWork
from chorus_connector.usecases.portal.tracking import HandOutPolls
from tests.aws import new_client
from tests.builders import NOW, an_invoice
from tests.dynamodb_table import create_table
from tests.fakes import FakeInstallation, FakeInvoices, FakeQueue, FakeTable

TEN_MINUTES = timedelta(minutes=10)


class Killed(Exception):
    """The process of a run ends here."""


@dataclass
class World:
    """A table of due invoices and two queues that keep every message; ``kill_at`` ends a run at that effect."""

    table: FakeTable = field(default_factory=FakeTable)
    sent: list[Work] = field(default_factory=list)
    tracked: list[TrackingWork] = field(default_factory=list)
    now: datetime = NOW
    kill_at: int | None = None
    effects: int = 0

    def due(self, document_id: str, *, supplier_id: str = "s1", state: State = State.READY) -> None:
        invoice = an_invoice(state, supplier_id=supplier_id, document_id=document_id, due_at=self.now)
        FakeInvoices(self.table, supplier_id).add(invoice, by="alice")

    def move_on(self, document_id: str, due_at: datetime | None, *, supplier_id: str = "s1") -> None:
        store = FakeInvoices(self.table, supplier_id)
        store.reschedule(store.get(document_id).model_copy(update={"due_at": due_at}))

    def run(self, *, limit: int = 10_000) -> list[str]:
        """The documents that one run sends to be submitted; raises Killed."""
        self.effects, before = 0, len(self.sent)
        installation: Any = _Leasing(self)
        HandOutDueWork(installation, _Queue(self, self.sent), limit).run(now=self.now)
        HandOutPolls(installation, _Queue(self, self.tracked)).run(now=self.now)
        return [work.document_id for work in self.sent[before:]]

    def effect(self, do: Callable[[], None]) -> None:
        """The run is killed before or after the effect of that number."""
        if self.kill_at == 2 * self.effects:
            raise Killed
        do()
        if self.kill_at == 2 * self.effects + 1:
            raise Killed
        self.effects += 1


@dataclass
class _Queue:
    world: World
    messages: list[Any]

    def send(self, work: Iterable[Any]) -> None:
        for each in work:
            self.world.effect(partial(self.messages.append, each))


class _Leasing(FakeInstallation):
    def __init__(self, world: World) -> None:
        super().__init__(world.table)
        self._world = world

    def lease(self, work: Iterable[Any], *, at: datetime) -> None:
        self._world.effect(lambda: super(_Leasing, self).lease(work, at=at))


def test_a_backlog_does_not_grow_by_duplicates() -> None:
    """The workers do nothing for an hour: six runs send each invoice once."""
    world = World()
    for number in range(30):
        world.due(f"d{number}", supplier_id=f"s{number % 3}")
    for _ in range(6):
        world.run()
        world.now += TEN_MINUTES
    assert sorted(work.document_id for work in world.sent) == sorted(f"d{number}" for number in range(30))


def test_an_invoice_that_is_tracked_is_polled_by_one_message_for_the_length_of_the_lease() -> None:
    world = World()
    world.due("d1", state=State.SUBMITTED)
    for _ in range(6):
        assert world.run() == []
        world.now += TEN_MINUTES
    assert world.tracked == [TrackingWork("s1", ("d1",))]


def test_a_message_that_the_queue_lost_is_replaced_when_the_lease_ends() -> None:
    world = World()
    world.due("d1")
    assert world.run() == ["d1"]
    world.now += LEASE
    assert world.run() == []
    world.now += timedelta(seconds=1)
    assert world.run() == ["d1"]


def test_an_invoice_that_is_due_again_at_another_time_has_no_lease() -> None:
    """A held invoice is tried again when its pause is over, however long the lease is."""
    world = World()
    world.due("d1")
    assert world.run() == ["d1"]
    world.move_on("d1", NOW + timedelta(minutes=9))
    world.now += timedelta(minutes=8)
    assert world.run() == []
    world.now += timedelta(minutes=2)
    assert world.run() == ["d1"]


def test_a_run_hands_out_what_the_one_before_left_and_never_more_than_the_limit_is_under_lease() -> None:
    world = World()
    for number in range(7):
        world.due(f"d{number}")
    assert world.run(limit=5) == ["d0", "d1", "d2", "d3", "d4"]
    assert world.run(limit=5) == []
    for done in ("d0", "d3", "d4"):
        world.move_on(done, None)
    world.due("e1", supplier_id="s2")
    assert world.run(limit=5) == ["d5", "e1", "d6"]


_STEPS = st.lists(
    st.tuples(
        st.integers(0, 3),  # invoices that become due
        st.none() | st.integers(0, 20),  # where the run is killed
        st.integers(0, 4),  # messages that a worker handles
        st.booleans(),  # the queue loses its messages
    ),
    max_size=9,
)


@settings(max_examples=150)
@given(steps=_STEPS, limit=st.integers(1, 4))
def test_no_kill_and_no_lost_queue_loses_an_invoice(steps: list[tuple[int, int | None, int, bool]], limit: int) -> None:
    """Each invoice is handed out again within a lease and a run of its last message, until it is done."""
    world, made, queue = World(), 0, _Emptied()
    for arrivals, kill_at, handled, lost in steps:
        for _ in range(arrivals):
            world.due(f"d{made}", supplier_id=f"s{made % 2}")
            made += 1
        before, world.kill_at = len(world.sent), kill_at
        with suppress(Killed):
            world.run(limit=limit)
        queue.messages += world.sent[before:]
        queue.work(world, handled)
        if lost:
            queue.messages.clear()
        world.now += TEN_MINUTES
    world.kill_at = None
    queue.messages.clear()  # the worst case: nothing that was sent is left
    world.now += LEASE
    for _ in range(made):  # the limit may be one
        before = len(world.sent)
        world.run(limit=limit)
        queue.messages += world.sent[before:]
        queue.work(world, made)
        world.now += timedelta(seconds=1)
    assert FakeInstallation(world.table).due(world.now, limit=99) == []


class _Emptied:
    def __init__(self) -> None:
        self.messages: list[Work] = []

    def work(self, world: World, count: int) -> None:
        for work in self.messages[:count]:
            world.move_on(work.document_id, None, supplier_id=work.supplier_id)
        del self.messages[:count]


@given(killed_at=st.integers(0, 11), documents=st.integers(1, 5))
def test_a_killed_run_leaves_what_it_did_not_send_free_and_repeats_at_most_what_it_did_not_record(
    killed_at: int, documents: int
) -> None:
    world = World(kill_at=killed_at)
    for number in range(documents):
        world.due(f"d{number}")
    with suppress(Killed):
        world.run()
    world.kill_at = None
    world.now += TEN_MINUTES
    world.run()
    times = Counter(work.document_id for work in world.sent)
    assert set(times) == {f"d{number}" for number in range(documents)}, "nothing waits for a lease without a message"
    assert max(times.values()) <= 2


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        client = new_client("dynamodb")
        create_table(client, "t")
        yield client


def test_a_run_makes_three_calls_and_the_backlog_under_lease_adds_none(client: Any) -> None:
    """One query answers what is due and what is under lease; one write for the leases; nothing is updated."""
    for number in range(3):
        DynamoInvoices(client, "t", "s1").add(an_invoice(State.READY, document_id=f"d{number}", due_at=NOW), by="x")
    calls: list[str] = []
    client.meta.events.register("before-call.dynamodb.*", lambda model, **_: calls.append(model.name))
    runs = HandOutDueWork(DynamoInstallation(client, "t"), FakeQueue())
    assert runs.run(now=NOW) == 3
    assert calls == ["Query", "BatchWriteItem"]
    calls.clear()
    assert runs.run(now=NOW + TEN_MINUTES) == 0
    assert calls == ["Query"]


def test_the_leases_of_a_large_run_are_read_back_and_are_no_work(client: Any) -> None:
    """More leases than one sort key holds, and none of another kind or of an earlier hour counts."""
    installation = DynamoInstallation(client, "t")
    made = [Work("s1", "", entry=f"READY#SUPPLIER#s1#INVOICE#d{n}#2026") for n in range(1000)]
    DynamoInvoices(client, "t", "s1").add(an_invoice(State.READY, document_id="real", due_at=NOW), by="x")
    (real,) = installation.due(NOW, limit=10)
    installation.lease([*made, real], at=NOW)
    assert all(len(item["SK"]["S"]) <= 1024 for item in client.scan(TableName="t")["Items"])
    assert [(each.document_id, each.leased) for each in installation.due(NOW + LEASE, limit=1)] == [("real", True)]
    later = NOW + LEASE + timedelta(seconds=1)
    assert [(each.document_id, each.leased) for each in installation.due(later, limit=1)] == [("real", False)]
    assert installation.tracking_due(NOW, limit=10) == []
    assert installation.webhooks_due(NOW, limit=10) == []


PARIS_NIGHT = datetime(2026, 11, 21, 0, 0, tzinfo=UTC)  # one o'clock in France


def nights_work(count: int) -> FakeTable:
    table = FakeTable()
    for number in range(count):
        table.following[f"s{number}"] = TrackingProgress(nightly_due_at=NOW)
    return table


def start(table: FakeTable, now: datetime) -> list[str]:
    """The suppliers that one start hands out."""
    installation, sent = FakeInstallation(table), list[str]()
    due = installation.nightly_tracking_due(now, limit=100_000)
    assert hand_out_share(installation, due, sent.extend, until=6, now=now) == len(sent)  # type: ignore[arg-type]
    return sent


def test_the_starts_of_a_night_share_the_suppliers_evenly_and_each_is_handed_out_once() -> None:
    table, night = nights_work(6000), []
    for number in range(30):
        sent = start(table, PARIS_NIGHT + number * TEN_MINUTES)
        night.append(len(sent))
        for supplier_id in sent[:-5]:
            del table.following[supplier_id]  # the last five wait in the queue until the next start
        for supplier_id in sent[-5:]:
            table.following[supplier_id] = TrackingProgress()
    assert sum(night) == 6000
    assert max(night) - min(night) <= 1


def test_a_start_that_was_missed_is_made_up_for_and_the_last_one_leaves_nothing() -> None:
    table, sent = nights_work(1000), list[str]()
    for number in (0, 1, 20, 28, 29):
        for supplier_id in start(table, PARIS_NIGHT + number * TEN_MINUTES):
            del table.following[supplier_id]
            sent.append(supplier_id)
    assert sorted(sent) == sorted(f"s{number}" for number in range(1000))


def test_few_suppliers_and_a_start_by_hand_in_the_day_wait_for_no_share() -> None:
    assert len(start(nights_work(100), PARIS_NIGHT)) == 100
    assert len(start(nights_work(1000), PARIS_NIGHT + timedelta(hours=11))) == 1000


@pytest.mark.parametrize(
    ("hour", "minute", "left"), [(1, 0, 30), (5, 50, 1), (5, 51, 1), (6, 0, 1), (3, 5, 18), (22, 0, 1)]
)
def test_the_starts_that_are_left_are_counted_in_french_time(hour: int, minute: int, left: int) -> None:
    for day in (datetime(2026, 1, 15, tzinfo=PARIS), datetime(2026, 7, 15, tzinfo=PARIS)):
        assert starts_left(day.replace(hour=hour, minute=minute), until=6) == left
