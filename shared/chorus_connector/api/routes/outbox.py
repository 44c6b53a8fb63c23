"""The routes of a structure's own messages: write, send, and what became of each recipient."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TheCaller
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.message_access import (
    StructureMessages,
    authorise_structure,
)
from chorus_connector.api.parameters import (
    CalendarDay,
    Cursor,
    Day,
    Limit,
    OptionalSiret,
    ReferencePath,
    Text,
    WithCount,
)
from chorus_connector.api.routes.recipients import LONGEST_TEXT, ChosenRecipient
from chorus_connector.api.views import messages as views
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.delivery import DeliveryTotal, Progress
from chorus_connector.domain.messages.message import MAX_LISTS, MAX_RECIPIENTS, Message, RecipientSelection
from chorus_connector.domain.messages.refusals import InvalidMessage, problem
from chorus_connector.domain.messages.structure import Relation
from chorus_connector.usecases.messages.reach import LOOKED_AT_WHEN_SENDING
from chorus_connector.usecases.messages.reading import DEFAULT_LIMIT, OutboxFilter
from chorus_connector.wiring import messages as wiring
from chorus_connector.wiring.messages import AuthorisedStructure

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class ChosenRecipients(RequestBody):
    """Whom a message is for."""

    model_config = example(recipients=[{"siret": "21440109300015", "service": "FINANCES"}])

    recipients: list[ChosenRecipient] = Field(default_factory=list, max_length=MAX_RECIPIENTS + 1)
    list_ids: list[Annotated[str, Field(max_length=32)]] = Field(default_factory=list, max_length=MAX_LISTS + 1)
    all_recipients: bool = Field(default_factory=bool)

    def choice(self) -> RecipientSelection:
        return RecipientSelection(
            recipients=tuple(each.address() for each in self.recipients),
            list_ids=tuple(self.list_ids),
            all_recipients=self.all_recipients,
        )


class MessageChange(ChosenRecipients):
    """What changes in a message; what is absent stays as it is."""

    # no default is declared (`default_factory`): generated clients send declared defaults, and would erase values

    model_config = example(title="Fermeture estivale")

    sender_siret: str = Field(
        default_factory=str, min_length=14, max_length=14, description="The structure that sends it (drafts only)."
    )
    sender_service: str = Field(default_factory=str, max_length=100)
    title: str = Field(default_factory=str, max_length=LONGEST_TEXT)
    content: str = Field(default_factory=str, max_length=LONGEST_TEXT)
    display_start: CalendarDay | None = Field(
        default=None, description="First day shown; null empties it (drafts only)."
    )
    display_end: CalendarDay | None = Field(default=None, description="Last day shown; null empties it (drafts only).")
    recipient_kind: Relation | None = Field(default=None, description="null: none chosen.")
    invoice_number: str | None = Field(
        default=None, max_length=50, description="Refused: a question on an invoice belongs to « Sollicitations »."
    )

    def given(self) -> dict[str, Any]:
        """The fields the caller named, as the domain has them."""
        if self.invoice_number is not None:
            raise InvalidMessage(problem("use_sollicitations", "invoice_number"))
        names = self.model_fields_set - {"invoice_number", "sender_siret", "send"}
        given = {name: getattr(self, name) for name in names}
        if "recipients" in given:
            given["recipients"] = self.choice().recipients
        if "list_ids" in given:
            given["list_ids"] = tuple(self.list_ids)
        return given


class NewMessage(MessageChange):
    """A message to save as a draft, or to send at once.

    Its display period is two weeks from the day of sending, unless given.
    """

    model_config = example(
        sender_siret="73282932000074",
        title="Fermeture estivale",
        content="Notre comptabilité est fermée du 3 au 14 août.",
        recipients=[{"siret": "21440109300015"}],
    )

    sender_siret: str = Field(min_length=14, max_length=14, description="The structure that sends it.")
    send: bool = False


@router.get(
    "/messages/outbox",
    operation_id="outbox.list",
    summary="List messages of the outbox",
    description="Drafts and sent messages of every structure the caller is subscribed to. `sort` is a column "
    "(`reference`, `created_at`, `sender_siret`, `sender_name`, `title`, `display_start`, `display_end`, "
    "`state`); `-` before it reverses the order. `progress` says what became of a sent message.",
    tags=["Messages"],
    responses=shows("MessagePage"),
)
def list_outbox(
    caller: TheCaller,
    *,
    sender: OptionalSiret = None,
    state: Annotated[Literal["draft", "sent", "withdrawn"] | None, Query()] = None,
    title: Text = None,
    reference: Text = None,
    start_from: Day = None,
    start_to: Day = None,
    end_from: Day = None,
    end_to: Day = None,
    sort: Annotated[str, Query(max_length=50)] = "-reference",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    count: WithCount = False,
) -> Response[str]:
    wanted = OutboxFilter(sender, state, title, reference, start_from, start_to, end_from, end_to)
    reader, today = wiring.read_outbox(caller), display.today(datetime.now(UTC))
    page = reader.page(wanted, sort=sort, limit=limit, cursor=cursor, today=today)
    totals = reader.totals(page.items)
    lines = (views.message_line_view(each, totals.get(each.reference, DeliveryTotal()), today) for each in page.items)
    return answer(views.page_of("messages", page, lines, reader.count(wanted, today=today) if count else None))


@router.post(
    "/messages/outbox",
    operation_id="outbox.create",
    summary="Save a draft, or send a message",
    description="The caller needs a subscription in writing mode. Sent messages are delivered in the background: "
    "`outbox.recipients` shows how far.",
    tags=["Messages"],
    responses=shows("MessageView", HTTPStatus.CREATED),
)
def create_message(request: NewMessage, http: Request) -> Response[str]:
    structure = authorise_structure(http, request.sender_siret, "messages")
    message = wiring.write_messages(structure).create(request.given(), send=request.send, now=datetime.now(UTC))
    return _message_answer(
        structure, message, status=HTTPStatus.CREATED, sent_to=message.selection if request.send else None
    )


@router.get(
    "/messages/outbox/<siret>/<reference>",
    operation_id="outbox.get",
    summary="Read a message of the outbox",
    description="With what became of each of its deliveries.",
    tags=["Messages"],
    responses=shows("MessageView"),
)
def read_message(structure: StructureMessages, reference: ReferencePath) -> Response[str]:
    return _message_answer(structure, own_message(structure, reference))


@router.patch(
    "/messages/outbox/<siret>/<reference>",
    operation_id="outbox.update",
    summary="Change a message",
    description="A draft changes freely. With another `sender_siret` it is that sender's from then on: it keeps its "
    "reference, `Location` is its new path, and the old one is a 404. Of a sent message only the display dates change, "
    "until its display is over.",
    tags=["Messages"],
    responses=shows("MessageView"),
)
def change_message(
    structure: StructureMessages, reference: ReferencePath, request: MessageChange, http: Request
) -> Response[str]:
    writer, version, now = wiring.write_messages(structure), if_match(router), datetime.now(UTC)
    if request.sender_siret in ("", structure.siret):
        return _message_answer(structure, writer.edit(reference, request.given(), version=version, now=now))
    sender = authorise_structure(http, request.sender_siret, "messages")
    to = wiring.take_drafts(sender, structure)
    moved = _message_answer(sender, writer.move(reference, request.given(), to=to, version=version, now=now))
    moved.headers["Location"] = f"/messages/outbox/{sender.siret}/{reference}"
    return moved


@router.delete(
    "/messages/outbox/<siret>/<reference>",
    operation_id="outbox.delete",
    summary="Delete a draft",
    description="A sent message stays (409).",
    tags=["Messages"],
    responses=shows("DeletedItem"),
)
def delete_message(structure: StructureMessages, reference: ReferencePath) -> Response[str]:
    wiring.write_messages(structure).delete(reference, version=if_match(router))
    return answer({"deleted": reference})


@router.post(
    "/messages/outbox/<siret>/<reference>/send",
    operation_id="outbox.send",
    summary="Send a draft",
    description="The message is delivered in the background. 422: `problems` name everything that is missing.",
    tags=["Messages"],
    responses=shows("MessageView", HTTPStatus.ACCEPTED),
)
def send_message(structure: StructureMessages, reference: ReferencePath) -> Response[str]:
    message = wiring.write_messages(structure).send(reference, version=if_match(router), now=datetime.now(UTC))
    return _message_answer(structure, message, status=HTTPStatus.ACCEPTED, sent_to=message.selection)


@router.get(
    "/messages/outbox/<siret>/<reference>/recipients",
    operation_id="outbox.recipients",
    summary="List what became of each recipient",
    tags=["Messages"],
    responses=shows("MessageDeliveryPage"),
)
def list_recipients(
    structure: StructureMessages,
    reference: ReferencePath,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response[str]:
    """The result of the delivery to each recipient so far; ``cursor`` is the last one shown."""
    message, today = own_message(structure, reference), display.today(datetime.now(UTC))
    found, after = structure.outbox.deliveries(reference, after=cursor, limit=limit)
    read = structure.outcomes.read(reference, (each.siret for each in found))
    lines = [views.recipient_delivery_view(each, message, today, read=each.siret in read) for each in found]
    return answer({"recipients": lines, "cursor": after})


@router.post(
    "/messages/outbox/<siret>/<reference>/recipients",
    operation_id="outbox.add_recipients",
    summary="Add recipients to a sent message",
    description="Recipients who have it already do not get it again. None can be taken out.",
    tags=["Messages"],
    responses=shows("MessageView", HTTPStatus.ACCEPTED),
)
def add_recipients(structure: StructureMessages, reference: ReferencePath, request: ChosenRecipients) -> Response[str]:
    added = request.choice()
    message = wiring.write_messages(structure).add_recipients(
        reference, added, version=if_match(router), now=datetime.now(UTC)
    )
    return _message_answer(structure, message, status=HTTPStatus.ACCEPTED, sent_to=added)


def own_message(structure: AuthorisedStructure, reference: str) -> Message:
    """A message the caller's subscription covers. Raises NotFound."""
    message = structure.outbox.get(reference)
    if not structure.access.covers(message.sender_service):
        raise NotFound
    return message


def _message_answer(
    structure: AuthorisedStructure,
    message: Message,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    sent_to: RecipientSelection | None = None,
) -> Response[str]:
    """The message; with ``sent_to`` also how many of these can receive it today."""
    dispatches = structure.outbox.dispatches(message.reference) if message.dispatches else ()
    changes = structure.outcomes.counts(message.reference) if message.dispatches else Progress()
    body = views.message_view(message, dispatches, changes, display.today(datetime.now(UTC)))
    if sent_to is not None:
        preview = wiring.preview_recipients(structure)
        body |= views.reached_view(preview.of(sent_to, message.recipient_kind, limit=LOOKED_AT_WHEN_SENDING))
    return answer(body, status=status, version=message.version)
