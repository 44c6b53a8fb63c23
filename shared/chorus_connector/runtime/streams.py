"""Records of the table's stream in, in order, partial batch answers out.

A stream is read in order: the answer names the first record that fails, and Lambda starts again from there. After its
retries the record goes to the dead-letter queue, and the stream continues.
"""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.correlation import of_change
from chorus_connector.runtime.failures import failure_facts


def work_through_stream(
    event: dict[str, Any], handle: Callable[[dict[str, Any]], None], logger: Logger
) -> dict[str, Any]:
    """Handle each record in order; gives the partial batch answer, which names the first that failed.

    ``handle`` gets the record as DynamoDB wrote it, with typed attributes (``{"S": …}``), as stores read it.
    """
    for record in DynamoDBStreamEvent(event).records:
        assert record.dynamodb is not None
        change, sequence_number = record.raw_event, str(record.dynamodb.sequence_number)
        with of_change(logger, change):
            if not _is_done(change, sequence_number, handle, logger):
                return {"batchItemFailures": [{"itemIdentifier": sequence_number}]}
    return {"batchItemFailures": []}


def _is_done(
    change: dict[str, Any], sequence_number: str, handle: Callable[[dict[str, Any]], None], logger: Logger
) -> bool:
    try:
        handle(change)
    except NotFound:
        logger.warning("the thing is gone, the record is done", extra={"sequence_number": sequence_number})
    except Exception as error:
        # not logger.exception: a message of an exception may quote a document, a place does not
        facts = {"sequence_number": sequence_number, **failure_facts(error)}
        logger.error("stream record failed", extra=facts)  # noqa: TRY400
        return False
    return True
