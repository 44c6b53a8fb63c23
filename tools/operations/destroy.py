"""``chorus-connector destroy``: ends an installation.

Where data is not kept (dev), everything goes: all stacks, the files of the buckets with every version and lock, the
suppliers' secrets. CloudFormation alone cannot do it: it refuses a bucket with files, S3 keeps writing access logs
until the bucket itself is gone, and the secrets were made while the installation worked. Elsewhere only the console's
and the application stack go; the data stack is protected and stays as it is.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError, WaiterError

Clients = Callable[[str], Any]
_AT_ONCE = 1000  # objects in one request, at most
_ROUNDS = 5
_WAIT = {"Delay": 5, "MaxAttempts": 720}  # an hour


class NotDestroyed(RuntimeError):
    """The installation is not there, or CloudFormation could not delete a stack; the message says why."""


@dataclass(frozen=True)
class Resource:
    """A resource of a stack: its CloudFormation type and its name in AWS."""

    kind: str
    name: str


@dataclass(frozen=True)
class Destroy:
    """Ends the installation with that name. `keeps_data` is what its configuration says."""

    installation: str
    clients: Clients
    keeps_data: bool

    @property
    def application(self) -> str:
        return f"chorus-connector-{self.installation}"

    @property
    def data(self) -> str:
        return f"{self.application}-data"

    @property
    def console(self) -> str:
        return f"{self.application}-console"

    def protected(self) -> bool:
        """Whether the data stays: the configuration or the deployed stack's protection against deletion says so.

        Raises NotDestroyed when the installation has no stack here.
        """
        stacks = [each for each in map(self._stack, (self.console, self.application, self.data)) if each]
        if not stacks:
            raise NotDestroyed(f"this account and region have no installation {self.installation}")
        return self.keeps_data or any(each.get("EnableTerminationProtection") for each in stacks)

    def kept(self) -> list[Resource]:
        """What stays in the account: the whole data stack, and what the other stacks retain. Nothing in dev."""
        if not self.protected():
            return []
        others = [self._resources(stack, only_retained=True) for stack in (self.application, self.console)]
        return [*self._resources(self.data), *others[0], *others[1]]

    def run(self) -> Iterator[str]:
        """Delete, and say what was deleted; an interrupted run is repeated. Raises NotDestroyed."""
        protected = self.protected()
        if self._stack(self.console):  # it uses what the application stack exports
            yield from self._delete_stack(self.console)
        yield from self._delete_stack(self.application)
        if protected:
            return
        buckets = [each.name for each in self._resources(self.data) if each.kind == "AWS::S3::Bucket"]
        for bucket in sorted(buckets, key=lambda name: "accesslog" in name.lower()):  # the log of the others comes last
            yield f"{bucket}: {self._delete_bucket(bucket)} versions and delete markers deleted, and the bucket"
        yield f"{self._delete_secrets()} secrets deleted"
        yield from self._delete_stack(self.data)

    def _stack(self, name: str) -> dict[str, Any] | None:
        try:
            stack: dict[str, Any] = self.clients("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" not in error.response["Error"].get("Message", ""):
                raise
            return None
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def _resources(self, stack: str, *, only_retained: bool = False) -> list[Resource]:
        """The stack's resources; with `only_retained` those that outlive it."""
        if self._stack(stack) is None:
            return []
        client = self.clients("cloudformation")
        template = client.get_template(StackName=stack)["TemplateBody"]
        declared = (json.loads(template) if isinstance(template, str) else template)["Resources"]
        pages = client.get_paginator("list_stack_resources").paginate(StackName=stack)
        found = (each for page in pages for each in page["StackResourceSummaries"])
        return [
            Resource(each["ResourceType"], each["PhysicalResourceId"])
            for each in found
            if each["ResourceStatus"] != "DELETE_COMPLETE"
            and "PhysicalResourceId" in each
            and (not only_retained or declared[each["LogicalResourceId"]].get("DeletionPolicy") == "Retain")
        ]

    def _delete_stack(self, name: str) -> Iterator[str]:
        if self._stack(name) is None:
            yield f"{name}: not there"
            return
        client = self.clients("cloudformation")
        client.delete_stack(StackName=name)
        try:
            client.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=_WAIT)
        except WaiterError as error:
            raise NotDestroyed(f"{name}: {self._reasons(name) or error}") from None
        yield f"{name}: deleted"

    def _reasons(self, name: str) -> str:
        events = self.clients("cloudformation").describe_stack_events(StackName=name)["StackEvents"]
        failed = (each for each in events if each["ResourceStatus"] == "DELETE_FAILED")
        return "; ".join(f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason', '?')}" for each in failed)

    def _delete_bucket(self, bucket: str) -> int:
        """Delete every version and then the bucket; returns how many versions. S3 may add a log meanwhile."""
        client, deleted = self.clients("s3"), 0
        for left in reversed(range(_ROUNDS)):
            try:
                deleted += self._empty(bucket)
                client.delete_bucket(Bucket=bucket)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code == "NoSuchBucket":
                    return deleted
                if code != "BucketNotEmpty" or not left:
                    raise
            else:
                return deleted
        return deleted

    def _empty(self, bucket: str) -> int:
        """Delete every version, also locked ones: their locks are of the kind that a permission bypasses."""
        client, deleted = self.clients("s3"), 0
        for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket, MaxKeys=_AT_ONCE):
            listed = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
            objects = [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in listed]
            if not objects:
                continue
            answer = client.delete_objects(
                Bucket=bucket, Delete={"Objects": objects, "Quiet": True}, BypassGovernanceRetention=True
            )
            if errors := answer.get("Errors"):
                raise NotDestroyed(f"{bucket}: {errors[0]['Key']}: {errors[0].get('Code')} {errors[0].get('Message')}")
            deleted += len(objects)
        for page in client.get_paginator("list_multipart_uploads").paginate(Bucket=bucket):
            for each in page.get("Uploads", []):
                client.abort_multipart_upload(Bucket=bucket, Key=each["Key"], UploadId=each["UploadId"])
        return deleted

    def _delete_secrets(self) -> int:
        client, prefix = self.clients("secretsmanager"), f"chorus-connector/{self.installation}/"
        pages = client.get_paginator("list_secrets").paginate(Filters=[{"Key": "name", "Values": [prefix]}])
        names = [each["Name"] for page in pages for each in page["SecretList"] if each["Name"].startswith(prefix)]
        for name in names:
            client.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        return len(names)
