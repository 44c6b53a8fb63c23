"""Tracking and repairs over HTTP: a month of the simulator's time, and single failures.

Three suppliers in both modes, invoices through every status a supplier can see, an outage and a credential expiry.
At the end our data are the portal's, every change was notified once and every repair reached the portal once.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pydantic import SecretStr

from chorus_connector.domain.errors import Conflict, Invalid, Transient
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.repair import RepairRequest, task_of
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.submission import Submission
from chorus_connector.domain.notifications.notification import Notification, notification_of
from chorus_connector.domain.portal.answers import PortalFailure
from chorus_connector.domain.portal.status import known_statuses, meaning
from chorus_connector.domain.portal.tracking import TrackingProgress, next_poll
from chorus_connector.domain.reading.result import Reading
from chorus_connector.domain.suppliers.supplier import LoadingMode
from chorus_connector.usecases.invoices.repair import RepairInvoices, settle_due
from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
from chorus_connector.usecases.portal.directory import Directory
from chorus_connector.usecases.portal.tracking import HandOutPolls, StartNightlyTracking, TrackInvoices
from tests.builders import an_invoice
from tests.fakes import (
    FakeBreakers,
    FakeInstallation,
    FakeInvoices,
    FakeRecipients,
    FakeTable,
    FakeTrackingProgress,
    FakeTrackingQueue,
)
from tests.fakes_tables import FakeAttachmentFiles, FakeAttachments
from tests.real_portal import TOWN, fault, gateway, keys_of, the_supplier
from tools.simulator.lives import Life, LifeRule, Step
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings
from tools.simulator.suppliers import SupplierSeed

START = datetime(2026, 10, 9, 6, 0, tzinfo=UTC)
"""The month has the night in it when summer time ends."""
UNIVERSITY, CARE, REFUSER, SILENT_PAYER = "19000002600012", "26000002100014", "27000001100014", "19000001800019"
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"
REPAIRS = {
    "factures/completer": "complete",
    "factures/recycler": "recycle",
    "factures/traiterRejet": "treat_rejection",
    "factures/corriger/valideur/facture": "correct_validator",
}


class WatchedInvoices(FakeInvoices):
    """Tells of every write what the table's stream would."""

    told: list[Notification]

    def _put(self, invoice: Invoice, *move: Any, reading: Reading | None = None) -> None:
        before = self._table.invoices.get((self._supplier_id, invoice.document_id))
        super()._put(invoice, *move, reading=reading)
        if (notification := notification_of(before, invoice)) is not None:
            self.told.append(notification)


