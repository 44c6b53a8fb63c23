"""One supplier for one invocation: what is read once, what the caller may see, how long it may take."""

import time

import pytest

from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.suppliers.access import Caller
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.ports.values import SupplierWork, Work
from chorus_connector.runtime.deadline import at_most
from chorus_connector.wiring.messages import AuthorisedStructure, StructureGrant
from chorus_connector.wiring.tenant import AuthorisedTenant, Grant, Tenant
from tests.builders import a_supplier, an_invoice

ALICE = Caller("alice", frozenset({"office"}))


class Counted:
    """A supplier's store that counts how often it is read."""

    def __init__(self) -> None:
        self.reads = 0

    def get(self) -> Supplier:
        self.reads += 1
        return a_supplier()


@pytest.mark.parametrize("named_by", [SupplierWork("s1"), Work("s1", "d1"), an_invoice(supplier_id="s1"), a_supplier()])
def test_a_message_or_a_record_names_the_supplier(named_by: SupplierWork | Work) -> None:
    assert Tenant(named_by).supplier_id == "s1"


def test_a_supplier_is_read_once_in_an_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    store = Counted()
    monkeypatch.setattr(Tenant, "suppliers", store)
    tenant = Tenant(SupplierWork("s1"))
    assert tenant.supplier == tenant.supplier
    assert store.reads == 1
    assert Tenant(SupplierWork("s1")).supplier
    assert store.reads == 2, "another message reads it anew"


def test_an_authorised_tenant_acts_as_its_caller() -> None:
    tenant = AuthorisedTenant(Grant("s1", ALICE), lambda: 20.0)
    assert (tenant.supplier_id, tenant.by, tenant.caller) == ("s1", "alice", ALICE)


def test_a_shorter_deadline_leaves_supplier_and_caller_as_they_are() -> None:
    tenant = AuthorisedTenant(Grant("s1", ALICE), lambda: 20.0)
    shorter = tenant.within(8)
    assert (shorter.supplier_id, shorter.caller) == ("s1", ALICE)
    assert 7 < shorter.seconds_left() <= 8
    assert tenant.seconds_left() == 20


def test_a_deadline_is_never_longer_than_what_the_invocation_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    left, now = [20.0], [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    capped = at_most(8, lambda: left[0])
    assert capped() == 8
    now[0] += 3
    assert capped() == 5
    left[0] = 2
    assert capped() == 2


def test_without_a_deadline_time_does_not_end() -> None:
    assert Tenant(SupplierWork("s1")).seconds_left() == float("inf")


def test_a_structure_that_is_only_administered_has_no_messages_to_show() -> None:
    structure = AuthorisedStructure(StructureGrant("21000001400014", ALICE))
    assert structure.by == "alice"
    with pytest.raises(NotFound):
        _ = structure.access
