"""Function textract_ocr. SQS: a document to read, or Textract's message that a job ended (SNS, raw delivery)."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_work
from chorus_connector.adapters.textract import parse_job_tag
from chorus_connector.ports.values import Work
from chorus_connector.runtime.queues import times_delivered, work_through
from chorus_connector.wiring.invoices import document_reader
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _read(record: SQSRecord) -> None:
    message = record.json_body
    now, tries = datetime.now(UTC), times_delivered(record)
    if "JobId" in message:
        work = Work(*parse_job_tag(message["JobTag"]))
        document_reader(_tenant(work)).finish(work.document_id, job_id=message["JobId"], now=now, tries=tries)
    else:
        work = parse_work(record.body)
        document_reader(_tenant(work)).start(work.document_id, now=now, tries=tries)


def _tenant(work: Work) -> Tenant:
    return Tenant(work, document_id=work.document_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    return work_through(event, _read, logger)
