"""The list of metrics, which is priced, is what the code emits."""

import ast
from collections.abc import Iterator

from tools.bench.metrics import COUNT, EMITTED
from tools.local_stack.synthesis import ROOT

PACKAGE = ROOT / "shared" / "chorus_connector"


def _trees(folder: str, pattern: str) -> Iterator[tuple[str, ast.Module]]:
    for path in sorted((ROOT / folder).rglob(pattern)):
        yield path.parent.name, ast.parse(path.read_text(encoding="utf-8"))


def _calls(tree: ast.AST, name: str) -> list[ast.Call]:
    return [
        each
        for each in ast.walk(tree)
        if isinstance(each, ast.Call) and name in (getattr(each.func, "id", ""), getattr(each.func, "attr", ""))
    ]


def _dimensions(call: ast.Call) -> set[str]:
    given = next((each.value for each in call.keywords if each.arg == "dimensions"), None)
    given = given or (call.args[3] if len(call.args) > 3 else ast.Dict([], []))
    assert isinstance(given, ast.Dict), ast.unparse(call)
    return {str(key.value) for key in given.keys if isinstance(key, ast.Constant)}


def _routes_of(handler: ast.Module) -> Iterator[ast.Module]:
    """The modules of routes that a function serves."""
    for node in ast.walk(handler):
        if isinstance(node, ast.ImportFrom) and node.module == "chorus_connector.api.routes":
            for each in node.names:
                yield ast.parse((PACKAGE / "api" / "routes" / f"{each.name}.py").read_text(encoding="utf-8"))


def test_every_metric_that_the_code_emits_is_listed_with_its_dimensions() -> None:
    emitted: dict[str, set[str]] = {}
    for _, tree in _trees("shared", "*.py"):
        for call in _calls(tree, "Measure"):
            assert isinstance(call.args[0], ast.Constant), ast.unparse(call)
            emitted[str(call.args[0].value)] = _dimensions(call)
    assert emitted == {name: set(each.dimensions) for name, each in EMITTED.items() if name in emitted}
    source = (PACKAGE / "runtime" / "reading_metrics.py").read_text(encoding="utf-8")
    of_readings = {name for name in EMITTED if f'"{name}"' in source}
    assert len(of_readings) == 5
    assert set(EMITTED) == emitted.keys() | of_readings


def test_metrics_are_emitted_by_the_functions_that_are_listed_and_by_no_other_module() -> None:
    measuring = {name for name, tree in _trees("functions", "handler.py") if _calls(tree, "measure")}
    listed = {name for each in EMITTED.values() for name in each.functions}
    readers = set(EMITTED["ReaderDeaths"].functions)
    asking_the_portal = set(EMITTED["RecipientNotCached"].functions)
    assert measuring <= listed <= measuring | readers | asking_the_portal
    elsewhere = {
        name
        for folder in ("api", "usecases", "adapters", "wiring", "runtime")
        for name, tree in _trees(f"shared/chorus_connector/{folder}", "*.py")
        if _calls(tree, "measure") or _calls(tree, "add_metric") or _calls(tree, "single_metric")
    }
    assert elsewhere == {"runtime"}


def test_the_readers_are_the_functions_whose_use_cases_open_files_in_a_child_process() -> None:
    wiring = [each for _, tree in _trees("shared/chorus_connector/wiring", "*.py") for each in tree.body]
    opening = {
        each.name
        for each in wiring
        if isinstance(each, ast.FunctionDef) and (_calls(each, "_pdfs") or _calls(each, "remembered_death"))
    }
    using = {
        name
        for name, tree in _trees("functions", "handler.py")
        for code in (tree, *_routes_of(tree))
        if any(_calls(code, each) for each in opening)
    }
    assert using == set(EMITTED["ReaderDeaths"].functions)


def test_a_metric_counts_once_for_each_function_and_set_of_values() -> None:
    assert EMITTED["Documents"].metrics == 9
    assert EMITTED["ReaderDeaths"].metrics == 5 * 6
    assert EMITTED["Rejected"].metrics == 1
    assert sum(each.metrics for each in EMITTED.values()) + 1 == COUNT
