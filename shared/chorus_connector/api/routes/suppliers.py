"""The routes of a supplier: create, list, read, change, suspend, resume."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import authorise, authorise_installation, caller
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.parameters import Cursor, Limit
from chorus_connector.api.views.suppliers import supplier_summary, supplier_view
from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.suppliers.supplier import DEFAULT_SUPPLIER, LoadingMode, OcrUse
from chorus_connector.runtime.deadline import seconds_left
from chorus_connector.wiring import tenant as wiring

if TYPE_CHECKING:
    from chorus_connector.usecases.suppliers.provisioning import Configure

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class NewSupplier(RequestBody):
    """A tenant to be: its display name and the SIRET that tells it apart."""

    model_config = example(name="Menuiserie Durand", siret="73282932000074")

    name: str = Field(min_length=1, max_length=200)
    siret: str = Field(min_length=14, max_length=20)


class SupplierChange(RequestBody):
    """What may change; what is absent stays as it is. The SIRET may while nothing was submitted under it."""

    model_config = example(name="Menuiserie Durand et fils", automatic_submission=True)

    name: str | None = Field(default=None, min_length=1, max_length=200)
    siret: str | None = Field(default=None, min_length=14, max_length=20)
    automatic_submission: bool | None = None
    confidence_threshold: float | None = Field(default=None, ge=0, le=1)
    ocr: OcrUse | None = None
    facturx_as_flow: bool | None = None
    user_label_metadata: str | None = Field(default=None, min_length=1, max_length=100)
    loading_mode: LoadingMode | None = None
    defaults: dict[FormFieldName, str] | None = None
    associations: dict[str, dict[FormFieldName, str]] | None = None


Scope = Annotated[Literal["own", "installation"], Query()]


@router.post(
    "/suppliers",
    operation_id="suppliers.create",
    summary="Create a supplier",
    description="For administrators of the installation, who get both rights on it.",
    tags=["Suppliers"],
    responses=shows("SupplierView", HTTPStatus.CREATED),
)
def create(request: NewSupplier) -> Response[str]:
    who = authorise_installation(router)
    supplier_id = uuid.uuid4().hex[:12]
    supplier = wiring.provision(supplier_id).create(
        supplier_id=supplier_id,
        name=request.name,
        siret=request.siret,
        by=who.principal,
        now=datetime.now(UTC),
    )
    return answer(supplier_view(supplier), status=HTTPStatus.CREATED, version=supplier.version)


@router.get(
    "/suppliers",
    operation_id="suppliers.list",
    summary="List suppliers",
    tags=["Suppliers"],
    responses=shows("SupplierList"),
)
def list_suppliers(scope: Scope = "own", limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    """The caller's own; for administrators of the installation also every one of it (`scope=installation`)."""
    who = caller(router)
    if who.administers_installation:
        wiring.provision(DEFAULT_SUPPLIER).begin(by=who.principal, now=datetime.now(UTC))
    rights = wiring.installation().suppliers_of(*who.identities)
    if scope == "installation":
        page = wiring.installation().supplier_ids(limit=limit, cursor=_administrator_cursor(cursor))
        ids, following = page.supplier_ids, page.cursor
    else:
        ids, following = _own_page(sorted(rights), limit, cursor)
    suppliers = [supplier_summary(each, rights) for each in wiring.suppliers(ids)]
    return answer({"suppliers": suppliers, "cursor": following})


@router.get(
    "/suppliers/<supplier_id>",
    operation_id="suppliers.get",
    summary="Read a supplier's settings",
    description="For its administrators.",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def read(supplier_id: str) -> Response[str]:
    authorise(router, supplier_id, "administer")
    supplier = wiring.supplier_store(supplier_id).get()
    return answer(supplier_view(supplier), version=supplier.version)


@router.patch(
    "/suppliers/<supplier_id>",
    operation_id="suppliers.update",
    summary="Change a supplier's settings",
    description="What is absent or null stays as it is. `defaults` and `associations` are replaced as a whole.",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def change(supplier_id: str, request: SupplierChange) -> Response[str]:
    supplier = _configure(supplier_id).change(
        version=if_match(router), now=datetime.now(UTC), **request.model_dump(exclude_unset=True)
    )
    return answer(supplier_view(supplier), version=supplier.version)


@router.post(
    "/suppliers/<supplier_id>/suspend",
    operation_id="suppliers.suspend",
    summary="Suspend a supplier",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def suspend(supplier_id: str) -> Response[str]:
    """Nothing comes in (409) and nothing leaves until it is resumed; reading stays open."""
    who = authorise_installation(router, supplier_id)
    supplier = wiring.configure(supplier_id, by=who.principal).suspend(version=if_match(router), now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


@router.post(
    "/suppliers/<supplier_id>/resume",
    operation_id="suppliers.resume",
    summary="Resume a supplier",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def resume(supplier_id: str) -> Response[str]:
    """Active again: what waited goes with the next ten-minute run."""
    who = authorise_installation(router, supplier_id)
    supplier = wiring.configure(supplier_id, by=who.principal).resume(version=if_match(router), now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


def _configure(supplier_id: str) -> "Configure":
    """The supplier's configuration, for one of its administrators. Raises NotFound, Forbidden."""
    who = authorise(router, supplier_id, "administer")
    return wiring.configure(supplier_id, by=who.principal, seconds_left=seconds_left(router.lambda_context))


def _own_page(supplier_ids: list[str], limit: int, cursor: str | None) -> tuple[tuple[str, ...], str | None]:
    left = tuple(each for each in supplier_ids if each > (cursor or ""))
    return left[:limit], left[limit - 1] if len(left) > limit else None


def _administrator_cursor(cursor: str | None) -> str | None:
    authorise_installation(router)
    return cursor
