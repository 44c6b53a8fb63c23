"""Each write is notified to the feed, to people and to systems; no failure on the way loses one."""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.stopping import Stop
from chorus_connector.domain.invoices.visibility import Visibility, labels_in
from chorus_connector.domain.notifications.digest import digest
from chorus_connector.domain.notifications.holds import HeldGroups, answers_again, group_name, reason_of_hold
from chorus_connector.domain.notifications.notification import (
    Notification,
    notification_of,
    notification_of_access,
    notification_of_pause,
)
from chorus_connector.domain.notifications.webhooks import Endpoint, EndpointHealth, payload
from chorus_connector.domain.portal.answers import CredentialsRefused
from chorus_connector.domain.portal.breaker import Breaker, Circuit, Weight, after_failure, after_success
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, Access, Caller, Member, Subscriber
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.ports.notification_values import ChangedAccess, ChangedEndpoint
from chorus_connector.usecases.invoices.waiting import gate_problem
from chorus_connector.usecases.notifications.feed import ReadFeed
from chorus_connector.usecases.notifications.notify import Notify
from chorus_connector.usecases.suppliers.access import ManageAccess
from tests.builders import NOW, an_invoice
from tests.fakes import Crash, FakeAccess, FakeTable
from tests.fakes_user_pool import FakeUserDirectory
from tests.messages.fakes import FakeMessageTable, FakeStructures
from tests.notifications.fakes import (
    FakeBoard,
    FakeEndpoints,
    FakeFeed,
    FakeHeldGroups,
    FakeMailbox,
    FakeReaders,
    FakeWebhookQueue,
)

ALL = Visibility("user_label")
READING = an_invoice(State.READING)
WAITS = READING.to_complete(NOW)


class World:
    """One supplier, its subscriptions, and all notifications that were sent."""

    def __init__(self, *subscribers: Subscriber, endpoints: tuple[Endpoint, ...] = ()) -> None:
        self.board = FakeBoard()
        self.table = FakeTable(subscribers={("s1", each.kind, each.principal): each for each in subscribers})
        self.queue = FakeWebhookQueue(self.board)
        self.sights: dict[str, Visibility] = {}
        self.restricts = False
        self.messages = FakeMessageTable()
        self.board.endpoints = {("s1", each.endpoint_id): each for each in endpoints}

    def notify(self, *, emails: bool = True) -> Notify:
        return Notify(
            feed=FakeFeed(self.board, "s1"),
            access=FakeAccess(self.table, "s1"),
            mailbox=FakeMailbox(self.board, "s1"),
            endpoints=FakeEndpoints(self.board, "s1"),
            webhooks=self.queue,
            structures=FakeStructures(self.messages),
            digest_after=timedelta(minutes=10) if emails else None,
            groups=FakeHeldGroups(self.board, "s1"),
            labels_of=self.labels_of,
        )

    def labels_of(self, invoice: Invoice) -> list[dict[str, str]]:
        labels = labels_in(invoice.metadata, "user_label") if self.restricts else ()
        return [{"user_label": each} for each in sorted(labels)]

    def feed(self, principal: str = "alice", *groups: str) -> ReadFeed:
        return ReadFeed(
            FakeFeed(self.board, "s1"),
            FakeAccess(self.table, "s1"),
            FakeReaders(self.board, "s1"),
            principal,
            frozenset({principal, *(f"group:{each}" for each in groups)}),
            self.sights.get(principal, ALL),
        )

    def mailed(self, principal: str = "alice") -> list[str]:
        return sorted(self.board.lines.get(("s1", principal), {}))


def wants(principal: str, *kinds: str, email: str | None = None) -> tuple[Subscriber, ...]:
    return tuple(Subscriber(kind=kind, principal=principal, email=email) for kind in kinds)  # type: ignore[arg-type]


