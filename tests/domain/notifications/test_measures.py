"""What is counted of a document, a breaker, a supplier's keys: once for each thing that happened."""

from datetime import timedelta

import pytest

from chorus_connector.domain.invoices.attachments import awaited_problem
from chorus_connector.domain.invoices.invoice import Attempt, Deposit, Invoice, OcrJob
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.measures import (
    Measure,
    breaker_openings,
    credentials_announcements,
    credentials_measures,
    held_age,
    in_doubt_age,
    measures_of,
    removal_age,
    retrieval_lag,
)
from chorus_connector.domain.portal.breaker import Breaker
from chorus_connector.domain.portal.credentials import CredentialsStatus
from chorus_connector.domain.portal.tracking import Run, TrackingProgress
from chorus_connector.domain.problem import Problem
from chorus_connector.usecases.invoices.waiting import credentials_problem, portal_problem, suspended_problem
from tests.builders import NOW, an_invoice


def _named(measures: list[Measure], name: str) -> list[float]:
    return [each.value for each in measures if each.name == name]


def _submitted(status: str) -> Invoice:
    return an_invoice(State.SUBMITTED, deposit=Deposit(chorus_id=1, invoice_number="F1", status=status))


def test_a_document_that_comes_to_a_state_is_counted_there_and_a_change_within_it_is_not() -> None:
    ready = an_invoice(State.READY)
    (counted,) = [each for each in measures_of(an_invoice(State.TO_COMPLETE), ready) if each.name == "Documents"]
    assert counted.dimensions == {"state": "READY"}
    assert measures_of(ready, ready.model_copy(update={"version": 9})) == []


def test_the_end_of_a_reading_tells_how_long_it_took_and_what_textract_was_paid_for() -> None:
    job = OcrJob(job_id="j", pages=(1, 4), started_at=NOW)
    before = an_invoice(State.READING, ocr_job=job, received_at=NOW)
    after = before.to_complete(NOW + timedelta(seconds=40))
    measures = measures_of(before, after)
    assert _named(measures, "SecondsToForm") == [40]
    assert _named(measures, "OcrPages") == [2]


@pytest.mark.parametrize(("state", "rejected"), [(State.SUBMITTED, 0.0), (State.REFUSED, 1.0)])
def test_the_average_of_what_was_judged_is_the_rate_of_rejects(state: State, rejected: float) -> None:
    assert _named(measures_of(an_invoice(State.SUBMITTING), an_invoice(state)), "Rejected") == [rejected]


def test_a_later_rejection_by_the_recipient_counts_too_and_an_ordinary_status_does_not() -> None:
    assert _named(measures_of(_submitted("DEPOSEE"), _submitted("REJETEE")), "Rejected") == [1.0]
    assert _named(measures_of(_submitted("DEPOSEE"), _submitted("MANDATEE")), "Rejected") == []
    assert _named(measures_of(_submitted("DEPOSEE"), _submitted("MANDATEE")), "PortalStatuses") == [1]
    (change,) = measures_of(_submitted("DEPOSEE"), _submitted("MANDATEE"))
    assert (change.dimensions, change.facts) == ({}, {"status": "MANDATEE"}), "57 statuses would be 57 metrics"


def test_what_was_found_at_the_portal_is_none_of_our_doing() -> None:
    assert measures_of(None, _submitted("REJETEE").model_copy(update={"origin": "portal"})) == []


def test_doubt_is_as_old_as_its_attempt_and_only_while_it_lasts() -> None:
    attempt = Attempt(
        attempt_id="a",
        phase="SENDING",
        started_at=NOW,
        invoice_number="F1",
        recipient_siret="1" * 14,
        total_ttc="1.00",
    )
    later = NOW + timedelta(hours=2)
    assert [each.value for each in in_doubt_age(an_invoice(State.IN_DOUBT, attempt=attempt), later)] == [7200]
    assert in_doubt_age(an_invoice(State.SUBMITTED, attempt=attempt), later) == []


def test_a_flow_the_portal_never_judges_grows_old_like_a_doubt() -> None:
    attempt = Attempt(
        attempt_id="a",
        phase="FOLLOWING",
        channel="flow",
        flow_number="CPP1",
        started_at=NOW,
        invoice_number="F1",
        recipient_siret="1" * 14,
        total_ttc="1.00",
    )
    (measured,) = in_doubt_age(an_invoice(State.SUBMITTING, attempt=attempt), NOW + timedelta(hours=27))
    assert (measured.name, measured.value, measured.dimensions) == ("InDoubtAge", 97_200, {"channel": "flow"})
    sending = attempt.model_copy(update={"phase": "SENDING"})
    assert in_doubt_age(an_invoice(State.SUBMITTING, attempt=sending), NOW + timedelta(minutes=1)) == [], "at work"


def test_what_waits_though_nothing_is_wrong_with_it_is_as_old_as_its_first_hold() -> None:
    quarter = timedelta(minutes=15)
    held = an_invoice(State.READY).held(NOW, portal_problem(), retry_in=quarter)
    assert [(each.name, each.value) for each in held_age(held, NOW + quarter)] == [("HeldAge", 900)]
    tried = held.ready(NOW + quarter, automatic=True).move(State.SUBMITTING, NOW + quarter, action="t")
    again = tried.held(NOW + quarter, portal_problem(), retry_in=quarter)
    assert [each.value for each in held_age(again, NOW + 2 * quarter)] == [1800], "trying in between changes nothing"
    woken = again.move(State.HELD, NOW + 2 * quarter, action="wake", due_at=NOW + 2 * quarter)
    assert held_age(woken, NOW + 2 * quarter) == held_age(again, NOW + 2 * quarter)
    by_a_person = again.to_complete(NOW).ready(NOW + 2 * quarter, automatic=True)
    later = by_a_person.held(NOW + 3 * quarter, portal_problem(), retry_in=quarter)
    assert [each.value for each in held_age(later, NOW + 3 * quarter)] == [0], "a person had it in between"
    waits_for_nobody = again.ready(NOW, automatic=False).held(NOW + quarter, portal_problem(), retry_in=quarter)
    assert [each.value for each in held_age(waits_for_nobody, NOW + quarter)] == [0], "nobody wanted it sent meanwhile"


