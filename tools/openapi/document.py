"""The API's description, from the code: each function's resolver describes its routes, and the rest is added here.

Powertools joins the routes of the functions (``OpenAPIMerge``). The schemas are pydantic's own, of the models that the
routes name. What every route shares (problems, keys, ETags, languages) is added once, by ``operations``.
"""

import importlib.util
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

from aws_lambda_powertools.event_handler.openapi.merge import OpenAPIMerge
from pydantic import BaseModel

from chorus_connector.api.schemas import (
    archives,
    counts,
    directory,
    errors,
    history,
    invoices,
    layouts,
    message_recipients,
    messages,
    notifications,
    suppliers,
    tables,
)
from chorus_connector.api.schemas import work as people
from chorus_connector.api.schemas.paths import declare_path_parameters
from tools.openapi import ROOT
from tools.openapi.examples import put_examples_in
from tools.openapi.operations import finish, shared_responses
from tools.openapi.schemas import components, with_named_sets

Json = dict[str, Any]
_SCHEMAS = (
    counts,
    errors,
    suppliers,
    invoices,
    archives,
    people,
    history,
    layouts,
    tables,
    notifications,
    messages,
    message_recipients,
    directory,
)
_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

DESCRIPTION = """\
Suppliers' invoices from PDF to Chorus Pro.

**Errors** are `application/problem+json` with a stable `code`, in French and English (`Accept-Language` chooses `title`
and `detail`); all codes: docs/errors.md. What belongs to another supplier is a 404, like what is not there. An unknown
property or query parameter is refused (422).

**Changes** start from a version: send `If-Match` with the ETag that was read, or with the answer's `version` in quotes
(`If-Match: "3"`). 412: it was changed meanwhile. An ETag is of one answer: with `If-None-Match` a 304 means that
nothing at all in it has changed.

**Repeating**: a POST sent again with its `Idempotency-Key` is one POST for 24 hours; the answer then has
`Idempotent-Replayed: true`.

**Lists** give a `cursor` for the next page, good for the same list and filters only; null at the end.

**Tokens**: a system gets one by client credentials (scope `chorus-connector/api`), good for an hour.
"""
_TAGS = {
    "Me": "Who the caller is, and what it may do.",
    "Suppliers": "Tenants: one per supplier, identified by its SIRET.",
    "Credentials": "The supplier's keys to Chorus Pro: tried, then kept, never shown.",
    "Criteria": "What makes a document an invoice to send.",
    "Layouts": "The designs of a supplier's invoices that confirmed documents taught.",
    "Recipients": "The portal's directory of public recipients and their services.",
    "Tables": "Correspondence tables: the value behind a label on a document.",
    "Access": "Who may configure, who may use, who receives which notifications.",
    "Audit": "Who changed what.",
    "Documents": "Upload or announce PDFs.",
    "Attachments": "Files that go with invoices.",
    "Invoices": "Documents, their forms, and their submission.",
    "Tracking": "Invoices at the portal: lists, statuses, and answers to what the recipient sends back.",
    "Notifications": "What happened, for people.",
    "Webhooks": "Addresses of systems that receive signed events.",
    "Events": "What webhooks receive.",
    "Messages": "« Mes messages »: announcements between structures that exchanged an invoice, without replies.",
    "Structures": "Who is known on this installation, and who may read and write its messages.",
}
SCOPE = "chorus-connector/api"
TOKEN_URL = "https://auth.example.org/oauth2/token"  # noqa: S105 (an address; `api_docs` puts its installation's own in)
SERVER = {
    "url": "https://{host}",
    "description": "An installation; `GET /openapi.json` of an installation gives its own address here.",
    "variables": {"host": {"default": "api.example.org", "description": "The host of the installation's API."}},
}


def document() -> Json:
    """The whole API's description. Raises ValueError when one name would mean two things."""
    merge = OpenAPIMerge(
        title="Chorus Pro connector", version=_PROJECT["version"], openapi_version="3.1.0", on_conflict="error"
    )
    functions: dict[str, Callable[..., Any]] = {}
    bodies: list[type[BaseModel]] = []
    answers: set[type[BaseModel]] = {errors.ProblemView, errors.GatewayMessage, notifications.WebhookEvent}
    for app in resolvers():
        routes = [*app._static_routes, *app._dynamic_routes]
        for route in routes:
            answers |= set(_put_schemas_in(route))
            bodies += [each.type_ for each in route.dependant.body_params]
            functions[route.operation_id] = route.func
        declare_path_parameters(app)
        merge.add_schema(json.loads(app.get_openapi_json_schema()))
    whole = merge.get_openapi_schema()
    schemas, names = components(bodies, sorted(answers, key=lambda each: each.__name__))
    whole["components"] = {"schemas": schemas, "responses": shared_responses(), "securitySchemes": _SECURITY}
    whole["paths"] = with_named_sets(_renamed(whole["paths"], names))
    for path, item in whole["paths"].items():
        for method, operation in item.items():
            function = functions[operation["operationId"]]
            operation.setdefault("description", inspect.getdoc(function) or "")
            # a change starts from a version where its code asks for one
            finish(operation, method, path, needs_version="if_match(" in inspect.getsource(function))
    whole |= _head(whole)
    put_examples_in(whole)
    return whole


