"""Tracking: whatever the portal, the clock or a worker does, our data become the portal's."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.chorus_pro.leniency import moment
from chorus_connector.chorus_pro.models import ecrire_instant
from chorus_connector.domain.errors import Invalid, StaleWrite
from chorus_connector.domain.invoices.invoice import Attempt, Deposit, Invoice
from chorus_connector.domain.invoices.listing import Filter
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, NOTHING
from chorus_connector.domain.notifications.measures import retrieval_lag
from chorus_connector.domain.notifications.notification import notification_of
from chorus_connector.domain.portal.answers import (
    CredentialsRefused,
    PortalFailure,
    PortalPage,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.domain.portal.tracking import (
    FULL_EVERY,
    LIVE_OVERLAP,
    RETRY_CUT_RUN,
    Run,
    TrackingProgress,
    portal_document_id,
)
from chorus_connector.domain.suppliers.supplier import LoadingMode
from chorus_connector.ports.values import LessonWork, TrackingWork
from chorus_connector.usecases.invoices.listing import LARGEST_SORT, ListInvoices
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from chorus_connector.usecases.portal.tracking import HandOutPolls, StartNightlyTracking, TrackInvoices
from tests.builders import NOW, TOWN_SIRET, a_supplier, an_invoice
from tests.fakes import (
    Crash,
    FakeInstallation,
    FakeInvoices,
    FakeLessons,
    FakePortal,
    FakeTable,
    FakeTrackingProgress,
    FakeTrackingQueue,
)

PARIS = ZoneInfo("Europe/Paris")


class World:
    """One supplier, a portal with invoices, and a clock that only this test moves."""

    def __init__(self, mode: LoadingMode = "local", *, page_size: int = 100) -> None:
        self.table = FakeTable()
        self.portal = FakePortal()
        self.portal.page_size = page_size
        self.invoices = FakeInvoices(self.table, "s1")
        self.progress = FakeTrackingProgress(self.table, "s1")
        self.mode: LoadingMode = mode
        self.reports_payment = True
        self.now = NOW
        self.pages_left = 1_000_000

    @property
    def box(self) -> TrackInvoices:
        return TrackInvoices(
            supplier=a_supplier(loading_mode=self.mode),
            invoices=self.invoices,
            portal=self.portal,
            progress=self.progress,
            reports_payment=lambda siret, now: self.reports_payment,
            may_go_on=self._may_go_on,
        )

    @property
    def track(self) -> ListInvoices:
        return ListInvoices(VisibleInvoices(self.invoices, EVERYTHING), self.box)

    def _may_go_on(self) -> bool:
        self.pages_left -= 1
        return self.pages_left > 0

    def sent(self, number: str = "FA-1") -> int:
        """An invoice this connector submitted; gives the portal's id."""
        chorus_id = self.portal.hold(number, self.now, recipient_siret=TOWN_SIRET)
        document_id = f"d-{number}"
        deposit = Deposit(chorus_id=chorus_id, invoice_number=number, status="DEPOSEE", certificate="proof")
        self.invoices.add(an_invoice(State.SUBMITTED, document_id=document_id, deposit=deposit), by="alice")
        self.table.numbers["s1", number] = document_id
        return chorus_id

    def night(self) -> TrackingProgress:
        self.now += timedelta(days=1)
        return self.box.run(now=self.now)

    def ours(self, chorus_id: int) -> Invoice:
        return next(i for i in self.table.invoices.values() if i.deposit and i.deposit.chorus_id == chorus_id)

    def deposit(self, chorus_id: int) -> Deposit:
        deposit = self.ours(chorus_id).deposit
        assert deposit is not None
        return deposit

    def changes_recorded(self, chorus_id: int) -> list[str]:
        events = self.invoices.events(self.ours(chorus_id).document_id)
        return [each.detail for each in events if each.action == "status_changed"]

    def picture(self) -> dict[int, str]:
        return {i.deposit.chorus_id: i.deposit.status for i in self.table.invoices.values() if i.deposit}

    def portals_picture(self) -> dict[int, str]:
        return {each.chorus_id: each.status for each in self.portal.accepted}


@pytest.mark.row("S21")
def test_the_nightly_run_brings_status_comment_and_history() -> None:
    world = World()
    chorus_id = world.sent()
    world.portal.pass_to(chorus_id, "MISE_A_DISPOSITION", NOW + timedelta(hours=1))
    world.portal.pass_to(chorus_id, "SUSPENDUE", NOW + timedelta(hours=2), "il manque le bon")
    done = world.night()
    deposit = world.deposit(chorus_id)
    assert (deposit.status, deposit.status_comment) == ("SUSPENDUE", "il manque le bon")
    assert [step.status for step in deposit.history] == ["DEPOSEE", "MISE_A_DISPOSITION", "SUSPENDUE"]
    assert deposit.history_complete
    assert deposit.certificate == "proof", "the proof of deposit stays"
    assert world.ours(chorus_id).listed_in == "to_process"
    assert done.retrieved_at == world.now
    assert done.nightly_due_at is not None


@pytest.mark.row("S14")
def test_a_change_is_recorded_once_however_many_runs_see_it() -> None:
    world = World()
    chorus_id = world.sent()
    world.night()
    world.portal.pass_to(chorus_id, "MANDATEE", world.now)
    for _ in range(3):
        world.box.run(now=world.now + timedelta(minutes=1))
    assert world.changes_recorded(chorus_id) == ["DEPOSEE → MANDATEE"]


