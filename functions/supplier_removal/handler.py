"""Function supplier_removal. SQS: delete a supplier in steps, and remove late writes after the last one."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_supplier
from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.queues import work_through
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.installation import removal_queue
from chorus_connector.wiring.removal import deletion, remove_supplier
from chorus_connector.wiring.tenant import Tenant

FOR_ANOTHER_STEP = 15.0
"""Seconds that one step may take: a part of the export is read, written and recorded."""

logger = Logger()


def _work_on(record: SQSRecord, left: Callable[[], float]) -> None:
    tenant = Tenant(parse_supplier(record.body), left)
    logger.append_keys(supplier_id=tenant.supplier_id)
    try:
        supplier = tenant.supplier
    except NotFound:
        _remove_late_writes(tenant)
        return
    if supplier.removal is None:
        logger.warning("it is not to be deleted")  # it was restored from a backup meanwhile
        return
    removal = remove_supplier(tenant)
    deleted, later = removal.work_on(may_go_on=lambda: left() > FOR_ANOTHER_STEP, clock=lambda: datetime.now(UTC))
    if deleted is None:
        removal_queue().go_on(tenant.supplier_id, later=later)
        logger.info("another message continues the removal")
        return
    # a worker that read the supplier before its deletion may still write while it lives
    removal_queue().sweep_after(tenant.supplier_id, settings().settle_after)
    logger.info("deleted", extra={"records": deleted.records_removed})


def _remove_late_writes(tenant: Tenant) -> None:
    deleted = deletion(tenant)
    if deleted is None:
        logger.warning("no such supplier")
        return
    removed = remove_supplier(tenant).purge_leftovers()
    logger.info("removed late writes", extra={"records": removed})


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return work_through(event, partial(_work_on, left=seconds_left(context)), logger)
