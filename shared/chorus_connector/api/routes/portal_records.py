"""The routes that read an invoice at the portal: its history and its file."""

from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import DocumentId
from chorus_connector.api.views.invoices import portal_history_view
from chorus_connector.domain.invoices.repair import require_deposit
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.portal.answers import PortalFailure
from chorus_connector.usecases.invoices.attachments import sees_every_attachment
from chorus_connector.usecases.portal.asking import LIVE_SECONDS, not_answered, stale_problem
from chorus_connector.wiring import invoices as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/portal-history",
    operation_id="invoices.portal_history",
    summary="Read an invoice's life at the portal",
    tags=["Tracking"],
    responses=shows("PortalHistory"),
)
def portal_history(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    """The invoice's statuses at the portal, with comments: read now for a Remote supplier, else as last retrieved."""
    invoice = tenant.visible_invoices.get(document_id)
    stale = None
    tracking = wiring.track_invoices(tenant.within(LIVE_SECONDS))
    if invoice.deposit is not None and tracking.supplier.loading_mode == "remote":
        try:
            invoice = tracking.poll(invoice, now=datetime.now(UTC))
        except PortalFailure as failure:
            stale = stale_problem(failure)
    today = day_in_paris(datetime.now(UTC))
    return answer(portal_history_view(invoice, stale=stale, today=today), version=invoice.version)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/portal-file",
    operation_id="invoices.portal_file",
    summary="Get a link to the invoice as the portal holds it",
    tags=["Tracking"],
    responses=shows("PortalFileLink"),
)
def portal_file(
    tenant: TenantToUse, document_id: DocumentId, attachments: Annotated[bool, Query()] = True
) -> Response[str]:
    """A PDF, or a ZIP when its attachments are wanted, there are some, and the caller may see every one."""
    invoice = tenant.visible_invoices.get(document_id)
    deposit = require_deposit(invoice)
    seen = sees_every_attachment(invoice, tenant.attachments, tenant.visibility)
    try:
        data = tenant.portal.download(deposit.chorus_id, with_attachments=attachments and seen)
    except PortalFailure as failure:
        raise not_answered(failure) from None
    name = f"{deposit.invoice_number}.{'zip' if data[:2] == b'PK' else 'pdf'}"
    url = tenant.documents.put_portal_copy(document_id, name, data)
    return answer({"url": url, "expires_in": 300, "attachments_left_out": attachments and not seen})
