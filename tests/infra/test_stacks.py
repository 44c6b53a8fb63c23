"""Invariants of the synthesised templates."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chorus_connector.domain.invoices.retention import RETENTION
from chorus_connector.domain.portal.breaker import LONGEST_PAUSE
from infra_cdk.alarms import DEAD_LETTERS, each_in_one_group
from infra_cdk.app import ROOT, name_of_release, synthesise
from infra_cdk.connector_stack import FUNCTIONS
from infra_cdk.environment import ENVIRONMENTS
from infra_cdk.rules import check_rules, excepted

Template = dict[str, Any]
MOST_ALARMS_THAT_RING = 30


class Resources:
    """The resources and outputs of all stacks of one environment."""

    def __init__(self, folder: Path) -> None:
        templates = [json.loads(path.read_text()) for path in sorted(folder.glob("*.template.json"))]
        self.sizes = [len(template["Resources"]) for template in templates]
        self.all = {name: each for template in templates for name, each in template["Resources"].items()}
        self.outputs = {name: each for template in templates for name, each in template["Outputs"].items()}

    def of(self, kind: str) -> dict[str, Template]:
        return {name: each.get("Properties", {}) for name, each in self.all.items() if each["Type"] == kind}

    def name_of(self, reference: Any) -> str:
        """What a Ref, an attribute or an import from the other stack points to."""
        words = json.dumps(reference)
        named = [name for name in self.all if name in words]
        functions = self.of("AWS::Lambda::Function").items()
        named = named or [name for name, each in functions if f'{each["FunctionName"]}"' in words]
        return max(named, key=len)

    def named(self, reference: Any) -> Template:
        return self.all[self.name_of(reference)].get("Properties", {})

    def function_of(self, alias: Any) -> str:
        """The function that is invoked by its alias `live`."""
        resource = self.all[self.name_of(alias)]
        assert (resource["Type"], resource["Properties"]["Name"]) == ("AWS::Lambda::Alias", "live")
        return self.name_of(resource["Properties"]["FunctionName"])

    def documents(self) -> Template:
        """The bucket of documents: the other one holds its access log."""
        (bucket,) = [each for each in self.of("AWS::S3::Bucket").values() if "NotificationConfiguration" in each]
        return bucket

    def every_alarm(self) -> dict[str, Template]:
        return self.of("AWS::CloudWatch::Alarm") | self.of("AWS::CloudWatch::CompositeAlarm")

    def ringing(self, in_alarm: set[str]) -> set[str]:
        """What publishes when these metric alarms are in ALARM and the others are not: the alarms' short names."""
        named = [
            each["AlarmName"]
            for name, each in self.of("AWS::CloudWatch::Alarm").items()
            if name in in_alarm and each.get("AlarmActions")
        ]
        for each in self.of("AWS::CloudWatch::CompositeAlarm").values():
            parts = each["AlarmRule"]["Fn::Join"][1]
            rule = "".join(part if isinstance(part, str) else part["Fn::GetAtt"][0] for part in parts)
            rule = re.sub(r'ALARM\("(\w+)"\)', lambda found: str(found[1] in in_alarm), rule)
            rule = re.sub("AND|OR|NOT", lambda found: found[0].lower(), rule)
            named += [each["AlarmName"]] if eval(rule) else []
        return {name.split(" ", 1)[1] for name in named}

    def alarms(self, metric: str) -> list[Template]:
        return [each for each in self.of("AWS::CloudWatch::Alarm").values() if each["MetricName"] == metric]

    def queue_mappings(self) -> list[Template]:
        """What feeds a function from a queue (a table's stream is the other kind)."""
        return [each for each in self.of("AWS::Lambda::EventSourceMapping").values() if "StartingPosition" not in each]

    def stream_mappings(self) -> list[Template]:
        return [each for each in self.of("AWS::Lambda::EventSourceMapping").values() if "StartingPosition" in each]

    def statements(self) -> Iterator[Template]:
        for kind in ("AWS::IAM::Policy", "AWS::IAM::Role"):
            for properties in self.of(kind).values():
                inline = [each["PolicyDocument"] for each in properties.get("Policies", [])]
                for document in [properties.get("PolicyDocument"), *inline]:
                    yield from (document or {}).get("Statement", [])


def named_in(rule: Any) -> list[str]:
    """The logical ids of the alarms that a composite alarm's rule names."""
    return [part["Fn::GetAtt"][0] for part in rule["Fn::Join"][1] if isinstance(part, dict)]


def _synthesised(name: str, out: Path) -> Path:
    # The libraries in the layer are the index's business and change nothing in what is tested here.
    return synthesise(replace(ENVIRONMENTS[name], ships_dependencies=False), out)


@pytest.fixture(scope="module")
def local_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _synthesised("local", tmp_path_factory.mktemp("local"))


@pytest.fixture(scope="module")
def production(tmp_path_factory: pytest.TempPathFactory) -> Resources:
    return Resources(_synthesised("production", tmp_path_factory.mktemp("production")))


@pytest.fixture(scope="module", params=["local", "production"])
def resources(request: pytest.FixtureRequest, local_folder: Path, production: Resources) -> Resources:
    return production if request.param == "production" else Resources(local_folder)


def test_the_functions_are_exactly_the_folders_of_functions(resources: Resources) -> None:
    folders = {path.parent.name for path in (ROOT / "functions").glob("*/handler.py")}
    functions = resources.of("AWS::Lambda::Function").values()
    assert {each["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"] for each in functions} == folders
    assert {each["FunctionName"].rsplit("-", 1)[1] for each in functions} == folders
    assert set(FUNCTIONS) == folders


def test_every_function_runs_on_the_runtime_the_layer_is_built_for(resources: Resources) -> None:
    for function in resources.of("AWS::Lambda::Function").values():
        assert function["Runtime"] == "python3.13"
        assert function["Architectures"] == ["arm64"]
        assert function["Handler"] == "handler.lambda_handler"
        of_the_console = function["FunctionName"].endswith("-console")
        assert len(function["Layers"]) == (2 if of_the_console else 1)


def test_every_queue_a_function_works_off_has_dead_letters_after_five_receives(resources: Resources) -> None:
    for mapping in resources.queue_mappings():
        queue = resources.named(mapping["EventSourceArn"])
        assert queue["RedrivePolicy"]["maxReceiveCount"] == 5
        dead_letters = resources.named(queue["RedrivePolicy"]["deadLetterTargetArn"])
        assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_every_queue_of_dead_letters_has_an_alarm_from_the_first_message_on(resources: Resources) -> None:
    alarmed = set()
    for alarm in resources.alarms("ApproximateNumberOfMessagesVisible"):
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        assert alarm["Threshold"] == 0
        alarmed.add(resources.name_of(alarm["Dimensions"][0]["Value"]))
    queues = resources.of("AWS::SQS::Queue")
    assert alarmed == {name for name, each in queues.items() if "RedrivePolicy" not in each}


def test_the_outputs_have_the_queues_address_under_the_name_in_its_dead_letter_alarm(
    resources: Resources,
) -> None:
    for alarm in resources.alarms("ApproximateNumberOfMessagesVisible"):
        word = alarm["AlarmName"].rsplit(" ", 1)[1]
        address = resources.outputs[f"{word}DeadLettersUrl"]["Value"]
        assert resources.name_of(address) == resources.name_of(alarm["Dimensions"][0]["Value"])


def test_at_most_thirty_alarms_ring_and_none_of_them_when_it_ends(resources: Resources) -> None:
    """A new alarm leaves INSUFFICIENT_DATA: an action for OK would send a message of each at the first deployment."""
    alarms = resources.every_alarm()
    assert 10 < len([each for each in alarms.values() if each.get("AlarmActions")]) <= MOST_ALARMS_THAT_RING
    assert not [each for each in alarms.values() if each.get("OKActions") or each.get("InsufficientDataActions")]


def test_every_alarm_rings_or_belongs_to_exactly_one_that_rings(resources: Resources) -> None:
    alarms = resources.every_alarm()
    combined = resources.of("AWS::CloudWatch::CompositeAlarm")
    children = [name for each in combined.values() for name in named_in(each["AlarmRule"])]
    assert set(children) <= alarms.keys(), "every rule names alarms of this stack"
    assert all(each["AlarmActions"] for each in combined.values())
    silent = {name for name, each in alarms.items() if not each.get("AlarmActions")}
    assert {name: children.count(name) for name in silent} == dict.fromkeys(silent, 1)


