"""The routes that export a supplier and delete it."""

from datetime import UTC, datetime
from http import HTTPStatus

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import authorise_installation, authorise_manager, caller
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.views.suppliers import removal_view, removed_view
from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.wiring import removal as removal_wiring
from chorus_connector.wiring import tenant as wiring

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
def delete(supplier_id: str) -> Response[str]:
    """Export everything, then delete it; what is at the portal stays. 202: `…/removal` says how far it is."""
    who = authorise_installation(router, supplier_id)
    version = if_match(router)
    siret = wiring.supplier_store(supplier_id).get().siret
    supplier = removal_wiring.remove_supplier(supplier_id, siret).begin(
        by=who.principal, version=version, now=datetime.now(UTC)
    )
    removal_wiring.removal_queue().go_on(supplier_id)  # said again, it wakes a removal that lies still
    accepted = answer(removal_view(supplier), status=HTTPStatus.ACCEPTED)
    accepted.headers["Location"] = f"/suppliers/{supplier_id}/removal"
    return accepted


@router.get(
    "/suppliers/<supplier_id>/removal",
    operation_id="suppliers.deletion",
    summary="Read how far a supplier's deletion is",
    tags=["Suppliers"],
    responses=shows("SupplierDeletion"),
)
def read_removal(supplier_id: str) -> Response[str]:
    """`deleting`, and what is being done; `deleted`, with the link to its export. 404: nobody asked for its end."""
    if not caller(router).administers_installation:
        raise NotFound
    deleted = wiring.installation().deleted(supplier_id)
    if deleted is not None:
        link = _export_link(supplier_id, deleted.export_key) if deleted.export_key else None
        return answer(removed_view(deleted, link))
    supplier = wiring.supplier_store(supplier_id).get()
    if supplier.removal is None:
        raise NotFound
    return answer(removal_view(supplier))


@router.post(
    "/suppliers/<supplier_id>/export",
    operation_id="suppliers.export",
    summary="Export everything of a supplier",
    tags=["Suppliers"],
    responses=shows("FileLink", HTTPStatus.CREATED),
)
def export(supplier_id: str) -> Response[str]:
    """JSON lines: every record, then where each file lies. No secret is in it. 409: more than one request can write."""
    who, left = authorise_manager(router, supplier_id), seconds_left(router.lambda_context)
    siret = wiring.supplier_store(supplier_id).get().siret
    key = removal_wiring.export_supplier(supplier_id, siret).whole(
        supplier_id, by=who.principal, now=datetime.now(UTC), may_go_on=lambda: left() > _FOR_A_PART
    )
    return answer(_export_link(supplier_id, key), status=HTTPStatus.CREATED)


@router.get(
    "/suppliers/<supplier_id>/export",
    operation_id="suppliers.last_export",
    summary="Get the last export of a deleted supplier",
    description="For administrators of the installation, once the supplier is deleted; the export of a supplier that "
    "is there is the answer of `suppliers.export`.",
    tags=["Suppliers"],
    responses=shows("FileLink"),
)
def last_export(supplier_id: str) -> Response[str]:
    deleted = wiring.installation().deleted(supplier_id)
    if deleted is None or not deleted.export_key or not caller(router).administers_installation:
        raise NotFound
    return answer(_export_link(supplier_id, deleted.export_key))


def _export_link(supplier_id: str, key: str) -> dict[str, str | int]:
    return {"url": wiring.documents(supplier_id).presign_export(key), "expires_in": 300}
