"""One action on many documents: each result is that of the document's own route, and none stops another."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.errors import Conflict, FormIncomplete, Invalid, NotFound, StaleWrite, WrongState
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.suppliers.tables import new_row
from chorus_connector.usecases.invoices.assigning import Assignment, ResolveAssignment
from chorus_connector.usecases.invoices.batch import BatchItem, BatchResult, ProcessBatch
from chorus_connector.usecases.invoices.deletion import DeleteDocument
from chorus_connector.usecases.invoices.filing import CorrectFiling
from chorus_connector.usecases.invoices.form import CompleteForm
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, a_reading, a_recipient, a_supplier, add_read
from tests.fakes import FakeDocuments, FakeInvoices, FakePortal, FakeQueue, FakeRecipients, FakeTable
from tests.fakes_tables import FakeTables

SUD = Visibility("Secteur", frozenset({"sud"}))


class Desk:
    """A supplier with some documents, and a caller who sees ``sight`` of them."""

    def __init__(self, *states: State, sight: Visibility = EVERYTHING) -> None:
        self.table = FakeTable()
        self.invoices = FakeInvoices(self.table, "s1")
        self.submissions, self.readings = FakeQueue(), FakeQueue()
        self.tables = FakeTables()
        self.sight = sight
        self.supplier = a_supplier(user_label_metadata="Secteur", automatic_submission=False)
        self.documents = 0
        for state in states:
            self.add(state)

    def add(self, state: State = State.READY, **changes: Any) -> Invoice:
        self.documents += 1
        number = f"FA-{self.documents}"
        bad = changes.pop("bad", False)
        reading = a_reading(invoice_number=number, **({"total_ttc": None, "amount_due": None} if bad else {}))
        return add_read(self.invoices, reading, state, document_id=f"d{self.documents}", **changes)

    def batch(self, may_go_on: Callable[[], bool] = lambda: True) -> ProcessBatch:
        visible = VisibleInvoices(self.invoices, self.sight)
        resolution = Resolution(self.supplier, self.invoices, Directory(FakeRecipients(), FakePortal([a_recipient()])))
        form = CompleteForm(visible, resolution, self.submissions)
        filing = CorrectFiling(visible, self.sight, resolution, self.readings)
        return ProcessBatch(form, filing, DeleteDocument(visible, self.invoices, FakeDocuments()), may_go_on)

    def run(self, action: Any, *items: BatchItem | str, **more: Any) -> list[BatchResult]:
        wanted = [BatchItem(each) if isinstance(each, str) else each for each in items]
        may_go_on = more.pop("may_go_on", lambda: True)
        return list(self.batch(may_go_on).run(wanted, action, by="alice", now=NOW, **more))

    def row(self, label: str, principal: str) -> None:
        self.tables.put([new_row("users", label=label, value=principal, scope="", by="root", now=NOW)])

    def resolved(self, principal: str | None = None, label: str | None = None) -> Assignment:
        return ResolveAssignment(self.supplier, self.tables, self.sight).to(principal=principal, label=label)


def errors(results: list[BatchResult]) -> list[type | None]:
    return [type(each.error) if each.error else None for each in results]


@pytest.mark.row("B12")
def test_each_document_has_the_result_of_its_own_route_in_the_order_of_the_request() -> None:
    desk = Desk(State.READY, State.SUBMITTED)
    desk.add(State.TO_COMPLETE, bad=True)
    stale = BatchItem("d1", version=99)
    results = desk.run("submit", "nowhere", "d2", "d3", stale, "d1")
    assert errors(results) == [NotFound, WrongState, FormIncomplete, StaleWrite, None]
    assert [each.document_id for each in results] == ["nowhere", "d2", "d3", "d1", "d1"]
    assert results[4].invoice is not None
    assert results[4].invoice.submit_requested_by == "alice"
    assert [each.document_id for each in desk.submissions.sent] == ["d1"]


@pytest.mark.row("B12", "B11")
@pytest.mark.parametrize(
    ("action", "state"), [("hold", State.HELD), ("set_aside", State.SET_ASIDE), ("validate", State.READY)]
)
def test_every_action_moves_every_document_that_allows_it(action: str, state: State) -> None:
    desk = Desk(State.READY, State.SUBMITTED, State.READY)
    desk.run(action, "d1", "d2", "d3")
    assert [desk.invoices.get(each).state for each in ("d1", "d2", "d3")] == [state, State.SUBMITTED, state]


@pytest.mark.row("B12", "B11")
def test_what_was_stopped_in_one_batch_is_released_in_another() -> None:
    desk = Desk(State.READY, State.READY)
    desk.run("hold", "d1", reason="en double")
    assert desk.invoices.get("d1").stopped is not None
    assert errors(desk.run("release", "d1", "d2")) == [None, WrongState]
    assert desk.invoices.get("d1").stopped is None


@pytest.mark.row("B12", "B11")
def test_documents_are_deleted_unless_they_were_sent() -> None:
    desk = Desk(State.TO_COMPLETE, State.SUBMITTED, State.READY)
    results = desk.run("delete", "d1", "d2", BatchItem("d3", version=9))
    assert [each.attempted for each in results] == [True, True, True]
    assert [type(each.error) for each in results] == [type(None), Conflict, StaleWrite]
    with pytest.raises(NotFound):
        desk.invoices.get("d1")
    assert {desk.invoices.get(each).state for each in ("d2", "d3")} == {State.SUBMITTED, State.READY}


def test_an_error_that_no_one_foresaw_is_the_result_of_its_document_only() -> None:
    desk = Desk(State.READY, State.READY)

    def breaks(_: str) -> None:
        desk.table.on_write = lambda _: None
        raise RuntimeError("disk")

    desk.table.on_write = breaks
    results = desk.run("hold", "d1", "d2")
    assert errors(results) == [RuntimeError, None]
    assert [desk.invoices.get(each).state for each in ("d1", "d2")] == [State.READY, State.HELD]


def test_the_result_names_what_the_time_did_not_allow_and_that_was_not_touched() -> None:
    desk = Desk(State.READY, State.READY, State.READY)
    left = iter([True, False, False])
    results = desk.run("submit", "d1", "d2", "d3", may_go_on=lambda: next(left))
    assert [each.attempted for each in results] == [True, False, False]
    assert desk.invoices.get("d2").version == desk.invoices.get("d3").version == 0


def test_without_a_version_a_lost_race_is_tried_again_and_with_one_it_is_not() -> None:
    desk = Desk(State.READY)
    batch = desk.batch()

    def the_worker_is_quicker(_: str) -> None:
        desk.table.on_write = lambda _: None
        current = desk.invoices.get("d1")
        desk.invoices.save(current.move(State.READY, NOW, action="x"), by="worker", action="x")

    desk.table.on_write = the_worker_is_quicker
    (result,) = batch.run([BatchItem("d1")], "hold", by="alice", now=NOW)
    assert result.error is None
    desk.table.on_write = the_worker_is_quicker
    version = desk.invoices.get("d1").version
    (result,) = batch.run([BatchItem("d1", version)], "set_aside", by="alice", now=NOW)
    assert isinstance(result.error, StaleWrite)


@given(st.lists(st.sampled_from(["d1", "d2", "d3", "theirs", "nowhere"]), unique=True, min_size=1))
@settings(max_examples=50)
def test_a_document_that_the_caller_may_not_see_is_not_found_and_stays_as_it_is(wanted: list[str]) -> None:
    desk = Desk(sight=SUD)
    for _ in range(3):
        desk.add(State.READY, metadata={"Secteur": "Sud"})
    theirs = desk.add(State.READY, metadata={"Secteur": "Nord"})
    names = ["d4" if each == "theirs" else each for each in wanted]
    results = desk.run("hold", *names)
    assert errors(results) == [NotFound if each in ("d4", "nowhere") else None for each in names]
    assert desk.invoices.get("d4") == theirs


def test_a_bulk_submission_confirms_no_layout() -> None:
    desk = Desk(State.READY)
    desk.run("submit", "d1")
    assert desk.invoices.get("d1").confirmed_by is None


# --- assigning -----------------------------------------------------------------------------------------------


@pytest.mark.row("B12", "S39")
def test_a_document_is_assigned_by_the_label_that_the_person_has() -> None:
    desk = Desk(State.READY, State.SUBMITTED)
    desk.row("Sud", "bob")
    results = desk.run("assign", "d1", "d2", assignment=desk.resolved("bob"))
    assert desk.invoices.get("d1").metadata["Secteur"] == "Sud"
    assert SUD.sees(desk.invoices.get("d1"))
    assert errors(results)[0] is None
    assert errors(results)[1] is not None
    assert errors(desk.run("assign", "d1", assignment=desk.resolved(label="SUD"))) == [None], "it has the label"


@pytest.mark.parametrize(
    ("principal", "label", "code"),
    [
        ("carol", None, "label_unknown"),
        (None, "Ouest", "label_unknown"),
        ("bob", "Ouest", "label_unknown"),
        ("dave", None, "label_ambiguous"),
    ],
)
def test_a_label_that_the_table_does_not_have_is_refused(principal: str | None, label: str | None, code: str) -> None:
    desk = Desk(State.READY)
    for label_of, of in (("Sud", "bob"), ("Nord", "dave"), ("Est", "dave")):
        desk.row(label_of, of)
    with pytest.raises(Invalid) as refused:
        desk.resolved(principal, label)
    assert [each.code for each in refused.value.problems] == [code]
    assert desk.resolved("dave", "est").label == "Est"


def test_a_restricted_caller_assigns_its_own_labels_and_learns_of_no_other() -> None:
    desk = Desk(sight=SUD)
    for label_of, of in (("Sud", "bob"), ("Nord", "dave"), ("Sud", "dave"), ("Nord", "carol")):
        desk.row(label_of, of)
    assert desk.resolved("dave").label == "Sud"
    for principal in ("carol", "nobody"):
        with pytest.raises(Invalid) as refused:
            desk.resolved(principal)
        assert [each.code for each in refused.value.problems] == ["label_unknown"]
    with pytest.raises(Invalid) as refused:
        desk.resolved(label="Nord")
    assert [each.code for each in refused.value.problems] == ["label_not_yours"]
