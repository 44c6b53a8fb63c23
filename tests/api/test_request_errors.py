"""Whatever is wrong with the shape of a request, the answer says in two languages what is expected, and where."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from botocore.client import BaseClient
from pydantic_core.core_schema import ErrorType

from chorus_connector.api.request_errors import PATTERNS, SENTENCES, field_of, shown_problems
from chorus_connector.domain.errors import NotFound
from tests.api.test_requests import OPERATIONS, SCHEMAS, WITH_BODIES, Api, _example, api, apps

__all__ = ["api", "apps"]  # fixtures


@pytest.fixture(autouse=True)
def no_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    """A request whose shape is right ends at the first call of AWS."""

    def refuse(*_: Any, **__: Any) -> None:
        raise NotFound

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)


NEVER = {
    *("no_such_attribute", "needs_python_object", "frozen_field", "frozen_instance", "get_attribute_error"),
    *("dataclass_type", "dataclass_exact_type", "named_tuple_type", "default_factory_not_called", "iterable_type"),
    *("iteration_error", "frozen_dict_type", "ordered_dict_type", "counter_type", "mapping_type", "deque_type"),
    *("set_item_not_hashable", "string_not_ascii", "bytes_too_short", "bytes_too_long", "bytes_invalid_encoding"),
    *("value_error", "assertion_error", "missing_sentinel_error", "ellipsis_error", "date_past", "date_future"),
    *("time_type", "time_parsing", "datetime_past", "datetime_future", "timezone_naive", "timezone_offset"),
    *("time_delta_type", "time_delta_parsing", "is_instance_of", "is_subclass_of", "callable_type", "arguments_type"),
    *("missing_argument", "unexpected_keyword_argument", "missing_keyword_only_argument"),
    *("unexpected_positional_argument", "missing_positional_only_argument", "multiple_argument_values"),
    *("url_type", "url_parsing", "url_syntax_violation", "url_too_long", "url_scheme"),
    *("uuid_type", "uuid_parsing", "uuid_version", "fraction_type", "fraction_parsing", "complex_type"),
    *("complex_str_parsing", "recursion_depth_exceeded"),
}
"""Kinds of errors that need a type which no request of ours has; the walk below would meet them."""


def test_every_kind_of_error_has_its_sentences_or_is_never_met() -> None:
    assert set(get_args(ErrorType)) == set(SENTENCES) | NEVER
    assert not set(SENTENCES) & NEVER


def test_every_pattern_of_a_request_has_words() -> None:
    requests = [
        *(each["schema"] for case in OPERATIONS for each in case.values[2]["parameters"] if each["in"] != "header"),
        *(case.values[2]["requestBody"]["content"]["application/json"]["schema"] for case in WITH_BODIES),
    ]
    found = {pattern for each in requests for pattern in _patterns(each, set())}
    amount = r"^-?[0-9]{1,13}(\.[0-9]{1,2})?$"  # the description's alone: pydantic reads the text as a number
    assert found - {amount} == set(PATTERNS)


def _patterns(schema: Any, seen: set[str]) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _patterns(each, seen)
    elif isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str):
            yield schema["pattern"]
        name = str(schema.get("$ref", "")).rpartition("/")[2]
        if name and name not in seen:
            seen.add(name)
            yield from _patterns(SCHEMAS[name], seen)
        for key, each in schema.items():
            if key not in {"example", "examples"}:
                yield from _patterns(each, seen)


# --- each constraint of the description, broken ----------------------------------------------------------------------


def _resolved(schema: Any) -> dict[str, Any]:
    name = str(schema.get("$ref", "")).rpartition("/")[2]
    return dict(SCHEMAS[name]) if name else schema


def broken(schema: Any) -> Iterator[Any]:
    """Values that the schema does not allow."""
    schema = _resolved(schema)
    options = [_resolved(each) for each in schema.get("anyOf", [])]
    kinds = {kind for each in options or [schema] for kind in _kinds(each)}
    yield from (each for kind, each in WRONG.items() if kind not in kinds and kinds != {None})
    for each in options or [schema]:
        yield from _broken_texts(each)
        yield from _broken_sizes(each)


def _broken_texts(schema: dict[str, Any]) -> Iterator[str]:
    if "enum" in schema:
        yield "surprise"
    if schema.get("minLength"):
        yield ""
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if "pattern" in schema or schema.get("format"):
        yield "\x00!"


def _broken_sizes(schema: dict[str, Any]) -> Iterator[Any]:
    if "minimum" in schema:
        yield schema["minimum"] - 1
    if "maximum" in schema:
        yield schema["maximum"] + 1
    if "maxItems" in schema:
        yield [*({} if "$ref" in str(schema["items"]) else "x" for _ in range(schema["maxItems"] + 1))]
    if schema.get("minItems"):
        yield []
    if "maxProperties" in schema:
        yield {f"p{number}": "x" for number in range(schema["maxProperties"] + 1)}


def _kinds(schema: dict[str, Any]) -> list[str | None]:
    kind = schema.get("type")
    return kind if isinstance(kind, list) else [kind]


WRONG: dict[str, Any] = {"string": "surprise", "integer": 7, "boolean": True, "array": [1], "object": {"surprise": 1}}


def broken_bodies(schema: Any, whole: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The body with one value that is not allowed, at each place."""
    properties = _resolved(schema).get("properties", {})
    for name in _resolved(schema).get("required", []):
        yield {other: each for other, each in whole.items() if other != name}
    for name, inner in properties.items():
        yield from ({**whole, name: each} for each in broken(inner))
        known = whole.get(name)
        for option in inner.get("anyOf", [inner]):
            if isinstance(known, dict) and "properties" in _resolved(option):
                yield from ({**whole, name: each} for each in broken_bodies(option, known))
            items = option.get("items") if isinstance(option, dict) else None
            if isinstance(known, list) and known and isinstance(known[0], dict) and items:
                yield from ({**whole, name: [each]} for each in broken_bodies(items, known[0]))
            if isinstance(known, dict) and isinstance(option.get("additionalProperties"), dict):
                yield from ({**whole, name: {"x": each}} for each in broken(option["additionalProperties"]))


