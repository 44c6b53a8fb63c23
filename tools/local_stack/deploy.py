"""Deploy synthesised templates to the local stack with CloudFormation calls, as the CDK command line would.

Also sets what ministack's CloudFormation ignores: the table's time to live and point-in-time recovery, and the
bucket's object lock. Works on a new stack and over an earlier deployment.
"""

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

ClientFactory = Callable[[str], Any]
_FIXED_TIME = (2020, 1, 1, 0, 0, 0)  # fixed, so that a zip of the same files has the same bytes


class DeploymentError(RuntimeError):
    """The deployment failed; the message names the resources and the reasons."""


def deploy(templates: Path, clients: ClientFactory, *, parameters: Mapping[str, str]) -> dict[str, str]:
    """Deploy every stack of the folder, dependencies first, and return all their outputs.

    A parameter is passed to the stacks that declare it. Raises DeploymentError.
    """
    outputs: dict[str, str] = {}
    for name in _in_order(templates):
        template = json.loads((templates / f"{name}.template.json").read_text())
        template = _with_secrets_by_arn(_as_the_emulator_asks(template))
        url = _publish_assets(templates, name, template, clients)
        wanted = {key: value for key, value in parameters.items() if key in template.get("Parameters", {})}
        outputs |= _deploy_stack(name, url, clients("cloudformation"), wanted)
        _finish_stack(name, template, clients)
    return outputs


def _in_order(templates: Path) -> list[str]:
    artifacts = json.loads((templates / "manifest.json").read_text())["artifacts"]
    stacks = {name: each for name, each in artifacts.items() if each["type"] == "aws:cloudformation:stack"}
    ordered: list[str] = []

    def visit(name: str) -> None:
        for needed in stacks[name].get("dependencies", []):
            if needed in stacks:
                visit(needed)
        if name not in ordered:
            ordered.append(name)

    for name in stacks:
        visit(name)
    return ordered


def _as_the_emulator_asks(template: dict[str, Any]) -> dict[str, Any]:
    """Add to the policies what the emulator's IAM requires and AWS does not; leave out the resources it lacks.

    On AWS, `sqs:SendMessage` permits batches too; the emulator requires the batch action. AWS checks SendEmail on the
    sender's identity; the emulator checks it on `*`. The emulator shows a sign-in page of its own, without branding.
    """
    template["Resources"] = {
        name: each
        for name, each in template["Resources"].items()
        if each["Type"] != "AWS::Cognito::ManagedLoginBranding"
    }
    for resource in template["Resources"].values():
        for statement in resource.get("Properties", {}).get("PolicyDocument", {}).get("Statement", []):
            actions = statement["Action"]
            actions = [actions] if isinstance(actions, str) else actions
            if "sqs:SendMessage" in actions:
                statement["Action"] = [*actions, "sqs:SendMessageBatch"]
            if "ses:SendEmail" in actions:
                statement["Resource"] = "*"
    return template


def _with_secrets_by_arn(template: dict[str, Any]) -> dict[str, Any]:
    """Replace references to secrets by ARNs: AWS resolves them so, but the emulator gives the name."""
    secrets = {name for name, each in template["Resources"].items() if each["Type"] == "AWS::SecretsManager::Secret"}

    def by_arn(part: Any) -> Any:
        match part:
            case {"Ref": str(name)} if name in secrets:
                return {"Fn::GetAtt": [name, "Arn"]}
            case dict():
                return {key: by_arn(value) for key, value in part.items()}
            case list():
                return [by_arn(value) for value in part]
        return part

    return {key: by_arn(value) for key, value in template.items()}


