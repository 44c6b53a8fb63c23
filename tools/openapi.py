"""The API's one OpenAPI 3.1 document, from the code itself: `make openapi` writes docs/openapi.json.

Each function's resolver describes its own routes and Powertools' OpenAPIMerge joins them. What the conventions add
to every route (problems, keys, ETags, languages) is said once here. OpenAPIMerge finds resolvers by the name of their
class in the source, and keeps the last of two different schemas of one name: so the functions are loaded here, and
such a pair is an error.
"""

import importlib.util
import inspect
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge
from pydantic import BaseModel

from chorus_connector.api.schemas import (
    invoices as shapes,
)
from chorus_connector.api.schemas import (
    notifications as notification_shapes,
)
from chorus_connector.api.schemas import (
    tables as table_shapes,
)
from chorus_connector.api.schemas.invoices import ProblemShape
from chorus_connector.api.schemas.paths import declare_path_parameters

ROOT = Path(__file__).resolve().parents[1]
DOCUMENT = ROOT / "docs" / "openapi.json"

_SHAPES = (shapes, table_shapes, notification_shapes)

Json = dict[str, Any]

_DESCRIPTION = """\
Suppliers' invoices from PDF to Chorus Pro. Errors are `application/problem+json` with a stable `code`, in French and
English (`Accept-Language` chooses `title` and `detail`). What belongs to another supplier is a 404, like what is not
there. Lists give a `cursor` for their next page, good for the same list and filters only. A change starts from a
version (`If-Match`, the `ETag` that was read). A POST repeated with its `Idempotency-Key` is one POST for 24 hours.
"""
_TAGS = {
    "Suppliers": "Tenants: one per supplier, told apart by its SIRET.",
    "Credentials": "The supplier's keys to Chorus Pro: tried, then kept, never shown.",
    "Configuration": "What makes a document an invoice, and where values come from.",
    "Access": "Who may configure, who may use, who is told of what.",
    "Audit": "Who changed what.",
    "Documents": "Files in.",
    "Invoices": "Lists, forms, submission.",
    "Notifications": "What happened, for the people who are to be told.",
    "Webhooks": "Systems' own addresses, told of what happened by signed messages.",
}
_PROBLEMS = {
    "403": "The caller has not the right this needs.",
    "404": "Not there, or not the caller's.",
    "409": "Not possible as things are.",
    "412": "Somebody changed it meanwhile: read again.",
    "422": "The request is not what it should be; `problems` point at its fields.",
    "428": "`If-Match` is required.",
    "503": "An outside system is in trouble: try again later.",
}
_GATEWAY = {"401": "No valid token.", "429": "Too many requests: slow down."}
_AT_THE_DOOR = {
    "application/json": {"schema": {"type": "object", "properties": {"message": {"type": "string"}}}},
}
"""What the gateway itself says, before any box is reached."""


def _file(media_type: str, largest: int) -> Json:
    schema = {"type": "string", "format": "binary", "maxLength": largest}
    return {"required": True, "content": {media_type: {"schema": schema}}}


_BODIES = {
    ("post", "/suppliers/{supplier_id}/documents"): _file("application/pdf", 4 * 1024 * 1024),
    ("post", "/suppliers/{supplier_id}/documents/attachments"): _file("application/octet-stream", 4 * 1024 * 1024),
    ("post", "/suppliers/{supplier_id}/configuration/tables/{kind}/imports"): _file("text/csv", 1024 * 1024),
}
"""Bodies that are no JSON, which no signature shows."""


