"""The routes on the portal's directory of recipients: search it, and read one recipient with its services."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TenantOfMember
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, Limit, LongCursor, RecipientPath, Text
from chorus_connector.domain.portal.recipient import Recipient, Service
from chorus_connector.domain.portal.recipient_search import RecipientQuery
from chorus_connector.usecases.portal.directory import services_page
from chorus_connector.usecases.portal.recipient_search import page_of_recipients
from chorus_connector.wiring import portal as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

_LIVE_SECONDS = 8.0
"""What asking the portal may take before an older answer is given."""

_UNUSABLE: dict[int, Any] = {
    409: {"description": "The portal cannot be asked: no credentials, refused ones, or too many calls."}
}
_SHOWN = {
    *("siret", "name", "active", "postal_code", "town", "reports_payment", "works_invoices_only"),
    *("service_required", "engagement_required", "service_or_engagement_required"),
}
Digits = Annotated[str, Query(max_length=20, pattern="^[0-9 ]*$")]
PostalCode = Annotated[str, Query(max_length=10)]
WordsOfRecipient = Annotated[str, Query(max_length=200)]
ServiceCode = Annotated[str | None, Query(min_length=1, max_length=100)]


@router.get(
    "/suppliers/<supplier_id>/recipients/search",
    operation_id="directory.search",
    summary="Search the portal's directory of recipients",
    description="Active public recipients, by name. One parameter at least; all that are given must match. Chorus Pro "
    "is asked, and its answer serves for a day; while it is down, the last answer is given with its age. `complete` "
    "false: there may be more, and `incomplete_because` says why.",
    tags=["Recipients"],
    responses={**shows("RecipientSearch"), **_UNUSABLE},
)
def search_directory(
    tenant: TenantOfMember,
    *,
    siret: Digits = "",
    name: WordsOfRecipient = "",
    town: WordsOfRecipient = "",
    postal_code: PostalCode = "",
    limit: Limit = 20,
    cursor: LongCursor = None,
) -> Response[str]:
    now = datetime.now(UTC)
    query = RecipientQuery(siret="".join(siret.split()), name=name, town=town, postal_code=postal_code)
    answered = wiring.search_recipients(tenant.within(_LIVE_SECONDS)).search(query, now=now)
    page, following = page_of_recipients(answered.found, limit=limit, cursor=cursor)
    shown = {
        "recipients": [each.model_dump() for each in page],
        "complete": answered.found.complete,
        "incomplete_because": answered.found.because or (None if answered.found.complete else "too_many"),
        "cursor": following,
        **_age(answered.found.found_at, now, stale=answered.stale),
    }
    return answer(shown)


@router.get(
    "/suppliers/<supplier_id>/recipients/<siret>",
    operation_id="directory.get",
    summary="Read a recipient and its services",
    description="What the recipient requires of an invoice, and its services by code. `service`: only the service with "
    "exactly that code, with its own requirement.",
    tags=["Recipients"],
    responses={**shows("DirectoryRecipient"), **_UNUSABLE},
)
def read_recipient(
    tenant: TenantOfMember,
    siret: RecipientPath,
    *,
    search: Text = None,
    service: ServiceCode = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Response[str]:
    now = datetime.now(UTC)
    read = wiring.directory(tenant.within(_LIVE_SECONDS)).read(siret, service, now=now)
    page, following = services_page(read.recipient, search=search or "", code=service, limit=limit, cursor=cursor)
    shown = {
        **_recipient_view(read.recipient),
        "services": [_service_view(each) for each in page],
        "cursor": following,
        **_age(read.recipient.fetched_at, now, stale=read.stale),
    }
    return answer(shown)


def _age(at: datetime, now: datetime, *, stale: bool) -> dict[str, Any]:
    return {
        "retrieved_at": at.isoformat(),
        "age_seconds": max(0, int((now - at).total_seconds())),
        "stale": stale,
    }


def _recipient_view(recipient: Recipient) -> dict[str, Any]:
    return recipient.model_dump(include=_SHOWN)


def _service_view(service: Service) -> dict[str, Any]:
    return service.model_dump(include={"code", "name", "active", "engagement_required"})
