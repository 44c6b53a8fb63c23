"""A structure that gets an account or an address receives what is still on display and was addressed to it, once."""

from datetime import timedelta
from typing import Any

import pytest

from chorus_connector.domain.messages.delivery import Progress
from chorus_connector.domain.messages.display import begins_at
from chorus_connector.domain.messages.message import RecipientSelection
from chorus_connector.ports.notification_values import MessageFeedback
from chorus_connector.usecases.messages import healing
from tests.messages import fakes
from tests.messages.builders import ACME, MINISTRY, NOW, TODAY, TOWN, an_address
from tests.messages.worlds import World

LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def world() -> World:
    return World(mailer=fakes.FakeMailer())


def describe(world: World, **changes: Any) -> None:
    """Change what is known of the ministry, and do what the stream does then."""
    world.table.structures[MINISTRY] = world.table.structures[MINISTRY].model_copy(update=changes)
    if any(changes.values()):
        world.arrive(MINISTRY)


def sent(world: World, **fields: Any) -> str:
    message = world.sent(**{"recipients": (an_address(MINISTRY), an_address(TOWN)), **fields})
    world.deliver_all()
    return message.reference


def test_an_account_brings_what_is_on_display_and_the_sender_sees_it(world: World) -> None:
    reference = sent(world)
    assert world.outcome_of(reference, MINISTRY) == "not_here"
    describe(world, has_account=True)
    assert world.table.received[MINISTRY, reference, ""].received_at == LATER
    assert world.outcome_of(reference, MINISTRY) == "delivered"
    assert world.progress_of(reference) == Progress(sent=2, delivered=2)
    world.arrive(MINISTRY)
    assert world.progress_of(reference) == Progress(sent=2, delivered=2)
    assert world.table.awaited == {}


def test_an_account_brings_a_message_whose_display_begins_later_and_it_is_not_seen_before(world: World) -> None:
    start = TODAY + 3 * DAY
    reference = sent(world, display_start=start)
    describe(world, has_account=True)
    assert world.table.received[MINISTRY, reference, ""].received_at == begins_at(start)


def test_an_account_brings_nothing_whose_display_is_over(world: World) -> None:
    reference = sent(world)
    world.table.structures[MINISTRY] = world.table.structures[MINISTRY].model_copy(update={"has_account": True})
    world.arrive(MINISTRY, now=LATER + 30 * DAY)
    assert (MINISTRY, reference, "") not in world.table.received
    assert world.outcome_of(reference, MINISTRY) == "not_here"
    assert world.table.awaited == {}


def test_an_address_brings_an_email_once_and_an_account_the_message_itself(world: World) -> None:
    reference = sent(world)
    describe(world, email="courrier@example.org")
    world.arrive(MINISTRY)
    assert world.mailer is not None
    assert [address for address, _ in world.mailer.sent] == ["courrier@example.org"]
    assert world.progress_of(reference) == Progress(sent=2, delivered=1, emailed=1)
    describe(world, has_account=True)
    assert world.progress_of(reference) == Progress(sent=2, delivered=2)
    assert len(world.mailer.sent) == 1


def test_an_address_brings_no_email_before_the_display(world: World) -> None:
    start = TODAY + 3 * DAY
    reference = sent(world, display_start=start)
    describe(world, email="courrier@example.org")
    assert world.mailer is not None
    assert world.mailer.sent == []
    assert world.outcome_of(reference, MINISTRY) == "scheduled"
    world.deliver_all(now=begins_at(start))
    assert len(world.mailer.sent) == 1
    assert world.progress_of(reference) == Progress(sent=2, delivered=1, emailed=1)


def test_another_address_is_tried_after_a_bounce_and_the_same_one_is_not(world: World) -> None:
    describe(world, email="courrier@example.org")
    reference = sent(world)
    world.worker().healing.note_feedback(MessageFeedback(ACME, reference, MINISTRY, "bounced"), now=LATER)
    world.arrive(MINISTRY)
    assert world.mailer is not None
    assert len(world.mailer.sent) == 1
    describe(world, email="accueil@example.org")
    assert [address for address, _ in world.mailer.sent] == ["courrier@example.org", "accueil@example.org"]
    assert world.progress_of(reference) == Progress(sent=2, delivered=1, emailed=1)


