"""Box invoice_api. HTTP: the lists, one document, its form, its history, and sending it."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, Field

from chorus_connector.domain.invoice import List
from chorus_connector.ports import Event
from chorus_connector.runtime import wiring
from chorus_connector.runtime.http import Caller, answer, authorise, caller, if_match, resolver
from chorus_connector.runtime.views import form_view, invoice_view, page_view

logger = Logger()
app = resolver()

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=2000)]


class FormChange(BaseModel):
    """Values a person gives; null takes a correction back, an empty text keeps a field empty."""

    fields: dict[str, str | None] = Field(max_length=50)


@app.get("/suppliers/<supplier_id>/invoices")
def list_all(supplier_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    return _list(supplier_id, None, limit, cursor)


@app.get("/suppliers/<supplier_id>/to-process")
def list_to_process(supplier_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    return _list(supplier_id, "to_process", limit, cursor)


@app.get("/suppliers/<supplier_id>/tracking")
def list_tracking(supplier_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    return _list(supplier_id, "tracking", limit, cursor)


@app.get("/suppliers/<supplier_id>/invoices/<document_id>")
def read(supplier_id: str, document_id: str) -> Response[str]:
    _user_of(supplier_id)
    invoice = wiring.invoices(supplier_id).get(document_id)
    return answer(invoice_view(invoice), version=invoice.version)


@app.get("/suppliers/<supplier_id>/invoices/<document_id>/form")
def read_form(supplier_id: str, document_id: str) -> Response[str]:
    _user_of(supplier_id)
    invoice = wiring.invoices(supplier_id).get(document_id)
    return answer(form_view(invoice), version=invoice.version)


@app.patch("/suppliers/<supplier_id>/invoices/<document_id>/form")
def complete(supplier_id: str, document_id: str, request: FormChange) -> Response[str]:
    who = _user_of(supplier_id)
    invoice = wiring.complete_form(supplier_id).complete(
        document_id, request.fields, version=if_match(app), by=who.principal, now=datetime.now(UTC)
    )
    return answer(form_view(invoice), version=invoice.version)


@app.post("/suppliers/<supplier_id>/invoices/<document_id>/submit")
def submit(supplier_id: str, document_id: str) -> Response[str]:
    who = _user_of(supplier_id)
    invoice = wiring.complete_form(supplier_id).complete(
        document_id, {}, version=if_match(app), by=who.principal, now=datetime.now(UTC), submit=True
    )
    # problems are an answer, not an error: the form now shows what stands in the way
    status = HTTPStatus.ACCEPTED if not invoice.blocking_problems else HTTPStatus.UNPROCESSABLE_ENTITY
    return answer(form_view(invoice), status=status, version=invoice.version)


@app.get("/suppliers/<supplier_id>/invoices/<document_id>/history")
def history(supplier_id: str, document_id: str) -> Response[str]:
    _user_of(supplier_id)
    store = wiring.invoices(supplier_id)
    store.get(document_id)
    return answer({"events": [_event_view(event) for event in store.events(document_id)]})


@app.get("/suppliers/<supplier_id>/invoices/<document_id>/original")
def original(supplier_id: str, document_id: str) -> Response[str]:
    _user_of(supplier_id)
    invoice = wiring.invoices(supplier_id).get(document_id)
    url = wiring.documents(supplier_id).presign_download(document_id, invoice.file_name)
    return answer({"url": url, "expires_in": 300})


def _list(supplier_id: str, listed_in: List | None, limit: int, cursor: str | None) -> Response[str]:
    _user_of(supplier_id)
    return answer(page_view(wiring.invoices(supplier_id).page(listed_in, limit=limit, cursor=cursor)))


def _event_view(event: Event) -> dict[str, str]:
    return {
        "at": event.at.isoformat(),
        "by": event.by,
        "action": event.action,
        "state": event.state,
        "detail": event.detail,
    }


def _user_of(supplier_id: str) -> Caller:
    return authorise(caller(app), supplier_id, "use", wiring.installation())


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
