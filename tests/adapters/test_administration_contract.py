"""The contract of a tenant's administration and of kept answers, on the fakes and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table.administration import DynamoAccess, DynamoAuditTrail, DynamoTenantRecords
from chorus_connector.adapters.table.idempotency import DynamoKeptAnswers
from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.adapters.table.suppliers import DynamoInstallation, DynamoSupplier, read_suppliers
from chorus_connector.domain.errors import AlreadyExists, Invalid, NotFound, StaleWrite
from chorus_connector.domain.suppliers.access import Access, Member, Subscriber
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.ports.values import DeletedSupplier
from tests.aws import aws_client
from tests.builders import NOW, SUPPLIER_SIRET, a_supplier, an_invoice, of_siret
from tests.dynamodb_table import create_table, empty_table
from tests.fakes import (
    FakeAccess,
    FakeAuditTrail,
    FakeInstallation,
    FakeInvoices,
    FakeKeptAnswers,
    FakeSupplier,
    FakeTable,
    FakeTenantRecords,
)

OTHER_SIRET = "35600000000048"
BOB = Member(principal="bob", kind="person", roles=("use",))


@dataclass
class Stores:
    """One table as two tenants see it, and the installation."""

    installation: Any
    supplier: Any
    access: Any
    their_access: Any
    audit: Any
    their_audit: Any
    records: Any
    invoices: Any
    their_invoices: Any
    answers: Any


def _fake() -> Stores:
    table = FakeTable()
    return Stores(
        FakeInstallation(table),
        FakeSupplier(table, "s1"),
        FakeAccess(table, "s1"),
        FakeAccess(table, "s2"),
        FakeAuditTrail(table, "s1"),
        FakeAuditTrail(table, "s2"),
        FakeTenantRecords(table, "s1"),
        FakeInvoices(table, "s1"),
        FakeInvoices(table, "s2"),
        FakeKeptAnswers(),
    )


def _dynamo() -> Stores:
    client = aws_client("dynamodb")
    create_table(client, "t")
    return Stores(
        DynamoInstallation(client, "t"),
        DynamoSupplier(client, "t", "s1"),
        DynamoAccess(client, "t", "s1"),
        DynamoAccess(client, "t", "s2"),
        DynamoAuditTrail(client, "t", "s1"),
        DynamoAuditTrail(client, "t", "s2"),
        DynamoTenantRecords(client, "t", "s1", SUPPLIER_SIRET),
        DynamoInvoices(client, "t", "s1"),
        DynamoInvoices(client, "t", "s2"),
        DynamoKeptAnswers(client, "t"),
    )


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        yield _fake()
    else:
        with mock_aws():
            yield _dynamo()


@pytest.fixture
def two(stores: Stores) -> Stores:
    """Two tenants: alice's and carol's."""
    stores.installation.create_supplier(a_supplier(), administrator="alice")
    theirs = a_supplier(supplier_id="s2", siret=OTHER_SIRET)
    stores.installation.create_supplier(theirs, administrator="carol")
    return stores


def a_change(number: int, at: datetime = NOW, **facts: Any) -> Change:
    values: dict[str, Any] = {"item": "supplier", "action": "changed", "by": "alice"}
    return Change(change_id=f"{number:08d}", at=at, **{**values, **facts})


# --- rights --------------------------------------------------------------------------------------------------


@pytest.mark.row("S03")
def test_the_first_member_has_both_rights_on_its_own_supplier_only(two: Stores) -> None:
    assert two.access.get().members == (Member(principal="alice", kind="person", roles=("administer", "use")),)
    assert two.installation.rights("s2", "alice") == frozenset()
    assert two.installation.suppliers_of("alice") == {"s1": {"administer", "use"}}


@pytest.mark.row("S15")
def test_what_was_granted_is_a_right_and_what_was_taken_away_is_none(two: Stores) -> None:
    before = two.access.get()
    granted = before.granting(BOB)
    two.access.save(before, granted, change=a_change(1))
    assert two.access.get() == granted
    assert two.installation.rights("s1", "bob") == {"use"}
    two.access.save(granted, granted.without("bob"), change=a_change(2))
    assert two.installation.rights("s1", "bob") == frozenset()
    assert two.installation.suppliers_of("bob") == {}
    assert two.their_access.get().member("carol").principal == "carol"


@pytest.mark.row("S25")
def test_rights_of_a_caller_and_of_its_groups_add_up(two: Stores) -> None:
    before = two.access.get()
    group = Member(principal="group:compta", kind="group", roles=("administer",))
    with_both = before.granting(BOB).granting(group)
    two.access.save(before, with_both, change=a_change(1))
    assert two.installation.rights("s1", "bob", "group:compta") == {"administer", "use"}
    assert two.installation.suppliers_of("bob", "group:compta", "group:none") == {"s1": {"administer", "use"}}


def test_of_two_changes_to_the_same_list_the_second_is_stale_and_leaves_no_line(two: Stores) -> None:
    before = two.access.get()
    two.access.save(before, before.granting(BOB), change=a_change(1))
    with pytest.raises(StaleWrite):
        two.access.save(before, before.granting(BOB.model_copy(update={"principal": "dan"})), change=a_change(2))
    assert two.installation.rights("s1", "dan") == frozenset()
    assert [each.change_id for each in two.audit.page(limit=10, cursor=None).changes] == ["00000001"]


@pytest.mark.row("S11")
def test_subscribers_come_and_go(two: Stores) -> None:
    told = Subscriber(kind="waiting", principal="bob", email="bob@example.org")
    two.access.subscribe(told, change=a_change(1))
    two.access.subscribe(told.model_copy(update={"email": None}), change=a_change(2))
    assert [(each.principal, each.email) for each in two.access.subscribers()] == [("bob", None)]
    assert list(two.their_access.subscribers()) == []
    two.access.unsubscribe(told, change=a_change(3))
    assert list(two.access.subscribers()) == []
    with pytest.raises(NotFound):
        two.access.unsubscribe(told, change=a_change(4))


# --- tenants -------------------------------------------------------------------------------------------------


@pytest.mark.row("S03")
def test_the_default_supplier_is_made_once_even_if_it_is_gone(stores: Stores) -> None:
    default = a_supplier(supplier_id="s1", siret="")
    assert stores.installation.create_default_supplier(default, administrator="alice")
    assert not stores.installation.create_default_supplier(default, administrator="bob")
    assert stores.access.get().members[0].principal == "alice"
    _purge(stores.records)
    stores.records.record_deletion(default, deleted=_deleted())
    assert not stores.installation.create_default_supplier(default, administrator="alice")


@pytest.mark.row("S03")
def test_every_supplier_is_listed_page_by_page(two: Stores) -> None:
    first = two.installation.supplier_ids(limit=1, cursor=None)
    second = two.installation.supplier_ids(limit=1, cursor=first.cursor)
    assert (*first.supplier_ids, *second.supplier_ids) == ("s1", "s2")
    with pytest.raises(Invalid):
        two.installation.supplier_ids(limit=1, cursor="nonsense!")


@pytest.mark.row("S05")
def test_a_siret_moves_and_frees_the_old_one(two: Stores) -> None:
    new = "19672337516762"
    moved = two.supplier.get().model_copy(update={"identifier": of_siret(new), "version": 1})
    two.supplier.save_claiming_siret(moved, before=SUPPLIER_SIRET, change=a_change(1), released=a_change(2))
    assert two.supplier.get().siret == new
    two.installation.create_supplier(a_supplier(supplier_id="s3"), administrator="dan")
    with pytest.raises(AlreadyExists):
        two.installation.create_supplier(a_supplier(supplier_id="s4", siret=new), administrator="dan")


@pytest.mark.row("S05")
def test_the_same_characters_of_two_schemes_are_two_claims(two: Stores) -> None:
    ridet, tahiti = (SupplierIdentifier(scheme=scheme, value="123456001") for scheme in ("RIDET", "TAHITI"))  # type: ignore[arg-type]
    moved = two.supplier.get().model_copy(update={"identifier": ridet, "version": 1})
    two.supplier.save_claiming_siret(moved, before=SUPPLIER_SIRET, change=a_change(1), released=a_change(2))
    assert two.supplier.get().identifier == ridet
    two.installation.create_supplier(a_supplier(supplier_id="s3", identifier=tahiti), administrator="dan")
    for taken in (ridet, tahiti):
        with pytest.raises(AlreadyExists):
            two.installation.create_supplier(a_supplier(supplier_id="s4", identifier=taken), administrator="dan")
    back = moved.model_copy(update={"identifier": of_siret(SUPPLIER_SIRET), "version": 2})
    two.supplier.save_claiming_siret(back, before=ridet.key, change=a_change(3), released=a_change(4))
    two.installation.create_supplier(a_supplier(supplier_id="s4", identifier=ridet), administrator="dan")


@pytest.mark.row("S05")
def test_a_siret_that_is_taken_is_not_moved_to_and_a_lost_race_takes_none(two: Stores) -> None:
    supplier = two.supplier.get()
    wanted = supplier.model_copy(update={"identifier": of_siret(OTHER_SIRET), "version": 1})
    late = supplier.model_copy(update={"identifier": of_siret("19672337516762"), "version": 7})
    with pytest.raises(AlreadyExists):
        two.supplier.save_claiming_siret(wanted, before=SUPPLIER_SIRET, change=a_change(1), released=a_change(2))
    with pytest.raises(StaleWrite):
        two.supplier.save_claiming_siret(late, before=SUPPLIER_SIRET, change=a_change(1), released=a_change(2))
    assert two.supplier.get() == supplier
    assert two.audit.page(limit=10, cursor=None).changes == ()


def test_a_deleted_supplier_leaves_only_the_record_of_its_deletion(two: Stores) -> None:
    two.invoices.add(an_invoice(), by="alice")
    two.their_invoices.add(an_invoice(supplier_id="s2"), by="carol")
    kinds = {record["record"].split("#")[0] for record in _everything(two.records)}
    assert {"INVOICE", "SUPPLIER"} <= kinds
    _purge(two.records)
    two.records.record_deletion(two.supplier.get(), deleted=_deleted())
    with pytest.raises(NotFound):
        two.supplier.get()
    assert _everything(two.records) == []
    assert two.installation.rights("s1", "alice") == frozenset()
    assert two.installation.supplier_ids(limit=10, cursor=None).supplier_ids == ("s2",)
    assert two.installation.deleted("s1") == _deleted()
    assert two.installation.deleted("s2") is None
    assert two.their_invoices.get("d1").supplier_id == "s2"
    two.installation.create_supplier(a_supplier(supplier_id="s5"), administrator="dan")  # the SIRET is free


def test_a_purge_stops_at_its_limit_and_continues_with_the_next_call(two: Stores) -> None:
    for number in range(30):
        two.invoices.add(an_invoice(document_id=f"d{number}"), by="alice")
    steps = _purge(two.records, limit=10)
    assert len(steps) >= 3
    assert all(removed <= 10 for removed in steps)
    assert two.invoices.page(None, limit=100, cursor=None).invoices == ()
    assert two.supplier.get().supplier_id == "s1"


def test_a_supplier_that_changed_meanwhile_is_not_buried(two: Stores) -> None:
    with pytest.raises(StaleWrite):
        two.records.record_deletion(two.supplier.get().model_copy(update={"version": 9}), deleted=_deleted())
    assert two.supplier.get().supplier_id == "s1"


def test_records_are_read_many_at_once_in_the_order_asked_for() -> None:
    with empty_table() as client:
        for name in ("a", "b", "c"):
            siret = SUPPLIER_SIRET[:-1] + str(ord(name) % 10)
            DynamoInstallation(client, "t").create_supplier(
                a_supplier(supplier_id=name, siret=siret), administrator="x"
            )
        found = read_suppliers(client, "t", ["c", "gone", "a"])
        assert [each.supplier_id for each in found] == ["c", "a"]
        assert read_suppliers(client, "t", []) == []


def _everything(records: Any) -> list[dict[str, Any]]:
    found, cursor = [], None
    while True:
        page = records.page(cursor=cursor)
        found += page.records
        cursor = page.cursor
        if cursor is None:
            return found


def _purge(records: Any, *, limit: int = 100) -> list[int]:
    """How many each step deleted, until none was left."""
    steps = []
    while removed := records.purge(limit=limit):
        steps.append(removed)
    return steps


def _deleted() -> DeletedSupplier:
    return DeletedSupplier("s1", "Menuiserie Durand", SUPPLIER_SIRET, NOW, "alice", "exports/s1.zip")


# --- audit trail ---------------------------------------------------------------------------------------------


@pytest.mark.row("B07")
def test_the_trail_is_read_newest_first_page_by_page_and_is_each_suppliers_own(two: Stores) -> None:
    for number in range(5):
        two.audit.append(a_change(number, at=NOW + timedelta(seconds=number), after={"name": str(number)}))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = two.audit.page(limit=2, cursor=cursor)
        seen += [each.after["name"] for each in page.changes]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == ["4", "3", "2", "1", "0"]
    assert two.their_audit.page(limit=10, cursor=None).changes == ()
    with pytest.raises(Invalid):
        two.audit.page(limit=2, cursor="nonsense!")


@pytest.mark.row("B07")
def test_a_change_and_its_line_are_written_together_or_not_at_all(two: Stores) -> None:
    supplier = two.supplier.get()
    two.supplier.save(supplier.model_copy(update={"name": "First", "version": 1}), change=a_change(1))
    with pytest.raises(StaleWrite):
        two.supplier.save(supplier.model_copy(update={"name": "Second", "version": 1}), change=a_change(2))
    assert [each.change_id for each in two.audit.page(limit=10, cursor=None).changes] == ["00000001"]


# --- kept answers --------------------------------------------------------------------------------------------


@pytest.mark.row("B06")
def test_a_key_is_claimed_once_and_its_answer_kept_for_a_day(stores: Stores) -> None:
    answers = stores.answers
    assert answers.claim("k", fingerprint="f", owner="one", now=NOW) is None
    under_way = answers.claim("k", fingerprint="f", owner="two", now=NOW)
    assert (under_way.fingerprint, under_way.answer) == ("f", None)
    answers.keep("k", owner="one", answer=b"done")
    assert answers.claim("k", fingerprint="g", owner="three", now=NOW + timedelta(hours=23)).answer == b"done"
    assert answers.claim("k", fingerprint="g", owner="four", now=NOW + timedelta(hours=25)) is None


@pytest.mark.row("B06")
def test_a_key_whose_worker_died_is_free_after_a_minute_and_the_dead_keep_nothing(stores: Stores) -> None:
    answers = stores.answers
    assert answers.claim("k", fingerprint="f", owner="dead", now=NOW) is None
    later = NOW + timedelta(seconds=61)
    assert answers.claim("k", fingerprint="f", owner="next", now=later) is None
    answers.keep("k", owner="dead", answer=b"late")
    answers.release("k", owner="dead")
    assert answers.claim("k", fingerprint="f", owner="third", now=later).answer is None


@pytest.mark.row("B06")
def test_a_claim_whose_own_answer_was_lost_is_the_claimants_when_it_asks_again(stores: Stores) -> None:
    answers = stores.answers
    assert answers.claim("k", fingerprint="f", owner="one", now=NOW) is None
    assert answers.claim("k", fingerprint="f", owner="one", now=NOW) is None
    answers.keep("k", owner="one", answer=b"done")
    assert answers.claim("k", fingerprint="f", owner="one", now=NOW).answer == b"done"


@pytest.mark.row("B06")
def test_a_released_key_is_free_at_once(stores: Stores) -> None:
    answers = stores.answers
    answers.claim("k", fingerprint="f", owner="one", now=NOW)
    answers.release("k", owner="one")
    assert answers.claim("k", fingerprint="other", owner="two", now=NOW) is None


def test_an_empty_list_has_no_version(stores: Stores) -> None:
    assert stores.access.get() == Access()
