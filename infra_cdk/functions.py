"""One Lambda function per folder of functions/, with the folder's name everywhere.

A new function may only write its own log. The stack grants everything else, one line per permission.

Every deployment publishes a version of each function and moves the alias `live` to it. Requests, queues, the table's
stream and schedules invoke the alias. CloudFormation updates a function's code and its layer in two calls: between
them the unpublished function has the code of one release and the layer of another, and nothing invokes it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra_cdk.environment import Environment
from infra_cdk.rules import excepted

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
LIVE = "live"
CONSOLE = "console"
"""The folder of the function that is in a stack of its own (`console`)."""
RETENTION = {
    1: logs.RetentionDays.ONE_DAY,
    7: logs.RetentionDays.ONE_WEEK,
    30: logs.RetentionDays.ONE_MONTH,
    90: logs.RetentionDays.THREE_MONTHS,
    180: logs.RetentionDays.SIX_MONTHS,
    365: logs.RetentionDays.ONE_YEAR,
}


class ConnectorFunction(Construct):
    """The function of `functions/<folder>/handler.py` with its role, its log and the common environment variables."""

    def __init__(
        self,
        scope: Construct,
        folder: str,
        environment: Environment,
        *,
        source: Path,
        release: str,
        layers: Sequence[lambda_.ILayerVersion],
        timeout: Duration,
        memory: int,
        variables: Mapping[str, str],
        reserved_concurrency: int | None = None,
        requeues_its_rest: bool = False,
    ) -> None:
        super().__init__(scope, folder)
        name = function_name(environment, folder)
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/lambda/{name}",
            retention=RETENTION[environment.log_retention_days],
            removal_policy=RemovalPolicy.DESTROY,
        )
        # Not CDK's managed policy, which allows writing to every log of the account.
        role = iam.Role(self, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
        log.grant_write(role)
        self.function = lambda_.Function(
            self,
            "Function",
            function_name=name,
            runtime=RUNTIME,
            architecture=ARCHITECTURE,
            handler="handler.lambda_handler",
            code=lambda_.Code.from_asset(str(source / folder)),
            layers=list(layers),
            role=role,
            log_group=log,
            timeout=timeout,
            memory_size=memory,
            reserved_concurrent_executions=reserved_concurrency,
            # Lambda would stop such a chain after sixteen rounds as an accidental loop
            recursive_loop=lambda_.RecursiveLoop.ALLOW if requeues_its_rest else None,
            current_version_options=lambda_.VersionOptions(
                # Earlier versions stay for a rollback. But one that a failed deployment published is deleted, because
                # Lambda would refuse to publish the same again when the deployment is repeated.
                removal_policy=RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
                # CDK's hash of the configuration does not contain a parameter's value: this does (local stack).
                description=variables.get("CHORUS_API_BASE"),
            ),
            environment={
                "ENVIRONMENT": environment.kind,
                # also publishes a version of every function with each release, so that all can be rolled back together
                "RELEASE": release,
                "LOG_LEVEL": environment.log_level,
                # otherwise every cold start searches all distributions for plug-ins
                "PYDANTIC_DISABLE_PLUGINS": "__all__",
                "POWERTOOLS_SERVICE_NAME": folder,
                "POWERTOOLS_METRICS_NAMESPACE": environment.metrics,
                **variables,
            },
        )
        excepted(
            self.function, "L1", because="The layer is built and tested for 3.13, which AWS supports until June 2029"
        )
        self.function.add_alias(LIVE)


def function_name(environment: Environment, folder: str) -> str:
    """The name in AWS of the function of that folder."""
    return f"chorus-connector-{environment.name}-{folder}"


def live(function: lambda_.Function) -> lambda_.Alias:
    """The alias of a `ConnectorFunction`: what invokes the function must invoke this."""
    return cast(lambda_.Alias, function.node.find_child(f"Alias{LIVE}"))
