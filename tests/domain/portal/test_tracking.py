"""What a row of the portal's search changes in our record, when to poll again, and how far a retrieval is."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Deposit, StatusStep
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import FoundInvoice, InvoiceHistory, PassedStatus
from chorus_connector.domain.portal.tracking import (
    FULL_EVERY,
    LIVE_OVERLAP,
    NIGHTLY_EVERY,
    NIGHTLY_OVERLAP,
    Run,
    TrackingProgress,
    deposit_from,
    found_at_portal,
    is_news,
    is_older,
    next_poll,
    portal_document_id,
    with_history,
    with_routing,
    with_row,
)
from tests.builders import NOW, TOWN_SIRET

PARIS = ZoneInfo("Europe/Paris")
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)


def a_row(**facts: Any) -> FoundInvoice:
    values: dict[str, Any] = {"recipient_siret": None, "invoice_date": None, "total_ttc": None, "status": "DEPOSEE"}
    return FoundInvoice(8001, "FA-1", **{**values, **facts})


def a_deposit(**facts: Any) -> Deposit:
    return Deposit(**{"chorus_id": 8001, "invoice_number": "FA-1", "status": "DEPOSEE", "status_at": NOW, **facts})


# --- is it news, is it older ---------------------------------------------------------------------------------


@pytest.mark.parametrize("apart", [timedelta(0), 59 * SECOND, -59 * SECOND])
def test_the_same_passage_within_a_minute_is_no_news(apart: timedelta) -> None:
    """The portal's history tells no more than minutes."""
    assert not is_news(a_deposit(), a_row(status_at=NOW + apart))


@pytest.mark.parametrize("apart", [MINUTE, -MINUTE, timedelta(days=1)])
def test_the_same_status_a_minute_or_more_apart_is_another_passage(apart: timedelta) -> None:
    assert is_news(a_deposit(), a_row(status_at=NOW + apart))


def test_another_status_is_news() -> None:
    assert is_news(a_deposit(), a_row(status="MANDATEE", status_at=NOW))


def test_a_row_that_does_not_tell_when_is_no_news_of_the_same_status() -> None:
    assert not is_news(a_deposit(), a_row(status_at=None))
    assert is_news(a_deposit(status_at=None), a_row(status_at=NOW)), "it is told for the first time"


@pytest.mark.parametrize(("ours", "theirs", "news"), [(False, True, True), (True, True, False), (True, False, False)])
def test_a_rejection_that_was_dealt_with_is_news_once(ours: bool, theirs: bool, news: bool) -> None:
    assert is_news(a_deposit(rejection_treated=ours), a_row(status_at=NOW, rejection_treated=theirs)) is news


def test_an_invoice_that_the_portal_shows_again_is_news() -> None:
    assert is_news(a_deposit(missing_since=NOW), a_row(status_at=NOW))


@pytest.mark.parametrize(
    ("row_at", "older"),
    [(NOW - MINUTE, False), (NOW - MINUTE - SECOND, True), (NOW, False), (NOW + MINUTE, False), (None, False)],
)
def test_a_row_of_more_than_a_minute_before_what_we_know_is_older(row_at: datetime | None, older: bool) -> None:
    assert is_older(a_deposit(), a_row(status_at=row_at)) is older


def test_nothing_is_older_than_a_passage_of_an_unknown_time() -> None:
    assert not is_older(a_deposit(status_at=None), a_row(status_at=NOW))


# --- when to poll again --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("quiet_for", "pace"),
    [
        (timedelta(0), timedelta(minutes=9)),
        (timedelta(hours=2) - SECOND, timedelta(minutes=9)),
        (timedelta(hours=2), timedelta(hours=1)),
        (timedelta(days=2) - SECOND, timedelta(hours=1)),
        (timedelta(days=2), timedelta(hours=6)),
        (timedelta(days=10) - SECOND, timedelta(hours=6)),
        (timedelta(days=10), timedelta(days=1)),
        (timedelta(days=400), timedelta(days=1)),
    ],
)
def test_an_invoice_is_polled_less_often_the_longer_nothing_has_happened(quiet_for: timedelta, pace: timedelta) -> None:
    assert next_poll(a_deposit(status_at=NOW - quiet_for), NOW) == NOW + pace


def test_an_invoice_whose_last_status_has_no_time_is_polled_every_ten_minutes() -> None:
    assert next_poll(a_deposit(status_at=None), NOW) == NOW + timedelta(minutes=9)


