"""What was never sent can be deleted; the attempt to submit and the deletion exclude each other."""

from typing import Any

import pytest

from chorus_connector.domain.errors import Conflict, NotFound, StaleWrite
from chorus_connector.domain.invoices.invoice import Deposit
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.usecases.invoices.deletion import DeleteDocument
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from tests.builders import NOW, an_invoice
from tests.usecases.invoices.test_filing import ATTEMPT, Desk


def deletion(desk: Desk, sight: Visibility = EVERYTHING) -> DeleteDocument:
    return DeleteDocument(VisibleInvoices(desk.invoices, sight), desk.invoices, desk.documents)


def delete(desk: Desk, version: int | None = None) -> None:
    at = desk.invoices.get("d1").version if version is None else version
    deletion(desk).delete("d1", version=at, by="alice", now=NOW)


UNSENT = (
    State.RECEIVED,
    State.SET_ASIDE,
    State.DUPLICATE,
    State.UNUSABLE,
    State.READING,
    State.TO_COMPLETE,
    State.READY,
    State.HELD,
    State.REFUSED,
)


@pytest.mark.parametrize("state", UNSENT)
@pytest.mark.parametrize("status", ["active", "suspended"])
def test_a_document_that_was_never_sent_is_deleted_with_all_that_it_has(state: State, status: str) -> None:
    desk = Desk(status=status)
    desk.add(state, sha256="abc")
    desk.invoices._table.contents["s1", "abc"] = desk.invoices._table.numbers["s1", "F"] = "d1"
    desk.documents.put_words("d1", b"words")
    delete(desk)
    with pytest.raises(NotFound):
        desk.invoices.get("d1")
    assert (desk.invoices.content_holder("abc"), desk.invoices.number_holder("F")) == (None, None)
    assert desk.documents.originals == desk.documents.stored_words == {}
    (line,) = desk.invoices._table.changes["s1"]
    assert (line.by, line.item, line.action) == ("alice", "documents/d1", "deleted")
    assert set(line.before or {}) == {"state", "received_at", "sha256"}


def test_the_claim_of_another_document_stays() -> None:
    desk = Desk()
    desk.add(State.DUPLICATE, sha256="abc", duplicate_of="d0")
    desk.invoices._table.contents["s1", "abc"] = "d0"
    delete(desk)
    assert desk.invoices.content_holder("abc") == "d0"


@pytest.mark.parametrize("state", [State.SUBMITTING, State.IN_DOUBT, State.SUBMITTED])
def test_it_is_too_late_once_the_attempt_is_written(state: State) -> None:
    desk = Desk()
    desk.add(state, attempt=ATTEMPT)
    with pytest.raises(Conflict) as refused:
        delete(desk)
    assert refused.value.code == "too_late"
    assert desk.documents.originals, "its file is kept"


@pytest.mark.parametrize(
    ("state", "facts"),
    [
        (State.READY, {"attempt": ATTEMPT}),
        (State.SUBMITTED, {"origin": "portal", "deposit": Deposit(chorus_id=1, invoice_number="F", status="DEPOSEE")}),
        (State.TO_COMPLETE, {"replaces": "d0"}),
    ],
)
def test_what_is_evidence_stays_and_the_answer_says_why(state: State, facts: dict[str, Any]) -> None:
    desk = Desk()
    desk.add(state, **facts)
    with pytest.raises(Conflict) as refused:
        delete(desk)
    assert refused.value.code == "status_forbids"
    assert desk.invoices.get("d1").state is state


def test_a_refused_attempt_is_an_attempt() -> None:
    """Its record forgets the attempt, its history does not."""
    desk = Desk()
    sending = desk.add().move(State.SUBMITTING, NOW, action="submit", attempt=ATTEMPT)
    desk.invoices.save_claiming_number(sending, "F", by="submission", action="sending")
    desk.invoices.save(
        sending.move(State.REFUSED, NOW, action="refuse", attempt=None), by="submission", action="refused"
    )
    with pytest.raises(Conflict) as refused:
        delete(desk)
    assert refused.value.code == "status_forbids"


def test_of_a_deletion_and_an_attempt_the_first_wins() -> None:
    desk = Desk()
    desk.add(submit_requested_by="alice")
    version = desk.invoices.get("d1").version
    assert desk.work().state is State.SUBMITTED
    with pytest.raises(Conflict):
        delete(desk, version)

    desk = Desk()
    desk.add(submit_requested_by="alice")
    delete(desk)
    with pytest.raises(NotFound):
        desk.work()
    assert desk.portal.submits == 0


def test_a_deletion_just_before_the_attempt_is_written_stops_it() -> None:
    desk = Desk()
    desk.add(submit_requested_by="alice")
    table = desk.invoices._table

    def first(write: str) -> None:
        if write == "before sending":
            table.on_write = lambda _: None
            delete(desk)

    table.on_write = first
    with pytest.raises((StaleWrite, NotFound)):
        desk.work()
    assert desk.portal.submits == 0
    with pytest.raises(NotFound):
        desk.invoices.get("d1")


def test_an_attempt_that_is_written_just_before_the_deletion_stops_it() -> None:
    desk = Desk()
    desk.add(submit_requested_by="alice")
    table = desk.invoices._table

    def first(write: str) -> None:
        if write == "before delete":
            table.on_write = lambda _: None
            desk.work()

    table.on_write = first
    with pytest.raises(StaleWrite):
        delete(desk)
    assert desk.invoices.get("d1").state is State.SUBMITTED
    assert desk.documents.originals


def test_a_document_that_the_caller_may_not_see_is_not_found() -> None:
    desk = Desk()
    desk.add(metadata={"user_label": "Nord"})
    with pytest.raises(NotFound):
        deletion(desk, Visibility("user_label", frozenset({"sud"}))).delete("d1", version=0, by="bob", now=NOW)
    with pytest.raises(StaleWrite):
        delete(desk, 9)
    assert an_invoice().document_id == desk.invoices.get("d1").document_id
