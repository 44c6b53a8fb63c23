"""One step of a submission at a time: what it asks of the portal, what it writes, and when it is due next."""

import hashlib
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.invoices.invoice import Attempt, Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import (
    AnswerLost,
    CredentialsRefused,
    FlowReport,
    FoundInvoice,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.ports.values import LessonWork
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice, portal_file_name
from chorus_connector.usecases.invoices.waiting import hold_problem
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_reading, a_recipient, a_supplier, add_read
from tests.facturx_sample import facturx_xml, file_of
from tests.fakes import Crash, FakeDocuments, FakeInvoices, FakeLessons, FakePdfs, FakePortal, FakeRecipients, FakeTable

MINUTES = timedelta(minutes=1)
OURS = FoundInvoice(9, "FA-2026-17", TOWN_SIRET, date(2026, 11, 2), Decimal("600.00"), "DEPOSEE")
ANOTHERS = replace(OURS, total_ttc=Decimal("601.00"))


class World:
    """One invoice, in the state that a test starts from, its portal, and what the submission has learnt."""

    def __init__(self, *, xml: bytes | None = None, outage: PortalUnreachable | None = None, **supplier: Any) -> None:
        self.portal = FakePortal([a_recipient()])
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF")
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.learnt: list[Invoice] = []
        self.file = file_of(xml)
        self.pdfs = FakePdfs(self.file)
        self.recipients = FakeRecipients()
        resolution = Resolution(
            a_supplier(siret=SUPPLIER_SIRET, **supplier), self.invoices, Directory(self.recipients, self.portal)
        )
        self.submission = SubmitInvoice(
            self.invoices,
            self.documents,
            self.portal,
            resolution,
            outage=lambda: outage,
            pdfs=self.pdfs,
            learn=self.learnt.append,
        )

    def ready(self, **changes: Any) -> None:
        """The invoice is ready and due."""
        add_read(self.invoices, a_reading(file=self.file))
        resolved = self.submission.resolution.resolve("d1", now=NOW)
        assert (resolved.state, resolved.due_at) == (State.READY, NOW)
        self.portal.calls = 0
        if changes:
            self.invoices.save(resolved.move(State.READY, NOW, action="test", **changes), by="t", action="changed")

    def begins_as(self, state: State, **changes: Any) -> None:
        add_read(self.invoices, a_reading(), state, **{"due_at": NOW, **changes})

    def work(self, now: datetime = NOW) -> Invoice:
        """One message reaches a worker."""
        return self.submission.work_on("d1", attempt_id="a1", now=now)

    def written(self) -> list[tuple[str, str]]:
        """Each line of the trail that a submission wrote: what, and for whom."""
        lines = [(each.action, each.by) for each in self.invoices.events("d1")]
        return [line for line in lines if line[0] not in ("received", "resolved", "changed", "green_light")]

    def due(self) -> datetime | None:
        return self.invoices.get("d1").due_at


def an_attempt(phase: Any, **changes: Any) -> Attempt:
    values = {
        "attempt_id": "a0",
        "phase": phase,
        "started_at": NOW,
        "invoice_number": OURS.invoice_number,
        "recipient_siret": OURS.recipient_siret,
        "total_ttc": "600.00",
    }
    return Attempt(**{**values, **changes})


# --- who is written in the trail -----------------------------------------------------------------------------


@pytest.mark.parametrize(("requested_by", "by"), [(None, "submission"), ("alice", "alice")])
def test_an_attempt_records_who_asked_and_its_end_is_the_submissions(requested_by: str | None, by: str) -> None:
    world = World()
    world.ready(submit_requested_by=requested_by, due_at=NOW)
    submitted = world.work()
    assert world.written() == [("sending", by), ("submitted", "submission")]
    assert world.learnt == [submitted]


@pytest.mark.parametrize(
    ("call", "fault", "last"),
    [
        ("upload", PortalUnreachable("down"), "held"),
        ("upload", AnswerLost("reset"), "held"),
        ("upload", PortalRefused("20003", "trop grand"), "refused"),
        ("submit", PortalUnreachable("down"), "held"),
        ("submit", CredentialsRefused("rights"), "held"),
        ("submit", AnswerLost("reset"), "answer_lost"),
        ("submit", PortalRefused("1", "non"), "refused"),
    ],
)
def test_an_attempt_that_fails_is_written_by_the_name_of_its_end(call: str, fault: Exception, last: str) -> None:
    world = World()
    world.ready()
    world.portal.faults = {call: [fault]}
    world.work()
    assert world.written()[-1] == (last, "submission")
    assert world.learnt == []


def test_a_green_light_that_is_lost_before_the_attempt_is_written_as_that() -> None:
    world = World()
    world.ready()
    world.portal.recipients.clear()
    world.recipients.kept.clear()
    world.work()
    assert world.written() == [("green_light_lost", "submission")]


def test_a_number_that_another_document_claims_at_the_last_moment_is_written_as_that() -> None:
    world = World()
    world.ready()
    judged = world.submission.resolution.judge

    def overtaken(invoice: Invoice, *, now: datetime) -> Any:
        verdict = judged(invoice, now=now)
        world.invoices._table.numbers["s1", "FA-2026-17"] = "d2"
        return verdict

    object.__setattr__(world.submission.resolution, "judge", overtaken)
    assert world.work() == world.invoices.get("d1")
    assert (world.written(), world.portal.submits) == ([("number_taken", "submission")], 0)


def test_a_reading_that_is_overdue_and_left_nothing_is_written_as_that() -> None:
    world = World()
    world.begins_as(State.READING, reading_version=None)
    assert world.work().state is State.TO_COMPLETE
    assert world.written() == [("reading_overdue", "submission")]


# --- what is not tried ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", [State.READY, State.HELD])
def test_an_invoice_that_is_not_due_stays_as_it_is_even_while_nothing_could_be_sent(state: State) -> None:
    world = World(status="suspended")
    world.begins_as(state, due_at=None)
    before = world.invoices.get("d1")
    assert world.work() == before


def test_a_held_invoice_that_proves_ready_waits_when_the_supplier_sends_by_hand() -> None:
    world = World(automatic_submission=False)
    world.begins_as(State.HELD)
    assert (world.work().state, world.due(), world.portal.submits) == (State.READY, None, 0)


def test_a_suspended_suppliers_invoice_is_held_and_tried_once_a_day() -> None:
    world = World(status="suspended")
    world.begins_as(State.READY)
    assert world.work().state is State.HELD
    assert (world.written(), world.due()) == ([("held", "submission")], NOW + timedelta(days=1))


def test_an_outage_holds_an_invoice_once_and_later_moves_only_its_due_time() -> None:
    world = World(outage=PortalUnreachable("open", 7 * MINUTES, blame="caller"))
    world.begins_as(State.READY)
    held = world.work()
    assert (held.state, held.due_at) == (State.HELD, NOW + 7 * MINUTES)
    again = world.work(NOW + 7 * MINUTES)
    assert (again.state, again.due_at) == (State.HELD, NOW + 14 * MINUTES)
    assert again == world.invoices.get("d1")
    assert (world.written(), world.portal.calls) == ([("held", "submission")], 0)


def test_a_ready_invoice_that_still_shows_why_it_was_held_is_held_again() -> None:
    failure = PortalUnreachable("open", blame="caller")
    world = World(outage=failure)
    world.begins_as(State.READY, problems=(hold_problem(failure),))
    assert world.work().state is State.HELD
    assert world.written() == [("held", "submission")]


def test_an_invoice_held_for_one_reason_says_so_when_another_comes() -> None:
    world = World(outage=PortalUnreachable("open", blame="quota"))
    world.begins_as(State.HELD)
    assert [each.code for each in world.work().problems] == ["portal_quota"]
    assert world.written() == [("held", "submission")]


def test_an_invoice_found_at_the_portal_has_no_file_of_ours_to_keep() -> None:
    world = World()
    world.begins_as(State.SUBMITTED, origin="portal", due_at=None)
    world.work()
    assert world.documents.locked_until == {}


# --- a worker that died --------------------------------------------------------------------------------------


def test_a_worker_that_dies_in_its_deposit_leaves_it_due_when_no_worker_can_live_any_more() -> None:
    world = World()
    world.ready()
    world.portal.faults = {"submit": [Crash()]}
    with pytest.raises(Crash):
        world.work()
    left = world.invoices.get("d1")
    assert left.attempt is not None
    assert (left.state, left.attempt.phase, left.due_at) == (State.SUBMITTING, "SENDING", NOW + 15 * MINUTES)


def test_a_worker_that_dies_in_its_upload_leaves_the_invoice_ready_and_due() -> None:
    world = World()
    world.ready()
    before = world.invoices.get("d1")
    world.portal.faults = {"upload": [Crash()]}
    with pytest.raises(Crash):
        world.work()
    assert world.invoices.get("d1") == before
    assert world.work().state is State.SUBMITTED


def test_a_file_that_the_portal_refuses_claims_no_number() -> None:
    world = World()
    world.ready()
    world.portal.faults = {"upload": [PortalRefused("20003", "trop grand")]}
    refused = world.work()
    assert (refused.state, [each.code for each in refused.problems]) == (State.REFUSED, ["portal_refused:20003"])
    assert world.invoices.number_holder("FA-2026-17") is None


def test_an_attempt_of_an_older_release_that_sent_nothing_is_sent_once_the_portal_does_not_know_it() -> None:
    """Before, the phase PREPARING was written before the upload."""
    world = World()
    world.begins_as(State.SUBMITTING, attempt=an_attempt("PREPARING"))
    assert world.work(NOW + 15 * MINUTES).state is State.READY
    assert world.written() == [("worker_lost", "submission"), ("proven_absent", "submission")]


def test_an_attempt_that_may_have_sent_is_in_doubt_until_the_portal_answers() -> None:
    world = World()
    world.begins_as(State.SUBMITTING, attempt=an_attempt("SENDING"))
    world.portal.faults = {"find": [PortalUnreachable("down")]}
    assert world.work().state is State.IN_DOUBT
    assert world.written() == [("worker_lost", "submission"), ("reconciliation_failed", "submission")]
    assert world.due() == NOW + 9 * MINUTES


# --- settling by proof ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attempt", "absent_after"),
    [
        (an_attempt("SENDING"), 15 * MINUTES),
        (an_attempt("SENDING", channel="flow"), timedelta(hours=24)),
    ],
    ids=["a PDF", "a flow"],
)
def test_what_is_not_found_is_proven_absent_after_its_time_and_not_before(
    attempt: Attempt, absent_after: timedelta
) -> None:
    world = World()
    world.begins_as(State.IN_DOUBT, attempt=attempt)
    last = NOW + absent_after - MINUTES
    world.work(last)
    assert (world.written(), world.due()) == ([("not_found_yet", "submission")], NOW + absent_after)
    assert world.work(NOW + absent_after).state is State.READY
    assert world.written()[-1] == ("proven_absent", "submission")


