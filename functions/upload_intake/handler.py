"""Box upload_intake. HTTP: a document comes in, or is announced. SQS (the bucket's events): it is examined."""

import base64
import json
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field

from chorus_connector.adapters.s3 import parse_original_key
from chorus_connector.domain.errors import Invalid
from chorus_connector.runtime import wiring
from chorus_connector.runtime.http import answer, authorise, caller, resolver
from chorus_connector.runtime.queues import work_through
from chorus_connector.runtime.views import invoice_view
from chorus_connector.usecases.intake import Upload

logger = Logger()
app = resolver()

FileName = Annotated[str, Query(min_length=1, max_length=200)]
Label = Annotated[str | None, Query(max_length=200)]
_METADATA_PREFIX = "metadata."


class UploadRequest(BaseModel):
    """A file to come: its name and what criteria and associations will look at."""

    file_name: str = Field(min_length=1, max_length=200)
    classification_rule: str | None = Field(default=None, max_length=200)
    folder: str | None = Field(default=None, max_length=200)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=50)


@app.post("/suppliers/<supplier_id>/documents")
def receive(
    supplier_id: str, file_name: FileName, classification_rule: Label = None, folder: Label = None
) -> Response[str]:
    who = authorise(caller(app), supplier_id, "use", wiring.installation())
    upload = Upload(file_name, classification_rule, folder, _metadata_in_query())
    invoice = wiring.intake(supplier_id).receive(
        upload, _body(), document_id=uuid.uuid4().hex, by=who.principal, now=datetime.now(UTC)
    )
    return answer(invoice_view(invoice), status=HTTPStatus.ACCEPTED, version=invoice.version)


@app.post("/suppliers/<supplier_id>/uploads")
def announce(supplier_id: str, request: UploadRequest) -> Response[str]:
    who = authorise(caller(app), supplier_id, "use", wiring.installation())
    upload = Upload(request.file_name, request.classification_rule, request.folder, _checked(request.metadata))
    invoice, presigned = wiring.intake(supplier_id).expect(
        upload, document_id=uuid.uuid4().hex, by=who.principal, now=datetime.now(UTC)
    )
    form = {"url": presigned.url, "fields": presigned.fields, "expires_in": presigned.expires_in}
    return answer({**invoice_view(invoice), "upload": form}, status=HTTPStatus.ACCEPTED)


def _body() -> bytes:
    event = app.current_event.raw_event
    body = event.get("body") or ""
    return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()


def _metadata_in_query() -> dict[str, str]:
    parameters = app.current_event.query_string_parameters or {}
    return _checked(
        {
            name.removeprefix(_METADATA_PREFIX): value
            for name, value in parameters.items()
            if name.startswith(_METADATA_PREFIX)
        }
    )


def _checked(metadata: dict[str, str]) -> dict[str, str]:
    if len(metadata) > 50 or any(not 0 < len(name) <= 100 or len(text) > 2000 for name, text in metadata.items()):
        raise Invalid(
            "50 métadonnées au plus, noms de 100 caractères et valeurs de 2 000 au plus.",
            "At most 50 metadata, names of 100 characters and values of 2,000 at most.",
        )
    return metadata


def _examine(record: dict[str, Any]) -> None:
    notification = json.loads(record["body"])
    for entry in notification.get("Records", []):  # none in the test event S3 sends when it is set up
        supplier_id, document_id = parse_original_key(unquote_plus(entry["s3"]["object"]["key"]))
        wiring.intake(supplier_id).examine(document_id, now=datetime.now(UTC))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, _examine, logger)
    return app.resolve(event, context)