def document() -> Json:
    """The whole API's description. Raises ValueError when two functions mean different things by one name."""
    merge = OpenAPIMerge(
        title="Chorus Pro connector",
        version="1.0.0",
        openapi_version="3.1.0",
        description=_DESCRIPTION,
        security=[{"token": []}],
        security_schemes={"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},  # type: ignore[dict-item]
        on_conflict="error",
    )
    known: Json = {}
    functions: dict[str, Callable[..., Any]] = {}
    for app in _resolvers():
        _put_shapes_in(app)
        declare_path_parameters(app)
        described = json.loads(app.get_openapi_json_schema())
        one_meaning_each(known, described.get("components", {}).get("schemas", {}))
        merge.add_schema(described)
        functions |= {route.operation_id: route.func for route in [*app._static_routes, *app._dynamic_routes]}
    return _finished(merge.get_openapi_schema(), functions)


def text(described: Json) -> str:
    """The document as it is committed: the same code gives the same bytes."""
    return json.dumps(described, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


def _resolvers() -> Iterator[Any]:
    for path in sorted((ROOT / "functions").glob("*/handler.py")):
        if "resolver()" in path.read_text(encoding="utf-8"):
            yield _loaded(path).app


def _loaded(path: Path) -> Any:
    specification = importlib.util.spec_from_file_location(f"described_{path.parent.name}", path)
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


def _put_shapes_in(app: Any) -> None:
    """Each route says its answer's shape by name (``described.shows``): here are the shape, and its own words."""
    for route in [*app._static_routes, *app._dynamic_routes]:
        for response in (route.responses or {}).values():
            shape = _shape(response["description"])
            response["description"] = (shape.__doc__ or "").strip().splitlines()[0]
            response["content"] = {"application/json": {"model": shape}}


def _shape(name: str) -> type[BaseModel]:
    found = next((vars(module)[name] for module in _SHAPES if name in vars(module)), None)
    if found is None:
        raise ValueError(f"no shape is called {name}")
    return cast(type[BaseModel], found)


def one_meaning_each(known: Json, schemas: Json) -> None:
    """Add the schemas to what is known. Raises ValueError when a name is known for something else."""
    for name, schema in schemas.items():
        if known.setdefault(name, schema) != schema:
            raise ValueError(f"two functions mean different things by {name}: rename one of the models")


def _finished(whole: Json, functions: dict[str, Callable[..., Any]]) -> Json:
    """With everything the conventions add to each operation."""
    schemas = whole["components"]["schemas"]
    schema = ProblemShape.model_json_schema(ref_template="#/components/schemas/{model}")
    for name, each in schema.pop("$defs", {}).items():
        schemas.setdefault(name, each)
    schemas["ProblemShape"] = schema
    for unused in ("HTTPValidationError", "ResponseValidationError", "ValidationError"):
        schemas.pop(unused, None)
    refusals = {code: _problem(says) for code, says in _PROBLEMS.items()}
    refusals["404"]["content"] |= _AT_THE_DOOR  # a path that is none of the routes'
    refusals |= {code: {"description": says, "content": _AT_THE_DOOR} for code, says in _GATEWAY.items()}
    whole["components"]["responses"] = refusals
    for path, item in whole["paths"].items():
        for method, operation in item.items():
            function = functions[operation["operationId"]]
            _name(operation, function, path)
            # a change starts from a version where its code asks for one
            _finish(operation, method, path, needs_version="if_match(" in inspect.getsource(function))
    used = {tag for item in whole["paths"].values() for operation in item.values() for tag in operation["tags"]}
    whole["tags"] = [
        {"name": name, "description": _TAGS.get(name, "")} for name in [*_TAGS, *sorted(used - set(_TAGS))]
    ]
    return whole


def _name(operation: Json, function: Callable[..., Any], path: str) -> None:
    """A title, a description and a place for a route that gives none: its function's name, words and address."""
    if operation["summary"].endswith(path):
        operation["summary"] = function.__name__.replace("_", " ").capitalize()
    if function.__doc__:
        operation.setdefault("description", inspect.cleandoc(function.__doc__))
    if "tags" not in operation:
        parts = [part for part in path.split("/") if part and not part.startswith("{")]
        operation["tags"] = [(parts[1] if len(parts) > 1 and parts[0] == "suppliers" else parts[0]).capitalize()]


def _finish(operation: Json, method: str, path: str, *, needs_version: bool) -> None:
    operation.setdefault("parameters", []).extend(_headers(method, needs_version=needs_version))
    if body := _BODIES.get((method, path)):
        operation["requestBody"] = body
    responses = {str(code): each for code, each in operation["responses"].items()}
    if (
        responses.get("200", {}).get("content", {}).get("application/json", {}).get("schema", {}).get("title")
        == "Return"
    ):
        del responses["200"]  # the signature says "text", which is only how the JSON is handed on
        responses["2XX"] = {"description": "The answer.", "content": {"application/json": {"schema": {}}}}
    shown = responses.pop("422", {}).get("content", {}).get("application/json", {})
    codes = {"401", "403", "404", "422", "429", "503"}
    if method != "get":
        codes |= {"409"}
    if needs_version:
        codes |= {"412", "428"}
    responses |= {code: {"$ref": f"#/components/responses/{code}"} for code in sorted(codes)}
    if shown and not str(shown.get("schema", {}).get("$ref", "")).endswith("HTTPValidationError"):
        both = _problem(_PROBLEMS["422"])
        both["content"]["application/json"] = shown
        responses["422"] = both
    if method == "get":
        responses["304"] = {"description": "What the caller has (`If-None-Match`) is still so."}
    operation["responses"] = responses


def _headers(method: str, *, needs_version: bool) -> Iterator[Json]:
    yield _header("Accept-Language", "`fr` or `en`: the language of a problem's title and detail.", example="fr")
    if method == "get":
        yield _header("If-None-Match", "The ETag of what the caller has.")
    if method == "post":
        yield _header("Idempotency-Key", "Makes repeating this request harmless for 24 hours.", maxLength=255)
    if needs_version:
        yield _header("If-Match", "The ETag the change starts from.", required=True, pattern='^"[0-9]+"$')


def _header(name: str, says: str, *, required: bool = False, **schema: Any) -> Json:
    example = {"example": schema.pop("example")} if "example" in schema else {}
    described = {"type": "string", **schema}
    return {"name": name, "in": "header", "required": required, "description": says, "schema": described, **example}


def _problem(says: str) -> Json:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemShape"}}}
    return {"description": says, "content": content}


def main() -> None:
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(text(document()), encoding="utf-8")
    print(DOCUMENT.relative_to(ROOT))


if __name__ == "__main__":
    main()
