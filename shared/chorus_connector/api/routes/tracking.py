"""The routes that list invoices with their status at the portal."""

import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import authorise
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, Day, Limit
from chorus_connector.api.views.invoices import listing_view
from chorus_connector.domain.invoices.listing import Filter, Sort
from chorus_connector.domain.invoices.states import List
from chorus_connector.domain.portal.status import StatusMeaning, known_statuses
from chorus_connector.runtime.deadline import at_most, seconds_left
from chorus_connector.wiring import tenant as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

_LIVE_SECONDS = 8.0
"""What asking the portal may take before a list answers with what is known."""


ShortText = Annotated[str | None, Query(max_length=100)]
Amount = Annotated[Decimal | None, Query()]

Codes = Annotated[str | None, Query(max_length=1000, description="status codes, separated by commas")]

Order = Annotated[Sort, Query()]

Direction = Annotated[Literal["ascending", "descending"], Query()]


@router.get(
    "/suppliers/<supplier_id>/tracking", summary="Follow invoices", tags=["Tracking"], responses=shows("Listing")
)
def tracking(
    supplier_id: str,
    *,
    number: ShortText = None,
    recipient: ShortText = None,
    status: Codes = None,
    engagement: ShortText = None,
    contract: ShortText = None,
    invoice_date_from: Day = None,
    invoice_date_to: Day = None,
    status_date_from: Day = None,
    status_date_to: Day = None,
    total_ttc_min: Amount = None,
    total_ttc_max: Amount = None,
    sort: Order = "received_at",
    direction: Direction = "descending",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[str]:
    """What is at the portal or on its way. A Remote supplier's portal is asked first; down, the answer is stale."""
    wanted = _filter(locals())
    return _listing(supplier_id, "tracking", wanted, sort, direction, limit=limit, cursor=cursor)


@router.get(
    "/suppliers/<supplier_id>/to-process",
    summary="List the documents to process",
    tags=["Tracking"],
    responses=shows("Listing"),
)
def to_process(
    supplier_id: str,
    *,
    number: ShortText = None,
    recipient: ShortText = None,
    status: Codes = None,
    engagement: ShortText = None,
    contract: ShortText = None,
    invoice_date_from: Day = None,
    invoice_date_to: Day = None,
    status_date_from: Day = None,
    status_date_to: Day = None,
    total_ttc_min: Amount = None,
    total_ttc_max: Amount = None,
    sort: Order = "received_at",
    direction: Direction = "descending",
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[str]:
    """What waits for a person: before the submission, or because the recipient sent it back (``task``)."""
    wanted = _filter(locals())
    return _listing(supplier_id, "to_process", wanted, sort, direction, limit=limit, cursor=cursor)


@router.post(
    "/suppliers/<supplier_id>/tracking/export",
    summary="Export the invoices followed as CSV",
    tags=["Tracking"],
    responses=shows("ExportShape"),
)
def export(
    supplier_id: str,
    *,
    number: ShortText = None,
    recipient: ShortText = None,
    status: Codes = None,
    engagement: ShortText = None,
    contract: ShortText = None,
    invoice_date_from: Day = None,
    invoice_date_to: Day = None,
    status_date_from: Day = None,
    status_date_to: Day = None,
    total_ttc_min: Amount = None,
    total_ttc_max: Amount = None,
    cursor: Cursor = None,
) -> Response[str]:
    """As of our records, newest first, whatever their number; what a spreadsheet would run is neutralised."""
    wanted = _filter(locals())
    who, left = authorise(router, supplier_id, "use"), seconds_left(router.lambda_context)
    file = wiring.csv_export(supplier_id, f"tracking-{uuid.uuid4().hex}")
    track = wiring.list_invoices(supplier_id, by=who.principal, seconds_left=left)
    rows, following = track.export("tracking", wanted, file, cursor=cursor, may_go_on=lambda: left() > _LIVE_SECONDS)
    return answer({"url": file.finish(), "expires_in": 300, "rows": rows, "cursor": following})


@router.get(
    "/suppliers/<supplier_id>/tracking/statuses",
    summary="What the portal's statuses mean",
    tags=["Tracking"],
    responses=shows("StatusList"),
)
def statuses(supplier_id: str) -> Response[str]:
    authorise(router, supplier_id, "use")
    known: list[StatusMeaning] = list(known_statuses().values())
    return answer({"statuses": [each.model_dump() for each in known]})


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/portal-history",
    summary="Read an invoice's life at the portal",
    tags=["Tracking"],
    responses=shows("PortalHistory"),
)
def portal_history(supplier_id: str, document_id: str) -> Response[str]:
    """As the portal tells it now for a Remote supplier, with every comment; else as it was last told."""
    invoice = _visible(supplier_id, document_id)
    stale = False
    tracking = wiring.track_invoices(supplier_id, seconds_left=at_most(_LIVE_SECONDS, router.lambda_context))
    if invoice.deposit is not None and tracking.supplier.loading_mode == "remote":
        try:
            invoice = tracking.poll(invoice, now=datetime.now(UTC))
        except PortalFailure:
            stale = True
    today = datetime.now(UTC).astimezone(PARIS).date()
    return answer(portal_history_view(invoice, stale=stale, today=today), version=invoice.version)


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/portal-file",
    summary="A link to the invoice as the portal holds it",
    tags=["Tracking"],
    responses=shows("Link"),
)
def portal_file(supplier_id: str, document_id: str, attachments: Annotated[bool, Query()] = True) -> Response[str]:
    """A PDF, or a ZIP when its attachments are wanted and there are some."""
    invoice = _visible(supplier_id, document_id)
    deposit = require_deposit(invoice)
    tracking = wiring.track_invoices(supplier_id, seconds_left=seconds_left(router.lambda_context))
    try:
        data = tracking.portal.download(deposit.chorus_id, with_attachments=attachments)
    except PortalRefused as refusal:
        raise Conflict(
            "portal_refused", f"Chorus Pro a refusé : {refusal.text}", f"Chorus Pro refused: {refusal.text}"
        ) from None
    except PortalFailure:
        raise Transient("Chorus Pro ne répond pas.", "Chorus Pro does not answer.") from None
    name = f"{deposit.invoice_number}.{'zip' if data[:2] == b'PK' else 'pdf'}"
    url = wiring.documents(supplier_id).put_portal_copy(document_id, name, data)
    return answer({"url": url, "expires_in": 300})


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/recycle",
    summary="Send an invoice in A_RECYCLER another way",
    tags=["Tracking"],
    responses=shows("InvoiceShape", HTTPStatus.OK, HTTPStatus.ACCEPTED),
)
def recycle(supplier_id: str, document_id: str, request: Repair) -> Response[str]:
    """Its number and amounts stay. 202: the portal's answer was lost, it will be asked before anything else."""
    return _repair(
        supplier_id, document_id, RepairRequest(kind="recycle", **request.model_dump()), version=if_match(_resolver())
    )


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/complete",
    summary="Answer a suspension with files, words, or both",
    tags=["Tracking"],
    responses=shows("InvoiceShape", HTTPStatus.OK, HTTPStatus.ACCEPTED),
)
def complete(supplier_id: str, document_id: str, request: Repair) -> Response[str]:
    """``attachment_ids`` are documents that were uploaded as attachments."""
    return _repair(
        supplier_id, document_id, RepairRequest(kind="complete", **request.model_dump()), version=if_match(_resolver())
    )


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/treat-rejection",
    summary="Acknowledge a rejection and mark it as dealt with",
    tags=["Tracking"],
    responses=shows("InvoiceShape", HTTPStatus.OK, HTTPStatus.ACCEPTED),
)
def treat_rejection(supplier_id: str, document_id: str) -> Response[str]:
    return _repair(supplier_id, document_id, RepairRequest(kind="treat_rejection"), version=if_match(_resolver()))


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/correct-validator",
    summary="Name another validator",
    tags=["Tracking"],
    responses=shows("InvoiceShape", HTTPStatus.OK, HTTPStatus.ACCEPTED),
)
def correct_validator(supplier_id: str, document_id: str, request: Repair) -> Response[str]:
    """For a subcontractor's or co-contractor's invoice (A9, A12)."""
    return _repair(
        supplier_id,
        document_id,
        RepairRequest(kind="correct_validator", **request.model_dump()),
        version=if_match(_resolver()),
    )


