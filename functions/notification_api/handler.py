"""Box notification_api. HTTP: the feed of what happened, and the addresses that are told of it (webhooks)."""

import base64
import secrets
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, SecretStr

from chorus_connector.api.conventions import ONCE_ONLY
from chorus_connector.api.described import shows
from chorus_connector.api.http import Caller, answer, authorise, caller, if_match, resolver
from chorus_connector.api.views.notifications import delivery_view, entry_view, unread_view, webhook_view
from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.notifications.notification import NOTIFICATION_ID, NotificationType
from chorus_connector.domain.notifications.webhooks import MAX_URL, SECRET_BYTES, Endpoint
from chorus_connector.usecases.notifications.endpoints import Replayed
from chorus_connector.usecases.notifications.feed import ReadFeed
from chorus_connector.wiring import notifications as notification_wiring
from chorus_connector.wiring import tenant as wiring

OK, CREATED, ACCEPTED = HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED

logger = Logger()
app = resolver()

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=2000)]
Unread = Annotated[bool, Query()]
WebhookId = Annotated[str, Path(min_length=1, max_length=64)]
Types = Annotated[tuple[NotificationType, ...], Field(min_length=1, max_length=3)]
Ids = Annotated[list[Annotated[str, Field(max_length=64)]], Field(max_length=100)]

_EVERY_TYPE: tuple[NotificationType, ...] = ("document.waiting", "document.submitted", "invoice.status_changed")


class ReadRequest(BaseModel):
    """Which notifications are read: these, or all."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    ids: Ids = Field(default_factory=list)
    all: bool = False


class NewWebhook(BaseModel):
    """An address to be told of events; of all of them unless told otherwise."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    url: str = Field(min_length=1, max_length=MAX_URL)
    types: Types = _EVERY_TYPE
    description: str = Field(default="", max_length=200)


class WebhookChange(BaseModel):
    """What may change; what is absent stays as it is."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    url: str = Field(default="", min_length=1, max_length=MAX_URL)
    types: Types = _EVERY_TYPE
    description: str = Field(default="", max_length=200)
    enabled: bool = True


class ReplayRequest(BaseModel):
    """Events to send again: by their ids, or of a period. ``next`` is the answer's, where a period was cut."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    ids: Ids | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    next: str | None = Field(default=None, pattern=NOTIFICATION_ID.pattern, max_length=36)


_FEED = "/suppliers/<supplier_id>/notifications"
_WEBHOOKS = "/suppliers/<supplier_id>/configuration/webhooks"


@app.get(
    _FEED,
    summary="What happened, for the caller, newest first",
    tags=["Notifications"],
    responses=shows("NotificationList"),
)
def read_feed(supplier_id: str, limit: Limit = 50, cursor: Cursor = None, unread: Unread = False) -> Response[str]:
    """Of the kinds the caller, or a group it is in, is on the list for; with `unread`, only what it has not read."""
    page = _feed(supplier_id).page(limit=limit, cursor=cursor, only_unread=unread)
    return answer({"notifications": [entry_view(each) for each in page.entries], "cursor": page.cursor})


@app.get(f"{_FEED}/counts", summary="How much is unread", tags=["Notifications"], responses=shows("UnreadCounts"))
def count(supplier_id: str) -> Response[str]:
    return answer(unread_view(_feed(supplier_id).unread()))


@app.post(f"{_FEED}/read", summary="Mark as read", tags=["Notifications"], responses=shows("UnreadCounts"))
def mark_read(supplier_id: str, request: ReadRequest) -> Response[str]:
    """For the caller alone. Answers with what is still unread."""
    feed = _feed(supplier_id)
    if request.all:
        feed.mark_all_read(now=datetime.now(UTC))
    else:
        feed.mark_read(request.ids)
    return answer(unread_view(feed.unread()))


@app.get(_WEBHOOKS, summary="The webhook endpoints", tags=["Webhooks"], responses=shows("WebhookList"))
def list_webhooks(supplier_id: str) -> Response[str]:
    _administrator_of(supplier_id)
    return answer({"webhooks": [webhook_view(each) for each in notification_wiring.endpoints(supplier_id).all()]})


@app.post(_WEBHOOKS, summary="Add a webhook endpoint", tags=["Webhooks"], responses=shows("WebhookWithSecret", CREATED))
def create_webhook(supplier_id: str, request: NewWebhook) -> Response[str]:
    """The answer holds the secret (`whsec_…`) that signs its messages: it is not shown again."""
    who = _administrator_of(supplier_id)
    secret = _new_secret()
    endpoint = notification_wiring.manage_endpoints(supplier_id, by=who.principal).create(
        endpoint_id=uuid.uuid4().hex[:12],
        url=request.url,
        types=request.types,
        description=request.description,
        secret=secret,
        now=datetime.now(UTC),
    )
    return _with_secret(endpoint, secret, CREATED)


