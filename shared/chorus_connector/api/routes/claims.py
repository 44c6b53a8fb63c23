"""The routes by which a person says that they work on a document."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import PLAIN_TEXT, DocumentId
from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.invoices.work_claims import LONGEST_CLAIM, WorkClaim
from chorus_connector.domain.problem import Problem
from chorus_connector.wiring import invoices as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
_CLAIM = "/suppliers/<supplier_id>/invoices/<document_id>/claim"


class ClaimRequest(RequestBody):
    """For how long the caller works on the document."""

    model_config = example(minutes=10)

    minutes: int = Field(
        default=10,
        ge=1,
        le=int(LONGEST_CLAIM.total_seconds() // 60),
        description="From now on. Send it again to renew.",
    )
    person: str | None = Field(
        default=None,
        min_length=1,
        max_length=100,
        pattern=PLAIN_TEXT,
        description="For systems only: the person who works on it, as your system names them.",
    )


@router.post(
    _CLAIM,
    operation_id="claims.set",
    summary="Say that you work on a document",
    description="Others see it in the form and in the list of documents to process, until it ends. It forbids nothing: "
    "others may work on the document, claim and submit it too. The document's version stays as it is.",
    tags=["Invoices"],
    responses=shows("ClaimList"),
)
def claim(tenant: TenantToUse, document_id: DocumentId, request: ClaimRequest | None = None) -> Response[str]:
    wanted = request or ClaimRequest()
    now = datetime.now(UTC)
    claims = wiring.claim_work(tenant).claim(
        document_id, by=tenant.by, person=_person(tenant, wanted), lasts=timedelta(minutes=wanted.minutes), now=now
    )
    return _answer(tenant, claims, now)


@router.get(
    _CLAIM,
    operation_id="claims.get",
    summary="Read who works on a document",
    description="The one who began first comes first. The form says the same, but its ETag is the document's version, "
    "which a claim does not change.",
    tags=["Invoices"],
    responses=shows("ClaimList"),
)
def read(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    now = datetime.now(UTC)
    return _answer(tenant, wiring.claim_work(tenant).of(document_id, now=now), now)


@router.delete(
    _CLAIM,
    operation_id="claims.release",
    summary="Say that you no longer work on a document",
    description="Ends the caller's own claim, if there is one.",
    tags=["Invoices"],
    responses=shows("ClaimList"),
)
def release(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    now = datetime.now(UTC)
    return _answer(tenant, wiring.claim_work(tenant).release(document_id, by=tenant.by, now=now), now)


def _person(tenant: AuthorisedTenant, request: ClaimRequest) -> str | None:
    """Whom a system names, else the name that a person signs in with. Raises Invalid."""
    if request.person is not None and not tenant.caller.system:
        raise Invalid.about(
            Problem(
                field="person",
                code="person_is_the_caller",
                fr="Une personne le dit en son propre nom : n'envoyez pas person.",
                en="A person says it in their own name: do not send person.",
            )
        )
    return request.person or tenant.caller.name or None


def _answer(tenant: AuthorisedTenant, claims: tuple[WorkClaim, ...], now: datetime) -> Response[str]:
    shown: list[dict[str, Any]] = [each.seen_at(now, caller=tenant.by) for each in claims]
    return answer({"claims": shown})
