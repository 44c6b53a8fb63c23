"""What the screens with forms share: a refused form is shown again with its problems, and rows are read from a form."""

from collections.abc import Mapping, Sequence
from typing import Any

from console.api_client import ApiProblem, Json
from console.catalogue import text
from console.requests import Answer, Incoming
from console.screens import Screen

_CORRECTABLE = (400, 409, 412, 413, 415, 422)
"""What the person can correct in the form. Other problems get a page of their own."""


def correctable(error: ApiProblem) -> ApiProblem:
    """The refusal, to show beside the form again. Raises it when no form can correct it."""
    if error.status not in _CORRECTABLE:
        raise error
    return error


def show_form(screen: Screen, template: str, refused: ApiProblem | None = None, **context: Any) -> Answer:
    """The page with the form; after a refusal with its status and its problems."""
    if refused is None:
        return screen.show(template, **context)
    return screen.show(template, status=refused.status, problem=refused.problem, **context)


def refusal(screen: Screen, name: str) -> ApiProblem:
    """A refusal of the console's own (422), with the catalogue's text of that name."""
    return ApiProblem(422, {"title": text(name, screen.language), "detail": "", "problems": []})


def in_path(screen: Screen, value: str) -> str:
    """The typed value as one segment of a path. Raises a refusal for a text that could not be one."""
    if not value or "/" in value or value in (".", "..") or not value.isprintable():
        raise refusal(screen, "configuration.not_an_identifier")
    return value


def to_page_above(screen: Screen, **_names: str) -> Answer:
    """The page above an action's own address, which the browser opens from a page that the action answered with."""
    path, _, query = screen.incoming.address.partition("?")
    above = path.rpartition("/")[0]
    return screen.go(f"{above}?{query}" if query else above)


def version_header(record: Mapping[str, Json]) -> str:
    """The `If-Match` of a record that was read with its version."""
    return f'"{record["version"]}"'


def checked(incoming: Incoming, name: str) -> bool:
    """Whether the box of that name was checked."""
    return bool(incoming.one(name))


def rows(incoming: Incoming, group: str, columns: Sequence[str]) -> list[dict[str, str]]:
    """The rows of a repeated group of fields, `group.column`, without those that are empty."""
    values = [incoming.form.get(f"{group}.{each}", []) for each in columns]
    made = [dict(zip(columns, (each.strip() for each in row), strict=True)) for row in zip(*values, strict=False)]
    return [row for row in made if any(row.values())]