def test_what_may_take_a_day_is_asked_for_every_hour() -> None:
    world = World()
    world.begins_as(State.IN_DOUBT, attempt=an_attempt("SENDING", channel="flow"))
    world.work(NOW)
    assert world.due() == NOW + timedelta(hours=1)


def test_a_number_that_another_invoice_has_at_the_portal_is_given_to_a_person() -> None:
    world = World()
    world.portal.accepted = [ANOTHERS]
    world.begins_as(State.IN_DOUBT, attempt=an_attempt("SENDING"))
    refused = world.work()
    assert (refused.state, [each.code for each in refused.problems]) == (State.REFUSED, ["number_taken_at_portal"])
    assert refused.problems[0].field == "invoice_number"
    assert world.written() == [("number_taken_at_portal", "submission")]


def test_a_number_that_is_called_taken_and_never_shown_is_given_to_a_person_after_a_day() -> None:
    world = World()
    world.begins_as(State.IN_DOUBT, attempt=an_attempt("SENDING", called_duplicate=True))
    refused = world.work(NOW + timedelta(hours=24))
    assert [(each.field, each.code) for each in refused.problems] == [("invoice_number", "number_taken_unseen")]


# --- a Factur-X as a flow ------------------------------------------------------------------------------------


def a_flow(report: FlowReport, *found: FoundInvoice) -> World:
    """A flow was deposited at NOW and the portal says this of it."""
    world = World(facturx_as_flow=True)
    world.begins_as(State.SUBMITTING, attempt=an_attempt("FOLLOWING", channel="flow", flow_number="CPP1"))
    world.portal.flows["CPP1"] = report
    world.portal.accepted = list(found)
    return world