def an_endpoint(endpoint_id: str = "e1", *types: str, **changes: object) -> Endpoint:
    return Endpoint(
        **{
            "endpoint_id": endpoint_id,
            "url": "https://example.org/hook",
            "types": types or ("document.waiting", "document.submitted", "invoice.status_changed"),
            "created_at": NOW,
            **changes,
        }
    )


def waits(document_id: str, minutes: int = 0, **changes: object) -> Invoice:
    moment = NOW + timedelta(minutes=minutes)
    return an_invoice(State.TO_COMPLETE, document_id=document_id, changed_at=moment, version=1, **changes)


@pytest.mark.row("S12")
def test_the_feed_the_mailbox_and_the_webhooks_are_notified() -> None:
    world = World(*wants("alice", "waiting", email="a@example.org"), endpoints=(an_endpoint(),))
    told = world.notify().about(READING, WAITS, now=NOW)
    assert told is not None
    assert [each.notification for each in world.feed().page(limit=9, cursor=None).entries] == [told]
    assert world.mailed() == [told.id]
    assert [(each.endpoint_id, each.notification) for each in world.queue.sent] == [("e1", told)]


def test_nothing_to_tell_touches_nothing() -> None:
    world = World(*wants("alice", "waiting", email="a@example.org"), endpoints=(an_endpoint(),))
    world.board.on_write = lambda _: (_ for _ in ()).throw(AssertionError)
    assert world.notify().about(WAITS, WAITS.to_complete(NOW), now=NOW) is None


def test_a_record_that_comes_twice_is_notified_once() -> None:
    world = World(*wants("alice", "waiting", email="a@example.org"), endpoints=(an_endpoint(),))
    world.notify().about(READING, WAITS, now=NOW)
    world.board.lines.clear()  # the e-mail has left meanwhile
    assert world.notify().about(READING, WAITS, now=NOW) is None
    assert world.mailed() == []
    assert len(world.queue.sent) == 1


@pytest.mark.row("S11")
def test_people_are_notified_of_the_kinds_they_subscribed_to() -> None:
    people = (*wants("alice", "submitted", email="a@example.org"), *wants("bob", "waiting", "status"))
    world = World(*people)
    world.notify().about(READING, WAITS, now=NOW)
    assert world.feed("alice").page(limit=9, cursor=None).entries == ()
    assert len(world.feed("bob").page(limit=9, cursor=None).entries) == 1
    assert world.feed("carol").page(limit=9, cursor=None).entries == ()
    assert world.mailed("alice") == world.mailed("bob") == []


@pytest.mark.row("S11")
def test_a_groups_people_have_its_feed_and_read_it_each_for_themselves() -> None:
    world = World(*wants("group:compta", "waiting"))
    told = world.notify().about(READING, WAITS, now=NOW)
    assert told is not None
    world.feed("alice", "compta").mark_read([told.id])
    assert [each.read for each in world.feed("alice", "compta").page(limit=9, cursor=None).entries] == [True]
    assert [each.read for each in world.feed("bob", "compta").page(limit=9, cursor=None).entries] == [False]
    assert world.feed("bob").page(limit=9, cursor=None).entries == ()


@pytest.mark.row("S11")
def test_an_address_that_is_none_gets_nothing_and_disturbs_nothing() -> None:
    bad = wants("alice", "waiting", email="a@example.org\r\nBcc: b@example.org")
    world = World(*bad, *wants("bob", "waiting", email="b@example.org"))
    world.notify().about(READING, WAITS, now=NOW)
    assert world.mailed("alice") == []
    assert len(world.mailed("bob")) == 1


@pytest.mark.row("S40")
def test_a_person_is_never_notified_of_a_document_they_cannot_see() -> None:
    world = World(*wants("alice", "waiting", email="a@example.org"))
    world.sights["alice"] = Visibility("user_label", frozenset({"alice"}))
    theirs = waits("d1", metadata={"user_label": "Bob"})
    own = waits("d2", metadata={"User Label": "nothing", "user_label": "ALICE"})
    for invoice in (theirs, own):
        world.notify().about(READING, invoice, now=NOW)
    feed = world.feed()
    assert [each.notification.document_id for each in feed.page(limit=9, cursor=None).entries] == ["d2"]
    assert feed.unread().total == 1


