"""Function sync_ten_minutes. EventBridge Scheduler: queue everything that is due."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.wiring.installation import hand_out_due_work

logger = Logger()


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    with of_schedule(logger, event, context):
        handed_out = hand_out_due_work().run(now=datetime.now(UTC))
        logger.info("handed out", extra={"due": handed_out})
    return {"due": handed_out}
