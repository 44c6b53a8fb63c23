"""The routes of what the portal offers a supplier (bank accounts, attachment types) and of its attachment policy."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import authorise
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.domain.errors import Transient
from chorus_connector.domain.invoices.attachments import AttachmentPolicy, LinkRule
from chorus_connector.domain.suppliers.supplier import Supplier
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.wiring import tenant as wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from chorus_connector.domain.record import Record
    from chorus_connector.ports.portal import Portal

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

_CONFIGURATION = "/suppliers/<supplier_id>/configuration"


class NewLinkRule(RequestBody, LinkRule):
    """Files of this classification rule go with the invoices of the same rule that share the metadata's value."""


class NewAttachmentPolicy(RequestBody, AttachmentPolicy):
    """What the supplier decides about attachments; it replaces the whole policy."""

    model_config = example(send=True, switch_metadata="PJ", rules=[{"metadata": "numero_affaire"}])

    rules: tuple[NewLinkRule, ...] = Field(default=(), max_length=50)

    def policy(self) -> AttachmentPolicy:
        return AttachmentPolicy.model_validate(self.model_dump())


@router.get(
    f"{_CONFIGURATION}/bank-accounts",
    operation_id="bank_accounts.list",
    summary="List the bank details the portal offers",
    description="Asks the portal. 503: it cannot be asked now.",
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
    operation_id="attachment_policy.types",
    summary="List the portal's types of attachments",
    description="Asks the portal. 503: it cannot be asked now.",
    tags=["Attachments"],
    responses=shows("AttachmentTypeList"),
)
def attachment_types(supplier_id: str) -> Response[str]:
    authorise(router, supplier_id, "administer")
    supplier = wiring.supplier_store(supplier_id).get()
    return answer({"types": _from_portal(supplier, lambda portal: portal.attachment_types())})


@router.get(
    f"{_CONFIGURATION}/attachments",
    operation_id="attachment_policy.get",
    summary="Read the attachment policy",
    description="The ETag is the supplier's version.",
    tags=["Attachments"],
    responses=shows("AttachmentPolicy"),
)
def read_attachment_policy(supplier_id: str) -> Response[str]:
    authorise(router, supplier_id, "administer")
    supplier = wiring.supplier_store(supplier_id).get()
    return answer(supplier.attachments.model_dump(mode="json"), version=supplier.version)


@router.put(
    f"{_CONFIGURATION}/attachments",
    operation_id="attachment_policy.replace",
    summary="Replace the attachment policy",
    description="`If-Match` takes the supplier's version.",
    tags=["Attachments"],
    responses=shows("AttachmentPolicy"),
)
def save_attachment_policy(supplier_id: str, request: NewAttachmentPolicy) -> Response[str]:
    from chorus_connector.usecases.invoices.attachments import check_types  # noqa: PLC0415

    who = authorise(router, supplier_id, "administer")
    version = if_match(router)
    left = seconds_left(router.lambda_context)
    policy = request.policy()
    check_types(policy, wiring.portal(wiring.supplier_store(supplier_id).get(), seconds_left=left))
    configure = wiring.configure(supplier_id, by=who.principal, seconds_left=left)
    supplier = configure.change(version=version, attachments=policy, now=datetime.now(UTC))
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
