"""A connector that runs on the emulator of this machine: its addresses, its callers, and what AWS does by itself.

`LocalStack` starts one. The commands of `chorus-connector local` reach one that another command has started.
"""

import base64
import json
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
import httpx
from botocore.config import Config

from tools.local_stack.ports import LOCALHOST

REGION = "eu-west-3"
ADMINISTRATORS = "installation_administrators"
KEY = "test"  # ministack's account 000000000000
ADMINISTRATOR = "administrator"
"""The user name of the person whose token `up` prints, and who can sign in at the console."""


class DeployedStack:
    """The connector as it is deployed on ministack. `outputs` are those of its templates."""

    def __init__(self, port: int, textract_port: int, outputs: Mapping[str, str]) -> None:
        self.port, self.textract_port = port, textract_port
        self.outputs = dict(outputs)
        self._client = cache(self._make_client)
        self._tokens: dict[str, str] = {}

    # Addresses.

    @property
    def endpoint_url(self) -> str:
        """The endpoint of every AWS service except Textract."""
        return f"http://{LOCALHOST}:{self.port}"

    @property
    def textract_url(self) -> str:
        """The endpoint of Textract's double."""
        return f"http://{LOCALHOST}:{self.textract_port}"

    @property
    def api_url(self) -> str:
        """The base URL of the connector's HTTP API, without a final slash."""
        return f"{self.endpoint_url}/_aws/execute-api/{self.outputs['ApiId']}/$default"

    @property
    def sign_in_url(self) -> str:
        """The emulator's sign-in page and OAuth endpoints, as a browser and the console's function reach them."""
        return f"http://localhost:{self.port}"

    @property
    def console_url(self) -> str:
        """The console's address for a browser, which takes every name that ends in `.localhost` for this machine."""
        return self.outputs["ConsoleUrl"]

    def boto_client(self, service: str) -> Any:
        """A boto3 client of this stack with the account's own permissions; cached."""
        return self._client(service)

    def _make_client(self, service: str) -> Any:
        session = boto3.Session(aws_access_key_id=KEY, aws_secret_access_key=KEY, region_name=REGION)
        endpoint = self.textract_url if service == "textract" else self.endpoint_url
        return session.client(
            service, endpoint_url=endpoint, config=Config(s3={"addressing_style": "path"}, proxies={})
        )

    # Callers.

    def admin_token(self) -> str:
        """An access token of an administrator of this installation, valid for an hour; cached."""
        return self.user_token(ADMINISTRATOR, groups=(ADMINISTRATORS,))

    def user_token(self, name: str, *, groups: tuple[str, ...] = ()) -> str:
        """An access token of the user with this name; the first call creates the user with these groups."""
        if name not in self._tokens:
            self._tokens[name] = self._sign_in(name, groups)
        return self._tokens[name]

    def system_token(self) -> str:
        """An access token of the system client: client credentials, no user, scope `chorus-connector/api`."""
        client = self.boto_client("cognito-idp").describe_user_pool_client(
            UserPoolId=self.outputs["UserPoolId"], ClientId=self.outputs["SystemsClientId"]
        )["UserPoolClient"]
        answer = httpx.post(
            f"{self.endpoint_url}/oauth2/token",
            data={"grant_type": "client_credentials", "scope": "chorus-connector/api"},
            auth=(client["ClientId"], client["ClientSecret"]),
            trust_env=False,
        )
        return str(answer.raise_for_status().json()["access_token"])

    def subject(self, token: str) -> str:
        """The `sub` claim of a token: the principal's id."""
        payload = token.split(".")[1]
        return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["sub"])

    def _sign_in(self, name: str, groups: tuple[str, ...]) -> str:
        cognito = self.boto_client("cognito-idp")
        pool = self.outputs["UserPoolId"]
        with suppress(cognito.exceptions.UsernameExistsException):  # it exists in the kept state
            cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        for group in groups:
            with suppress(cognito.exceptions.GroupExistsException):
                cognito.create_group(UserPoolId=pool, GroupName=group)
            cognito.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=group)
        try:
            return self._with_password(name)
        except cognito.exceptions.NotAuthorizedException:  # a new user, or the password is another one
            cognito.admin_set_user_password(UserPoolId=pool, Username=name, Password=password(name), Permanent=True)
            return self._with_password(name)

    def _with_password(self, name: str) -> str:
        answer = self.boto_client("cognito-idp").initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=self.outputs["UserPoolClientId"],
            AuthParameters={"USERNAME": name, "PASSWORD": password(name)},
        )
        return str(answer["AuthenticationResult"]["AccessToken"])

    def function_environment(self, function: str) -> dict[str, str]:
        """The environment to run code as that function: its variables and a session of its role."""
        name = f"chorus-connector-local-{function}"
        configuration = self.boto_client("lambda").get_function_configuration(FunctionName=name, Qualifier="live")
        role = configuration["Role"]
        session = self.boto_client("sts").assume_role(RoleArn=role, RoleSessionName=function)["Credentials"]
        return {
            **configuration["Environment"]["Variables"],
            "AWS_ACCESS_KEY_ID": session["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"],
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ENDPOINT_URL_TEXTRACT": self.textract_url,
        }

    def operator_environment(self) -> dict[str, str]:
        """The shell variables with which the operators' commands and the AWS command line act on this stack."""
        return {
            "CHORUS_ENVIRONMENT": "local",
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_ENDPOINT_URL_TEXTRACT": self.textract_url,
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": KEY,
            "AWS_DEFAULT_REGION": REGION,
        }

    # What AWS does by itself.

    def run_schedule_now(self) -> Any:
        """Start the ten-minute run now: invoke its function as the Scheduler would and return its answer.

        Tracking is started too. Raises RuntimeError when a function failed.
        """
        schedule = {"Name": self.outputs["ScheduleName"], "GroupName": self.outputs["ScheduleGroup"]}
        target = self.boto_client("scheduler").get_schedule(**schedule)["Target"]
        payload = self._invoke(target["Arn"], _scheduled(target["Input"]), "the ten-minute run")
        self._invoke(self.outputs["TrackingSyncFunction"], b"{}", "the ten-minute run of tracking")
        return payload

    def run_night_now(self) -> Any:
        """Start the nightly run now, as the Scheduler would, and return its answer.

        It takes the suppliers that are due. Raises RuntimeError when its function failed.
        """
        return self._invoke("chorus-connector-local-sync_nightly:live", b"{}", "the nightly run")

    def _invoke(self, function: str, event: bytes, what: str) -> Any:
        answer = self.boto_client("lambda").invoke(FunctionName=function, Payload=event)
        payload = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise RuntimeError(f"{what} failed: {payload}")
        return payload

    def alarms(self) -> set[str]:
        """Descriptions of the alarms in state ALARM; publishes the queues' metrics first, as SQS does on AWS."""
        cloudwatch, sqs = self.boto_client("cloudwatch"), self.boto_client("sqs")
        for alarm in cloudwatch.describe_alarms()["MetricAlarms"]:
            if alarm["MetricName"] != "ApproximateNumberOfMessagesVisible":
                continue
            (queue,) = alarm["Dimensions"]
            url = sqs.get_queue_url(QueueName=queue["Value"])["QueueUrl"]
            depth = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
            value = float(depth["Attributes"]["ApproximateNumberOfMessages"])
            metric = {"MetricName": alarm["MetricName"], "Dimensions": [queue], "Value": value}
            cloudwatch.put_metric_data(Namespace="AWS/SQS", MetricData=[metric])
        ringing = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
        return {alarm["AlarmDescription"] for alarm in ringing}

    def plan_textract_fault(self, where: str, kind: str, times: int = 1) -> None:
        """Make Textract's next calls or jobs go wrong: see `tools.local_stack.textract_double.faults.KINDS`."""
        wish = {"where": where, "kind": kind, "times": times}
        httpx.post(f"{self.textract_url}/_double/faults", json=wish, trust_env=False).raise_for_status()

    def logs(self, function: str) -> str:
        """Everything the function has logged, oldest first; empty when it never ran."""
        client = self.boto_client("logs")
        try:
            pages = client.get_paginator("filter_log_events").paginate(
                logGroupName=f"/aws/lambda/chorus-connector-local-{function}"
            )
            return "\n".join(event["message"].rstrip() for page in pages for event in page["events"])
        except client.exceptions.ResourceNotFoundException:
            return ""


def password(name: str) -> str:
    """The password of a person of a local stack. It is always the same, so that a sign-in of one command does not end
    that of another."""
    return f"Local-stack-{name}-1"


def _scheduled(template: str) -> bytes:
    """The event that the Scheduler would make of a schedule's input now."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    filled = template.replace("<aws.scheduler.scheduled-time>", now)
    return filled.replace("<aws.scheduler.execution-id>", str(uuid.uuid4())).encode()
