"""One Lambda function per folder of functions/, with the folder's name everywhere.

A new function may only write its own log. The stack grants everything else, one line per permission.
"""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra_cdk.environment import Environment
from infra_cdk.rules import excepted

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64
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
        layer: lambda_.ILayerVersion,
        timeout: Duration,
        memory: int,
        variables: Mapping[str, str],
        reserved_concurrency: int | None = None,
        requeues_its_rest: bool = False,
    ) -> None:
        super().__init__(scope, folder)
        name = f"chorus-connector-{environment.name}-{folder}"
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
            layers=[layer],
            role=role,
            log_group=log,
            timeout=timeout,
            memory_size=memory,
            reserved_concurrent_executions=reserved_concurrency,
            # Lambda would stop such a chain after sixteen rounds as an accidental loop
            recursive_loop=lambda_.RecursiveLoop.ALLOW if requeues_its_rest else None,
            environment={
                "ENVIRONMENT": environment.kind,
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