def test_a_factur_x_is_deposited_as_a_flow_and_asked_about_at_once() -> None:
    world = World(xml=facturx_xml(), facturx_as_flow=True)
    world.ready()
    world.work()
    assert [line for line, _ in world.written()] == ["sending", "flow_deposited"]
    assert (len(world.portal.flows), world.portal.submits, world.due()) == (1, 0, NOW)


@pytest.mark.parametrize(
    ("xml", "supplier", "changes"),
    [
        (None, {"facturx_as_flow": True}, {}),
        (facturx_xml(), {"facturx_as_flow": False}, {}),
        (facturx_xml(), {"facturx_as_flow": True}, {"plain_pdf": True}),
    ],
    ids=["no XML inside", "not this supplier's way", "a person asked for the PDF"],
)
def test_a_pdf_goes_by_itself_unless_all_speaks_for_a_flow(
    xml: bytes | None, supplier: dict[str, Any], changes: dict[str, Any]
) -> None:
    world = World(xml=xml, **supplier)
    world.ready(due_at=NOW, **changes)
    world.work()
    assert (len(world.portal.flows), world.portal.submits) == (0, 1)


def test_a_file_whose_xml_ends_its_process_is_tried_once_more_and_then_asks_a_person() -> None:
    world = World(xml=facturx_xml())
    world.pdfs.dies = FileTooComplex()
    world.ready(due_at=NOW)
    with pytest.raises(FileTooComplex):
        world.work()
    asked = world.submission.work_on("d1", attempt_id="a1", now=NOW, tries=2)
    assert (asked.state, [each.code for each in asked.problems]) == (State.TO_COMPLETE, ["xml_not_removed"])
    assert (len(world.portal.flows), world.portal.submits, world.portal.uploads) == (0, 0, 0)


