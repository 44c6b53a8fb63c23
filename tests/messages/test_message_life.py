"""No sequence of operations, in whatever order and on whatever day, changes a message in a way its rules forbid."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.errors import ConnectorError, NotFound, StaleWrite
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.message import Message, RecipientSelection
from chorus_connector.domain.messages.refusals import TEXTS, InvalidMessage, WrongMessageState
from tests.messages.builders import MINISTRY, NOW, TODAY, TOWN, a_message, an_access, an_address
from tests.messages.worlds import World

SIRETS = [TOWN, MINISTRY, "22000000000001", "99999999999999"]
days = st.one_of(st.none(), st.integers(-5, 25).map(lambda offset: TODAY + timedelta(days=offset)))
addresses = st.lists(st.sampled_from(SIRETS).map(an_address), max_size=3).map(tuple)
fields = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["", "Un", "Deux", "x" * 51, "a\x07b"]),
        "content": st.sampled_from(["", "Contenu", "y" * 2001]),
        "sender_service": st.sampled_from(["", "NOPE"]),
        "display_start": days,
        "display_end": days,
        "recipient_kind": st.sampled_from([None, "client", "supplier"]),
        "all_recipients": st.booleans(),
        "recipients": addresses,
        "list_ids": st.sampled_from([(), ("l1",), ("nope",)]),
    },
)
choices = st.builds(
    RecipientSelection, recipients=addresses, list_ids=st.sampled_from([(), ("l1",)]), all_recipients=st.booleans()
)
operations = st.one_of(
    st.tuples(st.just("edit"), fields),
    st.tuples(st.just("edit"), st.fixed_dictionaries({}, optional={"display_start": days, "display_end": days})),
    st.tuples(st.just("complete"), st.none()),
    st.tuples(st.just("send"), st.none()),
    st.tuples(st.just("add"), choices),
    st.tuples(st.just("delete"), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 9)),
)
COMPLETE = {"title": "Un", "content": "Contenu", "sender_service": "", "recipient_kind": None, "list_ids": ()}
FIXED_ONCE_SENT = (
    "reference",
    "sender_siret",
    "sender_name",
    "sender_service",
    "title",
    "content",
    "recipient_kind",
    "created_at",
    "created_by",
    "sent_at",
    "state",
)


@settings(max_examples=300)
@given(st.lists(operations, max_size=14))
def test_no_sequence_of_operations_changes_a_message_in_a_forbidden_way(
    sequence: list[tuple[str, Any]],
) -> None:
    world, now = World(), NOW
    world.lists.create(list_id="l1", name="Un", service="", kind=None, members=[an_address()], now=NOW)
    reference = world.pen.create({}, send=False, now=now).reference
    for operation, argument in sequence:
        if operation == "wait":
            now += timedelta(days=argument)
            continue
        before = world.table.messages.get((world.audience.structure.siret, reference))
        if before is None:
            break
        refusal = _attempt(world, operation, argument, before, now)
        after = world.table.messages.get((world.audience.structure.siret, reference))
        _judge(before, after, refusal, display.today(now))


def _attempt(world: World, operation: str, argument: Any, before: Message, now: datetime) -> ConnectorError | None:
    pen, reference, version = world.pen, before.reference, before.version
    period = {"display_start": display.today(now), "display_end": display.today(now) + timedelta(days=3)}
    whole = {**COMPLETE, **period, "recipients": (an_address(),)}
    actions = {
        "edit": lambda: pen.edit(reference, argument, version=version, now=now),
        "complete": lambda: pen.edit(reference, whole, version=version, now=now),
        "send": lambda: pen.send(reference, version=version, now=now),
        "add": lambda: pen.add_recipients(reference, argument, version=version, now=now),
        "delete": lambda: pen.delete(reference, version=version),
    }
    try:
        actions[operation]()
    except (WrongMessageState, InvalidMessage) as refusal:
        return refusal
    return None


def _judge(before: Message, after: Message | None, refusal: ConnectorError | None, today: date) -> None:
    """The rules of a message, written again from the requirements, not from the code."""
    if refusal is not None:
        assert after == before
        return
    if after is None:
        assert before.state == "draft"
        return
    assert after.version == before.version + (after != before)  # what changes nothing is no version
    if after.state == "sent" and before.state == "draft":
        assert after.title
        assert after.content
        assert after.display_start is not None
        assert after.display_end is not None
        assert today <= after.display_start <= after.display_end
        assert not after.selection.empty
    if before.state == "draft":
        return
    assert before.display_start is not None
    assert before.display_end is not None
    assert before.display_end >= today
    assert all(getattr(after, name) == getattr(before, name) for name in FIXED_ONCE_SENT)
    if before.display_start <= today:
        assert after.display_start == before.display_start
    assert set(before.recipients) <= set(after.recipients)
    assert set(before.list_ids) <= set(after.list_ids)
    assert after.all_recipients or not before.all_recipients


def test_two_people_on_one_draft_cannot_overwrite_each_other() -> None:
    world = World()
    draft = world.pen.create({"title": "Un"}, send=False, now=NOW)
    world.pen.edit(draft.reference, {"title": "Deux"}, version=draft.version, now=NOW)
    for action in (
        lambda: world.pen.edit(draft.reference, {"title": "Trois"}, version=draft.version, now=NOW),
        lambda: world.pen.send(draft.reference, version=draft.version, now=NOW),
        lambda: world.pen.delete(draft.reference, version=draft.version),
    ):
        with pytest.raises(StaleWrite):
            action()
    assert world.outbox.get(draft.reference).title == "Deux"


def test_a_refused_message_uses_up_no_reference_and_leaves_nothing() -> None:
    world = World()
    with pytest.raises(InvalidMessage):
        world.sent(recipients=(an_address("99999999999999"),))
    assert world.table.messages == {}
    assert world.sent(recipients=(an_address(),)).reference == "MSG_000000001"


def test_days_are_those_of_france_also_when_it_is_tomorrow_there() -> None:
    late_evening = datetime.fromisoformat("2026-07-14T22:30:00+00:00")  # 00:30 on the 15th in Paris
    assert display.today(late_evening) == date(2026, 7, 15)
    assert display.default_period(late_evening) == (date(2026, 7, 15), date(2026, 7, 29))
    assert display.begins_at(date(2026, 7, 15)).isoformat() == "2026-07-14T22:00:00+00:00"
    assert display.begins_at(date(2026, 12, 15)).isoformat() == "2026-12-14T23:00:00+00:00"


def test_the_last_day_of_the_display_period_still_counts() -> None:
    message = a_message(state="sent", sent_at=NOW)
    assert message.display_end is not None
    assert message.shown(message.display_end)
    assert not message.shown(message.display_end + timedelta(days=1))
    assert not message.over(message.display_end)


def test_an_unknown_reference_is_not_found() -> None:
    with pytest.raises(NotFound):
        World().pen.edit("MSG_000000404", {}, version=1, now=NOW)


@pytest.mark.parametrize("mode", ["read", "write"])
def test_a_message_of_another_service_is_as_absent_for_a_change_as_for_reading(mode: str) -> None:
    world = World()
    hidden = world.pen.create({"title": "Un"}, send=False, now=NOW)
    pen = replace(world.pen, access=an_access(mode=mode, services=("MAIRIE",)))
    for reference in (hidden.reference, "MSG_000000404"):
        for change in (
            lambda each: pen.edit(each, {"title": "Deux"}, version=1, now=NOW),
            lambda each: pen.send(each, version=1, now=NOW),
            lambda each: pen.add_recipients(each, RecipientSelection(), version=1, now=NOW),
            lambda each: pen.delete(each, version=1),
        ):
            with pytest.raises(NotFound):
                change(reference)
    assert world.outbox.get(hidden.reference) == hidden


def test_every_refusal_is_in_the_documentation() -> None:
    page = (Path(__file__).parents[2] / "docs" / "messages.md").read_text(encoding="utf-8")
    for code, texts in TEXTS.items():
        assert f"`{code}`" in page, code
        assert all(texts), code
