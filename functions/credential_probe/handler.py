"""Box credential_probe. EventBridge Scheduler: hand out today's trials. SQS: try one supplier's credentials.

The morning's run looks at every supplier by key, so it also measures whose end was asked for and has not come.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_supplier
from chorus_connector.domain.notifications.measures import credentials_measures, removal_age
from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.queues import work_through
from chorus_connector.wiring import tenant as wiring

_REMOVALS = 100
"""Of which the longest under way are told: somebody looks at the first."""

logger = Logger()


def _probe(record: dict[str, Any], left: Callable[[], float]) -> None:
    supplier_id = parse_supplier(record["body"])
    now = datetime.now(UTC)
    supplier = wiring.probe_credentials(supplier_id, seconds_left=left).run(now=now)
    status = supplier.credentials_status
    logger.info("probed", extra={"works": status.works if status else None})
    measure(credentials_measures(status, now) if status else [], supplier_id=supplier_id)


def _measure_removals(now: datetime) -> None:
    measure([removal_age(None, now)])  # none is told too: an alarm that rang ends
    for supplier_id, asked_at in wiring.installation().removals_begun(now, limit=_REMOVALS):
        measure([removal_age(asked_at, now)], supplier_id=supplier_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, partial(_probe, left=seconds_left(context)), logger)
    with of_schedule(logger, event, context):
        now = datetime.now(UTC)
        handed_out = wiring.hand_out_probes().run(now=now)
        _measure_removals(now)
        logger.info("handed out", extra={"suppliers": handed_out})
    return {"suppliers": handed_out}
