"""Exactly-once submission: after any failure the portal has each invoice once, and we know its id."""

import hashlib
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import AnswerLost, CredentialsRefused, PortalRefused, PortalUnreachable
from chorus_connector.ports.portal import Portal
from chorus_connector.ports.values import Work
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice, portal_file_name
from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, TOWN_SIRET, a_reading, a_recipient, a_supplier, add_read, an_invoice
from tests.fakes import (
    Crash,
    FakeBreakers,
    FakeDocuments,
    FakeInstallation,
    FakeInvoices,
    FakePortal,
    FakeRecipients,
    FakeTable,
    dies_once_at,
)

pytestmark = pytest.mark.row("B01")

SETTLE = timedelta(minutes=15)


class World:
    """One supplier with one invoice, a portal, and a clock that only this test moves."""

    def __init__(self, *, guarded: bool = False, **reading: str | None) -> None:
        self.guarded = guarded
        self.table = FakeTable()
        self.portal = FakePortal([a_recipient()])
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF")
        self.invoices = FakeInvoices(self.table, "s1")
        self.now = NOW
        self.attempts = 0
        add_read(self.invoices, a_reading(**reading))
        self.resolution.resolve("d1", now=NOW)

    @property
    def pilot(self) -> GuardedPortal:
        """A new one for every message, as in the deployed function."""
        return GuardedPortal(self.portal, FakeBreakers(self.table, "s1"), "s1", lambda: self.now, uuid4().hex)

    def resolution_through(self, portal: Portal) -> Resolution:
        directory = Directory(FakeRecipients(), portal)
        return Resolution(supplier=a_supplier(), invoices=self.invoices, directory=directory)

    @property
    def resolution(self) -> Resolution:
        return self.resolution_through(self.portal)

    @property
    def submitter(self) -> SubmitInvoice:
        if not self.guarded:
            return SubmitInvoice(self.invoices, self.documents, self.portal, self.resolution, SETTLE)
        pilot = self.pilot
        resolution = self.resolution_through(pilot)
        return SubmitInvoice(self.invoices, self.documents, pilot, resolution, SETTLE, outage=pilot.deposit_failure)

    @property
    def invoice(self) -> Invoice:
        return self.invoices.get("d1")

    def deliver(self) -> None:
        """One message for the document reaches one worker, which may die."""
        self.attempts += 1
        with suppress(Crash, StaleWrite):
            self.submitter.work_on("d1", attempt_id=f"a{self.attempts}", now=self.now)

    def run_due_work(self) -> None:
        """The ten-minute run: due work gets a message."""
        for work in FakeInstallation(self.table).due(self.now, limit=100):
            assert work == Work("s1", "d1")
            self.deliver()

    def let_time_pass(self) -> None:
        """Repeat ten-minute runs without faults until nothing is due."""
        self.portal.faults.clear()
        self.table.on_write = lambda _: None
        for _ in range(20):
            self.now += timedelta(minutes=10)
            self.run_due_work()


def holds_it_once(world: World) -> bool:
    return len(world.portal.accepted) == 1 and (
        world.invoice.deposit is not None
        and world.invoice.deposit.chorus_id == world.portal.accepted[0].chorus_id
        and world.invoice.state is State.SUBMITTED
    )


def test_a_ready_invoice_is_submitted() -> None:
    world = World()
    world.run_due_work()
    assert holds_it_once(world)
    assert world.invoice.due_at is not None
    assert NOW < world.invoice.due_at < NOW + timedelta(minutes=10), "the next tick looks at what becomes of it there"


def test_what_was_submitted_is_kept_for_the_years_accounting_wants_and_nothing_else_is() -> None:
    world = World()
    world.portal.faults["submit"] = [AnswerLost("timeout")]
    world.run_due_work()
    assert world.invoice.state is State.IN_DOUBT
    assert not world.documents.locked_until, "it may yet prove never to have been sent"
    world.let_time_pass()
    assert holds_it_once(world)
    assert world.documents.locked_until["d1"] >= NOW.replace(year=NOW.year + 11)


def test_a_worker_that_dies_before_the_file_is_locked_locks_it_the_next_time() -> None:
    world = World()
    lock, world.documents.lock_original = world.documents.lock_original, _die  # type: ignore[method-assign]
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    world.documents.lock_original = lock  # type: ignore[method-assign]
    world.deliver()
    assert "d1" in world.documents.locked_until
    assert world.portal.submits == 1


