"""A replay repeats a lost step and never causes a second deposit, in any state of the document."""

from datetime import timedelta
from typing import Any

import pytest

from chorus_connector.domain.errors import FileTooComplex, StaleWrite, SupplierSuspended
from chorus_connector.domain.invoices.invoice import Deposit, Invoice, OcrJob
from chorus_connector.domain.invoices.replay import ReplayRefusal, step_for
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.quotas import OCR_QUOTA_USED_UP
from chorus_connector.usecases.invoices.replay import ReplayDocuments, ReplayOutcome, Selection
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, a_reading, a_recipient, a_supplier, add_read, an_invoice
from tests.fakes import FakeInvoices, FakePortal, FakeRecipients, FakeTable

AT_OR_NEAR_THE_PORTAL = (State.SUBMITTING, State.IN_DOUBT, State.SUBMITTED)


class World:
    """One supplier's documents, the steps that were sent, and a portal that counts deposits."""

    def __init__(self, **supplier: Any) -> None:
        self.table = FakeTable()
        self.invoices = FakeInvoices(self.table, "s1")
        self.portal = FakePortal([a_recipient()])
        self.sent: list[tuple[str, str]] = []
        resolution = Resolution(
            supplier=a_supplier(**supplier),
            invoices=self.invoices,
            directory=Directory(cache=FakeRecipients(), portal=self.portal),
        )
        self.replay = ReplayDocuments(
            self.invoices, lambda: resolution, lambda step, each: self.sent.append((step, each.document_id))
        )

    def run(self, *, do: bool = True, tell: bool = False, **selection: Any) -> list[ReplayOutcome]:
        return list(self.replay.run(Selection(**selection), tell=tell, do=do, now=NOW))


def a_document(state: State, document_id: str = "d1", **facts: Any) -> Invoice:
    return an_invoice(state, document_id=document_id, **facts)


@pytest.mark.row("B01")
@pytest.mark.parametrize("state", AT_OR_NEAR_THE_PORTAL)
def test_what_the_portal_holds_or_may_hold_is_refused_with_the_reason(state: State) -> None:
    world = World()
    world.invoices.add(a_document(state, deposit=Deposit(chorus_id=1, invoice_number="F", status="DEPOSEE")), by="x")
    before = world.invoices.get("d1")
    (outcome,) = world.run()
    assert outcome.step is None
    assert outcome.refusal is not None
    assert outcome.refusal.fr
    assert outcome.refusal.en
    assert (world.invoices.get("d1"), world.sent, world.portal.submits) == (before, [], 0)


@pytest.mark.row("B01")
@pytest.mark.parametrize("state", list(State))
def test_no_replay_in_any_state_makes_a_deposit(state: State) -> None:
    world = World()
    add_read(world.invoices, a_reading(), state)
    world.run()
    world.run(tell=True)
    assert world.portal.submits == world.portal.uploads == 0


@pytest.mark.parametrize(
    ("document", "step"),
    [
        (a_document(State.RECEIVED), "announce"),
        (a_document(State.READING), "read"),
        (a_document(State.READING, ocr_job=OcrJob(job_id="j", pages=(1,), started_at=NOW)), "collect"),
        (a_document(State.READING, reading_version=0), "resolve"),
        (a_document(State.TO_COMPLETE), "judge"),
        (a_document(State.READY), "judge"),
        (a_document(State.HELD), "judge"),
    ],
)
def test_a_document_is_sent_to_the_step_it_waits_for(document: Invoice, step: str) -> None:
    assert step_for(document, tell=False) == step


def test_without_yes_nothing_is_done_and_the_steps_are_listed() -> None:
    world = World()
    world.invoices.add(a_document(State.READING), by="x")
    (outcome,) = world.run(do=False)
    assert (outcome.step, world.sent) == ("read", [])


def test_a_document_to_complete_is_judged_anew_and_its_line_says_who() -> None:
    world = World()
    add_read(world.invoices, a_reading(), State.TO_COMPLETE)
    (outcome,) = world.run()
    assert (outcome.step, outcome.state) == ("judge", State.READY)
    last = world.invoices.events("d1")[-1]
    assert (last.by, last.action) == ("operator", "replayed")