@pytest.mark.row("S14")
def test_two_workers_who_see_the_same_change_record_it_once() -> None:
    world = World()
    chorus_id = world.sent()
    world.night()
    world.portal.pass_to(chorus_id, "MANDATEE", world.now)
    other = world.box

    def meanwhile(write: str) -> None:
        if write == "before status_changed":
            world.table.on_write = lambda _: None
            other.take(world.portal.accepted, now=world.now)

    world.table.on_write = meanwhile
    world.box.take(world.portal.accepted, now=world.now)
    assert world.changes_recorded(chorus_id) == ["DEPOSEE → MANDATEE"]


def test_an_unchanged_invoice_costs_no_write() -> None:
    world = World()
    chorus_ids = [world.sent(f"FA-{n}") for n in range(30)]
    world.night()
    before = {key: invoice.version for key, invoice in world.table.invoices.items()}
    writes: list[str] = []
    world.table.on_write = writes.append
    world.portal.pass_to(chorus_ids[7], "MANDATEE", world.now)
    world.portal.calls = 0
    world.night()
    changed = [key for key, invoice in world.table.invoices.items() if invoice.version != before[key]]
    assert changed == [("s1", "d-FA-7")]
    assert [each for each in writes if each.startswith("after")] == ["after status_changed", "after following"]
    assert world.table.reschedules == 0


@pytest.mark.row("S21")
def test_an_invoice_sent_by_other_means_becomes_a_record_without_a_notification() -> None:
    world = World()
    chorus_id = world.portal.hold("PORTAIL-1", NOW, recipient_siret=TOWN_SIRET, deposited_on=NOW.date())
    world.night()
    found = world.ours(chorus_id)
    assert (found.origin, found.state, found.document_id) == ("portal", State.SUBMITTED, portal_document_id(chorus_id))
    assert found.form.value("recipient_siret") == TOWN_SIRET
    assert world.invoices.number_holder("PORTAIL-1") == found.document_id
    assert notification_of(None, found) is None
    world.portal.pass_to(chorus_id, "REJETEE", world.now)
    world.night()
    told = notification_of(found, world.ours(chorus_id))
    assert told is not None
    assert (told.previous_status, told.status) == ("DEPOSEE", "REJETEE")


@pytest.mark.row("B01")
def test_what_is_on_its_way_to_the_portal_is_left_to_the_submission() -> None:
    world = World()
    attempt = Attempt(
        attempt_id="a", phase="SENDING", started_at=NOW, invoice_number="F", recipient_siret="", total_ttc="1.00"
    )
    world.invoices.add(an_invoice(State.IN_DOUBT, attempt=attempt, due_at=NOW), by="alice")
    world.table.numbers["s1", "F"] = "d1"
    world.portal.hold("F", NOW)
    world.night()
    assert [invoice.document_id for invoice in world.table.invoices.values()] == ["d1"]
    assert world.invoices.get("d1").state is State.IN_DOUBT


def test_a_number_that_a_refused_document_claims_does_not_hide_the_portals_own_invoice() -> None:
    world = World()
    world.invoices.add(an_invoice(State.REFUSED), by="alice")
    world.table.numbers["s1", "F"] = "d1"
    chorus_id = world.portal.hold("F", NOW)
    world.night()
    assert world.ours(chorus_id).origin == "portal"
    assert world.invoices.number_holder("F") == "d1"


def test_a_portal_that_fails_on_page_3_of_40_continues_from_page_3() -> None:
    world = World(page_size=5)
    for n in range(200):
        world.portal.hold(f"P-{n}", NOW)
    world.portal.faults = {"changes 3": [PortalUnreachable("down", timedelta(minutes=30))]}
    cut = world.night()
    assert cut.run is not None
    assert (cut.run.page, len(world.picture())) == (3, 10)
    assert cut.retry_at == world.now + timedelta(minutes=30)
    world.now += timedelta(minutes=30)
    world.portal.faults = {"changes 1": [AssertionError], "changes 2": [AssertionError]}
    done = world.box.run(now=world.now)
    assert done.run is None
    assert world.picture() == world.portals_picture()


def test_a_run_that_is_out_of_time_continues_with_the_next_ten_minute_run() -> None:
    world = World(page_size=10)
    for n in range(45):
        world.portal.hold(f"P-{n}", NOW)
    world.pages_left = 2
    cut = world.night()
    assert cut.run is not None
    assert cut.retry_at == world.now
    queue = FakeTrackingQueue()
    HandOutPolls(FakeInstallation(world.table), queue).run(now=world.now)
    assert queue.sent == [TrackingWork("s1")]
    world.pages_left = 100
    assert world.box.run(now=world.now).run is None
    assert world.picture() == world.portals_picture()


def test_a_page_that_changes_while_paging_hides_nothing() -> None:
    """An invoice disappears from the first page while the second is read: what moved up is not lost."""
    world = World(page_size=10)
    for n in range(35):
        world.portal.hold(f"P-{n}", NOW)
    plain = world.portal.changes

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        answer = plain(since=since, page=page)
        if page == 1 and len(world.portal.accepted) == 35:
            del world.portal.accepted[0]
        return answer

    world.portal.changes = changes  # type: ignore[method-assign]
    world.night()
    assert world.portals_picture().items() <= world.picture().items()


def test_the_same_row_twice_on_a_page_counts_as_its_later_passage() -> None:
    world = World()
    chorus_id = world.sent()
    world.night()
    (old,) = world.portal.accepted
    world.portal.pass_to(chorus_id, "MANDATEE", world.now)
    (new,) = world.portal.accepted
    for rows in ([new, old], [old, new], [new, new]):
        world.box.take(rows, now=world.now)
    assert world.deposit(chorus_id).status == "MANDATEE"
    assert world.changes_recorded(chorus_id) == ["DEPOSEE → MANDATEE"]


