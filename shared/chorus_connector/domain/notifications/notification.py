"""Notifications about an invoice (it needs a person, it was submitted, its status at the portal changed), a webhook
endpoint (it was paused), the supplier's credentials (the portal refuses them, or accepts them again) and a message
(its display began).

A notification is computed from two versions of a record, before and after a write, so the table's stream is its only
source. The same two versions always give the same notification with the same id, so a receiver can recognise a
duplicate.
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
    from collections.abc import Collection, Iterable, Mapping

    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.invoices.visibility import Visibility
    from chorus_connector.domain.messages.arrival import ArrivedMessage
    from chorus_connector.domain.notifications.webhooks import Endpoint
    from chorus_connector.domain.portal.breaker import Breaker
    from chorus_connector.domain.problem import Problem

NotificationType = Literal[
    "document.waiting",
    "document.submitted",
    "invoice.status_changed",
    "portal.access_changed",
    "message.received",
    "document.held",
]

"""The events that webhooks carry."""
FeedType = Literal[NotificationType, "webhook.paused", "documents.held"]
"""The events of a person's feed."""

EventKind = Literal[NotificationKind, "held_document"]
"""The kinds of people's lists, and ``held_document``: one held document, for systems only."""

TYPE_OF: dict[EventKind, FeedType] = {
    "waiting": "document.waiting",
    "submitted": "document.submitted",
    "status": "invoice.status_changed",
    "webhook": "webhook.paused",
    "portal": "portal.access_changed",
    "held": "documents.held",
    "held_document": "document.held",
    "message": "message.received",
}
"""The event type of each kind of notification."""

NOTIFICATION_ID = re.compile(r"^evt_[0-9a-f]{32}$")
_1970 = datetime(1970, 1, 1, tzinfo=UTC)
_TIME_DIGITS = 12
"""Hexadecimal digits for the milliseconds since 1970: enough until the year 10889. Ids sort in order of time."""


class Notification(Record):
    """One event of one document, of one webhook endpoint, or of the supplier's access to the portal.

    ``state`` is the document's state here, ``status`` the portal's code once it has one. ``metadata`` is the document's
    metadata: a principal who may see the document may see the notification.
    """

    id: str
    kind: EventKind
    supplier_id: str
    document_id: str | None = None
    occurred_at: datetime
    state: State | None = None
    status: str | None = None
    previous_status: str | None = None
    file_name: str = ""
    invoice_number: str | None = None
    webhook_id: str | None = None
    #: the receiver's HTTP status at the last failure, or why there was none
    webhook_failure: str | None = None
    #: about the access to the portal: the problem's code, or ``credentials_work_again``
    access: str | None = None
    #: why documents are held, or the access changed: the problem's code and its words
    reason: str | None = None
    fr: str = ""
    en: str = ""
    #: about a received message: its reference and who sent it, and nothing of what it says
    message_reference: str | None = None
    message_sender: str | None = None
    #: the subscribers to the structure's messages, who alone see it; None: it is about no message
    readers: tuple[str, ...] | None = None
    metadata: dict[str, str] = Field(default_factory=dict)

    def is_seen_with(self, visibility: Visibility) -> bool:
        """Whether a person who sees these documents sees it. One about an endpoint or the access is about none.

        A group of held documents exists once for those who see all documents, and once with each label for the others.
        """
        if self.kind == "held" and visibility.restricted != bool(self.metadata):
            return False
        if self.kind == "held":
            return visibility.sees_labelled(self.metadata)
        return self.document_id is None or visibility.sees_labelled(self.metadata)

    def is_for(self, principals: Collection[str]) -> bool:
        """Whether it is for one of these principals: one about a message is for its structure's subscribers only."""
        return self.readers is None or not set(self.readers).isdisjoint(principals)

    @property
    def type(self) -> FeedType:
        return TYPE_OF[self.kind]


def starts_waiting(before: Invoice | None, after: Invoice) -> bool:
    """Whether the write made the document wait for a person."""
    return is_waiting(after) and (before is None or not is_waiting(before))


def is_waiting(invoice: Invoice) -> bool:
    """Whether a person must act: to complete, refused, unusable, or complete without a scheduled submission."""
    if invoice.state is State.READY:
        return invoice.due_at is None
    return invoice.state in AWAITING_PERSON


