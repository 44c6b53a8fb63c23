"""Function message_delivery. Table stream: a delivery was requested, an invoice exchanged, a structure renamed.
SQS: deliver a message; renew the copies of a structure's names.
"""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.messages import parse_delivery, parse_renewal
from chorus_connector.adapters.table.message_stream import asked_delivery, redescribed_structure, submitted_invoice
from chorus_connector.runtime.queues import work_through
from chorus_connector.runtime.streams import work_through_stream
from chorus_connector.usecases.messages.exchanges import exchange_of
from chorus_connector.wiring import messages as message_wiring
from chorus_connector.wiring.installation import change_letters
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _deliver(record: SQSRecord) -> None:
    if (renewal := parse_renewal(record.body)) is not None:
        message_wiring.renew_names().work_on(*renewal)
        return
    sender_siret, reference, key = parse_delivery(record.body)
    dispatch = message_wiring.deliver_message(sender_siret).work_on(reference, key)
    logger.info("delivery", extra={"reference": reference, "done": dispatch.done, **dispatch.progress.model_dump()})


def _notice(change: dict[str, Any]) -> None:
    asked = asked_delivery(change)
    if asked is not None:
        message_wiring.delivery_queue().send(*asked)
    if (renamed := redescribed_structure(change)) is not None:
        message_wiring.renewal_queue().renew(renamed)
    invoice = submitted_invoice(change)
    exchange = exchange_of(invoice, Tenant(invoice).supplier, at=datetime.now(UTC)) if invoice else None
    if exchange is not None:
        message_wiring.record_exchange().record(exchange)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if event["Records"][0]["eventSource"] == "aws:dynamodb":
        return work_through_stream(
            event, _notice, logger, set_aside=lambda change: change_letters(context.invoked_function_arn).put(change)
        )
    return work_through(event, _deliver, logger)