def test_a_document_that_moved_meanwhile_is_left_alone() -> None:
    world = World()
    add_read(world.invoices, a_reading(), State.TO_COMPLETE)

    def another_writer_is_first(name: str) -> None:
        world.table.on_write = lambda _: None
        moved = world.invoices.get("d1").to_complete(NOW)
        world.invoices.save(moved, by="alice", action="completed")

    world.table.on_write = another_writer_is_first
    (outcome,) = world.run()
    assert outcome.refusal is not None
    assert outcome.refusal.code == "moved"


def test_a_suspended_supplier_is_not_judged() -> None:
    world = World(status="suspended")
    add_read(world.invoices, a_reading(), State.TO_COMPLETE)
    with pytest.raises(SupplierSuspended):
        world.run()


def test_only_what_is_selected_is_touched() -> None:
    world = World()
    for name, state, age in (("old", State.READING, 9), ("new", State.READING, 1), ("other", State.RECEIVED, 1)):
        world.invoices.add(a_document(state, name, changed_at=NOW - timedelta(hours=age)), by="x")
    selected = world.run(do=False, state=State.READING, since=NOW - timedelta(hours=2))
    assert [each.document_id for each in selected] == ["new"]
    assert [each.document_id for each in world.run(do=False, document_id="other")] == ["other"]


def test_only_states_with_a_notification_can_be_notified_again() -> None:
    told = {state for state in State if step_for(a_document(state), tell=True) == "tell"}
    assert told == {State.READY, State.TO_COMPLETE, State.REFUSED, State.SUBMITTED}
    assert isinstance(step_for(a_document(State.READING), tell=True), ReplayRefusal)


def test_a_file_that_was_too_complex_is_examined_again_from_its_arrival() -> None:
    world = World()
    world.invoices.add(a_document(State.UNUSABLE, problems=(FileTooComplex.problem,)), by="x")
    (shown,) = world.run(do=False)
    assert (shown.step, shown.state) == ("announce", State.UNUSABLE)
    (outcome,) = world.run()
    assert (outcome.step, outcome.state) == ("announce", State.RECEIVED)
    assert world.sent == [("announce", "d1")]
    invoice = world.invoices.get("d1")
    assert (invoice.state, invoice.problems) == (State.RECEIVED, ())


def test_a_document_whose_pages_were_over_the_quota_is_read_again_and_keeps_what_a_person_entered() -> None:
    world = World()
    reading = a_reading().model_copy(update={"problems": (OCR_QUOTA_USED_UP,)})
    facts = {"problems": (OCR_QUOTA_USED_UP,), "corrections": {"service_code": "S1"}, "confirmed_by": "alice"}
    add_read(world.invoices, reading, State.TO_COMPLETE, **facts)
    (outcome,) = world.run()
    assert (outcome.step, outcome.state, world.sent) == ("read", State.READING, [("read", "d1")])
    invoice = world.invoices.get("d1")
    assert (invoice.was_read, invoice.problems, invoice.corrections) == (False, (), {"service_code": "S1"})
    assert invoice.confirmed_by is None, "what is read now was confirmed by no one"
    assert invoice.due_at is not None


def test_a_scan_that_was_too_complex_is_read_again_from_its_finished_job() -> None:
    """Textract's job is not started again: its answer is still there."""
    world = World()
    job = OcrJob(job_id="j", pages=(1,), started_at=NOW)
    world.invoices.add(a_document(State.UNUSABLE, problems=(FileTooComplex.problem,), ocr_job=job), by="x")
    world.run()
    assert world.sent == [("collect", "d1")]
    invoice = world.invoices.get("d1")
    assert invoice.state is State.READING
    assert invoice.due_at is not None


def test_a_file_that_is_no_pdf_is_not_examined_again() -> None:
    world = World()
    problem = FileTooComplex.problem.model_copy(update={"code": "pdf_not_a_pdf"})
    world.invoices.add(a_document(State.UNUSABLE, problems=(problem,)), by="x")
    (outcome,) = world.run()
    assert outcome.refusal is not None
    assert world.sent == []


def test_a_file_that_moves_while_it_is_reopened_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.invoices.add(a_document(State.UNUSABLE, problems=(FileTooComplex.problem,)), by="x")

    def lost(*_: Any, **__: Any) -> None:
        raise StaleWrite

    monkeypatch.setattr(world.invoices, "save", lost)
    (outcome,) = world.run()
    assert outcome.refusal is not None
    assert outcome.refusal.code == "moved"
    assert world.sent == []
