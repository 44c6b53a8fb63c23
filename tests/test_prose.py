"""Docstrings, comments and test names use plain technical English: no word that CONTRIBUTING.md replaces."""

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
FOLDERS = ("shared", "functions", "console", "infra_cdk", "tools", "tests")

DIALECT = re.compile(
    r"\b(whoever|nobody|somebody|anybody|everybody|(?:goes|go|went) on\b(?! the)|told of|(?:is|are|be) told|"
    r"stands? (?:in|there|here|under|above|beside|before|for|at|over)|of which|(?:is|are) said|said to be|whose turn|"
    r"what is gone|ticks?|sweeps?|look(?:s|ed)? (?:at )?again|errands?|mend(?:s|ed)?|epitaph|broom|in vain)\b",
    re.IGNORECASE,
)


def modules() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((ROOT / folder).rglob("*.py"))


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Each docstring, comment and test name of a module with its line."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Expr(value=ast.Constant(value=str(text))):
                yield node.lineno, text
            case ast.FunctionDef(name=name) if name.startswith("test_"):
                yield node.lineno, name.replace("_", " ")
    with path.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def test_docstrings_comments_and_test_names_use_the_ordinary_word() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {word}"
        for path in modules()
        for line, text in prose(path)
        for word in DIALECT.findall(text)
    ]
    assert not found, "\n".join(found)
