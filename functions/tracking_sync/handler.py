"""Box tracking_sync. SQS: retrieve what changed at the portal for one supplier, and look at what is due."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_looks
from chorus_connector.domain.notifications.measures import lag
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.queues import work_through
from chorus_connector.usecases.invoices.repair import settle_due
from chorus_connector.wiring import tenant as wiring

logger = Logger()


def _look(record: dict[str, Any], left: Callable[[], float]) -> None:
    looks = parse_looks(record["body"])
    now = datetime.now(UTC)
    repairs = wiring.repair_invoices(looks.supplier_id, seconds_left=left)
    if not repairs.follow.is_due(looks.document_ids, now):
        logger.info("nothing is due any more", extra={"supplier_id": looks.supplier_id})
        return
    settle_due(repairs, looks.document_ids, now=now)
    following = repairs.follow.run(now=now, due=looks.document_ids)
    facts = {"supplier_id": looks.supplier_id, "due": len(looks.document_ids), "cut": following.run is not None}
    logger.info("retrieved", extra=facts)
    measure([lag(following, now)], supplier_id=looks.supplier_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return work_through(event, partial(_look, left=seconds_left(context)), logger)
