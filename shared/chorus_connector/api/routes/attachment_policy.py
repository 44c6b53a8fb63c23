"""The routes of what the portal offers a supplier (bank accounts, attachment types) and of its attachment policy."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import authorise
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.domain.errors import Transient
from chorus_connector.domain.invoices.attachments import AttachmentPolicy
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.wiring import tenant as wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chorus_connector.domain.record import Record
    from chorus_connector.ports.portal import Portal

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

_CONFIGURATION = "/suppliers/<supplier_id>/configuration"


@router.get(
    f"{_CONFIGURATION}/bank-accounts",
    summary="Bank details the portal offers",
    tags=["Tables"],
    responses=shows("BankAccountList"),
)
def bank_accounts(supplier_id: str) -> Response[str]:
    authorise(router, supplier_id, "administer")
    supplier = wiring.supplier_store(supplier_id).get()
    accounts = _from_portal(supplier, lambda portal: portal.bank_accounts())
    return answer({"bank_accounts": accounts, "default": supplier.defaults.get("bank_account")})


@router.get(
    f"{_CONFIGURATION}/attachment-types",
    summary="Types of attachments the portal knows",
    tags=["Attachments"],
    responses=shows("AttachmentTypeList"),
)
def attachment_types(supplier_id: str) -> Response[str]:
    authorise(router, supplier_id, "administer")
    supplier = wiring.supplier_store(supplier_id).get()
    return answer({"types": _from_portal(supplier, lambda portal: portal.attachment_types())})


@router.get(
    f"{_CONFIGURATION}/attachments",
    summary="Read what is decided about attachments",
    tags=["Attachments"],
    responses=shows("PolicyShape"),
)
def read_attachment_policy(supplier_id: str) -> Response[str]:
    authorise(router, supplier_id, "administer")
    supplier = wiring.supplier_store(supplier_id).get()
    return answer(supplier.attachments.model_dump(mode="json"), version=supplier.version)


@router.put(
    f"{_CONFIGURATION}/attachments",
    summary="Decide about attachments",
    tags=["Attachments"],
    responses=shows("PolicyShape"),
)
def save_attachment_policy(supplier_id: str, request: AttachmentPolicy) -> Response[str]:
    from chorus_connector.usecases.invoices.attachments import check_types  # noqa: PLC0415

    who = authorise(router, supplier_id, "administer")
    version = if_match(router)
    left = seconds_left(router.lambda_context)
    check_types(request, wiring.portal(wiring.supplier_store(supplier_id).get(), seconds_left=left))
    configure = wiring.configure(supplier_id, by=who.principal, seconds_left=left)
    supplier = configure.change(version=version, attachments=request, now=datetime.now(UTC))
    return answer(supplier.attachments.model_dump(mode="json"), version=supplier.version)


def _from_portal(supplier: Supplier, question: "Callable[[Portal], Iterable[Record]]") -> list[dict[str, Any]]:
    """What the portal answers, as the API shows it. Raises Transient with the reason when it cannot be asked."""
    from chorus_connector.domain.portal.answers import PortalFailure  # noqa: PLC0415
    from chorus_connector.usecases.invoices.waiting import hold_problem  # noqa: PLC0415

    try:
        answered = question(wiring.portal(supplier, seconds_left=seconds_left(router.lambda_context)))
        return [each.model_dump(mode="json") for each in answered]
    except PortalFailure as failure:
        problem = hold_problem(failure)
        raise Transient(problem.fr, problem.en, problems=(problem,)) from None