def test_an_invoice_at_the_end_of_its_life_is_polled_no_more() -> None:
    assert next_poll(a_deposit(status="MISE_EN_PAIEMENT"), NOW) is None
    assert next_poll(a_deposit(missing_since=NOW), NOW) is None


# --- what a row brings ---------------------------------------------------------------------------------------


def test_a_new_passage_is_added_to_the_history_which_is_no_longer_proven_complete() -> None:
    known = a_deposit(history=(StatusStep(status="DEPOSEE", at=NOW),), history_complete=True, status_comment="avant")
    told = with_row(known, a_row(status="SUSPENDUE", status_at=NOW + MINUTE, comment="il manque le bon"))
    assert (told.status, told.status_at, told.status_comment) == ("SUSPENDUE", NOW + MINUTE, "il manque le bon")
    assert [step.status for step in told.history] == ["DEPOSEE", "SUSPENDUE"]
    assert told.history[-1] == StatusStep(status="SUSPENDUE", at=NOW + MINUTE, comment="il manque le bon")
    assert not told.history_complete


def test_the_same_status_passed_again_is_another_step() -> None:
    known = a_deposit(history=(StatusStep(status="DEPOSEE", at=NOW),))
    assert len(with_row(known, a_row(status_at=NOW + MINUTE)).history) == 2


def test_a_row_that_says_the_same_adds_no_step() -> None:
    known = a_deposit(history=(StatusStep(status="DEPOSEE", at=NOW),), history_complete=True)
    told = with_row(known, a_row(status_at=NOW))
    assert (told.history, told.history_complete) == (known.history, True)


def test_a_time_that_is_new_belongs_to_the_known_status_change() -> None:
    known = a_deposit(status_at=None, history=(StatusStep(status="DEPOSEE"),))
    told = with_row(known, a_row(status_at=NOW, comment="reçue"))
    assert told.history == (StatusStep(status="DEPOSEE", at=NOW, comment="reçue"),)


def test_what_a_row_does_not_tell_stays_as_it_was() -> None:
    known = a_deposit(recipient_name="Mairie", certificate="proof", reports_payment=False)
    told = with_row(known, a_row(status="MANDATEE"))
    assert (told.status_at, told.recipient_name, told.certificate) == (NOW, "Mairie", "proof")
    assert not told.reports_payment


def test_a_row_shows_that_an_invoice_is_there() -> None:
    told = with_row(a_deposit(missing_since=NOW), a_row(status_at=NOW, rejection_treated=True, recipient_name="Ville"))
    assert (told.missing_since, told.rejection_treated, told.recipient_name) == (None, True, "Ville")


def test_an_invoice_seen_for_the_first_time_begins_with_the_passage_of_its_row() -> None:
    assert deposit_from(a_row(status_at=NOW)).history == (StatusStep(status="DEPOSEE", at=NOW),)


# --- the portal's history ------------------------------------------------------------------------------------


def test_the_portals_history_has_the_last_word_on_the_present_status() -> None:
    steps = (PassedStatus("DEPOSEE", NOW, None), PassedStatus("MANDATEE", NOW + MINUTE, "ordre 7"))
    told = with_history(a_deposit(missing_since=NOW), InvoiceHistory("MANDATEE", steps))
    assert (told.status, told.status_at, told.status_comment) == ("MANDATEE", NOW + MINUTE, "ordre 7")
    assert [step.status for step in told.history] == ["DEPOSEE", "MANDATEE"]
    assert told.history_complete
    assert told.missing_since is None


def test_the_same_passage_keeps_the_more_exact_time_and_the_comment_we_know() -> None:
    known = a_deposit(status_at=NOW + 30 * SECOND, status_comment="connu")
    told = with_history(known, InvoiceHistory("DEPOSEE", (PassedStatus("DEPOSEE", NOW, "dit"),)))
    assert (told.status_at, told.status_comment) == (NOW + 30 * SECOND, "connu")
    told = with_history(a_deposit(), InvoiceHistory("DEPOSEE", (PassedStatus("DEPOSEE", NOW, "dit"),)))
    assert told.status_comment == "dit"


def test_the_same_status_at_another_time_is_the_passage_that_the_history_tells() -> None:
    later = NOW + MINUTE
    told = with_history(a_deposit(), InvoiceHistory("DEPOSEE", (PassedStatus("DEPOSEE", later, None),)))
    assert told.status_at == later


