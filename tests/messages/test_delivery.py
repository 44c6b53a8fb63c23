"""A message reaches each recipient exactly once, however many there are and wherever a worker dies."""

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import StaleWrite, SupplierSuspended
from chorus_connector.domain.messages.message import RecipientSelection
from chorus_connector.domain.messages.structure import Address
from chorus_connector.usecases.messages import delivery
from tests.fakes import Crash
from tests.messages import fakes
from tests.messages.builders import ACME, MINISTRY, NOW, TODAY, TOWN, a_list, a_structure, an_address
from tests.messages.worlds import World

if TYPE_CHECKING:
    from chorus_connector.domain.messages.delivery import Dispatch

LATER = NOW + timedelta(hours=1)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "RECIPIENTS_AT_A_TIME", 3)


def test_a_recipient_without_account_is_reported_as_not_received() -> None:
    world = World()
    message = world.sent(recipients=(an_address(), an_address(MINISTRY)))
    world.deliver_all()
    progress = world.outbox.dispatches(message.reference)[0].progress
    assert (progress.sent, progress.delivered, progress.not_here) == (2, 1, 1)
    assert {siret for siret, _, _ in world.table.received} == {TOWN}


def test_a_recipient_without_account_is_written_to_once_when_an_address_is_known() -> None:
    world = World(mailer=fakes.FakeMailer("refused@example.org"))
    for siret, address in ((MINISTRY, "courrier@example.org"), ("22000000000001", "refused@example.org")):
        world.table.structures[siret] = a_structure(siret, email=address)
        world.exchange(ACME, siret)
    world.exchange(ACME, MINISTRY, "SCOL")
    named = [an_address(MINISTRY), an_address(MINISTRY, "SCOL"), an_address("22000000000001")]
    message = world.sent(title="Congés\nBcc: x@example.org".replace("\n", " "), recipients=tuple(named))
    world.deliver_all()
    assert world.mailer is not None
    ((address, email),) = world.mailer.sent
    assert address == "courrier@example.org"
    assert message.content in email.body
    assert "\n" not in email.subject
    progress = world.outbox.dispatches(message.reference)[0].progress
    assert (progress.sent, progress.emailed, progress.failed, progress.delivered) == (3, 2, 1, 0)


def test_a_worker_that_dies_does_not_write_again_to_whom_it_wrote() -> None:
    world = World(mailer=fakes.FakeMailer())
    world.table.structures[MINISTRY] = a_structure(MINISTRY, email="courrier@example.org")
    message = world.sent(recipients=(an_address(MINISTRY),))
    (dispatch,) = world.pending()

    def die(step: str) -> None:
        if step == "before progress":
            raise Crash

    world.table.on_write = die
    with pytest.raises(Crash):
        world.worker().work_on(message.reference, dispatch.key, now=LATER)
    world.table.on_write = lambda _: None
    world.deliver_all()
    assert world.mailer is not None
    assert len(world.mailer.sent) == 1
    assert world.outbox.dispatches(message.reference)[0].progress.emailed == 1


def test_a_suspended_supplier_sends_no_message_and_what_has_not_left_waits_until_it_is_resumed() -> None:
    world = World()
    message = world.sent(recipients=(an_address(),))
    (dispatch,) = world.pending()
    acme = world.table.structures[ACME]
    world.table.structures[ACME] = acme.model_copy(update={"suspended": True})
    with pytest.raises(SupplierSuspended):
        world.sent(recipients=(an_address(),))
    world.worker().work_on(message.reference, dispatch.key, now=LATER)
    assert world.table.received == {}
    assert world.queue.later == [delivery.RETRY_WHILE_SUSPENDED]
    world.table.structures[ACME] = acme
    world.deliver_all()
    assert {siret for siret, _, _ in world.table.received} == {TOWN}


def test_a_structure_and_its_service_are_two_recipients() -> None:
    world = World()
    world.exchange(world.audience.structure.siret, TOWN, "SCOL")
    world.sent(recipients=(an_address(), an_address(service="SCOL")))
    world.deliver_all()
    assert {(siret, service) for siret, _, service in world.table.received} == {(TOWN, ""), (TOWN, "SCOL")}


def test_lists_and_all_recipients_are_those_of_the_moment_of_sending() -> None:
    world = World()
    known = world.client(1)
    made = world.lists.create(list_id="l1", name="Un", service="", kind=None, members=[an_address(known)], now=NOW)
    message = world.sent(list_ids=("l1",), all_recipients=True)
    late = world.client(2)
    world.table.counterparties = {
        key: each.model_copy(update={"first_at": LATER + timedelta(minutes=1)}) if each.siret == late else each
        for key, each in world.table.counterparties.items()
    }
    world.lists.change("l1", name=None, add=[an_address(late)], remove=[], version=made.version, now=LATER)
    world.deliver_all()
    delivered = {each.siret for each, _ in world.table.deliveries.values()}
    assert delivered == {known, TOWN, MINISTRY}
    assert world.outbox.dispatches(message.reference)[0].lists[0].members == 1


