"""An older release keeps what a newer one wrote, at every level of every stored record."""

import importlib
import json
import pkgutil
from collections.abc import Iterator

import pytest
from pydantic import SecretStr

import chorus_connector
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.repair import RepairRequest, rerouted
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.messages.delivery import Progress
from chorus_connector.domain.notifications.webhooks import EndpointSecrets
from chorus_connector.domain.portal.breaker import Breaker, closed_breaker
from chorus_connector.domain.portal.tracking import TrackingProgress
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.access import Access, Member
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


STORING = ("domain", "ports", "adapters")


def _kinds(of: type[Record]) -> Iterator[type[Record]]:
    for each in of.__subclasses__():
        if each.__module__.startswith(
            ("chorus_connector.domain", "chorus_connector.ports", "chorus_connector.adapters")
        ):
            yield each
            yield from _kinds(each)


def test_every_kind_of_record_keeps_an_unknown_field_through_a_change_and_a_save() -> None:
    for module in pkgutil.walk_packages(chorus_connector.__path__, "chorus_connector."):
        if module.name.split(".")[1] in STORING:
            importlib.import_module(module.name)
    kinds = set(_kinds(Record))
    assert {Invoice, Supplier, Member, Breaker, EndpointSecrets} < kinds
    for kind in kinds:
        record = kind.model_construct(**OF_LATER).model_copy(update={})
        assert json.loads(record.model_dump_json(exclude_defaults=True, warnings=False)) == OF_LATER, kind


def test_what_is_built_from_a_stored_record_keeps_its_unknown_fields() -> None:
    """Not only a copy is a change: these build the next value from the one before."""
    form = Form(fields={"engagement_number": FormField(value="E1", source="person")}).model_copy(update=OF_LATER)
    member = Member(principal="bob", kind="person", roles=("use",)).model_copy(update=OF_LATER)
    ann = Member(principal="ann", kind="person", roles=("administer",))
    request = Member(principal="bob", kind="person", roles=("use", "administer"))
    secrets = EndpointSecrets(current=SecretStr("a")).model_copy(update=OF_LATER)
    changed: list[Record] = [
        rerouted(form, RepairRequest(kind="recycle", engagement_number="E2")),
        Access(members=(ann, member)).granting(request).member("bob"),
        Access(members=(ann, member)).accepted_by("bob").member("bob"),
        Progress(sent=1).model_copy(update=OF_LATER).plus(Progress(sent=2)),
        closed_breaker(Breaker(version=3).model_copy(update=OF_LATER)),
        secrets.rotated(SecretStr("b"), now=NOW),
    ]
    for record in changed:
        assert record.model_extra == OF_LATER, type(record)
