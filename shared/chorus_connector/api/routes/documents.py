"""The routes that take a document: uploaded in the request, or announced and sent to the bucket."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import FileName
from chorus_connector.api.requests import body_of
from chorus_connector.api.uploads import (
    RELEASE,
    UPLOAD_DESCRIPTION,
    Metadata,
    checked_metadata,
    metadata_in_query,
    takes_upload,
)
from chorus_connector.api.views.invoices import invoice_view
from chorus_connector.runtime.correlation import now_about
from chorus_connector.usecases.invoices.intake import Upload
from chorus_connector.wiring import invoices as wiring

logger = Logger()
router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
Label = Annotated[str | None, Query(max_length=200)]
_MAX_METADATA = 50


class UploadRequest(RequestBody):
    """A file to come: its name and what criteria and associations will look at."""

    model_config = example(file_name="facture.pdf", folder="factures", metadata={"PJ": "oui"})

    file_name: str = Field(min_length=1, max_length=200)
    classification_rule: str | None = Field(default=None, max_length=200)
    folder: str | None = Field(default=None, max_length=200)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=50)
    release: bool = Field(default=False, description=RELEASE)


@router.post(
    "/suppliers/<supplier_id>/documents",
    operation_id="documents.upload",
    summary="Upload a PDF",
    description=UPLOAD_DESCRIPTION,
    middlewares=[takes_upload],
    tags=["Documents"],
    responses={**shows("KnownFile", HTTPStatus.OK), **shows("UploadedFile", HTTPStatus.ACCEPTED)},
)
def receive(
    tenant: TenantToUse,
    file_name: FileName,
    classification_rule: Label = None,
    folder: Label = None,
    metadata: Metadata = None,  # noqa: ARG001 (for the description; read from the query as it was sent)
    *,
    release: Annotated[bool, Query(description=RELEASE)] = False,
) -> Response[str]:
    event = router.current_event.raw_event
    upload = Upload(
        file_name, classification_rule, folder, metadata_in_query(event, at_most=_MAX_METADATA), release=release
    )
    data = body_of(event)
    by = wiring.uploader(tenant, data)
    intake = wiring.intake(tenant)
    new_id = uuid.uuid4().hex
    invoice = intake.receive(upload, data, document_id=new_id, by=by, now=datetime.now(UTC))
    now_about(logger, invoice.document_id)
    if differs := intake.differing(invoice, upload):
        correct = f"/suppliers/{invoice.supplier_id}/invoices/{invoice.document_id}/metadata"
        shown = {**invoice_view(invoice), "known": True, "differs": differs, "correct": correct}
        return answer(shown, status=HTTPStatus.OK, version=invoice.version)
    shown = {**invoice_view(invoice), "known": invoice.document_id != new_id}
    return answer(shown, status=HTTPStatus.ACCEPTED, version=invoice.version)


@router.post(
    "/suppliers/<supplier_id>/uploads",
    operation_id="documents.announce",
    summary="Announce a PDF, to send it straight to the bucket",
    description="For files of more than 4 MB: send the file to `upload.url` with `upload.fields`, the file last.",
    tags=["Documents"],
    responses=shows("AnnouncedDocument", HTTPStatus.ACCEPTED),
)
def announce(tenant: TenantToUse, request: UploadRequest) -> Response[str]:
    metadata = checked_metadata(request.metadata, at_most=_MAX_METADATA)
    named = (request.file_name, request.classification_rule, request.folder)
    upload = Upload(*named, metadata, release=request.release)
    by = wiring.uploader(tenant)
    invoice, presigned = wiring.intake(tenant).expect(
        upload, document_id=uuid.uuid4().hex, by=by, now=datetime.now(UTC)
    )
    now_about(logger, invoice.document_id)
    form = {"url": presigned.url, "fields": presigned.fields, "expires_in": presigned.expires_in}
    return answer({**invoice_view(invoice), "upload": form}, status=HTTPStatus.ACCEPTED)
