"""The end of an installation: nothing stays where data is not kept, and elsewhere it says what stays."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from moto.s3.models import FakeBucket
from typer.testing import CliRunner

from infra_cdk.environment import ENVIRONMENTS
from tools.cli import app
from tools.operations import destroy
from tools.operations.destroy import Destroy, NotDestroyed

pytestmark = pytest.mark.acceptance

_ROOT = Path(__file__).resolve().parents[3]
DOCUMENTS, LOG = "dev-documents", "dev-documentsaccesslog"


def _delete_if_there(name: str, *_: Any) -> None:
    with suppress(ClientError):
        boto3.client("s3").delete_bucket(Bucket=name)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The clients of an empty account; without the waits for CloudFormation."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-3")
    monkeypatch.setattr(destroy, "_WAIT", {"Delay": 0, "MaxAttempts": 3})
    # CloudFormation counts a resource that is gone already as deleted; moto raises.
    monkeypatch.setattr(FakeBucket, "delete_from_cloudformation_json", _delete_if_there)
    with mock_aws():
        yield cache(lambda service: boto3.client(service, region_name="eu-west-3"))


def deployed(aws: Any, name: str = "dev", *, protected: bool = False) -> None:
    """Both stacks, as small as they can be: an application with a queue and a retained topic, and data with buckets."""
    kept = {"DeletionPolicy": "Retain"} if protected else {}
    data = {
        "Log": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": LOG}, **kept},
        "Documents": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": DOCUMENTS}, **kept},
    }
    work = {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{name}-queue"}},
        "Key": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": f"{name}-kept"}, "DeletionPolicy": "Retain"},
    }
    for suffix, resources in (("-data", data), ("", work)):
        aws("cloudformation").create_stack(
            StackName=f"chorus-connector-{name}{suffix}",
            TemplateBody=json.dumps({"Resources": resources}),
            EnableTerminationProtection=protected and bool(suffix),
        )


def filled(aws: Any) -> None:
    """Files as an installation leaves them: versions, delete markers, locks, an unfinished upload, access logs."""
    s3 = aws("s3")
    s3.delete_bucket(Bucket=DOCUMENTS)
    region = {"LocationConstraint": "eu-west-3"}
    s3.create_bucket(Bucket=DOCUMENTS, CreateBucketConfiguration=region, ObjectLockEnabledForBucket=True)
    for number in range(3):
        for body in (b"one", b"two"):
            s3.put_object(Bucket=DOCUMENTS, Key=f"suppliers/s/documents/d{number}/original", Body=body)
    s3.delete_object(Bucket=DOCUMENTS, Key="suppliers/s/documents/d0/original")
    s3.put_object(
        Bucket=DOCUMENTS,
        Key="locked",
        Body=b"%PDF",
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=datetime.now(UTC) + timedelta(days=4000),
    )
    s3.create_multipart_upload(Bucket=DOCUMENTS, Key="unfinished")
    s3.put_object(Bucket=LOG, Key="documents/2026", Body=b"GET")
    for name in ("chorus-connector/dev/suppliers/s/credentials", "chorus-connector/dev2/suppliers/s/credentials"):
        aws("secretsmanager").create_secret(Name=name, SecretString="x")


def stacks(aws: Any) -> list[str]:
    return [each["StackName"] for each in aws("cloudformation").describe_stacks()["Stacks"]]


def test_in_dev_nothing_is_left(aws: Any) -> None:
    deployed(aws)
    filled(aws)
    run = Destroy("dev", aws, keeps_data=False)
    assert run.kept() == []
    done = list(run.run())
    assert done[1].startswith(f"{DOCUMENTS}: 8 versions")  # six, a delete marker and a locked one
    assert done[2].startswith(LOG)
    assert stacks(aws) == []
    assert aws("s3").list_buckets()["Buckets"] == []
    secrets = [each["Name"] for each in aws("secretsmanager").list_secrets()["SecretList"]]
    assert secrets == ["chorus-connector/dev2/suppliers/s/credentials"]


@pytest.mark.parametrize("keeps_data", [True, False])
def test_the_console_ends_before_the_application_whose_values_it_uses(aws: Any, keeps_data: bool) -> None:
    deployed(aws)
    topic = {"Sessions": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "sessions"}}}
    aws("cloudformation").create_stack(
        StackName="chorus-connector-dev-console", TemplateBody=json.dumps({"Resources": topic})
    )
    run = Destroy("dev", aws, keeps_data=keeps_data)
    assert "sessions" not in [each.name.rsplit(":", 1)[-1] for each in run.kept()]
    done = list(run.run())
    assert done[:2] == ["chorus-connector-dev-console: deleted", "chorus-connector-dev: deleted"]
    assert "chorus-connector-dev-console" not in stacks(aws)


def test_an_interrupted_destruction_is_continued(aws: Any) -> None:
    deployed(aws)
    filled(aws)
    steps = Destroy("dev", aws, keeps_data=False).run()
    next(steps)
    next(steps)
    assert "chorus-connector-dev: not there" in list(Destroy("dev", aws, keeps_data=False).run())
    assert stacks(aws) == []


def test_a_log_that_s3_writes_meanwhile_does_not_stop_it(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(aws)
    late = [b"a", b"b"]
    empty = Destroy._empty

    def with_late_logs(self: Destroy, bucket: str) -> int:
        count = empty(self, bucket)
        if bucket == LOG and late:
            aws("s3").put_object(Bucket=LOG, Key="documents/late", Body=late.pop())
        return count

    monkeypatch.setattr(Destroy, "_empty", with_late_logs)
    assert f"{LOG}: 2 versions" in "\n".join(Destroy("dev", aws, keeps_data=False).run())


@pytest.mark.parametrize(("keeps_data", "protected"), [(True, False), (True, True), (False, True)])
def test_where_data_is_kept_only_the_application_ends(aws: Any, keeps_data: bool, protected: bool) -> None:
    """Also when only one says so: the configuration, or the protection of the deployed stack."""
    deployed(aws, "acme", protected=protected)
    aws("s3").put_object(Bucket=DOCUMENTS, Key="k", Body=b"x")
    run = Destroy("acme", aws, keeps_data=keeps_data)
    kept = run.kept()
    assert {each.name for each in kept if each.kind == "AWS::S3::Bucket"} == {DOCUMENTS, LOG}
    assert [each.name.rsplit(":", 1)[-1] for each in kept if each.kind == "AWS::SNS::Topic"] == ["acme-kept"]
    assert not any(each.kind == "AWS::SQS::Queue" for each in kept)
    assert list(run.run()) == ["chorus-connector-acme: deleted"]
    assert stacks(aws) == ["chorus-connector-acme-data"]
    assert aws("s3").get_object(Bucket=DOCUMENTS, Key="k")["Body"].read() == b"x"


def test_a_file_that_may_not_be_deleted_stops_it_before_the_data_stack(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    deployed(aws)
    aws("s3").put_object(Bucket=LOG, Key="k", Body=b"x")
    refused = {"Errors": [{"Key": "k", "Code": "AccessDenied", "Message": "s3:BypassGovernanceRetention"}]}
    monkeypatch.setattr(aws("s3"), "delete_objects", lambda **_: refused)
    with pytest.raises(NotDestroyed, match=r"k: AccessDenied s3:BypassGovernanceRetention"):
        list(Destroy("dev", aws, keeps_data=False).run())
    assert stacks(aws) == ["chorus-connector-dev-data"]


def test_an_installation_that_is_not_there_is_an_error(aws: Any) -> None:
    with pytest.raises(NotDestroyed, match="no installation dev"):
        Destroy("dev", aws, keeps_data=False).kept()


def test_a_refusal_of_aws_is_not_taken_for_a_stack_that_is_absent(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "DescribeStacks")

    monkeypatch.setattr(aws("cloudformation"), "describe_stacks", denied)
    with pytest.raises(ClientError):
        Destroy("dev", aws, keeps_data=False).kept()


# --- the command -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words", [["--confirm", "production"], []])
def test_without_the_environments_name_nothing_is_deleted(aws: Any, words: list[str]) -> None:
    deployed(aws)
    done = CliRunner().invoke(app, ["destroy", "--environment", "dev", *words], input="prod\n")
    assert done.exit_code == 2
    assert "nothing was deleted" in done.stderr
    assert len(stacks(aws)) == 2


def test_the_command_names_what_stays_and_asks_for_the_name(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(aws, "production", protected=True)
    monkeypatch.setattr("infra_cdk.configuration.configured", lambda *_: ENVIRONMENTS["production"])
    done = CliRunner().invoke(app, ["destroy", "--environment", "production"], input="production\n")
    assert done.exit_code == 0, done.stderr
    assert f"AWS::S3::Bucket {DOCUMENTS}" in done.stderr
    assert done.stdout.splitlines()[-1] == "chorus-connector-production: deleted"


def test_another_account_than_the_configured_one_is_left_alone(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    deployed(aws)
    elsewhere = replace(ENVIRONMENTS["dev"], account="999999999999", region="eu-west-3")
    monkeypatch.setattr("infra_cdk.configuration.configured", lambda *_: elsewhere)
    done = CliRunner().invoke(app, ["destroy", "--environment", "dev", "--confirm", "dev"])
    assert done.exit_code == 2
    assert "the account of dev is 999999999999" in done.stderr
    assert len(stacks(aws)) == 2


@pytest.mark.parametrize("target", ["preflight", "bootstrap", "diff", "deploy", "destroy"])
def test_every_target_uses_the_configuration_that_is_named(target: str) -> None:
    """Without it `make destroy` would not compare the account and region that the file names with the terminal's."""
    command = ("make", "--dry-run", target, "ENVIRONMENT=dev", "CONFIG=/srv/own.toml")
    printed = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=True).stdout
    (line,) = [each for each in printed.splitlines() if f" {target} " in each]
    assert "/srv/own.toml" in line
