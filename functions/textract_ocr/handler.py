"""Function textract_ocr. SQS: a document to read, Textract's message that a job ended (SNS, raw delivery), or a
confirmed document from which its layout is learnt.

While Textract has no capacity, the message is sent again with a delay and this one is done, so that waiting never leads
to the dead letters. It ends after six hours: then the invoice is completed by hand (``Invoice.being_read``).
"""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_lesson, parse_work
from chorus_connector.adapters.textract import parse_job_tag
from chorus_connector.domain.errors import OcrBusy
from chorus_connector.ports.values import Work
from chorus_connector.runtime.queues import times_delivered, work_through
from chorus_connector.wiring.invoices import document_reader, learn_layouts, postponed_readings
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _work(record: SQSRecord) -> None:
    if (lesson := parse_lesson(record.body)) is not None:
        tenant = Tenant(lesson, document_id=lesson.document_id)
        learn_layouts(tenant).learn(lesson, now=datetime.now(UTC), tries=times_delivered(record))
    else:
        _read(record)


def _read(record: SQSRecord) -> None:
    message = record.json_body
    now, tries = datetime.now(UTC), times_delivered(record)
    job_id = message.get("JobId")
    work = Work(*parse_job_tag(message["JobTag"])) if job_id else parse_work(record.body)
    reader = document_reader(Tenant(work, document_id=work.document_id))
    try:
        if job_id:
            reader.finish(work.document_id, job_id=job_id, now=now, tries=tries)
        else:
            reader.start(work.document_id, now=now, tries=tries)
    except OcrBusy:
        postponed_readings(started=bool(job_id)).send(work, record.body)
        logger.warning("Textract has no capacity, the document waits", extra={"document_id": work.document_id})


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    return work_through(event, _work, logger)
