"""The routes of attachments: files that are no invoices and are submitted with them."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, FileName, Limit
from chorus_connector.api.requests import body_of
from chorus_connector.api.uploads import UPLOAD_DESCRIPTION, Metadata, checked_metadata, metadata_in_query, takes_upload
from chorus_connector.api.views.invoices import attachment_view
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.invoices.attachments import MAX_METADATA, TYPE_PATTERN, Attachment
from chorus_connector.usecases.invoices.attachments import NewAttachment, visible_attachments
from chorus_connector.wiring import invoices as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
_ATTACHMENTS = "/suppliers/<supplier_id>/documents/attachments"
_TAGS = ["Attachments"]
AttachmentId = Annotated[str, Path(max_length=64)]
Rule = Annotated[str, Query(max_length=200)]
ForDocument = Annotated[
    str | None, Query(max_length=64, description="the document that the file is for, if it is for one only")
]
TypeCode = Annotated[str | None, Query(pattern=f"^{TYPE_PATTERN}$")]


class AttachmentRequest(RequestBody):
    """A file to come: its name, how it is filed, and the metadata it shares with its invoices."""

    model_config = example(file_name="bon-de-commande.pdf", classification_rule="factures", metadata={"PJ": "oui"})

    file_name: str = Field(min_length=1, max_length=200)
    classification_rule: str = Field(default="", max_length=200)
    attachment_type: str | None = Field(default=None, pattern=f"^{TYPE_PATTERN}$")
    document_id: str | None = Field(default=None, max_length=64)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=MAX_METADATA)


@router.post(
    _ATTACHMENTS,
    operation_id="attachments.upload",
    summary="Upload an attachment",
    description=UPLOAD_DESCRIPTION,
    middlewares=[takes_upload],
    tags=["Attachments"],
    responses=shows("AttachmentView", HTTPStatus.CREATED),
)
def receive(
    tenant: TenantToUse,
    file_name: FileName,
    *,
    classification_rule: Rule = "",
    attachment_type: TypeCode = None,
    document_id: ForDocument = None,
    metadata: Metadata = None,  # noqa: ARG001 (for the description; read from the query as it was sent)
) -> Response[str]:
    event = router.current_event.raw_event
    _check_document(tenant, document_id)
    told = metadata_in_query(event, at_most=MAX_METADATA)
    new = NewAttachment(file_name, classification_rule, told, attachment_type, document_id)
    attachment = wiring.take_attachments(tenant).receive(
        new, body_of(event), attachment_id=uuid.uuid4().hex, by=tenant.by, now=datetime.now(UTC)
    )
    return answer(attachment_view(attachment), status=HTTPStatus.CREATED)


@router.post(
    f"{_ATTACHMENTS}/uploads",
    operation_id="attachments.announce",
    summary="Announce an attachment, to send it straight to the bucket",
    description="For files of more than 4 MB (10 MB at most): send the file to `upload.url` with `upload.fields`.",
    tags=["Attachments"],
    responses=shows("ExpectedAttachment", HTTPStatus.ACCEPTED),
)
def announce(tenant: TenantToUse, request: AttachmentRequest) -> Response[str]:
    metadata = checked_metadata(request.metadata, at_most=MAX_METADATA)
    _check_document(tenant, request.document_id)
    new = NewAttachment(
        request.file_name, request.classification_rule, metadata, request.attachment_type, request.document_id
    )
    attachment, presigned = wiring.take_attachments(tenant).expect(
        new, attachment_id=uuid.uuid4().hex, by=tenant.by, now=datetime.now(UTC)
    )
    form = {"url": presigned.url, "fields": presigned.fields, "expires_in": presigned.expires_in}
    return answer({**attachment_view(attachment), "upload": form}, status=HTTPStatus.ACCEPTED)


@router.get(
    _ATTACHMENTS,
    operation_id="attachments.list",
    summary="List attachments",
    description="Those the caller may see.",
    tags=["Attachments"],
    responses=shows("AttachmentList"),
)
def list_all(tenant: TenantToUse, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    page = visible_attachments(tenant.attachments, tenant.visibility, limit=limit, cursor=cursor)
    return answer({"attachments": [attachment_view(each) for each in page.attachments], "cursor": page.cursor})


@router.get(
    f"{_ATTACHMENTS}/<attachment_id>",
    operation_id="attachments.get",
    summary="Read an attachment",
    description="Its `size` is null until the file has arrived.",
    tags=["Attachments"],
    responses=shows("AttachmentView"),
)
def read(tenant: TenantToUse, attachment_id: AttachmentId) -> Response[str]:
    return answer(attachment_view(_visible(tenant, attachment_id)))


@router.get(
    f"{_ATTACHMENTS}/<attachment_id>/original",
    operation_id="attachments.original",
    summary="Get a link to an attachment's file",
    description="The link works for a few minutes.",
    tags=["Attachments"],
    responses=shows("FileLink"),
)
def original(tenant: TenantToUse, attachment_id: AttachmentId) -> Response[str]:
    _visible(tenant, attachment_id)
    return answer({"url": wiring.take_attachments(tenant).download(attachment_id), "expires_in": 300})


@router.delete(
    f"{_ATTACHMENTS}/<attachment_id>",
    operation_id="attachments.delete",
    summary="Delete an attachment",
    description="Invoices already sent keep it.",
    tags=["Attachments"],
    responses=shows("DeletedItem"),
)
def delete(tenant: TenantToUse, attachment_id: AttachmentId) -> Response[str]:
    _visible(tenant, attachment_id)
    wiring.take_attachments(tenant).delete(attachment_id)
    return answer({"deleted": attachment_id})


def _check_document(tenant: AuthorisedTenant, document_id: str | None) -> None:
    """Raise NotFound for a document that the caller may not see."""
    if document_id is not None:
        tenant.visible_invoices.get(document_id)


def _visible(tenant: AuthorisedTenant, attachment_id: str) -> Attachment:
    """The attachment, for a caller who may see documents with its metadata. Raises NotFound."""
    attachment = tenant.attachments.get(attachment_id)
    if not tenant.visibility.sees_labelled(attachment.metadata):
        raise NotFound
    return attachment
