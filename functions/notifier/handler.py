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
from chorus_connector.domain.notifications.measures import announced, measures_of, opened
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.streams import Change, work_through_stream
from chorus_connector.wiring import notifications as wiring
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _notice(change: Change) -> None:
    _tell(change)
    _count_trouble(change)
    gone = deleted_endpoint(change)
    if gone is not None:  # also when its whole supplier was deleted: its secret must not stay behind
        wiring.endpoint_secrets(Tenant(gone)).delete(gone.endpoint_id)


def _tell(change: Change) -> None:
    """Whoever is to know of a document, then count it: a record that failed comes again, and would count again."""
    written = written_invoice(change)
    if written is None:
        return
    before, after = written
    told = wiring.notify(Tenant(after)).about(before, after, now=datetime.now(UTC))
    if told is not None:
        logger.info("notified", extra={"notification_id": told.id, "type": told.type})
    measure(measures_of(before, after), supplier_id=after.supplier_id, document_id=after.document_id)


def _count_trouble(change: Change) -> None:
    """The portal's and the keys': a breaker that opened, people who were told about their credentials."""
    if (changed := changed_breaker(change)) is not None:
        before, after, owner = changed
        measure(opened(before, after, shared=owner is None), supplier_id=owner)
    if (told := credentials_news(change)) is not None:
        supplier_id, codes = told
        measure(announced(codes), supplier_id=supplier_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    return work_through_stream(event, _notice, logger)
