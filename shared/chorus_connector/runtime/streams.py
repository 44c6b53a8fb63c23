"""Table stream records in, in order, partial batch answers out.

A stream is read in order: the first record that fails is named, and Lambda comes back from there on. After its
retries the record goes to the dead letters, and the stream goes on.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger

from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.correlation import of_change
from chorus_connector.runtime.failures import failure_facts

Record = dict[str, Any]


def work_through_stream(event: dict[str, Any], handle: Callable[[Record], None], logger: Logger) -> dict[str, Any]:
    """Handle each record in order; gives the partial batch answer naming the first that failed."""
    for record in event["Records"]:
        with of_change(logger, record):
            if not _is_done(record, handle, logger):
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
    return {"batchItemFailures": []}


def _is_done(record: Record, handle: Callable[[Record], None], logger: Logger) -> bool:
    sequence_number = record["dynamodb"]["SequenceNumber"]
    try:
        handle(record)
    except NotFound:
        logger.warning("the thing is gone, the record is done", extra={"sequence_number": sequence_number})
    except Exception as error:
        # not logger.exception: a message of an exception may quote a document, a place does not
        logger.error(  # noqa: TRY400
            "stream record failed",
            extra={"sequence_number": sequence_number, **failure_facts(error)},
        )
        return False
    return True
