"""The filters and orders of the lists of invoices, as query parameters."""

from decimal import Decimal
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from chorus_connector.domain.errors import Invalid
from chorus_connector.domain.invoices.counting import CounterName
from chorus_connector.domain.invoices.listing import Filter, InvoiceSort
from chorus_connector.domain.invoices.states import List, State
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.matching import matching_form

ShortText = Annotated[str | None, Query(max_length=100)]
PartOfText = Annotated[
    str | None,
    Query(
        min_length=1,
        max_length=100,
        description="part of the file name, of the invoice's, engagement's or contract's number, or of the recipient's "
        "name or identifier, spelling as for names; or, whole, the portal's number, the total or the amount due",
    ),
]
AmountQuery = Annotated[Decimal | None, Query()]
Codes = Annotated[str | None, Query(max_length=1000, description="status codes, separated by commas")]
States = Annotated[str | None, Query(max_length=200, description="states, separated by commas")]
Counted = Annotated[CounterName | None, Query(description="what that counter of `invoices.counts` counts")]
ListName = Annotated[List | None, Query(description="the list that the document is in; none: any")]
Order = Annotated[InvoiceSort, Query()]
Direction = Annotated[Literal["ascending", "descending"], Query()]


def filter_of(given: dict[str, Any]) -> Filter:
    """The filters among a route's parameters. Raises Invalid for a state that does not exist, and a blank text."""
    values = {name: value for name, value in given.items() if name in Filter.model_fields and value is not None}
    status = _codes(values.pop("status", ""))
    state = frozenset(map(_state, _codes(values.pop("state", ""))))
    if "text" in values and not matching_form(values["text"]):
        raise _blank_text()
    return Filter(status=status, state=state, **values)


def _codes(given: str) -> frozenset[str]:
    return frozenset(code.strip() for code in given.split(",") if code.strip())


def _state(code: str) -> State:
    try:
        return State(code)
    except ValueError:
        known = ", ".join(State)
        raise Invalid.about(
            Problem(
                field="state",
                code="state_unknown",
                fr=f"État inconnu : {code}. Les états sont : {known}.",
                en=f"Unknown state: {code}. The states are: {known}.",
            )
        ) from None


def _blank_text() -> Invalid:
    return Invalid.about(
        Problem(
            field="text",
            code="text_blank",
            fr="Le texte cherché n'a que des séparateurs : donnez une partie d'un nom ou d'un numéro.",
            en="The searched text has only separators: give a part of a name or of a number.",
        )
    )
