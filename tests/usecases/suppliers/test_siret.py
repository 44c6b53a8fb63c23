"""Who may set a supplier's SIRET, and what it leaves behind."""

from typing import Any

import pytest

from chorus_connector.domain.errors import (
    AlreadyExists,
    Conflict,
    Invalid,
    SiretHasMessages,
    StructureExists,
    Transient,
)
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalUnreachable
from chorus_connector.domain.quotas import QuotaExceeded
from chorus_connector.domain.suppliers.access import Caller
from chorus_connector.domain.suppliers.identifier import SpelledIdentifier
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.usecases.messages.structures import AdministerStructure
from chorus_connector.usecases.suppliers.provisioning import Configure, Provision
from tests.builders import NOW, SUPPLIER_SIRET
from tests.fakes import (
    FakeBreakers,
    FakeInstallation,
    FakeInvoices,
    FakePortal,
    FakeSecrets,
    FakeSupplier,
    FakeTable,
    change_identifier,
)
from tests.messages.builders import a_message, a_structure

NEW, TOWN = "35600000000048", "55203253400646"


class World:
    """The supplier s1, which alice administers, and a portal that knows ``account`` under each SIRET."""

    def __init__(self, *, assigned: bool = False, trials: int = 9) -> None:
        self.table = FakeTable()
        self.structures = self.table.structures
        self.provision = Provision(FakeInstallation(self.table), self.structures, strict_siret=True)
        self.provision.create(supplier_id="s1", name="Durand", siret=SUPPLIER_SIRET, by="alice", now=NOW)
        self.suppliers = FakeSupplier(self.table, "s1")
        self.portals: dict[str, FakePortal] = {}
        self.trials = trials
        self.configure = Configure(
            self.suppliers,
            FakeInvoices(self.table, "s1"),
            FakeSecrets(),
            lambda _: FakePortal(),
            FakeBreakers(self.table, "s1"),
            by="alice",
            identifiers=change_identifier(self.table, portal=self.portal, trial=self.trial, assigned=assigned),
        )

    def trial(self) -> None:
        """A trial of the saved credentials: there are ``trials`` of them."""
        if not self.trials:
            raise QuotaExceeded("credential_trials", 60)
        self.trials -= 1

    def portal(self, siret: str) -> FakePortal:
        """The portal, asked under that SIRET: it refuses those that no test announced."""
        if siret not in self.portals:
            self.portals[siret] = FakePortal()
            self.portals[siret].faults["account"] = [CredentialsRefused("structure")]
        return self.portals[siret]

    def changes(self, siret: str) -> Supplier:
        return self.configure.change(version=self.suppliers.get().version, siret=siret, now=NOW)

    def assigned(self, siret: str, *, join: bool = False) -> Supplier:
        version = self.suppliers.get().version
        return self.configure.assign_identifier(siret, join_structure=join, version=version, now=NOW)


RIDET: SpelledIdentifier = {"scheme": "RIDET", "value": "123 456 001"}
TAHITI: SpelledIdentifier = {"scheme": "TAHITI", "value": "123456001"}


@pytest.mark.row("S05")
def test_a_supplier_without_siret_is_one_tenant_under_its_scheme() -> None:
    world = World()
    created = world.provision.create(supplier_id="s2", name="Lagon", identifier=RIDET, by="bob", now=NOW)
    assert (created.siret, created.identifier_key) == (None, "RIDET-123456001")
    with pytest.raises(AlreadyExists):
        world.provision.create(supplier_id="s3", name="Lagon", identifier=RIDET, by="bob", now=NOW)
    world.provision.create(supplier_id="s4", name="Passe", identifier=TAHITI, by="bob", now=NOW)
    assert world.table.sirets == {SUPPLIER_SIRET: "s1", "RIDET-123456001": "s2", "TAHITI-123456001": "s4"}