@pytest.mark.parametrize("problem", [suspended_problem(), awaited_problem("PJ"), credentials_problem("rights")])
def test_documents_that_people_know_to_be_waiting_are_not_measured(problem: Problem) -> None:
    held = an_invoice(State.READY).held(NOW, problem, retry_in=timedelta(hours=1))
    assert held_age(held, NOW + timedelta(days=9)) == []
    assert held_age(an_invoice(State.READY), NOW) == []


def test_a_breaker_counts_each_time_it_opens_anew_and_not_when_a_probe_begins_or_it_closes() -> None:
    open_ = Breaker(opened_at=NOW, retry_at=NOW + timedelta(minutes=2))
    assert _named(breaker_openings(Breaker(), open_, True), "BreakerOpened") == [1]
    assert breaker_openings(open_, open_.model_copy(update={"probe_until": NOW}), True) == []
    assert breaker_openings(open_, Breaker(), True) == []
    longer = open_.model_copy(update={"retry_at": NOW + timedelta(minutes=6)})
    assert [each.dimensions for each in breaker_openings(open_, longer, False)] == [{"scope": "supplier"}]


def test_a_retrieval_that_was_cut_is_late_since_the_last_whole_one() -> None:
    yesterday = NOW - timedelta(days=1)
    assert retrieval_lag(TrackingProgress(retrieved_at=yesterday), NOW).value == 0
    local = TrackingProgress(retrieved_at=yesterday, run=Run(started_at=NOW), nightly_due_at=NOW)
    assert retrieval_lag(local, NOW).value == 86400


def test_a_remote_supplier_whose_portal_stumbles_once_is_not_late_for_the_weeks_it_had_nothing_there() -> None:
    last_month = NOW - timedelta(days=30)
    stumbled = TrackingProgress(retrieved_at=last_month, run=Run(started_at=NOW - timedelta(minutes=10)))
    assert retrieval_lag(stumbled, NOW).value == 600


def test_a_trial_tells_whether_keys_work_and_how_long_the_password_lasts() -> None:
    status = CredentialsStatus(probed_at=NOW, password_expires_at=NOW + timedelta(days=12))
    assert {each.name: each.value for each in credentials_measures(status, NOW)} == {
        "CredentialsRefused": 0,
        "CredentialsDaysLeft": 12,
    }


def test_credentials_first_refused_during_the_day_are_notified_once_not_with_each_probe() -> None:
    refused = Breaker(opened_at=NOW, retry_at=NOW + timedelta(hours=1), fault="technical_account")
    assert _named(breaker_openings(Breaker(), refused, False), "CredentialsAnnounced") == [1]
    again = refused.model_copy(update={"retry_at": NOW + timedelta(hours=2)})
    assert [each.name for each in breaker_openings(refused, again, False)] == ["BreakerOpened"]
    other = again.model_copy(update={"fault": "rights"})
    assert [each.name for each in breaker_openings(again, other, False)] == ["CredentialsAnnounced"]
    suspected = refused.model_copy(update={"suspected": True})
    assert [each.name for each in breaker_openings(suspected, refused, False)] == ["CredentialsAnnounced"]


@pytest.mark.parametrize(
    ("codes", "about"),
    [
        (["credentials_technical_account"], []),  # the breaker's change is counted
        (["password_expires_soon"], ["ending"]),
        (["certificate_expires_soon"], ["ending"]),
        (["credentials_rights", "password_expires_soon"], ["ending"]),
        (["credentials_work_again"], []),
        (["bank_details_missing"], []),
    ],
)
def test_the_trials_news_counts_a_password_that_ends_and_leaves_refusals_to_the_breaker(
    codes: list[str], about: list[str]
) -> None:
    assert [each.dimensions["about"] for each in credentials_announcements(codes)] == about


def test_a_removal_is_as_old_as_the_wish_for_it_and_none_is_zero() -> None:
    assert removal_age(NOW - timedelta(hours=9), NOW) == Measure("RemovalAge", 9 * 3600, "Seconds")
    assert removal_age(None, NOW).value == 0


@pytest.mark.parametrize("state", [State.TO_COMPLETE, State.READY, State.HELD])
def test_only_the_end_of_a_reading_is_measured_as_one(state: State) -> None:
    ended = an_invoice(state, received_at=NOW, changed_at=NOW + timedelta(seconds=40))
    assert _named(measures_of(an_invoice(State.READING), ended), "SecondsToForm") == [40]
    for other in (State.RECEIVED, State.SUBMITTING, *({State.TO_COMPLETE, State.READY, State.HELD} - {state})):
        assert _named(measures_of(an_invoice(other), ended), "SecondsToForm") == []
    assert _named(measures_of(None, ended), "SecondsToForm") == []
    assert _named(measures_of(an_invoice(State.READING), an_invoice(State.SET_ASIDE)), "OcrPages") == []


def test_a_reading_without_ocr_paid_for_no_page() -> None:
    assert _named(measures_of(an_invoice(State.READING), an_invoice(State.READY)), "OcrPages") == [0]
