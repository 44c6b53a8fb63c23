"""Who a message may be written to, which lists may be used, and which messages an inbox shows."""

from datetime import date, timedelta
from typing import Any

import pytest

from chorus_connector.domain.messages.message import FIELDS, Message, RecipientSelection, new_message
from chorus_connector.domain.messages.refusals import InvalidMessage, WrongMessageState
from chorus_connector.domain.messages.structure import Address
from chorus_connector.usecases.messages.correspondents import Search
from chorus_connector.usecases.messages.reading import InboxFilter, Line
from tests.messages.builders import (
    ACME,
    MINISTRY,
    NOW,
    TODAY,
    TOWN,
    a_counterparty,
    a_list,
    a_message,
    a_received,
    a_structure,
    an_access,
    an_address,
)
from tests.messages.worlds import World

YESTERDAY = TODAY - timedelta(days=1)
TOMORROW = TODAY + timedelta(days=1)


def refused(call: Any) -> list[tuple[str | None, str]]:
    """The field and the code of each problem."""
    with pytest.raises(InvalidMessage) as refusal:
        call()
    return [(each.field, each.code) for each in refusal.value.problems]


def a_world() -> World:
    """Acmé with a third client whose name and town are known, and one of its services."""
    world = World()
    world.table.structures["22000000000001"] = a_structure(
        "22000000000001", name="Lycée Hugo", town="Besançon", postal_code="25000"
    )
    world.exchange(ACME, "22000000000001")
    world.exchange(ACME, "22000000000001", "CANTINE")
    return world


@pytest.mark.parametrize("prefix", ["2193", " 21 93 ", "21930070500011"])
def test_a_siret_is_completed_from_its_first_four_digits_with_or_without_spaces(prefix: str) -> None:
    found = World().finder.completed(None, prefix, limit=10).items
    assert [each.siret for each in found] == [TOWN]


@pytest.mark.parametrize(
    ("prefix", "code"),
    [
        ("", "prefix_too_short"),
        ("219", "prefix_too_short"),
        ("2193a", "prefix_not_digits"),
        ("٢١٩٣", "prefix_not_digits"),
    ],
)
def test_a_prefix_that_is_short_or_has_other_characters_is_refused(prefix: str, code: str) -> None:
    assert refused(lambda: World().finder.completed(None, prefix, limit=10)) == [("prefix", code)]


@pytest.mark.parametrize(
    "criteria",
    [
        {"identifier": "2200"},
        {"designation": "hugo"},
        {"designation": "lyc hu"},
        {"postal_code": "25"},
        {"town": "besan"},
        {"town": "be"},
        {"designation": "lycee", "town": "besançon", "identifier": "22000000000001"},
    ],
)
def test_a_search_finds_the_structure_that_every_criterion_fits_and_not_its_services(
    criteria: dict[str, str],
) -> None:
    found = a_world().finder.search(None, Search(**criteria), limit=10).items
    assert [each.address for each in found] == [an_address("22000000000001")]


@pytest.mark.parametrize(
    "criteria",
    [
        {"designation": "lycée", "town": "Paris"},
        {"designation": "lycée", "postal_code": "75"},
        {"designation": "lycée", "identifier": "2193"},
        {"designation": "ugo"},
    ],
)
def test_a_search_leaves_out_what_one_criterion_does_not_fit(criteria: dict[str, str]) -> None:
    assert a_world().finder.search(None, Search(**criteria), limit=10).items == ()


def test_a_structure_that_two_words_find_is_shown_once() -> None:
    world = a_world()
    world.table.structures["22000000000001"] = a_structure("22000000000001", name="Hugo Hugolin")
    world.exchange(ACME, "22000000000001")
    found = world.finder.search(None, Search(designation="hugo"), limit=10).items
    assert [each.siret for each in found] == ["22000000000001"]


def test_a_search_stops_at_its_limit() -> None:
    world = World()
    for number in range(3):
        world.client(number)
    assert len(world.finder.search(None, Search(identifier="2200"), limit=2).items) == 2


