"""Box notifier. Table stream: tell everybody of a document and count it; count what breakers and keys do."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.table.notification_stream import (
    changed_breaker,
    credentials_news,
    deleted_endpoint,
    written_invoice,
)
from chorus_connector.domain.notifications.measures import breaker_openings, credentials_announcements, measures_of
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.streams import work_through_stream
from chorus_connector.wiring import notifications as wiring

logger = Logger()


def _notice(record: dict[str, Any]) -> None:
    _tell(record)
    _count_trouble(record)
    gone = deleted_endpoint(record)
    if gone is not None:  # also when its whole supplier was deleted: its secret must not stay behind
        supplier_id, endpoint_id = gone
        wiring.endpoint_secrets(supplier_id).delete(endpoint_id)


def _tell(record: dict[str, Any]) -> None:
    """Whoever is to know of a document, then count it: a record that failed comes again, and would count again."""
    written = written_invoice(record)
    if written is None:
        return
    before, after = written
    told = wiring.notify(after.supplier_id).about(before, after, now=datetime.now(UTC))
    if told is not None:
        logger.info("notified", extra={"notification_id": told.id, "type": told.type})
    measure(measures_of(before, after), supplier_id=after.supplier_id, document_id=after.document_id)


def _count_trouble(record: dict[str, Any]) -> None:
    """The portal's and the keys': a breaker that opened, people who were told about their credentials."""
    if (changed := changed_breaker(record)) is not None:
        before, after, owner = changed
        measure(breaker_openings(before, after, shared=owner is None), supplier_id=owner)
    if (told := credentials_news(record)) is not None:
        supplier_id, codes = told
        measure(credentials_announcements(codes), supplier_id=supplier_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    return work_through_stream(event, _notice, logger)