def test_a_new_installation_rings_for_nothing_and_a_settled_one_for_a_missing_start(resources: Resources) -> None:
    """Without any data an alarm is in ALARM only if missing data is breaching."""
    alarms = resources.of("AWS::CloudWatch::Alarm")
    late = {name for name, each in alarms.items() if each["TreatMissingData"] == "breaching"}
    assert len(late) == 3
    assert not [name for name in late if alarms[name].get("AlarmActions")]
    assert resources.ringing(late) == set()
    (settled,) = [name for name in alarms if name.startswith("AlarmsSettled")]
    assert resources.ringing({settled}) == set()
    assert all(resources.ringing({settled, each}) == {"late starts"} for each in late)


def test_an_installation_is_settled_when_whatever_is_late_was_due(resources: Resources) -> None:
    (settled,) = [each for each in resources.alarms("Invocations") if each["AlarmName"].endswith("settled")]
    assert settled["TreatMissingData"] == "notBreaching"
    assert settled["Period"] * settled["EvaluationPeriods"] == 7 * 24 * 3600, "CloudWatch allows no longer window"
    late = [each for each in resources.alarms("Invocations") if each is not settled]
    assert settled["Period"] * settled["DatapointsToAlarm"] > max(
        each["Period"] * each["EvaluationPeriods"] for each in late
    )


def test_an_outage_of_the_portal_rings_once_and_not_as_a_fault_of_the_api(resources: Resources) -> None:
    alarms = resources.of("AWS::CloudWatch::Alarm")
    portal, unavailable, errors = (
        next(name for name, each in alarms.items() if each["AlarmName"].endswith(ending))
        for ending in ("portal down", "api unavailable", "api errors")
    )
    assert resources.ringing({portal, unavailable}) == {"portal down"}
    assert resources.ringing({unavailable}) == {"api fails"}
    assert resources.ringing({portal, errors}) == {"portal down", "api fails"}
    (filtered,) = resources.of("AWS::Logs::MetricFilter").values()
    assert filtered["FilterPattern"] == '{ ($.status = "5*") && ($.status != "503") }'
    (transformation,) = filtered["MetricTransformations"]
    assert alarms[errors]["MetricName"] == transformation["MetricName"]
    assert alarms[errors]["Namespace"] == transformation["MetricNamespace"]
    (stage,) = resources.of("AWS::ApiGatewayV2::Stage").values()
    assert json.loads(stage["AccessLogSettings"]["Format"])["status"] == "$context.status", "the filter compares texts"


def test_a_queue_of_dead_letters_outside_every_group_is_an_error() -> None:
    with pytest.raises(ValueError, match="Elsewhere"):
        each_in_one_group([*(name for names, _ in DEAD_LETTERS.values() for name in names), "Elsewhere"])


def test_every_alarm_that_rings_notifies_an_encrypted_topic(production: Resources) -> None:
    alarms = production.every_alarm().values()
    topics = {production.name_of(action) for each in alarms for action in each.get("AlarmActions", ())}
    (topic,) = topics
    assert "KmsMasterKeyId" in production.all[topic]["Properties"]
    policies = [each for each in production.of("AWS::SNS::TopicPolicy").values() if topic in json.dumps(each["Topics"])]
    may_publish = [
        statement
        for policy in policies
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]
    assert [statement["Action"] for statement in may_publish] == ["sns:Publish"]
    readers = [each for each in production.of("AWS::SNS::Subscription").values() if each["Protocol"] == "email"]
    assert [production.name_of(each["TopicArn"]) for each in readers] == [topic]
    assert readers[0]["Endpoint"] == {"Ref": "AlarmEmail"}, "the deployment asks who reads them"


MIXED = ("emaildigest", "webhookdelivery", "trackingsync", "messagedelivery")
"""Functions that the clock and their own queue start."""


def test_what_must_run_and_what_must_not_grow_old_is_watched(resources: Resources) -> None:
    functions = set(resources.of("AWS::Lambda::Function"))
    for metric in ("Errors", "Throttles"):
        assert {resources.name_of(each["Dimensions"]) for each in resources.alarms(metric)} == functions
    late = [each for each in resources.alarms("Invocations") if " late " in each["AlarmName"]]
    assert all(each["TreatMissingData"] == "breaching" and each["Threshold"] == 1 for each in late)
    clocks = {
        resources.function_of(each["Target"]["Arn"]) for each in resources.of("AWS::Scheduler::Schedule").values()
    }
    # what these send is watched by their queues, whose messages are invocations too
    mixed = {name for name in clocks if name.startswith(MIXED)}
    assert len(mixed) == len(MIXED)
    assert {resources.name_of(each["Dimensions"]) for each in late} == clocks - mixed
    worked_off = {resources.name_of(each["EventSourceArn"]) for each in resources.queue_mappings()}
    aged = {resources.name_of(each["Dimensions"]) for each in resources.alarms("ApproximateAgeOfOldestMessage")}
    assert aged == worked_off
    streaming = {resources.function_of(each["FunctionName"]) for each in resources.stream_mappings()}
    assert {resources.name_of(each["Dimensions"]) for each in resources.alarms("IteratorAge")} == streaming


def test_the_starts_that_share_a_nights_work_know_when_the_last_one_is(resources: Resources) -> None:
    functions, shared = resources.of("AWS::Lambda::Function"), {}
    for schedule in resources.of("AWS::Scheduler::Schedule").values():
        hours = re.fullmatch(r"cron\(0/10 (\d+)-(\d+) \* \* \? \*\)", schedule["ScheduleExpression"])
        if hours is not None:
            name = resources.function_of(schedule["Target"]["Arn"])
            until = functions[name]["Environment"]["Variables"]["HAND_OUT_UNTIL"]
            assert int(hours[2]) + 1 == int(until)
            shared[name.split("Function")[0]] = (int(hours[1]), int(until))
    assert shared == {"syncnightly": (1, 6), "credentialprobe": (6, 8)}


def test_a_start_by_the_clock_that_fails_every_time_rings_wherever_its_three_tries_fall(resources: Resources) -> None:
    """The tries lie one and two minutes and the box's whole timeout apart, and a start counts as an invocation."""
    clocks = {
        resources.function_of(each["Target"]["Arn"]) for each in resources.of("AWS::Scheduler::Schedule").values()
    }
    errors = {resources.name_of(each["Dimensions"]): each for each in resources.alarms("Errors")}
    functions = resources.of("AWS::Lambda::Function")
    for box in clocks:
        tries = 3 * functions[box]["Timeout"] + 3 * 60
        assert errors[box]["Period"] >= tries
        assert errors[box]["Threshold"] == 1, "two of three on either side of a full hour"


def test_the_portals_alarm_stays_from_one_failed_probe_to_the_next(resources: Resources) -> None:
    (alarm,) = resources.alarms("BreakerOpened")
    tick = timedelta(minutes=10)  # a probe is a call, and calls come with the ten-minute run
    assert timedelta(seconds=alarm["Period"] * alarm["EvaluationPeriods"]) >= LONGEST_PAUSE + tick
    assert alarm["DatapointsToAlarm"] == 1
    assert alarm["TreatMissingData"] == "notBreaching"


@pytest.mark.acceptance
def test_an_account_with_ten_copies_in_all_can_take_the_stack_that_reserves_none(tmp_path: Path) -> None:
    """AWS leaves ten unreserved, and refuses the whole deployment where one is asked for of ten."""
    resources = Resources(_synthesised("dev", tmp_path))
    functions = resources.of("AWS::Lambda::Function").values()
    assert not [each["FunctionName"] for each in functions if "ReservedConcurrentExecutions" in each]


def test_every_alarm_has_its_runbook_and_every_runbook_its_alarm(resources: Resources) -> None:
    page = (ROOT / "docs" / "runbooks.md").read_text()
    sections = set(re.findall(r'^<a id="([a-z-]+)"></a>$', page, re.MULTILINE))
    named = {"second-copy"}  # a choice: its alarm is not in these two environments
    for alarm in resources.every_alarm().values():
        found = re.search(r": docs/runbooks\.md#([a-z-]+)$", alarm["AlarmDescription"])
        assert found, alarm["AlarmDescription"]
        named.add(found.group(1))
    assert named == sections


