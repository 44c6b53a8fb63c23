"""What a route says about itself for the API's description: the schema of its answer by name, and its body's model.

The schema is named, not imported: these classes serve the description only, so a function does not build them at its
start. `make openapi` puts each schema in its place and fails on an unknown name.
"""

from collections.abc import Collection
from http import HTTPStatus
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field


class RequestBody(BaseModel):
    """Base of every request body: an unknown property is refused (422), never ignored."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


def fields_of(record: type[BaseModel], names: Collection[str], *, optional: bool = False) -> dict[str, Any]:
    """The named fields of a record as arguments of ``create_model``, in the record's order.

    A request or an answer that is made of them names no attribute of the record again.
    """
    fields: dict[str, Any] = {}
    for name, field in record.model_fields.items():
        if name in names:
            kind: Any = Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation
            default = None if optional else ...
            fields[name] = (kind | None if optional else kind, Field(default=default, description=field.description))
    return fields


def example(**values: Any) -> ConfigDict:
    """The configuration of a request model with this example; a test sends every example to the API."""
    return ConfigDict(json_schema_extra={"examples": [values]})


def shows(schema: str, *statuses: HTTPStatus) -> dict[int, Any]:
    """The ``responses`` of a route that answers with the schema of that name (status 200 unless others are given)."""
    return {int(status): {"description": schema} for status in statuses or (HTTPStatus.OK,)}
