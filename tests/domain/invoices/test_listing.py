"""Which invoices a filter shows: every condition must hold, and ranges include both ends."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.adapters.table import keys
from chorus_connector.domain.invoices.counting import COUNTERS, counted_as
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Deposit, Invoice, StatusStep
from chorus_connector.domain.invoices.listing import Filter, waiting_time
from chorus_connector.domain.invoices.states import State
from tests.builders import READ_VALUES, TOWN_SIRET, an_invoice


def listed(**values: str) -> Invoice:
    texts = {**READ_VALUES, "engagement_number": "EJ-1", "contract_number": "M-1", **values}
    form = Form(fields={name: FormField(value=text, source="text") for name, text in texts.items() if text})  # type: ignore[arg-type,misc]
    deposit = Deposit(chorus_id=1, invoice_number="F", status="DEPOSEE")
    return an_invoice(State.SUBMITTED, form=form, deposit=deposit)


@pytest.mark.parametrize(
    ("condition", "same", "other"),
    [
        ("number", "FA-2026-17", "FA-2026-18"),
        ("recipient", TOWN_SIRET, "1" * 14),
        ("engagement", "EJ-1", "EJ-2"),
        ("contract", "M-1", "M-2"),
        ("status", frozenset({"DEPOSEE"}), frozenset({"REJETEE"})),
    ],
)
def test_a_text_is_compared_whole(condition: str, same: Any, other: Any) -> None:
    assert Filter(**{condition: same}).matches(listed())
    assert not Filter(**{condition: other}).matches(listed())


@pytest.mark.parametrize(
    ("lowest", "highest", "inside", "below", "above"),
    [
        (
            "invoice_date_from",
            "invoice_date_to",
            date(2026, 11, 2),
            date(2026, 11, 1),
            date(2026, 11, 3),
        ),
        ("total_ttc_min", "total_ttc_max", Decimal("600.00"), Decimal("599.99"), Decimal("600.01")),
    ],
)
def test_a_range_includes_both_ends(lowest: str, highest: str, inside: Any, below: Any, above: Any) -> None:
    invoice = listed()
    assert Filter(**{lowest: inside, highest: inside}).matches(invoice)
    assert Filter(**{lowest: below, highest: above}).matches(invoice)
    assert not Filter(**{lowest: above}).matches(invoice)
    assert not Filter(**{highest: below}).matches(invoice)


def test_an_invoice_without_the_value_is_in_no_range_of_it() -> None:
    assert not Filter(invoice_date_from=date(2026, 1, 1)).matches(listed(invoice_date=""))
    assert not Filter(total_ttc_max=Decimal("1000")).matches(listed(total_ttc=""))


def test_every_condition_must_hold_and_no_condition_shows_all() -> None:
    assert not Filter(number="FA-2026-17", contract="M-2").matches(listed())
    assert Filter().matches(an_invoice(State.READY))
    assert Filter().empty
    assert not Filter(number="FA").empty


@pytest.mark.parametrize(
    "text", ["facture", "FA-2026", "2026 17", "MAIRIE D'ANNECY", "mairie d’annecy", TOWN_SIRET[:9]]
)
def test_a_text_is_found_in_file_name_number_and_recipient_in_any_spelling(text: str) -> None:
    assert Filter(text=text).matches(listed(recipient_name="Mairie d’Annecy"))
    assert not Filter(text=f"{text} x").matches(listed(recipient_name="Mairie d’Annecy"))


def test_the_name_that_the_portal_gives_the_recipient_is_searched_too() -> None:
    invoice = listed()
    assert invoice.deposit is not None
    named = invoice.model_copy(update={"deposit": invoice.deposit.model_copy(update={"recipient_name": "Œuvres"})})
    assert Filter(text="oeuvres").matches(named)
    assert not Filter(text="oeuvres").matches(invoice)


def test_a_state_is_one_of_those_asked_for() -> None:
    assert Filter(state=frozenset({State.SUBMITTED, State.READY})).matches(listed())
    assert not Filter(state=frozenset({State.READY})).matches(listed())


def test_days_of_arrival_are_those_of_paris() -> None:
    """At 23:30 UTC in November the next day has begun in Paris."""
    late = listed().model_copy(update={"received_at": datetime(2026, 11, 20, 23, 30, tzinfo=UTC)})
    assert Filter(received_from=date(2026, 11, 21), received_to=date(2026, 11, 21)).matches(late)
    assert not Filter(received_to=date(2026, 11, 20)).matches(late)
    begin, end = Filter(received_from=date(2026, 11, 21), received_to=date(2026, 11, 21)).received
    assert (begin, end) == (
        datetime(2026, 11, 20, 23, tzinfo=UTC),
        datetime(2026, 11, 21, 23, tzinfo=UTC),
    )
    assert Filter().received == (None, None)


@pytest.mark.parametrize("state", State)
def test_the_only_list_of_a_state_is_where_its_documents_are(state: State) -> None:
    only = Filter(state=frozenset({state})).only_list
    assert only in (None, an_invoice(state).listed_in)
    assert (only is None) == (state is State.SUBMITTED), "one that was sent back is to process"
    assert Filter(state=frozenset({State.READY, State.SET_ASIDE})).only_list is None


@pytest.mark.parametrize("name", COUNTERS)
def test_a_counter_shows_what_it_counts(name: Any) -> None:
    for state in State:
        document = listed().model_copy(update={"state": state})
        counted = counted_as(document) in COUNTERS[name]
        assert Filter(counter=name).matches(document) == counted
        assert not counted or Filter(counter=name).only_list in (None, document.listed_in)


@given(st.dates(), st.dates())
def test_any_days_of_arrival_are_a_range_that_agrees_with_the_filter(first: date, last: date) -> None:
    wanted = Filter(received_from=first, received_to=last)
    begin, end = wanted.received
    assert begin is not None
    assert end is not None
    for moment in (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 11, 20, 23, 30, tzinfo=UTC)):
        document = listed().model_copy(update={"received_at": moment})
        assert wanted.matches(document) == (begin <= moment < end)
    sortable = [keys.sortable_time(each) for each in (begin, end)]
    assert all(len(each) == len("2026-11-29T10:05:07.000030Z") for each in sortable)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("e24-33", True),
        ("m-1", True),
        ("8000002", True),
        ("800000", False),
        ("10 625,76 €", True),
        ("10625.76", True),
        ("10625,7", False),
        ("9000,5", True),
        ("1e9", False),
    ],
)
def test_a_text_finds_what_tracking_shows(text: str, *, found: bool) -> None:
    invoice = listed(engagement_number="E24-33614", total_ttc="10625.76", amount_due="9000.50")
    assert invoice.deposit
    at_portal = invoice.deposit.model_copy(update={"chorus_id": 8000002})
    assert Filter(text=text).matches(invoice.model_copy(update={"deposit": at_portal})) == found


def waited(*steps: tuple[str, int], today: int = 30) -> tuple[int, bool, bool] | None:
    """Days of the term, whether it ended, whether it stands still; each step is a status and its day of November."""
    history = tuple(
        StatusStep(status=each, at=datetime(2026, 11, day, 9, tzinfo=UTC), comment=None) for each, day in steps
    )
    last = history[-1]
    deposit = Deposit(chorus_id=1, invoice_number="F", status=last.status, status_at=last.at, history=history)
    invoice = listed().model_copy(update={"deposit": deposit})
    found = waiting_time(invoice, date(2026, 11, today))
    return (found["days"], found["ended_on"] is not None, found["suspended"]) if found else None


def test_the_term_of_payment_runs_only_while_the_recipient_has_the_invoice() -> None:
    available = (("DEPOSEE", 1), ("MISE_A_DISPOSITION", 2))
    assert waited(*available) == (28, False, False)
    assert waited(*available, ("MISE_EN_PAIEMENT", 12)) == (10, True, False)
    assert waited(*available, ("REJETEE", 12)) is None
    assert waited(*available, ("A_RECYCLER", 12)) is None
    assert waited(*available, ("A_RECYCLER", 12), ("DEPOSEE", 13)) is None
    assert waited(*available, ("A_RECYCLER", 12), ("DEPOSEE", 13), ("MISE_A_DISPOSITION", 20)) == (10, False, False)
    assert waited(*available, ("SUSPENDUE", 12)) == (10, False, True)
    assert waited(*available, ("SUSPENDUE", 12), ("COMPLETEE", 17)) == (23, False, False)
