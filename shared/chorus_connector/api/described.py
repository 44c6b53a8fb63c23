"""What a route says of itself for the API's document: the shape of its answer by name, and its body's example.

By name, because the shapes are classes that only the document needs: a function that starts makes none of them.
`make openapi` puts each shape in its place, and fails on a name that is none.
"""

from http import HTTPStatus
from typing import Any

from pydantic import ConfigDict


def example(**values: Any) -> ConfigDict:
    """A request model's example, for the document; a test sends every one of them."""
    return ConfigDict(defer_build=True, json_schema_extra={"examples": [values]})


def shows(shape: str, *statuses: HTTPStatus) -> dict[int, Any]:
    """The ``responses`` of a route that answers with the shape of that name (200 unless told otherwise)."""
    return {int(status): {"description": shape} for status in statuses or (HTTPStatus.OK,)}
