"""What an invoice carries from one state to the next, and what it leaves behind."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from chorus_connector.domain.errors import WrongState
from chorus_connector.domain.invoices.attachments import Filing
from chorus_connector.domain.invoices.invoice import READING_PATIENCE, Attempt, Deposit, Invoice, RepairAttempt
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem
from tests.builders import NOW, an_invoice

LATER = NOW + timedelta(hours=1)


def a_problem(code: str, *, fr: str = "", blocking: bool = True) -> Problem:
    return Problem(field=None, code=code, fr=fr, en="", blocking=blocking)


def a_deposit(status: str = "DEPOSEE", **changes: object) -> Deposit:
    return Deposit(chorus_id=1, invoice_number="F", status=status, **changes)  # type: ignore[arg-type]


# --- moves ---------------------------------------------------------------------------------------------------


def test_a_move_counts_one_version_and_notes_when_it_was_made() -> None:
    moved = an_invoice(State.READY, version=7).move(State.READY, LATER, action="test")
    assert (moved.version, moved.changed_at) == (8, LATER)


def test_a_move_clears_the_due_time_unless_it_sets_another() -> None:
    invoice = an_invoice(State.READY, due_at=NOW)
    assert invoice.move(State.READY, NOW, action="test").due_at is None
    assert invoice.move(State.READY, NOW, action="test", due_at=LATER).due_at == LATER


def test_a_move_leaves_the_record_it_started_from_as_it_was() -> None:
    invoice = an_invoice(State.READY)
    invoice.move(State.SUBMITTING, LATER, action="test")
    assert invoice == an_invoice(State.READY)


def test_a_reading_is_due_for_a_check_when_its_time_has_run_out() -> None:
    assert timedelta(hours=6) == READING_PATIENCE
    assert an_invoice().being_read(NOW, action="test").due_at == NOW + READING_PATIENCE


@pytest.mark.parametrize(
    ("move", "action"),
    [
        (lambda invoice: invoice.ready(NOW, automatic=False), "ready"),
        (lambda invoice: invoice.ready(NOW, automatic=True), "ready"),
        (lambda invoice: invoice.to_complete(NOW), "complete"),
        (lambda invoice: invoice.held(NOW, a_problem("down"), retry_in=timedelta(hours=1)), "hold"),
    ],
)
def test_a_move_that_does_not_exist_is_refused_by_the_name_of_what_was_tried(
    move: Callable[[Invoice], Invoice], action: str
) -> None:
    with pytest.raises(WrongState) as refused:
        move(an_invoice(State.SUBMITTED))
    assert refused.value.action == action


# --- what a record says that leaves a field out --------------------------------------------------------------


def test_a_new_record_is_its_first_version() -> None:
    assert an_invoice().version == 0


def test_an_attempt_without_a_channel_sent_the_pdf() -> None:
    attempt = Attempt(
        attempt_id="a1",
        phase="SENDING",
        started_at=NOW,
        invoice_number="F",
        recipient_siret="1" * 14,
        total_ttc="1.00",
    )
    assert (attempt.channel, attempt.called_duplicate) == ("pdf", False)


def test_a_deposit_with_only_a_known_status_has_no_complete_history_and_its_recipient_reports_payment() -> None:
    deposit = a_deposit()
    assert (deposit.history_complete, deposit.reports_payment, deposit.rejection_treated) == (False, True, False)


def test_an_invoice_without_a_rule_is_filed_by_its_metadata_alone() -> None:
    filed = an_invoice(classification_rule=None, metadata={"PJ": "oui"}).filing
    assert filed == Filing(classification_rule="", metadata={"PJ": "oui"})


# --- a request to submit -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.READY, State.HELD, State.READING])
def test_an_invoice_that_falls_back_to_the_form_forgets_the_request_to_submit(state: State) -> None:
    """The person asked to send what was there then: what the form becomes leaves only when a person asks again."""
    back = an_invoice(state, submit_requested_by="alice", due_at=NOW).to_complete(NOW)
    assert (back.submit_requested_by, back.due_at) == (None, None)
    assert back.ready(LATER, automatic=False).due_at is None


@pytest.mark.parametrize(
    ("automatic", "requested_by", "due"),
    [(True, None, True), (False, "alice", True), (True, "alice", True), (False, None, False)],
)
def test_a_ready_invoice_leaves_by_the_suppliers_switch_or_on_a_persons_request(
    automatic: bool, requested_by: str | None, due: bool
) -> None:
    ready = an_invoice(State.TO_COMPLETE).ready(LATER, automatic=automatic, submit_requested_by=requested_by)
    assert ready.due_at == (LATER if due else None)
    earlier = an_invoice(State.TO_COMPLETE, submit_requested_by=requested_by).ready(LATER, automatic=automatic)
    assert earlier.due_at == (LATER if due else None)


# --- held ----------------------------------------------------------------------------------------------------


def test_a_held_invoice_is_tried_again_after_the_given_time_and_says_why_it_waits() -> None:
    held = an_invoice(State.READY, problems=(a_problem("other"),)).held(
        NOW, a_problem("portal_unavailable"), retry_in=timedelta(minutes=7)
    )
    assert (held.state, held.due_at) == (State.HELD, NOW + timedelta(minutes=7))
    assert [problem.code for problem in held.problems] == ["other", "portal_unavailable"]


def test_a_reason_to_hold_that_comes_again_replaces_the_earlier_one() -> None:
    first = an_invoice(State.READY).held(NOW, a_problem("down", fr="avant"), retry_in=timedelta(minutes=1))
    second = first.held(LATER, a_problem("down", fr="après"), retry_in=timedelta(minutes=1))
    assert [problem.fr for problem in second.problems] == ["après"]


def test_an_invoice_is_held_since_the_first_try_however_many_follow() -> None:
    held = an_invoice(State.READY).held(NOW, a_problem("down"), retry_in=timedelta(minutes=1))
    tried = held.ready(LATER, automatic=True).move(State.SUBMITTING, LATER, action="test")
    again = tried.held(LATER, a_problem("down"), retry_in=timedelta(minutes=1))
    assert held.held_since == tried.held_since == again.held_since == NOW


@pytest.mark.parametrize("state", [State.SUBMITTED, State.REFUSED, State.IN_DOUBT])
def test_an_invoice_that_got_further_is_held_no_more(state: State) -> None:
    assert an_invoice(State.SUBMITTING, held_since=NOW).move(state, LATER, action="test").held_since is None


def test_an_invoice_that_waits_for_a_person_is_held_no_more() -> None:
    held = an_invoice(State.HELD, held_since=NOW)
    assert held.to_complete(LATER).held_since is None
    assert held.ready(LATER, automatic=False).held_since is None
    assert held.ready(LATER, automatic=True).held_since == NOW


# --- at the portal -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("deposit", "replaced_by", "view"),
    [
        (a_deposit("DEPOSEE"), None, "tracking"),
        (a_deposit("SUSPENDUE"), None, "to_process"),
        (a_deposit("REJETEE"), None, "to_process"),
        (a_deposit("REJETEE", rejection_treated=True), None, "tracking"),
        (a_deposit("REJETEE", missing_since=NOW), None, "tracking"),
        (a_deposit("REJETEE"), "d2", "tracking"),
    ],
)
def test_what_waits_for_the_supplier_at_the_portal_is_to_be_processed(
    deposit: Deposit, replaced_by: str | None, view: str
) -> None:
    assert an_invoice(State.SUBMITTED, deposit=deposit, replaced_by=replaced_by).listed_in == view


def test_only_a_submitted_invoice_is_listed_by_what_the_portal_says() -> None:
    assert an_invoice(State.IN_DOUBT, deposit=a_deposit("SUSPENDUE")).listed_in == "tracking"
    assert an_invoice(State.SUBMITTED).listed_in == "tracking"


@pytest.mark.parametrize(
    ("status", "changes", "ended"),
    [
        ("DEPOSEE", {}, False),
        ("MISE_EN_PAIEMENT", {}, True),
        ("MANDATEE", {}, False),
        ("MANDATEE", {"reports_payment": False}, True),
        ("DEPOSEE", {"reports_payment": False}, False),
        ("DEPOSEE", {"missing_since": NOW}, True),
    ],
)
def test_an_invoice_is_in_flight_until_its_life_at_the_portal_has_ended(
    status: str, changes: dict[str, object], ended: bool
) -> None:
    deposit = a_deposit(status, **changes)
    assert deposit.ended is ended
    assert an_invoice(State.SUBMITTED, deposit=deposit).in_flight is not ended


def test_what_is_not_at_the_portal_is_not_in_flight() -> None:
    assert not an_invoice(State.SUBMITTED).in_flight
    assert not an_invoice(State.REFUSED, deposit=a_deposit()).in_flight


@pytest.mark.parametrize(
    ("phase", "unsettled"),
    [("SENDING", True), ("IN_DOUBT", True), ("DONE", False), ("REFUSED", False), ("NOT_DONE", False)],
)
def test_an_answer_to_a_send_back_is_unsettled_while_the_portal_may_or_may_not_have_it(
    phase: str, unsettled: bool
) -> None:
    repair = RepairAttempt(repair_id="r", kind="recycle", phase=phase, by="alice", started_at=NOW, status="A_RECYCLER")  # type: ignore[arg-type]
    assert repair.unsettled is unsettled


def test_only_blocking_problems_block() -> None:
    blocking, told = a_problem("a"), a_problem("b", blocking=False)
    assert an_invoice(problems=(blocking, told)).blocking_problems == (blocking,)
