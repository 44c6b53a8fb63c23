"""Box supplier_removal. SQS: a supplier on its way out goes on, as far as one invocation comes; then it is swept."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.work import parse_supplier
from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.runtime.queues import work_through
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import removal as removal_wiring
from chorus_connector.wiring import tenant as wiring

FOR_ANOTHER_STEP = 15.0
"""Seconds a step may take: a part of the export is read, written and noted."""

logger = Logger()


def _work_on(record: dict[str, Any], left: Callable[[], float]) -> None:
    supplier_id = parse_supplier(record["body"])
    logger.append_keys(supplier_id=supplier_id)
    try:
        supplier = wiring.supplier_store(supplier_id).get()
    except NotFound:
        _sweep(supplier_id)
        return
    if supplier.removal is None:
        logger.warning("it is not to be deleted")  # it was brought back from a backup meanwhile
        return
    removal = removal_wiring.remove_supplier(supplier_id, supplier.siret)
    while left() > FOR_ANOTHER_STEP:
        deleted = removal.step(now=datetime.now(UTC))
        if deleted is not None:
            # whoever read the supplier before its end may still write for as long as a worker lives
            removal_wiring.removal_queue().sweep_after(supplier_id, settings().settle_after)
            logger.info("deleted", extra={"records": deleted.records_removed})
            return
    removal_wiring.removal_queue().go_on(supplier_id)
    logger.info("goes on")


def _sweep(supplier_id: str) -> None:
    deleted = wiring.installation().deleted(supplier_id)
    if deleted is None:
        logger.warning("no such supplier")
        return
    purged = removal_wiring.remove_supplier(supplier_id, deleted.siret).purge_leftovers()
    logger.info("swept", extra={"records": purged})


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return work_through(event, partial(_work_on, left=seconds_left(context)), logger)
