"""Box invoice_api. HTTP: the lists, one document, its form, its history, and sending it."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field

from chorus_connector.api.described import example, shows
from chorus_connector.api.http import Caller, answer, authorise, caller, if_match, resolver
from chorus_connector.api.routes.tracking import router as tracking_routes
from chorus_connector.api.views.invoices import attachment_view, form_view, invoice_view, page_view
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import List
from chorus_connector.ports.values import Event
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from chorus_connector.wiring import tenant as wiring

logger = Logger()
app = resolver()
app.include_router(tracking_routes)

ACCEPTED, UNPROCESSABLE = HTTPStatus.ACCEPTED, HTTPStatus.UNPROCESSABLE_ENTITY

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=2000)]


class FormChange(BaseModel):
    """Values a person gives; null takes a correction back, an empty text keeps a field empty."""

    model_config = example(fields={"service_code": "FINANCES", "comment": None})

    fields: dict[str, str | None] = Field(max_length=50)


class SubmitRequest(BaseModel):
    """How to send it: ``as_plain_pdf`` is a person's word that a Factur-X goes as a PDF, never as a flow."""

    as_plain_pdf: bool = False


@app.get(
    "/suppliers/<supplier_id>/invoices",
    summary="List every document",
    tags=["Invoices"],
    responses=shows("InvoiceList"),
)
def list_all(supplier_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    return _list(supplier_id, None, limit, cursor)


@app.get(
    "/suppliers/<supplier_id>/invoices/<document_id>",
    summary="Read a document",
    tags=["Invoices"],
    responses=shows("InvoiceShape"),
)
def read(supplier_id: str, document_id: str) -> Response[str]:
    invoice = _visible(supplier_id).get(document_id)
    return answer(invoice_view(invoice), version=invoice.version)


@app.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/form",
    summary="Read a document's form",
    tags=["Invoices"],
    responses=shows("FormShape"),
)
def read_form(supplier_id: str, document_id: str) -> Response[str]:
    invoice = _visible(supplier_id).get(document_id)
    return answer(form_view(invoice, offered=wiring.form_choices(invoice)), version=invoice.version)


@app.patch(
    "/suppliers/<supplier_id>/invoices/<document_id>/form",
    summary="Complete the form",
    tags=["Invoices"],
    responses=shows("FormShape"),
)
def complete(supplier_id: str, document_id: str, request: FormChange) -> Response[str]:
    who = _user_of(supplier_id)
    form = wiring.complete_form(supplier_id, by=who.principal, seconds_left=seconds_left(app.lambda_context))
    invoice = form.complete(document_id, request.fields, version=if_match(app), by=who.principal, now=datetime.now(UTC))
    return _form_answer(invoice, who)


@app.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/validate",
    summary="Check the form again, asking the portal's directory anew",
    tags=["Invoices"],
    responses=shows("FormShape"),
)
def validate(supplier_id: str, document_id: str) -> Response[str]:
    who = _user_of(supplier_id)
    form = wiring.complete_form(supplier_id, by=who.principal, seconds_left=seconds_left(app.lambda_context))
    invoice = form.complete(document_id, {}, version=if_match(app), by=who.principal, now=datetime.now(UTC), fresh=True)
    return _form_answer(invoice, who)


@app.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/submit",
    summary="Ask for the submission",
    tags=["Invoices"],
    responses=shows("FormShape", ACCEPTED, UNPROCESSABLE),
)
def submit(supplier_id: str, document_id: str, request: SubmitRequest | None = None) -> Response[str]:
    who = _user_of(supplier_id)
    form = wiring.complete_form(supplier_id, by=who.principal, seconds_left=seconds_left(app.lambda_context))
    invoice = form.complete(
        document_id,
        {},
        version=if_match(app),
        by=who.principal,
        now=datetime.now(UTC),
        submit=True,
        as_plain_pdf=request is not None and request.as_plain_pdf,
    )
    # problems are an answer, not an error: the form now shows what stands in the way
    status = HTTPStatus.ACCEPTED if not invoice.blocking_problems else HTTPStatus.UNPROCESSABLE_ENTITY
    return _form_answer(invoice, who, status)


@app.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/attachments",
    summary="The files that go along with it",
    tags=["Attachments"],
    responses=shows("LinkedList"),
)
def linked_attachments(supplier_id: str, document_id: str) -> Response[str]:
    who = _user_of(supplier_id)
    links = wiring.linked_attachments(supplier_id, document_id, by=who.principal, now=datetime.now(UTC))
    problems = [*links.problems, *([links.hold] if links.hold else [])]
    return answer(
        {
            "attachments": [attachment_view(each) for each in links.attachments],
            "problems": [each.model_dump() for each in problems],
        }
    )


@app.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/history",
    summary="Read a document's audit trail",
    tags=["Invoices"],
    responses=shows("History"),
)
def history(supplier_id: str, document_id: str) -> Response[str]:
    events = _visible(supplier_id).events(document_id)
    return answer({"events": [_event_view(event) for event in events]})


@app.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/original",
    summary="A link to the file that was uploaded",
    tags=["Invoices"],
    responses=shows("Link"),
)
def original(supplier_id: str, document_id: str) -> Response[str]:
    invoice = _visible(supplier_id).get(document_id)
    url = wiring.documents(supplier_id).presign_download(document_id, invoice.file_name)
    return answer({"url": url, "expires_in": 300})


def _list(supplier_id: str, listed_in: List | None, limit: int, cursor: str | None) -> Response[str]:
    return answer(page_view(_visible(supplier_id).page(listed_in, limit=limit, cursor=cursor)))


def _form_answer(invoice: Invoice, who: Caller, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    """The form as it is now, and the next document that waits for a person."""
    following = wiring.visible_invoices(invoice.supplier_id, who.principal).next_to_complete(invoice.document_id)
    return answer(form_view(invoice, following=following), status=status, version=invoice.version)


def _event_view(event: Event) -> dict[str, str]:
    return {
        "at": event.at.isoformat(),
        "by": event.by,
        "action": event.action,
        "state": event.state,
        "detail": event.detail,
    }


def _visible(supplier_id: str) -> VisibleInvoices:
    """The supplier's invoices as the caller may see them; the only way to them from here."""
    return wiring.visible_invoices(supplier_id, _user_of(supplier_id).principal)


def _user_of(supplier_id: str) -> Caller:
    return authorise(caller(app), supplier_id, "use", wiring.installation())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
