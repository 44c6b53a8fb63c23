"""The circuit breaker: invoices are held at once, one probe is sent, the drain is fair, other suppliers continue."""

from contextlib import suppress
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.adapters.queues.work import AFTER_A_PROBE
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import AnswerLost, CredentialsRefused, PortalRefused, PortalUnreachable
from chorus_connector.domain.portal.breaker import FIRST_PAUSE, PROBE_LEASE
from chorus_connector.ports.values import Work
from chorus_connector.usecases.invoices.due_work import HandOutDueWork
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, a_reading, a_recipient, a_supplier, add_read
from tests.fakes import (
    Crash,
    FakeBreakers,
    FakeDocuments,
    FakeInstallation,
    FakeInvoices,
    FakePortal,
    FakeQueue,
    FakeRecipients,
    FakeTable,
)

pytestmark = pytest.mark.row("B08")

LASTS = timedelta(minutes=2)
"""The longest time in these tests from a ten-minute run to the last of its messages."""


class World:
    """Two suppliers before one portal; what each knows of the directory is in its own gateway."""

    def __init__(self) -> None:
        self.table = FakeTable()
        self.documents = FakeDocuments()
        self.recipients = FakeRecipients()
        self.recipients.put(a_recipient())
        self.portals = {"s1": FakePortal([a_recipient()]), "s2": FakePortal([a_recipient()])}
        self.now = NOW
        self.pilots = 0
        self.postponed: list[Work] = []

    def ready(self, supplier_id: str, number: str, invoice_date: str = "2026-11-02") -> None:
        """A ready invoice, due at once."""
        store = FakeInvoices(self.table, supplier_id)
        reading = a_reading(invoice_number=number, invoice_date=invoice_date)
        add_read(store, reading, supplier_id=supplier_id, document_id=number)
        self.documents.put_original(number, b"%PDF")
        self.box(supplier_id).resolution.resolve(number, now=self.now)

    def box(self, supplier_id: str, run_at: datetime | None = None) -> SubmitInvoice:
        pilot = self.pilot(supplier_id, run_at)
        invoices = FakeInvoices(self.table, supplier_id)
        directory = Directory(self.recipients, pilot)
        resolution = Resolution(a_supplier(supplier_id=supplier_id), invoices, directory)
        return SubmitInvoice(
            invoices,
            self.documents,
            pilot,
            resolution,
            outage=pilot.deposit_failure,
            postpone=lambda number: self.postponed.append(Work(supplier_id, number, run_at=run_at)),
            probed_elsewhere=lambda: pilot.met_probe,
        )

    def pilot(self, supplier_id: str, run_at: datetime | None = None) -> GuardedPortal:
        breakers = FakeBreakers(self.table, supplier_id)
        self.pilots += 1
        portal = self.portals[supplier_id]
        return GuardedPortal(portal, breakers, supplier_id, lambda: self.now, f"pilot {self.pilots}", run_at)

    def send(self, supplier_id: str, number: str, run_at: datetime | None = None) -> Invoice:
        return self.box(supplier_id, run_at).work_on(number, attempt_id="a", now=self.now)

    def run_due_work(self, limit: int) -> int:
        """Ten minutes later a run queues due work, and every message is handled; returns how many."""
        started = self.now = self.now + timedelta(minutes=10)
        queue = FakeQueue()
        run = HandOutDueWork(FakeInstallation(self.table), queue, limit=limit)
        handed_out = run.run(now=self.now)
        while queue.sent:
            for work in queue.sent:
                self.send(work.supplier_id, work.document_id, work.run_at)
                self.recipients.kept.clear()  # so that every green light has to ask
                self.now += timedelta(seconds=3)
            queue.sent, self.postponed = self.postponed, []
            self.now += AFTER_A_PROBE
        self.now = started
        return handed_out

    def latest_look(self) -> datetime:
        """When an open breaker permits the next probe; the shortest pause from now when none is open."""
        retries = [each.retry_at for each in self.table.breakers.values() if each.retry_at is not None]
        return max([self.now + FIRST_PAUSE, *retries])

    def waiting(self) -> list[Invoice]:
        """Every invoice that is not at the portal yet."""
        return [each for each in self.table.invoices.values() if each.state is not State.SUBMITTED]

    def calls(self) -> int:
        return sum(portal.calls for portal in self.portals.values())

    def outage(self) -> None:
        """Three deposits of two suppliers fail."""
        for portal in self.portals.values():
            portal.faults = {"submit": [PortalUnreachable("down")] * 9}
        for supplier_id, number in (("s1", "o1"), ("s2", "o2"), ("s1", "o3")):
            self.ready(supplier_id, number)
            self.send(supplier_id, number)

    def end_outage(self) -> None:
        for portal in self.portals.values():
            portal.faults = {}