def test_a_status_that_really_goes_backwards_is_followed() -> None:
    world = World()
    chorus_id = world.sent()
    for hours, status in ((1, "MANDATEE"), (2, "SUSPENDUE"), (3, "COMPLETEE"), (4, "MISE_A_DISPOSITION")):
        world.portal.pass_to(chorus_id, status, NOW + timedelta(hours=hours))
        world.box.run(now=NOW + timedelta(hours=hours, minutes=1))
        assert world.deposit(chorus_id).status == status
    assert len(world.changes_recorded(chorus_id)) == 4


def test_an_old_row_that_arrives_late_does_not_take_a_status_back() -> None:
    world = World()
    chorus_id = world.sent()
    (old,) = world.portal.accepted
    world.portal.pass_to(chorus_id, "MANDATEE", NOW + timedelta(hours=1))
    world.night()
    for ask in (True, False):
        world.box.take([old], now=world.now, ask_history=ask)
    assert world.deposit(chorus_id).status == "MANDATEE"


def test_an_unknown_status_is_kept_raw_and_followed_on() -> None:
    world = World("remote")
    chorus_id = world.sent()
    world.portal.pass_to(chorus_id, "ABSENCE_VALIDATION_MOE_DELAI_REGLEMENTAIRE", NOW)
    world.night()
    assert world.deposit(chorus_id).status == "ABSENCE_VALIDATION_MOE_DELAI_REGLEMENTAIRE"
    assert world.ours(chorus_id).in_flight


def test_a_recipient_that_never_reports_payment_ends_with_the_order() -> None:
    world = World("remote")
    chorus_id = world.sent()
    world.reports_payment = False
    world.portal.pass_to(chorus_id, "MISE_A_DISPOSITION_COMPTABLE", NOW)
    world.night()
    assert world.deposit(chorus_id).ended
    assert world.ours(chorus_id).due_at is None


def test_an_invoice_that_is_missing_at_the_portal_is_notified_once() -> None:
    world = World("remote")
    gone, there = world.sent("FA-1"), world.sent("FA-2")
    world.night()
    world.portal.accepted = [each for each in world.portal.accepted if each.chorus_id != gone]
    world.now += FULL_EVERY
    for _ in range(2):
        world.night()
        world.now += FULL_EVERY
    assert world.deposit(gone).missing_since is not None
    assert world.deposit(there).missing_since is None
    events = world.invoices.events(world.ours(gone).document_id)
    assert [each.action for each in events].count("gone_from_portal") == 1
    assert world.ours(gone).due_at is None


class Vanished(World):
    """Three invoices that were retrieved once, and a week later everything is asked for again."""

    def __init__(self, *, page_size: int = 100) -> None:
        super().__init__("remote", page_size=page_size)
        self.ids = [self.sent(f"FA-{n}") for n in range(1, 4)]
        self.night()
        self.now += FULL_EVERY

    def missing(self) -> list[int]:
        return [chorus_id for chorus_id in self.ids if self.deposit(chorus_id).missing_since is not None]


def hides_from_lists(world: World, *chorus_ids: int) -> None:
    """The portal's lists no longer show these invoices; a search by number still does."""
    plain = world.portal.changes

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        answer = plain(since=since, page=page)
        return replace(answer, rows=tuple(row for row in answer.rows if row.chorus_id not in chorus_ids))

    world.portal.changes = changes  # type: ignore[method-assign]


def test_an_invoice_that_a_search_by_its_number_still_shows_is_not_gone() -> None:
    world = Vanished()
    hides_from_lists(world, *world.ids)
    world.night()
    assert world.missing() == []
    world.portal.find = lambda _: []  # type: ignore[method-assign]
    world.now += FULL_EVERY
    world.night()
    assert world.missing() == world.ids


def test_another_invoice_with_the_number_of_a_missing_one_is_not_taken_for_it() -> None:
    world = Vanished()
    hides_from_lists(world, *world.ids)
    find = world.portal.find
    world.portal.find = lambda number: [replace(each, chorus_id=1) for each in find(number)]  # type: ignore[method-assign]
    world.night()
    assert world.missing() == world.ids


def test_an_invoice_that_changed_while_the_portal_was_read_is_not_judged_by_what_was_read() -> None:
    world = Vanished()
    hides_from_lists(world, *world.ids)
    world.portal.find = lambda _: []  # type: ignore[method-assign]
    listed = world.portal.changes
    moved = world.ours(world.ids[0])

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        world.invoices.save(moved.move(State.SUBMITTED, world.now, action="test"), by="alice", action="test")
        return listed(since=since, page=page)

    world.portal.changes = changes  # type: ignore[method-assign]
    world.night()
    assert world.missing() == world.ids[1:]


def test_a_run_that_continues_from_a_later_page_takes_nothing_for_gone() -> None:
    """It did not see the first pages itself."""
    world = Vanished(page_size=1)
    world.portal.find = lambda _: []  # type: ignore[method-assign]
    world.portal.faults = {"changes 3": [PortalUnreachable("down")]}
    assert world.night().run is not None
    world.now += timedelta(hours=1)
    assert world.box.run(now=world.now).run is None
    assert world.missing() == []


def test_a_run_over_changes_takes_nothing_for_gone() -> None:
    world = World("remote")
    chorus_id = world.sent()
    world.night()
    hides_from_lists(world, chorus_id)
    world.portal.find = lambda _: []  # type: ignore[method-assign]
    world.night()
    assert world.deposit(chorus_id).missing_since is None


