"""The AWS clients of a container, each made once: with the function's own permissions, or with one supplier's only.

No other module makes clients.
"""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast, overload

from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.settings import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from botocore.client import BaseClient
    from botocore.config import Config
    from botocore.session import Session
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sts import STSClient
    from mypy_boto3_textract import TextractClient

    from chorus_connector.adapters.tenant_policy import Reach
    from chorus_connector.adapters.tenant_session import TenantSessions

    class ClientMaker(Protocol):
        """Makes a client of the service, of boto3's type for it."""

        @overload
        def __call__(self, service: Literal["cognito-idp"]) -> Any: ...
        @overload
        def __call__(self, service: Literal["dynamodb"]) -> DynamoDBClient: ...
        @overload
        def __call__(self, service: Literal["s3"]) -> S3Client: ...
        @overload
        def __call__(self, service: Literal["secretsmanager"]) -> SecretsManagerClient: ...
        @overload
        def __call__(self, service: Literal["sesv2"]) -> SESV2Client: ...
        @overload
        def __call__(self, service: Literal["sqs"]) -> SQSClient: ...
        @overload
        def __call__(self, service: Literal["sts"]) -> STSClient: ...
        @overload
        def __call__(self, service: Literal["textract"]) -> TextractClient: ...

    class _CachedClientMaker(ClientMaker, Protocol):
        def cache_clear(self) -> None: ...


@cache
def session() -> "Session":
    """botocore's session. boto3's would load its S3 transfer manager: a tenth of a cold start, and not used here."""
    from botocore.session import Session  # noqa: PLC0415

    return Session()


@cache
def _function_client(service: str) -> "BaseClient":
    client = _client_with(service, {})
    if service == "sqs":
        from chorus_connector.runtime.correlation import pass_on  # noqa: PLC0415

        pass_on(client)
    return client


function_client = cast("_CachedClientMaker", _function_client)
"""A client with the function's own permissions, for what belongs to no supplier."""


@dataclass(frozen=True)
class ScopedSession:
    """Makes clients that reach one supplier's data, or one structure's, and nothing else.

    An operator's command has no tenant role and uses the operator's permissions; a function always has one.
    """

    reach: "Reach"

    @property
    def client(self) -> "ClientMaker":
        """Makes a client of a service: ``session.client("s3")``."""
        return cast("ClientMaker", self._client)

    def with_sirets(self, *sirets: str) -> "DynamoDBClient":
        """A client of the table that reaches these SIRETs' partitions too."""
        return ScopedSession(self.reach.with_sirets(*sirets)).client("dynamodb")

    def of_structure(self, siret: str) -> "DynamoDBClient":
        """A client of the table for that structure. Raises NotFound when the session is not for it."""
        if siret not in self.reach.sirets:
            raise NotFound
        return self.client("dynamodb")

    def _client(self, service: str) -> "BaseClient":
        if not settings().tenant_role_arn:
            return _function_client(service)
        return tenant_sessions().client(self.reach, service)


@cache
def tenant_sessions() -> "TenantSessions":
    from datetime import UTC, datetime  # noqa: PLC0415

    from chorus_connector.adapters.tenant_policy import tenant_policy, tenant_resources  # noqa: PLC0415
    from chorus_connector.adapters.tenant_session import TenantSessions  # noqa: PLC0415

    role = settings().required("tenant_role_arn")
    resources = tenant_resources(
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
        policy=lambda reach: tenant_policy(reach, resources),
        make_client=_client_with,
        clock=lambda: datetime.now(UTC),
    )


def _client_with(service: str, credentials: "Mapping[str, str]") -> "BaseClient":
    client = session().create_client(service, config=_client_config(service), **cast("Any", credentials))
    if service == "dynamodb":
        from chorus_connector.adapters.table.conflicts import retry_conflicts  # noqa: PLC0415

        retry_conflicts(client)
    return client


@cache
def _client_config(service: str) -> "Config":
    """Short timeouts, so that a dead connection leaves time for retries; standard mode retries throttling with jitter.

    Links to the bucket are signed with version 4, which encrypted objects require, and name the bucket's own region.
    The SDK's defaults sign with version 2 in the oldest regions, and name a host that redirects for a new bucket.
    """
    from botocore.config import Config  # noqa: PLC0415

    config = Config(connect_timeout=3, read_timeout=20, retries={"mode": "standard", "max_attempts": 4})
    if service != "s3":
        return config
    return config.merge(Config(signature_version="s3v4", s3={"addressing_style": "virtual"}))