def test_the_alarms_watch_the_metrics_that_the_functions_measure(resources: Resources) -> None:
    source = (ROOT / "shared" / "chorus_connector" / "domain" / "notifications" / "measures.py").read_text()
    measured = set(re.findall(r'Measure\("(\w+)"', source))
    alarms = resources.of("AWS::CloudWatch::Alarm").values()
    (namespace,) = {
        each["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
        for each in resources.of("AWS::Lambda::Function").values()
    }
    name = next(iter(resources.of("AWS::Lambda::Function").values()))["Environment"]["Variables"]["ENVIRONMENT"]
    assert namespace == f"ChorusConnector/{name}", "two environments in one account do not ring each other's alarms"
    by_filter = {"ApiFaults"}
    watched = {each["MetricName"] for each in alarms if each["Namespace"] == namespace} - by_filter
    shown = json.dumps(resources.of("AWS::CloudWatch::Dashboard"))
    assert watched <= measured
    assert all(name in shown for name in measured)


def test_a_message_stays_hidden_for_six_times_its_consumers_timeout(resources: Resources) -> None:
    functions = resources.of("AWS::Lambda::Function")
    for mapping in resources.queue_mappings():
        queue = resources.named(mapping["EventSourceArn"])
        assert queue["VisibilityTimeout"] >= 6 * functions[resources.function_of(mapping["FunctionName"])]["Timeout"]


def test_queue_workers_answer_per_message_and_are_bounded(resources: Resources) -> None:
    for mapping in resources.queue_mappings():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["BatchSize"] == 1, "a message that ends its invocation must not end another tenant's"
        assert mapping["ScalingConfig"]["MaximumConcurrency"] >= 2


def test_a_function_that_queues_its_own_remaining_work_is_not_stopped_as_a_loop(resources: Resources) -> None:
    """AWS ends a chain of a function and its own queue after sixteen rounds: a large tenant's end, a long delivery."""
    functions = resources.of("AWS::Lambda::Function")
    fed = {resources.function_of(each["FunctionName"]): [] for each in resources.queue_mappings()}  # type: ignore[var-annotated]
    for mapping in resources.queue_mappings():
        fed[resources.function_of(mapping["FunctionName"])].append(resources.name_of(mapping["EventSourceArn"]))
    by_the_clock = {
        resources.function_of(each["Target"]["Arn"])
        for each in resources.of("AWS::Scheduler::Schedule").values()
        if resources.function_of(each["Target"]["Arn"]).startswith(("credentialprobe", "emaildigest", "trackingsync"))
    }  # these send to their own queues at a start by the clock only
    assert len(by_the_clock) == 3
    itself = set()
    for name, policy in own_policies(resources).items():
        sends = {resources.name_of(each["Resource"]) for each in policy if "sqs:SendMessage" in each["Action"]}
        box = next((each for each in functions if name.startswith(each.split("Function")[0])), "")
        if sends & set(fed.get(box, ())):
            itself.add(box)
    assert {each.split("Function")[0] for each in itself - by_the_clock} == {
        "archiveintake",
        "supplierremoval",
        "messagedelivery",
        "webhookdelivery",
        "textractocr",
        "submission",
    }
    assert all(functions[each].get("RecursiveLoop") == "Allow" for each in itself - by_the_clock)
    others = [each for name, each in functions.items() if name not in itself]
    assert not [each["FunctionName"] for each in others if "RecursiveLoop" in each], "elsewhere a loop is a bug"


def test_in_production_a_queue_worker_has_the_copies_its_queues_may_ask_for(production: Resources) -> None:
    asked: dict[str, int] = {}
    for mapping in production.queue_mappings():
        box = production.function_of(mapping["FunctionName"])
        asked[box] = asked.get(box, 0) + mapping["ScalingConfig"]["MaximumConcurrency"]
    functions = production.of("AWS::Lambda::Function")
    reserved = {
        name: each["ReservedConcurrentExecutions"]
        for name, each in functions.items()
        if "ReservedConcurrentExecutions" in each
    }
    unbounded = {name for name in asked if name not in reserved}
    assert all(name.startswith(("uploadintake", "messagedelivery", "emailaddresses")) for name in unbounded), (
        "these do not only queue"
    )
    assert all(reserved[name] >= copies for name, copies in asked.items() if name in reserved)


def test_a_stream_record_that_keeps_failing_goes_to_dead_letters_and_is_never_dropped_unseen(
    resources: Resources,
) -> None:
    assert resources.stream_mappings()
    for mapping in resources.stream_mappings():
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping["StartingPosition"] == "TRIM_HORIZON"
        assert "MaximumRetryAttempts" not in mapping, "attempts are used up within minutes: age is the limit"
        assert mapping["MaximumRecordAgeInSeconds"] == 12 * 3600, "of the stream's 24 hours: the rest is for redriving"
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["ParallelizationFactor"] == 10
        variables = resources.of("AWS::Lambda::Function")[resources.function_of(mapping["FunctionName"])]["Environment"]
        where = variables["Variables"]["CHANGE_DEAD_LETTERS_URL"]
        assert resources.name_of(where) == resources.name_of(mapping["DestinationConfig"]["OnFailure"]["Destination"])
        assert mapping["FilterCriteria"]["Filters"]
        dead_letters = resources.named(mapping["DestinationConfig"]["OnFailure"]["Destination"])
        assert dead_letters["MessageRetentionPeriod"] == 14 * 24 * 3600


def test_everything_that_invokes_a_function_invokes_the_alias_that_moves_once_its_version_is_whole(
    resources: Resources,
) -> None:
    functions = resources.of("AWS::Lambda::Function")
    aliases = resources.of("AWS::Lambda::Alias")
    assert {resources.function_of({"Ref": name}) for name in aliases} == functions.keys()
    for alias in aliases.values():
        version = resources.all[resources.name_of(alias["FunctionVersion"])]
        assert version["Properties"]["FunctionName"] == alias["FunctionName"]
        # kept for a rollback; one that a failed deployment published goes, else the same could not be published again
        assert (version["DeletionPolicy"], version["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    invoked = [
        *(each["FunctionName"] for each in resources.of("AWS::Lambda::EventSourceMapping").values()),
        *(each["FunctionName"] for each in resources.of("AWS::Lambda::Permission").values()),
        *(each["IntegrationUri"] for each in resources.of("AWS::ApiGatewayV2::Integration").values()),
        *(each["Target"]["Arn"] for each in resources.of("AWS::Scheduler::Schedule").values()),
        *(each["Resource"] for each in resources.statements() if each["Action"] == "lambda:InvokeFunction"),
    ]
    assert {resources.function_of(each) for each in invoked} == functions.keys()


@pytest.mark.acceptance
def test_another_layer_or_another_configuration_publishes_a_version_of_every_function(
    local_folder: Path, tmp_path: Path
) -> None:
    """CDK by itself compares only the layer's reference, which the next layer has too."""
    local = Resources(local_folder)
    package = tmp_path / "chorus_connector"
    shutil.copytree(ROOT / "shared" / "chorus_connector", package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "added.py").write_text("")
    changed = replace(ENVIRONMENTS["local"], ships_dependencies=False)
    other = Resources(synthesise(changed, tmp_path / "out", package=package))
    versions, others = local.of("AWS::Lambda::Version"), other.of("AWS::Lambda::Version")
    assert len(versions) == len(others) == len(FUNCTIONS)
    assert not versions.keys() & others.keys()
    assert local.of("AWS::Lambda::Alias").keys() == other.of("AWS::Lambda::Alias").keys()
    dearer = replace(changed, textract_dollars_a_page=Decimal("0.08"))
    assert name_of_release(changed, package) == name_of_release(changed, package) != name_of_release(dearer, package)


def test_what_is_not_in_the_template_makes_a_version_by_its_description(local_folder: Path) -> None:
    """The hash of a function's configuration contains a parameter's name and not its value."""
    local = Resources(local_folder)
    functions = local.of("AWS::Lambda::Function")
    parameters = json.loads((local_folder / "chorus-connector-local.template.json").read_text())["Parameters"]
    assert {"ChorusApiBase", "ChorusTokenUrl", "ChorusCertificateBase"} <= parameters.keys()
    for version in local.of("AWS::Lambda::Version").values():
        variables = functions[local.name_of(version["FunctionName"])]["Environment"]["Variables"]
        assert version.get("Description") == variables.get("CHORUS_API_BASE")


def test_where_data_is_kept_the_portal_is_no_parameter_whose_earlier_value_would_stay(production: Resources) -> None:
    for function in production.of("AWS::Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        assert all(isinstance(each, str) for name, each in variables.items() if name.startswith("CHORUS_"))


def test_there_is_room_for_more_resources(production: Resources) -> None:
    assert sum(production.sizes) == len(production.all), "no two resources have the same logical id"
    assert max(production.sizes) < 480, "CloudFormation takes 500 in a stack"


def test_queues_topics_table_and_documents_are_encrypted_with_a_key_of_ours_that_turns(resources: Resources) -> None:
    keys = [
        *(each["KmsMasterKeyId"] for each in resources.of("AWS::SQS::Queue").values()),
        *(each["KmsMasterKeyId"] for each in resources.of("AWS::SNS::Topic").values()),
        *(each["SSESpecification"]["KMSMasterKeyId"] for each in resources.of("AWS::DynamoDB::Table").values()),
        *(
            rule["ServerSideEncryptionByDefault"]["KMSMasterKeyID"]
            for rule in resources.documents()["BucketEncryption"]["ServerSideEncryptionConfiguration"]
        ),
    ]
    assert len(keys) > 20
    assert all(resources.named(key)["EnableKeyRotation"] is True for key in keys)


def test_a_function_uses_a_key_through_its_service_only_and_cannot_change_the_key(
    resources: Resources,
) -> None:
    on_keys = [each for each in resources.statements() if "kms:" in json.dumps(each["Action"])]
    for statement in on_keys:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert set(actions) <= {"kms:Decrypt", "kms:GenerateDataKey"}
        # Lambda itself decrypts what it takes from a queue: that one is not asked for by a service
        assert "kms:ViaService" in json.dumps(statement.get("Condition", {})) or actions == ["kms:Decrypt"]


def test_a_service_takes_a_role_for_this_installations_work_only(resources: Resources) -> None:
    trusts: dict[str, list[Template]] = {}
    for role in resources.of("AWS::IAM::Role").values():
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        service = trust["Principal"].get("Service", "")
        if service in {"scheduler.amazonaws.com", "textract.amazonaws.com"}:
            assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
            trusts.setdefault(service, []).append(trust["Condition"])
    ((group, made),) = resources.of("AWS::Scheduler::ScheduleGroup").items()
    by_group = {"aws:SourceArn": {"Fn::GetAtt": [group, "Arn"]}}
    assert all(each["ArnEquals"] == by_group for each in trusts["scheduler.amazonaws.com"])
    (textract,) = trusts["textract.amazonaws.com"]
    assert ":textract:" in json.dumps(textract["ArnLike"]["aws:SourceArn"])
    schedules = resources.of("AWS::Scheduler::Schedule").values()
    assert schedules
    assert {each["GroupName"] for each in schedules} == {made["Name"]}


def test_services_use_a_key_for_this_account_only(resources: Resources) -> None:
    services = {}
    for key in resources.of("AWS::KMS::Key").values():
        for statement in key["KeyPolicy"]["Statement"]:
            if "Service" in statement["Principal"]:
                assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
                services[statement["Principal"]["Service"]] = statement["Action"]
    of_emails = {"events.amazonaws.com"} if resources.of("AWS::SES::ConfigurationSet") else set()
    assert services.keys() == {"s3.amazonaws.com", "sns.amazonaws.com", "cloudwatch.amazonaws.com"} | of_emails
    assert all(set(actions) == {"kms:GenerateDataKey", "kms:Decrypt"} for actions in services.values())


def test_who_sends_to_an_encrypted_queue_may_use_its_key(production: Resources) -> None:
    for name, policy in production.of("AWS::IAM::Policy").items():
        statements = policy["PolicyDocument"]["Statement"]
        sends = [each for each in statements if "sqs:SendMessage" in json.dumps(each["Action"])]
        keys = [each for each in statements if '"sqs.' in json.dumps(each.get("Condition", {}))]
        assert bool(sends) == bool(keys), name


def test_buckets_are_private(resources: Resources) -> None:
    for bucket in resources.of("AWS::S3::Bucket").values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]


def test_documents_keep_versions_and_can_be_locked_one_by_one_but_none_is_locked_from_the_start(
    resources: Resources,
) -> None:
    bucket = resources.documents()
    assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    assert bucket["ObjectLockEnabled"] is True
    assert "ObjectLockConfiguration" not in bucket, "a deleted tenant's unsubmitted files must remain deletable"


def test_only_the_function_that_submits_locks_files_and_no_function_removes_a_lock(resources: Resources) -> None:
    lockers = {
        name
        for name, policy in resources.of("AWS::IAM::Policy").items()
        if "s3:PutObjectRetention" in json.dumps(policy)
    }
    assert [name for name in lockers if not name.startswith("submission")] == []
    assert len(lockers) == 1
    allowed = json.dumps([statement["Action"] for statement in resources.statements()])
    assert "BypassGovernanceRetention" not in allowed
    assert "LegalHold" not in allowed


def test_what_is_temporary_expires_and_what_is_old_is_stored_cheaply(resources: Resources) -> None:
    rules = {each["Id"]: each for each in resources.documents()["LifecycleConfiguration"]["Rules"]}
    source = (ROOT / "shared" / "chorus_connector" / "adapters" / "s3.py").read_text()
    (tag,) = rules["ExpireTemporary"]["TagFilters"]
    assert f'"{tag["Key"]}={tag["Value"]}"' in source, "the tag that the code writes"
    assert rules["ExpireTemporary"]["ExpirationInDays"] == 7
    assert "ExpirationInDays" not in rules["ForgetOldVersions"]
    assert rules["AbortUploads"]["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] <= 7
    (cheaper,) = rules["StoreOldOnesCheaply"]["Transitions"]
    assert cheaper["StorageClass"] == "GLACIER_IR", "read at once, however old"


def test_what_a_deleted_supplier_leaves_goes_once_the_law_no_longer_asks_for_it(resources: Resources) -> None:
    rules = {each["Id"]: each for each in resources.documents()["LifecycleConfiguration"]["Rules"]}
    rule = rules["ForgetAfterTheLaw"]
    assert (rule["Prefix"], "TagFilters" in rule) == ("suppliers/", False), "exports of deletions have no tag"
    # counted from the upload, locks from the submission: the file goes after its lock, whenever it was sent
    assert timedelta(days=rule["ExpirationInDays"]) >= RETENTION + timedelta(days=365)
    assert "ForgetOldVersions" in rules, "what expired is an old version, which is forgotten then"


def test_only_originals_announce_their_arrival_and_only_to_the_intake_queue(resources: Resources) -> None:
    (announced,) = resources.documents()["NotificationConfiguration"]["QueueConfigurations"]
    assert announced["Filter"]["S3Key"]["Rules"] == [{"Name": "suffix", "Value": "/original"}]
    (queue,) = [name for name in resources.of("AWS::SQS::Queue") if name in json.dumps(announced["Queue"])]
    assert queue.startswith("IntakeQueue")
    # The queue's policy must be there before the bucket: S3 tests the queue when it is configured.
    (depends,) = [
        each["DependsOn"] for each in resources.all.values() if each.get("Properties") == resources.documents()
    ]
    assert any(name in resources.of("AWS::SQS::QueuePolicy") for name in depends)


def test_the_template_brings_no_function_of_cdks_own(resources: Resources) -> None:
    assert not [each["Type"] for each in resources.all.values() if each["Type"].startswith("Custom::")]


def test_the_table_has_what_the_store_counts_on(resources: Resources) -> None:
    (table,) = [each for each in resources.of("AWS::DynamoDB::Table").values() if "StreamSpecification" in each]
    assert [key["AttributeName"] for key in table["KeySchema"]] == ["PK", "SK"]
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["StreamSpecification"]["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["PointInTimeRecoverySpecification"] == {
        "PointInTimeRecoveryEnabled": True,
        "RecoveryPeriodInDays": 35,
    }
    indexes = {
        index["IndexName"]: (
            [key["AttributeName"] for key in index["KeySchema"]],
            index["Projection"].get("NonKeyAttributes", index["Projection"]["ProjectionType"]),
        )
        for index in table["GlobalSecondaryIndexes"]
    }
    assert indexes == {
        "by_list": (["PK", "list_sort"], ["data", "state"]),
        "by_principal": (["principal", "PK"], "ALL"),
        "by_readiness": (["ready_kind", "ready_sort"], "KEYS_ONLY"),
    }


def test_no_permission_is_on_everything_but_textracts_which_has_no_resources(resources: Resources) -> None:
    for statement in resources.statements():
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not any(action.endswith(":*") or action == "*" for action in actions), statement
        if statement.get("Resource") == "*":
            assert all(action.startswith("textract:") for action in actions), statement


def test_no_managed_policy_widens_a_role(resources: Resources) -> None:
    assert not [role for role in resources.of("AWS::IAM::Role").values() if role.get("ManagedPolicyArns")]


def test_secrets_are_reached_only_under_this_environments_suppliers(resources: Resources) -> None:
    reached = [each for each in resources.statements() if "secretsmanager" in json.dumps(each["Action"])]
    assert reached
    for statement in reached:
        where = json.dumps(statement["Resource"])
        assert re.search(r":secret:chorus-connector/\w+/suppliers/\*|CursorKey|ConsoleSecret", where)


def test_only_the_apis_that_configure_may_change_secrets(production: Resources) -> None:
    writers = {
        name
        for name, policy in production.of("AWS::IAM::Policy").items()
        if "secretsmanager:PutSecretValue" in json.dumps(policy)
    }
    assert {re.match(r"[a-z]+", name).group() for name in writers} == {  # type: ignore[union-attr]
        "supplierapi",
        "notificationapi",
    }


def test_the_functions_of_webhooks_reach_the_secrets_of_webhooks_only(production: Resources) -> None:
    for box in ("notifier", "webhookdelivery", "notificationapi"):
        policies = [each for name, each in production.of("AWS::IAM::Policy").items() if name.startswith(box)]
        for statement in (each for policy in policies for each in policy["PolicyDocument"]["Statement"]):
            where = json.dumps(statement["Resource"])
            if "secretsmanager" in json.dumps(statement["Action"]) and "CursorKey" not in where:
                assert "suppliers/*/webhooks/*" in where


def test_the_functions_of_the_portal_reach_credentials_and_no_secret_of_a_webhook(production: Resources) -> None:
    for box in ("resolution", "submission", "trackingsync", "credentialprobe", "invoiceapi", "supplierapi"):
        policies = [each for name, each in production.of("AWS::IAM::Policy").items() if name.startswith(box)]
        for statement in (each for policy in policies for each in policy["PolicyDocument"]["Statement"]):
            where = json.dumps(statement["Resource"])
            if "secretsmanager" in json.dumps(statement["Action"]) and "CursorKey" not in where:
                assert "suppliers/*/credentials*" in where


def tenant_policies(resources: Resources) -> dict[str, list[Template]]:
    """The statements of each function's tenant role, by the policy's name."""
    policies = resources.of("AWS::IAM::Policy")
    return {name: each["PolicyDocument"]["Statement"] for name, each in policies.items() if "TenantRole" in name}


def own_policies(resources: Resources) -> dict[str, list[Template]]:
    """The statements of every other role, by the policy's name."""
    policies = resources.of("AWS::IAM::Policy")
    return {name: each["PolicyDocument"]["Statement"] for name, each in policies.items() if "TenantRole" not in name}


def _listed(actions: str | list[str]) -> list[str]:
    return [actions] if isinstance(actions, str) else actions


def on(statements: Iterable[Template], service: str) -> list[Template]:
    return [each for each in statements if f'"{service}:' in json.dumps(each["Action"])]


def test_every_call_on_the_table_names_its_partitions_or_is_on_one_index(resources: Resources) -> None:
    for statement in on(resources.statements(), "dynamodb"):
        if resources.name_of(statement["Resource"]).startswith("Sessions"):
            continue  # the console's own table
        if {"dynamodb:GetRecords", "dynamodb:Query"} & set(statement["Action"]) == {"dynamodb:GetRecords"}:
            continue  # the stream: it has no partitions to name
        if index := {"SeeWhatIsDue": "by_readiness", "ListRights": "by_principal"}.get(str(statement.get("Sid"))):
            assert json.dumps(statement["Resource"]).endswith(f'/index/{index}"]]}}')
            assert statement["Action"] == "dynamodb:Query"
            continue
        condition = statement["Condition"]
        assert condition["Null"] == {"dynamodb:LeadingKeys": "false"}
        assert condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]


def test_a_functions_own_role_reaches_no_suppliers_data(resources: Resources) -> None:
    for name, statements in own_policies(resources).items():
        assert not on(statements, "s3"), name
        own = "ConsoleSecret" if name.startswith("console") else "CursorKey"
        assert not [each for each in on(statements, "secretsmanager") if own not in json.dumps(each)], name
        for statement in on(statements, "dynamodb"):
            if '"SUPPLIER#' in json.dumps(statement):  # names of several suppliers at once, by their ids
                assert statement["Action"] == "dynamodb:BatchGetItem"
                assert re.match("supplierapi|messageapi|messagedelivery", name)


def test_a_tenant_role_is_assumed_by_its_own_function_only_and_for_a_named_supplier(resources: Resources) -> None:
    roles = {name: role for name, role in resources.of("AWS::IAM::Role").items() if "TenantRole" in name}
    assert len(roles) == 18
    sessions = {"messageapi": "structure-*", "messagedelivery": ["supplier-*", "structure-*"]}
    for name, role in roles.items():
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        box = name.split("Tenant")[0]
        assert trust["Condition"] == {"StringLike": {"sts:RoleSessionName": sessions.get(box, "supplier-*")}}
        assert json.dumps(trust["Principal"]["AWS"]).startswith(f'{{"Fn::GetAtt": ["{box}Role')
        takers = [each for each, some in own_policies(resources).items() if name in json.dumps(on(some, "sts"))]
        assert [each.startswith(box) for each in takers] == [True]


def test_a_functions_environment_has_what_it_needs_to_assume_its_tenant_role(resources: Resources) -> None:
    with_role = [name for name in resources.of("AWS::IAM::Role") if "TenantRole" in name]
    told = [
        each["Environment"]["Variables"]["TENANT_ROLE_ARN"]
        for each in resources.of("AWS::Lambda::Function").values()
        if "TENANT_ROLE_ARN" in each["Environment"]["Variables"]
    ]
    assert sorted(each["Fn::GetAtt"][0] for each in told) == sorted(with_role)


@pytest.mark.acceptance
def test_the_estimate_of_what_a_reading_costs_takes_the_environments_price(tmp_path: Path) -> None:
    dearer = replace(ENVIRONMENTS["local"], textract_dollars_a_page=Decimal("0.0813"))
    functions = Resources(synthesise(dearer, tmp_path)).of("AWS::Lambda::Function").values()
    (reader,) = [each for each in functions if each["FunctionName"].endswith("textract_ocr")]
    assert reader["Environment"]["Variables"]["TEXTRACT_DOLLARS_A_PAGE"] == "0.0813"
    # and by default the price the bill of docs/cost.md is made with
    prices = tomllib.loads((ROOT / "tools/bench/prices.toml").read_text(), parse_float=Decimal)
    assert ENVIRONMENTS["production"].textract_dollars_a_page in [
        group["textract_pages"] for group in prices.values() if isinstance(group, dict) and "textract_pages" in group
    ]


def test_textract_reads_with_the_rights_of_one_supplier(resources: Resources) -> None:
    assert not [each for some in own_policies(resources).values() for each in on(some, "textract")]
    (name,) = [each for each, some in tenant_policies(resources).items() if on(some, "textract")]
    assert name.startswith("textractocr")
    (statement,) = on(tenant_policies(resources)[name], "textract")
    # jobs of the release before are fetched, and no more of them are started
    assert set(statement["Action"]) == {
        "textract:StartDocumentTextDetection",
        "textract:GetDocumentTextDetection",
        "textract:GetDocumentAnalysis",
    }


def test_people_who_read_and_complete_write_to_three_queues(production: Resources) -> None:
    statements = next(some for name, some in own_policies(production).items() if name.startswith("invoiceapi"))
    queues = {json.dumps(each["Resource"]) for each in on(statements, "sqs")}
    assert [name for each in sorted(queues) for name in ("Lesson", "Submission", "Ocr") if name in each] == [
        "Lesson",
        "Ocr",
        "Submission",
    ]


def test_email_is_sent_from_the_installations_own_address_only(local_folder: Path, production: Resources) -> None:
    senders = [each for each in Resources(local_folder).statements() if "ses:SendEmail" in json.dumps(each["Action"])]
    assert senders
    for each in senders:  # the address is verified itself, or by its domain, which SES then asks for
        of_the_domain = each.get("Condition") == {"StringEquals": {"ses:FromAddress": "chorus-connector@example.com"}}
        name = "example.com" if of_the_domain else "chorus-connector@example.com"
        assert f":identity/{name}" in json.dumps(each["Resource"])
    assert not Resources(local_folder).of("AWS::SES::EmailIdentity"), "SES would prefer it to a verified domain"
    assert not [each for each in production.statements() if "ses:" in json.dumps(each["Action"])], "no sender, no right"


def test_bounces_and_complaints_of_our_own_e_mails_come_into_the_queue(local_folder: Path) -> None:
    resources = Resources(local_folder)
    (made,) = resources.of("AWS::SES::ConfigurationSet").values()
    assert made["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE", "COMPLAINT"]}
    (destination,) = resources.of("AWS::SES::ConfigurationSetEventDestination").values()
    assert destination["EventDestination"]["MatchingEventTypes"] == ["bounce", "complaint"]
    (rule,) = resources.of("AWS::Events::Rule").values()
    assert rule["EventPattern"]["detail"]["mail"]["tags"] == {"ses:configuration-set": [made["Name"]]}
    (policy,) = [each for each in resources.of("AWS::SQS::QueuePolicy").values() if "EventsOfOurRule" in str(each)]
    (statement,) = [each for each in policy["PolicyDocument"]["Statement"] if each["Sid"] == "EventsOfOurRule"]
    assert statement["Condition"]["ArnEquals"].keys() == {"aws:SourceArn"}
    senders = [each for each in resources.statements() if "ses:SendEmail" in json.dumps(each["Action"])]
    assert all(f"configuration-set/{made['Name']}" in json.dumps(each["Resource"]) for each in senders)


def test_only_four_functions_ask_the_user_pool_and_only_ours(resources: Resources) -> None:
    asking = [each for each in resources.statements() if "cognito-idp:" in json.dumps(each["Action"])]
    assert len(asking) == 4  # supplier_api, message_api, email_digest, email_addresses
    for statement in asking:
        assert set(statement["Action"]) == {
            "cognito-idp:ListUsers",
            "cognito-idp:AdminListGroupsForUser",
            "cognito-idp:GetGroup",
            "cognito-idp:DescribeUserPoolClient",
        }
        assert "*" not in json.dumps(statement["Resource"])


def test_the_function_across_tenants_reads_only_due_work(production: Resources) -> None:
    policies = [each for name, each in production.of("AWS::IAM::Policy").items() if name.startswith("sync")]
    assert len(policies) == 2
    for policy in policies:
        statements = policy["PolicyDocument"]["Statement"]
        on_index, on_leases = [each for each in statements if "dynamodb" in json.dumps(each["Action"])]
        assert on_index["Action"] == "dynamodb:Query"
        assert json.dumps(on_index["Resource"]).endswith('/index/by_readiness"]]}')
        assert on_leases["Action"] == "dynamodb:BatchWriteItem"
        (partition,) = on_leases["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        assert partition.startswith("LEASE#")


def test_no_function_may_scan_the_table_or_delete_in_the_bucket(resources: Resources) -> None:
    allowed = json.dumps([statement["Action"] for statement in resources.statements()])
    assert "dynamodb:Scan" not in allowed
    assert not re.search(r"s3:(Delete|Get\w*\*)", allowed)


def test_only_the_export_of_a_supplier_may_list_files_and_the_intake_what_links_brought(resources: Resources) -> None:
    listing = [each for each in resources.statements() if "s3:List" in json.dumps(each["Action"])]
    export = ("s3:ListBucket", {"StringLike": {"s3:prefix": "suppliers/*"}})
    arrivals = ("s3:ListBucketVersions", {"StringLike": {"s3:prefix": "suppliers/*/uploads/*/original"}})
    allowed = sorted(((each["Action"], each["Condition"]) for each in listing), key=str)
    assert allowed == [export, export, arrivals]  # supplier_api, supplier_removal; upload_intake


def test_no_environment_variable_contains_a_secret(resources: Resources) -> None:
    addresses = {"SECRET_PREFIX", "CHORUS_TOKEN_URL", "CURSOR_SECRET_ID", "CONSOLE_SECRET_ID"}
    for function in resources.of("AWS::Lambda::Function").values():
        variables = function["Environment"]["Variables"]
        named = {name for name in variables if re.search("SECRET|PASSWORD|TOKEN|KEY", name)}
        assert named <= addresses
        assert "resolve:" not in json.dumps(variables)
        assert "ClientSecret" not in json.dumps(variables)
    assert "ClientSecret" not in json.dumps(resources.outputs), "every reader of the stacks sees an export"


def test_every_route_but_the_public_ones_and_the_consoles_asks_for_a_token(resources: Resources) -> None:
    routes = resources.of("AWS::ApiGatewayV2::Route").values()
    assert len(routes) > 2
    free = {route["RouteKey"] for route in routes if route["AuthorizationType"] != "JWT"}
    page = {"GET /email-confirmations/{token}", "POST /email-confirmations/{token}"}
    console = {"GET /console", "ANY /console/{proxy+}"}
    assert free == {"GET /openapi.json", "GET /docs", *page, *console}
    (stage,) = resources.of("AWS::ApiGatewayV2::Stage").values()
    assert stage["RouteSettings"].keys() == page, "a limit names a route of the stage's own stack"
    scopes = ["aws.cognito.signin.user.admin", "chorus-connector/api"]
    asked = {tuple(route.get("AuthorizationScopes", ())) for route in routes if route["RouteKey"] not in free}
    assert asked == {tuple(scopes)}, "an ID token has no scope, so it is refused"


@pytest.mark.acceptance
def test_every_system_of_a_supplier_may_have_a_client_of_its_own_and_each_is_let_in(tmp_path: Path) -> None:
    """Two integrators with one client would be one principal: whatever one of them may, the other could."""
    named = replace(ENVIRONMENTS["dev"], ships_dependencies=False, systems=("acme", "acme-2", "globex"))
    resources = Resources(synthesise(named, tmp_path))
    clients = resources.of("AWS::Cognito::UserPoolClient")
    systems = {name: each for name, each in clients.items() if each.get("AllowedOAuthFlows") == ["client_credentials"]}
    assert len(systems) == 4
    assert all(each["GenerateSecret"] is True and each["TokenValidityUnits"] for each in systems.values())
    (authorizer,) = resources.of("AWS::ApiGatewayV2::Authorizer").values()
    assert {resources.name_of(each) for each in authorizer["JwtConfiguration"]["Audience"]} == clients.keys()
    # CloudFormation deletes no output that another stack uses: optional resources are in the stack that uses them
    application = json.loads((tmp_path / "chorus-connector-dev.template.json").read_text())
    assert len([each for each in application["Resources"].values() if "ClientName" in each.get("Properties", {})]) == 3
    assert {"SystemAcmeClientId", "SystemAcme2ClientId", "SystemGlobexClientId"} <= application["Outputs"].keys()


def test_the_console_reaches_its_sessions_and_its_secret_and_nothing_else(resources: Resources) -> None:
    (policy,) = [each for name, each in resources.of("AWS::IAM::Policy").items() if name.startswith("console")]
    reached = {}
    for statement in policy["PolicyDocument"]["Statement"]:
        for action in _listed(statement["Action"]):
            reached.setdefault(resources.name_of(statement["Resource"]).rstrip("ABCDEF0123456789"), set()).add(action)
    assert reached == {
        "consoleLog": {"logs:CreateLogStream", "logs:PutLogEvents"},
        "Sessions": {f"dynamodb:{each}Item" for each in ("Get", "Put", "Update", "Delete")},
        "SessionsKey": {"kms:GenerateDataKey", "kms:Decrypt"},
        "ApiConsoleSecret": {"secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"},
    }
    others = [each for name, each in resources.of("AWS::IAM::Policy").items() if not name.startswith("console")]
    assert not re.search(r"Sessions[0-9A-F]{8}|ConsoleSecret", json.dumps(others))
    (table,) = [each for each in resources.of("AWS::DynamoDB::Table").values() if "StreamSpecification" not in each]
    assert [each["AttributeName"] for each in table["KeySchema"]] == ["id"]
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}


def test_the_consoles_stack_imports_nothing_that_a_release_changes(local_folder: Path) -> None:
    """CloudFormation changes no export that is in use: a layer's version, a function's alias, an alarm."""
    template = (local_folder / "chorus-connector-local-console.template.json").read_text()
    exports = re.findall(r'ImportValue": "[^:]+:ExportsOutput(?:Ref|FnGetAtt)(\w+?)[0-9A-F]{8}', template)
    assert set(exports) == {"ApiHttpApi", "ApiConsole", "ApiConsoleSecret"}


@pytest.mark.acceptance
def test_without_a_console_its_stack_and_its_client_are_left_out(tmp_path: Path) -> None:
    resources = Resources(synthesise(replace(ENVIRONMENTS["local"], console=False), tmp_path))
    assert not (tmp_path / "chorus-connector-local-console.template.json").exists()
    assert not {"ConsoleUrl", "ConsoleClientId"} & resources.outputs.keys()
    assert not [name for name in resources.all if re.search("console", name, re.IGNORECASE)]
    assert "-console" not in json.dumps(resources.all)
    clients = resources.of("AWS::Cognito::UserPoolClient").values()
    assert not [each for each in clients if each.get("AllowedOAuthFlows") == ["code"]]


def test_scripts_of_the_console_may_upload_and_those_of_any_site_may_not(production: Resources) -> None:
    (rule,) = production.documents()["CorsConfiguration"]["CorsRules"]
    (origin,) = rule["AllowedOrigins"]
    assert origin == {"Fn::Join": ["", ["https://*.execute-api.", {"Ref": "AWS::Region"}, ".amazonaws.com"]]}
    assert rule["AllowedMethods"] == ["POST"]


def test_the_ten_minute_run_starts_every_ten_minutes(resources: Resources) -> None:
    (schedule,) = [
        each
        for each in resources.of("AWS::Scheduler::Schedule").values()
        if "synctenminutes" in json.dumps(each["Target"]["Arn"])
    ]
    assert schedule["ScheduleExpression"] == "rate(10 minutes)"


def test_schedules_use_french_time_and_a_missed_run_is_kept(resources: Resources) -> None:
    for schedule in resources.of("AWS::Scheduler::Schedule").values():
        assert schedule["ScheduleExpressionTimezone"] == "Europe/Paris"
        assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}
        assert schedule["Target"]["DeadLetterConfig"]


