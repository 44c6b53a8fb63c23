"""The routes that correct how a document is filed, and that stop and release it before it leaves."""

from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.parameters import PLAIN_TEXT, Cursor, DocumentId, Limit
from chorus_connector.api.uploads import checked_metadata
from chorus_connector.api.views.invoices import invoice_view
from chorus_connector.domain.errors import refuse_if_any
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.stopping import StopKind
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form
from chorus_connector.usecases.invoices.filing import NewFiling
from chorus_connector.wiring import invoices as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
_DOCUMENT = "/suppliers/<supplier_id>/invoices/<document_id>"
_MOST_METADATA = 50


class FilingChange(RequestBody):
    """How the document is filed from now on; what is absent stays as it is."""

    model_config = example(metadata={"Bon de commande": "BC-77", "PJ": None}, folder="factures")

    metadata: dict[str, str | None] = Field(
        default_factory=dict,
        max_length=_MOST_METADATA,
        description="By name: the new value; null removes the metadata.",
    )
    folder: str | None = Field(default=None, min_length=1, max_length=200)
    classification_rule: str | None = Field(default=None, min_length=1, max_length=200)

    def filing(self) -> NewFiling:
        """The change. Raises Invalid for metadata that an upload would not take either, and for a blank place."""
        places = {"folder": self.folder, "classification_rule": self.classification_rule}
        blank = [_blank_place(name) for name, text in places.items() if text is not None and not matching_form(text)]
        refuse_if_any("Classement refusé.", "The filing is refused.", *blank)
        checked_metadata({name: value or "" for name, value in self.metadata.items()}, at_most=_MOST_METADATA)
        return NewFiling(self.metadata, self.model_dump(exclude={"metadata"}, exclude_unset=True))


def _blank_place(field: str) -> Problem:
    return Problem(
        field=field,
        code="place_blank",
        fr="Ce nom est vide ou n'a que des séparateurs ; pour le retirer, envoyez null.",
        en="This name is blank or has separators only; to remove it send null.",
    )


class StopRequest(RequestBody):
    """Why, in a person's words; it is shown with the document."""

    model_config = example(reason="Le client attend un avoir.")

    reason: Annotated[str, Field(max_length=200, pattern=PLAIN_TEXT)] = ""


@router.patch(
    f"{_DOCUMENT}/metadata",
    operation_id="filing.change",
    summary="Correct a document's metadata, folder or classification rule",
    description="Before it leaves. It is judged anew: set aside when no criterion matches any more, read when one "
    "matches now. 409 `too_late`: its submission has begun.",
    tags=["Invoices"],
    responses=shows("InvoiceView"),
)
def change_filing(tenant: TenantToUse, document_id: DocumentId, request: FilingChange) -> Response[str]:
    changed = wiring.correct_filing(tenant).refile(
        document_id, request.filing(), version=if_match(router), by=tenant.by, now=_now()
    )
    return _answer(changed)


@router.post(
    f"{_DOCUMENT}/hold",
    operation_id="filing.hold",
    summary="Hold a document",
    description="It does not leave until it is released or submitted by a person. 409 `too_late`: its submission has "
    "begun.",
    tags=["Invoices"],
    responses=shows("InvoiceView"),
)
def hold(tenant: TenantToUse, document_id: DocumentId, request: StopRequest | None = None) -> Response[str]:
    return _stop(tenant, document_id, "hold", request, version=if_match(router))


@router.post(
    f"{_DOCUMENT}/set-aside",
    operation_id="filing.set_aside",
    summary="Set a document aside",
    description="It is kept and no longer processed, until it is released. 409 `too_late`: its submission has begun.",
    tags=["Invoices"],
    responses=shows("InvoiceView"),
)
def set_aside(tenant: TenantToUse, document_id: DocumentId, request: StopRequest | None = None) -> Response[str]:
    return _stop(tenant, document_id, "set_aside", request, version=if_match(router))


@router.post(
    f"{_DOCUMENT}/withdraw",
    operation_id="filing.withdraw",
    summary="Stop a document's submission now",
    description="As `hold`, without `If-Match`: it works until the moment the attempt to submit is written. 409 "
    "`too_late` says when that was.",
    tags=["Invoices"],
    responses=shows("InvoiceView"),
)
def withdraw(tenant: TenantToUse, document_id: DocumentId, request: StopRequest | None = None) -> Response[str]:
    reason = request.reason if request else ""
    return _answer(wiring.correct_filing(tenant).withdraw(document_id, reason=reason, by=tenant.by, now=_now()))


@router.post(
    f"{_DOCUMENT}/release",
    operation_id="filing.release",
    summary="Process a document again that was held or set aside",
    description="Also one that no criterion matched. It is read if it was not, else judged anew.",
    tags=["Invoices"],
    responses=shows("InvoiceView"),
)
def release(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    freed = wiring.correct_filing(tenant).release(document_id, version=if_match(router), by=tenant.by, now=_now())
    return _answer(freed)


@router.delete(
    _DOCUMENT,
    operation_id="filing.delete",
    summary="Delete a document that was never sent",
    description="With its file, its reading and its history; the configuration's audit trail keeps who, when and what "
    "file. 409 `too_late`: its submission has begun; 409 `status_forbids`: it was attempted, or the portal has it. The "
    "bucket erases the file within some days.",
    tags=["Invoices"],
    responses=shows("DeletedItem"),
)
def delete(tenant: TenantToUse, document_id: DocumentId) -> Response[str]:
    wiring.delete_document(tenant).delete(document_id, version=if_match(router), by=tenant.by, now=_now())
    return answer({"deleted": document_id})


@router.post(
    "/suppliers/<supplier_id>/invoices/take-matching",
    operation_id="filing.take_matching",
    summary="Take the documents that a criterion matches now",
    description="Of those that none matched when they came: what a criteria dry run showed as `would_be_taken`. Looks "
    "at up to `limit` documents; send the cursor for the next ones, until it is null.",
    tags=["Invoices"],
    responses=shows("TakenDocuments", HTTPStatus.ACCEPTED),
)
def take_matching(tenant: TenantToUse, limit: Limit = 50, cursor: Cursor = None) -> Response[str]:
    taken, following = wiring.correct_filing(tenant).take_matching(by=tenant.by, now=_now(), limit=limit, cursor=cursor)
    body = {"taken": [each.document_id for each in taken], "cursor": following}
    return answer(body, status=HTTPStatus.ACCEPTED)


def _stop(
    tenant: AuthorisedTenant, document_id: str, kind: StopKind, request: StopRequest | None, *, version: int
) -> Response[str]:
    reason = request.reason if request else ""
    stopped = wiring.correct_filing(tenant).stop(
        document_id, kind, version=version, reason=reason, by=tenant.by, now=_now()
    )
    return _answer(stopped)


def _answer(invoice: Invoice) -> Response[str]:
    return answer(invoice_view(invoice), version=invoice.version)


def _now() -> datetime:
    return datetime.now(UTC)
