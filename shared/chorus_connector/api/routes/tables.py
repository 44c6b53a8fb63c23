"""The routes of correspondence tables and of the rows proposed from corrections and messages."""

import uuid
from dataclasses import asdict
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.requests import body_of
from chorus_connector.api.uploads import takes_file
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.suppliers.announced_codes import Words, caution, statement
from chorus_connector.domain.suppliers.tables import Proposal, TableKind, TableRow, beginning_of_keys, decode_row_id

if TYPE_CHECKING:
    from chorus_connector.usecases.suppliers.tables import EditTables, ImportReport

from chorus_connector.api.authorisation import TenantToAdminister
from chorus_connector.api.parameters import LongCursor
from chorus_connector.wiring import suppliers as wiring
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
_CONFIGURATION = "/suppliers/<supplier_id>/configuration"
_TABLE = f"{_CONFIGURATION}/tables/<kind>"
_SHOWN_LINES = 500
RowLimit = Annotated[int, Query(ge=1, le=1000)]
RowStart = Annotated[
    str,
    Query(
        max_length=200,
        description="How the label begins; in the table of services the recipient's SIRET, in that of users the "
        "principal. Empty: every row.",
    ),
]


class NewRow(RequestBody):
    """A label and its value; in the table of services ``recipient_siret`` names the recipient of the service."""

    model_config = example(label="Service des finances", value="FINANCES", recipient_siret="21440109300015")

    label: str = Field(min_length=1, max_length=200)
    value: str = Field(min_length=1, max_length=128)
    recipient_siret: str | None = Field(default=None, max_length=20)


class ActivationRequest(RequestBody):
    """How a proposed row is added to its table."""

    model_config = example(label="Service technique")

    label: str | None = Field(default=None, min_length=1, max_length=200, description="Instead of the proposed label.")


@router.get(
    _TABLE,
    operation_id="tables.get",
    summary="Read a correspondence table",
    description="For the supplier's administrators, sorted by what `starts_with` looks at.",
    tags=["Tables"],
    responses=shows("TableRowList"),
)
def read_table(
    tenant: TenantToAdminister,
    kind: TableKind,
    starts_with: RowStart = "",
    limit: RowLimit = 100,
    cursor: LongCursor = None,
) -> Response[str]:
    prefix = beginning_of_keys(kind, starts_with)
    page = tenant.tables.page(kind, limit=limit, cursor=cursor, key_prefix=prefix)
    return answer({"rows": [_row_view(row) for row in page.rows], "cursor": page.cursor})


@router.put(
    f"{_TABLE}/rows",
    operation_id="rows.save",
    summary="Save a row",
    description="It replaces the row with the same label, if any.",
    tags=["Tables"],
    responses=shows("TableRowView"),
)
def save_row(tenant: TenantToAdminister, kind: TableKind, request: NewRow) -> Response[str]:
    scope = request.recipient_siret or ""
    row = _edit(tenant).save(kind, label=request.label, value=request.value, scope=scope, now=datetime.now(UTC))
    return answer(_row_view(row))


@router.get(
    f"{_TABLE}/rows/<row_id>",
    operation_id="rows.get",
    summary="Read a row",
    description="For the supplier's administrators.",
    tags=["Tables"],
    responses=shows("TableRowView"),
)
def read_row(tenant: TenantToAdminister, kind: TableKind, row_id: str) -> Response[str]:
    row = tenant.tables.row(kind, decode_row_id(row_id))
    if row is None:
        raise NotFound
    return answer(_row_view(row))


@router.delete(
    f"{_TABLE}/rows/<row_id>",
    operation_id="rows.delete",
    summary="Delete a row",
    description="For the supplier's administrators.",
    tags=["Tables"],
    responses=shows("DeletedItem"),
)
def delete_row(tenant: TenantToAdminister, kind: TableKind, row_id: str) -> Response[str]:
    _edit(tenant).delete(kind, row_id, now=datetime.now(UTC))
    return answer({"deleted": row_id})


@router.post(
    f"{_TABLE}/imports",
    operation_id="tables.import",
    summary="Import a table from CSV",
    description="The body is the file: UTF-8, its first line names the columns, separated by ; or a comma. "
    "At most 10,000 rows and 1 MB. Good lines are kept, each in place of the row for its label. A dry run also offers "
    "what the portal's directory has for a refused line: at most five values for each, for the first twenty searches.",
    middlewares=[takes_file("text/csv", "application/octet-stream")],
    tags=["Tables"],
    responses=shows("TableImport"),
)
def import_table(
    tenant: TenantToAdminister, kind: TableKind, dry_run: Annotated[bool, Query()] = False
) -> Response[str]:
    report = _edit(tenant).import_csv(
        kind, body_of(router.current_event.raw_event), now=datetime.now(UTC), dry_run=dry_run
    )
    return answer(_import_view(report))