def test_every_log_is_forgotten_after_a_while(resources: Resources) -> None:
    logs = resources.of("AWS::Logs::LogGroup").values()
    assert len(logs) == len(resources.of("AWS::Lambda::Function")) + 1
    assert all(each["RetentionInDays"] > 0 for each in logs)


def test_the_api_is_throttled_and_notes_who_asked_for_what(resources: Resources) -> None:
    (stage,) = resources.of("AWS::ApiGatewayV2::Stage").values()
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
    assert {"requestId", "routeKey", "status", "caller"} <= json.loads(stage["AccessLogSettings"]["Format"]).keys()


def test_where_data_is_kept_people_sign_in_with_two_factors(production: Resources) -> None:
    (pool,) = production.of("AWS::Cognito::UserPool").values()
    assert pool["MfaConfiguration"] == "ON"
    assert pool["EnabledMfas"] == ["SOFTWARE_TOKEN_MFA"]
    assert pool["UserPoolAddOns"]["AdvancedSecurityMode"] == "ENFORCED"


def test_people_sign_in_with_a_user_name_alone_which_cognito_never_lets_us_change(resources: Resources) -> None:
    """With an e-mail alias Cognito refuses the documented first user; both settings are fixed when a pool is made."""
    (pool,) = resources.of("AWS::Cognito::UserPool").values()
    assert not {"AliasAttributes", "UsernameAttributes"} & pool.keys()
    assert pool["UsernameConfiguration"] == {"CaseSensitive": False}
    assert pool["Schema"] == [{"Name": "email", "Required": False, "Mutable": True}]


