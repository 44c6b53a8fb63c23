"""Uploads Factur-X files of one supplier and says what became of each, at the API and at the simulated portal."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.e2e.conftest import Running
from tools.demo import SETTLED, Sample
from tools.invoice_generator import world
from tools.invoice_generator.model import Party

PATIENCE = 240
"""Seconds without any change after which the documents are taken as they are."""


SHOWN = ("recipient_siret", "supplier_siret", "service_code", "engagement_number", "framework", "invoice_type")


@dataclass(frozen=True)
class Ended:
    """What became of a file."""

    invoice: Mapping[str, Any]
    form: Mapping[str, Any]
    received: list[dict[str, Any]]

    def blocking(self) -> set[str]:
        """The fields about which a person is asked."""
        return {each["field"] for each in self.form["problems"] if each["blocking"]}

    def sent(self) -> tuple[str, str | None, str | None, str]:
        """Recipient, service, engagement and framework of the one invoice at the portal."""
        (received,) = self.received
        framework = received["received"]["cadreDeFacturation"]["codeCadreFacturation"].partition("_")[0]
        return (
            received["codeDestinataire"],
            received["codeServiceExecutant"],
            received["numeroBonCommande"],
            framework,
        )

    def __str__(self) -> str:
        """For the message of a failure."""
        problems = [(each["field"], each["code"], each["blocking"]) for each in self.form["problems"]]
        read = {name: (each["value"], each["source"]) for name, each in self.form["fields"].items() if name in SHOWN}
        return f"{self.invoice['state']} {problems} {read}"


def a_supplier(name: str) -> Party:
    """A company of its own, so that its numbers meet no other test's."""
    number = world.siret(Random(name), "8")
    return Party(name, number, world.vat_number(number[:9]), "3 rue des Forges", "44000", "NANTES", legal_form="SAS")


def ends(stack: Running, supplier: Party, files: list[Sample]) -> dict[str, Ended]:
    """What becomes of each file of a supplier that asks about new designs: an XML has none."""
    assert supplier.siret
    supplier_id = stack.new_supplier(name=supplier.name, siret=supplier.siret, new_layouts="ask")
    documents = {each.file: stack.api.upload(supplier_id, each) for each in files}
    pictured, moved = None, time.monotonic()
    found: dict[str, dict[str, Any]] = {}
    while True:
        # a document that moves to another list while they are read may be in none of this answer
        found |= stack.api.invoices(supplier_id)
        picture = {
            document: found[document]["state"] if document in found else "moving" for document in documents.values()
        }
        if picture != pictured:
            pictured, moved = picture, time.monotonic()
        if set(picture.values()) <= SETTLED or time.monotonic() - moved > PATIENCE:
            break
        if "READY" in picture.values():
            stack.stack.run_schedule_now()
        time.sleep(0.5)
    return {file: _ended(stack, supplier_id, found[document]) for file, document in documents.items()}


def _ended(stack: Running, supplier_id: str, invoice: dict[str, Any]) -> Ended:
    form = stack.api.call("GET", f"/suppliers/{supplier_id}/invoices/{invoice['document_id']}/form")
    number = invoice["invoice_number"]
    return Ended(invoice, form, stack.received(number) if number else [])
