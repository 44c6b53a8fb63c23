"""A message to a structure and its services: who gets it, and that each user sees and counts it once."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.messages.message import RecipientSelection
from chorus_connector.usecases.messages.reading import INBOX_COLUMNS, InboxFilter, ReadInbox
from tests.messages.builders import MINISTRY, NOW, TOWN, an_access, an_address
from tests.messages.worlds import World

SERVICES = ("", "MAIRIE", "STECH")
LATER = NOW + timedelta(days=2)
ACCESSES = {
    "whole": (an_access(TOWN),),
    "one": (an_access(TOWN, services=("STECH",)),),
    "two": (an_access(TOWN, services=("STECH", "MAIRIE")),),
    "none": (an_access(TOWN, services=()),),
    "elsewhere": (an_access(MINISTRY),),
}


VISIBLE: dict[str, set[str]] = {
    "whole": {*SERVICES},
    "one": {"", "STECH"},
    "two": {*SERVICES},
    "none": {""},
    "elsewhere": set(),
}


def a_world() -> World:
    world = World()
    for service in SERVICES[1:]:
        world.exchange("73282932000074", TOWN, service)
    world.table.structures[TOWN] = world.table.structures[TOWN].model_copy(update={"has_account": True})
    return world


def seen(reader: ReadInbox, sort: str, limit: int) -> list[tuple[str, str]]:
    found, cursor = [], None
    while True:
        page = reader.page(InboxFilter(), sort=sort, limit=limit, cursor=cursor, now=LATER)
        found += [(line.received.reference, line.received.service) for line in page.items]
        if (cursor := page.cursor) is None:
            return found


sendings = st.lists(
    st.tuples(st.sets(st.sampled_from(SERVICES), min_size=1), st.sets(st.sampled_from(SERVICES))), max_size=4
)


@given(sendings, st.sampled_from([*ACCESSES]), st.integers(1, 4), st.sampled_from([*INBOX_COLUMNS]), st.booleans())
def test_each_user_of_a_structure_or_a_service_sees_each_message_once(
    sent: list[tuple[set[str], set[str]]], who: str, limit: int, column: str, descending: bool
) -> None:
    """Whatever it was addressed to, in one sending or with recipients added a day later, in every sort and page."""
    world = a_world()
    addressed: dict[str, set[str]] = {}
    for first, added in sent:
        message = world.sent(recipients=tuple(an_address(TOWN, each) for each in first))
        world.deliver_all()
        if added:
            more = RecipientSelection(recipients=tuple(an_address(TOWN, each) for each in added))
            day = NOW + timedelta(days=1)
            world.pen.add_recipients(message.reference, more, version=message.version, now=day)
            world.deliver_all()
        addressed[message.reference] = first | added
    accesses = ACCESSES[who]
    visible = VISIBLE[who]
    expected = {reference: min(to & visible) for reference, to in addressed.items() if to & visible}
    reader = world.inbox_reader("tom", *accesses)
    found = seen(reader, f"-{column}" if descending else column, limit)
    assert sorted(found) == sorted(expected.items())
    assert reader.count(InboxFilter(), now=LATER).value == len(expected)
    assert reader.count(InboxFilter(unread=True), now=LATER).value == len(expected)
    writers, complete = reader.senders(now=LATER)
    assert ([each.messages for each in writers], complete) == ([len(expected)] if expected else [], True)
    assert reader.mark_all(InboxFilter(), until=LATER, now=LATER) == (len(expected), True)
    assert reader.count(InboxFilter(unread=True), now=LATER).value == 0


def test_a_message_to_all_recipients_reaches_the_users_of_one_service() -> None:
    world = a_world()
    message = world.sent(all_recipients=True)
    world.deliver_all()
    carol = world.inbox_reader("carol", *ACCESSES["one"])
    assert seen(carol, "-received_at", 5) == [(message.reference, "")]
    line, announcement = carol.open(TOWN, message.reference, "", now=LATER)
    assert (announcement.content, line.read) == ("En août.", False)


def test_a_read_mark_is_of_the_message_and_not_of_the_copy() -> None:
    world = a_world()
    message = world.sent(recipients=(an_address(TOWN), an_address(TOWN, "STECH")))
    world.deliver_all()
    carol = world.inbox_reader("carol", *ACCESSES["one"])
    carol.mark(TOWN, message.reference, "STECH", read=True)
    assert carol.count(InboxFilter(unread=True), now=LATER).value == 0
    line, _ = carol.open(TOWN, message.reference, "", now=LATER)
    assert line.read
    carol.mark(TOWN, message.reference, "", read=False)
    assert carol.count(InboxFilter(unread=True), now=LATER).value == 1


@pytest.mark.parametrize(("who", "service"), [*product(["one"], ["MAIRIE"]), ("none", "STECH"), ("elsewhere", "")])
def test_what_another_service_received_stays_hidden(who: str, service: str) -> None:
    world = a_world()
    message = world.sent(recipients=(an_address(TOWN, service),))
    world.deliver_all()
    reader = world.inbox_reader("tom", *ACCESSES[who])
    assert seen(reader, "-received_at", 5) == []
    with pytest.raises(NotFound):
        reader.open(TOWN, message.reference, service, now=LATER)
