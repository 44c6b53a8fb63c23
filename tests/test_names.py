"""One name has one meaning in the whole package: no public name is defined at the top of two modules."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "shared" / "chorus_connector"

MECHANICAL = frozenset({"logger", "router", "app", "TASKS", "warm_up"})
"""What a module makes for itself under the name that its library's users, or the sandbox, expect."""

QUALIFIED = frozenset({"adapters/table/keys.py"})
"""Only used with the module's name (``keys.invoice``): its functions are named after the items."""


def public_names(path: Path) -> Iterator[str]:
    """The names that a module defines at its top, except route functions, which nothing calls by their name."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        match node:
            case ast.FunctionDef() if any(map(_is_a_route, node.decorator_list)):
                continue
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names = [name]
            case ast.Assign(targets=targets):
                names = [each.id for each in targets if isinstance(each, ast.Name)]
            case ast.AnnAssign(target=ast.Name(id=name)):
                names = [name]
            case _:
                continue
        yield from (each for each in names if not each.startswith("_") and each not in MECHANICAL)


def _is_a_route(decorator: ast.expr) -> bool:
    match decorator:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="router" | "app"))):
            return True
    return False


def defined_twice() -> dict[str, list[str]]:
    """Each public name of two modules or more, with these modules; request bodies of routes count with the routes."""
    modules: dict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        module = path.relative_to(PACKAGE).as_posix()
        if module not in QUALIFIED:
            for name in dict.fromkeys(public_names(path)):
                modules[name].append(module)
    return {name: found for name, found in modules.items() if len(found) > 1}


def test_no_public_name_is_defined_in_two_modules() -> None:
    assert not defined_twice()