def test_a_history_without_steps_tells_the_status_alone() -> None:
    told = with_history(a_deposit(), InvoiceHistory("MANDATEE", ()))
    assert (told.status, told.history, told.history_complete) == ("MANDATEE", (), True)


def test_in_the_hour_that_comes_twice_a_time_without_zone_may_be_either() -> None:
    second = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS, fold=1)
    step = PassedStatus("DEPOSEE", second.replace(fold=0), None)
    told = with_history(a_deposit(status_at=second.astimezone(UTC)), InvoiceHistory("DEPOSEE", (step,)))
    assert told.status_at == second.astimezone(UTC)


# --- what was sent by other means ----------------------------------------------------------------------------


def test_an_invoice_found_at_the_portal_has_what_its_row_tells() -> None:
    row = a_row(
        recipient_siret=TOWN_SIRET,
        recipient_name="Mairie",
        service_code="STECH",
        engagement_number="EJ-1",
        contract_number="M-1",
        invoice_type="credit_note",
        invoice_date=date(2026, 11, 2),
        total_ht=Decimal("500"),
        total_ttc=Decimal("600.5"),
        amount_due=Decimal("0"),
        deposited_on=date(2026, 11, 3),
    )
    found = found_at_portal(row, "s1", now=NOW)
    assert (found.supplier_id, found.document_id, found.state) == ("s1", portal_document_id(8001), State.SUBMITTED)
    assert (found.origin, found.uploaded_by, found.changed_at) == ("portal", "chorus_pro", NOW)
    assert found.file_name == "FA-1.pdf"
    assert found.received_at == datetime(2026, 11, 3, tzinfo=PARIS)
    assert {name: (field.value, field.source) for name, field in found.form.fields.items()} == {
        "invoice_number": ("FA-1", "portal"),
        "invoice_type": ("credit_note", "portal"),
        "invoice_date": ("2026-11-02", "portal"),
        "recipient_name": ("Mairie", "portal"),
        "recipient_siret": (TOWN_SIRET, "portal"),
        "service_code": ("STECH", "portal"),
        "engagement_number": ("EJ-1", "portal"),
        "contract_number": ("M-1", "portal"),
        "total_ht": ("500.00", "portal"),
        "total_ttc": ("600.50", "portal"),
        "amount_due": ("0.00", "portal"),
    }


def test_an_invoice_whose_deposit_has_no_day_was_received_on_the_day_it_bears_or_now() -> None:
    dated = a_row(invoice_date=date(2026, 11, 2))
    assert found_at_portal(dated, "s1", now=NOW).received_at == datetime(2026, 11, 2, tzinfo=PARIS)
    assert found_at_portal(a_row(), "s1", now=NOW).received_at == NOW


def test_the_way_to_the_recipient_is_as_it_is_at_the_portal_now() -> None:
    form = Form(
        fields={
            "recipient_siret": FormField(value=TOWN_SIRET, source="text"),
            "service_code": FormField(value="OLD", source="person"),
            "comment": FormField(value="x", source="person"),
        }
    )
    recycled = with_routing(form, a_row(recipient_siret=TOWN_SIRET, service_code="NEW", engagement_number="EJ-2"))
    assert recycled.fields["recipient_siret"].source == "text", "what is the same is left alone"
    assert (recycled.value("service_code"), recycled.value("engagement_number")) == ("NEW", "EJ-2")
    assert recycled.value("comment") == "x"
    assert with_routing(form, a_row()) is form, "a row that tells nothing takes nothing away"


# --- how far a retrieval is ----------------------------------------------------------------------------------


def test_changes_are_asked_for_with_an_overlap_longer_than_the_hour_that_comes_twice() -> None:
    assert timedelta(hours=2) == LIVE_OVERLAP > timedelta(hours=1)
    assert timedelta(days=1) == NIGHTLY_OVERLAP


def test_everything_is_asked_for_once_a_week_and_a_night_never_comes_just_too_early() -> None:
    assert timedelta(days=7) == FULL_EVERY
    assert timedelta(hours=20) == NIGHTLY_EVERY < timedelta(days=1)


