"""Which writes are notified, their kinds and their ids."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.states import MOVES, State
from chorus_connector.domain.notifications.digest import digest
from chorus_connector.domain.notifications.notification import (
    NOTIFICATION_ID,
    earliest_id,
    is_waiting,
    notification_id,
    notification_of,
    occurred_at,
)
from tests.builders import NOW, an_invoice

DEPOSIT = Deposit(chorus_id=1, invoice_number="FA-1", status="DEPOSEE")
SUBMITTED = an_invoice(State.SUBMITTED, version=7, deposit=DEPOSIT)


@pytest.mark.row("S12")
@pytest.mark.parametrize("state", [State.TO_COMPLETE, State.REFUSED, State.READY, State.UNUSABLE])
def test_a_document_that_starts_waiting_is_notified(state: State) -> None:
    told = notification_of(an_invoice(State.READING), an_invoice(state, version=1))
    assert told is not None
    assert (told.kind, told.type, told.state, told.status) == ("waiting", "document.waiting", state, None)


@pytest.mark.row("S30")
def test_a_file_that_cannot_be_sent_is_notified_because_the_upload_was_already_answered() -> None:
    told = notification_of(an_invoice(State.RECEIVED), an_invoice(State.UNUSABLE, version=1))
    assert told is not None
    mail = digest("Durand", [told]).body
    assert "inutilisable" in mail
    assert "cannot be sent" in mail
    for left_alone in (State.SET_ASIDE, State.DUPLICATE):
        assert notification_of(an_invoice(State.RECEIVED), an_invoice(left_alone, version=1)) is None


@pytest.mark.row("S12")
def test_a_document_that_goes_by_itself_does_not_wait() -> None:
    assert notification_of(an_invoice(State.READING), an_invoice(State.READY, due_at=NOW, version=1)) is None
    assert notification_of(an_invoice(State.READY), an_invoice(State.HELD, due_at=NOW, version=1)) is None


@pytest.mark.row("S12")
def test_a_document_that_waits_already_is_not_notified_again() -> None:
    waiting = an_invoice(State.TO_COMPLETE, version=1)
    assert notification_of(waiting, waiting.to_complete(NOW, corrections={"comment": "x"})) is None
    assert notification_of(waiting, waiting.ready(NOW, automatic=False)) is None


@pytest.mark.row("S12")
def test_turning_automatic_submission_off_lets_ready_documents_wait() -> None:
    ready = an_invoice(State.READY, due_at=NOW, version=1)
    told = notification_of(ready, ready.ready(NOW, automatic=False))
    assert told is not None
    assert told.kind == "waiting"


@pytest.mark.row("S13")
@pytest.mark.parametrize("before", [State.SUBMITTING, State.IN_DOUBT])
def test_a_submitted_document_is_notified_with_the_portals_number_and_status(before: State) -> None:
    told = notification_of(an_invoice(before, version=6), SUBMITTED)
    assert told is not None
    assert (told.kind, told.type, told.status) == ("submitted", "document.submitted", "DEPOSEE")
    assert told.invoice_number == "FA-1"


@pytest.mark.row("S14")
def test_a_changed_portal_status_is_notified_with_the_one_before() -> None:
    paid = DEPOSIT.model_copy(update={"status": "MISE_EN_PAIEMENT"})
    told = notification_of(SUBMITTED, SUBMITTED.move(State.SUBMITTED, NOW, action="sync", deposit=paid))
    assert told is not None
    assert (told.kind, told.type) == ("status", "invoice.status_changed")
    assert (told.previous_status, told.status) == ("DEPOSEE", "MISE_EN_PAIEMENT")


@pytest.mark.row("S14")
def test_the_same_status_again_is_not_notified() -> None:
    commented = DEPOSIT.model_copy(update={"status_comment": "vu"})
    assert notification_of(SUBMITTED, SUBMITTED.move(State.SUBMITTED, NOW, action="sync", deposit=commented)) is None


def test_the_same_write_always_has_the_same_id_and_another_one_another() -> None:
    assert notification_id(SUBMITTED) == notification_id(SUBMITTED.model_copy(update={"metadata": {"a": "b"}}))
    for other in ({"version": 8}, {"document_id": "d2"}, {"supplier_id": "s2"}):
        assert notification_id(SUBMITTED) != notification_id(SUBMITTED.model_copy(update=other))


@given(moments=st.lists(st.datetimes(min_value=NOW.replace(tzinfo=None), timezones=st.just(NOW.tzinfo)), min_size=2))
def test_ids_sort_as_time_does(moments: list) -> None:
    ids = [notification_id(an_invoice(changed_at=moment)) for moment in sorted(moments)]
    assert [occurred_at(each) for each in ids] == [occurred_at(each) for each in sorted(ids)]
    for moment, each in zip(sorted(moments), ids, strict=True):
        assert NOTIFICATION_ID.match(each)
        assert earliest_id(moment) <= each < earliest_id(moment + timedelta(milliseconds=1))


@pytest.mark.row("S12")
@given(data=st.data())
def test_on_every_path_through_the_states_each_wait_is_notified_once(data: st.DataObject) -> None:
    """On every path of a document, people are notified exactly as often as it starts waiting."""
    invoice: Invoice = an_invoice(State.READING)
    told, starts = 0, 0
    for _ in range(data.draw(st.integers(1, 12))):
        state = data.draw(st.sampled_from(sorted(MOVES[invoice.state]) or [invoice.state]))
        if state not in MOVES[invoice.state]:
            break
        due_at = data.draw(st.sampled_from([None, NOW]))
        moved = invoice.move(state, NOW, action="walk").model_copy(update={"due_at": due_at})
        starts += is_waiting(moved) and not is_waiting(invoice)
        found = notification_of(invoice, moved)
        told += found is not None and found.kind == "waiting"
        invoice = moved
    assert told == starts
