"""Chorus Pro as one supplier, and the directory of recipients that asks it."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.clients import function_client

if TYPE_CHECKING:
    from chorus_connector.adapters.chorus import ChorusPortal
    from chorus_connector.adapters.table.ahead import ReadAhead
    from chorus_connector.adapters.table.recipients import DynamoRecipients
    from chorus_connector.chorus_pro.credentials import ClientCertificate
    from chorus_connector.domain.portal.credentials import Credentials
    from chorus_connector.domain.portal.diagnosis import PortalPlatform
    from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal
    from chorus_connector.usecases.portal.directory import Directory
    from chorus_connector.usecases.portal.recipient_search import SearchRecipients
    from chorus_connector.wiring.tenant import AuthorisedTenant, Tenant

_TRIAL_PATIENCE = 4.0
"""Seconds that the trial of new credentials waits in all after refusals that may pass."""


def direct_portal(
    tenant: Tenant, credentials: Credentials | None = None, identifier: SupplierIdentifier | None = None
) -> ChorusPortal:
    """Chorus Pro without circuit breakers, as the tenant.

    With these credentials instead of its own, which are read at the first call, or with another identifier. A person
    waits for the trial of new credentials: it is made with little patience.
    """
    from chorus_connector.adapters.chorus import ChorusPortal  # noqa: PLC0415
    from chorus_connector.chorus_pro.hosts import PortalHosts  # noqa: PLC0415
    from chorus_connector.chorus_pro.retries import Patience  # noqa: PLC0415

    gateway = settings().chorus_certificate_base
    under = {"identifier": identifier, "portal_structure_id": None} if identifier else {}
    return ChorusPortal(
        hosts=PortalHosts(settings().required("chorus_token_url"), settings().required("chorus_api_base")),
        certificate_hosts=PortalHosts(None, gateway) if gateway else None,
        certificate_http=_certificate_http,
        http=_portal_http(),
        supplier=tenant.supplier.model_copy(update=under),
        credentials=(lambda: credentials) if credentials else tenant.secrets.get,
        seconds_left=tenant.seconds_left,
        patience=Patience(tries=2, seconds=_TRIAL_PATIENCE) if credentials else None,
    )


def guarded_portal(tenant: Tenant) -> GuardedPortal:
    """Chorus Pro behind the tenant's circuit breakers, which know the run that the tenant's message comes from."""
    import uuid  # noqa: PLC0415
    from datetime import UTC, datetime  # noqa: PLC0415

    from chorus_connector.runtime.correlation import log_like_ours  # noqa: PLC0415
    from chorus_connector.usecases.portal.circuit_breaker import GuardedPortal  # noqa: PLC0415

    log_like_ours("circuit_breaker")
    _plan_breakers(tenant)
    return GuardedPortal(
        portal=direct_portal(tenant),
        breakers=tenant.breakers,
        supplier_id=tenant.supplier_id,
        clock=lambda: datetime.now(UTC),
        claimant=uuid.uuid4().hex,
        run_at=tenant.run_at,
    )


def directory(tenant: Tenant) -> Directory:
    """The public recipients that Chorus Pro knows: from the table when it remembers them, else from the portal."""
    from chorus_connector.runtime.correlation import log_like_ours  # noqa: PLC0415
    from chorus_connector.runtime.measuring import count_not_cached  # noqa: PLC0415
    from chorus_connector.usecases.portal.directory import Directory  # noqa: PLC0415

    log_like_ours("directory")
    return Directory(cache=remembered_recipients(tenant.reads), portal=tenant.portal, not_cached=count_not_cached)


def search_recipients(tenant: Tenant) -> SearchRecipients:
    """Searches the portal's directory as the tenant, whose earlier answers the table remembers."""
    from chorus_connector.adapters.table.recipient_searches import DynamoRecipientSearches  # noqa: PLC0415
    from chorus_connector.runtime.correlation import log_like_ours  # noqa: PLC0415
    from chorus_connector.usecases.portal.recipient_search import SearchRecipients  # noqa: PLC0415

    log_like_ours("recipient_search")
    cache = DynamoRecipientSearches(tenant.client("dynamodb"), settings().required("table"), tenant.supplier_id)
    return SearchRecipients(cache, tenant.portal)


def remembered_directory(tenant: Tenant) -> Directory:
    """The recipients that the table remembers. What only the portal can say is a failure of the portal."""
    from chorus_connector.usecases.portal.directory import Directory, NotAsked  # noqa: PLC0415

    return Directory(cache=remembered_recipients(tenant.reads), portal=NotAsked())


def remembered_recipients(reads: ReadAhead | None = None) -> DynamoRecipients:
    """The recipients that the table remembers, for every supplier alike; read with ``reads``, a tenant's, if given."""
    from chorus_connector.adapters.table.recipients import DynamoRecipients  # noqa: PLC0415

    return DynamoRecipients(function_client("dynamodb"), settings().required("table"), reads)


def portal_platform(tenant: AuthorisedTenant) -> PortalPlatform:
    """Which of the portal's platforms the tenant's calls go to; `other` is a simulator."""
    from chorus_connector.chorus_pro import hosts  # noqa: PLC0415

    known: dict[str, PortalPlatform] = {
        hosts.PRODUCTION.api_base: "production",
        hosts.CERTIFICATE_PRODUCTION.api_base: "production",
        hosts.QUALIFICATION.api_base: "qualification",
        hosts.CERTIFICATE_QUALIFICATION.api_base: "qualification",
    }
    return known.get(base_of(tenant.supplier), "other")


def base_of(supplier: Supplier) -> str:
    """The address of the portal's API that the supplier's kind of credentials leads to."""
    by_certificate = supplier.credentials_mode == "certificate"
    return settings().chorus_certificate_base if by_certificate else settings().chorus_api_base


def _plan_breakers(tenant: Tenant) -> None:
    """Read the circuit breakers of both gateways together with the supplier's record, which says which is its own."""
    from chorus_connector.adapters.table import keys  # noqa: PLC0415

    bases = filter(None, (settings().chorus_api_base, settings().chorus_certificate_base))
    breakers = [keys.supplier(tenant.supplier_id), *map(keys.portal, bases)]
    tenant.reads.plan(map(keys.breaker, breakers))


@cache
def _portal_http() -> Any:
    import httpx  # noqa: PLC0415

    from chorus_connector.runtime.correlation import log_like_ours  # noqa: PLC0415

    log_like_ours("chorus_pro")
    return httpx.Client(limits=httpx.Limits(max_connections=8))


@lru_cache(maxsize=16)
def _certificate_http(certificate: ClientCertificate) -> Any:
    """Connections for one client certificate: the TLS handshake is made with it."""
    import httpx  # noqa: PLC0415

    from chorus_connector.chorus_pro.certificate import tls_context  # noqa: PLC0415

    return httpx.Client(verify=tls_context(certificate), limits=httpx.Limits(max_connections=8))
