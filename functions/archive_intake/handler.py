"""Function archive_intake. SQS: a ZIP of documents to take. A ZIP that needs longer is continued by another message."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.archives import parse_archive
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.queues import times_delivered, work_through
from chorus_connector.wiring.archives import take_archives
from chorus_connector.wiring.tenant import Tenant

FOR_SOME_FILES = 80.0
"""Seconds that the files of one call may take: half of them, and half again, where one ends its process."""

logger = Logger()


def _work_on(record: SQSRecord, left: Callable[[], float]) -> None:
    work = parse_archive(record.body)
    tenant = Tenant(work, left)
    archive = take_archives(tenant).take(
        work.archive_id,
        now=datetime.now(UTC),
        tries=times_delivered(record),
        may_go_on=lambda: left() > FOR_SOME_FILES,
    )
    logger.info("archive", extra={"supplier_id": work.supplier_id, "state": archive.state})


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return work_through(event, partial(_work_on, left=seconds_left(context)), logger)
