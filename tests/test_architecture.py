"""The rules of the house, read from the code itself: who may import whom, and what runs at import."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ROOT / "shared" / "chorus_connector"

PURE_LIBRARIES = {"pydantic", "defusedxml"}
STANDARD_BUT_IMPURE = {"os", "socket", "subprocess", "logging", "time", "random", "uuid", "urllib", "http", "threading"}

MAY_IMPORT = {
    "domain": {"domain"},
    "ports": {"domain"},
    "ports_messages": {"domain"},
    "ports_notifications": {"domain"},
    "usecases": {"domain", "ports", "ports_messages", "ports_notifications", "usecases"},
    "adapters": {"domain", "ports", "ports_messages", "ports_notifications", "adapters", "chorus_pro"},
    "chorus_pro": {"chorus_pro"},
}
"""Of our own packages. ``runtime`` is the composition root: it may import all of them."""

FORBIDDEN_NAMES = {"utils", "helpers", "common", "constants", "misc"}


def python_files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "__pycache__" not in path.parts)


def imported_modules(path: Path) -> Iterator[str]:
    """Every module a file names in an import, wherever in the file it stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_package(module: str) -> str | None:
    """``domain`` for ``chorus_connector.domain.invoice``; None for other people's modules."""
    parts = module.split(".")
    return parts[1] if parts[0] == "chorus_connector" and len(parts) > 1 else None


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_its_layer_may(package: str) -> None:
    folder = PRODUCT / package
    files = list(python_files(folder)) if folder.is_dir() else [PRODUCT / f"{package}.py"]
    assert files
    for path in files:
        for module in imported_modules(path):
            owner = own_package(module)
            assert owner is None or owner in MAY_IMPORT[package], f"{path.relative_to(ROOT)} imports {module}"


def test_the_domain_is_pure() -> None:
    import sys

    for path in python_files(PRODUCT / "domain"):
        for module in imported_modules(path):
            top = module.split(".")[0]
            allowed = top in PURE_LIBRARIES or top == "chorus_connector" or top in sys.stdlib_module_names
            assert allowed, f"{path.name} imports {module}"
            assert top not in STANDARD_BUT_IMPURE, f"{path.name} imports {module}"


def test_use_cases_touch_no_outside_system() -> None:
    for path in python_files(PRODUCT / "usecases"):
        for module in imported_modules(path):
            assert module.split(".")[0] not in {"boto3", "botocore", "httpx", "aws_lambda_powertools", "os"}, path


def test_the_simulator_knows_nothing_of_the_connector() -> None:
    for path in python_files(ROOT / "local" / "chorus_simulator"):
        assert all(own_package(module) is None for module in imported_modules(path)), path


def test_the_infrastructure_knows_nothing_of_the_connector() -> None:
    for path in python_files(ROOT / "infra_cdk"):
        assert all(not module.startswith("chorus_connector") for module in imported_modules(path)), path


def test_nothing_imports_a_function() -> None:
    for folder in ("shared", "local", "infra_cdk"):
        for path in python_files(ROOT / folder):
            assert all(module.split(".")[0] != "functions" for module in imported_modules(path)), path


def test_a_function_imports_runtime_use_cases_and_types_only() -> None:
    allowed = {"runtime", "usecases", "domain", "ports", "adapters"}
    for path in python_files(ROOT / "functions"):
        for module in imported_modules(path):
            assert own_package(module) in allowed | {None}, f"{path} imports {module}"
            assert module.split(".")[0] not in {"boto3", "botocore", "httpx"}, f"{path} imports {module}"


FOR_NO_SUPPLIER = {
    "DynamoInstallation", "DynamoKeptAnswers", "DynamoRecipients", "DynamoMailboxes", "read_suppliers",
    "DynamoStructures", "DynamoCounterparties", "DynamoOutbox", "DynamoInbox", "DynamoInboxes", "DynamoLists",
    "DynamoReferences", "plain_secret", "SqsQueue", "SqsLookQueue", "SqsSupplierQueue", "SqsDeliveries", "SqsDigests",
    "SqsWebhooks", "SqsRemovals", "hide", "SesMailer", "TenantSessions",
}  # fmt: skip
"""What is made on a client with the box's own rights: it belongs to no supplier, to several, or to a structure."""


def test_what_belongs_to_one_supplier_is_made_on_a_client_that_reaches_nothing_else() -> None:
    made_on = {"_aws": set[str](), "_tenant": set[str]()}
    for path in (PRODUCT / "runtime").glob("*wiring.py"):
        for call in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)):
            for argument in (each for each in call.args if isinstance(each, ast.Call)):
                if isinstance(argument.func, ast.Name) and argument.func.id in made_on:
                    assert isinstance(call.func, ast.Name)
                    made_on[argument.func.id].add(call.func.id)
    assert made_on["_aws"] <= FOR_NO_SUPPLIER
    # a tenant is made with its own session: the one thing of the installation that is made for a supplier
    assert made_on["_tenant"] & FOR_NO_SUPPLIER == {"DynamoInstallation"}
    assert {"DynamoInvoices", "S3Documents", "SecretsManagerCredentials", "Textract", "DynamoFeed"} <= made_on[
        "_tenant"
    ]


def test_no_one_but_the_composition_root_makes_clients() -> None:
    for folder in (PRODUCT, ROOT / "functions"):
        for path in python_files(folder):
            if path.name != "wiring.py":
                assert "boto3" not in {module.split(".")[0] for module in imported_modules(path)}, path


def test_a_function_folder_holds_its_handler_and_nothing_else() -> None:
    for folder in (path for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name != "__pycache__"):
        assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["handler.py"], folder


def test_no_module_has_a_name_that_says_nothing() -> None:
    for folder in ("shared", "functions", "infra_cdk", "local"):
        for path in python_files(ROOT / folder):
            assert path.stem not in FORBIDDEN_NAMES, path


def test_every_module_says_why_it_exists() -> None:
    for folder in ("shared", "functions", "infra_cdk", "local"):
        for path in python_files(ROOT / folder):
            source = path.read_text(encoding="utf-8")
            if source.strip():
                assert ast.get_docstring(ast.parse(source)), f"{path.relative_to(ROOT)} has no docstring"


def test_nothing_reads_the_environment_at_import() -> None:
    for folder in (PRODUCT, ROOT / "functions"):
        for path in python_files(folder):
            for statement in ast.parse(path.read_text(encoding="utf-8")).body:
                if not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                    assert "attr='environ'" not in ast.dump(statement), f"{path.relative_to(ROOT)} reads it at import"
