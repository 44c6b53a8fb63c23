"""Records which structures exchanged an invoice: the only source of allowed recipients.

It runs for every invoice that reaches the portal, also repeatedly; recording an exchange twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.messages.structure import Counterparty, Exchange, Structure
from chorus_connector.domain.suppliers.identifier import is_overseas

if TYPE_CHECKING:
    from datetime import datetime

    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.messages import Counterparties, Structures


@dataclass(frozen=True)
class RecordExchange:
    """Records an exchange with both structures."""

    structures: Structures
    counterparties: Callable[[str], Counterparties]

    def record(self, exchange: Exchange) -> None:
        """Make each an allowed recipient of the other: the invoice's recipient as client, the supplier as supplier."""
        sirets = [exchange.supplier_siret, exchange.recipient_siret]
        known = self.structures.get_many(sirets, service=exchange.service_code)
        supplier = known.get(exchange.supplier_siret)
        recipient = known.get(exchange.recipient_siret)
        clients = self.counterparties(exchange.supplier_siret)
        clients.record("client", _counterparty(exchange, exchange.recipient_siret, recipient, ""))
        if exchange.service_code:
            service = exchange.service_code
            clients.record("client", _counterparty(exchange, exchange.recipient_siret, recipient, service))
        suppliers = self.counterparties(exchange.recipient_siret)
        suppliers.record("supplier", _counterparty(exchange, exchange.supplier_siret, supplier, ""))


def exchange_of(invoice: Invoice, supplier: Supplier, *, at: datetime) -> Exchange | None:
    """The exchange of a submitted invoice; None when one of the two has no SIRET, which is all that messages know."""
    recipient = invoice.form.value("recipient_siret")
    if not supplier.siret or not recipient or is_overseas(recipient):
        return None
    service = invoice.form.value("service_code") or ""
    return Exchange(supplier_siret=supplier.siret, recipient_siret=recipient, service_code=service, at=at)


def _counterparty(exchange: Exchange, siret: str, structure: Structure | None, service: str) -> Counterparty:
    known_service = structure.service(service) if structure else None
    return Counterparty(
        siret=siret,
        service=service,
        name=structure.name if structure else "",
        service_label=known_service.label if known_service else "",
        postal_code=structure.postal_code if structure else "",
        town=structure.town if structure else "",
        first_at=exchange.at,
    )
