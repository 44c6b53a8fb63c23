"""The routes of a supplier's webhook endpoints."""

import base64
import secrets
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, get_args

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import AwareDatetime, Field, SecretStr

from chorus_connector.api.authorisation import TenantToAdminister
from chorus_connector.api.conventions import ONCE_ONLY
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.parameters import Cursor, EventIds, Limit
from chorus_connector.api.views.notifications import webhook_delivery_view, webhook_view
from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.notifications.notification import NOTIFICATION_ID, NotificationType
from chorus_connector.domain.notifications.webhooks import MAX_URL, SECRET_BYTES, Endpoint
from chorus_connector.usecases.notifications.endpoints import ReplayedNotifications
from chorus_connector.wiring import notifications as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
WebhookId = Annotated[str, Path(min_length=1, max_length=64)]
Types = Annotated[tuple[NotificationType, ...], Field(min_length=1, max_length=len(get_args(NotificationType)))]

_UNASKED: tuple[NotificationType, ...] = ("document.waiting", "document.submitted", "invoice.status_changed")
"""What an endpoint receives that asks for nothing. A type that came later is for those that ask for it."""


class NewWebhook(RequestBody):
    """A webhook endpoint to create; without ``types`` it receives the first three of them."""

    model_config = example(url="https://erp.example.org/chorus", types=["document.submitted"])

    url: str = Field(min_length=1, max_length=MAX_URL)
    types: Types = _UNASKED
    description: str = Field(default="", max_length=200)


class WebhookChange(RequestBody):
    """What may change; what is absent stays as it is."""

    # no default is declared (`default_factory`): generated clients send declared defaults, and would undo what was set

    model_config = example(enabled=False)

    url: str = Field(default_factory=str, min_length=1, max_length=MAX_URL)
    types: Types = Field(default_factory=lambda: _UNASKED)
    description: str = Field(default_factory=str, max_length=200)
    enabled: bool = Field(default_factory=bool)


class ReplayRequest(RequestBody):
    """Events to send again: by their ids, or of a period. ``next`` is the answer's, where a period was cut."""

    model_config = example(since="2026-11-01T00:00:00Z", until="2026-11-02T00:00:00Z")

    ids: EventIds | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None
    next: str | None = Field(default=None, pattern=NOTIFICATION_ID.pattern, max_length=36)


_WEBHOOKS = "/suppliers/<supplier_id>/configuration/webhooks"


@router.get(
    _WEBHOOKS,
    operation_id="webhooks.list",
    summary="List the webhook endpoints",
    description="For the supplier's administrators.",
    tags=["Webhooks"],
    responses=shows("WebhookList"),
)
def list_webhooks(tenant: TenantToAdminister) -> Response[str]:
    return answer({"webhooks": [webhook_view(each) for each in wiring.endpoints(tenant).all()]})


@router.post(
    _WEBHOOKS,
    operation_id="webhooks.create",
    summary="Add a webhook endpoint",
    tags=["Webhooks"],
    responses=shows("WebhookWithSecret", HTTPStatus.CREATED),
)
def create_webhook(tenant: TenantToAdminister, request: NewWebhook) -> Response[str]:
    """The answer holds the secret (`whsec_…`) that signs its messages: it is not shown again."""
    secret = _new_secret()
    endpoint = wiring.manage_endpoints(tenant).create(
        endpoint_id=uuid.uuid4().hex[:12],
        url=request.url,
        types=request.types,
        description=request.description,
        secret=secret,
        now=datetime.now(UTC),
    )
    return _with_secret(endpoint, secret, HTTPStatus.CREATED)


@router.get(
    f"{_WEBHOOKS}/<webhook_id>",
    operation_id="webhooks.get",
    summary="Read a webhook endpoint",
    description="Its secret is not shown.",
    tags=["Webhooks"],
    responses=shows("WebhookView"),
)
def read_webhook(tenant: TenantToAdminister, webhook_id: WebhookId) -> Response[str]:
    endpoint = wiring.endpoints(tenant).get(webhook_id)
    return answer(webhook_view(endpoint), version=endpoint.version)


@router.patch(
    f"{_WEBHOOKS}/<webhook_id>",
    operation_id="webhooks.update",
    summary="Change a webhook endpoint",
    description="What is absent stays as it is; null is refused.",
    tags=["Webhooks"],
    responses=shows("WebhookView"),
)
def change_webhook(tenant: TenantToAdminister, webhook_id: WebhookId, request: WebhookChange) -> Response[str]:
    endpoint = wiring.manage_endpoints(tenant).change(
        webhook_id, version=if_match(router), changes=request.model_dump(exclude_unset=True), now=datetime.now(UTC)
    )
    return answer(webhook_view(endpoint), version=endpoint.version)


@router.delete(
    f"{_WEBHOOKS}/<webhook_id>",
    operation_id="webhooks.delete",
    summary="Delete a webhook endpoint",
    description="Answers with the endpoints that are left.",
    tags=["Webhooks"],
    responses=shows("WebhookList"),
)
def delete_webhook(tenant: TenantToAdminister, webhook_id: WebhookId) -> Response[str]:
    manage = wiring.manage_endpoints(tenant)
    manage.delete(webhook_id, version=if_match(router), now=datetime.now(UTC))
    return list_webhooks(tenant)


@router.post(
    f"{_WEBHOOKS}/<webhook_id>/secret",
    operation_id="webhooks.rotate_secret",
    summary="Give a webhook endpoint a new secret",
    tags=["Webhooks"],
    responses=shows("WebhookWithSecret"),
)
def rotate_secret(tenant: TenantToAdminister, webhook_id: WebhookId) -> Response[str]:
    """Give the endpoint a new secret. For 24 hours messages carry signatures of the new and the former secret."""
    secret = _new_secret()
    endpoint = wiring.manage_endpoints(tenant).rotate(webhook_id, secret=secret, now=datetime.now(UTC))
    return _with_secret(endpoint, secret, HTTPStatus.OK)


@router.get(
    f"{_WEBHOOKS}/<webhook_id>/deliveries",
    operation_id="webhooks.deliveries",
    summary="List deliveries to an endpoint",
    description="Newest event first.",
    tags=["Webhooks"],
    responses=shows("WebhookDeliveryList"),
)
def list_deliveries(
    tenant: TenantToAdminister, webhook_id: WebhookId, limit: Limit = 50, cursor: Cursor = None
) -> Response[str]:
    wiring.endpoints(tenant).get(webhook_id)
    page = wiring.deliveries(tenant).page(webhook_id, limit=limit, cursor=cursor)
    return answer({"deliveries": [webhook_delivery_view(each) for each in page.deliveries], "cursor": page.cursor})


@router.post(
    f"{_WEBHOOKS}/<webhook_id>/replay",
    operation_id="webhooks.replay",
    summary="Send events again",
    tags=["Webhooks"],
    responses=shows("ReplayResult", HTTPStatus.ACCEPTED),
)
def replay(tenant: TenantToAdminister, webhook_id: WebhookId, request: ReplayRequest) -> Response[str]:
    """Of the last 90 days, with their first ids: by `ids`, or those that occurred in [`since`, `until`)."""
    replayed = _replay(tenant, webhook_id, request)
    return answer({"queued": replayed.queued, "next": replayed.cursor}, status=HTTPStatus.ACCEPTED)


def _replay(tenant: AuthorisedTenant, webhook_id: WebhookId, request: ReplayRequest) -> ReplayedNotifications:
    again = wiring.replay(tenant)
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
