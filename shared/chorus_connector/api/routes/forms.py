"""The routes of an invoice's form: read, complete, validate, submit."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import BaseModel, Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.views.invoices import form_view
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.wiring import invoices as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

ACCEPTED, UNPROCESSABLE = HTTPStatus.ACCEPTED, HTTPStatus.UNPROCESSABLE_ENTITY


class FormChange(BaseModel):
    """Values a person gives; null takes a correction back, an empty text keeps a field empty."""

    model_config = example(fields={"service_code": "FINANCES", "comment": None})

    fields: dict[str, str | None] = Field(max_length=50)


class SubmitRequest(BaseModel):
    """How to send it: ``as_plain_pdf`` is a person's word that a Factur-X goes as a PDF, never as a flow."""

    as_plain_pdf: bool = False


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/form",
    summary="Read a document's form",
    tags=["Invoices"],
    responses=shows("FormShape"),
)
def read_form(tenant: TenantToUse, document_id: str) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    return answer(form_view(invoice, offered=wiring.form_choices(tenant, invoice)), version=invoice.version)


@router.patch(
    "/suppliers/<supplier_id>/invoices/<document_id>/form",
    summary="Complete the form",
    tags=["Invoices"],
    responses=shows("FormShape"),
)
def complete(tenant: TenantToUse, document_id: str, request: FormChange) -> Response[str]:
    form = wiring.complete_form(tenant)
    invoice = form.complete(document_id, request.fields, version=if_match(router), by=tenant.by, now=datetime.now(UTC))
    return _form_answer(tenant, invoice)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/validate",
    summary="Check the form again, asking the portal's directory anew",
    tags=["Invoices"],
    responses=shows("FormShape"),
)
def validate(tenant: TenantToUse, document_id: str) -> Response[str]:
    form = wiring.complete_form(tenant)
    invoice = form.complete(document_id, {}, version=if_match(router), by=tenant.by, now=datetime.now(UTC), fresh=True)
    return _form_answer(tenant, invoice)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/submit",
    summary="Ask for the submission",
    tags=["Invoices"],
    responses=shows("FormShape", ACCEPTED, UNPROCESSABLE),
)
def submit(tenant: TenantToUse, document_id: str, request: SubmitRequest | None = None) -> Response[str]:
    form = wiring.complete_form(tenant)
    invoice = form.complete(
        document_id,
        {},
        version=if_match(router),
        by=tenant.by,
        now=datetime.now(UTC),
        submit=True,
        as_plain_pdf=request is not None and request.as_plain_pdf,
    )
    # problems are an answer, not an error: the form now shows what stands in the way
    status = HTTPStatus.ACCEPTED if not invoice.blocking_problems else HTTPStatus.UNPROCESSABLE_ENTITY
    return _form_answer(tenant, invoice, status)


def _form_answer(tenant: AuthorisedTenant, invoice: Invoice, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """The form as it is now, and the next document that waits for a person."""
    following = tenant.visible_invoices.next_to_complete(invoice.document_id)
    return answer(form_view(invoice, following=following), status=status, version=invoice.version)
