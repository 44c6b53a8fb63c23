"""The routes that answer a recipient's return of an invoice, or issue a rejected one again."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.parameters import DocumentId
from chorus_connector.api.views.invoices import invoice_view
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.invoices.repair import RepairRequest
from chorus_connector.wiring import invoices as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class SendBackAnswer(RequestBody):
    """An answer to a send-back; what is absent stays as it is at the portal."""

    model_config = example(service_code="FINANCES", comment="Le service a changé de code.")

    recipient_siret: str | None = Field(default=None, max_length=20)
    service_code: str | None = Field(default=None, max_length=100)
    engagement_number: str | None = Field(default=None, max_length=50)
    validator_siret: str | None = Field(default=None, max_length=20)
    comment: str | None = Field(default=None, max_length=2000)
    attachment_ids: list[Annotated[str, Field(max_length=64)]] = Field(default_factory=list, max_length=20)


class ReissueRequest(RequestBody):
    """The number of the invoice that takes the rejected one's place, and the values that differ from it."""

    model_config = example(invoice_number="FA-2026-0018", fields={"service_code": "FINANCES"})

    invoice_number: str = Field(min_length=1, max_length=100)
    fields: dict[FormFieldName, str] = Field(default_factory=dict, max_length=50)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/recycle",
    operation_id="repairs.recycle",
    summary="Send an invoice in A_RECYCLER another way",
    tags=["Tracking"],
    responses=shows("InvoiceView", HTTPStatus.OK, HTTPStatus.ACCEPTED),
)
def recycle(tenant: TenantToUse, document_id: DocumentId, request: SendBackAnswer) -> Response[str]:
    """Its number and amounts stay. 202: the portal's answer was lost, it will be asked before anything else."""
    return _repair(tenant, document_id, RepairRequest(kind="recycle", **request.model_dump()), version=if_match(router))


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/complete",
    operation_id="repairs.complete",
    summary="Answer a suspension with files, a comment, or both",
    tags=["Tracking"],
    responses=shows("InvoiceView", HTTPStatus.OK, HTTPStatus.ACCEPTED),
)
def complete(tenant: TenantToUse, document_id: DocumentId, request: SendBackAnswer) -> Response[str]:
    """``attachment_ids`` are documents that were uploaded as attachments."""
    return _repair(
        tenant, document_id, RepairRequest(kind="complete", **request.model_dump()), version=if_match(router)
    )


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/treat-rejection",
    operation_id="repairs.treat_rejection",
    summary="Acknowledge a rejection and mark it as dealt with",
    description="202: the portal's answer was lost; it will be asked before anything else.",
    tags=["Tracking"],
    responses=shows("InvoiceView", HTTPStatus.OK, HTTPStatus.ACCEPTED),
)
def treat_rejection(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    return _repair(tenant, document_id, RepairRequest(kind="treat_rejection"), version=if_match(router))


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/correct-validator",
    operation_id="repairs.correct_validator",
    summary="Name another validator",
    tags=["Tracking"],
    responses=shows("InvoiceView", HTTPStatus.OK, HTTPStatus.ACCEPTED),
)
def correct_validator(tenant: TenantToUse, document_id: DocumentId, request: SendBackAnswer) -> Response[str]:
    """For a subcontractor's or co-contractor's invoice (A9, A12)."""
    return _repair(
        tenant,
        document_id,
        RepairRequest(kind="correct_validator", **request.model_dump()),
        version=if_match(router),
    )


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/reissue",
    operation_id="repairs.reissue",
    summary="Issue a rejected invoice anew, under a new number",
    tags=["Tracking"],
    responses=shows("InvoiceView", HTTPStatus.CREATED),
)
def reissue(tenant: TenantToUse, document_id: DocumentId, request: ReissueRequest) -> Response[str]:
    """A new document with the same file, linked both ways; it goes its way like any other."""
    invoice = wiring.reissue_invoice(tenant).reissue(
        document_id,
        request.invoice_number,
        request.fields,
        version=if_match(router),
        by=tenant.by,
        now=datetime.now(UTC),
    )
    return answer(invoice_view(invoice), status=HTTPStatus.CREATED, version=invoice.version)


def _repair(tenant: AuthorisedTenant, document_id: str, request: RepairRequest, *, version: int) -> Response[str]:
    invoice = wiring.repair_invoices(tenant).apply(
        document_id,
        request,
        version=version,
        repair_id=uuid.uuid4().hex,
        by=tenant.by,
        now=datetime.now(UTC),
    )
    doubtful = invoice.repair is not None and invoice.repair.unsettled
    status = HTTPStatus.ACCEPTED if doubtful else HTTPStatus.OK
    return answer(invoice_view(invoice), status=status, version=invoice.version)
