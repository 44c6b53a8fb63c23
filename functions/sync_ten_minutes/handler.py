"""Box sync_ten_minutes. EventBridge Scheduler: hand out everything that is due."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.wiring import tenant as wiring

logger = Logger()


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    with of_schedule(logger, event, context):
        handed_out = wiring.sweep().run(now=datetime.now(UTC))
        logger.info("swept", extra={"due": handed_out})
    return {"due": handed_out}
