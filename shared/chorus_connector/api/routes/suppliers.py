"""The routes of a supplier: create, list, read, change, suspend, resume."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field, create_model

from chorus_connector.api.authorisation import (
    NewTenant,
    TenantToAdminister,
    TenantToOperate,
    TheCaller,
    administered,
    default_tenant,
)
from chorus_connector.api.described import RequestBody, example, fields_of, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.parameters import PLAIN_TEXT, Cursor, Limit
from chorus_connector.api.views.suppliers import supplier_summary, supplier_view
from chorus_connector.domain.suppliers.identifier import IdentifierScheme
from chorus_connector.domain.suppliers.supplier import SETTINGS, Supplier
from chorus_connector.wiring import suppliers as wiring
from chorus_connector.wiring.installation import supplier_rights
from chorus_connector.wiring.installation import suppliers as read_suppliers

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class GivenIdentifier(RequestBody):
    """How Chorus Pro identifies a supplier; spaces, case and accents do not count."""

    model_config = example(scheme="RIDET", value="0 123 456.001")

    scheme: IdentifierScheme = Field(description="What the value is: see the scheme of the supplier's `identifier`.")
    value: str = Field(min_length=1, max_length=60, description="In any spelling.")


GivenSiret = Annotated[str | None, Field(min_length=14, max_length=20)]
GivenScheme = Annotated[
    GivenIdentifier | None, Field(description="Of a supplier without SIRET. With a SIRET both are the same.")
]


class NewSupplier(RequestBody):
    """A tenant to be: its display name, and the SIRET or other identifier that tells it apart."""

    model_config = example(name="Menuiserie Durand", siret="73282932000074")

    name: str = Field(min_length=1, max_length=200, pattern=PLAIN_TEXT)
    siret: GivenSiret = None
    identifier: GivenScheme = None
    join_structure: bool = Field(default_factory=bool)


class AssignedSiret(RequestBody):
    """The SIRET or other identifier that an administrator of the installation gives to a supplier."""

    model_config = example(siret="73282932000074", join_structure=False)

    siret: GivenSiret = None
    identifier: GivenScheme = None
    join_structure: bool = Field(default_factory=bool)


# the attachment policy has a route of its own
_SETTINGS: Any = create_model(
    "_SETTINGS", __base__=RequestBody, **fields_of(Supplier, SETTINGS - {"attachments", "identifier"}, optional=True)
)
"""The settings of the record, each optional."""


class SupplierChange(_SETTINGS):
    """What may change; what is absent stays as it is.

    The SIRET, or other identifier, may while nothing was submitted under it. The portal must confirm that the new one
    is the supplier's.
    """

    model_config = example(name="Menuiserie Durand et fils", automatic_submission=True)

    name: str | None = Field(default=None, min_length=1, max_length=200, pattern=PLAIN_TEXT)
    siret: GivenSiret = None
    identifier: GivenScheme = None
    user_label_metadata: str | None = Field(default=None, min_length=1, max_length=100)


Scope = Annotated[Literal["own", "installation"], Query()]


@router.post(
    "/suppliers",
    operation_id="suppliers.create",
    summary="Create a supplier",
    description="For administrators of the installation, who get both rights on it.",
    tags=["Suppliers"],
    responses=shows("SupplierView", HTTPStatus.CREATED),
)
def create(tenant: NewTenant, request: NewSupplier) -> Response[str]:
    supplier = wiring.provision(tenant).create(
        supplier_id=tenant.supplier_id, by=tenant.by, now=datetime.now(UTC), **request.model_dump()
    )
    return answer(supplier_view(supplier), status=HTTPStatus.CREATED, version=supplier.version)


@router.get(
    "/suppliers",
    operation_id="suppliers.list",
    summary="List suppliers",
    tags=["Suppliers"],
    responses=shows("SupplierList"),
)
def list_suppliers(caller: TheCaller, scope: Scope = "own", limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    """The caller's own; for administrators of the installation also every one of it (`scope=installation`)."""
    if caller.administers_installation:
        default = default_tenant(administered(caller))
        wiring.provision(default).begin(by=default.by, now=datetime.now(UTC))
    rights = supplier_rights(caller)
    if scope == "installation":
        page = administered(caller).store.supplier_ids(limit=limit, cursor=cursor)
        ids, following = page.supplier_ids, page.cursor
    else:
        ids, following = _own_page(sorted(rights), limit, cursor)
    suppliers = [supplier_summary(each, rights) for each in read_suppliers(ids)]
    return answer({"suppliers": suppliers, "cursor": following})


@router.get(
    "/suppliers/<supplier_id>",
    operation_id="suppliers.get",
    summary="Read a supplier's settings",
    description="For its administrators.",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def read(tenant: TenantToAdminister) -> Response[str]:
    supplier = tenant.supplier
    return answer(supplier_view(supplier), version=supplier.version)


@router.patch(
    "/suppliers/<supplier_id>",
    operation_id="suppliers.update",
    summary="Change a supplier's settings",
    description="What is absent or null stays as it is. `defaults` and `associations` are replaced as a whole.",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def change(tenant: TenantToAdminister, request: SupplierChange) -> Response[str]:
    supplier = wiring.configure(tenant).change(
        version=if_match(router), now=datetime.now(UTC), **request.model_dump(exclude_unset=True)
    )
    return answer(supplier_view(supplier), version=supplier.version)


@router.put(
    "/suppliers/<supplier_id>/configuration/siret",
    operation_id="suppliers.assign_siret",
    summary="Assign a SIRET or another identifier to a supplier",
    description="For administrators of the installation. The portal is not asked. Joining the supplier with the public "
    "body of that SIRET lets the supplier's administrators administer it; both audit trails say so.",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def assign_siret(tenant: TenantToOperate, request: AssignedSiret) -> Response[str]:
    supplier = wiring.configure(tenant).assign_identifier(
        **request.model_dump(), version=if_match(router), now=datetime.now(UTC)
    )
    return answer(supplier_view(supplier), version=supplier.version)


@router.post(
    "/suppliers/<supplier_id>/suspend",
    operation_id="suppliers.suspend",
    summary="Suspend a supplier",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def suspend(tenant: TenantToOperate) -> Response[str]:
    """Suspend the supplier: until it is resumed uploads are refused (409) and no invoice is sent; reading works."""
    supplier = wiring.configure(tenant).suspend(version=if_match(router), now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


@router.post(
    "/suppliers/<supplier_id>/resume",
    operation_id="suppliers.resume",
    summary="Resume a supplier",
    tags=["Suppliers"],
    responses=shows("SupplierView"),
)
def resume(tenant: TenantToOperate) -> Response[str]:
    """Active again: what waited goes with the next ten-minute run."""
    supplier = wiring.configure(tenant).resume(version=if_match(router), now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


def _own_page(supplier_ids: list[str], limit: int, cursor: str | None) -> tuple[tuple[str, ...], str | None]:
    left = tuple(each for each in supplier_ids if each > (cursor or ""))
    return left[:limit], left[limit - 1] if len(left) > limit else None