@pytest.mark.parametrize(
    ("known", "since"),
    [
        (TrackingProgress(), None),
        (TrackingProgress(version=1, retrieved_at=NOW), None),
        (TrackingProgress(version=1, retrieved_at=NOW, full_at=NOW - FULL_EVERY), None),
        (TrackingProgress(version=1, retrieved_at=NOW, full_at=NOW - FULL_EVERY + SECOND), NOW - NIGHTLY_OVERLAP),
    ],
    ids=["never", "never everything", "everything a week ago", "everything less than a week ago"],
)
def test_everything_is_asked_for_once_a_week_and_changes_with_an_overlap_between(
    known: TrackingProgress, since: datetime | None
) -> None:
    run = known.with_run(NOW).run
    assert run == Run(started_at=NOW, since=since)


def test_a_run_that_was_cut_continues_from_its_page() -> None:
    cut = TrackingProgress(version=3, run=Run(started_at=NOW, since=NOW, page=4, total=400))
    assert cut.with_run(NOW + timedelta(hours=1)) == cut
    assert cut.restarted_at(NOW + timedelta(hours=1)) == cut


def test_a_run_that_read_no_page_shows_what_is_there_when_it_is_read() -> None:
    later = NOW + timedelta(hours=1)
    begun = TrackingProgress().with_run(NOW).restarted_at(later)
    assert begun.run == Run(started_at=later)
    assert TrackingProgress().restarted_at(later) == TrackingProgress()


@pytest.mark.parametrize(("before", "total", "page"), [(None, 40, 4), (40, 40, 4), (40, 41, 4), (40, 39, 1)], ids=str)
def test_a_search_that_shrinks_is_read_from_its_first_page_again(before: int | None, total: int, page: int) -> None:
    """What moved up from a later page to an earlier one would be missed."""
    run = TrackingProgress(run=Run(started_at=NOW, page=3, total=before)).after_page(total).run
    assert run == Run(started_at=NOW, page=page, total=total)


@pytest.mark.parametrize("mode", ["local", "remote"])
def test_a_finished_run_shows_what_was_there_as_it_began_and_a_local_supplier_is_due_the_next_night(mode: Any) -> None:
    later = NOW + timedelta(hours=1)
    running = TrackingProgress(run=Run(started_at=NOW, page=3), retry_at=NOW, nightly_due_at=NOW)
    done = running.finished(mode, later)
    assert done == TrackingProgress(
        retrieved_at=NOW, full_at=NOW, nightly_due_at=later + NIGHTLY_EVERY if mode == "local" else None
    )


def test_a_run_over_changes_does_not_count_as_one_over_everything() -> None:
    known = TrackingProgress(full_at=NOW - MINUTE, run=Run(started_at=NOW, since=NOW))
    assert known.finished("local", NOW).full_at == NOW - MINUTE


def test_a_finished_run_does_not_make_the_records_older_than_a_reading_made_them() -> None:
    read = TrackingProgress(retrieved_at=NOW + MINUTE, run=Run(started_at=NOW))
    assert read.finished("remote", NOW + MINUTE).retrieved_at == NOW + MINUTE


@pytest.mark.parametrize(
    ("known", "due"),
    [
        (TrackingProgress(), True),
        (TrackingProgress(version=1), False),
        (TrackingProgress(version=1, retry_at=NOW), True),
        (TrackingProgress(version=1, retry_at=NOW + SECOND), False),
        (TrackingProgress(version=1, nightly_due_at=NOW), True),
        (TrackingProgress(version=1, nightly_due_at=NOW + SECOND), False),
        (TrackingProgress(version=1, retry_at=NOW + SECOND, nightly_due_at=NOW), True),
    ],
)
def test_a_retrieval_is_due_when_it_was_never_made_or_one_of_its_times_has_come(
    known: TrackingProgress, due: bool
) -> None:
    assert known.is_due(NOW) is due


def test_another_loading_mode_asks_for_everything_soon() -> None:
    known = TrackingProgress(version=1, retrieved_at=NOW, full_at=NOW, run=Run(started_at=NOW, page=7))
    local = known.in_mode("local", NOW)
    assert (local.run, local.full_at, local.retry_at, local.nightly_due_at) == (None, None, NOW, NOW)
    assert known.in_mode("remote", NOW).nightly_due_at is None
    assert local.with_run(NOW).run == Run(started_at=NOW)


def test_a_run_that_is_cut_says_when_it_continues_and_a_refresh_when_it_was_made() -> None:
    known = TrackingProgress(version=1, run=Run(started_at=NOW, page=2))
    assert known.interrupted(NOW + MINUTE) == known.model_copy(update={"retry_at": NOW + MINUTE})
    assert known.all_retrieved(NOW) == known.model_copy(update={"retrieved_at": NOW})