def notification_of_pause(supplier_id: str, before: Endpoint, after: Endpoint) -> Notification | None:
    """The notification for the write that paused an endpoint, or None."""
    since = after.health.paused_since
    if since is None or before.health.paused_since is not None:
        return None
    return Notification(
        id=_id(f"{supplier_id}/{after.endpoint_id}/{after.version}", since),
        kind="webhook",
        supplier_id=supplier_id,
        occurred_at=since,
        webhook_id=after.endpoint_id,
        webhook_failure=after.health.last_failure,
    )


def notification_of_access(supplier_id: str, before: Breaker | None, after: Breaker) -> Notification | None:
    """The notification for the write that changed what people are notified of the supplier's access, or None."""
    told = before.told if before else ()
    if told == after.told or after.told_at is None:
        return None
    refused = "piste_refuses_for_now" if after.suspected else f"credentials_{after.fault}"
    return Notification(
        id=_id(f"{supplier_id}/portal/{after.version}", after.told_at),
        kind="portal",
        supplier_id=supplier_id,
        occurred_at=after.told_at,
        access=refused if after.told else "credentials_work_again",
    )


def notification_of_holds(
    supplier_id: str, since: datetime, reason: Problem, metadata: Mapping[str, str]
) -> Notification:
    """The notification for a group of held documents, which began at that time. ``metadata``: what they all have."""
    labelled = "/".join(f"{name}={value}" for name, value in sorted(metadata.items()))
    return Notification(
        id=_id(f"{supplier_id}/held/{reason.code}/{labelled}", since),
        kind="held",
        supplier_id=supplier_id,
        occurred_at=since,
        state=State.HELD,
        reason=reason.code,
        fr=reason.fr,
        en=reason.en,
        metadata=dict(metadata),
    )


def notification_of_hold(after: Invoice, reason: Problem) -> Notification:
    """The notification, for systems, of one document that the write held."""
    return Notification(
        id=notification_id(after),
        kind="held_document",
        supplier_id=after.supplier_id,
        document_id=after.document_id,
        occurred_at=after.changed_at,
        state=after.state,
        file_name=after.file_name,
        invoice_number=after.form.value("invoice_number"),
        reason=reason.code,
        fr=reason.fr,
        en=reason.en,
        metadata=after.metadata,
    )


def notification_of_message(arrived: ArrivedMessage, readers: Iterable[str]) -> Notification:
    """The notification that a message is on display for a supplier's structure."""
    return Notification(
        id=_id(f"{arrived.supplier_id}/{arrived.siret}/{arrived.reference}", arrived.at),
        kind="message",
        supplier_id=arrived.supplier_id,
        occurred_at=arrived.at,
        message_reference=arrived.reference,
        message_sender=arrived.sender_siret,
        readers=tuple(sorted(readers)),
    )


def notification_of(before: Invoice | None, after: Invoice) -> Notification | None:
    """The notification for a write, or None. A write gives at most one."""
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
    """The id for this version of this document: always the same, and sorted by time."""
    return _id(f"{invoice.supplier_id}/{invoice.document_id}/{invoice.version}", invoice.changed_at)


def _id(of: str, moment: datetime) -> str:
    digest = hashlib.sha256(of.encode()).hexdigest()
    return f"{earliest_id(moment)[: 4 + _TIME_DIGITS]}{digest[: 32 - _TIME_DIGITS]}"


def earliest_id(moment: datetime) -> str:
    """The lowest id that a notification of that time can have: a bound for a period."""
    milliseconds = max(0, (moment - _1970) // timedelta(milliseconds=1))
    return f"evt_{milliseconds:0{_TIME_DIGITS}x}{'0' * (32 - _TIME_DIGITS)}"


def occurred_at(notification_id: str) -> datetime:
    """When the document changed, read from the notification's id, to the millisecond."""
    milliseconds = int(notification_id[4 : 4 + _TIME_DIGITS], 16)
    return _1970 + timedelta(milliseconds=milliseconds)


def _kind(before: Invoice | None, after: Invoice) -> NotificationKind | None:
    if before is None and after.origin == "portal":
        return None  # found at the portal: not an event of this connector
    if starts_waiting(before, after):
        return "waiting"
    if after.state is State.SUBMITTED and (before is None or before.state is not State.SUBMITTED):
        return "submitted"
    if before is not None and before.deposit and after.deposit and before.deposit.status != after.deposit.status:
        return "status"
    return None
