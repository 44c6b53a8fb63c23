"""What the use cases of notifications rely on, run on the fakes and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table.administration import DynamoAuditTrail
from chorus_connector.adapters.table.notifications import (
    DynamoDeliveries,
    DynamoDeliverySlots,
    DynamoEndpoints,
    DynamoFeed,
    DynamoHeldGroups,
    DynamoMailbox,
    DynamoMailboxes,
    DynamoReaders,
)
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.errors import Invalid, NotFound, StaleWrite
from chorus_connector.domain.invoices.invoice import Deposit
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.holds import HeldGroups
from chorus_connector.domain.notifications.notification import Notification, earliest_id, notification_of
from chorus_connector.domain.notifications.webhooks import Endpoint, EndpointHealth, WebhookDelivery
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.notification_values import Due, DueWebhook
from tests.aws import aws_client
from tests.builders import NOW, a_supplier, an_invoice
from tests.dynamodb_table import create_table
from tests.notifications.fakes import (
    FakeBoard,
    FakeDeliveries,
    FakeDeliverySlots,
    FakeDueWebhooks,
    FakeEndpoints,
    FakeFeed,
    FakeHeldGroups,
    FakeMailbox,
    FakeMailboxes,
    FakeReaders,
)

KINDS = frozenset({"waiting", "submitted", "status"})


@dataclass
class Stores:
    """One table seen by two suppliers and across them."""

    feed: Any
    their_feed: Any
    gone_feed: Any
    groups: Any
    their_groups: Any
    gone_groups: Any
    readers: Any
    mailbox: Any
    their_mailbox: Any
    mailboxes: Any
    endpoints: Any
    their_endpoints: Any
    deliveries: Any
    their_deliveries: Any
    slots: Any
    their_slots: Any
    due_webhooks: Any
    audited: Any


def _fake() -> Stores:
    board = FakeBoard()
    return Stores(
        FakeFeed(board, "s1"),
        FakeFeed(board, "s2"),
        FakeFeed(board, "gone"),
        FakeHeldGroups(board, "s1"),
        FakeHeldGroups(board, "s2"),
        FakeHeldGroups(board, "gone"),
        FakeReaders(board, "s1"),
        FakeMailbox(board, "s1"),
        FakeMailbox(board, "s2"),
        FakeMailboxes(board),
        FakeEndpoints(board, "s1"),
        FakeEndpoints(board, "s2"),
        FakeDeliveries(board, "s1"),
        FakeDeliveries(board, "s2"),
        FakeDeliverySlots(board, "s1", slots=2),
        FakeDeliverySlots(board, "s2", slots=2),
        FakeDueWebhooks(board).webhooks_due,
        lambda: board.changes,
    )


def _dynamo() -> Stores:
    client = aws_client("dynamodb")
    create_table(client, "t")
    for number, supplier_id in enumerate(("s1", "s2")):
        supplier = a_supplier(supplier_id=supplier_id, siret=f"7328293200007{number}")
        DynamoInstallation(client, "t").create_supplier(supplier, administrator="alice")
    return Stores(
        DynamoFeed(client, "t", "s1"),
        DynamoFeed(client, "t", "s2"),
        DynamoFeed(client, "t", "gone"),
        DynamoHeldGroups(client, "t", "s1"),
        DynamoHeldGroups(client, "t", "s2"),
        DynamoHeldGroups(client, "t", "gone"),
        DynamoReaders(client, "t", "s1"),
        DynamoMailbox(client, "t", "s1"),
        DynamoMailbox(client, "t", "s2"),
        DynamoMailboxes(client, "t"),
        DynamoEndpoints(client, "t", "s1"),
        DynamoEndpoints(client, "t", "s2"),
        DynamoDeliveries(client, "t", "s1"),
        DynamoDeliveries(client, "t", "s2"),
        DynamoDeliverySlots(client, "t", "s1", slots=2),
        DynamoDeliverySlots(client, "t", "s2", slots=2),
        DynamoInstallation(client, "t").webhooks_due,
        lambda: DynamoAuditTrail(client, "t", "s1").page(limit=100, cursor=None).changes,
    )


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        yield _fake()
    else:
        with mock_aws():
            yield _dynamo()


def told(index: int = 0, state: State = State.TO_COMPLETE, **changes: Any) -> Notification:
    deposit = Deposit(chorus_id=1, invoice_number="FA", status="DEPOSEE") if state is State.SUBMITTED else None
    moment = NOW + timedelta(minutes=index)
    invoice = an_invoice(state, document_id=f"d{index}", changed_at=moment, deposit=deposit, **changes)
    notification = notification_of(None, invoice)
    assert notification is not None
    return notification


def change(change_id: str = "x") -> Change:
    return Change(change_id=change_id, at=NOW, by="alice", item="webhooks/e1", action="created")


def an_endpoint(**changes: Any) -> Endpoint:
    values = {"endpoint_id": "e1", "url": "https://example.org", "types": ("document.waiting",), "created_at": NOW}
    return Endpoint(**{**values, **changes})


# --- the feed --------------------------------------------------------------------------------------------------


def test_what_is_added_is_held_and_read_back_whole_once(stores: Stores) -> None:
    notification = told(metadata={"PJ": "oui"})
    assert not stores.feed.holds(notification.id)
    for _ in range(2):
        stores.feed.add(notification)
    assert stores.feed.holds(notification.id)
    assert stores.feed.page(KINDS, limit=9, cursor=None).notifications == (notification,)
    assert list(stores.feed.get_many([notification.id, notification.id, "evt_nope"])) == [notification]


def test_another_suppliers_feed_is_another_feed(stores: Stores) -> None:
    notification = told()
    stores.feed.add(notification)
    assert not stores.their_feed.holds(notification.id)
    assert stores.their_feed.page(KINDS, limit=9, cursor=None).notifications == ()
    assert list(stores.their_feed.get_many([notification.id])) == []


def test_a_supplier_that_is_not_there_gets_no_feed(stores: Stores) -> None:
    stores.gone_feed.add(told())
    assert not stores.gone_feed.holds(told().id)


def test_pages_go_from_new_to_old_and_meet(stores: Stores) -> None:
    for index in range(5):
        stores.feed.add(told(index))
    seen: list[str] = []
    cursor = None
    for _ in range(9):
        page = stores.feed.page(KINDS, limit=2, cursor=cursor)
        assert len(page.notifications) <= 2
        seen += [each.document_id for each in page.notifications]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == ["d4", "d3", "d2", "d1", "d0"]


def test_a_page_holds_the_kinds_asked_for_down_to_where_it_was_asked(stores: Stores) -> None:
    for index in range(4):
        stores.feed.add(told(index))
    stores.feed.add(told(9, State.SUBMITTED))
    page = stores.feed.page(frozenset({"waiting"}), limit=3, cursor=None)
    assert [each.document_id for each in page.notifications] == ["d3", "d2", "d1"]
    later = stores.feed.page(frozenset({"waiting"}), limit=9, cursor=None, after=told(1).id)
    assert [each.document_id for each in later.notifications] == ["d3", "d2"]


def test_a_cursor_that_has_been_overtaken_is_the_end(stores: Stores) -> None:
    for index in range(4):
        stores.feed.add(told(index))
    cursor = stores.feed.page(KINDS, limit=2, cursor=None).cursor
    rest = stores.feed.page(KINDS, limit=9, cursor=cursor, after=earliest_id(NOW + timedelta(minutes=3)))
    assert (rest.notifications, rest.cursor) == ((), None)


def test_a_cursor_of_something_else_is_refused(stores: Stores) -> None:
    with pytest.raises(Invalid):
        stores.feed.page(KINDS, limit=2, cursor="nonsense")


def test_a_period_takes_its_start_in_and_leaves_its_end_out(stores: Stores) -> None:
    for index in range(6):
        stores.feed.add(told(index))
    since, until = NOW + timedelta(minutes=1), NOW + timedelta(minutes=5)
    first = stores.feed.period(since, until, limit=3, cursor=None)
    assert [each.document_id for each in first.notifications] == ["d1", "d2", "d3"]
    second = stores.feed.period(since, until, limit=3, cursor=first.cursor)
    assert [each.document_id for each in second.notifications] == ["d4"]
    assert second.cursor is None
    assert stores.feed.period(since, until, limit=3, cursor=told(59).id).notifications == ()
    assert stores.feed.period(since, until, limit=3, cursor=told(0).id).notifications == first.notifications


def test_marks_are_one_persons_and_the_watermark_never_moves_back(stores: Stores) -> None:
    ids = [told(index).id for index in range(3)]
    stores.readers.mark("alice", ids[:2])
    stores.readers.mark("alice", ids[:1])
    assert stores.readers.marks("alice").ids == frozenset(ids[:2])
    assert stores.readers.marks("bob").ids == frozenset()
    stores.readers.mark_all_before("alice", ids[1])
    stores.readers.mark_all_before("alice", ids[0])
    marks = stores.readers.marks("alice")
    assert [marks.covers(each) for each in ids] == [True, True, False]
    assert not stores.readers.marks("bob").covers(ids[0])


# --- the mailbox -----------------------------------------------------------------------------------------------


def test_a_digest_is_due_when_its_first_line_said(stores: Stores) -> None:
    first, second = NOW + timedelta(minutes=10), NOW + timedelta(minutes=15)
    stores.mailbox.put("alice", "a@example.org", told(1), due_at=first)
    stores.mailbox.put("alice", "a@example.org", told(2), due_at=second)
    stores.their_mailbox.put("group:a#b", "b@example.org", told(2), due_at=second)
    assert list(stores.mailboxes.due(NOW, limit=9)) == []
    assert list(stores.mailboxes.due(first, limit=9)) == [Due("s1", "alice")]
    assert list(stores.mailboxes.due(second, limit=9)) == [Due("s1", "alice"), Due("s2", "group:a#b")]
    assert list(stores.mailboxes.due(second, limit=1)) == [Due("s1", "alice")]


def test_the_same_line_twice_is_one_line_with_the_label_that_decides_who_reads_it(stores: Stores) -> None:
    for _ in range(2):
        stores.mailbox.put("alice", "a@example.org", told(metadata={"a": "b"}), due_at=NOW)
    letter = stores.mailbox.take("alice", limit=9)
    assert letter.email == "a@example.org"
    assert letter.notifications == (told(metadata={"a": "b"}),)
    assert stores.mailbox.take("bob", limit=9) is None


def test_names_that_begin_alike_have_their_own_lines(stores: Stores) -> None:
    stores.mailbox.put("group:a", "a@example.org", told(1), due_at=NOW)
    stores.mailbox.put("group:a#b", "b@example.org", told(2), due_at=NOW)
    assert [each.document_id for each in stores.mailbox.take("group:a", limit=9).notifications] == ["d1"]
    assert [each.document_id for each in stores.mailbox.take("group:a#b", limit=9).notifications] == ["d2"]


def test_what_was_sent_is_forgotten_and_the_rest_is_due_again(stores: Stores) -> None:
    for index in range(3):
        stores.mailbox.put("alice", "a@example.org", told(index), due_at=NOW)
    letter = stores.mailbox.take("alice", limit=2)
    later = NOW + timedelta(minutes=1)
    stores.mailbox.sent("alice", letter, again_at=later)
    assert list(stores.mailboxes.due(NOW, limit=9)) == []
    assert list(stores.mailboxes.due(later, limit=9)) == [Due("s1", "alice")]
    rest = stores.mailbox.take("alice", limit=9)
    assert [each.document_id for each in rest.notifications] == ["d2"]
    stores.mailbox.sent("alice", rest, again_at=later)
    assert stores.mailbox.take("alice", limit=9) is None
    assert list(stores.mailboxes.due(later, limit=9)) == []


def test_a_line_that_came_meanwhile_is_not_forgotten(stores: Stores) -> None:
    stores.mailbox.put("alice", "a@example.org", told(1), due_at=NOW)
    letter = stores.mailbox.take("alice", limit=9)
    stores.mailbox.put("alice", "a@example.org", told(2), due_at=NOW)
    stores.mailbox.sent("alice", letter, again_at=NOW)
    assert [each.document_id for each in stores.mailbox.take("alice", limit=9).notifications] == ["d2"]
    assert list(stores.mailboxes.due(NOW, limit=9)) == [Due("s1", "alice")]


def test_forgetting_twice_is_no_harm(stores: Stores) -> None:
    stores.mailbox.put("alice", "a@example.org", told(1), due_at=NOW)
    letter = stores.mailbox.take("alice", limit=9)
    for _ in range(2):
        stores.mailbox.sent("alice", letter, again_at=NOW)
    assert stores.mailbox.take("alice", limit=9) is None


# --- endpoints and deliveries ----------------------------------------------------------------------------------


def test_an_endpoint_is_its_suppliers_and_its_changes_are_audited(stores: Stores) -> None:
    stores.endpoints.save(an_endpoint(), change=change("one"))
    stores.endpoints.save(an_endpoint().next(description="n"), change=change("two"))
    assert [each.description for each in stores.endpoints.all()] == ["n"]
    assert stores.endpoints.get("e1").version == 2
    assert stores.their_endpoints.all() == []
    with pytest.raises(NotFound):
        stores.their_endpoints.get("e1")
    assert sorted(each.change_id for each in stores.audited()) == ["one", "two"]


def test_a_stale_change_of_an_endpoint_leaves_no_trace(stores: Stores) -> None:
    stores.endpoints.save(an_endpoint(), change=change("one"))
    with pytest.raises(StaleWrite):
        stores.endpoints.save(an_endpoint(description="again"), change=change("two"))
    stores.endpoints.save(an_endpoint().next(), change=change("three"))
    with pytest.raises(StaleWrite):
        stores.endpoints.delete(an_endpoint(), change=change("four"))
    assert sorted(each.change_id for each in stores.audited()) == ["one", "three"]
    stores.endpoints.delete(an_endpoint().next(), change=change("five"))
    assert list(stores.endpoints.all()) == []


def test_an_endpoints_health_is_written_beside_it_and_a_stale_one_is_not(stores: Stores) -> None:
    stores.endpoints.save(an_endpoint(), change=change("one"))
    healthy = stores.endpoints.get("e1")
    assert healthy.health == EndpointHealth()
    failing = EndpointHealth(failures=1, last_failure="timeout")
    stores.endpoints.save_health(healthy, failing)
    for stale in (healthy, an_endpoint().next()):
        with pytest.raises(StaleWrite):
            stores.endpoints.save_health(stale, failing.after_failure("503", NOW, probe=False), change=change("late"))
    read = stores.endpoints.get("e1")
    assert (read.version, read.health) == (1, failing)
    paused = EndpointHealth(failures=5, paused_since=NOW, paused_until=NOW + timedelta(minutes=1), last_failure="x")
    stores.endpoints.save_health(read, paused, change=change("two"))
    assert [each.health for each in stores.endpoints.all()] == [paused]
    assert sorted(each.change_id for each in stores.audited()) == ["one", "two"]
    stores.endpoints.save_health(stores.endpoints.get("e1"), EndpointHealth())
    assert stores.endpoints.get("e1") == healthy
    stores.endpoints.save_health(healthy, paused)
    stores.endpoints.save(stores.endpoints.get("e1").next(), change=change("three"))
    assert stores.endpoints.get("e1").health == EndpointHealth(), "a change by a person ends the pause"


def test_an_event_waits_in_the_table_until_it_is_due_and_is_handed_out_until_it_was_tried(stores: Stores) -> None:
    def waiting(index: int, minutes: int | None) -> WebhookDelivery:
        return WebhookDelivery(
            endpoint_id="e1",
            notification_id=told(index).id,
            type="document.waiting",
            tries=4,
            last_try_at=NOW,
            outcome="failing",
            detail="503",
            due_at=None if minutes is None else NOW + timedelta(minutes=minutes),
        )

    stores.deliveries.put(waiting(0, 60))
    stores.deliveries.put(waiting(1, 20))
    stores.their_deliveries.put(waiting(2, 40))
    stores.deliveries.put(waiting(3, None))
    assert stores.due_webhooks(NOW + timedelta(minutes=19), limit=10) == []
    due = stores.due_webhooks(NOW + timedelta(minutes=60), limit=10)
    assert due == [DueWebhook(owner, "e1", told(index).id) for owner, index in (("s1", 1), ("s2", 2), ("s1", 0))]
    assert stores.due_webhooks(NOW + timedelta(minutes=60), limit=1) == due[:1]
    stores.deliveries.put(waiting(1, None))
    assert stores.due_webhooks(NOW + timedelta(minutes=60), limit=10) == due[1:]


def test_a_supplier_has_so_many_slots_and_a_dead_workers_is_free_again(stores: Stores) -> None:
    first, second = stores.slots.take(NOW), stores.slots.take(NOW)
    assert first is not None
    assert second not in {None, first}
    assert stores.slots.take(NOW + stores.slots.LEASE) is None
    assert stores.their_slots.take(NOW) is not None, "another supplier's share is its own"
    stores.slots.release(first)
    stores.slots.release(first)
    assert stores.slots.take(NOW) == first
    assert stores.slots.take(NOW + stores.slots.LEASE + timedelta(seconds=1)) is not None


def test_deliveries_are_listed_by_endpoint_newest_event_first(stores: Stores) -> None:
    def delivery(index: int, endpoint_id: str = "e1", tries: int = 1) -> WebhookDelivery:
        return WebhookDelivery(
            endpoint_id=endpoint_id,
            notification_id=told(index).id,
            type="document.waiting",
            tries=tries,
            last_try_at=NOW,
            outcome="failing",
            detail="503",
        )

    for index in range(3):
        stores.deliveries.put(delivery(index))
    stores.deliveries.put(delivery(1, tries=2))
    stores.deliveries.put(delivery(1, "e2"))
    assert stores.deliveries.get("e1", told(1).id).tries == 2
    assert stores.deliveries.get("e2", told(2).id) is None
    first = stores.deliveries.page("e1", limit=2, cursor=None)
    second = stores.deliveries.page("e1", limit=2, cursor=first.cursor)
    listed = [each.notification_id for each in (*first.deliveries, *second.deliveries)]
    assert listed == [told(index).id for index in (2, 1, 0)]


def test_groups_of_held_documents_are_kept_for_each_supplier_and_a_lost_race_is_noticed(stores: Stores) -> None:
    assert stores.groups.get() == HeldGroups()
    first = stores.groups.save(HeldGroups().joined("portal_unavailable", "nord", NOW))
    assert stores.groups.get() == first
    assert first.version == 1
    with pytest.raises(StaleWrite):
        stores.groups.save(HeldGroups().joined("portal_quota", "", NOW))
    second = stores.groups.save(first.ended(NOW))
    assert (second.version, stores.groups.get().ended_at) == (2, NOW)
    with pytest.raises(StaleWrite):
        stores.groups.save(first)
    assert stores.their_groups.get() == HeldGroups()


def test_a_supplier_that_is_not_there_gets_no_groups(stores: Stores) -> None:
    stores.gone_groups.save(HeldGroups().joined("portal_unavailable", "", NOW))
    assert stores.gone_groups.get() == HeldGroups()
