"""The routes of received messages."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import AwareDatetime, Field

from chorus_connector.api.authorisation import TheCaller
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import (
    Cursor,
    Limit,
    OptionalSiret,
    ReferencePath,
    ServiceQuery,
    SiretPath,
    Text,
    WithCount,
)
from chorus_connector.api.views import messages as views
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.refusals import WrongMessageState
from chorus_connector.usecases.messages.reading import DEFAULT_LIMIT, InboxFilter
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
OptionalSiretInBody = Annotated[str | None, Field(min_length=14, max_length=14, description="null: any.")]


@router.get(
    "/messages/inbox",
    operation_id="inbox.list",
    summary="List received messages",
    description="Messages whose display period has begun, of every structure the caller is subscribed to. `text` finds "
    "words of the title and of the content by their beginning, without case and accents, in the 2,000 next messages; a "
    "short page with a cursor has more behind it. `content=true` gives the content too. A sender's name is the "
    "one that it had when it sent the message. `sort` is a column (`received_at`, `title`, `sender_siret`, "
    "`sender_name`, `reference`, `recipient_siret` (also `recipient`), `display_start`, `display_end`); `-` before it "
    "reverses the order.",
    tags=["Messages"],
    responses=shows("ReceivedPage"),
)
def list_inbox(
    caller: TheCaller,
    *,
    view: Annotated[Literal["current", "archive", "all"], Query()] = "current",
    sender: OptionalSiret = None,
    recipient: OptionalSiret = None,
    unread: Annotated[bool | None, Query()] = None,
    text: Text = None,
    content: Annotated[bool, Query()] = False,
    sort: Annotated[str, Query(max_length=50)] = "-received_at",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    count: WithCount = False,
) -> Response[str]:
    wanted = InboxFilter(view=view, sender=sender, recipient=recipient, unread=unread, text=text)
    reader, now = wiring.read_inbox(caller), datetime.now(UTC)
    page = reader.page(wanted, sort=sort, limit=limit, cursor=cursor, now=now, with_content=content)
    total = reader.count(wanted, now=now) if count else None
    lines = (views.received_line_view(each, display.today(now)) for each in page.items)
    return answer(views.page_of("messages", page, lines, total))


@router.get(
    "/messages/inbox/senders",
    operation_id="inbox.senders",
    summary="List the senders and the recipients to filter the inbox by",
    description="The senders of the messages whose display has begun, most messages first, under their names of now, "
    "and the structures that the caller is subscribed to.",
    tags=["Messages"],
    responses=shows("MessageSenders"),
)
def list_senders(caller: TheCaller) -> Response[str]:
    reader = wiring.read_inbox(caller)
    senders, complete = reader.senders(now=datetime.now(UTC))
    names = wiring.structure_names([*(each.siret for each in senders), *(each.siret for each in reader.accesses)])
    return answer(
        {
            "senders": [{**asdict(each), "name": names.get(each.siret) or each.name} for each in senders],
            "recipients": views.own_structures((each.siret for each in reader.accesses), names),
            "complete": complete,
        }
    )


class MessagesToMark(RequestBody):
    """Which messages to mark as read; all that are absent restrict nothing."""

    model_config = example(recipient="21440109300015", until="2026-11-30T08:00:00Z")

    sender: OptionalSiretInBody = None
    recipient: OptionalSiretInBody = None
    view: Literal["current", "archive", "all"] = Field(
        default="all", description="`archive`: those not shown any more."
    )
    until: AwareDatetime | None = Field(default=None, description="null: until now. Later messages stay unread.")


@router.post(
    "/messages/inbox/read",
    operation_id="inbox.mark_all_read",
    summary="Mark all matching messages as read",
    description="For this caller only; 500 at once, the newest first.",
    tags=["Messages"],
    responses=shows("MarkedMessages"),
)
def mark_all_read(caller: TheCaller, request: MessagesToMark) -> Response[str]:
    wanted = InboxFilter(view=request.view, sender=request.sender, recipient=request.recipient)
    now = datetime.now(UTC)
    marked = wiring.read_inbox(caller).mark_all(wanted, until=request.until or now, now=now)
    return answer(marked._asdict())


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
    now = datetime.now(UTC)
    line, announcement = wiring.read_inbox(caller).open(siret, reference, service, now=now)
    return answer(views.received_view(line, announcement, display.today(now)))


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
