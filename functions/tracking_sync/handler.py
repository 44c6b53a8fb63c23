"""Function tracking_sync. SQS: retrieve what changed at the portal for one supplier, and poll what is due.
EventBridge Scheduler: queue what is due to be polled.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_tracking_work
from chorus_connector.domain.notifications.measures import retrieval_lag
from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.queues import work_through
from chorus_connector.usecases.invoices.repair import settle_due
from chorus_connector.wiring.installation import hand_out_polls
from chorus_connector.wiring.invoices import repair_invoices
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _track(record: SQSRecord, left: Callable[[], float]) -> None:
    tracking_work = parse_tracking_work(record.body)
    now = datetime.now(UTC)
    repairs = repair_invoices(Tenant(tracking_work, left))
    if not repairs.tracking.is_due(tracking_work.document_ids, now):
        logger.info("nothing is due any more", extra={"supplier_id": tracking_work.supplier_id})
        return
    settle_due(repairs, tracking_work.document_ids, now=now)
    progress = repairs.tracking.run(now=now, due=tracking_work.document_ids)
    facts = {
        "supplier_id": tracking_work.supplier_id,
        "due": len(tracking_work.document_ids),
        "cut": progress.run is not None,
    }
    logger.info("retrieved", extra=facts)
    measure([retrieval_lag(progress, now)], supplier_id=tracking_work.supplier_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, partial(_track, left=seconds_left(context)), logger)
    with of_schedule(logger, event, context):
        handed_out = hand_out_polls().run(now=datetime.now(UTC))
        logger.info("handed out", extra={"due": handed_out})
    return {"due": handed_out}
