"""The routes of the layouts that a supplier's confirmed documents taught."""

from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TenantToAdminister, TenantToUse
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.views.layouts import layout_details_view, layout_view
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.invoices.lessons import by_last_seen
from chorus_connector.usecases.invoices.layouts import forget_layout, layout_of
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
LayoutId = Annotated[str, Path(max_length=64)]


@router.get(
    "/suppliers/<supplier_id>/layouts",
    operation_id="layouts.list",
    summary="List the supplier's layouts",
    description="The designs of its invoices that confirmed documents taught, the last seen first.",
    tags=["Layouts"],
    responses=shows("LayoutList"),
)
def list_layouts(tenant: TenantToUse) -> Response[str]:
    return answer({"layouts": [layout_view(each) for each in by_last_seen(tenant.layouts.all().layouts)]})


@router.get(
    "/suppliers/<supplier_id>/layouts/<layout_id>",
    operation_id="layouts.get",
    summary="Read a layout",
    description="Its fields, how often the layout was right, and the documents that taught it.",
    tags=["Layouts"],
    responses=shows("LayoutDetails"),
)
def read_layout(tenant: TenantToUse, layout_id: LayoutId) -> Response[str]:
    layout = layout_of(tenant.layouts.all().layouts, layout_id)
    return answer(layout_details_view(layout, sees=lambda document_id: _is_visible(tenant, document_id)))


@router.delete(
    "/suppliers/<supplier_id>/layouts/<layout_id>",
    operation_id="layouts.forget",
    summary="Forget a layout",
    description="For the supplier's administrators. The next document of the design is a new one, and must be "
    "confirmed again.",
    tags=["Layouts"],
    responses=shows("ForgottenLayout"),
)
def forget(tenant: TenantToAdminister, layout_id: LayoutId) -> Response[str]:
    forget_layout(tenant.layouts, layout_id, by=tenant.by, now=datetime.now(UTC))
    return answer({"forgotten": layout_id})


def _is_visible(tenant: AuthorisedTenant, document_id: str) -> bool:
    try:
        tenant.visible_invoices.get(document_id)
    except NotFound:
        return False
    return True
