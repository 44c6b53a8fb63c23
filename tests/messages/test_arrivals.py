"""A supplier is notified of a received message once, when its display begins and never before, and only its readers."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.arrivals import DynamoArrivals
from chorus_connector.adapters.table.notification_stream import arrived_message
from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.messages.arrival import ArrivedMessage
from chorus_connector.domain.messages.display import begins_at
from chorus_connector.domain.notifications.digest import digest
from chorus_connector.domain.notifications.webhooks import payload
from chorus_connector.usecases.messages.arrivals import BeginArrivals, InboxesThatNotify
from tests.aws import aws_client
from tests.messages import fakes
from tests.messages.builders import ACME, MINISTRY, NOW, TODAY, TOWN, a_message, a_received, a_subscription, a_table
from tests.notifications.test_notify import World, an_endpoint, wants

START = TODAY + timedelta(days=5)


def an_arrival(reference: str = "MSG_000000001", *, at: datetime = NOW) -> ArrivedMessage:
    return ArrivedMessage(supplier_id="s1", siret=ACME, reference=reference, sender_siret=TOWN, at=at)


@pytest.fixture(params=["fake", "dynamodb"])
def arrivals(request: pytest.FixtureRequest) -> Iterator[Any]:
    if request.param == "fake":
        yield fakes.FakeArrivals()
        return
    with mock_aws():
        client = aws_client("dynamodb")
        a_table(client)
        yield DynamoArrivals(client, "messages")


def test_an_arrival_is_due_at_its_moment_and_begins_once(arrivals: Any) -> None:
    later = NOW + timedelta(days=5)
    arrivals.note(an_arrival(at=later), now=NOW)
    assert list(arrivals.due(later - timedelta(seconds=1), limit=9)) == []
    (due,) = arrivals.due(later, limit=9)
    assert (due.siret, due.reference) == (ACME, "MSG_000000001")
    assert [arrivals.begin(due), arrivals.begin(due)] == [True, False]
    arrivals.note(an_arrival(at=later + timedelta(days=9)), now=later)
    assert list(arrivals.due(later + timedelta(days=99), limit=9)) == []


def test_an_arrival_follows_its_dates_until_it_begins(arrivals: Any) -> None:
    arrivals.note(an_arrival(at=NOW + timedelta(days=5)), now=NOW)
    (stale,) = arrivals.due(NOW + timedelta(days=5), limit=9)
    arrivals.note(an_arrival(at=NOW + timedelta(days=9)), now=NOW)
    assert list(arrivals.due(NOW + timedelta(days=8), limit=9)) == []
    assert arrivals.begin(stale) is False
    arrivals.note(an_arrival(at=NOW), now=NOW)
    assert list(arrivals.due(NOW + timedelta(days=99), limit=9)) == []


def test_an_arrival_is_forgotten_until_it_begins(arrivals: Any) -> None:
    later = NOW + timedelta(days=5)
    arrivals.note(an_arrival(at=later), now=NOW)
    arrivals.note(an_arrival("MSG_000000002", at=NOW), now=NOW)
    for reference in ("MSG_000000001", "MSG_000000002", "MSG_000000009"):
        arrivals.forget(ACME, reference)
    assert list(arrivals.due(later, limit=9)) == []
    arrivals.note(an_arrival("MSG_000000002", at=later), now=NOW)
    assert list(arrivals.due(later, limit=9)) == [], "what has begun stays as it is"


def test_an_arrival_that_is_not_due_yet_is_no_event_and_one_that_began_is(monkeypatch: pytest.MonkeyPatch) -> None:
    item = {"data": {"S": an_arrival().model_dump_json()}}
    key = keys.arrival(ACME, "MSG_000000001")
    waiting = item | keys.due("ARRIVAL", "later")
    for image, event in ((item, an_arrival()), (waiting, None), (None, None)):
        images = {"Keys": key, **({"NewImage": image} if image else {})}
        assert arrived_message({"eventName": "MODIFY", "dynamodb": images}) == event
    inbox = {"Keys": keys.primary_key(keys.inbox(ACME), "INBOX#MSG_000000001#"), "NewImage": item}
    assert arrived_message({"eventName": "INSERT", "dynamodb": inbox}) is None


def test_an_arrival_is_noted_for_suppliers_only_and_once_for_a_structure_and_its_services() -> None:
    table, arrivals = fakes.FakeMessageTable(tenants={ACME: "s1"}), fakes.FakeArrivals()
    inboxes = InboxesThatNotify(fakes.FakeInboxes(table), fakes.FakeStructures(table), arrivals, lambda: NOW)
    received = [a_received(siret=ACME), a_received(siret=ACME, service="A"), a_received(siret=MINISTRY)]
    inboxes.put(received, announcement_of(a_message(state="sent", sent_at=NOW)))
    assert [(each.siret, each.supplier_id) for each in arrivals.begun] == [(ACME, "s1")]
    assert len(table.received) == 3


def test_a_message_with_a_later_display_arrives_when_that_begins_also_when_it_moves() -> None:
    table, arrivals = fakes.FakeMessageTable(tenants={ACME: "s1"}), fakes.FakeArrivals()
    inboxes = InboxesThatNotify(fakes.FakeInboxes(table), fakes.FakeStructures(table), arrivals, lambda: NOW)
    announcement = announcement_of(a_message(state="sent", sent_at=NOW))

    def from_day(days: int, version: int) -> Any:
        start = TODAY + timedelta(days=days)
        dates = {"display_start": start, "received_at": begins_at(start), "display_version": version}
        return a_received(siret=ACME, **dates)

    inboxes.put([from_day(5, 0)], announcement)
    inboxes.redate([from_day(7, 1)], announcement)
    run = BeginArrivals(arrivals)
    for days, begun in ((5, 0), (6, 0), (7, 1), (8, 0)):
        assert run.run(now=begins_at(TODAY + timedelta(days=days))) == begun
    assert [each.at for each in arrivals.begun] == [begins_at(TODAY + timedelta(days=7))]


# --- who is notified -------------------------------------------------------------------------------------------------


def a_world() -> World:
    """Alice and a group want to hear of messages and read them; bob wants to and may not; carol may and does not."""
    world = World(
        *wants("alice", "message", email="alice@example.org"),
        *wants("bob", "message", "submitted", email="bob@example.org"),
        *wants("group:clerks", "message"),
        endpoints=(an_endpoint("e1", "message.received"), an_endpoint("e2", "document.waiting")),
    )
    world.messages.tenants = {ACME: "s1"}
    for each in (
        a_subscription(supplier_id="s1"),
        a_subscription(principal="group:clerks", supplier_id="s1"),
        a_subscription(principal="carol", supplier_id="s1"),
    ):
        world.messages.subscriptions[each.principal, ACME] = each
    return world


def seen(world: World, principal: str, *groups: str) -> list[str | None]:
    entries = world.feed(principal, *groups).page(limit=9, cursor=None).entries
    return [each.notification.message_reference for each in entries]


def test_the_readers_of_a_structure_who_want_it_are_notified_once_and_no_others() -> None:
    world = a_world()
    notification = world.notify().of_message(an_arrival(), now=NOW)
    assert notification is not None
    assert world.notify().of_message(an_arrival(), now=NOW + timedelta(hours=1)) is None
    assert (notification.type, notification.message_sender) == ("message.received", TOWN)
    assert [len(world.mailed(each)) for each in ("alice", "bob", "carol")] == [1, 0, 0]
    assert [each.endpoint_id for each in world.queue.sent] == ["e1"]
    assert (seen(world, "alice"), seen(world, "bob"), seen(world, "dave", "clerks")) == (
        ["MSG_000000001"],
        [],
        ["MSG_000000001"],
    )
    assert [world.feed(each).unread().total for each in ("alice", "bob")] == [1, 0]


@pytest.mark.parametrize(
    "changes", [{"accepted": False}, {"supplier_id": "another"}, {"through": "group:gone", "principal": "alice"}]
)
def test_a_subscription_without_effect_is_not_notified(changes: dict[str, Any]) -> None:
    world = a_world()
    world.messages.subscriptions["alice", ACME] = a_subscription(**{"supplier_id": "s1", **changes})
    world.notify().of_message(an_arrival(), now=NOW)
    assert (seen(world, "alice"), world.mailed("alice")) == ([], [])


def test_neither_the_webhook_nor_the_email_says_what_a_message_says() -> None:
    notification = a_world().notify().of_message(an_arrival(), now=NOW)
    assert notification is not None
    body = payload(notification)
    assert f'"message":{{"reference":"MSG_000000001","sender":"{TOWN}"}}' in body
    assert "alice" not in body
    text = digest("Acmé", [notification]).body
    for words in (
        "MSG_000000001",
        f"message reçu de la structure {TOWN}",
        f"message received from the structure {TOWN}",
    ):
        assert words in text