@router.post(
    f"{_TABLE}/exports",
    operation_id="tables.export",
    summary="Export a table as CSV",
    description="The whole table, as a file that `tables.import` takes.",
    tags=["Tables"],
    responses=shows("FileLink", HTTPStatus.CREATED),
)
def export_table(tenant: TenantToAdminister, kind: TableKind) -> Response[str]:
    written = _edit(tenant).export_csv(kind).encode()
    documents = tenant.documents
    key = documents.put_export(f"table-{kind}-{uuid.uuid4().hex[:12]}.csv", written)
    return answer({"url": documents.presign_export(key), "expires_in": 300}, status=HTTPStatus.CREATED)


@router.get(
    f"{_CONFIGURATION}/proposals",
    operation_id="proposals.list",
    summary="List proposed rows",
    description="Rows that corrections of accepted invoices suggest, and service codes that received messages "
    "announce. None of them is in use.",
    tags=["Tables"],
    responses=shows("ProposalList"),
)
def list_proposals(tenant: TenantToAdminister, limit: RowLimit = 100, cursor: LongCursor = None) -> Response[str]:
    page = tenant.tables.proposals(limit=limit, cursor=cursor)
    return answer({"proposals": [_proposal_view(each) for each in page.proposals], "cursor": page.cursor})


@router.post(
    f"{_CONFIGURATION}/proposals/<proposal_id>/activate",
    operation_id="proposals.activate",
    summary="Add a proposed row to its table",
    description="For the supplier's administrators. It is checked at the portal like every row; what the portal does "
    "not know is refused and stays proposed. The row is in use at once, whatever days a message announces.",
    tags=["Tables"],
    responses=shows("ActivatedRow"),
)
def activate(tenant: TenantToAdminister, proposal_id: str, request: ActivationRequest | None = None) -> Response[str]:
    now = datetime.now(UTC)
    row, proposal = _edit(tenant).activate(proposal_id, now=now, label=request.label if request else None)
    return answer({**_row_view(row), "caution": _words(caution(proposal, today=day_in_paris(now)))})


@router.post(
    f"{_CONFIGURATION}/proposals/<proposal_id>/dismiss",
    operation_id="proposals.dismiss",
    summary="Dismiss a proposed row",
    description="It is not proposed again.",
    tags=["Tables"],
    responses=shows("DismissedProposal"),
)
def dismiss(tenant: TenantToAdminister, proposal_id: str) -> Response[str]:
    _edit(tenant).dismiss(proposal_id, now=datetime.now(UTC))
    return answer({"dismissed": proposal_id})


def _edit(tenant: AuthorisedTenant) -> "EditTables":
    """The tables, for one of the supplier's administrators. Raises NotFound, Forbidden."""
    return wiring.edit_tables(tenant)


def _row_view(row: TableRow) -> dict[str, Any]:
    shown = row.model_dump(mode="json", exclude={"scope"})
    warning = row.warning.model_dump(mode="json") if row.warning else None
    return {"row_id": row.row_id, **shown, "recipient_siret": row.scope or None, "warning": warning}


def _proposal_view(proposal: Proposal) -> dict[str, Any]:
    announced = proposal.origin == "message"
    return {
        "proposal_id": proposal.proposal_id,
        **proposal.model_dump(mode="json", include={"status", "origin", "document_id", "first_day", "last_day"}),
        "reference": proposal.reference or None,
        "in_directory": proposal.in_directory if announced else None,
        "statement": _words(statement(proposal)),
        "row": _row_view(proposal.row),
    }


def _words(words: Words | None) -> dict[str, str] | None:
    return {"fr": words[0], "en": words[1]} if words else None


def _import_view(report: "ImportReport") -> dict[str, Any]:
    """A file of 10,000 bad lines must not make an answer that is larger than a function may give."""
    refused = [
        {
            "line": each.line,
            "problems": [problem.model_dump() for problem in each.problems],
            "suggestions": [asdict(suggestion) for suggestion in each.suggestions],
        }
        for each in report.refused[:_SHOWN_LINES]
    ]
    return {
        "dry_run": report.dry_run,
        "accepted": report.accepted,
        "refused_count": len(report.refused),
        "unverified_count": len(report.unverified),
        "refused": refused,
        "unverified_lines": list(report.unverified[:_SHOWN_LINES]),
        "doubtful_count": len(report.doubtful),
        "doubtful_lines": list(report.doubtful[:_SHOWN_LINES]),
    }
