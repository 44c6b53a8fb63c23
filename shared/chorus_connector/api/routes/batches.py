"""The route that does one action on many documents."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, error_body
from chorus_connector.api.parameters import PLAIN_TEXT
from chorus_connector.domain.errors import refuse_if_any
from chorus_connector.domain.problem import Problem
from chorus_connector.usecases.invoices.batch import MOST_DOCUMENTS, BatchAction, BatchItem, BatchResult
from chorus_connector.wiring import invoices as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class DocumentInBatch(RequestBody):
    """One document, and the version that the client has seen."""

    model_config = example(document_id="3f2c9a", version=3)

    document_id: str = Field(min_length=1, max_length=64)
    version: int | None = Field(
        default=None,
        ge=0,
        description="As `If-Match` of the single routes; null: whatever the version is now.",
    )


class BatchRequest(RequestBody):
    """One action, and the documents it is done on."""

    model_config = example(
        action="set_aside", documents=[{"document_id": "3f2c9a", "version": 3}], reason="Reçus en double."
    )

    action: BatchAction = Field(
        description="As the single routes do it. `assign` gives the documents a label of the users table, so that "
        "those who have the label see them."
    )
    documents: list[DocumentInBatch] = Field(min_length=1, max_length=MOST_DOCUMENTS)
    reason: Annotated[str, Field(max_length=200, pattern=PLAIN_TEXT)] | None = Field(
        default=None, description="For `hold` and `set_aside`: why, in a person's words."
    )
    principal: str | None = Field(
        default=None,
        min_length=1,
        max_length=128,
        description="For `assign`: the person, system or group, which has one label in the users table.",
    )
    label: str | None = Field(
        default=None,
        min_length=1,
        max_length=200,
        description="For `assign`: the label, if the principal has several or none is named.",
    )

    def problems(self) -> Iterator[Problem]:
        """What does not fit together in the request."""
        ids = [each.document_id for each in self.documents]
        if len(set(ids)) < len(ids):
            yield _DOCUMENT_REPEATED
        if self.reason is not None and self.action not in ("hold", "set_aside"):
            yield _REASON_WITHOUT_STOP
        named = self.principal is not None or self.label is not None
        if named != (self.action == "assign"):
            yield _ASSIGNED_TO_NONE if self.action == "assign" else _NOT_ASSIGNED


_DOCUMENT_REPEATED = Problem(
    field="documents",
    code="document_repeated",
    fr="Un document est deux fois dans la liste : laissez-le une fois.",
    en="A document is in the list twice: leave it once.",
)
_REASON_WITHOUT_STOP = Problem(
    field="reason",
    code="reason_without_stop",
    fr="Un motif (reason) va avec hold et set_aside seulement.",
    en="A reason goes with hold and set_aside only.",
)
_ASSIGNED_TO_NONE = Problem(
    field="principal",
    code="assigned_to_none",
    fr="Dites à qui les documents sont attribués : principal, ou label.",
    en="Say whom the documents are assigned to: principal, or label.",
)
_NOT_ASSIGNED = Problem(
    field="principal",
    code="nothing_assigned",
    fr="principal et label vont avec l'action assign seulement.",
    en="principal and label go with the action assign only.",
)


@router.post(
    "/suppliers/<supplier_id>/invoices/batch",
    operation_id="batches.run",
    summary="Do one action on up to 100 documents",
    description="Each document has its own result, in the order of the request; a refusal stops no other one. "
    "`not_attempted`: the time of a request did not suffice; send these again, with another `Idempotency-Key`. A "
    "submission asked for here confirms no layout.",
    tags=["Invoices"],
    responses=shows("BatchResults"),
)
def run(tenant: TenantToUse, request: BatchRequest) -> Response[str]:
    refuse_if_any("Demande refusée.", "The request is refused.", *request.problems())
    assignment = None
    if request.action == "assign":
        assignment = wiring.resolve_assignment(tenant).to(principal=request.principal, label=request.label)
    results = wiring.process_batch(tenant).run(
        [BatchItem(each.document_id, each.version) for each in request.documents],
        request.action,
        by=tenant.by,
        now=datetime.now(UTC),
        reason=request.reason or "",
        assignment=assignment,
    )
    return answer({"results": [_result_view(each) for each in results]})


def _result_view(result: BatchResult) -> dict[str, Any]:
    """What became of one document, with the problem that its own route would have answered."""
    outcome = "not_attempted" if not result.attempted else "refused" if result.error else "done"
    return {
        "document_id": result.document_id,
        "outcome": outcome,
        "state": result.invoice.state if result.invoice else None,
        "version": result.invoice.version if result.invoice else None,
        "problems": [each.model_dump() for each in result.invoice.blocking_problems] if result.invoice else [],
        "problem": error_body(result.error) if result.error else None,
    }
