"""The routes of an invoice's form: read, complete, validate, submit."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import Caller, authorise
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match, problem_body
from chorus_connector.api.views.invoices import form_view
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from chorus_connector.wiring import tenant as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

ACCEPTED, UNPROCESSABLE = HTTPStatus.ACCEPTED, HTTPStatus.UNPROCESSABLE_ENTITY


_INCOMPLETE = "form_incomplete"
_INCOMPLETE_FR = "Le formulaire a des problèmes bloquants : corrigez-les, puis redemandez le dépôt."
_INCOMPLETE_EN = "The form has blocking problems: correct them, then ask for the submission again."


class FormChange(RequestBody):
    """Values a person gives; null takes a correction back, an empty text keeps a field empty."""

    model_config = example(fields={"service_code": "FINANCES", "comment": None})

    fields: dict[str, str | None] = Field(max_length=50, json_schema_extra={"x-form-fields": True})


class SubmitRequest(RequestBody):
    """How to send it: ``as_plain_pdf`` is a person's word that a Factur-X goes as a PDF, never as a flow."""

    model_config = example(as_plain_pdf=False)

    as_plain_pdf: bool = False


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/form",
    operation_id="forms.get",
    summary="Read a document's form",
    description="With the values a person may choose from. The ETag is the document's version.",
    tags=["Invoices"],
    responses=shows("FormView"),
)
def read_form(supplier_id: str, document_id: str) -> Response[str]:
    invoice = _visible(supplier_id).get(document_id)
    return answer(form_view(invoice, offered=wiring.form_choices(invoice)), version=invoice.version)


@router.patch(
    "/suppliers/<supplier_id>/invoices/<document_id>/form",
    operation_id="forms.update",
    summary="Complete the form",
    description="Fields that are absent stay as they are. null takes a correction back, an empty text keeps the field "
    "empty.",
    tags=["Invoices"],
    responses=shows("FormView"),
)
def complete(supplier_id: str, document_id: str, request: FormChange) -> Response[str]:
    who = authorise(router, supplier_id, "use")
    form = wiring.complete_form(supplier_id, by=who.principal, seconds_left=seconds_left(router.lambda_context))
    invoice = form.complete(
        document_id, request.fields, version=if_match(router), by=who.principal, now=datetime.now(UTC)
    )
    return _form_answer(invoice, who)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/validate",
    operation_id="forms.validate",
    summary="Check the form again, asking the portal's directory anew",
    description="The answer is the form as judged now, with a new version.",
    tags=["Invoices"],
    responses=shows("FormView"),
)
def validate(supplier_id: str, document_id: str) -> Response[str]:
    who = authorise(router, supplier_id, "use")
    form = wiring.complete_form(supplier_id, by=who.principal, seconds_left=seconds_left(router.lambda_context))
    invoice = form.complete(
        document_id, {}, version=if_match(router), by=who.principal, now=datetime.now(UTC), fresh=True
    )
    return _form_answer(invoice, who)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/submit",
    operation_id="forms.submit",
    summary="Ask for the submission",
    description="202: it will be sent. 422, `form_incomplete`, with the form: `problems` stand in the way. "
    "Both change the version: take the next `If-Match` from this answer's ETag.",
    tags=["Invoices"],
    responses={**shows("FormView", HTTPStatus.ACCEPTED), **shows("RefusedSubmission", HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def submit(supplier_id: str, document_id: str, request: SubmitRequest | None = None) -> Response[str]:
    who = authorise(router, supplier_id, "use")
    form = wiring.complete_form(supplier_id, by=who.principal, seconds_left=seconds_left(router.lambda_context))
    invoice = form.complete(
        document_id,
        {},
        version=if_match(router),
        by=who.principal,
        now=datetime.now(UTC),
        submit=True,
        as_plain_pdf=request is not None and request.as_plain_pdf,
    )
    if invoice.blocking_problems:
        return _form_answer(invoice, who, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _form_answer(invoice, who, HTTPStatus.ACCEPTED)


def _form_answer(invoice: Invoice, who: Caller, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """The form as it is now, and the next document that waits for a person."""
    following = wiring.visible_invoices(invoice.supplier_id, who.principal).next_to_complete(invoice.document_id)
    shown = form_view(invoice, following=following)
    if status is HTTPStatus.UNPROCESSABLE_ENTITY:  # an error that shows the form, with what stands in the way
        shown = {**problem_body(status, code=_INCOMPLETE, fr=_INCOMPLETE_FR, en=_INCOMPLETE_EN), **shown}
    return answer(shown, status=status, version=invoice.version)


def _visible(supplier_id: str) -> VisibleInvoices:
    """The supplier's invoices as the caller may see them; the only way to them from here."""
    return wiring.visible_invoices(supplier_id, authorise(router, supplier_id, "use").principal)
