"""No message is read before its display by any road: e-mails leave when it begins, name it, and are corrected."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.messages.delivery import Progress
from chorus_connector.domain.messages.display import begins_at
from chorus_connector.domain.messages.emails import announcement_email, correction_email
from chorus_connector.domain.messages.structure import Address
from chorus_connector.ports.notification_values import MessageFeedback
from chorus_connector.usecases.messages import delivery
from chorus_connector.usecases.messages.mailing import HandOutMailings
from tests.fakes import Crash
from tests.messages import fakes
from tests.messages.builders import ACME, MINISTRY, NOW, TODAY, TOWN, a_message, a_structure, an_address
from tests.messages.worlds import World

LATER = NOW + timedelta(hours=1)
DAY = timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)
AT_THE_START = begins_at(NEXT_WEEK)


@pytest.fixture
def world() -> World:
    """A ministry without an account whose e-mail address is known."""
    world = World(mailer=fakes.FakeMailer("refused@example.org"))
    world.table.structures[MINISTRY] = a_structure(MINISTRY, email="courrier@example.org")
    return world


def later_message(world: World, **fields: Any) -> str:
    """The reference of a message to the ministry and the town whose display begins in a week."""
    values = {"recipients": (an_address(MINISTRY), an_address(TOWN)), "display_start": NEXT_WEEK}
    message = world.sent(**{**values, "display_end": NEXT_WEEK + 4 * DAY, **fields})
    world.deliver_all()
    return message.reference


def handed_out(world: World, now: datetime) -> int:
    """What the schedule queues, worked on at once."""
    HandOutMailings(fakes.FakeDueMailings(world.table), world.queue).run(now=now)
    queued, world.queue.sent[:] = list(world.queue.sent), []
    for _, reference, key in queued:
        world.worker().work_on(reference, key, now=now)
    return len(queued)


def mails(world: World) -> list[str]:
    assert world.mailer is not None
    return [address for address, _ in world.mailer.sent]


def test_no_email_leaves_before_the_display_begins_and_then_it_leaves_once(world: World) -> None:
    reference = later_message(world)
    assert mails(world) == []
    assert world.outcome_of(reference, MINISTRY) == "scheduled"
    assert handed_out(world, AT_THE_START - timedelta(seconds=1)) == 0
    assert handed_out(world, AT_THE_START) == 1
    assert mails(world) == ["courrier@example.org"]
    assert world.outcome_of(reference, MINISTRY) == "emailed"
    assert handed_out(world, AT_THE_START + DAY) == 0
    assert world.progress_of(reference) == Progress(sent=2, delivered=1, emailed=1)


def test_a_mailing_is_tried_too_early_without_effect(world: World) -> None:
    reference = later_message(world)
    world.worker().work_on(reference, "mail#000001", now=AT_THE_START - timedelta(seconds=1))
    assert mails(world) == []
    assert handed_out(world, AT_THE_START) == 1


def test_before_its_display_a_message_is_not_delivered_in_any_count(world: World) -> None:
    reference = later_message(world)
    counts = world.progress_of(reference).seen_on(TODAY, NEXT_WEEK)
    assert (counts.scheduled, counts.delivered, counts.emailed) == (2, 0, 0)
    row = world.outcomes.of(reference, [Address(siret=TOWN)])[0]
    assert (row.seen_on(TODAY, NEXT_WEEK), row.seen_on(NEXT_WEEK, NEXT_WEEK)) == ("scheduled", "delivered")


def test_a_start_that_moves_takes_the_email_with_it(world: World) -> None:
    reference = later_message(world)
    message = world.outbox.get(reference)
    later = NEXT_WEEK + 2 * DAY
    moved = world.pen.edit(reference, {"display_start": later}, version=message.version, now=LATER)
    world.deliver_all()
    assert handed_out(world, AT_THE_START) == 0
    assert mails(world) == []
    world.pen.edit(reference, {"display_start": TODAY}, version=moved.version, now=LATER)
    world.deliver_all()
    assert mails(world) == ["courrier@example.org"]
    assert world.progress_of(reference) == Progress(sent=2, delivered=1, emailed=1)


def test_changed_dates_reach_once_who_got_an_email(world: World) -> None:
    world.exchange(ACME, MINISTRY, "SCOL")
    message = world.sent(recipients=(an_address(MINISTRY), an_address(MINISTRY, "SCOL"), an_address(TOWN)))
    world.deliver_all()
    assert world.mailer is not None
    shorter = world.pen.edit(message.reference, {"display_end": TODAY + DAY}, version=message.version, now=LATER)
    world.deliver_all()
    world.deliver_all()
    assert len(world.mailer.sent) == 2
    assert f"au {(TODAY + DAY):%d/%m/%Y}" in world.mailer.sent[1][1].body
    world.pen.edit(message.reference, {}, version=shorter.version, now=LATER)
    world.deliver_all()
    assert len(world.mailer.sent) == 2


def test_an_email_that_could_not_leave_before_the_end_does_not_leave_and_its_outcome_says_so(world: World) -> None:
    reference = later_message(world)
    acme = world.table.structures[ACME]
    world.table.structures[ACME] = acme.model_copy(update={"suspended": True})
    assert handed_out(world, AT_THE_START) == 1
    assert mails(world) == []
    world.table.structures[ACME] = acme
    assert handed_out(world, AT_THE_START + 10 * DAY) == 1
    assert mails(world) == []
    assert world.outcome_of(reference, MINISTRY) == "too_late"
    assert world.progress_of(reference) == Progress(sent=2, delivered=1, too_late=1)


def test_a_delivery_that_waited_until_the_display_was_over_sends_no_email(world: World) -> None:
    message = world.sent(recipients=(an_address(MINISTRY),))
    world.deliver_all(now=LATER + 30 * DAY)
    assert mails(world) == []
    assert world.outcome_of(message.reference, MINISTRY) == "too_late"


def test_a_mailing_whose_worker_died_is_handed_out_again_after_its_lease(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    later_message(world)
    assert world.mailer is not None

    def fail(*_: Any, **__: Any) -> None:
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(world.mailer, "send", fail)
        with pytest.raises(Crash):
            handed_out(world, AT_THE_START)
    assert handed_out(world, AT_THE_START + timedelta(minutes=10)) == 0
    assert handed_out(world, AT_THE_START + delivery.MAILING_LEASE) == 1
    assert mails(world) == ["courrier@example.org"]


@pytest.mark.parametrize("state", ["bounced", "complained"])
def test_what_comes_back_is_the_outcome_of_the_recipient(world: World, state: Any) -> None:
    message = world.sent(recipients=(an_address(MINISTRY),))
    world.deliver_all()
    assert world.mailer is not None
    assert world.mailer.tags == [{"reference": message.reference, "recipient_siret": MINISTRY}]
    for _ in range(2):
        feedback = MessageFeedback(ACME, message.reference, MINISTRY, state)
        world.worker().healing.note_feedback(feedback, now=LATER)
    assert world.outcome_of(message.reference, MINISTRY) == state
    assert world.progress_of(message.reference) == Progress(sent=1).plus(Progress(**{state: 1}))


def test_a_feedback_about_another_message_or_recipient_changes_nothing(world: World) -> None:
    message = world.sent(recipients=(an_address(TOWN),))
    world.deliver_all()
    for feedback in (
        MessageFeedback(ACME, message.reference, TOWN, "bounced"),
        MessageFeedback(ACME, message.reference, MINISTRY, "bounced"),
        MessageFeedback(ACME, "MSG_999999999", MINISTRY, "bounced"),
    ):
        world.worker().healing.note_feedback(feedback, now=LATER)
    assert world.progress_of(message.reference) == Progress(sent=1, delivered=1)


@given(
    crash_at=st.lists(st.integers(1, 12), max_size=6),
    accounts=st.integers(0, 3),
    addresses=st.integers(0, 4),
    refused=st.integers(0, 2),
)
def test_wherever_workers_die_each_scheduled_recipient_is_counted_once(
    crash_at: list[int], accounts: int, addresses: int, refused: int
) -> None:
    world = World(mailer=fakes.FakeMailer("refused@example.org"))
    recipients = []
    for number, email in enumerate(
        [None] * accounts + ["a@example.org"] * addresses + ["refused@example.org"] * refused
    ):
        siret = world.client(number, account=email is None)
        world.table.structures[siret] = world.table.structures[siret].model_copy(update={"email": email})
        recipients.append(an_address(siret))
    message = world.sent(
        recipients=tuple(recipients) or (an_address(),), display_start=NEXT_WEEK, display_end=NEXT_WEEK
    )
    for crash, moment in [(each, moment) for moment in (LATER, AT_THE_START) for each in (*crash_at, 0)]:
        left = [crash]

        def die(_: str, left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] == 0:
                raise Crash

        world.table.on_write = die
        for dispatch in world.pending():
            if dispatch.purpose == "mail" and moment < AT_THE_START:
                continue
            try:
                world.worker(chunks=100).work_on(message.reference, dispatch.key, now=moment)
            except Crash:
                break
    world.table.on_write = lambda _: None
    world.deliver_all(now=AT_THE_START)
    known = accounts + (not recipients)
    expected = Progress(sent=known + addresses + refused, delivered=known, emailed=addresses, failed=refused)
    assert world.progress_of(message.reference) == expected
    assert len(mails(world)) == addresses or crash_at  # a crash may repeat the one e-mail it interrupted
    assert len(mails(world)) <= addresses + len(crash_at)


# --- what an e-mail says ----------------------------------------------------------------------------------------


def test_an_email_names_the_period_the_sender_the_reference_and_what_it_is_not() -> None:
    message = a_message(display_start=NEXT_WEEK, display_end=NEXT_WEEK + DAY)
    email = announcement_email(message)
    for text in (email.body, email.html):
        assert f"{NEXT_WEEK:%d/%m/%Y}" in text
        assert f"{NEXT_WEEK + DAY:%Y-%m-%d}" in text
        assert "Acmé" in text
        assert ACME in text
        assert message.reference in text
        assert "ne vient pas de Chorus Pro et ne figure pas dans" in text
        assert "does not come from Chorus Pro" in text
    assert "En août." in email.html


HOSTILE = st.text(st.one_of(st.sampled_from("<>&\"'\r\n\t\0/:.=« »"), st.characters()), min_size=1, max_size=50).map(
    lambda text: f"{text}\r\nBcc: a@evil.example <script>alert(1)</script> http://evil.example"
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_of_a_sender_becomes_a_header_or_html(title: str, content: str, name: str) -> None:
    message = a_message(title=title, content=content, sender_name=name)
    for email in (announcement_email(message), correction_email(message)):
        assert not any(char in email.subject for char in "\r\n\0")
        assert len(email.subject) <= 120
        assert "<script" not in email.html
        assert "evil.example" not in email.body
        assert "evil.example" not in email.html
        tags = {each.split(">")[0].strip("/").split(" ")[0] for each in email.html.split("<")[1:]}
        assert tags <= {"!DOCTYPE", "html", "head", "meta", "body", "p", "br", "hr", "small"}


def test_summer_time_moves_no_email_into_the_day_before() -> None:
    assert begins_at(datetime(2027, 3, 28, tzinfo=UTC).date()) == datetime(2027, 3, 27, 23, tzinfo=UTC)
    assert begins_at(datetime(2027, 3, 29, tzinfo=UTC).date()) == datetime(2027, 3, 28, 22, tzinfo=UTC)