def text(described: Json) -> str:
    """The document as it is committed: the same code gives the same bytes."""
    return json.dumps(described, indent=1, ensure_ascii=False, sort_keys=True) + "\n"


_SECURITY: Json = {
    "token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": "A person's or a system's."},
    "client_credentials": {
        "type": "oauth2",
        "description": "How a system gets its token: its client's id and secret, by HTTP basic authentication.",
        "flows": {
            "clientCredentials": {"tokenUrl": TOKEN_URL, "scopes": {SCOPE: "Call the connector's API as a system."}}
        },
    },
}


def _head(whole: Json) -> Json:
    """The parts of the document above its paths."""
    used = {tag for item in whole["paths"].values() for operation in item.values() for tag in operation["tags"]}
    if used | {"Events"} != set(_TAGS):
        raise ValueError(f"tags without a description, or the contrary: {used ^ set(_TAGS)}")
    info = {
        "title": "Chorus Pro connector",
        "version": _PROJECT["version"],
        "description": DESCRIPTION,
        "license": {"name": "Apache 2.0", "identifier": "Apache-2.0"},
        "contact": {"name": "The operator of the installation"},
    }
    return {
        "info": info,
        "servers": [SERVER],
        "security": [{"token": []}, {"client_credentials": [SCOPE]}],
        "tags": [{"name": name, "description": says} for name, says in _TAGS.items()],
        "externalDocs": {"url": "docs/tour.md", "description": "A tour with every request, in the product's sources."},
        "webhooks": {name: _webhook(name, says) for name, says in _WEBHOOKS.items()},
    }


_WEBHOOKS = {
    "document.waiting": "A document waits for a person: to complete, refused, or not to be sent.",
    "document.submitted": "A document was submitted to the portal.",
    "invoice.status_changed": "The portal changed the status of an invoice.",
    "message.received": "A supplier received a message of « Mes messages », and its display began.",
    "portal.access_changed": "PISTE refuses for the moment, the portal refuses the credentials, or accepts them again.",
    "document.held": "A document is held for a reason that is no fault of its own (`reason`), for endpoints that ask.",
}


def _webhook(name: str, says: str) -> Json:
    headers = {
        "webhook-id": "The event's id, the same at every try: process it once.",
        "webhook-timestamp": "Seconds since 1970; refuse what is more than five minutes old.",
        "webhook-signature": "`v1,` and the HMAC-SHA256 of `id.timestamp.body` in base64; two during a rotation.",
    }
    return {
        "post": {
            "operationId": f"events.{name}",
            "summary": says,
            "description": "Sent to the endpoints that ask for this type, signed by Standard Webhooks. Answer 2xx "
            "within seconds; it is tried again for 23 hours. 410 switches the endpoint off.",
            "tags": ["Events"],  # not « Webhooks »: generators make one file of each tag, here and of the paths
            "security": [],
            "parameters": [
                {"name": each, "in": "header", "required": True, "description": why, "schema": {"type": "string"}}
                for each, why in headers.items()
            ],
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/WebhookEvent"}}},
            },
            "responses": {
                "2XX": {"description": "Received."},
                "410": {"description": "The receiver no longer exists."},
            },
        }
    }


def resolvers() -> Iterator[Any]:
    """The resolver of each function that has routes."""
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


def _put_schemas_in(route: Any) -> Iterator[type[BaseModel]]:
    """Put the schemas that a route names (``described.shows``) into its responses; gives them."""
    for response in (route.responses or {}).values():
        if not re.fullmatch(r"\w+", response["description"]):
            continue  # a response without a body of its own
        schema = _schema(response["description"])
        response["description"] = (inspect.getdoc(schema) or "").splitlines()[0]
        response["content"] = {"application/json": {"model": schema}}
        yield schema


def _schema(name: str) -> type[BaseModel]:
    found = next((vars(module)[name] for module in _SCHEMAS if name in vars(module)), None)
    if found is None:
        raise ValueError(f"no schema is called {name}")
    return cast(type[BaseModel], found)


def _renamed(paths: Json, names: dict[str, str]) -> Json:
    """The paths with the public names of the schemas they refer to."""
    written = json.dumps(paths)
    written = re.sub(
        r"#/components/schemas/(\w+)", lambda ref: f"#/components/schemas/{names.get(ref[1], ref[1])}", written
    )
    return cast(Json, json.loads(written))
