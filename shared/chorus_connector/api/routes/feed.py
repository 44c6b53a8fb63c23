"""The routes of a user's notification feed."""

from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, EventIds, Limit
from chorus_connector.api.views.notifications import entry_view, unread_view
from chorus_connector.usecases.notifications.feed import ReadFeed
from chorus_connector.wiring import notifications as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
Unread = Annotated[bool, Query()]


class ReadRequest(RequestBody):
    """Which notifications are read: these, or all."""

    model_config = example(all=True)

    ids: EventIds = Field(default_factory=list)
    all: bool = False


_FEED = "/suppliers/<supplier_id>/notifications"


@router.get(
    _FEED,
    operation_id="notifications.list",
    summary="List what happened, newest first",
    tags=["Notifications"],
    responses=shows("NotificationList"),
)
def read_feed(tenant: TenantToUse, limit: Limit = 50, cursor: Cursor = None, unread: Unread = False) -> Response[str]:
    """Of the kinds the caller, or a group it is in, is on the list for; with `unread`, only what it has not read."""
    page = _feed(tenant).page(limit=limit, cursor=cursor, only_unread=unread)
    return answer({"notifications": [entry_view(each) for each in page.entries], "cursor": page.cursor})


@router.get(
    f"{_FEED}/counts",
    operation_id="notifications.count",
    summary="Count unread notifications",
    description="For the caller alone.",
    tags=["Notifications"],
    responses=shows("UnreadCounts"),
)
def count(tenant: TenantToUse) -> Response[str]:
    return answer(unread_view(_feed(tenant).unread()))


@router.post(
    f"{_FEED}/read",
    operation_id="notifications.mark_read",
    summary="Mark notifications as read",
    tags=["Notifications"],
    responses=shows("UnreadCounts"),
)
def mark_read(tenant: TenantToUse, request: ReadRequest) -> Response[str]:
    """For the caller alone. Answers with what is still unread."""
    feed = _feed(tenant)
    if request.all:
        feed.mark_all_read(now=datetime.now(UTC))
    else:
        feed.mark_read(request.ids)
    return answer(unread_view(feed.unread()))


def _feed(tenant: AuthorisedTenant) -> ReadFeed:
    """The caller's feed. Raises NotFound, Forbidden."""
    return wiring.read_feed(tenant)
