"""The routes of what the portal offers a supplier (bank accounts, attachment types) and of its attachment policy."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.described import shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.domain.errors import Transient
from chorus_connector.domain.invoices.attachments import AttachmentPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chorus_connector.domain.record import Record
    from chorus_connector.ports.portal import Portal

from chorus_connector.api.authorisation import TenantToAdminister
from chorus_connector.wiring import suppliers as wiring
from chorus_connector.wiring.portal import direct_portal
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

_CONFIGURATION = "/suppliers/<supplier_id>/configuration"


@router.get(
    f"{_CONFIGURATION}/bank-accounts",
    summary="Bank details the portal offers",
    tags=["Tables"],
    responses=shows("BankAccountList"),
)
def bank_accounts(tenant: TenantToAdminister) -> Response[str]:
    supplier = tenant.supplier
    accounts = _from_portal(tenant, lambda portal: portal.bank_accounts())
    return answer({"bank_accounts": accounts, "default": supplier.defaults.get("bank_account")})


@router.get(
    f"{_CONFIGURATION}/attachment-types",
    summary="Types of attachments the portal knows",
    tags=["Attachments"],
    responses=shows("AttachmentTypeList"),
)
def attachment_types(tenant: TenantToAdminister) -> Response[str]:
    return answer({"types": _from_portal(tenant, lambda portal: portal.attachment_types())})


@router.get(
    f"{_CONFIGURATION}/attachments",
    summary="Read what is decided about attachments",
    tags=["Attachments"],
    responses=shows("PolicyShape"),
)
def read_attachment_policy(tenant: TenantToAdminister) -> Response[str]:
    supplier = tenant.supplier
    return answer(supplier.attachments.model_dump(mode="json"), version=supplier.version)


@router.put(
    f"{_CONFIGURATION}/attachments",
    summary="Decide about attachments",
    tags=["Attachments"],
    responses=shows("PolicyShape"),
)
def save_attachment_policy(tenant: TenantToAdminister, request: AttachmentPolicy) -> Response[str]:
    from chorus_connector.usecases.invoices.attachments import check_types  # noqa: PLC0415

    version = if_match(router)
    check_types(request, direct_portal(tenant))
    supplier = wiring.configure(tenant).change(version=version, attachments=request, now=datetime.now(UTC))
    return answer(supplier.attachments.model_dump(mode="json"), version=supplier.version)


def _from_portal(tenant: AuthorisedTenant, question: "Callable[[Portal], Iterable[Record]]") -> list[dict[str, Any]]:
    """What the portal answers, as the API shows it. Raises Transient with the reason when it cannot be asked."""
    from chorus_connector.domain.portal.answers import PortalFailure  # noqa: PLC0415
    from chorus_connector.usecases.invoices.waiting import hold_problem  # noqa: PLC0415

    try:
        answered = question(direct_portal(tenant))
        return [each.model_dump(mode="json") for each in answered]
    except PortalFailure as failure:
        problem = hold_problem(failure)
        raise Transient(problem.fr, problem.en, problems=(problem,)) from None