def test_what_only_an_abandoned_reading_of_the_pages_showed_is_gone() -> None:
    """The search shrank, so that it was read from its first page again: only that second reading counts."""
    world = Vanished(page_size=1)
    world.portal.find = lambda _: []  # type: ignore[method-assign]
    gone, *others = world.ids
    plain = world.portal.changes

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        answer = plain(since=since, page=page)
        if page == 1:
            world.portal.accepted = [each for each in world.portal.accepted if each.chorus_id != gone]
        return answer

    world.portal.changes = changes  # type: ignore[method-assign]
    world.night()
    assert world.missing() == [gone]
    assert others


def test_everything_is_asked_for_once_a_week_and_only_changes_between() -> None:
    world = World()
    asked: list[datetime | None] = []
    plain = world.portal.changes

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        asked.append(since)
        return plain(since=since, page=page)

    world.portal.changes = changes  # type: ignore[method-assign]
    for _ in range(9):
        world.night()
    assert [since is None for since in asked] == [True, *[False] * 6, True, False]
    assert asked[1] == NOW + timedelta(days=1) - timedelta(days=1), "a day's overlap"


@pytest.mark.row("S21")
def test_the_night_is_one_message_per_local_supplier() -> None:
    world = World()
    world.progress.save(TrackingProgress().in_mode("local", NOW))
    FakeTrackingProgress(world.table, "s2").save(TrackingProgress().in_mode("remote", NOW))
    world.box.run(now=NOW)
    queue = FakeTrackingQueue()
    night = StartNightlyTracking(FakeInstallation(world.table), queue, until=6)
    assert night.run(now=NOW + timedelta(hours=1)) == 0
    assert night.run(now=NOW + timedelta(days=1)) == 1
    assert queue.sent == [TrackingWork("s1")]


def test_refused_credentials_put_only_the_suppliers_own_run_aside() -> None:
    world = World()
    world.portal.faults = {"changes": [CredentialsRefused("technical_account")]}
    world.progress.save(TrackingProgress().in_mode("local", NOW))
    cut = world.box.run(now=NOW)
    assert cut.retry_at == NOW + RETRY_CUT_RUN, "no message fails, nothing goes to the dead letters"


@pytest.mark.parametrize("failure", [CredentialsRefused("technical_account"), PortalUnreachable("down")])
def test_a_portal_that_fails_on_the_first_page_day_after_day_is_measured_as_late(failure: Exception) -> None:
    world = World()
    world.portal.hold("P-1", NOW)
    world.night()
    retrieved_at = world.now
    world.portal.faults = {"changes": [failure] * 1000}
    for _ in range(200):
        world.now += timedelta(minutes=10)
        world.box.run(now=world.now)
    late = retrieval_lag(world.progress.get(), world.now)
    assert late.value == (world.now - retrieved_at).total_seconds() > timedelta(hours=26).total_seconds()
    world.portal.faults.clear()
    done = world.box.run(now=world.now)
    assert retrieval_lag(done, world.now).value == 0
    assert done.retrieved_at == world.now, "it began to be read only now"


# --- Remote --------------------------------------------------------------------------------------------------


def listed(world: World, view: str = "tracking", **wanted: object) -> list[str]:
    listing = world.track.listing(view, Filter(**wanted), limit=50, cursor=None, now=world.now)  # type: ignore[arg-type]
    return [each.deposit.status for each in listing.page.invoices if each.deposit]


@pytest.mark.row("S19")
def test_remote_shows_what_the_portal_says_now() -> None:
    world = World("remote")
    chorus_id = world.sent()
    world.night()
    world.portal.pass_to(chorus_id, "MANDATEE", world.now + timedelta(hours=1))
    world.now += timedelta(hours=1, minutes=1)
    assert listed(world) == ["MANDATEE"]
    retrieval = world.box.refresh(now=world.now)
    assert (retrieval.mode, retrieval.stale, retrieval.retrieved_at) == ("remote", False, world.now)


def test_a_list_names_the_invoices_that_its_own_retrieval_moved_once() -> None:
    world = World("remote")
    chorus_id, other = world.sent(), world.sent("FA-2")
    world.night()
    world.portal.pass_to(chorus_id, "A_RECYCLER", world.now + timedelta(minutes=30))
    world.now += timedelta(hours=1)
    first = world.track.listing("tracking", Filter(counter="in_flight"), limit=50, cursor=None, now=world.now)
    assert [each.deposit and each.deposit.chorus_id for each in first.page.invoices] == [other]
    assert [each.deposit and each.deposit.chorus_id for each in first.moved] == [chorus_id]
    second = world.track.listing("tracking", Filter(), limit=50, cursor=None, now=world.now)
    assert (len(second.page.invoices), second.moved) == (1, ())
    assert listed(world, "to_process") == ["A_RECYCLER"]


def test_a_list_says_by_how_much_its_own_retrieval_changed_the_counters() -> None:
    world = World("remote")
    sent_back, paid, _ = world.sent(), world.sent("FA-2"), world.sent("FA-3")
    world.night()
    world.portal.pass_to(sent_back, "A_RECYCLER", world.now + timedelta(minutes=30))
    world.portal.pass_to(paid, "MISE_EN_PAIEMENT", world.now + timedelta(minutes=30))
    world.now += timedelta(hours=1)
    first = world.track.listing("tracking", Filter(), limit=50, cursor=None, now=world.now)
    assert first.recounted == {"waiting": 1, "sent_back": 1, "in_flight": -2, "ended": 1}
    assert world.track.listing("tracking", Filter(), limit=50, cursor=None, now=world.now).recounted == {}