def check(problem: dict[str, Any]) -> None:
    """Nothing of pydantic's own words is left in the refusal."""
    assert problem["code"] in {"invalid_request", "unreadable_body"}, problem
    for each in problem["problems"]:
        said = each["fr"] + each["en"]
        assert each["fr"] != each["en"], each
        assert not re.search(r"Valeur refusée \(|n'est pas acceptée ici|should|Input|None|[{}^$\\]", said), each
        assert "[" not in each["field"], each
        assert not re.search(r": \.|: $|au moins \.|at least \.", said), each


@pytest.mark.acceptance
@pytest.mark.parametrize(("method", "path", "operation"), WITH_BODIES)
def test_a_body_with_one_wrong_value_is_explained(api: Api, method: str, path: str, operation: dict[str, Any]) -> None:
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    for option in schema.get("anyOf", [schema]):
        for body in broken_bodies(option, _example(operation)):
            status, problem = api.send(method, path, operation, body=body)
            if status == 422:
                check(problem)


QUERIED = [each for each in OPERATIONS if any(parameter["in"] == "query" for parameter in each.values[2]["parameters"])]


@pytest.mark.acceptance
@pytest.mark.parametrize(("method", "path", "operation"), QUERIED)
def test_a_parameter_with_a_wrong_value_is_explained(
    api: Api, method: str, path: str, operation: dict[str, Any]
) -> None:
    for parameter in operation["parameters"]:
        if parameter["in"] != "query" or parameter["name"] == "cursor":
            continue
        values = {value for value in broken(parameter["schema"]) if isinstance(value, str | int)}
        for value in sorted(values, key=str):
            status, problem = api.send(method, path, operation, query=[(parameter["name"], str(value))])
            if status == 422 and problem["code"] == "invalid_request":
                check(problem)
                assert {each["field"] for each in problem["problems"]} <= {f"query.{parameter['name']}", "body"}


def test_the_length_of_a_secret_counts_characters_and_the_secret_is_never_shown(api: Api) -> None:
    (save,) = (each for each in WITH_BODIES if each.id == "credentials.save")
    body = {**_example(save.values[2]), "technical_password": "s3cret" * 100}
    _, problem = api.send(*save.values, body=body)
    (each,) = problem["problems"]
    assert (each["field"], each["fr"]) == (
        "body.technical_password",
        "Texte trop long : au plus 200 caractères.",
    )
    assert "s3cret" not in str(problem)


def test_an_unknown_field_of_an_association_is_named_in_the_words_of_the_request(api: Api) -> None:
    (change,) = (each for each in WITH_BODIES if each.id == "suppliers.update")
    _, problem = api.send(*change.values, body={"associations": {"Facture": {"champ": "Numéro"}}})
    (each,) = problem["problems"]
    assert each["field"] == "body.associations.Facture.champ"
    assert {"invoice_number", "payment_method"} <= set(re.findall(r"\w+", each["fr"]))


def test_one_field_has_one_sentence_for_each_kind_of_error_and_all_the_choices() -> None:
    errors = [
        {"type": "literal_error", "loc": ("body", "a", "[key]", f"literal[{each}]"), "ctx": {"expected": each}}
        for each in ("'one' or 'two'", "'three'")
    ]
    (shown,) = shown_problems(errors, most=10)
    assert shown["fr"] == "Valeurs possibles : one, two, three."
    assert field_of(errors[0]) == "body.a"
    assert shown_problems(errors, most=0) == []
