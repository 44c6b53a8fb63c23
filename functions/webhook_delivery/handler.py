"""Function webhook_delivery. SQS: send one event to one endpoint; schedule a retry when it failed, or give up.
EventBridge Scheduler: queue the events whose wait for a retry is over.
"""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.notifications import parse_webhook
from chorus_connector.ports.notification_values import DueWebhook
from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.runtime.queues import work_through
from chorus_connector.wiring import notifications as wiring
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _deliver(record: SQSRecord) -> None:
    message, now = parse_webhook(record.body), datetime.now(UTC)
    if isinstance(message, DueWebhook):
        tenant = Tenant(message)
        outcome = wiring.deliver_webhook(tenant).deliver_due(message, now=now)
    else:
        tenant = Tenant(message.notification)
        outcome = wiring.deliver_webhook(tenant).deliver(message, now=now)
    about = {"supplier_id": tenant.supplier_id, "webhook_id": message.endpoint_id, "outcome": outcome}
    logger.info("webhook", extra=about)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, _deliver, logger)
    with of_schedule(logger, event, context):
        handed_out = wiring.hand_out_webhooks().run(now=datetime.now(UTC))
        logger.info("handed out", extra={"webhooks": handed_out})
    return {"webhooks": handed_out}
