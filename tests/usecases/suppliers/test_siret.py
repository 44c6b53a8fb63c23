"""Who may set a supplier's SIRET, and what it leaves behind."""

from typing import Any

import pytest

from chorus_connector.domain.errors import Conflict, Invalid, StructureExists
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalUnreachable
from chorus_connector.domain.suppliers.access import Caller
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
    change_siret,
)
from tests.messages.builders import a_message, a_structure

NEW, TOWN = "35600000000048", "55203253400646"


class World:
    """The supplier s1, which alice administers, and a portal that knows ``account`` under each SIRET."""

    def __init__(self, *, assigned: bool = False) -> None:
        self.table = FakeTable()
        self.structures = self.table.structures
        self.provision = Provision(FakeInstallation(self.table), self.structures, strict_siret=True)
        self.provision.create(supplier_id="s1", name="Durand", siret=SUPPLIER_SIRET, by="alice", now=NOW)
        self.suppliers = FakeSupplier(self.table, "s1")
        self.portals: dict[str, FakePortal] = {}
        self.configure = Configure(
            self.suppliers,
            FakeInvoices(self.table, "s1"),
            FakeSecrets(),
            lambda _: FakePortal(),
            FakeBreakers(self.table, "s1"),
            by="alice",
            sirets=change_siret(self.table, portal=self.portal, assigned=assigned),
        )

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
        return self.configure.assign_siret(siret, join_structure=join, version=version, now=NOW)


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
    with pytest.raises(Invalid):
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
