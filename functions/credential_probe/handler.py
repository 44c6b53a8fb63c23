"""Function credential_probe. EventBridge Scheduler: queue the credentials due for a trial. SQS: try one supplier's.

The morning's run looks at every supplier by key, so it also measures whose end was asked for and has not come. Each
supplier's counts of documents are checked then, too.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_supplier
from chorus_connector.domain.notifications.measures import credentials_measures, removal_age
from chorus_connector.runtime.correlation import of_schedule
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.queues import work_through
from chorus_connector.wiring.installation import hand_out_probes, installation
from chorus_connector.wiring.invoices import keep_counts
from chorus_connector.wiring.suppliers import probe_credentials
from chorus_connector.wiring.tenant import Tenant

_FOR_THE_REST = 10.0
"""Seconds that a count of all documents leaves: it is given up before, and done the next morning."""
_REMOVALS = 100
"""The removals that are measured, the oldest first: an alarm reads the oldest."""

logger = Logger()


def _probe(record: SQSRecord, left: Callable[[], float]) -> None:
    tenant = Tenant(parse_supplier(record.body), left)
    now = datetime.now(UTC)
    supplier = probe_credentials(tenant).run(now=now)
    status = supplier.credentials_status
    logger.info("probed", extra={"works": status.works if status else None})
    measure(credentials_measures(status, now) if status else [], supplier_id=tenant.supplier_id)
    if keep_counts(tenant).heal(now=now, may_go_on=lambda: left() > _FOR_THE_REST):
        logger.info("counted all documents")


def _measure_removals(now: datetime) -> None:
    measure([removal_age(None, now)])  # zero is measured too, so that the alarm can end
    for supplier_id, asked_at in installation().removals_begun(now, limit=_REMOVALS):
        measure([removal_age(asked_at, now)], supplier_id=supplier_id)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    if "Records" in event:
        return work_through(event, partial(_probe, left=seconds_left(context)), logger)
    with of_schedule(logger, event, context):
        now = datetime.now(UTC)
        handed_out = hand_out_probes().run(now=now)
        _measure_removals(now)
        logger.info("handed out", extra={"suppliers": handed_out})
    return {"suppliers": handed_out}
