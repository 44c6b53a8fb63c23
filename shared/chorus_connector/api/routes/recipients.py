"""The routes that find possible recipients of a message."""

from typing import Annotated

from aws_lambda_powertools.event_handler import Request, Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.described import RequestBody, shows
from chorus_connector.api.http import answer
from chorus_connector.api.message_access import authorise_structure
from chorus_connector.api.parameters import Cursor, Limit
from chorus_connector.api.views import messages as views
from chorus_connector.domain.messages.structure import Address, Relation
from chorus_connector.usecases.messages.correspondents import Search
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

LONGEST_TEXT = 100_000
"""Characters a message's text may have in a request; the message's own limit is checked later, with its own code."""


class ChosenRecipient(RequestBody):
    """A structure, or one of its services."""

    siret: str = Field(max_length=20)
    service: str = Field(default_factory=str, max_length=100)

    def address(self) -> Address:
        return Address(siret="".join(self.siret.split()), service=self.service)


Siret = Annotated[str, Query(min_length=14, max_length=14)]


@router.get(
    "/messages/recipients/completion",
    operation_id="recipients.complete",
    summary="Complete a recipient's SIRET",
    description="Structures and services an invoice was exchanged with whose SIRET starts with `prefix` (4 digits at "
    "least). More than a page has a `cursor`.",
    tags=["Messages"],
    responses=shows("CorrespondentList"),
)
def complete_recipient(
    http: Request,
    *,
    sender: Siret,
    prefix: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[Relation | None, Query()] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[str]:
    finder = wiring.find_recipients(authorise_structure(http, sender, "messages"))
    page = finder.completed(kind, prefix, limit=limit, cursor=cursor)
    return answer(views.page_of("recipients", page, map(views.counterparty_view, page.items), None))


@router.get(
    "/messages/recipients/search",
    operation_id="recipients.search",
    summary="Search recipients",
    description="Structures and services an invoice was exchanged with. One criterion at least; all that are given "
    "must match. `designation` finds a structure by its name, and a service by its code or label; `service` finds "
    "services only. Words match from their start, without case and accents. More than a page has a `cursor`.",
    tags=["Messages"],
    responses=shows("CorrespondentList"),
)
def search_recipients(
    http: Request,
    *,
    sender: Siret,
    kind: Annotated[Relation | None, Query()] = None,
    identifier: Annotated[str, Query(max_length=20)] = "",
    designation: Annotated[str, Query(max_length=200)] = "",
    postal_code: Annotated[str, Query(max_length=10)] = "",
    town: Annotated[str, Query(max_length=100)] = "",
    service: Annotated[str, Query(max_length=100)] = "",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response[str]:
    search = Search("".join(identifier.split()), designation, postal_code, town, service)
    finder = wiring.find_recipients(authorise_structure(http, sender, "messages"))
    page = finder.search(kind, search, limit=limit, cursor=cursor)
    return answer(views.page_of("recipients", page, map(views.counterparty_view, page.items), None))