def test_a_user_is_not_shown_that_an_invoice_moved_which_the_user_may_not_see() -> None:
    world = World("remote")
    chorus_id = world.sent()
    world.night()
    world.portal.pass_to(chorus_id, "A_RECYCLER", world.now + timedelta(minutes=30))
    world.now += timedelta(hours=1)
    restricted = ListInvoices(VisibleInvoices(world.invoices, NOTHING), world.box)
    shown = restricted.listing("tracking", Filter(), limit=50, cursor=None, now=world.now)
    assert (shown.page.invoices, shown.moved, shown.recounted) == ((), (), {})


@pytest.mark.row("S20")
def test_remote_with_the_portal_down_shows_what_is_known_and_how_old_it_is() -> None:
    world = World("remote")
    world.sent()
    world.night()
    asked_at = world.now
    world.now += timedelta(hours=3)
    world.portal.faults = {"changes": [PortalUnreachable("down")] * 2}
    listing = world.track.listing("tracking", Filter(), limit=10, cursor=None, now=world.now)
    assert len(listing.page.invoices) == 1
    assert (listing.retrieval.stale, listing.retrieval.retrieved_at) == (True, asked_at)
    why = listing.retrieval.stale_because
    assert why is not None
    assert why.code == "portal_unavailable"
    assert "attend" not in why.fr, "no invoice waits because a list is stale"


@pytest.mark.row("S20", "S22")
def test_a_supplier_of_ten_minutes_shows_the_age_of_its_list_while_its_first_retrieval_has_not_ended() -> None:
    world = World("remote")
    world.sent()
    never = world.box.as_kept(world.progress.get())
    assert (never.retrieved_at, never.complete) == (None, False)
    asked_at = world.now
    up = world.box.refresh(now=asked_at)
    assert (up.retrieved_at, up.stale, up.complete) == (asked_at, False, False)
    assert up.incomplete_because is not None
    assert up.incomplete_because.code == "first_retrieval"
    world.now += timedelta(seconds=8)
    world.portal.faults = {"changes": [PortalUnreachable("down")] * 9}
    down = world.box.refresh(now=world.now)
    assert (down.retrieved_at, down.stale, down.complete) == (asked_at, True, False)
    world.portal.faults = {}
    world.night()
    done = world.box.refresh(now=world.now)
    assert (done.complete, done.incomplete_because, done.stale_because) == (True, None, None)


@pytest.mark.row("S22")
def test_a_local_supplier_whose_first_retrieval_was_interrupted_shows_since_when_it_is_read() -> None:
    world = World("local", page_size=1)
    for number in range(3):
        world.sent(f"FA-{number}")
    world.pages_left = 1
    world.night()
    run = world.progress.get().run
    assert run is not None
    world.now += timedelta(minutes=5)
    shown = world.box.refresh(now=world.now)
    assert (shown.retrieved_at, shown.complete, shown.stale) == (run.started_at, False, False)
    assert shown.incomplete_because is not None


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (CredentialsRefused("technical_account"), "credentials_technical_account"),
        (CredentialsRefused("piste_application", passing=True), "piste_refuses_for_now"),
        (PortalUnreachable("429", timedelta(minutes=3), blame="quota"), "portal_quota"),
        (PortalUnreachable("breaker open", timedelta(seconds=12), blame="caller"), "portal_unavailable"),
        (PortalRefused("X", "non"), "portal_refused"),
    ],
)
def test_a_stale_list_says_why_and_until_when_the_portal_is_not_asked(failure: PortalFailure, code: str) -> None:
    world = World("remote")
    world.night()
    world.now += timedelta(minutes=1)
    world.portal.faults = {"changes": [failure]}
    shown = world.box.refresh(now=world.now)
    assert shown.stale_because is not None
    assert shown.stale_because.code == code
    assert shown.asked_again_at == (world.now + failure.retry_in if failure.retry_in else None)


@pytest.mark.row("S22", "S23")
def test_local_mode_calls_no_portal_and_says_when_it_was_retrieved() -> None:
    world = World("local")
    world.sent()
    world.night()
    retrieved_at, world.portal.calls = world.now, 0
    world.now += timedelta(hours=9)
    listing = world.track.listing("tracking", Filter(), limit=10, cursor=None, now=world.now)
    assert (listing.retrieval.mode, listing.retrieval.retrieved_at) == ("local", retrieved_at)
    assert not listing.retrieval.stale
    assert len(listing.page.invoices) == 1
    assert world.portal.calls == 0


@pytest.mark.row("S19")
def test_a_reading_asks_with_an_overlap_and_only_for_its_first_page() -> None:
    world = World("remote")
    for n in range(5):
        world.sent(f"FA-{n}")
    world.night()
    known, world.now, world.portal.calls = world.now, world.now + timedelta(hours=5), 0
    asked: list[datetime | None] = []
    plain = world.portal.changes

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        asked.append(since)
        return plain(since=since, page=page)

    world.portal.changes = changes  # type: ignore[method-assign]
    first = world.track.listing("tracking", Filter(), limit=2, cursor=None, now=world.now)
    world.track.listing("tracking", Filter(), limit=2, cursor=first.page.cursor, now=world.now)
    assert asked == [known - LIVE_OVERLAP]


