"""SQS records in, partial batch answers out: the one loop of every queue worker.

A record whose trouble is transient (or a bug) fails alone, so that SQS tries it again and, after five times,
puts it in the dead-letter queue with its alarm. What can never succeed is the use case's to write on the
invoice; here it only must not block the others.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from chorus_connector.domain.errors import NotFound, StaleWrite
from chorus_connector.runtime.correlation import of_message
from chorus_connector.runtime.failures import failure_facts

Record = dict[str, Any]


def work_through(event: dict[str, Any], handle: Callable[[Record], None], logger: Logger) -> dict[str, Any]:
    """Handle each record; gives the partial batch answer naming those to try again."""
    failures: list[dict[str, str]] = []
    for record in event["Records"]:
        with of_message(logger, record), logger.append_context_keys(message_id=record["messageId"]):
            if not _is_done(record, handle, logger):
                failures.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failures}


def _is_done(record: Record, handle: Callable[[Record], None], logger: Logger) -> bool:
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
