"""The routes of the criteria that decide which documents are invoices."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToAdminister
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.parameters import LongCursor
from chorus_connector.api.views.suppliers import supplier_view
from chorus_connector.domain.suppliers.filing import check_criteria
from chorus_connector.domain.suppliers.supplier import Criterion
from chorus_connector.wiring import suppliers as wiring

if TYPE_CHECKING:
    from chorus_connector.usecases.suppliers.criteria import JudgedDocument
router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class TriedCriterion(RequestBody):
    """A classification rule or a folder, one of the two."""

    classification_rule: str | None = Field(default=None, min_length=1, max_length=200)
    folder: str | None = Field(default=None, min_length=1, max_length=200)
    include_subfolders: bool = Field(default=False, description="true: the folder's sub-folders too.")


class NewCriterion(TriedCriterion):
    """A classification rule or a folder, one of the two."""

    model_config = example(folder="factures")


class DryRun(RequestBody):
    """Criteria to try instead of the current ones."""

    model_config = example(criteria=[{"folder": "factures"}, {"classification_rule": "FACTURE_CLIENT"}])

    criteria: list[TriedCriterion] = Field(max_length=100)


@router.post(
    "/suppliers/<supplier_id>/configuration/criteria",
    operation_id="criteria.add",
    summary="Add a criterion",
    description="A document that matches any criterion is an invoice to send. `If-Match` takes the supplier's version.",
    tags=["Criteria"],
    responses=shows("SupplierView", HTTPStatus.CREATED),
)
def add_criterion(tenant: TenantToAdminister, request: NewCriterion) -> Response[str]:
    criterion = Criterion(criterion_id=uuid.uuid4().hex[:8], **request.model_dump())
    supplier = wiring.configure(tenant).add_criterion(criterion, version=if_match(router), now=datetime.now(UTC))
    return answer(supplier_view(supplier), status=HTTPStatus.CREATED, version=supplier.version)


@router.delete(
    "/suppliers/<supplier_id>/configuration/criteria/<criterion_id>",
    operation_id="criteria.remove",
    summary="Remove a criterion",
    description="Documents it has taken stay.",
    tags=["Criteria"],
    responses=shows("SupplierView"),
)
def remove_criterion(tenant: TenantToAdminister, criterion_id: str) -> Response[str]:
    supplier = wiring.configure(tenant).remove_criterion(criterion_id, version=if_match(router), now=datetime.now(UTC))
    return answer(supplier_view(supplier), version=supplier.version)


@router.post(
    "/suppliers/<supplier_id>/configuration/criteria/dry-run",
    operation_id="criteria.try",
    summary="Try criteria on the documents that are here",
    description="Nothing is changed. Send the cursor along with the same criteria for the next page.",
    tags=["Criteria"],
    responses=shows("DryRunResult"),
)
def dry_run(
    tenant: TenantToAdminister,
    request: DryRun,
    limit: Annotated[int, Query(ge=1, le=100)] = 50,
    cursor: LongCursor = None,
) -> Response[str]:
    from chorus_connector.usecases.suppliers.criteria import preview_criteria  # noqa: PLC0415

    criteria = [Criterion(criterion_id="tried", **each.model_dump()) for each in request.criteria]
    check_criteria(criteria)
    supplier = tenant.supplier
    page = preview_criteria(
        criteria,
        supplier=supplier,
        invoices=tenant.visible_invoices,
        limit=limit,
        cursor=cursor,
    )
    return answer(
        {
            "documents": [_tried_view(each) for each in page.documents],
            "newly_taken": sum(each.taken and not each.taken_now for each in page.documents),
            "no_longer_taken": sum(each.taken_now and not each.taken for each in page.documents),
            "cursor": page.cursor,
        }
    )


def _tried_view(judged: "JudgedDocument") -> dict[str, Any]:
    shown = judged.invoice.model_dump(
        mode="json", include={"document_id", "file_name", "state", "classification_rule", "folder"}
    )
    return {**shown, "taken_now": judged.taken_now, "would_be_taken": judged.taken}
