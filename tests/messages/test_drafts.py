"""Drafts: dates that no person chose, half a period, and another sender."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.refusals import InvalidMessage, ServiceNotYours, WritingNeeded, WrongMessageState
from chorus_connector.domain.messages.structure import StructureService
from chorus_connector.usecases.messages.audience import Audience
from chorus_connector.usecases.messages.reading import OutboxFilter
from chorus_connector.usecases.messages.writing import WriteMessages
from tests.messages import fakes
from tests.messages.builders import ACME, MINISTRY, NOW, TODAY, TOWN, a_message, a_structure, an_access, an_address
from tests.messages.worlds import World

WHOLE = {"title": "Fermeture", "content": "En août.", "recipients": (an_address(),)}


def in_days(number: int) -> date:
    return TODAY + timedelta(days=number)


def refused(code: str, world: World, message: Message, *, days: int = 0) -> None:
    with pytest.raises(InvalidMessage) as refusal:
        world.pen.send(message.reference, version=message.version, now=NOW + timedelta(days=days))
    assert code in {each.code for each in refusal.value.problems}


def test_a_change_without_effect_is_no_version_and_no_delivery() -> None:
    """F9: it raised the version, and the next person's If-Match failed for nothing."""
    world = World()
    draft = world.pen.create(WHOLE, send=False, now=NOW)
    for fields in ({}, {"title": " Fermeture".strip()}, {"recipients": (an_address(), an_address())}):
        assert world.pen.edit(draft.reference, fields, version=1, now=NOW + timedelta(days=1)) == draft
    chosen = world.pen.edit(draft.reference, {"display_start": TODAY}, version=1, now=NOW)
    assert chosen.version == 2, "a chosen day is another thing than a default"
    sent = world.pen.send(draft.reference, version=2, now=NOW)
    for fields in ({}, {"display_start": TODAY}, {"title": "Fermeture"}):
        assert world.pen.edit(draft.reference, fields, version=3, now=NOW) == sent
    assert len(world.table.dispatches) == 1
    with pytest.raises(WrongMessageState):
        world.pen.edit(draft.reference, {}, version=3, now=NOW + timedelta(days=40))


@given(st.integers(0, 400))
def test_a_period_that_no_person_chose_begins_on_the_day_of_sending(days: int) -> None:
    """A draft that stayed overnight was refused for a date that no person had chosen."""
    world = World()
    draft = world.pen.create(WHOLE, send=False, now=NOW)
    shown = draft.dated(in_days(days))
    assert (shown.display_start, shown.display_end) == (in_days(days), in_days(days + 14))
    sent = world.pen.send(draft.reference, version=1, now=NOW + timedelta(days=days))
    assert (sent.display_start, sent.display_end) == (in_days(days), in_days(days + 14))
    assert not sent.display_start_is_default
    assert not sent.display_end_is_default


@given(st.integers(0, 300), st.integers(0, 30))
def test_the_end_follows_a_start_that_a_person_chose(start: int, waited: int) -> None:
    """A draft with only a later start was refused, because the end that no person gave was before it."""
    world = World()
    draft = world.pen.create({**WHOLE, "display_start": in_days(start)}, send=False, now=NOW)
    if start < waited:
        refused("display_start_past", world, draft, days=waited)
        return
    sent = world.pen.send(draft.reference, version=1, now=NOW + timedelta(days=waited))
    assert (sent.display_start, sent.display_end) == (in_days(start), in_days(start + 14))


@given(st.integers(-5, 40), st.integers(0, 30))
def test_a_chosen_end_stays_while_the_start_follows_the_day(end: int, waited: int) -> None:
    world = World()
    draft = world.pen.create({**WHOLE, "display_end": in_days(end)}, send=False, now=NOW)
    if end < waited:
        refused("display_end_before_start", world, draft, days=waited)
        return
    sent = world.pen.send(draft.reference, version=1, now=NOW + timedelta(days=waited))
    assert (sent.display_start, sent.display_end) == (in_days(waited), in_days(end))


