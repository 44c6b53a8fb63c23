"""The daily probe of every supplier's credentials: shown, notified once, and waiting invoices become due."""

from datetime import timedelta

import pytest

from chorus_connector.domain.errors import Transient
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalAccount, PortalUnreachable
from chorus_connector.domain.portal.breaker import Breaker, Circuit, Weight, after_failure, after_success
from chorus_connector.domain.portal.credentials import CredentialsStatus
from chorus_connector.domain.portal.pace import EVERY_TEN_MINUTES
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.ports.values import Work
from chorus_connector.usecases.invoices.waiting import credentials_problem
from chorus_connector.usecases.portal.credential_probe import HandOutProbes, ProbeCredentials
from chorus_connector.usecases.portal.credentials_state import credentials_now, refusal_of
from tests.builders import NOW, a_supplier, an_invoice
from tests.fakes import (
    FakeBreakers,
    FakeInstallation,
    FakeInvoices,
    FakePortal,
    FakeSupplier,
    FakeSupplierQueue,
    FakeTable,
)

pytestmark = pytest.mark.row("S10")

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


class World:
    """One supplier whose credentials were saved a year ago, and its days."""

    def __init__(self) -> None:
        self.table = FakeTable()
        self.portal = FakePortal()
        self.suppliers = FakeSupplier(self.table, "s1")
        self.invoices = FakeInvoices(self.table, "s1")
        self.breakers = FakeBreakers(self.table, "s1")
        self.now = NOW
        self.table.suppliers["s1"] = a_supplier(credentials_saved_at=NOW - 300 * DAY, probe_due_at=NOW)

    def probe(self) -> Supplier:
        return ProbeCredentials(self.suppliers, self.invoices, self.portal, self.breakers).run(now=self.now)

    def morning(self) -> Supplier:
        probed = self.probe()
        self.now += DAY
        return probed

    def status(self) -> CredentialsStatus:
        status = self.suppliers.get().credentials_status
        assert status is not None
        return status

    def told(self) -> list[str]:
        return [event.detail for event in self.suppliers.events()]


def test_good_credentials_leave_a_status_without_a_word() -> None:
    world = World()
    probed = world.morning()
    assert world.status().works
    assert world.status().password_expires_at == NOW + 124 * DAY
    assert [each.portal_id for each in probed.bank_accounts] == [1440]
    assert world.told() == []


def test_a_person_has_the_saved_credentials_tried_although_the_morning_did_it() -> None:
    world = World()
    world.morning()
    trial = ProbeCredentials(world.suppliers, world.invoices, world.portal, world.breakers)
    world.portal.faults = {"account": [CredentialsRefused("technical_account"), PortalUnreachable("no route")]}
    tried = trial.try_saved(now=world.now - HOUR).credentials_status
    assert tried is not None
    assert [each.code for each in tried.problems] == ["credentials_technical_account"]
    with pytest.raises(Transient):
        trial.try_saved(now=world.now)
    assert world.status() == tried, "an outage says nothing of the credentials"
    works = trial.try_saved(now=world.now).credentials_status
    assert works is not None
    assert works.works
    assert world.told() == ["credentials_technical_account", "credentials_work_again"]


def test_refused_credentials_are_shown_and_notified_once_until_they_work_again() -> None:
    world = World()
    world.portal.faults = {"account": [CredentialsRefused("raccordement")] * 2}
    for _ in range(3):
        world.morning()
    assert world.told() == ["credentials_raccordement", "credentials_work_again"]
    assert world.status().works


def test_a_password_that_ends_is_announced_from_fifteen_days_before() -> None:
    world = World()
    world.portal.the_account = PortalAccount(
        structure_id=42, bank_accounts=world.portal.the_account.bank_accounts, password_expires_at=NOW + 17 * DAY
    )
    for _ in range(18):
        world.morning()
    assert [(event.at - NOW).days for event in world.suppliers.events()] == [2, 10, 14, 16, 17]


def test_missing_bank_details_are_a_warning_not_a_refusal() -> None:
    world = World()
    world.portal.the_account = PortalAccount(structure_id=42)
    world.morning()
    assert world.status().works
    assert world.told() == ["bank_details_missing"]


def test_certificate_mode_that_still_works_is_warned_of_once() -> None:
    world = World()
    supplier = world.table.suppliers["s1"]
    world.table.suppliers["s1"] = supplier.model_copy(update={"credentials_mode": "certificate"})
    for _ in range(2):
        world.morning()
    assert world.status().works
    assert [problem.code for problem in world.status().problems] == ["certificate_mode_closed"]
    assert world.told() == ["certificate_mode_closed"]


def test_a_portal_that_is_down_says_nothing_about_the_keys() -> None:
    world = World()
    world.portal.faults = {"account": [PortalUnreachable("down")]}
    world.morning()
    assert world.suppliers.get().credentials_status is None
    assert FakeInstallation(world.table).probes_due(world.now, limit=10) == [Work("s1", "")]


def test_a_second_delivery_of_the_message_tries_nothing() -> None:
    world = World()
    world.probe()
    calls = world.portal.calls
    world.probe()
    assert world.portal.calls == calls


def test_keys_that_work_again_wake_the_held_and_close_the_suppliers_breaker() -> None:
    world = World()
    opened = Breaker(opened_at=NOW, retry_at=NOW + timedelta(hours=1), fault="technical_account")
    world.breakers.save(Circuit(), Circuit(supplier=opened, portal=Breaker(failures=1)))
    problems = (credentials_problem("technical_account"),)
    world.invoices.add(an_invoice(State.HELD, due_at=NOW + timedelta(hours=1), problems=problems), by="x")
    world.probe()
    assert world.invoices.get("d1").due_at == NOW
    assert world.breakers.get().supplier.opened_at is None
    assert world.breakers.get().portal.failures == 1


