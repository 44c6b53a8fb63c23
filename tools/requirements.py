"""Write docs/requirements.md: each requirement, whether it is shown, and the tests that show it.

The requirements are in docs/requirements.toml; a test says with ``pytest.mark.row`` which ones it shows. A requirement
counts as shown only with a test over HTTP.
"""

import ast
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "docs" / "requirements.toml"
PAGE = ROOT / "docs" / "requirements.md"
OVER_HTTP = "tests/e2e/"
"""The tests in this folder see what a user sees: they call the API of the local stack."""


@dataclass(frozen=True)
class Row:
    """One requirement. ``fault`` says what does not hold yet although its tests pass."""

    id: str
    says: str
    fault: str | None


def areas() -> dict[str, list[Row]]:
    """The rows of each area by the area's title, in the file's order."""
    written = tomllib.loads(REQUIREMENTS.read_text(encoding="utf-8"))
    faults = written.pop("partly")
    found = {
        area["title"]: [Row(row, says, faults.pop(row, None)) for row, says in area["rows"].items()]
        for area in written.values()
    }
    if faults:
        raise ValueError(f"{REQUIREMENTS.name} calls unknown rows partly done: {', '.join(faults)}")
    return found


def marked_tests() -> dict[str, list[str]]:
    """The tests that carry each row's mark, as pytest names them, by row."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        name = path.relative_to(ROOT).as_posix()
        for row, test in _marks(ast.parse(path.read_text(encoding="utf-8")), name):
            found[row].append(f"{name}::{test}")
    return dict(found)


def page() -> str:
    """The text of docs/requirements.md. Raises ValueError when a mark names an unknown row."""
    tests, known = marked_tests(), areas()
    unknown = set(tests) - {row.id for rows in known.values() for row in rows}
    if unknown:
        raise ValueError(f"marks name rows that {REQUIREMENTS.name} does not have: {', '.join(sorted(unknown))}")
    parts = [_HEAD, _summary(known, tests)]
    for title, rows in known.items():
        lines = [_line(row, tests.get(row.id, [])) for row in rows]
        parts.append("\n".join([f"## {title}\n", *_COLUMNS, *lines]))
    return "\n\n".join(parts) + "\n"


_HEAD = """# Requirements

`make requirements` writes this page from [requirements.toml](requirements.toml) and from the marks of the tests
(`@pytest.mark.row("S24")`). A requirement is *shown* by a test over HTTP. *Partly* means that its tests pass and that a
fault is known. The last column names the files with unit tests of the same requirement."""
_COLUMNS = ("| row | requirement | status | tests over HTTP | unit tests |", "| --- | --- | --- | --- | --- |")


def _marks(module: ast.Module, name: str) -> Iterator[tuple[str, str]]:
    """(row, test) for each mark on a test, or on its whole module. Raises ValueError for a mark anywhere else."""
    tests = [each for each in module.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")]
    whole = [each.value for each in module.body if isinstance(each, ast.Assign) and _is_pytestmark(each)]
    shared = [row for value in whole for row in _rows(value)]
    counted = len(shared)
    for test in tests:
        own = [row for decorator in test.decorator_list for row in _rows(decorator)]
        counted += len(own)
        yield from ((row, test.name) for row in dict.fromkeys([*shared, *own]))
    if counted != len(list(_rows(module))):
        raise ValueError(f"{name}: a row's mark belongs on a test function or on the module")


def _is_pytestmark(assignment: ast.Assign) -> bool:
    return any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in assignment.targets)


def _rows(node: ast.AST) -> Iterator[str]:
    """The ids of every ``pytest.mark.row(...)`` under the node."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "pytest.mark.row":
            yield from (ast.literal_eval(argument) for argument in call.args)


def _summary(known: dict[str, list[Row]], tests: dict[str, list[str]]) -> str:
    statuses = [_status(row, tests.get(row.id, [])) for rows in known.values() for row in rows]
    counts = {word: sum(status.startswith(word) for status in statuses) for word in ("shown", "partly", "not yet")}
    return f"{len(statuses)} rows: " + ", ".join(f"{count} {word}" for word, count in counts.items()) + "."


def _status(row: Row, tests: list[str]) -> str:
    if not any(test.startswith(OVER_HTTP) for test in tests):
        return "not yet"
    return f"partly: {row.fault}" if row.fault else "shown"


def _line(row: Row, tests: list[str]) -> str:
    over_http = [test.removeprefix(OVER_HTTP) for test in tests if test.startswith(OVER_HTTP)]
    units = {test.partition("::")[0].removeprefix("tests/") for test in tests if not test.startswith(OVER_HTTP)}
    cells = (row.id, row.says, _status(row, tests), _listed(over_http), _listed(sorted(units)))
    return f"| {' | '.join(cells)} |"


def _listed(names: Iterable[str]) -> str:
    return "<br>".join(f"`{name}`" for name in names)


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))


if __name__ == "__main__":
    main()