@dataclass
class Tenant:
    """One supplier with its own account at the portal."""

    world: "World"
    supplier_id: str
    seed: SupplierSeed
    mode: LoadingMode
    attachments: FakeAttachments = field(default_factory=FakeAttachments)
    repaired: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.supplier = the_supplier(self.seed, supplier_id=self.supplier_id, loading_mode=self.mode)
        self.invoices = WatchedInvoices(self.world.table, self.supplier_id)
        self.invoices.told = self.world.told
        self.progress = FakeTrackingProgress(self.world.table, self.supplier_id)

    @property
    def portal(self) -> GuardedPortal:
        keys = keys_of(self.seed)
        real = gateway(self.world.server, self.world.http, supplier=self.supplier, credentials=keys)
        breakers = FakeBreakers(self.world.table, self.supplier_id)
        return GuardedPortal(real, breakers, self.supplier_id, lambda: self.world.now, uuid4().hex)

    @property
    def tracking(self) -> TrackInvoices:
        portal = self.portal
        directory = Directory(self.world.recipients, portal)

        def reports_payment(siret: str, now: datetime) -> bool:
            recipient = directory.recipient(siret, None, now=now)
            return recipient is None or recipient.reports_payment

        return TrackInvoices(self.supplier, self.invoices, portal, self.progress, reports_payment)

    @property
    def repairs(self) -> RepairInvoices:
        tracking = self.tracking
        directory = Directory(self.world.recipients, tracking.portal)
        return RepairInvoices(
            self.invoices, self.invoices, tracking, directory, self.attachments, FakeAttachmentFiles()
        )

    def submits(self, number: str, recipient: str = TOWN, **changes: Any) -> int:
        """An invoice leaves through this connector; gives the portal's id."""
        values: dict[str, Any] = {
            "invoice_number": number,
            "invoice_type": "invoice",
            "invoice_date": self.world.now.date(),
            "recipient_siret": recipient,
            "service_code": None,
            "engagement_number": None,
            "contract_number": None,
            "original_invoice_number": None,
            "currency": "EUR",
            "total_ht": Decimal("500.00"),
            "total_tva": Decimal("100.00"),
            "total_ttc": Decimal("600.00"),
            "amount_due": Decimal("600.00"),
            "vat_regime": "on_debits",
            "vat_exemption_reason": None,
            "payment_method": "transfer",
            "framework": "A1",
            "validator_siret": None,
            "validator_service": None,
            "bank_account": None,
            "comment": None,
        }
        submission = Submission(**{**values, **changes})
        portal = self.portal
        file_id = portal.upload("facture.pdf", PDF)
        deposit = portal.submit(submission, file_id=file_id, file_name="facture.pdf")
        routing = {"invoice_number": number, "recipient_siret": recipient, "service_code": submission.service_code}
        fields = {name: FormField(value=text, source="text") for name, text in routing.items() if text}
        document_id = f"{self.supplier_id}-{number}"
        due_at = next_poll(deposit, self.world.now) if self.mode == "remote" else None
        waiting = an_invoice(
            State.SUBMITTED,
            supplier_id=self.supplier_id,
            document_id=document_id,
            form=Form(fields=fields),  # type: ignore[arg-type]
            deposit=deposit,
            due_at=due_at,
            received_at=self.world.now,
            changed_at=self.world.now,
        )
        self.invoices.add(waiting, by="alice")
        self.world.table.numbers[self.supplier_id, number] = document_id
        return deposit.chorus_id

    def found_elsewhere(self, number: str) -> None:
        """A person enters an invoice at the portal."""
        self.submits(number)
        document_id = self.world.table.numbers.pop((self.supplier_id, number))
        del self.world.table.invoices[self.supplier_id, document_id]
        self.world.told[:] = [each for each in self.world.told if each.document_id != document_id]

    def works_off_tasks(self) -> None:
        """A person answers everything in Documents to process."""
        for invoice in self.invoices.page("to_process", limit=100, cursor=None).invoices:
            task = task_of(invoice)
            if task is None or not task.actions or task.under_way or task.actions[0] == "reissue":
                continue
            request = RepairRequest(
                kind=task.actions[0],
                service_code="LETTRES" if task.actions[0] == "recycle" and invoice.form.value("service_code") else None,
                engagement_number=f"EJ-{len(self.world.told)}" if task.actions[0] == "recycle" else None,
                validator_siret=TOWN if task.actions[0] == "correct_validator" else None,
                comment="voici" if task.actions[0] == "complete" else None,
            )
            with suppress(Transient, Conflict):
                self.repairs.apply(
                    invoice.document_id,
                    request,
                    version=invoice.version,
                    repair_id=f"r{len(self.world.told)}",
                    by="alice",
                    now=self.world.now,
                )

    @property
    def picture(self) -> dict[int, tuple[str, bool]]:
        own = [i for (s, _), i in self.world.table.invoices.items() if s == self.supplier_id]
        return {i.deposit.chorus_id: (i.deposit.status, i.deposit.rejection_treated) for i in own if i.deposit}

    @property
    def portals_picture(self) -> dict[int, tuple[str, bool]]:
        held = [i for i in self.world.server.portal.invoices.all() if i.supplier.siret == self.seed.siret]
        return {i.id: (i.status, i.rejection_handled) for i in held}


