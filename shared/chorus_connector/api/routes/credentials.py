"""The routes of a supplier's Chorus Pro credentials."""

from datetime import UTC, datetime
from typing import Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field, SecretStr

from chorus_connector.api.authorisation import TenantToAdminister
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.views.suppliers import credentials_view, supplier_view
from chorus_connector.domain.portal.credentials import CredentialMode, credentials_from
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.wiring import suppliers as wiring
from chorus_connector.wiring.portal import portal_platform
from chorus_connector.wiring.suppliers import access_notices
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class NewCredentials(RequestBody):
    """The technical account, with a PISTE application or with a client certificate. No answer ever shows them.

    ``mode`` says which (OAuth-PISTE unless told otherwise); the certificate, p12 or PEM with its key, is base64.
    """

    model_config = example(
        mode="oauth_piste",
        client_id="…",
        client_secret="…",  # noqa: S106 (three dots)
        technical_login="TECH_1_…@cpro.fr",
        technical_password="…",  # noqa: S106 (three dots)
    )

    mode: CredentialMode = "oauth_piste"
    technical_login: SecretStr = Field(min_length=1, max_length=200)
    technical_password: SecretStr = Field(min_length=1, max_length=200)
    client_id: SecretStr | None = Field(default=None, max_length=200)
    client_secret: SecretStr | None = Field(default=None, max_length=500)
    certificate: SecretStr | None = Field(default=None, max_length=30_000)  # a secret holds 64 KB
    certificate_format: Literal["p12", "pem"] = "p12"
    certificate_password: SecretStr | None = Field(default=None, max_length=500)


@router.put(
    "/suppliers/<supplier_id>/credentials",
    operation_id="credentials.save",
    summary="Try credentials, then keep them",
    description="They are tried at the portal first. 422: `problems` say what is wrong and who must act; nothing is "
    "kept then.",
    tags=["Credentials"],
    responses=shows("SupplierView"),
)
def save_credentials(tenant: TenantToAdminister, request: NewCredentials) -> Response[str]:
    supplier = wiring.configure(tenant).save_credentials(
        credentials_from(request.model_dump(exclude_none=True)), now=datetime.now(UTC)
    )
    return answer(supplier_view(supplier), version=supplier.version)


@router.get(
    "/suppliers/<supplier_id>/credentials",
    operation_id="credentials.get",
    summary="Read what is known about the credentials",
    description="When they were saved, what their last trial or a later call showed, whether the portal refuses them "
    "now and since when, what was announced, and when the password expires. Never a secret.",
    tags=["Credentials"],
    responses=shows("CredentialsView"),
)
def read_credentials_status(tenant: TenantToAdminister) -> Response[str]:
    return _known(tenant, tenant.supplier)


@router.post(
    "/suppliers/<supplier_id>/credentials",
    operation_id="credentials.try",
    summary="Try the saved credentials",
    description="They are tried at the portal now, as every morning, without being sent again. The answer says what "
    "the trial gave: `credentials_status`, or `refused`. Invoices that waited for them become due when they work. "
    "409 `credentials_unusable`: none are saved.",
    tags=["Credentials"],
    responses=shows("CredentialsView"),
)
def try_saved_credentials(tenant: TenantToAdminister) -> Response[str]:
    return _known(tenant, wiring.probe_credentials(tenant).try_saved(now=datetime.now(UTC)))


def _known(tenant: AuthorisedTenant, supplier: Supplier) -> Response[str]:
    breaker, events = tenant.breakers.get().supplier, tenant.suppliers.events()
    shown = credentials_view(supplier, events, breaker, access_notices(tenant), platform=portal_platform(tenant))
    return answer(shown)
