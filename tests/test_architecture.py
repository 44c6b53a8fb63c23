"""The rules of the house, read from the code itself: who may import whom, and what runs at import."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PRODUCT = ROOT / "shared" / "chorus_connector"

PURE_LIBRARIES = {"pydantic", "defusedxml"}
STANDARD_BUT_IMPURE = {"os", "socket", "subprocess", "logging", "time", "random", "uuid", "urllib", "http", "threading"}

VALUES_OF_PORTS = {"ports.values", "ports.notification_values"}
"""What passes through the ports: the only modules of ``ports`` that a function loads when it starts."""

MAY_IMPORT = {
    "domain": {"domain"},
    "ports": {"domain", "ports"},
    "usecases": {"domain", "ports", "usecases"},
    "adapters": {"domain", "ports", "adapters", "chorus_pro"},
    "chorus_pro": {"chorus_pro"},
    "wiring": {"domain", "ports", "usecases", "adapters", "chorus_pro", "wiring", "runtime"},
    "runtime": {"domain", "ports", "runtime"},
    "api": {"domain", "ports", "usecases", "wiring", "runtime", "api"},
}
"""Of our own packages, read downwards: functions, api or runtime, wiring, use cases and adapters, ports, domain."""

TABLE_KEYS = "chorus_connector.adapters.table.keys"
"""Pure: also for the infrastructure, and for the runtime's log lines about the table's stream."""

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
    """``domain`` for ``chorus_connector.domain.invoices.invoice``; None for other people's modules."""
    parts = module.split(".")
    return parts[1] if parts[0] == "chorus_connector" and len(parts) > 1 else None


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_a_package_imports_only_what_its_layer_may(package: str) -> None:
    folder = PRODUCT / package
    files = list(python_files(folder))
    assert files
    for path in files:
        for module in imported_modules(path):
            owner = own_package(module)
            pure = TABLE_KEYS.startswith(module)
            assert pure or owner in MAY_IMPORT[package] | {None}, f"{path.relative_to(ROOT)} imports {module}"


def test_nothing_loads_the_ports_or_the_documents_shapes_when_a_function_starts() -> None:
    """Types only and a description only: fifteen milliseconds of every cold start when they were loaded."""
    folders = [path for path in sorted((ROOT / "functions").iterdir()) if (path / "handler.py").exists()]
    assert len(folders) > 10
    for box, module in _loaded_by(folders):
        assert not module.startswith("chorus_connector.api.schemas."), f"{box} loads {module}"
        if module.startswith("chorus_connector.ports."):
            assert module.removeprefix("chorus_connector.") in VALUES_OF_PORTS, f"{box} loads {module}"


_LOAD_EACH = """
import sys
for folder in sys.argv[1:]:
    before = set(sys.modules)
    sys.path.insert(0, folder)
    import handler
    print(*(f"{folder}:{module}" for module in set(sys.modules) - before), sep="\\n")
    del sys.path[0], sys.modules["handler"]
"""


def _loaded_by(folders: Sequence[Path]) -> list[tuple[str, str]]:
    """What importing the functions' handlers brings: each module, with the first of them that brings it."""
    path = os.pathsep.join(map(str, (PRODUCT.parent, ROOT)))
    environment = {**os.environ, "PYTHONPATH": path, "AWS_DEFAULT_REGION": "eu-west-3"}
    command = [sys.executable, "-c", _LOAD_EACH, *map(str, folders)]
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    pairs = [line.rpartition(":") for line in ran.stdout.split()]
    return [(Path(folder).name, module) for folder, _, module in pairs]


def test_the_domain_is_pure() -> None:
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
    for path in python_files(ROOT / "tools" / "simulator"):
        assert all(own_package(module) is None for module in imported_modules(path)), path


def test_the_infrastructure_knows_of_the_connector_the_tables_keys_only() -> None:
    for path in python_files(ROOT / "infra_cdk"):
        known = {module for module in imported_modules(path) if module.startswith("chorus_connector")}
        assert known <= {TABLE_KEYS, TABLE_KEYS.rpartition(".")[0]}, path


def test_the_tables_keys_are_written_with_the_standard_library_only() -> None:
    for module in imported_modules(PRODUCT / "adapters" / "table" / "keys.py"):
        assert module.split(".")[0] in sys.stdlib_module_names, module


