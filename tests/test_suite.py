"""What holds of the tests themselves, and of what is written beside the code."""

import ast
import io
import re
import tokenize
from pathlib import Path

import pytest
from hypothesis import settings

from tools.requirements import areas

ROOT = Path(__file__).parent.parent
ROW_IDS = {row.id for rows in areas().values() for row in rows}


def test_no_property_fails_because_the_machine_is_busy() -> None:
    assert settings().deadline is None, "tests/conftest.py loads the suite's profile"


@pytest.mark.parametrize("folder", ["tests", "shared", "functions", "console", "infra_cdk", "tools"])
def test_requirements_are_named_by_marks_not_in_names_docstrings_or_comments(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {words}"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for words in _names_a_row(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def _names_a_row(source: str) -> list[str]:
    """Every name of a definition, docstring and comment that holds the id of a requirement."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    written = [token.string for token in tokens if token.type == tokenize.COMMENT]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            written.append(node.name.upper().replace("_", " "))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring, also of an attribute
            written.append(str(node.value.value))
    return [words for words in written if ROW_IDS.intersection(re.findall(r"\w+", words))]
