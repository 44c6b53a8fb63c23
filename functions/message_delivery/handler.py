"""Function message_delivery. Table stream: what messages wait for. SQS: deliver, renew names. Scheduler: mailings."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues import messages as letters
from chorus_connector.adapters.table import message_stream as stream
from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.runtime.queues import work_through
from chorus_connector.runtime.streams import work_through_stream
from chorus_connector.usecases.messages.exchanges import exchange_of
from chorus_connector.wiring import messages as wiring
from chorus_connector.wiring.emails import delivery_queue
from chorus_connector.wiring.installation import change_letters
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _deliver(record: SQSRecord) -> None:
    if (renewal := letters.parse_renewal(record.body)) is not None:
        wiring.renew_names().work_on(*renewal)
    elif (arrived := letters.parse_arrived_structure(record.body)) is not None:
        wiring.reach_structure().run(arrived[0], after=arrived[1], now=datetime.now(UTC))
    elif (feedback := letters.parse_feedback_of_message(record.body)) is not None:
        wiring.deliver_message(feedback.sender_siret).healing.note_feedback(feedback, now=datetime.now(UTC))
    else:
        sender_siret, reference, key = letters.parse_delivery(record.body)
        dispatch = wiring.deliver_message(sender_siret).work_on(reference, key, now=datetime.now(UTC))
        logger.info("delivery", extra={"reference": reference, "done": dispatch.done, **dispatch.progress.model_dump()})


def _notice(change: dict[str, Any]) -> None:
    if (asked := stream.asked_delivery(change)) is not None:
        delivery_queue().send(*asked)
    if (renamed := stream.redescribed_structure(change)) is not None:
        wiring.renewal_queue().renew(renamed)
    if (arrived := stream.arrived_structure(change)) is not None:
        delivery_queue().send_structure(arrived)
    if (read := stream.read_message(change)) is not None:
        wiring.outcomes(read.sender_siret).note_read(read.reference, read.recipient)
    invoice = stream.submitted_invoice(change)
    if invoice and (exchange := exchange_of(invoice, Tenant(invoice).supplier, at=datetime.now(UTC))):
        wiring.record_exchange().record(exchange)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" not in event:
        with of_schedule(logger, event, context):
            handed_out = wiring.hand_out_mailings().run(now=datetime.now(UTC))
            logger.info("handed out", extra={"mailings": handed_out})
        return {"mailings": handed_out}
    if event["Records"][0]["eventSource"] == "aws:dynamodb":
        letters_of = change_letters(context.invoked_function_arn)
        return work_through_stream(event, _notice, logger, set_aside=letters_of.put)
    return work_through(event, _deliver, logger)
