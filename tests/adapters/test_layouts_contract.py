"""The contract of the store of layouts, run on the fake and on DynamoDB."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from chorus_connector.adapters.table.administration import DynamoAuditTrail, DynamoTenantRecords
from chorus_connector.adapters.table.layouts import DynamoLayouts
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.errors import StaleWrite
from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument
from chorus_connector.usecases.invoices.layouts import forgetting
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_supplier
from tests.dynamodb_table import empty_table
from tests.fakes import FakeLayouts


@dataclass
class Stores:
    ours: Any
    theirs: Any


@pytest.fixture(params=["fake", "dynamodb"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "fake":
        yield Stores(FakeLayouts(), FakeLayouts())
        return
    with empty_table() as client:
        for siret, supplier_id in ((SUPPLIER_SIRET, "s1"), (TOWN_SIRET, "s2")):
            supplier = a_supplier(supplier_id=supplier_id, siret=siret)
            DynamoInstallation(client, "t").create_supplier(supplier, administrator="root")
        yield Stores(DynamoLayouts(client, "t", "s1"), DynamoLayouts(client, "t", "s2"))


def a_layout(layout_id: str = "l1", **changes: Any) -> Layout:
    document = TaughtDocument(document_id="d1", at=NOW, values={"invoice_number": "F-1", "service_code": None})
    values: dict[str, Any] = {"confirmed": 1, "documents": (document,), "last_seen": NOW}
    return Layout(layout_id=layout_id, **{**values, **changes})


def test_a_layout_is_its_suppliers_alone(stores: Stores) -> None:
    assert stores.ours.all() == (0, ())
    stores.ours.save(0, put=a_layout())
    assert stores.ours.all() == (1, (a_layout(),))
    assert stores.theirs.all() == (0, ())


def test_of_two_who_learn_at_once_one_starts_again_also_for_two_new_layouts(stores: Stores) -> None:
    stores.ours.save(0, put=a_layout("l1"))
    with pytest.raises(StaleWrite):
        stores.ours.save(0, put=a_layout("l2"))
    stores.ours.save(1, put=a_layout("l2", last_seen=None))
    assert [each.layout_id for each in stores.ours.all().layouts] == ["l1", "l2"]


def test_a_layout_is_forgotten_together_with_the_writing_of_another(stores: Stores) -> None:
    stores.ours.save(0, put=a_layout("l1"))
    stores.ours.save(1, put=a_layout("l2"), forget=["l1"])
    assert stores.ours.all() == (2, (a_layout("l2"),))


def test_a_use_is_noted_without_a_new_version_and_only_forward(stores: Stores) -> None:
    stores.ours.save(0, put=a_layout())
    later = NOW + timedelta(days=1)
    stores.ours.seen("l1", later)
    stores.ours.seen("l1", NOW)
    stores.ours.seen("forgotten", later)
    assert stores.ours.all() == (1, (a_layout(last_seen=later),))


def test_a_forgotten_layout_has_its_line_in_the_trail_and_layouts_are_exported_and_go_with_their_supplier() -> None:
    with empty_table() as client:
        DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="root")
        store = DynamoLayouts(client, "t", "s1")
        store.save(0, put=a_layout("l1"))
        store.save(1, put=a_layout("l2"), forget=["l1"], changes=[forgetting(a_layout("l1"), by="alice", now=NOW)])
        (line, *_) = DynamoAuditTrail(client, "t", "s1").page(limit=5, cursor=None).changes
        assert (line.by, line.item, line.action) == ("alice", "layouts/l1", "forgotten")
        assert line.before == {"confirmed": 1, "documents": ["d1"]}
        records = DynamoTenantRecords(client, "t", "s1", SUPPLIER_SIRET)
        exported = {each["record"]: each for each in records.page(cursor=None).records}
        assert exported["LAYOUT#l2"]["data"]["documents"][0]["values"] == {
            "invoice_number": "F-1",
            "service_code": None,
        }
        while records.purge(limit=10):
            pass
        assert store.all() == (0, ())


def test_nothing_is_learnt_for_a_supplier_that_is_gone() -> None:
    with empty_table() as client, pytest.raises(StaleWrite):
        DynamoLayouts(client, "t", "s1").save(0, put=a_layout())
