"""The routes that read invoices: lists, one document, its audit trail, its files."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import authorise
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, Limit
from chorus_connector.api.views.invoices import attachment_view, invoice_view, page_view
from chorus_connector.ports.values import AuditEvent
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from chorus_connector.wiring import tenant as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(
    "/suppliers/<supplier_id>/invoices",
    summary="List every document",
    tags=["Invoices"],
    responses=shows("InvoiceList"),
)
def list_all(supplier_id: str, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    return answer(page_view(_visible(supplier_id).page(None, limit=limit, cursor=cursor)))


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>",
    summary="Read a document",
    tags=["Invoices"],
    responses=shows("InvoiceShape"),
)
def read(supplier_id: str, document_id: str) -> Response[str]:
    invoice = _visible(supplier_id).get(document_id)
    return answer(invoice_view(invoice), version=invoice.version)


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/attachments",
    summary="The files that go along with it",
    tags=["Attachments"],
    responses=shows("LinkedList"),
)
def linked_attachments(supplier_id: str, document_id: str) -> Response[str]:
    who = authorise(router, supplier_id, "use")
    links = wiring.linked_attachments(supplier_id, document_id, by=who.principal, now=datetime.now(UTC))
    problems = [*links.problems, *([links.hold] if links.hold else [])]
    return answer(
        {
            "attachments": [attachment_view(each) for each in links.attachments],
            "problems": [each.model_dump() for each in problems],
        }
    )


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/history",
    summary="Read a document's audit trail",
    tags=["Invoices"],
    responses=shows("History"),
)
def history(supplier_id: str, document_id: str) -> Response[str]:
    events = _visible(supplier_id).events(document_id)
    return answer({"events": [_event_view(event) for event in events]})


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/original",
    summary="A link to the file that was uploaded",
    tags=["Invoices"],
    responses=shows("Link"),
)
def original(supplier_id: str, document_id: str) -> Response[str]:
    invoice = _visible(supplier_id).get(document_id)
    url = wiring.documents(supplier_id).presign_download(document_id, invoice.file_name)
    return answer({"url": url, "expires_in": 300})


def _event_view(event: AuditEvent) -> dict[str, str]:
    return {
        "at": event.at.isoformat(),
        "by": event.by,
        "action": event.action,
        "state": event.state,
        "detail": event.detail,
    }


def _visible(supplier_id: str) -> VisibleInvoices:
    """The supplier's invoices as the caller may see them; the only way to them from here."""
    return wiring.visible_invoices(supplier_id, authorise(router, supplier_id, "use").principal)
