"""The committed description of the API is the code's own, whole, and routed as it says."""

import re
from typing import Any

import pytest

from infra_cdk.api import ROUTES
from tools.openapi import DOCUMENT, document, one_meaning_each, text


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return document()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(method, path, each) for path, item in described["paths"].items() for method, each in item.items()]


@pytest.mark.row("B06")
def test_the_committed_description_is_the_codes_own(described: dict[str, Any]) -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == text(described), "run `make openapi`"


@pytest.mark.row("B06")
def test_it_is_openapi_3_1_and_asks_for_a_token(described: dict[str, Any]) -> None:
    assert described["openapi"].startswith("3.1")
    assert described["security"] == [{"token": []}]
    assert described["components"]["securitySchemes"]["token"]["bearerFormat"] == "JWT"


@pytest.mark.row("B06")
def test_every_operation_has_a_title_a_place_and_its_refusals(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        assert operation["summary"], (method, path)
        assert not operation["summary"].endswith(path)
        assert operation["tags"], (method, path)
        assert {"401", "404", "422"} <= set(operation["responses"]), (method, path)
        assert any(code.startswith("2") for code in operation["responses"]), (method, path)
    ids = [operation["operationId"] for _, _, operation in operations(described)]
    assert len(ids) == len(set(ids))


@pytest.mark.row("B06")
def test_every_post_takes_an_idempotency_key_and_every_read_an_etag(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        headers = {each["name"] for each in operation["parameters"] if each["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method == "post"), path
        assert ("If-None-Match" in headers) == (method == "get"), path


@pytest.mark.row("B06")
def test_every_reference_leads_somewhere(described: dict[str, Any]) -> None:
    components = described["components"]
    for kind, name in re.findall(r'"#/components/(\w+)/([^"]+)"', text(described)):
        assert name in components[kind], f"{kind}/{name}"


@pytest.mark.row("B06")
def test_the_gateway_routes_every_operation(described: dict[str, Any]) -> None:
    patterns = [
        (
            route.method,
            re.compile(re.sub(r"\\{\w+\\\+\\}", ".+", re.escape(route.path)).replace(r"\{", "{").replace(r"\}", "}")),
        )
        for route in ROUTES
    ]
    for method, path, _ in operations(described):
        routed = [each for verb, each in patterns if verb in {"ANY", method.upper()} and each.fullmatch(path)]
        assert routed, (method, path)


def test_two_models_of_one_name_are_an_error_not_a_surprise() -> None:
    known = {"Recipient": {"type": "object"}}
    one_meaning_each(known, {"Recipient": {"type": "object"}, "Other": {}})
    with pytest.raises(ValueError, match="Recipient"):
        one_meaning_each(known, {"Recipient": {"type": "string"}})
