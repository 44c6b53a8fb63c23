"""The routes that export a supplier and delete it."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import RemovedTenant, TenantToManage, TenantToOperate
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.views.suppliers import removal_view, removed_view
from chorus_connector.domain.errors import NotFound
from chorus_connector.ports.values import DeletedSupplier
from chorus_connector.wiring import removal as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

_FOR_A_PART = 5.0
"""Seconds kept for one part of an export."""


@router.delete(
    "/suppliers/<supplier_id>",
    operation_id="suppliers.delete",
    summary="Delete a supplier, after its export",
    tags=["Suppliers"],
    responses=shows("SupplierDeletion", HTTPStatus.ACCEPTED),
)
def delete(tenant: TenantToOperate) -> Response[str]:
    """Export everything, then delete it. What is at the portal stays, and what other structures received in messages.

    202: `…/removal` says how far it is.
    """
    version = if_match(router)
    supplier = wiring.remove_supplier(tenant).begin(by=tenant.by, version=version, now=datetime.now(UTC))
    wiring.queue_removal(tenant)
    accepted = answer(removal_view(supplier), status=HTTPStatus.ACCEPTED)
    accepted.headers["Location"] = f"/suppliers/{tenant.supplier_id}/removal"
    return accepted


@router.get(
    "/suppliers/<supplier_id>/removal",
    operation_id="suppliers.deletion",
    summary="Read how far a supplier's deletion is",
    tags=["Suppliers"],
    responses=shows("SupplierDeletion"),
)
def read_removal(tenant: RemovedTenant) -> Response[str]:
    """`deleting` with its progress, or `deleted` with the link to the export. 404: no removal was requested."""
    deleted = wiring.deletion(tenant)
    if deleted is not None:
        return _removed(tenant, deleted)
    try:
        supplier = tenant.supplier
    except NotFound:  # its removal may have ended between the two reads
        deleted = wiring.deletion(tenant)
        if deleted is None:
            raise
        return _removed(tenant, deleted)
    if supplier.removal is None:
        raise NotFound
    return answer(removal_view(supplier))


def _removed(tenant: AuthorisedTenant, deleted: DeletedSupplier) -> Response[str]:
    link = _export_link(tenant, deleted.export_key) if deleted.export_key else None
    return answer(removed_view(deleted, link))


@router.post(
    "/suppliers/<supplier_id>/export",
    operation_id="suppliers.export",
    summary="Export everything of a supplier",
    tags=["Suppliers"],
    responses=shows("FileLink", HTTPStatus.CREATED),
)
def export(tenant: TenantToManage) -> Response[str]:
    """JSON lines: every record, then where each file lies. No secret is in it. 409: more than one request can write."""
    key = wiring.export_supplier(tenant).whole(
        tenant.supplier_id, by=tenant.by, now=datetime.now(UTC), may_go_on=lambda: tenant.seconds_left() > _FOR_A_PART
    )
    return answer(_export_link(tenant, key), status=HTTPStatus.CREATED)


@router.get(
    "/suppliers/<supplier_id>/export",
    operation_id="suppliers.last_export",
    summary="Get the last export of a deleted supplier",
    description="For administrators of the installation, once the supplier is deleted; the export of a supplier that "
    "is there is the answer of `suppliers.export`.",
    tags=["Suppliers"],
    responses=shows("FileLink"),
)
def last_export(tenant: RemovedTenant) -> Response[str]:
    deleted = wiring.deletion(tenant)
    if deleted is None or not deleted.export_key:
        raise NotFound
    return answer(_export_link(tenant, deleted.export_key))


def _export_link(tenant: AuthorisedTenant, key: str) -> dict[str, str | int]:
    return {"url": tenant.documents.presign_export(key), "expires_in": 300}
