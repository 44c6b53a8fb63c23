"""The routes that say who would receive a message, before it is sent."""

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.described import example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.message_access import StructureMessages, authorise_structure
from chorus_connector.api.parameters import Cursor, Limit, ReferencePath
from chorus_connector.api.routes.outbox import ChosenRecipients, own_message
from chorus_connector.api.views import messages as views
from chorus_connector.domain.messages.structure import Relation
from chorus_connector.usecases.messages.reading import DEFAULT_LIMIT
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class PreviewedMessage(ChosenRecipients):
    """The recipients of a message that was not saved."""

    model_config = example(sender_siret="73282932000074", all_recipients=True)

    sender_siret: str = Field(min_length=14, max_length=14)
    recipient_kind: Relation | None = Field(default=None, description="null: none chosen.")


@router.post(
    "/messages/outbox/preview",
    operation_id="outbox.preview_recipients",
    summary="Preview who would receive a message",
    description="Here, by e-mail, or not at all, without saving anything. Lists and « tous mes destinataires » are "
    "resolved; at most 2,000 recipients are looked at. What sending would refuse of the sender or of the recipients is "
    "refused.",
    tags=["Messages"],
    responses=shows("MessagePreview"),
)
def preview_recipients(
    request: PreviewedMessage, http: Request, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[str]:
    structure = authorise_structure(http, request.sender_siret, "messages")
    preview = wiring.preview_recipients(structure).before_sending(request.choice(), request.recipient_kind)
    return answer(views.preview_view(preview, start=int(cursor or 0), limit=limit))


@router.post(
    "/messages/outbox/<siret>/<reference>/preview",
    operation_id="outbox.preview",
    summary="Preview who would receive a draft",
    description="As `outbox.preview_recipients`, for the recipients of a draft. `outbox.recipients` has those of a "
    "sent message.",
    tags=["Messages"],
    responses=shows("MessagePreview"),
)
def preview_message(
    structure: StructureMessages, reference: ReferencePath, limit: Limit = DEFAULT_LIMIT, cursor: Cursor = None
) -> Response[str]:
    message = own_message(structure, reference)
    preview = wiring.preview_recipients(structure).before_sending(
        message.selection, message.recipient_kind, of_draft=message.state == "draft"
    )
    return answer(views.preview_view(preview, start=int(cursor or 0), limit=limit))