@pytest.mark.row("S19")
def test_a_reading_before_anything_was_retrieved_has_the_rest_brought_in_the_background() -> None:
    world = World("remote")
    old = world.portal.hold("OLD", NOW - timedelta(days=30))
    new = world.portal.hold("NEW", NOW)
    retrieval = world.box.refresh(now=NOW)
    assert not retrieval.complete
    assert set(world.picture()) == {new}
    queue = FakeTrackingQueue()
    HandOutPolls(FakeInstallation(world.table), queue).run(now=NOW)
    # the supplier's run, and the invoice that was found
    assert {each.supplier_id for each in queue.sent} == {"s1"}
    world.box.run(now=NOW)
    assert set(world.picture()) == {old, new}


def test_a_run_that_another_worker_has_replaced_writes_nothing_over_it() -> None:
    world = World()
    world.sent()
    plain = world.portal.changes
    others = Run(started_at=world.now - timedelta(hours=1), page=4, total=400)

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        world.progress.save(world.progress.get().model_copy(update={"run": others}))
        return plain(since=since, page=page)

    world.portal.changes = changes  # type: ignore[method-assign]
    with pytest.raises(StaleWrite):
        world.night()
    assert world.progress.get().run == others


def test_a_refresh_that_ran_out_of_time_does_not_count_as_having_seen_everything() -> None:
    world = World("remote", page_size=2)
    for number in range(5):
        world.sent(f"FA-{number}")
    world.night()
    known, world.now = world.now, world.now + timedelta(hours=1)
    for each in list(world.portal.accepted):
        world.portal.pass_to(each.chorus_id, "MANDATEE", world.now)
    world.pages_left = 1
    retrieval = world.box.refresh(now=world.now)
    assert (retrieval.stale, retrieval.retrieved_at) == (True, known)
    progress = world.progress.get()
    assert (progress.retrieved_at, progress.retry_at) == (known, world.now), "the rest comes in the background"


def test_a_run_keeps_the_time_of_a_refresh_that_was_made_meanwhile() -> None:
    """Data that a person fetched a minute ago must not get the older time of the run's start."""
    world = World("remote")
    world.sent()
    plain = world.portal.changes
    refreshed = world.now + timedelta(days=1, minutes=1)

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        world.progress.save(world.progress.get().all_retrieved(refreshed))
        return plain(since=since, page=page)

    world.portal.changes = changes  # type: ignore[method-assign]
    assert world.night().retrieved_at == refreshed
    assert world.progress.get().retrieved_at == refreshed


@pytest.mark.parametrize(
    ("status", "asked"), [("MANDATEE", True), ("MISE_A_DISPOSITION_COMPTABLE", True), ("SUSPENDUE", False)]
)
def test_whether_a_recipient_reports_payment_is_asked_only_where_a_payment_was_ordered(
    status: str, asked: bool
) -> None:
    world = World()
    chorus_id = world.sent()
    world.night()
    sirets: list[str] = []

    def reports_payment(siret: str, now: datetime) -> bool:
        sirets.append(siret)
        return True

    world.portal.pass_to(chorus_id, status, world.now)
    replace(world.box, reports_payment=reports_payment).run(now=world.now + timedelta(hours=1))
    assert (TOWN_SIRET in sirets) is asked


@pytest.mark.row("S19")
def test_people_who_read_do_not_stop_a_run_that_is_under_way() -> None:
    world = World("remote", page_size=10)
    for n in range(35):
        world.portal.hold(f"P-{n}", NOW)
    plain = world.portal.changes

    def changes(*, since: datetime | None, page: int) -> PortalPage:
        if since is None:
            world.progress.save(world.progress.get().all_retrieved(world.now))  # a reading's write
        return plain(since=since, page=page)

    world.portal.changes = changes  # type: ignore[method-assign]
    assert world.night().run is None
    assert world.picture() == world.portals_picture()


@pytest.mark.row("S19")
def test_in_flight_invoices_are_checked_and_get_their_next_due_time() -> None:
    world = World("remote")
    chorus_id = world.sent()
    world.night()
    due_at = world.ours(chorus_id).due_at
    assert due_at is not None
    queue = FakeTrackingQueue()
    sweep = HandOutPolls(FakeInstallation(world.table), queue)
    sweep.run(now=due_at)
    assert queue.sent == [TrackingWork("s1", ("d-FA-1",))]
    version = world.ours(chorus_id).version
    world.now = due_at
    world.box.run(now=due_at, due=["d-FA-1"])
    again = world.ours(chorus_id)
    assert again.due_at is not None
    assert again.due_at > due_at
    assert again.version == version, "somebody's ETag stays good"


def test_the_same_checks_handed_out_by_two_runs_call_the_portal_once() -> None:
    """A queue that is an hour behind holds the same looks six times: five of them must not ask the portal again."""
    world = World("remote")
    world.sent()
    document = "d-FA-1"
    world.invoices.reschedule(world.invoices.get(document).model_copy(update={"due_at": world.now}))
    world.progress.save(TrackingProgress(retrieved_at=world.now))
    world.now += timedelta(minutes=20)
    assert world.box.is_due([document], world.now), "nobody has looked yet"
    world.box.run(now=world.now, due=[document])
    assert not world.box.is_due([document], world.now), "the second message of the same looks"
    assert not world.box.is_due(["gone"], world.now)
    world.now += timedelta(hours=2)
    assert world.box.is_due([document], world.now), "its next appointment has come"


def test_a_message_without_documents_asks_for_something_until_the_run_is_over() -> None:
    world = World("local")
    assert world.box.is_due([], world.now), "never retrieved"
    world.sent()
    done = world.night()
    assert not world.box.is_due([], world.now), "the second message of the same night"
    assert done.nightly_due_at is not None
    assert world.box.is_due([], done.nightly_due_at)
    world.progress.save(world.progress.get().interrupted(world.now))
    assert world.box.is_due([], world.now), "a run that was cut off goes on"


