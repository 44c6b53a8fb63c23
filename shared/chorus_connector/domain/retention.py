"""What of a tenant's files the law keeps, whatever the tenant wishes.

French law keeps accounting documents and what supports them for ten years from the end of their year (Code de
commerce, article L123-22). A file that was never sent is no such document.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from chorus_connector.domain.invoice import Invoice

KEPT_YEARS = 10

_PARIS = ZoneInfo("Europe/Paris")


def was_sent(invoice: Invoice) -> bool:
    """Whether the portal holds it, or may: then its file and its attachments are accounting documents."""
    return invoice.deposit is not None or invoice.attempt is not None


def kept_until(invoice: Invoice) -> datetime:
    """When the law no longer asks for what was sent: the end of the tenth year after it came in, in France."""
    year = invoice.received_at.astimezone(_PARIS).year + KEPT_YEARS
    return datetime(year, 12, 31, 23, 59, 59, tzinfo=_PARIS).astimezone(UTC)
