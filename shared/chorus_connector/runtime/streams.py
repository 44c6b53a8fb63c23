"""Records of the table's stream in, in order, partial batch answers out.

The changes of one item come in order: the answer names the first record that fails, and Lambda starts again from there.
Lambda retries for half a day, because an outage ends by itself. A record that fails for a reason of its own would
hold up the records of other suppliers for as long: after a quarter of an hour it is set aside into the dead-letter
queue, and the next ones are handled.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes import DynamoDBStreamEvent

from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.correlation import of_change
from chorus_connector.runtime.failures import failure_facts, may_pass

PATIENCE = timedelta(minutes=15)
"""The age at which a record is set aside that fails for a reason of its own."""

Handle = Callable[[dict[str, Any]], None]
HandleAll = Callable[[list[dict[str, Any]]], None]


def work_through_stream(
    event: dict[str, Any], handle: Handle, logger: Logger, *, set_aside: Handle, together: HandleAll | None = None
) -> dict[str, Any]:
    """Handle each record in order; gives the partial batch answer, which names the first that failed.

    ``together`` gets all of them first. What fails there and may pass fails the batch, for as long as it is young; any
    other failure is only logged, because it must not hold up what ``handle`` does.

    ``handle`` gets the record as DynamoDB wrote it, with typed attributes (``{"S": …}``), as stores read it.
    ``set_aside`` notes a record for later.
    """
    if together is not None and not _done_together(event, together, logger):
        return {"batchItemFailures": [{"itemIdentifier": event["Records"][0]["dynamodb"]["SequenceNumber"]}]}
    for record in DynamoDBStreamEvent(event).records:
        assert record.dynamodb is not None
        change, sequence_number = record.raw_event, str(record.dynamodb.sequence_number)
        with of_change(logger, change), logger.append_context_keys(sequence_number=sequence_number):
            if not _is_done(change, handle, logger, set_aside):
                return {"batchItemFailures": [{"itemIdentifier": sequence_number}]}
    return {"batchItemFailures": []}


def _done_together(event: dict[str, Any], together: HandleAll, logger: Logger) -> bool:
    try:
        together(event["Records"])
    except Exception as error:
        logger.error("stream records failed together", extra=failure_facts(error))  # noqa: TRY400
        return not may_pass(error) or _is_old(event["Records"][0])
    return True


def _is_done(change: dict[str, Any], handle: Handle, logger: Logger, set_aside: Handle) -> bool:
    try:
        handle(change)
    except NotFound:
        logger.warning("the thing is gone, the record is done")
    except Exception as error:
        # not logger.exception: a message of an exception may quote a document, a place does not
        logger.error("stream record failed", extra=failure_facts(error))  # noqa: TRY400
        if may_pass(error) or not _is_old(change):
            return False
        set_aside(change)
        logger.error("stream record set aside")  # noqa: TRY400
    return True


def _is_old(change: dict[str, Any]) -> bool:
    """A change that an operator has sent again names no time, and is not set aside a second time."""
    written_at = change["dynamodb"].get("ApproximateCreationDateTime")
    return written_at is not None and datetime.now(UTC) - datetime.fromtimestamp(written_at, UTC) > PATIENCE