@pytest.mark.row("S19", "S21")
def test_a_supplier_that_changes_its_mode_is_retrieved_at_once_and_then_as_the_mode_says() -> None:
    world = World("remote")
    chorus_id = world.sent()
    world.night()
    world.mode = "local"
    world.progress.save(world.progress.get().in_mode("local", world.now))
    world.box.run(now=world.now, due=["d-FA-1"])
    world.now += timedelta(hours=2)
    world.box.run(now=world.now, due=["d-FA-1"])
    assert world.ours(chorus_id).due_at is None
    world.mode = "remote"
    world.progress.save(world.progress.get().in_mode("remote", world.now))
    assert world.box.run(now=world.now).nightly_due_at is None
    assert world.ours(chorus_id).due_at is not None


# --- clocks ---------------------------------------------------------------------------------------------------


@given(st.timedeltas(timedelta(0), timedelta(days=700)), st.timedeltas(timedelta(0), timedelta(hours=1)))
def test_the_bound_of_a_search_never_comes_after_what_it_must_find(after: timedelta, skew: timedelta) -> None:
    """Bounds are written without a zone: on the night summer time ends an hour of them means two."""
    passed_at = datetime(2026, 1, 1, tzinfo=UTC) + after
    retrieved_at = passed_at + skew  # our clock was behind: we asked before it happened, and noted a later time
    bound = moment(ecrire_instant(retrieved_at - LIVE_OVERLAP))
    assert bound is not None
    assert bound <= passed_at


@pytest.mark.parametrize("night", [datetime(2026, 3, 29, tzinfo=PARIS), datetime(2026, 10, 25, tzinfo=PARIS)])
def test_the_two_nights_when_the_clock_changes_lose_no_change(night: datetime) -> None:
    for minutes in range(0, 300, 10):
        world = World()
        world.now = night - timedelta(days=2)
        chorus_id = world.sent()
        world.night()
        moment = night.astimezone(UTC) + timedelta(minutes=minutes)
        world.portal.pass_to(chorus_id, "MANDATEE", moment.astimezone(PARIS))
        world.now = night.astimezone(UTC) + timedelta(hours=5)
        world.box.run(now=world.now)
        assert world.changes_recorded(chorus_id) == ["DEPOSEE → MANDATEE"]


# --- filters, order, export ----------------------------------------------------------------------------------


def many(world: World, count: int) -> None:
    for n in range(count):
        world.portal.hold(f"P-{n:03d}", NOW, recipient_siret=TOWN_SIRET, deposited_on=NOW.date())
    world.night()


@pytest.mark.row("S24")
def test_filters_are_the_portals_own() -> None:
    world = World()
    many(world, 5)
    a, b = (each.chorus_id for each in world.portal.accepted[:2])
    world.portal.pass_to(a, "MANDATEE", world.now)
    world.portal.pass_to(b, "SUSPENDUE", world.now)
    world.night()
    assert listed(world, status=frozenset({"MANDATEE"})) == ["MANDATEE"]
    assert listed(world, number="P-003") == ["DEPOSEE"]
    assert listed(world, recipient="x") == []
    assert listed(world, "to_process") == ["SUSPENDUE"]
    assert len(listed(world, status_date_from=NOW.date())) == 4


@pytest.mark.row("S24")
@pytest.mark.parametrize("descending", [True, False])
def test_an_order_of_ones_own_pages_through_everything_once(descending: bool) -> None:
    world = World()
    many(world, 23)
    cursor, numbers = None, []
    while True:
        listing = world.track.listing(
            "tracking", Filter(), sort="invoice_number", descending=descending, limit=5, cursor=cursor, now=world.now
        )
        numbers += [each.form.value("invoice_number") for each in listing.page.invoices]
        cursor = listing.page.cursor
        if cursor is None:
            break
    assert numbers == sorted(numbers, reverse=descending)  # type: ignore[type-var]
    assert len(numbers) == 23


@pytest.mark.row("S24")
def test_more_than_can_be_sorted_is_to_be_filtered_first(monkeypatch: pytest.MonkeyPatch) -> None:
    assert LARGEST_SORT >= 1000
    monkeypatch.setattr("chorus_connector.usecases.invoices.listing.LARGEST_SORT", 10)
    world = World()
    many(world, 11)
    with pytest.raises(Invalid):
        world.track.listing("tracking", Filter(), sort="status", limit=5, cursor=None, now=world.now)


class Sink:
    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.pieces.append(data)


@pytest.mark.row("S24")
def test_an_export_is_written_piece_by_piece_and_runs_no_formula() -> None:
    world = World()
    many(world, 250)
    chorus_id = world.portal.accepted[0].chorus_id
    world.portal.pass_to(chorus_id, "MANDATEE", world.now, "=HYPERLINK(1)")
    world.night()
    sink = Sink()
    lines, cursor = world.track.export("tracking", Filter(), sink, cursor=None, may_go_on=lambda: True)
    assert (lines, cursor) == (250, None)
    assert len(sink.pieces) == 4, "a page at a time"
    text = b"".join(sink.pieces).decode("utf-8-sig")
    assert len(text.splitlines()) == 251
    assert "'=HYPERLINK(1)" in text
    cut = Sink()
    lines, cursor = world.track.export("tracking", Filter(), cut, cursor=None, may_go_on=lambda: False)
    assert (lines, cursor is not None) == (100, True)