@pytest.mark.parametrize(
    ("criteria", "problem"),
    [
        ({}, (None, "criterion_missing")),
        ({"identifier": "219"}, ("identifier", "prefix_too_short")),
        ({"designation": "h"}, ("designation", "criterion_too_short")),
        ({"postal_code": "2"}, ("postal_code", "criterion_too_short")),
        ({"town": "b"}, ("town", "criterion_too_short")),
    ],
)
def test_a_search_without_a_long_enough_criterion_is_refused(
    criteria: dict[str, str], problem: tuple[str | None, str]
) -> None:
    assert refused(lambda: World().finder.search(None, Search(**criteria), limit=10)) == [problem]


def test_a_supplier_writes_to_its_clients_and_a_public_body_says_to_whom() -> None:
    supplier = World().audience
    assert supplier.relation(None) == "client"
    assert supplier.relation("client") == "client"
    assert refused(lambda: supplier.relation("supplier")) == [("recipient_kind", "recipient_kind_not_yours")]
    world = World()
    world.table.structures[ACME] = a_structure(ACME, public=True)
    assert world.audience.relation("supplier") == "supplier"
    assert refused(lambda: world.audience.relation(None)) == [("recipient_kind", "recipient_kind_missing")]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        (an_address("123"), "recipient_not_a_siret"),
        (an_address(ACME), "recipient_is_sender"),
        (an_address("99999999999999"), "recipient_unknown"),
        (an_address("22000000000009"), "recipient_never_exchanged"),
        (an_address("22000000000001", "NOPE"), "recipient_service_never_exchanged"),
    ],
)
def test_each_recipient_that_is_not_allowed_is_named_with_its_reason(address: Address, code: str) -> None:
    world = a_world()
    world.table.structures["22000000000009"] = a_structure("22000000000009")
    selection = RecipientSelection(recipients=(an_address(TOWN), address))
    assert refused(lambda: world.audience.check(selection, "client")) == [("recipients.1", code)]


def test_recipients_with_an_exchanged_invoice_are_allowed() -> None:
    allowed = (an_address(TOWN), an_address("22000000000001"), an_address("22000000000001", "CANTINE"))
    a_world().audience.check(RecipientSelection(recipients=allowed), "client")


def test_lists_come_in_the_order_given_and_each_unusable_one_is_named() -> None:
    world = World()
    world.table.lists = {
        (ACME, "a"): a_list("a"),
        (ACME, "b"): a_list("b"),
        (ACME, "empty"): a_list("empty", members=()),
        (ACME, "other"): a_list("other", kind="supplier"),
    }
    assert [each.list_id for each in world.audience.used_lists(["b", "a"], "client")] == ["b", "a"]
    problems = refused(lambda: world.audience.used_lists(["a", "nope", "empty", "other"], "client"))
    assert problems == [("list_ids", "list_unknown"), ("list_ids", "list_empty"), ("list_ids", "list_other_kind")]


# --- lists and subscriptions -----------------------------------------------------------------------------


def test_a_list_changes_by_what_is_added_and_removed() -> None:
    before = a_list(members=(an_address(TOWN), an_address(MINISTRY)))
    added = an_address("22000000000001")
    after = before.changed(name=None, add=(added, an_address(TOWN)), remove=(an_address(MINISTRY),), now=NOW)
    assert after.members == (an_address(TOWN), added)
    assert (after.name, after.version) == (before.name, before.version + 1)
    assert before.changed(name=" Mairies ", add=(), remove=(), now=NOW).name == "Mairies"


def test_a_change_of_a_list_without_effect_is_no_version_and_who_is_no_member_is_named() -> None:
    """F9: each of them was a 200 with a higher version, and the next person's If-Match failed for nothing."""
    world = World()
    kept = world.table.lists[ACME, "l1"] = a_list(members=(an_address(TOWN), an_address(MINISTRY)))
    same: dict[str, Any] = {"name": None, "add": (), "remove": (), "version": 1, "now": NOW + timedelta(days=1)}
    for change in ({}, {"add": (an_address(TOWN),)}, {"name": f" {kept.name} "}):
        assert world.lists.change("l1", **{**same, **change}) == kept
    stranger = an_address("22000000000001", "SCOL")
    found = refused(lambda: world.lists.change("l1", **{**same, "remove": (an_address(TOWN), stranger)}))
    assert found == [("remove.1", "not_a_member")]
    assert world.table.lists[ACME, "l1"] == kept


