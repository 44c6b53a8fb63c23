"""The routes of the audit trail of a supplier's configuration."""

import uuid
from http import HTTPStatus
from typing import Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TenantToAdminister
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, Limit
from chorus_connector.api.views.suppliers import change_view
from chorus_connector.usecases.suppliers.audit import audit_file, whole_trail

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class AuditExport(RequestBody):
    """The form of the export: one JSON object per line, or CSV."""

    model_config = example(format="csv")

    format: Literal["jsonl", "csv"] = "jsonl"


@router.get(
    "/suppliers/<supplier_id>/configuration/audit",
    operation_id="audit.list",
    summary="List changes of the configuration, newest first",
    description="For the supplier's administrators.",
    tags=["Audit"],
    responses=shows("ChangeList"),
)
def read_audit(tenant: TenantToAdminister, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    page = tenant.audit_trail.page(limit=limit, cursor=cursor)
    return answer({"changes": [change_view(each) for each in page.changes], "cursor": page.cursor})


@router.post(
    "/suppliers/<supplier_id>/configuration/audit/exports",
    operation_id="audit.export",
    summary="Export the configuration's audit trail",
    description="The whole trail, as a file.",
    tags=["Audit"],
    responses=shows("FileLink", HTTPStatus.CREATED),
)
def export_audit(tenant: TenantToAdminister, request: AuditExport) -> Response[str]:
    written = audit_file(whole_trail(tenant.audit_trail), request.format)
    key = tenant.documents.put_export(f"audit-{uuid.uuid4().hex[:12]}.{request.format}", written)
    return answer({"url": tenant.documents.presign_export(key), "expires_in": 300}, status=HTTPStatus.CREATED)