def test_a_person_who_lost_their_permission_is_not_notified() -> None:
    world = World(*wants("alice", "waiting", email="a@example.org"), *wants("bob", "waiting", email="b@example.org"))
    store = FakeAccess(world.table, "s1")
    manage = ManageAccess(
        store, FakeUserDirectory.of("alice", "carol"), by=Caller("carol", frozenset({ADMINISTRATORS}))
    )
    for principal, role in (("alice", "use"), ("carol", "administer")):
        manage.grant(Member(principal=principal, kind="person", roles=(role,)), now=NOW)
    manage.take_away("alice", now=NOW)
    world.notify().about(READING, WAITS, now=NOW)
    assert world.mailed("alice") == []
    assert len(world.mailed("bob")) == 1


def test_an_installation_without_a_mail_sender_writes_no_digest() -> None:
    world = World(*wants("alice", "waiting", email="a@example.org"))
    assert world.notify(emails=False).about(READING, WAITS, now=NOW) is not None
    assert world.mailed() == []


def test_an_endpoint_gets_the_types_it_asked_for_unless_it_is_off() -> None:
    endpoints = (an_endpoint("e1", "document.submitted"), an_endpoint("e2"), an_endpoint("e3", enabled=False))
    world = World(endpoints=endpoints)
    world.notify().about(READING, WAITS, now=NOW)
    assert [each.endpoint_id for each in world.queue.sent] == ["e2"]


def test_a_supplier_that_is_gone_has_no_feed_any_more() -> None:
    world = World()
    world.board.suppliers.clear()
    world.notify().about(READING, WAITS, now=NOW)
    assert world.board.feed == {}


# --- the feed --------------------------------------------------------------------------------------------------


@pytest.mark.row("S11")
def test_the_feed_is_newest_first_in_pages_that_meet() -> None:
    world = World(*wants("alice", "waiting"))
    for index in range(7):
        world.notify().about(None, waits(f"d{index}", index), now=NOW)
    seen, cursor = [], None
    while True:
        page = world.feed().page(limit=3, cursor=cursor)
        seen += [each.notification.document_id for each in page.entries]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [f"d{index}" for index in range(6, -1, -1)]


@pytest.mark.row("S11")
def test_what_happened_before_a_person_subscribed_is_no_news() -> None:
    world = World(*(each.model_copy(update={"since": NOW}) for each in wants("alice", "waiting")))
    for number, at in enumerate((NOW - timedelta(days=1), NOW + timedelta(minutes=1))):
        world.notify().about(None, an_invoice(State.TO_COMPLETE, document_id=f"d{number}", changed_at=at), now=at)
    entries = world.feed().page(limit=9, cursor=None).entries
    assert [(each.notification.document_id, each.read) for each in entries] == [("d1", False), ("d0", True)]
    assert world.feed().unread().total == 1
    only_unread = world.feed().page(limit=9, cursor=None, only_unread=True).entries
    assert [each.notification.document_id for each in only_unread] == ["d1"]


def test_read_and_unread_are_counted_by_kind() -> None:
    world = World(*wants("alice", "waiting", "submitted"))
    deposit = Deposit(chorus_id=1, invoice_number="FA-1", status="DEPOSEE")
    first = world.notify().about(None, waits("d1"), now=NOW)
    world.notify().about(None, waits("d2", 1), now=NOW)
    world.notify().about(None, an_invoice(State.SUBMITTED, document_id="d3", deposit=deposit), now=NOW)
    assert first is not None
    world.feed().mark_read([first.id, "evt_" + "0" * 32, "nonsense#"])
    unread = world.feed().unread()
    assert (unread.by_kind, unread.total, unread.more) == ({"waiting": 1, "submitted": 1}, 2, False)
    only_unread = world.feed().page(limit=9, cursor=None, only_unread=True).entries
    assert sorted(each.notification.document_id for each in only_unread) == ["d2", "d3"]


