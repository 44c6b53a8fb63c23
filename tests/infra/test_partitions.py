"""Who may read and write which partition of the table: docs/security.md says what the templates say."""

import json
import re
from collections import defaultdict
from dataclasses import replace
from typing import Any

import pytest

from chorus_connector.adapters.table import keys
from infra_cdk.app import ROOT, synthesise
from infra_cdk.connector_stack import FUNCTIONS
from infra_cdk.environment import ENVIRONMENTS

READS = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
WRITES = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"}
DOCUMENT = (ROOT / "docs" / "security.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def policies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    folder = synthesise(replace(ENVIRONMENTS["production"], ships_dependencies=False), tmp_path_factory.mktemp("out"))
    templates = [json.loads(path.read_text()) for path in sorted(folder.glob("*.template.json"))]
    resources = {name: each for template in templates for name, each in template["Resources"].items()}
    return {
        name: each["Properties"]["PolicyDocument"]["Statement"]
        for name, each in resources.items()
        if each["Type"] == "AWS::IAM::Policy"
    }


def table_of(policies: dict[str, list[dict[str, Any]]]) -> str:
    """The table of the document: a function in italics reaches the partition only in a session for one supplier."""
    rights: dict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    for name, statements in policies.items():
        box = next((each for each in FUNCTIONS if name.startswith(each.replace("_", ""))), name)
        shown = f"*{box}*" if "TenantRole" in name else box
        for kind, actions in ((kind, _list(each["Action"])) for each in statements for kind in _kinds(each)):
            for known, reached in zip((READS, WRITES), rights[kind], strict=True):
                reached.update({shown} if known & set(actions) else ())
    rows = sorted(f"| `{kind}` | {_joined(reads)} | {_joined(writes)} |" for kind, (reads, writes) in rights.items())
    return "\n".join(["| partition | read by | written by |", "| --- | --- | --- |", *rows])


def _kinds(statement: dict[str, Any]) -> set[str]:
    """The kinds of partition in a statement: the part before ``#``."""
    condition = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
    texts = [json.dumps(each) for each in _list(condition.get("dynamodb:LeadingKeys", []))]
    return {found.group(1) for text in texts if (found := re.search(r'"([A-Z]+)(?:#|")', text))}


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _joined(boxes: set[str]) -> str:
    return ", ".join(sorted(boxes, key=lambda each: (each.strip("*"), each)))


def test_the_documents_table_is_what_the_templates_allow(policies: dict[str, list[dict[str, Any]]]) -> None:
    assert table_of(policies) in DOCUMENT, table_of(policies)


def test_the_document_describes_every_partition_the_adapters_write() -> None:
    listed = re.compile(r"^ *([A-Z]+)(?:#\S+)? +[A-Z_]+(?:#\S+)?  *\S", re.MULTILINE)
    assert keys.__doc__ is not None
    used = set(listed.findall(keys.__doc__)) - {"PK"}
    assert {"SUPPLIER", "STRUCTURE", "IDEMPOTENCY", "COUNTER"} <= used
    described = set(re.findall(r"^\* `([A-Z]+)(?:#[^`]*)?`", DOCUMENT, re.MULTILINE))
    assert described == used
