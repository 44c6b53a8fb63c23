"""Function resolution. SQS: a document was read; decide whether it is complete."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_work
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.queues import work_through
from chorus_connector.wiring.invoices import resolution
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _resolve(record: SQSRecord, left: Callable[[], float]) -> None:
    work = parse_work(record.body)
    resolution(Tenant(work, left, document_id=work.document_id)).resolve(work.document_id, now=datetime.now(UTC))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return work_through(event, partial(_resolve, left=seconds_left(context)), logger)
