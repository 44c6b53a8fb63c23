"""Records which structures exchanged an invoice: the only source of allowed recipients.

It runs for every invoice that reaches the portal, also repeatedly; recording an exchange twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from chorus_connector.domain.messages.structure import Counterparty, Exchange
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
        named, at = exchange.recipient_name, exchange.at
        for service in dict.fromkeys(("", exchange.service_code)):
            client = Counterparty(siret=exchange.recipient_siret, service=service, name=named, first_at=at)
            clients.record("client", client.described_by(recipient))
        suppliers = self.counterparties(exchange.recipient_siret)
        theirs = Counterparty(siret=exchange.supplier_siret, tenant=True, first_at=at)
        suppliers.record("supplier", theirs.described_by(supplier))


def exchange_of(invoice: Invoice, supplier: Supplier, *, at: datetime) -> Exchange | None:
    """The exchange of a submitted invoice; None when one of the two has no SIRET, which is all that messages know."""
    recipient = invoice.form.value("recipient_siret")
    if not supplier.siret or not recipient or is_overseas(recipient):
        return None
    return Exchange(
        supplier_siret=supplier.siret,
        recipient_siret=recipient,
        service_code=invoice.form.value("service_code") or "",
        recipient_name=(invoice.deposit and invoice.deposit.recipient_name) or "",
        at=at,
    )
