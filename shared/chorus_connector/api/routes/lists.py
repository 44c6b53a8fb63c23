"""The routes of distribution lists."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TheCaller
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer, if_match
from chorus_connector.api.message_access import (
    StructureMessages,
    authorise_structure,
)
from chorus_connector.api.parameters import Cursor, Limit, OptionalSiret
from chorus_connector.api.routes.recipients import LONGEST_TEXT, ChosenRecipient
from chorus_connector.api.views import messages as views
from chorus_connector.domain.messages.structure import Relation
from chorus_connector.usecases.messages.reading import DEFAULT_LIMIT, list_line
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
ListPath = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]


class NewList(RequestBody):
    """A distribution list to create."""

    model_config = example(owner_siret="73282932000074", name="Clients du Sud", members=[{"siret": "21440109300015"}])

    owner_siret: str = Field(min_length=14, max_length=14)
    owner_service: str = Field(default_factory=str, max_length=100)
    kind: Relation | None = None
    name: str = Field(default_factory=str, max_length=LONGEST_TEXT)
    members: list[ChosenRecipient] = Field(default_factory=list, max_length=5000)


class ListChange(RequestBody):
    """What changes in a distribution list; what is absent stays as it is."""

    model_config = example(name="Clients de l'Ouest", add=[{"siret": "21440109300015"}])

    name: str | None = Field(default=None, max_length=LONGEST_TEXT, description="null: it stays as it is.")
    add: list[ChosenRecipient] = Field(default_factory=list, max_length=5000)
    remove: list[ChosenRecipient] = Field(default_factory=list, max_length=5000)


@router.get(
    "/messages/lists",
    operation_id="lists.list",
    summary="List distribution lists",
    description="`sort` is a column (`name`, `identifier`, `designation`, `service_code`, `service_label`, `kind`); "
    "`-` before it reverses the order.",
    tags=["Messages"],
    responses=shows("DistributionListPage"),
)
def list_lists(
    caller: TheCaller,
    *,
    owner: OptionalSiret = None,
    kind: Annotated[Relation | None, Query()] = None,
    sort: Annotated[str, Query(max_length=50)] = "name",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[str]:
    reader = wiring.read_lists(caller)
    page = reader.page(owner=owner, kind=kind, sort=sort, limit=limit, cursor=cursor)
    return answer(views.page_of("lists", page, map(views.list_line_view, page.items), None))


@router.post(
    "/messages/lists",
    operation_id="lists.create",
    summary="Create a distribution list",
    description="The caller needs a subscription in writing mode.",
    tags=["Messages"],
    responses=shows("DistributionListView", HTTPStatus.CREATED),
)
def create_list(request: NewList, http: Request) -> Response[str]:
    structure = authorise_structure(http, request.owner_siret, "messages")
    keep = wiring.keep_lists(structure)
    created = keep.create(
        list_id=uuid.uuid4().hex[:12],
        name=request.name,
        service=request.owner_service,
        kind=request.kind,
        members=[each.address() for each in request.members],
        now=datetime.now(UTC),
    )
    line = list_line(created, structure.record)
    return answer(views.list_view(line, keep.members(created)), status=HTTPStatus.CREATED, version=created.version)


@router.get(
    "/messages/lists/<siret>/<list_id>",
    operation_id="lists.get",
    summary="Read a distribution list",
    description="With its members.",
    tags=["Messages"],
    responses=shows("DistributionListView"),
)
def read_list(structure: StructureMessages, list_id: ListPath) -> Response[str]:
    keep = wiring.keep_lists(structure)
    found = keep.get(list_id)
    return answer(views.list_view(list_line(found, structure.record), keep.members(found)), version=found.version)


@router.patch(
    "/messages/lists/<siret>/<list_id>",
    operation_id="lists.update",
    summary="Change a distribution list",
    description="Rename it, add members, remove members. Messages already sent keep their recipients.",
    tags=["Messages"],
    responses=shows("DistributionListView"),
)
def change_list(structure: StructureMessages, list_id: ListPath, request: ListChange) -> Response[str]:
    keep = wiring.keep_lists(structure)
    changed = keep.change(
        list_id,
        name=request.name,
        add=[each.address() for each in request.add],
        remove=[each.address() for each in request.remove],
        version=if_match(router),
        now=datetime.now(UTC),
    )
    return answer(views.list_view(list_line(changed, structure.record), keep.members(changed)), version=changed.version)


@router.delete(
    "/messages/lists/<siret>/<list_id>",
    operation_id="lists.delete",
    summary="Delete a distribution list",
    description="Messages already sent keep their recipients.",
    tags=["Messages"],
    responses=shows("DeletedItem"),
)
def delete_list(structure: StructureMessages, list_id: ListPath) -> Response[str]:
    wiring.keep_lists(structure).delete(list_id, version=if_match(router))
    return answer({"deleted": list_id})
