"""docs/emulator.md names each known difference between the local stack and AWS, and tests that exist."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
COLUMNS = ["difference", "on AWS", "here", "where it bites", "the tests instead"]

DIFFERENCES = [
    "transaction conflicts",
    "throttles and partition limits",
    "answers that are lost",
    "large items",
    "indexes are late",
    "time to live is late",
    "point-in-time recovery",
    "stream shards",
    "leading keys",
    "policies that are rewritten",
    "session policies",
    "encryption keys",
    "conditions on service principals",
    "user names",
    "two factors and passwords",
    "branding of the sign-in page",
    "revoked tokens",
    "the API's name",
    "the caller's groups",
    "code and layer in two steps",
    "the builder's Python",
    "libraries of the layer",
    "processor and shared memory",
    "concurrency limits",
    "messages in flight",
    "messages that come twice",
    "retry times",
    "the Scheduler",
    "CloudFormation",
    "object lock",
    "tags of an upload form",
    "addresses and signatures",
    "Textract's limits",
    "Textract's reading",
    "decoded paths",
    "size and time of a request",
    "throttles and the access log",
    "firewall",
    "alarms",
    "composite alarms",
    "log queries",
    "e-mail",
]
"""The rows of the page. A difference that is found is added here, and there with its test or its « day one »."""

CHANGES = {
    "deploy._as_the_emulator_asks": "policies that are rewritten",
    "deploy._with_secrets_by_arn": "policies that are rewritten",
    "deploy._finish_stack": "point-in-time recovery",
    "deploy._finish_table": "time to live is late",
    "deploy._finish_bucket": "object lock",
    "emulator._with_leading_keys": "leading keys",
    "emulator._with_revocation": "revoked tokens",
    "emulator._answer_under_a_name": "the API's name",
    "emulator._with_tags": "tags of an upload form",
    "emulator._create_composite_alarm": "composite alarms",
    "emulator._delete_composite_alarm": "composite alarms",
}
"""What the local stack changes in the templates and in the emulator, with the row that says so."""


def rows() -> dict[str, list[str]]:
    """The cells of each row by its difference."""
    lines = [line for line in PAGE.splitlines() if line.startswith("| ") and not line.startswith("| ---")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return {row[0]: row for row in cells if row != COLUMNS}


@cache
def named_in(path: str) -> set[str]:
    """The tests of a file that pytest collects and does not skip."""
    module = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    functions = [each for each in module.body if isinstance(each, ast.FunctionDef) and each.name.startswith("test_")]
    return {each.name for each in functions if not any("skip" in ast.unparse(mark) for mark in each.decorator_list)}


def test_the_page_has_the_known_differences_in_this_order() -> None:
    assert list(rows()) == DIFFERENCES
    assert all(len(row) == len(COLUMNS) and all(row) for row in rows().values())


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_the_tests_instead_of_aws_exist_or_the_first_day_shows_it(difference: str) -> None:
    instead = rows()[difference][-1]
    named = re.findall(r"`(tests/[\w/]+/test_\w+\.py|tests/test_\w+\.py)::(test_\w+)`", instead)
    assert instead.count("::") == len(named)
    assert named or "day one:" in instead
    assert [each for path, each in named if each not in named_in(path)] == []


CHANGING = ("_as_the_emulator", "_answer_", "_with_", "_finish_", "_create_comp", "_delete_")


def test_what_the_local_stack_changes_is_on_the_page() -> None:
    folder = ROOT / "tools" / "local_stack"
    changing = {
        f"{name}.{each.name}"
        for name in ("deploy", "emulator")
        for each in ast.parse((folder / f"{name}.py").read_text(encoding="utf-8")).body
        if isinstance(each, ast.FunctionDef) and each.name.startswith(CHANGING)
    }
    assert changing == set(CHANGES)
    assert set(CHANGES.values()) <= set(rows())


def test_every_link_of_the_page_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / target).exists(), target
