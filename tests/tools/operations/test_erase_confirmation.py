"""What an operator types to confirm an erasure."""

from types import SimpleNamespace

import pytest
from pydantic import TypeAdapter

from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.ports.values import DeletedSupplier
from tests.builders import NOW, SUPPLIER_SIRET, a_supplier, of_siret
from tools.operations import tenants

RIDET = SupplierIdentifier(scheme="RIDET", value="123456001")


@pytest.mark.parametrize(
    ("identifier", "word", "others"),
    [
        (of_siret(SUPPLIER_SIRET), SUPPLIER_SIRET, ["s1", "", f"SIRET-{SUPPLIER_SIRET}"]),
        (RIDET, "RIDET-123456001", ["123456001", "TAHITI-123456001", "s1", ""]),
        (None, "s1", ["", "None"]),
    ],
)
def test_the_suppliers_own_identifier_confirms_also_after_the_erasure(
    monkeypatch: pytest.MonkeyPatch, identifier: SupplierIdentifier | None, word: str, others: list[str]
) -> None:
    supplier = a_supplier(identifier=identifier)
    monkeypatch.setattr(tenants, "_tenant", lambda _: SimpleNamespace(supplier=supplier))
    assert [tenants.confirmed("s1", each) for each in (word, *others)] == [True, *[False] * len(others)]

    gone = DeletedSupplier("s1", "X", supplier.siret or "", NOW, "root", "", identifier_key=supplier.identifier_key)
    monkeypatch.setattr(tenants, "_tenant", lambda _: _Gone())
    monkeypatch.setattr(tenants, "deletion", lambda _: gone)
    assert [tenants.confirmed("s1", each) for each in (word, *others)] == [True, *[False] * len(others)]


class _Gone:
    """A tenant whose record is deleted."""

    @property
    def supplier(self) -> Supplier:
        raise NotFound


def test_the_record_of_a_deletion_from_before_the_identifiers_still_reads() -> None:
    before = {
        "supplier_id": "s1",
        "name": "Durand",
        "siret": SUPPLIER_SIRET,
        "deleted_at": NOW.isoformat(),
        "deleted_by": "root",
        "export_key": "",
    }
    assert TypeAdapter(DeletedSupplier).validate_python(before).claimed == SUPPLIER_SIRET
