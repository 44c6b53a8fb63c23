"""The stores' contract, run on the fakes and on DynamoDB: what the use cases rely on holds on both."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.adapters.table.counterparties import DynamoCounterparties
from chorus_connector.adapters.table.distribution_lists import DynamoLists
from chorus_connector.adapters.table.inbox import DynamoInbox, DynamoInboxes
from chorus_connector.adapters.table.keys import primary_key
from chorus_connector.adapters.table.message_table import MessageTable
from chorus_connector.adapters.table.outbox import DynamoOutbox, DynamoReferences
from chorus_connector.adapters.table.outcomes import DynamoAwaited, DynamoDueMailings, DynamoOutcomes
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.domain.errors import AlreadyExists, NotFound, StaleWrite
from chorus_connector.domain.messages.access import PublicBodyMember, StructureRight
from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.messages.delivery import DeliveryTotal, Progress, awaited
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.ports.values import TrailLine
from tests.aws import aws_client
from tests.messages import fakes
from tests.messages.builders import (
    ACME,
    MINISTRY,
    NOW,
    TODAY,
    TOWN,
    a_counterparty,
    a_delivery,
    a_dispatch,
    a_line,
    a_list,
    a_message,
    a_received,
    a_structure,
    a_subscription,
    a_table,
    an_address,
    an_announcement,
)


@dataclass
class Stores:
    """One table as Acmé and the town see it."""

    structures: Any
    references: Any
    counterparties: Any
    theirs: Any
    outbox: Any
    towns: Any
    inbox: Any
    inboxes: Any
    announcements: Any
    lists: Any
    outcomes: Any
    awaited: Any
    mailings: Any


def _fake() -> Stores:
    table = fakes.FakeMessageTable()
    return Stores(
        fakes.FakeStructures(table),
        fakes.FakeReferences(table),
        fakes.FakeCounterparties(table, ACME),
        fakes.FakeCounterparties(table, TOWN),
        fakes.FakeOutbox(table, ACME),
        fakes.FakeOutbox(table, TOWN),
        fakes.FakeInbox(table, TOWN),
        fakes.FakeInboxes(table),
        fakes.FakeAnnouncements(table),
        fakes.FakeLists(table, ACME),
        fakes.FakeOutcomes(table, ACME),
        fakes.FakeAwaited(table),
        fakes.FakeDueMailings(table),
    )


def _dynamo() -> Stores:
    client = aws_client("dynamodb")
    a_table(client)
    return Stores(
        DynamoStructures(client, "messages"),
        DynamoReferences(client, "messages"),
        DynamoCounterparties(client, "messages", ACME),
        DynamoCounterparties(client, "messages", TOWN),
        DynamoOutbox(client, "messages", ACME),
        DynamoOutbox(client, "messages", TOWN),
        DynamoInbox(client, "messages", TOWN),
        DynamoInboxes(client, "messages"),
        DynamoAnnouncements(client, "messages"),
        DynamoLists(client, "messages", ACME),
        DynamoOutcomes(client, "messages", ACME),
        DynamoAwaited(client, "messages"),
        DynamoDueMailings(client, "messages"),
    )


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        yield _fake()
    else:
        with mock_aws():
            yield _dynamo()


def test_a_structure_is_made_once_and_changed_from_its_latest_version(stores: Stores) -> None:
    stores.structures.save(a_structure(town="Lyon"), owner="")
    with pytest.raises(AlreadyExists):
        stores.structures.save(a_structure(), owner="")
    stores.structures.save(a_structure(town="Brest", version=2), owner="")
    with pytest.raises(StaleWrite):
        stores.structures.save(a_structure(town="Nice", version=2), owner="")
    assert stores.structures.get(TOWN).town == "Brest"
    assert stores.structures.get(MINISTRY) is None
    assert set(stores.structures.get_many([TOWN, MINISTRY])) == {TOWN}


def test_a_structure_has_an_account_once_it_has_a_member_and_keeps_it_when_it_is_described(stores: Stores) -> None:
    stores.structures.save(a_structure(), owner="")
    assert stores.structures.get(TOWN).has_account is False
    add_member(stores, TOWN, "mayor", "administer")
    stores.structures.save(a_structure(version=2, town="Brest"), owner="")
    assert stores.structures.get(TOWN).has_account is True
    of_mayor = StructureRight(TOWN, "mayor", "", "administer")
    assert stores.structures.rights([(TOWN, "mayor"), (TOWN, "group:x")]) == {of_mayor}
    assert stores.structures.rights([(TOWN, "alice"), (MINISTRY, "mayor")]) == frozenset()


def test_memberships_are_those_of_the_principals_and_of_no_other(stores: Stores) -> None:
    stores.structures.save(a_structure(), owner="")
    stores.structures.save(a_structure(siret=MINISTRY), owner="")
    add_member(stores, TOWN, "mayor", "administer")
    add_member(stores, MINISTRY, "group:clerks", "use")
    stores.structures.subscribe(a_subscription(), line=TrailLine("", a_line()))
    assert stores.structures.memberships(["mayor", "group:clerks"]) == {
        TOWN: frozenset({"administer"}),
        MINISTRY: frozenset({"use"}),
    }
    assert stores.structures.memberships(["mayor"]) == {TOWN: frozenset({"administer"})}
    assert stores.structures.memberships(["alice"]) == {}


def test_a_member_is_listed_until_it_is_removed_and_the_trail_has_both(stores: Stores) -> None:
    with pytest.raises(NotFound):
        add_member(stores, TOWN, "mayor", "administer")
    assert stores.structures.changes(TOWN, limit=10, cursor=None).changes == ()
    stores.structures.save(a_structure(), owner="")
    add_member(stores, TOWN, "mayor", "administer")
    add_member(stores, TOWN, "clerk", "use")
    assert list(stores.structures.members(TOWN)) == [
        PublicBodyMember(principal="clerk", role="use"),
        PublicBodyMember(principal="mayor", role="administer"),
    ]
    removal = a_line(9, action="removed", at=NOW + timedelta(seconds=1))
    stores.structures.remove_member(TOWN, "mayor", change=removal)
    with pytest.raises(NotFound):
        stores.structures.remove_member(TOWN, "mayor", change=a_line(10))
    assert [each.principal for each in stores.structures.members(TOWN)] == ["clerk"]
    assert stores.structures.rights([(TOWN, "mayor")]) == frozenset()
    first = stores.structures.changes(TOWN, limit=1, cursor=None)
    assert first.changes == (removal,)
    rest = stores.structures.changes(TOWN, limit=10, cursor=first.cursor)
    assert {each.item for each in rest.changes} == {"member/clerk", "member/mayor"}


def test_the_account_ends_with_the_last_person_who_can_open_it_and_comes_back_with_the_next(stores: Stores) -> None:
    """Messages went into the box of a body that had no member any more: the sender read « delivered »."""
    stores.structures.save(a_structure(), owner="")

    def has_account() -> bool:
        return bool(stores.structures.get(TOWN).has_account)

    add_member(stores, TOWN, "mayor", "administer")
    reader = a_subscription(TOWN, principal="tom")
    invited = a_subscription(TOWN, principal="ann", accepted=False)
    for each in (reader, invited):
        stores.structures.subscribe(each, line=TrailLine("", a_line()))
    stores.structures.remove_member(TOWN, "mayor", change=a_line(2))
    assert has_account(), "tom still reads"
    stores.structures.unsubscribe(reader, line=TrailLine("", a_line(3)))
    assert not has_account(), "an invitation opens nothing"
    stores.structures.accept(invited, a_subscription(TOWN, principal="ann"), line=TrailLine("", a_line(4)))
    assert has_account()
    stores.structures.unsubscribe(a_subscription(TOWN, principal="ann"), line=TrailLine("", a_line(5)))
    assert not has_account()
    stores.structures.save(a_structure(version=2, town="Brest"), owner="")
    assert not has_account()
    add_member(stores, TOWN, "clerk", "use")
    assert has_account()


@mock_aws()
@pytest.mark.parametrize("other", ["comes", "leaves", "both"])
def test_the_account_is_right_also_when_another_person_comes_or_leaves_at_the_same_moment(
    other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stores = _dynamo()
    stores.structures.save(a_structure(), owner="")
    for each in ("mayor", "clerk"):
        add_member(stores, TOWN, each, "administer")
    if other == "comes":
        stores.structures.remove_member(TOWN, "clerk", change=a_line(3))
    raced, query = [], MessageTable.query

    def meanwhile(table: MessageTable, *args: Any, **more: Any) -> Any:
        people = list(query(table, *args, **more))
        if not raced:
            raced.append(True)
            if other in ("leaves", "both"):
                stores.structures.remove_member(TOWN, "clerk", change=a_line(4))
            if other in ("comes", "both"):
                add_member(stores, TOWN, "anna", "use")
        return iter(people)

    monkeypatch.setattr(MessageTable, "query", meanwhile)
    stores.structures.remove_member(TOWN, "mayor", change=a_line(5))
    members = [each.principal for each in stores.structures.members(TOWN)]
    assert members == ([] if other == "leaves" else ["anna"])
    assert stores.structures.get(TOWN).has_account is bool(members)


def test_a_suppliers_structure_has_no_record_because_a_user_is_subscribed(stores: Stores) -> None:
    subscription = a_subscription(ACME, principal="tom")
    for number in range(2):
        stores.structures.subscribe(subscription, line=TrailLine("", a_line(number)))
    stores.structures.unsubscribe(subscription, line=TrailLine("", a_line(3)))
    assert stores.structures.owner(ACME) == ""
    assert stores.structures.recorded(ACME) is None


def test_subscriptions_are_found_from_both_sides_and_revoked_at_once(stores: Stores) -> None:
    reading = a_subscription(TOWN, mode="read", services=("SCOL",), through="group:x")
    of_group = a_subscription(TOWN, principal="group:x")
    for each in (a_subscription(), reading, of_group):
        stores.structures.subscribe(each, line=TrailLine("", a_line()))
    assert {each.siret for each in stores.structures.subscriptions_of(["alice"])} == {ACME, TOWN}
    assert {each.principal for each in stores.structures.subscriptions_of(["alice", "group:x"])} == {"alice", "group:x"}
    assert list(stores.structures.subscriptions(TOWN, ["alice", "group:y"])) == [reading]
    assert sorted(each.principal for each in stores.structures.subscribers(TOWN)) == ["alice", "group:x"]
    stores.structures.unsubscribe(reading, line=TrailLine("", a_line(2)))
    with pytest.raises(NotFound):
        stores.structures.unsubscribe(reading, line=TrailLine("", a_line(3)))
    assert list(stores.structures.subscriptions(TOWN, ["alice"])) == []
    assert list(stores.structures.subscribers(TOWN)) == [of_group]
    assert len(stores.structures.changes(ACME, limit=10, cursor=None).changes) == 1


def test_an_invitation_is_listed_for_the_structure_and_not_for_the_invited_until_it_is_accepted(stores: Stores) -> None:
    invited = a_subscription(TOWN, accepted=False)
    accepted = a_subscription(TOWN)
    stores.structures.subscribe(invited, line=TrailLine("", a_line()))
    assert list(stores.structures.subscribers(TOWN)) == [invited]
    assert list(stores.structures.subscriptions_of(["alice"])) == []
    assert list(stores.structures.subscriptions(TOWN, ["alice"])) == [invited]
    stores.structures.accept(invited, accepted, line=TrailLine("", a_line(2)))
    assert list(stores.structures.subscriptions_of(["alice"])) == [accepted]
    for stale in (invited, a_subscription(TOWN, accepted=False, mode="read")):
        with pytest.raises(StaleWrite):
            stores.structures.accept(stale, accepted, line=TrailLine("", a_line(3)))
    stores.structures.unsubscribe(accepted, line=TrailLine("", a_line(4)))
    with pytest.raises(StaleWrite):
        stores.structures.accept(invited, accepted, line=TrailLine("", a_line(5)))


def test_a_structure_holds_messages_once_it_wrote_or_received_one_or_has_a_list(stores: Stores) -> None:
    assert not stores.structures.holds_messages(ACME)
    stores.lists.add(a_list())
    assert stores.structures.holds_messages(ACME)
    assert not stores.structures.holds_messages(TOWN)
    stores.inboxes.put([a_received()], an_announcement())
    assert stores.structures.holds_messages(TOWN)


def add_member(stores: Stores, siret: str, principal: str, role: Role) -> None:
    line = Change(change_id=principal, at=NOW, by="root", item=f"member/{principal}", action="set")
    stores.structures.set_member(siret, PublicBodyMember(principal=principal, role=role), change=line)


def test_references_increase_and_never_repeat(stores: Stores) -> None:
    # one after the other: moto's counter is not atomic. The local stack shows references drawn at once
    assert [stores.references.next() for _ in range(3)] == ["MSG_000000001", "MSG_000000002", "MSG_000000003"]


def test_a_counterparty_is_known_from_its_first_invoice_and_only_described_anew_later(stores: Stores) -> None:
    stores.counterparties.record("client", a_counterparty(name="Mairie de Lyon"))
    stores.counterparties.record("client", a_counterparty(name="Ville de Lyon", first_at=NOW + timedelta(days=3)))
    (found,) = (each.counterparty for each in stores.counterparties.starting_with("client", TOWN[:4]))
    assert (found.name, found.first_at) == ("Ville de Lyon", NOW)
    assert list(stores.counterparties.found_by("client", "designation", "mairie")) == []
    found_by = stores.counterparties.found_by("client", "designation", "vil")
    assert [each.counterparty.siret for each in found_by] == [TOWN]


def test_a_counterparty_is_one_relation_of_one_structure(stores: Stores) -> None:
    stores.counterparties.record("client", a_counterparty())
    assert stores.counterparties.known("client", [an_address(), an_address(MINISTRY)]) == {an_address()}
    assert stores.counterparties.known("supplier", [an_address()]) == set()
    assert stores.theirs.known("client", [an_address()]) == set()
    assert list(stores.theirs.starting_with("client", "2193")) == []


def test_completion_gives_a_structure_before_its_services(stores: Stores) -> None:
    for service in ("STECH", "", "SCOL"):
        stores.counterparties.record("client", a_counterparty(service=service))
    found = list(stores.counterparties.starting_with("client", TOWN[:6]))
    assert [each.counterparty.service for each in found] == ["", "SCOL", "STECH"]
    assert list(stores.counterparties.starting_with("client", "9999")) == []
    rest = stores.counterparties.starting_with("client", TOWN, after=found[0].place)
    assert [each.counterparty.service for each in rest] == ["SCOL", "STECH"]


def test_a_service_is_found_by_its_code_and_label_and_a_word_continues_after_its_place(stores: Stores) -> None:
    stores.counterparties.record("client", a_counterparty(name="Ville de Lyon"))
    technical = a_counterparty(name="Ville de Lyon", service="STECH-2", service_label="Services techniques")
    stores.counterparties.record("client", technical)
    for word in ("stech", "tech", "serv"):
        (found,) = stores.counterparties.found_by("client", "service", word)
        assert (found.counterparty.address, found.word[: len(word)]) == (an_address(service="STECH-2"), word)
    both = list(stores.counterparties.found_by("client", "designation", "lyon"))
    assert [each.counterparty.service for each in both] == ["", "STECH-2"]
    after_first = stores.counterparties.found_by("client", "designation", "lyon", after=both[0].place)
    assert [each.place for each in after_first] == [both[1].place]
    stores.counterparties.record("client", technical.model_copy(update={"service_label": "Voirie"}))
    assert list(stores.counterparties.found_by("client", "service", "serv")) == []
    assert len(list(stores.counterparties.found_by("client", "service", "voi"))) == 1
    wanted = [an_address(), an_address(service="STECH-2"), an_address(MINISTRY)]
    described = stores.counterparties.recorded("client", wanted)
    assert {each.service: it.service_label for each, it in described.items()} == {"": "", "STECH-2": "Voirie"}


def test_all_structures_come_page_by_page_without_their_services(stores: Stores) -> None:
    sirets = [f"2{number:013d}" for number in range(7)]
    for siret in sirets:
        stores.counterparties.record("client", a_counterparty(siret))
        stores.counterparties.record("client", a_counterparty(siret, service="X"))
    seen: list[str] = []
    after: str | None = None
    while True:
        found, after = stores.counterparties.page("client", after=after, limit=3)
        seen += [each.siret for each in found]
        if after is None:
            break
    assert seen == sirets


def test_a_message_is_added_once_and_saved_from_its_latest_version(stores: Stores) -> None:
    message = a_message()
    stores.outbox.add(message)
    with pytest.raises(AlreadyExists):
        stores.outbox.add(message)
    stores.outbox.save(message.edited({"title": "Un"}, today=TODAY, by="alice", now=NOW))
    with pytest.raises(StaleWrite):
        stores.outbox.save(message.edited({"title": "Deux"}, today=TODAY, by="bob", now=NOW))
    assert stores.outbox.get(message.reference).title == "Un"
    with pytest.raises(NotFound):
        stores.outbox.get("MSG_999999999")


def test_a_message_and_the_delivery_it_asks_for_are_written_together_or_not(stores: Stores) -> None:
    message = a_message()
    stores.outbox.add(message)
    sent = message.sent(today=TODAY, by="alice", now=NOW)
    members = (an_address(), an_address(MINISTRY))
    stores.outbox.save(sent, a_dispatch(), [(), members])
    with pytest.raises(StaleWrite):
        stores.outbox.save(sent, a_dispatch(number=2))
    assert [each.number for each in stores.outbox.dispatches(message.reference)] == [1]
    dispatch = stores.outbox.dispatch(message.reference, a_dispatch().key)
    assert tuple(stores.outbox.members_of(dispatch, 1)) == members
    assert tuple(stores.outbox.members_of(dispatch, 0)) == ()


def test_a_deleted_draft_is_gone_unless_it_changed_meanwhile(stores: Stores) -> None:
    message = a_message()
    stores.outbox.add(message)
    changed = message.edited({"title": "Un"}, today=TODAY, by="alice", now=NOW)
    stores.outbox.save(changed)
    with pytest.raises(StaleWrite):
        stores.outbox.delete(message)
    stores.outbox.delete(changed)
    with pytest.raises(NotFound):
        stores.outbox.get(message.reference)


def test_messages_come_by_reference_from_a_place_on(stores: Stores) -> None:
    references = [f"MSG_{number:09d}" for number in range(1, 6)]
    for reference in references:
        stores.outbox.add(a_message(reference=reference))
    upward = stores.outbox.messages(newest_first=False, start=references[2])
    assert [each.reference for each in upward] == references[2:]
    downward = stores.outbox.messages(newest_first=True, start=references[2])
    assert [each.reference for each in downward] == references[2::-1]
    assert len(list(stores.outbox.messages(newest_first=True, start=None))) == 5
    assert list(stores.outbox.messages(newest_first=False, start="\U0010ffff\U0010ffff")) == []


def test_progress_is_written_from_the_latest_version_only(stores: Stores) -> None:
    stores.outbox.add(a_message(), a_dispatch())
    step = a_dispatch().advanced(after="100", progress=a_dispatch().progress)
    stores.outbox.save_dispatch(step)
    with pytest.raises(StaleWrite):
        stores.outbox.save_dispatch(step)
    assert stores.outbox.dispatch("MSG_000000001", step.key) == step


def test_a_recipient_belongs_to_the_source_that_claimed_it_first(stores: Stores) -> None:
    deliveries = [a_delivery(), a_delivery(MINISTRY, outcome="not_here"), a_delivery(service="SCOL")]
    assert stores.outbox.claim("MSG_000000001", deliveries[:2], source="one") == deliveries[:2]
    assert stores.outbox.claim("MSG_000000001", deliveries[:2], source="one") == deliveries[:2]
    assert stores.outbox.claim("MSG_000000001", deliveries, source="two") == deliveries[2:]
    seen, after = stores.outbox.deliveries("MSG_000000001", after=None, limit=2)
    rest, end = stores.outbox.deliveries("MSG_000000001", after=after, limit=2)
    assert [(each.siret, each.service) for each in (*seen, *rest)] == [(MINISTRY, ""), (TOWN, ""), (TOWN, "SCOL")]
    assert end is None


def test_an_inbox_comes_by_date_of_reception_from_a_place_on_and_never_from_the_future(stores: Stores) -> None:
    times = {f"MSG_{number:09d}": NOW + timedelta(hours=number) for number in range(5)}
    stores.inboxes.put(
        [a_received(reference, received_at=time) for reference, time in times.items()], an_announcement()
    )
    newest = stores.inbox.received(newest_first=True, start=None, until=NOW + timedelta(hours=3))
    assert [each.reference[-1] for each in newest] == ["3", "2", "1", "0"]
    place = "#".join(a_received("MSG_000000002", received_at=times["MSG_000000002"]).order[:2])
    down = stores.inbox.received(newest_first=True, start=place, until=NOW + timedelta(hours=3))
    assert [each.reference[-1] for each in down] == ["2", "1", "0"]
    upward = stores.inbox.received(newest_first=False, start=place, until=NOW + timedelta(hours=3))
    assert [each.reference[-1] for each in upward] == ["2", "3"]
    assert list(stores.inbox.received(newest_first=False, start=place, until=NOW - timedelta(days=1))) == []
    assert stores.inbox.get("MSG_000000004", "").title == "Fermeture"
    with pytest.raises(NotFound):
        stores.inbox.get("MSG_000000004", "SCOL")


def test_only_newer_dates_are_carried_and_only_to_copies_that_lie_there(stores: Stores) -> None:
    stores.inboxes.put([a_received()], an_announcement())
    later = {"display_end": TODAY + timedelta(days=30), "display_version": 2}
    stores.inboxes.redate([a_received(**later), a_received("MSG_000000009", **later)], an_announcement(**later))
    stores.inboxes.redate([a_received(display_version=1)], an_announcement(display_version=1))
    assert stores.inbox.get("MSG_000000001", "").display_end == TODAY + timedelta(days=30)
    assert stores.announcements.of([a_received()]) == {"MSG_000000001": an_announcement(**later)}
    with pytest.raises(NotFound):
        stores.inbox.get("MSG_000000009", "")


def test_a_draft_of_another_sender_is_taken_from_its_latest_version_and_is_gone_there(stores: Stores) -> None:
    stores.outbox.add(a_message())
    moved = a_message(sender_siret=TOWN, version=2)
    with pytest.raises(StaleWrite):
        stores.towns.take(a_message(sender_siret=TOWN, version=3), sender_siret=ACME)
    assert stores.outbox.get("MSG_000000001") == a_message()
    stores.towns.take(moved, sender_siret=ACME)
    assert stores.towns.get("MSG_000000001") == moved
    with pytest.raises(NotFound):
        stores.outbox.get("MSG_000000001")
    with pytest.raises(StaleWrite):
        stores.towns.take(moved, sender_siret=ACME)


def test_what_was_received_is_read_without_its_sender(stores: Stores) -> None:
    stores.inboxes.put([], an_announcement())
    assert stores.announcements.of([a_received()]) == {}, "no one received it"
    stores.inboxes.put([a_received(), a_received(service="SCOL")], an_announcement())
    both = [a_received(), a_received(service="SCOL")]
    assert stores.announcements.of(both) == {"MSG_000000001": an_announcement()}
    assert stores.announcements.of([]) == {}


def test_the_senders_record_gives_the_latest_dates_and_what_an_older_release_sent(stores: Stores) -> None:
    sent = a_message(state="sent", sent_at=NOW, display_end=TODAY + timedelta(days=3))
    stores.outbox.add(sent)
    assert stores.announcements.of([a_received()]) == {"MSG_000000001": announcement_of(sent)}
    stores.inboxes.put([a_received()], announcement_of(sent))
    longer = sent.edited({"display_end": TODAY + timedelta(days=30)}, today=TODAY, by="alice", now=NOW)
    stores.outbox.save(longer)
    assert stores.announcements.of([a_received()])["MSG_000000001"].display_end == TODAY + timedelta(days=30)
    stores.outbox.add(a_message(reference="MSG_000000002"))
    assert stores.announcements.of([a_received("MSG_000000002")]) == {}, "a draft is announced to no one"
    kept = stores.announcements.kept(["MSG_000000001", "MSG_000000002", "MSG_000000003"])
    assert kept == {"MSG_000000001": announcement_of(sent)}, "only what was kept for recipients"


def test_an_inbox_knows_to_which_services_a_message_was_addressed(stores: Stores) -> None:
    rows = [a_received(service=each) for each in ("STECH", "", "MAIRIE")]
    stores.inboxes.put([*rows, a_received("MSG_000000010", service="SCOL")], an_announcement())
    assert list(stores.inbox.addressed("MSG_000000001")) == ["", "MAIRIE", "STECH"]
    assert list(stores.inbox.addressed("MSG_000000002")) == []


def test_read_marks_are_each_users_own(stores: Stores) -> None:
    stores.inbox.mark("tom", a_received(), read=True)
    both = ["MSG_000000001", "MSG_000000002"]
    assert stores.inbox.read_by("tom", both) == {"MSG_000000001"}
    assert stores.inbox.read_by("tess", both) == set()
    stores.inbox.mark("tom", a_received(), read=False)
    assert stores.inbox.read_by("tom", both) == set()


def test_a_list_is_saved_and_deleted_from_its_latest_version(stores: Stores) -> None:
    stores.lists.add(a_list())
    with pytest.raises(AlreadyExists):
        stores.lists.add(a_list())
    stores.lists.save(a_list(name="Deux", version=2))
    with pytest.raises(StaleWrite):
        stores.lists.save(a_list(name="Trois", version=2))
    with pytest.raises(StaleWrite):
        stores.lists.delete("l1", 1)
    assert stores.lists.get("l1").name == "Deux"
    assert [each.list_id for each in stores.lists.all()] == ["l1"]
    assert set(stores.lists.get_many(["l1", "nope"])) == {"l1"}
    stores.lists.delete("l1", 2)
    with pytest.raises(NotFound):
        stores.lists.get("l1")


def test_ten_thousand_records_are_read_in_pages_that_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    with mock_aws():
        stores = _dynamo()
        messages = [a_received(f"MSG_{n:09d}", received_at=NOW + timedelta(seconds=n)) for n in range(130)]
        stores.inboxes.put(messages, an_announcement())
        asked: list[int] = []
        query = (client := stores.inbox._table.client).query
        monkeypatch.setattr(client, "query", lambda **read: (asked.append(read["Limit"]), query(**read))[1])
        everything = stores.inbox.received(newest_first=True, start=None, until=NOW + timedelta(days=1))
        assert len([next(everything) for _ in range(5)]) == 5
        assert asked == [25]
        assert len(list(everything)) == 125
        assert asked == [25, 100, 400]


def test_what_is_taken_back_is_in_no_inbox_and_announces_nothing(stores: Stores) -> None:
    stores.inboxes.put([a_received(), a_received(service="SCOL"), a_received("MSG_000000002")], an_announcement())
    stores.inboxes.take_back([a_received(), a_received(service="SCOL"), a_received(siret=MINISTRY)])
    stores.inboxes.forget("MSG_000000001")
    stores.inboxes.forget("MSG_000000009")
    assert stores.inbox.addressed("MSG_000000001") == []
    assert stores.inbox.addressed("MSG_000000002") == [""]
    assert stores.announcements.kept(["MSG_000000001"]) == {}


# --- what becomes of a message after its delivery -----------------------------------------------------------------


def test_an_outcome_changes_from_what_it_is_and_is_counted_once(stores: Stores) -> None:
    absent = a_delivery(MINISTRY, outcome="not_here")
    stores.outbox.claim("MSG_000000001", [absent, a_delivery()], source="one")
    here = absent.changed("delivered", at=NOW, name="Ministère")
    assert stores.outcomes.change("MSG_000000001", absent, here)
    assert not stores.outcomes.change("MSG_000000001", absent, here)
    assert not stores.outcomes.change("MSG_000000002", absent, here)
    assert stores.outcomes.counts("MSG_000000001") == Progress(not_here=-1, delivered=1)
    assert stores.outcomes.counts("MSG_000000002") == Progress()
    assert list(stores.outcomes.of("MSG_000000001", [an_address(MINISTRY), an_address("110")])) == [here]
    # a repeated chunk finds it as it is by now, and counts what it was
    (again,) = stores.outbox.claim("MSG_000000001", [absent], source="one")
    assert (again, Progress.of([again])) == (here, Progress(sent=1, not_here=1))
    assert stores.outbox.claim("MSG_000000001", [absent], source="two") == []


def test_a_change_that_its_mailing_counts_is_not_counted_twice(stores: Stores) -> None:
    waiting = a_delivery(outcome="scheduled")
    stores.outbox.claim("MSG_000000001", [waiting], source="one")
    assert stores.outcomes.change("MSG_000000001", waiting, waiting.changed("emailed", at=NOW), counted=False)
    assert stores.outcomes.counts("MSG_000000001") == Progress()


def test_the_outcomes_of_a_structure_are_those_of_its_services_too_and_of_no_other(stores: Stores) -> None:
    ours = [a_delivery(), a_delivery(service="SCOL")]
    stores.outbox.claim("MSG_000000001", [*ours, a_delivery(MINISTRY)], source="one")
    assert list(stores.outcomes.of_structure("MSG_000000001", TOWN)) == ours
    assert list(stores.outcomes.of_structure("MSG_000000002", TOWN)) == []


def test_a_structure_has_read_a_message_from_the_first_person_on(stores: Stores) -> None:
    stores.outbox.claim("MSG_000000001", [a_delivery(), a_delivery(MINISTRY)], source="one")
    for reader in (an_address(), an_address(), an_address("110")):
        stores.outcomes.note_read("MSG_000000001", reader)
    assert stores.outcomes.read("MSG_000000001", [TOWN, MINISTRY, "110"]) == {TOWN}
    assert stores.outcomes.counts("MSG_000000001") == Progress(read=1)


def test_what_is_awaited_is_found_by_its_recipient_and_forgotten(stores: Stores) -> None:
    messages = [awaited(a_message(reference=f"MSG_{number:09d}"), TOWN) for number in (1, 2, 3)]
    stores.awaited.put([*messages, awaited(a_message(), MINISTRY)])
    assert list(stores.awaited.of(TOWN, after="", limit=2)) == messages[:2]
    assert list(stores.awaited.of(TOWN, after="MSG_000000002", limit=2)) == messages[2:]
    mailed = messages[0].mailed("courrier@example.org", a_message())
    stores.awaited.put([mailed])
    assert stores.awaited.get_many("MSG_000000001", [TOWN, "110"]) == {TOWN: mailed}
    stores.awaited.forget(TOWN, "MSG_000000001")
    stores.awaited.forget(TOWN, "MSG_000000001")
    assert stores.awaited.get_many("MSG_000000001", [TOWN, MINISTRY]).keys() == {MINISTRY}


def test_a_mailing_is_due_until_it_is_done(stores: Stores) -> None:
    stores.outbox.add(a_message())
    mailing = a_dispatch(purpose="mail", due_at=NOW)
    stores.outbox.add_dispatch(mailing)
    with pytest.raises(StaleWrite):
        stores.outbox.add_dispatch(mailing)
    with pytest.raises(StaleWrite):
        stores.outbox.add_dispatch(a_dispatch(purpose="mail", reference="MSG_000000009", due_at=NOW))
    assert list(stores.mailings.due(NOW - timedelta(seconds=1), limit=5)) == []
    assert list(stores.mailings.due(NOW, limit=5)) == [(ACME, "MSG_000000001", "mail#000001")]
    done = mailing.advanced(after=None, progress=Progress(scheduled=-1, emailed=1))
    stores.outbox.save_dispatch(done)
    assert stores.outbox.mailing("MSG_000000001") == done
    assert stores.outbox.dispatches("MSG_000000001") == []
    assert list(stores.mailings.due(NOW + timedelta(days=1), limit=5)) == []
    assert stores.outcomes.counts("MSG_000000001") == Progress(scheduled=-1, emailed=1)


def test_what_became_of_many_messages_is_read_at_once(stores: Stores) -> None:
    first, second = a_message(state="sent", dispatches=2), a_message(reference="MSG_000000002", dispatches=1)
    stores.outbox.add(first, a_dispatch(done=True, progress=Progress(sent=2, delivered=1, not_here=1)))
    stores.outbox.add_dispatch(a_dispatch(number=2, progress=Progress(sent=1, delivered=1)))
    stores.outbox.add(second, a_dispatch(reference="MSG_000000002", done=True, progress=Progress(sent=1, scheduled=1)))
    mailed = Progress(scheduled=-1, emailed=1)
    stores.outbox.add_dispatch(a_dispatch(reference="MSG_000000002", purpose="mail", progress=mailed))
    stores.outbox.claim("MSG_000000001", [a_delivery()], source="one")
    stores.outcomes.note_read("MSG_000000001", an_address())
    assert stores.outcomes.totals([first, second]) == {
        "MSG_000000001": DeliveryTotal(Progress(sent=3, delivered=2, not_here=1, read=1), done=False),
        "MSG_000000002": DeliveryTotal(Progress(sent=1, emailed=1), done=True),
    }


def test_an_awaited_message_is_kept_a_month_longer_than_its_display() -> None:
    with mock_aws():
        stores = _dynamo()
        stores.awaited.put([awaited(a_message(display_end=date(2026, 12, 31)), TOWN)])
        client = stores.awaited._table.client
        item = client.get_item(TableName="messages", Key=primary_key(f"AWAITED#{TOWN}", "AWAITED#MSG_000000001"))[
            "Item"
        ]
        assert datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC).date() == date(2027, 1, 30)
        assert set(item) == {"PK", "SK", "data", "expires_at"}


def test_an_email_that_an_older_release_recorded_is_known() -> None:
    with mock_aws():
        stores = _dynamo()
        stores.awaited._table.put(primary_key(f"STRUCTURE#{ACME}", f"EMAILED#MSG_000000001#{TOWN}"))
        assert stores.outbox.emailed("MSG_000000001", TOWN)
        assert not stores.outbox.emailed("MSG_000000001", MINISTRY)