def test_only_suppliers_with_credentials_are_handed_out_once_a_day() -> None:
    world = World()
    world.table.suppliers["s2"] = a_supplier(supplier_id="s2")
    queue = FakeSupplierQueue()
    run = HandOutProbes(FakeInstallation(world.table), queue, until=8)
    assert run.run(now=world.now) == 1
    world.probe()
    assert run.run(now=world.now + timedelta(hours=1)) == 0
    assert run.run(now=world.now + DAY - timedelta(hours=1)) == 1
    assert queue.sent == ["s1", "s1"]


def test_refused_credentials_are_due_again_before_the_next_daily_run() -> None:
    world = World()
    world.portal.faults = {"account": [CredentialsRefused("rights")]}
    assert world.probe().probe_due_at == NOW + timedelta(hours=20)
    assert [problem.blocking for problem in world.status().problems] == [True]


def test_accepted_credentials_are_due_again_before_the_next_daily_run() -> None:
    assert World().probe().probe_due_at == NOW + timedelta(hours=20)


def test_a_refusal_keeps_the_expiry_of_the_password_that_is_known() -> None:
    world = World()
    world.morning()
    expires_at = world.status().password_expires_at
    world.portal.faults = {"account": [CredentialsRefused("rights")]}
    world.morning()
    assert not world.status().works
    assert world.status().password_expires_at == expires_at


def test_a_password_whose_day_of_saving_is_unknown_counts_from_the_first_check() -> None:
    world = World()
    world.table.suppliers["s1"] = a_supplier(credentials_saved_at=None, probe_due_at=NOW)
    world.probe()
    assert world.status().password_expires_at == NOW + 424 * DAY


def test_a_check_before_its_time_does_nothing() -> None:
    world = World()
    for due_at in (None, NOW + timedelta(seconds=1)):
        world.table.suppliers["s1"] = a_supplier(probe_due_at=due_at)
        assert world.probe().credentials_status is None
    assert world.portal.calls == 0


AT_THE_GATE = CredentialsRefused("piste_application", passing=True)


def test_a_morning_in_which_piste_refuses_blames_no_keys_and_the_check_comes_again_soon() -> None:
    world = World()
    world.portal.faults = {"account": [AT_THE_GATE]}
    assert world.probe().probe_due_at == NOW + EVERY_TEN_MINUTES
    assert world.suppliers.get().credentials_status is None
    assert world.told() == []
    world.now += timedelta(minutes=10)
    world.probe()
    assert world.status().works
    assert world.breakers.get().supplier.opened_at is None


def test_a_check_blames_the_keys_when_piste_has_refused_for_a_quarter_of_an_hour() -> None:
    world = World()
    world.portal.faults = {"account": [AT_THE_GATE] * 9}
    for minutes in (0, 10, 20):
        world.now = NOW + timedelta(minutes=minutes)
        world.probe()
    assert world.told() == ["credentials_piste_application"]
    assert "PISTE" in world.status().problems[0].fr
    assert world.breakers.get().supplier.blames


def test_a_refusal_that_a_call_met_first_is_not_announced_again_by_the_check_nor_is_its_end() -> None:
    world = World()
    world.morning()
    refusal = CredentialsRefused("technical_account")
    refused = after_failure(Circuit(), refusal, Weight.DEPOSIT, supplier_id="s1", now=world.now - 16 * HOUR)
    world.breakers.save(Circuit(), refused)
    assert refused.supplier.told == ("blamed",)
    world.portal.faults = {"account": [refusal]}
    world.morning()
    assert world.status().works is False
    assert world.breakers.get().supplier.told_at == refused.supplier.told_at, "people were notified once, by the call"
    assert world.told() == []
    circuit = world.breakers.get()
    world.breakers.save(circuit, after_success(circuit, Weight.DEPOSIT, world.now - 2 * HOUR))
    world.morning()
    assert world.status().works
    assert world.told() == []


def test_a_refusal_that_the_check_meets_first_notifies_people_once_and_calls_do_not_again() -> None:
    world = World()
    refusal = CredentialsRefused("rights")
    world.portal.faults = {"account": [refusal]}
    world.probe()
    told = world.breakers.get().supplier
    assert (told.told, told.told_at, told.refusal, told.refused_since) == (("blamed",), NOW, "rights", NOW)
    assert world.told() == ["credentials_rights"]
    later = after_failure(world.breakers.get(), refusal, Weight.DEPOSIT, supplier_id="s1", now=NOW + 5 * HOUR)
    assert (later.supplier.told, later.supplier.told_at) == (("blamed",), NOW)


def test_what_is_shown_of_the_credentials_follows_the_calls_between_two_checks() -> None:
    world = World()
    world.morning()
    checked = world.status()
    refused = after_failure(
        Circuit(), CredentialsRefused("technical_account"), Weight.READ, supplier_id="s1", now=NOW + HOUR
    )
    shown = credentials_now(checked, refused.supplier)
    assert shown is not None
    assert [(each.code, each.blocking) for each in shown.problems] == [("credentials_technical_account", True)]
    refusal = refusal_of(refused.supplier)
    assert refusal is not None
    assert (refusal["code"], refusal["actor"]) == ("credentials_technical_account", "manager")
    assert refusal["since"] == (NOW + HOUR).isoformat()
    accepted = after_success(refused, Weight.DEPOSIT, NOW + 2 * HOUR).supplier
    assert credentials_now(shown, accepted) == checked
    assert refusal_of(accepted) is None