class World:
    """A portal, three suppliers on it, and a clock that only the test moves."""

    def __init__(self, server: SimulatorServer, http: httpx.Client) -> None:
        server.portal.reset()
        self.server, self.http = server, http
        self.table, self.recipients = FakeTable(), FakeRecipients()
        self.now = START
        self.told: list[Notification] = []
        self.tenants = [self._tenant(n, mode) for n, mode in enumerate(("remote", "local", "remote"), start=1)]
        for tenant in self.tenants:
            tenant.progress.save(TrackingProgress().in_mode(tenant.mode, self.now))

    def _tenant(self, n: int, mode: Any) -> Tenant:
        seed = SupplierSeed(
            siret=f"9012345670{n:04d}",
            login=f"TECH_{n}@cpro.fr",
            password=SecretStr(f"Password-{n}"),
            client_id=f"application-{n}",
            client_secret=SecretStr(f"secret-{n}"),
        )
        self.server.portal.suppliers.put(seed, self.now)
        return Tenant(self, f"s{n}", seed, mode)

    def pass_time(self, delta: timedelta) -> None:
        self.now += delta
        with self.server.portal.lock:
            self.server.portal.clock.advance(delta)
            self.server.portal.catch_up()

    def run_due_work(self) -> None:
        """The ten-minute run, and the nightly run at night, with the work that they queue."""
        queue = FakeTrackingQueue()
        HandOutPolls(FakeInstallation(self.table), queue).run(now=self.now)
        night = StartNightlyTracking(FakeInstallation(self.table), queue, until=6)
        night.run(now=self.now)
        for tracking_work in queue.sent:
            tenant = next(each for each in self.tenants if each.supplier_id == tracking_work.supplier_id)
            settle_due(tenant.repairs, tracking_work.document_ids, now=self.now)
            tenant.tracking.run(now=self.now, due=tracking_work.document_ids)

    def set_status(self, chorus_id: int, status: str, comment: str | None = None) -> None:
        portal = self.server.portal
        with portal.lock:
            invoice = portal.invoices.get(chorus_id)
            assert invoice is not None
            portal.lives.by_hand(invoice, status, portal.catch_up(), comment)


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    settings = Settings(start=START, clock_runs=False, default_life="waits", default_supplier=False)
    with SimulatorServer(settings) as running:
        yield running


@pytest.fixture
def world(server: SimulatorServer) -> Iterator[World]:
    with httpx.Client(trust_env=False) as http:
        yield World(server, http)


def visible_statuses() -> list[str]:
    """What a supplier can see happen to a simple invoice: everything but drafts and works."""
    works = ("MOE", "MOA", "ASSOCIE", "A22", "PIVOT", "DUPLIQUE")
    drafts = {"BROUILLON", "INTERPRETEE_OCR"}
    return [code for code in known_statuses() if code not in drafts and not any(word in code for word in works)]


@pytest.mark.acceptance
@pytest.mark.row("S14", "S19", "S21", "B04")
def test_a_month_of_three_suppliers_ends_with_the_portals_own_picture(world: World) -> None:
    portal = world.server.portal
    _script_every_status(world)
    for day in range(31):
        for tenant in world.tenants:
            with suppress(PortalFailure):
                _a_day(tenant, day)
        _mishaps(world, day)
        for _ in range(4):
            world.pass_time(timedelta(hours=6))
            world.run_due_work()
            for tenant in world.tenants:
                tenant.works_off_tasks()
    portal.faults.clear()
    for _ in range(12):
        world.pass_time(timedelta(hours=6))
        world.run_due_work()

    for tenant in world.tenants:
        assert tenant.progress.get().run is None
        assert tenant.picture == tenant.portals_picture
        assert len(tenant.picture) >= 8
    _assert_histories_are_whole(world)
    _assert_every_change_was_announced_once(world)
    _assert_every_repair_reached_the_portal_once(world)
    seen = {change.status for invoice in portal.invoices.all() for change in invoice.history}
    assert seen >= set(visible_statuses()) - {"BROUILLON"}


def _script_every_status(world: World) -> None:
    """Invoices TOUR pass through every status that is no end and needs no answer, ENDn each come to one end."""
    elsewhere = {"DEPOSEE", "SUSPENDUE", "A_RECYCLER", "ERREUR_FOURNISSEUR_SUR_VALIDEUR"}
    on_the_way = [code for code in visible_statuses() if not meaning(code).end and code not in elsewhere]
    steps = [Step(after_days=1 + n * 0.9, status=code) for n, code in enumerate(on_the_way)]
    lives = {"tour": Life(steps=steps)}
    lives |= {f"end-{n}": Life(steps=[Step(after_days=2, status=code)]) for n, code in enumerate(ends())}
    rules = [LifeRule(number="TOUR-*", life="tour"), LifeRule(number="WRONG-*", validator="wrong_validator")]
    rules += [LifeRule(number=f"END-{n}", life=f"end-{n}") for n in range(len(ends()))]
    world.server.portal.lives.define(lives, rules)


