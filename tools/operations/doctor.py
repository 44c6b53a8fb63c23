"""``chorus-connector doctor``: checks each supplier and says, for each failed check, who must do what, where."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Literal

import httpx
from botocore.exceptions import BotoCoreError, ClientError
from pydantic import ValidationError

from chorus_connector.chorus_pro.hosts import PRODUCTION, QUALIFICATION
from chorus_connector.domain.portal.credentials import Credentials, OAuthCredentials
from chorus_connector.domain.portal.diagnosis import RESPONSIBLE_PARTIES, TITLES, CheckResult, PortalPlatform
from chorus_connector.ports.values import SupplierWork
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.portal.diagnosis import DiagnoseSupplier, SecretUnreadable
from chorus_connector.wiring.notifications import endpoints
from chorus_connector.wiring.portal import direct_portal
from chorus_connector.wiring.tenant import Tenant

Language = Literal["fr", "en"]

_SIGNS = {"ok": "[green]✓[/]", "warning": "[yellow]![/]", "wrong": "[red]✗[/]", "unknown": "[dim]?[/]"}
_WORDS: dict[Language, tuple[str, str, str]] = {"fr": ("Qui", "Où", "non vu"), "en": ("Who", "Where", "not seen")}


def examine(supplier_id: str, *, other_token_url: str | None = None) -> tuple[CheckResult, ...]:
    """The result of every check for one supplier. Raises NotFound.

    ``other_token_url`` is the token endpoint that the keys may belong to by mistake; by default PISTE's other one.
    """
    tenant = Tenant(SupplierWork(supplier_id))
    token_url = settings().required("chorus_token_url")
    elsewhere = other_token_url or _the_other(token_url)
    return DiagnoseSupplier(
        supplier=tenant.supplier,
        environment=settings().environment,
        token_platform=_platform(token_url),
        api_platform=_platform(settings().required("chorus_api_base")),
        credentials=_reading(tenant.secrets.get),
        portal=direct_portal(tenant),
        endpoints=endpoints(tenant),
        tables=tenant.tables,
        users=lambda: _users(tenant),
        accepted_elsewhere=lambda credentials: elsewhere is not None and _accepts(elsewhere, credentials),
        clock_ahead=lambda: clock_ahead(token_url, now=datetime.now(UTC)),
    ).run(now=datetime.now(UTC))


def lines(findings: tuple[CheckResult, ...], language: Language) -> list[str]:
    """The findings as lines for a terminal, with rich markup."""
    who, where, not_seen = _WORDS[language]
    index = 0 if language == "fr" else 1
    shown = []
    for each in findings:
        title = TITLES[each.check][index]
        shown.append(
            f"{_SIGNS[each.verdict]} {each.check}: {title}" + (f" ({not_seen})" if each.verdict == "unknown" else "")
        )
        if each.verdict in {"wrong", "warning"}:
            shown.append(f"    {each.fr if language == 'fr' else each.en} [dim]({each.code})[/]")
            shown.append(f"    {who}: {RESPONSIBLE_PARTIES[each.actor][index]}")
            shown.append(f"    {where}: {each.where_fr if language == 'fr' else each.where_en}")
    return shown


def as_json(supplier_id: str, findings: tuple[CheckResult, ...]) -> dict[str, Any]:
    """One supplier's findings, with who must act in both languages."""
    told = []
    for each in findings:
        fr, en = RESPONSIBLE_PARTIES[each.actor]
        told.append(each.model_dump() | {"who_fr": fr, "who_en": en})
    return {"supplier_id": supplier_id, "healthy": healthy(findings), "findings": told}


def healthy(findings: tuple[CheckResult, ...]) -> bool:
    """Whether no check failed."""
    return all(each.verdict != "wrong" for each in findings)


def clock_ahead(url: str, *, now: datetime) -> timedelta | None:
    """How far ``now`` is ahead of the Date header of the portal's answer; any answer has one."""
    try:
        told = httpx.head(url, timeout=5).headers.get("date")
    except httpx.TransportError:
        return None
    return now - parsedate_to_datetime(told) if told else None


def _users(tenant: Tenant) -> frozenset[str]:
    members = tenant.access.get().members
    return frozenset(each.principal for each in members if each.accepted and "use" in each.roles)


def _reading(read: Callable[[], Credentials | None]) -> Callable[[], Credentials | None]:
    def saved() -> Credentials | None:
        try:
            return read()
        except (ClientError, BotoCoreError, ValidationError, ValueError):
            raise SecretUnreadable from None  # the error's text may contain the secret

    return saved


def _accepts(token_url: str, credentials: Credentials) -> bool:
    """Whether that token endpoint accepts the application. The keys are sent to PISTE's endpoints only."""
    if not isinstance(credentials, OAuthCredentials):
        return False
    form = {
        "grant_type": "client_credentials",
        "scope": "openid",
        "client_id": credentials.client_id.get_secret_value(),
        "client_secret": credentials.client_secret.get_secret_value(),
    }
    try:
        return httpx.post(token_url, data=form, timeout=10).is_success
    except httpx.TransportError:
        return False


def _platform(url: str) -> PortalPlatform:
    if url.startswith((QUALIFICATION.api_base, str(QUALIFICATION.token_url))):
        return "qualification"
    return "production" if url.startswith((PRODUCTION.api_base, str(PRODUCTION.token_url))) else "other"


def _the_other(token_url: str) -> str | None:
    pair = {PRODUCTION.token_url: QUALIFICATION.token_url, QUALIFICATION.token_url: PRODUCTION.token_url}
    return pair.get(token_url)