def test_a_date_that_a_person_emptied_is_missing_and_not_the_default() -> None:
    world = World()
    draft = world.pen.create(WHOLE, send=False, now=NOW)
    emptied = world.pen.edit(draft.reference, {"display_start": None, "display_end": None}, version=1, now=NOW)
    shown = emptied.dated(TODAY)
    assert (shown.display_start, shown.display_end) == (None, None)
    refused("display_start_missing", world, emptied)
    refused("display_end_missing", world, emptied)


def test_the_default_is_chosen_once_a_person_names_it() -> None:
    world = World()
    draft = world.pen.create(WHOLE, send=False, now=NOW)
    chosen = world.pen.edit(draft.reference, {"display_start": TODAY}, version=1, now=NOW)
    refused("display_start_past", world, chosen, days=1)


def test_a_change_of_another_field_chooses_no_date() -> None:
    world = World()
    draft = world.pen.create(WHOLE, send=False, now=NOW)
    renamed = world.pen.edit(draft.reference, {"title": "Autre"}, version=1, now=NOW)
    sent = world.pen.send(draft.reference, version=renamed.version, now=NOW + timedelta(days=3))
    assert sent.display_start == in_days(3)


def test_a_draft_of_an_older_release_has_the_dates_that_it_stored() -> None:
    stored = a_message().model_dump_json(exclude_defaults=True)
    assert "default" not in stored
    draft = Message.model_validate_json(stored)
    assert draft.dated(in_days(9)) == draft


def test_filters_and_sorts_see_the_dates_that_a_draft_has_today() -> None:
    world = World()
    world.pen.create({"title": "A"}, send=False, now=NOW)
    world.pen.create({"title": "B", "display_start": in_days(2)}, send=False, now=NOW)
    wanted = OutboxFilter(start_from=in_days(3), end_to=in_days(17))

    def page(days: int, sort: str) -> list[str]:
        found = world.outbox_reader().page(wanted, sort=sort, limit=9, cursor=None, today=in_days(days))
        return [each.title for each in found.items]

    assert [page(days, "display_start") for days in (0, 3, 4)] == [[], ["A"], []]
    everything = world.outbox_reader().page(
        OutboxFilter(), sort="display_start", limit=9, cursor=None, today=in_days(5)
    )
    assert [each.title for each in everything.items] == ["B", "A"]


@pytest.mark.parametrize("title", ["\u200b", "\u200b\u2060\ufeff", "\u3164", "\u2800\u2800", "\u2028", "\u0301"])
def test_a_text_that_shows_nothing_is_missing(title: str) -> None:
    world = World()
    draft = world.pen.create({**WHOLE, "title": title}, send=False, now=NOW)
    refused("title_missing", world, draft)
    assert world.sent(title="\U0001f468\u200d\U0001f469", recipients=(an_address(),)).state == "sent"


@pytest.mark.parametrize(("last", "fits"), [(731, True), (732, False), (2_900_000, False)])
def test_a_display_ends_within_two_years(last: int, fits: bool) -> None:
    world = World()
    draft = world.pen.create({**WHOLE, "display_end": in_days(last)}, send=False, now=NOW)
    if not fits:
        refused("display_end_too_late", world, draft)
        return
    sent = world.pen.send(draft.reference, version=1, now=NOW)
    with pytest.raises(InvalidMessage, match=r"731") as refusal:
        world.pen.edit(draft.reference, {"display_end": in_days(732)}, version=sent.version, now=NOW)
    assert refusal.value.code == "display_end_too_late"


def test_a_start_on_the_last_day_of_the_calendar_is_a_draft() -> None:
    draft = World().pen.create({"display_start": date.max}, send=False, now=NOW)
    assert draft.dated(TODAY).display_end == date.max


# --- another sender ------------------------------------------------------------------------------------------


