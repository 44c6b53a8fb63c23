"""Box credential_probe. EventBridge Scheduler: hand out today's trials. SQS: try one supplier's credentials."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.sqs import parse_supplier
from chorus_connector.runtime import wiring
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.queues import work_through

logger = Logger()


def _probe(record: dict[str, Any], left: Callable[[], float]) -> None:
    supplier_id = parse_supplier(record["body"])
    supplier = wiring.probe_credentials(supplier_id, seconds_left=left).run(now=datetime.now(UTC))
    status = supplier.credentials_status
    logger.info("probed", extra={"supplier_id": supplier_id, "works": status.works if status else None})


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, partial(_probe, left=seconds_left(context)), logger)
    handed_out = wiring.hand_out_probes().run(now=datetime.now(UTC))
    logger.info("handed out", extra={"suppliers": handed_out})
    return {"suppliers": handed_out}
