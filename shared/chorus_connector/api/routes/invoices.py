"""The routes that read invoices: lists, one document, its audit trail, its files."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

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
    ListName,
    Order,
    PartOfText,
    ShortText,
    States,
    filter_of,
)
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, Day, DocumentId, Limit
from chorus_connector.api.views.invoices import (
    attachment_view,
    counts_view,
    files_view,
    invoice_view,
    page_view,
    received_file_view,
    retrieval_view,
    sending_view,
    sent_file_view,
)
from chorus_connector.domain.errors import NothingSent
from chorus_connector.ports.values import AuditEvent
from chorus_connector.usecases.invoices.listing import LARGEST_SEARCH, LARGEST_SORT, list_documents
from chorus_connector.usecases.portal.asking import LIVE_SECONDS
from chorus_connector.wiring import invoices as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

PortalWish = Annotated[
    Literal["ask", "known"] | None,
    Query(
        description="`ask`: a Remote supplier's portal is asked first, for the first page. `known`: no call. The "
        "answer says how new it is (`portal`)."
    ),
]
_FOR_THE_REST = 12.0
"""Seconds that a first count of all documents leaves for counting some of them."""


@router.get(
    "/suppliers/<supplier_id>/invoices",
    operation_id="invoices.list",
    summary="List every document",
    description="Newest first; those the caller may see. A filtered page may be short, even empty, and still have a "
    f"cursor. Another order takes at most {LARGEST_SORT} documents that match among {LARGEST_SEARCH} that are looked "
    "at, else 422: narrow the filters. `list`, one `state` and the days of arrival make a search short.",
    tags=["Invoices"],
    responses=shows("InvoiceList"),
)
def list_all(
    tenant: TenantToUse,
    *,
    number: ShortText = None,
    recipient: ShortText = None,
    text: PartOfText = None,
    state: States = None,
    counter: Counted = None,
    list: ListName = None,  # noqa: A002 (the parameter's public name)
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
    portal: PortalWish = None,
) -> Response[str]:
    wanted = filter_of(locals())
    age = _portal_age(tenant, portal if cursor is None else portal and "known")
    page = list_documents(
        tenant.visible_invoices,
        list,
        wanted,
        sort=sort,
        descending=direction == "descending",
        limit=limit,
        cursor=cursor,
    )
    return answer({**page_view(page), **age})


@router.get(
    "/suppliers/<supplier_id>/invoices/counts",
    operation_id="invoices.counts",
    summary="Count the documents",
    description="By state, by list and by the counters of a front page: what the caller may see. They follow a change "
    "within seconds. A caller who sees only some documents has them counted now, among the newest "
    f"{LARGEST_SEARCH:,}: `complete` says whether that is all.",
    tags=["Invoices"],
    responses=shows("DocumentCounts"),
)
def counts(tenant: TenantToUse) -> Response[str]:
    found = wiring.read_counts(tenant).read(
        now=datetime.now(UTC), may_go_on=lambda: tenant.seconds_left() > _FOR_THE_REST
    )
    return answer(counts_view(found))


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>",
    operation_id="invoices.get",
    summary="Read a document",
    description="Poll it after an upload: it is read within seconds. The ETag begins with its version.",
    tags=["Invoices"],
    responses=shows("InvoiceRead"),
)
def read(tenant: TenantToUse, document_id: DocumentId, portal: PortalWish = None) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    if invoice.deposit is None:
        return answer(invoice_view(invoice), version=invoice.version)
    age = _portal_age(tenant, portal)
    shown = tenant.visible_invoices.get(document_id) if portal == "ask" else invoice
    return answer({**invoice_view(shown), **age}, version=shown.version)


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/attachments",
    operation_id="invoices.attachments",
    summary="List the files that go with a document",
    description="As judged now, with what is wrong.",
    tags=["Attachments"],
    responses=shows("LinkedAttachmentList"),
)
def linked_attachments(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    links = wiring.linked_attachments(tenant, document_id, now=datetime.now(UTC))
    problems = [*links.problems, *([links.hold] if links.hold else [])]
    return answer(
        {
            "attachments": [attachment_view(each) for each in links.attachments],
            "problems": [each.model_dump() for each in problems],
        }
    )


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/history",
    operation_id="invoices.history",
    summary="Read a document's audit trail",
    description="Oldest first, in the order of the writes. `at` may be a little before that of the line above: a "
    "worker takes the time when it begins. `sending` says how the document goes or went, `files` what was received and "
    "what was sent.",
    tags=["Invoices"],
    responses=shows("DocumentHistory"),
)
def history(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    events = tenant.visible_invoices.events(document_id)
    invoice = tenant.visible_invoices.get(document_id)
    shown = {"sending": sending_view(invoice), "files": files_view(invoice)}
    return answer({"events": [_event_view(event) for event in events], **shown})


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/original",
    operation_id="invoices.original",
    summary="Get a link to the uploaded file",
    description="The link works for a few minutes. What was sent to the portal may be another file: `…/sent`.",
    tags=["Invoices"],
    responses=shows("OriginalFileLink"),
)
def original(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    url = tenant.documents.presign_download(document_id, invoice.object_version, invoice.file_name)
    return answer({"url": url, "expires_in": 300, **received_file_view(invoice)})


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/sent",
    operation_id="invoices.sent",
    summary="Get a link to the file that was sent to the portal",
    description="The uploaded file itself, or the same PDF without its XML. The link works for a few minutes. 404, "
    "`not_sent`: nothing was sent yet, or the portal refused it.",
    tags=["Invoices"],
    responses=shows("SentFileLink"),
)
def sent(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    file = invoice.sent_file
    if file is None:
        raise NothingSent
    if file.rewritten:
        url = tenant.documents.presign_sent(document_id, file, invoice.file_name)
    else:
        url = tenant.documents.presign_download(document_id, file.object_version, invoice.file_name)
    return answer({"url": url, "expires_in": 300, **sent_file_view(file)})


def _portal_age(tenant: AuthorisedTenant, wish: Literal["ask", "known"] | None) -> dict[str, Any]:
    """What the answer says of how new the portal's data is, after the portal was asked if that is wished."""
    if wish is None:
        return {}
    now = datetime.now(UTC)
    tracking = wiring.track_invoices(tenant.within(LIVE_SECONDS))
    known = tracking.refresh(now=now) if wish == "ask" else tracking.as_kept(tracking.progress.get())
    return {"portal": retrieval_view(known, now)}


def _event_view(event: AuditEvent) -> dict[str, Any]:
    return {
        "at": event.at.isoformat(),
        "by": event.by,
        "action": event.action,
        "state": event.state,
        "detail": event.detail,
        "changes": [each._asdict() for each in event.changes],
    }