def test_a_flow_that_is_integrated_binds_the_invoice_that_is_ours() -> None:
    world = a_flow(FlowReport("integrated", "IN_INTEGRE"), replace(ANOTHERS, chorus_id=10), OURS)
    deposit = world.work().deposit
    assert deposit is not None
    assert deposit.chorus_id == OURS.chorus_id
    assert world.written() == [("submitted", "submission")]


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (FlowReport("rejected", "IN_REJETE", ("Service inconnu", "Total faux")), "Service inconnu ; Total faux"),
        (FlowReport("rejected", "IN_REJETE"), "IN_REJETE"),
        (FlowReport("integrated", "IN_INTEGRE_PARTIEL", ("Total faux",)), "Total faux"),
    ],
    ids=["rejected", "rejected without a reason", "taken but for our invoice"],
)
def test_a_flow_that_was_rejected_is_refused_with_the_portals_reasons(report: FlowReport, reason: str) -> None:
    world = a_flow(report)
    refused = world.work()
    assert (refused.state, [each.code for each in refused.problems]) == (State.REFUSED, ["flow_rejected"])
    assert f": {reason}. " in refused.problems[0].fr
    assert f": {reason}. " in refused.problems[0].en


def test_a_flow_that_an_incident_stopped_is_sent_again_whole() -> None:
    world = a_flow(FlowReport("incident", "IN_INCIDENTE"))
    held = world.work()
    assert (held.state, held.due_at) == (State.HELD, NOW + 9 * MINUTES)
    assert [(each.field, each.code, each.blocking) for each in held.problems] == [(None, "flow_incident", False)]
    assert world.written() == [("flow_incident", "submission")]


