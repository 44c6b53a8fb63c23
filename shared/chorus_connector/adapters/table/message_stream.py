"""Stream records that « Mes messages » acts on: a delivery was requested, an invoice was exchanged.

The stream carries every finished write, so nothing is lost when a worker dies right after its write. It delivers a
record at least once: the callers must be idempotent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.invoice_items import invoice_of
from chorus_connector.domain.invoices.states import State

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice

StreamRecord = dict[str, Any]


def asked_delivery(record: StreamRecord) -> tuple[str, str, str] | None:
    """The sender's SIRET, the message's reference and the dispatch's key, for a new dispatch; None for other records.

    A dispatch is one delivery of a message to its recipients.
    """
    written = record["dynamodb"]["Keys"]
    if record["eventName"] != "INSERT" or not written["SK"]["S"].startswith(keys.DISPATCHES):
        return None
    reference, dispatch_key = keys.reference_and_dispatch(written["SK"]["S"])
    return written["PK"]["S"].removeprefix(keys.STRUCTURES), reference, dispatch_key


def submitted_invoice(record: StreamRecord) -> Invoice | None:
    """The invoice that has just become SUBMITTED or whose recipient changed since; None for any other record."""
    images = record["dynamodb"]
    new = images.get("NewImage", {})
    if not images["Keys"]["SK"]["S"].startswith(keys.INVOICES) or _state(new) != State.SUBMITTED:
        return None
    invoice, old = invoice_of(new), images.get("OldImage", {})
    if _state(old) == State.SUBMITTED:
        before = invoice_of(old)
        return invoice if _address(before) != _address(invoice) else None
    return invoice


def _address(invoice: Invoice) -> tuple[str | None, str | None]:
    return invoice.form.value("recipient_siret"), invoice.form.value("service_code")


def _state(image: StreamRecord) -> str | None:
    state = image.get("state", {}).get("S")
    return str(state) if state is not None else None
