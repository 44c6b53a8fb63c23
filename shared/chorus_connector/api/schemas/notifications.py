"""What the answers about notifications and webhooks look like, for the API's OpenAPI document (see ``shapes``)."""

from datetime import datetime

from pydantic import BaseModel, Field

from chorus_connector.domain.notifications.notification import NotificationType
from chorus_connector.domain.suppliers.access import NotificationKind


class NotificationShape(BaseModel):
    """One thing that happened to one document, and whether the caller has read it."""

    id: str
    type: NotificationType
    kind: NotificationKind
    supplier_id: str
    document_id: str
    occurred_at: datetime
    state: str
    status: str | None = Field(description="the portal's raw code")
    previous_status: str | None
    file_name: str
    invoice_number: str | None
    read: bool


class NotificationList(BaseModel):
    """Some notifications, newest first, and where the list goes on."""

    notifications: list[NotificationShape]
    cursor: str | None


class UnreadCounts(BaseModel):
    """How many notifications the caller has not read; ``more``: at least so many."""

    unread: dict[NotificationKind, int]
    total: int
    more: bool


class WebhookShape(BaseModel):
    """An address that is told of events. Its secret is never shown again."""

    webhook_id: str
    version: int
    url: str
    description: str
    types: list[NotificationType]
    enabled: bool
    disabled_because: str | None
    created_at: datetime
    secret_rotated_at: datetime | None


class WebhookWithSecret(WebhookShape):
    """An endpoint and its new secret, shown this once."""

    secret: str


class WebhookList(BaseModel):
    """A supplier's endpoints."""

    webhooks: list[WebhookShape]


class DeliveryShape(BaseModel):
    """How far one event came on its way to one endpoint."""

    notification_id: str
    type: NotificationType
    tries: int
    last_try_at: datetime
    outcome: str = Field(description="delivered, failing (it will be tried again) or gave_up")
    detail: str = Field(description="the receiver's status, or why there was none")


class DeliveryList(BaseModel):
    """Deliveries to one endpoint, newest event first, and where the list goes on."""

    deliveries: list[DeliveryShape]
    cursor: str | None


class ReplayShape(BaseModel):
    """How many events were queued again; ``next`` goes on where a long period was cut."""

    queued: int
    next: str | None