def _publish_assets(templates: Path, name: str, template: dict[str, Any], clients: ClientFactory) -> str:
    """Upload code, layer and template to the bucket that the template names; returns the template's URL.

    The template is too long to be passed in the call itself.
    """
    s3 = clients("s3")
    region = s3.meta.region_name
    known = {"${AWS::AccountId}": clients("sts").get_caller_identity()["Account"], "${AWS::Region}": region}
    url = ""
    for asset in json.loads((templates / f"{name}.assets.json").read_text())["files"].values():
        is_code = asset["source"]["packaging"] == "zip"
        content = _zipped(templates / asset["source"]["path"]) if is_code else json.dumps(template).encode()
        for destination in asset["destinations"].values():
            bucket, key = destination["bucketName"], destination["objectKey"]
            for placeholder, value in known.items():
                bucket = bucket.replace(placeholder, value)
            _create_bucket(s3, bucket, region)
            s3.put_object(Bucket=bucket, Key=key, Body=content)
            url = url if is_code else f"https://s3.{region}.amazonaws.com/{bucket}/{key}"
    return url


def _create_bucket(s3: Any, bucket: str, region: str) -> None:
    try:
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
            raise


def _zipped(folder: Path) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), _FIXED_TIME)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _deploy_stack(name: str, url: str, cloudformation: Any, parameters: Mapping[str, str]) -> dict[str, str]:
    request = {
        "StackName": name,
        "TemplateURL": url,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        "Capabilities": ["CAPABILITY_NAMED_IAM"],
    }
    try:
        cloudformation.create_stack(**request)
    except cloudformation.exceptions.AlreadyExistsException:
        try:
            cloudformation.update_stack(**request)
        except ClientError as error:
            if "No updates are to be performed" not in str(error):
                raise
    stack = _wait(name, cloudformation)
    return {each["OutputKey"]: each["OutputValue"] for each in stack.get("Outputs", [])}


def _wait(name: str, cloudformation: Any, timeout: float = 60.0) -> dict[str, Any]:
    deadline = time.monotonic() + timeout
    while True:
        stack: dict[str, Any] = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        status = stack["StackStatus"]
        if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return stack
        if not status.endswith("_IN_PROGRESS") or time.monotonic() > deadline:
            raise DeploymentError(f"{name} is {status}: {_reasons(name, cloudformation)}")
        time.sleep(0.05)


def _reasons(name: str, cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return "; ".join(
        f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', '?')}"
        for event in events
        if event["ResourceStatus"].endswith("_FAILED")
    )


def _finish_stack(name: str, template: Mapping[str, Any], clients: ClientFactory) -> None:
    def physical_id(logical_id: str) -> str:
        resource = clients("cloudformation").describe_stack_resource(StackName=name, LogicalResourceId=logical_id)
        return str(resource["StackResourceDetail"]["PhysicalResourceId"])

    for logical_id, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::DynamoDB::Table":
            _finish_table(physical_id(logical_id), properties, clients("dynamodb"))
        elif resource["Type"] == "AWS::S3::Bucket":
            _finish_bucket(physical_id(logical_id), properties, clients("s3"))
    _verify_senders(template, clients("sesv2"))


def _finish_table(table: str, properties: Mapping[str, Any], dynamodb: Any) -> None:
    wished = properties.get("TimeToLiveSpecification")
    now = dynamodb.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if wished and now.get("TimeToLiveStatus") != "ENABLED":
        dynamodb.update_time_to_live(TableName=table, TimeToLiveSpecification=wished)
    recovery = properties.get("PointInTimeRecoverySpecification")
    if recovery:
        dynamodb.update_continuous_backups(
            TableName=table,
            PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery["PointInTimeRecoveryEnabled"]},
        )


def _finish_bucket(bucket: str, properties: Mapping[str, Any], s3: Any) -> None:
    if properties.get("ObjectLockEnabled"):
        s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"})


def _verify_senders(template: Mapping[str, Any], ses: Any) -> None:
    """Verify the sender of e-mails, as a person does in SES: the emulator refuses an e-mail of an unknown sender."""
    variables = (
        resource["Properties"].get("Environment", {}).get("Variables", {})
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Lambda::Function"
    )
    for sender in {each["EMAIL_SENDER"] for each in variables if each.get("EMAIL_SENDER")}:
        try:
            ses.create_email_identity(EmailIdentity=sender)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AlreadyExistsException":
                raise