def codes(invoice: Invoice) -> list[str]:
    return [problem.code for problem in invoice.problems]


def test_in_an_outage_the_next_invoice_is_held_at_once_without_a_call() -> None:
    world = World()
    world.outage()
    world.ready("s2", "F1")
    before = world.calls()
    held = world.send("s2", "F1")
    assert (held.state, codes(held)) == (State.HELD, ["portal_unavailable"])
    assert held.due_at is not None
    assert held.due_at <= NOW + timedelta(seconds=1), "each ten-minute run tries it"
    assert world.calls() == before


def test_what_meets_the_outage_at_its_green_light_waits_for_the_next_run() -> None:
    world = World()
    world.recipients.kept.clear()  # the green light has to ask
    for portal in world.portals.values():
        portal.faults = {"recipient": [PortalUnreachable("down") for _ in range(9)]}
    for supplier_id, number in (("s1", "o1"), ("s2", "o2"), ("s1", "o3"), ("s2", "o4")):
        world.ready(supplier_id, number)
        held = FakeInvoices(world.table, supplier_id).get(number)
        assert (held.state, held.due_at) == (State.HELD, NOW)
    world.now += FIRST_PAUSE
    world.ready("s2", "o5")  # the probe, which fails
    reopened = FakeInvoices(world.table, "s2").get("o5")
    assert (reopened.state, reopened.due_at) == (State.HELD, world.now)
    assert FakeBreakers(world.table, "s2").get().portal.retry_at == world.now + 2 * FIRST_PAUSE


def test_who_is_late_for_the_probe_comes_again_in_the_same_run() -> None:
    world = World()
    world.outage()
    world.end_outage()
    world.ready("s1", "F1")
    world.ready("s2", "F2")
    world.now += FIRST_PAUSE

    def another_probes_first(write: str) -> None:
        world.table.on_write = lambda _: None
        with suppress(Crash):
            world.portals["s1"].faults = {"submit": [Crash()]}
            world.send("s1", "F1")

    world.table.on_write = lambda write: another_probes_first(write) if write == "before breaker" else None
    world.send("s2", "F2")
    assert world.postponed == [Work("s2", "F2")]


def test_an_invoice_that_is_held_again_gets_no_further_line() -> None:
    world = World()
    world.outage()
    world.ready("s2", "F1")
    version = world.send("s2", "F1").version
    world.now += timedelta(minutes=1)
    again = world.send("s2", "F1")
    assert (again.version, again.due_at) == (version, world.now)
    lines = [event.action for event in FakeInvoices(world.table, "s2").events("F1")]
    assert lines.count("held") == 1


