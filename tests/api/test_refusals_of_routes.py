"""Every operation on a supplier is refused to a caller without the right that it needs."""

import json
import re
from typing import Any

import pytest

from tests.api.functions import DESCRIBED, Functions

FOR_THE_INSTALLATION = {"suppliers.suspend", "suppliers.resume", "suppliers.delete"}
AFTER_A_DELETION = {"suppliers.deletion", "suppliers.last_export"}
FOR_USERS = ("filing.", "documents", "attachments.", "invoices", "forms", "layouts.list", "layouts.get")
FOR_USERS += ("pages", "archives", "repairs", "tracking", "notifications", "directory", "batches.", "claims.")
OPERATIONS = [
    pytest.param(method.upper(), path, operation, id=operation["operationId"])
    for path, item in DESCRIBED["paths"].items()
    for method, operation in item.items()
    if path.startswith("/suppliers/{supplier_id}")
]


def sent(functions: Functions, method: str, path: str, operation: dict[str, Any], by: str) -> tuple[int, str]:
    values = {"supplier_id": "s1", "number": "1", "kind": "waiting" if "notifications" in path else "users"}
    content = operation.get("requestBody", {}).get("content", {})
    query = {"file_name": "f.pdf"} if operation["operationId"].endswith(".upload") else {}
    return functions.send(
        method,
        re.sub(r"{(\w+)}", lambda name: values.get(name[1], "x1"), path),
        by=by,
        version=1,
        body=_example(content["application/json"]["schema"]) if "application/json" in content else None,
        data=b"%PDF" if content and "application/json" not in content else None,
        **query,
    ).refusal


def _example(schema: Any) -> Any:
    name = re.findall(r"schemas/(\w+)", json.dumps(schema))[0]
    return DESCRIBED["components"]["schemas"][name]["examples"][0]


@pytest.mark.parametrize(("method", "path", "operation"), OPERATIONS)
def test_for_a_stranger_no_operation_finds_the_supplier(
    functions: Functions, method: str, path: str, operation: dict[str, Any]
) -> None:
    assert sent(functions, method, path, operation, "eve") == (404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [each for each in OPERATIONS if not str(each.id).startswith(FOR_USERS) and each.id not in AFTER_A_DELETION],
)
def test_a_user_of_the_supplier_does_not_configure_it(
    functions: Functions, method: str, path: str, operation: dict[str, Any]
) -> None:
    assert sent(functions, method, path, operation, "bob") == (403, "forbidden")


@pytest.mark.parametrize(
    ("method", "path", "operation"), [each for each in OPERATIONS if each.id in FOR_THE_INSTALLATION]
)
def test_an_administrator_of_the_supplier_does_not_end_it(
    functions: Functions, method: str, path: str, operation: dict[str, Any]
) -> None:
    assert sent(functions, method, path, operation, "alice") == (403, "forbidden")
