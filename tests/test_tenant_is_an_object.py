"""A supplier is handed on as a ``Tenant``, not as its id: what still hands an id on is counted."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

IDS = {
    "supplier_id", "tenant_id", "siret", "supplier_siret", "sender_siret", "owner_siret", "owner", "structure_siret",
}  # fmt: skip
"""A supplier's id under every name it has: a supplier is also a structure, known by its SIRET."""

SIRET_OF_A_RECIPIENT = {
    "adapters/chorus.py",
    "adapters/table/recipients.py",
    "chorus_pro/client.py",
    "usecases/portal/circuit_breaker.py",
    "usecases/portal/directory.py",
    "wiring/invoices.py",
}
"""Where ``siret`` is a public body's that receives invoices: no tenant."""

KEYS = ROOT / "shared" / "chorus_connector" / "adapters" / "table" / "keys.py"
"""The module that makes table keys of ids: what each function of it does with an id is to make a key."""

AT_MOST = 39


def id_parameters(function: ast.FunctionDef | ast.AsyncFunctionDef, ids: set[str]) -> Iterator[str]:
    """The function's parameters that are a supplier's id, by their name or by their type ``SupplierId``."""
    arguments = function.args
    for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        if each.arg in ids or (each.annotation is not None and "SupplierId" in ast.unparse(each.annotation)):
            yield each.arg


def only_hands_on(function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
    """Whether every use of the parameter is as an argument of a call. A table key that is made of it is another use."""
    handed_on = {
        id(argument)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and not ast.unparse(call.func).startswith("keys.")
        for argument in (*call.args, *(keyword.value for keyword in call.keywords))
    }
    uses = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id == name]
    return bool(uses) and all(id(use) in handed_on for use in uses)


def hands_on(source: str, ids: set[str]) -> list[str]:
    """The functions of a module that take a supplier's id only to hand it on."""
    functions = [
        node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    return [each.name for each in functions if any(only_hands_on(each, name) for name in id_parameters(each, ids))]


@pytest.mark.parametrize(
    ("function", "counted"),
    [
        ("def f(supplier_id): return store(supplier_id)", True),
        ("def f(*, tenant_id): return store(key=tenant_id)", True),
        ("def f(x: SupplierId): return store(1, x)", True),
        ("def f(supplier_id): store(supplier_id); return other(supplier_id)", True),
        ("def f(supplier_id): return f'SUPPLIER#{supplier_id}'", False),
        ("def f(supplier_id): return table.item(keys.supplier(supplier_id))", False),
        ("def f(supplier_id): return store(keys.supplier(supplier_id), supplier_id)", False),
        ("def f(self, supplier_id): self.supplier_id = supplier_id", False),
        ("def f(supplier_id): return {'supplier_id': supplier_id}", False),
        ("def f(supplier_id): return store(supplier_id) if supplier_id else None", False),
        ("def f(tenant): return store(tenant)", False),
    ],
)
def test_the_count_sees_an_id_that_is_only_handed_on(function: str, counted: bool) -> None:
    assert hands_on(function, IDS) == (["f"] if counted else [])


def test_fewer_than_forty_functions_take_a_suppliers_id_only_to_hand_it_on() -> None:
    found = []
    for folder, within in ((ROOT / "shared" / "chorus_connector", ""), (ROOT / "functions", "functions/")):
        for path in set(folder.rglob("*.py")) - {KEYS}:
            module = within + str(path.relative_to(folder))
            ids = IDS - {"siret"} if module in SIRET_OF_A_RECIPIENT else IDS
            found += [f"{module}: {name}" for name in hands_on(path.read_text(encoding="utf-8"), ids)]
    assert len(found) <= AT_MOST, "\n".join(sorted(found))
