"""Strict reading of a request body: an unknown field, a wrong type or an unknown value is refused, never ignored.

Numbers are numbers (a string is refused), integers fit 64 bits, booleans are not integers, dates are in a form the
portal is known to take. The models themselves are in `requests.py`.
"""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from tools.simulator.refusals import Refusal, refusal

Model = TypeVar("Model", bound="Request")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d\S*)?")


class Request(BaseModel):
    """A request body; every operation tolerates the technical id of the user and a null in place of nothing."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


def _decimal(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    raise ValueError("un nombre est attendu")


def _wire_date(value: str) -> str:
    to_date(value)
    return value


def _listed(value: object) -> object:
    return value if value is None or isinstance(value, list) else [value]


def to_date(value: str) -> date:
    """The day of `2026-10-09` or of a date-time with or without zone; anything else is a ValueError."""
    if not _DATE.fullmatch(value):
        raise ValueError("une date AAAA-MM-JJ est attendue")
    return date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value).date()


Int = Annotated[int, Field(ge=-(2**63), lt=2**63)]
Amount = Annotated[Decimal, BeforeValidator(_decimal)]
WireDate = Annotated[str, AfterValidator(_wire_date)]
Language = Literal["FR", "EN", "fr", "en"]
Order = Literal["Ascendant", "Descendant"]
one_or_many = BeforeValidator(_listed)
"""For the fields that sources show both as one object and as a list."""


def parse_json(operation: str, body: bytes) -> Any:
    """The JSON value, decimals exact; refused with 400 when it is not JSON (NaN and Infinity are not)."""
    try:
        return json.loads(body, parse_float=Decimal, parse_constant=_no_constant)
    except ValueError as problem:
        raise refusal(operation, "malformed_json", status=400) from problem


def read_request(operation: str, model: type[Model], payload: object) -> Model:
    """The request as `model`; raises the Refusal for the first thing that is wrong with it."""
    try:
        return model.model_validate(payload)
    except ValidationError as problem:
        raise _refused(operation, problem) from None


def _refused(operation: str, problem: ValidationError) -> Refusal:
    # Wrong names first: they explain a missing field better than the missing field does.
    errors = sorted(problem.errors(include_url=False), key=lambda error: error["type"] != "extra_forbidden")
    first = errors[0]
    path = ".".join(str(part) for part in first["loc"] if not _is_union_member(part)) or "corps"
    if first["type"] == "extra_forbidden":
        return refusal(operation, "unknown_field", path, status=400)
    if first["type"] == "missing" or (first["input"] is None and first["loc"]):
        return refusal(operation, "missing_field", path)
    return refusal(operation, "wrong_type", f"{path} ({_expected(first['type'])})", status=400)


def _is_union_member(part: int | str) -> bool:
    return isinstance(part, str) and ("[" in part or part in {"str", "int"})


def _expected(kind: str) -> str:
    return kind.replace("_", " ")


def _no_constant(name: str) -> object:
    raise ValueError(name)
