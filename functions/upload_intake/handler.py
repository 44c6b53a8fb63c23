"""Function upload_intake. HTTP: a document is uploaded or announced. SQS (the bucket's events): it is examined."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import S3Event
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.s3 import parse_attachment_key, parse_original_key
from chorus_connector.api.http import resolver
from chorus_connector.api.routes import attachments, documents
from chorus_connector.ports.values import Work
from chorus_connector.runtime.queues import times_delivered, work_through
from chorus_connector.wiring.invoices import intake, take_attachments
from chorus_connector.wiring.tenant import Tenant

logger = Logger()
app = resolver()
for resource in (documents, attachments):
    app.include_router(resource.router)


def _examine(record: SQSRecord) -> None:
    notification = S3Event(record.json_body)
    if "Records" not in notification:
        return  # the test event that S3 sends when the notification is set up
    for entry in notification.records:
        key = unquote_plus(entry.s3.get_object.key)
        if (attachment := parse_attachment_key(key)) is not None:
            stored = Work(*attachment)
            take_attachments(Tenant(stored)).arrived(stored.document_id)
            continue
        work = Work(*parse_original_key(key))
        intake(Tenant(work)).examine(work.document_id, now=datetime.now(UTC), tries=times_delivered(record))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, _examine, logger)
    return app.resolve(event, context)
