"""Ready-made domain objects for tests: valid unless a test says otherwise."""

from datetime import UTC, datetime
from typing import Any

from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.recipient import Recipient, Service
from chorus_connector.domain.reading.result import FieldReading, Reading
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.domain.suppliers.supplier import Criterion, Supplier

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
SUPPLIER_SIRET = "73282932000074"
TOWN_SIRET = "11000201100044"

READ_VALUES = {
    "invoice_number": "FA-2026-17",
    "invoice_type": "invoice",
    "invoice_date": "2026-11-02",
    "supplier_siret": SUPPLIER_SIRET,
    "recipient_siret": TOWN_SIRET,
    "currency": "EUR",
    "total_ht": "500.00",
    "total_tva": "100.00",
    "total_ttc": "600.00",
    "amount_due": "600.00",
}


def a_reading(confidence: float = 0.99, *, file: FileFacts | None = None, **changes: str | None) -> Reading:
    """A reading of the text layer with these values; None takes a field out. ``file``: what it carries, else no XML."""
    values = {name: value for name, value in {**READ_VALUES, **changes}.items() if value is not None}
    fields = {name: FieldReading(value=v, confidence=confidence, source="text", page=1) for name, v in values.items()}
    return Reading(fields=fields, pages=1, file=file or FileFacts())


def add_read(invoices: Any, reading: Reading, state: State = State.READING, **changes: Any) -> Invoice:
    """A new invoice in the store, with its reading."""
    invoice = an_invoice(state, **{"reading_version": changes.get("version", 0), **changes})
    invoices.add(invoice, by="alice", reading=reading)
    return invoice


def of_siret(siret: str) -> SupplierIdentifier:
    """The identifier of a supplier with that SIRET."""
    return SupplierIdentifier(scheme="SIRET", value=siret)


def a_supplier(**changes: Any) -> Supplier:
    """A supplier with one criterion, on the folder ``factures``, the switch on, and no questions about layouts."""
    values: dict[str, Any] = {
        "supplier_id": "s1",
        "name": "Menuiserie Durand",
        "identifier": of_siret(SUPPLIER_SIRET),
        "created_at": NOW,
        "automatic_submission": True,
        "new_layouts": "send",
        "criteria": (Criterion(criterion_id="c1", folder="factures"),),
        "portal_structure_id": 42,
    }
    if "siret" in changes:
        siret = changes.pop("siret")
        values["identifier"] = of_siret(siret) if siret else None
    return Supplier(**{**values, **changes})


def a_recipient(siret: str = TOWN_SIRET, **changes: Any) -> Recipient:
    """An active town hall that asks for nothing."""
    values: dict[str, Any] = {"portal_id": 25, "siret": siret, "name": "Mairie", "active": True, "fetched_at": NOW}
    return Recipient(**{**values, **changes})


def a_service(code: str, **changes: Any) -> Service:
    return Service(**{"portal_id": 1, "code": code, "engagement_required": False, **changes})


def an_invoice(state: State = State.RECEIVED, **changes: Any) -> Invoice:
    """A document of ``s1``."""
    values: dict[str, Any] = {
        "supplier_id": "s1",
        "document_id": "d1",
        "file_name": "facture.pdf",
        "folder": "factures",
        "state": state,
        "received_at": NOW,
        "changed_at": NOW,
        "uploaded_by": "alice",
    }
    return Invoice(**{**values, **changes})
