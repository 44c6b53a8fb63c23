"""A route reaches what belongs to a supplier or a structure only through an object that authorising gave it."""

import ast
import importlib
import inspect
import pkgutil
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_type_hints

import pytest

from chorus_connector.api import routes
from chorus_connector.domain.suppliers.access import Caller
from chorus_connector.wiring.installation import AuthorisedInstallation
from chorus_connector.wiring.messages import AuthorisedStructure
from chorus_connector.wiring.tenant import AuthorisedTenant

ROOT = Path(__file__).parents[2]
WIRING = ROOT / "shared" / "chorus_connector" / "wiring"
ROUTES = ROOT / "shared" / "chorus_connector" / "api" / "routes"

PROOFS = {"Tenant", "AuthorisedTenant", "AuthorisedStructure", "AuthorisedInstallation", "Caller"}
"""What a function of the wiring asks of a route: nothing of these is made from a supplier's id."""

WITHOUT_PROOF = {
    "suppliers": "reads the records of ids that the caller's rights or the installation's page gave",
    "structure_names": "reads nothing but names, which the portal's directory shows to everyone",
}

SNIPPET = """
from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.ports.values import Work
from chorus_connector.wiring import invoices, suppliers
from chorus_connector.wiring.tenant import AuthorisedTenant, Tenant

def route_that_authorises(tenant: TenantToUse, document_id: str) -> None:
    tenant.visible_invoices.get(document_id)
    invoices.complete_form(tenant)

def worker(work: Work) -> None:
    invoices.intake(Tenant(work)).examine
    invoices.complete_form(Tenant(work))  # refused: a message has no caller

def route_that_forgets(supplier_id: str, document_id: str) -> None:
    Tenant(supplier_id).invoices.get(document_id)  # refused
    AuthorisedTenant(supplier_id, lambda: 1.0).invoices  # refused
    invoices.intake(supplier_id)  # refused
    suppliers.configure(supplier_id)  # refused
    supplier_id.visible_invoices.get(document_id)  # refused
"""


@pytest.mark.acceptance
def test_a_route_that_forgets_to_authorise_does_not_type_check(tmp_path: Path) -> None:
    path = tmp_path / "snippet.py"
    path.write_text(SNIPPET)
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--hide-error-context", str(path)]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    refused = {int(found[1]) for found in re.finditer(r"snippet\.py:(\d+): error", ran.stdout)}
    expected = {number for number, line in enumerate(SNIPPET.splitlines(), 1) if "# refused" in line}
    assert refused == expected, ran.stdout + ran.stderr


def every_route() -> Iterator[tuple[str, Callable[..., Any]]]:
    """Each path with its function, of every module of ``api.routes``."""
    for module in pkgutil.iter_modules(routes.__path__):
        router = importlib.import_module(f"{routes.__name__}.{module.name}").router
        yield from ((key[0], function) for key, function in router._routes.items())


def receives(function: Callable[..., Any]) -> set[type]:
    return {kind for name, kind in get_type_hints(function).items() if name != "return" and isinstance(kind, type)}


def test_every_route_below_a_supplier_receives_the_authorised_tenant() -> None:
    below = [(path, function) for path, function in every_route() if "<supplier_id>" in path]
    assert len(below) > 60
    for path, function in below:
        assert AuthorisedTenant in receives(function), f"{path}: {function.__name__}"


def test_every_route_of_messages_and_structures_receives_what_the_caller_may_act_for() -> None:
    places = ("/messages", "/structures")
    of_messages = [(path, function) for path, function in every_route() if path.startswith(places)]
    assert len(of_messages) > 20
    for path, function in of_messages:
        received = {AuthorisedStructure, AuthorisedInstallation, Caller} & receives(function)
        # the structure that a body or a parameter names is authorised by the route itself
        assert received or "authorise_structure(" in inspect.getsource(function), f"{path}: {function.__name__}"


def wiring_functions() -> dict[str, ast.FunctionDef]:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in WIRING.glob("*.py")]
    return {node.name: node for tree in trees for node in tree.body if isinstance(node, ast.FunctionDef)}


def used_of_wiring(path: Path) -> Iterator[str]:
    """What a module takes from the wiring: names it imports, and attributes of modules it imports as ``wiring``."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("chorus_connector.wiring."):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "wiring":
            yield node.attr


@pytest.mark.parametrize("path", sorted(ROUTES.glob("*.py")), ids=lambda path: path.stem)
def test_a_route_uses_only_wiring_that_asks_for_a_proof_of_authorising(path: Path) -> None:
    functions = wiring_functions()
    for name in set(used_of_wiring(path)) - PROOFS - set(WITHOUT_PROOF):
        first = functions[name].args.args[0] if name in functions and functions[name].args.args else None
        assert first is not None, f"{path.name} uses {name}"
        assert first.annotation is not None, f"{path.name} uses {name}"
        assert set(ast.unparse(first.annotation).split(" | ")) <= PROOFS, f"{path.name} uses {name}"


@pytest.mark.parametrize("path", sorted(ROUTES.glob("*.py")), ids=lambda path: path.stem)
def test_a_route_makes_no_tenant_itself_and_reads_invoices_as_the_caller_may_see_them(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call):
            assert ast.unparse(node.func) not in PROOFS, f"{path.name} makes a {ast.unparse(node.func)}"
        if isinstance(node, ast.Attribute) and node.attr == "invoices":
            assert ast.unparse(node.value) != "tenant", f"{path.name} reads invoices that the caller may not see"


def test_only_authorising_makes_the_proofs() -> None:
    proofs = {"Grant", "StructureGrant", "AuthorisedInstallation"}
    makers = {
        path.stem
        for path in (ROOT / "shared").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in proofs
    }
    assert makers == {"authorisation", "message_access"}
