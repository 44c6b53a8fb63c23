"""Which files of a tenant must be kept by law, whatever the tenant wants.

French law keeps accounting documents and what supports them for ten years from the end of their accounting year
(Code de commerce, article L123-22). A file that was never sent is not an accounting document.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice

RETENTION = timedelta(days=11 * 366)
"""Ten years from the end of the accounting year, which may be a year away."""


def was_sent(invoice: Invoice) -> bool:
    """Whether the portal has the invoice, or may have it: then the file and its attachments must be kept."""
    return invoice.deposit is not None or invoice.attempt is not None


def kept_until(invoice: Invoice) -> datetime:
    """Until when the files of a sent invoice must be kept. The bucket's own object lock, if any, comes first."""
    begun = invoice.attempt.started_at if invoice.attempt else invoice.received_at
    return begun + RETENTION