def test_an_invitation_is_french_and_english_and_names_user_and_password(resources: Resources) -> None:
    (pool,) = resources.of("AWS::Cognito::UserPool").values()
    assert pool["AdminCreateUserConfig"]["AllowAdminCreateUserOnly"] is True
    invitation = pool["AdminCreateUserConfig"]["InviteMessageTemplate"]
    days = pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"]
    for wanted in ("{username}", "{####}", f"valable {days} jours", f"valid for {days} days"):
        assert wanted in invitation["EmailMessage"]
    assert len(invitation["EmailSubject"]) <= 140  # Cognito's limit
    assert invitation["EmailMessage"].endswith("{####}</p>"), "a full stop behind the password would be copied too"


def test_a_new_address_counts_once_its_owner_entered_the_code(resources: Resources) -> None:
    (pool,) = resources.of("AWS::Cognito::UserPool").values()
    assert pool["AutoVerifiedAttributes"] == ["email"]
    assert pool["UserAttributeUpdateSettings"] == {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    assert pool["AccountRecoverySetting"]["RecoveryMechanisms"] == [{"Name": "verified_email", "Priority": 1}]


def test_the_sign_in_page_is_the_managed_one_and_the_consoles_client_has_a_branding(resources: Resources) -> None:
    (domain,) = resources.of("AWS::Cognito::UserPoolDomain").values()
    assert domain["ManagedLoginVersion"] == 2
    (pool,) = resources.of("AWS::Cognito::UserPool").values()
    assert pool["UserPoolTier"] in {"ESSENTIALS", "PLUS"}, "the plan Lite has the classic page only"
    clients = resources.of("AWS::Cognito::UserPoolClient")
    (name,) = (name for name, each in clients.items() if each.get("AllowedOAuthFlows") == ["code"])
    (branding,) = resources.of("AWS::Cognito::ManagedLoginBranding").values()
    assert resources.name_of(branding["ClientId"]) == name
    assert branding["UseCognitoProvidedValues"] is True


def test_the_consoles_client_signs_in_under_the_apis_address_with_short_tokens(resources: Resources) -> None:
    clients = resources.of("AWS::Cognito::UserPoolClient").values()
    (console,) = (each for each in clients if each.get("AllowedOAuthFlows") == ["code"])
    assert console["GenerateSecret"] is True
    (api,) = resources.of("AWS::ApiGatewayV2::Api")
    address = {"Fn::GetAtt": [api, "ApiEndpoint"]}
    assert console["CallbackURLs"] == [{"Fn::Join": ["", [address, "/console/callback"]]}]
    assert console["LogoutURLs"] == [{"Fn::Join": ["", [address, "/console"]]}]
    openid, to_call = console["AllowedOAuthScopes"]
    assert (openid, to_call["Fn::Join"][1][1]) == ("openid", "/api"), "no scope for the user's own second factor"
    assert [console["AccessTokenValidity"], console["RefreshTokenValidity"]] == [15, 12 * 60]
    assert console["EnableTokenRevocation"] is True


def test_a_first_sign_in_has_time_to_set_up_an_authenticator(resources: Resources) -> None:
    clients = resources.of("AWS::Cognito::UserPoolClient").values()
    of_people = [each for each in clients if each.get("AllowedOAuthFlows") != ["client_credentials"]]
    assert [each["AuthSessionValidity"] for each in of_people] == [15, 15]  # minutes; Cognito's default is 3


def test_where_data_is_kept_the_sign_in_has_a_firewall_that_counts_by_address(production: Resources) -> None:
    (wall,) = production.of("AWS::WAFv2::WebACL").values()
    assert "RateBasedStatement" in json.dumps(wall["Rules"])
    (association,) = production.of("AWS::WAFv2::WebACLAssociation").values()
    assert production.name_of(association["ResourceArn"]) in production.of("AWS::Cognito::UserPool")
    assert production.name_of(association["WebACLArn"]) in production.of("AWS::WAFv2::WebACL")


@pytest.fixture(scope="module")
def chosen(tmp_path_factory: pytest.TempPathFactory) -> Resources:
    """The environment dev with every choice: readers of alarms, a second copy, fixed addresses."""
    environment = replace(
        ENVIRONMENTS["dev"],
        ships_dependencies=False,
        alarm_emails=("ops@example.com",),
        second_copy_vault="arn:aws:backup:eu-central-1:111122223333:backup-vault:copies",
        second_copy_bucket="arn:aws:s3:::chorus-copies",
        second_copy_key="arn:aws:kms:eu-central-1:111122223333:key/0a1b2c3d",
        fixed_addresses=("eipalloc-0a1b2c3d", "eipalloc-1a1b2c3d"),
    )
    return Resources(synthesise(environment, tmp_path_factory.mktemp("chosen")))


@pytest.mark.acceptance
def test_dev_with_every_choice_keeps_to_awss_rules_too_and_tells_whom_its_configuration_names(
    chosen: Resources,
) -> None:
    """Production's synthesis, without the choices, is held to the rules by its fixture."""
    readers = [each for each in chosen.of("AWS::SNS::Subscription").values() if each["Protocol"] == "email"]
    assert [each["Endpoint"] for each in readers] == ["ops@example.com"]
    ringing = [each for each in chosen.every_alarm().values() if each.get("AlarmActions")]
    assert len(ringing) <= MOST_ALARMS_THAT_RING


def test_the_table_is_copied_to_the_other_vault_each_night(chosen: Resources) -> None:
    (plan,) = chosen.of("AWS::Backup::BackupPlan").values()
    (rule,) = plan["BackupPlan"]["BackupPlanRule"]
    (copy,) = rule["CopyActions"]
    assert copy["DestinationBackupVaultArn"].startswith("arn:aws:backup:eu-central-1:111122223333:")
    assert (rule["Lifecycle"]["DeleteAfterDays"], copy["Lifecycle"]["DeleteAfterDays"]) == (1, 7)
    (selection,) = chosen.of("AWS::Backup::BackupSelection").values()
    (table,) = selection["BackupSelection"]["Resources"]
    assert chosen.name_of(table) in chosen.of("AWS::DynamoDB::Table")
    (vault,) = chosen.of("AWS::Backup::BackupVault").values()
    assert chosen.name_of(vault["EncryptionKeyArn"]) in chosen.of("AWS::KMS::Key"), "another account cannot take AWS's"


def test_files_are_replicated_with_their_locks_and_no_deletion_is(chosen: Resources) -> None:
    replication = chosen.documents()["ReplicationConfiguration"]
    (rule,) = replication["Rules"]
    assert rule["Destination"]["Bucket"] == "arn:aws:s3:::chorus-copies"
    assert rule["DeleteMarkerReplication"] == {"Status": "Disabled"}
    assert rule["SourceSelectionCriteria"] == {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    role = chosen.name_of(replication["Role"])
    (policy,) = [each for each in chosen.of("AWS::IAM::Policy").values() if {"Ref": role} in each["Roles"]]
    actions = {name for each in policy["PolicyDocument"]["Statement"] for name in _listed(each["Action"])}
    assert {"s3:GetObjectRetention", "s3:ReplicateObject", "s3:ReplicateTags"} <= actions
    assert "s3:ReplicateDelete" not in actions


def test_the_second_copys_alarm_watches_the_names_that_the_data_stack_gives(chosen: Resources) -> None:
    (vault,) = chosen.of("AWS::Backup::BackupVault").values()
    (rule,) = chosen.documents()["ReplicationConfiguration"]["Rules"]
    for metric in ("NumberOfBackupJobsFailed", "NumberOfBackupJobsExpired", "NumberOfCopyJobsFailed"):
        (alarm,) = chosen.alarms(metric)
        assert alarm["Dimensions"] == [{"Name": "BackupVaultName", "Value": vault["BackupVaultName"]}]
        assert alarm["AlarmDescription"].endswith("docs/runbooks.md#second-copy")
    (alarm,) = chosen.alarms("OperationsFailedReplication")
    dimensions = {each["Name"]: each["Value"] for each in alarm["Dimensions"]}
    assert dimensions["RuleId"] == rule["Id"]
    assert f"arn:aws:s3:::{dimensions['DestinationBucket']}" == rule["Destination"]["Bucket"]
    assert chosen.named(dimensions["SourceBucket"]) == chosen.documents()


def test_exactly_the_functions_that_call_others_leave_by_the_fixed_addresses(chosen: Resources) -> None:
    variables = {name: each["Environment"]["Variables"] for name, each in chosen.of("AWS::Lambda::Function").items()}
    calling = {each["POWERTOOLS_SERVICE_NAME"] for each in variables.values() if "CHORUS_API_BASE" in each}
    networks = {
        name: each["VpcConfig"] for name, each in chosen.of("AWS::Lambda::Function").items() if "VpcConfig" in each
    }
    assert {variables[name]["POWERTOOLS_SERVICE_NAME"] for name in networks} == calling | {"webhook_delivery"}
    subnets = {chosen.name_of(subnet) for each in networks.values() for subnet in each["SubnetIds"]}
    assert len(subnets) == 2
    assert all("Functions" in name for name in subnets)


def test_the_fixed_addresses_are_given_and_s3_and_the_table_cost_no_traffic(chosen: Resources) -> None:
    gateways = chosen.of("AWS::EC2::NatGateway").values()
    assert {each["AllocationId"] for each in gateways} == {"eipalloc-0a1b2c3d", "eipalloc-1a1b2c3d"}
    assert not chosen.of("AWS::EC2::EIP"), "an address of the stack would end with it"
    endpoints = json.dumps([each["ServiceName"] for each in chosen.of("AWS::EC2::VPCEndpoint").values()])
    assert len(chosen.of("AWS::EC2::VPCEndpoint")) == 2
    assert ".s3" in endpoints
    assert ".dynamodb" in endpoints


def test_the_code_of_a_function_inside_may_not_touch_the_network(chosen: Resources) -> None:
    for name, policy in own_policies(chosen).items():
        on_network = on(policy, "ec2")
        assert [each["Effect"] for each in on_network] in ([], ["Allow", "Deny"]), name
        if on_network:
            allowed, denied = on_network
            assert allowed["Action"] == denied["Action"]
            assert "lambda:SourceFunctionArn" in denied["Condition"]["ArnLike"]


def test_without_a_choice_there_is_no_copy_and_no_network(resources: Resources) -> None:
    kinds = {each["Type"].rsplit("::", 1)[0] for each in resources.all.values()}
    assert not kinds & {"AWS::Backup", "AWS::EC2"}
    assert "ReplicationConfiguration" not in resources.documents()


def test_half_a_second_copy_and_a_third_address_are_refused() -> None:
    with pytest.raises(ValueError, match="all three"):
        replace(ENVIRONMENTS["dev"], second_copy_vault="arn:aws:backup:eu-central-1:111122223333:backup-vault:copies")
    with pytest.raises(ValueError, match="at most two"):
        replace(ENVIRONMENTS["dev"], fixed_addresses=("a", "b", "c"))


def test_a_synthesis_that_breaks_a_rule_fails(tmp_path: Path) -> None:
    from aws_cdk import App, Stack, aws_sqs  # here: infra_cdk chooses the node they run on

    app = App(outdir=str(tmp_path), analytics_reporting=False)
    check_rules(app)
    stack = Stack(app, "careless")
    queue = aws_sqs.Queue(stack, "Open")
    excepted(queue, "SQS3", because="only its other fault is looked at here")
    with pytest.raises(RuntimeError, match="SQS4"):
        app.synth()


def test_in_production_plain_http_is_refused(production: Resources) -> None:
    refusal = '{"Bool": {"aws:SecureTransport": "false"}}'
    policies = [each for each in production.of("AWS::SQS::QueuePolicy").values() if refusal in json.dumps(each)]
    refusing = [queue["Ref"] for each in policies for queue in each["Queues"]]
    assert sorted(refusing) == sorted(production.of("AWS::SQS::Queue")), (
        "each has one policy: a second would replace it"
    )
    for guarded, policies in (
        ("AWS::S3::Bucket", "AWS::S3::BucketPolicy"),
        ("AWS::SNS::Topic", "AWS::SNS::TopicPolicy"),
    ):
        refusing = [each for each in production.of(policies).values() if refusal in json.dumps(each)]
        assert len(refusing) == len(production.of(guarded)) > 0


def test_in_production_the_data_outlives_its_stack(production: Resources) -> None:
    kinds = {"AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::Cognito::UserPool", "AWS::KMS::Key"}
    found = {name: each for name, each in production.all.items() if each["Type"] in kinds}
    lasting = [each for name, each in found.items() if not name.startswith("Sessions")]  # of the console: made again
    assert {each["Type"] for each in lasting} == kinds
    assert all(each["DeletionPolicy"] == each["UpdateReplacePolicy"] == "Retain" for each in lasting)
    (table,) = [each for each in production.of("AWS::DynamoDB::Table").values() if "StreamSpecification" in each]
    assert table["DeletionProtectionEnabled"] is True


def test_in_production_no_password_is_sent_to_cognito(production: Resources) -> None:
    for client in production.of("AWS::Cognito::UserPoolClient").values():
        assert "ALLOW_USER_PASSWORD_AUTH" not in client.get("ExplicitAuthFlows", [])


def test_in_production_a_sign_in_lasts_a_working_day_and_its_tokens_a_quarter_of_an_hour(production: Resources) -> None:
    (people,) = (
        each for each in production.of("AWS::Cognito::UserPoolClient").values() if "GenerateSecret" not in each
    )
    assert people["TokenValidityUnits"] == {"AccessToken": "minutes", "IdToken": "minutes", "RefreshToken": "minutes"}
    lifetimes = [people[name] for name in ("AccessTokenValidity", "IdTokenValidity", "RefreshTokenValidity")]
    assert lifetimes == [15, 15, 12 * 60]
    assert people["EnableTokenRevocation"] is True


def test_a_synthesis_is_asked_for_an_environment_and_takes_none_by_itself(tmp_path: Path) -> None:
    """An upgrade that forgets the word would make a second installation, dev's, and leave production as it was."""
    command = [sys.executable, "-m", "infra_cdk.app", "--out", str(tmp_path / "out")]
    asked = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    assert asked.returncode != 0
    assert "-c environment=" in asked.stderr
    assert not (tmp_path / "out").exists()


@pytest.mark.acceptance
def test_two_syntheses_are_the_same_bytes_whatever_one_that_was_killed_left(local_folder: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    leftover = again / "making" / "python" / "chorus_connector" / "gone.py"
    leftover.parent.mkdir(parents=True)
    leftover.write_text("half")
    command = [sys.executable, "-m", "infra_cdk.app", "-c", "environment=local", "--out", str(again)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in (local_folder, again)
    )
    assert first == second
