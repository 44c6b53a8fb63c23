"""A SIRET is a supplier's, a structure's of its own, or of the two joined: one contract for the fakes and the table."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from chorus_connector.adapters.table.administration import DynamoAuditTrail, DynamoTenantRecords
from chorus_connector.adapters.table.distribution_lists import DynamoLists
from chorus_connector.adapters.table.outbox import DynamoOutbox
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier
from chorus_connector.domain.errors import (
    AlreadyExists,
    NotFound,
    SiretHasMessages,
    StaleWrite,
    StructureExists,
    SupplierDeleting,
)
from chorus_connector.domain.messages.access import PublicBodyMember, StructureRight
from chorus_connector.domain.messages.structure import Structure
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.values import DeletedSupplier, Joining, TrailLine
from tests.builders import NOW, SUPPLIER_SIRET, a_supplier, of_siret
from tests.dynamodb_table import empty_table
from tests.fakes import FakeAuditTrail, FakeInstallation, FakeSupplier, FakeTable
from tests.messages.builders import TOWN, a_dispatch, a_line, a_list, a_message, a_structure, a_subscription
from tests.messages.fakes import FakeLists, FakeOutbox


class Stores(NamedTuple):
    """One table, with the supplier s1 and its structure."""

    installation: Any
    supplier: Any
    structures: Any
    trail: Any
    #: of the supplier s1, under its SIRET
    outbox: Any
    lists: Any


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        table = FakeTable()
        yield Stores(
            FakeInstallation(table),
            FakeSupplier(table, "s1"),
            table.structures,
            FakeAuditTrail(table, "s1"),
            FakeOutbox(table.messages, SUPPLIER_SIRET, "s1"),
            FakeLists(table.messages, SUPPLIER_SIRET, "s1"),
        )
        return
    with empty_table() as client:
        yield Stores(
            DynamoInstallation(client, "t"),
            DynamoSupplier(client, "t", "s1"),
            DynamoStructures(client, "t"),
            DynamoAuditTrail(client, "t", "s1"),
            DynamoOutbox(client, "t", SUPPLIER_SIRET, "s1"),
            DynamoLists(client, "t", SUPPLIER_SIRET, "s1"),
        )


@pytest.fixture
def durand(stores: Stores) -> Stores:
    stores.installation.create_supplier(a_supplier(), administrator="alice")
    return stores


def a_change(action: str, number: int = 1) -> Change:
    return Change(change_id=f"{action}-{number}", at=NOW, by="root", item="structure", action=action)


def moves(stores: Stores, siret: str, *, joining: Joining | None = None) -> None:
    supplier = stores.supplier.get()
    moved = supplier.model_copy(update={"identifier": of_siret(siret), "version": supplier.version + 1})
    stores.supplier.save_claiming_siret(
        moved,
        before=supplier.siret,
        change=a_change("changed", moved.version),
        released=a_change("released"),
        joining=joining,
    )


def joining(stores: Stores, siret: str) -> Joining:
    known = stores.structures.recorded(siret) or Structure(siret=siret, name="Durand", public=True)
    return Joining(known.model_copy(update={"public": True, "version": known.version + 1}), a_change("joined"))


def trail(stores: Stores, siret: str) -> list[str]:
    return [each.action for each in stores.structures.changes(siret, limit=100, cursor=None).changes]


def test_a_supplier_gets_no_siret_of_a_structure_that_exists_on_its_own(durand: Stores) -> None:
    durand.structures.save(a_structure(), owner="")
    with pytest.raises(StructureExists):
        moves(durand, TOWN)
    with pytest.raises(StructureExists):
        durand.installation.create_supplier(a_supplier(supplier_id="s2", siret=TOWN), administrator="bob")
    assert durand.supplier.get().siret == SUPPLIER_SIRET
    assert durand.structures.tenants([TOWN, SUPPLIER_SIRET]) == {SUPPLIER_SIRET: "s1"}
    assert durand.structures.owner(TOWN) == ""


def test_a_structure_of_its_own_gets_no_siret_of_a_supplier(durand: Stores) -> None:
    with pytest.raises(AlreadyExists):
        durand.structures.save(a_structure(SUPPLIER_SIRET), owner="")
    member = PublicBodyMember(principal="eve", role="administer")
    with pytest.raises(NotFound):
        durand.structures.set_member(SUPPLIER_SIRET, member, change=a_line())
    durand.structures.save(a_structure(SUPPLIER_SIRET), owner="s1")  # its own tenant describes it
    with pytest.raises(NotFound):
        durand.structures.set_member(SUPPLIER_SIRET, member, change=a_line())
    assert durand.structures.owner(SUPPLIER_SIRET) == "s1"
    with pytest.raises((AlreadyExists, StaleWrite)):
        durand.structures.save(a_structure(TOWN), owner="s1")  # not its tenant


@pytest.mark.parametrize("described", [True, False])
def test_a_released_siret_takes_the_tenants_description_with_it(durand: Stores, described: bool) -> None:
    if described:
        durand.structures.save(a_structure(SUPPLIER_SIRET, email="durand@example.org"), owner="s1")
    durand.structures.subscribe(a_subscription(SUPPLIER_SIRET), line=TrailLine("s1", a_line(action="set")))
    moves(durand, TOWN)
    assert durand.structures.recorded(SUPPLIER_SIRET) is None
    assert durand.structures.owner(SUPPLIER_SIRET) == ""
    durand.installation.create_supplier(a_supplier(supplier_id="s2"), administrator="bob")
    assert trail(durand, SUPPLIER_SIRET) == []  # the trail of another supplier's time is not the next one's
    assert durand.structures.tenants([TOWN, SUPPLIER_SIRET]) == {TOWN: "s1", SUPPLIER_SIRET: "s2"}


def test_a_supplier_and_a_structure_are_joined_in_both_trails_and_part_again(durand: Stores) -> None:
    durand.structures.save(a_structure(name="Commune"), owner="")
    mayor = PublicBodyMember(principal="mayor", role="administer")
    durand.structures.set_member(TOWN, mayor, change=a_line(action="set"))
    moves(durand, TOWN, joining=joining(durand, TOWN))
    assert (durand.structures.owner(TOWN), durand.structures.tenants([TOWN])) == ("", {TOWN: "s1"})
    assert sorted(trail(durand, TOWN)) == ["joined", "set"]
    assert "joined" in [each.action for each in durand.trail.page(limit=10, cursor=None).changes]
    record = durand.structures.recorded(TOWN)
    assert (record.name, record.version, record.public) == ("Commune", 2, True)
    assert list(durand.structures.members(TOWN)) == [mayor]
    moves(durand, "19672337516762")
    assert durand.structures.recorded(TOWN) == record
    assert durand.structures.tenants([TOWN]) == {}
    assert sorted(trail(durand, TOWN)) == ["joined", "released", "set"]


@pytest.mark.parametrize("described", [True, False])
def test_a_suppliers_structure_comes_to_exist_on_its_own(durand: Stores, described: bool) -> None:
    if described:
        durand.structures.save(a_structure(SUPPLIER_SIRET), owner="s1")
    moves(durand, SUPPLIER_SIRET, joining=joining(durand, SUPPLIER_SIRET))
    assert (durand.structures.owner(SUPPLIER_SIRET), durand.structures.tenants([SUPPLIER_SIRET])) == (
        "",
        {SUPPLIER_SIRET: "s1"},
    )
    assert durand.structures.recorded(SUPPLIER_SIRET).public
    durand.structures.set_member(
        SUPPLIER_SIRET, PublicBodyMember(principal="mayor", role="use"), change=a_line(action="set")
    )
    assert sorted(trail(durand, SUPPLIER_SIRET)) == ["joined", "set"]


def test_a_new_supplier_may_be_joined_with_a_structure_once(stores: Stores) -> None:
    stores.structures.save(a_structure(), owner="")
    first = joining(stores, TOWN)
    stores.installation.create_supplier(a_supplier(siret=TOWN), administrator="alice", joining=first)
    assert stores.structures.owner(TOWN) == ""
    assert [each.action for each in stores.trail.page(limit=10, cursor=None).changes] == ["joined"]
    another, again = a_supplier(supplier_id="s2", siret=TOWN), joining(stores, TOWN)
    with pytest.raises(AlreadyExists):
        stores.installation.create_supplier(another, administrator="bob", joining=again)


def test_a_suppliers_members_have_their_roles_for_its_structure_while_it_has_the_siret(durand: Stores) -> None:
    held = durand.structures.rights([(SUPPLIER_SIRET, "alice"), (SUPPLIER_SIRET, "bob")])
    assert held == {StructureRight(SUPPLIER_SIRET, "alice", "s1", role) for role in ("administer", "use")}
    moves(durand, TOWN)
    assert durand.structures.rights([(SUPPLIER_SIRET, "alice")]) == frozenset()
    assert {each.siret for each in durand.structures.rights([(TOWN, "alice")])} == {TOWN}


def a_draft() -> Any:
    return a_message(sender_siret=SUPPLIER_SIRET)


def a_list_of_durand() -> Any:
    return a_list(siret=SUPPLIER_SIRET)


def test_a_siret_under_which_a_message_or_a_list_exists_is_not_released(durand: Stores) -> None:
    durand.outbox.add(a_draft())
    durand.lists.add(a_list_of_durand())
    with pytest.raises(SiretHasMessages):
        moves(durand, TOWN)
    durand.outbox.delete(a_draft())
    with pytest.raises(SiretHasMessages):
        moves(durand, TOWN)
    durand.lists.delete(a_list_of_durand().list_id, 1)
    moves(durand, TOWN)
    assert durand.structures.tenants([TOWN, SUPPLIER_SIRET]) == {TOWN: "s1"}


def test_a_structure_joined_with_a_supplier_keeps_its_messages_when_the_siret_is_released(durand: Stores) -> None:
    durand.outbox.add(a_draft())
    moves(durand, SUPPLIER_SIRET, joining=joining(durand, SUPPLIER_SIRET))
    moves(durand, TOWN)
    assert durand.outbox.get(a_draft().reference) == a_draft()


def test_nothing_is_added_under_a_siret_that_the_supplier_released(durand: Stores) -> None:
    moves(durand, TOWN)
    with pytest.raises(NotFound):
        durand.outbox.add(a_draft())
    durand.installation.create_supplier(a_supplier(supplier_id="s2"), administrator="bob")
    with pytest.raises(NotFound):
        durand.outbox.add(a_draft())
    with pytest.raises(NotFound):
        durand.lists.add(a_list_of_durand())
    assert not durand.structures.holds_messages(SUPPLIER_SIRET)


def test_a_message_and_a_list_are_added_once(durand: Stores) -> None:
    durand.outbox.add(a_draft())
    durand.lists.add(a_list_of_durand())
    with pytest.raises(AlreadyExists):
        durand.outbox.add(a_draft())
    with pytest.raises(AlreadyExists):
        durand.lists.add(a_list_of_durand())


def test_once_a_supplier_leaves_its_structure_sends_nothing_and_all_else_is_still_possible(durand: Stores) -> None:
    outbox = durand.outbox
    outbox.add(a_draft())
    outbox.close()
    outbox.close()
    second = a_draft().model_copy(update={"reference": "MSG_000000002"})
    with pytest.raises(SupplierDeleting):
        outbox.add(second)
    sent = a_draft().model_copy(update={"version": 2, "state": "sent"})
    with pytest.raises(SupplierDeleting):
        outbox.save(sent, a_dispatch(sender_siret=SUPPLIER_SIRET))
    with pytest.raises(StaleWrite):
        outbox.save(sent.model_copy(update={"version": 7}), a_dispatch(sender_siret=SUPPLIER_SIRET))
    outbox.save(sent)
    outbox.add_dispatch(a_dispatch(sender_siret=SUPPLIER_SIRET, purpose="withdraw"))
    assert [each.purpose for each in outbox.every_dispatch(sent.reference)] == ["withdraw"]
    assert [each.state for each in outbox.messages(newest_first=False, start=None, consistent=True)] == ["sent"]
    durand.lists.add(a_list_of_durand())


class _Meanwhile:
    """A client of the table: before its next transaction, ``happens`` happens."""

    def __init__(self, client: Any, happens: Callable[[], None]) -> None:
        self._client, self._happens = client, happens

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def transact_write_items(self, **request: Any) -> Any:
        self._happens()
        return self._client.transact_write_items(**request)


@pytest.fixture
def table() -> Iterator[Any]:
    """The table with the supplier s1."""
    with empty_table() as client:
        DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="alice")
        yield client


def of_s1(client: Any) -> DynamoSupplier:
    return DynamoSupplier(client, "t", "s1")


def _draft_comes_and_goes(client: Any) -> None:
    outbox = DynamoOutbox(client, "t", SUPPLIER_SIRET, "s1")
    outbox.add(a_draft())
    outbox.delete(a_draft())


@pytest.mark.parametrize("earlier", [0, 2], ids=["a claim without a count", "a counted claim"])
def test_what_is_added_between_the_check_and_the_release_keeps_the_siret(table: Any, earlier: int) -> None:
    for _ in range(earlier):
        _draft_comes_and_goes(table)
    outbox, lists = DynamoOutbox(table, "t", SUPPLIER_SIRET, "s1"), DynamoLists(table, "t", SUPPLIER_SIRET, "s1")
    supplier = of_s1(table).get()
    moved = supplier.model_copy(update={"identifier": of_siret(TOWN), "version": supplier.version + 1})
    changes: dict[str, Any] = {
        "before": SUPPLIER_SIRET,
        "change": a_change("changed"),
        "released": a_change("released"),
    }
    with pytest.raises(SiretHasMessages):
        of_s1(_Meanwhile(table, lambda: outbox.add(a_draft()))).save_claiming_siret(moved, **changes)
    outbox.delete(a_draft())
    with pytest.raises(SiretHasMessages):
        of_s1(_Meanwhile(table, lambda: lists.add(a_list_of_durand()))).save_claiming_siret(moved, **changes)
    lists.delete(a_list_of_durand().list_id, 1)
    of_s1(table).save_claiming_siret(moved, **changes)
    assert DynamoStructures(table, "t").tenants([TOWN, SUPPLIER_SIRET]) == {TOWN: "s1"}


def test_what_is_added_between_the_last_purge_and_the_deletion_is_purged_first(table: Any) -> None:
    supplier = of_s1(table).get()
    deleted = DeletedSupplier("s1", "Durand", SUPPLIER_SIRET, NOW, "root", "")
    outbox = DynamoOutbox(table, "t", SUPPLIER_SIRET, "s1")
    late: Any = _Meanwhile(table, lambda: outbox.add(a_draft()))
    with pytest.raises(StaleWrite):
        DynamoTenantRecords(late, "t", "s1", SUPPLIER_SIRET).record_deletion(supplier, deleted=deleted)
    records = DynamoTenantRecords(table, "t", "s1", SUPPLIER_SIRET)
    with pytest.raises(StaleWrite):
        records.record_deletion(supplier, deleted=deleted)
    while records.purge(limit=100):
        pass
    records.record_deletion(supplier, deleted=deleted)
    assert not DynamoStructures(table, "t").holds_messages(SUPPLIER_SIRET)
