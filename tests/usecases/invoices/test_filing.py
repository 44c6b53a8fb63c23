"""A person corrects how a document is filed, stops it and releases it; nothing of it works once it is on its way."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chorus_connector.domain.errors import Conflict, Invalid, NotFound, StaleWrite, SupplierSuspended, WrongState
from chorus_connector.domain.invoices.invoice import Attempt, Deposit, Invoice
from chorus_connector.domain.invoices.states import STOPPABLE, State
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.paris import PARIS
from chorus_connector.domain.suppliers.supplier import Criterion
from chorus_connector.usecases.invoices.filing import CorrectFiling, NewFiling
from chorus_connector.usecases.invoices.form import CompleteForm
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from chorus_connector.usecases.portal.credential_probe import reschedule_held
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, a_reading, a_recipient, a_supplier, add_read, an_invoice
from tests.fakes import FakeDocuments, FakeInvoices, FakePortal, FakeQueue, FakeRecipients, FakeTable

LATER = NOW + timedelta(minutes=10)
ATTEMPT = Attempt(
    attempt_id="a", phase="SENDING", started_at=NOW, invoice_number="F", recipient_siret="1", total_ttc="1.00"
)


class Desk:
    """A supplier that submits by itself what is filed under « Factures », and its documents."""

    def __init__(self, sight: Visibility = EVERYTHING, **settings: Any) -> None:
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.portal = FakePortal([a_recipient()])
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF")
        self.queue = FakeQueue()
        self.sight = sight
        self.supplier = a_supplier(
            **{
                "automatic_submission": True,
                "criteria": (Criterion(criterion_id="c", folder="Factures"),),
                "associations": {"": {"engagement_number": "Commande"}},
            }
            | settings
        )

    @property
    def resolution(self) -> Resolution:
        return Resolution(self.supplier, self.invoices, Directory(FakeRecipients(), self.portal))

    @property
    def filing(self) -> CorrectFiling:
        return CorrectFiling(VisibleInvoices(self.invoices, self.sight), self.sight, self.resolution, self.queue)

    def add(self, state: State = State.READY, **changes: Any) -> Invoice:
        """A document filed under « Factures », read unless it was never taken."""
        changes = {"folder": "Factures", "due_at": NOW if state is State.READY else None} | changes
        return add_read(self.invoices, a_reading(), state, **changes)

    def refile(self, *, version: int | None = None, where: dict[str, Any] | None = None, **metadata: Any) -> Invoice:
        at = self.invoices.get("d1").version if version is None else version
        return self.filing.refile("d1", NewFiling(metadata, where or {}), version=at, by="alice", now=NOW)

    def stop(self, kind: Any, reason: str = "") -> Invoice:
        at = self.invoices.get("d1").version
        return self.filing.stop("d1", kind, version=at, reason=reason, by="alice", now=NOW)

    def release(self) -> Invoice:
        return self.filing.release("d1", version=self.invoices.get("d1").version, by="alice", now=NOW)

    def work(self) -> Invoice:
        """What the ten-minute run does."""
        sender = SubmitInvoice(self.invoices, self.documents, self.portal, self.resolution)
        return sender.work_on("d1", attempt_id="a1", now=LATER)

    @property
    def audit(self) -> list[tuple[str, str]]:
        return [(each.action, each.detail) for each in self.invoices.events("d1")]


def codes(invoice: Invoice) -> list[str]:
    return [each.code for each in invoice.problems]


@pytest.mark.row("B11")
def test_a_corrected_metadata_is_judged_at_once_and_noted_without_its_value() -> None:
    desk = Desk()
    desk.add(State.TO_COMPLETE, metadata={"commande": "BC-1", "PJ": "oui"})
    corrected = desk.refile(Commande="BC-77", PJ=None)
    assert corrected.metadata == {"Commande": "BC-77"}
    assert (corrected.state, corrected.form.value("engagement_number")) == (State.READY, "BC-77")
    assert desk.audit[-1] == ("refiled", "metadata.Commande, metadata.PJ, metadata.commande")


def test_a_document_that_no_criterion_matches_any_more_is_set_aside_and_comes_back_with_its_folder() -> None:
    desk = Desk()
    desk.add()
    assert desk.refile(where={"folder": "Brouillons"}).state is State.SET_ASIDE
    assert desk.work().state is State.SET_ASIDE
    assert desk.refile(where={"folder": "/factures/"}).state is State.READY
    assert desk.queue.sent == []


def test_a_document_that_was_never_read_is_read_when_it_is_filed_right() -> None:
    desk = Desk()
    desk.invoices.add(an_invoice(State.SET_ASIDE, folder="Divers"), by="alice")
    assert desk.refile(where={"folder": "Factures"}).state is State.READING
    assert [work.document_id for work in desk.queue.sent] == ["d1"]


def test_a_request_to_submit_does_not_outlive_a_corrected_metadata() -> None:
    desk = Desk(automatic_submission=False)
    desk.add(submit_requested_by="alice", confirmed_by="alice")
    corrected = desk.refile(Commande="BC-77")
    assert (corrected.submit_requested_by, corrected.confirmed_by, corrected.due_at) == (None, None, None)


def test_no_one_files_a_document_out_of_their_own_sight_or_another_s_at_all() -> None:
    desk = Desk(Visibility("secteur", frozenset({"nord"})))
    desk.add(metadata={"Secteur": "Nord"})
    with pytest.raises(Invalid):
        desk.refile(Secteur="Sud")
    assert desk.invoices.get("d1").metadata == {"Secteur": "Nord"}
    desk.sight = Visibility("secteur", frozenset({"sud"}))
    calls: list[Callable[[], Invoice]] = [lambda: desk.refile(Secteur="Sud"), lambda: desk.stop("hold"), desk.release]
    for call in calls:
        with pytest.raises(NotFound):
            call()


@pytest.mark.row("B11")
@pytest.mark.parametrize("kind", ["hold", "set_aside"])
def test_a_stopped_document_never_leaves_until_it_is_released(kind: str) -> None:
    desk = Desk()
    desk.add()
    stopped = desk.stop(kind, "le client attend un avoir")
    assert "le client attend un avoir" in stopped.problems[-1].fr
    reschedule_held(desk.invoices, now=NOW, by="probe")
    assert desk.work().state is (State.HELD if kind == "hold" else State.SET_ASIDE)
    assert desk.portal.submits == 0
    assert desk.release().problems == ()
    assert desk.work().state is State.SUBMITTED


@pytest.mark.row("B11")
@pytest.mark.parametrize("state", [State.RECEIVED, State.READING])
def test_a_document_that_is_being_read_is_stopped_as_soon_as_that_ends(state: State) -> None:
    desk = Desk()
    before = desk.add(state)
    stopped = desk.filing.withdraw("d1", reason="", by="alice", now=NOW)
    assert (stopped.state, stopped.due_at) == (state, before.due_at)
    if state is State.READING:
        resolved = desk.resolution.resolve("d1", now=NOW)
        assert (resolved.state, resolved.due_at, codes(resolved)) == (State.HELD, None, ["stopped_by_a_person"])


def test_a_held_document_stays_held_while_its_form_is_completed_and_leaves_when_a_person_submits_it() -> None:
    desk = Desk()
    desk.add()
    held = desk.stop("hold")
    form = CompleteForm(desk.invoices, desk.resolution, FakeQueue())
    edited = form.complete("d1", {"comment": "x"}, version=held.version, by="bob", now=NOW)
    assert (edited.state, codes(edited)) == (State.HELD, ["stopped_by_a_person"])
    sent = form.complete("d1", {}, version=edited.version, by="bob", now=NOW, submit=True)
    assert (sent.state, sent.stopped, codes(sent)) == (State.READY, None, [])


def test_a_refused_request_to_submit_leaves_the_hold_and_its_reason() -> None:
    desk = Desk()
    desk.add()
    held = desk.stop("hold", "litige client")
    form = CompleteForm(desk.invoices, desk.resolution, FakeQueue())
    values = {"total_ttc": "1.00"}
    refused = form.complete("d1", values, version=held.version, by="bob", now=NOW, submit=True)
    assert refused.blocking_problems
    assert (refused.state, refused.stopped and refused.stopped.reason) == (State.HELD, "litige client")
    assert ("held_by_a_person", "litige client") in desk.audit
    desk.supplier = desk.supplier.model_copy(update={"automatic_submission": True})
    form.complete("d1", {"total_ttc": None}, version=refused.version, by="bob", now=NOW)
    assert desk.work().state is State.HELD


def test_a_held_document_that_is_filed_away_and_back_is_held_again_and_says_so_meanwhile() -> None:
    desk = Desk()
    desk.add()
    desk.stop("hold", "litige")
    away = desk.refile(where={"folder": "Divers"})
    assert (away.state, codes(away)) == (State.SET_ASIDE, ["stopped_by_a_person"])
    back = desk.refile(where={"folder": "Factures"})
    assert (back.state, codes(back)) == (State.HELD, ["stopped_by_a_person"])


def test_a_change_that_changes_nothing_is_refused() -> None:
    desk = Desk()
    before = desk.add(metadata={"PJ": "oui"})
    for call in (lambda: desk.refile(), lambda: desk.refile(Absente=None), lambda: desk.refile(PJ="oui")):  # noqa: PLW0108
        with pytest.raises(Invalid) as refused:
            call()
        assert [each.code for each in refused.value.problems] == ["nothing_changed"]
    assert desk.invoices.get("d1") == before


@pytest.mark.parametrize("kind", ["hold", "set_aside"])
def test_a_document_of_a_suspended_supplier_can_be_stopped(kind: str) -> None:
    desk = Desk(status="suspended")
    desk.add()
    assert desk.stop(kind).stopped is not None


def test_a_second_stop_replaces_the_first() -> None:
    desk = Desk()
    desk.add()
    desk.stop("hold", "un")
    again = desk.stop("set_aside", "deux")
    assert (again.state, codes(again)) == (State.SET_ASIDE, ["set_aside_by_a_person"])


@pytest.mark.parametrize("state", [State.SUBMITTING, State.IN_DOUBT, State.SUBMITTED])
def test_it_is_too_late_once_the_attempt_is_written_and_the_answer_says_so(state: State) -> None:
    desk = Desk()
    desk.add(state, attempt=ATTEMPT)
    calls: list[Callable[[], Invoice]] = [
        lambda: desk.filing.withdraw("d1", reason="", by="alice", now=NOW),
        lambda: desk.stop("hold"),
        lambda: desk.stop("set_aside"),
        lambda: desk.refile(PJ="non"),
    ]
    for call in calls:
        with pytest.raises(Conflict) as refused:
            call()
        assert refused.value.code == "too_late"
        assert f"{NOW.astimezone(PARIS):%d/%m/%Y à %H:%M}" in refused.value.fr
    assert desk.invoices.get("d1").stopped is None


def test_what_the_recipient_sent_back_is_answered_from_its_tracking_and_the_refusal_says_so() -> None:
    desk = Desk()
    deposit = Deposit(chorus_id=1, invoice_number="F-1", status="A_RECYCLER")
    desk.add(State.SUBMITTED, attempt=ATTEMPT, deposit=deposit)
    with pytest.raises(Conflict) as refused:
        desk.stop("hold")
    assert refused.value.code == "too_late"
    assert "le destinataire l'a renvoyée : répondez-lui" in refused.value.fr


@pytest.mark.parametrize("action", ["submit", "release", "hold", "set_aside", "of a later release"])
@pytest.mark.parametrize("state", [*State, "EXPECTED"])
def test_a_refusal_by_the_state_has_words_of_people(action: str, state: str) -> None:
    refusal = WrongState(state, action)
    assert state not in refusal.fr + refusal.en
    assert action not in refusal.fr


def test_a_withdrawal_that_races_with_a_worker_is_tried_again_and_wins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk = Desk()
    desk.add()
    save = desk.invoices.save
    raced: list[Invoice] = []

    def race(invoice: Invoice, **said: Any) -> None:
        if not raced:
            raced.append(invoice)
            current = desk.invoices.get("d1")
            save(current.move(State.READY, NOW, action="x", due_at=NOW), by="w", action="rescheduled")
        save(invoice, **said)

    monkeypatch.setattr(desk.invoices, "save", race)
    assert desk.filing.withdraw("d1", reason="", by="alice", now=NOW).state is State.HELD


@pytest.mark.parametrize("state", [State.DUPLICATE, State.UNUSABLE])
def test_what_is_not_processed_cannot_be_stopped_and_what_is_not_stopped_cannot_be_released(state: State) -> None:
    desk = Desk()
    desk.add(state)
    calls: list[Callable[[], Invoice]] = [lambda: desk.stop("hold"), lambda: desk.refile(PJ="x"), desk.release]
    for call in calls:
        with pytest.raises(WrongState):
            call()
    ready = Desk()
    ready.add()
    with pytest.raises(WrongState):
        ready.release()


def test_every_state_before_the_attempt_can_be_stopped() -> None:
    assert {*State} - STOPPABLE == {
        State.SUBMITTING, State.IN_DOUBT, State.SUBMITTED, State.SET_ASIDE, State.DUPLICATE, State.UNUSABLE
    }  # fmt: skip


def test_an_older_version_and_a_suspended_supplier_change_nothing() -> None:
    desk = Desk()
    desk.add()
    with pytest.raises(StaleWrite):
        desk.refile(version=99, PJ="x")
    suspended = Desk(status="suspended")
    suspended.add()
    with pytest.raises(SupplierSuspended):
        suspended.refile(PJ="x")


@pytest.mark.row("S29")
def test_what_a_later_criterion_matches_is_taken_and_what_a_person_set_aside_is_not() -> None:
    desk = Desk()
    for name, folder in (("d1", "Factures"), ("d2", "Divers"), ("d3", "FACTURES")):
        desk.invoices.add(an_invoice(State.SET_ASIDE, document_id=name, folder=folder), by="alice")
    desk.stop("set_aside")
    taken, cursor = desk.filing.take_matching(by="alice", now=NOW, limit=100, cursor=None)
    assert ([each.document_id for each in taken], cursor) == (["d3"], None)
    assert [work.document_id for work in desk.queue.sent] == ["d3"]
    assert desk.invoices.get("d3").state is State.READING


@pytest.mark.parametrize("folder", ["Factures", "Courriers"])
def test_a_correction_with_a_metadata_that_nothing_uses_is_answered_with_the_name_that_is_used(folder: str) -> None:
    desk = Desk()
    desk.add(State.READY if folder == "Factures" else State.SET_ASIDE, folder=folder)
    warned = desk.refile(commandes="BC-1")
    (problem,) = (each for each in warned.problems if each.code == "metadata_unused")
    assert "« Commande »" in problem.fr
    corrected = desk.refile(commandes=None, Commande="BC-1")
    assert "metadata_unused" not in [each.code for each in corrected.problems]
