"""Box notifier. Table stream: a document was written, tell everybody and count it; an endpoint is gone."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.notification_stream import changed_breaker, deleted_endpoint, written_invoice
from chorus_connector.domain.measures import measures_of, opened
from chorus_connector.runtime import notification_wiring as wiring
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.streams import work_through_stream

logger = Logger()


def _notice(record: dict[str, Any]) -> None:
    written = written_invoice(record)
    if written is not None:
        before, after = written
        told = wiring.notify(after.supplier_id).about(before, after, now=datetime.now(UTC))
        if told is not None:
            logger.info("notified", extra={"notification_id": told.id, "type": told.type})
        # last: a record that failed comes again, and would be counted again
        measure(measures_of(before, after), supplier_id=after.supplier_id, document_id=after.document_id)
    if (circuit := changed_breaker(record)) is not None:
        measure(opened(*circuit))
    gone = deleted_endpoint(record)
    if gone is not None:  # also when its whole supplier was deleted: its secret must not stay behind
        supplier_id, endpoint_id = gone
        wiring.endpoint_secrets(supplier_id).delete(endpoint_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    return work_through_stream(event, _notice, logger)
