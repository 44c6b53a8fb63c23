"""The routes of received messages."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TheCaller
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import (
    Cursor,
    Limit,
    OptionalSiret,
    ReferencePath,
    ServiceQuery,
    SiretPath,
    WithCount,
)
from chorus_connector.api.views import messages as views
from chorus_connector.domain.messages.refusals import WrongMessageState
from chorus_connector.usecases.messages.reading import DEFAULT_LIMIT, InboxFilter
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(
    "/messages/inbox",
    operation_id="inbox.list",
    summary="List received messages",
    description="Messages whose display period has begun, of every structure the caller is subscribed to. `sort` is a "
    "column (`received_at`, `title`, `sender_siret`, `sender_name`, `reference`, "
    "`recipient_siret` (also `recipient`), `display_start`, `display_end`); `-` before it reverses the order.",
    tags=["Messages"],
    responses=shows("ReceivedPage"),
)
def list_inbox(
    caller: TheCaller,
    *,
    view: Annotated[Literal["current", "archive"], Query()] = "current",
    sender: OptionalSiret = None,
    recipient: OptionalSiret = None,
    unread: Annotated[bool | None, Query()] = None,
    sort: Annotated[str, Query(max_length=50)] = "-received_at",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    count: WithCount = False,
) -> Response[str]:
    wanted = InboxFilter(view=view, sender=sender, recipient=recipient, unread=unread)
    reader, now = wiring.read_inbox(caller), datetime.now(UTC)
    page = reader.page(wanted, sort=sort, limit=limit, cursor=cursor, now=now)
    total = reader.count(wanted, now=now) if count else None
    return answer(views.page_of("messages", page, map(views.received_line_view, page.items), total))


@router.get(
    "/messages/inbox/<siret>/<reference>",
    operation_id="inbox.get",
    summary="Read a received message",
    description="With its content, also after its display period. It is not marked as read.",
    tags=["Messages"],
    responses=shows("ReceivedMessage"),
)
def open_received(
    caller: TheCaller, siret: SiretPath, reference: ReferencePath, service: ServiceQuery = ""
) -> Response[str]:
    line, announcement = wiring.read_inbox(caller).open(siret, reference, service, now=datetime.now(UTC))
    return answer(views.received_view(line, announcement))


@router.put(
    "/messages/inbox/<siret>/<reference>/read",
    operation_id="inbox.mark_read",
    summary="Mark a message as read",
    description="For this caller only.",
    tags=["Messages"],
    responses=shows("ReadMark"),
)
def mark_read(
    caller: TheCaller, siret: SiretPath, reference: ReferencePath, service: ServiceQuery = ""
) -> Response[str]:
    wiring.read_inbox(caller).mark(siret, reference, service, read=True)
    return answer({"read": True})


@router.delete(
    "/messages/inbox/<siret>/<reference>/read",
    operation_id="inbox.mark_unread",
    summary="Mark a message as unread",
    description="For this caller only.",
    tags=["Messages"],
    responses=shows("ReadMark"),
)
def mark_unread(
    caller: TheCaller, siret: SiretPath, reference: ReferencePath, service: ServiceQuery = ""
) -> Response[str]:
    wiring.read_inbox(caller).mark(siret, reference, service, read=False)
    return answer({"read": False})


@router.post(
    "/messages/inbox/<siret>/<reference>/replies",
    operation_id="inbox.reply",
    summary="Refused: a message cannot be replied to",
    tags=["Messages"],
    responses={409: {"description": "Always: `messages_are_one_way`."}},
)
def reply(caller: TheCaller, siret: SiretPath, reference: ReferencePath, service: ServiceQuery = "") -> Response[str]:
    """Always a 409, `messages_are_one_way`: a question on an invoice belongs to « Sollicitations »."""
    wiring.read_inbox(caller).open(siret, reference, service, now=datetime.now(UTC))
    raise WrongMessageState("messages_are_one_way")