@app.get(
    f"{_WEBHOOKS}/<webhook_id>", summary="Read a webhook endpoint", tags=["Webhooks"], responses=shows("WebhookShape")
)
def read_webhook(supplier_id: str, webhook_id: WebhookId) -> Response[str]:
    _administrator_of(supplier_id)
    endpoint = notification_wiring.endpoints(supplier_id).get(webhook_id)
    return answer(webhook_view(endpoint), version=endpoint.version)


@app.patch(
    f"{_WEBHOOKS}/<webhook_id>", summary="Change a webhook endpoint", tags=["Webhooks"], responses=shows("WebhookShape")
)
def change_webhook(supplier_id: str, webhook_id: WebhookId, request: WebhookChange) -> Response[str]:
    who = _administrator_of(supplier_id)
    endpoint = notification_wiring.manage_endpoints(supplier_id, by=who.principal).change(
        webhook_id, version=if_match(app), changes=request.model_dump(exclude_unset=True), now=datetime.now(UTC)
    )
    return answer(webhook_view(endpoint), version=endpoint.version)


@app.delete(
    f"{_WEBHOOKS}/<webhook_id>", summary="Delete a webhook endpoint", tags=["Webhooks"], responses=shows("WebhookList")
)
def delete_webhook(supplier_id: str, webhook_id: WebhookId) -> Response[str]:
    who = _administrator_of(supplier_id)
    manage = notification_wiring.manage_endpoints(supplier_id, by=who.principal)
    manage.delete(webhook_id, version=if_match(app), now=datetime.now(UTC))
    return list_webhooks(supplier_id)


@app.post(
    f"{_WEBHOOKS}/<webhook_id>/secret",
    summary="Give a webhook endpoint a new secret",
    tags=["Webhooks"],
    responses=shows("WebhookWithSecret"),
)
def rotate_secret(supplier_id: str, webhook_id: WebhookId) -> Response[str]:
    """For 24 hours messages carry two signatures, of the new secret and of the one before."""
    who = _administrator_of(supplier_id)
    secret = _new_secret()
    endpoint = notification_wiring.manage_endpoints(supplier_id, by=who.principal).rotate(
        webhook_id, secret=secret, now=datetime.now(UTC)
    )
    return _with_secret(endpoint, secret, OK)


@app.get(
    f"{_WEBHOOKS}/<webhook_id>/deliveries",
    summary="How far events came on their way to an endpoint",
    tags=["Webhooks"],
    responses=shows("DeliveryList"),
)
def list_deliveries(supplier_id: str, webhook_id: WebhookId, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    _administrator_of(supplier_id)
    notification_wiring.endpoints(supplier_id).get(webhook_id)
    page = notification_wiring.deliveries(supplier_id).page(webhook_id, limit=limit, cursor=cursor)
    return answer({"deliveries": [delivery_view(each) for each in page.deliveries], "cursor": page.cursor})


@app.post(
    f"{_WEBHOOKS}/<webhook_id>/replay",
    summary="Send events again",
    tags=["Webhooks"],
    responses=shows("ReplayShape", ACCEPTED),
)
def replay(supplier_id: str, webhook_id: WebhookId, request: ReplayRequest) -> Response[str]:
    """Of the last 90 days, with their first ids: by `ids`, or those that occurred in [`since`, `until`)."""
    _administrator_of(supplier_id)
    replayed = _replay(supplier_id, webhook_id, request)
    return answer({"queued": replayed.queued, "next": replayed.cursor}, status=ACCEPTED)


def _replay(supplier_id: str, webhook_id: WebhookId, request: ReplayRequest) -> Replayed:
    again = notification_wiring.replay(supplier_id)
    if request.ids is not None and request.since is None and request.until is None:
        return again.ids(webhook_id, request.ids)
    if request.ids is None and request.since is not None:
        until = request.until or datetime.now(UTC)
        if request.since < until:
            return again.period(webhook_id, request.since, until, cursor=request.next)
    raise Invalid(
        "Donnez soit des identifiants, soit une période (since avant until).",
        "Give either ids or a period (since before until).",
    )


def _new_secret() -> SecretStr:
    return SecretStr(f"whsec_{base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()}")


def _with_secret(endpoint: Endpoint, secret: SecretStr, status: HTTPStatus) -> Response[str]:
    shown = answer(
        {**webhook_view(endpoint), "secret": secret.get_secret_value()}, status=status, version=endpoint.version
    )
    shown.headers |= {"Cache-Control": "no-store", ONCE_ONLY: "true"}
    return shown


def _feed(supplier_id: str) -> ReadFeed:
    """The caller's feed. Raises NotFound, Forbidden."""
    who = authorise(caller(app), supplier_id, "use", wiring.installation())
    return notification_wiring.read_feed(supplier_id, by=who.principal, identities=who.identities)


def _administrator_of(supplier_id: str) -> Caller:
    return authorise(caller(app), supplier_id, "administer", wiring.installation())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