@pytest.mark.row("S11")
def test_all_read_is_all_that_is_there_and_what_comes_late_is_unread() -> None:
    world = World(*wants("alice", "waiting"))
    for index in range(5):
        world.notify().about(None, waits(f"d{index}", -30 * index), now=NOW)
    world.feed().mark_all_read(now=NOW)
    assert world.feed().unread().total == 0
    late = world.notify().about(None, waits("late", -20), now=NOW)
    assert late is not None
    assert world.feed().unread().total == 1
    unread = world.feed().page(limit=9, cursor=None, only_unread=True).entries
    assert [each.notification.document_id for each in unread] == ["late"]


# --- whatever dies ---------------------------------------------------------------------------------------------

STORIES: list[tuple[Invoice | None, Invoice]] = [
    (READING, WAITS),
    (an_invoice(State.SUBMITTING, document_id="d2", version=4), an_invoice(State.REFUSED, document_id="d2", version=5)),
    (
        an_invoice(State.SUBMITTING, document_id="d3", version=4),
        an_invoice(
            State.SUBMITTED,
            document_id="d3",
            version=5,
            deposit=Deposit(chorus_id=1, invoice_number="FA-1", status="DEPOSEE"),
        ),
    ),
]


def _dies_at(moments: frozenset[int]) -> Callable[[str], None]:
    counted = iter(range(10**6))

    def on_write(_: str) -> None:
        if next(counted) in moments:
            raise Crash

    return on_write


_FILED = an_invoice(
    State.SUBMITTED,
    document_id="d3",
    version=6,
    deposit=Deposit(chorus_id=1, invoice_number="FA-1", status="MISE_EN_PAIEMENT"),
)
_LANES = [[STORIES[0]], [STORIES[1]], [STORIES[2], (STORIES[2][1], _FILED)]]
"""The changes of three documents, each in its order."""


@given(order=st.permutations([0, 1, 2, 2]), repeats=st.lists(st.integers(0, 3), max_size=4))
def test_the_changes_of_one_document_come_in_order_and_those_of_others_before_or_after_with_the_same_result(
    order: list[int], repeats: list[int]
) -> None:
    """Ten batches of one shard are handled at once; only the changes of one item keep their order."""
    subscriptions = wants("alice", "waiting", "submitted", "status", email="a@example.org")
    world = World(*subscriptions, endpoints=(an_endpoint("e1"),))
    lanes = [iter(each) for each in _LANES]
    handled = [next(lanes[lane]) for lane in order]
    for index in [*range(len(handled)), *repeats]:
        world.notify().about(*handled[index], now=NOW)
    expected = sorted(told.id for lane in _LANES for each in lane if (told := notification_of(*each)))
    assert len(expected) == 4
    entries = world.feed().page(limit=99, cursor=None).entries
    assert [each.notification.id for each in entries] == expected[::-1], "the feed is sorted by the changes' times"
    assert world.mailed("alice") == expected
    assert sorted({each.notification.id for each in world.queue.sent}) == expected


