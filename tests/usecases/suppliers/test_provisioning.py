"""Tenants come into being whole, and their configuration is versioned."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from chorus_connector.domain.errors import AlreadyExists, Invalid, NotFound, StaleWrite, Transient
from chorus_connector.domain.invoices.attachments import AttachmentPolicy
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalUnreachable
from chorus_connector.domain.portal.certificates import certificate_mistake
from chorus_connector.domain.portal.credentials import CertificateCredentials, OAuthCredentials
from chorus_connector.domain.portal.tracking import TrackingProgress
from chorus_connector.domain.suppliers.identifier import supplier_identifier
from chorus_connector.domain.suppliers.supplier import BankAccount, Criterion, LoadingMode
from chorus_connector.domain.suppliers.warnings import supplier_warnings
from chorus_connector.usecases.suppliers.provisioning import Configure, Provision
from tests.builders import NOW, SUPPLIER_SIRET, a_supplier, an_invoice, of_siret
from tests.fakes import (
    FakeBreakers,
    FakeInstallation,
    FakeInvoices,
    FakePortal,
    FakeSecrets,
    FakeSupplier,
    FakeTable,
    FakeTrackingProgress,
    change_identifier,
)

KEYS = OAuthCredentials(
    client_id=SecretStr("id"),
    client_secret=SecretStr("very-secret"),
    technical_login=SecretStr("TECH_1@cpro.fr"),
    technical_password=SecretStr("also-secret"),
)


class World:
    def __init__(self) -> None:
        self.table = FakeTable()
        self.installation = FakeInstallation(self.table)
        self.provision = Provision(self.installation, self.table.structures, strict_siret=True)
        self.provision.create(supplier_id="s1", name="Durand", siret=SUPPLIER_SIRET, by="alice", now=NOW)
        self.invoices = FakeInvoices(self.table, "s1")
        self.secrets = FakeSecrets()
        self.portal = FakePortal()
        self.suppliers = FakeSupplier(self.table, "s1")
        self.configure = Configure(
            self.suppliers,
            self.invoices,
            self.secrets,
            lambda _: self.portal,
            FakeBreakers(self.table, "s1"),
            by="alice",
            identifiers=change_identifier(self.table, portal=lambda _: self.portal),
        )


@pytest.mark.row("S03")
def test_provisioning_creates_the_record_and_its_administrator() -> None:
    world = World()
    assert world.suppliers.get().name == "Durand"
    assert world.installation.rights("s1", "alice") == {"administer", "use"}


@pytest.mark.row("S05")
@pytest.mark.parametrize("siret", ["", "123", "73282932000075", "7328293200007A", "1" * 15])
def test_a_wrong_siret_is_refused(siret: str) -> None:
    with pytest.raises(Invalid):
        World().provision.create(supplier_id="s2", name="X", siret=siret, by="bob", now=NOW)


@pytest.mark.row("S04")
@pytest.mark.parametrize("name", [" ", "\u200b", ".", "- /"])
def test_a_supplier_has_a_name_that_people_can_read(name: str) -> None:
    world = World()
    with pytest.raises(Invalid) as refused:
        world.provision.create(supplier_id="s2", name=name, siret=None, by="bob", now=NOW)
    assert [each.code for each in refused.value.problems] == ["name_blank"]
    with pytest.raises(Invalid):
        world.configure.change(version=0, name=name, now=NOW)


@pytest.mark.row("S05")
def test_a_siret_is_one_tenant() -> None:
    with pytest.raises(AlreadyExists):
        World().provision.create(supplier_id="s2", name="X", siret="732 829 320 00074", by="bob", now=NOW)


def test_outside_production_a_test_siret_may_fail_its_check_digit() -> None:
    world = World()
    relaxed = Provision(world.installation, world.table.structures, strict_siret=False)
    created = relaxed.create(supplier_id="s2", name="X", siret="19672337516762", by="bob", now=NOW)
    assert created.siret == "19672337516762"


@pytest.mark.row("S10")
def test_credentials_are_kept_only_after_they_were_tried() -> None:
    world = World()
    saved = world.configure.save_credentials(KEYS, now=NOW)
    assert (saved.credentials_saved_at, saved.portal_structure_id) == (NOW, 42)
    assert world.secrets.kept == KEYS


@pytest.mark.row("S10")
@pytest.mark.parametrize("fault", ["piste_application", "api_consent", "technical_account", "structure"])
def test_refused_credentials_are_not_kept_and_the_answer_names_which(fault: str) -> None:
    world = World()
    world.portal.faults = {"account": [CredentialsRefused(fault)]}  # type: ignore[arg-type]
    with pytest.raises(Invalid) as refusal:
        world.configure.save_credentials(KEYS, now=NOW)
    assert [problem.code for problem in refusal.value.problems] == [f"credentials_{fault}"]
    assert world.secrets.kept is None


@pytest.mark.row("S10")
def test_credentials_that_only_piste_refuses_are_not_kept_and_a_person_learns_that_they_may_be_right() -> None:
    world = World()
    world.portal.faults = {"account": [CredentialsRefused("piste_application", passing=True)]}
    with pytest.raises(Invalid) as refusal:
        world.configure.save_credentials(KEYS, now=NOW)
    (problem,) = refusal.value.problems
    assert (problem.code, problem.blocking) == ("credentials_piste_application", True)
    assert "réessayez dans quelques minutes" in problem.fr
    assert "try again in a few minutes" in problem.en
    assert world.secrets.kept is None


def test_credentials_that_could_not_be_tried_are_not_kept() -> None:
    world = World()
    world.portal.faults = {"account": [PortalUnreachable("down")]}
    with pytest.raises(Transient, match="nothing was kept"):
        world.configure.save_credentials(KEYS, now=NOW)
    assert world.secrets.kept is None


def test_no_secret_shows_in_a_repr() -> None:
    assert "secret" not in repr(KEYS).replace("client_secret=", "")


def test_new_credentials_free_what_the_old_ones_held() -> None:
    world = World()
    held = an_invoice(State.HELD, due_at=NOW + timedelta(hours=1))
    world.invoices.add(held, by="alice")
    world.configure.save_credentials(KEYS, now=NOW)
    assert world.invoices.get("d1").due_at == NOW


def test_a_criterion_is_a_rule_or_a_folder_never_both_nor_neither() -> None:
    world = World()
    for criterion in (Criterion(criterion_id="c"), Criterion(criterion_id="c", folder="a", classification_rule="b")):
        with pytest.raises(Invalid):
            world.configure.add_criterion(criterion, version=0, now=NOW)


def test_criteria_come_and_go() -> None:
    world = World()
    world.configure.add_criterion(Criterion(criterion_id="c", folder="factures"), version=0, now=NOW)
    with pytest.raises(StaleWrite):
        world.configure.add_criterion(Criterion(criterion_id="d", folder="x"), version=0, now=NOW)
    with pytest.raises(NotFound):
        world.configure.remove_criterion("zzz", version=1, now=NOW)
    assert world.configure.remove_criterion("c", version=1, now=NOW).criteria == ()


@pytest.mark.parametrize(
    "settings", [{}, {"name": None, "automatic_submission": None}, {"confidence_threshold": 0.9}, {"associations": {}}]
)
def test_a_change_without_effect_creates_no_version_and_no_line_of_the_trail(settings: dict[str, Any]) -> None:
    world = World()
    before, trail = world.suppliers.get(), list(world.table.changes.get("s1", []))
    assert world.configure.change(version=0, now=NOW, **settings) == before
    assert (world.suppliers.get(), world.table.changes.get("s1", [])) == (before, trail)
    with pytest.raises(StaleWrite):
        world.configure.change(version=7, now=NOW, **settings)


def test_a_setting_that_could_have_no_effect_is_refused_and_others_can_be_changed_beside_an_old_one() -> None:
    world = World()
    dead = AttachmentPolicy(send=True, switch_metadata="/")
    for settings in ({"attachments": dead}, {"user_label_metadata": "/"}):
        with pytest.raises(Invalid):
            world.configure.change(version=0, now=NOW, **settings)
    old = world.suppliers.get().model_copy(update={"attachments": dead, "user_label_metadata": " ", "version": 1})
    world.suppliers.save(old)
    assert world.configure.change(version=1, now=NOW, name="Durand").name == "Durand"


@pytest.mark.row("S06")
def test_the_switch_moves_what_already_waits() -> None:
    world = World()
    world.invoices.add(an_invoice(State.READY), by="alice")
    world.configure.change(version=0, automatic_submission=True, now=NOW)
    assert world.invoices.get("d1").due_at == NOW
    world.configure.change(version=1, automatic_submission=False, now=NOW)
    assert world.invoices.get("d1").due_at is None


@pytest.mark.row("S06")
def test_saying_again_that_the_switch_is_on_moves_what_a_call_that_died_left_behind() -> None:
    world = World()
    world.configure.change(version=0, automatic_submission=True, now=NOW)
    world.invoices.add(an_invoice(State.READY), by="alice")
    world.configure.change(version=1, automatic_submission=True, now=NOW)
    assert world.invoices.get("d1").due_at == NOW


@pytest.mark.row("S06")
def test_switching_off_does_not_stop_what_a_person_asked_to_send() -> None:
    world = World()
    world.configure.change(version=0, automatic_submission=True, now=NOW)
    world.invoices.add(an_invoice(State.READY, due_at=NOW, submit_requested_by="alice"), by="alice")
    world.configure.change(version=1, automatic_submission=False, now=NOW)
    assert world.invoices.get("d1").due_at == NOW


def test_a_default_that_is_no_choice_of_the_portal_is_refused() -> None:
    world = World()
    with pytest.raises(Invalid):
        world.configure.change(version=0, defaults={"payment_method": "bitcoin"}, now=NOW)


@pytest.mark.row("S33")
def test_vat_lines_cannot_come_from_a_metadata() -> None:
    world = World()
    with pytest.raises(Invalid):
        world.configure.change(version=0, associations={"": {"vat_lines": "M"}}, now=NOW)


@pytest.mark.row("S19")
@pytest.mark.parametrize("mode", ["local", "remote"])
def test_a_change_of_the_loading_mode_makes_a_complete_retrieval_due(mode: LoadingMode) -> None:
    world = World()
    progress = FakeTrackingProgress(world.table, "s1")
    retrieved = NOW - timedelta(hours=1)
    world.table.suppliers["s1"] = world.suppliers.get().model_copy(
        update={"loading_mode": "remote" if mode == "local" else "local"}
    )
    progress.save(TrackingProgress(retrieved_at=retrieved))
    configure = replace(world.configure, progress=progress)
    unchanged = configure.change(version=0, now=NOW, name="Durand et fils")
    assert progress.get() == TrackingProgress(retrieved_at=retrieved, version=1)
    configure.change(version=unchanged.version, now=NOW, loading_mode=mode)
    expected = TrackingProgress(retrieved_at=retrieved, version=1).in_mode(mode, NOW)
    assert progress.get() == expected.model_copy(update={"version": 2})
    assert progress.get().is_due(NOW)


# --- what is taken with a warning ------------------------------------------------------------------------------


@pytest.mark.row("S05")
@pytest.mark.parametrize(
    ("siret", "warned"), [("84900037700011", True), ("00000000000001", True), (SUPPLIER_SIRET, False)]
)
def test_a_siret_with_a_wrong_check_digit_is_taken_with_a_warning(siret: str, warned: bool) -> None:
    supplier = a_supplier(identifier=of_siret(siret))
    assert [each.code for each in supplier_warnings(supplier)] == (["siret_check_digit"] if warned else [])


@pytest.mark.row("S05")
def test_la_postes_offices_have_a_rule_of_their_own() -> None:
    assert list(supplier_warnings(a_supplier(identifier=of_siret("35600000049837")))) == []


def test_a_message_about_a_siret_promises_only_the_check_that_is_made() -> None:
    for strict in (True, False):
        with pytest.raises(Invalid) as refused:
            supplier_identifier("SIRET", "123", strict_siret=strict)
        assert "clé" not in refused.value.fr
    with pytest.raises(Invalid) as refused:
        supplier_identifier("SIRET", "84900037700011", strict_siret=True)
    assert "clé" in refused.value.fr


ACCOUNTS = (BankAccount(portal_id=7, name="Courant"), BankAccount(portal_id=8, name="Marchés"))


@pytest.mark.row("S43")
def test_default_bank_details_that_the_portal_does_not_have_are_refused_with_those_it_has() -> None:
    world = World()
    configure = replace(world.configure, bank_accounts=lambda: ACCOUNTS)
    with pytest.raises(Invalid) as refused:
        configure.change(version=0, now=NOW, defaults={"bank_account": "999"})
    (problem,) = refused.value.problems
    assert (problem.field, problem.code) == ("defaults.bank_account", "bank_account_unknown")
    assert "7 (Courant), 8 (Marchés)" in problem.fr
    saved = configure.change(version=0, now=NOW, defaults={"bank_account": "8"})
    assert (saved.defaults["bank_account"], saved.bank_accounts) == ("8", ACCOUNTS)
    assert [each.code for each in supplier_warnings(saved)] == []


@pytest.mark.row("S43")
def test_while_the_portal_is_down_default_bank_details_are_kept_with_a_warning() -> None:
    def down() -> tuple[BankAccount, ...]:
        raise PortalUnreachable("down")

    world = World()
    saved = replace(world.configure, bank_accounts=down).change(version=0, now=NOW, defaults={"bank_account": "999"})
    assert [(each.code, each.blocking) for each in supplier_warnings(saved)] == [("bank_account_unverified", False)]


def test_details_that_are_known_or_unchanged_ask_the_portal_nothing() -> None:
    def never() -> tuple[BankAccount, ...]:
        raise AssertionError

    world = World()
    saved = replace(world.configure, bank_accounts=lambda: ACCOUNTS).change(
        version=0, now=NOW, defaults={"bank_account": "7"}
    )
    quiet = replace(world.configure, bank_accounts=never)
    for defaults in ({"bank_account": "7", "comment": "x"}, {"bank_account": "8"}, {"comment": "x"}):
        saved = quiet.change(version=saved.version, now=NOW, defaults=defaults)


def test_the_end_of_a_certificate_is_kept_and_warned_of_and_that_of_other_credentials_is_forgotten() -> None:
    world = World()
    ends = NOW + timedelta(days=10)
    keys = CertificateCredentials(
        technical_login=SecretStr("TECH"), technical_password=SecretStr("x"), certificate=SecretStr("YQ==")
    )
    saved = replace(world.configure, certificate_end=lambda _: ends).save_credentials(keys, now=NOW)
    assert saved.certificate_expires_at == ends
    assert saved.credentials_status is not None
    assert "certificate_expires_soon" in [each.code for each in saved.credentials_status.problems]
    assert saved.credentials_status.works
    later = replace(world.configure, certificate_end=lambda _: ends + timedelta(days=6)).save_credentials(keys, now=NOW)
    assert later.credentials_status is not None
    assert "certificate_expires_soon" not in [each.code for each in later.credentials_status.problems]
    assert world.configure.save_credentials(KEYS, now=NOW).certificate_expires_at is None


@pytest.mark.row("S18")
def test_a_certificate_with_a_mistake_is_not_tried_at_the_portal() -> None:
    world = World()
    world.portal.faults = {"account": [AssertionError("asked")]}
    keys = CertificateCredentials(
        technical_login=SecretStr("TECH"), technical_password=SecretStr("x"), certificate=SecretStr("YQ==")
    )
    configure = replace(world.configure, certificate_problem=lambda *_: certificate_mistake("unreadable"))
    with pytest.raises(Invalid) as refused:
        configure.save_credentials(keys, now=NOW)
    assert [each.code for each in refused.value.problems] == ["certificate_unreadable"]
    assert world.secrets.kept is None