def ends() -> list[str]:
    return [code for code in visible_statuses() if meaning(code).end]


def _mishaps(world: World, day: int) -> None:
    """Answers are lost on day 4, the portal is down from day 9 to 11, a password has expired from day 17 to 20."""
    portal = world.server.portal
    account = portal.suppliers.accounts[world.tenants[2].seed.login]
    match day:
        case 4:
            for operation in REPAIRS:
                fault(world.server, operation, phase="after", effect="reset")
        case 9:
            fault(world.server, "*", effect="html", status=503, times=None)
            fault(world.server, "token", effect="html", status=503, times=None)
        case 11:
            portal.faults.clear()
        case 17:
            account.password_set -= timedelta(days=500)
        case 20:
            account.password_set += timedelta(days=500)


def _a_day(tenant: Tenant, day: int) -> None:
    """What this supplier sends that day."""
    match day:
        case 0:
            tenant.submits("PAYS-1")
            tenant.submits("TOUR-1")
            tenant.submits("SUSP-1", UNIVERSITY, service_code="SCIENCES")
        case 1:
            tenant.submits("RECY-1", CARE)
            tenant.submits("REJE-1", REFUSER)
        case 2:
            tenant.submits("SILE-1", SILENT_PAYER)
            tenant.submits("WRONG-1", framework="A9", validator_siret=CARE)
        case 3:
            tenant.found_elsewhere("TYPED-1")
        case 5:
            for n in range(len(ends())):
                tenant.submits(f"END-{n}")
        case 13:
            tenant.submits("SUSP-2", UNIVERSITY, service_code="LETTRES")
            tenant.submits("RECY-2", CARE)


def _assert_histories_are_whole(world: World) -> None:
    held = {invoice.id: invoice for invoice in world.server.portal.invoices.all()}
    for invoice in world.table.invoices.values():
        assert invoice.deposit is not None
        ours = [step.status for step in invoice.deposit.history]
        theirs = [change.status for change in held[invoice.deposit.chorus_id].history]
        assert ours == theirs, invoice.deposit.invoice_number


def _assert_every_change_was_announced_once(world: World) -> None:
    assert len({each.id for each in world.told}) == len(world.told)
    for (supplier_id, document_id), invoice in world.table.invoices.items():
        told = [
            each
            for each in world.told
            if (each.supplier_id, each.document_id) == (supplier_id, document_id) and each.kind == "status"
        ]
        assert all(a.status == b.previous_status for a, b in pairwise(told))
        assert invoice.deposit is not None
        if len(invoice.deposit.history) > 1:
            assert told[-1].status == invoice.deposit.status


def _assert_every_repair_reached_the_portal_once(world: World) -> None:
    """The portal takes each send-back's answer once: never a second call for the same passage."""
    calls = world.server.portal.calls.listed()
    for operation, kind in REPAIRS.items():
        taken = [each for each in calls if each["operation"] == operation and each["processed"]]
        assert taken, f"nobody had to {kind}"
        begun = [
            event
            for events in world.table.events.values()
            for event in events
            if event.action == "repair_started" and event.detail == kind
        ]
        ended = [
            event.action
            for events in world.table.events.values()
            for event in events
            if event.action.startswith("repair_") and event.action != "repair_started" and event.detail == kind
        ]
        done = ended.count("repair_done")
        answered = sum(_answers(invoice, kind) for invoice in world.server.portal.invoices.all())
        assert len(taken) == answered == done, (kind, ended)
        assert len(begun) >= done


def _answers(invoice: Any, kind: str) -> int:
    """How often the supplier's answer of that kind moved it."""
    pairs = list(pairwise(invoice.history))
    match kind:
        case "complete":
            return sum(b.status == "COMPLETEE" and a.status == "SUSPENDUE" and b.comment == "voici" for a, b in pairs)
        case "recycle":
            return sum(a.status == "A_RECYCLER" and b.status == "DEPOSEE" for a, b in pairs)
        case "correct_validator":
            wrong = "ERREUR_FOURNISSEUR_SUR_VALIDEUR"
            return sum(a.status == wrong and b.status == "A_VALIDER_1" for a, b in pairs)
        case _:
            return int(invoice.rejection_handled)


