"""Pages put end to end are the whole list, in any order, with any page size, while nothing moves or much arrives."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.messages import listing
from chorus_connector.domain.messages.refusals import InvalidMessage
from chorus_connector.domain.messages.texts import collated, normal_form, text_problems, words
from chorus_connector.usecases.messages import reading
from chorus_connector.usecases.messages.reading import INBOX_COLUMNS, OUTBOX_COLUMNS, InboxFilter, OutboxFilter
from tests.messages.builders import ACME, MINISTRY, NOW, TODAY, TOWN, a_message, a_received, an_access
from tests.messages.worlds import World

LATER = NOW + timedelta(days=2)
received = st.builds(
    lambda number, siret, service, hours, title, sender, age: a_received(
        f"MSG_{number:09d}",
        siret=siret,
        service=service,
        title=title,
        sender_siret=sender,
        received_at=NOW + timedelta(hours=hours),
        display_end=TODAY + timedelta(days=age),
    ),
    st.integers(1, 999),
    st.sampled_from([TOWN, MINISTRY]),
    st.sampled_from(["", "SCOL"]),
    st.integers(-3, 3),
    st.sampled_from(["Été", "ete", "Automne", "zèbre"]),
    st.sampled_from(["1", "2"]),
    st.sampled_from([-1, 14]),
)


def _pages(ask: Callable[..., Any], **wanted: Any) -> list[Any]:
    items: list[Any] = []
    cursor: str | None = None
    while True:
        page = ask(cursor=cursor, **wanted)
        items += page.items
        cursor = page.cursor
        if cursor is None:
            return items


@settings(max_examples=60)
@given(st.lists(received, max_size=25), st.sampled_from(sorted(INBOX_COLUMNS)), st.booleans(), st.integers(1, 7))
def test_inbox_pages_end_to_end_are_the_inbox_sorted(
    messages: list[Any], column: str, descending: bool, limit: int
) -> None:
    world = World()
    world.table.received = {(each.siret, each.reference, each.service): each for each in messages}
    reader = world.inbox_reader("tom", an_access(TOWN), an_access(MINISTRY, services=("SCOL",)))
    sort = f"-{column}" if descending else column
    seen = _pages(lambda cursor: reader.page(InboxFilter(), sort=sort, limit=limit, cursor=cursor, now=LATER))
    mine = [each for each in world.table.received.values() if each.siret == TOWN or each.service in ("", "SCOL")]
    copies = {(each.siret, each.reference): [] for each in mine}
    for each in mine:
        copies[each.siret, each.reference].append(each)
    once = [min(each, key=lambda copy: copy.service) for each in copies.values()]
    visible = [each for each in once if each.display_end >= TODAY + timedelta(days=2)]
    wanted = sorted(visible, key=lambda each: (INBOX_COLUMNS[column](each), *each.order), reverse=descending)
    assert [line.received for line in seen] == wanted


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.sampled_from(["Été", "Automne", ""]), st.booleans()), max_size=20),
    st.sampled_from(sorted(OUTBOX_COLUMNS)),
    st.booleans(),
    st.integers(1, 6),
)
def test_outbox_pages_end_to_end_are_the_outbox_sorted(
    made: list[tuple[str, bool]], column: str, descending: bool, limit: int
) -> None:
    world = World()
    for number, (title, dated) in enumerate(made):
        dates = {} if dated else {"display_start": None, "display_end": None}
        message = a_message(reference=f"MSG_{number:09d}", title=title, **dates)
        world.table.messages[ACME, message.reference] = message
    reader = world.outbox_reader()
    sort = f"-{column}" if descending else column
    seen = _pages(lambda cursor: reader.page(OutboxFilter(), sort=sort, limit=limit, cursor=cursor, today=TODAY))
    everything = world.table.messages.values()
    wanted = sorted(everything, key=lambda m: (OUTBOX_COLUMNS[column](m), m.reference), reverse=descending)
    assert [each.reference for each in seen] == [each.reference for each in wanted]


def test_a_message_that_arrives_between_two_pages_shifts_nothing() -> None:
    world = World()
    for number in range(6):
        each = a_received(f"MSG_{number:09d}", received_at=NOW + timedelta(minutes=number))
        world.table.received[TOWN, each.reference, ""] = each
    reader = world.inbox_reader("tom", an_access(TOWN))
    first = reader.page(InboxFilter(), sort="-received_at", limit=3, cursor=None, now=LATER)
    newest = a_received("MSG_000000099", received_at=NOW + timedelta(minutes=30))
    world.table.received[TOWN, newest.reference, ""] = newest
    second = reader.page(InboxFilter(), sort="-received_at", limit=3, cursor=first.cursor, now=LATER)
    assert [line.received.reference[-1] for line in (*first.items, *second.items)] == ["5", "4", "3", "2", "1", "0"]


def test_a_cursor_belongs_to_its_user_and_filters() -> None:
    world = World()
    for number in range(3):
        each = a_received(f"MSG_{number:09d}")
        world.table.received[TOWN, each.reference, ""] = each
    reader = world.inbox_reader("tom", an_access(TOWN))
    cursor = reader.page(InboxFilter(), sort="-received_at", limit=1, cursor=None, now=LATER).cursor
    stranger = world.inbox_reader("tess", an_access(TOWN))
    for ask in (
        lambda: stranger.page(InboxFilter(), sort="-received_at", limit=1, cursor=cursor, now=LATER),
        lambda: reader.page(InboxFilter(sender="1"), sort="-received_at", limit=1, cursor=cursor, now=LATER),
        lambda: reader.page(InboxFilter(), sort="title", limit=1, cursor=cursor, now=LATER),
        lambda: reader.page(InboxFilter(), sort="title", limit=1, cursor="!!", now=LATER),
    ):
        with pytest.raises(InvalidMessage) as refusal:
            ask()
        assert refusal.value.code == "unknown_cursor"


def test_beyond_its_bound_a_sort_says_it_is_not_complete(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_SORTED", 4)
    world = World()
    for number in range(6):
        each = a_received(f"MSG_{number:09d}", received_at=NOW + timedelta(minutes=number))
        world.table.received[TOWN, each.reference, ""] = each
    reader = world.inbox_reader("tom", an_access(TOWN))
    page = reader.page(InboxFilter(), sort="reference", limit=10, cursor=None, now=LATER)
    assert [line.received.reference[-1] for line in page.items] == ["2", "3", "4", "5"]
    assert page.complete is False
    assert reader.count(InboxFilter(), now=LATER) == listing.Count(4, exact=False)


def test_a_narrow_filter_gives_a_short_page_and_a_cursor_that_continues(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "MAX_SCANNED", 5)
    world = World()
    for number in range(12):
        each = a_received(
            f"MSG_{number:09d}", received_at=NOW - timedelta(minutes=number), sender_siret="1" if number == 11 else "2"
        )
        world.table.received[TOWN, each.reference, ""] = each
    reader = world.inbox_reader("tom", an_access(TOWN))
    wanted = InboxFilter(sender="1")
    first = reader.page(wanted, sort="-received_at", limit=5, cursor=None, now=LATER)
    assert first.items == ()
    assert first.cursor is not None
    seen = _pages(lambda cursor: reader.page(wanted, sort="-received_at", limit=5, cursor=cursor, now=LATER))
    assert [line.received.reference for line in seen] == ["MSG_000000011"]


def test_unread_is_judged_without_looking_at_everything() -> None:
    world = World()
    for number in range(3):
        each = a_received(f"MSG_{number:09d}")
        world.table.received[TOWN, each.reference, ""] = each
    reader = world.inbox_reader("tom", an_access(TOWN))
    reader.mark(TOWN, "MSG_000000001", "", read=True)
    unread = reader.page(InboxFilter(unread=True), sort="reference", limit=9, cursor=None, now=LATER)
    assert [line.received.reference[-1] for line in unread.items] == ["0", "2"]
    assert reader.count(InboxFilter(unread=False), now=LATER).value == 1


@given(st.text(max_size=80))
def test_texts_are_measured_in_characters_and_searched_without_accents(text: str) -> None:
    kept = normal_form(text)
    codes = {each.code for each in text_problems("title", kept, limit=50)}
    assert ("title_too_long" in codes) == (len(kept) > 50)
    assert collated(kept) == collated(collated(kept))
    assert all(word in collated(kept) for word in words(kept))


def test_html_is_text_and_an_accent_is_one_character() -> None:
    assert normal_form("<script>alert('é')</script>") == "<script>alert('é')</script>"
    assert len(normal_form("e\u0301" * 50)) == 50
    assert text_problems("content", "a\nb\tc", limit=9, lines=True) == []
    assert [each.code for each in text_problems("title", "\ud800", limit=9)] == ["control_characters"]
    for mark in "\u200e\u200f\u061c\u202a\u202e\u2066\u2069":
        for lines in (False, True):
            found = text_problems("title", f"Fermé{mark}fdp.exe", limit=50, lines=lines)
            assert [each.code for each in found] == ["control_characters"], "it is read in another order than stored"


def test_the_default_page_is_the_portals_own() -> None:
    assert reading.DEFAULT_LIMIT == 5