def test_a_long_delivery_goes_back_to_the_queue_until_it_is_done() -> None:
    world = World()
    for number in range(20):
        world.client(number)
    message = world.sent(all_recipients=True)
    dispatch = world.pending()[0]
    runs = 0
    while not dispatch.done:
        dispatch = world.worker(chunks=2).work_on(message.reference, dispatch.key, now=LATER)
        runs += 1
        assert len(world.queue.sent) == (runs if not dispatch.done else runs - 1)
    assert runs > 2
    assert dispatch.progress.sent == 22


def test_of_two_workers_on_one_delivery_the_slower_gives_way_and_nothing_is_doubled() -> None:
    world = World()
    message = world.sent(recipients=(an_address(),))
    (dispatch,) = world.pending()
    slow = world.worker()
    slow.outbox.dispatch = lambda reference, key: dispatch  # type: ignore[method-assign]  # read before the other wrote
    world.worker().work_on(message.reference, dispatch.key, now=LATER)
    with pytest.raises(StaleWrite):
        slow.work_on(message.reference, dispatch.key, now=LATER)
    assert world.outbox.dispatch(message.reference, dispatch.key).progress.sent == 1
    assert len(world.table.received) == 1


def test_dates_changed_while_copies_are_put_reach_those_copies() -> None:
    world = World()
    message = world.sent(recipients=(an_address(),))
    (dispatch,) = world.pending()
    end = TODAY + timedelta(days=40)

    def change_dates(step: str) -> None:
        if step == "before put":
            world.table.on_write = lambda _: None
            world.pen.edit(message.reference, {"display_end": end}, version=message.version, now=LATER)
            redate = next(each for each in world.pending() if each.purpose == "redate")
            world.worker().work_on(message.reference, redate.key, now=LATER)  # finds no copy to change yet

    world.table.on_write = change_dates
    world.worker().work_on(message.reference, dispatch.key, now=LATER)
    assert world.table.received[TOWN, message.reference, ""].display_end == end


def test_changed_dates_reach_every_inbox() -> None:
    world = World()
    clients = [world.client(number) for number in range(8)]
    message = world.sent(all_recipients=True)
    world.deliver_all()
    end = TODAY + timedelta(days=40)
    world.pen.edit(message.reference, {"display_end": end}, version=message.version, now=LATER)
    world.deliver_all()
    assert {each.siret for each in world.table.received.values() if each.display_end == end} == {*clients, TOWN}


@given(
    crash_at=st.lists(st.integers(1, 25), max_size=6),
    clients=st.integers(0, 9),
    named=st.integers(0, 9),
    listed=st.lists(st.integers(0, 9), max_size=2),
)
def test_wherever_workers_die_each_recipient_is_delivered_to_and_counted_once(
    crash_at: list[int], clients: int, named: int, listed: list[int]
) -> None:
    world = World()
    sirets = [world.client(number) for number in range(10)]
    lists = tuple(f"l{index}" for index, size in enumerate(listed) if size)
    for index, size in enumerate(listed):
        if size:
            members = tuple(an_address(siret) for siret in sirets[:size])
            world.table.lists[a_list().siret, f"l{index}"] = a_list(f"l{index}", members=members)
    wanted = {TOWN, *sirets[:named], *(siret for size in listed for siret in sirets[:size])}
    recipients = (an_address(TOWN), *(an_address(siret) for siret in sirets[:named]))
    message = world.sent(recipients=recipients, list_ids=lists)
    put: Counter[tuple[str, str, str]] = Counter()
    _survive(world, message.reference, crash_at, put)
    more = world.pen.add_recipients(
        message.reference,
        RecipientSelection(
            recipients=tuple(Address(siret=siret) for siret in sirets[:clients]) or (an_address(MINISTRY),)
        ),
        version=message.version,
        now=LATER + timedelta(minutes=5),
    )
    wanted |= set(sirets[:clients]) or {MINISTRY}
    _survive(world, more.reference, crash_at[::-1], put)
    dispatches: list[Dispatch] = list(world.outbox.dispatches(message.reference))
    assert all(each.done for each in dispatches)
    assert sum(each.progress.sent for each in dispatches) == len(wanted)
    assert {each.siret for each, _ in world.table.deliveries.values()} == wanted
    assert {siret for siret, _, _ in world.table.received} == wanted - {MINISTRY}
    first = {each.siret for each, source in world.table.deliveries.values() if source.startswith("deliver#000001")}
    assert all(world.table.received[siret, message.reference, ""].received_at == LATER for siret in first)


def _survive(world: World, reference: str, crash_at: list[int], put: Counter[tuple[str, str, str]]) -> None:
    """Run workers that die after so many steps, one after the other, then one that lives."""
    for steps in crash_at:
        left = [steps]

        def die(_: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Crash

        world.table.on_write = die
        for dispatch in world.pending():
            try:
                world.worker(chunks=100).work_on(reference, dispatch.key, now=LATER)
            except Crash:
                break
    world.table.on_write = lambda _: None
    world.deliver_all()
