"""Counts each request against a quota: after the caller's rights are known, before any work.

A member's request counts against the supplier or structure it acts for; a refused one, and one without either in its
path, counts against the caller. So a stranger never uses up a tenant's quota.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from aws_lambda_powertools import Logger

from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.quotas import Holder, QuotaKind
from chorus_connector.runtime.failures import failure_facts, is_overload
from chorus_connector.wiring.installation import quotas

if TYPE_CHECKING:
    from aws_lambda_powertools.event_handler import Request

    from chorus_connector.domain.suppliers.access import Caller

logger = Logger()

_SUPPLIER = "/suppliers/{supplier_id}"
QUOTA_OF_ROUTE: Mapping[tuple[str, str], QuotaKind] = {
    ("POST", f"{_SUPPLIER}/documents"): "uploads",
    ("POST", f"{_SUPPLIER}/uploads"): "uploads",
    ("POST", f"{_SUPPLIER}/archives"): "archives",
    ("POST", f"{_SUPPLIER}/documents/attachments"): "uploads",
    ("POST", f"{_SUPPLIER}/documents/attachments/uploads"): "uploads",
    ("POST", f"{_SUPPLIER}/invoices/batch"): "batches",
    ("PUT", f"{_SUPPLIER}/credentials"): "credential_trials",
    ("POST", f"{_SUPPLIER}/credentials"): "credential_trials",
    ("POST", f"{_SUPPLIER}/configuration/webhooks/{{webhook_id}}/replay"): "replays",
    ("POST", f"{_SUPPLIER}/configuration/tables/{{kind}}/exports"): "exports",
    ("POST", f"{_SUPPLIER}/configuration/audit/exports"): "exports",
    ("POST", f"{_SUPPLIER}/tracking/export"): "exports",
    ("POST", f"{_SUPPLIER}/export"): "exports",
    ("GET", f"{_SUPPLIER}/recipients/search"): "searches",
}
"""The routes with a quota of their own; every other route counts as ``requests``."""


def count_for(holder: Holder, request: Request) -> None:
    """Count the request against the holder's quota of its route. Raises QuotaExceeded."""
    _spend(holder, QUOTA_OF_ROUTE.get((request.method, request.route), "requests"))


def count_for_caller(who: Caller) -> None:
    """Count a request against the caller's own quota. Raises QuotaExceeded."""
    _spend(Holder("principal", who.principal), "requests")


@contextmanager
def refusals_counted(who: Caller) -> Iterator[None]:
    """Count the request against the caller's own quota when the block refuses it. Raises QuotaExceeded then."""
    try:
        yield
    except (NotFound, Forbidden):
        count_for_caller(who)
        raise


def _spend(holder: Holder, kind: QuotaKind) -> None:
    """When the table is overloaded a request passes uncounted, except a trial of credentials."""
    try:
        quotas().spend(holder, kind)
    except Exception as error:
        if kind == "credential_trials" or not is_overload(error):
            raise
        logger.warning("request not counted", extra={"kind": kind, **failure_facts(error)})
