"""Function sync_nightly. EventBridge Scheduler: queue the Local suppliers whose invoices are retrieved tonight."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.wiring.installation import start_nightly_tracking

logger = Logger()


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    with of_schedule(logger, event, context):
        handed_out = start_nightly_tracking().run(now=datetime.now(UTC))
        logger.info("handed out", extra={"suppliers": handed_out})
    return {"suppliers": handed_out}
