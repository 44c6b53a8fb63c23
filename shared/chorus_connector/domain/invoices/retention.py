"""What of a tenant's files the law keeps, whatever the tenant wishes.

French law keeps accounting documents and what supports them for ten years from the end of their accounting year
(Code de commerce, article L123-22). A file that was never sent is no such document.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice

RETENTION = timedelta(days=11 * 366)
"""Ten years from the end of the accounting year, which may be a year away."""


def was_sent(invoice: Invoice) -> bool:
    """Whether the portal holds it, or may: then its file and its attachments are accounting documents."""
    return invoice.deposit is not None or invoice.attempt is not None


def kept_until(invoice: Invoice) -> datetime:
    """When the law no longer asks for what was sent. The bucket's own lock, where there is one, counts before this."""
    begun = invoice.attempt.started_at if invoice.attempt else invoice.received_at
    return begun + RETENTION
