"""The AWS clients of a container, each made once: with the function's own permissions, or with one supplier's only.

No other module makes clients.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

from chorus_connector.runtime.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from chorus_connector.adapters.tenant_session import TenantSessions


@cache
def session() -> Any:
    """botocore's session: boto3 would bring its S3 transfer manager, a tenth of a cold start that nothing here uses."""
    from botocore.session import Session  # noqa: PLC0415

    return Session()


@cache
def function_client(service: str) -> Any:
    """A client with the function's own permissions: for what belongs to no supplier."""
    client = session().create_client(service, config=_how_to_call(service))
    if service == "sqs":
        from chorus_connector.runtime.correlation import pass_on  # noqa: PLC0415

        pass_on(client)
    return client


def tenant_client(supplier_id: str, service: str) -> Any:
    """A client with the permissions of that supplier only. ``Tenant.client`` is its one caller.

    An operator's command has no tenant role and uses the operator's permissions. A function without one has none.
    """
    return tenant_sessions().client(supplier_id, service) if settings().tenant_role_arn else function_client(service)


@cache
def tenant_sessions() -> "TenantSessions":
    from datetime import UTC, datetime  # noqa: PLC0415

    from chorus_connector.adapters.tenant_policy import places, tenant_policy  # noqa: PLC0415
    from chorus_connector.adapters.tenant_session import TenantSessions  # noqa: PLC0415

    role = settings().required("tenant_role_arn")
    where = places(
        role=role,
        region=function_client("sts").meta.region_name,
        table=settings().required("table"),
        bucket=settings().required("bucket"),
        secret_prefix=settings().secret_prefix,
        beside=settings().partitions_beside,
        textract_role=settings().textract_role_arn,
    )
    return TenantSessions(
        lambda: function_client("sts"),
        role,
        policy=lambda supplier_id: tenant_policy(supplier_id, where),
        make_client=_client_with,
        clock=lambda: datetime.now(UTC),
    )


def _client_with(service: str, credentials: "Mapping[str, str]") -> Any:
    return session().create_client(service, config=_how_to_call(service), **credentials)


@cache
def _how_to_call(service: str) -> Any:
    """Dead connections must not eat the function's time; standard mode retries throttling with jitter.

    Links to the bucket are signed with version 4, without which nothing encrypted is given, and lead to its own
    region: the SDK's defaults sign with version 2 in the oldest regions, and name a host that redirects a new bucket.
    """
    from botocore.config import Config  # noqa: PLC0415

    patience = Config(connect_timeout=3, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})
    if service != "s3":
        return patience
    return patience.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
