"""Function email_digest. EventBridge Scheduler: queue the digests that are due; messages whose display begins arrive.
SQS: send one user's digest.
"""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.notifications import parse_digest
from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.runtime.queues import work_through
from chorus_connector.wiring import notifications as wiring
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _send(record: SQSRecord) -> None:
    due = parse_digest(record.body)
    notifications = wiring.send_digest(Tenant(due)).to(due.principal, now=datetime.now(UTC))
    logger.info("digest", extra={"supplier_id": due.supplier_id, "notifications": notifications})


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, _send, logger)
    with of_schedule(logger, event, context):
        handed_out = wiring.hand_out_digests().run(now=datetime.now(UTC))
        arrived = wiring.begin_arrivals().run(now=datetime.now(UTC))
        logger.info("handed out", extra={"digests": handed_out, "arrivals": arrived})
    return {"digests": handed_out}
