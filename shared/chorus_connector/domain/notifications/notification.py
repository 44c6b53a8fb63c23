"""What there is to tell of an invoice: it starts waiting, was submitted, changed at the portal.

A notification is worked out from two versions of a record, the one before a write and the one after, so that the
table's stream alone says everything there is to tell. The same two versions always make the same notification, with
the same id: whoever gets it twice can tell.
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from chorus_connector.domain.invoices.states import AWAITING_PERSON, State
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.access import NotificationKind

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice

NotificationType = Literal["document.waiting", "document.submitted", "invoice.status_changed"]

TYPE_OF: dict[NotificationKind, NotificationType] = {
    "waiting": "document.waiting",
    "submitted": "document.submitted",
    "status": "invoice.status_changed",
}
"""What the kinds people choose among are called by webhooks."""

NOTIFICATION_ID = re.compile(r"^evt_[0-9a-f]{32}$")
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_DIGITS = 12
"""Milliseconds since 1970 in hexadecimal: enough until the year 10889, and ids sort as time does."""


class Notification(Record):
    """One thing that happened to one document.

    ``state`` is where the document stands with us, ``status`` the portal's raw code once it has one. The labels are
    the document's metadata: who may see the document may see this.
    """

    id: str
    kind: NotificationKind
    supplier_id: str
    document_id: str
    occurred_at: datetime
    state: State
    status: str | None = None
    previous_status: str | None = None
    file_name: str
    invoice_number: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)

    @property
    def type(self) -> NotificationType:
        return TYPE_OF[self.kind]


def starts_waiting(before: Invoice | None, after: Invoice) -> bool:
    """Whether a person must act on the document from now on, and did not have to before."""
    return is_waiting(after) and (before is None or not is_waiting(before))


def is_waiting(invoice: Invoice) -> bool:
    """To complete, refused, not to be sent at all, or complete with nothing that will send it by itself."""
    if invoice.state is State.READY:
        return invoice.due_at is None
    return invoice.state in AWAITING_PERSON


def notification_of(before: Invoice | None, after: Invoice) -> Notification | None:
    """What there is to tell of a write, if anything: at most one thing."""
    kind = _kind(before, after)
    if kind is None:
        return None
    old, new = (invoice.deposit if invoice else None for invoice in (before, after))
    return Notification(
        id=notification_id(after),
        kind=kind,
        supplier_id=after.supplier_id,
        document_id=after.document_id,
        occurred_at=after.changed_at,
        state=after.state,
        status=new.status if new else None,
        previous_status=old.status if old and kind == "status" else None,
        file_name=after.file_name,
        invoice_number=new.invoice_number if new else after.form.value("invoice_number"),
        metadata=after.metadata,
    )


def notification_id(invoice: Invoice) -> str:
    """The same for the same version of the same document, and in the order of time."""
    digest = hashlib.sha256(f"{invoice.supplier_id}/{invoice.document_id}/{invoice.version}".encode()).hexdigest()
    return f"{earliest_id(invoice.changed_at)[: 4 + _TIME_DIGITS]}{digest[: 32 - _TIME_DIGITS]}"


def earliest_id(moment: datetime) -> str:
    """The first id a notification of that moment could have: where a period starts or ends."""
    milliseconds = max(0, (moment - _1970) // timedelta(milliseconds=1))
    return f"evt_{milliseconds:0{_TIME_DIGITS}x}{'0' * (32 - _TIME_DIGITS)}"


def occurred_at(notification_id: str) -> datetime:
    """When that notification's document moved, to the millisecond."""
    milliseconds = int(notification_id[4 : 4 + _TIME_DIGITS], 16)
    return _1970 + timedelta(milliseconds=milliseconds)


def _kind(before: Invoice | None, after: Invoice) -> NotificationKind | None:
    if before is None and after.origin == "portal":
        return None  # found at the portal: nothing happened just now
    if starts_waiting(before, after):
        return "waiting"
    if after.state is State.SUBMITTED and (before is None or before.state is not State.SUBMITTED):
        return "submitted"
    if before is not None and before.deposit and after.deposit and before.deposit.status != after.deposit.status:
        return "status"
    return None