@settings(max_examples=40)
@given(
    count=st.integers(3, 40),
    limit=st.integers(5, 15),
    down_for=st.integers(1, 12),
    call=st.sampled_from(["recipient", "upload", "submit"]),
)
def test_held_invoices_are_sent_once_by_the_next_runs_after_an_outage_within_a_limit(
    count: int, limit: int, down_for: int, call: str
) -> None:
    world = World()
    world.recipients.kept.clear()
    for portal in world.portals.values():
        portal.faults = {call: [PortalUnreachable("down") for _ in range(999)]}
    numbers = {f"{('s1', 's2')[index % 2]}-{index}" for index in range(count)}
    for number in numbers:
        world.ready(number[:2], number)
    for tick in range(down_for):
        before = world.calls()
        assert world.run_due_work(limit) <= limit
        assert all(each.due_at is not None and each.due_at <= world.latest_look() + LASTS for each in world.waiting())
        # those that open it; then at most one probe in a run, with its calls before the one that fails
        assert world.calls() - before <= (12 if tick == 0 else 3)
    world.end_outage()
    ticks = 0
    while any(invoice.due_at is not None for invoice in world.waiting()):
        before = world.calls()
        assert world.run_due_work(limit) <= limit
        assert world.calls() - before <= 3 * limit
        ticks += 1
        # the first run after the outage finds the portal up: only the limit of a run keeps an invoice back
        assert ticks <= -(-count // limit) + (1 if count > limit else 0)
    sent = [invoice.invoice_number for portal in world.portals.values() for invoice in portal.accepted]
    assert sorted(sent) == sorted(numbers)


def test_one_probe_at_a_time_then_all_goes() -> None:
    world = World()
    world.outage()
    world.ready("s1", "F1")
    world.ready("s2", "F2")
    world.now += FIRST_PAUSE
    world.portals["s1"].faults = {"submit": [("after", Crash())]}
    with pytest.raises(Crash):  # the probe's worker dies while it holds the lease
        world.send("s1", "F1")
    before = world.calls()
    assert world.send("s2", "F2").state is State.READY
    assert world.postponed == [Work("s2", "F2")], "it comes again when the probe has its answer"
    assert world.calls() == before
    world.end_outage()
    world.now += PROBE_LEASE
    assert world.send("s2", "F2").state is State.SUBMITTED
    assert world.send("s1", "o1").state is State.SUBMITTED
    assert FakeBreakers(world.table, "s1").get().portal.opened_at is None


def test_a_probe_whose_claim_was_written_and_its_answer_lost_continues() -> None:
    world = World()
    world.outage()
    world.end_outage()
    world.now += FIRST_PAUSE

    def lose_one_answer(write: str) -> None:
        if write == "after breaker":
            world.table.on_write = lambda _: None
            raise StaleWrite  # what the store says to the same write when the client repeats it

    world.table.on_write = lose_one_answer
    assert world.send("s1", "o1").state is State.SUBMITTED
    assert FakeBreakers(world.table, "s1").get().portal.opened_at is None


def test_a_claim_that_another_worker_has_won_is_not_taken_for_ones_own() -> None:
    world = World()
    world.outage()
    world.now += FIRST_PAUSE
    first, second = world.pilot("s1"), world.pilot("s2")
    assert first.deposit_failure() is None
    assert second.deposit_failure() is None  # both have read the same record
    world.portals["s1"].faults = {"deposit_flow": [("after", Crash())]}
    with pytest.raises(Crash):
        first.deposit_flow("f.pdf", b"%PDF")
    before = world.calls()
    with pytest.raises(PortalUnreachable):
        second.deposit_flow("f.pdf", b"%PDF")
    assert world.calls() == before


def test_a_probe_that_fails_closes_the_door_again() -> None:
    world = World()
    world.outage()
    world.now += FIRST_PAUSE
    assert world.send("s1", "o1").state is State.HELD
    before = world.calls()
    assert world.send("s2", "o2").due_at == world.now
    assert world.calls() == before


def test_one_suppliers_bad_credentials_leave_anothers_invoices_alone() -> None:
    world = World()
    world.portals["s1"].faults = {"upload": [CredentialsRefused("technical_account")] * 9}
    for number in ("F1", "F2"):
        world.ready("s1", number)
    held = world.send("s1", "F1")
    assert codes(held) == ["credentials_technical_account"]
    before = world.calls()
    second = world.send("s1", "F2")
    assert codes(second) == ["credentials_technical_account"]
    assert second.due_at == NOW + FIRST_PAUSE
    assert world.calls() == before
    world.ready("s2", "F3")
    assert world.send("s2", "F3").state is State.SUBMITTED


def test_too_many_calls_of_one_supplier_hold_its_own_invoices_for_as_long_as_the_portal_says() -> None:
    world = World()
    world.portals["s1"].faults = {"submit": [PortalUnreachable("429", timedelta(minutes=7), blame="quota")]}
    world.ready("s1", "F1")
    world.ready("s2", "F2")
    held = world.send("s1", "F1")
    assert (codes(held), held.due_at) == (["portal_quota"], NOW + timedelta(minutes=7))
    assert world.send("s2", "F2").state is State.SUBMITTED


def test_refused_invoices_are_no_outage() -> None:
    world = World()
    world.portals["s1"].faults = {"submit": [PortalRefused("X", "non")] * 9}
    for number in ("F1", "F2", "F3", "F4"):
        world.ready("s1", number)
        assert world.send("s1", number).state is State.REFUSED
    assert world.table.breakers == {}


def test_a_probe_whose_invoice_is_refused_ends_the_outage() -> None:
    """The portal judged the invoice: it works."""
    world = World()
    world.outage()
    world.end_outage()
    world.now += FIRST_PAUSE
    world.portals["s1"].faults = {"submit": [PortalRefused("X", "non")]}
    assert world.send("s1", "o1").state is State.REFUSED
    circuit = FakeBreakers(world.table, "s1").get()
    assert (circuit.portal.opened_at, circuit.supplier.opened_at) == (None, None)
    assert world.send("s2", "o2").state is State.SUBMITTED


def test_failures_with_a_refusal_between_them_are_not_counted_together() -> None:
    world = World()
    down = PortalUnreachable("down")
    world.portals["s1"].faults = {"submit": [down, down, PortalRefused("X", "non"), down]}
    states = []
    for number in ("F1", "F2", "F3", "F4", "F5"):
        world.ready("s1", number)
        states.append(world.send("s1", number).state)
    assert states == [State.HELD, State.HELD, State.REFUSED, State.HELD, State.SUBMITTED]


def test_lost_answers_stop_before_every_invoice_is_in_doubt() -> None:
    world = World()
    world.portals["s1"].faults = {"submit": [AnswerLost("500")] * 99}
    states = []
    for index in range(6):
        world.ready("s1", f"F{index}")
        states.append(world.send("s1", f"F{index}").state)
    assert states == [State.IN_DOUBT] * 3 + [State.HELD] * 3


def test_a_green_light_that_needs_no_call_is_given_during_an_outage() -> None:
    world = World()
    world.outage()
    world.ready("s1", "F9")
    assert FakeInvoices(world.table, "s1").get("F9").state is State.READY


def test_after_the_outage_the_drain_is_round_robin_and_oldest_invoice_first() -> None:
    world = World()
    world.outage()
    days = [datetime(2026, 10, day, tzinfo=NOW.tzinfo) for day in (20, 5, 12)]
    for day in days:
        for supplier_id in ("s1", "s2"):
            number = f"{supplier_id}-{31 - day.day}"  # neither the order of arrival nor of ids
            world.ready(supplier_id, number, f"{day:%Y-%m-%d}")
            world.send(supplier_id, number)
    world.end_outage()
    world.now += timedelta(minutes=30)
    queue = FakeQueue()
    HandOutDueWork(FakeInstallation(world.table), queue).run(now=world.now)
    first_six = [work.document_id for work in queue.sent if work.document_id[0] == "s"]
    assert first_six == ["s1-26", "s2-26", "s1-19", "s2-19", "s1-11", "s2-11"]
    for work in queue.sent:
        assert world.send(work.supplier_id, work.document_id).state is State.SUBMITTED


def test_a_flood_of_one_supplier_leaves_room_for_others_in_a_run() -> None:
    world = World()
    for index in range(12):
        world.ready("s1", f"F{index}")
    world.now += timedelta(minutes=1)
    world.ready("s2", "G1")
    queue = FakeQueue()
    run = HandOutDueWork(FakeInstallation(world.table), queue, limit=5)
    assert run.run(now=world.now) == 5
    assert Work("s2", "G1") in queue.sent[:2]
