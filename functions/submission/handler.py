"""Box submission. SQS: a document is due; take it one step on towards the portal, exactly once."""

import uuid
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.sqs import parse_work
from chorus_connector.runtime import wiring
from chorus_connector.runtime.queues import work_through

logger = Logger()


def _work(record: dict[str, Any]) -> None:
    work = parse_work(record["body"])
    invoice = wiring.submit_invoice(work.supplier_id).work_on(
        work.document_id, attempt_id=uuid.uuid4().hex, now=datetime.now(UTC)
    )
    logger.info("worked on", extra={"document_id": work.document_id, "state": invoice.state})


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    return work_through(event, _work, logger)