@pytest.mark.row("S05")
def test_an_identifier_is_given_once_or_twice_alike() -> None:
    world = World()
    siret: SpelledIdentifier = {"scheme": "SIRET", "value": "356 000 000 00048"}
    both = {"supplier_id": "s2", "name": "X", "siret": NEW, "by": "bob", "now": NOW}
    assert world.provision.create(**both, identifier=siret).siret == NEW  # type: ignore[arg-type]
    for wrong, code in (({"identifier": RIDET}, "identifiers_differ"), ({"siret": None}, "identifier_missing")):
        with pytest.raises(Invalid) as refused:
            world.provision.create(**{**both, "supplier_id": "s3", **wrong})  # type: ignore[arg-type]
        assert codes(refused) == [code]


@pytest.mark.row("S05")
def test_a_supplier_moves_from_a_siret_to_another_identifier_that_the_portal_confirms_only() -> None:
    world = World()
    with pytest.raises(Invalid) as refused:
        world.configure.change(version=0, identifier=RIDET, now=NOW)
    assert codes(refused)[0] == "siret_not_confirmed"
    world.portals["RIDET-123456001"] = FakePortal()
    moved = world.configure.change(version=0, identifier=RIDET, now=NOW)
    assert (moved.siret, moved.portal_structure_id) == (None, 42)
    assert world.table.sirets == {"RIDET-123456001": "s1"}
    # the same characters in another scheme are another identifier, which the portal does not confirm
    with pytest.raises(Invalid):
        world.configure.change(version=1, identifier=TAHITI, now=NOW)
    # its own identifier spelt otherwise changes nothing, so it creates no version
    assert world.configure.change(version=1, identifier={**RIDET, "value": "123456.001"}, now=NOW) == moved


@pytest.mark.row("S05")
def test_a_supplier_without_siret_is_joined_with_no_structure() -> None:
    world = World(assigned=True)
    with pytest.raises(Invalid) as refused:
        world.configure.assign_identifier(identifier=RIDET, join_structure=True, version=0, now=NOW)
    assert codes(refused) == ["no_structure_without_siret"]
    assert world.configure.assign_identifier(identifier=RIDET, join_structure=False, version=0, now=NOW).siret is None


def codes(refused: Any) -> list[str]:
    return [each.code for each in refused.value.problems]


@pytest.mark.row("S05")
def test_a_siret_that_the_portal_does_not_confirm_is_refused_and_the_answer_says_what_to_do() -> None:
    world = World()
    with pytest.raises(Invalid) as refused:
        world.changes(NEW)
    assert codes(refused)[0] == "siret_not_confirmed"
    assert "administrateur de l'installation" in refused.value.fr
    world.portals[NEW].faults["account"] = [PortalUnreachable("down")]
    with pytest.raises(Transient, match="nothing was kept"):
        world.changes(NEW)
    assert world.suppliers.get().siret == SUPPLIER_SIRET
    assert world.table.sirets == {SUPPLIER_SIRET: "s1"}


@pytest.mark.row("S05")
def test_a_siret_that_the_portal_confirms_comes_with_what_the_portal_says_of_it() -> None:
    world = World()
    world.portals[NEW] = FakePortal()
    changed = world.changes(NEW)
    assert (changed.siret, changed.portal_structure_id) == (NEW, 42)
    assert changed.credentials_status is not None
    assert changed.credentials_status.works


@pytest.mark.row("S05")
def test_a_technical_account_that_several_structures_share_confirms_none_of_them() -> None:
    world = World()
    world.portals[NEW] = FakePortal()
    world.portals[NEW].other_structures = {43}
    with pytest.raises(Invalid) as refused:
        world.changes(NEW)
    assert codes(refused) == ["siret_not_confirmed"]
    assert "administrateur de l'installation" in refused.value.fr
    assert world.suppliers.get().siret == SUPPLIER_SIRET
    world.portals[NEW].other_structures = set()
    assert world.changes(NEW).siret == NEW


def test_a_siret_is_not_confirmed_while_the_portal_does_not_list_the_accounts_structures() -> None:
    world = World()
    world.portals[NEW] = FakePortal()
    world.portals[NEW].faults["attached_to"] = [PortalUnreachable("down"), CredentialsRefused("api_consent")]
    for error in (Transient, Invalid):
        with pytest.raises(error):
            world.changes(NEW)
    assert world.suppliers.get().siret == SUPPLIER_SIRET


