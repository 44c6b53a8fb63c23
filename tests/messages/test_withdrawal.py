"""A supplier that is being deleted: what was accepted is delivered first, what has not begun is withdrawn from all."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from chorus_connector.domain.errors import StaleWrite, SupplierDeleting
from chorus_connector.domain.messages.delivery import Progress
from chorus_connector.domain.messages.display import begins_at
from chorus_connector.domain.messages.message import Message, RecipientSelection
from chorus_connector.domain.messages.refusals import WrongMessageState
from chorus_connector.domain.suppliers.removal import Removal
from chorus_connector.usecases.messages import withdrawal
from chorus_connector.usecases.messages.arrivals import InboxesThatNotify
from chorus_connector.usecases.messages.reach import PreviewRecipients
from chorus_connector.usecases.messages.withdrawal import MessagesUnderway, SettleMessages
from tests.fakes import Crash
from tests.messages import fakes
from tests.messages.builders import ACME, MINISTRY, NOW, TODAY, TOWN, a_message, a_structure, an_access, an_address
from tests.messages.worlds import World

LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)
TOMORROW = TODAY + DAY
AT_THE_START = begins_at(TOMORROW)


class Leaving(World):
    """The world whose supplier Acmé is being deleted. The ministry has an e-mail address only."""

    def __init__(self, **facts: Any) -> None:
        super().__init__(mailer=fakes.FakeMailer(), **facts)
        self.table.tenants[ACME] = "s1"
        self.table.structures[MINISTRY] = a_structure(MINISTRY, email="courrier@example.org")
        self.removal = Removal(by="root", asked_at=LATER)

    @property
    def outbox(self) -> fakes.FakeOutbox:
        return fakes.FakeOutbox(self.table, ACME, "s1")

    def to_both(self, **fields: Any) -> str:
        """The reference of a message to the town, which has an account, and to the ministry."""
        return self.sent(recipients=(an_address(TOWN), an_address(MINISTRY)), **fields).reference

    def scheduled(self) -> str:
        return self.to_both(display_start=TOMORROW, display_end=TOMORROW + DAY)

    def settle(self, now: Any = LATER, **facts: Any) -> bool:
        """One look of the removal: whether all is settled."""
        self.removal = self.removal.model_copy(update=facts)
        try:
            last, done = SettleMessages(self.outbox).page(self.removal, now=now)
        except MessagesUnderway:
            return False
        self.removal = self.removal.model_copy(update={"messages_after": last, "messages_done": done})
        return done

    def to_the_end(self, now: Any = LATER, **facts: Any) -> None:
        for _ in range(20):
            if self.settle(now, **facts):
                return
            self.deliver_all(now)
        raise AssertionError("it does not end")

    def seen(self) -> set[str]:
        return {siret for siret, _, _ in self.table.received}


@pytest.fixture
def world() -> Leaving:
    return Leaving()


def test_a_message_accepted_just_before_the_deletion_is_delivered_completely_before_anything_goes(
    world: Leaving,
) -> None:
    """F5: it was answered « sent », and reached no recipient."""
    reference = world.to_both()
    assert not world.settle(), "nothing is delivered yet"
    world.deliver_all()
    assert world.settle()
    assert world.outcome_of(reference, TOWN) == "delivered"
    assert world.outcome_of(reference, MINISTRY) == "emailed"


def test_a_message_that_has_not_begun_is_withdrawn_from_accounts_and_emails_alike(world: Leaving) -> None:
    """F4: the account got it in full, the e-mail never left."""
    reference = world.scheduled()
    world.deliver_all()
    assert world.seen() == {TOWN}
    world.to_the_end()
    assert world.seen() == set()
    assert world.table.announcements == {}
    for siret in (TOWN, MINISTRY):
        assert world.outcome_of(reference, siret) == "withdrawn"
    assert world.progress_of(reference) == Progress(sent=2, withdrawn=2)
    message = world.outbox.get(reference)
    assert (message.state, message.over(TODAY), message.shown(TOMORROW)) == ("withdrawn", True, False)
    world.deliver_all(AT_THE_START + DAY)
    assert world.mailer is not None
    assert world.mailer.sent == []


def test_a_withdrawn_message_reaches_no_structure_that_gets_an_account_later(world: Leaving) -> None:
    office = world.client(7, account=False)
    reference = world.sent(recipients=(an_address(office),), display_start=TOMORROW, display_end=TOMORROW).reference
    world.deliver_all()
    world.to_the_end()
    assert world.table.awaited == {}
    world.table.structures[office] = a_structure(office, has_account=True)
    world.arrive(office)
    assert world.outcome_of(reference, office) == "withdrawn"
    assert world.seen() == set()


def test_a_delivery_that_had_not_begun_when_its_message_was_withdrawn_reaches_no_recipient(world: Leaving) -> None:
    reference = world.scheduled()
    world.to_the_end()
    assert world.seen() == set()
    assert world.progress_of(reference) == Progress(sent=2, withdrawn=2)


def test_what_was_received_stays_and_drafts_are_not_waited_for(world: Leaving) -> None:
    reference = world.to_both()
    world.deliver_all()
    world.pen.create({"title": "x"}, send=False, now=LATER)
    assert world.settle()
    assert world.seen() == {TOWN}
    assert reference in world.table.announcements


def test_a_message_that_begins_within_minutes_is_waited_for_and_delivered(world: Leaving) -> None:
    reference = world.scheduled()
    world.deliver_all()
    just_before = AT_THE_START - timedelta(minutes=5)
    assert not world.settle(just_before, asked_at=just_before)
    world.deliver_all(just_before)
    assert not world.settle(just_before)
    assert world.seen() == {TOWN}
    assert not world.settle(AT_THE_START), "its e-mails have not left"
    world.deliver_all(AT_THE_START)
    assert world.settle(AT_THE_START)
    assert world.outcome_of(reference, MINISTRY) == "emailed"


def test_a_withdrawal_that_comes_too_late_takes_nothing_from_who_has_received_it(world: Leaving) -> None:
    reference = world.scheduled()
    world.deliver_all()
    assert not world.settle()
    assert not world.settle(), "its withdrawal is requested"
    world.deliver_all(AT_THE_START + timedelta(minutes=1))
    assert world.seen() == {TOWN}
    assert world.outcome_of(reference, TOWN) == "delivered"
    assert world.outcome_of(reference, MINISTRY) == "withdrawn"
    assert reference in world.table.announcements


def test_what_a_suspended_supplier_held_back_is_withdrawn_and_not_sent_by_its_deletion(world: Leaving) -> None:
    world.table.structures[ACME] = world.table.structures[ACME].model_copy(update={"suspended": True})
    running = fakes.FakeOutbox(world.table, ACME)
    running.add(a_message(state="sent", dispatches=1), world.pen._delivery(a_message(dispatches=1), _all(), ()))
    world.deliver_all()
    assert world.seen() == set(), "it waits"
    world.to_the_end(suspended=True)
    assert world.seen() == set()
    assert world.outcome_of("MSG_000000001", TOWN) == "withdrawn"


def _all() -> RecipientSelection:
    return RecipientSelection(all_recipients=True)


def test_new_dates_of_a_withdrawn_message_reach_no_person(world: Leaving) -> None:
    reference = world.to_both()
    world.deliver_all()
    message = world.outbox.get(reference)
    world.pen.edit(reference, {"display_end": TOMORROW}, version=message.version, now=LATER)
    world.to_the_end(suspended=True)
    assert world.mailer is not None
    assert len(world.mailer.sent) == 1, "no second e-mail names other dates"
    assert world.outcome_of(reference, TOWN) == "delivered"
    assert world.seen() == {TOWN}


def test_a_delivery_that_fails_for_good_holds_the_deletion_up_for_a_day_at_most(world: Leaving) -> None:
    world.to_both()
    assert not world.settle(LATER + timedelta(hours=23))
    assert world.settle(LATER + timedelta(hours=24))


def test_once_the_deletion_settles_the_messages_none_is_written_or_sent(world: Leaving) -> None:
    """A request that had looked at the supplier before its deletion was asked for writes nothing after this."""
    draft = world.pen.create({"title": "x", "content": "y", "all_recipients": True}, send=False, now=LATER)
    sent = world.outbox.get(world.to_both())
    world.to_the_end()
    with pytest.raises(SupplierDeleting):
        world.pen.create({"title": "x"}, send=False, now=LATER)
    with pytest.raises(SupplierDeleting):
        world.pen.send(draft.reference, version=draft.version, now=LATER)
    with pytest.raises(SupplierDeleting):
        world.pen.add_recipients(sent.reference, _all(), version=sent.version, now=LATER)
    assert len(world.table.dispatches) == 1


@pytest.mark.parametrize("change", ["create", "edit", "send", "add", "preview"])
def test_a_supplier_that_is_being_deleted_writes_and_sends_nothing(world: Leaving, change: str) -> None:
    draft = world.pen.create({"title": "x", "content": "y", "all_recipients": True}, send=False, now=LATER)
    acme = world.table.structures[ACME].model_copy(update={"deleting": True, "suspended": True})
    world.table.structures[ACME] = acme
    changes: dict[str, Any] = {
        "create": lambda: world.pen.create({"title": "x"}, send=False, now=LATER),
        "edit": lambda: world.pen.edit(draft.reference, {"title": "z"}, version=draft.version, now=LATER),
        "send": lambda: world.pen.send(draft.reference, version=draft.version, now=LATER),
        "add": lambda: world.pen.add_recipients(draft.reference, _all(), version=draft.version, now=LATER),
        "preview": lambda: PreviewRecipients(an_access(), world.audience, sends_email=True).before_sending(
            _all(), None
        ),
    }
    with pytest.raises(SupplierDeleting) as refused:
        changes[change]()
    assert refused.value.code == "supplier_deleting"
    world.pen.delete(draft.reference, version=draft.version)


def test_a_deletion_does_not_hold_back_the_deliveries_of_what_was_accepted(world: Leaving) -> None:
    reference = world.to_both()
    world.table.structures[ACME] = world.table.structures[ACME].model_copy(update={"deleting": True})
    world.deliver_all()
    assert world.outcome_of(reference, TOWN) == "delivered"


def test_a_change_that_came_first_is_seen_at_the_next_look(world: Leaving, monkeypatch: pytest.MonkeyPatch) -> None:
    world.scheduled()

    def lose(*_: Any) -> None:
        raise StaleWrite

    with monkeypatch.context() as context:
        context.setattr(fakes.FakeOutbox, "save", lose)
        assert not world.settle()
    world.to_the_end()


def test_a_thousand_messages_are_settled_a_page_at_a_time(world: Leaving, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(withdrawal, "MESSAGES_AT_A_TIME", 3)
    for _ in range(8):
        world.to_both()
    world.deliver_all()
    looks = 0
    while not world.settle():
        looks += 1
        assert looks < 10
    assert looks == 3


@pytest.mark.acceptance
def test_a_message_for_a_thousand_is_taken_back_in_runs_that_each_fit_into_a_minute(world: Leaving) -> None:
    clients = [world.client(number) for number in range(1, 1001)]
    message = world.sent(all_recipients=True, display_start=TOMORROW, display_end=TOMORROW)
    world.deliver_all()
    assert world.seen() == {TOWN, *clients}
    world.settle()
    world.settle()
    runs = 0
    while world.seen():
        worked = world.worker().work_on(message.reference, "withdraw#000001", now=LATER)
        runs += 1
        assert world.queue.sent[-1][2] == "withdraw#000001" or worked.done
    assert runs == 6
    world.to_the_end()
    assert world.progress_of(message.reference) == Progress(sent=1002, withdrawn=1002)


def test_an_arrival_that_waits_goes_with_its_message_and_one_that_has_begun_stays(world: Leaving) -> None:
    arrivals = fakes.FakeArrivals()
    world.table.tenants[TOWN] = "s2"
    inboxes = InboxesThatNotify(fakes.FakeInboxes(world.table), world.structures, arrivals, clock=lambda: LATER)
    reference, begun = world.scheduled(), world.to_both()
    world.deliver_all()
    copies = {each.reference: each for each in world.table.received.values()}
    inboxes._note([*copies.values()])
    inboxes.take_back([copies[reference]])
    inboxes.take_back([copies[begun]])
    assert [each.reference for each in arrivals.begun] == [begun]
    assert list(arrivals.noted) == [(TOWN, begun)]


def test_a_structure_that_gets_an_account_while_its_message_is_taken_back_does_not_keep_it(world: Leaving) -> None:
    """The worker that heals read the message before it was withdrawn, and writes the inbox afterwards."""
    office = world.client(7, account=False)
    message = world.sent(recipients=(an_address(office),), display_start=TOMORROW, display_end=TOMORROW)
    world.deliver_all()
    account = a_structure(office, has_account=True)
    rows = world.outcomes.of_structure(message.reference, office)
    world.to_the_end()
    world.worker().healing.deliver(message, rows, account, now=LATER)
    assert world.seen() == set()
    assert world.outcome_of(message.reference, office) == "withdrawn"


@hypothesis_settings(max_examples=15, deadline=None)
@given(deaths=st.sets(st.integers(min_value=0, max_value=90), max_size=6), recipients=st.integers(1, 6))
def test_wherever_a_worker_dies_each_recipient_has_one_outcome_and_is_counted_once(
    deaths: set[int], recipients: int
) -> None:
    world = Leaving()
    clients = [world.client(number, account=number % 2 == 0) for number in range(recipients)]
    begun = world.sent(recipients=tuple(an_address(each) for each in clients))
    scheduled = world.sent(
        recipients=tuple(an_address(each) for each in clients), display_start=TOMORROW, display_end=TOMORROW
    )
    writes = 0

    def perhaps_die(_: str) -> None:
        nonlocal writes
        writes += 1
        if writes in deaths:
            raise Crash

    world.table.on_write = perhaps_die
    for _ in range(60):
        try:
            if world.settle():
                break
            world.deliver_all(LATER)
        except Crash:
            continue
    assert world.removal.messages_done
    here = {each for number, each in enumerate(clients) if number % 2 == 0}
    assert world.seen() == here
    assert {each.reference for each in world.table.received.values()} <= {begun.reference}
    assert world.progress_of(scheduled.reference) == Progress(sent=recipients, withdrawn=recipients)
    absent = recipients - len(here)
    assert world.progress_of(begun.reference) == Progress(sent=recipients, delivered=len(here), not_here=absent)


def test_a_withdrawn_message_is_changed_by_no_request() -> None:
    message: Message = a_message(state="sent").withdrawn(by="root", now=NOW)
    for change in (
        lambda: message.edited({"title": "x"}, today=TODAY, by="a", now=NOW),
        lambda: message.with_recipients(_all(), today=TODAY, by="a", now=NOW),
        lambda: message.sent(today=TODAY, by="a", now=NOW),
        lambda: message.moved({}, sender_siret=TOWN, sender_name="x", by="a", now=NOW),
        message.check_deletable,
    ):
        with pytest.raises(WrongMessageState):
            change()