def test_a_list_needs_a_name_and_a_member() -> None:
    assert refused(lambda: a_list(name=" ", members=()).checked()) == [
        ("name", "name_missing"),
        ("members", "recipients_missing"),
    ]
    removed = refused(lambda: a_list().changed(name=None, add=(), remove=(an_address(),), now=NOW))
    assert removed == [("members", "recipients_missing")]


@pytest.mark.parametrize(
    ("services", "list_service", "usable"),
    [
        (None, "", True),
        (None, "VOIRIE", True),
        (("VOIRIE",), "", True),
        (("VOIRIE",), "VOIRIE", True),
        (("VOIRIE",), "ECOLES", False),
    ],
)
def test_a_list_is_used_by_its_service_and_one_of_the_structure_by_all(
    services: tuple[str, ...] | None, list_service: str, usable: bool
) -> None:
    assert an_access(services=services).may_use_list_of(list_service) is usable


# --- a message -------------------------------------------------------------------------------------------

CHANGED: dict[str, Any] = {
    "sender_service": "VOIRIE",
    "title": "Un autre titre",
    "content": "Un autre contenu",
    "display_start": TOMORROW,
    "display_end": TODAY + timedelta(days=30),
    "recipient_kind": "client",
    "all_recipients": True,
    "recipients": (an_address(MINISTRY),),
    "list_ids": ("l1",),
}


@pytest.mark.parametrize("typed", ["oeuvre", "œuvre", "ŒUVRE", "Œuv", "oeuv", "laetitia"])
def test_a_ligature_is_found_by_its_letters_and_by_itself(typed: str) -> None:
    town = a_counterparty(name="Kerguélen-sur-Œuvre-et-Lætitia")
    assert Search(designation=typed).matches(town)
    assert {("designation", "oeuvre"), ("designation", "laetitia")} <= set(town.found_by())


def test_a_person_sets_these_fields_and_no_others() -> None:
    assert set(FIELDS) == set(CHANGED)


@pytest.mark.parametrize("name", CHANGED)
def test_a_draft_takes_every_field_and_a_sent_message_its_dates_only(name: str) -> None:
    change = {name: CHANGED[name]}
    draft = a_message().edited(change, today=TODAY, by="bob", now=NOW)
    assert getattr(draft, name) == CHANGED[name]
    assert (draft.version, draft.changed_by, draft.display_version) == (2, "bob", 0)
    sent = a_message(state="sent", sent_at=NOW, display_start=TODAY + timedelta(days=2))
    if name in ("display_start", "display_end"):
        assert sent.edited(change, today=TODAY, by="bob", now=NOW).display_version == 1
    else:
        with pytest.raises(WrongMessageState) as refusal:
            sent.edited(change, today=TODAY, by="bob", now=NOW)
        assert [each.field for each in refusal.value.problems] == [name]


@pytest.mark.parametrize("start", [YESTERDAY, TODAY, TOMORROW])
def test_the_start_is_fixed_from_the_day_on_which_the_display_begins(start: date) -> None:
    """From then on it was received, and what was received stays."""
    sent = a_message(state="sent", sent_at=NOW, display_start=start)

    def moved() -> Message:
        return sent.edited({"display_start": TODAY + timedelta(days=4)}, today=TODAY, by="bob", now=NOW)

    if start > TODAY:
        assert moved().display_start == TODAY + timedelta(days=4)
    else:
        with pytest.raises(WrongMessageState) as refusal:
            moved()
        assert refusal.value.code == "start_already_past"
    later = {"display_start": start, "display_end": TODAY + timedelta(days=20)}
    assert sent.edited(later, today=TODAY, by="bob", now=NOW).display_end == TODAY + timedelta(days=20)


