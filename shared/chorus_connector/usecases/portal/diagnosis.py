"""A read-only diagnosis of one supplier's connection: it observes everything once, changes nothing and sends nothing.

``domain.portal.diagnosis`` judges what was observed. The credentials check is the same call as the daily one, so the
two never disagree about what a refusal means.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, get_args

from chorus_connector.domain.portal.answers import CredentialsRefused, PortalAccount, PortalFailure
from chorus_connector.domain.portal.diagnosis import CheckResult, Observations, PortalPlatform, diagnose
from chorus_connector.domain.suppliers.rule_checks import check_rules
from chorus_connector.domain.suppliers.tables import TableKind
from chorus_connector.usecases.invoices.waiting import trial_problem
from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from chorus_connector.domain.portal.credentials import Credentials
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.domain.suppliers.tables import TableRow
    from chorus_connector.ports.notifications import Endpoints
    from chorus_connector.ports.portal import Portal
    from chorus_connector.ports.suppliers import Tables
    from chorus_connector.ports.values import RowPage


_ROWS = 500


class SecretUnreadable(Exception):
    """The supplier's secret may exist but cannot be read."""


@dataclass(frozen=True)
class DiagnoseSupplier:
    """The sources of a diagnosis. ``portal`` has no circuit breaker: an open breaker must not hide what is wrong."""

    supplier: Supplier
    environment: str
    token_platform: PortalPlatform
    api_platform: PortalPlatform
    #: gives the saved credentials or None; raises SecretUnreadable
    credentials: Callable[[], Credentials | None]
    portal: Portal
    endpoints: Endpoints
    tables: Tables
    #: the principals that may use the supplier
    users: Callable[[], frozenset[str]]
    #: whether the PISTE of the other environment accepts the application
    accepted_elsewhere: Callable[[Credentials], bool]
    #: how far this machine's clock is ahead of the portal's; None: unknown
    clock_ahead: Callable[[], timedelta | None]

    def run(self, *, now: datetime) -> tuple[CheckResult, ...]:
        """The result of every check."""
        saved, credentials = self._saved()
        answer = self._portal_answer() if saved else None
        refusal = answer if isinstance(answer, CredentialsRefused) else None if saved else CredentialsRefused("missing")
        portal_answer = refusal.fault if saved and refusal else answer if isinstance(answer, PortalAccount) else None
        fault = refusal.fault if refusal else None
        elsewhere = fault == "piste_application" and credentials is not None and self.accepted_elsewhere(credentials)
        findings = diagnose(
            Observations(
                supplier=self.supplier,
                environment=self.environment,
                token_platform=self.token_platform,
                api_platform=self.api_platform,
                now=now,
                saved=saved,
                mode=credentials.mode if credentials else "oauth_piste",
                portal_answer=portal_answer,
                accepted_elsewhere=elsewhere,
                clock_ahead=self.clock_ahead(),
                fault_problem=trial_problem(refusal) if refusal else None,
                webhooks_off=tuple(each.url for each in self.endpoints.all() if not each.is_served),
            )
        )
        return (*findings, *check_rules(self.supplier, self._rows(), self.users()))

    def _rows(self) -> Iterator[TableRow]:
        for kind in get_args(TableKind):
            pages = every_page(partial(self._page, kind))
            yield from (row for page in pages for row in page.rows)

    def _page(self, kind: TableKind, cursor: str | None) -> RowPage:
        return self.tables.page(kind, limit=_ROWS, cursor=cursor)

    def _saved(self) -> tuple[bool | None, Credentials | None]:
        try:
            credentials = self.credentials()
        except SecretUnreadable:
            return None, None
        return credentials is not None, credentials

    def _portal_answer(self) -> PortalAccount | CredentialsRefused | None:
        try:
            return self.portal.account()
        except CredentialsRefused as refusal:
            return refusal
        except PortalFailure:
            return None