@pytest.mark.parametrize("folder", ["shared", "functions", "console", "infra_cdk", "tools"])
def test_one_module_writes_the_tables_keys(folder: str) -> None:
    """No other one has a text that looks like a key (``SUPPLIER#…``) in its code."""
    for path in python_files(ROOT / folder):
        if path != PRODUCT / "adapters" / "table" / "keys.py":
            found = [text for text in texts_of(path) if re.search(r"[A-Z_]{2,}#", text)]
            assert not found, f"{path.relative_to(ROOT)}: {found}"


def texts_of(path: Path) -> Iterator[str]:
    """Every literal text of a file, the parts of f-strings included, except docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def test_the_console_is_a_client_of_the_api_and_knows_nothing_of_the_connector() -> None:
    """It could run anywhere: what a page needs and the API lacks is added to the API."""
    libraries = {
        "aws_lambda_powertools",
        "boto3",
        "botocore",
        "httpx",
        "pydantic",
        "jinja2",
        "markupsafe",
        "cryptography",
    }
    for path in python_files(ROOT / "console"):
        for module in imported_modules(path):
            top = module.split(".")[0]
            assert top == "console" or top in libraries | sys.stdlib_module_names, f"{path.name} imports {module}"


def test_only_the_consoles_function_and_tools_import_the_console() -> None:
    for folder in ("shared", "functions", "infra_cdk"):
        for path in python_files(ROOT / folder):
            console = [module for module in imported_modules(path) if module.split(".")[0] == "console"]
            assert not console or path == ROOT / "functions" / "console" / "handler.py", path


def test_nothing_imports_a_function() -> None:
    for folder in ("shared", "console", "tools", "infra_cdk"):
        for path in python_files(ROOT / folder):
            assert all(module.split(".")[0] != "functions" for module in imported_modules(path)), path


def test_a_function_imports_runtime_use_cases_and_types_only() -> None:
    allowed = {"api", "runtime", "wiring", "usecases", "domain", "adapters", "ports"}
    for path in python_files(ROOT / "functions"):
        for module in imported_modules(path):
            assert own_package(module) in allowed | {None}, f"{path} imports {module}"
            assert module.split(".")[0] not in {"boto3", "botocore", "httpx"}, f"{path} imports {module}"


FOR_NO_SUPPLIER = {
    "DynamoInstallation", "DynamoKeptAnswers", "DynamoRecipients", "DynamoMailboxes", "read_suppliers",
    "read_states",
    "DynamoStructures", "DynamoAnnouncements", "DynamoInboxes", "DynamoReferences", "plain_secret", "SqsQueue",
    "SqsTrackingQueue", "SqsSupplierQueue", "SqsDeliveries", "SqsDigests", "SqsWebhooks", "SqsDueWebhooks",
    "SqsRemovals", "SqsChangeLetters", "SesMailer", "CognitoUserDirectory", "DynamoQuotaCounters", "SqsPostponed",
    "SqsLessons", "DynamoAwaited", "DynamoDueMailings", "DynamoArrivals", "SqsRenewals", "SqsArchives",
}  # fmt: skip
"""What is made on a client with the box's own rights: it belongs to no supplier, or to several.

