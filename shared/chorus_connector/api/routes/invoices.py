"""The routes that read invoices: lists, one document, its audit trail, its files."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, DocumentId, Limit
from chorus_connector.api.views.invoices import (
    attachment_view,
    files_view,
    invoice_view,
    page_view,
    received_file_view,
    sending_view,
    sent_file_view,
)
from chorus_connector.domain.errors import NothingSent
from chorus_connector.ports.values import AuditEvent
from chorus_connector.wiring import invoices as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(
    "/suppliers/<supplier_id>/invoices",
    operation_id="invoices.list",
    summary="List every document",
    description="Newest first; those the caller may see.",
    tags=["Invoices"],
    responses=shows("InvoiceList"),
)
def list_all(tenant: TenantToUse, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    return answer(page_view(tenant.visible_invoices.page(None, limit=limit, cursor=cursor)))


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>",
    operation_id="invoices.get",
    summary="Read a document",
    description="Poll it after an upload: it is read within seconds. The ETag begins with its version.",
    tags=["Invoices"],
    responses=shows("InvoiceView"),
)
def read(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    return answer(invoice_view(invoice), version=invoice.version)


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/attachments",
    operation_id="invoices.attachments",
    summary="List the files that go with a document",
    description="As judged now, with what is wrong.",
    tags=["Attachments"],
    responses=shows("LinkedAttachmentList"),
)
def linked_attachments(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    links = wiring.linked_attachments(tenant, document_id, now=datetime.now(UTC))
    problems = [*links.problems, *([links.hold] if links.hold else [])]
    return answer(
        {
            "attachments": [attachment_view(each) for each in links.attachments],
            "problems": [each.model_dump() for each in problems],
        }
    )


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/history",
    operation_id="invoices.history",
    summary="Read a document's audit trail",
    description="Oldest first, in the order of the writes. `at` may be a little before that of the line above: a "
    "worker takes the time when it begins. `sending` says how the document goes or went, `files` what was received and "
    "what was sent.",
    tags=["Invoices"],
    responses=shows("DocumentHistory"),
)
def history(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    events = tenant.visible_invoices.events(document_id)
    invoice = tenant.visible_invoices.get(document_id)
    shown = {"sending": sending_view(invoice), "files": files_view(invoice)}
    return answer({"events": [_event_view(event) for event in events], **shown})


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/original",
    operation_id="invoices.original",
    summary="Get a link to the uploaded file",
    description="The link works for a few minutes. What was sent to the portal may be another file: `…/sent`.",
    tags=["Invoices"],
    responses=shows("OriginalFileLink"),
)
def original(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    url = tenant.documents.presign_download(document_id, invoice.object_version, invoice.file_name)
    return answer({"url": url, "expires_in": 300, **received_file_view(invoice)})


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/sent",
    operation_id="invoices.sent",
    summary="Get a link to the file that was sent to the portal",
    description="The uploaded file itself, or the same PDF without its XML. The link works for a few minutes. 404, "
    "`not_sent`: nothing was sent yet, or the portal refused it.",
    tags=["Invoices"],
    responses=shows("SentFileLink"),
)
def sent(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    file = invoice.sent_file
    if file is None:
        raise NothingSent
    if file.rewritten:
        url = tenant.documents.presign_sent(document_id, file, invoice.file_name)
    else:
        url = tenant.documents.presign_download(document_id, file.object_version, invoice.file_name)
    return answer({"url": url, "expires_in": 300, **sent_file_view(file)})


def _event_view(event: AuditEvent) -> dict[str, str]:
    return {
        "at": event.at.isoformat(),
        "by": event.by,
        "action": event.action,
        "state": event.state,
        "detail": event.detail,
    }
