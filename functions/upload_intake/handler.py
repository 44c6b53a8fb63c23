"""Function upload_intake. HTTP: a document is uploaded or announced. SQS (the bucket's events): it is examined."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import S3Event
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.s3 import Arrival, parse_arrival
from chorus_connector.api.http import resolver
from chorus_connector.api.routes import archives, attachments, documents
from chorus_connector.runtime.queues import times_delivered, work_through
from chorus_connector.wiring.archives import expect_archives
from chorus_connector.wiring.invoices import intake, store_uploads, take_attachments
from chorus_connector.wiring.tenant import Tenant

logger = Logger()
app = resolver()
for resource in (documents, archives, attachments):
    app.include_router(resource.router)


def _examine(record: SQSRecord) -> None:
    notification = S3Event(record.json_body)
    if "Records" not in notification:
        return  # the test event that S3 sends when the notification is set up
    for entry in notification.records:
        file = entry.s3.get_object
        arrival = parse_arrival(unquote_plus(file.key))
        _take(arrival, version=file.version_id or "", now=datetime.now(UTC), tries=times_delivered(record))


def _take(arrival: Arrival, *, version: str, now: datetime, tries: int) -> None:
    tenant, first = Tenant(arrival), True
    match arrival.kind, arrival.by_link:
        case "documents", True:
            first = store_uploads(tenant).arrived(arrival.item_id, version=version, now=now)
        case "documents", False:
            intake(Tenant(arrival, document_id=arrival.item_id)).examine(arrival.item_id, now=now, tries=tries)
        case "attachments", True:
            first = take_attachments(tenant).arrived(arrival.item_id, version=version)
        case "archives", True:
            first = expect_archives(tenant).arrived(arrival.item_id, version=version, now=now)
    if not first:
        logger.warning("a later file of an upload link was dropped", extra=arrival._asdict())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, _examine, logger)
    return app.resolve(event, context)
