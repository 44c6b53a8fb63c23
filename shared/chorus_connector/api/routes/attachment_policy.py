"""The routes of what the portal offers a supplier (bank accounts, attachment types) and of its attachment policy."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToAdminister
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.views.suppliers import saved_policy_view
from chorus_connector.domain.invoices.attachments import AttachmentPolicy, LinkRule
from chorus_connector.wiring import suppliers as wiring
from chorus_connector.wiring.portal import direct_portal
from chorus_connector.wiring.tenant import AuthorisedTenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chorus_connector.domain.record import Record
    from chorus_connector.ports.portal import Portal
router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
_CONFIGURATION = "/suppliers/<supplier_id>/configuration"
_UNUSABLE: dict[int, Any] = {409: {"description": "No credentials are saved, or the portal refuses them."}}


class NewLinkRule(LinkRule, RequestBody):
    """Files of this classification rule go with the invoices of the same rule that share the metadata's value."""


class NewAttachmentPolicy(AttachmentPolicy, RequestBody):
    """What the supplier decides about attachments; it replaces the whole policy."""

    model_config = example(send=True, switch_metadata="PJ", rules=[{"metadata": "numero_affaire"}])

    rules: tuple[NewLinkRule, ...] = Field(default=(), max_length=50)

    def policy(self) -> AttachmentPolicy:
        return AttachmentPolicy.model_validate(self.model_dump())


@router.get(
    f"{_CONFIGURATION}/bank-accounts",
    operation_id="bank_accounts.list",
    summary="List the bank details the portal offers",
    description="Asks the portal. 503: it does not answer.",
    tags=["Tables"],
    responses={**shows("BankAccountList"), **_UNUSABLE},
)
def bank_accounts(tenant: TenantToAdminister) -> Response[str]:
    supplier = tenant.supplier
    accounts = _from_portal(tenant, lambda portal: portal.bank_accounts())
    return answer({"bank_accounts": accounts, "default": supplier.defaults.get("bank_account")})


@router.get(
    f"{_CONFIGURATION}/attachment-types",
    operation_id="attachment_policy.types",
    summary="List the portal's types of attachments",
    description="Asks the portal. 503: it does not answer.",
    tags=["Attachments"],
    responses={**shows("AttachmentTypeList"), **_UNUSABLE},
)
def attachment_types(tenant: TenantToAdminister) -> Response[str]:
    return answer({"types": _from_portal(tenant, lambda portal: portal.attachment_types())})


@router.get(
    f"{_CONFIGURATION}/attachments",
    operation_id="attachment_policy.get",
    summary="Read the attachment policy",
    description="The ETag begins with the supplier's version.",
    tags=["Attachments"],
    responses=shows("AttachmentPolicy"),
)
def read_attachment_policy(tenant: TenantToAdminister) -> Response[str]:
    supplier = tenant.supplier
    return answer(supplier.attachments.model_dump(mode="json"), version=supplier.version)


@router.put(
    f"{_CONFIGURATION}/attachments",
    operation_id="attachment_policy.replace",
    summary="Replace the attachment policy",
    description="`If-Match` takes the supplier's version. `warnings`: what has no effect as the other settings are.",
    tags=["Attachments"],
    responses=shows("SavedAttachmentPolicy"),
)
def save_attachment_policy(tenant: TenantToAdminister, request: NewAttachmentPolicy) -> Response[str]:
    from chorus_connector.usecases.invoices.attachments import check_types  # noqa: PLC0415

    version = if_match(router)
    policy = request.policy()
    check_types(policy, direct_portal(tenant))
    supplier = wiring.configure(tenant).change(version=version, attachments=policy, now=datetime.now(UTC))
    return answer(saved_policy_view(supplier), version=supplier.version)


def _from_portal(tenant: AuthorisedTenant, question: "Callable[[Portal], Iterable[Record]]") -> list[dict[str, Any]]:
    """What the portal answers, as the API shows it. Raises Conflict, Transient with the reason when it cannot."""
    from chorus_connector.domain.portal.answers import PortalFailure  # noqa: PLC0415
    from chorus_connector.usecases.portal.asking import not_answered  # noqa: PLC0415

    try:
        answered = question(direct_portal(tenant))
        return [each.model_dump(mode="json") for each in answered]
    except PortalFailure as failure:
        raise not_answered(failure) from None