@router.post(
    "/suppliers/<supplier_id>/invoices/<document_id>/reissue",
    summary="Issue a rejected invoice anew, under a new number",
    tags=["Tracking"],
    responses=shows("InvoiceShape", HTTPStatus.CREATED),
)
def reissue(supplier_id: str, document_id: str, request: Reissue) -> Response[str]:
    """A new document with the same file, linked both ways; it goes its way like any other."""
    who = _user_of(supplier_id)
    box = wiring.reissue_invoice(supplier_id, by=who.principal, seconds_left=seconds_left(router.lambda_context))
    invoice = box.reissue(
        document_id,
        request.invoice_number,
        request.fields,
        version=if_match(_resolver()),
        by=who.principal,
        now=datetime.now(UTC),
    )
    return answer(invoice_view(invoice), status=HTTPStatus.CREATED, version=invoice.version)


def _listing(
    supplier_id: str, view: List, wanted: Filter, sort: Sort, direction: str, *, limit: int, cursor: str | None
) -> Response[str]:
    who, now = authorise(router, supplier_id, "use"), datetime.now(UTC)
    left = at_most(_LIVE_SECONDS, router.lambda_context)
    listing = wiring.list_invoices(supplier_id, by=who.principal, seconds_left=left).listing(
        view, wanted, sort=sort, descending=direction == "descending", limit=limit, cursor=cursor, now=now
    )
    return answer(listing_view(listing, now))


def _filter(given: dict[str, Any]) -> Filter:
    """The filters among a route's parameters."""
    values = {name: value for name, value in given.items() if name in Filter.model_fields and value is not None}
    codes = frozenset(code.strip() for code in values.pop("status", "").split(",") if code.strip())
    return Filter(status=codes, **values)