@pytest.mark.row("S12", "S13", "S14")
@given(
    moments=st.frozensets(st.integers(0, 60), max_size=12),
    repeats=st.lists(st.integers(0, len(STORIES) - 1), max_size=4),
)
def test_dying_at_any_point_loses_no_event_and_shows_a_feed_entry_once(
    moments: frozenset[int], repeats: list[int]
) -> None:
    """The stream comes back with what was not done, and sometimes with what was."""
    world = World(
        *wants("alice", "waiting", "submitted", "status", email="a@example.org"),
        *wants("bob", "waiting", "submitted", email="b@example.org"),
        endpoints=(an_endpoint("e1"), an_endpoint("e2", "document.submitted")),
    )
    world.board.on_write = _dies_at(moments)
    for index in [*range(len(STORIES)), *repeats]:
        done = False
        while not done:  # as the stream does: the record stays until it was handled
            with suppress(Crash):
                world.notify().about(*STORIES[index], now=NOW)
                done = True
    expected: list[Notification] = [told for each in STORIES if (told := notification_of(*each))]
    assert len(expected) == len(STORIES)
    entries = world.feed().page(limit=99, cursor=None).entries
    assert sorted(each.notification.id for each in entries) == sorted(each.id for each in expected)
    assert world.mailed("alice") == world.mailed("bob") == sorted(each.id for each in expected)
    carried = {(each.endpoint_id, each.notification.id) for each in world.queue.sent}
    assert carried == {("e1", each.id) for each in expected} | {
        ("e2", each.id) for each in expected if each.kind == "submitted"
    }


def test_after_everything_was_marked_read_a_notification_is_new_for_an_hour_and_then_read() -> None:
    world = World(*wants("alice", "waiting"))
    world.feed().mark_all_read(now=NOW)
    world.notify().about(None, waits("old", -61), now=NOW)
    assert world.feed().unread().total == 0
    world.notify().about(None, waits("late", -59), now=NOW)
    assert world.feed().unread().total == 1


# --- a paused endpoint -------------------------------------------------------------------------------------------


PAUSED = EndpointHealth(failures=5, paused_since=NOW, paused_until=NOW + timedelta(minutes=1), last_failure="timeout")


FAILING = EndpointHealth(failures=4)


def paused(before: EndpointHealth = FAILING, after: EndpointHealth = PAUSED) -> ChangedEndpoint:
    return ChangedEndpoint("s1", an_endpoint(health=before), an_endpoint(health=after))


def test_a_paused_endpoint_is_announced_once_to_its_list_and_to_the_administrators_that_can_be_mailed() -> None:
    world = World(
        Subscriber(kind="webhook", principal="alice", email="alice@example.org"),
        Subscriber(kind="waiting", principal="bob", email="bob@example.org"),
        Subscriber(kind="waiting", principal="carol", email="carol@example.org"),
        Subscriber(kind="webhook", principal="dave"),
    )
    world.table.access["s1"] = Access(members=(Member(principal="bob", kind="person", roles=("administer",)),))
    told = world.notify().of_pause(paused(), now=NOW)
    assert told is not None
    assert (told.type, told.webhook_id, told.webhook_failure, told.document_id) == (
        "webhook.paused", "e1", "timeout", None,
    )  # fmt: skip
    assert world.notify().of_pause(paused(), now=NOW) is None
    assert [world.mailed(each) for each in ("alice", "bob", "carol", "dave")] == [[told.id], [told.id], [], []]
    assert [each.notification.id for each in world.feed("dave").page(limit=9, cursor=None).entries] == [told.id]
    assert world.feed("bob").page(limit=9, cursor=None).entries == (), "the feed shows the lists one is on"
    world.sights["dave"] = Visibility("user_label", frozenset({"other"}))
    assert world.feed("dave").page(limit=9, cursor=None).entries, "no document is hidden here"
    assert world.queue.sent == [], "no webhook carries it"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (EndpointHealth(failures=1), EndpointHealth(failures=2)),
        (PAUSED, PAUSED.after_failure("503", NOW + timedelta(minutes=2), probe=True)),
        (PAUSED, EndpointHealth()),
    ],
    ids=["it failed again", "the probe failed", "it works again"],
)
def test_nothing_else_about_an_endpoints_health_is_announced(before: EndpointHealth, after: EndpointHealth) -> None:
    world = World(Subscriber(kind="webhook", principal="alice", email="alice@example.org"))
    assert world.notify().of_pause(paused(before, after), now=NOW) is None
    assert world.mailed() == []