``DynamoStructures`` writes with the session of a structure; ``DynamoAnnouncements`` reads what a structure received."""


CLIENT_MAKERS = {"function_client", "client"}
"""A client with the function's own permissions, and ``Tenant.client``, which has one supplier's."""


def client_uses(source: str) -> Iterator[tuple[str, str]]:
    """Which maker of clients each thing is made on: ``("client", "DynamoInvoices")``.

    A client is given as an argument, positional or by keyword, directly or through a variable of the function. Raises
    AssertionError on a client that is used in any other way: this rule could not tell what is made on it.
    """
    tree = ast.parse(source)
    for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
        held = {
            ast.unparse(node.targets[0]): _maker(node.value)
            for node in ast.walk(function)
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and _maker(node.value)
        }
        used = [node for node in ast.walk(function) if _maker(node) or _is_read(node, held)]
        seen = len(held)
        for call in (node for node in ast.walk(function) if isinstance(node, ast.Call)):
            for argument in (*call.args, *(keyword.value for keyword in call.keywords)):
                if maker := _maker(argument) or held.get(ast.unparse(argument)):
                    seen += 1
                    yield maker, ast.unparse(call.func).rpartition(".")[2]
        assert seen == len(used), f"a client of {function.name} is used in a way that this rule cannot see"


def _is_read(node: ast.AST, names: Collection[str]) -> bool:
    return isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in names


def _maker(node: ast.AST) -> str:
    """The name of the maker that a call makes a client with; empty for anything else."""
    name = ast.unparse(node.func).rpartition(".")[2] if isinstance(node, ast.Call) else ""
    return name if name in CLIENT_MAKERS else ""


def test_what_belongs_to_one_supplier_is_made_on_a_client_that_reaches_nothing_else() -> None:
    made_on = {maker: set[str]() for maker in CLIENT_MAKERS}
    for path in python_files(PRODUCT / "wiring"):
        if path.name != "clients.py":
            for maker, thing in client_uses(path.read_text(encoding="utf-8")):
                made_on[maker].add(thing)
    assert made_on["function_client"] <= FOR_NO_SUPPLIER
    # a tenant is made with its own session, and changes its structure's subscriptions with it
    assert made_on["client"] & FOR_NO_SUPPLIER == {"DynamoInstallation", "DynamoStructures"}
    assert {"DynamoInvoices", "DynamoBreakers", "S3Documents", "SecretsManagerCredentials", "Textract"} <= made_on[
        "client"
    ]
    assert "DynamoFeed" in made_on["client"]


@pytest.mark.parametrize(
    "given",
    [
        "return Store(function_client('s3'), 'bucket')",
        "return Store('bucket', client=clients.function_client('s3'))",
        "client = function_client('s3'); return Store(client, 'bucket')",
        "client = function_client('s3'); return adapters.Store(bucket='b', client=client)",
    ],
)
def test_a_client_is_seen_however_it_is_given(given: str) -> None:
    assert list(client_uses(f"def store(): {given}")) == [("function_client", "Store")]


@pytest.mark.parametrize(
    "hidden",
    [
        "return function_client('s3')",
        "self.client = function_client('s3')",
        "client = function_client('s3'); return client",
        "client = function_client('s3'); return [Store(client), client]",
    ],
)
def test_a_client_that_is_passed_on_unseen_is_an_error(hidden: str) -> None:
    with pytest.raises(AssertionError):
        list(client_uses(f"def store(): {hidden}"))


def test_only_a_tenant_and_a_structure_open_sessions() -> None:
    wiring = PRODUCT / "wiring"
    for path in python_files(PRODUCT):
        nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
        made = sum(isinstance(node, ast.Call) and ast.unparse(node.func).endswith("ScopedSession") for node in nodes)
        allowed = path in {wiring / "clients.py", wiring / "tenant.py", wiring / "messages.py"}
        assert made == allowed, path


def test_only_the_wiring_asks_for_clients() -> None:
    for folder in (PRODUCT, ROOT / "functions"):
        for path in python_files(folder):
            if path.parent != PRODUCT / "wiring":
                called = {_maker(node) for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))}
                assert not called & CLIENT_MAKERS, path


def test_clients_are_made_in_one_place() -> None:
    makers = {"boto3", "botocore.session"}
    for folder in (PRODUCT, ROOT / "functions"):
        for path in python_files(folder):
            if path.name != "clients.py":
                assert not makers & set(imported_modules(path)), path
    assert makers & set(imported_modules(PRODUCT / "wiring" / "clients.py"))


def test_a_function_folder_holds_its_handler_and_nothing_else() -> None:
    for folder in (path for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name != "__pycache__"):
        assert [path.name for path in folder.iterdir() if path.name != "__pycache__"] == ["handler.py"], folder


def test_no_module_has_a_name_that_says_nothing() -> None:
    for folder in ("shared", "functions", "console", "infra_cdk", "tools"):
        for path in python_files(ROOT / folder):
            assert path.stem not in FORBIDDEN_NAMES, path


def test_every_module_says_why_it_exists() -> None:
    for folder in ("shared", "functions", "console", "infra_cdk", "tools"):
        for path in python_files(ROOT / folder):
            source = path.read_text(encoding="utf-8")
            if source.strip():
                assert ast.get_docstring(ast.parse(source)), f"{path.relative_to(ROOT)} has no docstring"


def test_nothing_reads_the_environment_at_import() -> None:
    for folder in (PRODUCT, ROOT / "functions", ROOT / "console"):
        for path in python_files(folder):
            for statement in ast.parse(path.read_text(encoding="utf-8")).body:
                if not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
                    assert "attr='environ'" not in ast.dump(statement), f"{path.relative_to(ROOT)} reads it at import"


def test_a_handler_is_an_entry_point_of_sixty_lines_at_most() -> None:
    handlers = sorted((ROOT / "functions").glob("*/handler.py"))
    assert len(handlers) > 10
    for path in handlers:
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 60, path.relative_to(ROOT)


def test_no_module_of_the_api_is_longer_than_three_hundred_lines() -> None:
    for path in python_files(PRODUCT / "api"):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 300, path.relative_to(ROOT)
