"""What keeps data keeps its logical id, a queue its name, and the data stack what it exports.

Under another id CloudFormation would create an empty resource and delete the old one. Without an export that the
application stack uses, no deployment and no way back would succeed.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, DefaultStackSynthesizer

from infra_cdk.data_stack import DataStack
from infra_cdk.environment import ENVIRONMENTS
from tools.local_stack.synthesis import local_templates

_KNOWN = json.loads(Path(__file__).with_name("stateful_resources.json").read_text(encoding="utf-8"))
KNOWN: dict[str, str] = _KNOWN["resources"]
"""Every table, bucket, key, user pool, secret, queue and log group so far, by logical id. New ones are added here."""
NAMES: dict[str, str] = _KNOWN["names"]
"""The names of queues and topics after ``chorus-connector-<environment>-``, by logical id."""
EXPORTS: list[str] = _KNOWN["exports"]
"""What the data stack exports. A name is removed one release after the application stack's last use of it."""


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    return {
        path.name: json.loads(path.read_text("utf-8")) for path in sorted(local_templates().glob("*.template.json"))
    }


def test_no_stateful_resource_changes_its_logical_id(templates: dict[str, dict[str, Any]]) -> None:
    found: dict[str, str] = {}
    for template in templates.values():
        found |= {n: each["Type"] for n, each in template["Resources"].items() if each["Type"] in set(KNOWN.values())}
    assert found == KNOWN


def test_no_queue_and_no_topic_changes_its_name(templates: dict[str, dict[str, Any]]) -> None:
    found: dict[str, str] = {}
    for template in templates.values():
        for name, resource in template["Resources"].items():
            if resource["Type"] in {"AWS::SQS::Queue", "AWS::SNS::Topic"}:
                given = resource["Properties"].get("QueueName") or resource["Properties"]["TopicName"]
                assert given.startswith("chorus-connector-local-")
                found[name] = given.removeprefix("chorus-connector-local-")
    assert found == NAMES
    longest = "x" * 20  # of an environment with a name of its own (`configuration`)
    assert all(len(f"chorus-connector-{longest}-{each}") <= 80 for each in found.values()), "SQS takes no more"


def test_the_data_stack_exports_what_it_exported_even_to_a_release_that_does_not_use_it(tmp_path: Path) -> None:
    flags = {"@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True}
    app = App(outdir=str(tmp_path), analytics_reporting=False, context=flags)
    made = DefaultStackSynthesizer()
    DataStack(app, "chorus-connector-local-data", ENVIRONMENTS["local"], synthesizer=made)  # without the other stack
    app.synth()
    assert _exports(json.loads((tmp_path / "chorus-connector-local-data.template.json").read_text("utf-8"))) == EXPORTS


def test_the_application_stack_uses_no_export_that_only_it_keeps(templates: dict[str, dict[str, Any]]) -> None:
    assert _exports(templates["chorus-connector-local-data.template.json"]) == EXPORTS


def _exports(template: dict[str, Any]) -> list[str]:
    names = [each["Export"]["Name"] for each in template["Outputs"].values() if "Export" in each]
    return sorted(each.partition(":")[2] for each in names)
