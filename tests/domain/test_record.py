"""An older release keeps what a newer one wrote, at every level of every stored record."""

import json

import pytest

from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.tracking import TrackingProgress
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.supplier import Supplier
from tests.builders import NOW, a_supplier, an_invoice

OF_LATER = {"of_a_later_release": {"amount": "12.50", "kept": ["as", "it", "is"]}}
STORED = [an_invoice(State.READING, reading_version=0).ready(NOW, automatic=True), a_supplier(), TrackingProgress()]


@pytest.mark.parametrize("record", STORED, ids=lambda record: type(record).__name__)
def test_a_field_of_a_later_release_survives_a_change_by_this_one(record: Record) -> None:
    stored = json.loads(record.model_dump_json()) | OF_LATER
    read = type(record).model_validate_json(json.dumps(stored))
    changed = read.model_copy(update={"version": 7})
    assert json.loads(changed.model_dump_json()) == stored | {"version": 7}
    assert json.loads(changed.model_dump_json(exclude_defaults=True)).items() >= OF_LATER.items()


def test_a_field_inside_a_part_of_an_invoice_survives_a_move() -> None:
    stored = json.loads(an_invoice(State.READING).ready(NOW, automatic=True).model_dump_json())
    stored["form"] |= OF_LATER
    moved = Invoice.model_validate_json(json.dumps(stored)).move(State.SUBMITTING, NOW, action="start")
    assert json.loads(moved.model_dump_json())["form"].items() >= OF_LATER.items()


def test_a_suppliers_criterion_keeps_what_a_later_release_added() -> None:
    stored = json.loads(a_supplier().model_dump_json())
    assert stored["criteria"]
    stored["criteria"][0] |= OF_LATER
    read = Supplier.model_validate_json(json.dumps(stored))
    assert json.loads(read.model_dump_json())["criteria"] == stored["criteria"]
