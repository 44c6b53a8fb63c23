"""A resource that keeps data keeps its logical id: CloudFormation would delete it and create an empty one."""

import json
from pathlib import Path

from tools.local_stack.synthesis import local_templates

KNOWN: dict[str, str] = json.loads(Path(__file__).with_name("stateful_resources.json").read_text(encoding="utf-8"))
"""Every table, bucket, key, user pool, secret, queue and log group so far, by logical id. New ones are added here."""


def test_no_stateful_resource_changes_its_logical_id() -> None:
    found: dict[str, str] = {}
    for template in sorted(local_templates().glob("*.template.json")):
        resources = json.loads(template.read_text(encoding="utf-8"))["Resources"]
        found |= {name: each["Type"] for name, each in resources.items() if each["Type"] in set(KNOWN.values())}
    assert found == KNOWN
