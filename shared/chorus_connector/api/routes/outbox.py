"""The routes of a structure's own messages: write, send, and what became of each recipient."""

from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, ConfigDict, Field

from chorus_connector.api.authorisation import caller
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.message_access import authorise_subscription, subscriptions
from chorus_connector.api.parameters import Cursor, Day, Limit, OptionalSiret, ReferencePath, SiretPath, Text, WithCount
from chorus_connector.api.routes.recipients import LONGEST_TEXT, Recipient
from chorus_connector.api.views import messages as views
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.message import MAX_LISTS, MAX_RECIPIENTS, Message, RecipientSelection
from chorus_connector.domain.messages.refusals import InvalidMessage, problem
from chorus_connector.domain.messages.structure import Relation
from chorus_connector.usecases.messages.reading import DEFAULT_LIMIT, OutboxFilter
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class Chosen(BaseModel):
    """Whom a message is for."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    recipients: list[Recipient] = Field(default_factory=list, max_length=MAX_RECIPIENTS + 1)
    list_ids: list[Annotated[str, Field(max_length=32)]] = Field(default_factory=list, max_length=MAX_LISTS + 1)
    all_recipients: bool = False

    def choice(self) -> RecipientSelection:
        return RecipientSelection(
            recipients=tuple(each.address() for each in self.recipients),
            list_ids=tuple(self.list_ids),
            all_recipients=self.all_recipients,
        )


class MessageFields(Chosen):
    """A message's fields; what is not given stays as it is (a new one: empty, today to two weeks from now)."""

    sender_service: str = Field(default="", max_length=100)
    title: str = Field(default="", max_length=LONGEST_TEXT)
    content: str = Field(default="", max_length=LONGEST_TEXT)
    display_start: date | None = None
    display_end: date | None = None
    recipient_kind: Relation | None = None
    #: refused: questions on an invoice belong to « Sollicitations »
    invoice_number: str | None = Field(default=None, max_length=50)

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


class NewMessage(MessageFields):
    """A message to save as a draft, or to send at once."""

    sender_siret: str = Field(min_length=14, max_length=14)
    send: bool = False


@router.get("/messages/outbox")
def list_outbox(
    *,
    sender: OptionalSiret = None,
    state: Annotated[Literal["draft", "sent"] | None, Query()] = None,
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
    reader = wiring.read_outbox((who := caller(router)).principal, subscriptions(who))
    page = reader.page(wanted, sort=sort, limit=limit, cursor=cursor)
    today = display.today(datetime.now(UTC))
    lines = (views.message_line_view(each, today) for each in page.items)
    return answer(views.page_of("messages", page, lines, reader.count(wanted) if count else None))


@router.post("/messages/outbox")
def create_message(request: NewMessage) -> Response[str]:
    subscription = authorise_subscription(router, request.sender_siret)
    message = wiring.write_messages(subscription).create(request.given(), send=request.send, now=datetime.now(UTC))
    return _message_answer(message, status=HTTPStatus.CREATED)


@router.get("/messages/outbox/<siret>/<reference>")
def read_message(siret: SiretPath, reference: ReferencePath) -> Response[str]:
    return _message_answer(_own_message(siret, reference))


@router.patch("/messages/outbox/<siret>/<reference>")
def change_message(siret: SiretPath, reference: ReferencePath, request: MessageFields) -> Response[str]:
    message = wiring.write_messages(authorise_subscription(router, siret)).edit(
        reference, request.given(), version=if_match(router), now=datetime.now(UTC)
    )
    return _message_answer(message)


@router.delete("/messages/outbox/<siret>/<reference>")
def delete_message(siret: SiretPath, reference: ReferencePath) -> Response[str]:
    wiring.write_messages(authorise_subscription(router, siret)).delete(reference, version=if_match(router))
    return answer({"deleted": reference})


@router.post("/messages/outbox/<siret>/<reference>/send")
def send_message(siret: SiretPath, reference: ReferencePath) -> Response[str]:
    message = wiring.write_messages(authorise_subscription(router, siret)).send(
        reference, version=if_match(router), now=datetime.now(UTC)
    )
    return _message_answer(message, status=HTTPStatus.ACCEPTED)


@router.get("/messages/outbox/<siret>/<reference>/recipients")
def list_recipients(
    siret: SiretPath,
    reference: str,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response[str]:
    """What became of each recipient, as deliveries go on; ``cursor`` is the last one shown."""
    _own_message(siret, reference)
    found, after = wiring.outbox(siret).deliveries(reference, after=cursor, limit=limit)
    return answer({"recipients": [views.delivery_view(each) for each in found], "cursor": after})


@router.post("/messages/outbox/<siret>/<reference>/recipients")
def add_recipients(siret: SiretPath, reference: ReferencePath, request: Chosen) -> Response[str]:
    message = wiring.write_messages(authorise_subscription(router, siret)).add_recipients(
        reference, request.choice(), version=if_match(router), now=datetime.now(UTC)
    )
    return _message_answer(message, status=HTTPStatus.ACCEPTED)


def _own_message(siret: str, reference: str) -> Message:
    """A message the caller's subscription covers. Raises NotFound."""
    subscription = authorise_subscription(router, siret)
    message = wiring.outbox(siret).get(reference)
    if not subscription.covers(message.sender_service):
        raise NotFound
    return message


def _message_answer(message: Message, *, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    dispatches = wiring.outbox(message.sender_siret).dispatches(message.reference) if message.dispatches else ()
    today = display.today(datetime.now(UTC))
    return answer(views.message_view(message, dispatches, today), status=status, version=message.version)
