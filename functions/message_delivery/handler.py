"""Function message_delivery. Table stream: something a message waits for. SQS: deliver. Scheduler: due mailings."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.messages import parse_arrival, parse_delivery, parse_feedback_of_message
from chorus_connector.adapters.table.message_stream import (
    arrived_structure,
    asked_delivery,
    read_message,
    submitted_invoice,
)
from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.runtime.queues import work_through
from chorus_connector.runtime.streams import work_through_stream
from chorus_connector.usecases.messages.exchanges import exchange_of
from chorus_connector.wiring import messages as message_wiring
from chorus_connector.wiring.emails import delivery_queue
from chorus_connector.wiring.installation import change_letters
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _deliver(record: SQSRecord) -> None:
    now = datetime.now(UTC)
    if (arrival := parse_arrival(record.body)) is not None:
        looked_at = message_wiring.reach_structure().run(arrival[0], after=arrival[1], now=now)
        logger.info("arrival", extra={"messages": looked_at})
    elif (feedback := parse_feedback_of_message(record.body)) is not None:
        message_wiring.deliver_message(feedback.sender_siret).healing.note_feedback(feedback, now=now)
    else:
        sender_siret, reference, key = parse_delivery(record.body)
        dispatch = message_wiring.deliver_message(sender_siret).work_on(reference, key, now=now)
        logger.info("delivery", extra={"reference": reference, "done": dispatch.done, **dispatch.progress.model_dump()})


def _notice(change: dict[str, Any]) -> None:
    if (asked := asked_delivery(change)) is not None:
        delivery_queue().send(*asked)
    elif (arrived := arrived_structure(change)) is not None:
        delivery_queue().send_arrival(arrived)
    elif (read := read_message(change)) is not None:
        sender_siret, reference, address = read
        message_wiring.outcomes(sender_siret).note_read(reference, address)
    elif (invoice := submitted_invoice(change)) is not None:
        exchange = exchange_of(invoice, Tenant(invoice).supplier, at=datetime.now(UTC))
        if exchange is not None:
            message_wiring.record_exchange().record(exchange)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" not in event:
        with of_schedule(logger, event, context):
            handed_out = message_wiring.hand_out_mailings().run(now=datetime.now(UTC))
            logger.info("handed out", extra={"mailings": handed_out})
        return {"mailings": handed_out}
    if event["Records"][0]["eventSource"] == "aws:dynamodb":
        return work_through_stream(
            event, _notice, logger, set_aside=lambda change: change_letters(context.invoked_function_arn).put(change)
        )
    return work_through(event, _deliver, logger)
