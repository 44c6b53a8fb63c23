"""Stream records that « Mes messages » acts on.

A delivery was requested, an invoice exchanged, a structure renamed; a structure got an account or an address; a person
read a message.

The stream carries every finished write, so nothing is lost when a worker dies right after its write. It delivers a
record at least once: the callers must be idempotent.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NamedTuple

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.invoice_items import invoice_of
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.messages.structure import Address

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


def arrived_structure(record: StreamRecord) -> str | None:
    """The SIRET of a structure that has just got an account or another e-mail address; None for any other record."""
    images = record["dynamodb"]
    siret, sort = keys.last_part(images["Keys"]["PK"]["S"]), images["Keys"]["SK"]["S"]
    if images["Keys"] == keys.siret_claim(siret):
        return siret if record["eventName"] == "INSERT" else None
    if sort != keys.STRUCTURE or record["eventName"] == "REMOVE":
        return None
    new, old = images.get("NewImage", {}), images.get("OldImage", {})
    has_account = "account" in new and "account" not in old
    has_address = _email(new) is not None and _email(new) != _email(old)
    return siret if has_account or has_address else None


class ReadNotice(NamedTuple):
    """A person has marked a message as read: whose message, which one, and as which recipient."""

    sender_siret: str
    reference: str
    recipient: Address


def read_message(record: StreamRecord) -> ReadNotice | None:
    """The message that a person has just marked as read; None for any other record."""
    images = record["dynamodb"]
    sort, new = images["Keys"]["SK"]["S"], images.get("NewImage", {})
    if record["eventName"] != "INSERT" or not sort.startswith(keys.READ_MESSAGES) or "sender" not in new:
        return None
    address = Address(siret=keys.last_part(images["Keys"]["PK"]["S"]), service=new["service"]["S"])
    return ReadNotice(new["sender"]["S"], keys.last_part(sort), address)


def _email(image: StreamRecord) -> str | None:
    email = json.loads(image["data"]["S"]).get("email") if "data" in image else None
    return str(email) if email else None


def redescribed_structure(record: StreamRecord) -> str | None:
    """The SIRET of a structure whose name, place or services may have changed; None for any other record.

    It is described by its own record, its supplier's, and the portal's directory.
    """
    written, images = record["dynamodb"]["Keys"], record["dynamodb"]
    partition, sort = written["PK"]["S"], written["SK"]["S"]
    new, old = (images.get(image, {}) for image in ("NewImage", "OldImage"))
    if sort not in _DESCRIBING or _description(sort, new) == _description(sort, old):
        return None
    if sort == keys.SUPPLIER:
        described = json.loads(new["data"]["S"]) if "data" in new else {}
        identifier = described.get("identifier") or {"scheme": "SIRET", "value": described.get("siret")}
        return identifier["value"] if identifier["scheme"] == "SIRET" else None
    return keys.kind_and_rest(partition)[1]


_DESCRIBING = {
    keys.STRUCTURE: ("name", "postal_code", "town", "services"),
    keys.SUPPLIER: ("name", "identifier", "siret"),
    keys.RECIPIENT: ("name", "postal_code", "town", "services"),
}
"""By the kind of record, what of it describes a structure."""


def _description(sort: str, image: StreamRecord) -> object:
    if "data" not in image:
        return None
    described = json.loads(image["data"]["S"])
    return [described.get(name) for name in _DESCRIBING[sort]], image.get("shards")


def _address(invoice: Invoice) -> tuple[str | None, str | None]:
    return invoice.form.value("recipient_siret"), invoice.form.value("service_code")


def _state(image: StreamRecord) -> str | None:
    state = image.get("state", {}).get("S")
    return str(state) if state is not None else None