def test_another_address_after_an_email_that_arrived_brings_no_second_one(world: World) -> None:
    describe(world, email="courrier@example.org")
    sent(world)
    describe(world, email="accueil@example.org")
    assert world.mailer is not None
    assert len(world.mailer.sent) == 1


def test_adding_a_recipient_again_delivers_at_once_what_it_can_receive_by_now(world: World) -> None:
    reference = sent(world)
    world.table.structures[MINISTRY] = world.table.structures[MINISTRY].model_copy(update={"has_account": True})
    message = world.outbox.get(reference)
    again = RecipientSelection(recipients=(an_address(MINISTRY), an_address(TOWN)))
    world.pen.add_recipients(reference, again, version=message.version, now=LATER)
    world.deliver_all()
    assert (MINISTRY, reference, "") in world.table.received
    assert world.progress_of(reference) == Progress(sent=2, delivered=2)


def test_adding_a_recipient_again_that_can_still_not_receive_changes_nothing(world: World) -> None:
    reference = sent(world)
    message = world.outbox.get(reference)
    again = RecipientSelection(recipients=(an_address(MINISTRY),))
    world.pen.add_recipients(reference, again, version=message.version, now=LATER)
    world.deliver_all()
    assert world.progress_of(reference) == Progress(sent=2, delivered=1, not_here=1)


def test_services_of_the_structure_get_the_message_each_and_the_email_is_one(world: World) -> None:
    world.exchange(ACME, MINISTRY, "SCOL")
    reference = sent(world, recipients=(an_address(MINISTRY), an_address(MINISTRY, "SCOL")))
    describe(world, email="courrier@example.org")
    assert world.mailer is not None
    assert len(world.mailer.sent) == 1
    assert world.progress_of(reference) == Progress(sent=2, emailed=2)


def test_an_account_that_comes_while_the_message_is_delivered_is_not_missed(world: World) -> None:
    message = world.sent(recipients=(an_address(MINISTRY),))
    (dispatch,) = world.pending()

    def arrive(step: str) -> None:
        if step == "after claim":
            world.table.on_write = lambda _: None
            describe(world, has_account=True)

    world.table.on_write = arrive
    world.worker().work_on(message.reference, dispatch.key, now=LATER)
    assert world.outcome_of(message.reference, MINISTRY) == "delivered"
    assert world.progress_of(message.reference) == Progress(sent=1, delivered=1)


def test_what_a_suspended_sender_wrote_waits_until_it_is_resumed(world: World) -> None:
    reference = sent(world)
    acme = world.table.structures[ACME]
    world.table.structures[ACME] = acme.model_copy(update={"suspended": True})
    describe(world, has_account=True)
    assert (MINISTRY, reference, "") not in world.table.received
    ((siret, after, later),) = world.queue.structures
    assert (siret, later) == (MINISTRY, healing.RETRY_WHILE_SUSPENDED)
    assert after < reference
    world.table.structures[ACME] = acme
    world.arrive(MINISTRY)
    assert (MINISTRY, reference, "") in world.table.received


def test_a_structure_is_reached_a_few_messages_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healing, "AWAITED_AT_A_TIME", 2)
    references = [sent(world) for _ in range(3)]
    describe(world, has_account=True)
    assert list(world.queue.structures) == [(MINISTRY, references[1], timedelta(0))]


def test_the_messages_of_a_sender_that_is_gone_are_forgotten(world: World) -> None:
    sent(world)
    del world.table.structures[ACME]
    describe(world, has_account=True)
    assert world.table.received.keys() == {(TOWN, "MSG_000000001", "")}
    assert world.table.awaited == {}


# --- reading -----------------------------------------------------------------------------------------------------


def test_a_structure_has_read_a_message_once_however_many_of_its_people_do(world: World) -> None:
    reference = sent(world)
    for _ in range(3):
        world.outcomes.note_read(reference, an_address(TOWN))
    assert world.progress_of(reference).read == 1
    assert world.outcomes.read(reference, [TOWN, MINISTRY]) == {TOWN}


def test_a_stranger_to_the_message_reads_nothing(world: World) -> None:
    reference = sent(world)
    world.outcomes.note_read(reference, an_address("22000000000099"))
    assert world.progress_of(reference).read == 0
