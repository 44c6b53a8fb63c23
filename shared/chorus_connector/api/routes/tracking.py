"""The routes that list invoices with their status at the portal."""

import uuid
from datetime import UTC, datetime
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import shows
from chorus_connector.api.filters import (
    AmountQuery,
    Codes,
    Counted,
    Direction,
    Order,
    PartOfText,
    ShortText,
    States,
    filter_of,
)
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, Day, Limit
from chorus_connector.api.views.invoices import listing_view
from chorus_connector.domain.invoices.listing import CsvForm, Filter, InvoiceSort
from chorus_connector.domain.invoices.states import List
from chorus_connector.domain.portal.status import StatusMeaning, known_statuses
from chorus_connector.usecases.invoices.work_claims import claims_by_document
from chorus_connector.usecases.portal.asking import LIVE_SECONDS
from chorus_connector.wiring import invoices as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(
    "/suppliers/<supplier_id>/tracking",
    operation_id="tracking.list",
    summary="List the invoices that are tracked",
    tags=["Tracking"],
    responses=shows("InvoiceListing"),
)
def tracking(
    tenant: TenantToUse,
    *,
    number: ShortText = None,
    recipient: ShortText = None,
    text: PartOfText = None,
    state: States = None,
    counter: Counted = None,
    status: Codes = None,
    engagement: ShortText = None,
    contract: ShortText = None,
    received_from: Day = None,
    received_to: Day = None,
    invoice_date_from: Day = None,
    invoice_date_to: Day = None,
    status_date_from: Day = None,
    status_date_to: Day = None,
    total_ttc_min: AmountQuery = None,
    total_ttc_max: AmountQuery = None,
    sort: Order = "received_at",
    direction: Direction = "descending",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[str]:
    """What is at the portal or on its way. A Remote supplier's portal is asked first; down, the answer is stale."""
    wanted = filter_of(locals())
    return _listing(tenant, "tracking", wanted, sort, direction, limit=limit, cursor=cursor)


@router.get(
    "/suppliers/<supplier_id>/to-process",
    operation_id="tracking.to_process",
    summary="List the documents to process",
    tags=["Tracking"],
    responses=shows("InvoiceListing"),
)
def to_process(
    tenant: TenantToUse,
    *,
    number: ShortText = None,
    recipient: ShortText = None,
    text: PartOfText = None,
    state: States = None,
    counter: Counted = None,
    status: Codes = None,
    engagement: ShortText = None,
    contract: ShortText = None,
    received_from: Day = None,
    received_to: Day = None,
    invoice_date_from: Day = None,
    invoice_date_to: Day = None,
    status_date_from: Day = None,
    status_date_to: Day = None,
    total_ttc_min: AmountQuery = None,
    total_ttc_max: AmountQuery = None,
    sort: Order = "received_at",
    direction: Direction = "descending",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[str]:
    """What waits for a person: before the submission, or because the recipient sent it back (``task``)."""
    wanted = filter_of(locals())
    return _listing(tenant, "to_process", wanted, sort, direction, limit=limit, cursor=cursor)


@router.post(
    "/suppliers/<supplier_id>/tracking/export",
    operation_id="tracking.export",
    summary="Export the tracked invoices as CSV",
    tags=["Tracking"],
    responses=shows("TrackingExport"),
)
def export(
    tenant: TenantToUse,
    *,
    number: ShortText = None,
    recipient: ShortText = None,
    text: PartOfText = None,
    state: States = None,
    counter: Counted = None,
    status: Codes = None,
    engagement: ShortText = None,
    contract: ShortText = None,
    received_from: Day = None,
    received_to: Day = None,
    invoice_date_from: Day = None,
    invoice_date_to: Day = None,
    status_date_from: Day = None,
    status_date_to: Day = None,
    total_ttc_min: AmountQuery = None,
    total_ttc_max: AmountQuery = None,
    format: Annotated[CsvForm, Query()] = "machine",  # noqa: A002 (the parameter's public name)
    cursor: Cursor = None,
) -> Response[str]:
    """As of our records, newest first, whatever their number; what a spreadsheet would run is neutralised.

    The counter `sent_back` exports what was sent back, which is no part of tracking. `format=french`: as a French
    spreadsheet opens it.
    """
    wanted = filter_of(locals())
    file = wiring.csv_export(tenant, f"tracking-{uuid.uuid4().hex}")
    track = wiring.list_invoices(tenant)
    rows, following = track.export(
        "to_process" if counter == "sent_back" else "tracking",
        wanted,
        file,
        form=format,
        cursor=cursor,
        may_go_on=lambda: tenant.seconds_left() > LIVE_SECONDS,
    )
    return answer({"url": file.finish(), "expires_in": 300, "rows": rows, "cursor": following})


@router.get(
    "/suppliers/<supplier_id>/tracking/statuses",
    operation_id="tracking.statuses",
    summary="List the portal's statuses and what they mean",
    description="Every status known here; the portal may add some.",
    tags=["Tracking"],
    responses=shows("StatusList"),
)
def statuses(tenant: TenantToUse) -> Response[str]:  # noqa: ARG001 (its type authorises the caller)
    known: list[StatusMeaning] = list(known_statuses().values())
    return answer({"statuses": [each.model_dump() for each in known]})


def _listing(
    tenant: AuthorisedTenant,
    view: List,
    wanted: Filter,
    sort: InvoiceSort,
    direction: str,
    *,
    limit: int,
    cursor: str | None,
) -> Response[str]:
    now = datetime.now(UTC)
    listing = wiring.list_invoices(tenant.within(LIVE_SECONDS)).listing(
        view, wanted, sort=sort, descending=direction == "descending", limit=limit, cursor=cursor, now=now
    )
    shown = [each.document_id for each in listing.page.invoices] if view == "to_process" else []
    working = claims_by_document(tenant.work_claims, shown, now=now)
    claims = {of: [each.seen_at(now, caller=tenant.by) for each in some] for of, some in working.items()}
    return answer({**listing_view(listing, now), "claims": claims})
