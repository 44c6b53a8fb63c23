"""The routes of an invoice's form: read, complete, validate, submit."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match, problem_body
from chorus_connector.api.parameters import PLAIN_TEXT, Cursor, DocumentId, Limit, Text
from chorus_connector.api.views.invoices import form_view
from chorus_connector.domain.errors import FormIncomplete, Invalid
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.work_claims import in_force
from chorus_connector.domain.problem import Problem
from chorus_connector.usecases.invoices.attachments import seen_attachments
from chorus_connector.usecases.invoices.form import Decisions
from chorus_connector.wiring import invoices as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
ACCEPTED, UNPROCESSABLE = HTTPStatus.ACCEPTED, HTTPStatus.UNPROCESSABLE_ENTITY


class FormChange(RequestBody):
    """Values a person gives; null takes a correction or a decision back, an empty text keeps a field empty."""

    model_config = example(fields={"service_code": "FINANCES", "comment": None}, send_attachments=True)

    fields: dict[str, str | None] = Field(
        default_factory=dict, max_length=50, json_schema_extra={"x-form-fields": True}
    )
    send_attachments: bool | None = Field(
        default=None,
        description="Whether this invoice's attachments are sent, whatever its metadata and the supplier's settings "
        "say. null: they decide.",
    )

    @property
    def decisions(self) -> Decisions | None:
        """What the request decides; None when it does not mention the attachments."""
        return Decisions(self.send_attachments) if "send_attachments" in self.model_fields_set else None


class ValidateRequest(RequestBody):
    """Who confirms the values. A person needs no body."""

    model_config = example(confirmed_by="m.durand")

    confirmed_by: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        pattern=PLAIN_TEXT,
        description="For systems only: the person who checked the values, as your system names them. Without, the "
        "document teaches no layout.",
    )


class SubmitRequest(ValidateRequest):
    """How to send it: ``as_plain_pdf`` is a person's word that a Factur-X goes as a PDF, never as a flow."""

    model_config = example(as_plain_pdf=False, keep_xml=None, confirmed_by="m.durand")

    as_plain_pdf: bool = False
    keep_xml: bool | None = Field(
        default=None,
        description="true: a file that goes as a PDF keeps the XML inside it, for this document. false: not. null: as "
        "was said before, and as the supplier's setting says.",
    )


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/form",
    operation_id="forms.get",
    summary="Read a document's form",
    description="With the values a person may choose from. The ETag begins with the document's version.",
    tags=["Invoices"],
    responses=shows("FormView"),
)
def read_form(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    seen = seen_attachments(invoice, tenant.attachments, tenant.visibility)
    reading = tenant.visible_invoices.reading(invoice)
    shown = form_view(
        invoice,
        reading,
        attachments=seen,
        claims=_claims(tenant, document_id),
        confidence_asked=tenant.supplier.confidence_threshold,
        same_number_as=tenant.visible_invoices.with_the_number_of(invoice),
        offered=wiring.form_choices(tenant, invoice),
    )
    return answer(shown, version=invoice.version)


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/form/services",
    operation_id="forms.services",
    summary="List the services a person may choose from",
    description="The open services of the recipient, by code. The form itself names the first 500. `search` is a "
    "part of the code or of the label; case, accents and spaces do not count.",
    tags=["Invoices"],
    responses=shows("ServiceChoiceList"),
)
def list_services(
    tenant: TenantToUse, document_id: DocumentId, search: Text = None, limit: Limit = 100, cursor: Cursor = None
) -> Response[str]:
    page, following = wiring.service_choices(tenant, document_id, search=search or "", limit=limit, cursor=cursor)
    return answer({"services": [each.model_dump() for each in page], "cursor": following})