def test_while_a_flow_is_pending_no_invoice_is_looked_for() -> None:
    world = a_flow(FlowReport("pending"), OURS)
    assert world.work().state is State.SUBMITTING
    assert (world.written(), world.portal.calls) == ([("flow_pending", "submission")], 1)


@pytest.mark.parametrize(
    ("after", "next_in"),
    [(MINUTES, 9 * MINUTES), (120 * MINUTES, 30 * MINUTES), (600 * MINUTES, 60 * MINUTES)],
    ids=["at first by every run", "then after a quarter of its age", "at last every hour"],
)
def test_a_pending_flow_is_asked_about_less_and_less_often(after: timedelta, next_in: timedelta) -> None:
    world = a_flow(FlowReport("pending"))
    world.work(NOW + after)
    assert world.due() == NOW + after + next_in


@pytest.mark.parametrize("call", ["flow_report", "find"])
def test_a_flow_that_cannot_be_asked_about_is_asked_about_later(call: str) -> None:
    world = a_flow(FlowReport("integrated"), OURS)
    world.portal.faults = {call: [PortalUnreachable("down", 5 * MINUTES)]}
    assert world.work().state is State.SUBMITTING
    assert (world.written(), world.due()) == ([("flow_report_failed", "submission")], NOW + 5 * MINUTES)


# --- names and words -----------------------------------------------------------------------------------------


def test_a_file_is_named_after_its_number_without_what_the_portal_refuses_in_a_name() -> None:
    assert portal_file_name("FA_2026-17.b") == "facture_FA_2026-17.b.pdf"
    assert portal_file_name("FA/2026+17 x") == "facture_FA_2026_17_x.pdf"
    assert portal_file_name("1234567890" * 4) == f"facture_{'1234567890' * 3}.pdf"


def test_a_file_that_was_replaced_and_a_reading_that_is_overdue_block_the_invoice_as_a_whole() -> None:
    world = World()
    world.ready(sha256="another", due_at=NOW)
    assert [(each.field, each.code, each.blocking) for each in world.work().problems] == [(None, "file_replaced", True)]
    overdue = World()
    overdue.begins_as(State.READING, reading_version=None)
    assert [(each.field, each.code) for each in overdue.work().problems] == [(None, "reading_overdue")]


def test_the_file_that_was_read_is_sent() -> None:
    world = World()
    world.ready(sha256=hashlib.sha256(b"%PDF").hexdigest(), due_at=NOW)
    assert world.work().state is State.SUBMITTED


def test_a_doubt_says_so_and_blocks_nothing_and_a_refusal_is_in_the_portals_words() -> None:
    world = World()
    world.ready()
    world.portal.faults = {"submit": [AnswerLost("reset")]}
    assert [(each.field, each.code, each.blocking) for each in world.work().problems] == [(None, "answer_lost", False)]
    refused = World()
    refused.ready()
    refused.portal.faults = {"submit": [PortalRefused("GDP_1", "Service inconnu")]}
    (problem,) = refused.work().problems
    assert (problem.field, problem.code) == (None, "portal_refused:GDP_1")
    assert problem.fr.endswith(": Service inconnu")
    assert problem.en.endswith(": Service inconnu")


# --- what a submitted document teaches -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("facts", "teaches"),
    [({}, False), ({"confirmed_by": "alice"}, True), ({"corrections": {"comment": "Merci"}}, True)],
    ids=["it left by itself", "a person confirmed it", "it was corrected"],
)
def test_a_confirmed_or_corrected_document_is_a_lesson_once_the_portal_has_it(
    facts: dict[str, Any], teaches: bool
) -> None:
    world, lessons = World(), FakeLessons()
    world.submission = replace(world.submission, lessons=lessons)
    world.ready(due_at=NOW, **facts)
    assert lessons.sent == []
    world.work()
    world.work()  # the message is delivered again
    assert lessons.sent == [LessonWork("s1", "d1", "teach")] * (2 if teaches else 0)


def test_a_refused_document_is_no_lesson() -> None:
    world, lessons = World(), FakeLessons()
    world.submission = replace(world.submission, lessons=lessons)
    world.begins_as(State.REFUSED, confirmed_by="alice")
    world.work()
    assert lessons.sent == []
