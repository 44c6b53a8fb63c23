"""What the answers and messages about notifications look like, for the API's description (``schemas.suppliers``)."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from chorus_connector.api.schemas.errors import sometimes
from chorus_connector.api.schemas.invoices import PortalStatus
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.notification import NOTIFICATION_ID, FeedType, NotificationType
from chorus_connector.domain.suppliers.access import NotificationKind

EventId = Field(description="The event's id: `evt_` and 32 hexadecimal digits.", pattern=NOTIFICATION_ID.pattern)


class NotificationView(BaseModel):
    """What happened to a document, an endpoint or the access to the portal, and whether the caller has read it."""

    id: str = EventId
    type: FeedType
    kind: NotificationKind
    supplier_id: str
    document_id: str | None = Field(description="null: it is about no document.")
    occurred_at: datetime
    state: State | None = Field(description="The document's state; null: it is about no document.")
    status: PortalStatus | None = Field(description="The portal's raw code; null: the portal does not have it yet.")
    previous_status: PortalStatus | None = Field(description="Given when the status changed.")
    file_name: str
    invoice_number: str | None
    webhook_id: str | None = Field(description="The endpoint that was paused; null: it is about a document.")
    webhook_failure: str | None = Field(description="The receiver's status at the last failure, or why there was none.")
    access: str | None = Field(
        description="What changed in the access to the portal: a problem's code, or `credentials_work_again`."
    )
    reason: str | None = Field(
        description="Why documents are held, or the credentials refused: a problem's code; null: it is about neither."
    )
    fr: str = Field(description="The reason in French, with who must act; empty without a reason.")
    en: str = Field(description="The reason in English; empty without a reason.")
    message_reference: str | None = Field(description="The message that was received; null: it is about none.")
    message_sender: str | None = Field(description="The SIRET of the structure that wrote it.")
    read: bool


class NotificationList(BaseModel):
    """Some notifications, newest first, and the cursor of the next page."""

    notifications: list[NotificationView]
    cursor: str | None


class UnreadByKind(BaseModel):
    """How many are unread, by kind; a kind the caller does not subscribe to is absent."""

    waiting: int = sometimes("Documents that wait for a person.")
    submitted: int = sometimes("Documents that were submitted.")
    status: int = sometimes("Invoices whose status at the portal changed.")
    webhook: int = sometimes("Webhook endpoints that were paused.")
    held: int = sometimes("Reasons why documents are held, each counted once for all of them.")
    portal: int = sometimes("Times that the portal refused the credentials, or accepted them again.")


class UnreadCounts(BaseModel):
    """How many notifications the caller has not read."""

    unread: UnreadByKind
    total: int
    more: bool = Field(description="true: there are at least so many.")


class WebhookHealth(BaseModel):
    """How the last deliveries to an endpoint went."""

    failures: int = Field(description="Failed deliveries in a row; the fifth pauses the endpoint.")
    paused_since: datetime | None = Field(description="null: deliveries are sent.")
    paused_until: datetime | None = Field(description="The next delivery after this time probes the receiver.")
    last_failure: str = Field(description="The receiver's status at the last failure, or why there was none.")
    slow_answers: int = Field(description="Deliveries of more than five seconds, less the quick ones; at most three.")
    slow_since: datetime | None = Field(
        description="Since when it is slow and gets one delivery at a time; null: it is not."
    )
    slow_until: datetime | None = Field(description="A slow endpoint gets its next delivery after this time.")


class WebhookView(BaseModel):
    """An address that receives events. Its secret is never shown again."""

    webhook_id: str
    version: int
    url: str
    description: str
    types: list[NotificationType]
    enabled: bool
    disabled_because: Literal["gone"] | None = Field(description="`gone`: the receiver answered 410.")
    created_at: datetime
    secret_rotated_at: datetime | None
    health: WebhookHealth = Field(description="How the last deliveries to it went.")


class WebhookWithSecret(WebhookView):
    """An endpoint and its new secret, shown this once."""

    secret: str = Field(description="`whsec_` and the key in base64: it signs the messages.")


class WebhookList(BaseModel):
    """A supplier's endpoints."""

    webhooks: list[WebhookView]


class WebhookDeliveryView(BaseModel):
    """How far one event came on its way to one endpoint."""

    notification_id: str
    type: NotificationType
    tries: int
    last_try_at: datetime
    outcome: Literal["delivered", "failing", "gave_up"] = Field(
        description="`failing`: it will be tried again. `gave_up`: it will not."
    )
    detail: str = Field(description="The receiver's status, or why there was none.")
    due_at: datetime | None = Field(description="When it is tried again; null: within 15 minutes, or never.")
    waits: int = Field(description="How often it waited for a free place or for a slow endpoint since its last try.")


class WebhookDeliveryList(BaseModel):
    """Deliveries to one endpoint, newest event first, and the cursor of the next page."""

    deliveries: list[WebhookDeliveryView]
    cursor: str | None


class ReplayResult(BaseModel):
    """How many events were queued again."""

    queued: int
    next: str | None = Field(description="Send it back as `next` to continue a long period; null: it is over.")


class ReceivedReference(BaseModel):
    """A received message, and nothing of what it says."""

    reference: str = Field(description="`MSG_` and nine digits.")
    sender: str = Field(description="The SIRET of the structure that wrote it.")


class WebhookEventData(BaseModel):
    """Where to look; nothing of what the document says."""

    id: str = EventId
    supplier_id: str
    document_id: str | None = Field(
        description="null in `portal.access_changed` and `message.received`, which are about no document."
    )
    occurred_at: datetime
    state: State | None = Field(description="null in `portal.access_changed` and `message.received`.")
    status: PortalStatus | None
    neutral_status: int | None = Field(
        description="The nearest code, 200 to 213, of the e-invoicing reform's life cycle; null: it has none."
    )
    previous_status: PortalStatus | None
    message: ReceivedReference = sometimes("In `message.received`: which message; read it at `/messages/inbox`.")
    access: str = sometimes(
        "In `portal.access_changed`: `piste_refuses_for_now`, a problem's `credentials_…`, or `credentials_work_again`."
    )
    reason: str = sometimes("In `document.held`: the code of the problem that holds the document.")


class WebhookEvent(BaseModel):
    """The body of a signed message (Standard Webhooks): what happened to which document."""

    id: str = EventId
    type: NotificationType
    timestamp: datetime
    data: WebhookEventData
