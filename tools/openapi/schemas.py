"""The document's schemas: pydantic's own, under public names, with closed sets named once and every property described.

An answer has every property it declares, but those marked ``sometimes``: clients need not ask whether one is there. A
body declares no default: some generators send declared defaults, others make such properties required. The
description says what an absent one means.
"""

import inspect
import json
import re
import tomllib
from pathlib import Path
from typing import Any, cast, get_args

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, InvoiceField
from chorus_connector.domain.invoices.form import ValueSource
from chorus_connector.domain.messages.access import Mode
from chorus_connector.domain.messages.structure import Relation
from chorus_connector.domain.notifications.notification import FeedType, NotificationType
from chorus_connector.domain.portal.credentials import CredentialMode
from chorus_connector.domain.portal.status import RepairKind
from chorus_connector.domain.suppliers.access import NotificationKind
from chorus_connector.domain.suppliers.supplier import LoadingMode, OcrUse, Role, Status
from chorus_connector.domain.suppliers.tables import TableKind
from tools.openapi.catalogue import refusals_over_http

Json = dict[str, Any]

_WORDS: Json = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
_PUBLIC = {
    "Problem": "FieldProblem",
    "ProblemView": "Problem",
    "Task": "SendBackTask",
    "Change": "ConfigurationChange",
    "Subscriber": "NotificationSubscriber",
    "Address": "MessageAddress",
    "Progress": "DeliveryProgress",
    "State": "InvoiceState",
    "Box": "PageBox",
    "ListUsed": "UsedList",
}
"""Public names of classes that have another one in the code; else it is the class's, without « View »."""

FIELD_NAMES: tuple[str, ...] = tuple(INVOICE_FIELDS)
_NAMED_SETS: dict[str, tuple[str, ...]] = {
    "ProblemCode": tuple(each.code for each in refusals_over_http()),
    "FormFieldName": FIELD_NAMES,
    "ValueSource": get_args(ValueSource),
    "Role": get_args(Role),
    "LoadingMode": get_args(LoadingMode),
    "OcrUse": get_args(OcrUse),
    "SupplierStatus": get_args(Status),
    "CredentialMode": get_args(CredentialMode),
    "NotificationType": get_args(NotificationType),
    "FeedType": get_args(FeedType),
    "NotificationKind": get_args(NotificationKind),
    "RepairKind": get_args(RepairKind),
    "Relation": get_args(Relation),
    "MessageMode": get_args(Mode),
    "TableKind": get_args(TableKind),
}
_OPEN_SET = "x-extensible-enum"


class _WithFieldNames(GenerateJsonSchema):
    """Pydantic's own schemas, with the names that a map's keys may have where these are several sets."""

    def dict_schema(self, schema: Any) -> Json:
        made = super().dict_schema(schema)
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        if names := [name for each in keys.get("anyOf", ()) for name in each.get("enum", ())]:
            made["propertyNames"] = {"enum": names}
        return made


def components(bodies: list[type[BaseModel]], answers: list[type[BaseModel]]) -> tuple[Json, dict[str, str]]:
    """Every schema by its public name, and the public name of each class. Raises ValueError where two are alike."""
    models = [each for each in dict.fromkeys([*map(_model, bodies), *answers]) if each is not None]
    _, defined = models_json_schema(
        [(each, "validation") for each in models],
        ref_template="#/components/schemas/{model}",
        schema_generator=_WithFieldNames,
    )
    found = defined["$defs"]
    names = {name: _PUBLIC.get(name, name.removesuffix("View")) for name in found}
    if len(set(names.values())) != len(names) or any("__" in name for name in names):
        raise ValueError(f"two schemas of one name: {sorted(names)}")
    asked = _reached(found, [each.__name__ for each in map(_model, bodies) if each is not None])
    shown = _reached(found, [each.__name__ for each in answers])
    if both := {name for name in asked & shown if "enum" not in found[name]}:
        raise ValueError(f"in bodies and in answers: {both}")
    for name, schema in found.items():
        _finish(schema, answer=name in shown)
    written = json.dumps(found)
    written = re.sub(r"#/components/schemas/(\w+)", lambda ref: f"#/components/schemas/{names[ref[1]]}", written)
    schemas = {names[name]: schema for name, schema in json.loads(written).items()}
    schemas = cast(Json, with_named_sets(schemas)) | {
        name: {"type": "string", "enum": list(values), "description": _WORDS["sets"][name]}
        for name, values in _NAMED_SETS.items()
    }
    schemas["FormTexts"] = _by_field({"type": "string"}, "Texts by the name of their field.")
    schemas["FormTextChanges"] = _by_field(
        {"type": ["string", "null"]},
        "Texts by the name of their field; null takes a correction back, an empty text keeps the field empty.",
        without=("vat_lines",),
    )
    for name, schema in schemas.items():
        _describe(name, schema)
    return schemas, names


