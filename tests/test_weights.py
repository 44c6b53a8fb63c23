"""The numbers by which the rules decide a reading are named, explained and kept in one module."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

READING = Path(__file__).parents[1] / "shared" / "chorus_connector" / "domain" / "reading"
WEIGHTS = READING / "weights.py"
MODULES = [path for path in sorted(READING.rglob("*.py")) if path != WEIGHTS]
PLAIN = {0.0, 0.5, 1.0}
"""Nothing, the half and the whole: they say what they mean."""


def unnamed(source: str) -> Iterator[int]:
    """The lines that hold a number with a decimal point that is no weight of the module."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, float) and node.value not in PLAIN:
            yield node.lineno


def names() -> list[str]:
    """The names of all weights, in their order."""
    statements = ast.parse(WEIGHTS.read_text(encoding="utf-8")).body
    return [ast.unparse(target) for each in statements for target in _targets(each)]


def _targets(statement: ast.stmt) -> list[ast.expr]:
    if isinstance(statement, ast.Assign):
        return statement.targets
    return [statement.target] if isinstance(statement, ast.AnnAssign) else []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(READING)))
def test_a_rule_has_no_unnamed_weight(path: Path) -> None:
    lines = list(unnamed(path.read_text(encoding="utf-8")))
    assert not lines, f"{path.name}, lines {lines}: give the weight a name and a meaning in weights.py"


def test_the_guard_sees_a_weight_in_a_comparison_a_call_and_a_constant() -> None:
    source = "_LEAD = 0.45\nif score > 1.5 * 0.5:\n    siret.add('supplier', -2.5)\nreturn min(1.0, 0.0)\n"
    assert sorted(unnamed(source)) == [1, 2, 3]


def test_each_weight_is_explained_on_one_line() -> None:
    text = WEIGHTS.read_text(encoding="utf-8")
    for name in names():
        line = re.search(rf"^(?P<above># .*\n)?{name}\b.*?(?P<beside>  # .+)?$", text, re.MULTILINE)
        assert line, name
        assert line["above"] or line["beside"], f"{name}: say what it means, with its unit"


def test_each_weight_is_used() -> None:
    used = set(re.findall(r"\bweights\.([A-Z_]+)", "".join(path.read_text(encoding="utf-8") for path in MODULES)))
    within = Counter(re.findall(r"\b[A-Z_]+\b", WEIGHTS.read_text(encoding="utf-8")))
    assert not [name for name in names() if name not in used and within[name] == 1]
