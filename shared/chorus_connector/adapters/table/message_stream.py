"""What the table's stream says, for « Mes messages »: a delivery was asked for, an invoice was exchanged.

The stream carries every write once it is done, so that nothing is lost when a worker dies right after its write.
A record comes at least once: who reads these must be idempotent.
"""

from __future__ import annotations

from typing import Any

from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State

Record = dict[str, Any]


def asked_delivery(record: Record) -> tuple[str, str, str] | None:
    """The sender, reference and key of a delivery that was just written; None for any other record."""
    keys = record["dynamodb"]["Keys"]
    if record["eventName"] != "INSERT" or not keys["SK"]["S"].startswith("DISPATCH#"):
        return None
    _, reference, key = keys["SK"]["S"].split("#", 2)
    return keys["PK"]["S"].removeprefix("STRUCTURE#"), reference, key


def submitted_invoice(record: Record) -> Invoice | None:
    """The invoice that has just become SUBMITTED, or was sent on to another recipient; None for any other record."""
    images = record["dynamodb"]
    new = images.get("NewImage", {})
    if not images["Keys"]["SK"]["S"].startswith("INVOICE#") or _state(new) != State.SUBMITTED:
        return None
    invoice, old = Invoice.model_validate_json(new["data"]["S"]), images.get("OldImage", {})
    if _state(old) == State.SUBMITTED:
        before = Invoice.model_validate_json(old["data"]["S"])
        return invoice if _address(before) != _address(invoice) else None
    return invoice


def _address(invoice: Invoice) -> tuple[str | None, str | None]:
    return invoice.form.value("recipient_siret"), invoice.form.value("service_code")


def _state(image: Record) -> str | None:
    state = image.get("state", {}).get("S")
    return str(state) if state is not None else None