def test_the_email_says_which_webhook_was_paused_and_why() -> None:
    told = notification_of_pause(*paused())
    assert told is not None
    email = digest("Durand", [told])
    assert email.subject == "Chorus Pro – « Durand » : 1 webhook(s) suspendu(s) / 1 paused webhook(s)"
    assert "« e1 » : webhook suspendu, sa dernière erreur est timeout" in email.body
    assert "« e1 »: webhook paused, its last failure is timeout" in email.body


# --- the access to the portal --------------------------------------------------------------------------------------


AT_THE_GATE = CredentialsRefused("piste_application", passing=True)


def refused(circuit: Circuit, failure: CredentialsRefused, minutes: int) -> Circuit:
    at = NOW + timedelta(minutes=minutes)
    return after_failure(circuit, failure, Weight.READ, supplier_id="s1", now=at)


def lives_of_a_breaker(*steps: Circuit) -> list[ChangedAccess]:
    versions = [each.supplier.model_copy(update={"version": n}) for n, each in enumerate(steps, start=1)]
    return [ChangedAccess("s1", before, after) for before, after in pairwise((None, *versions)) if after is not None]


def test_people_are_notified_once_that_piste_refuses_then_that_keys_are_blamed_and_once_that_it_is_over() -> None:
    world = World(
        Subscriber(kind="portal", principal="alice", email="alice@example.org"),
        Subscriber(kind="waiting", principal="bob", email="bob@example.org"),
        Subscriber(kind="waiting", principal="carol", email="carol@example.org"),
        endpoints=(an_endpoint("e1", "portal.access_changed"), an_endpoint("e2")),
    )
    world.table.access["s1"] = Access(members=(Member(principal="bob", kind="person", roles=("administer",)),))
    steps = [refused(Circuit(), AT_THE_GATE, 0)]
    for minutes in (2, 6, 14, 22, 40):
        steps.append(refused(steps[-1], AT_THE_GATE, minutes))
    steps.append(after_success(steps[-1], Weight.READ, NOW + timedelta(hours=2)))
    told = [world.notify().of_access(each, now=NOW) for each in lives_of_a_breaker(*steps)]
    assert [each.access for each in told if each] == [
        "piste_refuses_for_now", "credentials_piste_application", "credentials_work_again",
    ]  # fmt: skip
    ids = [each.id for each in told if each]
    assert [world.notify().of_access(each, now=NOW) for each in lives_of_a_breaker(*steps)] == [None] * len(steps)
    assert [world.mailed(each) for each in ("alice", "bob", "carol")] == [ids, ids, []]
    assert [each.notification.id for each in world.feed("alice").page(limit=9, cursor=None).entries] == ids[::-1]
    assert [(each.endpoint_id, each.notification.id) for each in world.queue.sent] == [("e1", each) for each in ids]


def test_a_mood_of_ten_minutes_is_announced_once_and_its_end_once() -> None:
    suspected = refused(Circuit(), AT_THE_GATE, 0)
    again = refused(suspected, AT_THE_GATE, 8)
    over = after_success(again, Weight.READ, NOW + timedelta(minutes=18))
    next_mood = refused(over, AT_THE_GATE, 50)
    its_end = after_success(next_mood, Weight.READ, NOW + timedelta(minutes=60))
    told = [notification_of_access(*each) for each in lives_of_a_breaker(suspected, again, over, next_mood, its_end)]
    assert [each and each.access for each in told] == [
        "piste_refuses_for_now", None, "credentials_work_again", None, None,
    ]  # fmt: skip
    assert told[2] is not None
    assert told[2].occurred_at == NOW + timedelta(minutes=18)


def test_the_email_says_in_both_languages_what_became_of_the_access() -> None:
    steps = [refused(Circuit(), AT_THE_GATE, 0)]
    steps.append(refused(steps[0], CredentialsRefused("rights"), 1))
    steps.append(after_success(steps[1], Weight.READ, NOW + timedelta(minutes=5)))
    told = [notification_of_access(*each) for each in lives_of_a_breaker(*steps)]
    body = digest("Durand", [each for each in told if each]).body
    for words in ("PISTE refuse pour le moment", "PISTE refuses for the moment", "credentials_rights", "accepts again"):
        assert words in body