@router.patch(
    "/suppliers/<supplier_id>/invoices/<document_id>/form",
    operation_id="forms.update",
    summary="Complete the form",
    description="Fields that are absent stay as they are. null takes a correction back, an empty text keeps the field "
    "empty.",
    tags=["Invoices"],
    responses=shows("FormView"),
)
def complete(tenant: TenantToUse, document_id: DocumentId, request: FormChange) -> Response[str]:
    form = wiring.complete_form(tenant)
    invoice = form.complete(
        document_id,
        request.fields,
        decisions=request.decisions,
        version=if_match(router),
        by=tenant.by,
        now=datetime.now(UTC),
    )
    return _form_answer(tenant, invoice)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/validate",
    operation_id="forms.validate",
    summary="Check the form again, asking the portal's directory anew",
    description="The answer is the form as judged now, with a new version.",
    tags=["Invoices"],
    responses=shows("FormView"),
)
def validate(tenant: TenantToUse, document_id: DocumentId, request: ValidateRequest | None = None) -> Response[str]:
    form = wiring.complete_form(tenant)
    invoice = form.complete(
        document_id,
        {},
        version=if_match(router),
        by=tenant.by,
        now=datetime.now(UTC),
        fresh=True,
        confirmed_by=_person(tenant, request),
    )
    return _form_answer(tenant, invoice)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/submit",
    operation_id="forms.submit",
    summary="Ask for the submission",
    description="202: it will be sent. 422, `form_incomplete`, with the form: `problems` stand in the way. "
    "Both change the version: take the next `If-Match` from this answer's ETag.",
    tags=["Invoices"],
    responses={**shows("FormView", HTTPStatus.ACCEPTED), **shows("RefusedSubmission", HTTPStatus.UNPROCESSABLE_ENTITY)},
)
def submit(tenant: TenantToUse, document_id: DocumentId, request: SubmitRequest | None = None) -> Response[str]:
    form = wiring.complete_form(tenant)
    invoice = form.complete(
        document_id,
        {},
        version=if_match(router),
        by=tenant.by,
        now=datetime.now(UTC),
        submit=True,
        as_plain_pdf=request is not None and request.as_plain_pdf,
        keep_xml=request.keep_xml if request else None,
        confirmed_by=_person(tenant, request),
    )
    if invoice.blocking_problems:
        return _form_answer(tenant, invoice, HTTPStatus.UNPROCESSABLE_ENTITY)
    return _form_answer(tenant, invoice, HTTPStatus.ACCEPTED)


def _person(tenant: AuthorisedTenant, request: ValidateRequest | None) -> str | None:
    """The person who confirms the form with this request: the caller, or whom a system names. Raises Invalid."""
    named = request.confirmed_by if request else None
    if tenant.caller.system:
        return named
    if named is not None:
        raise Invalid.about(
            Problem(
                field="confirmed_by",
                code="confirmed_by_is_the_caller",
                fr="Une personne confirme en son propre nom : n'envoyez pas confirmed_by.",
                en="A person confirms in their own name: do not send confirmed_by.",
            )
        )
    return tenant.by


def _claims(tenant: AuthorisedTenant, document_id: str) -> list[dict[str, Any]]:
    """Who works on the document; the caller may see it."""
    now = datetime.now(UTC)
    return [each.seen_at(now, caller=tenant.by) for each in in_force(tenant.work_claims.of(document_id), now)]


def _form_answer(tenant: AuthorisedTenant, invoice: Invoice, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """The form as it is now, and the next document that waits for a person."""
    following = tenant.visible_invoices.next_to_complete(invoice.document_id)
    seen = seen_attachments(invoice, tenant.attachments, tenant.visibility)
    reading = tenant.visible_invoices.reading(invoice)
    claims = _claims(tenant, invoice.document_id)
    shown = form_view(
        invoice,
        reading,
        attachments=seen,
        claims=claims,
        confidence_asked=tenant.supplier.confidence_threshold,
        same_number_as=tenant.visible_invoices.with_the_number_of(invoice),
        following=following,
    )
    if status is HTTPStatus.UNPROCESSABLE_ENTITY:  # the error shows the form with its blocking problems
        refusal = FormIncomplete(invoice.blocking_problems)
        shown = {**problem_body(status, code=refusal.code, fr=refusal.fr, en=refusal.en), **shown}
    return answer(shown, status=status, version=invoice.version)
