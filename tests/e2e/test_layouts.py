"""Taught layouts over HTTP: a supplier is asked about a new design twice, then its documents leave by themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx
import pytest

from chorus_connector.domain.paris import day_in_paris
from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import Sample
from tools.invoice_generator import scans, world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.demo import DEMO_RECIPIENTS, DEMO_SUPPLIER
from tools.invoice_generator.document import print_invoice
from tools.invoice_generator.model import Invoice, Item, Party

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

WAITING = ("TO_COMPLETE", "READY", "SUBMITTED")


@dataclass
class Asking:
    """A supplier that is asked about its layouts, and invoices drawn for it."""

    stack: Running
    siret: str
    supplier_id: str
    drawn: int = field(default=0)

    @property
    def path(self) -> str:
        return f"/suppliers/{self.supplier_id}"

    def upload(self, design: str = "grille", *, scan: bool = False) -> str:
        """Draw and upload the next invoice; returns the document's id."""
        self.drawn += 1
        recipient = DEMO_RECIPIENTS[0]
        invoice = Invoice(
            number=f"FA{self.siret[6:9]}-{self.drawn:04d}",
            issued=day_in_paris(datetime.now(UTC)) - timedelta(days=2 * self.drawn),
            supplier=Party(**DEMO_SUPPLIER | {"siret": self.siret}, vat=world.vat_number(self.siret[:9])),
            recipient=Party(recipient["name"], recipient["siret"], "", "1 place du Marché", recipient["postcode"]),
            items=(Item("P01", "Prestation de conseil", "forf.", Decimal(1), Decimal(410 + self.drawn), Decimal(20)),),
            service_code="MAIRIE",
            engagement=f"ENG{self.drawn:05d}",
        )
        chance = Random(f"layouts/{self.drawn}")
        document = print_invoice(invoice, layouts("dev")[design], chance, "f.pdf")
        pdf = scans.scanned(document, chance, fault="plain").pdf if scan else document.pdf
        return self.stack.api.upload(self.supplier_id, Sample(f"f{self.drawn}.pdf", pdf))

    def form(self, document: str) -> dict[str, Any]:
        """The form once the document was read."""
        self.stack.wait_for(self.supplier_id, document, *WAITING)
        return dict(self.stack.api.call("GET", f"{self.path}/invoices/{document}/form"))

    def asks(self, document: str) -> bool:
        """Whether the document waits for nothing but a person's word about its layout."""
        form = self.form(document)
        codes = [each["code"] for each in form["problems"]]
        assert codes in ([], ["layout_unconfirmed"]), codes
        assert (form["state"] == "TO_COMPLETE") == bool(codes)
        return bool(codes)

    def ask(self, document: str, action: str, body: Any = None, token: str | None = None) -> httpx.Response:
        """POST to the document's form, as it is now."""
        version = self.form(document)["version"]
        return httpx.post(
            f"{self.stack.stack.api_url}{self.path}/invoices/{document}/{action}",
            json=body,
            headers={"Authorization": f"Bearer {token or self.stack.stack.admin_token()}", "If-Match": f'"{version}"'},
            trust_env=False,
            timeout=60,
        )

    def approve(self, document: str) -> None:
        """Enter what was read unsurely as it was read, as a person who looked at the page, then confirm."""
        form = self.form(document)
        unsure = [each["field"] for each in form["problems"] if each["code"] == "low_confidence"]
        change = {"fields": {name: form["fields"][name]["value"] for name in unsure}}
        version = {"If-Match": f'"{form["version"]}"'}
        self.stack.api.call("PATCH", f"{self.path}/invoices/{document}/form", json=change, headers=version)
        self.confirm(document)

    def confirm(self, document: str) -> None:
        """Submit the document as a person, and wait until its layout is learnt."""
        assert self.ask(document, "submit").status_code == 202
        self.stack.wait_for(self.supplier_id, document, "SUBMITTED")
        assert eventually(lambda: "layout_taught" in self.actions(document))

    def actions(self, document: str) -> list[str]:
        events = self.stack.api.call("GET", f"{self.path}/invoices/{document}/history")["events"]
        return [event["action"] for event in events]

    def layouts(self) -> list[dict[str, Any]]:
        return list(self.stack.api.call("GET", f"{self.path}/layouts")["layouts"])

    def taught_by(self, layout_id: str) -> list[str]:
        shown = self.stack.api.call("GET", f"{self.path}/layouts/{layout_id}")
        return [each["document_id"] for each in shown["documents"]]


@pytest.fixture
def asking(stack: Running) -> Callable[[], Asking]:
    def made() -> Asking:
        supplier_id = stack.new_supplier(new_layouts="ask")
        return Asking(stack, stack.api.call("GET", f"/suppliers/{supplier_id}")["siret"], supplier_id)

    return made


