"""SQS records in, partial batch answers out: the loop of every queue worker.

A record that fails for a transient reason, or by a bug, fails alone: SQS delivers it again and, after five times, moves
it to the dead-letter queue with its alarm. What can never succeed is written on the invoice by the use case; here it
only must not block the other records.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import SQSEvent
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.runtime.correlation import of_message
from chorus_connector.runtime.failures import failure_facts


def work_through(event: dict[str, Any], handle: Callable[[SQSRecord], None], logger: Logger) -> dict[str, Any]:
    """Handle each record; gives the partial batch answer, which names the records to deliver again."""
    failures: list[dict[str, str]] = []
    for record in SQSEvent(event).records:
        with of_message(logger, record.raw_event), logger.append_context_keys(message_id=record.message_id):
            if not _is_done(record, handle, logger):
                failures.append({"itemIdentifier": record.message_id})
    return {"batchItemFailures": failures}


def times_delivered(record: SQSRecord) -> int:
    """How many times SQS has delivered this message, with this one."""
    return int(record.attributes.approximate_receive_count or 1)


def _is_done(record: SQSRecord, handle: Callable[[SQSRecord], None], logger: Logger) -> bool:
    try:
        handle(record)
    except StaleWrite:
        # another worker had the same document: reading again shows what is left to do
        logger.info("lost a race, the message comes again")
        return False
    except NotFound:
        logger.warning("the document is gone, the message is done")
    except Exception as error:
        # not logger.exception: a message of an exception may quote a document, a place does not
        logger.error("record failed", extra=failure_facts(error))  # noqa: TRY400
        return False
    else:
        logger.info("message done")
    return True