def _die(document_id: str, version: str, *, until: datetime) -> None:
    raise Crash


def test_a_duplicate_delivery_sends_nothing() -> None:
    world = World()
    world.run_due_work()
    world.deliver()
    world.deliver()
    assert world.portal.submits == 1


def test_without_the_switch_nothing_leaves_by_itself() -> None:
    world = World()
    manual = world.invoice.ready(NOW, automatic=False)
    world.invoices.save(manual, by="t", action="rescheduled")
    world.run_due_work()
    world.deliver()
    assert world.portal.accepted == []
    assert world.invoice.state is State.READY


def test_an_invoice_that_waits_for_a_person_is_not_held_because_the_portal_is_down_or_the_supplier_suspended() -> None:
    """It is not tried: nothing would be gained by a reason to wait."""
    world = World()
    manual = world.invoice.ready(NOW, automatic=False)
    world.invoices.save(manual, by="t", action="rescheduled")
    submitter = replace(world.submitter, outage=lambda: PortalUnreachable("down"))
    assert submitter.work_on("d1", attempt_id="a", now=NOW) == manual
    suspended = replace(world.resolution, supplier=a_supplier(status="suspended"))
    assert replace(world.submitter, resolution=suspended).work_on("d1", attempt_id="a", now=NOW) == manual


def test_the_audit_trail_names_who_asked_for_the_submission() -> None:
    world = World()
    world.invoices.save(world.invoice.ready(NOW, automatic=False, submit_requested_by="bob"), by="bob", action="asked")
    world.run_due_work()
    assert holds_it_once(world)
    by = {event.action: event.by for event in world.invoices.events("d1")}
    assert (by["sending"], by["submitted"]) == ("bob", "submission")