@pytest.mark.parametrize(
    ("missing", "value"),
    [("title", ""), ("content", ""), ("display_start", None), ("display_end", None), ("recipients", ())],
)
def test_a_message_is_sent_whole_or_not_at_all(missing: str, value: Any) -> None:
    draft = a_message(**{missing: value})
    assert refused(lambda: draft.sent(today=TODAY, by="alice", now=NOW)) == [(missing, f"{missing}_missing")]


def test_accents_and_repeated_recipients_of_a_message_take_their_normal_form() -> None:
    given = {
        "title": "E\u0301te\u0301 ",
        "content": " E\u0301cole\r\nferme\u0301e",
        "recipients": [an_address(), an_address()],
        "list_ids": ["l1", "l2", "l1"],
    }
    message = new_message(given, reference="r", sender_siret=ACME, sender_name="Acmé", by="alice", now=NOW)
    assert message.title == "Été"
    assert message.content.startswith("École")
    assert "\u0301" not in message.content
    assert message.recipients == (an_address(),)
    assert message.list_ids == ("l1", "l2")


def test_a_new_draft_has_a_reference_a_first_version_and_a_default_period() -> None:
    world = World()
    draft = world.pen.create({"title": "Un"}, send=False, now=NOW)
    assert (draft.reference, draft.version, draft.state) == ("MSG_000000001", 1, "draft")
    shown = draft.dated(TODAY)
    assert (shown.display_start, shown.display_end) == (TODAY, TODAY + timedelta(days=14))
    assert world.outbox.get(draft.reference) == draft


def test_a_message_sent_at_once_asks_for_its_first_delivery() -> None:
    world = World()
    sent = world.sent(recipients=(an_address(TOWN),))
    assert (sent.state, sent.version, sent.dispatches) == ("sent", 1, 1)
    assert [(each.reference, each.number, each.requested_by) for each in world.pending()] == [
        (sent.reference, 1, "alice")
    ]


@pytest.mark.parametrize(
    ("message", "shown", "over"),
    [
        (a_message(state="sent"), True, False),
        (a_message(state="draft"), False, False),
        (a_message(state="sent", display_start=TOMORROW), False, False),
        (a_message(state="sent", display_start=YESTERDAY, display_end=TODAY), True, False),
        (a_message(state="sent", display_start=YESTERDAY, display_end=YESTERDAY), False, True),
        (a_message(state="draft", display_start=YESTERDAY, display_end=YESTERDAY), False, False),
    ],
)
def test_a_sent_message_is_shown_from_its_first_day_to_its_last(message: Message, shown: bool, over: bool) -> None:
    assert (message.shown(TODAY), message.over(TODAY)) == (shown, over)


# --- an inbox --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "views"),
    [
        (TODAY, TODAY, ["current"]),
        (YESTERDAY, TOMORROW, ["current"]),
        (YESTERDAY, YESTERDAY, ["archive"]),
        (TOMORROW, TOMORROW, []),
    ],
)
def test_a_received_message_is_current_until_its_last_day_and_then_in_the_archive(
    start: Any, end: Any, views: list[str]
) -> None:
    line = Line(a_received(display_start=start, display_end=end))
    matching = [view for view in ("current", "archive") if InboxFilter(view=view).matches(line, TODAY)]  # type: ignore[arg-type]
    assert matching == views


@pytest.mark.parametrize(
    ("wanted", "read", "matches"),
    [
        ({"sender": ACME}, None, True),
        ({"sender": MINISTRY}, None, False),
        ({"unread": True}, False, True),
        ({"unread": True}, True, False),
        ({"unread": False}, True, True),
        ({"unread": False}, False, False),
    ],
)
def test_an_inbox_is_filtered_by_sender_and_by_what_was_read(
    wanted: dict[str, Any], read: bool | None, matches: bool
) -> None:
    assert InboxFilter(**wanted).matches(Line(a_received(), read), TODAY) is matches