# --- single mishaps --------------------------------------------------------------------------------------------


def _fill(tenant: Tenant, count: int) -> None:
    portal = tenant.portal
    for n in range(count):
        tenant.submits(f"F-{n:03d}")
    assert portal.deposit_failure() is None


@pytest.mark.row("S21")
def test_more_than_the_silent_cap_of_200_is_retrieved_whole(world: World) -> None:
    tenant = world.tenants[1]
    _fill(tenant, 205)
    world.table.invoices.clear()
    world.table.numbers.clear()
    tenant.tracking.run(now=world.now)
    assert len(tenant.picture) == 205
    assert tenant.picture == tenant.portals_picture


@pytest.mark.row("S23")
def test_a_portal_that_goes_down_in_the_middle_of_a_listing_loses_nothing(world: World) -> None:
    tenant = world.tenants[1]
    _fill(tenant, 205)
    world.table.invoices.clear()
    world.table.numbers.clear()
    fault(world.server, "factures/rechercher/fournisseur", effect="status", status=503, skip=2, times=4)
    cut = tenant.tracking.run(now=world.now)
    assert cut.run is not None
    assert cut.run.page == 3
    world.server.portal.faults.clear()
    world.pass_time(timedelta(hours=1))
    world.run_due_work()
    assert tenant.progress.get().run is None
    assert set(tenant.picture) == set(tenant.portals_picture)


@pytest.mark.parametrize("hour", [0, 1, 2, 3])
def test_the_hour_that_comes_twice_in_paris_hides_no_change(world: World, hour: int) -> None:
    tenant = world.tenants[0]
    chorus_id = tenant.submits("F-1")
    tenant.tracking.run(now=world.now)
    world.pass_time(datetime(2026, 10, 24, 22, 30, tzinfo=UTC) + timedelta(hours=hour) - world.now)
    tenant.tracking.refresh(now=world.now)
    world.pass_time(timedelta(minutes=10))
    world.set_status(chorus_id, "MISE_A_DISPOSITION")
    world.pass_time(timedelta(minutes=20))
    assert not tenant.tracking.refresh(now=world.now).stale
    assert tenant.picture[chorus_id][0] == "MISE_A_DISPOSITION"


def test_an_invoice_that_the_portal_no_longer_shows_is_reported_missing(world: World) -> None:
    tenant = world.tenants[1]
    gone = tenant.submits("F-1")
    tenant.submits("F-2")
    tenant.tracking.run(now=world.now)
    store: Any = world.server.portal.invoices
    invoice = store._invoices.pop(gone)
    store._by_supplier[invoice.supplier.id].remove(invoice)
    world.pass_time(timedelta(days=8))
    tenant.tracking.run(now=world.now)
    (missing,) = [i for i in world.table.invoices.values() if i.deposit and i.deposit.missing_since]
    assert missing.deposit is not None
    assert missing.deposit.chorus_id == gone


@pytest.mark.row("B04")
def test_what_the_portal_holds_is_downloaded_with_its_attachments(world: World) -> None:
    tenant = world.tenants[0]
    chorus_id = tenant.submits("F-1")
    assert tenant.portal.download(chorus_id, with_attachments=True).startswith(b"%PDF")
    assert tenant.portal.download(chorus_id, with_attachments=False).startswith(b"%PDF")


@pytest.mark.row("B04")
def test_a_service_the_recipient_does_not_have_stops_before_the_portal(world: World) -> None:
    tenant = world.tenants[0]
    chorus_id = tenant.submits("F-1")
    world.set_status(chorus_id, "A_RECYCLER", "service inconnu")
    tenant.tracking.run(now=world.now)
    (invoice,) = tenant.invoices.page("to_process", limit=5, cursor=None).invoices
    assert invoice.deposit is not None
    assert (meaning(invoice.deposit.status).fr, invoice.deposit.status_comment) == ("À recycler", "service inconnu")
    with pytest.raises(Invalid):
        tenant.repairs.apply(
            invoice.document_id,
            RepairRequest(kind="recycle", service_code="NULLE-PART"),
            version=invoice.version,
            repair_id="r",
            by="alice",
            now=world.now,
        )
    assert not world.server.portal.calls.listed("factures/recycler")