@pytest.mark.acceptance
@pytest.mark.row("B09")
def test_a_new_design_is_confirmed_twice_and_then_leaves_by_itself(asking: Callable[[], Asking]) -> None:
    supplier = asking()
    taught = []
    for _ in range(2):
        taught.append(document := supplier.upload())
        assert supplier.asks(document)
        checked = supplier.ask(document, "validate").json()
        assert [each["code"] for each in checked["problems"]] == ["layout_unconfirmed"], "to validate is not to submit"
        supplier.confirm(document)
    (layout,) = supplier.layouts()
    assert (layout["confirmed"], layout["asks"]) == (2, False)
    third = supplier.upload()
    assert not supplier.asks(third)
    assert supplier.form(third)["layout"] == {"id": layout["layout_id"], "confirmed": 2}
    supplier.stack.stack.run_schedule_now()
    supplier.stack.wait_for(supplier.supplier_id, third, "SUBMITTED")
    assert supplier.taught_by(layout["layout_id"]) == taught, "what left by itself teaches nothing"
    assert supplier.asks(supplier.upload("mosaique")), "another design is a new one"
    assert supplier.stack.api.call("DELETE", f"{supplier.path}/layouts/{layout['layout_id']}") == {
        "forgotten": layout["layout_id"]
    }
    assert supplier.layouts() == []
    assert supplier.asks(supplier.upload())
    trail = supplier.stack.api.call("GET", f"{supplier.path}/configuration/audit")["changes"]
    assert (trail[0]["item"], trail[0]["action"]) == (f"layouts/{layout['layout_id']}", "forgotten")


@pytest.mark.acceptance  # the local recognition of a page takes seconds
@pytest.mark.row("B09")
def test_a_layout_that_was_taught_from_text_reads_scans_and_the_reverse(asking: Callable[[], Asking]) -> None:
    supplier = asking()
    documents = [supplier.upload(scan=scan) for scan in (False, True)]
    for document in documents:
        assert "layout_unconfirmed" in [each["code"] for each in supplier.form(document)["problems"]]
        supplier.approve(document)
    (layout,) = supplier.layouts()
    assert supplier.taught_by(layout["layout_id"]) == documents
    for scan in (False, True):
        form = supplier.form(supplier.upload(scan=scan))
        assert form["layout"] == {"id": layout["layout_id"], "confirmed": 2}
        assert "layout_unconfirmed" not in [each["code"] for each in form["problems"]]


@pytest.mark.acceptance
@pytest.mark.row("B09")
def test_a_correction_and_a_rejection_unteach_a_layout(asking: Callable[[], Asking]) -> None:
    supplier = asking()
    documents = [supplier.upload(), supplier.upload()]
    for document in documents:
        supplier.confirm(document)
    (layout,) = supplier.layouts()
    _reject(supplier, documents[0])
    assert eventually(lambda: supplier.taught_by(layout["layout_id"]) == documents[1:])
    assert supplier.layouts()[0]["confirmed"] == 1
    supplier.confirm(supplier.upload())
    corrected = supplier.upload()
    assert not supplier.asks(corrected)
    change = {"fields": {"engagement_number": "AUTRE-1"}}
    version = {"If-Match": f'"{supplier.form(corrected)["version"]}"'}
    supplier.stack.api.call("PATCH", f"{supplier.path}/invoices/{corrected}/form", json=change, headers=version)
    supplier.confirm(corrected)
    assert supplier.layouts()[0]["asks"], "a value that would have been sent was wrong"
    assert supplier.asks(supplier.upload())


@pytest.mark.acceptance
@pytest.mark.row("B09")
def test_a_system_teaches_in_the_name_of_a_person_only(asking: Callable[[], Asking]) -> None:
    supplier = asking()
    system = supplier.stack.stack.system_token()
    member = f"{supplier.path}/configuration/access/{supplier.stack.stack.subject(system)}"
    supplier.stack.api.call("PUT", member, json={"kind": "system", "roles": ["use"]})
    refused = supplier.ask(alone := supplier.upload(), "submit", {"confirmed_by": "m.durand"})
    assert (refused.status_code, refused.json()["problems"][0]["code"]) == (422, "confirmed_by_is_the_caller")
    assert supplier.ask(alone, "submit", token=system).status_code == 202
    supplier.stack.wait_for(supplier.supplier_id, alone, "SUBMITTED")
    named = supplier.upload()
    assert supplier.ask(named, "submit", {"confirmed_by": "m.durand"}, token=system).status_code == 202
    assert eventually(lambda: "layout_taught" in supplier.actions(named))
    assert "layout_taught" not in supplier.actions(alone)
    (layout,) = supplier.layouts()
    assert supplier.taught_by(layout["layout_id"]) == [named]


def _reject(supplier: Asking, document: str) -> None:
    """Let the recipient reject the invoice, and ask the portal what changed."""
    chorus_id = supplier.stack.wait_for(supplier.supplier_id, document, "SUBMITTED")["deposit"]["chorus_id"]
    portal = supplier.stack.simulator.portal
    with portal.lock:
        invoice = portal.invoices.get(chorus_id)
        assert invoice is not None
        portal.lives.by_hand(invoice, "REJETEE", portal.catch_up(), "mauvais montant")
    supplier.stack.api.call("GET", f"{supplier.path}/tracking")