def test_an_export_in_french_has_what_was_sent_back_under_french_titles() -> None:
    world = World()
    chorus_id = world.sent()
    world.portal.pass_to(chorus_id, "A_RECYCLER", world.now)
    world.night()
    sink = Sink()
    world.track.export("to_process", Filter(), sink, form="french", cursor=None, may_go_on=lambda: True)
    header, line = b"".join(sink.pieces).decode("utf-8-sig").splitlines()
    assert header.startswith("Facture;Date de facture;Échéance;")
    assert ";À recycler;" in line


# --- whatever happens ------------------------------------------------------------------------------------------

STATUSES = ["MISE_A_DISPOSITION", "SUSPENDUE", "MANDATEE", "REJETEE", "MISE_EN_PAIEMENT", "NOUVEAU_STATUT"]
actions = st.lists(
    st.one_of(
        st.tuples(st.just("pass"), st.integers(0, 9), st.sampled_from(STATUSES)),
        st.tuples(st.just("create"), st.just(0), st.just("")),
        st.tuples(st.just("run"), st.integers(0, 6), st.just("")),
        st.tuples(st.just("read"), st.just(0), st.just("")),
        st.tuples(st.just("fail"), st.integers(1, 3), st.just("")),
    ),
    max_size=25,
)


@pytest.mark.row("S14", "S21")
@given(actions, st.sampled_from(["local", "remote"]))
@settings(max_examples=60)
def test_whatever_happens_our_picture_becomes_the_portals_and_every_change_is_notified_once(
    played: Sequence[tuple[str, int, str]], mode: LoadingMode
) -> None:
    world = World(mode, page_size=3)
    world.sent("FA-0")
    for step, (action, number, status) in enumerate(played):
        world.now += timedelta(hours=1)
        if action == "pass":
            chorus_id = world.portal.accepted[number % len(world.portal.accepted)].chorus_id
            world.portal.pass_to(chorus_id, status, world.now)
        elif action == "create":
            world.portal.hold(f"P-{step}", world.now)
        elif action == "fail":
            world.portal.faults = {f"changes {number}": [PortalUnreachable("down")], "history": [None] * number}
        elif action == "read":
            world.box.refresh(now=world.now)
        else:
            world.table.on_write = _dies_after(number)
            with suppress(Crash):
                world.box.run(now=world.now)
            world.table.on_write = lambda _: None
    world.portal.faults = {}
    while world.night().run is not None:
        pass
    world.night()  # a run that was cut shows what was there as it began; the next one shows the rest
    assert world.picture() == world.portals_picture()
    for chorus_id in world.portals_picture():
        told = world.changes_recorded(chorus_id)
        assert all(a.split(" → ")[1] == b.split(" → ")[0] for a, b in pairwise(told))
        steps = [each.status for each in world.deposit(chorus_id).history]
        assert steps[-1] == world.deposit(chorus_id).status


def _dies_after(writes: int):  # type: ignore[no-untyped-def]
    left = [writes]

    def on_write(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Crash

    return on_write


def test_a_row_without_a_time_is_taken_as_it_is() -> None:
    world = World()
    chorus_id = world.sent()
    world.night()
    rows = [replace(each, status_at=None, status="MANDATEE") for each in world.portal.accepted]
    world.box.take(rows, now=world.now, ask_history=False)
    assert world.deposit(chorus_id).status == "MANDATEE"


def test_a_poll_that_the_portal_does_not_answer_is_scheduled_again() -> None:
    world = World("remote")
    chorus_id = world.sent()
    world.night()
    due_at = world.ours(chorus_id).due_at
    assert due_at is not None
    world.portal.faults = {"changes": [PortalUnreachable("down")]}
    world.box.run(now=due_at, due=["d-FA-1"])
    again = world.ours(chorus_id).due_at
    assert again is not None
    assert again > due_at


@pytest.mark.parametrize(("mode", "polled"), [("remote", True), ("local", False)])
def test_an_invoice_found_at_the_portal_is_polled_for_a_remote_supplier_only(mode: LoadingMode, polled: bool) -> None:
    world = World(mode)
    chorus_id = world.portal.hold("FA-9", world.now, recipient_siret=TOWN_SIRET)
    world.night()
    assert (world.ours(chorus_id).due_at is not None) is polled


@pytest.mark.parametrize("siret", [TOWN_SIRET, None])
def test_an_ordered_payment_without_a_known_recipient_says_nothing_of_its_reporting(siret: str | None) -> None:
    world = World()
    chorus_id = world.portal.hold("FA-9", world.now, recipient_siret=siret)
    world.portal.pass_to(chorus_id, "MANDATEE", world.now + timedelta(hours=1))
    world.reports_payment = False
    world.night()
    assert world.deposit(chorus_id).reports_payment is (siret is None)


@pytest.mark.parametrize(
    ("confirmed_by", "status", "untaught"),
    [("alice", "REJETEE", True), ("alice", "SUSPENDUE", False), (None, "REJETEE", False)],
)
def test_a_document_that_a_person_confirmed_teaches_no_more_once_it_is_rejected(
    confirmed_by: str | None, status: str, untaught: bool
) -> None:
    world, lessons = World(), FakeLessons()
    chorus_id = world.sent()
    known = world.ours(chorus_id)
    confirmed = known.model_copy(update={"version": known.version + 1, "confirmed_by": confirmed_by})
    world.invoices.save(confirmed, by="alice", action="completed")
    world.portal.pass_to(chorus_id, status, world.now)
    for _ in range(2):
        world.now += timedelta(days=1)
        replace(world.box, lessons=lessons).run(now=world.now)
    assert world.deposit(chorus_id).status == status
    assert lessons.sent == ([LessonWork("s1", "d-FA-1", "unteach")] if untaught else [])
