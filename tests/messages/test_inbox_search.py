"""What a reader of an inbox finds: by text, by sender, what is unread, also when its display is over."""

from datetime import timedelta

import pytest

from chorus_connector.domain.messages.refusals import InvalidMessage
from chorus_connector.usecases.messages import reading
from chorus_connector.usecases.messages.reading import InboxFilter, Sender
from tests.messages.builders import ACME, MINISTRY, NOW, TODAY, TOWN, an_access
from tests.messages.worlds import World

SOON = NOW + timedelta(hours=2)
LATER = NOW + timedelta(days=40)


def a_world() -> World:
    """The town and the ministry received three messages of Acmé."""
    world = World()
    world.table.structures[MINISTRY] = world.table.structures[MINISTRY].model_copy(update={"has_account": True})
    for number, (title, content) in enumerate(
        [
            ("Fermeture", "Nos bureaux ferment en août."),
            ("Nouveau RIB", "Le compte change."),
            ("Été", "Bonnes vacances, et bonnes œuvres"),
        ]
    ):
        world.sent(now=NOW + timedelta(minutes=number), title=title, content=content, all_recipients=True)
    world.deliver_all()
    return world


def titles(world: World, wanted: InboxFilter, **more: object) -> list[str]:
    reader = world.inbox_reader("tom", an_access(TOWN))
    asked = {"sort": "-received_at", "limit": 10, "cursor": None, "now": SOON, **more}
    return [each.received.title for each in reader.page(wanted, **asked).items]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("fermeture", ["Fermeture"]),
        ("AOUT", ["Fermeture"]),
        ("compte rib", ["Nouveau RIB"]),
        ("ete", ["Été"]),
        ("vacan", ["Été"]),
        ("bureaux compte", []),
        ("ureaux", []),
        ("oeuvre", ["Été"]),
        ("ŒUVRES", ["Été"]),
    ],
)
@pytest.mark.parametrize("sort", ["-received_at", "title"])
def test_a_text_is_found_in_titles_and_contents_by_the_beginning_of_its_words(
    text: str, found: list[str], sort: str
) -> None:
    shown = titles(a_world(), InboxFilter(text=text), sort=sort)
    assert sorted(shown) == sorted(found)


@pytest.mark.parametrize("text", ["", "  ", "%", "*", "…", "\u0301"])
@pytest.mark.parametrize("sort", ["-received_at", "title"])
def test_a_search_without_a_word_is_refused_and_finds_not_everything(text: str, sort: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        titles(a_world(), InboxFilter(text=text), sort=sort)
    assert refused.value.code == "text_missing"


def test_a_search_for_a_text_stops_after_its_limit_and_continues_with_the_cursor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "MAX_SEARCHED", 2)
    reader = a_world().inbox_reader("tom", an_access(TOWN))
    wanted = InboxFilter(text="fermeture")
    first = reader.page(wanted, sort="-received_at", limit=5, cursor=None, now=SOON)
    assert first.items == ()
    assert first.cursor is not None
    rest = reader.page(wanted, sort="-received_at", limit=5, cursor=first.cursor, now=SOON)
    assert [each.received.title for each in rest.items] == ["Fermeture"]


def test_a_page_has_the_contents_on_request_only() -> None:
    reader = a_world().inbox_reader("tom", an_access(TOWN))
    for with_content, contents in (
        (True, {"Nos bureaux ferment en août.", "Bonnes vacances, et bonnes œuvres"}),
        (False, {None}),
    ):
        page = reader.page(InboxFilter(), sort="title", limit=2, cursor=None, now=SOON, with_content=with_content)
        assert {each.content for each in page.items} == contents


def test_an_unread_message_is_counted_until_it_is_read_also_when_its_display_is_over() -> None:
    reader = a_world().inbox_reader("tom", an_access(TOWN))
    unread = InboxFilter(view="all", unread=True)
    assert reader.count(unread, now=SOON).value == 3
    assert reader.count(unread, now=LATER).value == 3
    page = reader.page(unread, sort="-received_at", limit=1, cursor=None, now=LATER)
    assert [each.over(TODAY + timedelta(days=40)) for each in page.items] == [True]
    reader.mark(TOWN, page.items[0].received.reference, "", read=True)
    assert reader.count(unread, now=LATER).value == 2


def test_no_view_shows_a_message_before_its_display() -> None:
    world = World()
    world.sent(
        title="Demain",
        content="…",
        display_start=TODAY + timedelta(days=2),
        display_end=TODAY + timedelta(days=9),
        all_recipients=True,
    )
    world.deliver_all()
    reader = world.inbox_reader("tom", an_access(TOWN))
    assert reader.count(InboxFilter(view="all"), now=SOON).value == 0
    assert reader.senders(now=SOON) == ([], True)
    assert reader.mark_all(InboxFilter(view="all"), until=LATER, now=SOON).marked == 0


def test_the_senders_are_those_of_what_may_be_read() -> None:
    world = a_world()
    assert world.inbox_reader("tom", an_access(TOWN)).senders(now=SOON) == ([Sender(ACME, "Acmé", 3)], True)
    assert world.inbox_reader("eve").senders(now=SOON) == ([], True)
    of_a_service = world.inbox_reader("tess", an_access(TOWN, services=("SCOL",)))
    assert of_a_service.senders(now=SOON) == ([Sender(ACME, "Acmé", 3)], True), "what the whole structure receives"
    assert world.inbox_reader("tess", an_access(ACME)).senders(now=SOON)[0] == []


def test_all_that_match_are_marked_as_read_for_one_reader_and_what_came_later_is_not() -> None:
    world = a_world()
    tom, tess = (world.inbox_reader(who, an_access(TOWN), an_access(MINISTRY)) for who in ("tom", "tess"))
    unread = InboxFilter(view="all", unread=True)
    marked = tom.mark_all(InboxFilter(recipient=TOWN), until=NOW + timedelta(minutes=1), now=SOON)
    assert (marked.marked, marked.complete) == (2, True)
    assert tom.count(unread, now=SOON).value == 4
    assert tom.mark_all(InboxFilter(view="all"), until=SOON, now=SOON).marked == 4
    assert tom.count(unread, now=SOON).value == 0
    assert tess.count(unread, now=SOON).value == 6


def test_more_than_one_call_marks_are_marked_by_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_MARKED", 2)
    tom = a_world().inbox_reader("tom", an_access(TOWN))
    assert tom.mark_all(InboxFilter(), until=SOON, now=SOON) == (2, False)
    assert tom.mark_all(InboxFilter(), until=SOON, now=SOON) == (1, True)