def described(kind: str, *names: str) -> str | None:
    """What words.toml says of the first of the names that it knows."""
    return next((_WORDS[kind][name] for name in names if name in _WORDS[kind]), None)


def _model(body: Any) -> type[BaseModel] | None:
    """The model of a body, which may be optional."""
    if inspect.isclass(body):
        return body if issubclass(body, BaseModel) else None
    return next((each for each in get_args(body) if inspect.isclass(each) and issubclass(each, BaseModel)), None)


def _reached(found: Json, names: list[str]) -> set[str]:
    reached: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left += re.findall(r"#/components/schemas/(\w+)", json.dumps(found[name]))
    return reached


def _finish(schema: Json, *, answer: bool) -> None:
    """The schema without pydantic's titles, its defaults where they say something, and what an answer always has."""
    schema.pop("title", None)
    if schema.get("additionalProperties") is True:
        del schema["additionalProperties"]  # a record keeps the fields of a later release; no client gets to use them
    if "description" in schema:
        schema["description"] = inspect.cleandoc(schema["description"]).replace("``", "`")
    properties = schema.get("properties", {})
    required = []
    for name, each in properties.items():
        _without_titles(each)
        default = each.pop("default", None)
        if not answer and default is not None:
            each["x-absent"] = default
        if not each.pop("x-sometimes", False):
            required.append(name)
    if answer and properties:
        schema["required"] = required


def _without_titles(schema: Any) -> None:
    if isinstance(schema, dict):
        if isinstance(schema.get("title"), str):
            del schema["title"]
        for each in schema.values():
            _without_titles(each)
    elif isinstance(schema, list):
        for each in schema:
            _without_titles(each)


def with_named_sets(schema: Any) -> Any:
    """The schema with a reference for each closed set that has a name, and for each map by the names of fields."""
    if isinstance(schema, list):
        return [with_named_sets(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if (name := _named(schema)) is not None:
        kept = {"description": schema["description"]} if "description" in schema else {}
        return {"$ref": f"#/components/schemas/{name}", **kept}
    if values := _one_set(schema.get("anyOf", ())):
        return {**{name: each for name, each in schema.items() if name != "anyOf"}, "type": "string", "enum": values}
    return {name: with_named_sets(each) for name, each in schema.items()}


def _named(schema: Json) -> str | None:
    """The name of the component that a schema equals, if there is one."""
    if schema.get("x-form-fields"):
        return "FormTextChanges"
    if set(schema.get("propertyNames", {}).get("enum", ())) == set(FIELD_NAMES):
        return "FormTexts"
    if "enum" in schema and "default" not in schema:
        return next((name for name, values in _NAMED_SETS.items() if tuple(schema["enum"]) == values), None)
    return cast("str | None", schema.get("x-named"))


def _one_set(choices: Any) -> list[str]:
    """The values of closed sets that stand side by side; none where there is any other choice."""
    sets = [each["enum"] if "enum" in each else [each["const"]] for each in choices if {"enum", "const"} & set(each)]
    return [value for each in sets for value in each] if len(sets) == len(choices) else []


def _by_field(value: Json, says: str, *, without: tuple[str, ...] = ()) -> Json:
    rows = [row for name, row in INVOICE_FIELDS.items() if name not in without]
    return {
        "type": "object",
        "description": says,
        "properties": {row.name: {**value, "description": _sentence(row)} for row in rows},
        "additionalProperties": False,
    }


def _sentence(row: InvoiceField) -> str:
    """What a field is, and the values it may take where these are few."""
    text = f"{row.en[:1].upper()}{row.en[1:]}."
    return f"{text} One of: {', '.join(row.choices)}." if row.choices else text


def _describe(name: str, schema: Json) -> None:
    """A description for each property that has none. Raises ValueError when words.toml has none either."""
    for each, property_ in schema.get("properties", {}).items():
        says = property_.get("description") or described("properties", f"{name}.{each}", each)
        if says is None:
            raise ValueError(f"{name}.{each} has no description: add it to words.toml")
        if _OPEN_SET in json.dumps(property_) and "add" not in says:
            says += " Later versions may add values."
        if "x-absent" in property_:
            says += f" Absent: `{json.dumps(property_.pop('x-absent'), ensure_ascii=False)}`."
        property_["description"] = says
