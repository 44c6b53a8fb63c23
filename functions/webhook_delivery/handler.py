"""Function webhook_delivery. SQS: send one event to one endpoint; retry a failure later and later, then give up."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.notifications import parse_webhook_message
from chorus_connector.runtime.queues import times_delivered, work_through
from chorus_connector.usecases.notifications.delivery import TryAgain
from chorus_connector.wiring import notifications as wiring
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _deliver(record: SQSRecord) -> None:
    _, webhook_message = parse_webhook_message(record.body)
    tenant = Tenant(webhook_message.notification)
    tries = times_delivered(record)
    about = {"supplier_id": tenant.supplier_id, "webhook_id": webhook_message.endpoint_id, "tries": tries}
    try:
        delivery = wiring.deliver_webhook(tenant).deliver(webhook_message, tries=tries, now=datetime.now(UTC))
    except TryAgain as again:
        logger.info("not delivered", extra=about)
        # the last time it is not hidden any more: the queue moves it to the dead letters
        if again.delay is not None:
            wiring.hide_webhook(record.receipt_handle, again.delay)
        raise
    logger.info("delivered" if delivery else "nothing to deliver", extra=about)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    return work_through(event, _deliver, logger)