def test_each_siret_that_the_portal_is_asked_about_is_a_trial_of_the_credentials() -> None:
    world = World(trials=2)
    world.portal(NEW).faults["account"] = [CredentialsRefused("structure")] * 3
    for _ in range(2):
        with pytest.raises(Invalid):
            world.changes(NEW)
    calls = world.portals[NEW].calls
    with pytest.raises(QuotaExceeded):
        world.changes(NEW)
    assert world.portals[NEW].calls == calls, "the portal is not asked any more"
    assert world.changes(SUPPLIER_SIRET).siret == SUPPLIER_SIRET, "the SIRET that it has is no trial"


@pytest.mark.row("S05")
def test_what_comes_in_while_the_portal_is_asked_keeps_the_siret() -> None:
    world = World()
    portal = world.portals[NEW] = FakePortal()

    def write() -> frozenset[int]:
        world.table.messages.messages[SUPPLIER_SIRET, "MSG_000000001"] = a_message(sender_siret=SUPPLIER_SIRET)
        return frozenset({42})

    portal.attached_to = write  # type: ignore[method-assign]
    with pytest.raises(SiretHasMessages):
        world.changes(NEW)
    assert world.suppliers.get().siret == SUPPLIER_SIRET


def test_the_portals_word_is_not_enough_for_a_siret_whose_structure_exists_on_its_own() -> None:
    world = World()
    world.structures.save(a_structure(TOWN), owner="")
    world.portals[TOWN] = FakePortal()
    with pytest.raises(StructureExists):
        world.changes(TOWN)


def test_an_installations_administrator_assigns_a_siret_and_joins_explicitly() -> None:
    world = World(assigned=True)
    world.structures.save(a_structure(TOWN), owner="")
    assert world.assigned(NEW).siret == NEW
    assert world.portals == {}, "the portal is not asked"
    with pytest.raises(StructureExists):
        world.assigned(TOWN)
    assert world.assigned(TOWN, join=True).siret == TOWN
    assert world.structures.owner(TOWN) == ""
    assert [each.action for each in world.structures.changes(TOWN, limit=9, cursor=None).changes] == ["joined"]
    trail = [(each.item, each.action) for each in world.table.changes["s1"]]
    assert (f"structure/{TOWN}", "joined") in trail


def test_a_new_supplier_is_joined_with_a_structure_explicitly() -> None:
    world = World()
    world.structures.save(a_structure(NEW), owner="")
    new: dict[str, Any] = {"supplier_id": "s2", "name": "X", "siret": NEW, "by": "bob", "now": NOW}
    with pytest.raises(StructureExists):
        world.provision.create(**new)
    assert world.provision.create(**new, join_structure=True).siret == NEW
    assert [each.action for each in world.table.changes["s2"]] == ["joined"]


@pytest.mark.row("S05")
def test_a_siret_under_which_messages_or_lists_exist_stays() -> None:
    world = World(assigned=True)
    world.table.messages.messages[SUPPLIER_SIRET, "MSG_000000001"] = a_message(sender_siret=SUPPLIER_SIRET)
    with pytest.raises(Conflict) as refused:
        world.assigned(NEW)
    assert refused.value.code == "siret_has_messages"


def test_a_released_siret_ends_what_was_granted_under_it() -> None:
    world = World(assigned=True)
    administer = AdministerStructure(world.structures, SUPPLIER_SIRET, strict_siret=True)
    alice = Caller("alice", frozenset())
    administer.grant("carol", mode="write", services=None, caller=alice, now=NOW)
    world.assigned(NEW)
    assert world.structures.subscribers(SUPPLIER_SIRET) == []
    assert world.structures.changes(SUPPLIER_SIRET, limit=9, cursor=None).changes == ()
    lines = world.table.messages.trails[SUPPLIER_SIRET, "s1"]
    assert [each.action for each in lines] == ["set", "removed"]