def pen_of(world: World, siret: str, **access: Any) -> WriteMessages:
    audience = Audience(
        world.table.structures[siret],
        world.structures,
        fakes.FakeCounterparties(world.table, siret),
        fakes.FakeLists(world.table, siret),
    )
    outbox = fakes.FakeOutbox(world.table, siret)
    return WriteMessages(an_access(siret, **access), audience, outbox, fakes.FakeReferences(world.table))


def test_a_draft_goes_to_another_sender_with_its_reference() -> None:
    world = World()
    draft = world.pen.create({**WHOLE, "recipient_kind": "client"}, send=False, now=NOW)
    moved = world.pen.move(draft.reference, {"title": "Neuf"}, to=pen_of(world, TOWN), version=1, now=NOW)
    assert (moved.reference, moved.version, moved.title) == (draft.reference, 2, "Neuf")
    assert (moved.sender_siret, moved.sender_name) == (TOWN, f"Structure {TOWN}")
    assert moved.created_by == draft.created_by
    assert world.table.messages == {(TOWN, draft.reference): moved}
    with pytest.raises(InvalidMessage) as refusal:  # judged again: the town is the recipient itself
        pen_of(world, TOWN).send(draft.reference, version=2, now=NOW)
    assert refusal.value.code == "recipient_is_sender"


def test_a_draft_leaves_its_service_behind_unless_the_new_sender_has_one_that_is_named() -> None:
    world = World()
    for siret, code in ((ACME, "VENTES"), (TOWN, "MAIRIE")):
        services = (StructureService(code=code),)
        world.table.structures[siret] = a_structure(siret, services=services, public=siret == TOWN)
    draft = world.pen.create({"sender_service": "VENTES"}, send=False, now=NOW)
    assert world.pen.move(draft.reference, {}, to=pen_of(world, TOWN), version=1, now=NOW).sender_service == ""
    back = pen_of(world, TOWN).move(
        draft.reference, {"sender_service": "VENTES"}, to=pen_of(world, ACME), version=2, now=NOW
    )
    assert back.sender_service == "VENTES"
    with pytest.raises(InvalidMessage) as refusal:
        world.pen.move(draft.reference, {"sender_service": "VENTES"}, to=pen_of(world, TOWN), version=3, now=NOW)
    assert refusal.value.code == "sender_service_unknown"


@pytest.mark.parametrize(
    ("of_old", "of_new", "refusal"),
    [
        ({"mode": "read"}, {}, WritingNeeded),
        ({}, {"mode": "read"}, WritingNeeded),
        ({"services": ("VENTES",)}, {}, NotFound),
        ({}, {"services": ("MAIRIE",)}, ServiceNotYours),
    ],
)
def test_a_draft_moves_only_for_a_user_who_may_write_for_both(
    of_old: dict[str, Any], of_new: dict[str, Any], refusal: type[Exception]
) -> None:
    world = World()
    draft = world.pen.create(WHOLE, send=False, now=NOW)
    old = replace(world.pen, access=an_access(**of_old))
    with pytest.raises(refusal):
        old.move(draft.reference, {}, to=pen_of(world, TOWN, **of_new), version=1, now=NOW)
    assert world.table.messages == {(ACME, draft.reference): draft}


def test_only_the_latest_version_of_a_draft_moves_and_never_a_sent_message() -> None:
    world = World()
    draft = world.pen.create({**WHOLE, "recipients": (an_address(MINISTRY),)}, send=False, now=NOW)
    world.pen.edit(draft.reference, {"title": "Deux"}, version=1, now=NOW)
    with pytest.raises(StaleWrite):
        world.pen.move(draft.reference, {}, to=pen_of(world, TOWN), version=1, now=NOW)
    sent = world.pen.send(draft.reference, version=2, now=NOW)
    with pytest.raises(WrongMessageState) as refusal:
        world.pen.move(draft.reference, {}, to=pen_of(world, TOWN), version=sent.version, now=NOW)
    assert refusal.value.code == "sent_field_fixed"
    assert world.table.messages == {(ACME, draft.reference): sent}