# --- held documents ----------------------------------------------------------------------------------------------

DOWN = Problem(field=None, code="portal_unavailable", fr="Chorus Pro ne répond pas.", en="No answer.", blocking=False)
MINUTE = timedelta(minutes=1)
DOCUMENT_HELD = "document.held"


def hold(
    world: World, number: int, minutes: int = 0, *, problem: Problem = DOWN, label: str = ""
) -> Notification | None:
    """The notification for the write that holds one more document."""
    at = NOW + minutes * MINUTE
    metadata = {"user_label": label} if label else {}
    ready = an_invoice(State.READY, document_id=f"d{number}", version=3, metadata=metadata)
    return world.notify().about(ready, ready.held(at, problem, retry_in=MINUTE), now=at)


def lines(world: World, principal: str = "alice") -> list[tuple[str, str | None]]:
    """The type and reason of each line of the person's feed, oldest first."""
    page = world.feed(principal).page(limit=99, cursor=None)
    return [(each.notification.type, each.notification.reason) for each in reversed(page.entries)]


@pytest.mark.row("S11")
def test_five_hundred_documents_held_in_an_outage_are_one_line_and_one_mail_with_the_reason_in_words() -> None:
    world = World(*wants("alice", "held", email="a@example.org"), *wants("carol", "waiting", email="c@example.org"))
    told = [each for number in range(500) if (each := hold(world, number, minutes=number)) is not None]
    assert lines(world) == [("documents.held", "portal_unavailable")]
    assert world.mailed() == [each.id for each in told]
    assert (told[0].fr, told[0].document_id) == (DOWN.fr, None)
    assert lines(world, "carol") == []
    assert world.mailed("carol") == []
    assert DOWN.fr in digest("Durand", told).body


def test_systems_get_each_held_document_only_if_they_ask_and_can_have_it_replayed() -> None:
    world = World(*wants("alice", "held"), endpoints=(an_endpoint(), an_endpoint("e2", DOCUMENT_HELD)))
    for number in range(3):
        hold(world, number)
    sent = [(each.endpoint_id, each.notification.type, each.notification.document_id) for each in world.queue.sent]
    assert sent == [("e2", DOCUMENT_HELD, f"d{number}") for number in range(3)]
    assert json.loads(payload(world.queue.sent[0].notification))["data"]["reason"] == "portal_unavailable"
    assert all((("s1", each.notification.id)) in world.board.feed for each in world.queue.sent)
    assert lines(world) == [("documents.held", "portal_unavailable")], "no line for each document"
    assert world.feed().unread().by_kind == {"held": 1}


def test_each_reason_has_its_line_and_the_next_outage_too_but_not_a_flicker() -> None:
    world = World(*wants("alice", "held"))
    hold(world, 1)
    hold(world, 2, problem=gate_problem("piste_application"))
    world.notify().holds_ended(now=NOW + 5 * MINUTE)
    hold(world, 3, minutes=7)  # it came back at once
    assert lines(world) == [("documents.held", "portal_unavailable"), ("documents.held", "piste_refuses_for_now")]
    world.notify().holds_ended(now=NOW + 10 * MINUTE)
    hold(world, 4, minutes=40)
    assert [reason for _, reason in lines(world)].count("portal_unavailable") == 2


def test_a_change_that_is_read_after_the_end_of_its_outage_does_not_hide_the_next_one() -> None:
    world = World(*wants("alice", "held"))
    hold(world, 1)
    world.notify().holds_ended(now=NOW + 5 * MINUTE)
    assert hold(world, 2, minutes=4) is None
    assert hold(world, 3, minutes=60) is not None