FAULTS = {
    "the request did not leave": PortalUnreachable("unreachable"),
    "the answer was lost before the portal acted": AnswerLost("timeout"),
    "the answer was lost after the portal acted": ("after", AnswerLost("reset")),
    "credentials refused": CredentialsRefused("technical_account"),
    "the worker died before the portal acted": Crash(),
    "the worker died after the portal acted": ("after", Crash()),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize("call", ["upload", "submit", "recipient"])
def test_a_fault_at_any_call_ends_with_the_invoice_there_once(call: str, fault: object) -> None:
    world = World()
    world.portal.faults = {call: [fault]}
    world.run_due_work()
    world.let_time_pass()
    assert holds_it_once(world)


WRITES = ["sending", "submitted"]


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("write", WRITES)
def test_a_worker_that_dies_at_any_write_ends_with_the_invoice_there_once(write: str, moment: str) -> None:
    world = World()
    world.table.on_write = dies_once_at(f"{moment} {write}")
    world.run_due_work()
    world.let_time_pass()
    assert holds_it_once(world)


def test_after_a_worker_that_died_before_the_deposit_the_invoice_is_ready_without_the_portal_being_asked() -> None:
    """An uploaded file that no deposit names is nothing at the portal."""
    world = World()
    world.table.on_write = dies_once_at("before sending")
    world.run_due_work()
    assert (world.invoice.state, world.portal.uploads) == (State.READY, 1)
    assert world.invoices.number_holder("FA-2026-17") is None
    world.portal.faults = {"find": [AssertionError("the portal was asked")]}
    world.deliver()
    assert holds_it_once(world)


def test_a_local_suppliers_invoice_is_not_polled_by_day() -> None:
    """The nightly run retrieves what becomes of it."""
    world = World()
    local = replace(world.resolution, supplier=a_supplier(loading_mode="local"))
    submitted = replace(world.submitter, resolution=local).work_on("d1", attempt_id="a", now=NOW)
    assert (submitted.state, submitted.due_at) == (State.SUBMITTED, None)


def test_a_query_that_failed_just_after_a_ten_minute_run_is_repeated_after_the_next() -> None:
    world = World()
    world.portal.faults = {"submit": [AnswerLost("timeout")], "find": [PortalUnreachable("down")]}
    world.run_due_work()
    world.now += SETTLE
    tick = world.now
    world.now += timedelta(seconds=20)  # the message waited
    world.deliver()
    assert world.invoices.events("d1")[-1].action == "reconciliation_failed"
    world.now = tick + timedelta(minutes=10)
    world.run_due_work()
    assert world.invoices.events("d1")[-1].action == "proven_absent"


def test_an_invoice_in_doubt_is_not_sent_again_before_its_absence_is_proven() -> None:
    world = World()
    world.portal.faults = {"submit": [AnswerLost("timeout")]}
    world.run_due_work()
    assert world.invoice.state is State.IN_DOUBT
    world.now += timedelta(minutes=10)
    world.run_due_work()
    world.deliver()
    assert world.invoice.state is State.IN_DOUBT
    assert world.portal.submits == 0
    world.now += timedelta(minutes=10)
    world.run_due_work()
    assert world.invoice.state is State.READY
    assert [event.action for event in world.invoices.events("d1")][-1] == "proven_absent"


def test_absence_is_proven_at_the_very_moment_the_deposit_can_no_longer_be_on_its_way() -> None:
    world = World()
    world.portal.faults = {"submit": [AnswerLost("timeout")]}
    world.run_due_work()
    assert world.invoice.due_at == NOW + SETTLE
    world.now = NOW + SETTLE - timedelta(seconds=1)
    world.deliver()
    assert world.invoice.state is State.IN_DOUBT
    world.now = NOW + SETTLE
    world.deliver()
    assert world.invoice.state is State.READY


def test_an_invoice_found_at_the_portal_has_no_file_of_ours_to_lock() -> None:
    world = World()
    found = an_invoice(State.SUBMITTED, document_id="portal-1", origin="portal")
    world.invoices.add(found, by="chorus_pro")
    assert world.submitter.work_on("portal-1", attempt_id="a", now=NOW) == found
    assert world.documents.locked_until == {}


def test_an_invoice_that_was_found_at_the_portal_is_no_longer_in_doubt() -> None:
    world = World()
    world.portal.faults = {"submit": [("after", AnswerLost("reset"))]}
    world.run_due_work()
    assert [problem.code for problem in world.invoice.problems] == ["answer_lost"]
    world.let_time_pass()
    assert holds_it_once(world)
    assert world.invoice.problems == ()


def test_an_attempt_whose_answer_was_lost_says_what_was_sent() -> None:
    """It is what the portal's search is compared with, and what an operator finds the file by."""
    world = World()
    world.portal.faults = {"submit": [AnswerLost("timeout")]}
    world.run_due_work()
    attempt = world.invoice.attempt
    assert attempt is not None
    assert (attempt.invoice_number, attempt.recipient_siret, attempt.total_ttc) == ("FA-2026-17", TOWN_SIRET, "600.00")
    assert (attempt.attempt_id, attempt.phase, attempt.started_at, attempt.file_id) == ("a1", "SENDING", NOW, 7001)


def test_a_portal_that_cannot_be_asked_proves_nothing() -> None:
    world = World()
    world.portal.faults = {
        "submit": [("after", AnswerLost("reset"))],
        "find": [PortalUnreachable("down"), AnswerLost("cut"), CredentialsRefused("technical_account")],
    }
    world.run_due_work()
    for _ in range(3):
        world.now += timedelta(minutes=20)
        world.run_due_work()
        assert world.invoice.state is State.IN_DOUBT
    world.now += timedelta(minutes=20)
    world.run_due_work()
    assert holds_it_once(world)


def test_the_portals_duplicate_refusal_binds_to_the_invoice_it_holds() -> None:
    world = World()
    world.portal.faults = {"submit": [("after", AnswerLost("reset"))]}
    world.run_due_work()
    # an operator makes it ready again by mistake: the portal's own refusal must still not lose the invoice
    world.invoices.save(world.invoice.ready(world.now, automatic=True), by="t", action="forced")
    world.run_due_work()
    assert world.portal.submits == 2
    assert holds_it_once(world)


@pytest.mark.parametrize(("ours", "theirs"), [("-500.00", "500.00"), ("500.00", "-500.00")])
def test_a_credit_note_is_ours_whichever_sign_the_portal_shows_its_total_with(ours: str, theirs: str) -> None:
    """The sign that it gives a credit note is not documented; taken for another, ours would be sent again."""
    world = World(invoice_type="credit_note", total_ttc=ours, total_ht=ours, total_tva="0.00", amount_due=ours)
    world.portal.faults = {"submit": [("after", AnswerLost("reset"))]}
    world.run_due_work()
    world.portal.accepted = [replace(each, total_ttc=Decimal(theirs)) for each in world.portal.accepted]
    world.let_time_pass()
    assert holds_it_once(world)
    assert world.portal.submits == 1


def test_what_the_portal_shows_twice_is_there_and_is_bound_to_its_latest() -> None:
    """A search may show a row twice, and an earlier deposit that was rejected beside the new one."""
    world = World()
    world.portal.faults = {"submit": [("after", AnswerLost("reset"))]}
    world.run_due_work()
    (ours,) = world.portal.accepted
    earlier = replace(ours, chorus_id=ours.chorus_id - 100, status="REJETEE")
    find = world.portal.find
    world.portal.find = lambda number: [*find(number), *find(number), earlier]  # type: ignore[method-assign]
    world.let_time_pass()
    assert holds_it_once(world)


OTHERS = {
    "another recipient": {"recipient_siret": "21000001400014"},
    "another total": {"total_ttc": Decimal("600.01")},
    "another number": {"invoice_number": "FA-2026-18"},
}


@pytest.mark.parametrize("difference", OTHERS.values(), ids=OTHERS.keys())
def test_a_deposit_that_differs_in_number_recipient_or_total_is_not_taken_for_ours(difference: dict[str, Any]) -> None:
    """Reconciliation compares all three: another invoice under our number is for a person to check."""
    world = World()
    world.portal.faults = {"submit": [("after", AnswerLost("reset"))]}
    world.run_due_work()
    (ours,) = world.portal.accepted
    world.portal.find = lambda _: [replace(ours, **difference)]  # type: ignore[method-assign]
    world.let_time_pass()
    assert world.invoice.state is State.REFUSED
    assert world.invoice.deposit is None
    assert [problem.code for problem in world.invoice.problems] == ["number_taken_at_portal"]
    assert world.portal.submits == 1


@pytest.mark.parametrize("untold", ["recipient_siret", "total_ttc"])
def test_what_the_portal_does_not_tell_of_a_deposit_does_not_make_it_anothers(untold: str) -> None:
    world = World()
    world.portal.faults = {"submit": [("after", AnswerLost("reset"))]}
    world.run_due_work()
    world.portal.accepted = [replace(each, **{untold: None}) for each in world.portal.accepted]
    world.let_time_pass()
    assert holds_it_once(world)
    assert world.portal.submits == 1


def test_another_invoice_under_our_number_at_the_portal_is_for_a_person() -> None:
    other = World(total_ttc="1200.00", total_ht="1000.00", total_tva="200.00", amount_due="1200.00")
    other.run_due_work()
    world = World()
    world.portal.accepted = other.portal.accepted
    world.run_due_work()
    assert world.invoice.state is State.REFUSED
    assert [problem.code for problem in world.invoice.problems] == ["number_taken_at_portal"]
    assert world.invoice.due_at is None


def test_a_number_the_portal_calls_taken_but_never_shows_is_not_sent_over_and_over_and_ends_with_a_person() -> None:
    world = World()
    refusal = PortalRefused("20002", "numéro de facture déjà utilisé", duplicate_number=True)
    world.portal.faults = {"submit": [refusal] * 100}
    world.run_due_work()
    started = world.invoice.attempt
    assert started is not None
    for _ in range(23):
        world.now += timedelta(hours=1)
        world.run_due_work()
        assert world.invoice.state is State.IN_DOUBT
        assert world.invoice.attempt is not None
        assert world.invoice.attempt.started_at == started.started_at, "its age, which an alarm watches, goes on"
    world.now += timedelta(hours=2)
    world.run_due_work()
    assert world.invoice.state is State.REFUSED
    assert [problem.code for problem in world.invoice.problems] == ["number_taken_unseen"]
    assert len(world.portal.faults["submit"]) == 99, "asked for, never sent again"


def test_a_number_the_portal_calls_taken_is_bound_however_late_it_shows_the_invoice() -> None:
    world = World()
    world.portal.faults = {"submit": [("after", PortalRefused("1", "doublon", duplicate_number=True))]}
    hidden, find = True, world.portal.find
    world.portal.find = lambda number: [] if hidden else find(number)  # type: ignore[method-assign]
    world.run_due_work()
    world.now += timedelta(hours=3)
    world.run_due_work()
    assert world.invoice.state is State.IN_DOUBT
    hidden = False
    world.let_time_pass()
    assert holds_it_once(world)
    assert world.portal.submits == 1


def test_a_refusal_shows_the_portals_words_and_gives_the_number_back() -> None:
    world = World()
    world.portal.faults = {"submit": [PortalRefused("GDP_MSG_11.001", "service inconnu")]}
    world.run_due_work()
    assert world.invoice.state is State.REFUSED
    assert "service inconnu" in world.invoice.problems[0].fr
    assert world.invoices.number_holder("FA-2026-17") is None
    world.let_time_pass()
    assert world.portal.accepted == []


def test_a_corrected_number_is_claimed_and_the_former_one_is_released() -> None:
    world = World()
    world.portal.faults = {"submit": [PortalUnreachable("down")]}
    world.run_due_work()
    assert world.invoice.state is State.HELD
    assert world.invoices.number_holder("FA-2026-17") == "d1"
    corrected = world.invoice.model_copy(
        update={"corrections": {"invoice_number": "FA-2026-18"}, "submit_requested_by": "alice"}
    )
    world.invoices.save(corrected.ready(world.now, automatic=True), by="alice", action="completed")
    world.run_due_work()
    assert [each.invoice_number for each in world.portal.accepted] == ["FA-2026-18"]
    assert world.invoices.number_holder("FA-2026-18") == "d1"
    assert world.invoices.number_holder("FA-2026-17") is None, "another document may use it now"


def test_an_invoice_that_is_tried_again_keeps_its_number_claimed() -> None:
    world = World()
    world.portal.faults = {"upload": [PortalUnreachable("down")]}
    world.run_due_work()
    world.let_time_pass()
    assert holds_it_once(world)
    assert world.invoices.number_holder("FA-2026-17") == "d1"


def test_a_refused_invoice_forgets_the_request_to_submit_and_its_attempt() -> None:
    """It leaves again only when a person has corrected it and asks again."""
    world = World()
    world.invoices.save(world.invoice.ready(NOW, automatic=True, submit_requested_by="alice"), by="t", action="asked")
    world.portal.faults = {"submit": [PortalRefused("X", "non")]}
    world.run_due_work()
    assert world.invoice.state is State.REFUSED
    assert (world.invoice.submit_requested_by, world.invoice.attempt, world.invoice.due_at) == (None, None, None)


def test_an_invoice_whose_number_is_taken_at_the_portal_forgets_the_request_to_submit() -> None:
    other = World(total_ttc="1200.00", total_ht="1000.00", total_tva="200.00", amount_due="1200.00")
    other.run_due_work()
    world = World()
    world.invoices.save(world.invoice.ready(NOW, automatic=True, submit_requested_by="alice"), by="t", action="asked")
    world.portal.accepted = other.portal.accepted
    world.run_due_work()
    assert world.invoice.state is State.REFUSED
    assert world.invoice.submit_requested_by is None


def test_refused_credentials_hold_the_invoice_and_say_who_must_act() -> None:
    world = World()
    world.portal.faults = {"upload": [CredentialsRefused("technical_account")]}
    world.run_due_work()
    assert world.invoice.state is State.HELD
    assert [problem.code for problem in world.invoice.problems] == ["credentials_technical_account"]
    assert not world.invoice.blocking_problems


def test_the_portals_own_delay_is_obeyed() -> None:
    world = World()
    world.portal.faults = {"upload": [PortalUnreachable("429", timedelta(minutes=42))]}
    world.run_due_work()
    assert world.invoice.due_at == NOW + timedelta(minutes=42)


def test_two_documents_with_one_number_are_one_invoice_at_the_portal() -> None:
    world = World()
    add_read(world.invoices, a_reading(), document_id="d2")
    world.documents.put_original("d2", b"%PDF other")
    world.resolution.resolve("d2", now=NOW)
    world.submitter.work_on("d1", attempt_id="a", now=NOW)
    world.submitter.work_on("d2", attempt_id="b", now=NOW)
    assert len(world.portal.accepted) == 1
    second = world.invoices.get("d2")
    assert second.state is State.TO_COMPLETE
    assert [problem.code for problem in second.problems] == ["number_taken"]


def test_a_recipient_that_closed_since_the_reading_stops_the_invoice() -> None:
    world = World()
    world.portal.recipients[TOWN_SIRET] = a_recipient(active=False)
    world.run_due_work()
    assert world.invoice.state is State.TO_COMPLETE
    assert world.portal.accepted == []


def test_two_workers_at_once_send_it_once() -> None:
    world = World()
    entered: list[str] = []

    def second_worker_starts(write: str) -> None:
        if write == "before sending" and not entered:
            entered.append(write)
            world.deliver()

    world.table.on_write = second_worker_starts
    with pytest.raises(StaleWrite):
        world.submitter.work_on("d1", attempt_id="first", now=world.now)
    assert world.portal.submits == 1
    assert holds_it_once(world)


_CALL_FAULTS = st.sampled_from(
    [
        None,
        PortalUnreachable("unreachable"),
        AnswerLost("timeout"),
        ("after", AnswerLost("reset")),
        CredentialsRefused("technical_account"),
        PortalUnreachable("429", timedelta(minutes=5), blame="quota"),
        Crash(),
        ("after", Crash()),
    ]
)
_WRITTEN = (*WRITES, "answer_lost", "held", "reschedule", "breaker")
_WRITE_FAULTS = st.lists(
    st.sampled_from([f"{moment} {write}" for moment in ("before", "after") for write in _WRITTEN]), max_size=4
)


@settings(max_examples=300)
@given(
    upload=st.lists(_CALL_FAULTS, max_size=4),
    submit=st.lists(_CALL_FAULTS, max_size=4),
    find=st.lists(_CALL_FAULTS, max_size=4),
    recipient=st.lists(_CALL_FAULTS, max_size=3),
    deaths=_WRITE_FAULTS,
    steps=st.lists(st.tuples(st.sampled_from(["run_due_work", "deliver"]), st.integers(0, 30)), max_size=12),
    guarded=st.booleans(),
)
def test_no_sequence_of_faults_and_deliveries_sends_an_invoice_twice_or_loses_it(
    upload: list[object],
    submit: list[object],
    find: list[object],
    recipient: list[object],
    deaths: list[str],
    steps: list[tuple[str, int]],
    guarded: bool,
) -> None:
    world = World(guarded=guarded)
    world.portal.faults = {"upload": upload, "submit": submit, "find": find, "recipient": recipient}
    remaining = list(deaths)

    def on_write(name: str) -> None:
        if remaining and remaining[0] == name:
            remaining.pop(0)
            raise Crash

    world.table.on_write = on_write
    for step, minutes in steps:
        world.now += timedelta(minutes=minutes)
        world.run_due_work() if step == "run_due_work" else world.deliver()
        assert len(world.portal.accepted) <= 1
    world.let_time_pass()
    assert holds_it_once(world)


@settings(max_examples=100)
@given(st.text(alphabet="abcXYZ0189-_/+é ", min_size=1, max_size=20))
def test_the_portal_takes_every_file_name_we_make(number: str) -> None:
    name = portal_file_name(number)
    assert len(name) <= 50
    assert name.endswith(".pdf")
    assert "/" not in name


def test_a_long_number_is_cut_in_the_file_name_which_the_portal_takes_up_to_fifty_characters() -> None:
    assert portal_file_name("A" * 60) == "facture_" + "A" * 30 + ".pdf"


def test_a_file_that_was_replaced_after_it_was_read_is_never_sent() -> None:
    """No link writes to it, and yet: a second wall, for records that are older than the version in them."""
    world = World()
    invoice = world.invoices.get("d1")
    read = invoice.move(State.READY, NOW, action="test", sha256=hashlib.sha256(b"%PDF").hexdigest(), due_at=NOW)
    world.invoices.save(read, by="test", action="test")
    world.documents.originals["d1"] = b"%PDF another"

    refused = world.submitter.work_on("d1", attempt_id="a1", now=NOW)

    assert refused.state is State.REFUSED
    assert [problem.code for problem in refused.problems] == ["file_replaced"]
    assert world.portal.uploads == world.portal.submits == 0
    assert world.invoices.number_holder("FA-2026-17") is None


def test_a_document_whose_reading_never_ends_is_given_to_a_person() -> None:
    world = World()
    world.invoices.add(an_invoice(document_id="d2").being_read(NOW, action="t"), by="alice")
    due = FakeInstallation(world.table).due(NOW + timedelta(hours=7), limit=10)
    assert Work("s1", "d2") in due
    stuck = world.submitter.work_on("d2", attempt_id="a", now=NOW + timedelta(hours=7))
    assert stuck.state is State.TO_COMPLETE
    assert [problem.code for problem in stuck.blocking_problems] == ["reading_overdue"]


def test_a_reading_whose_message_was_lost_is_resolved_when_it_is_overdue() -> None:
    world = World()
    due_at = NOW + timedelta(hours=6)
    add_read(world.invoices, a_reading(invoice_number="FA-99"), document_id="d2", due_at=due_at)
    assert world.submitter.work_on("d2", attempt_id="a", now=NOW).state is State.READING
    assert world.submitter.work_on("d2", attempt_id="a", now=NOW + timedelta(hours=7)).state is State.READY
