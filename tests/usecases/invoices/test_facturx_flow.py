"""A Factur-X sent as a flow: processed later, tracked, never sent twice, and sent as a PDF only if a person says so."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.notification import notification_of
from chorus_connector.domain.portal.answers import (
    AnswerLost,
    CredentialsRefused,
    FlowReport,
    FoundInvoice,
    PortalFailure,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.usecases.invoices.form import CompleteForm
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_reading, a_recipient, a_supplier, add_read, an_invoice
from tests.facturx_sample import facturx_xml, file_of
from tests.fakes import (
    Crash,
    FakeDocuments,
    FakeInstallation,
    FakeInvoices,
    FakePdfs,
    FakePortal,
    FakeQueue,
    FakeRecipients,
    FakeTable,
)

SENT = FoundInvoice(0, "FA-2026-17", TOWN_SIRET, date(2026, 11, 2), Decimal("600.00"), "DEPOSEE")
INTEGRATED = FlowReport("integrated", "IN_INTEGRE")


class World:
    """One supplier that sends its Factur-X as flows, with one invoice that is one."""

    def __init__(self, *, as_flow: bool = True, signed: bool = False) -> None:
        self.table = FakeTable()
        self.portal = FakePortal([a_recipient()])
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF with XML inside")
        self.invoices = FakeInvoices(self.table, "s1")
        self.supplier = a_supplier(siret=SUPPLIER_SIRET, facturx_as_flow=as_flow)
        self.now = NOW
        self.attempts = 0
        self.pdfs = FakePdfs()
        file = file_of(facturx_xml()).model_copy(update={"signed": signed})
        add_read(self.invoices, a_reading(file=file))
        self.resolution.resolve("d1", now=NOW)

    @property
    def resolution(self) -> Resolution:
        return Resolution(self.supplier, self.invoices, Directory(FakeRecipients(), self.portal))

    @property
    def invoice(self) -> Invoice:
        return self.invoices.get("d1")

    def deliver(self) -> None:
        self.attempts += 1
        submitter = SubmitInvoice(self.invoices, self.documents, self.portal, self.resolution, pdfs=self.pdfs)
        try:
            submitter.work_on("d1", attempt_id=f"a{self.attempts}", now=self.now)
        except (Crash, StaleWrite):
            return

    def run_due_work(self, minutes: int = 10) -> None:
        self.now += timedelta(minutes=minutes)
        for _ in FakeInstallation(self.table).due(self.now, limit=10):
            self.deliver()

    def integrate(self) -> None:
        try:
            self.portal.settle_flows(INTEGRATED, SENT)
        except PortalRefused:
            self.portal.settle_flows(FlowReport("rejected", "IN_REJETE", ("numéro déjà utilisé",)))


def codes(invoice: Invoice) -> list[str]:
    return [problem.code for problem in invoice.problems]


def test_a_flow_is_submitted_only_once_the_portal_holds_the_invoice() -> None:
    world = World()
    world.deliver()
    assert world.invoice.state is State.SUBMITTING
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTING
    world.integrate()
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert world.invoice.deposit is not None
    assert world.invoice.deposit.chorus_id == world.portal.accepted[0].chorus_id
    assert (world.portal.uploads, len(world.portal.flows)) == (0, 1)


def test_a_flow_that_the_portal_still_processes_is_polled_in_every_ten_minute_run() -> None:
    world = World()
    world.deliver()
    for tick in (1, 2, 3):
        world.now = NOW + tick * timedelta(minutes=10)
        due = FakeInstallation(world.table).due(world.now, limit=10)
        world.now += timedelta(seconds=20)  # the message waits
        for _ in due:
            world.deliver()
    assert [event.action for event in world.invoices.events("d1")].count("flow_pending") == 3


def test_without_the_setting_the_pdf_goes_as_it_always_did() -> None:
    world = World(as_flow=False)
    world.deliver()
    assert world.invoice.state is State.SUBMITTED
    assert world.portal.flows == {}


def test_a_form_that_a_person_changed_goes_as_a_pdf() -> None:
    world = World()
    changed = world.invoice.model_copy(update={"corrections": {"engagement_number": "EJ-42"}})
    world.invoices.save(changed.ready(NOW, automatic=True), by="x", action="completed")
    world.deliver()
    assert world.portal.flows == {}
    assert world.invoice.state is State.SUBMITTED


def test_a_rejected_flow_shows_the_reasons_and_a_person_may_send_the_pdf() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(FlowReport("rejected", "IN_REJETE", ("Service inconnu",)))
    world.run_due_work()
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["flow_rejected"])
    assert "Service inconnu" in world.invoice.problems[0].fr
    world.run_due_work()
    assert world.portal.accepted == []
    form = CompleteForm(world.invoices, world.resolution, FakeQueue())
    form.complete("d1", {}, version=world.invoice.version, by="alice", now=world.now, submit=True, as_plain_pdf=True)
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert (world.portal.uploads, len(world.portal.flows)) == (1, 1)


def test_a_flow_that_was_taken_with_reservations_and_gave_no_invoice_is_for_a_person() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(FlowReport("integrated", "IN_INTEGRE_PARTIEL", ("Service inconnu",)))
    world.run_due_work()
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["flow_rejected"])
    assert "Service inconnu" in world.invoice.problems[0].fr


def test_a_flow_lost_in_an_incident_is_sent_again_whole() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(FlowReport("incident", "IN_INCIDENTE"))
    world.run_due_work()
    assert (world.invoice.state, codes(world.invoice)) == (State.HELD, ["flow_incident"])
    world.run_due_work()
    world.integrate()
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert len(world.portal.flows) == 2


def test_a_lost_answer_is_settled_by_the_number_and_not_sent_again_for_a_day() -> None:
    world = World()
    world.portal.faults = {"deposit_flow": [("after", AnswerLost("reset"))]}
    world.deliver()
    assert world.invoice.state is State.IN_DOUBT
    for _ in range(12):
        world.run_due_work(60)
    assert (world.invoice.state, len(world.portal.flows)) == (State.IN_DOUBT, 1)
    world.integrate()
    world.run_due_work(60)
    assert world.invoice.state is State.SUBMITTED


def test_a_flow_that_never_arrived_is_sent_again_after_a_day() -> None:
    world = World()
    world.portal.faults = {"deposit_flow": [AnswerLost("timeout")]}
    world.deliver()
    for _ in range(26):
        world.run_due_work(60)
    assert len(world.portal.flows) == 1


def test_a_flow_refused_because_an_earlier_one_arrived_binds_to_that_one() -> None:
    world = World()
    world.portal.faults = {"deposit_flow": [("after", AnswerLost("reset"))]}
    world.deliver()
    # an operator makes it ready again by mistake
    world.invoices.save(world.invoice.ready(world.now, automatic=True), by="t", action="forced")
    world.deliver()
    assert len(world.portal.flows) == 2
    first, second = world.portal.flows
    world.portal.flows[second] = FlowReport("rejected", "IN_REJETE", ("numéro déjà utilisé",))
    world.integrate()
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert world.portal.flows[first].outcome == "integrated"


@pytest.mark.parametrize("failure", [PortalUnreachable("down"), CredentialsRefused("technical_account")])
def test_a_report_that_cannot_be_had_is_asked_for_again(failure: Exception) -> None:
    world = World()
    world.deliver()
    world.integrate()
    world.portal.faults = {"flow_report": [failure]}
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTING
    world.run_due_work(60)
    assert world.invoice.state is State.SUBMITTED


FORMAT = FlowReport("rejected", "IN_REJETE", ("L'element X est obligatoire.",), about_format=True)


def test_a_flow_rejected_for_its_format_goes_again_as_a_pdf_without_its_xml_and_without_a_person() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(FORMAT)
    world.run_due_work()
    assert (world.invoice.state, codes(world.invoice)) == (State.READY, ["flow_rejected_for_format"])
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert (len(world.portal.flows), world.portal.submits, world.pdfs.calls) == (1, 1, ["without_xml"])
    sending, sent = world.invoice.sending, world.invoice.sent_file
    assert sending is not None
    assert sent is not None
    assert (sending.way, sending.reason) == ("plain_pdf_without_xml", "flow_rejected")
    assert (sent.rewritten, sent.sha256) == (True, hashlib.sha256(world.pdfs.without or b"").hexdigest())
    assert set(world.documents.locked_until) == {"d1"}
    assert set(world.documents.sent_locked_until) == {("d1", sent.object_version)}


def test_it_goes_again_only_once() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(FORMAT)
    world.run_due_work()
    again = world.invoice.model_copy(update={"flow_rejected": True})
    attempt = again.attempt.model_copy(update={"phase": "FOLLOWING"}) if again.attempt else None
    forced = again.move(State.SUBMITTING, world.now, action="t", attempt=attempt, due_at=world.now)
    world.invoices.save(forced, by="t", action="forced")
    world.deliver()
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["flow_rejected"])


def test_a_rejection_for_its_format_of_a_number_that_the_portal_has_is_for_a_person() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(FORMAT)
    world.portal.accepted = [replace(SENT, chorus_id=9, total_ttc=Decimal("1.00"))]
    world.run_due_work()
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["flow_rejected"])


def test_a_signed_flow_that_is_rejected_for_its_format_asks_a_person_who_sends_it_as_it_is() -> None:
    world = World(signed=True)
    world.deliver()
    world.portal.settle_flows(FORMAT)
    world.run_due_work()
    world.run_due_work()
    assert (world.invoice.state, codes(world.invoice)) == (State.TO_COMPLETE, ["pdf_signed"])
    form = CompleteForm(world.invoices, world.resolution, FakeQueue())
    form.complete("d1", {}, version=world.invoice.version, by="alice", now=world.now, submit=True, keep_xml=True)
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert world.invoice.sent_file is not None
    assert not world.invoice.sent_file.rewritten
    assert (world.portal.submits, world.pdfs.calls, world.documents.sent) == (1, [], {})


def test_a_person_takes_the_xml_out_of_one_document_of_a_supplier_that_keeps_it() -> None:
    world = World(as_flow=False)
    world.supplier = world.supplier.model_copy(update={"keep_xml": True})
    form = CompleteForm(world.invoices, world.resolution, FakeQueue())
    decided = form.complete("d1", {}, version=world.invoice.version, by="alice", now=world.now, keep_xml=False)
    assert decided.sending is not None
    assert decided.sending.way == "plain_pdf_without_xml"
    kept = form.complete("d1", {}, version=decided.version, by="alice", now=world.now, keep_xml=True)
    assert kept.sending is not None
    assert kept.sending.way == "plain_pdf"


UNFINISHED = [
    FlowReport("halted", "IN_A_RELANCER"),
    FlowReport("halted", "IN_ERREUR_INTERNE", ("anomalie technique",)),
    FlowReport("halted", "IN_EN_ATTENTE_RETRAITEMENT_CPP"),
    FlowReport("halted", "IN_TOUT_NOUVEAU"),
    FlowReport("pending", "IN_EN_COURS_TRAITEMENT_CPP"),
    FlowReport("pending"),
    FlowReport("integrated", "IN_INTEGRE"),
    FlowReport("integrated", "IN_INTEGRE_PARTIEL"),
]


def ids_of(reports: list[FlowReport]) -> list[str]:
    return [each.state or "unknown to the portal" for each in reports]


@pytest.mark.parametrize("report", UNFINISHED, ids=ids_of(UNFINISHED))
def test_a_flow_that_the_portal_neither_finishes_nor_shows_is_a_persons_after_a_day(report: FlowReport) -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(report)
    for _ in range(23):
        world.run_due_work(60)
        assert world.invoice.state is State.SUBMITTING
    world.run_due_work(120)
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["flow_unsettled"])
    (problem,) = world.invoice.problems
    assert (report.state or "?") in problem.fr
    assert (report.state or "?") in problem.en
    assert problem.blocking
    assert notification_of(an_invoice(State.SUBMITTING), world.invoice) is not None
    assert (len(world.portal.flows), world.portal.uploads) == (1, 0), "nothing is sent again by itself"


@pytest.mark.parametrize("report", UNFINISHED[:4], ids=ids_of(UNFINISHED[:4]))
def test_an_invoice_that_the_portal_shows_is_submitted_whatever_the_flow_says(report: FlowReport) -> None:
    world = World()
    world.deliver()
    world.integrate()
    for number in world.portal.flows:
        world.portal.flows[number] = report
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED


def test_what_arrives_after_a_person_took_over_is_found_and_never_sent_twice() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(UNFINISHED[0])
    world.run_due_work(25 * 60)
    assert world.invoice.state is State.REFUSED
    world.portal.settle_flows(FlowReport("pending"))
    world.integrate()
    world.run_due_work(24 * 60)
    assert world.invoice.state is State.SUBMITTED
    assert world.invoice.deposit is not None
    assert len(world.portal.accepted) == 1


@pytest.mark.parametrize("as_plain_pdf", [True, False])
def test_a_person_who_sends_again_what_has_arrived_meanwhile_makes_no_second_invoice(*, as_plain_pdf: bool) -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(UNFINISHED[0])
    world.run_due_work(25 * 60)
    world.portal.settle_flows(FlowReport("pending"))
    world.integrate()
    form = CompleteForm(world.invoices, world.resolution, FakeQueue())
    version = world.invoice.version
    form.complete("d1", {}, version=version, by="a", now=world.now, submit=True, as_plain_pdf=as_plain_pdf)
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert (len(world.portal.accepted), len(world.portal.flows), world.portal.uploads) == (1, 1, 0)


def test_a_person_sends_the_pdf_of_a_flow_that_never_arrived() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(UNFINISHED[2])
    world.run_due_work(25 * 60)
    form = CompleteForm(world.invoices, world.resolution, FakeQueue())
    version = world.invoice.version
    form.complete("d1", {}, version=version, by="alice", now=world.now, submit=True, as_plain_pdf=True)
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert (len(world.portal.accepted), world.portal.uploads) == (1, 1)


def test_a_rejection_that_comes_after_a_person_took_over_shows_its_reasons() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(UNFINISHED[0])
    world.run_due_work(25 * 60)
    world.portal.settle_flows(FlowReport("rejected", "IN_REJETE", ("Service inconnu",)))
    world.run_due_work(24 * 60)
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["flow_rejected"])


def test_the_portal_is_asked_about_what_a_person_took_over_for_a_month() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(UNFINISHED[0])
    for _ in range(40):
        world.run_due_work(25 * 60)
    assert world.invoice.due_at is None
    assert world.now - NOW > timedelta(days=30)
    assert len([event for event in world.invoices.events("d1") if event.action == "handed_over"]) == 1


def test_a_flow_whose_report_is_refused_is_a_persons_after_a_day() -> None:
    world = World()
    world.deliver()
    world.portal.faults = {"flow_report": [PortalRefused("20009", "Refus")] * 99}
    for _ in range(30):
        world.run_due_work(60)
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["flow_unsettled"])
    assert "20009" in world.invoice.problems[0].fr


def test_a_portal_that_is_down_hands_nothing_over() -> None:
    world = World()
    world.deliver()
    world.portal.faults = {"flow_report": [PortalUnreachable("down")] * 50}
    for _ in range(40):
        world.run_due_work(60)
    assert world.invoice.state is State.SUBMITTING
    world.portal.faults.clear()
    world.integrate()
    world.run_due_work(60)
    assert world.invoice.state is State.SUBMITTED


@pytest.mark.parametrize(
    ("failure", "state"),
    [
        (PortalRefused("20009", "Refus"), State.REFUSED),
        (PortalUnreachable("UnexpectedAnswer", answered=True), State.REFUSED),
        (PortalUnreachable("down"), State.IN_DOUBT),
        (CredentialsRefused("rights"), State.IN_DOUBT),
    ],
    ids=["refused", "another format", "down", "credentials"],
)
def test_a_doubt_is_a_persons_when_the_portal_answers_for_a_day_without_answering(
    failure: PortalFailure, state: State
) -> None:
    world = World(as_flow=False)
    world.portal.faults = {"submit": [("after", AnswerLost("reset"))], "find": [failure] * 400}
    world.deliver()
    for _ in range(30):
        world.run_due_work(60)
    assert world.invoice.state is state
    assert codes(world.invoice) == (["doubt_unsettled"] if state is State.REFUSED else ["answer_lost"])
    world.portal.faults.clear()
    world.run_due_work(24 * 60)
    assert world.invoice.state is State.SUBMITTED
    assert len(world.portal.accepted) == 1


def test_a_flow_whose_search_is_refused_is_a_persons_after_a_day_who_can_send_it_all_the_same() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(UNFINISHED[0])
    world.portal.faults = {"find": [PortalRefused("20009", "Refus")] * 400}
    for _ in range(30):
        world.run_due_work(60)
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["doubt_unsettled"])
    form = CompleteForm(world.invoices, world.resolution, FakeQueue())
    version = world.invoice.version
    form.complete("d1", {}, version=version, by="alice", now=world.now, submit=True, as_plain_pdf=True)
    world.run_due_work()
    assert world.invoice.state is State.SUBMITTED
    assert len(world.portal.accepted) == 1


def test_a_search_that_is_refused_for_a_day_after_an_incident_is_a_persons() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(FlowReport("incident", "IN_INCIDENTE"))
    world.run_due_work()
    world.portal.faults = {"find": [PortalRefused("20009", "Refus")] * 400}
    for _ in range(30):
        world.run_due_work(60)
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["doubt_unsettled"])
    assert len(world.portal.flows) == 1


def test_an_incident_that_is_seen_late_is_sent_again_all_the_same() -> None:
    world = World()
    world.deliver()
    world.portal.settle_flows(FlowReport("incident", "IN_INCIDENTE"))
    world.run_due_work(30 * 60)
    assert (world.invoice.state, codes(world.invoice)) == (State.HELD, ["flow_incident"])
    world.run_due_work()
    assert len(world.portal.flows) == 2


def test_incidents_that_repeat_for_a_day_are_a_persons() -> None:
    world = World()
    world.deliver()
    for _ in range(200):
        world.portal.settle_flows(FlowReport("incident", "IN_INCIDENTE"))
        world.run_due_work(15)
    assert (world.invoice.state, codes(world.invoice)) == (State.REFUSED, ["flow_unsettled"])


_FAULTS = st.lists(
    st.sampled_from(
        [
            None,
            PortalUnreachable("down"),
            AnswerLost("timeout"),
            ("after", AnswerLost("reset")),
            CredentialsRefused("technical_account"),
            Crash(),
            ("after", Crash()),
        ]
    ),
    max_size=3,
)
_STEPS = st.lists(st.sampled_from(["deliver", "run_due_work", "integrate", "incident", "format"]), max_size=12)
_WRITES = ("sending", "flow_deposited", "flow_pending", "flow_rejected_for_format", "submitted")
_DEATHS = st.lists(
    st.sampled_from([f"{m} {w}" for m in ("before", "after") for w in _WRITES]),
    max_size=3,
)


@settings(max_examples=200)
@given(deposit=_FAULTS, report=_FAULTS, find=_FAULTS, submit=_FAULTS, deaths=_DEATHS, steps=_STEPS)
def test_no_sequence_of_faults_makes_two_invoices_of_one_or_loses_it(
    deposit: list[object],
    report: list[object],
    find: list[object],
    submit: list[object],
    deaths: list[str],
    steps: list[str],
) -> None:
    world = World()
    world.portal.faults = {"deposit_flow": deposit, "flow_report": report, "find": find, "submit": submit}
    remaining = list(deaths)

    def on_write(name: str) -> None:
        if remaining and remaining[0] == name:
            remaining.pop(0)
            raise Crash

    world.table.on_write = on_write
    moves: dict[str, Callable[[], None]] = {
        "deliver": world.deliver,
        "run_due_work": world.run_due_work,
        "integrate": world.integrate,
        "incident": lambda: world.portal.settle_flows(FlowReport("incident", "IN_INCIDENTE")),
        "format": lambda: world.portal.settle_flows(FORMAT),
    }
    for step in steps:
        moves[step]()
        assert len(world.portal.accepted) <= 1
    world.portal.faults.clear()
    world.table.on_write = lambda _: None
    for _ in range(40):
        world.integrate()
        world.run_due_work(60)
    assert len(world.portal.accepted) == 1
    assert world.invoice.state is State.SUBMITTED
    assert world.invoice.deposit is not None
    assert world.invoice.deposit.chorus_id == world.portal.accepted[0].chorus_id