def test_a_person_who_stops_a_document_and_a_retry_that_fails_are_no_news() -> None:
    world = World(*wants("alice", "held"))
    held = an_invoice(State.READY).held(NOW, DOWN, retry_in=MINUTE)
    world.notify().about(an_invoice(State.READY), held, now=NOW)
    tried = held.ready(NOW + MINUTE, automatic=True)
    again = tried.held(NOW + 2 * MINUTE, DOWN, retry_in=MINUTE)
    assert reason_of_hold(held, tried) is None
    assert reason_of_hold(tried, again) is None
    stopped = again.stopped_for(Stop(kind="hold", by="alice", at=NOW), NOW, action="hold")
    assert reason_of_hold(again, stopped) is None
    assert reason_of_hold(an_invoice(State.READY), stopped) is None


@pytest.mark.row("S40")
def test_a_restricted_person_gets_a_line_only_if_a_document_with_their_label_is_held() -> None:
    world = World(*wants("alice", "held"), *wants("north", "held"), *wants("south", "held"))
    world.restricts = True
    world.sights["north"] = Visibility("user_label", frozenset({matching_form("Nord")}))
    world.sights["south"] = Visibility("user_label", frozenset({matching_form("Sud")}))
    for number in range(4):
        hold(world, number, label="Nord")
    hold(world, 5)
    assert lines(world) == [("documents.held", "portal_unavailable")], "who sees all has one line"
    assert lines(world, "north") == [("documents.held", "portal_unavailable")]
    assert lines(world, "south") == []
    assert world.feed("south").unread().total == 0


def test_two_workers_that_hold_at_once_tell_once() -> None:
    world = World(*wants("alice", "held", email="a@example.org"))

    def another_first(write: str) -> None:
        world.board.on_write = lambda _: None
        hold(world, 1, minutes=1)

    world.board.on_write = another_first
    hold(world, 2)
    assert len(lines(world)) == 1
    assert len(world.mailed()) == 1


@given(st.lists(st.tuples(st.sampled_from(["hold", "end"]), st.integers(0, 60)), max_size=30))
def test_an_outage_is_announced_once_and_never_missed(steps: list[tuple[str, int]]) -> None:
    groups, now, ended_at, open_since = HeldGroups(), NOW, None, None
    for step, minutes in steps:
        now += minutes * MINUTE
        if step == "end":
            groups, ended_at = groups.ended(now), (ended_at or now) if open_since else None
        else:
            over = open_since is None or (ended_at is not None and now - ended_at >= 15 * MINUTE)
            open_since = now if over else open_since
            groups, ended_at = groups.joined("portal_unavailable", "", now), None
            assert groups.since[group_name("portal_unavailable", "")] == open_since


@pytest.mark.row("S10")
def test_refused_credentials_are_announced_with_the_words_and_to_administrators_on_any_list() -> None:
    world = World(*wants("alice", "waiting", email="a@example.org"), *wants("bob", "waiting", email="b@example.org"))
    member = Member(principal="alice", kind="person", roles=("administer",))
    world.table.access["s1"] = Access(members=(member,))
    refusal = CredentialsRefused("technical_account")
    refused = after_failure(Circuit(), refusal, Weight.READ, supplier_id="s1", now=NOW).supplier
    told = world.notify().of_access(ChangedAccess("s1", None, refused), now=NOW)
    assert told is not None
    assert "the principal manager resets it" in told.en
    assert lines(world) == [], "the feed has the kinds of one's lists"
    assert (world.mailed(), world.mailed("bob"), lines(world, "bob")) == ([told.id], [], [])


def test_the_portal_answers_again_when_a_failure_is_forgotten_and_not_before() -> None:
    failed = Breaker(failures=1, failed_at=NOW)
    assert answers_again(failed, Breaker())
    for before, after in ((None, failed), (failed, failed.model_copy(update={"failures": 2})), (Breaker(), failed)):
        assert not answers_again(before, after)
