"""Function upload_intake. HTTP: a document is uploaded or announced. SQS (the bucket's events): it is examined."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.s3 import parse_attachment_key, parse_original_key
from chorus_connector.api.http import resolver
from chorus_connector.api.routes import attachments, documents
from chorus_connector.runtime.queues import work_through
from chorus_connector.wiring import tenant as wiring

logger = Logger()
app = resolver()
app.include_router(attachment_routes)

FileName = Annotated[str, Query(min_length=1, max_length=200)]
Label = Annotated[str | None, Query(max_length=200)]
_MAX_METADATA = 50


class UploadRequest(BaseModel):
    """A file to come: its name and what criteria and associations will look at."""

    model_config = example(file_name="facture.pdf", folder="factures", metadata={"PJ": "oui"})

    file_name: str = Field(min_length=1, max_length=200)
    classification_rule: str | None = Field(default=None, max_length=200)
    folder: str | None = Field(default=None, max_length=200)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=50)


@app.post(
    "/suppliers/<supplier_id>/documents",
    summary="Upload a PDF",
    tags=["Documents"],
    responses=shows("InvoiceShape", HTTPStatus.ACCEPTED),
)
def receive(
    supplier_id: str, file_name: FileName, classification_rule: Label = None, folder: Label = None
) -> Response[str]:
    who = authorise(caller(app), supplier_id, "use", wiring.installation())
    event = app.current_event.raw_event
    upload = Upload(file_name, classification_rule, folder, metadata_in_query(event, at_most=_MAX_METADATA))
    document_id = uuid.uuid4().hex
    invoice = wiring.intake(supplier_id).receive(
        upload, raw_body(event), document_id=document_id, by=who.principal, now=datetime.now(UTC)
    )
    now_about(logger, invoice.document_id)
    if invoice.document_id != document_id and not wiring.visibility(supplier_id, who.principal).sees(invoice):
        raise AlreadyExists("Ce fichier a déjà été déposé.", "This file was uploaded already.")
    return answer(invoice_view(invoice), status=HTTPStatus.ACCEPTED, version=invoice.version)


@app.post(
    "/suppliers/<supplier_id>/uploads",
    summary="Announce a PDF, and send it straight to the bucket",
    tags=["Documents"],
    responses=shows("AnnouncedShape", HTTPStatus.ACCEPTED),
)
def announce(supplier_id: str, request: UploadRequest) -> Response[str]:
    who = authorise(caller(app), supplier_id, "use", wiring.installation())
    metadata = checked_metadata(request.metadata, at_most=_MAX_METADATA)
    upload = Upload(request.file_name, request.classification_rule, request.folder, metadata)
    invoice, presigned = wiring.intake(supplier_id).expect(
        upload, document_id=uuid.uuid4().hex, by=who.principal, now=datetime.now(UTC)
    )
    now_about(logger, invoice.document_id)
    form = {"url": presigned.url, "fields": presigned.fields, "expires_in": presigned.expires_in}
    return answer({**invoice_view(invoice), "upload": form}, status=HTTPStatus.ACCEPTED)


def _examine(record: dict[str, Any]) -> None:
    notification = json.loads(record["body"])
    for entry in notification.get("Records", []):  # none in the test event S3 sends when it is set up
        key = unquote_plus(entry["s3"]["object"]["key"])
        if (attachment := parse_attachment_key(key)) is not None:
            wiring.take_attachments(attachment[0]).arrived(attachment[1])
            continue
        supplier_id, document_id = parse_original_key(key)
        wiring.intake(supplier_id).examine(document_id, now=datetime.now(UTC))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, _examine, logger)
    return app.resolve(event, context)
