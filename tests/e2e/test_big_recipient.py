"""Invoices to a structure with 5,000 services, as the State is one, on the local stack."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from tests.e2e.conftest import Running
from tools.demo import Sample
from tools.invoice_generator import cii, world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.demo import DEMO_SUPPLIER
from tools.invoice_generator.document import print_invoice
from tools.invoice_generator.model import Invoice, Item, Party
from tools.simulator.many_services import many_services

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

STATE = "11990002500014"
SERVICES = many_services(5_000)


def _sample(number: str, service: str, *, xml: bool) -> Sample:
    """An invoice to the State for one of its services; a label is in the XML only, where any text may be."""
    issued = (datetime.now(UTC) - timedelta(days=3)).date()
    invoice = Invoice(
        number=number,
        issued=issued,
        supplier=Party(**DEMO_SUPPLIER, vat=world.vat_number(DEMO_SUPPLIER["siret"][:9])),
        recipient=Party("État simulé", STATE, street="1 rue des Essais", postcode="75991", town="PARIS"),
        items=(Item("A1", "Fournitures", "u", Decimal(2), Decimal(50), Decimal(20)),),
        due=issued + timedelta(days=30),
        service_code=service,
        engagement="1500000001",
        bank=world.bank_account(Random("demo/bank")),
        subject="Fournitures",
    )
    rng = Random(number)
    document = print_invoice(invoice, layouts("dev")["classique"], rng, number)
    if xml:
        document = cii.with_xml(document, rng, next(each for each in cii.PROFILES if each.name == "EN 16931"))
    return Sample(f"{number}.pdf", document.pdf)


def _form(stack: Running, supplier: str, document: str) -> dict[str, Any]:
    return dict(stack.api.call("GET", f"/suppliers/{supplier}/invoices/{document}/form"))


def test_an_invoice_by_code_and_one_by_label_reach_a_structure_with_5000_services(
    stack: Running, demo_supplier: str
) -> None:
    by_code = next(each for each in SERVICES[2_000:] if each.active and each.engagement_required)
    by_label = next(each for each in SERVICES[4_000:] if each.active)
    samples = _sample("FA-ETAT-1", by_code.code, xml=False), _sample("FA-ETAT-2", by_label.name.upper(), xml=True)
    documents = [stack.api.upload(demo_supplier, each) for each in samples]
    for document in documents:
        stack.wait_for(demo_supplier, document, "READY", "SUBMITTED")
    stack.stack.run_schedule_now()
    expected = (("FA-ETAT-1", by_code, "text"), ("FA-ETAT-2", by_label, "directory"))
    for document, (number, service, source) in zip(documents, expected, strict=True):
        stack.wait_for(demo_supplier, document, "SUBMITTED")
        field = _form(stack, demo_supplier, document)["fields"]["service_code"]
        assert (field["value"], field["source"]) == (service.code, source)
        (received,) = stack.received(number)
        assert (received["codeDestinataire"], received["codeServiceExecutant"]) == (STATE, service.code)
    listed = stack.api.call(
        "GET",
        f"/suppliers/{demo_supplier}/invoices/{documents[0]}/form/services",
        params={"search": "pole vehicules (travail", "limit": 100},
    )
    assert [each["value"] for each in listed["services"]] == [
        each.code for each in SERVICES if each.active and "Pôle véhicules (Travail" in each.name
    ]
