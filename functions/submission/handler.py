"""Function submission. SQS: a document is due; submit it to the portal exactly once, one step per message."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_work
from chorus_connector.domain.notifications.measures import held_age, in_doubt_age
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.queues import times_delivered, work_through
from chorus_connector.wiring.invoices import submit_invoice
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _work(record: SQSRecord, left: Callable[[], float]) -> None:
    work = parse_work(record.body)
    now = datetime.now(UTC)
    submit = submit_invoice(Tenant(work, left, document_id=work.document_id, run_at=work.run_at))
    tries = times_delivered(record)
    invoice = submit.work_on(work.document_id, attempt_id=uuid.uuid4().hex, now=now, tries=tries)
    logger.info("worked on", extra={"document_id": work.document_id, "state": invoice.state})
    measure(
        [*in_doubt_age(invoice, now), *held_age(invoice, now)],
        supplier_id=work.supplier_id,
        document_id=work.document_id,
    )


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return work_through(event, partial(_work, left=seconds_left(context)), logger)
